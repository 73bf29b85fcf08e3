"""Signatures on certificates, CRLs and the like: which algorithm an AlgorithmIdentifier is, and whether it verifies.

Every primitive is pyca's. Weak algorithms are verified too: whether they count is for `rules` to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa

from dojang.errors import DecodeError
from dojang.pki.memory import remembered
from dojang.wire import der

__all__ = [
    "KeyFacts",
    "SignatureAlgorithm",
    "algorithm_text",
    "is_signed",
    "key_facts",
    "load_public_key",
    "signature_algorithm",
    "verify_signature",
]


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """label: `ecdsa-with-SHA256`; key_type: the family it needs; hash: None where the algorithm has its own."""

    label: str
    key_type: str
    hash: hashes.HashAlgorithm | None
    padding: padding.AsymmetricPadding | None = None

    @property
    def hash_name(self) -> str:
        """`sha256`, "" where there is none."""
        return self.hash.name if self.hash else ""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """type: `RSA`, `ECDSA`, `Ed25519`, `ML-DSA-65`, ... or an OID; bits: of an RSA modulus; curve: its OID."""

    type: str
    bits: int
    curve: str

    def __str__(self) -> str:
        if self.type == "ECDSA":
            return f"ECDSA {_CURVE_NAMES.get(self.curve, self.curve or 'with a curve of its own')}"
        return f"{self.type} {self.bits}" if self.bits else self.type


@remembered(512)
def load_public_key(spki: bytes) -> Any:
    """pyca's key of a SubjectPublicKeyInfo, remembered; raises ValueError where pyca can't use it."""
    try:
        return serialization.load_der_public_key(spki)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error


@remembered(256)
def signature_algorithm(identifier: bytes) -> SignatureAlgorithm | None:
    """What an AlgorithmIdentifier stands for, None where it is not known; raises DecodeError."""
    start, end = der.whole(identifier, der.SEQUENCE)
    content, after = der.expect(identifier, start, end, der.OID)
    oid, parameters = der.oid_text(identifier[content:after]), identifier[after:end]
    if oid == _RSASSA_PSS:
        return _pss(parameters)
    algorithm = _ALGORITHMS.get(oid)
    # RFC 4055 section 5 wants NULL with PKCS#1; RFC 5758, 8410 and 9881 want nothing with the others.
    if algorithm is None or parameters not in ((b"\x05\x00", b"") if algorithm.key_type == "RSA" else (b"",)):
        return None
    return algorithm


def verify_signature(spki: bytes, algorithm: SignatureAlgorithm, signature: bytes, data: bytes) -> bool:
    """True where `signature` over `data` was made with the key of `spki` by `algorithm`."""
    try:
        key = load_public_key(spki)
        verify = _VERIFIERS[algorithm.key_type]
        if not isinstance(key, _KEY_CLASSES[algorithm.key_type]):
            return False
        verify(key, algorithm, signature, data)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def is_signed(spki: bytes, identifier: bytes, signature: bytes, data: bytes) -> bool:
    """The same for an AlgorithmIdentifier as it stands; one that is not known, or over a weak hash, does not count."""
    try:
        algorithm = signature_algorithm(identifier)
    except DecodeError:
        return False
    if algorithm is None or algorithm.hash_name in ("md5", "sha1"):
        return False
    return verify_signature(spki, algorithm, signature, data)


def algorithm_text(identifier: bytes) -> str:
    """The OID of an AlgorithmIdentifier, or its first octets where it can't be read."""
    try:
        content, end = der.whole(identifier, der.SEQUENCE)
        content, end = der.expect(identifier, content, end, der.OID)
        return der.oid_text(identifier[content:end])
    except DecodeError:
        return identifier[:32].hex()


