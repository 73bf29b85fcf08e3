"""Sessions that the server keeps: for TLS 1.2 session IDs (RFC 5246 appendix F.1.4) and tickets that only refer."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

__all__ = ["MemorySessions", "SessionStore"]


class SessionStore(Protocol):
    """Values under identities. Each method may raise StoreUnavailable; the connection goes on without resumption.

    The values hold secrets: a store that others can read is sealed by the caller, or not used.
    """

    def put(self, identity: bytes, value: bytes, expires: float) -> None:
        """Keep until `expires` (seconds since the epoch) at the latest; a bounded store may let go of it earlier."""
        ...

    def take(self, identity: bytes) -> bytes | None:
        """The value, to one caller only: it is gone then."""
        ...

    def look(self, identity: bytes) -> bytes | None:
        """The value, which stays."""
        ...

    def drop(self, identity: bytes) -> None:
        """Forget it, as a session must be after a fatal alert (RFC 5246 section 7.2.2)."""
        ...


class MemorySessions:
    """A store in this process alone: the `capacity` most recently used. clock: seconds since the epoch."""

    def __init__(self, capacity: int = 20_000, *, clock: Callable[[], float] = time.time) -> None:
        self.capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[bytes, float]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, identity: bytes, value: bytes, expires: float) -> None:
        """See SessionStore."""
        with self._lock:
            self._kept[identity] = value, expires
            self._kept.move_to_end(identity)
            while len(self._kept) > self.capacity:
                self._kept.popitem(last=False)

    def take(self, identity: bytes) -> bytes | None:
        """See SessionStore."""
        with self._lock:
            return self._fresh(self._kept.pop(identity, None))

    def look(self, identity: bytes) -> bytes | None:
        """See SessionStore."""
        with self._lock:
            value = self._fresh(self._kept.get(identity))
            if value is not None:
                self._kept.move_to_end(identity)
            return value

    def drop(self, identity: bytes) -> None:
        """See SessionStore."""
        with self._lock:
            self._kept.pop(identity, None)

    def __len__(self) -> int:
        return len(self._kept)

    def _fresh(self, kept: tuple[bytes, float] | None) -> bytes | None:
        return kept[0] if kept is not None and self._clock() < kept[1] else None
