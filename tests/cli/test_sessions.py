"""`connect` and `serve` resume sessions, take early data, share keys, and say what came of it."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dojang.engine.ticket import Ticket
from dojang.pki.authority import Authority
from dojang.pki.keys import load_certificates_file
from tests.cli.command import Outcome
from tests.cli.here import dojang_here, serving_here

TOLD = {
    "ko": ("이어받았습니다", "0-RTT 데이터를 받았습니다", "보관했습니다"),
    "en": ("Resumed with a ticket", "took the 0-RTT data", "The ticket for next time"),
}
GET = r"GET /dojang HTTP/1.1\r\nHost: a.test\r\nAccept: application/json\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    assert dojang_here("ca", "init", folder).code == 0
    return folder


@pytest.fixture(scope="module")
def port(ca: Path) -> Iterator[int]:
    with serving_here("--ca", ca, "--site", "a.test", "--site", "b.test", "--early-data", "--legacy-rsa") as number:
        yield number


def visit(port: int, ca: Path, *more: object, host: str = "a.test") -> Outcome:
    where = (f"{host}:{port}", "--resolve", f"{host}:{port}:127.0.0.1", "--ca", ca / "root.pem")
    return dojang_here("connect", *where, *more)


def visit_json(port: int, ca: Path, *more: object, host: str = "a.test") -> dict[str, Any]:
    outcome = visit(port, ca, "--json", *more, host=host)
    told: dict[str, Any] = json.loads(outcome.out)
    assert (outcome.code, told["error"]) == (0, None)
    return told


def echoed(told: dict[str, Any]) -> dict[str, Any]:
    """What the server says of the same connection."""
    found: dict[str, Any] = json.loads(told["received"].partition("\r\n\r\n")[2])
    return found


@pytest.mark.parametrize(("version", "how"), [("--tls1.3", "psk"), ("--tls1.2", "session ticket")])
def test_the_next_visit_resumes_and_both_sides_say_so(
    port: int, ca: Path, tmp_path: Path, version: str, how: str
) -> None:
    session = tmp_path / "session"
    first = visit_json(port, ca, version, "--session", session, "--send", GET)
    assert (first["session"]["resumed"], echoed(first)["resumed"]) == (None, None)
    assert first["tickets_saved"] > 0
    again = visit_json(port, ca, version, "--session", session, "--send", GET)
    assert (again["session"]["resumed"], echoed(again)["resumed"]) == (how, how)
    assert again["session"]["verified"]
    assert not any(step.get("name") == "Certificate" for step in again["ladder"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_session_file_is_for_its_owner_alone(port: int, ca: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    visit_json(port, ca, "--session", session, "--send", GET)
    assert stat.S_IMODE(session.stat().st_mode) == 0o600
    session.chmod(0o644)
    outcome = visit(port, ca, "--session", session)
    assert outcome.code == 1
    assert "chmod 600" in outcome.err


def test_a_ticket_is_offered_once(port: int, ca: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    visit_json(port, ca, "--session", session, "--send", GET)
    before = Ticket.from_bytes(session.read_bytes())
    visit_json(port, ca, "--session", session, "--send", GET)
    assert Ticket.from_bytes(session.read_bytes()).identity != before.identity
    refused = visit(1, ca, "--session", session, "--timeout", 1)
    assert refused.code == 1
    assert session.exists()  # nobody was there to show it to


def test_a_ticket_arrives_though_nothing_is_sent(port: int, ca: Path, tmp_path: Path) -> None:
    told = visit_json(port, ca, "--session", tmp_path / "session")
    assert told["tickets_saved"] > 0


def test_a_ticket_for_another_name_is_not_used(port: int, ca: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    visit_json(port, ca, "--session", session, "--send", GET)
    outcome = visit(port, ca, "--session", session, "--send", GET, host="b.test")
    assert outcome.code == 0
    assert "Not resumed" in outcome.err


def test_a_file_that_is_no_ticket(port: int, ca: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    session.write_bytes(b"something else")
    session.chmod(0o600)
    outcome = visit(port, ca, "--session", session)
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)
    assert "no ticket" in outcome.err
    assert session.read_bytes() == b"something else"


def test_early_data_is_taken_once_and_seen_as_such(port: int, ca: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    visit_json(port, ca, "--session", session, "--send", GET)
    kept = session.read_bytes()
    told = visit_json(port, ca, "--session", session, "--early-data", GET)
    assert (told["session"]["early_data"], echoed(told)["early_data"]) == (True, True)
    names = [step.get("name") for step in told["ladder"]]
    assert names.index("early_data") < names.index("ServerHello")
    session.write_bytes(kept)  # the same ticket again: the strike register knows it
    replayed = visit_json(port, ca, "--session", session, "--early-data", GET)
    assert replayed["session"]["early_data"] is False
    assert echoed(replayed)["early_data"] in (False, None)


def test_early_data_without_a_ticket_goes_out_later(port: int, ca: Path) -> None:
    outcome = visit(port, ca, "--early-data", GET)
    assert outcome.code == 0
    assert "no ticket that allows 0-RTT" in outcome.err
    assert outcome.out.startswith("HTTP/1.1 200")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_resumption_and_early_data_are_told(port: int, ca: Path, tmp_path: Path, language: str) -> None:
    session = tmp_path / "session"
    visit_json(port, ca, "--session", session, "--send", GET)
    said = visit(port, ca, "--session", session, "--early-data", GET, "--lang", language).err
    assert all(word in said for word in TOLD[language])


def test_static_rsa_is_loud(port: int, ca: Path) -> None:
    outcome = visit(port, ca, "--legacy-rsa", "--suites", "TLS_RSA_WITH_AES_128_GCM_SHA256", "--tls1.2", "--send", GET)
    assert outcome.code == 0, outcome.err
    assert "Careful: --legacy-rsa" in outcome.err
    assert "Danger: this is static RSA" in outcome.err
    assert json.loads(outcome.out.partition("\n\n")[2] or outcome.out.partition("\r\n\r\n")[2])["group"] == "RSA"


def test_without_legacy_rsa_it_is_not_spoken(port: int, ca: Path) -> None:
    outcome = visit(port, ca, "--suites", "TLS_RSA_WITH_AES_128_GCM_SHA256", "--tls1.2")
    assert outcome.code == 2
    assert "suite" in outcome.err


@pytest.mark.parametrize(("policy", "group"), [("2026", "X25519MLKEM768"), ("2026-strict", "X25519MLKEM768")])
def test_a_policy_by_name(port: int, ca: Path, policy: str, group: str) -> None:
    assert visit_json(port, ca, "--policy", policy)["session"]["group"] == group


def test_a_policy_that_is_none(port: int, ca: Path) -> None:
    assert visit(port, ca, "--policy", "1999").code == 2


@pytest.mark.parametrize("text", ["nothing", "me:", ":00", "me:xyz", "me:0011"])
def test_a_shared_key_that_is_none(port: int, ca: Path, text: str) -> None:
    outcome = visit(port, ca, "--psk", text)
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)
    assert "xyz" not in outcome.err


def test_no_tickets_no_resumption(ca: Path, tmp_path: Path) -> None:
    session = tmp_path / "session"
    with serving_here("--ca", ca, "--site", "a.test", "--no-tickets") as port:
        for _ in range(2):
            told = visit_json(port, ca, "--session", session, "--send", GET)
            assert (told["session"]["resumed"], told["tickets_saved"]) == (None, 0)


def test_what_contradicts_itself(ca: Path) -> None:
    assert dojang_here("serve", "--ca", ca, "--no-tickets", "--early-data").code == 2
    assert dojang_here("serve", "--ca", ca, "--workers", "0").code == 2
    assert dojang_here("connect", "a.test", "--sni", "127.0.0.1").code == 2


def test_sni_is_told_as_it_was_sent(port: int, ca: Path) -> None:
    assert visit_json(port, ca, "--no-sni", "--send", GET)["session"]["server_name"] is None
    told = echoed(visit_json(port, ca, "--sni", "b.test", "--insecure", "--send", GET))
    assert told["server_name"] == "b.test"


def test_a_staple_goes_with_the_certificate_it_speaks_of(ca: Path, tmp_path: Path) -> None:
    staple = tmp_path / "staple.der"
    for name in ("stapled.test", "other.test"):
        assert dojang_here("ca", "issue", ca, name, "--out", tmp_path / name).code == 0
    staple.write_bytes(ocsp_response(ca, tmp_path / "stapled.test.pem"))
    files = [f"{tmp_path}/{name}.{end}" for name in ("stapled.test", "other.test") for end in ("pem", "key")]
    both = ("--cert", files[0], "--key", files[1], "--cert", files[2], "--key", files[3])
    with serving_here(*both, "--stapling", staple) as port:
        for version in ("--tls1.2", "--tls1.3"):
            assert visit_json(port, ca, version, host="stapled.test")["info"]["staple"] == staple.read_bytes().hex()
            assert visit_json(port, ca, version, host="other.test")["info"]["staple"] is None
    stray = dojang_here("serve", "--cert", files[2], "--key", files[3], "--stapling", staple)
    assert (stray.code, "does not have" in stray.err) == (2, True)
    staple.write_bytes(b"nothing")
    broken = dojang_here("serve", *both, "--stapling", staple)
    assert (broken.code, "OCSP response" in broken.err) == (2, True)


def ocsp_response(ca: Path, certificate: Path) -> bytes:
    """The authority's word that the certificate is good."""
    authority = Authority.open(ca)
    issuer = authority.chain[0]
    now = datetime.now(UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=load_certificates_file(certificate)[0],
        issuer=issuer,
        algorithm=hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=now - timedelta(hours=1),
        next_update=now + timedelta(days=1),
        revocation_time=None,
        revocation_reason=None,
    )
    key: Any = authority.key
    signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)
