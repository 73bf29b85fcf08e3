"""Ticket keys in memory, their rotation by time, and sealing."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from dojang.engine.ticket_keys import RotatingTicketKeys, Rotation, TicketKey, open_ticket, period_label, seal_ticket
from dojang.errors import ApiMisuse, DecodeError, StoreUnavailable

NOON = 1_800_000_000.0


def counting() -> Callable[[int], bytes]:
    """Randomness that one can foresee: 0001..., 0002..."""
    state = [0]

    def random(size: int) -> bytes:
        state[0] += 1
        return state[0].to_bytes(size, "big")

    return random


def test_a_key_survives_its_bytes() -> None:
    key = TicketKey.new(NOON)
    assert TicketKey.from_bytes(key.to_bytes()) == key
    assert len(key.to_bytes()) == TicketKey.SIZE == 56


@pytest.mark.parametrize("data", [b"", bytes(55), bytes(57), bytes(48) + b"\x7f\xf0" + bytes(6)])
def test_bytes_that_are_no_key(data: bytes) -> None:
    with pytest.raises(DecodeError):
        TicketKey.from_bytes(data)


@pytest.mark.parametrize(("name", "key"), [(bytes(15), bytes(32)), (bytes(16), bytes(16)), (bytes(16), b"")])
def test_a_key_of_another_size_is_refused(name: bytes, key: bytes) -> None:
    with pytest.raises(ApiMisuse):
        TicketKey(name, key, NOON)


def test_a_key_is_not_shown() -> None:
    key = TicketKey.new(NOON, counting())
    assert repr(key.key) not in repr(key)


@pytest.mark.parametrize(("period", "lifetime"), [(0, 1), (-1, 1), (1, -1), (float("nan"), 1), (0.001, 1), (1, 1e6)])
def test_a_rotation_that_makes_no_sense(period: float, lifetime: float) -> None:
    with pytest.raises(ApiMisuse):
        RotatingTicketKeys(period, lifetime)


def test_a_key_seals_for_its_period_and_opens_for_a_ticket_s_life() -> None:
    keys = RotatingTicketKeys(period=100, lifetime=250)
    first = keys.sealing(1000)
    assert keys.sealing(1099.9) == first
    second = keys.sealing(1100)
    assert second.name != first.name
    assert second.key != first.key
    assert keys.opening(first.name, 1349.9) == first
    assert keys.opening(first.name, 1350) is None
    assert keys.opening(second.name, 1350) == second


def test_what_is_over_is_not_kept() -> None:
    keys = RotatingTicketKeys(period=10, lifetime=30)
    for now in range(1000, 2000):
        keys.sealing(now)
        assert len(keys._keys) <= 5


@given(st.lists(st.floats(0, 1e11), min_size=1, max_size=30))
def test_wherever_the_clock_jumps_the_key_is_the_present_period_s(times: list[float]) -> None:
    keys = RotatingTicketKeys(period=3600, lifetime=7200)
    for now in times:
        key = keys.sealing(now)
        assert key.created <= now < key.created + 3600 * (1 + 1e-9)
        assert keys.opening(key.name, now) == key
        assert keys.sealing(now) == key


def test_a_clock_that_jumps_ahead_and_back_finds_its_keys_again_while_they_live() -> None:
    keys = RotatingTicketKeys(period=100, lifetime=1000)
    ticket = seal_ticket(keys, b"session", b"", 1000)
    ahead = seal_ticket(keys, b"ahead", b"", 1500)
    assert open_ticket(keys, ticket, b"", 1000) == b"session"
    assert open_ticket(keys, ahead, b"", 1000) is None  # nobody honest has a ticket from five periods ahead
    keys.sealing(10**9)
    assert open_ticket(keys, ticket, b"", 1000) is None
    assert open_ticket(keys, seal_ticket(keys, b"again", b"", 1000), b"", 1000) == b"again"


def test_threads_at_a_new_period_agree_on_one_key() -> None:
    keys = RotatingTicketKeys(period=10, lifetime=100)
    for now in range(0, 500, 10):
        found: list[TicketKey] = []
        barrier = threading.Barrier(8)

        def ask(now: int = now, found: list[TicketKey] = found, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            found.append(keys.sealing(now))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 1


def test_shared_keys_are_made_a_period_ahead() -> None:
    rotation = Rotation(100, 250)
    keys = rotation.complete((), 1010)
    assert [key.created for key in keys] == [1000, 1100]
    assert rotation.complete(keys, 1099) == keys
    assert [key.created for key in rotation.complete(keys, 1100)] == [1000, 1100, 1200]
    assert rotation.complete(keys, 1100)[:2] == keys
    assert [key.created for key in rotation.complete(keys, 1350)] == [1100, 1300, 1400]


@given(st.floats(0.01, 1e6), st.floats(0, 1e10))
def test_the_next_period_is_the_same_from_both_sides(period: float, now: float) -> None:
    rotation = Rotation(period, 0)
    following = rotation.begin(now, 1)
    assert following > rotation.begin(now)
    assert rotation.begin(math.nextafter(following, math.inf)) in (rotation.begin(now), following)


def test_the_sealed_form() -> None:
    random = counting()
    keys = RotatingTicketKeys(period=100, lifetime=100, random=random)
    sealed = seal_ticket(keys, b"session", b"bound", 1000, random)
    name, nonce, rest = sealed[:16], sealed[16:28], sealed[28:]
    assert name == period_label(1000.0) + (1).to_bytes(8, "big")
    assert nonce == (3).to_bytes(12, "big")
    assert AESGCM((2).to_bytes(32, "big")).decrypt(nonce, rest, name + b"bound") == b"session"


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_sealed_opens(plaintext: bytes, associated: bytes) -> None:
    keys = RotatingTicketKeys()
    sealed = seal_ticket(keys, plaintext, associated, NOON)
    assert open_ticket(keys, sealed, associated, NOON) == plaintext
    assert open_ticket(keys, sealed, associated + b"x", NOON) is None
    assert open_ticket(RotatingTicketKeys(), sealed, associated, NOON) is None


def test_no_two_tickets_are_alike() -> None:
    keys = RotatingTicketKeys()
    assert len({seal_ticket(keys, b"session", b"", NOON) for _ in range(100)}) == 100


def test_any_change_of_any_bit_and_any_cut_gives_none() -> None:
    keys = RotatingTicketKeys()
    sealed = seal_ticket(keys, b"session", b"", NOON)
    for size in range(len(sealed)):
        assert open_ticket(keys, sealed[:size], b"", NOON) is None
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        assert open_ticket(keys, bytes(changed), b"", NOON) is None
    assert open_ticket(keys, sealed + b"\0", b"", NOON) is None


@given(st.binary(max_size=200))
def test_strange_bytes_give_none(sealed: bytes) -> None:
    keys = RotatingTicketKeys()
    keys.sealing(NOON)
    assert open_ticket(keys, sealed, b"", NOON) is None


class Broken:
    """A provider of the application's that fails."""

    def sealing(self, now: float) -> TicketKey:
        raise RuntimeError("out of order")

    def opening(self, name: bytes, now: float) -> TicketKey | None:
        raise RuntimeError("out of order")


def test_a_provider_that_fails_costs_the_ticket_only() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        seal_ticket(Broken(), b"session", b"", NOON)
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert caught.value.alert is None
    assert open_ticket(Broken(), bytes(100), b"", NOON) is None
