"""The peers without dojang: each is asked by, and asks, the standard library's ssl. What fails here is not dojang's."""

from __future__ import annotations

import pytest

from tests.interop.conftest import HELLO, LARGE, Serve
from tests.interop.peer import Peer, Request
from tests.interop.peers import CLIENTS, SERVERS
from tests.interop.peers.programs import StandardSsl
from tests.interop.pki import Pki

REFERENCE = StandardSsl()
each_client = pytest.mark.parametrize("peer", CLIENTS, indirect=True, ids=lambda peer: peer.name)
each_server = pytest.mark.parametrize("peer", SERVERS, indirect=True, ids=lambda peer: peer.name)


@each_client
def test_client_is_answered(peer: Peer, serve: Serve, pki: Pki) -> None:
    server = serve(REFERENCE)
    answer = peer.ask(Request(port=server.port, trust=pki.root))
    assert answer.ok, answer.output
    assert answer.body == HELLO
    large = peer.ask(Request(port=server.port, trust=pki.root, path="/large.bin"))
    assert large.length == len(LARGE), large.output


@each_client
def test_client_refuses_an_unknown_root(peer: Peer, serve: Serve, pki: Pki) -> None:
    answer = peer.ask(Request(port=serve(REFERENCE).port, trust=pki.other_root))
    assert not answer.ok, answer.output


@each_server
def test_server_answers(peer: Peer, serve: Serve, pki: Pki) -> None:
    server = serve(peer)
    answer = REFERENCE.ask(Request(port=server.port, trust=pki.root))
    assert answer.ok or "EOF" in answer.output, answer.output
    assert peer.server is not None
    if peer.server.files:
        assert answer.body == HELLO


@pytest.mark.parametrize(
    "peer",
    [peer for peer in SERVERS if peer.server and peer.server.client_certificate],
    indirect=True,
    ids=lambda peer: peer.name,
)
def test_server_requires_a_client_certificate(peer: Peer, serve: Serve, pki: Pki) -> None:
    server = serve(peer, client_auth="required", client_trust=pki.root)
    assert REFERENCE.ask(Request(port=server.port, trust=pki.root, credential=pki["client"])).ok
    assert not REFERENCE.ask(Request(port=server.port, trust=pki.root)).ok
