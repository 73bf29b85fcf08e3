"""What TLS 1.2 forbids, and what resumption must not do: each rule with the peer that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding

from dojang.engine.client import tls12 as client12
from dojang.engine.config import ClientAuth
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.server import tls12 as server12
from dojang.engine.session_store import MemorySessions
from dojang.engine.ticket import Ticket
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import AlertReceived, PeerMisbehaved, TlsError
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, CipherSuite, ContentType, ExtensionType, HandshakeType, Version
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello, ServerHello
from dojang.wire.messages12 import EncryptedPreMasterSecret, ServerDhParams
from tests.pair import (
    NAME,
    Notes,
    client_config,
    credential,
    gathered,
    pair,
    pki,
    server_config,
    shake,
    shake_to_errors,
)
from tests.scripted import framed

C, E, H = CipherSuite, ExtensionType, HandshakeType
TLS12: dict[str, Any] = {"versions": (Version.TLS12,)}
BOTH: dict[str, Any] = {"versions": (Version.TLS13, Version.TLS12)}
LEGACY: dict[str, Any] = TLS12 | {"legacy_key_exchange": True, "suites": (C.TLS_RSA_WITH_AES_128_GCM_SHA256,)}


def ends(client: dict[str, Any] | None = None, server: dict[str, Any] | None = None) -> tuple[Connection, Connection]:
    return pair(client_config(**TLS12 | (client or {})), server_config(**TLS12 | (server or {})))


def errors(client: dict[str, Any], server: dict[str, Any]) -> tuple[TlsError | None, TlsError | None]:
    return shake_to_errors(*ends(client, server))


def check_client_refuses(found: tuple[TlsError | None, TlsError | None], alert: Alert) -> None:
    assert found[0] is not None
    assert not isinstance(found[0], AlertReceived)
    assert found[0].alert is alert, found[0]
    assert isinstance(found[1], AlertReceived)
    assert found[1].description is alert


def check_server_refuses(found: tuple[TlsError | None, TlsError | None], alert: Alert) -> None:
    check_client_refuses((found[1], found[0]), alert)


def reshaped(kind: type[HandshakeMessage], change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A danger_shape that changes some fields of one kind of message."""

    def shape(message: HandshakeMessage) -> HandshakeMessage:
        if not isinstance(message, kind):
            return message
        fields = {name: getattr(message, name) for name in type(message).codecs()}
        return type(message)(**fields | change(fields))

    return shape


def without(*kinds: ExtensionType) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda fields: {"extensions": tuple(e for e in fields["extensions"] if e.extension_type not in kinds)}


# Static RSA: whatever is wrong with the pre-master secret looks like a wrong Finished.


def raw_encrypt(flight: client12.ClientFlight12, block: bytes) -> bytes:
    numbers: Any = flight.server_key
    n, e = numbers.public_numbers().n, numbers.public_numbers().e
    encrypted: int = pow(int.from_bytes(block, "big"), e, n)
    return encrypted.to_bytes(256, "big")


def padded(flight: client12.ClientFlight12, secret: bytes) -> bytes:
    key: Any = flight.server_key
    encrypted: bytes = key.encrypt(secret, padding.PKCS1v15())
    return encrypted


