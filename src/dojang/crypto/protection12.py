"""Sealing and opening records of TLS 1.2 with AEAD suites: RFC 5246 section 6.2.3.3, RFC 5288, RFC 6655, RFC 7905.

The same shape as `protection`, but the content type stands in the clear, nothing is padded, and AES carries part of its
nonce.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag

from dojang.crypto.protection import bad_record_mac
from dojang.crypto.schedule13 import TrafficKeys
from dojang.crypto.suites import Suite12
from dojang.errors import PeerMisbehaved, TlsError
from dojang.wire.codes import Alert, ContentType
from dojang.wire.framing import HEADER_SIZE, MAX_CIPHERTEXT_12, MAX_PLAINTEXT

__all__ = ["Opener12", "Sealer12"]

_APPLICATION_DATA = int(ContentType.APPLICATION_DATA)


class _Cipher12:
    """One key of one direction, its nonces and its count."""

    __slots__ = ("_explicit", "_iv", "_overhead", "_shift", "fragment", "hides_type", "sequence", "suite")

    def __init__(self, suite: Suite12, keys: TrafficKeys, fragment: int = MAX_PLAINTEXT) -> None:
        # Either salt and an explicit counter side by side, or the sequence number under a mask as in TLS 1.3.
        self._explicit = suite.explicit_nonce_size
        self._iv = int.from_bytes(keys.iv, "big") << 8 * self._explicit
        self._overhead = suite.explicit_nonce_size + suite.tag_size
        self.fragment = fragment
        self.hides_type = False
        self.sequence = 0
        self.suite = suite

    def _associated(self, sequence: int, content_type: int, size: int) -> bytes:
        """RFC 5246 section 6.2.3.3: sequence number, type, version, length."""
        return (sequence << 40 | content_type << 32 | 0x0303 << 16 | size).to_bytes(13, "big")


class Sealer12(_Cipher12):
    """Protects one direction's records."""

    __slots__ = ("_encrypt", "_encrypt_into")

    def __init__(self, suite: Suite12, keys: TrafficKeys, fragment: int = MAX_PLAINTEXT) -> None:
        super().__init__(suite, keys, fragment)
        aead = suite.aead(keys.key)
        self._encrypt, self._encrypt_into = aead.encrypt, aead.encrypt_into

    def seal(self, content_type: int, content: bytes | bytearray | memoryview, _padding: int = 0) -> bytes:
        """One whole record. TLS 1.2 has no padding, whatever the policy says."""
        sequence, size = self.sequence, len(content)
        header = bytes((content_type, 3, 3)) + (size + self._overhead).to_bytes(2, "big")
        nonce = self._iv ^ sequence
        sealed = self._encrypt(nonce.to_bytes(12, "big"), content, self._associated(sequence, content_type, size))
        self.sequence += 1
        return header + sequence.to_bytes(8, "big")[: self._explicit] + sealed

    def sealed_size(self, size: int, fragment: int = MAX_PLAINTEXT) -> int:
        """How many bytes `seal_stream` writes for `size` bytes of application data."""
        return size + -(-size // fragment) * (HEADER_SIZE + self._overhead)

    def seal_stream(self, data: memoryview, out: memoryview, at: int, fragment: int = MAX_PLAINTEXT) -> int:
        """Application data as records into `out[at:]`; the position after them. See Sealer.seal_stream."""
        encrypt_into, iv, explicit, sequence = self._encrypt_into, self._iv, self._explicit, self.sequence
        for position in range(0, len(data), fragment):
            piece = data[position : position + fragment]
            size = len(piece)
            body = at + HEADER_SIZE + explicit
            out[at : at + HEADER_SIZE] = b"\x17\x03\x03" + (size + self._overhead).to_bytes(2, "big")
            out[at + HEADER_SIZE : body] = sequence.to_bytes(8, "big")[:explicit]
            at += HEADER_SIZE + self._overhead + size
            associated = self._associated(sequence, _APPLICATION_DATA, size)
            encrypt_into((iv ^ sequence).to_bytes(12, "big"), piece, associated, out[body:at])
            sequence += 1
        self.sequence = sequence
        return at


class Opener12(_Cipher12):
    """Opens one direction's records."""

    __slots__ = ("_decrypt", "_decrypt_into")

    def __init__(self, suite: Suite12, keys: TrafficKeys, fragment: int = MAX_PLAINTEXT) -> None:
        super().__init__(suite, keys, fragment)
        aead = suite.aead(keys.key)
        self._decrypt, self._decrypt_into = aead.decrypt, aead.decrypt_into

    def check_length(self, length: int) -> TlsError | None:
        """The error for a protected record too long or too short, or None."""
        if length > min(MAX_CIPHERTEXT_12, self.fragment + self._overhead):
            return PeerMisbehaved(
                Alert.RECORD_OVERFLOW,
                "a protected record of {size} bytes, {limit} is the most",
                "RFC 5246 section 6.2.3",
                size=length,
                limit=self.fragment + self._overhead,
            )
        return bad_record_mac(self.sequence) if length < self._overhead else None

    def open(self, header: bytes, fragment: bytes | bytearray | memoryview) -> tuple[ContentType, bytes]:
        """One record's content type and content. Raises PeerMisbehaved: bad_record_mac."""
        explicit = self._explicit
        size = len(fragment) - self._overhead
        nonce = self._nonce(bytes(fragment[:explicit]))
        try:
            content = self._decrypt(nonce, fragment[explicit:], self._associated(self.sequence, header[0], size))
        except InvalidTag:
            raise bad_record_mac(self.sequence) from None
        self.sequence += 1
        return ContentType.of(header[0]), content

    def open_stream(
        self, data: memoryview, start: int, end: int, out: memoryview, at: int
    ) -> tuple[int, int, tuple[ContentType, bytes] | TlsError | None]:
        """Open whole records of application data into `out[at:]`; stops before any other. See Opener.open_stream."""
        decrypt_into, explicit, sequence = self._decrypt_into, self._explicit, self.sequence
        while end - start >= HEADER_SIZE and data[start] == _APPLICATION_DATA:
            length = data[start + 3] << 8 | data[start + 4]
            if (wrong := self.check_length(length)) is not None:
                return start, at, wrong
            body = start + HEADER_SIZE
            stop = body + length
            if stop > end:
                break
            last = at + length - self._overhead
            nonce = self._nonce(bytes(data[body : body + explicit]))
            associated = self._associated(sequence, _APPLICATION_DATA, last - at)
            try:
                decrypt_into(nonce, data[body + explicit : stop], associated, out[at:last])
            except InvalidTag:
                out[at:last] = bytes(last - at)  # unauthenticated plaintext must not stay
                return start, at, bad_record_mac(sequence)
            sequence += 1
            self.sequence = sequence
            start, at = stop, last
        return start, at, None

    def _nonce(self, explicit: bytes) -> bytes:
        """The peer may choose the explicit part as it likes; it need not count (RFC 5288 section 3)."""
        number = int.from_bytes(explicit, "big") if explicit else self.sequence
        return (self._iv ^ number).to_bytes(12, "big")
