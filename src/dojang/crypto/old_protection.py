"""Opening what dojang itself never seals: CBC with its MAC inside or outside, RC4, NULL, from SSL 3.0 to TLS 1.2.

For captures only; a live connection never comes here, so the timing of what is checked does not matter.
Sources: RFC 6101 section 5.2.3, RFC 2246 and RFC 4346 section 6.2.3, RFC 5246 section 6.2.3, RFC 7366.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography.hazmat.decrepit.ciphers import algorithms as old
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from dojang.crypto.protection import bad_record_mac
from dojang.wire.codes import ContentType

__all__ = ["CIPHERS", "OldCipher", "OldKeys", "OldOpener"]

SSL3, TLS11 = 0x0300, 0x0302


class OldCipher(NamedTuple):
    """How a cipher is made from its key. block: octets, 0 for a stream."""

    make: Callable[[bytes], Any]
    key_size: int
    block: int


class OldKeys(NamedTuple):
    """One direction's part of the key block, RFC 5246 section 6.3."""

    mac_key: bytes
    key: bytes
    iv: bytes


class OldOpener:
    """Opens one direction's records. version: the connection's, as a number.

    encrypt_then_mac: RFC 7366. mac: hashlib's name.
    """

    hides_type = False

    def __init__(
        self, cipher: OldCipher | None, keys: OldKeys, version: int, mac: str, *, encrypt_then_mac: bool = False
    ) -> None:
        self.sequence = 0
        self._version = version
        self._mac_key, self._mac = keys.mac_key, mac
        self._mac_size = hashlib.new(mac).digest_size
        self._cipher, self._key = cipher, keys.key
        self._chained = keys.iv
        self._outside = encrypt_then_mac and cipher is not None and cipher.block > 0
        self._stream: CipherContext | None = None
        if cipher is not None and not cipher.block:
            self._stream = Cipher(cipher.make(keys.key), None).decryptor()

    def open(self, header: bytes, fragment: bytes) -> tuple[ContentType, bytes]:
        """One record's content type and content. Raises PeerMisbehaved: bad_record_mac."""
        if self._outside:
            body, tag = fragment[: -self._mac_size], fragment[-self._mac_size :]
            self._check(header, body, tag)
            content = self._unpad(self._decrypt(body))
        else:
            plain = self._decrypt(fragment)
            padded = self._cipher is not None and self._cipher.block > 0
            inner = self._unpad(plain) if padded else plain
            content, tag = inner[: -self._mac_size], inner[-self._mac_size :]
            self._check(header, content, tag)
        self.sequence += 1
        return ContentType.of(header[0]), content

    def _decrypt(self, data: bytes) -> bytes:
        if self._cipher is None:
            return data
        if self._stream is not None:
            return self._stream.update(data)
        block = self._cipher.block
        if len(data) < block or len(data) % block:
            raise bad_record_mac(self.sequence)
        if self._version >= TLS11:
            iv, data = data[:block], data[block:]
        else:
            iv, self._chained = self._chained, data[-block:]
        context = Cipher(self._cipher.make(self._key), modes.CBC(iv)).decryptor()
        return context.update(data) + context.finalize()

    def _unpad(self, data: bytes) -> bytes:
        size = data[-1] + 1 if data else 0
        wrong = self._version != SSL3 and data[-size:] != bytes((size - 1,)) * size if size else True
        if wrong or size > len(data):
            raise bad_record_mac(self.sequence)
        return data[:-size]

    def _check(self, header: bytes, content: bytes, tag: bytes) -> None:
        if len(tag) != self._mac_size or self._tag(header, content) != tag:
            raise bad_record_mac(self.sequence)

    def _tag(self, header: bytes, content: bytes) -> bytes:
        sequence, size = self.sequence.to_bytes(8, "big"), len(content).to_bytes(2, "big")
        if self._version != SSL3:
            return hmac.digest(self._mac_key, sequence + header[:3] + size + content, self._mac)
        fill = 48 if self._mac == "md5" else 40
        inner = self._mac_key + b"\x36" * fill + sequence + header[:1] + size + content
        outer = self._mac_key + b"\x5c" * fill + hashlib.new(self._mac, inner).digest()
        return hashlib.new(self._mac, outer).digest()


def _single_des(key: bytes) -> Any:
    return old.TripleDES(key * 3)


# By the names of the registry's suites.
CIPHERS: dict[str, OldCipher] = {
    "AES_128": OldCipher(algorithms.AES, 16, 16),
    "AES_256": OldCipher(algorithms.AES, 32, 16),
    "CAMELLIA_128": OldCipher(old.Camellia, 16, 16),
    "CAMELLIA_256": OldCipher(old.Camellia, 32, 16),
    "3DES_EDE": OldCipher(old.TripleDES, 24, 8),
    "DES": OldCipher(_single_des, 8, 8),
    "SEED": OldCipher(old.SEED, 16, 16),
    "IDEA": OldCipher(old.IDEA, 16, 8),
    "RC4_128": OldCipher(old.ARC4, 16, 0),
}