@remembered(512)
def key_facts(spki: bytes) -> KeyFacts:
    """Kind and strength of a key from its DER alone; raises DecodeError."""
    start, end = der.whole(spki, der.SEQUENCE)
    inner, key_at = der.expect(spki, start, end, der.SEQUENCE)
    content, after = der.expect(spki, inner, key_at, der.OID)
    oid = der.oid_text(spki[content:after])
    if oid in ("1.2.840.113549.1.1.1", _RSASSA_PSS):
        return KeyFacts("RSA", _modulus_bits(spki, key_at, end), "")
    if oid == "1.2.840.10045.2.1":
        return KeyFacts("ECDSA", 0, _curve(spki, after, key_at))
    if oid == "1.2.840.10040.4.1":
        return KeyFacts("DSA", 0, "")
    return KeyFacts(_KEY_NAMES.get(oid, oid), 0, "")


def _modulus_bits(spki: bytes, key_at: int, end: int) -> int:
    content, _ = der.expect(spki, key_at, end, der.BIT_STRING)
    content, after = der.expect(spki, content + 1, end, der.SEQUENCE)
    start, stop = der.expect(spki, content, after, der.INTEGER)
    return int.from_bytes(spki[start:stop], "big").bit_length()


def _curve(spki: bytes, at: int, end: int) -> str:
    """The OID of a named curve, "" where the curve is spelled out; RFC 5480 section 2.1.1: it MUST be named."""
    tag, content, after = der.read_header(spki, at, end)
    return der.oid_text(spki[content:after]) if tag == der.OID else ""


def _pss(parameters: bytes) -> SignatureAlgorithm | None:
    """RFC 4055 section 3.1: hash, mask generation over the same hash, salt length."""
    hash_oid, mask_oid, salt = _SHA1, _SHA1, 20
    for tlv in der.children(parameters, *der.whole(parameters, der.SEQUENCE)):
        if tlv.tag == 0xA0:
            hash_oid = _algorithm_oid(parameters, tlv.content, tlv.end)
        elif tlv.tag == 0xA1:
            start, end = der.expect(parameters, tlv.content, tlv.end, der.SEQUENCE)
            _, after = der.expect(parameters, start, end, der.OID)
            mask_oid = _algorithm_oid(parameters, after, end)
        elif tlv.tag == 0xA2:
            start, end = der.expect(parameters, tlv.content, tlv.end, der.INTEGER)
            salt = der.integer_of(parameters[start:end])
        elif parameters[tlv.start : tlv.end] != b"\xa3\x03\x02\x01\x01":
            return None
    digest = _HASHES.get(hash_oid)
    if digest is None or mask_oid != hash_oid or not 0 <= salt <= 512:
        return None
    return SignatureAlgorithm("rsassaPss", "RSA", digest, padding.PSS(padding.MGF1(digest), salt))


def _algorithm_oid(data: bytes, at: int, limit: int) -> str:
    start, end = der.expect(data, at, limit, der.SEQUENCE)
    content, after = der.expect(data, start, end, der.OID)
    if data[after:end] not in (b"", b"\x05\x00"):
        raise DecodeError("a hash algorithm with parameters", "RFC 4055 section 2.1", offset=after)
    return der.oid_text(data[content:after])


def _verify_rsa(key: Any, algorithm: SignatureAlgorithm, signature: bytes, data: bytes) -> None:
    key.verify(signature, data, algorithm.padding or padding.PKCS1v15(), algorithm.hash)


def _verify_ecdsa(key: Any, algorithm: SignatureAlgorithm, signature: bytes, data: bytes) -> None:
    assert algorithm.hash is not None
    key.verify(signature, data, ec.ECDSA(algorithm.hash))


def _verify_dsa(key: Any, algorithm: SignatureAlgorithm, signature: bytes, data: bytes) -> None:
    key.verify(signature, data, algorithm.hash)


def _verify_plain(key: Any, _: SignatureAlgorithm, signature: bytes, data: bytes) -> None:
    key.verify(signature, data)


