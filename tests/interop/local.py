"""dojang's own two ends for the interop tests: a server that notes what it meets, and a client that asks once."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.flight import Epoch
from dojang.engine.session import Session
from dojang.errors import AlertReceived, Truncated
from dojang.net.blocking import TlsSocket
from dojang.pki.store import TrustStore
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CipherSuite, HandshakeType, NamedGroup
from tests.interop.pki import Files
from tests.interop.processes import LOOPBACK

SUITES = {suite.label: suite for suite in CipherSuite}
HYBRID = NamedGroup.X25519MLKEM768.label
GROUPS = {group.label: group for group in NamedGroup}


def credential(files: Files) -> Credential:
    return Credential.from_files(files.chain, files.key)


def trust(path: Path) -> TrustStore:
    return TrustStore.from_file(path)


class Observed:
    """An observer that keeps, by sender, KeyUpdates, alerts, and in TLS 1.2 the hellos after the handshake."""

    def __init__(self) -> None:
        self.key_updates: list[str] = []
        self.renegotiations: list[str] = []
        self.alerts: list[tuple[str, int]] = []

    def message(self, sender: str, message: HandshakeMessage, raw: bytes, epoch: str) -> None:
        if raw[0] == HandshakeType.KEY_UPDATE:
            self.key_updates.append(sender)
        if raw[0] in (HandshakeType.CLIENT_HELLO, HandshakeType.HELLO_REQUEST) and epoch != Epoch.PLAINTEXT:
            self.renegotiations.append(sender)

    def change_cipher_spec(self, sender: str) -> None: ...

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None:
        self.alerts.append((sender, description))

    def secret(self, label: str, secret: bytes) -> None: ...

    def application_data(self, sender: str, size: int) -> None: ...


Rewrite = Callable[[bytes], bytes]


@dataclass
class Meeting:
    """One connection as the server saw it.

    error: what ended it before its time; answered: whether it came to an answer before that, as with the many clients
    that end TCP without a close_notify of their own. early: what it sent before the handshake was over.
    """

    session: Session | None = None
    error: Exception | None = None
    answered: bool = False
    early: bytes = b""
    observed: Observed = field(default_factory=Observed)


class LocalServer:
    """A dojang server in this process, one thread per connection, that serves a folder's files over HTTP.

    A POST is answered with the SHA-256 of its body. With `update_keys` every answer is preceded by a KeyUpdate.
    `rewrite` changes what arrives, as somebody on the way could; `converse` speaks something other than HTTP.
    """

    def __init__(
        self,
        config: ServerConfig,
        files: Path,
        *,
        update_keys: bool = False,
        rewrite: Rewrite | None = None,
        converse: Callable[[TlsSocket], None] | None = None,
    ) -> None:
        self.config = config
        self.converse = converse or self._serve_http
        self.rewrite = rewrite
        self.files = files
        self.update_keys = update_keys
        self.meetings: list[Meeting] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(2)
        for thread in self._threads:
            thread.join(0.5)
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2)

    @property
    def meeting(self) -> Meeting:
        """The connection that came furthest. Browsers open some in advance. Read it after the `with`."""
        assert self.meetings, "nobody came"
        return max(self.meetings, key=lambda met: (met.session is not None, not isinstance(met.error, Truncated)))

    @property
    def resumed_meeting(self) -> Meeting:
        """The last connection that rested on an earlier one, else the last one. Read it after the `with`."""
        assert self.meetings, "nobody came"
        return max(self.meetings, key=lambda met: met.session is not None and met.session.resumed is not None)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(10)
            meeting = Meeting()
            self.meetings.append(meeting)
            self._sockets.append(sock)
            thread = threading.Thread(target=self._meet, args=(sock, meeting), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _meet(self, sock: socket.socket, meeting: Meeting) -> None:
        try:
            way = cast(socket.socket, Tampered(sock, self.rewrite)) if self.rewrite else sock
            tls = TlsSocket.server(way, self.config, observer=meeting.observed)
            meeting.session, meeting.early = tls.session, tls.connection.early_data
            self.converse(tls)
            tls.shutdown_write()
            meeting.answered = True
            sock.settimeout(1)
            tls.recv()
            tls.close()
        except Exception as error:
            meeting.error = error
        finally:
            sock.close()

    def _serve_http(self, tls: TlsSocket) -> None:
        head, body = read_request(tls)
        if self.update_keys:
            tls.update_keys(request_peer=True)
        tls.sendall(self._answer(head, body))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"POST"):
            return http_answer("200 OK", hashlib.sha256(body).hexdigest().encode())
        file = self.files / head.split()[1].decode().rpartition("/")[2]
        return http_answer("200 OK", file.read_bytes()) if file.is_file() else http_answer("404 Not Found", b"")


class Tampered:
    """A socket on whose way somebody rewrites what arrives."""

    def __init__(self, sock: socket.socket, rewrite: Rewrite) -> None:
        self._sock = sock
        self._rewrite = rewrite

    def recv_into(self, buffer: memoryview) -> int:
        data = self._rewrite(self._sock.recv(len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def http_answer(status: str, body: bytes) -> bytes:
    lines = (f"HTTP/1.0 {status}", "Content-Type: text/plain", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_request(tls: TlsSocket) -> tuple[bytes, bytes]:
    """Head and body of an HTTP request."""
    received = bytearray(tls.connection.early_data)
    while b"\r\n\r\n" not in received:
        received += read_some(tls)
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    parts = [body]
    length = 0
    if b"content-length:" in head.lower():
        length = int(head.lower().split(b"content-length:")[1].split()[0])
    while sum(map(len, parts)) < length:
        parts.append(read_some(tls))
    return head, b"".join(parts)


def read_some(tls: TlsSocket) -> bytes:
    data = tls.recv()
    if not data:
        raise ConnectionError("closed before the request ended")
    return data


@dataclass(frozen=True)
class Response:
    """What the peer's server answered, and what dojang's client knows of the connection."""

    session: Session
    status: str
    body: bytes
    told: Mapping[str, Any]
    observed: Observed
    early_refused: bytes = b""

    @property
    def ok(self) -> bool:
        return " 200" in self.status


def ask(
    port: int,
    config: ClientConfig,
    request: bytes,
    *,
    name: str = "localhost",
    update_keys: bool = False,
    early_data: bool = False,
) -> Response:
    """Connect, send one HTTP request, read to the peer's close_notify. With `update_keys` a KeyUpdate goes first.

    With `early_data` the request goes early, and again where the server did not take it.
    """
    observed = Observed()
    early = request if early_data else b""
    connection = Connection.client(config, name, early_data=early, observer=observed)
    with TlsSocket(socket.create_connection((LOOPBACK, port), 10), connection) as tls:
        tls.do_handshake()
        if update_keys:
            tls.update_keys(request_peer=True)
        refused = tls.connection.rejected_early_data
        if not early_data or refused:
            tls.sendall(request)
        answer = b"".join(iter(tls.recv, b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        told: Mapping[str, Any] = next(
            (json.loads(line[7:]) for line in lines if line.lower().startswith("x-tls: ")), {}
        )
        return Response(tls.session, lines[0], body, told, observed, refused)


def refused(action: Callable[[], Response]) -> bool:
    """A server in TLS 1.3 refuses after the client's handshake is over: by an alert, by hanging up, in HTTP (nginx)."""
    try:
        return not action().ok
    except (AlertReceived, Truncated, ConnectionError):
        return True


def get(path: str = "/hello.txt") -> bytes:
    return f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()


def post(body: bytes, path: str = "/", method: str = "POST") -> bytes:
    return f"{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


SAME = {"prime256v1": "secp256r1", "X25519": "x25519", "X448": "x448"}


def check_told(told: Mapping[str, Any], session: Session) -> None:
    """What the peer says was negotiated is what dojang says; not every peer says everything."""
    version = session.version.label.removeprefix("TLS ")
    assert told.get("version", version).removeprefix("TLSv") == version
    if told.get("suite", "").startswith("TLS_"):
        assert told["suite"] == session.suite.label
    group = told.get("group")
    if group and session.group is not None:
        assert SAME.get(group, group) == session.key_exchange
    if "alpn" in told:
        assert told["alpn"] == (session.alpn or "")
