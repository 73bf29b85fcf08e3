"""The stage of `dojang demo`: an authority, two shops behind one address, a customer, and three impostors.

Everything is real and on loopback; ports are the kernel's choice. Knows no prose.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from dojang.cli.https import HttpsServer
from dojang.cli.ladder import Ladder
from dojang.cli.language import Language, Text
from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.session import Session
from dojang.errors import TlsError
from dojang.net.blocking import connect
from dojang.pki.authority import Authority
from dojang.pki.csr import create_csr
from dojang.pki.keys import create_key
from dojang.pki.store import TrustStore

__all__ = ["BOOKS", "LOOPBACK", "PATIENCE", "PLAIN_ANSWER", "TEA", "THIEF", "Meeting", "Stage", "running"]

BOOKS, TEA, THIEF = "books.test", "tea.test", "thief.test"
LOOPBACK = "127.0.0.1"
PLAIN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nWelcome to the bookshop.\n"
PATIENCE = 5.0  # seconds; everything here answers at once


@dataclass(slots=True)
class Meeting:
    """One attempt of the customer to reach `host` at `address`, and what came of it."""

    host: str
    port: int
    ladder: Ladder = field(default_factory=Ladder)
    session: Session | None = None
    request: str = ""
    response: str = ""
    error: TlsError | OSError | None = None


class Stage:
    """Who takes part. language: what the customer would like to be answered in."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.root = Authority.create_root("Dojang Root")
        self.authority = self.root.create_intermediate("Dojang Intermediate")
        self.books = self.apply(BOOKS)
        self.tea = self.apply(TEA)

    @property
    def trust(self) -> TrustStore:
        """All that the customer has beforehand: the root."""
        return self.authority.trust

    @property
    def authority_chain(self) -> tuple[bytes, ...]:
        """Root, then intermediate; DER."""
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in reversed(self.authority.chain))

    @contextmanager
    def shops(self) -> Iterator[int]:
        """One server with both names behind one address; its port."""
        with running(ServerConfig(credentials=(self.books, self.tea), alpn=("http/1.1",))) as port:
            yield port

    @contextmanager
    def thief_with_own_name(self) -> Iterator[int]:
        """A server whose certificate is good, and for another name."""
        with running(ServerConfig(credentials=(self.apply(THIEF),))) as port:
            yield port

    @contextmanager
    def thief_with_own_seal(self) -> Iterator[int]:
        """A server whose certificate has the right name, signed by itself."""
        credential = _self_signed(BOOKS)
        with running(ServerConfig(credentials=(credential,))) as port:
            yield port

    @contextmanager
    def thief_without_tls(self) -> Iterator[int]:
        """A server that answers whatever comes with plain HTTP."""
        with socket.create_server((LOOPBACK, 0)) as listener:
            thread = threading.Thread(target=_answer_plainly, args=(listener,), daemon=True)
            thread.start()
            yield listener.getsockname()[1]
        thread.join(PATIENCE)

    def visit(self, host: str, port: int) -> Meeting:
        """The customer goes to `host`, whose address its hosts file says is loopback, and asks for the front page."""
        meeting = Meeting(host, port, request=self.request(host))
        config = ClientConfig(trust=self.trust, alpn=("http/1.1",))
        try:
            _converse(meeting, config)
        except (TlsError, OSError) as error:
            meeting.error = error
        return meeting

    def request(self, host: str) -> str:
        """What the customer says, in HTTP."""
        return _REQUEST.format(host=host, language=self.language)

    def apply(self, name: str, algorithm: str = "ecdsa-p256") -> Credential:
        """`name` makes its own key, asks for a certificate, and gets it."""
        key = create_key(algorithm)
        request = create_csr(key, [name])
        return Credential.from_pyca(self.authority.sign(request), key)


def _converse(meeting: Meeting, config: ClientConfig) -> None:
    with connect(
        meeting.host, meeting.port, config, address=LOOPBACK, timeout=PATIENCE, observer=meeting.ladder
    ) as tls:
        meeting.session = tls.session
        tls.sendall(meeting.request.encode())
        received = bytearray()
        while chunk := tls.recv():
            received += chunk
        meeting.response = received.decode()


@contextmanager
def running(config: ServerConfig) -> Iterator[int]:
    """A shop on loopback; its port."""
    server = HttpsServer(LOOPBACK, 0, config, _Shop)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


class _Shop(BaseHTTPRequestHandler):
    """Greets in the name that it was asked for."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "dojang", ""

    def do_GET(self) -> None:
        greeting = _GREETINGS[self.headers.get("Host", BOOKS)]
        body = greeting.pick(Language(self.headers.get("Accept-Language", "en"))).encode()
        self.send_response_only(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """The ladder shows it better."""


_REQUEST = "GET / HTTP/1.1\r\nHost: {host}\r\nAccept-Language: {language}\r\nConnection: close\r\n\r\n"
_GREETINGS = {
    BOOKS: Text(ko="어서 오세요. 천천히 둘러보세요.\n", en="Welcome to the bookshop. Take your time.\n"),
    TEA: Text(ko="마침 차를 우리던 참입니다.\n", en="Come in, the tea is just ready.\n"),
}


def _self_signed(name: str) -> Credential:
    """A certificate for `name` that nobody but itself vouches for."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    key: Any = create_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=90)
    ).add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return Credential.from_pyca([builder.sign(key, hashes.SHA256())], key)


def _answer_plainly(listener: socket.socket) -> None:
    try:
        visitor, _ = listener.accept()
    except OSError:
        return
    with visitor:
        visitor.settimeout(PATIENCE)
        visitor.recv(65536)
        visitor.sendall(PLAIN_ANSWER)
        while visitor.recv(65536):
            pass
