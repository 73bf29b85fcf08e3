"""Early data (0-RTT), both ways: taken, refused without harm to the connection, and never taken twice."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from dojang.engine.config import ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.session import Session
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket import MemoryTickets, Ticket
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import StoreUnavailable
from dojang.net.blocking import TlsSocket
from dojang.wire.codes import NamedGroup
from tests.interop.conftest import HELLO, MeetClient, MeetServer, Serve, for_peers, for_values
from tests.interop.local import LocalServer, credential, get, trust
from tests.interop.peer import Again, Peer, Request
from tests.interop.peers import CLIENTS, SERVERS
from tests.interop.pki import Pki
from tests.interop.processes import LOOPBACK, Server
from tests.interop.table import CONNECTS, SERVES

with_early_data = [peer for peer in CLIENTS if peer.client and Again.EARLY_DATA in peer.client.again]


def taking() -> dict[str, Any]:
    """A server that takes early data, once."""
    return {"ticket_keys": RotatingTicketKeys(), "early_data_limit": 16384, "strikes": MemoryStrikes()}


@for_peers(SERVES, Again.EARLY_DATA, with_early_data)
def test_serves(peer: Peer, meet_client: MeetClient) -> None:
    answer, meeting = meet_client(peer, server=taking(), again=True, early_data=True)
    assert answer.ok, (answer.output, meeting)
    assert answer.body.startswith(HELLO)
    assert meeting.session is not None
    assert meeting.session.early_data, (answer.output, meeting)
    assert meeting.early.startswith(b"GET /")


class Unavailable:
    """A strike register that can't answer."""

    def strike(self, identity: bytes, expires: float, now: float) -> bool:
        raise StoreUnavailable("the register is away")


def ways_to_refuse(peer: Peer) -> tuple[str, ...]:
    """GnuTLS encrypts its second hello, with keys that are no more."""
    retry = () if peer.name == "gnutls" else ("HelloRetryRequest",)
    return (*retry, "register away")


@for_values(SERVES, Again.EARLY_DATA_REFUSED, with_early_data, ways_to_refuse)
def test_serves_and_refuses(peer: Peer, value: str, meet_client: MeetClient) -> None:
    """The request comes again after the handshake, and is answered."""
    retry = value == "HelloRetryRequest"
    server = {**taking(), **({"groups": (NamedGroup.SECP384R1,)} if retry else {})}
    server |= {"strikes": Unavailable()} if value == "register away" else {}
    answer, meeting = meet_client(peer, server=server, again=True, early_data=True)
    assert answer.ok, (answer.output, meeting)
    assert answer.body.startswith(HELLO)
    assert meeting.session is not None
    assert meeting.session.retried is retry
    assert meeting.session.early_data is False, (answer.output, meeting)
    assert meeting.early == b""


@for_values(
    SERVES, Again.EARLY_DATA_REFUSED, [p for p in with_early_data if p.name == "openssl"], lambda peer: ("replayed",)
)
def test_serves_once(peer: Peer, value: str, meet_client: MeetClient, pki: Pki, files: Path) -> None:
    """A ticket that is used twice for early data: the first is taken, the second is not."""
    config = ServerConfig(credentials=(credential(pki["ecdsa-p256"]),), **taking())
    with LocalServer(config, files) as local:
        peer.ask(Request(port=local.port, trust=pki.root, again=True, early_data=True, replay=True))
    took = [met.session.early_data for met in local.meetings if met.session]
    assert took == [None, True, False]


def visit(server: Server, config: ClientConfig, said: bytes, ticket: Ticket | None = None) -> tuple[Session, bytes]:
    """Say something early, and say "late" afterwards; the session, and what was refused."""
    connection = Connection.client(config, "localhost", ticket=ticket, early_data=said)
    with TlsSocket(socket.create_connection((LOOPBACK, server.port), 5), connection) as tls:
        tls.do_handshake()
        tls.sendall(b"late " + said)
        tls.shutdown_write()
        while tls.recv():
            pass
        return tls.session, connection.rejected_early_data


@for_peers(CONNECTS, Again.EARLY_DATA, [p for p in SERVERS if p.server and Again.EARLY_DATA in p.server.again])
def test_connects(peer: Peer, serve: Serve, meet_server: MeetServer, pki: Pki) -> None:
    """nginx answers what came early, s_server prints it, gnutls-serv takes it and goes on."""
    config = ClientConfig(trust=trust(pki.root), tickets=MemoryTickets())
    if peer.name == "nginx":
        how: dict[str, Any] = {"server": {"early_data": True}, "tickets": config.tickets}
        assert meet_server(peer, **how).ok
        response = meet_server(peer, **how, early_data=True)
        assert response.body == HELLO.encode()
        assert response.session.early_data
        return
    server = serve(peer, talk=True, early_data=True)
    session, _ = visit(server, config, b"first\n")
    assert session.resumed is None
    assert not session.early_data
    session, refused = visit(server, config, b"second\n")
    assert session.resumed == "psk"
    assert session.early_data
    assert refused == b""
    assert server.wait_for(b"late second")
    if peer.name == "openssl":
        assert server.output().count(b"second\n") == 2


def ways_to_be_refused(peer: Peer) -> tuple[str, ...]:
    """nginx leaves replay to the application; NSS takes nothing in the first seconds."""
    return {"nginx": ("HelloRetryRequest",), "nss": ("too soon",)}.get(peer.name, ("HelloRetryRequest", "replayed"))


@for_values(
    CONNECTS,
    Again.EARLY_DATA_REFUSED,
    [p for p in SERVERS if p.server and Again.EARLY_DATA_REFUSED in p.server.again],
    ways_to_be_refused,
)
def test_connects_and_is_refused(peer: Peer, value: str, serve: Serve, meet_server: MeetServer, pki: Pki) -> None:
    """dojang hands back what was not taken; said again, it arrives."""
    tickets = MemoryTickets()
    how: dict[str, Any] = {"server": {"early_data": True}, "tickets": tickets}
    if peer.name in ("nginx", "nss"):
        meet_server(peer, **how)
        response = meet_server(peer, **how, early_data=True, key_shares=() if peer.name == "nginx" else None)
        assert response.ok
        assert response.session.resumed == "psk"
        assert response.session.early_data is False
        assert response.early_refused == get()
        return
    server = serve(peer, talk=True, early_data=True)
    config = ClientConfig(trust=trust(pki.root), tickets=tickets)
    visit(server, config, b"")
    ticket = tickets.take("localhost")
    if value == "replayed":
        assert visit(server, config, b"once\n", ticket)[0].early_data
        session, refused = visit(server, config, b"once\n", ticket)
    else:
        retrying = ClientConfig(trust=trust(pki.root), key_shares=())
        session, refused = visit(server, retrying, b"once\n", ticket)
        assert session.retried
    assert session.early_data is False
    assert refused == b"once\n"
