"""Strikes and sessions in SQLite: races between processes, deaths, forks, full and unusable files."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojang.errors import StoreUnavailable
from dojang.net.sqlite_stores import SqliteSessions, SqliteStrikes
from tests.net.processes import race, worker

posix = pytest.mark.skipif(os.name != "posix", reason="modes, forks and signals of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strikes.db"


@pytest.fixture
def strikes(path: Path) -> Iterator[SqliteStrikes]:
    with SqliteStrikes(path, trust_empty=True) as strikes:
        yield strikes


def test_an_identity_is_let_through_once(strikes: SqliteStrikes, path: Path) -> None:
    assert strikes.strike(b"a", 120, 100)
    assert not strikes.strike(b"a", 120, 100)
    assert not strikes.strike(b"a", 139, 119)
    with SqliteStrikes(path) as other:
        assert not other.strike(b"a", 120, 100)
        assert other.strike(b"b", 120, 100)
    assert not strikes.strike(b"b", 120, 100)
    assert not strikes.strike(b"over", 100, 100)


def test_strikes_outlive_the_process(path: Path) -> None:
    with SqliteStrikes(path, trust_empty=True) as strikes:
        assert strikes.strike(b"a", 120, 100)
    with SqliteStrikes(path, trust_empty=True) as strikes:
        assert not strikes.strike(b"a", 121, 101)


def test_a_clock_that_jumps_ahead_and_back_opens_no_door(strikes: SqliteStrikes, path: Path) -> None:
    assert strikes.strike(b"a", 120, 100)
    assert strikes.strike(b"b", 10_020, 10_000)
    assert not strikes.strike(b"a", 121, 101)
    with SqliteStrikes(path) as other:
        assert not other.strike(b"a", 121, 101)
        assert other.strike(b"c", 140, 120)


def test_what_is_over_leaves_the_file(strikes: SqliteStrikes, path: Path) -> None:
    for now in range(300):
        assert strikes.strike(b"%d" % now, now + 20, now)
    with SqliteStrikes(path) as other, other._database.transaction() as database:
        assert database.execute("SELECT count(*) FROM strikes").fetchone() == (20,)


def test_an_empty_file_is_not_trusted_at_once(path: Path) -> None:
    with SqliteStrikes(path) as strikes:
        assert not strikes.strike(b"a", 120, 100)
        assert not strikes.strike(b"b", 139, 119)
        assert strikes.strike(b"c", 140, 120)


def test_a_file_deleted_and_made_again_is_not_trusted_at_once(path: Path) -> None:
    with SqliteStrikes(path, trust_empty=True) as strikes:
        assert strikes.strike(b"a", 120, 100)
    for file in path.parent.iterdir():
        file.unlink()
    with SqliteStrikes(path) as strikes:
        assert not strikes.strike(b"a", 121, 101)


def test_of_four_processes_exactly_one_wins_each_identity(path: Path) -> None:
    won = [json.loads(line) for line in race(4, "strike", path, "300")]
    assert sorted(n for each in won for n in each) == list(range(300))


def test_of_many_threads_exactly_one_wins(strikes: SqliteStrikes) -> None:
    wins: list[int] = []

    def run() -> None:
        wins.extend(n for n in range(40) if strikes.strike(n.to_bytes(2, "big"), 120, 100))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == list(range(40))


@posix
def test_what_a_killed_process_has_struck_stays_struck(path: Path) -> None:
    now = time.time()
    with worker("strike", path, "100000") as striking:
        assert striking.hear() == "ready"
        striking.say("go")
        time.sleep(0.3)
        os.kill(striking.process.pid, signal.SIGKILL)
        striking.process.wait(10)
    with SqliteStrikes(path) as strikes:
        struck = [strikes.strike(n.to_bytes(4, "big"), now + 60, now) for n in range(3000)]
    assert struck == sorted(struck)  # refused up to where it came, let through from there
    assert False in struck


@posix
def test_a_fork_goes_on_with_a_connection_of_its_own(strikes: SqliteStrikes) -> None:
    assert strikes.strike(b"a", 120, 100)
    child = os.fork() if sys.platform != "win32" else 0
    if child == 0:
        fine = not strikes.strike(b"a", 120, 100) and strikes.strike(b"b", 120, 100)
        os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert not strikes.strike(b"b", 120, 100)
    assert strikes.strike(b"c", 120, 100)


def test_a_locked_file_raises_in_time(strikes: SqliteStrikes, path: Path) -> None:
    strikes.strike(b"a", 120, 100)
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with SqliteStrikes(path, timeout=0.1) as waiting, pytest.raises(StoreUnavailable, match="locked"):
            waiting.strike(b"b", 120, 100)
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert strikes.strike(b"b", 120, 100)


def test_a_full_file_raises_and_forgets_nothing(path: Path) -> None:
    with SqliteStrikes(path, trust_empty=True, largest=2**18) as strikes:
        with pytest.raises(StoreUnavailable, match="full"):
            fill(strikes)
        assert not strikes.strike(b"1000", 120, 100)
        assert not strikes.strike(b"0", 120, 100)
        assert strikes.strike(b"later", 140, 120)


def fill(strikes: SqliteStrikes) -> None:
    for number in range(10_000):
        assert strikes.strike(b"%d" % number, 120, 100)


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"something else entirely" * 100)
    path.chmod(0o600)
    with SqliteStrikes(path) as strikes, pytest.raises(StoreUnavailable, match="not a database"):
        strikes.strike(b"a", 120, 100)


def test_a_folder_that_is_not_there(path: Path) -> None:
    with SqliteStrikes(path / "x") as strikes, pytest.raises(StoreUnavailable):
        strikes.strike(b"a", 120, 100)


@posix
def test_the_file_is_the_owner_s_alone(path: Path) -> None:
    mask = os.umask(0)
    try:
        with SqliteSessions(path) as sessions:
            sessions.put(b"a", b"secret", time.time() + 100)
            assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    finally:
        os.umask(mask)
    path.chmod(0o644)
    with SqliteSessions(path) as sessions, pytest.raises(StoreUnavailable, match="open to other users"):
        sessions.look(b"a")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_sessions(path: Path) -> None:
    clock = Clock()
    with SqliteSessions(path, clock=clock) as one, SqliteSessions(path, clock=clock) as two:
        one.put(b"a", b"1", 200)
        one.put(b"a", b"2", 200)
        one.put(b"b", b"3", 300)
        assert two.look(b"a") == b"2"
        assert two.take(b"a") == b"2"
        assert one.take(b"a") is None
        assert one.look(b"b") == b"3"
        clock.now = 300
        assert one.look(b"b") is None
        assert two.take(b"b") is None
        two.put(b"c", b"", 400)
        assert one.look(b"c") == b""
        one.drop(b"c")
        assert two.look(b"c") is None


def test_the_latest_sessions_are_kept(path: Path) -> None:
    with SqliteSessions(path, capacity=10, clock=Clock()) as sessions:
        for number in range(50):
            sessions.put(b"%d" % number, b"x", 200)
        assert [n for n in range(50) if sessions.look(b"%d" % n)] == list(range(40, 50))


def test_a_session_is_taken_by_one_thread_only(path: Path) -> None:
    with SqliteSessions(path, clock=Clock()) as sessions:
        for number in range(20):
            sessions.put(b"%d" % number, b"x", 200)
        taken: list[int] = []

        def run() -> None:
            taken.extend(n for n in range(20) if sessions.take(b"%d" % n))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(taken) == list(range(20))


def test_processes_that_all_begin_with_no_file_share_one(path: Path) -> None:
    for attempt in range(5):
        fresh = path.with_name(f"fresh-{attempt}.db")
        won = [json.loads(line) for line in race(4, "strike", fresh, "5")]
        assert sorted(n for each in won for n in each) == list(range(5))
