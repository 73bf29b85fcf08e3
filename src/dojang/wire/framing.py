"""Bytes to records to handshake messages, for the engine and for captures alike.

Knows lengths, not keys: a protected record's fragment is handed on as it is.
"""

from __future__ import annotations

from typing import NamedTuple

from dojang.errors import DecodeError, PeerMisbehaved
from dojang.wire.codes import Alert, AlertLevel, ContentType, HandshakeType, Version

__all__ = [
    "HEADER_SIZE",
    "MAX_CIPHERTEXT_12",
    "MAX_CIPHERTEXT_13",
    "MAX_MESSAGE",
    "MAX_PLAINTEXT",
    "MessageAssembler",
    "RecordHeader",
    "parse_alert",
    "parse_record_header",
]

HEADER_SIZE = 5
MAX_PLAINTEXT = 2**14  # RFC 9846 section 5.1
MAX_CIPHERTEXT_13 = 2**14 + 256  # RFC 9846 section 5.2
MAX_CIPHERTEXT_12 = 2**14 + 2048  # RFC 5246 section 6.2.3

# A peer may announce 16 MiB; chains of real life stay far below this, and memory stays bounded.
MAX_MESSAGE = 2**17


class RecordHeader(NamedTuple):
    """The five bytes before a record's fragment, RFC 9846 section 5.1."""

    content_type: ContentType
    legacy_record_version: Version
    length: int


def parse_record_header(data: bytes | bytearray | memoryview, offset: int = 0) -> RecordHeader:
    """The header at `offset`, where five bytes must stand."""
    kind, version, length = data[offset], data[offset + 1 : offset + 3], data[offset + 3 : offset + 5]
    return RecordHeader(ContentType(kind), Version(int.from_bytes(version, "big")), int.from_bytes(length, "big"))


class MessageAssembler:
    """Handshake fragments in, whole messages out; holds one unfinished message at the most.

    limit: the largest body accepted, in bytes.
    """

    __slots__ = ("_pending", "limit")

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._pending = bytearray()
        self.limit = limit

    def __bool__(self) -> bool:
        """True while bytes of an unfinished or unread message wait."""
        return bool(self._pending)

    def feed(self, fragment: bytes | memoryview) -> None:
        """Take the content of one handshake record."""
        self._pending += fragment

    def next(self) -> tuple[HandshakeType, bytes] | None:
        """The next whole message (type and all its bytes, header included), or None."""
        pending = self._pending
        if len(pending) < 4:
            return None
        size = int.from_bytes(pending[1:4], "big")
        if size > self.limit:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "a handshake message of {size} bytes is announced, {limit} are the most that is taken",
                "RFC 9846 section 4",
                size=size,
                limit=self.limit,
            )
        if len(pending) < 4 + size:
            return None
        raw = bytes(pending[: 4 + size])
        del pending[: 4 + size]
        return HandshakeType.of(raw[0]), raw


def parse_alert(fragment: bytes) -> tuple[AlertLevel, Alert]:
    """RFC 9846 section 6: exactly two bytes, never split (section 5.1)."""
    if len(fragment) != 2:
        raise DecodeError("an alert of {size} bytes instead of 2", "RFC 9846 section 5.1", size=len(fragment))
    return AlertLevel.of(fragment[0]), Alert.of(fragment[1])
