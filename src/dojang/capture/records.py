"""A stream of bytes to records, through gaps and what is no record.

The header is read as `wire.framing` has it, without building an object for each; a capture holds many.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Piece", "RecordReader", "looks_like_records"]

LARGEST = 2**14 + 2048  # RFC 5246 section 6.2.3; SSL 3.0 and TLS 1.3 stay below


class Piece(NamedTuple):
    """What the reader found. kind: ``record``, ``lost`` (its bytes are not in the capture), ``foreign`` (no record).

    header: the five bytes; data: the fragment, or the foreign bytes. size: of the fragment on the wire.
    at: where it begins, counted from the first byte of TLS in this direction.
    """

    kind: str
    header: bytes
    data: bytes
    size: int
    at: int


class RecordReader:
    """One direction's records. Holds at most one record.

    after_gap: bytes that went missing since the last record, whose number is unknown; the reader of protected records
    resets it when it has found its place again.
    """

    __slots__ = ("_buffer", "_skip", "_strayed", "after_gap", "at")

    def __init__(self) -> None:
        self._buffer = b""
        self._skip = 0
        self._strayed = False
        self.after_gap = 0
        self.at = 0

    @property
    def pending(self) -> bytes:
        """Bytes of an unfinished record."""
        return self._buffer

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that `data` completes."""
        if self._skip:
            cut = min(self._skip, len(data))
            self._skip -= cut
            self.at += cut
            data = data[cut:]
        if self._strayed:
            data = self._find_record(data)
        buffer = self._buffer + data if self._buffer else data
        found: list[Piece] = []
        start, end = 0, len(buffer)
        while end - start >= 5:
            size = buffer[start + 3] << 8 | buffer[start + 4]
            if not 20 <= buffer[start] <= 26 or buffer[start + 1] != 3 or size > LARGEST:
                found.append(Piece("foreign", b"", buffer[start:end], end - start, self.at))
                self.at += end - start
                start, self._strayed = end, True
                break
            stop = start + 5 + size
            if stop > end:
                break
            found.append(Piece("record", buffer[start : start + 5], buffer[start + 5 : stop], size, self.at))
            self.at += 5 + size
            start = stop
        self._buffer = buffer[start:]
        if self._buffer and not 20 <= self._buffer[0] <= 26:
            found.append(Piece("foreign", b"", self._buffer, len(self._buffer), self.at))
            self.at += len(self._buffer)
            self._buffer, self._strayed = b"", True
        return found

    def gap(self, size: int) -> list[Piece]:
        """`size` bytes are missing here."""
        if self._skip >= size:
            self._skip -= size
            self.at += size
            return []
        size -= self._skip
        self.at += self._skip
        self._skip = 0
        buffer, self._buffer = self._buffer, b""
        if len(buffer) >= 5:
            length = buffer[3] << 8 | buffer[4]
            left = 5 + length - len(buffer)
            if size <= left:  # the header is here: the loss ends within the record, and the next one can be found
                self._skip = left - size
                piece = Piece("lost", buffer[:5], buffer[5:], length, self.at)
                self.at += len(buffer) + size
                return [piece]
        self.at += len(buffer) + size
        self.after_gap += len(buffer) + size
        self._strayed = True
        return []

    def _find_record(self, data: bytes) -> bytes:
        """From the first place on that looks like the beginning of records; nothing where there is none."""
        for found in _HEADER.finditer(data):
            if looks_like_records(data, found.start()):
                self._strayed = False
                self.at += found.start()
                self.after_gap += found.start()
                return data[found.start() :]
        self.at += len(data)
        self.after_gap += len(data)
        return b""


def looks_like_records(data: bytes, at: int = 0) -> bool:
    """Whether a record with a likely header begins at `at`, with another one (or the end of `data`) behind it."""
    if not _HEADER.match(data, at) or len(data) < at + 5:
        return False
    size = data[at + 3] << 8 | data[at + 4]
    stop = at + 5 + size
    if not 0 < size <= LARGEST:
        return False
    return stop >= len(data) or bool(_HEADER.match(data, stop)) or len(data) - stop < 3


_HEADER = re.compile(rb"[\x14-\x18]\x03[\x00-\x04]", re.DOTALL)
