"""GnuTLS: gnutls-cli and gnutls-serv."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.interop.peer import CCM, EDWARDS, ELLIPTIC, SUITES, Abilities, Answer, Peer, Request, Service
from tests.interop.processes import find_program, run

GROUPS = (*ELLIPTIC, "secp521r1", "x448", "ffdhe2048", "ffdhe3072")
PRIORITY = "NORMAL:+AES-128-CCM-8:+GROUP-X448"


class GnuTls(Peer):
    name = "gnutls"
    stack = "GnuTLS"
    programs = ("gnutls-cli", "gnutls-serv")
    version_command = ("gnutls-cli", "--version")
    client = Abilities(suites=(*SUITES, *CCM), groups=GROUPS, certificates=EDWARDS, key_update=True)
    server = Abilities(suites=(*SUITES, *CCM), groups=GROUPS, certificates=EDWARDS, files=False, upload="echo")

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["gnutls-cli", "--x509cafile", request.trust, "--port", str(request.port)]
        words += ["--sni-hostname", request.name, "--verify-hostname", request.name, "--priority", PRIORITY]
        if request.credential:
            words += ["--x509certfile", request.credential.chain, "--x509keyfile", request.credential.key]
        words += [f"--alpn={name}" for name in request.alpn]
        inputs = [request.http()]
        if request.key_update:
            words += ["--inline-commands"]
            inputs = [b"^rekey^\n", request.http()]
        ended = run([*words, "127.0.0.1"], inputs=inputs, hold_input=True)
        return Answer.from_http(response_in(ended.stdout), ended.text, told_by_gnutls(ended.text))

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        words: list[str | Path] = [find_program("gnutls-serv") or "gnutls-serv", "--port", str(port)]
        words += ["--x509certfile", service.credential.chain, "--x509keyfile", service.credential.key]
        words += ["--priority", PRIORITY, "--echo" if service.talk else "--http"]
        if service.client_trust:
            words += ["--x509cafile", service.client_trust, "--verify-client-cert"]
        if service.client_auth == "required":
            words += ["--require-client-cert"]
        elif service.client_auth == "none":
            words += ["--disable-client-cert"]
        return words + [f"--alpn={name}" for name in service.alpn]


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
