"""tlslite-ng, the other TLS stack written in Python. It checks the server's signature but neither chain nor name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from errno import EWOULDBLOCK
from importlib.metadata import version
from typing import Any, ClassVar

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.constants import CipherSuite

from benchmarks.contestants import Endpoint, Stream
from benchmarks.plan import NAME, Plan

__all__ = ["CONTESTANT", "TlsliteNg"]

_CIPHERS = {"TLS_AES_128_GCM_SHA256": "aes128gcm", "TLS_CHACHA20_POLY1305_SHA256": "chacha20-poly1305"}


class TlsliteNg:
    groups: ClassVar = frozenset({"x25519"})
    verifies: ClassVar = False
    startup: ClassVar = """
import socket
from tlslite.api import HandshakeSettings, TLSConnection
context = HandshakeSettings()
"""

    def __init__(self, plan: Plan) -> None:
        self._chain = X509CertChain()
        self._chain.parsePemList(plan.chain.read_text())
        self._key = parsePEMKey(plan.key.read_text(), private=True)
        settings = HandshakeSettings()
        settings.minVersion = settings.maxVersion = (3, 4)
        settings.cipherNames = [_CIPHERS[plan.suite]]
        settings.eccCurves = settings.keyShares = [plan.group]
        settings.defaultCurve = plan.group
        settings.ticket_count = 0
        self._settings = settings

    @staticmethod
    def version() -> str:
        return version("tlslite-ng")

    def client(self, name: str = NAME) -> Endpoint:
        pipe = _Pipe()
        tls = TLSConnection(pipe)
        return _Endpoint(pipe, tls, tls.handshakeClientCert(settings=self._settings, serverName=name, async_=True))

    def server(self) -> Endpoint:
        pipe = _Pipe()
        tls = TLSConnection(pipe)
        handshake = tls.handshakeServerAsync(certChain=self._chain, privateKey=self._key, settings=self._settings)
        return _Endpoint(pipe, tls, handshake)

    def connect(self, sock: socket.socket) -> Stream:
        tls = TLSConnection(sock)
        tls.handshakeClientCert(settings=self._settings, serverName=NAME)
        return _Stream(tls)

    def accept(self, sock: socket.socket) -> Stream:
        tls = TLSConnection(sock)
        tls.handshakeServer(certChain=self._chain, privateKey=self._key, settings=self._settings)
        return _Stream(tls)

    def forget(self) -> None:
        pass


class _Pipe:
    """The socket that TLSConnection is given: two buffers, never blocking."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self.outgoing = bytearray()

    def recv(self, size: int) -> bytes:
        if not self.incoming:
            raise BlockingIOError(EWOULDBLOCK, "nothing yet")
        data = bytes(self.incoming[:size])
        del self.incoming[:size]
        return data

    def send(self, data: bytes) -> int:
        self.outgoing += data
        return len(data)

    def sendall(self, data: bytes) -> None:
        self.outgoing += data

    def close(self) -> None:
        """TLSConnection closes its socket when a handshake fails."""


class _Endpoint:
    def __init__(self, pipe: _Pipe, tls: Any, handshake: Iterator[int]) -> None:
        self._pipe, self._tls, self._handshake = pipe, tls, handshake
        self._complete = False

    def step(self, data: bytes) -> bytes:
        self._pipe.incoming += data
        self._complete = next(self._handshake, None) is None
        return self._outgoing()

    def complete(self) -> bool:
        return self._complete

    def seal(self, data: bytes) -> bytes:
        for _ in self._tls.writeAsync(data):
            pass
        return self._outgoing()

    def open(self, records: bytes) -> bytes:
        self._pipe.incoming += records
        data = b""
        while self._pipe.incoming:
            data += self._tls.read(max=65536, min=1)
        return data

    def suite(self) -> str:
        return _suite(self._tls)

    def _outgoing(self) -> bytes:
        data = bytes(self._pipe.outgoing)
        self._pipe.outgoing.clear()
        return data


class _Stream:
    def __init__(self, tls: Any) -> None:
        self._tls = tls
        self.sendall = tls.sendall
        self.recv_into = tls.recv_into
        self.close = tls.close

    def suite(self) -> str:
        return _suite(self._tls)


def _suite(tls: Any) -> str:
    return str(CipherSuite.ietfNames[tls.session.cipherSuite])


CONTESTANT = TlsliteNg
