"""The second half of `dojang demo`, done: the same visit in four ways, recorded on the way; then second visits.

The eavesdropper is real: `Visit.read_with` gives a recording and a private key to the dissector of captures, which
knows nothing else of the connection. Knows no prose.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from dojang.capture.dissect import Dissection
from dojang.capture.secrets import Secrets
from dojang.capture.steps import Data
from dojang.cli.demo_stage import BOOKS, LOOPBACK, PATIENCE, Stage, running
from dojang.cli.ladder import Ladder, Rung
from dojang.engine.config import ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.session import Session
from dojang.engine.session_store import MemorySessions
from dojang.engine.ticket import MemoryTickets
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.net.blocking import TlsSocket
from dojang.wire.codes import CipherSuite, Version

__all__ = ["FOUR_WAYS", "Comparison", "Visit", "compare"]

FOUR_WAYS = {
    "tls13": CipherSuite.TLS_AES_128_GCM_SHA256,
    "ecdhe": CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    "dhe": CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    "rsa": CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
}
TRIES = 5  # of which the median is told


@dataclass(slots=True)
class Visit:
    """A visit and its recording: (sender, bytes) in the order they passed.

    handshake_size: bytes on the wire, both directions, until the request could go out. seconds: that long it took.
    """

    ladder: Ladder = field(default_factory=Ladder)
    recording: list[tuple[str, bytes]] = field(default_factory=list)
    session: Session | None = None
    handshake_size: int = 0
    seconds: float = 0.0
    response: str = ""

    @property
    def handshake(self) -> list[Rung]:
        """The messages before the request."""
        rungs = [step for step in self.ladder.steps if isinstance(step, Rung)]
        first = next((place for place, rung in enumerate(rungs) if rung.kind == "data"), len(rungs))
        return [rung for rung in rungs[:first] if rung.kind == "message"]

    @property
    def round_trips(self) -> int:
        """How often the client waited for the server before its request could go out."""
        senders = [rung.sender for rung in self.handshake]
        return sum(one == "client" and other == "server" for one, other in pairwise(senders))

    @property
    def shows_certificate(self) -> bool:
        """Whether anyone on the way can read the certificates."""
        return any(rung.name == "Certificate" and rung.epoch == "plaintext" for rung in self.handshake)

    def read_with(self, key: object) -> str:
        """What somebody who recorded this, and has the server's RSA private key now, can read of the data."""
        secrets = Secrets()
        secrets.add_rsa_key(key)
        dissection = Dissection(secrets)
        for number, (sender, data) in enumerate(self.recording):
            dissection.feed(sender, data, (0.0, number))
        dissection.finish()
        return b"".join(bytes(step.content) for step in dissection.steps if isinstance(step, Data)).decode()


@dataclass(frozen=True, slots=True)
class Comparison:
    """first: a full visit in each of FOUR_WAYS. read: what the server's key opens of each recording.

    again: second visits, and the full ones they are measured by: "full12", "id", "ticket", "full13", "psk".
    """

    first: dict[str, Visit]
    read: dict[str, str]
    again: dict[str, Visit]

    def as_expected(self) -> bool:
        """Whether only static RSA could be read, and every second visit was resumed as it should be."""
        readable = {name: bool(text) for name, text in self.read.items()}
        resumed = {name: visit.session.resumed if visit.session else "?" for name, visit in self.again.items()}
        return readable == {name: name == "rsa" for name in FOUR_WAYS} and resumed == {
            "full12": None,
            "id": "session id",
            "ticket": "session ticket",
            "full13": None,
            "psk": "psk",
        }

    def to_json(self) -> dict[str, object]:
        """Plain values, stable keys."""
        first = {name: {**_numbers(visit), "read_with_key": self.read[name]} for name, visit in self.first.items()}
        return {"versions": first, "resumption": {name: _numbers(visit) for name, visit in self.again.items()}}


