"""Programs that have a use for TLS: databases, brokers, proxies, downloaders. Each can say a few words of its own."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dojang.net.blocking import TlsSocket
from dojang.net.starttls import upgrade
from tests.interop.local import read_request, read_some
from tests.interop.peer import Answer, Application, Peer, Request, Service
from tests.interop.processes import LOOPBACK, Ended, Server, find_program, free_port, run, serving
from tests.net.mail_and_more import Place, postgres

SERVED = (Application.TLS13, Application.TLS12, Application.RESUMED, Application.REFUSAL)
SERVED_AND_KNOWN = (*SERVED, Application.CLIENT_CERTIFICATE)
ASKED = (Application.TLS13, Application.TLS12, Application.REFUSAL)
ASKED_AND_KNOWN = (*ASKED, Application.CLIENT_CERTIFICATE)
# An MQTT client's CONNECT, and what a broker says to it.
CONNECT = b"\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06dojang"
CONNACK = b"\x20\x02\x00\x00"


class Program(Peer):
    """One application.

    serves, asks: what can be shown of its server and of its client. extended: it knows the extended master secret.
    """

    serves: tuple[Application, ...] = ()
    asks: tuple[Application, ...] = ()
    preamble: str | None = None
    extended = True

    def missing(self) -> str | None:
        return next((program for program in self.programs if find_program(program) is None), None)

    def say(self, tls: TlsSocket) -> None:
        """A few words from dojang's client to its server; raises where the answer is not the one it should be."""
        tls.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = b"".join(iter(tls.recv, b""))
        assert answer.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200")), answer

    def answer(self, tls: TlsSocket) -> None:
        """The other way round: its client is answered."""
        read_request(tls)
        tls.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n")

    def open(self, port: int) -> socket.socket:
        """A connection on which TLS may begin."""
        sock = socket.create_connection((LOOPBACK, port), 10)
        if self.preamble:
            upgrade(sock, self.preamble, "localhost")
        return sock


class PostgreSql(Program):
    name = "postgresql"
    stack = "OpenSSL 3.0"
    programs = ("postgres",)
    version_command = ("postgres", "--version")
    # It keeps no sessions.
    serves = (Application.TLS13, Application.TLS12, Application.REFUSAL)
    preamble = "postgres"

    @contextmanager
    def serve(self, service: Service, folder: Path) -> Iterator[Server]:
        assert service.pki is not None
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            Path(place).chmod(0o755)
            with postgres(Place(service.pki, Path(place))) as server:
                yield server

    def say(self, tls: TlsSocket) -> None:
        startup = b"\0\3\0\0user\0postgres\0database\0postgres\0\0"
        tls.sendall((len(startup) + 4).to_bytes(4, "big") + startup)
        assert tls.recv().startswith(b"R\0\0\0\x08\0\0\0\0")
        tls.sendall(b"X\0\0\0\x04")


class Redis(Program):
    name = "redis"
    stack = "OpenSSL 3.0"
    programs = ("redis-server", "redis-cli")
    version_command = ("redis-server", "--version")
    serves = SERVED_AND_KNOWN
    asks = ASKED_AND_KNOWN

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        words: list[str | Path] = ["redis-server", "--port", "0", "--tls-port", str(port), "--bind", LOOPBACK]
        words += ["--save", "", "--dir", folder, "--tls-ca-cert-file", service.client_trust or ""]
        words += ["--tls-cert-file", service.credential.chain, "--tls-key-file", service.credential.key]
        return [*words, "--tls-auth-clients", "optional"]

    def say(self, tls: TlsSocket) -> None:
        tls.sendall(b"PING\r\n")
        assert tls.recv() == b"+PONG\r\n"

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["redis-cli", "-h", request.name, "-p", str(request.port), "--tls"]
        words += ["--cacert", request.trust, *shown(request, "--cert", "--key"), "PING"]
        return told(run(words), b"PONG")

    def answer(self, tls: TlsSocket) -> None:
        while b"PING" not in read_some(tls).upper():
            tls.sendall(b"-ERR unknown command\r\n")
        tls.sendall(b"+PONG\r\n")


