"""However the transport cuts a flight: TLS 1.2 in all its key exchanges, resumption, early data, and what else came.

As in test_splitting, each shape is played once, then each side alone against the recording, cut at every position. What
is random by nature (signatures, RSA's padding, finite-field keys) is remembered from the first time it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dh

from dojang.crypto.groups import FiniteFieldShare
from dojang.crypto.signatures import sign
from dojang.engine.client import tls12 as client12
from dojang.engine.config import ClientAuth, Credential
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.server import tls12 as server12
from dojang.engine.session import Session
from dojang.engine.session_store import MemorySessions
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket import ExternalPsk, Ticket
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import (
    CertificateCompressionAlgorithm,
    CipherSuite,
    ExtensionType,
    NamedGroup,
    SignatureScheme,
    Version,
)
from dojang.wire.hello import ClientHello
from tests.engine.test_splitting import Played, answer_all, carry, check_same, clock, cuts
from tests.engine.test_splitting import act as act_as_before
from tests.pair import NAME, SeededEntropy, client_config, issued, pki, server_config

C = CipherSuite
BOTH12: dict[str, Any] = {"versions": (Version.TLS12,), "groups": (NamedGroup.X25519,), "revocation": None}
ECDSA = C.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
CHACHA = C.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
DHE = C.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
RSA = C.TLS_RSA_WITH_AES_256_GCM_SHA384
PSK = ExternalPsk(b"sensor 7", bytes(range(32)))
ZLIB = (CertificateCompressionAlgorithm.ZLIB,)
SHORT = (("client", "send"), ("server", "send"), ("server", "close"), ("client", "close"))


@dataclass(frozen=True)
class Shape:
    """Settings of both sides; whether an earlier visit gave a ticket; early data; what they do after the handshake.

    keeps: what the server keeps from visit to visit. again: how the last visit says that it was resumed.
    later: server settings that the last visit alone has.
    """

    client: Callable[[], dict[str, Any]] = dict
    server: Callable[[], dict[str, Any]] = dict
    version: Version = Version.TLS12
    keeps: str = ""
    again: str | None = None
    early: bytes = b""
    taken: bool | None = None
    later: tuple[tuple[str, Any], ...] = ()
    after: tuple[tuple[str, str], ...] = SHORT


def remembering(algorithm: str, purpose: str = "server") -> Credential:
    """A credential whose signatures over the same content are the same."""
    made = issued(algorithm, *(() if purpose == "server" else ("client.test",)), purpose=purpose)

    @cache
    def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        return sign(made.key, scheme, content)

    return Credential.from_signer(made.chain, signer)


CREDENTIALS = cache(remembering)


@cache
def rsa_credential() -> Credential:
    """One with its key at hand, for static RSA."""
    made = issued("rsa-2048")
    return Credential.from_pyca(made.chain, made.key)


def with_suite(*suites: CipherSuite, **more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"suites": suites, **more}


def without_exchange(message: HandshakeMessage) -> HandshakeMessage:
    """A hello that wants its pre-shared key alone."""
    if not isinstance(message, ClientHello):
        return message
    dropped = (ExtensionType.KEY_SHARE, ExtensionType.SUPPORTED_GROUPS)
    kept = tuple(entry for entry in message.extensions if entry.extension_type not in dropped)
    fields = {name: getattr(message, name) for name in type(message).codecs()}
    return ClientHello(**fields | {"extensions": kept})


ASKED: dict[str, Callable[[], dict[str, Any]]] = {
    "client": lambda: {"credential": CREDENTIALS("ecdsa-p256", "client")},
    "server": lambda: {
        "credentials": (CREDENTIALS("ecdsa-p256"),),
        "client_auth": ClientAuth.REQUIRED,
        "client_trust": pki().root.trust,
    },
}
EARLY: dict[str, Any] = {"version": Version.TLS13, "keeps": "keys", "again": "psk", "early": b"early data, " * 9}
P256, X25519 = NamedGroup.SECP256R1, NamedGroup.X25519
SHAPES: dict[str, Shape] = {
    "ecdhe_ecdsa": Shape(with_suite(ECDSA), lambda: {"credentials": (CREDENTIALS("ecdsa-p256"),)}),
    "chacha20": Shape(with_suite(CHACHA), dict),
    "dhe": Shape(
        with_suite(DHE, legacy_key_exchange=True),
        lambda: {"suites": (DHE,), "legacy_key_exchange": True, "credentials": (CREDENTIALS("rsa-2048"),)},
    ),
    "static_rsa": Shape(
        with_suite(RSA, legacy_key_exchange=True),
        lambda: {"suites": (RSA,), "legacy_key_exchange": True, "credentials": (rsa_credential(),)},
    ),
    "client_certificate": Shape(ASKED["client"], ASKED["server"]),
    "client_without_certificate": Shape(
        dict, lambda: {"client_auth": ClientAuth.OPTIONAL, "client_trust": pki().root.trust}
    ),
    "staple": Shape(
        dict, lambda: {"credentials": (replace(pki().server_credential, staple=b"an OCSP response", scts=(b"sct",)),)}
    ),
    "limits_12": Shape(lambda: {"record_size_limit": 100}, lambda: {"record_size_limit": 150}),
    # The first visits end with an ID and a ticket, the others begin with one.
    "new_session_id": Shape(keeps="sessions"),
    "new_session_ticket": Shape(keeps="keys"),
    "session_id": Shape(keeps="sessions", again="session id"),
    "session_ticket": Shape(keeps="keys", again="session ticket"),
    "client_resumed_with_its_certificate": Shape(
        ASKED["client"], ASKED["server"], keeps="keys", again="session ticket"
    ),
    "psk": Shape(version=Version.TLS13, keeps="keys", again="psk"),
    "psk_by_name": Shape(version=Version.TLS13, keeps="sessions", again="psk"),
    "psk_retried": Shape(
        lambda: {"groups": (X25519, P256)},
        version=Version.TLS13,
        keeps="keys",
        again="psk",
        later=(("groups", (P256,)),),
    ),
    "early_data_taken": Shape(server=lambda: {"early_data_limit": 1000}, taken=True, **EARLY),
    "early_data_rejected": Shape(
        server=lambda: {"early_data_limit": 1000}, taken=False, later=(("early_data_limit", 0),), **EARLY
    ),
    "early_data_rejected_by_retry": Shape(
        lambda: {"groups": (X25519, P256)},
        lambda: {"early_data_limit": 1000},
        taken=False,
        later=(("groups", (P256,)),),
        **EARLY,
    ),
    "early_data_rejected_with_its_ticket": Shape(
        server=lambda: {"early_data_limit": 1000},
        taken=False,
        later=(("ticket_keys", None),),
        **EARLY | {"again": None},
    ),
    "external_psk": Shape(
        lambda: {"psks": (PSK,)}, lambda: {"psks": (PSK,)}, version=Version.TLS13, again="external psk"
    ),
    "external_psk_alone": Shape(
        lambda: {"psks": (PSK,), "allow_psk_without_key_exchange": True, "danger_shape": without_exchange},
        lambda: {"psks": (PSK,), "allow_psk_without_key_exchange": True},
        version=Version.TLS13,
        again="external psk",
    ),
    "asked_later": Shape(
        lambda: {"post_handshake_auth": True, "credential": pki().client_credential},
        lambda: {"client_trust": pki().root.trust},
        version=Version.TLS13,
        after=(("client", "send"), ("server", "request"), ("server", "send"), ("client", "send"), ("client", "close")),
    ),
    "compressed": Shape(
        lambda: {"certificate_compression": ZLIB, "credential": pki().client_credential},
        lambda: {
            "certificate_compression": ZLIB,
            "client_auth": ClientAuth.REQUIRED,
            "client_trust": pki().root.trust,
        },
        version=Version.TLS13,
    ),
    "limits_13": Shape(lambda: {"record_size_limit": 100}, lambda: {"record_size_limit": 150}, version=Version.TLS13),
}


@dataclass
class Stage:
    """What lies before the connection that is cut: stores and a ticket."""

    shape: Shape
    keys: RotatingTicketKeys = field(default_factory=RotatingTicketKeys)
    kept: dict[bytes, tuple[bytes, float]] = field(default_factory=dict)
    ticket: Ticket | None = None

    def begin(self, side: str, *, first: bool = False) -> Connection:
        shape = self.shape
        if side == "client":
            mine = BOTH12 | {"versions": (shape.version,)} | shape.client()
            entropy = SeededEntropy(3 if first else 1)
            config = client_config(clock=clock, entropy=entropy, **mine)
            return Connection.client(config, NAME, ticket=self.ticket, early_data=shape.early if not first else b"")
        settings: dict[str, Any] = {"versions": (shape.version,)}
        settings |= {"clock": clock, "tickets_sent": 1} | self.stores() | shape.server()
        settings |= {} if first else dict(shape.later)
        return Connection.server(server_config(entropy=SeededEntropy(4 if first else 2), **settings))

    def stores(self) -> dict[str, Any]:
        if self.shape.keeps == "keys":
            return {"ticket_keys": self.keys, "strikes": MemoryStrikes()}
        if self.shape.keeps == "sessions":
            sessions = MemorySessions(clock=clock)
            for identity, (value, expires) in self.kept.items():
                sessions.put(identity, value, expires)
            return {"sessions": sessions}
        return {}

    def visit(self) -> None:
        """The first visit, for its ticket."""
        ends = {side: self.begin(side, first=True) for side in ("client", "server")}
        played = {side: Played() for side in ends}
        carry(ends, played)
        self.ticket = next(event.ticket for event in played["client"].events if isinstance(event, TicketReceived))
        sessions = getattr(ends["server"]._config, "sessions", None)
        if sessions is not None:
            self.kept = dict(sessions._kept)


@cache
def staged(name: str) -> tuple[Stage, dict[str, Played]]:
    """A shape's stage, and the recording of its two sides; made once, as it is only read."""
    shape = SHAPES[name]
    stage = Stage(shape)
    if shape.keeps and (shape.again or shape.early):
        stage.visit()
    ends = {side: stage.begin(side) for side in ("client", "server")}
    played = {side: Played() for side in ends}
    carry(ends, played)
    for side, action in shape.after:
        act(ends[side], action)
        played[side].turns.append((action, b""))
        carry(ends, played)
    for side, end in ends.items():
        assert end.session is not None
        assert end.session.version is shape.version
        assert end.session.resumed == shape.again
        assert end.session.early_data is (shape.taken if shape.early else None)
        played[side].session = end.session
    return stage, played


