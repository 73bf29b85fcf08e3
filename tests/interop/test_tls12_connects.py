"""dojang's client against each peer's server in TLS 1.2, and how the two agree on a version."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest

from dojang.engine.config import ClientConfig
from dojang.errors import AlertReceived, CertificateError, PeerIncompatible, PeerMisbehaved, Truncated
from dojang.net.blocking import connect
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, ExtensionType, Version
from dojang.wire.hello import ClientHello
from tests.interop.conftest import HELLO, LARGE, MeetServer, Serve, finite_fields, for_peers, for_values
from tests.interop.local import GROUPS, SUITES, Observed, check_told, credential, get, post, refused, trust
from tests.interop.peer import Abilities, Peer, Tls12
from tests.interop.peers import SERVERS12
from tests.interop.pki import Pki
from tests.interop.processes import LOOPBACK
from tests.interop.table import CONNECTS

ONLY = (Version.TLS12,)


def servers(wanted: str) -> Iterable[Peer]:
    """The peers whose servers have an ability."""
    return [peer for peer in SERVERS12 if getattr(peer.server, wanted)]


@for_peers(CONNECTS, Tls12.REQUEST, SERVERS12)
def test_request(peer: Peer, meet_server: MeetServer) -> None:
    response = meet_server(peer, versions=ONLY)
    assert response.ok
    assert response.session.version is Version.TLS12
    assert response.session.verified
    assert response.session.extended_master_secret
    check_told(response.told, response.session)
    assert peer.server is not None
    if peer.server.files:
        assert response.body == HELLO.encode()


@for_values(CONNECTS, Tls12.SUITES, SERVERS12, lambda peer: peer.server.suites12)
def test_suite(peer: Peer, value: str, meet_server: MeetServer) -> None:
    server = {"credential": "ecdsa-p256" if "ECDSA" in value else "rsa-2048"}
    response = meet_server(peer, server=server, versions=ONLY, suites=(SUITES[value],))
    assert response.ok
    assert response.session.suite.label == value
    check_told(response.told, response.session)


@for_values(CONNECTS, Tls12.LEGACY, servers("legacy"), lambda peer: peer.server.legacy)
@finite_fields
def test_legacy_suite(peer: Peer, value: str, meet_server: MeetServer) -> None:
    wanted = {"versions": ONLY, "suites": (SUITES[value],), "legacy_key_exchange": True}
    response = meet_server(peer, server={"credential": "rsa-2048"}, **wanted)
    assert response.ok
    assert response.session.suite.label == value
    static = value.startswith("TLS_RSA")
    assert response.session.key_exchange == "RSA" if static else response.session.key_exchange in ("DHE", "ffdhe2048")
    assert (response.session.signature_scheme is None) == static


@for_values(CONNECTS, Tls12.GROUPS, SERVERS12, lambda peer: peer.server.groups12)
def test_group(peer: Peer, value: str, meet_server: MeetServer) -> None:
    """With an RSA certificate: the groups that are offered must hold an ECDSA certificate's curve too."""
    response = meet_server(peer, server={"credential": "rsa-2048"}, versions=ONLY, groups=(GROUPS[value],))
    assert response.ok
    assert response.session.key_exchange == value
    check_told(response.told, response.session)


@for_values(CONNECTS, Tls12.CERTIFICATES, SERVERS12, lambda peer: peer.server.certificates12)
def test_certificate(peer: Peer, value: str, meet_server: MeetServer) -> None:
    response = meet_server(peer, server={"credential": value}, versions=ONLY)
    assert response.ok
    assert response.session.verified


kinds = {
    "required": ("required", "client"),
    "optional": ("optional", "client"),
    "optional, none sent": ("optional", None),
    "required, none sent": ("required", None),
    "stranger refused": ("required", "stranger"),
}


