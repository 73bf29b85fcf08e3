"""Sessions resumed by ID, by ticket and by PSK, keys shared beforehand, and staples, with each peer both ways."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dojang.engine.config import ClientAuth, ServerConfig
from dojang.engine.session_store import MemorySessions
from dojang.engine.ticket import ExternalPsk, MemoryTickets
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import AlertReceived, PeerMisbehaved
from dojang.wire.codes import Alert, NamedGroup, Version
from tests.interop.conftest import MeetClient, MeetServer, for_values
from tests.interop.local import LocalServer, credential, trust
from tests.interop.peer import PSK_IDENTITY, PSK_KEY, Again, Peer
from tests.interop.peers import CLIENTS12, SERVERS12
from tests.interop.pki import Pki
from tests.interop.processes import run
from tests.interop.table import CONNECTS, SERVES

OLD = {"versions": (Version.TLS12,)}
RETRIED = {"groups": (NamedGroup.SECP384R1,)}
# What is asked for, and how the session calls it.
KINDS: Mapping[Again, tuple[Mapping[str, Any], str]] = {
    Again.SESSION_ID: (OLD, "session id"),
    Again.TICKET: (OLD, "session ticket"),
    Again.PSK: ({}, "psk"),
    Again.RETRY: ({}, "psk"),
}


def servers(ability: Again) -> Iterable[Peer]:
    return [peer for peer in SERVERS12 if peer.server and ability in peer.server.again]


def clients(ability: Again) -> Iterable[Peer]:
    return [peer for peer in CLIENTS12 if peer.client and ability in peer.client.again]


def identities(side: str, ability: Again) -> Callable[[Any], tuple[str, ...]]:
    """With and without a client certificate, which the resumed session has to remember."""

    def of(peer: Peer) -> tuple[str, ...]:
        abilities = getattr(peer, side)
        asks = abilities.client_certificate and abilities.resumes_known and ability in (Again.TICKET, Again.PSK)
        return ("server known", "client known") if asks else ("server known",)

    return of


def check_connects(kind: Again, peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    """dojang visits again, and where the visit before gave something new to rest on, a third time.

    Few servers renew a TLS 1.2 ticket, and dojang uses none twice.
    """
    settings, resumed = KINDS[kind]
    client = {**settings, "tickets": MemoryTickets(), "key_shares": () if kind is Again.RETRY else None}
    server: dict[str, Any] = {"tickets": kind is not Again.SESSION_ID}
    if value == "client known":
        client["credential"] = credential(pki["client"])
        server |= {"client_auth": "required", "client_trust": pki.root}
    visits = [meet_server(peer, server=server, **client) for _ in range(2 if kind is Again.TICKET else 3)]
    assert all(visit.ok for visit in visits)
    first, *later = (visit.session for visit in visits)
    assert first.resumed is None
    for session in later:
        assert session.resumed == resumed
        assert session.peer_chain == first.peer_chain
        assert session.retried == (kind is Again.RETRY)


@for_values(CONNECTS, Again.SESSION_ID, servers(Again.SESSION_ID), identities("server", Again.SESSION_ID))
def test_connects_by_session_id(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    check_connects(Again.SESSION_ID, peer, value, meet_server, pki)


@for_values(CONNECTS, Again.TICKET, servers(Again.TICKET), identities("server", Again.TICKET))
def test_connects_by_ticket(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    check_connects(Again.TICKET, peer, value, meet_server, pki)


@for_values(CONNECTS, Again.PSK, servers(Again.PSK), identities("server", Again.PSK))
def test_connects_by_psk(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    check_connects(Again.PSK, peer, value, meet_server, pki)


@for_values(CONNECTS, Again.RETRY, servers(Again.RETRY), identities("server", Again.RETRY))
def test_connects_by_psk_with_retry(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    check_connects(Again.RETRY, peer, value, meet_server, pki)


def check_serves(kind: Again, peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    """The peer visits twice."""
    settings, resumed = KINDS[kind]
    server = {**settings, **(RETRIED if kind is Again.RETRY else {})}
    server |= {"sessions": MemorySessions()} if kind is Again.SESSION_ID else {"ticket_keys": RotatingTicketKeys()}
    shown = None
    if value == "client known":
        server |= {"client_auth": ClientAuth.REQUIRED, "client_trust": trust(pki.root)}
        shown = pki["client"]
    answer, meeting = meet_client(peer, server=server, again=True, credential=shown)
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.resumed == resumed, (answer.output, meeting)
    assert meeting.session.retried == (kind is Again.RETRY)
    if shown:
        assert meeting.session.verified
        assert meeting.session.peer_chain
    assert answer.told.get("resumed", True)


@for_values(SERVES, Again.SESSION_ID, clients(Again.SESSION_ID), identities("client", Again.SESSION_ID))
def test_serves_by_session_id(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    check_serves(Again.SESSION_ID, peer, value, meet_client, pki)


@for_values(SERVES, Again.SESSION_ID, [p for p in CLIENTS12 if p.name == "openssl"], lambda peer: ("-reconnect",))
def test_serves_reconnecting(peer: Peer, value: str, pki: Pki, files: Path) -> None:
    """s_client -reconnect: five more connections in the first one's session."""
    config = ServerConfig(
        credentials=(credential(pki["ecdsa-p256"]),), sessions=MemorySessions(), versions=(Version.TLS12,)
    )
    with LocalServer(config, files) as local:
        run(["openssl", "s_client", "-connect", f"127.0.0.1:{local.port}", "-servername", "localhost", "-reconnect"])
    met = [meeting.session.resumed for meeting in local.meetings if meeting.session]
    assert met == [None, *["session id"] * 5]


