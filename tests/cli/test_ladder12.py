"""The ladder of TLS 1.2, of resumed sessions and of early data, from the bytes of real handshakes."""

from __future__ import annotations

import io
from typing import Any

import pytest

from dojang.cli.drawing import draw_ladder
from dojang.cli.facts import facts_of
from dojang.cli.facts12 import Hellos, facts12_of
from dojang.cli.ladder import Keys, Ladder, Rung
from dojang.cli.language import Language
from dojang.cli.terminal import Screen
from dojang.cli.text import width_of
from dojang.crypto.suites import TLS12_SUITES
from dojang.engine.config import ClientAuth, Credential
from dojang.engine.session_store import MemorySessions
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.pki.authority import Authority
from dojang.wire import messages12 as m12
from dojang.wire.codec import Struct
from dojang.wire.codes import CertificateStatusType, CipherSuite, Version
from tests.cli.pairs import Met, meet

TLS12 = {"versions": (Version.TLS12,)}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create_root("Test Root").create_intermediate("Test Intermediate")


@pytest.fixture(scope="module")
def rsa(authority: Authority) -> Credential:
    issued = authority.issue(["name.test"], algorithm="rsa-2048")
    return Credential.from_pyca(issued.chain, issued.key)


def by_exchange(authority: Authority, rsa: Credential, exchange: str, **server: Any) -> Met:
    suites = tuple(code for code, suite in TLS12_SUITES.items() if (suite.exchange, suite.signs) == (exchange, "rsa"))
    legacy = {**TLS12, "legacy_key_exchange": exchange != "ecdhe", "suites": suites}
    return meet(authority, rsa, legacy, {**legacy, **server})


def names(ladder: Ladder) -> list[str]:
    return [step.family if isinstance(step, Keys) else step.name for step in ladder.steps]


def facts(ladder: Ladder, name: str, language: Language = Language.EN) -> str:
    return "\n".join(
        fact.pick(language)
        for step in ladder.steps
        if isinstance(step, Rung) and step.name == name
        for fact in step.facts
    )


def test_the_messages_of_tls_1_2_stand_in_their_order(authority: Authority, rsa: Credential) -> None:
    ladder = by_exchange(authority, rsa, "ecdhe").ladder
    assert names(ladder)[:12] == [
        "ClientHello",
        "ServerHello",
        "Certificate",
        "ServerKeyExchange",
        "ServerHelloDone",
        "ClientKeyExchange",
        "main",
        "ChangeCipherSpec",
        "Finished",
        "ChangeCipherSpec",
        "Finished",
        "application_data",
    ]
    assert {s.epoch for s in ladder.steps if isinstance(s, Rung) and s.name == "Finished"} == {"application"}


@pytest.mark.parametrize(
    ("exchange", "message", "english", "korean"),
    [
        ("ecdhe", "ServerKeyExchange", "its public value for x25519", "x25519 공개 값"),
        ("ecdhe", "ServerKeyExchange", "rsa_pss_rsae_sha256 signature", "rsa_pss_rsae_sha256으로 서명"),
        ("ecdhe", "ClientKeyExchange", "both sides now compute the same secret", "같은 비밀을 계산합니다"),
        ("ecdhe", "ServerHello", "TLS 1.2 it is", "TLS 1.2로 합니다"),
        ("ecdhe", "Certificate", "anyone on the way sees who this is", "길에서도 보입니다"),
        ("ecdhe", "ChangeCipherSpec", "from here on this side encrypts", "여기서부터 암호화하여"),
        ("dhe", "ServerKeyExchange", "group of 2048 bits", "2048비트 디피-헬먼 그룹"),
        ("rsa", "ClientKeyExchange", "encrypted to the RSA key", "RSA 공개 키로 암호화한 것"),
        ("rsa", "ClientKeyExchange", "no forward secrecy", "전방향 안전성 없음"),
    ],
)
def test_what_they_carry(
    authority: Authority, rsa: Credential, exchange: str, message: str, english: str, korean: str
) -> None:
    ladder = by_exchange(authority, rsa, exchange).ladder
    assert english in facts(ladder, message)
    assert korean in facts(ladder, message, Language.KO)