def act(end: Connection, action: str) -> None:
    if action == "request":
        end.request_certificate()
    elif action == "send":
        end.send(b"some data, " * 20)
    else:
        act_as_before(end, action)


def replay(stage: Stage, side: str, played: Played, cut: Callable[[int, bytes], list[bytes]]) -> Played:
    """One end anew, the recorded bytes cut as `cut` says."""
    end, again = stage.begin(side), Played()
    again.sent += end.data_to_send()
    for index, (action, data) in enumerate(played.turns):
        if action != "receive":
            act(end, action)
            again.sent += end.data_to_send()
            continue
        for piece in cut(index, data):
            again.events += end.receive(piece)
            answer_all(end)
            again.sent += end.data_to_send()
        again.events += end.receive(b"")
    again.session = end.session
    return again


@pytest.fixture(autouse=True)
def repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSA's padding and finite-field keys as they were the first time."""
    monkeypatch.setattr(client12.ClientFlight12, "encrypt_pre_master", same_encryption)
    monkeypatch.setattr(client12, "FiniteFieldShare", ClientShare)
    monkeypatch.setattr(server12, "FiniteFieldShare", ServerShare)


encrypt_pre_master = client12.ClientFlight12.encrypt_pre_master
_encrypted: dict[bytes, tuple[bytes, bytes]] = {}


