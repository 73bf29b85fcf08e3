"""Two "machines" with workers and a real Redis, keys that rotate under load or are withdrawn,
a register that can't answer. Connections go on, what was acknowledged stays, nothing is replayed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dojang.engine.ticket import Ticket
from tests.cli.fleet import PATIENCE, REQUEST, Answer, Fleet, Visitor, eventually, fleet
from tests.cli.here import dojang_here
from tests.net.processes import redis_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by signal")

PERIOD = 1.0
CALM = 2.0  # a period that is long beside the second in which each process looks for the next key


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    assert dojang_here("ca", "init", folder).code == 0
    return folder


class Load:
    """Visitors that come without pause, each with its own tickets, to one port after the other."""

    def __init__(self, ca: Path, ports: list[int], visitors: int = 3) -> None:
        self.answers: list[Answer] = []
        self.faults: list[BaseException] = []
        self._ports = ports
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._come, args=(Visitor(ca),)) for _ in range(visitors)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _come(self, visitor: Visitor) -> None:
        turn = 0
        while not self._over.is_set():
            try:
                self.answers.append(visitor.visit(self._ports[turn % len(self._ports)]))
            except Exception as error:  # whatever it is, it should not have been
                self.faults.append(error)
            turn += 1
            time.sleep(0.02)


@contextmanager
def two_machines(ca: Path, url: str, period: float, *arguments: object) -> Iterator[tuple[Fleet, Fleet]]:
    with ExitStack() as stack:
        options = ("--ticket-keys", url, "--ticket-period", period, *arguments)
        one = stack.enter_context(fleet(ca, "--workers", "3", *options))
        other = stack.enter_context(fleet(ca, "--workers", "2", *options))
        yield one, other


def redis_of(url: str) -> Any:
    redis = pytest.importorskip("redis")
    return redis.Redis.from_url(url)


def long_lived(url: str) -> None:
    """A Redis that remembers strikes since long ago, as one that has been in use does."""
    with redis_of(url) as client:
        client.set("dojang:strike:since", "0.0")


def test_five_workers_on_two_machines_resume_everywhere_while_keys_rotate(ca: Path, tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        url = f"redis://127.0.0.1:{redis.port}/0"
        with two_machines(ca, url, CALM) as machines:
            for machine in machines:
                for _ in range(30):  # enough for each worker to have met the others' key once
                    Visitor(ca).visit(machine.port)
            before = keys_in(url)
            with Load(ca, [machine.port for machine in machines]) as load:
                time.sleep(3 * CALM)
            fresh = keys_in(url) - before
    assert load.faults == []
    assert len(fresh) >= 2  # the keys did rotate
    resumed = [answer.session.resumed for answer in load.answers]
    assert resumed.count(None) == 3  # the first visit of each of the three, and no other
    assert len(resumed) > 60


def keys_in(url: str) -> set[bytes]:
    """What ticket keys there are in Redis, by their slots."""
    with redis_of(url) as client:
        return set(client.keys("dojang:ticket-key:*"))


def test_redis_gone_and_back_under_load(ca: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        redis = first.enter_context(redis_server(tmp_path))
        one, other = stack.enter_context(two_machines(ca, f"redis://127.0.0.1:{redis.port}/0", PERIOD, "--early-data"))
        with Load(ca, [one.port, other.port]) as load:
            time.sleep(PERIOD)
            first.close()  # gone, with all it held
            before = len(load.answers)
            time.sleep(3 * PERIOD)  # longer than the keys that everybody has
            during = load.answers[before:]
            back = stack.enter_context(redis_server(tmp_path, redis.port))
            assert back.port == redis.port
            eventually(lambda: load.answers[-1].session.resumed is not None)
    assert load.faults == []
    assert during
    assert all(answer.echo["version"] == "TLS 1.3" for answer in load.answers)


def replay(ca: Path, ports: list[int], ticket: Ticket, times: int = 4) -> list[bool | None]:
    taken = []
    for turn in range(times):
        answer = Visitor(ca).visit(ports[turn % len(ports)], early_data=REQUEST, ticket=ticket)
        assert answer.rejected == (b"" if answer.session.early_data else REQUEST)
        assert answer.echo["host"] == "a.test"  # it was sent again where it was not taken
        taken.append(answer.session.early_data)
    return taken


def fresh_ticket(ca: Path, port: int) -> Ticket:
    visitor = Visitor(ca)
    visitor.visit(port)
    ticket = visitor.tickets.take("a.test")
    assert ticket is not None
    return ticket


def test_early_data_is_taken_once_on_all_machines_and_never_while_the_register_is_away(
    ca: Path, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        redis = first.enter_context(redis_server(tmp_path))
        url = f"redis://127.0.0.1:{redis.port}/0"
        long_lived(url)
        options = ("--ticket-keys", url, "--early-data")
        one = stack.enter_context(fleet(ca, "--workers", "2", *options))
        other = stack.enter_context(fleet(ca, *options))
        ports = [one.port, other.port]
        assert replay(ca, ports, fresh_ticket(ca, one.port)) == [True, False, False, False]
        used, kept = fresh_ticket(ca, one.port), fresh_ticket(ca, other.port)
        assert replay(ca, ports, used, 1) == [True]
        first.close()
        assert replay(ca, ports, kept) == [False] * 4  # no answer: no early data, and the connection is fine
        stack.enter_context(redis_server(tmp_path, redis.port))
        # Back, and empty: it knows nothing of `used`, and the register does not trust it.
        assert replay(ca, ports, used) == [False] * 4
        assert replay(ca, ports, kept) == [False] * 4


def test_a_register_of_workers_that_breaks(ca: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    with fleet(ca, "--workers", "2", "--ticket-keys", keys, "--early-data") as running:
        ticket = fresh_ticket(ca, running.port)
        for leftover in tmp_path.glob("keys.strikes*"):
            leftover.unlink()
        (tmp_path / "keys.strikes").mkdir()  # a register that can't be opened
        assert replay(ca, [running.port], ticket) == [False] * 4
        assert Visitor(ca).visit(running.port, ticket=ticket).session.resumed == "psk"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_ticket_of_a_key_that_is_rotated_out(ca: Path, tmp_path: Path, workers: int) -> None:
    options = ("--workers", workers, "--ticket-keys", tmp_path / "keys", "--ticket-period", 0.4, "--early-data")
    with fleet(ca, *options) as running:
        ticket = fresh_ticket(ca, running.port)
        patient = longer(ticket)
        assert Visitor(ca).visit(running.port, ticket=patient).session.resumed == "psk"
        time.sleep(4 * 0.4)
        answer = Visitor(ca).visit(running.port, ticket=patient, early_data=REQUEST)
        assert (answer.session.resumed, answer.session.early_data, answer.rejected) == (None, False, REQUEST)
        assert answer.session.verified
        assert answer.echo["resumed"] is None


def longer(ticket: Ticket) -> Ticket:
    """The ticket, as a client would have it that does not look at its lifetime."""
    return Ticket(**{**vars(ticket), "lifetime": 1000})


def test_keys_withdrawn_by_deleting_the_file(ca: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    with fleet(ca, "--workers", "2", "--ticket-keys", keys) as running:
        visitor = Visitor(ca)
        visitor.visit(running.port)
        assert visitor.visit(running.port).session.resumed == "psk"
        keys.unlink()
        time.sleep(1.2)  # processes look once a second
        ticket = visitor.tickets.take("a.test")
        assert visitor.visit(running.port, ticket=ticket).session.resumed is None
        eventually(lambda: visitor.visit(running.port).session.resumed == "psk")


def test_tickets_outlive_the_server_that_gave_them(ca: Path, tmp_path: Path) -> None:
    visitor = Visitor(ca)
    for how in (None, "psk"):
        with fleet(ca, "--ticket-keys", tmp_path / "keys") as running:
            assert visitor.visit(running.port).session.resumed == how
