"""`dojang connect` against real peers: protocols that begin in the clear, shared keys, tickets of others."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.here import dojang_here
from tests.interop.pki import Pki, make_pki
from tests.interop.processes import Server
from tests.net.mail_and_more import SERVERS, Place
from tests.net.processes import listening, need

KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture(scope="module")
def pki() -> Iterator[Pki]:
    """In a folder that the servers' own users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="dojang-connect-"))
    try:
        folder.chmod(0o755)
        (folder / "pki").mkdir()
        yield make_pki(folder / "pki")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def s_server(pki: Pki) -> Iterator[Server]:
    """OpenSSL, with a certificate and a shared key."""
    (program,) = need("openssl")
    pair = pki["ecdsa-p256"]
    words = ["-cert", str(pair.certificate), "-cert_chain", str(pair.chain), "-key", str(pair.key)]
    words += ["-psk_identity", "me", "-psk", KEY, "-www", "-quiet"]
    with listening(lambda port: [program, "s_server", "-accept", str(port), *words], pki.folder) as server:
        yield server


def connect_json(port: int, pki: Pki, *more: object) -> dict[str, Any]:
    outcome = dojang_here("connect", f"localhost:{port}", "--ca", pki.root, "--json", *more)
    told: dict[str, Any] = json.loads(outcome.out)
    assert (outcome.code, told["error"]) == (0, None)
    return told


@pytest.mark.parametrize("protocol", ["smtp", "imap", "postgres"])
def test_a_conversation_that_begins_in_the_clear(pki: Pki, protocol: str) -> None:
    folder = pki.folder.parent / protocol
    folder.mkdir(mode=0o755)
    with SERVERS[protocol](Place(pki, folder)) as server:
        told = connect_json(server.port, pki, "--starttls", protocol)
    assert told["session"]["verified"]
    assert told["session"]["alpn"] is None
    kinds = [step["kind"] for step in told["ladder"]]
    before = kinds[: kinds.index("message")]
    assert set(before) == {"foreign"}
    assert len(before) >= 2


def test_a_server_that_begins_with_tls_is_no_mail_server(s_server: Server, pki: Pki) -> None:
    where = (f"localhost:{s_server.port}", "--ca", pki.root, "--starttls", "postgres", "--timeout", "3")
    outcome = dojang_here("connect", *where)
    assert (outcome.code, "Traceback" in outcome.err) == (1, False)


def test_a_shared_key(s_server: Server, pki: Pki, tmp_path: Path) -> None:
    file = tmp_path / "psk"
    file.write_text(f"me:{KEY}\n")
    for given in (f"me:{KEY}", f"@{file}"):
        told = connect_json(s_server.port, pki, "--psk", given, "--tls1.3")
        assert told["session"]["resumed"] == "external psk"
        assert not any(step.get("name") == "Certificate" for step in told["ladder"])


def test_openssl_s_tickets(s_server: Server, pki: Pki, tmp_path: Path) -> None:
    get = r"GET / HTTP/1.0\r\n\r\n"
    for version, how in (("--tls1.3", "psk"), ("--tls1.2", "session ticket")):
        session = tmp_path / version
        first = connect_json(s_server.port, pki, version, "--session", session, "--send", get)
        again = connect_json(s_server.port, pki, version, "--session", session, "--send", get)
        assert (first["session"]["resumed"], again["session"]["resumed"]) == (None, how)
        assert again["info"]["received"]["bytes"] < first["info"]["received"]["bytes"]
