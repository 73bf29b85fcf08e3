"""NSS: tstclnt and selfserv, each with a database made for the occasion."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.interop.peer import (
    DHE,
    DHE_CHACHA20,
    ELLIPTIC,
    EVERYTHING,
    PSK_IDENTITY,
    PSK_KEY,
    RESUMED_AND_ID,
    STATIC,
    Abilities,
    Again,
    Answer,
    Peer,
    Request,
    Service,
    must_run,
)
from tests.interop.pki import Files
from tests.interop.processes import run


class Nss(Peer):
    name = "nss"
    stack = "NSS"
    programs = ("tstclnt", "selfserv", "certutil", "pk12util")
    version_command = ("dpkg-query", "-W", "libnss3-tools")
    groups = (*ELLIPTIC, "secp521r1", "ffdhe2048", "ffdhe3072")
    client = Abilities(
        legacy=(*STATIC, *DHE, DHE_CHACHA20),
        groups=groups,
        held=("1.1", "1.2", "1.3"),
        again=EVERYTHING,
        alpn=False,
        renegotiates=True,
        falls_back=True,
    )
    # selfserv makes its staples itself, lets its own client's external PSK pass by, and takes no early data in the ten
    # seconds after its start.
    server = replace(
        client,
        again=(*RESUMED_AND_ID, Again.RETRY, Again.EARLY_DATA_REFUSED),
        alpn=True,
        renegotiates=False,
        files=False,
        upload=None,
    )

    def ask(self, request: Request) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            database = make_database(Path(folder), request.trust, request.credential)
            words: list[str | Path] = ["tstclnt", "-h", "127.0.0.1", "-a", request.name]
            words += ["-p", str(request.port), "-d", database, "-O", "-u", *common(request)]
            words += ["-r", "1"] if request.renegotiate else []
            words += ["-K"] if request.fallback else []
            words += ["-L", "2"] if request.again else []
            words += ["-T"] if request.staple else []
            if request.credential:
                words += ["-n", "credential"]
            body = Path(folder) / "request"
            body.write_bytes(request.http())
            ended = run([*words, "-A", body])
        told = {"status_request": "successful"} if "Received 1 Cert Status items" in ended.text else {}
        return Answer.from_http(ended.stdout, ended.text, told)

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        database = make_database(folder, service.client_trust, service.credential)
        words: list[str | Path] = ["selfserv", "-d", database, "-p", str(port), *common(service)]
        words += ["-u"] if service.tickets else []
        words += ["-H", "1"]
        words += ["-n" if is_rsa(service.credential) else "-e", "credential"]
        words += {"none": [], "optional": ["-r"], "required": ["-r", "-r"]}[service.client_auth]
        return [*words, "-Q"] if service.alpn else words


def common(wanted: Request | Service) -> list[str | Path]:
    """What tstclnt and selfserv are both told."""
    only = f"tls{wanted.version}"
    words: list[str | Path] = ["-V", f"{only}:{only}" if wanted.version else "tls1.2:tls1.3", "-G"]
    words += ["-Z"] if wanted.early_data else []
    return [*words, "-z", f"0x{PSK_KEY.hex()}:{PSK_IDENTITY}"] if wanted.psk else words


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
