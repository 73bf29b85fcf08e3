"""`dojang serve` in processes of its own, and a client in the test's process that tells who answered, and how."""

from __future__ import annotations

import json
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dojang.engine.config import ClientConfig
from dojang.engine.connection import Connection
from dojang.engine.session import Session
from dojang.engine.ticket import MemoryTickets
from dojang.net.blocking import TlsSocket
from dojang.pki.store import TrustStore
from dojang.wire.codes import Version
from tests.cli.command import start_dojang

__all__ = ["Fleet", "Visitor", "eventually", "fleet"]

PATIENCE = 10.0
NAME = "a.test"
REQUEST = b"GET /dojang HTTP/1.1\r\nHost: a.test\r\nAccept: application/json\r\nConnection: close\r\n\r\n"


class Fleet:
    """A running `dojang serve`. port, workers: as it told; events: all that it told since."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        begun = self.next_event("listening")
        self.port: int = begun["port"]
        self.workers: list[int] = begun["workers"]

    def next_event(self, name: str) -> dict[str, Any]:
        """The next event of that name; those before it are passed over."""
        until = time.monotonic() + PATIENCE
        while True:
            line = self._lines.get(timeout=max(0.01, until - time.monotonic()))
            told: dict[str, Any] = json.loads(line)
            if told["event"] == name:
                return told

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@contextmanager
def fleet(ca: Path, *arguments: object) -> Iterator[Fleet]:
    """Ends with the `with`, by SIGTERM; killed where that does not help."""
    with start_dojang("serve", "--port", "0", "--json", "--ca", ca, "--site", NAME, *arguments) as process:
        yield Fleet(process)
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


class Answer(NamedTuple):
    """What came of a visit: the client's session, the early data that came back, the server's echo."""

    session: Session
    rejected: bytes
    echo: dict[str, Any]


class Visitor:
    """A client that keeps its tickets from visit to visit, as a browser does."""

    def __init__(self, ca: Path, version: Version = Version.TLS13, **options: Any) -> None:
        trust = TrustStore.from_file(ca / "root.pem")
        self.tickets = MemoryTickets()
        self.config = ClientConfig(
            trust=trust, versions=(version,), tickets=self.tickets, alpn=("http/1.1",), **options
        )

    def visit(self, port: int, *, early_data: bytes = b"", ticket: Any = None) -> Answer:
        """One visit, to its end. Raises what goes wrong."""
        with self.open(port, early_data=early_data, ticket=ticket) as tls:
            rejected = tls.connection.rejected_early_data
            if not early_data or rejected:
                tls.sendall(rejected or REQUEST)
            received = b"".join(iter(tls.recv, b""))
        return Answer(tls.session, rejected, json.loads(received.partition(b"\r\n\r\n")[2]))

    def open(self, port: int, *, early_data: bytes = b"", ticket: Any = None) -> TlsSocket:
        """A connection past its handshake."""
        sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        tls = TlsSocket(sock, Connection.client(self.config, NAME, ticket=ticket, early_data=early_data))
        try:
            tls.do_handshake()
        except BaseException:
            sock.close()
            raise
        return tls


def eventually(condition: Callable[[], bool]) -> None:
    """Waits for it, a while."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)
