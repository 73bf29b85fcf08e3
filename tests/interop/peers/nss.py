"""NSS: tstclnt and selfserv, each with a database made for the occasion."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.interop.peer import ELLIPTIC, Abilities, Answer, Peer, Request, Service, must_run
from tests.interop.pki import Files
from tests.interop.processes import run


class Nss(Peer):
    name = "nss"
    stack = "NSS"
    programs = ("tstclnt", "selfserv", "certutil", "pk12util")
    version_command = ("dpkg-query", "-W", "libnss3-tools")
    groups = (*ELLIPTIC, "secp521r1", "ffdhe2048", "ffdhe3072")
    client = Abilities(groups=groups, alpn=False)
    server = Abilities(groups=groups, files=False, upload=None)

    def ask(self, request: Request) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            database = make_database(Path(folder), request.trust, request.credential)
            words: list[str | Path] = ["tstclnt", "-h", "127.0.0.1", "-a", request.name]
            words += ["-p", str(request.port), "-d", database, "-V", "tls1.2:tls1.3", "-O"]
            if request.credential:
                words += ["-n", "credential"]
            body = Path(folder) / "request"
            body.write_bytes(request.http())
            ended = run([*words, "-A", body])
        return Answer.from_http(ended.stdout, ended.text)

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        database = make_database(folder, service.client_trust, service.credential)
        words: list[str | Path] = ["selfserv", "-d", database, "-p", str(port), "-V", "tls1.2:tls1.3"]
        words += ["-n" if is_rsa(service.credential) else "-e", "credential"]
        words += {"none": [], "optional": ["-r"], "required": ["-r", "-r"]}[service.client_auth]
        return [*words, "-Q"] if service.alpn else words


def make_database(folder: Path, trust: Path | None, credential: Files | None) -> str:
    """A certificate and key database that trusts the roots of a PEM file and holds the credential as "credential"."""
    database = f"sql:{folder}"
    must_run(["certutil", "-N", "-d", database, "--empty-password"])
    if trust:
        must_run(["certutil", "-A", "-d", database, "-n", "root", "-t", "CT,,", "-i", trust])
    if credential:
        bundle = folder / "credential.p12"
        bundle.write_bytes(as_pkcs12(credential))
        must_run(["pk12util", "-i", bundle, "-d", database, "-W", "x", "-K", ""])
    return database


def as_pkcs12(credential: Files) -> bytes:
    leaf, *issuers = x509.load_pem_x509_certificates(credential.chain.read_bytes())
    key = serialization.load_pem_private_key(credential.key.read_bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"x")
    return pkcs12.serialize_key_and_certificates(b"credential", key, leaf, issuers, encryption)  # type: ignore[arg-type]


def is_rsa(credential: Files) -> bool:
    return isinstance(serialization.load_pem_private_key(credential.key.read_bytes(), None), rsa.RSAPrivateKey)