WRONG: dict[str, Callable[[client12.ClientFlight12], bytes]] = {
    "padding": lambda flight: raw_encrypt(flight, b"\0\1" + b"\xaa" * 205 + b"\0" + b"\3\3" + bytes(46)),
    "no zero": lambda flight: raw_encrypt(flight, b"\0\2" + b"\xaa" * 254),
    "short padding": lambda flight: raw_encrypt(flight, b"\0\2" + b"\xaa" * 3 + b"\0" + b"\3\3" + bytes(248)),
    "zeros": lambda flight: bytes(256),
    "version": lambda flight: padded(flight, b"\3\2" + bytes(46)),
    "too short": lambda flight: padded(flight, b"\3\3" + bytes(45)),
    "too long": lambda flight: padded(flight, b"\3\3" + bytes(47)),
    "empty": lambda flight: padded(flight, b""),
    "other secret": lambda flight: padded(flight, b"\3\3" + b"\1" * 46),
    "cut": lambda flight: padded(flight, b"\3\3" + bytes(46))[:-1],
    "above the modulus": lambda flight: b"\xff" * 256,
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_every_wrong_pre_master_secret_looks_the_same(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 5246 section 7.4.7.1: the same alert, at the same message, after the same flight."""

    def encrypt(flight: client12.ClientFlight12) -> tuple[bytes, bytes]:
        return b"\3\3" + bytes(46), EncryptedPreMasterSecret(WRONG[wrong](flight)).encode()

    monkeypatch.setattr(client12.ClientFlight12, "encrypt_pre_master", encrypt)
    client, server = ends(LEGACY, LEGACY | {"credentials": (credential("rsa-2048"),)})
    server.receive(client.data_to_send())
    client.receive(server.data_to_send())
    flight = client.data_to_send()
    size = 5 + int.from_bytes(flight[3:5], "big")
    assert server.receive(flight[:size]) == []  # ClientKeyExchange
    assert server.receive(flight[size : size + 6]) == []  # change_cipher_spec
    assert server.data_to_send() == b""
    with pytest.raises(PeerMisbehaved) as caught:
        server.receive(flight[size + 6 :])
    assert caught.value.alert is Alert.BAD_RECORD_MAC
    assert server.data_to_send() == bytes((21, 3, 3, 0, 2, 2, Alert.BAD_RECORD_MAC))
    assert caught.value.reason == "record 0 does not open with its key"


def test_the_right_pre_master_secret_is_taken() -> None:
    client, server = ends(LEGACY, LEGACY | {"credentials": (credential("rsa-2048"),)})
    shake(client, server)
    assert server.session is not None
    assert server.session.key_exchange == "RSA"


# What a server must not do.


@pytest.mark.parametrize("bits", [512, 1024, 1536, 2047])
def test_a_small_group_is_refused(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = C.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
    settings = TLS12 | {"legacy_key_exchange": True, "suites": (suite,)}
    prime = (1 << (bits - 1)) | 1
    params = ServerDhParams(prime.to_bytes((bits + 7) // 8, "big"), b"\2", b"\3" * 32).encode()
    right = server12.ServerFlight12.dh_share
    monkeypatch.setattr(server12.ServerFlight12, "dh_share", lambda flight: (right(flight)[0], params))
    found = errors(settings, settings | {"credentials": (credential("rsa-2048"),)})
    check_client_refuses(found, Alert.INSUFFICIENT_SECURITY)


def test_a_signature_over_other_randoms(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ServerKeyExchange of another connection: its signature is right, but not here."""
    right = server12.ServerFlight12.send_server_key_exchange

    def send(flight: server12.ServerFlight12, own: Any) -> Any:
        kept, flight.client_random = flight.client_random, bytes(32)
        share = yield from right(flight, own)
        flight.client_random = kept
        return share

    monkeypatch.setattr(server12.ServerFlight12, "send_server_key_exchange", send)
    check_client_refuses(errors({}, {}), Alert.DECRYPT_ERROR)


@pytest.mark.parametrize("kind", [E.EXTENDED_MASTER_SECRET, E.RENEGOTIATION_INFO])
def test_what_a_server_must_confirm(kind: ExtensionType) -> None:
    found = errors({}, {"danger_shape": reshaped(ServerHello, without(kind))})
    check_client_refuses(found, Alert.HANDSHAKE_FAILURE)


def test_a_client_without_extended_master_secret() -> None:
    shape = reshaped(ClientHello, without(E.EXTENDED_MASTER_SECRET))
    check_server_refuses(errors({"danger_shape": shape}, {}), Alert.HANDSHAKE_FAILURE)


def test_old_peers_where_they_are_allowed() -> None:
    shape = reshaped(ClientHello, without(E.EXTENDED_MASTER_SECRET, E.RENEGOTIATION_INFO))
    allowed = {"require_extended_master_secret": False}
    client, server = ends(allowed | {"danger_shape": shape}, allowed)
    shake(client, server)
    assert client.session is not None
    assert client.session.extended_master_secret is False


@pytest.mark.parametrize("kind", [ClientHello, ServerHello])
def test_a_renegotiation_in_a_first_handshake(kind: type[HandshakeMessage]) -> None:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        kept = without(E.RENEGOTIATION_INFO)(fields)["extensions"]
        return {"extensions": (*kept, Extension(E.RENEGOTIATION_INFO, b"\x0c" + bytes(12)))}

    shape = {"danger_shape": reshaped(kind, change)}
    if kind is ClientHello:
        check_server_refuses(errors(shape, {}), Alert.HANDSHAKE_FAILURE)
    else:
        check_client_refuses(errors({}, shape), Alert.HANDSHAKE_FAILURE)


@pytest.mark.parametrize("sentinel", [b"DOWNGRD\x01", b"DOWNGRD\x00"])
def test_downgrade_sentinels(sentinel: bytes) -> None:
    shape = reshaped(ServerHello, lambda fields: {"random": fields["random"][:24] + sentinel})
    check_client_refuses(errors(BOTH, {"danger_shape": shape}), Alert.ILLEGAL_PARAMETER)
    assert errors({}, {"danger_shape": shape}) == (None, None)  # a client of TLS 1.2 alone reads them as random


def test_a_server_that_speaks_newer_says_so() -> None:
    notes = Notes()
    client, server = pair(client_config(**TLS12), server_config(**BOTH), client_observer=notes)
    shake(client, server)
    hello = next(message for _, message, _, _ in notes.messages if isinstance(message, ServerHello))
    assert hello.random[24:] == b"DOWNGRD\x01"


def test_fallback() -> None:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        return {"cipher_suites": (*fields["cipher_suites"], C.TLS_FALLBACK_SCSV)}

    shape = {"danger_shape": reshaped(ClientHello, change)}
    check_server_refuses(errors(shape, BOTH), Alert.INAPPROPRIATE_FALLBACK)
    assert errors(shape, {}) == (None, None)


def test_a_hello_request_is_declined() -> None:
    client, server = ends()
    shake(client, server)
    server._write.send_message(framed(H.HELLO_REQUEST, b""))
    server.send(b"and data")
    assert gathered(client.receive(server.data_to_send()))[1] == b"and data"
    answer = client.data_to_send()
    assert answer[0] == ContentType.ALERT
    assert server.receive(answer) == []  # no_renegotiation, a warning
    client.send(b"goes on")
    assert gathered(server.receive(client.data_to_send()))[1] == b"goes on"


def test_a_renegotiation_is_declined() -> None:
    client, server = ends()
    hello = client.data_to_send()
    server.receive(hello)
    shake(client, server)
    client._write.send_message(hello[5:])
    client.send(b"and data")
    assert gathered(server.receive(client.data_to_send()))[1] == b"and data"
    answer = server.data_to_send()
    assert answer[0] == ContentType.ALERT
    client.receive(answer)
    server.send(b"goes on")
    assert gathered(client.receive(server.data_to_send()))[1] == b"goes on"
    assert server.session is not None


# Resumption.


@dataclass
class Shop:
    """A server that remembers, and the clock of both sides."""

    by: str
    now: float
    keys: RotatingTicketKeys = field(default_factory=lambda: RotatingTicketKeys(period=100, lifetime=50))
    server: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sessions = MemorySessions(clock=self.clock)

    def clock(self) -> float:
        return self.now

    def visit(
        self, ticket: Ticket | None = None, *, server: dict[str, Any] | None = None, **client: Any
    ) -> tuple[Connection, Ticket | None]:
        keeps = {"ticket_keys": self.keys} if self.by == "ticket" else {"sessions": self.sessions}
        common = TLS12 | {"clock": self.clock}
        name = client.pop("name", NAME)
        mine = Connection.client(client_config(**common | self.client | client), name, ticket=ticket)
        theirs = Connection.server(server_config(**common | keeps | self.server | (server or {})))
        events, _ = shake(mine, theirs)
        assert mine.session is not None
        assert theirs.session is not None
        assert mine.session.resumed == theirs.session.resumed
        found = [event.ticket for event in events if isinstance(event, TicketReceived)]
        return mine, found[0] if found else None


def changed(ticket: Ticket, **fields: Any) -> Ticket:
    """The same ticket but for these fields."""
    return Ticket(**{name: getattr(ticket, name) for name in Ticket.codecs()} | fields)


def resumed(visit: tuple[Connection, Ticket | None]) -> bool:
    assert visit[0].session is not None
    return visit[0].session.resumed is not None


@pytest.fixture(params=["ticket", "id"])
def shop(request: pytest.FixtureRequest) -> Shop:
    made = pki().server.certificate.not_valid_before_utc.timestamp()
    return Shop(request.param, (made // 100 + 40) * 100)


def first(shop: Shop, **settings: Any) -> Ticket:
    _, ticket = shop.visit(**settings)
    assert ticket is not None
    return ticket


def test_a_session_is_resumed(shop: Shop) -> None:
    assert resumed(shop.visit(first(shop)))


def test_another_name_resumes_nothing(shop: Shop) -> None:
    ticket = first(shop)
    renamed = changed(ticket, server_name=b"a.wild.test")
    assert not resumed(shop.visit(renamed, name="a.wild.test"))  # the client's check is out of the way
    assert not resumed(shop.visit(ticket, name="a.wild.test"))
    assert resumed(shop.visit(ticket))


def test_other_client_authentication_resumes_nothing(shop: Shop) -> None:
    ticket = first(shop)
    asks = {"client_auth": ClientAuth.REQUIRED, "client_trust": pki().root.trust}
    assert not resumed(shop.visit(ticket, server=asks, credential=pki().client_credential))


def test_a_suite_no_longer_spoken_resumes_nothing(shop: Shop) -> None:
    suites = (C.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, C.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)
    ticket = first(shop, suites=suites[:1])
    assert not resumed(shop.visit(ticket, server={"suites": suites[1:]}, suites=suites))


def test_an_expired_session_is_not_resumed(shop: Shop) -> None:
    shop.server = {"ticket_lifetime": 20}
    ticket = changed(first(shop), lifetime=1000)
    shop.now += 19
    assert resumed(shop.visit(ticket))
    shop.now += 2
    assert not resumed(shop.visit(ticket))


def test_the_client_offers_nothing_expired(shop: Shop) -> None:
    ticket = changed(first(shop), lifetime=10)
    shop.now += 11
    assert not resumed(shop.visit(ticket))


def test_a_rotated_out_key_opens_nothing(shop: Shop) -> None:
    shop.by = "ticket"
    ticket = changed(first(shop), lifetime=10_000)
    shop.server = {"ticket_lifetime": 10_000}
    shop.now += 140  # one period and some: open only
    assert resumed(shop.visit(changed(ticket, created=int(shop.now)))) is True
    shop.now += 20
    assert not resumed(shop.visit(changed(ticket, created=int(shop.now))))


def test_cut_and_altered_tickets_cost_a_full_handshake(shop: Shop) -> None:
    ticket = first(shop)
    kind = "identity" if ticket.identity else "session_id"
    right: bytes = getattr(ticket, kind)
    for at in range(0, len(right), 1 if len(right) <= 32 else 29):
        assert not resumed(
            shop.visit(changed(ticket, **{kind: right[:at] + bytes((right[at] ^ 1,)) + right[at + 1 :]}))
        )
        if at:
            assert not resumed(shop.visit(changed(ticket, **{kind: right[:at]})))
    assert resumed(shop.visit(ticket))


def test_a_server_that_changes_the_suite_on_resumption(shop: Shop) -> None:
    other = C.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    ticket = first(shop, suites=(C.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,))
    shape = reshaped(ServerHello, lambda fields: {"cipher_suite": other})
    with pytest.raises(PeerMisbehaved) as caught:
        shop.visit(ticket, server={"danger_shape": shape}, suites=(C.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, other))
    assert caught.value.alert is Alert.ILLEGAL_PARAMETER


def test_resumption_keeps_the_extended_master_secret(shop: Shop) -> None:
    """RFC 7627 section 5.3, both ways."""
    ticket = first(shop)
    allowed = {"require_extended_master_secret": False}
    forgets = reshaped(ServerHello, without(E.EXTENDED_MASTER_SECRET))
    with pytest.raises(PeerMisbehaved) as caught:
        shop.visit(ticket, server=allowed | {"danger_shape": forgets}, **allowed)
    assert caught.value.alert is Alert.ILLEGAL_PARAMETER
    with pytest.raises(PeerMisbehaved) as caught:
        shop.visit(
            ticket, server=allowed, danger_shape=reshaped(ClientHello, without(E.EXTENDED_MASTER_SECRET)), **allowed
        )
    assert caught.value.alert is Alert.HANDSHAKE_FAILURE


def test_a_session_that_never_was() -> None:
    """A server that echoes the pretended session ID of a client that resumes nothing."""
    seen: list[bytes] = []

    def note(fields: dict[str, Any]) -> dict[str, Any]:
        seen.append(fields["legacy_session_id"])
        return {}

    echo = reshaped(ServerHello, lambda fields: {"legacy_session_id_echo": seen[0]})
    client = BOTH | {"danger_shape": reshaped(ClientHello, note)}
    shaped = reshaped(ServerHello, lambda fields: {"random": fields["random"][:24] + bytes(8)})
    found = errors(client, {"danger_shape": lambda message: shaped(echo(message))})
    check_client_refuses(found, Alert.ILLEGAL_PARAMETER)
