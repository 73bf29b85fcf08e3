"""TLS 1.2 to the letter, and what old and odd peers do; each rule with its clause."""

from __future__ import annotations

from typing import Any

import pytest

from dojang.engine.config import ClientAuth
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.flight12 import padded_dh
from dojang.engine.session_store import MemorySessions
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket import MemoryTickets, Ticket
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import AlertReceived, PeerIncompatible, PeerMisbehaved, TlsError
from dojang.wire import extensions as ext
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, CipherSuite, ContentType, ExtensionType, HandshakeType, NamedGroup, Version
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello, ServerHello
from dojang.wire.messages12 import CertificateRequest12
from tests.engine.wrongs import Alter, less, more, other
from tests.pair import NAME, Notes, client_config, credential, pair, pki, server_config, shake, shake_to_errors
from tests.scripted import clear, framed

TLS12: dict[str, Any] = {"versions": (Version.TLS12,)}
E, H = ExtensionType, HandshakeType
HELLO_REQUEST = clear(ContentType.HANDSHAKE, framed(H.HELLO_REQUEST, b""))
WARNING = clear(ContentType.ALERT, bytes((1, Alert.UNRECOGNIZED_NAME)))


def shaping(kind: type[HandshakeMessage], alter: Alter) -> Any:
    """A danger_shape that alters one kind of message."""

    def shape(message: HandshakeMessage) -> HandshakeMessage:
        altered: HandshakeMessage = alter(message) if type(message) is kind else message
        return altered

    return shape


def errors(client: dict[str, Any], server: dict[str, Any]) -> tuple[TlsError | None, TlsError | None]:
    return shake_to_errors(*pair(client_config(**TLS12 | client), server_config(**TLS12 | server)))


def ticket_of(config: Any, own: Any = None) -> Ticket:
    own = own or client_config(**TLS12)
    return next(e.ticket for e in shake(*pair(own, config))[0] if isinstance(e, TicketReceived))


# Resumption.


def test_a_ticket_without_a_session_id_is_taken() -> None:
    """RFC 5077 section 3.4: the client may leave the ID empty, and so is its echo."""
    config = server_config(**TLS12, ticket_keys=RotatingTicketKeys())
    ticket = ticket_of(config)

    def without_id(message: Any) -> Any:
        return ClientHello(**{**message.__dict__, "legacy_session_id": b""})

    own = client_config(**TLS12, danger_shape=shaping(ClientHello, without_id))
    notes = Notes()
    client = Connection.client(own, NAME, ticket=ticket)
    server = Connection.server(config, observer=notes)
    server.receive(client.data_to_send())
    assert [raw[0] for _, _, raw, _ in notes.messages] == [
        H.CLIENT_HELLO,
        H.SERVER_HELLO,
        H.NEW_SESSION_TICKET,
        H.FINISHED,
    ]
    answer = notes.messages[1][1]
    assert isinstance(answer, ServerHello)
    assert answer.legacy_session_id_echo == b""


def test_a_session_that_ends_with_a_fatal_alert_is_forgotten() -> None:
    """RFC 5246 section 7.2.2."""
    sessions = MemorySessions()
    config = server_config(**TLS12, sessions=sessions)
    client, server = pair(client_config(**TLS12), config)
    shake(client, server)
    assert len(sessions) == 1
    client.send(b"x")
    data = bytearray(client.data_to_send())
    data[-1] ^= 1
    with pytest.raises(PeerMisbehaved):
        server.receive(bytes(data))
    assert len(sessions) == 0


def test_a_clean_end_and_a_cut_keep_the_session() -> None:
    for cut in (False, True):
        sessions = MemorySessions()
        client, server = pair(client_config(**TLS12), server_config(**TLS12, sessions=sessions))
        shake(client, server)
        if cut:
            with pytest.raises(TlsError):
                server.receive_eof()
        else:
            client.close()
            server.close()
            shake(client, server)
        assert len(sessions) == 1


def test_a_resumed_session_is_forgotten_too() -> None:
    sessions = MemorySessions()
    config = server_config(**TLS12, sessions=sessions)
    ticket = ticket_of(config)
    client, server = Connection.client(client_config(**TLS12), NAME, ticket=ticket), Connection.server(config)
    shake(client, server)
    assert server.session is not None
    assert server.session.resumed == "session id"
    with pytest.raises(PeerMisbehaved):
        server.receive(clear(ContentType.APPLICATION_DATA, bytes(40)))
    assert len(sessions) == 0


@pytest.mark.parametrize("trouble", ["raises", "coroutine"])
def test_a_store_that_can_t_forget_at_once_hinders_nothing(trouble: str) -> None:
    class Odd(MemorySessions):
        def drop(self, identity: bytes) -> Any:
            if trouble == "raises":
                raise OSError("gone")
            return self.later()

        async def later(self) -> None: ...

    client, server = pair(client_config(**TLS12), server_config(**TLS12, sessions=Odd()))
    shake(client, server)
    with pytest.raises(PeerMisbehaved):
        server.receive(clear(ContentType.APPLICATION_DATA, bytes(40)))


