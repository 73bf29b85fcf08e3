"""HTTP/1.1 over TLS on threads: the stdlib's request handling, with a TlsSocket where it expects a socket.

One thread per visitor; the handshake runs on that thread, so that a slow visitor keeps nobody waiting.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from dojang.engine.config import ServerConfig
from dojang.errors import TlsError
from dojang.net.blocking import TlsSocket

__all__ = ["HttpsServer"]

PATIENCE = 30.0  # seconds without a byte before a visitor is let go


class HttpsServer(ThreadingMixIn, TCPServer):
    """Listens at once; `serve_forever` answers until `shutdown`.

    handler: a BaseHTTPRequestHandler, whose `connection` is the TlsSocket.
    refused: told of each visitor that did not get through the handshake, with the address and the reason.
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
    ) -> None:
        self.config = config
        self.refused = refused
        family, address = _resolve(host, port)
        self.address_family = family
        super().__init__(address, handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(PATIENCE)
        try:
            connection = TlsSocket.server(request, self.config)
        except (TlsError, OSError) as error:
            self._tell(client_address[0], error)
            return
        with connection:
            try:
                self.RequestHandlerClass(connection, client_address, self)  # type: ignore[arg-type]
            except (TlsError, OSError) as error:
                self._tell(client_address[0], error)

    def _tell(self, address: str, error: Exception) -> None:
        if self.refused is not None:
            self.refused(address, error)


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    flags = socket.AI_PASSIVE
    family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=flags)[0]
    return family, address
