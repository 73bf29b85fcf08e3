"""HTTP/1.1 over TLS on threads: the stdlib's request handling, with a TlsSocket where it expects a socket.

One thread per visitor; the handshake runs on that thread, so that a slow visitor keeps nobody waiting.
"""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, cast

from dojang.engine.config import ServerConfig
from dojang.errors import TlsError
from dojang.net.blocking import TlsSocket

__all__ = ["HttpsServer", "PoliteHandler"]

PATIENCE = 30.0  # seconds without a byte before a visitor is let go


class HttpsServer(ThreadingMixIn, TCPServer):
    """Listens at once; `serve_forever` answers until `shutdown`, `finish` lets the visitors in it end well.

    handler: a BaseHTTPRequestHandler, whose `connection` is the TlsSocket.
    refused: told of each visitor that did not get through the handshake, with the address and the reason.
    listener: a listening socket to share with other processes instead of one of its own.
    shares_port: several servers, each with a socket of its own, on one port (SO_REUSEPORT).
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = os.name == "posix"  # elsewhere it lets two programs share a port

    def __init__(
        self,
        host: str,
        port: int,
        config: ServerConfig,
        handler: type[BaseHTTPRequestHandler],
        refused: Callable[[str, Exception], None] | None = None,
        *,
        listener: socket.socket | None = None,
        shares_port: bool = False,
    ) -> None:
        self.config = config
        self.refused = refused
        self.ending = False
        self.allow_reuse_port = shares_port
        self._visits: set[_Visit] = set()
        self._left = threading.Condition()
        if listener is not None:
            self._share(listener, handler)
            return
        family, address = resolve(host, port)
        self.address_family = family
        super().__init__(address, handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def _share(self, listener: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = listener.family
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_address = listener.getsockname()
        listener.setblocking(False)  # another process may be faster at accepting what woke this one

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(PATIENCE)
        with self._visiting(request) as visit:
            try:
                visit.tls = tls = TlsSocket.server(request, self.config)
            except (TlsError, OSError) as error:
                self._tell(client_address[0], error)
                return
            with tls:
                try:
                    self.RequestHandlerClass(tls, client_address, self)  # type: ignore[arg-type]
                except (TlsError, OSError) as error:
                    if not self.ending:
                        self._tell(client_address[0], error)

    def finish(self, patience: float) -> int:
        """After `shutdown`: take nobody new in, let requests end, say goodbye to idle visitors.

        patience: seconds. Returns how many visitors had to be left in the middle.
        """
        self.ending = True
        self.server_close()
        with self._left:
            for visit in self._visits:
                if visit.idle:
                    visit.end()
            self._left.wait_for(lambda: not self._visits, patience)
            return len(self._visits)

    def note(self, tls: object, *, idle: bool) -> None:
        """Whether a visitor is between two requests."""
        with self._left:
            for visit in self._visits:
                if visit.tls is tls:
                    visit.idle = idle

    @contextmanager
    def _visiting(self, request: socket.socket) -> Iterator[_Visit]:
        visit = _Visit(request)
        with self._left:
            self._visits.add(visit)
        try:
            yield visit
        finally:
            with self._left:
                self._visits.discard(visit)
                self._left.notify_all()

    def _tell(self, address: str, error: Exception) -> None:
        if self.refused is not None:
            self.refused(address, error)


class PoliteHandler(BaseHTTPRequestHandler):
    """A handler that takes early data, and lets a server that ends finish the request at hand."""

    connection: Any
    server: Any

    def setup(self) -> None:
        super().setup()
        early = self.connection.connection.early_data
        if early:
            self.rfile = io.BufferedReader(_EarlyFirst(early, cast(io.BufferedReader, self.rfile)))

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.server.note(self.connection, idle=True)
        if self.server.ending:
            self.close_connection = True

    def parse_request(self) -> bool:
        self.server.note(self.connection, idle=False)
        return super().parse_request()

    def end_headers(self) -> None:
        if self.server.ending:
            self.send_header("Connection", "close")
        super().end_headers()


@dataclass(eq=False, slots=True)
class _Visit:
    """One visitor on its thread. idle: between requests, so that nothing is lost if it ends now."""

    request: socket.socket
    tls: TlsSocket | None = None
    idle: bool = False

    def end(self) -> None:
        """Say close_notify and wake up the thread that waits for the next request."""
        with suppress(TlsError, OSError):
            if self.tls is not None:
                self.tls.shutdown_write()
            self.request.shutdown(socket.SHUT_RD)


class _EarlyFirst(io.RawIOBase):
    """What came before the handshake was over, then the rest."""

    def __init__(self, early: bytes, rest: io.BufferedReader) -> None:
        self._early = early
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        if not self._early:
            return self._rest.readinto1(buffer)
        part, self._early = self._early[: len(buffer)], self._early[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._rest.close()
        super().close()


def resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    """Family and address to listen on."""
    flags = socket.AI_PASSIVE
    family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=flags)[0]
    return family, address
