"""Each peer's client against dojang's server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dojang.engine.config import ClientAuth, ServerConfig
from dojang.errors import AlertReceived, CertificateError, PeerIncompatible
from dojang.wire.codes import Alert, NamedGroup
from tests.interop.conftest import HELLO, LARGE, finite_fields, for_peers, for_values
from tests.interop.local import GROUPS, HYBRID, SUITES, LocalServer, Meeting, check_told, credential, trust
from tests.interop.peer import Answer, Feature, Peer, Request
from tests.interop.peers import CLIENTS
from tests.interop.pki import Pki
from tests.interop.table import SERVES

Meet = Callable[..., tuple[Answer, Meeting]]


@pytest.fixture
def meet(pki: Pki, files: Path) -> Meet:
    """meet(peer, shown="ecdsa-p256", server={...}, **request): a peer asks a dojang server; answer and meeting."""

    def ask(
        peer: Peer,
        *,
        shown: str = "ecdsa-p256",
        server: Mapping[str, Any] | None = None,
        update_keys: bool = False,
        **asked: Any,
    ) -> tuple[Answer, Meeting]:
        config = ServerConfig(credentials=(credential(pki[shown]),), **(server or {}))
        with LocalServer(config, files, update_keys=update_keys) as local:
            answer = peer.ask(Request(port=local.port, **{"trust": pki.root, **asked}))
        return answer, local.meeting

    return ask


@for_peers(SERVES, Feature.REQUEST, CLIENTS)
def test_request(peer: Peer, meet: Meet) -> None:
    answer, meeting = meet(peer)
    assert answer.ok, (answer.output, meeting)
    assert answer.body == HELLO
    assert meeting.answered
    assert meeting.session is not None
    assert meeting.session.server_name in ("localhost", None)  # JSSE sends no name that has no dot
    assert peer.client is not None
    if HYBRID in peer.client.groups:
        assert meeting.session.key_exchange == HYBRID
    check_told(answer.told, meeting.session)


@for_values(SERVES, Feature.SUITES, CLIENTS, lambda peer: peer.client.suites)
def test_suite(peer: Peer, value: str, meet: Meet) -> None:
    answer, meeting = meet(peer, server={"suites": (SUITES[value],)})
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.suite.label == value
    check_told(answer.told, meeting.session)


@for_values(SERVES, Feature.GROUPS, CLIENTS, lambda peer: peer.client.groups)
@finite_fields
def test_group(peer: Peer, value: str, meet: Meet) -> None:
    answer, meeting = meet(peer, server={"groups": (GROUPS[value],)})
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.key_exchange == value
    check_told(answer.told, meeting.session)


@for_values(SERVES, Feature.RETRY, CLIENTS, lambda peer: ("with cookie", "without"))
def test_hello_retry_request(peer: Peer, value: str, meet: Meet) -> None:
    """Every peer supports P-384, and none sends a share for it at once."""
    only = {"groups": (NamedGroup.SECP384R1,), "retry_cookie": value == "with cookie"}
    answer, meeting = meet(peer, server=only)
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.retried


@for_values(SERVES, Feature.CERTIFICATES, CLIENTS, lambda peer: peer.client.certificates)
def test_certificate(peer: Peer, value: str, meet: Meet) -> None:
    answer, meeting = meet(peer, shown=value)
    assert answer.ok, (answer.output, meeting)


asks_for_certificates = [peer for peer in CLIENTS if peer.client and peer.client.client_certificate]


@for_values(SERVES, Feature.CLIENT_CERTIFICATE, asks_for_certificates, lambda peer: ("required", "optional"))
def test_client_certificate(peer: Peer, value: str, meet: Meet, pki: Pki) -> None:
    server = {"client_auth": ClientAuth(value), "client_trust": trust(pki.root)}
    answer, meeting = meet(peer, server=server, credential=pki["client"])
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.verified
    assert len(meeting.session.peer_chain) >= 1


@for_values(SERVES, Feature.CLIENT_CERTIFICATE, CLIENTS, lambda peer: ("optional, none sent", "required, none sent"))
def test_no_client_certificate(peer: Peer, value: str, meet: Meet, pki: Pki) -> None:
    required = value.startswith("required")
    server = {"client_auth": ClientAuth.REQUIRED if required else ClientAuth.OPTIONAL, "client_trust": trust(pki.root)}
    answer, meeting = meet(peer, server=server)
    assert answer.ok is not required, (answer.output, meeting)
    if required:
        assert isinstance(meeting.error, CertificateError)
        assert meeting.error.alert is Alert.CERTIFICATE_REQUIRED
    else:
        assert meeting.session is not None
        assert meeting.session.peer_chain == ()


@for_values(SERVES, Feature.CLIENT_CERTIFICATE, asks_for_certificates, lambda peer: ("stranger refused",))
def test_client_certificate_of_a_stranger(peer: Peer, value: str, meet: Meet, pki: Pki) -> None:
    """Some clients send no certificate that none of the named authorities has signed; the others are refused for it."""
    server = {"client_auth": ClientAuth.REQUIRED, "client_trust": trust(pki.root)}
    answer, meeting = meet(peer, server=server, credential=pki["stranger"])
    assert not answer.ok, (answer.output, meeting)
    assert isinstance(meeting.error, CertificateError)
    assert meeting.error.alert in (Alert.UNKNOWN_CA, Alert.CERTIFICATE_REQUIRED)


@for_peers(SERVES, Feature.ALPN, [peer for peer in CLIENTS if peer.client and peer.client.alpn])
def test_alpn(peer: Peer, meet: Meet) -> None:
    answer, meeting = meet(peer, server={"alpn": ("acme/1", "http/1.1")}, alpn=("h3", "http/1.1"))
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.alpn == "http/1.1"
    check_told(answer.told, meeting.session)
    answer, meeting = meet(peer, server={"alpn": ("acme/1",)}, alpn=("http/1.1",))
    assert not answer.ok, answer.output
    assert isinstance(meeting.error, PeerIncompatible)
    assert meeting.error.alert is Alert.NO_APPLICATION_PROTOCOL


@for_peers(SERVES, Feature.KEY_UPDATE, CLIENTS)
def test_key_update(peer: Peer, meet: Meet) -> None:
    answer, meeting = meet(peer, update_keys=True, path="/large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.length == len(LARGE)
    assert "server" in meeting.observed.key_updates


@for_peers(SERVES, Feature.PEER_KEY_UPDATE, [peer for peer in CLIENTS if peer.client and peer.client.key_update])
def test_key_update_by_the_peer(peer: Peer, meet: Meet, files: Path) -> None:
    answer, meeting = meet(peer, key_update=True, upload=files / "large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.body == hashlib.sha256(LARGE.encode()).hexdigest()
    assert "client" in meeting.observed.key_updates


refusals = {"wrong name": "wrongname", "expired": "expired", "unknown root": "untrusted"}


@for_values(
    SERVES,
    Feature.REFUSAL,
    CLIENTS,
    lambda peer: tuple(refusals) if peer.client.checks_names else ("expired", "unknown root"),
)
def test_refusal(peer: Peer, value: str, meet: Meet) -> None:
    answer, meeting = meet(peer, shown=refusals[value])
    assert not answer.ok, (answer.output, meeting)
    assert not meeting.answered
    assert peer.client is not None
    if peer.client.says_why:
        assert isinstance(meeting.error, AlertReceived), meeting
        assert meeting.error.description.name.startswith(("BAD_CERTIFICATE", "CERTIFICATE", "UNKNOWN_CA"))


@for_peers(SERVES, Feature.DOWNLOAD, CLIENTS)
def test_large_answer(peer: Peer, meet: Meet) -> None:
    answer, meeting = meet(peer, path="/large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.sha256 == hashlib.sha256(LARGE.encode()).hexdigest()


@for_peers(SERVES, Feature.UPLOAD, CLIENTS)
def test_large_request(peer: Peer, meet: Meet, files: Path) -> None:
    answer, meeting = meet(peer, upload=files / "large.bin")
    assert answer.ok, (answer.output, meeting)
    assert answer.body == hashlib.sha256(LARGE.encode()).hexdigest()