def test_static_rsa_has_no_server_key_exchange(authority: Authority, rsa: Credential) -> None:
    assert "ServerKeyExchange" not in names(by_exchange(authority, rsa, "rsa").ladder)


def test_a_client_certificate_in_tls_1_2(authority: Authority, rsa: Credential) -> None:
    asked = {"client_auth": ClientAuth.OPTIONAL, "client_trust": authority.trust}
    ladder = by_exchange(authority, rsa, "ecdhe", **asked).ladder
    assert "names 1 authorities" in facts(ladder, "CertificateRequest")
    assert "no certificate to show" in facts(ladder, "Certificate")


@pytest.mark.parametrize(
    ("server", "offered"),
    [({"ticket_keys": RotatingTicketKeys()}, "the ticket of an earlier session"), ({"sessions": MemorySessions()}, "")],
)
def test_a_resumed_session_of_tls_1_2_says_so(
    authority: Authority, rsa: Credential, server: dict[str, Any], offered: str
) -> None:
    first = meet(authority, rsa, TLS12, server)
    assert "takes up" not in facts(first.ladder, "ServerHello")
    again = meet(authority, rsa, TLS12, server, ticket=first.tickets[-1])
    assert "takes up the earlier session" in facts(again.ladder, "ServerHello")
    assert (offered or "the ID of an earlier session") in facts(again.ladder, "ClientHello")
    assert "Certificate" not in names(again.ladder)


def test_tickets_and_early_data_of_tls_1_3(authority: Authority, rsa: Credential) -> None:
    server = {"ticket_keys": RotatingTicketKeys(), "early_data_limit": 1000, "strikes": MemoryStrikes()}
    first = meet(authority, rsa, None, server)
    assert "it allows 1000 bytes of 0-RTT data" in facts(first.ladder, "NewSessionTicket")
    again = meet(authority, rsa, None, server, ticket=first.tickets[-1], early_data=b"early")
    assert names(again.ladder)[:4] == ["ClientHello", "early", "ChangeCipherSpec", "early_data"]
    assert "0-RTT data follows" in facts(again.ladder, "ClientHello")
    assert "accepted the pre-shared key" in facts(again.ladder, "ServerHello")
    assert "accepted the 0-RTT data" in facts(again.ladder, "EncryptedExtensions")
    (early,) = (s for s in again.ladder.steps if isinstance(s, Rung) and s.name == "early_data")
    assert (early.size, early.epoch) == (5, "early")


@pytest.mark.parametrize("language", list(Language))
def test_the_legend_has_what_is_there(authority: Authority, rsa: Credential, language: Language) -> None:
    drawn = {}
    for name, ladder in (
        ("old", by_exchange(authority, rsa, "ecdhe").ladder),
        ("new", meet(authority, rsa).ladder),
    ):
        out = io.StringIO()
        draw_ladder(Screen(out, language, columns=72), ladder.steps, legend=True)
        drawn[name] = out.getvalue()
        assert max(map(width_of, drawn[name].splitlines())) <= 72
    assert "═══▶" not in drawn["old"]
    assert "═══▶" in drawn["new"]
    assert "┄┄┄▶" not in drawn["new"]


@pytest.mark.parametrize(
    ("message", "english", "korean"),
    [
        (m12.NewSessionTicket12(7200, b"t"), "good for 2 hours", "2시간 동안 유효"),
        (m12.NewSessionTicket12(0, b""), "an empty ticket", "빈 티켓"),
        (m12.CertificateStatus12(CertificateStatusType.OCSP, bytes(471)), "471 bytes", "OCSP 응답 471바이트"),
        (m12.HelloRequest(), "a renegotiation", "다시 협상하자고"),
    ],
)
def test_a_message_in_a_few_words(message: Struct, english: str, korean: str) -> None:
    found = facts_of(message)
    assert any(english in fact.en and korean in fact.ko for fact in found), found


def test_a_broken_key_exchange_has_no_facts() -> None:
    assert facts12_of(m12.ServerKeyExchange(b"\x03\x00"), Hellos()) == []


def test_an_id_of_an_old_client_is_one() -> None:
    from dojang.wire.hello import ClientHello

    hello = ClientHello(Version.TLS12, bytes(32), bytes(32), (CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,), b"\0", ())
    assert any("the ID of an earlier session" in fact.en for fact in facts_of(hello))
