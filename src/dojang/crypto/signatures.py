"""One row per signature scheme: which keys it takes, how it signs and verifies (RFC 9846 section 4.3.3).

PKCS#1 rows exist because TLS 1.2 and certificates use them; whether they may be negotiated is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from dojang.wire.codes import SignatureScheme

__all__ = ["SCHEMES", "Scheme", "schemes_for", "sign", "verify"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a scheme signs.

    key_type: pyca's public key class; curve: the curve's name for ECDSA under TLS 1.3, else "".
    arguments: what pyca's sign() and verify() take after the data.
    """

    code: SignatureScheme
    key_type: type[Any]
    arguments: tuple[Any, ...] = ()
    curve: str = ""

    def fits(self, key: PublicKeyTypes, *, bind_curve: bool = True) -> bool:
        """Whether `key` can make this signature; TLS 1.3 binds ECDSA schemes to a curve, TLS 1.2 does not."""
        if not isinstance(key, self.key_type):
            return False
        if self.curve and bind_curve:
            return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == self.curve
        return not isinstance(key, rsa.RSAPublicKey) or key.key_size >= self._least_rsa_bits()

    def _least_rsa_bits(self) -> int:
        """RSASSA-PSS needs room for hash, salt and two bytes (RFC 8017 section 9.1.1)."""
        pss, digest = self.arguments
        return 8 * (2 * digest.digest_size + 2) if isinstance(pss, padding.PSS) else 0


def schemes_for(key: PublicKeyTypes) -> tuple[SignatureScheme, ...]:
    """The TLS 1.3 schemes that `key` can sign with, in the order of preference."""
    return tuple(s.code for s in SCHEMES.values() if s.code not in _LEGACY and s.fits(key))


def sign(key: PrivateKeyTypes, scheme: SignatureScheme, data: bytes) -> bytes:
    """A signature over `data`."""
    signer: Callable[..., bytes] = key.sign  # type: ignore[union-attr]
    return signer(data, *SCHEMES[scheme].arguments)


def verify(key: PublicKeyTypes, scheme: SignatureScheme, signature: bytes, data: bytes) -> bool:
    """Whether the signature is right. The caller has checked that the scheme fits the key."""
    check: Callable[..., None] = key.verify  # type: ignore[union-attr]
    try:
        check(signature, data, *SCHEMES[scheme].arguments)
    except InvalidSignature:
        return False
    return True


def _pss(digest: hashes.HashAlgorithm) -> tuple[Any, ...]:
    return padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH), digest


def _pkcs1(digest: hashes.HashAlgorithm) -> tuple[Any, ...]:
    return padding.PKCS1v15(), digest


_S = SignatureScheme
_EC, _RSA = ec.EllipticCurvePublicKey, rsa.RSAPublicKey

# The order is ours: curves before RSA, small before large; rsa_pss_pss after rsae, for pyca tells such keys not apart.
_ROWS = (
    Scheme(_S.ECDSA_SECP256R1_SHA256, _EC, (ec.ECDSA(hashes.SHA256()),), "secp256r1"),
    Scheme(_S.ECDSA_SECP384R1_SHA384, _EC, (ec.ECDSA(hashes.SHA384()),), "secp384r1"),
    Scheme(_S.ECDSA_SECP521R1_SHA512, _EC, (ec.ECDSA(hashes.SHA512()),), "secp521r1"),
    Scheme(_S.ED25519, ed25519.Ed25519PublicKey),
    Scheme(_S.ED448, ed448.Ed448PublicKey),
    Scheme(_S.MLDSA44, mldsa.MLDSA44PublicKey),
    Scheme(_S.MLDSA65, mldsa.MLDSA65PublicKey),
    Scheme(_S.MLDSA87, mldsa.MLDSA87PublicKey),
    Scheme(_S.RSA_PSS_RSAE_SHA256, _RSA, _pss(hashes.SHA256())),
    Scheme(_S.RSA_PSS_RSAE_SHA384, _RSA, _pss(hashes.SHA384())),
    Scheme(_S.RSA_PSS_RSAE_SHA512, _RSA, _pss(hashes.SHA512())),
    Scheme(_S.RSA_PSS_PSS_SHA256, _RSA, _pss(hashes.SHA256())),
    Scheme(_S.RSA_PSS_PSS_SHA384, _RSA, _pss(hashes.SHA384())),
    Scheme(_S.RSA_PSS_PSS_SHA512, _RSA, _pss(hashes.SHA512())),
    Scheme(_S.RSA_PKCS1_SHA256, _RSA, _pkcs1(hashes.SHA256())),
    Scheme(_S.RSA_PKCS1_SHA384, _RSA, _pkcs1(hashes.SHA384())),
    Scheme(_S.RSA_PKCS1_SHA512, _RSA, _pkcs1(hashes.SHA512())),
)
_LEGACY = {_S.RSA_PKCS1_SHA256, _S.RSA_PKCS1_SHA384, _S.RSA_PKCS1_SHA512}

SCHEMES: dict[SignatureScheme, Scheme] = {row.code: row for row in _ROWS}