@for_values(SERVES, Again.TICKET, clients(Again.TICKET), identities("client", Again.TICKET))
def test_serves_by_ticket(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    check_serves(Again.TICKET, peer, value, meet_client, pki)


@for_values(SERVES, Again.PSK, clients(Again.PSK), identities("client", Again.PSK))
def test_serves_by_psk(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    check_serves(Again.PSK, peer, value, meet_client, pki)


@for_values(SERVES, Again.RETRY, clients(Again.RETRY), identities("client", Again.RETRY))
def test_serves_by_psk_with_retry(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    check_serves(Again.RETRY, peer, value, meet_client, pki)


SHARED = ExternalPsk(PSK_IDENTITY.encode(), PSK_KEY)
WRONG = dataclasses.replace(SHARED, key=bytes(32))
WAYS = ("accepted", "HelloRetryRequest", "wrong key refused")


def ways_of(peer: Peer) -> tuple[str, ...]:
    """GnuTLS can do without a key exchange where it is told to."""
    return (*WAYS, "no key exchange") if peer.name == "gnutls" else WAYS


@for_values(CONNECTS, Again.EXTERNAL_PSK, servers(Again.EXTERNAL_PSK), ways_of)
def test_connects_with_external_psk(peer: Peer, value: str, meet_server: MeetServer) -> None:
    alone = value == "no key exchange"
    server, key = {"psk": True, "psk_alone": alone}, WRONG if value == WAYS[2] else SHARED
    if key is WRONG:
        with pytest.raises(AlertReceived) as caught:
            meet_server(peer, server=server, psks=(key,))
        assert caught.value.description in (Alert.DECRYPT_ERROR, Alert.ILLEGAL_PARAMETER)
        return
    retry = value == "HelloRetryRequest"
    how: dict[str, Any] = {"key_shares": () if retry else None, "allow_psk_without_key_exchange": alone}
    response = meet_server(peer, server=server, psks=(key,), **how)
    assert response.ok
    assert response.session.resumed == "external psk"
    assert response.session.retried is retry
    assert response.session.peer_chain == ()
    assert (response.session.group is None) is alone


@for_values(SERVES, Again.EXTERNAL_PSK, clients(Again.EXTERNAL_PSK), ways_of)
def test_serves_with_external_psk(peer: Peer, value: str, meet_client: MeetClient) -> None:
    """The server has no certificate at all."""
    retry, alone = value == "HelloRetryRequest", value == "no key exchange"
    key = WRONG if value == WAYS[2] else SHARED
    server = {"credentials": (), "psks": (key,), "allow_psk_without_key_exchange": alone, **(RETRIED if retry else {})}
    answer, meeting = meet_client(peer, server=server, psk=True, psk_alone=alone)
    if key is WRONG:
        assert not answer.ok, answer.output
        assert isinstance(meeting.error, PeerMisbehaved), meeting
        assert meeting.error.alert is Alert.DECRYPT_ERROR
        return
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.resumed == "external psk"
    assert meeting.session.retried is retry
    assert (meeting.session.group is None) is alone


def check_staple_taken(peer: Peer, meet_server: MeetServer, pki: Pki, **client: Any) -> None:
    response = meet_server(peer, server={"staple": True}, **client)
    assert response.ok
    assert response.session.staple == pki["ecdsa-p256"].staple.read_bytes()


@for_values(CONNECTS, Again.STAPLE12, servers(Again.STAPLE12), lambda peer: ("received",))
def test_connects_and_gets_a_staple_in_tls12(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    check_staple_taken(peer, meet_server, pki, **OLD)


@for_values(CONNECTS, Again.STAPLE13, servers(Again.STAPLE13), lambda peer: ("received",))
def test_connects_and_gets_a_staple(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    check_staple_taken(peer, meet_server, pki)


def check_staple_given(peer: Peer, meet_client: MeetClient, pki: Pki, **server: Any) -> None:
    files = pki["ecdsa-p256"]
    stapled = dataclasses.replace(credential(files), staple=files.staple.read_bytes())
    answer, meeting = meet_client(peer, server={**server, "credentials": (stapled,)}, staple=True)
    assert answer.ok, (answer.output, meeting)
    assert answer.told.get("status_request") == "successful", answer.output


@for_values(SERVES, Again.STAPLE12, clients(Again.STAPLE12), lambda peer: ("given",))
def test_serves_with_a_staple_in_tls12(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    check_staple_given(peer, meet_client, pki, **OLD)


@for_values(SERVES, Again.STAPLE13, clients(Again.STAPLE13), lambda peer: ("given",))
def test_serves_with_a_staple(peer: Peer, value: str, meet_client: MeetClient, pki: Pki) -> None:
    check_staple_given(peer, meet_client, pki)
