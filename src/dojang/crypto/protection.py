"""Sealing and opening records: the hot path, RFC 9846 section 5.2. The engine and captures use the same two classes.

A Sealer and an Opener each hold one key of one direction and count its records. Bare on purpose: nothing is allocated,
logged or looked up per record that could be outside the loop.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag

from dojang.crypto.schedule13 import TrafficKeys
from dojang.crypto.suites import Suite
from dojang.errors import PeerMisbehaved, TlsError
from dojang.wire.codes import Alert, ContentType
from dojang.wire.framing import HEADER_SIZE, MAX_CIPHERTEXT_13, MAX_PLAINTEXT

__all__ = ["Opener", "Sealer"]

_APPLICATION_DATA = int(ContentType.APPLICATION_DATA)
_PREFIX = b"\x17\x03\x03"  # application_data, legacy_record_version: what a protected record shows


class Sealer:
    """Protects one direction's records. `sequence` is the number of the next record."""

    __slots__ = ("_encrypt", "_encrypt_into", "_iv", "hides_type", "sequence", "suite")

    def __init__(self, suite: Suite, keys: TrafficKeys) -> None:
        aead = suite.aead(keys.key)
        self._encrypt = aead.encrypt
        self._encrypt_into = aead.encrypt_into
        self.hides_type = True
        self._iv = int.from_bytes(keys.iv, "big")
        self.sequence = 0
        self.suite = suite

    def seal(self, content_type: int, content: bytes | bytearray | memoryview, padding: int = 0) -> bytes:
        """One whole record. `padding` zeros follow the content type; the caller keeps the sum within 2^14 bytes."""
        inner = b"".join((content, content_type.to_bytes(1, "big"), bytes(padding)))
        header = _PREFIX + (len(inner) + self.suite.tag_size).to_bytes(2, "big")
        nonce = (self._iv ^ self.sequence).to_bytes(12, "big")
        self.sequence += 1
        return header + self._encrypt(nonce, inner, header)

    def sealed_size(self, size: int, fragment: int = MAX_PLAINTEXT) -> int:
        """How many bytes `seal_stream` writes for `size` bytes of application data."""
        return size + -(-size // fragment) * (HEADER_SIZE + 1 + self.suite.tag_size)

    def seal_stream(self, data: memoryview, out: memoryview, at: int, fragment: int = MAX_PLAINTEXT) -> int:
        """Application data of any length as records of up to `fragment` bytes into `out[at:]`; the position after them.

        `out` must hold `sealed_size` bytes more and must not overlap `data`.
        """
        encrypt_into, iv, sequence = self._encrypt_into, self._iv, self.sequence
        overhead = 1 + self.suite.tag_size
        full = len(data) - len(data) % fragment
        for offset, stop, size in ((0, full, fragment), (full, len(data), len(data) - full)):
            if offset == stop:
                continue
            staged = bytearray(size + 1)  # content and type side by side, for the AEAD takes one piece
            staged[size] = _APPLICATION_DATA
            stage = memoryview(staged)[:size]
            header = _PREFIX + (size + overhead).to_bytes(2, "big")
            for position in range(offset, stop, size):
                stage[:] = data[position : position + size]
                body = at + HEADER_SIZE
                out[at:body] = header
                at = body + size + overhead
                encrypt_into((iv ^ sequence).to_bytes(12, "big"), staged, header, out[body:at])
                sequence += 1
        self.sequence = sequence
        return at


class Opener:
    """Opens one direction's records. `sequence` is the number of the next record."""

    __slots__ = ("_decrypt", "_decrypt_into", "_iv", "fragment", "hides_type", "sequence", "suite")

    def __init__(self, suite: Suite, keys: TrafficKeys, fragment: int = MAX_PLAINTEXT) -> None:
        aead = suite.aead(keys.key)
        self._decrypt = aead.decrypt
        self._decrypt_into = aead.decrypt_into
        self._iv = int.from_bytes(keys.iv, "big")
        self.fragment = fragment
        self.hides_type = True
        self.sequence = 0
        self.suite = suite

    def open(self, header: bytes, fragment: bytes | bytearray | memoryview) -> tuple[ContentType, bytes]:
        """One record's content type and content, padding removed.

        Raises PeerMisbehaved: bad_record_mac, record_overflow, or unexpected_message where no content type is inside.
        """
        nonce = (self._iv ^ self.sequence).to_bytes(12, "big")
        try:
            inner = self._decrypt(nonce, fragment, header)
        except InvalidTag:
            raise bad_record_mac(self.sequence) from None
        self.sequence += 1
        return self._content(inner)

    def open_stream(
        self, data: memoryview, start: int, end: int, out: memoryview, at: int
    ) -> tuple[int, int, tuple[ContentType, bytes] | TlsError | None]:
        """Open whole records of application data from `data[start:end]` into `out[at:]`.

        Stops before an incomplete or unprotected record, and after one that holds something else or can't be opened.
        Returns the positions reached in `data` and `out` and what stopped it: other content, an error, or None.
        `out[at:]` must have room for `end - start` bytes and must not overlap `data`.
        """
        decrypt_into, iv, sequence = self._decrypt_into, self._iv, self.sequence
        tag, limit = self.suite.tag_size, self.fragment + 1
        while end - start >= HEADER_SIZE and data[start] == _APPLICATION_DATA:
            body = start + HEADER_SIZE
            stop = body + (data[start + 3] << 8 | data[start + 4])
            if (wrong := self.check_length(stop - body)) is not None:
                return start, at, wrong
            if stop > end:
                break
            last = at + stop - body - tag - 1
            try:
                decrypt_into((iv ^ sequence).to_bytes(12, "big"), data[body:stop], data[start:body], out[at : last + 1])
            except InvalidTag:
                out[at : last + 1] = bytes(last + 1 - at)  # unauthenticated plaintext must not stay
                return start, at, bad_record_mac(sequence)
            sequence += 1
            self.sequence = sequence
            start = stop
            if out[last] == _APPLICATION_DATA and last < at + limit:
                at = last
                continue
            try:
                kind, content = self._content(bytes(out[at : last + 1]))
            except TlsError as error:
                return start, at, error
            if kind is not ContentType.APPLICATION_DATA:
                return start, at, (kind, content)
            at += len(content)
        return start, at, None

    def _content(self, inner: bytes) -> tuple[ContentType, bytes]:
        if len(inner) > self.fragment + 1:
            raise PeerMisbehaved(
                Alert.RECORD_OVERFLOW,
                "a record holds {size} bytes, {limit} is the most",
                "RFC 9846 section 5.2",
                size=len(inner) - 1,
                limit=self.fragment,
            )
        content = inner.rstrip(b"\0") if not inner[-1] else inner
        if not content:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE, "a protected record holds no content type", "RFC 9846 section 5.4"
            )
        return ContentType.of(content[-1]), content[:-1]

    def check_length(self, length: int) -> TlsError | None:
        """The error for a protected record too long or too short, or None."""
        return None if self.suite.tag_size < length <= MAX_CIPHERTEXT_13 else _bad_length(length)


def _bad_length(length: int) -> PeerMisbehaved:
    """The error for a protected record too long, or too short to hold a tag and a content type."""
    if length > MAX_CIPHERTEXT_13:
        return PeerMisbehaved(
            Alert.RECORD_OVERFLOW,
            "a protected record of {size} bytes, {limit} is the most",
            "RFC 9846 section 5.2",
            size=length,
            limit=MAX_CIPHERTEXT_13,
        )
    return PeerMisbehaved(
        Alert.BAD_RECORD_MAC, "a protected record of {size} bytes can't hold a tag", "RFC 9846 section 5.2", size=length
    )


def bad_record_mac(sequence: int) -> PeerMisbehaved:
    """The error for a record that does not open."""
    return PeerMisbehaved(
        Alert.BAD_RECORD_MAC, "record {number} does not open with its key", "RFC 9846 section 5.2", number=sequence
    )
