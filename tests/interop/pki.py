"""The certificates of the interop tests, issued by dojang: each kind of key, and each way to be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from dojang.pki.authority import Authority, Issued
from dojang.pki.keys import dump_certificates

LOCAL = ("localhost", "127.0.0.1")
ALGORITHMS = ("ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519", "ed448", "ml-dsa-44", "ml-dsa-65")


@dataclass(frozen=True)
class Files:
    """A credential as files.

    `certificate`: the leaf alone, `chain`: leaf and intermediate, `key`: PKCS #8, all PEM. `staple`: an OCSP response
    for the leaf, signed by the intermediate, DER.
    """

    certificate: Path
    chain: Path
    key: Path
    staple: Path


@dataclass(frozen=True)
class Pki:
    """Paths of everything. pki[NAME] is a credential: one of ALGORITHMS, wrongname, expired, untrusted for a server,
    client and stranger for a client."""

    folder: Path
    root: Path
    intermediate: Path
    other_root: Path

    def __getitem__(self, name: str) -> Files:
        return Files(*(self.folder / f"{name}.{end}" for end in ("crt", "chain", "key", "ocsp")))


def make_pki(folder: Path) -> Pki:
    """Write the whole PKI into a folder. Every server certificate but `wrongname` is for localhost and 127.0.0.1."""
    pki = Pki(folder, folder / "root.pem", folder / "intermediate.pem", folder / "other-root.pem")
    issuer = Authority.create_root("Interop Root").create_intermediate("Interop Intermediate")
    other = Authority.create_root("Other Root").create_intermediate("Other Intermediate")
    long_ago = Authority(issuer.chain, issuer.key, clock=lambda: datetime.now(UTC) - timedelta(days=100))
    pki.root.write_bytes(dump_certificates(issuer.root))
    pki.intermediate.write_bytes(dump_certificates(issuer.certificate))
    pki.other_root.write_bytes(dump_certificates(other.root))

    for algorithm in ALGORITHMS:
        issued = issuer.issue(LOCAL, algorithm=algorithm)
        write_credential(pki[algorithm], issued)
        pki[algorithm].staple.write_bytes(say_good(issued, issuer))
    write_credential(pki["wrongname"], issuer.issue(["elsewhere.test"]))
    write_credential(pki["expired"], long_ago.issue(LOCAL, days=90))
    write_credential(pki["untrusted"], other.issue(LOCAL))
    write_credential(pki["client"], issuer.issue(["client.test"], purpose="client"))
    write_credential(pki["stranger"], other.issue(["client.test"], purpose="client"))
    return pki


def write_credential(files: Files, issued: Issued) -> None:
    files.certificate.write_bytes(dump_certificates(issued.certificate))
    files.chain.write_bytes(issued.chain_pem)
    files.key.write_bytes(issued.key_pem)


def say_good(issued: Issued, issuer: Authority) -> bytes:
    """An OCSP response: this certificate is good, as of a minute ago and for an hour."""
    now = datetime.now(UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=issued.certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=now - timedelta(minutes=1),
        next_update=now + timedelta(hours=1),
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    response = builder.sign(issuer.key, hashes.SHA256())
    return response.public_bytes(serialization.Encoding.DER)
