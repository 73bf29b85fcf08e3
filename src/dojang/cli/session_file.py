"""One ticket in a file: where `connect --session` keeps what lets it resume. Whoever has the file can resume too."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from dojang.engine.ticket import Ticket
from dojang.net.private_files import check_private
from dojang.wire.codes import Version

__all__ = ["SessionFile"]

LARGEST = 2**20


class SessionFile:
    """A TicketCache of one ticket, in a file of mode 0600.

    A ticket is used once: shown twice, it would tell an observer that both visits are of one client
    (RFC 9846 appendix C.4). So the file goes away when its ticket is offered, and comes back with the next ticket.
    A session of TLS 1.2 that goes by its ID stays, for it has no other.

    offered: the ticket that was taken out. saved: how many came.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.offered: Ticket | None = None
        self.saved = 0
        self._ticket = self._read()

    def put(self, name: str, ticket: Ticket) -> None:  # noqa: ARG002
        """Keep the newest; a process that dies in the middle leaves no half file."""
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        try:
            with open(fresh, "xb", opener=_private) as file:
                file.write(ticket.to_bytes())
            os.replace(fresh, self.path)
        finally:
            fresh.unlink(missing_ok=True)
        self.saved += 1

    def take(self, name: str) -> Ticket | None:  # noqa: ARG002
        """The file's ticket; whether it fits this name is for the engine to see."""
        self.offered, self._ticket = self._ticket, None
        if self.offered is not None and (self.offered.version is Version.TLS13 or self.offered.identity):
            self.path.unlink(missing_ok=True)
        return self.offered

    def _read(self) -> Ticket | None:
        """Raises OSError, or ApiMisuse for what is no ticket; StoreUnavailable where others can read the file."""
        try:
            with self.path.open("rb") as file:
                check_private(os.fstat(file.fileno()), self.path)
                return Ticket.from_bytes(file.read(LARGEST))
        except FileNotFoundError:
            return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