@for_values(CONNECTS, Tls12.CLIENT_CERTIFICATE, servers("client_certificate"), lambda peer: tuple(kinds))
def test_client_certificate(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    wanted, shown = kinds[value]
    server = {"client_auth": wanted, "client_trust": pki.root}
    client = {"credential": credential(pki[shown]) if shown else None, "versions": ONLY}
    if value in ("required, none sent", "stranger refused"):
        assert refused(lambda: meet_server(peer, server=server, **client))
    else:
        response = meet_server(peer, server=server, **client)
        assert response.ok
        assert (response.session.client_signature_scheme is not None) == (shown is not None)


@for_peers(CONNECTS, Tls12.ALPN, servers("alpn"))
def test_alpn(peer: Peer, meet_server: MeetServer) -> None:
    response = meet_server(peer, server={"alpn": ("http/1.1",)}, alpn=("acme/1", "http/1.1"), versions=ONLY)
    assert response.ok
    assert response.session.alpn == "http/1.1"
    check_told(response.told, response.session)


@for_values(CONNECTS, Tls12.EXTENDED, servers("bare"), lambda peer: ("missing, refused", "missing, allowed"))
def test_extended_master_secret(peer: Peer, value: str, meet_server: MeetServer) -> None:
    """The peer's server is told to do without. That the others have it is test_request's."""
    server = {"bare": True, "version": "1.2"}
    if value == "missing, allowed":
        response = meet_server(peer, server=server, require_extended_master_secret=False)
        assert response.ok
        assert not response.session.extended_master_secret
        return
    with pytest.raises(PeerIncompatible) as caught:
        meet_server(peer, server=server)
    assert caught.value.alert is Alert.HANDSHAKE_FAILURE


@for_peers(CONNECTS, Tls12.RENEGOTIATION, servers("renegotiates"))
def test_renegotiation(peer: Peer, serve: Serve, pki: Pki) -> None:
    """The server's wish is answered with no_renegotiation; what was agreed on at first stays as it is."""
    server = serve(peer, talk=True, key_update=peer.name == "openssl", version="1.2")
    config, observed = ClientConfig(trust=trust(pki.root)), Observed()
    with connect("localhost", server.port, config, address=LOOPBACK, timeout=5, observer=observed) as tls:
        before = tls.session
        if peer.name == "openssl":
            tls.sendall(b"first\n")
            assert server.wait_for(b"first\n")
            server.say(b"r\n")
        else:
            tls.sendall(b"**REHANDSHAKE**\n")
        tls.settimeout(1)
        with suppress(AlertReceived, Truncated, ConnectionError, TimeoutError):
            tls.recv()
        assert tls.session is before
    assert observed.renegotiations == ["server"]
    assert ("client", Alert.NO_RENEGOTIATION) in observed.alerts


mistakes: dict[str, tuple[dict[str, Any], Alert]] = {
    "wrong name": ({"name": "elsewhere.test"}, Alert.BAD_CERTIFICATE),
    "expired": ({"server": {"credential": "expired"}}, Alert.CERTIFICATE_EXPIRED),
    "unknown root": ({"server": {"credential": "untrusted"}}, Alert.UNKNOWN_CA),
}


@for_values(CONNECTS, Tls12.REFUSAL, SERVERS12, lambda peer: tuple(mistakes))
def test_refusal(peer: Peer, value: str, meet_server: MeetServer) -> None:
    settings, alert = mistakes[value]
    with pytest.raises(CertificateError) as caught:
        meet_server(peer, **settings, versions=ONLY)
    assert caught.value.alert is alert


@for_peers(
    CONNECTS, Tls12.TRANSFER, [p for p in SERVERS12 if p.server and p.server.files and p.server.upload == "digest"]
)
def test_large_request_and_answer(peer: Peer, meet_server: MeetServer) -> None:
    assert len(meet_server(peer, post(LARGE.encode()), versions=ONLY).body) == 64
    assert meet_server(peer, get("/large.bin"), versions=ONLY).body == LARGE.encode()


ways = {
    "both against 1.2": (("", "1.2"), Version.TLS12),
    "1.2 against both": (("1.2", ""), Version.TLS12),
    "1.3 against 1.2": (("1.3", "1.2"), None),
    "1.2 against 1.3": (("1.2", "1.3"), None),
    "both against 1.3": (("", "1.3"), Version.TLS13),
}
SPOKEN = {"": (Version.TLS13, Version.TLS12), "1.2": (Version.TLS12,), "1.3": (Version.TLS13,)}


def ways_of(side: Abilities) -> tuple[str, ...]:
    """Which of dojang's and the peer's versions can meet."""
    return tuple(way for way, ((_, theirs), _) in ways.items() if not theirs or theirs in side.held)


@for_values(CONNECTS, Tls12.VERSIONS, SERVERS12, lambda peer: ways_of(peer.server))
def test_version(peer: Peer, value: str, meet_server: MeetServer) -> None:
    (ours, theirs), expected = ways[value]
    server = {"version": theirs} if theirs else {}
    if expected is not None:
        response = meet_server(peer, server=server, versions=SPOKEN[ours])
        assert response.ok
        assert response.session.version is expected
        return
    with pytest.raises((AlertReceived, PeerIncompatible)) as caught:
        meet_server(peer, server=server, versions=SPOKEN[ours])
    error = caught.value
    told = error.description if isinstance(error, AlertReceived) else error.alert
    assert told in (Alert.PROTOCOL_VERSION, Alert.HANDSHAKE_FAILURE)


def without_tls13(message: HandshakeMessage) -> HandshakeMessage:
    """A hello as somebody on the way would make it to force TLS 1.2."""
    if not isinstance(message, ClientHello):
        return message
    kept = [e for e in message.extensions if e.extension_type != ExtensionType.SUPPORTED_VERSIONS]
    suites, methods = message.cipher_suites, message.legacy_compression_methods
    return ClientHello(message.legacy_version, message.random, message.legacy_session_id, suites, methods, tuple(kept))


@for_peers(CONNECTS, Tls12.DOWNGRADE, [peer for peer in SERVERS12 if peer.server and "1.3" in peer.server.versions])
def test_downgrade(peer: Peer, meet_server: MeetServer) -> None:
    """The server marks its random, as it could have spoken TLS 1.3; dojang looks."""
    with pytest.raises(PeerMisbehaved) as caught:
        meet_server(peer, danger_shape=without_tls13)
    assert caught.value.alert is Alert.ILLEGAL_PARAMETER
    assert "in between" in caught.value.reason


@for_peers(CONNECTS, Tls12.OLD, [peer for peer in SERVERS12 if peer.server and "1.1" in peer.server.held])
def test_tls11(peer: Peer, serve: Serve, pki: Pki) -> None:
    """A server of TLS 1.1 alone hangs up on dojang's hello, or answers it with what dojang refuses by name."""
    server = serve(peer, version="1.1", credential="rsa-2048")
    with pytest.raises((AlertReceived, PeerIncompatible)) as caught:
        connect("localhost", server.port, ClientConfig(trust=trust(pki.root)), address=LOOPBACK, timeout=5)
    error = caught.value
    told = error.description if isinstance(error, AlertReceived) else error.alert
    assert told in (Alert.PROTOCOL_VERSION, Alert.HANDSHAKE_FAILURE)
    assert str(error)
