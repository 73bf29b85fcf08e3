"""The command line among real programs: browsers and curl visit `dojang serve`, `dojang connect` visits nginx."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.conftest import HELLO, Serve
from tests.interop.peer import Peer, Request
from tests.interop.peers import PEERS
from tests.interop.pki import Pki
from tests.interop.processes import Server, run, serving

DOJANG = (sys.executable, "-m", "dojang")
REFUSALS = {
    "chromium": "ERR_CERT_AUTHORITY_INVALID",
    "firefox": "SEC_ERROR_UNKNOWN_ISSUER",
    "curl": "unable to get local issuer certificate",
}
each_visitor = pytest.mark.parametrize(
    "peer", [peer for peer in PEERS if peer.name in REFUSALS], indirect=True, ids=lambda peer: peer.name
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "ca"
    ended = run([*DOJANG, "ca", "init", folder])
    assert ended.returncode == 0, ended.text
    return folder


@pytest.fixture(scope="module")
def site(authority: Path, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    words: list[str | Path] = [
        *DOJANG,
        "serve",
        files,
        "--site",
        "localhost",
        "--ca",
        authority,
        "--port",
        "0",
        "--json",
    ]
    with serving(words, 0, tmp_path_factory.mktemp("serve"), announcement=r'"port": (\d+)') as server:
        yield server


@each_visitor
def test_visitor_with_the_authority(peer: Peer, site: Server, authority: Path) -> None:
    trust = authority / "root.pem"
    page = peer.ask(Request(port=site.port, trust=trust))
    assert page.ok, page.output
    assert page.body == HELLO
    echo = peer.ask(Request(port=site.port, trust=trust, path="/dojang"))
    assert echo.ok, echo.output
    assert "TLS_AES_128_GCM_SHA256" in echo.body


@each_visitor
def test_visitor_without_the_authority(peer: Peer, site: Server, pki: Pki) -> None:
    answer = peer.ask(Request(port=site.port, trust=pki.root))
    assert not answer.ok
    assert REFUSALS[peer.name] in answer.output


@pytest.mark.parametrize(
    "peer", [peer for peer in PEERS if peer.name == "nginx"], indirect=True, ids=lambda peer: peer.name
)
def test_connect(peer: Peer, serve: Serve, pki: Pki) -> None:
    target = f"localhost:{serve(peer).port}"
    request = "GET /hello.txt HTTP/1.0\r\nHost: localhost\r\n\r\n"
    words = [*DOJANG, "connect", target, "--resolve", f"{target}:127.0.0.1", "--send", request, "--json"]
    done = run([*words, "--ca", pki.root])
    assert done.returncode == 0, done.text
    assert json.loads(done.stdout)
    refused = run([*words, "--ca", pki.other_root])
    assert refused.returncode == 1, refused.text
