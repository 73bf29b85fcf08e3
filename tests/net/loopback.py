"""Sockets and streams on loopback for the tests of the net floor; ports are the kernel's choice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dojang.engine.config import ClientConfig, ServerConfig
from dojang.net.blocking import TlsSocket, connect
from tests.pair import NAME, client_config, server_config

TIMEOUT = 20.0


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        yield listener


class Background(threading.Thread):
    """A thread whose outcome is asked for: `result()` gives it or raises what it raised."""

    def __init__(self, action: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.action = action
        self.value: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.value = self.action()
        except BaseException as error:
            self.error = error

    def result(self, timeout: float = TIMEOUT) -> Any:
        self.join(timeout)
        assert not self.is_alive(), "it still runs"
        if self.error is not None:
            raise self.error
        return self.value


@contextmanager
def tls_pair(
    client: ClientConfig | None = None, server: ServerConfig | None = None
) -> Iterator[tuple[TlsSocket, TlsSocket]]:
    """Both ends over TCP, the handshake done."""
    with listening() as listener:
        accepted = Background(lambda: accept(listener, server))
        one = connect(NAME, listener.getsockname()[1], client or client_config(), address="127.0.0.1", timeout=TIMEOUT)
        other = accepted.result()
    try:
        yield one, other
    finally:
        one.close()
        other.close()


def accept(listener: socket.socket, config: ServerConfig | None = None) -> TlsSocket:
    """One connection, its handshake done."""
    sock, _ = listener.accept()
    sock.settimeout(TIMEOUT)
    try:
        return TlsSocket.server(sock, config or server_config())
    except BaseException:
        sock.close()
        raise


def read_all(tls: TlsSocket, limit: int = 10**9) -> int:
    """Bytes until the clean end; how many."""
    count = 0
    buffer = bytearray(65536)
    while size := tls.recv_into(buffer):
        count += size
        assert count <= limit
    return count
