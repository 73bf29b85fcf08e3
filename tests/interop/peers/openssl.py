"""Programs over Debian's OpenSSL 3.0: the openssl command, curl and nginx."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    RESUMED_AND_ID,
    STAPLES,
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
from tests.interop.pki import Files
from tests.interop.processes import DH_PARAMETERS, Server, find_program, run

FFDHE = ("ffdhe2048", "ffdhe3072")
GROUPS = (*ELLIPTIC, "secp521r1", "x448", *FFDHE)
SUITE_NAMES = ":".join((*SUITES, *CCM))


CCM_LEGACY = ("TLS_RSA_WITH_AES_128_CCM", "TLS_DHE_RSA_WITH_AES_256_CCM")
LEGACY = (*STATIC, *DHE, DHE_CHACHA20)
# "ALL" holds what is not there by default, CCM for one. TLS 1.1 needs its old hashes allowed again.
CIPHERS = {"": "ALL", "1.1": "ALL:@SECLEVEL=0"}


class OpenSsl(Peer):
    """s_client and s_server. The server takes commands in a conversation only, and not when it is quiet."""

    name = "openssl"
    stack = "OpenSSL 3.0"
    programs = ("openssl",)
    version_command = ("openssl", "version")
    client = Abilities(
        suites=(*SUITES, *CCM),
        suites12=(*SUITES12, *CCM12),
        legacy=(*LEGACY, *CCM_LEGACY),
        groups=GROUPS,
        certificates=EDWARDS,
        held=("1.1", "1.2", "1.3"),
        again=EVERYTHING,
        key_update=True,
        renegotiates=True,
        falls_back=True,
    )
    server = replace(client, upload="print")

    def ask(self, request: Request) -> Answer:
        if not request.again:
            return self.visit(request)
        with tempfile.TemporaryDirectory() as folder:
            session = Path(folder) / "session"
            first = self.visit(request, "-sess_out", session)
            if not (first.ok and session.exists()):
                return first
            if not request.early_data:
                return self.visit(request, "-sess_in", session)
            early = Path(folder) / "early"
            early.write_bytes(request.http())
            answer = self.visit(request, "-sess_in", session, "-early_data", early)
            return self.visit(request, "-sess_in", session, "-early_data", early) if request.replay else answer

    def visit(self, request: Request, *more: str | Path) -> Answer:
        words: list[str | Path] = ["openssl", "s_client", "-connect", f"127.0.0.1:{request.port}"]
        words += ["-servername", request.name, "-verify_hostname", request.name, "-verify_return_error"]
        words += ["-CAfile", request.trust, *common(request), *more]
        if request.credential:
            words += credential_words(request.credential)
        words += ["-status"] if request.staple else ["-brief"]
        words += ["-fallback_scsv"] if request.fallback else []
        if request.key_update or request.renegotiate:
            command = b"K\n" if request.key_update else b"R\n"
            ended = run(words, inputs=[command, request.http()], hold_input=True)
        else:
            ended = run([*words, "-ign_eof"], inputs=[request.http()])
        return Answer.from_http(ended.stdout, ended.text, told_by_openssl(ended.text))

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        words: list[str | Path] = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", *common(service)]
        words += credential_words(service.credential)
        if service.client_trust:
            must = "-Verify" if service.client_auth == "required" else "-verify"
            words += ["-CAfile", service.client_trust, "-verify_return_error", must, "3"]
        words += [] if service.tickets else ["-no_ticket"]
        words += ["-status_file", service.credential.staple] if service.staple else []
        words += ["-early_data", "-max_early_data", "16384"] if service.early_data else []
        if not service.talk:
            return [*words, "-WWW"]
        return words if service.key_update or service.early_data else [*words, "-quiet"]

    @contextmanager
    def serve(self, service: Service, folder: Path) -> Iterator[Server]:
        for file in service.files.iterdir():
            shutil.copy(file, folder)
        with super().serve(service, folder) as server:
            yield server


def common(wanted: Request | Service) -> list[str | Path]:
    """What s_client and s_server are both told."""
    words: list[str | Path] = ["-cipher", CIPHERS.get(wanted.version, "ALL"), "-ciphersuites", SUITE_NAMES]
    words += ["-groups", ":".join(map(openssl_name, GROUPS))]
    words += ["-alpn", ",".join(wanted.alpn)] if wanted.alpn else []
    words += [f"-tls{wanted.version.replace('.', '_')}"] if wanted.version else []
    return words + (["-psk_identity", PSK_IDENTITY, "-psk", PSK_KEY.hex()] if wanted.psk else [])


def credential_words(credential: Files) -> list[str | Path]:
    return ["-cert", credential.certificate, "-key", credential.key, "-cert_chain", credential.chain]


def openssl_name(group: str) -> str:
    return {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "x25519": "X25519", "x448": "X448"}.get(
        group, group
    )


def told_by_openssl(text: str) -> Mapping[str, str]:
    patterns = {
        "version": r"Protocol version: TLSv(\S+)",
        "suite": r"Ciphersuite: (\S+)",
        "alpn": r"ALPN protocol: (\S+)",
        "status_request": r"OCSP Response Status: (\S+)",
        "early": r"Early data was (\S+)",
    }
    return {name: found[1] for name, pattern in patterns.items() if (found := re.search(pattern, text))}


class Curl(Peer):
    name = "curl"
    stack = "OpenSSL 3.0"
    programs = ("curl",)
    version_command = ("curl", "--version")
    client = Abilities(
        legacy=LEGACY,
        groups=(*ELLIPTIC, "secp521r1", "x448"),
        certificates=EDWARDS,
        held=("1.1", "1.2", "1.3"),
        again=(Again.SESSION_ID, Again.PSK, Again.RETRY, *STAPLES),
        says_why=False,
    )

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["curl", "-sSv", "--max-time", "15", "--http1.1", "--cacert", request.trust]
        words += ["--resolve", f"{request.name}:{request.port}:127.0.0.1", "-H", "Connection: close"]
        if request.credential:
            words += ["--cert", request.credential.chain, "--key", request.credential.key]
        if request.upload:
            words += ["--data-binary", f"@{request.upload}", "-H", "Expect:"]
        if not request.alpn:
            words += ["--no-alpn"]
        words += ["--ciphers", CIPHERS.get(request.version, "ALL")]
        words += [f"--tlsv{request.version}", "--tls-max", request.version] if request.version else []
        words += ["--cert-status"] if request.staple else []
        address = f"https://{request.name}:{request.port}{request.path}"
        ended = run([*words, "-i", *([address, address] if request.again else [address])])
        text = ended.stderr.decode(errors="replace")
        told = {"alpn": (re.findall(r"ALPN: server accepted (\S+)", text) or [""])[0]}
        if found := re.search(r"SSL connection using TLSv(\S+) / (\S+)", text):
            told |= {"version": found[1], "suite": found[2]}
        if request.staple and ended.returncode == 0:
            told["status_request"] = "successful"  # --cert-status lets nothing else pass
        return Answer.from_http(ended.stdout, ended.text, told)


class Nginx(Peer):
    name = "nginx"
    stack = "OpenSSL 3.0"
    programs = ("nginx",)
    version_command = ("nginx", "-v")
    server = Abilities(
        suites12=(*SUITES12, *CCM12),
        legacy=(*LEGACY, *CCM_LEGACY),
        groups=GROUPS,
        certificates=EDWARDS,
        held=("1.1", "1.2", "1.3"),
        again=(
            *RESUMED_AND_ID,
            Again.RETRY,
            Again.EARLY_DATA,
            Again.EARLY_DATA_REFUSED,
            Again.STAPLE12,
            Again.STAPLE13,
        ),
        upload="put",
    )

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
    versions = f"TLSv{service.version}" if service.version else "TLSv1.2 TLSv1.3"
    staple = f"ssl_stapling on; ssl_stapling_file {service.credential.staple};" if service.staple else ""
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
                ssl_protocols {versions}; ssl_ciphers {CIPHERS.get(service.version, "ALL")};
                ssl_ecdh_curve {":".join(map(openssl_name, GROUPS))}; ssl_dhparam {DH_PARAMETERS};
                ssl_session_cache shared:SSL:1m; ssl_session_tickets {"on" if service.tickets else "off"};
                ssl_early_data {"on" if service.early_data else "off"}; {staple}
                ssl_verify_depth 3; {client}
                root {folder}; dav_methods PUT; client_max_body_size 0;
                add_header X-Tls '{told}';
            }}
        }}
    """