class Mosquitto(Program):
    name = "mosquitto"
    stack = "OpenSSL 3.0"
    programs = ("mosquitto", "mosquitto_pub")
    version_command = ("dpkg-query", "-W", "mosquitto")
    serves = SERVED
    asks = ASKED_AND_KNOWN

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        key = folder / "key"
        key.write_bytes(service.credential.key.read_bytes())
        lines = (f"listener {port} {LOOPBACK}", "allow_anonymous true", "user root", f"keyfile {key}")
        (folder / "conf").write_text("\n".join((*lines, f"certfile {service.credential.chain}", "")))
        return [find_program("mosquitto") or "mosquitto", "-c", folder / "conf"]

    def say(self, tls: TlsSocket) -> None:
        tls.sendall(CONNECT)
        assert tls.recv() == CONNACK

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["mosquitto_pub", "-h", request.name, "-p", str(request.port), "-t", "t", "-m", "hi"]
        words += ["--cafile", request.trust, *shown(request, "--cert", "--key")]
        ended = run(words)
        return Answer(ok=ended.returncode == 0, output=ended.text)

    def answer(self, tls: TlsSocket) -> None:
        assert b"MQTT" in tls.recv()
        tls.sendall(CONNACK)
        tls.recv()


class Front(Program):
    """A program that also goes between: what comes in the clear goes out in TLS."""

    def serve_between(self, request: Request, port: int, folder: Path) -> Sequence[str | Path]:
        """The command line that listens in the clear on `port`."""
        raise NotImplementedError

    def ask(self, request: Request) -> Answer:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            port = free_port()
            server = stack.enter_context(serving(self.serve_between(request, port, folder), port, folder))
            answers = [plain_get(port) for _ in range(2 if request.again else 1)]
            return Answer.from_http(answers[-1], server.output().decode(errors="replace"))


def plain_get(port: int) -> bytes:
    with socket.create_connection((LOOPBACK, port), 10) as sock:
        sock.sendall(b"GET /hello.txt HTTP/1.0\r\nHost: localhost\r\n\r\n")
        try:
            return b"".join(iter(lambda: sock.recv(65536), b""))
        except ConnectionError:
            return b""


class HaProxy(Front):
    name = "haproxy"
    stack = "OpenSSL 3.0"
    programs = ("haproxy",)
    version_command = ("haproxy", "-v")
    serves = SERVED_AND_KNOWN
    asks = (*ASKED_AND_KNOWN, Application.RESUMED)

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        bundle = together(folder, service.credential.chain, service.credential.key)
        bind = f"bind {LOOPBACK}:{port} ssl crt {bundle} ca-file {service.client_trust} verify optional"
        return self.command(folder, f"{bind}\n http-request return status 200 content-type text/plain string hello")

    def serve_between(self, request: Request, port: int, folder: Path) -> Sequence[str | Path]:
        own = request.credential
        crt = f"crt {together(folder, own.chain, own.key)}" if own else ""
        target = f"server one {LOOPBACK}:{request.port} ssl verify required ca-file {request.trust} {crt}"
        names = f"sni str({request.name}) verifyhost {request.name}"
        return self.command(folder, f"bind {LOOPBACK}:{port}\n {target} {names}")

    def command(self, folder: Path, lines: str) -> list[str | Path]:
        times = "timeout connect 5s\n timeout client 5s\n timeout server 5s"
        (folder / "cfg").write_text(
            f"global\n nbthread 1\ndefaults\n mode http\n retries 0\n {times}\nlisten one\n {lines}\n"
        )
        return [find_program("haproxy") or "haproxy", "-db", "-f", folder / "cfg"]


class Stunnel(Front):
    name = "stunnel"
    stack = "OpenSSL 3.0"
    programs = ("stunnel4",)
    version_command = ("dpkg-query", "-W", "stunnel4")
    serves = SERVED_AND_KNOWN
    asks = (*ASKED_AND_KNOWN, Application.RESUMED)

    @contextmanager
    def serve(self, service: Service, folder: Path) -> Iterator[Server]:
        """What it passes on goes to a page of Python's in the clear."""
        with ExitStack() as stack:
            for file in service.files.iterdir():
                (folder / file.name).write_bytes(file.read_bytes())
            page = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            behind = free_port()
            words: list[str | Path] = [
                "python3",
                "-m",
                "http.server",
                str(behind),
                "--bind",
                LOOPBACK,
                "--directory",
                folder,
            ]
            stack.enter_context(serving(words, behind, page))
            (folder / "behind").write_text(str(behind))
            yield stack.enter_context(super().serve(service, folder))

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        behind = (folder / "behind").read_text()
        files = (f"cert = {service.credential.chain}", f"key = {service.credential.key}")
        trust = (f"CAfile = {service.client_trust}", "verifyChain = yes", "requireCert = no")
        return self.command(folder, f"accept = {LOOPBACK}:{port}", f"connect = {LOOPBACK}:{behind}", *files, *trust)

    def serve_between(self, request: Request, port: int, folder: Path) -> Sequence[str | Path]:
        own = request.credential
        files = (f"cert = {own.chain}", f"key = {own.key}") if own else ()
        ends = (f"accept = {LOOPBACK}:{port}", f"connect = {LOOPBACK}:{request.port}")
        check = (f"CAfile = {request.trust}", "verifyChain = yes", f"checkHost = {request.name}")
        return self.command(folder, "client = yes", *ends, f"sni = {request.name}", *check, *files)

    def command(self, folder: Path, *lines: str) -> list[str | Path]:
        (folder / "conf").write_text("\n".join(("foreground = yes", "pid =", "[one]", "TIMEOUTclose = 0", *lines, "")))
        return ["stunnel4", folder / "conf"]


