"""GnuTLS: gnutls-cli and gnutls-serv."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.interop.peer import (
    CCM,
    CCM12,
    DHE,
    DHE_CHACHA20,
    EDWARDS,
    ELLIPTIC,
    EVERYTHING,
    PSK_IDENTITY,
    PSK_KEY,
    STATIC,
    SUITES,
    SUITES12,
    Abilities,
    Again,
    Answer,
    Peer,
    Request,
    Service,
)
from tests.interop.processes import DH_PARAMETERS, find_program, run

GROUPS = (*ELLIPTIC, "secp521r1", "x448", "ffdhe2048", "ffdhe3072")
PRIORITY = "NORMAL:+AES-128-CCM-8:+GROUP-X448:+DHE-RSA:+RSA"
VERSIONS = {"": "", **{version: f":-VERS-ALL:+VERS-TLS{version}" for version in ("1.1", "1.2", "1.3")}}


class GnuTls(Peer):
    name = "gnutls"
    stack = "GnuTLS"
    programs = ("gnutls-cli", "gnutls-serv")
    version_command = ("gnutls-cli", "--version")
    client = Abilities(
        suites=(*SUITES, *CCM),
        suites12=(*SUITES12, *CCM12),
        legacy=(*STATIC, *DHE, DHE_CHACHA20, "TLS_RSA_WITH_AES_128_CCM", "TLS_DHE_RSA_WITH_AES_256_CCM"),
        groups=GROUPS,
        certificates=EDWARDS,
        held=("1.1", "1.2", "1.3"),
        again=EVERYTHING,
        key_update=True,
        renegotiates=True,
        bare=True,
        falls_back=True,
    )
    # gnutls-serv answers a HelloRetryRequest's second hello with bad_record_mac once early data came before it.
    server = replace(
        client,
        again=tuple(ability for ability in EVERYTHING if ability is not Again.EARLY_DATA_REFUSED),
        key_update=False,
        files=False,
        upload="echo",
    )

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["gnutls-cli", "--x509cafile", request.trust, "--port", str(request.port)]
        words += ["--sni-hostname", request.name, "--verify-hostname", request.name, "--priority", priority(request)]
        if request.credential:
            words += ["--x509certfile", request.credential.chain, "--x509keyfile", request.credential.key]
        words += [f"--alpn={name}" for name in request.alpn]
        words += ["--resume", "--waitresumption"] if request.again else []
        words += ["--pskusername", PSK_IDENTITY, "--pskkey", PSK_KEY.hex()] if request.psk else []
        inputs = [request.http()]
        if request.key_update or request.renegotiate:
            words += ["--inline-commands"]
            inputs = [b"^rekey^\n" if request.key_update else b"^renegotiate^\n", request.http()]
        with tempfile.TemporaryDirectory() as folder:
            if request.early_data:
                early = Path(folder) / "early"
                early.write_bytes(request.http())
                words += ["--earlydata", early]
            words += ["--save-ocsp", Path(folder) / "ocsp"] if request.staple else []
            ended = run([*words, "127.0.0.1"], inputs=inputs, hold_input=True)
            told = told_by_gnutls(ended.text)
            if request.staple and (Path(folder) / "ocsp").exists():
                told = {**told, "status_request": "successful"}
        return Answer.from_http(response_in(ended.stdout), ended.text, told)

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        words: list[str | Path] = [find_program("gnutls-serv") or "gnutls-serv", "--port", str(port)]
        words += ["--x509certfile", service.credential.chain, "--x509keyfile", service.credential.key]
        words += ["--priority", priority(service), "--echo" if service.talk else "--http"]
        words += ["--dhparams", DH_PARAMETERS]
        if service.client_trust:
            words += ["--x509cafile", service.client_trust, "--verify-client-cert"]
        if service.client_auth == "required":
            words += ["--require-client-cert"]
        elif service.client_auth == "none":
            words += ["--disable-client-cert"]
        words += [] if service.tickets else ["--noticket"]
        words += ["--earlydata"] if service.early_data else []
        words += ["--ocsp-response", service.credential.staple] if service.staple else []
        if service.psk:
            (folder / "psk").write_text(f"{PSK_IDENTITY}:{PSK_KEY.hex()}\n")
            words += ["--pskpasswd", folder / "psk"]
        return words + [f"--alpn={name}" for name in service.alpn]


def priority(wanted: Request | Service) -> str:
    """GnuTLS's word for what is spoken."""
    if wanted.psk_alone:
        return "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK"
    words = PRIORITY + VERSIONS[wanted.version] + (":%NO_SESSION_HASH" if wanted.bare else "")
    words += ":+ECDHE-PSK:+DHE-PSK" if wanted.psk else ""
    return words + (":%FALLBACK_SCSV" if isinstance(wanted, Request) and wanted.fallback else "")


def told_by_gnutls(text: str) -> Mapping[str, str]:
    told = {}
    if found := re.search(r"Description: \(TLS(\d\.\d)[^)]*\)-\((?:\w+-)?([\w-]+)\)-\(([^)]*)\)-\(([^)]*)\)", text):
        told = {"version": found[1], "group": found[2].lower(), "suite": found[4]}
    if found := re.search(r"Application protocol: (\S+)", text):
        told["alpn"] = found[1]
    return told


def response_in(stdout: bytes) -> bytes:
    """The response without the sentence that gnutls-cli adds when the peer has closed."""
    _, _, response = stdout.partition(b"HTTP/1.")
    return b"HTTP/1." + response.partition(b"- Peer has closed")[0] if response else b""