def same_encryption(flight: client12.ClientFlight12) -> tuple[bytes, bytes]:
    pre_master, encrypted = encrypt_pre_master(flight)
    return _encrypted.setdefault(pre_master, (pre_master, encrypted))


@cache
def private(side: str, prime: int, generator: int) -> dh.DHPrivateKey:
    return FiniteFieldShare(prime, generator=generator).private


class ClientShare(FiniteFieldShare):
    """The client's, always the same."""

    def __init__(self, prime: int, generator: int = 2) -> None:
        super().__init__(prime, private("client", prime, generator), generator)


class ServerShare(FiniteFieldShare):
    """The server's."""

    def __init__(self, prime: int, generator: int = 2) -> None:
        super().__init__(prime, private("server", prime, generator), generator)


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("name", list(SHAPES))
def test_byte_by_byte(name: str, side: str) -> None:
    stage, both = staged(name)
    played = both[side]
    check_same(replay(stage, side, played, lambda index, data: [data]), played)
    check_same(replay(stage, side, played, lambda index, data: [data[i : i + 1] for i in range(len(data))]), played)


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("name", list(SHAPES))
def test_cut_at_every_position(name: str, side: str) -> None:
    stage, both = staged(name)
    played = both[side]
    count = 0
    for cut in cuts(played):
        check_same(replay(stage, side, played, cut), played)
        count += 1
    assert count == sum(len(data) - 1 for action, data in played.turns if action == "receive")
    assert count > 200


def test_the_shapes_are_what_they_say() -> None:
    exchanges = {
        name: session_of(name).key_exchange for name in ("dhe", "static_rsa", "external_psk_alone", "session_id")
    }
    assert exchanges == {
        "dhe": "ffdhe2048",
        "static_rsa": "RSA",
        "external_psk_alone": "PSK",
        "session_id": "resumed",
    }
    assert session_of("staple").staple == b"an OCSP response"
    assert [name for name in SHAPES if session_of(name).retried] == ["psk_retried", "early_data_rejected_by_retry"]


def session_of(name: str) -> Session:
    session = staged(name)[1]["client"].session
    assert session is not None
    return session
