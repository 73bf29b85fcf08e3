"""The register of early data in memory: once each, bounded, and never forgetting too early."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from dojang.engine.strikes import MemoryStrikes, remembers


def test_an_identity_is_let_through_once() -> None:
    strikes = MemoryStrikes()
    assert strikes.strike(b"a", 120, 100)
    assert not strikes.strike(b"a", 120, 100)
    assert not strikes.strike(b"a", 139, 119)
    assert strikes.strike(b"b", 120, 100)


def test_what_is_over_is_refused() -> None:
    strikes = MemoryStrikes()
    assert not strikes.strike(b"a", 100, 100)
    assert not strikes.strike(b"a", 99, 100)
    assert not strikes.strike(b"a", float("nan"), 100)


def test_a_full_register_refuses_and_forgets_none() -> None:
    strikes = MemoryStrikes(capacity=10)
    assert all(strikes.strike(bytes([n]), 120, 100) for n in range(10))
    assert not strikes.strike(b"one more", 120, 100)
    assert not any(strikes.strike(bytes([n]), 120, 101) for n in range(10))
    assert strikes.strike(b"one more", 140, 120)


def test_its_memory_is_bounded_by_its_capacity() -> None:
    strikes = MemoryStrikes(capacity=50)
    for now in range(10_000):
        strikes.strike(now.to_bytes(2, "big") * 1000, now + 20, now)
        assert len(strikes._struck) == len(strikes._ends) <= 50


def test_a_clock_that_jumps_ahead_and_back_opens_no_door() -> None:
    strikes = MemoryStrikes()
    assert strikes.strike(b"a", 120, 100)
    assert strikes.strike(b"b", 10_020, 10_000)  # the jump: what ended at 120 is forgotten
    assert not strikes.strike(b"a", 121, 101)
    assert not strikes.strike(b"c", 121, 101)
    assert strikes.strike(b"c", 140, 120)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100)), max_size=60))
def test_no_walk_of_the_clock_lets_an_identity_through_twice_within_its_time(walk: list[tuple[int, int]]) -> None:
    """Each identity is acceptable to the caller until 20 after its first use, by whatever clock."""
    strikes = MemoryStrikes(capacity=4)
    ends: dict[int, int] = {}
    for identity, now in walk:
        passed = strikes.strike(bytes([identity]), now + 20, now)
        if passed:
            assert now >= ends.get(identity, -1)
            ends[identity] = now + 20


def test_a_register_that_began_late_waits_out_what_it_may_not_know() -> None:
    strikes = MemoryStrikes(since=100)
    assert not strikes.strike(b"a", 125, 105)
    assert not strikes.strike(b"b", 139, 119)
    assert strikes.strike(b"c", 140, 120)


def test_remembering() -> None:
    assert remembers(100, 140, 120)
    assert not remembers(100, 139, 119)
    assert remembers(float("-inf"), 1e9, 0)


def test_of_many_threads_one_wins() -> None:
    strikes = MemoryStrikes()
    wins: list[int] = []
    barrier = threading.Barrier(8)

    def race() -> None:
        barrier.wait()
        wins.extend(n for n in range(500) if strikes.strike(n.to_bytes(2, "big"), 120, 100))

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == list(range(500))
