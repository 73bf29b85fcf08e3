"""Private keys: made, read from and written to PEM or DER, and matched with certificates.

All randomness and all formats are pyca's. Nothing here says what a key may be used for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificateIssuerPublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from dojang.errors import DecodeError, TlsError
from dojang.pki.certificate import parse_certificate
from dojang.pki.encryption import encrypt_key
from dojang.pki.memory import remembered
from dojang.pki.pem import InputError, certificate_blocks, pem_blocks, read_file
from dojang.pki.signature import load_public_key

__all__ = [
    "ALGORITHMS",
    "InputError",
    "PrivateKey",
    "check_key_matches",
    "create_key",
    "dump_certificates",
    "dump_private_key",
    "load_certificates",
    "load_certificates_file",
    "load_private_key",
    "load_private_key_file",
    "public_key_of",
    "spki_of",
]

PrivateKey = CertificateIssuerPrivateKeyTypes

_MAKERS: dict[str, Callable[[], PrivateKey]] = {
    "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ecdsa-p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "ml-dsa-44": mldsa.MLDSA44PrivateKey.generate,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey.generate,
}

ALGORITHMS = tuple(_MAKERS)


def create_key(algorithm: str = "ecdsa-p256") -> PrivateKey:
    """A new key of one of ALGORITHMS. Raises InputError for another name."""
    try:
        make = _MAKERS[algorithm]
    except KeyError:
        known = ", ".join(ALGORITHMS)
        raise InputError(
            "{algorithm!r} is no kind of key; there are {known}", algorithm=algorithm, known=known
        ) from None
    return make()


def load_private_key(data: bytes, password: str | bytes | None = None, *, source: str = "") -> PrivateKey:
    """The first private key in PEM or DER (PKCS#8, PKCS#1, SEC 1, OpenSSH). Raises InputError.

    source: the file's name, for the error.
    """
    secret = password.encode() if isinstance(password, str) else password
    if b"-----BEGIN " not in data:
        return _usable(_load(load_der_private_key, data, secret, source, None), source, None)
    for block in pem_blocks(data, source):
        if block.label.endswith("PRIVATE KEY"):
            load = load_ssh_private_key if block.label.startswith("OPENSSH") else load_pem_private_key
            return _usable(_load(load, block.text, secret, source, block.line), source, block.line)
    raise InputError("no private key is in it", file=source)


def load_private_key_file(path: str | os.PathLike[str], password: str | bytes | None = None) -> PrivateKey:
    """The private key of a file. Raises InputError naming the file and the line."""
    return load_private_key(read_file(path), password, source=str(path))


def load_certificates(data: bytes, *, source: str = "") -> tuple[x509.Certificate, ...]:
    """Every certificate in PEM (several blocks, text around them), DER or PKCS#7, in order. Raises InputError."""
    return tuple(_pyca(block, source) for block in certificate_blocks(data, source))


def load_certificates_file(path: str | os.PathLike[str]) -> tuple[x509.Certificate, ...]:
    """Every certificate of a file. Raises InputError naming the file and the line."""
    return load_certificates(read_file(path), source=str(path))


def dump_private_key(key: PrivateKey, password: str | bytes | None = None) -> bytes:
    """PKCS#8 in PEM, encrypted (scrypt and AES-256) where a password is given."""
    if not password:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret = password.encode() if isinstance(password, str) else password
    return encrypt_key(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), secret)


def dump_certificates(*certificates: x509.Certificate) -> bytes:
    """PEM of each, in order."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def check_key_matches(certificate: x509.Certificate, key: PrivateKey, *, source: str = "") -> None:
    """Raises InputError where the certificate is another key's; source: the key's file."""
    if spki_of(key.public_key()) != spki_of(certificate.public_key()):
        subject = certificate.subject.rfc4514_string()
        raise InputError("the private key is not the one of the certificate {subject}", file=source, subject=subject)


def spki_of(key: Any) -> bytes:
    """SubjectPublicKeyInfo in DER of pyca's public key."""
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


@remembered(512)
def public_key_of(certificate: bytes) -> CertificateIssuerPublicKeyTypes:
    """pyca's public key of a DER certificate, remembered by its octets. Raises DecodeError."""
    spki = parse_certificate(certificate).spki
    try:
        key: CertificateIssuerPublicKeyTypes = load_public_key(spki)
    except ValueError as error:
        raise DecodeError(
            "the public key can't be used: {fault}", "RFC 5280 section 4.1.2.7", fault=str(error)
        ) from error
    return key


def _load(
    load: Callable[[bytes, bytes | None], Any],
    data: bytes,
    password: bytes | None,
    source: str,
    line: int | None,
) -> Any:
    try:
        return load(data, password)
    except TypeError as error:
        if password is None:
            raise InputError("the private key is encrypted: give its password", file=source, line=line) from error
        # A password for a key that has none is a mistake about the key, not about the password.
        raise InputError(
            "the private key is not encrypted, yet a password was given", file=source, line=line
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if password is not None:
            raise InputError("the password does not open the private key", file=source, line=line) from error
        raise InputError("the private key can't be read", file=source, line=line) from error


def _usable(key: Any, source: str, line: int | None) -> PrivateKey:
    if not hasattr(key, "sign"):
        raise InputError("this kind of private key can't sign", file=source, line=line)
    usable: PrivateKey = key
    return usable


def _pyca(data: bytes, source: str) -> x509.Certificate:
    try:
        return parse_certificate(data).pyca()
    except TlsError as error:
        raise InputError("a certificate in it can't be read: {fault}", file=source, fault=error.reason) from error
