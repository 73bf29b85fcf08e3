"""Programs over Debian's OpenSSL 3.0: the openssl command, curl and nginx."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.interop.peer import CCM, EDWARDS, ELLIPTIC, SUITES, Abilities, Answer, Peer, Request, Service
from tests.interop.processes import Server, find_program, run

FFDHE = ("ffdhe2048", "ffdhe3072")
GROUPS = (*ELLIPTIC, "secp521r1", "x448", *FFDHE)
SUITE_NAMES = ":".join((*SUITES, *CCM))


class OpenSsl(Peer):
    """s_client and s_server. The server takes commands in a conversation only, and not when it is quiet."""

    name = "openssl"
    stack = "OpenSSL 3.0"
    programs = ("openssl",)
    version_command = ("openssl", "version")
    client = Abilities(suites=(*SUITES, *CCM), groups=GROUPS, certificates=EDWARDS, key_update=True)
    server = Abilities(suites=(*SUITES, *CCM), groups=GROUPS, certificates=EDWARDS, key_update=True, upload="print")

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["openssl", "s_client", "-connect", f"127.0.0.1:{request.port}", "-brief"]
        words += ["-servername", request.name, "-verify_hostname", request.name, "-verify_return_error"]
        words += [
            "-CAfile",
            request.trust,
            "-ciphersuites",
            SUITE_NAMES,
            "-groups",
            ":".join(map(openssl_name, GROUPS)),
        ]
        if request.credential:
            words += ["-cert", request.credential.certificate, "-key", request.credential.key]
            words += ["-cert_chain", request.credential.chain]
        if request.alpn:
            words += ["-alpn", ",".join(request.alpn)]
        if request.key_update:
            ended = run(words, inputs=[b"K\n", request.http()], hold_input=True)
        else:
            ended = run([*words, "-ign_eof"], inputs=[request.http()])
        return Answer.from_http(ended.stdout, ended.text, told_by_openssl(ended.stderr.decode(errors="replace")))

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        words: list[str | Path] = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}"]
        words += ["-cert", service.credential.certificate, "-key", service.credential.key]
        words += ["-cert_chain", service.credential.chain, "-ciphersuites", SUITE_NAMES]
        words += ["-groups", ":".join(map(openssl_name, GROUPS))]
        if service.client_trust:
            required = service.client_auth == "required"
            words += [
                "-CAfile",
                service.client_trust,
                "-verify_return_error",
                "-Verify" if required else "-verify",
                "3",
            ]
        if service.alpn:
            words += ["-alpn", ",".join(service.alpn)]
        if not service.talk:
            return [*words, "-WWW"]
        return words if service.key_update else [*words, "-quiet"]

    @contextmanager
    def serve(self, service: Service, folder: Path) -> Iterator[Server]:
        for file in service.files.iterdir():
            shutil.copy(file, folder)
        with super().serve(service, folder) as server:
            yield server


def openssl_name(group: str) -> str:
    return {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "x25519": "X25519", "x448": "X448"}.get(
        group, group
    )


def told_by_openssl(text: str) -> Mapping[str, str]:
    patterns = {
        "version": r"Protocol version: TLSv(\S+)",
        "suite": r"Ciphersuite: (\S+)",
        "alpn": r"ALPN protocol: (\S+)",
    }
    return {name: found[1] for name, pattern in patterns.items() if (found := re.search(pattern, text))}


class Curl(Peer):
    name = "curl"
    stack = "OpenSSL 3.0"
    programs = ("curl",)
    version_command = ("curl", "--version")
    client = Abilities(groups=(*ELLIPTIC, "secp521r1", "x448"), certificates=EDWARDS, says_why=False)

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["curl", "-sSv", "--max-time", "15", "--http1.1", "--cacert", request.trust]
        words += ["--resolve", f"{request.name}:{request.port}:127.0.0.1", "-H", "Connection: close"]
        if request.credential:
            words += ["--cert", request.credential.chain, "--key", request.credential.key]
        if request.upload:
            words += ["--data-binary", f"@{request.upload}", "-H", "Expect:"]
        if not request.alpn:
            words += ["--no-alpn"]
        ended = run([*words, "-i", f"https://{request.name}:{request.port}{request.path}"])
        text = ended.stderr.decode(errors="replace")
        told = {"alpn": (re.findall(r"ALPN: server accepted (\S+)", text) or [""])[0]}
        if found := re.search(r"SSL connection using TLSv(\S+) / (\S+)", text):
            told |= {"version": found[1], "suite": found[2]}
        return Answer.from_http(ended.stdout, ended.text, told)


class Nginx(Peer):
    name = "nginx"
    stack = "OpenSSL 3.0"
    programs = ("nginx",)
    version_command = ("nginx", "-v")
    server = Abilities(groups=GROUPS, certificates=EDWARDS, upload="put")

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        for file in service.files.iterdir():
            shutil.copy(file, folder)
        (folder / "nginx.conf").write_text(nginx_configuration(service, port, folder))
        return [find_program("nginx") or "nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]


def nginx_configuration(service: Service, port: int, folder: Path) -> str:
    verify = {"none": "off", "optional": "optional", "required": "on"}[service.client_auth]
    client = (
        f"ssl_client_certificate {service.client_trust}; ssl_verify_client {verify};" if service.client_trust else ""
    )
    told = '{"version":"$ssl_protocol","suite":"$ssl_cipher","group":"$ssl_curve","alpn":"$ssl_alpn_protocol"}'
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""
        daemon off; {"user root;" if os.name == "posix" and os.getuid() == 0 else ""}
        worker_processes 1; error_log stderr; pid {folder}/pid;
        events {{}}
        http {{
            access_log off; client_body_temp_path {folder}/body; {temporary}
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate {service.credential.chain}; ssl_certificate_key {service.credential.key};
                ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve {":".join(map(openssl_name, GROUPS))};
                ssl_verify_depth 3; {client}
                root {folder}; dav_methods PUT; client_max_body_size 0;
                add_header X-Tls '{told}';
            }}
        }}
    """
