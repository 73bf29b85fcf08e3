"""A socket whose conversation in the clear is written into a ladder, before TLS takes the socket over."""

from __future__ import annotations

import socket

from dojang.cli.ladder import PLAINTEXT, Ladder, Rung
from dojang.cli.text import neutralise

__all__ = ["Overheard"]


class Overheard(socket.socket):
    """The same socket, for `net.starttls.upgrade` alone: what it sends and receives becomes rungs.

    Shares the descriptor; who made it detaches it again.
    """

    def __init__(self, sock: socket.socket, ladder: Ladder) -> None:
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.fileno())
        self.settimeout(sock.gettimeout())
        self._ladder = ladder

    def sendall(self, data: bytes, flags: int = 0, /) -> None:  # type: ignore[override]
        """As a socket does."""
        self._note("client", data)
        super().sendall(data, flags)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As a socket does."""
        data = super().recv(size, flags)
        if data:
            self._note("server", data)
        return data

    def _note(self, sender: str, data: bytes) -> None:
        self._ladder.steps.append(Rung(sender, "foreign", _first_line(data), len(data), PLAINTEXT))


def _first_line(data: bytes) -> str:
    """The line that begins `data`, or its bytes where it is no text."""
    line = data.splitlines()[0] if data.splitlines() else b""
    text = line.decode("ascii", "replace").strip()
    return neutralise(text) if text.isprintable() and text.isascii() and text else data[:12].hex(" ")
