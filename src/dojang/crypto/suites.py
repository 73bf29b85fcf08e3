"""One row per cipher suite: hash, AEAD, and how much one key may protect (RFC 9846 sections 5.5 and B.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from dojang.wire.codes import CipherSuite

__all__ = ["TLS12_SUITES", "TLS13_SUITES", "Aead", "Suite", "Suite12"]

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


@dataclass(frozen=True, slots=True)
class Suite12(Suite):
    """A TLS 1.2 cipher suite, AEAD only.

    exchange: "ecdhe", "dhe" or "rsa"; only the first is live without opting in.
    signs: whether the server signs with an elliptic curve ("ecdsa", EdDSA included) or an RSA key ("rsa").
    iv_size: the implicit part of the nonce in bytes; explicit_nonce_size: the part each record carries.
    """

    exchange: str = "ecdhe"
    signs: str = "rsa"
    iv_size: int = 4
    explicit_nonce_size: int = 8

    @property
    def is_legacy(self) -> bool:
        """Whether the key exchange has to be asked for by its loud name."""
        return self.exchange != "ecdhe"


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


def _suites12() -> Iterator[Suite12]:
    """The suites of RFC 5288, 5289, 6655, 7251 and 7905 that are no worse than AEAD."""
    bulk: dict[str, tuple[str, int, int, Callable[[bytes], Aead], int, int]] = {
        "AES_128_GCM_SHA256": ("sha256", 32, 16, AESGCM, _GCM_RECORDS, 16),
        "AES_256_GCM_SHA384": ("sha384", 48, 32, AESGCM, _GCM_RECORDS, 16),
        "CHACHA20_POLY1305_SHA256": ("sha256", 32, 32, ChaCha20Poly1305, _SEQUENCE_RECORDS, 16),
        "AES_128_CCM": ("sha256", 32, 16, AESCCM, _CCM_RECORDS, 16),
        "AES_256_CCM": ("sha256", 32, 32, AESCCM, _CCM_RECORDS, 16),
        "AES_128_CCM_8": ("sha256", 32, 16, partial(AESCCM, tag_length=8), _CCM_RECORDS, 8),
        "AES_256_CCM_8": ("sha256", 32, 32, partial(AESCCM, tag_length=8), _CCM_RECORDS, 8),
    }
    exchanges = {
        "ECDHE_ECDSA": ("ecdhe", "ecdsa"),
        "ECDHE_RSA": ("ecdhe", "rsa"),
        "DHE_RSA": ("dhe", "rsa"),
        "RSA": ("rsa", "rsa"),
    }
    for prefix, (exchange, signs) in exchanges.items():
        for suffix, row in bulk.items():
            code = CipherSuite.__members__.get(f"TLS_{prefix}_WITH_{suffix}")
            if code is not None:
                iv, explicit = (12, 0) if "CHACHA20" in suffix else (4, 8)
                yield Suite12(code, *row, exchange, signs, iv, explicit)


TLS12_SUITES: dict[CipherSuite, Suite12] = {row.code: row for row in _suites12()}