def test_a_cache_gives_an_id_to_one_and_gets_it_back_when_it_worked() -> None:
    cache, config = MemoryTickets(), server_config(**TLS12, sessions=MemorySessions())
    own = client_config(**TLS12, tickets=cache)
    for resumed in (None, "session id", "session id"):
        client, server = Connection.client(own, NAME), Connection.server(config)
        assert cache.take(NAME) is None
        shake(client, server)
        assert client.session is not None
        assert client.session.resumed == resumed
    broken = Connection.client(own, NAME)
    with pytest.raises(TlsError):
        broken.receive(clear(ContentType.ALERT, bytes((2, Alert.HANDSHAKE_FAILURE))))
    assert cache.take(NAME) is None


def test_a_resumed_client_keeps_how_it_proved_itself() -> None:
    settings: dict[str, Any] = {"client_auth": ClientAuth.REQUIRED, "client_trust": pki().root.trust}
    config = server_config(**TLS12, sessions=MemorySessions(), **settings)
    own = client_config(**TLS12, credential=pki().client_credential)
    ticket = ticket_of(config, own)
    client, server = Connection.client(own, NAME, ticket=ticket), Connection.server(config)
    shake(client, server)
    assert server.session is not None
    assert server.session.resumed
    assert server.session.verified
    assert server.session.client_signature_scheme is not None


def test_less_early_data_than_the_ticket_promised_is_taken_not_at_all() -> None:
    """RFC 9846 section 4.3.10: what was promised is taken whole, or refused; it is no error of the client's."""
    keys = RotatingTicketKeys()
    settings: dict[str, Any] = {"ticket_keys": keys, "strikes": MemoryStrikes()}
    ticket = ticket_of(server_config(early_data_limit=1000, **settings), client_config())
    client = Connection.client(client_config(), NAME, ticket=ticket, early_data=bytes(1000))
    server = Connection.server(server_config(early_data_limit=500, **settings))
    shake(client, server)
    assert client.session is not None
    assert client.session.resumed
    assert client.session.early_data is False
    assert client.rejected_early_data == bytes(1000)


# Messages and alerts that change nothing.


def server_flight(**settings: Any) -> tuple[Connection, Connection, bytes]:
    client, server = pair(client_config(**TLS12), server_config(**TLS12, **settings))
    server.receive(client.data_to_send())
    return client, server, server.data_to_send()


@pytest.mark.parametrize("count", [1, 4])
def test_a_client_that_shakes_hands_ignores_hello_requests(count: int) -> None:
    """RFC 5246 section 7.4.1.1. It is in no transcript."""
    client, server, flight = server_flight()
    client.receive(flight + count * HELLO_REQUEST)
    shake(client, server)
    assert client.session is not None
    assert server.session is not None


def test_not_without_end_and_not_before_the_hello() -> None:
    client, _, flight = server_flight()
    with pytest.raises(PeerMisbehaved) as caught:
        client.receive(flight + 5 * HELLO_REQUEST)
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE
    client, _, _ = server_flight()
    with pytest.raises(PeerMisbehaved):
        client.receive(HELLO_REQUEST)
    client, _, flight = server_flight()
    with pytest.raises(PeerMisbehaved):
        client.receive(flight + clear(ContentType.HANDSHAKE, framed(H.HELLO_REQUEST, b"x")))


def test_a_server_ignores_no_hello_request() -> None:
    _, server, _ = server_flight()
    with pytest.raises(PeerMisbehaved) as caught:
        server.receive(HELLO_REQUEST)
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE


@pytest.mark.parametrize("versions", [(Version.TLS12,), (Version.TLS13, Version.TLS12)])
def test_a_server_may_warn_that_it_does_not_know_the_name(versions: tuple[Version, ...]) -> None:
    """RFC 6066 section 3 advises against it; servers of that time do it, and go on."""
    client, server = pair(client_config(versions=versions), server_config(**TLS12))
    client.receive(WARNING)
    shake(client, server)
    assert client.session is not None


@pytest.mark.parametrize(
    ("settings", "alert"),
    [
        ({"versions": (Version.TLS13,)}, WARNING),
        (TLS12, 5 * WARNING),
        (TLS12, clear(ContentType.ALERT, bytes((2, Alert.UNRECOGNIZED_NAME)))),
        (TLS12, clear(ContentType.ALERT, bytes((1, Alert.HANDSHAKE_FAILURE)))),
        (TLS12, clear(ContentType.ALERT, bytes((1, Alert.CLOSE_NOTIFY)))),
    ],
)
def test_other_warnings_end_it(settings: dict[str, Any], alert: bytes) -> None:
    client, _ = pair(client_config(**settings))
    with pytest.raises(AlertReceived):
        client.receive(alert)


