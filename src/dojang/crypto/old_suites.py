"""TLS 1.2's AEAD suites that dojang does not negotiate, for captures: the same rows as `suites`, made on demand.

PSK, static Diffie-Hellman and DSS suites protect records as their live siblings do; only the key exchange differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from dojang.crypto.suites import TLS12_SUITES, Aead, Suite12
from dojang.wire.codes import CipherSuite

__all__ = ["suite12_for"]


def suite12_for(code: int, cipher: str, mode: str, key_size: int, hash_name: str) -> Suite12 | None:
    """The row of a suite whose parts the registry's name tells, or None where pyca lacks the cipher (ARIA, SM4)."""
    known = TLS12_SUITES.get(CipherSuite.of(code))
    aead = _AEADS.get((cipher.split("_")[0], mode))
    if known is not None or aead is None or code in _OLD_CHACHA20:
        return known
    tag = 8 if mode == "CCM_8" else 16
    iv, explicit = (12, 0) if cipher == "CHACHA20" else (4, 8)
    return Suite12(
        CipherSuite.of(code),
        hash_name,
        hashlib.new(hash_name).digest_size,
        key_size,
        aead,
        0,
        tag,
        iv_size=iv,
        explicit_nonce_size=explicit,
    )


_AEADS: dict[tuple[str, str], Callable[[bytes], Aead]] = {
    ("AES", "GCM"): AESGCM,
    ("AES", "CCM"): AESCCM,
    ("AES", "CCM_8"): partial(AESCCM, tag_length=8),
    ("CHACHA20", "POLY1305"): ChaCha20Poly1305,
}
_OLD_CHACHA20 = (0xCC13, 0xCC14, 0xCC15)  # the draft's: another nonce
