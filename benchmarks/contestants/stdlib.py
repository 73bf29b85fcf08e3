"""Python's own ssl module."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import ClassVar

from benchmarks.contestants import Endpoint, ResumingEndpoint, Stream
from benchmarks.plan import NAME, SUITES, Plan

__all__ = ["CONTESTANT", "Stdlib"]

_TLS12 = "ECDHE-ECDSA-AES128-GCM-SHA256"  # OpenSSL's name


class Stdlib:
    """Suite and group come from the file that OPENSSL_CONF names: ssl has no call for them in every version."""

    groups: ClassVar = frozenset({"x25519", "X25519MLKEM768"} if ssl.OPENSSL_VERSION_INFO >= (3, 5) else {"x25519"})
    verifies: ClassVar = True
    startup: ClassVar = """
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(ROOT)
"""

    def __init__(self, plan: Plan) -> None:
        self._client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client.load_verify_locations(plan.root)
        self._server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.load_cert_chain(plan.chain, plan.key)
        self._server.num_tickets = 1 if plan.resumes else 0
        version = ssl.TLSVersion.TLSv1_2 if plan.is_tls12 else ssl.TLSVersion.TLSv1_3
        for context in (self._client, self._server):
            context.minimum_version = context.maximum_version = version
            if plan.is_tls12:
                context.set_ciphers(_TLS12)
            if not plan.resumes:
                context.options |= ssl.OP_NO_TICKET

    @staticmethod
    def version() -> str:
        return ssl.OPENSSL_VERSION

    def client(self, name: str = NAME) -> Endpoint:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        return _Endpoint(self._client.wrap_bio(incoming, outgoing, server_hostname=name), incoming, outgoing)

    def client_again(self, before: ResumingEndpoint) -> ResumingEndpoint:
        assert isinstance(before, _Endpoint)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._client.wrap_bio(incoming, outgoing, server_hostname=NAME, session=before.session())
        return _Endpoint(tls, incoming, outgoing)

    def server(self) -> Endpoint:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        return _Endpoint(self._server.wrap_bio(incoming, outgoing, server_side=True), incoming, outgoing)

    def connect(self, sock: socket.socket) -> Stream:
        return _Stream(self._client.wrap_socket(sock, server_hostname=NAME))

    def accept(self, sock: socket.socket) -> Stream:
        return _Stream(self._server.wrap_socket(sock, server_side=True))

    def forget(self) -> None:
        pass


class _Endpoint:
    __slots__ = ("_complete", "_incoming", "_object", "_outgoing", "_session")

    def __init__(self, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        self._object, self._incoming, self._outgoing = tls, incoming, outgoing
        self._complete = False
        self._session: ssl.SSLSession | None = None

    def step(self, data: bytes) -> bytes:
        if data:
            self._incoming.write(data)
        with suppress(ssl.SSLWantReadError):
            self._object.do_handshake()
            self._complete = True
        return self._outgoing.read()

    def complete(self) -> bool:
        return self._complete

    def session(self) -> ssl.SSLSession | None:
        """With the tickets that have come, which OpenSSL takes in when it is asked for data."""
        if self._session is None:
            with suppress(ssl.SSLWantReadError):
                self._object.read(1)
            self._session = self._object.session
        return self._session

    def resumed(self) -> bool:
        return bool(self._object.session_reused)

    def seal(self, data: bytes) -> bytes:
        self._object.write(data)
        return self._outgoing.read()

    def open(self, records: bytes) -> bytes:
        self._incoming.write(records)
        data = b""
        with suppress(ssl.SSLWantReadError):
            while True:
                data += self._object.read(65536)
        return data

    def suite(self) -> str:
        return _suite(self._object)


class _Stream:
    def __init__(self, tls: ssl.SSLSocket) -> None:
        self._tls = tls
        self.sendall = tls.sendall
        self.recv_into = tls.recv_into
        self.close = tls.close

    def suite(self) -> str:
        return _suite(self._tls)


def _suite(tls: ssl.SSLObject | ssl.SSLSocket) -> str:
    cipher = tls.cipher()
    name = cipher[0] if cipher else ""
    return SUITES["tls12"] if name == _TLS12 else name


CONTESTANT = Stdlib
