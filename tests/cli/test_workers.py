"""Workers behind one port: they share the work and their tickets, die and are replaced, end well when told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dojang.errors import TlsError
from dojang.net.blocking import TlsSocket
from dojang.wire.codes import Version
from tests.cli.command import start_dojang
from tests.cli.fleet import PATIENCE, REQUEST, Fleet, Visitor, eventually, fleet
from tests.cli.here import dojang_here

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="killing by signal")


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    assert dojang_here("ca", "init", folder).code == 0
    return folder


@pytest.fixture(scope="module")
def three(ca: Path) -> Iterator[Fleet]:
    with fleet(ca, "--workers", "3", "--early-data") as running:
        yield running


def sockets_of(pid: int) -> set[str]:
    """The sockets that a process holds, by what Linux calls them."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(os.readlink(entry))
    return {name for name in found if name.startswith("socket:")}


@pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12])
def test_workers_resume_each_other_s_sessions(three: Fleet, ca: Path, version: Version) -> None:
    visitor = Visitor(ca, version)
    answers = [visitor.visit(three.port) for _ in range(12)]
    assert [answer.session.resumed is not None for answer in answers] == [False] + [True] * 11


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who has a connection")
def test_each_worker_gets_visitors(three: Fleet, ca: Path) -> None:
    before = {pid: len(sockets_of(pid)) for pid in three.workers}
    open_ones = [Visitor(ca).open(three.port) for _ in range(24)]
    after = {pid: len(sockets_of(pid)) - before[pid] for pid in three.workers}
    for tls in open_ones:
        tls.close()
    assert all(after.values()), after
    assert sum(after.values()) == 24


def test_early_data_is_taken_once_by_whichever_worker(three: Fleet, ca: Path) -> None:
    visitor = Visitor(ca)
    visitor.visit(three.port)
    ticket = visitor.tickets.take("a.test")
    assert ticket is not None
    answers = [visitor.visit(three.port, early_data=REQUEST, ticket=ticket) for _ in range(8)]
    assert [answer.session.early_data for answer in answers] == [True] + [False] * 7
    assert [answer.rejected for answer in answers] == [b""] + [REQUEST] * 7
    assert all(answer.echo["version"] == "TLS 1.3" for answer in answers)  # what was refused was sent again


def test_replays_at_the_same_time_get_through_once(three: Fleet, ca: Path) -> None:
    visitor = Visitor(ca)
    visitor.visit(three.port)
    ticket, taken = visitor.tickets.take("a.test"), []

    def replay() -> None:
        taken.append(Visitor(ca).visit(three.port, early_data=REQUEST, ticket=ticket).session.early_data)

    threads = [threading.Thread(target=replay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(taken, key=bool) == [False] * 7 + [True]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who has a connection")
def test_a_worker_killed_with_connections_open_takes_only_its_own_along(ca: Path) -> None:
    with fleet(ca, "--workers", "2") as running:
        before = {pid: sockets_of(pid) for pid in running.workers}
        opened = {Visitor(ca).open(running.port) for _ in range(16)}
        victim, survivor = running.workers
        lost = len(sockets_of(victim) - before[victim])
        assert 0 < lost < 16
        os.kill(victim, signal.SIGKILL)
        told = running.next_event("worker")
        assert (told["gone"], told["code"]) == (victim, -signal.SIGKILL)
        ends = [answered(tls) for tls in opened]
        # Whoever was with the victim is told by the broken connection, and hears nothing that could pass for an answer.
        assert (ends.count("whole"), ends.count("broken")) == (16 - lost, lost)
        eventually(lambda: bool(sockets_of(told["fresh"])))
        resumed = Visitor(ca)
        resumed.visit(running.port)
        assert all(resumed.visit(running.port).session.resumed for _ in range(6))
        assert survivor != told["fresh"]


def answered(tls: TlsSocket) -> str:
    """Whether a request got its whole answer, or the connection broke; nothing in between."""
    try:
        with tls:
            tls.sendall(REQUEST)
            received = b"".join(iter(tls.recv, b""))
    except (TlsError, OSError):
        return "broken"
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return "whole"


def test_work_goes_on_while_workers_are_killed(ca: Path) -> None:
    with fleet(ca, "--workers", "2") as running:
        visitor, done, broken = Visitor(ca), 0, 0
        pids = list(running.workers)
        for turn in range(40):
            if turn in (10, 25):
                os.kill(pids[0], signal.SIGKILL)
                pids = [*pids[1:], running.next_event("worker")["fresh"]]
            try:
                visitor.visit(running.port)
                done += 1
            except (TlsError, OSError):
                broken += 1
        assert done >= 36, (done, broken)


def test_a_worker_told_to_end_finishes_what_it_does(three: Fleet, ca: Path) -> None:
    """SIGTERM to one worker: its connections get their answers, another worker takes its place."""
    opened = [Visitor(ca).open(three.port) for _ in range(9)]
    for tls in opened:
        tls.sendall(REQUEST[:20])
    time.sleep(0.2)
    gone = three.workers.pop(0)
    os.kill(gone, signal.SIGTERM)
    time.sleep(0.4)
    for tls in opened:
        tls.sendall(REQUEST[20:])
        received = b"".join(iter(tls.recv, b""))
        assert received.startswith(b"HTTP/1.1 200"), received
        tls.close()
    told = three.next_event("worker")
    assert (told["gone"], told["code"]) == (gone, 0)
    three.workers.append(told["fresh"])


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_ends_well(ca: Path, workers: int) -> None:
    with fleet(ca, "--workers", workers) as running:
        busy, idle = Visitor(ca).open(running.port), Visitor(ca).open(running.port)
        idle.sendall(REQUEST.replace(b"close", b"keep-alive"))
        read_answer(idle)
        busy.sendall(REQUEST[:20])
        time.sleep(0.2)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.4)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", running.port), 1).close()
        busy.sendall(REQUEST[20:])
        answer = b"".join(iter(busy.recv, b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"Connection: close" in answer
        assert b"".join(iter(idle.recv, b"")) == b""  # close_notify, no truncation
        busy.close()
        idle.close()
        assert running.process.wait(PATIENCE) == 0
        for pid in running.workers:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def read_answer(tls: TlsSocket) -> bytes:
    """One whole answer, the connection left open."""
    with tls.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n"))
        assert head.startswith(b"HTTP/1.1 200")
        size = next(line for line in head.splitlines() if line.startswith(b"Content-Length:")).split()[1]
        return bytes(file.read(int(size)))


def test_workers_end_when_their_supervisor_is_killed(ca: Path) -> None:
    with fleet(ca, "--workers", "2") as running:
        running.process.kill()
        running.process.wait(PATIENCE)
        eventually(lambda: not any(is_running(pid) for pid in running.workers))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_log_that_nobody_reads_sends_no_visitor_away(ca: Path) -> None:
    with start_dojang("serve", "--port", "0", "--json", "--ca", ca, "--site", "a.test", "--workers", "2") as server:
        assert server.stdout is not None
        port = json.loads(server.stdout.readline())["port"]
        server.stdout.close()
        for _ in range(8):
            assert Visitor(ca).visit(port).echo["version"] == "TLS 1.3"
        server.terminate()
        server.wait(PATIENCE)


def test_a_port_in_use_is_no_port_to_share(three: Fleet, ca: Path) -> None:
    outcome = dojang_here("serve", "--ca", ca, "--workers", "2", "--port", three.port)
    assert outcome.code == 2
    assert "already using that port" in outcome.err
