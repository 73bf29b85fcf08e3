"""Two contestants joined by TCP on loopback, each in a process of its own. Bulk and pingpong share this."""

from __future__ import annotations

import os
import socket
from time import perf_counter, process_time
from types import TracebackType
from typing import Any, Self

from benchmarks.contestants import Contestant, Stream
from benchmarks.plan import Plan
from benchmarks.worker import Worker, WorkerFailed

__all__ = ["CHUNK", "Connected", "Cores", "Task", "placements"]

CHUNK = 256 * 1024


Cores = tuple[int | None, int | None]


def placements() -> dict[str, Cores]:
    """Where the two processes run, by what that adds to a ratio's name. docs/benchmarks.md says why it matters.

    Left to itself the scheduler changes its mind between the two within a run, and figures jump by half.
    """
    if not hasattr(os, "sched_getaffinity"):
        return {"": (None, None)}
    cores = sorted(os.sched_getaffinity(0))
    one: dict[str, Cores] = {"": (cores[0], cores[0])}
    return one | {"_two_cores": (cores[0], cores[1])} if len(cores) > 1 else one


class Connected:
    """A client's and a server's process with a TLS connection between them, made anew by `connect`."""

    def __init__(self, plan: Plan, client: str, server: str, cores: Cores) -> None:
        self._suite = plan.suite
        self.client = Worker("streams", client, plan, cores[0])
        self.server = Worker("streams", server, plan, cores[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def connect(self) -> None:
        """A new connection, the old one closed; the suite is checked on both sides."""
        port = self.server.ask(do="listen")["port"]
        self.server.tell(do="accept")
        self.client.tell(do="connect", port=port)
        for worker in (self.client, self.server):
            if (suite := worker.answer()["suite"]) != self._suite:
                raise WorkerFailed(f"{worker.name} negotiated {suite}, not {self._suite}")

    def both(self, client: str, server: str, amount: int) -> tuple[dict[str, float], dict[str, float]]:
        """Have each do its part, the server first in place; each one's CPU seconds and seconds."""
        self.server.tell(do=server, amount=amount)
        self.client.tell(do=client, amount=amount)
        return self.client.answer(), self.server.answer()

    def stop(self) -> None:
        self.client.stop()
        self.server.stop()


class Task:
    """The worker's side: one stream, and what can be done with it."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant
        self._listener: socket.socket
        self._stream: Stream | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "listen":
                return self._listen()
            case "accept":
                return self._accept()
            case "connect":
                return self._connect(request["port"])
            case action:
                return self._timed(action, request["amount"])

    def _listen(self) -> dict[str, Any]:
        self._hang_up()
        self._listener = socket.create_server(("127.0.0.1", 0))
        return {"port": self._listener.getsockname()[1]}

    def _accept(self) -> dict[str, Any]:
        sock, _ = self._listener.accept()
        self._listener.close()
        self._stream = self._contestant.accept(_prepared(sock))
        return {"suite": self._stream.suite()}

    def _connect(self, port: int) -> dict[str, Any]:
        self._hang_up()
        self._stream = self._contestant.connect(_prepared(socket.create_connection(("127.0.0.1", port))))
        return {"suite": self._stream.suite()}

    def _hang_up(self) -> None:
        if self._stream is not None:
            self._stream.close()

    def _timed(self, action: str, amount: int) -> dict[str, Any]:
        assert self._stream is not None
        actions = {"send": _send, "receive": _receive, "ping": _ping, "pong": _pong}
        seconds, cpu = perf_counter(), process_time()
        actions[action](self._stream, amount)
        return {"cpu": process_time() - cpu, "seconds": perf_counter() - seconds}


def _prepared(sock: socket.socket) -> socket.socket:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _send(stream: Stream, amount: int) -> None:
    data = bytes(CHUNK)
    for _ in range(amount // CHUNK):
        stream.sendall(data)


def _receive(stream: Stream, amount: int) -> None:
    buffer = bytearray(CHUNK)
    while amount > 0:
        size = stream.recv_into(buffer)
        if not size:
            raise EOFError("the stream ended early")
        amount -= size


def _ping(stream: Stream, amount: int) -> None:
    message, buffer = bytes(64), memoryview(bytearray(64))
    for _ in range(amount):
        stream.sendall(message)
        _fill(stream, buffer)


def _pong(stream: Stream, amount: int) -> None:
    message, buffer = bytes(64), memoryview(bytearray(64))
    for _ in range(amount):
        _fill(stream, buffer)
        stream.sendall(message)


def _fill(stream: Stream, buffer: memoryview) -> None:
    got = 0
    while got < len(buffer):
        size = stream.recv_into(buffer[got:])
        if not size:
            raise EOFError("the stream ended early")
        got += size
