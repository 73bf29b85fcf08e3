"""Certificates of any shape, right or wrong, for the tests: a forger's workshop on pyca's builder and raw DER."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dojang.pki.certificate import ParsedCertificate
from dojang.pki.csr import alternative_names, hash_for
from dojang.pki.keys import PrivateKey
from dojang.pki.store import TrustStore
from dojang.wire import der

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_serials = itertools.count(1000)
_SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)

_BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

# One key for everything that does not ask for its own: making one costs more than a test.
KEY: PrivateKey = ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Forged:
    """A certificate in DER with the key in it."""

    der: bytes
    key: PrivateKey
    name: x509.Name

    @property
    def pyca(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def parsed(self) -> ParsedCertificate:
        return ParsedCertificate(self.der)

    @property
    def store(self) -> TrustStore:
        return TrustStore([self.der])


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def usage(*bits: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{bit: bit in bits for bit in _BITS})


def forge(
    subject: str | x509.Name,
    parent: Forged | None = None,
    *,
    names: Sequence[str | x509.GeneralName] = (),
    ca: bool = False,
    path_length: int | None = None,
    key: PrivateKey | None = None,
    purposes: Iterable[x509.ObjectIdentifier] | None = None,
    without: Sequence[type[x509.ExtensionType]] = (),
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    begin: datetime = NOW - timedelta(days=30),
    end: datetime = NOW + timedelta(days=30),
    algorithm: Any = None,
    serial: int | None = None,
    issuer: x509.Name | None = None,
    signer: PrivateKey | None = None,
) -> Forged:
    """A well-made certificate, but for what is asked otherwise. `extra` replaces an extension of the same type."""
    own: Any = key or KEY
    own_name = name(subject) if isinstance(subject, str) else subject
    signing: Any = signer or (parent.key if parent else own)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca, path_length), True),
        (usage("key_cert_sign", "crl_sign") if ca else usage("digital_signature"), True),
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False),
    ]
    if purposes is not None or not ca:
        extensions.append((x509.ExtendedKeyUsage(_SERVER if purposes is None else purposes), False))
    if names:
        general = [each if isinstance(each, x509.GeneralName) else alternative_names([each])[0] for each in names]
        extensions.append((x509.SubjectAlternativeName(general), not list(own_name)))
    builder = x509.CertificateBuilder(
        (parent.name if parent else own_name) if issuer is None else issuer,
        own_name,
        own.public_key(),
        serial or next(_serials),
        begin,
        end,
    )
    replaced = {value.oid for value, _ in extra}
    for value, critical in [*(each for each in extensions if each[0].oid not in replaced), *extra]:
        if not isinstance(value, tuple(without)):
            builder = builder.add_extension(value, critical)
    certificate = builder.sign(signing, algorithm or hash_for(signing))
    return Forged(certificate.public_bytes(Encoding.DER), own, own_name)


def root(text: str = "root", **options: Any) -> Forged:
    return forge(text, ca=True, **options)


def resigned(forged: Forged, signer: Forged, edit: Callable[[bytes], bytes]) -> Forged:
    """The same certificate with its TBSCertificate changed by `edit` and signed again by an ECDSA key."""
    parsed = forged.parsed
    tbs = edit(parsed.tbs)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    signature = signer.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    data = der.encode(der.SEQUENCE, tbs, parsed.outer_algorithm, der.encode(der.BIT_STRING, b"\0", signature))
    return Forged(data, forged.key, forged.name)


def rebuilt(edit: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """An edit of the list of fields of a TBSCertificate, each as it stands."""

    def change(tbs: bytes) -> bytes:
        start, end = der.whole(tbs, der.SEQUENCE)
        fields = [tbs[tlv.start : tlv.end] for tlv in der.children(tbs, start, end)]
        return der.encode(der.SEQUENCE, *edit(fields))

    return change


def extension(oid: str, value: bytes, *, critical: bool = False) -> tuple[x509.UnrecognizedExtension, bool]:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical
