"""dojang's client against each peer's server."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

import pytest

from dojang.engine.config import ClientConfig
from dojang.errors import CertificateError
from dojang.net.blocking import connect
from dojang.wire.codes import Alert
from tests.interop.conftest import HELLO, LARGE, MeetServer, Serve, finite_fields, for_peers, for_values
from tests.interop.local import (
    GROUPS,
    HYBRID,
    SUITES,
    Observed,
    ask,
    check_told,
    credential,
    get,
    post,
    refused,
    trust,
)
from tests.interop.peer import Peer, Tls13
from tests.interop.peers import SERVERS
from tests.interop.pki import Pki
from tests.interop.processes import LOOPBACK, Server
from tests.interop.table import CONNECTS


@for_peers(CONNECTS, Tls13.REQUEST, SERVERS)
def test_request(peer: Peer, meet_server: MeetServer) -> None:
    response = meet_server(peer)
    assert response.ok
    assert response.session.verified
    assert not response.session.retried
    check_told(response.told, response.session)
    assert peer.server is not None
    if HYBRID in peer.server.groups:
        assert response.session.key_exchange == HYBRID
    if peer.server.files:
        assert response.body == HELLO.encode()


@for_values(CONNECTS, Tls13.SUITES, SERVERS, lambda peer: peer.server.suites)
def test_suite(peer: Peer, value: str, meet_server: MeetServer) -> None:
    response = meet_server(peer, suites=(SUITES[value],))
    assert response.ok
    assert response.session.suite.label == value
    check_told(response.told, response.session)


@for_values(CONNECTS, Tls13.GROUPS, SERVERS, lambda peer: peer.server.groups)
@finite_fields
def test_group(peer: Peer, value: str, meet_server: MeetServer) -> None:
    response = meet_server(peer, groups=(GROUPS[value],))
    assert response.ok
    assert response.session.key_exchange == value
    check_told(response.told, response.session)


@for_values(CONNECTS, Tls13.RETRY, SERVERS, lambda peer: ("no share", "a share of no use"))
def test_hello_retry_request(peer: Peer, value: str, meet_server: MeetServer) -> None:
    assert peer.server is not None
    rare = next(name for name in (HYBRID, "x448", "SecP384r1MLKEM1024") if name not in peer.server.groups)
    response = meet_server(peer, key_shares=() if value == "no share" else (GROUPS[rare],))
    assert response.ok
    assert response.session.retried
    check_told(response.told, response.session)


@for_values(CONNECTS, Tls13.CERTIFICATES, SERVERS, lambda peer: peer.server.certificates)
def test_certificate(peer: Peer, value: str, meet_server: MeetServer) -> None:
    response = meet_server(peer, server={"credential": value})
    assert response.ok
    assert response.session.verified


asks_for_certificates = [peer for peer in SERVERS if peer.server and peer.server.client_certificate]
kinds = {
    "required": ("required", "client"),
    "optional": ("optional", "client"),
    "optional, none sent": ("optional", None),
    "required, none sent": ("required", None),
    "stranger refused": ("required", "stranger"),
}


@for_values(CONNECTS, Tls13.CLIENT_CERTIFICATE, asks_for_certificates, lambda peer: tuple(kinds))
def test_client_certificate(peer: Peer, value: str, meet_server: MeetServer, pki: Pki) -> None:
    wanted, shown = kinds[value]
    server = {"client_auth": wanted, "client_trust": pki.root}
    own = credential(pki[shown]) if shown else None
    if value in ("required, none sent", "stranger refused"):
        assert refused(lambda: meet_server(peer, server=server, credential=own))
    else:
        response = meet_server(peer, server=server, credential=own)
        assert response.ok
        assert (response.session.client_signature_scheme is not None) == (shown is not None)


@for_peers(CONNECTS, Tls13.ALPN, [peer for peer in SERVERS if peer.server and peer.server.alpn])
def test_alpn(peer: Peer, meet_server: MeetServer) -> None:
    response = meet_server(peer, server={"alpn": ("http/1.1",)}, alpn=("acme/1", "http/1.1"))
    assert response.ok
    assert response.session.alpn == "http/1.1"
    check_told(response.told, response.session)


@for_peers(CONNECTS, Tls13.KEY_UPDATE, SERVERS)
def test_key_update(peer: Peer, meet_server: MeetServer) -> None:
    """The server has to update its keys, too, before it answers."""
    response = meet_server(peer, update_keys=True)
    assert response.ok
    assert response.observed.key_updates == ["client", "server"]


@for_peers(CONNECTS, Tls13.PEER_KEY_UPDATE, [peer for peer in SERVERS if peer.server and peer.server.key_update])
def test_key_update_by_the_peer(peer: Peer, serve: Serve, pki: Pki) -> None:
    if peer.name == "openssl":
        converse_across_key_updates(serve(peer, talk=True, key_update=True), pki)
        return
    config = ClientConfig(trust=trust(pki.root))
    response = ask(serve(peer, key_update=True).port, config, get("/large.bin"))
    assert response.body == LARGE.encode()
    assert "server" in response.observed.key_updates


def converse_across_key_updates(server: Server, pki: Pki) -> None:
    """s_server takes the line "K" as the command to update keys and to ask for the same."""
    observed = Observed()
    config = ClientConfig(trust=trust(pki.root))
    with connect("localhost", server.port, config, address=LOOPBACK, timeout=10, observer=observed) as tls:
        for word in (b"first\n", b"second\n"):
            server.say(b"K\n")
            time.sleep(0.2)  # a command is the first letter of what it reads at once
            server.say(word)
            assert tls.recv() == word
            tls.sendall(b"to the " + word)
            assert server.wait_for(b"to the " + word)
    assert observed.key_updates == ["server", "client"] * 2


mistakes: dict[str, tuple[dict[str, Any], Alert]] = {
    "wrong name": ({"name": "elsewhere.test"}, Alert.BAD_CERTIFICATE),
    "expired": ({"server": {"credential": "expired"}}, Alert.CERTIFICATE_EXPIRED),
    "unknown root": ({"server": {"credential": "untrusted"}}, Alert.UNKNOWN_CA),
}


@for_values(CONNECTS, Tls13.REFUSAL, SERVERS, lambda peer: tuple(mistakes))
def test_refusal(peer: Peer, value: str, meet_server: MeetServer) -> None:
    settings, alert = mistakes[value]
    with pytest.raises(CertificateError) as caught:
        meet_server(peer, **settings)
    assert caught.value.alert is alert


@for_peers(CONNECTS, Tls13.DOWNLOAD, [p for p in SERVERS if p.server and (p.server.files or p.server.upload == "echo")])
def test_large_answer(peer: Peer, meet_server: MeetServer, serve: Serve, pki: Pki) -> None:
    assert peer.server is not None
    if peer.server.upload == "echo":
        assert echo(serve(peer, talk=True), pki, LARGE.encode()) == LARGE.encode()
    else:
        assert meet_server(peer, get("/large.bin")).body == LARGE.encode()


@for_peers(CONNECTS, Tls13.UPLOAD, [peer for peer in SERVERS if peer.server and peer.server.upload])
def test_large_request(peer: Peer, meet_server: MeetServer, serve: Serve, pki: Pki) -> None:
    assert peer.server is not None
    data = LARGE.encode()
    match peer.server.upload:
        case "digest":
            assert meet_server(peer, post(data)).body == hashlib.sha256(data).hexdigest().encode()
        case "put":
            assert " 201" in meet_server(peer, post(data, "/uploaded", "PUT")).status
            assert meet_server(peer, get("/uploaded")).body == data
        case "echo":
            assert echo(serve(peer, talk=True), pki, data) == data
        case "print":
            server = serve(peer, talk=True)
            with connect(
                "localhost", server.port, ClientConfig(trust=trust(pki.root)), address=LOOPBACK, timeout=10
            ) as tls:
                tls.sendall(data)
                tls.shutdown_write()
                assert tls.recv() == b""
            assert server.wait_for(data)


def echo(server: Server, pki: Pki, data: bytes) -> bytes:
    """What comes back of `data`, one thread writing while this one reads."""
    received = bytearray()
    config = ClientConfig(trust=trust(pki.root))
    with connect("localhost", server.port, config, address=LOOPBACK, timeout=10) as tls:
        writer = threading.Thread(target=tls.sendall, args=(data,))
        writer.start()
        while len(received) < len(data):
            received += tls.recv()
        writer.join(10)
    return bytes(received)
