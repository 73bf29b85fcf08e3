"""dojang itself, through its public interface alone."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

from benchmarks.contestants import Endpoint, ResumingEndpoint, Stream
from benchmarks.plan import NAME, Plan
from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.events import DataReceived, TicketReceived
from dojang.engine.ticket import Ticket
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.net.blocking import TlsSocket
from dojang.pki.store import TrustStore
from dojang.wire.codes import CipherSuite, NamedGroup, Version

__all__ = ["CONTESTANT", "Dojang"]

_GROUPS = {"x25519": NamedGroup.X25519, "X25519MLKEM768": NamedGroup.X25519MLKEM768}


class Dojang:
    groups: ClassVar = frozenset(_GROUPS)
    verifies: ClassVar = True
    startup: ClassVar = """
import socket
from dojang.engine.config import ClientConfig
from dojang.net.blocking import connect
from dojang.pki.store import TrustStore
context = ClientConfig(trust=TrustStore.from_file(ROOT))
"""

    def __init__(self, plan: Plan) -> None:
        suites, groups = (CipherSuite[plan.suite],), (_GROUPS[plan.group],)
        # What ssl does not send is not sent here either: GREASE, requests for a staple and for timestamps.
        versions = (Version.TLS12 if plan.is_tls12 else Version.TLS13,)
        common: dict[str, Any] = {"suites": suites, "groups": groups, "versions": versions, "resumption": plan.resumes}
        trust = TrustStore.from_file(plan.root)
        self._client = ClientConfig(trust=trust, grease=False, request_status=False, **common)
        credential = Credential.from_files(plan.chain, plan.key)
        keys = RotatingTicketKeys() if plan.resumes else None
        self._server = ServerConfig(credentials=(credential,), ticket_keys=keys, tickets_sent=1, **common)
        self._memories = _memories()

    @staticmethod
    def version() -> str:
        try:
            return version("dojang")
        except PackageNotFoundError:  # run from a source tree by PYTHONPATH
            return "source"

    def client(self, name: str = NAME) -> Endpoint:
        return _Endpoint(Connection.client(self._client, name))

    def client_again(self, before: ResumingEndpoint) -> ResumingEndpoint:
        assert isinstance(before, _Endpoint)
        return _Endpoint(Connection.client(self._client, NAME, ticket=before.ticket))

    def server(self) -> Endpoint:
        return _Endpoint(Connection.server(self._server))

    def connect(self, sock: socket.socket) -> Stream:
        return _Stream(TlsSocket.client(sock, self._client, NAME))

    def accept(self, sock: socket.socket) -> Stream:
        return _Stream(TlsSocket.server(sock, self._server))

    def forget(self) -> None:
        for forget in self._memories:
            forget()


class _Endpoint:
    __slots__ = ("_connection", "ticket")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.ticket: Ticket | None = None

    def step(self, data: bytes) -> bytes:
        if data:
            for event in self._connection.receive(data):
                if isinstance(event, TicketReceived):
                    self.ticket = event.ticket
        return self._connection.data_to_send()

    def complete(self) -> bool:
        return self._connection.session is not None

    def resumed(self) -> bool:
        return self._connection.session is not None and self._connection.session.resumed is not None

    def seal(self, data: bytes) -> bytes:
        self._connection.send(data)
        return self._connection.data_to_send()

    def open(self, records: bytes) -> bytes:
        events = self._connection.receive(records)
        return b"".join(event.data for event in events if isinstance(event, DataReceived))

    def suite(self) -> str:
        return _suite(self._connection)


class _Stream:
    def __init__(self, tls: TlsSocket) -> None:
        self._tls = tls
        self.sendall = tls.sendall
        self.recv_into = tls.recv_into
        self.close = tls.close

    def suite(self) -> str:
        return _suite(self._tls)


def _memories() -> list[Callable[[], object]]:
    """What empties each memory of certificates, their keys and verdicts on them, wherever in dojang.pki it stands."""
    forgets = {}
    for part in ("certificate", "keys", "path", "signature", "verify"):
        module = sys.modules[f"dojang.pki.{part}"]
        for value in (module, *vars(module).values()):
            forget = getattr(value, "cache_clear", None) or getattr(value, "forget", None)
            if callable(forget):
                forgets[id(forget)] = forget
    return list(forgets.values())


def _suite(tls: Connection | TlsSocket) -> str:
    return "" if tls.session is None else tls.session.suite.name


CONTESTANT = Dojang
