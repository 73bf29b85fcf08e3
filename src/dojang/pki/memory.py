"""Remembering what was worked out about some bytes, with a bound on how many and on how large.

Peers choose the bytes: a cache that keeps whatever it is given would be theirs to fill.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

__all__ = ["LARGEST", "remembered"]

T = TypeVar("T")

# No certificate of any real authority is larger; one that is gets worked out anew each time.
LARGEST = 32 * 1024


def remembered(entries: int) -> Callable[[Callable[[bytes], T]], Callable[[bytes], T]]:
    """A least-recently-used cache for a function of one bytes object of at most LARGEST octets."""

    def decorate(function: Callable[[bytes], T]) -> Callable[[bytes], T]:
        cached = lru_cache(entries)(function)

        @wraps(function)
        def remember(data: bytes) -> T:
            return cached(data) if len(data) <= LARGEST else function(data)

        remember.forget = cached.cache_clear  # type: ignore[attr-defined]
        return remember

    return decorate
