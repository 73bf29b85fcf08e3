"""Private keys at rest: PKCS#8 encrypted with PBES2, scrypt and AES-256-CBC (RFC 8018, RFC 7914).

pyca writes PBKDF2 with few rounds only; a key of an authority deserves a function that costs memory. Reading it back
is pyca's and everyone's: OpenSSL 1.1 and later know the form.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

from dojang.wire import der

__all__ = ["encrypt_key"]

# 16 MiB, five times: what OWASP asks for within the 32 MiB that OpenSSL allows itself.
_COST, _BLOCK, _PARALLEL = 1 << 14, 8, 5

_PBES2 = "1.2.840.113549.1.5.13"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_AES_256_CBC = "2.16.840.1.101.3.4.1.42"


def encrypt_key(private_key_info: bytes, password: bytes) -> bytes:
    """`ENCRYPTED PRIVATE KEY` in PEM of a PrivateKeyInfo in DER."""
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    key = Scrypt(salt, 32, _COST, _BLOCK, _PARALLEL).derive(password)
    padder, encryptor = PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(private_key_info) + padder.finalize()) + encryptor.finalize()
    cost = map(der.encode_integer, (_COST, _BLOCK, _PARALLEL, 32))
    derivation = _algorithm(_SCRYPT, der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, salt), *cost))
    cipher = _algorithm(_AES_256_CBC, der.encode(der.OCTET_STRING, iv))
    scheme = _algorithm(_PBES2, der.encode(der.SEQUENCE, derivation, cipher))
    return _pem(der.encode(der.SEQUENCE, scheme, der.encode(der.OCTET_STRING, sealed)))


def _algorithm(oid: str, parameters: bytes) -> bytes:
    """AlgorithmIdentifier."""
    return der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes(oid)), parameters)


def _pem(data: bytes) -> bytes:
    text = base64.b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, b"-----END ENCRYPTED PRIVATE KEY-----", b""])
