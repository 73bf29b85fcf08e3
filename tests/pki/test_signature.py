"""Signature algorithms: each verifies, none verifies what it should not, and identifiers are taken to the letter."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import DecodeError
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.keys import ALGORITHMS, create_key, spki_of
from dojang.pki.memory import LARGEST, remembered
from dojang.pki.path import signed_by
from dojang.pki.signature import key_facts, load_public_key, signature_algorithm, verify_signature
from dojang.wire import der
from tests.pki.forge import KEY, NOW, forge, name, root

QUICK = [each for each in ALGORITHMS if each not in ("rsa-3072", "rsa-4096")]
RSA = create_key("rsa-2048")


@pytest.mark.parametrize("algorithm", QUICK)
def test_every_key_signs_and_no_other_key_did(algorithm: str) -> None:
    top = root(key=create_key(algorithm))
    end = forge("a", top)
    assert signed_by(end.parsed, top.parsed)
    assert not signed_by(end.parsed, root(key=create_key(algorithm)).parsed)
    assert not signed_by(end.parsed, root(key=create_key("ed448" if algorithm == "ed25519" else "ed25519")).parsed)


@pytest.mark.parametrize("digest", [hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
@pytest.mark.parametrize("key", [KEY, RSA], ids=["ecdsa", "rsa"])
def test_every_hash(digest: hashes.HashAlgorithm, key: Any) -> None:
    top = root(key=key, algorithm=digest)
    assert signed_by(top.parsed, top.parsed)
    algorithm = signature_algorithm(top.parsed.outer_algorithm)
    assert algorithm is not None
    assert algorithm.hash_name == digest.name


def pss(digest: Any, mask: Any, salt: int) -> bytes:
    builder = x509.CertificateBuilder(name("a"), name("a"), RSA.public_key(), 1, NOW, NOW)
    certificate = builder.sign(RSA, digest, rsa_padding=padding.PSS(padding.MGF1(mask), salt))
    return certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_pss(digest: Any) -> None:
    parsed = ParsedCertificate(pss(digest, digest, digest.digest_size))
    assert signed_by(parsed, parsed)
    mixed = ParsedCertificate(pss(digest, hashes.SHA224(), 20))
    assert signature_algorithm(mixed.outer_algorithm) is None


def identifier(oid: str, parameters: bytes = b"") -> bytes:
    return der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes(oid)), parameters)


@pytest.mark.parametrize(
    ("identifier", "known"),
    [
        (identifier("1.2.840.113549.1.1.11", b"\x05\x00"), True),
        (identifier("1.2.840.113549.1.1.11"), True),
        (identifier("1.2.840.113549.1.1.11", b"\x04\x00"), False),
        (identifier("1.2.840.10045.4.3.2"), True),
        (identifier("1.2.840.10045.4.3.2", b"\x05\x00"), False),
        (identifier("1.3.101.112"), True),
        (identifier("1.3.101.112", b"\x05\x00"), False),
        (identifier("2.16.840.1.101.3.4.3.18"), True),
        (identifier("1.2.3"), False),
    ],
)
def test_identifiers_to_the_letter(identifier: bytes, known: bool) -> None:
    assert (signature_algorithm(identifier) is not None) == known


def test_identifiers_that_are_none() -> None:
    for data in (b"", b"\x30\x00", b"\x05\x00", identifier("1.2.840.113549.1.1.10")):
        with pytest.raises(DecodeError):
            signature_algorithm(data)


def test_keys_are_described() -> None:
    assert str(key_facts(spki_of(KEY.public_key()))) == "ECDSA P-256"
    assert str(key_facts(spki_of(RSA.public_key()))) == "RSA 2048"
    assert str(key_facts(spki_of(create_key("ml-dsa-65").public_key()))) == "ML-DSA-65"
    assert str(key_facts(spki_of(ec.generate_private_key(ec.SECP256K1()).public_key()))) == "ECDSA secp256k1"


def test_unusable_keys_verify_nothing() -> None:
    algorithm = signature_algorithm(identifier("1.2.840.10045.4.3.2"))
    assert algorithm is not None
    assert not verify_signature(b"\x30\x00", algorithm, b"", b"")
    with pytest.raises(ValueError):
        load_public_key(b"\x30\x00")


def test_memory_keeps_no_giants() -> None:
    asked = []

    @remembered(4)
    def length(data: bytes) -> int:
        asked.append(data)
        return len(data)

    for data in (b"a", b"a", bytes(LARGEST + 1), bytes(LARGEST + 1)):
        assert length(data) == len(data)
    assert len(asked) == 3
