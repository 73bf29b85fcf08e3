"""Large buffers that all connections share, so that an idle one holds none and a busy one makes none."""

from __future__ import annotations

__all__ = ["LARGE", "lend", "take_back"]

# Sixteen full records with their overhead and one more: measured, more gains little and less shows the system calls.
LARGE = 17 * (2**14 + 256 + 5)
_KEPT = 8
_free: list[bytearray] = []


def lend(size: int) -> bytearray:
    """A buffer of at least `size` bytes with arbitrary content."""
    if size <= LARGE:
        try:
            return _free.pop()
        except IndexError:
            return bytearray(LARGE)
    return bytearray(size)


def take_back(buffer: bytearray) -> None:
    """Keep a buffer for the next one who asks."""
    if len(buffer) == LARGE and len(_free) < _KEPT:
        _free.append(buffer)
