"""Sessions in memory: kept until their end, taken once, the least recently used let go."""

from __future__ import annotations

from dojang.engine.session_store import MemorySessions


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_look_leaves_take_removes_drop_forgets() -> None:
    sessions = MemorySessions(clock=Clock())
    sessions.put(b"a", b"1", 200)
    sessions.put(b"b", b"2", 200)
    assert [sessions.look(b"a"), sessions.look(b"a"), sessions.take(b"a"), sessions.take(b"a")] == [
        b"1",
        b"1",
        b"1",
        None,
    ]
    sessions.drop(b"b")
    sessions.drop(b"b")
    assert sessions.look(b"b") is None
    assert len(sessions) == 0


def test_a_session_ends_in_time() -> None:
    clock = Clock()
    sessions = MemorySessions(clock=clock)
    sessions.put(b"a", b"1", 200)
    clock.now = 199.9
    assert sessions.look(b"a") == b"1"
    clock.now = 200
    assert sessions.look(b"a") is None
    assert sessions.take(b"a") is None


def test_putting_again_replaces() -> None:
    sessions = MemorySessions(clock=Clock())
    sessions.put(b"a", b"1", 200)
    sessions.put(b"a", b"2", 300)
    assert sessions.take(b"a") == b"2"


def test_the_least_recently_used_goes() -> None:
    sessions = MemorySessions(3, clock=Clock())
    for name in (b"a", b"b", b"c"):
        sessions.put(name, name, 200)
    sessions.look(b"a")
    sessions.put(b"d", b"d", 200)
    assert [sessions.look(name) for name in (b"a", b"b", b"c", b"d")] == [b"a", None, b"c", b"d"]
    assert len(sessions) == 3
