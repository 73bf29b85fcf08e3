"""Registers that let each early-data ticket through once (RFC 9846 section 8.2).

The caller promises that an identity is no longer acceptable to it from `expires` on: then it may be forgotten. A good
`expires` is `now` plus twice the freshness window of section 8.3. No register ever forgets earlier, and none takes
the word of one that may have forgotten.
"""

from __future__ import annotations

import hashlib
import heapq
import threading
from typing import Protocol

__all__ = ["MemoryStrikes", "StrikeRegister", "digest_of", "remembers"]


class StrikeRegister(Protocol):
    """Shared by all who accept the same tickets."""

    def strike(self, identity: bytes, expires: float, now: float) -> bool:
        """True exactly once for an identity until `expires`, across whoever shares the register.

        False also where the register can't be sure. Raises StoreUnavailable where it can't answer. Either way: no
        early data. expires, now: seconds since the epoch.
        """
        ...


def remembers(since: float, expires: float, now: float) -> bool:
    """Whether a register that began at `since` would know of any earlier use that could be replayed now.

    RFC 9846 section 8.2: a server refuses early data while any portion of its recording window overlaps its start.
    """
    return now - since >= expires - now


def digest_of(identity: bytes) -> bytes:
    """What is kept of an identity: 32 bytes, however long it is."""
    return hashlib.sha256(identity).digest()


class MemoryStrikes:
    """A register in this process alone, for ticket keys in this process alone.

    capacity: how many identities it holds at most; when all of them are still of use it refuses, it forgets none.
    since: when the memory began, for ticket keys that were there before; None says that there were no tickets then.
    """

    def __init__(self, capacity: int = 100_000, *, since: float | None = None) -> None:
        self.capacity = capacity
        self._since = since
        self._struck: set[bytes] = set()
        self._ends: list[tuple[float, bytes]] = []
        self._forgotten = float("-inf")  # the latest `expires` among what was forgotten
        self._lock = threading.Lock()

    def strike(self, identity: bytes, expires: float, now: float) -> bool:
        """See StrikeRegister."""
        digest = digest_of(identity)
        with self._lock:
            self._forget(now)
            if not self._sure(expires, now) or digest in self._struck or len(self._struck) >= self.capacity:
                return False
            self._struck.add(digest)
            heapq.heappush(self._ends, (expires, digest))
            return True

    def _sure(self, expires: float, now: float) -> bool:
        """Not for what is over, nor while a clock that went back makes forgotten identities acceptable again."""
        began_before = self._since is None or remembers(self._since, expires, now)
        return self._forgotten <= now < expires and began_before

    def _forget(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._forgotten, digest = heapq.heappop(self._ends)
            self._struck.discard(digest)
