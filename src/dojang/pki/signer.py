"""A private key that is elsewhere (an HSM, a KMS, a smart card) in the shape of pyca's keys, so that pyca can use it.

The same callables serve `dojang.engine.credential`: given a scheme and the bytes, they return the signature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa

from dojang.errors import ApiMisuse
from dojang.pki.keys import PrivateKey
from dojang.wire.codes import SignatureScheme

__all__ = ["key_of_signer"]

Sign = Callable[[SignatureScheme, bytes], bytes]

_ECDSA = {
    "secp256r1": SignatureScheme.ECDSA_SECP256R1_SHA256,
    "secp384r1": SignatureScheme.ECDSA_SECP384R1_SHA384,
    "secp521r1": SignatureScheme.ECDSA_SECP521R1_SHA512,
}
_RSA = {
    "sha256": SignatureScheme.RSA_PKCS1_SHA256,
    "sha384": SignatureScheme.RSA_PKCS1_SHA384,
    "sha512": SignatureScheme.RSA_PKCS1_SHA512,
}
_OWN: tuple[tuple[type, type, SignatureScheme], ...] = (
    (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey, SignatureScheme.ED25519),
    (ed448.Ed448PublicKey, ed448.Ed448PrivateKey, SignatureScheme.ED448),
    (mldsa.MLDSA44PublicKey, mldsa.MLDSA44PrivateKey, SignatureScheme.MLDSA44),
    (mldsa.MLDSA65PublicKey, mldsa.MLDSA65PrivateKey, SignatureScheme.MLDSA65),
    (mldsa.MLDSA87PublicKey, mldsa.MLDSA87PrivateKey, SignatureScheme.MLDSA87),
)


def key_of_signer(public_key: Any, sign: Sign) -> PrivateKey:
    """A key that signs by asking `sign`, and can do nothing else. Raises ApiMisuse for a kind that can't sign here."""
    if isinstance(public_key, ec.EllipticCurvePublicKey) and public_key.curve.name in _ECDSA:
        scheme = _ECDSA[public_key.curve.name]
        attributes = {"curve": public_key.curve, "key_size": public_key.key_size}
        return _made(ec.EllipticCurvePrivateKey, public_key, lambda data, _: sign(scheme, data), attributes)
    if isinstance(public_key, rsa.RSAPublicKey):
        attributes = {"key_size": public_key.key_size}
        return _made(rsa.RSAPrivateKey, public_key, lambda *given: sign(_rsa_scheme(*given[1:]), given[0]), attributes)
    for public, private, own in _OWN:
        if isinstance(public_key, public):
            return _made(private, public_key, lambda data, *_, scheme=own: sign(scheme, data), {})
    raise ApiMisuse("a signer's key must be RSA, ECDSA, Ed25519, Ed448 or ML-DSA")


def _rsa_scheme(padded: object, hashed: hashes.HashAlgorithm) -> SignatureScheme:
    if not isinstance(padded, padding.PKCS1v15) or hashed.name not in _RSA:
        raise ApiMisuse("a signer is asked for PKCS#1 signatures over SHA-2 only")
    return _RSA[hashed.name]


def _made(base: type, public_key: Any, sign: Callable[..., bytes], attributes: dict[str, Any]) -> PrivateKey:
    """An instance of pyca's abstract class whose other methods refuse."""

    def refuse(*_: object, **__: object) -> Any:
        raise ApiMisuse("the private key is elsewhere; it signs, and does nothing else")

    members: dict[str, Any] = dict.fromkeys(cast(Any, base).__abstractmethods__, refuse)
    members |= {"public_key": lambda _: public_key, "sign": lambda _, *given: sign(*given), **attributes}
    return cast(PrivateKey, type(f"Remote{base.__name__}", (base,), members)())