def compare(stage: Stage) -> Comparison:
    """All of it, on loopback."""
    credential = stage.apply(BOOKS, algorithm="rsa-2048")
    common: dict[str, Any] = {"credentials": (credential,), "legacy_key_exchange": True, "alpn": ("http/1.1",)}
    with running(ServerConfig(**common, resumption=False)) as port:
        first = {name: _visit(stage, port, _config(stage, suite)) for name, suite in FOUR_WAYS.items()}
    with (
        running(ServerConfig(**common, sessions=MemorySessions())) as remembering,
        running(ServerConfig(**common, ticket_keys=RotatingTicketKeys())) as sealing,
    ):
        again = _second_visits(stage, remembering, sealing)
    return Comparison(first, {name: visit.read_with(credential.key) for name, visit in first.items()}, again)


def _second_visits(stage: Stage, remembering: int, sealing: int) -> dict[str, Visit]:
    old, new = FOUR_WAYS["ecdhe"], FOUR_WAYS["tls13"]
    full12, by_id = _twice(stage, remembering, old)
    _, by_ticket = _twice(stage, sealing, old)
    full13, by_psk = _twice(stage, sealing, new)
    return {"full12": full12, "id": by_id, "ticket": by_ticket, "full13": full13, "psk": by_psk}


def _twice(stage: Stage, port: int, suite: CipherSuite) -> tuple[Visit, Visit]:
    """Full visits and visits that follow them, TRIES of each; of each the one whose time is the median."""
    full, again = [], []
    for _ in range(TRIES):
        config = _config(stage, suite, tickets=MemoryTickets())
        full.append(_visit(stage, port, config))
        again.append(_visit(stage, port, config))
    return _typical(full), _typical(again)


def _typical(visits: list[Visit]) -> Visit:
    middle = median(visit.seconds for visit in visits)
    return next(visit for visit in visits if visit.seconds == middle)


def _config(stage: Stage, suite: CipherSuite, **options: Any) -> ClientConfig:
    version = Version.TLS13 if suite is FOUR_WAYS["tls13"] else Version.TLS12
    return ClientConfig(
        trust=stage.trust,
        alpn=("http/1.1",),
        versions=(version,),
        suites=(suite,),
        legacy_key_exchange=suite in (FOUR_WAYS["dhe"], FOUR_WAYS["rsa"]),
        **options,
    )


def _visit(stage: Stage, port: int, config: ClientConfig) -> Visit:
    visit = Visit()
    with socket.create_connection((LOOPBACK, port), PATIENCE) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tap = _Tap(sock, visit.recording)
        began = time.perf_counter()
        connection = Connection.client(config, BOOKS, observer=visit.ladder)
        with TlsSocket(tap, connection) as tls:
            tls.do_handshake()
            visit.seconds = time.perf_counter() - began
            visit.handshake_size = sum(len(data) for _, data in visit.recording)
            visit.session = tls.session
            tls.sendall(stage.request(BOOKS).encode())
            visit.response = b"".join(iter(tls.recv, b"")).decode()
    return visit


class _Tap(socket.socket):
    """The socket, with somebody on the line who writes everything down."""

    def __init__(self, sock: socket.socket, recording: list[tuple[str, bytes]]) -> None:
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.settimeout(PATIENCE)
        self._recording = recording

    def send(self, data: Any, flags: int = 0, /) -> int:
        size = super().send(data, flags)
        self._recording.append(("client", bytes(data[:size])))
        return size

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        size = super().recv_into(buffer, nbytes, flags)
        if size:
            self._recording.append(("server", bytes(buffer[:size])))
        return size


def _numbers(visit: Visit) -> dict[str, object]:
    assert visit.session is not None
    return {
        "version": visit.session.version.label,
        "suite": visit.session.suite.label,
        "key_exchange": visit.session.key_exchange,
        "resumed": visit.session.resumed,
        "messages": [rung.name for rung in visit.handshake],
        "round_trips": visit.round_trips,
        "handshake_bytes": visit.handshake_size,
        "handshake_seconds": round(visit.seconds, 6),
        "certificate_in_the_clear": visit.shows_certificate,
    }