class Caddy(Front):
    name = "caddy"
    stack = "Go crypto/tls"
    programs = ("caddy",)
    version_command = ("caddy", "version")
    extended = False  # Debian's is built with a Go that did not have it
    serves = SERVED_AND_KNOWN
    asks = ASKED_AND_KNOWN

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        known = f"client_auth {{\n mode verify_if_given\n trusted_ca_cert_file {service.client_trust}\n }}"
        tls = f"tls {service.credential.chain} {service.credential.key} {{\n {known}\n }}"
        return self.command(folder, f"https://localhost:{port} {{\n bind {LOOPBACK}\n {tls}\n respond hello\n}}")

    def serve_between(self, request: Request, port: int, folder: Path) -> Sequence[str | Path]:
        own = request.credential
        known = f"tls_client_auth {own.chain} {own.key}" if own else ""
        trust = f"tls_server_name {request.name}\n tls_trusted_ca_certs {request.trust}\n {known}"
        transport = f"transport http {{\n {trust}\n }}"
        proxy = f"reverse_proxy https://{LOOPBACK}:{request.port} {{\n {transport}\n }}"
        return self.command(folder, f"http://:{port} {{\n bind {LOOPBACK}\n {proxy}\n}}")

    def command(self, folder: Path, site: str) -> list[str | Path]:
        options = f"{{\n admin off\n auto_https disable_redirects\n storage file_system {folder}\n}}\n"
        (folder / "Caddyfile").write_text(options + site + "\n")
        return ["caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]


class Botan(Program):
    """A stack of TLS 1.2 alone in this version. Its client prints its verdict on a certificate and goes on."""

    name = "botan"
    stack = "Botan"
    programs = ("botan",)
    version_command = ("botan", "--version")
    serves = (Application.TLS12, Application.RESUMED, Application.REFUSAL)
    asks = (Application.TLS12,)

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        files = (service.credential.chain, service.credential.key)
        return ["botan", "tls_server", *files, f"--port={port}", "--policy=default"]

    def say(self, tls: TlsSocket) -> None:
        tls.sendall(b"echo\n")
        assert tls.recv() == b"echo\n"

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["botan", "tls_client", request.name, f"--port={request.port}"]
        words += ["--skip-system-cert-store", f"--trusted-cas={request.trust}"]
        return told(run(words, inputs=[request.http()], hold_input=True, timeout=5), b"hello")


class Wget(Program):
    name = "wget"
    stack = "GnuTLS"
    programs = ("wget",)
    version_command = ("wget", "--version")
    extended = False
    asks = ASKED_AND_KNOWN

    def ask(self, request: Request) -> Answer:
        words: list[str | Path] = ["wget", "-nv", "-O-", "--tries=1", f"--ca-certificate={request.trust}"]
        if request.credential:
            words += [f"--certificate={request.credential.chain}", f"--private-key={request.credential.key}"]
        return told(run([*words, f"https://{request.name}:{request.port}{request.path}"]), b"hello\n")


class Socat(Program):
    name = "socat"
    stack = "OpenSSL 3.0"
    programs = ("socat",)
    version_command = ("socat", "-V")
    asks = ASKED_AND_KNOWN

    def ask(self, request: Request) -> Answer:
        own = request.credential
        known = f",cert={own.chain},key={own.key}" if own else ""
        target = f"OPENSSL:localhost:{request.port},cafile={request.trust},commonname={request.name}{known}"
        return told(run(["socat", "-t2", "-", target], inputs=[request.http()]), b"hello\n")


def shown(request: Request, certificate: str, key: str) -> list[str | Path]:
    """A program's two options for the client's credential, where there is one."""
    own = request.credential
    return [certificate, own.chain, key, own.key] if own else []


def told(ended: Ended, expected: bytes) -> Answer:
    return Answer(ok=expected in ended.stdout, output=ended.text)


def together(folder: Path, *parts: Path) -> Path:
    bundle = folder / "bundle.pem"
    bundle.write_bytes(b"".join(part.read_bytes() for part in parts))
    return bundle


APPLICATIONS: tuple[Program, ...] = (
    PostgreSql(),
    Redis(),
    Mosquitto(),
    HaProxy(),
    Stunnel(),
    Caddy(),
    Botan(),
    Wget(),
    Socat(),
)
