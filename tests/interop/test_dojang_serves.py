"""Each peer's client against dojang's server."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dojang.engine.config import ClientAuth
from dojang.errors import AlertReceived, CertificateError, PeerIncompatible
from dojang.wire.codes import Alert, NamedGroup
from tests.interop.conftest import HELLO, LARGE, MeetClient, finite_fields, for_peers, for_values
from tests.interop.local import GROUPS, HYBRID, SUITES, check_told, trust
from tests.interop.peer import Peer, Tls13
from tests.interop.peers import CLIENTS
from tests.interop.pki import Pki
from tests.interop.table import SERVES


@for_peers(SERVES, Tls13.REQUEST, CLIENTS)
def test_request(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer)
    assert answer.ok, (answer.output, meeting)
    assert answer.body == HELLO
    assert meeting.answered
    assert meeting.session is not None
    assert meeting.session.server_name in ("localhost", None)  # JSSE sends no name that has no dot
    assert peer.client is not None
    if HYBRID in peer.client.groups:
        assert meeting.session.key_exchange == HYBRID
    check_told(answer.told, meeting.session)


@for_values(SERVES, Tls13.SUITES, CLIENTS, lambda peer: peer.client.suites)
def test_suite(peer: Peer, value: str, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, server={"suites": (SUITES[value],)})
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.suite.label == value
    check_told(answer.told, meeting.session)


@for_values(SERVES, Tls13.GROUPS, CLIENTS, lambda peer: peer.client.groups)
@finite_fields
def test_group(peer: Peer, value: str, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, server={"groups": (GROUPS[value],)})
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.key_exchange == value
    check_told(answer.told, meeting.session)


@for_values(SERVES, Tls13.RETRY, CLIENTS, lambda peer: ("with cookie", "without"))
def test_hello_retry_request(peer: Peer, value: str, meet_client: MeetClient) -> None:
    """Every peer supports P-384, and none sends a share for it at once."""
    only = {"groups": (NamedGroup.SECP384R1,), "retry_cookie": value == "with cookie"}
    answer, meeting = meet_client(peer, server=only)
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.retried


@for_values(SERVES, Tls13.CERTIFICATES, CLIENTS, lambda peer: peer.client.certificates)
def test_certificate(peer: Peer, value: str, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, shown=value)
    assert answer.ok, (answer.output, meeting)


asks_for_certificates = [peer for peer in CLIENTS if peer.client and peer.client.client_certificate]


@for_values(SERVES, Tls13.CLIENT_CERTIFICATE, asks_for_certificates, lambda peer: ("required", "optional"))
def test_client_certificate(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    server = {"client_auth": ClientAuth(value), "client_trust": trust(pki.root)}
    answer, meeting = meet_client(peer, server=server, credential=pki["client"])
    for _ in range(
        2
    ):  # a browser may open a connection ahead of its visit, and shows nothing where nothing is required
        if value == "optional" and meeting.session is not None and not meeting.session.peer_chain:
            answer, meeting = meet_client(peer, server=server, credential=pki["client"])
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.verified
    assert len(meeting.session.peer_chain) >= 1


@for_values(SERVES, Tls13.CLIENT_CERTIFICATE, CLIENTS, lambda peer: ("optional, none sent", "required, none sent"))
def test_no_client_certificate(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    required = value.startswith("required")
    server = {"client_auth": ClientAuth.REQUIRED if required else ClientAuth.OPTIONAL, "client_trust": trust(pki.root)}
    answer, meeting = meet_client(peer, server=server)
    assert answer.ok is not required, (answer.output, meeting)
    if required:
        assert isinstance(meeting.error, CertificateError)
        assert meeting.error.alert is Alert.CERTIFICATE_REQUIRED
    else:
        assert meeting.session is not None
        assert meeting.session.peer_chain == ()


@for_values(SERVES, Tls13.CLIENT_CERTIFICATE, asks_for_certificates, lambda peer: ("stranger refused",))
def test_client_certificate_of_a_stranger(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    """Some clients send no certificate that none of the named authorities has signed; the others are refused for it."""
    server = {"client_auth": ClientAuth.REQUIRED, "client_trust": trust(pki.root)}
    answer, meeting = meet_client(peer, server=server, credential=pki["stranger"])
    assert not answer.ok, (answer.output, meeting)
    assert isinstance(meeting.error, CertificateError)
    assert meeting.error.alert in (Alert.UNKNOWN_CA, Alert.CERTIFICATE_REQUIRED)


@for_peers(SERVES, Tls13.ALPN, [peer for peer in CLIENTS if peer.client and peer.client.alpn])
def test_alpn(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, server={"alpn": ("acme/1", "http/1.1")}, alpn=("h3", "http/1.1"))
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.alpn == "http/1.1"
    check_told(answer.told, meeting.session)
    answer, meeting = meet_client(peer, server={"alpn": ("acme/1",)}, alpn=("http/1.1",))
    assert not answer.ok, answer.output
    assert isinstance(meeting.error, PeerIncompatible)
    assert meeting.error.alert is Alert.NO_APPLICATION_PROTOCOL


@for_peers(SERVES, Tls13.KEY_UPDATE, CLIENTS)
def test_key_update(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, update_keys=True, path="/large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.length == len(LARGE)
    assert "server" in meeting.observed.key_updates


@for_peers(SERVES, Tls13.PEER_KEY_UPDATE, [peer for peer in CLIENTS if peer.client and peer.client.key_update])
def test_key_update_by_the_peer(peer: Peer, meet_client: MeetClient, files: Path) -> None:
    answer, meeting = meet_client(peer, key_update=True, upload=files / "large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.body == hashlib.sha256(LARGE.encode()).hexdigest()
    assert "client" in meeting.observed.key_updates


refusals = {"wrong name": "wrongname", "expired": "expired", "unknown root": "untrusted"}


@for_values(
    SERVES,
    Tls13.REFUSAL,
    CLIENTS,
    lambda peer: tuple(refusals) if peer.client.checks_names else ("expired", "unknown root"),
)
def test_refusal(peer: Peer, value: str, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, shown=refusals[value])
    assert not answer.ok, (answer.output, meeting)
    assert not meeting.answered
    assert peer.client is not None
    if peer.client.says_why:
        assert isinstance(meeting.error, AlertReceived), meeting
        assert meeting.error.description.name.startswith(("BAD_CERTIFICATE", "CERTIFICATE", "UNKNOWN_CA"))


@for_peers(SERVES, Tls13.DOWNLOAD, CLIENTS)
def test_large_answer(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, path="/large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.sha256 == hashlib.sha256(LARGE.encode()).hexdigest()


@for_peers(SERVES, Tls13.UPLOAD, CLIENTS)
def test_large_request(peer: Peer, meet_client: MeetClient, files: Path) -> None:
    answer, meeting = meet_client(peer, upload=files / "large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.body == hashlib.sha256(LARGE.encode()).hexdigest()
