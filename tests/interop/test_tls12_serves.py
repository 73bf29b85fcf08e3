"""Each peer's client against dojang's server in TLS 1.2, and how the two agree on a version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dojang.engine.config import ClientAuth
from dojang.errors import AlertReceived, CertificateError, PeerIncompatible
from dojang.wire.codes import Alert, Version
from tests.interop.conftest import HELLO, LARGE, MeetClient, finite_fields, for_peers, for_values
from tests.interop.local import SUITES, check_told, trust
from tests.interop.peer import Abilities, Peer, Tls12
from tests.interop.peers import CLIENTS12
from tests.interop.pki import Pki
from tests.interop.table import SERVES

ONLY = {"versions": (Version.TLS12,)}


def clients(wanted: str) -> Iterable[Peer]:
    """The peers whose clients have an ability."""
    return [peer for peer in CLIENTS12 if getattr(peer.client, wanted)]


@for_peers(SERVES, Tls12.REQUEST, CLIENTS12)
def test_request(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, server=ONLY)
    assert answer.ok, (answer.output, meeting)
    assert answer.body == HELLO
    assert meeting.answered
    assert meeting.session is not None
    assert meeting.session.version is Version.TLS12
    assert meeting.session.extended_master_secret
    check_told(answer.told, meeting.session)


@for_values(SERVES, Tls12.SUITES, CLIENTS12, lambda peer: peer.client.suites12)
def test_suite(peer: Peer, value: str, meet_client: MeetClient) -> None:
    shown = "ecdsa-p256" if "ECDSA" in value else "rsa-2048"
    answer, meeting = meet_client(peer, shown=shown, server={**ONLY, "suites": (SUITES[value],)})
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.suite.label == value
    check_told(answer.told, meeting.session)


@for_values(SERVES, Tls12.LEGACY, clients("legacy"), lambda peer: peer.client.legacy)
@finite_fields
def test_legacy_suite(peer: Peer, value: str, meet_client: MeetClient) -> None:
    server = {**ONLY, "suites": (SUITES[value],), "legacy_key_exchange": True}
    answer, meeting = meet_client(peer, shown="rsa-2048", server=server)
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.suite.label == value
    assert (meeting.session.key_exchange == "RSA") == value.startswith("TLS_RSA")


@for_values(SERVES, Tls12.CERTIFICATES, CLIENTS12, lambda peer: peer.client.certificates12)
def test_certificate(peer: Peer, value: str, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, shown=value, server=ONLY)
    assert answer.ok, (answer.output, meeting)


def asking(kind: str, pki: Pki) -> Mapping[str, Any]:
    return {**ONLY, "client_auth": ClientAuth(kind), "client_trust": trust(pki.root)}


@for_values(SERVES, Tls12.CLIENT_CERTIFICATE, clients("client_certificate"), lambda peer: ("required", "optional"))
def test_client_certificate(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    answer, meeting = meet_client(peer, server=asking(value, pki), credential=pki["client"])
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.verified
    assert meeting.session.client_signature_scheme is not None


@for_values(SERVES, Tls12.CLIENT_CERTIFICATE, CLIENTS12, lambda peer: ("optional, none sent", "required, none sent"))
def test_no_client_certificate(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    kind = value.partition(",")[0]
    answer, meeting = meet_client(peer, server=asking(kind, pki))
    assert answer.ok is (kind == "optional"), (answer.output, meeting)
    if kind == "required":
        assert isinstance(meeting.error, CertificateError)
        assert meeting.error.alert is Alert.HANDSHAKE_FAILURE
    else:
        assert meeting.session is not None
        assert meeting.session.peer_chain == ()


@for_values(SERVES, Tls12.CLIENT_CERTIFICATE, clients("client_certificate"), lambda peer: ("stranger refused",))
def test_client_certificate_of_a_stranger(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    answer, meeting = meet_client(peer, server=asking("required", pki), credential=pki["stranger"])
    assert not answer.ok, (answer.output, meeting)
    assert isinstance(meeting.error, CertificateError)
    assert meeting.error.alert in (Alert.UNKNOWN_CA, Alert.HANDSHAKE_FAILURE)


@for_peers(SERVES, Tls12.ALPN, clients("alpn"))
def test_alpn(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, server={**ONLY, "alpn": ("acme/1", "http/1.1")}, alpn=("h3", "http/1.1"))
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.alpn == "http/1.1"
    check_told(answer.told, meeting.session)


@for_values(SERVES, Tls12.EXTENDED, clients("bare"), lambda peer: ("missing, refused", "missing, allowed"))
def test_extended_master_secret(peer: Peer, value: str, meet_client: MeetClient) -> None:
    """The peer's client is told to do without. That the others have it is test_request's."""
    allowed = value == "missing, allowed"
    server = {**ONLY, "require_extended_master_secret": not allowed}
    answer, meeting = meet_client(peer, server=server, bare=True)
    assert answer.ok is allowed, (answer.output, meeting)
    if allowed:
        assert meeting.session is not None
        assert not meeting.session.extended_master_secret
    else:
        assert isinstance(meeting.error, PeerIncompatible)
        assert meeting.error.alert is Alert.HANDSHAKE_FAILURE


@for_peers(SERVES, Tls12.RENEGOTIATION, clients("renegotiates"))
def test_renegotiation(peer: Peer, meet_client: MeetClient) -> None:
    """no_renegotiation is a warning; most clients make an end of it then, NSS goes on."""
    answer, meeting = meet_client(peer, server=ONLY, renegotiate=True)
    assert meeting.session is not None
    assert "client" in meeting.observed.renegotiations, (answer.output, meeting)
    assert ("server", Alert.NO_RENEGOTIATION) in meeting.observed.alerts, (answer.output, meeting)
    assert answer.ok or isinstance(meeting.error, AlertReceived), (answer.output, meeting)


refusals = {"wrong name": "wrongname", "expired": "expired", "unknown root": "untrusted"}


def refusals_of(side: Abilities) -> tuple[str, ...]:
    return tuple(refusals) if side.checks_names else ("expired", "unknown root")


@for_values(SERVES, Tls12.REFUSAL, clients("refuses"), lambda peer: refusals_of(peer.client))
def test_refusal(peer: Peer, value: str, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, shown=refusals[value], server=ONLY)
    assert not answer.ok, (answer.output, meeting)
    assert not meeting.answered
    assert peer.client is not None
    if peer.client.says_why:
        assert isinstance(meeting.error, AlertReceived), meeting
        assert meeting.error.description.name.startswith(("BAD_CERTIFICATE", "CERTIFICATE", "UNKNOWN_CA"))


@for_peers(SERVES, Tls12.TRANSFER, CLIENTS12)
def test_large_request_and_answer(peer: Peer, meet_client: MeetClient, files: Path) -> None:
    digest = hashlib.sha256(LARGE.encode()).hexdigest()
    answer, meeting = meet_client(peer, server=ONLY, upload=files / "large.bin")
    assert answer.body == digest, (answer.output, meeting)
    answer, meeting = meet_client(peer, server=ONLY, path="/large.bin")
    assert answer.sha256 == digest, (answer.output, meeting)


ways: dict[str, tuple[tuple[str, str], Version | None]] = {
    "both against 1.2": (("", "1.2"), Version.TLS12),
    "1.2 against both": (("1.2", ""), Version.TLS12),
    "1.3 against 1.2": (("1.3", "1.2"), None),
    "1.2 against 1.3": (("1.2", "1.3"), None),
}
SPOKEN = {"": (Version.TLS13, Version.TLS12), "1.2": (Version.TLS12,), "1.3": (Version.TLS13,)}


def ways_of(side: Abilities) -> tuple[str, ...]:
    """Which of dojang's and the peer's versions can meet."""
    return tuple(way for way, ((_, theirs), _) in ways.items() if not theirs or theirs in side.held)


@for_values(SERVES, Tls12.VERSIONS, CLIENTS12, lambda peer: ways_of(peer.client))
def test_version(peer: Peer, value: str, meet_client: MeetClient) -> None:
    (ours, theirs), expected = ways[value]
    answer, meeting = meet_client(peer, server={"versions": SPOKEN[ours]}, version=theirs)
    if expected is not None:
        assert answer.ok, (answer.output, meeting)
        assert meeting.session is not None
        assert meeting.session.version is expected
    else:
        assert not answer.ok, answer.output
        assert isinstance(meeting.error, PeerIncompatible)
        assert meeting.error.alert is Alert.PROTOCOL_VERSION


def hide_tls13(data: bytes) -> bytes:
    """Give supported_versions (43) a number that means nothing, as somebody on the way would to force TLS 1.2."""
    place = data.find(b"\0\x2b\0")
    while place >= 0:
        size, listed = data[place + 3], data[place + 4]
        if size == listed + 1 and b"\x03\x04" in data[place + 5 : place + 5 + listed]:
            return data[:place] + b"\x3a\x3a" + data[place + 2 :]
        place = data.find(b"\0\x2b\0", place + 1)
    return data


@for_peers(SERVES, Tls12.DOWNGRADE, [peer for peer in CLIENTS12 if peer.client and "1.3" in peer.client.versions])
def test_downgrade(peer: Peer, meet_client: MeetClient) -> None:
    """dojang's server marks its random, as it could have spoken TLS 1.3; the client looks."""
    answer, meeting = meet_client(peer, rewrite=hide_tls13)
    assert not answer.ok, (answer.output, meeting)
    assert isinstance(meeting.error, AlertReceived), meeting
    assert meeting.error.description is Alert.ILLEGAL_PARAMETER


