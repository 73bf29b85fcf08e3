"""Two ends of a connection in memory, and what they need: certificates made once per run, a clock, randomness.

client, server = pair(client_config(alpn=("h2",)), server_config(alpn=("h2",)))
shake(client, server)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, x25519

from dojang.crypto.groups import GROUPS, CurveShare, Share, X25519Share
from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.events import DataReceived, Event, HandshakeCompleted, PeerClosed
from dojang.engine.flight import Observer
from dojang.errors import TlsError
from dojang.pki.authority import Authority, Issued
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import NamedGroup, Version

NAME = "name.test"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Pki:
    """A root, an intermediate, and an Ed25519 certificate for each side: quick to make and to check."""

    root: Authority
    authority: Authority
    server: Issued
    client: Issued

    @property
    def server_credential(self) -> Credential:
        return Credential.from_pyca(self.server.chain, self.server.key)

    @property
    def client_credential(self) -> Credential:
        return Credential.from_pyca(self.client.chain, self.client.key)


@cache
def pki() -> Pki:
    """The session's certificates."""
    root = Authority.create_root("pair root", algorithm="ed25519")
    authority = root.create_intermediate("pair intermediate", algorithm="ed25519")
    return Pki(
        root,
        authority,
        authority.issue([NAME, "*.wild.test", "127.0.0.1"], algorithm="ed25519"),
        authority.issue(["client.test"], purpose="client", algorithm="ed25519"),
    )


@cache
def issued(algorithm: str, *names: str, purpose: str = "server") -> Issued:
    """A certificate of the session's authority with another kind of key or for other names."""
    return pki().authority.issue(names or (NAME,), algorithm=algorithm, purpose=purpose)


def credential(algorithm: str, *names: str, purpose: str = "server") -> Credential:
    """The same as a credential."""
    made = issued(algorithm, *names, purpose=purpose)
    return Credential.from_pyca(made.chain, made.key)


class SeededEntropy:
    """Randomness that can be had again; x25519 and P-256 are repeatable, other groups are not."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)

    def random(self, size: int) -> bytes:
        return self.source.randbytes(size)

    def start(self, group: NamedGroup) -> Share:
        if group is NamedGroup.X25519:
            return X25519Share(x25519.X25519PrivateKey.from_private_bytes(self.random(32)))
        if group is NamedGroup.SECP256R1:
            scalar = 1 + int.from_bytes(self.random(40), "big") % (P256_ORDER - 1)
            return CurveShare(ec.SECP256R1(), ec.derive_private_key(scalar, ec.SECP256R1()))
        return GROUPS[group].start()

    def answer(self, group: NamedGroup, share: bytes) -> tuple[bytes, bytes]:
        if group not in (NamedGroup.X25519, NamedGroup.SECP256R1):
            return GROUPS[group].answer(share)
        own = self.start(group)
        return own.public, own.agree(share)


def client_config(seed: int | None = None, **settings: Any) -> ClientConfig:
    """A client that trusts the session's root; x25519 and TLS 1.3 alone unless something else is given."""
    defaults: dict[str, Any] = {
        "trust": pki().root.trust,
        "groups": (NamedGroup.X25519,),
        "versions": (Version.TLS13,),
    }
    if seed is not None:
        defaults["entropy"] = SeededEntropy(seed)
    return ClientConfig(**defaults | settings)


def server_config(seed: int | None = None, **settings: Any) -> ServerConfig:
    """A server with the session's credential, and TLS 1.3 alone."""
    defaults: dict[str, Any] = {"credentials": (pki().server_credential,), "versions": (Version.TLS13,)}
    if seed is not None:
        defaults["entropy"] = SeededEntropy(seed)
    return ServerConfig(**defaults | settings)


def pair(
    client: ClientConfig | None = None,
    server: ServerConfig | None = None,
    name: str | None = NAME,
    *,
    client_observer: Observer | None = None,
    server_observer: Observer | None = None,
) -> tuple[Connection, Connection]:
    """Both ends, nothing exchanged yet."""
    return (
        Connection.client(client or client_config(), name, observer=client_observer),
        Connection.server(server or server_config(), observer=server_observer),
    )


def established(
    client: ClientConfig | None = None, server: ServerConfig | None = None
) -> tuple[Connection, Connection]:
    """Both ends after the handshake."""
    ends = pair(client, server)
    shake(*ends)
    assert ends[0].session is not None
    assert ends[1].session is not None
    return ends


def shake(client: Connection, server: Connection) -> tuple[list[Event], list[Event]]:
    """Carry bytes both ways and answer questions until neither has any; each end's events. Errors come through."""
    events: tuple[list[Event], list[Event]] = ([], [])
    moved = True
    while moved:
        moved = False
        for end, other, found in ((client, server, events[1]), (server, client, events[0])):
            if end.question is not None:
                end.answer(end.question.ask())
                moved = True
            if data := end.data_to_send():
                found += other.receive(data)
                moved = True
    return events


def shake_to_errors(client: Connection, server: Connection) -> tuple[TlsError | None, TlsError | None]:
    """The same, keeping each end's error instead of raising it."""
    for _ in range(20):
        quiet = True
        for end, other in ((client, server), (server, client)):
            if end.question is not None:
                quiet = False
                with suppress(TlsError):
                    answer_question(end)
            data = end.data_to_send()
            if data and other.error is None:
                quiet = False
                with suppress(TlsError):
                    other.receive(data)
        if quiet:
            return client.error, server.error
    raise AssertionError("the two ends never come to rest")


def answer_question(end: Connection) -> None:
    """What an adapter does with a question whose answer is not awaitable."""
    assert end.question is not None
    try:
        answer = end.question.ask()
    except Exception as error:
        end.refuse(error)
    else:
        end.answer(answer)


def gathered(events: list[Event]) -> tuple[list[str], bytes]:
    """The kinds of events, runs of data as one, and the data: what must not depend on how bytes were split."""
    kinds: list[str] = []
    data = bytearray()
    for event in events:
        if isinstance(event, DataReceived):
            data += event.data
        kind = type(event).__name__
        if kind != "DataReceived" or kinds[-1:] != [kind]:
            kinds.append(kind)
    return kinds, bytes(data)


@dataclass
class Notes:
    """An observer that writes down what it is told."""

    messages: list[tuple[str, HandshakeMessage, bytes, str]] = field(default_factory=list)
    alerts: list[tuple[str, int, int, str]] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)
    change_cipher_specs: list[str] = field(default_factory=list)
    data: dict[str, int] = field(default_factory=dict)

    def message(self, sender: str, message: HandshakeMessage, raw: bytes, epoch: str) -> None:
        self.messages.append((sender, message, raw, epoch))

    def change_cipher_spec(self, sender: str) -> None:
        self.change_cipher_specs.append(sender)

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None:
        self.alerts.append((sender, level, description, epoch))

    def secret(self, label: str, secret: bytes) -> None:
        self.secrets[label] = secret

    def application_data(self, sender: str, size: int) -> None:
        self.data[sender] = self.data.get(sender, 0) + size


Shape = Callable[[HandshakeMessage], HandshakeMessage]

__all__ = [
    "NAME",
    "DataReceived",
    "HandshakeCompleted",
    "Notes",
    "PeerClosed",
    "SeededEntropy",
    "Shape",
    "answer_question",
    "client_config",
    "credential",
    "established",
    "gathered",
    "issued",
    "pair",
    "pki",
    "server_config",
    "shake",
    "shake_to_errors",
]
