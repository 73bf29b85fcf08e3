"""The certificates of the interop tests: a root, an intermediate, and one credential for each purpose, as files."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Files:
    """A credential as files: `certificate` the leaf alone, `chain` leaf and intermediate, `key` PKCS #8; all PEM."""

    certificate: Path
    chain: Path
    key: Path


@dataclass(frozen=True)
class Pki:
    """Paths of everything. Names: ecdsa, rsa, ed25519, wrongname, expired, untrusted (server); client, stranger."""

    folder: Path
    root: Path
    intermediate: Path
    other_root: Path

    def __getitem__(self, name: str) -> Files:
        return Files(*(self.folder / f"{name}.{end}" for end in ("crt", "chain", "key")))


@dataclass(frozen=True)
class Issuer:
    certificate: x509.Certificate
    key: PrivateKey


def make_pki(folder: Path) -> Pki:
    """Write the whole PKI into a folder. Every server certificate but `wrongname` is for localhost and 127.0.0.1."""
    pki = Pki(folder, folder / "root.pem", folder / "intermediate.pem", folder / "other-root.pem")
    root = make_authority("Interop Root", None)
    intermediate = make_authority("Interop Intermediate", root)
    other = make_authority("Other Root", None)
    write_certificates(pki.root, [root.certificate])
    write_certificates(pki.intermediate, [intermediate.certificate])
    write_certificates(pki.other_root, [other.certificate])

    local = ("localhost", "127.0.0.1")
    issue(pki, "ecdsa", intermediate, ec.generate_private_key(ec.SECP256R1()), names=local)
    issue(pki, "rsa", intermediate, rsa.generate_private_key(65537, 2048), names=local)
    issue(pki, "ed25519", intermediate, ed25519.Ed25519PrivateKey.generate(), names=local)
    issue(pki, "wrongname", intermediate, ec.generate_private_key(ec.SECP256R1()), names=("elsewhere.test",))
    issue(pki, "expired", intermediate, ec.generate_private_key(ec.SECP256R1()), names=local, until=-2 * DAY)
    issue(pki, "untrusted", other, ec.generate_private_key(ec.SECP256R1()), names=local)
    issue(pki, "client", intermediate, ec.generate_private_key(ec.SECP256R1()), client=True)
    issue(pki, "stranger", other, ec.generate_private_key(ec.SECP256R1()), client=True)
    return pki


def make_authority(name: str, issuer: Issuer | None) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    path_length = None if issuer is None else 0
    builder = describe(name, issuer, key, 3650 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    builder = builder.add_extension(key_usage(ca=True), critical=True)
    signer = issuer.key if issuer else key
    return Issuer(builder.sign(signer, hashes.SHA256()), key)


def issue(
    pki: Pki,
    name: str,
    issuer: Issuer,
    key: PrivateKey,
    *,
    names: Sequence[str] = (),
    client: bool = False,
    until: datetime.timedelta = 30 * DAY,
) -> None:
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
    builder = describe(name, issuer, key, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(key_usage(ca=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([general_name(n) for n in names]), critical=False)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    write_credential(pki[name], certificate, issuer.certificate, key)


def describe(name: str, issuer: Issuer | None, key: PrivateKey, until: datetime.timedelta) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signer = issuer.key if issuer else key
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 5 * DAY)
        .not_valid_after(now + until)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )


def key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def write_certificates(path: Path, certificates: Sequence[x509.Certificate]) -> None:
    path.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates))


def write_credential(files: Files, leaf: x509.Certificate, issuer: x509.Certificate, key: PrivateKey) -> None:
    write_certificates(files.certificate, [leaf])
    write_certificates(files.chain, [leaf, issuer])
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(*form))
