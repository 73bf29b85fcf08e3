"""Signature schemes: each signs and verifies with its keys and with no others."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa

from dojang.crypto.signatures import SCHEMES, schemes_for, sign, verify
from dojang.wire.codes import SignatureScheme
from tests.vectors import rfc8448

S = SignatureScheme
P256, P384, P521 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1))
RSA = rsa.generate_private_key(65537, 2048)
KEYS: dict[S, Any] = {
    S.ECDSA_SECP256R1_SHA256: P256,
    S.ECDSA_SECP384R1_SHA384: P384,
    S.ECDSA_SECP521R1_SHA512: P521,
    S.ED25519: ed25519.Ed25519PrivateKey.generate(),
    S.ED448: ed448.Ed448PrivateKey.generate(),
    S.MLDSA44: mldsa.MLDSA44PrivateKey.generate(),
    S.MLDSA65: mldsa.MLDSA65PrivateKey.generate(),
    S.MLDSA87: mldsa.MLDSA87PrivateKey.generate(),
    **{code: RSA for code in SCHEMES if "RSA" in code.name},
}
DATA = b"what is signed"
EACH = pytest.mark.parametrize("code", list(SCHEMES), ids=lambda code: code.label)


def test_every_scheme_has_a_key_here() -> None:
    assert set(KEYS) == set(SCHEMES)


@EACH
def test_sign_and_verify(code: SignatureScheme) -> None:
    key = KEYS[code]
    assert SCHEMES[code].fits(key.public_key())
    signature = sign(key, code, DATA)
    assert verify(key.public_key(), code, signature, DATA)
    assert not verify(key.public_key(), code, signature, DATA + b".")


@EACH
def test_damaged_signatures(code: SignatureScheme) -> None:
    """No signature is worth more than False, whatever its bytes."""
    public = KEYS[code].public_key()
    signature = sign(KEYS[code], code, DATA)
    middle = len(signature) // 2
    wrongs = [
        b"",
        b"\0",
        bytes(len(signature)),
        b"\xff" * len(signature),
        signature[:-1],
        signature + b"\0",
        signature[:middle] + bytes([signature[middle] ^ 1]) + signature[middle + 1 :],
        b"\x30\x06\x02\x01\x01\x02\x01\x01",
        b"\x30\x06\x02\x01\x00\x02\x01\x00",
    ]
    assert not any(verify(public, code, wrong, DATA) for wrong in wrongs)


@EACH
def test_only_its_own_keys_fit(code: SignatureScheme) -> None:
    for other, key in KEYS.items():
        related = other == code or ("RSA" in other.name and "RSA" in code.name)
        assert SCHEMES[code].fits(key.public_key()) == related


def test_the_curve_is_bound_in_tls_13_only() -> None:
    row = SCHEMES[S.ECDSA_SECP256R1_SHA256]
    assert not row.fits(P384.public_key())
    assert row.fits(P384.public_key(), bind_curve=False)
    assert not row.fits(RSA.public_key(), bind_curve=False)


def test_pss_schemes_differ() -> None:
    signature = sign(RSA, S.RSA_PSS_RSAE_SHA256, DATA)
    assert verify(RSA.public_key(), S.RSA_PSS_RSAE_SHA256, signature, DATA)
    assert not verify(RSA.public_key(), S.RSA_PSS_RSAE_SHA384, signature, DATA)
    assert not verify(RSA.public_key(), S.RSA_PKCS1_SHA256, signature, DATA)


def test_the_salt_is_as_long_as_the_hash() -> None:
    """RFC 9846 section 4.3.3."""
    scheme, digest = SCHEMES[S.RSA_PSS_RSAE_SHA256].arguments
    for length, right in ((32, True), (20, False), (0, False)):
        signature = RSA.sign(DATA, padding.PSS(padding.MGF1(digest), length), digest)
        assert verify(RSA.public_key(), S.RSA_PSS_RSAE_SHA256, signature, DATA) is right
    assert isinstance(scheme, padding.PSS)


def test_an_rsa_key_too_small_for_the_hash() -> None:
    """RFC 8017 section 9.1.1: 2 * 64 + 2 bytes for SHA-512, which 1024 bits have not."""
    parts = rfc8448("simple_1rtt")["server_rsa_key"]
    small = rsa.RSAPublicNumbers(int(parts["public_exponent"], 16), int(parts["modulus"], 16)).public_key()
    assert small.key_size == 1024
    assert SCHEMES[S.RSA_PSS_RSAE_SHA256].fits(small)
    assert SCHEMES[S.RSA_PSS_RSAE_SHA384].fits(small)
    assert not SCHEMES[S.RSA_PSS_RSAE_SHA512].fits(small)
    assert not SCHEMES[S.RSA_PSS_PSS_SHA512].fits(small)
    assert S.RSA_PSS_RSAE_SHA512 not in schemes_for(small)


def test_schemes_for_a_key() -> None:
    assert schemes_for(P384.public_key()) == (S.ECDSA_SECP384R1_SHA384,)
    assert schemes_for(RSA.public_key())[:3] == (
        S.RSA_PSS_RSAE_SHA256,
        S.RSA_PSS_RSAE_SHA384,
        S.RSA_PSS_RSAE_SHA512,
    )
    assert not any("PKCS1" in code.name for key in KEYS.values() for code in schemes_for(key.public_key()))
    assert schemes_for(ec.generate_private_key(ec.SECP256K1()).public_key()) == ()
