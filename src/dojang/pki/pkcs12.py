"""PKCS#12: a key, its certificate and those above it in one encrypted file, the form of Windows, macOS and Java."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12

from dojang.pki.keys import PrivateKey
from dojang.pki.pem import InputError

__all__ = ["dump_pkcs12", "load_pkcs12"]


def dump_pkcs12(chain: Sequence[x509.Certificate], key: PrivateKey, password: str | bytes | None, name: str) -> bytes:
    """The file's bytes; `name` is what programs call the entry. Without a password nothing in it is protected."""
    secret = password.encode() if isinstance(password, str) else password
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    above = list(chain[1:]) or None
    try:
        return pkcs12.serialize_key_and_certificates(name.encode(), key, chain[0], above, encryption)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InputError("a key of this kind can't be put into PKCS#12: {fault}", fault=str(error)) from error


def load_pkcs12(
    data: bytes, password: str | bytes | None = None, *, source: str = ""
) -> tuple[tuple[x509.Certificate, ...], PrivateKey | None]:
    """(chain, key); the key is None where the file holds none. Raises InputError."""
    secret = password.encode() if isinstance(password, str) else password
    try:
        key, certificate, more = pkcs12.load_key_and_certificates(data, secret)
    except ValueError as error:
        raise InputError("the PKCS#12 file can't be opened: wrong password, or damaged", file=source) from error
    chain = ([certificate] if certificate else []) + list(more)
    if not chain:
        raise InputError("no certificate is in it", file=source)
    return tuple(chain), cast("PrivateKey | None", key)