_RSASSA_PSS = "1.2.840.113549.1.1.10"
_SHA1 = "1.3.14.3.2.26"

_HASHES: dict[str, hashes.HashAlgorithm] = {
    _SHA1: hashes.SHA1(),
    "2.16.840.1.101.3.4.2.4": hashes.SHA224(),
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}

_ALGORITHMS = {
    "1.2.840.113549.1.1.4": SignatureAlgorithm("md5WithRSAEncryption", "RSA", hashes.MD5()),
    "1.2.840.113549.1.1.5": SignatureAlgorithm("sha1WithRSAEncryption", "RSA", hashes.SHA1()),
    "1.2.840.113549.1.1.14": SignatureAlgorithm("sha224WithRSAEncryption", "RSA", hashes.SHA224()),
    "1.2.840.113549.1.1.11": SignatureAlgorithm("sha256WithRSAEncryption", "RSA", hashes.SHA256()),
    "1.2.840.113549.1.1.12": SignatureAlgorithm("sha384WithRSAEncryption", "RSA", hashes.SHA384()),
    "1.2.840.113549.1.1.13": SignatureAlgorithm("sha512WithRSAEncryption", "RSA", hashes.SHA512()),
    "1.2.840.10045.4.1": SignatureAlgorithm("ecdsa-with-SHA1", "ECDSA", hashes.SHA1()),
    "1.2.840.10045.4.3.1": SignatureAlgorithm("ecdsa-with-SHA224", "ECDSA", hashes.SHA224()),
    "1.2.840.10045.4.3.2": SignatureAlgorithm("ecdsa-with-SHA256", "ECDSA", hashes.SHA256()),
    "1.2.840.10045.4.3.3": SignatureAlgorithm("ecdsa-with-SHA384", "ECDSA", hashes.SHA384()),
    "1.2.840.10045.4.3.4": SignatureAlgorithm("ecdsa-with-SHA512", "ECDSA", hashes.SHA512()),
    "1.2.840.10040.4.3": SignatureAlgorithm("dsa-with-sha1", "DSA", hashes.SHA1()),
    "2.16.840.1.101.3.4.3.1": SignatureAlgorithm("dsa-with-sha224", "DSA", hashes.SHA224()),
    "2.16.840.1.101.3.4.3.2": SignatureAlgorithm("dsa-with-sha256", "DSA", hashes.SHA256()),
    "1.3.101.112": SignatureAlgorithm("Ed25519", "Ed25519", None),
    "1.3.101.113": SignatureAlgorithm("Ed448", "Ed448", None),
    "2.16.840.1.101.3.4.3.17": SignatureAlgorithm("ML-DSA-44", "ML-DSA-44", None),
    "2.16.840.1.101.3.4.3.18": SignatureAlgorithm("ML-DSA-65", "ML-DSA-65", None),
    "2.16.840.1.101.3.4.3.19": SignatureAlgorithm("ML-DSA-87", "ML-DSA-87", None),
}

_KEY_NAMES = {
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}

_CURVE_NAMES = {
    "1.2.840.10045.3.1.1": "P-192",
    "1.3.132.0.33": "P-224",
    "1.2.840.10045.3.1.7": "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.3.132.0.10": "secp256k1",
}

_KEY_CLASSES: dict[str, type] = {
    "RSA": rsa.RSAPublicKey,
    "ECDSA": ec.EllipticCurvePublicKey,
    "DSA": dsa.DSAPublicKey,
    "Ed25519": ed25519.Ed25519PublicKey,
    "Ed448": ed448.Ed448PublicKey,
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}

_VERIFIERS = {
    "RSA": _verify_rsa,
    "ECDSA": _verify_ecdsa,
    "DSA": _verify_dsa,
    "Ed25519": _verify_plain,
    "Ed448": _verify_plain,
    "ML-DSA-44": _verify_plain,
    "ML-DSA-65": _verify_plain,
    "ML-DSA-87": _verify_plain,
}
