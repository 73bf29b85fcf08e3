"""What a message carries, said for messages that the plain handshake of test_ladder does not have."""

from __future__ import annotations

import pytest

from dojang.cli.facts import facts_of
from dojang.wire import extensions as ext
from dojang.wire.codec import Struct
from dojang.wire.codes import CipherSuite, ExtensionType, KeyUpdateRequest, NamedGroup, Version
from dojang.wire.extensions import Extension, extension
from dojang.wire.hello import HELLO_RETRY_REQUEST_RANDOM, ClientHello, EncryptedExtensions, HelloRetryRequest
from dojang.wire.messages13 import Certificate, CertificateRequest, EndOfEarlyData, KeyUpdate, NewSessionTicket

RETRY = HelloRetryRequest(
    Version.TLS12,
    HELLO_RETRY_REQUEST_RANDOM,
    b"",
    CipherSuite.TLS_AES_128_GCM_SHA256,
    0,
    (
        extension(ExtensionType.KEY_SHARE, ext.KeyShareHelloRetryRequest(NamedGroup.SECP384R1)),
        extension(ExtensionType.COOKIE, ext.Cookie(b"cookie")),
    ),
)


@pytest.mark.parametrize(
    ("message", "english", "korean"),
    [
        (RETRY, "asks for a public value for secp384r1 instead", "secp384r1 공개 값으로 다시 보내라고 합니다"),
        (RETRY, "wants its cookie back", "쿠키를 돌려 달라고 합니다"),
        (CertificateRequest(b"", ()), "wants a certificate from the client", "클라이언트에게도 인증서를 요구합니다"),
        (Certificate(b"", ()), "has no certificate to show", "보여 줄 인증서가 없습니다"),
        (EncryptedExtensions(()), "nothing more to settle", "더 정할 것이 없습니다"),
        (KeyUpdate(KeyUpdateRequest.UPDATE_REQUESTED), "sends under new keys", "새 키로 보냅니다"),
        (KeyUpdate(KeyUpdateRequest.UPDATE_REQUESTED), "asks the other side", "상대도 키를 바꾸라고"),
        (NewSessionTicket(7200, 0, b"", b"t", ()), "good for 2 hours", "2시간 동안 유효"),
        (NewSessionTicket(1800, 0, b"", b"t", ()), "good for 0.5 hours", "0.5시간 동안 유효"),
    ],
)
def test_a_message_in_a_few_words(message: Struct, english: str, korean: str) -> None:
    facts = facts_of(message)
    assert any(english in fact.en and korean in fact.ko for fact in facts), facts


def test_grease_is_left_out() -> None:
    hello = ClientHello(
        Version.TLS12, bytes(32), b"", (CipherSuite(0x0A0A), CipherSuite.TLS_AES_128_GCM_SHA256), b"\0", ()
    )
    assert not [fact for fact in facts_of(hello) if "GREASE" in fact.en]


def test_a_malformed_extension_is_passed_over() -> None:
    broken = Extension(ExtensionType.SERVER_NAME, b"\xff\xff")
    hello = ClientHello(Version.TLS12, bytes(32), b"", (CipherSuite.TLS_AES_128_GCM_SHA256,), b"\0", (broken,))
    assert any("no SNI" in fact.en for fact in facts_of(hello))


def test_the_end_of_early_data() -> None:
    assert "ends here" in facts_of(EndOfEarlyData())[0].en


def test_an_old_client_offers_its_legacy_version() -> None:
    hello = ClientHello(Version.TLS11, bytes(32), b"", (CipherSuite.TLS_AES_128_GCM_SHA256,), b"\0", ())
    assert any("TLS 1.1" in fact.en for fact in facts_of(hello))