@for_peers(SERVES, Tls12.OLD, [peer for peer in CLIENTS12 if peer.client and "1.1" in peer.client.held])
def test_tls11(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, shown="rsa-2048", version="1.1")
    assert not answer.ok, answer.output
    assert isinstance(meeting.error, PeerIncompatible), (answer.output, meeting)
    assert meeting.error.alert is Alert.PROTOCOL_VERSION
    assert "TLS 1.1" in meeting.error.reason


@for_values(SERVES, Tls12.FALLBACK, clients("falls_back"), lambda peer: ("from both, refused", "from 1.2, fine"))
def test_fallback(peer: Peer, value: str, meet_client: MeetClient) -> None:
    """A client that says it has been made to fall back meets a server that speaks more (RFC 7507), or no more."""
    fine = value == "from 1.2, fine"
    answer, meeting = meet_client(peer, server=ONLY if fine else {}, version="1.2", fallback=True)
    assert answer.ok is fine, (answer.output, meeting)
    if not fine:
        assert isinstance(meeting.error, PeerIncompatible), meeting
        assert meeting.error.alert is Alert.INAPPROPRIATE_FALLBACK


@pytest.mark.parametrize("data", [b"\0\x2b\0\x05\x04\x03\x04\x03\x03", b"\0\x2b\0\x07\x06\xaa\xaa\x03\x04\x03\x03"])
def test_what_hides_tls13(data: bytes) -> None:
    assert hide_tls13(b"..." + data) == b"...\x3a\x3a" + data[2:]
