"""pyOpenSSL, over the OpenSSL that cryptography's wheel brings."""

from __future__ import annotations

import socket
from contextlib import suppress
from importlib.metadata import version
from typing import ClassVar

from OpenSSL import SSL

from benchmarks.contestants import Endpoint, Stream
from benchmarks.plan import NAME, Plan

__all__ = ["CONTESTANT", "PyOpenSsl"]


class PyOpenSsl:
    """The group comes from the file that OPENSSL_CONF names: pyOpenSSL has no call for it.

    pyOpenSSL offers no check of the server's name either. It verifies the chain; the name goes to OpenSSL through the
    binding underneath, since a comparison without the check would be none.
    """

    groups: ClassVar = frozenset(
        {"x25519", "X25519MLKEM768"} if SSL.OPENSSL_VERSION_NUMBER >= 0x30500000 else {"x25519"}
    )
    verifies: ClassVar = True
    startup: ClassVar = """
import socket
from OpenSSL import SSL
context = SSL.Context(SSL.TLS_CLIENT_METHOD)
context.set_verify(SSL.VERIFY_PEER)
context.load_verify_locations(ROOT)
"""

    def __init__(self, plan: Plan) -> None:
        self._client = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self._client.load_verify_locations(plan.root)
        self._client.set_verify(SSL.VERIFY_PEER)
        self._server = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._server.use_certificate_chain_file(plan.chain)
        self._server.use_privatekey_file(plan.key)
        self._server.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        for context in (self._client, self._server):
            context.set_min_proto_version(SSL.TLS1_3_VERSION)
            context.set_tls13_ciphersuites(plan.suite.encode())

    @staticmethod
    def version() -> str:
        return f"{version('pyOpenSSL')}, {SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()}"

    def client(self, name: str = NAME) -> Endpoint:
        return _Endpoint(self._connecting(None, name))

    def server(self) -> Endpoint:
        return _Endpoint(self._accepting(None))

    def connect(self, sock: socket.socket) -> Stream:
        return _handshaken(self._connecting(sock, NAME))

    def accept(self, sock: socket.socket) -> Stream:
        return _handshaken(self._accepting(sock))

    def forget(self) -> None:
        pass

    def _connecting(self, sock: socket.socket | None, name: str) -> SSL.Connection:
        tls = SSL.Connection(self._client, sock)
        tls.set_tlsext_host_name(name.encode())
        _require_name(tls, name)
        tls.set_connect_state()
        return tls

    def _accepting(self, sock: socket.socket | None) -> SSL.Connection:
        tls = SSL.Connection(self._server, sock)
        tls.set_accept_state()
        return tls


class _Endpoint:
    __slots__ = ("_complete", "_tls")

    def __init__(self, tls: SSL.Connection) -> None:
        self._tls = tls
        self._complete = False

    def step(self, data: bytes) -> bytes:
        if data:
            self._tls.bio_write(data)
        with suppress(SSL.WantReadError):
            self._tls.do_handshake()
            self._complete = True
        return self._outgoing()

    def complete(self) -> bool:
        return self._complete

    def seal(self, data: bytes) -> bytes:
        self._tls.sendall(data)
        return self._outgoing()

    def open(self, records: bytes) -> bytes:
        self._tls.bio_write(records)
        data = b""
        with suppress(SSL.WantReadError):
            while True:
                data += self._tls.recv(65536)
        return data

    def suite(self) -> str:
        return self._tls.get_cipher_name() or ""

    def _outgoing(self) -> bytes:
        try:
            return self._tls.bio_read(131072)
        except SSL.WantReadError:
            return b""


class _Stream:
    def __init__(self, tls: SSL.Connection) -> None:
        self._tls = tls
        self.sendall = tls.sendall
        self.recv_into = tls.recv_into
        self.close = tls.close

    def suite(self) -> str:
        return self._tls.get_cipher_name() or ""


def _handshaken(tls: SSL.Connection) -> Stream:
    tls.do_handshake()
    return _Stream(tls)


def _require_name(tls: SSL.Connection, name: str) -> None:
    library = SSL._lib  # type: ignore[attr-defined]
    parameters = library.SSL_get0_param(tls._ssl)
    if not library.X509_VERIFY_PARAM_set1_host(parameters, name.encode(), len(name)):
        raise RuntimeError("OpenSSL did not take the name to check")


CONTESTANT = PyOpenSsl
