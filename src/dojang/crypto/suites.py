"""One row per cipher suite: hash, AEAD, and how much one key may protect (RFC 9846 sections 5.5 and B.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from dojang.wire.codes import CipherSuite

__all__ = ["TLS13_SUITES", "Aead", "Suite"]

Buffer = bytes | bytearray | memoryview


class Aead(Protocol):
    """What pyca's AEADs share."""

    def encrypt(self, nonce: bytes, data: Buffer, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: Buffer, associated_data: bytes | None) -> bytes: ...

    def encrypt_into(
        self, nonce: bytes, data: Buffer, associated_data: Buffer | None, buf: bytearray | memoryview
    ) -> int: ...

    def decrypt_into(
        self, nonce: bytes, data: Buffer, associated_data: Buffer | None, buf: bytearray | memoryview
    ) -> int: ...


@dataclass(frozen=True, slots=True)
class Suite:
    """A TLS 1.3 cipher suite.

    hash_name: hashlib's name; hash_size, key_size, tag_size in bytes.
    aead: builds the cipher from a key.
    max_records: full records that one key may seal; a KeyUpdate comes before.
    """

    code: CipherSuite
    hash_name: str
    hash_size: int
    key_size: int
    aead: Callable[[bytes], Aead]
    max_records: int
    tag_size: int = 16


# Section 5.5: AES-GCM 2^24.5 full records; draft-irtf-cfrg-aead-limits for CCM (2^23 records).
_GCM_RECORDS = 23_726_566
_CCM_RECORDS = 2**23
_SEQUENCE_RECORDS = 2**62

_ROWS = (
    Suite(CipherSuite.TLS_AES_128_GCM_SHA256, "sha256", 32, 16, AESGCM, _GCM_RECORDS),
    Suite(CipherSuite.TLS_AES_256_GCM_SHA384, "sha384", 48, 32, AESGCM, _GCM_RECORDS),
    Suite(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, "sha256", 32, 32, ChaCha20Poly1305, _SEQUENCE_RECORDS),
    Suite(CipherSuite.TLS_AES_128_CCM_SHA256, "sha256", 32, 16, AESCCM, _CCM_RECORDS),
    Suite(CipherSuite.TLS_AES_128_CCM_8_SHA256, "sha256", 32, 16, partial(AESCCM, tag_length=8), _CCM_RECORDS, 8),
)

TLS13_SUITES: dict[CipherSuite, Suite] = {row.code: row for row in _ROWS}