# Hellos.


@pytest.mark.parametrize("formats", [b"\1\1", b"\2\1\2"])
def test_uncompressed_points_must_be_among_the_formats(formats: bytes) -> None:
    """RFC 8422 section 5.1.2."""
    alter = other(E.EC_POINT_FORMATS, formats)
    _, error = errors({"danger_shape": shaping(ClientHello, alter)}, {})
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.ILLEGAL_PARAMETER
    error, _ = errors({}, {"danger_shape": shaping(ServerHello, alter)})
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.ILLEGAL_PARAMETER


def test_formats_may_be_left_out_or_be_many() -> None:
    for alter in (less(E.EC_POINT_FORMATS), other(E.EC_POINT_FORMATS, b"\3\2\1\0")):
        assert errors({"danger_shape": shaping(ClientHello, alter)}, {}) == (None, None)
        assert errors({}, {"danger_shape": shaping(ServerHello, alter)}) == (None, None)


def test_a_version_that_was_not_offered() -> None:
    """RFC 9846 section 4.3.1: a server can't select TLS 1.3 where only TLS 1.2 was offered."""
    chosen = Extension(E.SUPPORTED_VERSIONS, b"\3\4")
    error, _ = errors({}, {"danger_shape": shaping(ServerHello, more(chosen))})
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.ILLEGAL_PARAMETER


def test_a_certificate_of_a_kind_that_is_not_asked_for_is_not_shown() -> None:
    """RFC 5246 section 7.4.6."""

    def rsa_only(message: Any) -> Any:
        return CertificateRequest12(**{**message.__dict__, "certificate_types": b"\1"})

    config = server_config(
        **TLS12,
        client_auth=ClientAuth.OPTIONAL,
        client_trust=pki().root.trust,
        danger_shape=shaping(CertificateRequest12, rsa_only),
    )
    ecdsa, rsa = (credential(kind, "client.test", purpose="client") for kind in ("ecdsa-p256", "rsa-2048"))
    for shown, expected in ((ecdsa, ()), (rsa, rsa.chain), ((ecdsa, rsa), rsa.chain)):
        client, server = pair(client_config(**TLS12, credential=shown), config)
        shake(client, server)
        assert server.session is not None
        assert server.session.peer_chain == expected


# Finite fields.

DHE = CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
OWN_GROUP = (
    int(
        "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef9"
        "7d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935"
        "984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fb"
        "b96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61"
        "9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa"
        "886b423861285c97ffffffffffffffff",
        16,
    ),
    4,
)


def naming(*groups: int) -> Any:
    """A client that names finite fields among its groups."""

    def alter(message: Any) -> Any:
        named = ext.NamedGroupList((NamedGroup.X25519, *[NamedGroup.of(code) for code in groups]))
        return other(E.SUPPORTED_GROUPS, named)(message)

    return shaping(ClientHello, alter)


@pytest.mark.parametrize(
    ("groups", "own", "expected"),
    [
        ((), None, "ffdhe2048"),
        ((), OWN_GROUP, "DHE"),
        ((257,), None, "ffdhe3072"),
        ((257,), OWN_GROUP, "ffdhe3072"),
        ((300, 256), OWN_GROUP, "ffdhe2048"),
    ],
)
def test_a_group_that_the_client_names_goes_first(groups: tuple[int, ...], own: Any, expected: str) -> None:
    """RFC 7919 section 4."""
    both: dict[str, Any] = {"suites": (DHE,), "legacy_key_exchange": True, **TLS12}
    client, server = pair(
        client_config(danger_shape=naming(*groups), **both),
        server_config(dh_group=own, credentials=(credential("rsa-2048"),), **both),
    )
    shake(client, server)
    assert client.session is not None
    assert client.session.key_exchange == expected


def test_no_finite_field_where_the_client_names_only_unknown_ones() -> None:
    both: dict[str, Any] = {"suites": (DHE,), "legacy_key_exchange": True}
    _, error = errors(
        {"danger_shape": naming(300), **both}, {"dh_group": OWN_GROUP, "credentials": (credential("rsa-2048"),), **both}
    )
    assert isinstance(error, PeerIncompatible)
    assert error.alert is Alert.HANDSHAKE_FAILURE


def test_values_with_and_without_leading_zeros() -> None:
    assert padded_dh(b"\1\2", 4) == b"\0\0\1\2"
    assert padded_dh(b"\0\0\0\1\2", 4) == b"\0\0\1\2"
    assert padded_dh(b"\1\2\3\4", 4) == b"\1\2\3\4"
    assert padded_dh(b"\1\2\3\4\5", 4) == b"\1\2\3\4\5"
