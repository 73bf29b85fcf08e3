"""What the messages of TLS 1.2 carry, in a few words; their shape depends on what the hellos chose.

Beside `facts`, which has the hellos and TLS 1.3; whatever a peer chose freely is neutralised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dojang.cli.certificates import short_name
from dojang.cli.language import Text
from dojang.crypto.suites import TLS12_SUITES
from dojang.errors import DecodeError
from dojang.wire import messages12 as m12
from dojang.wire.codec import Struct
from dojang.wire.codes import ExtensionType
from dojang.wire.extensions import find
from dojang.wire.hello import ClientHello, ServerHello
from dojang.wire.reader import Reader

__all__ = ["Hellos", "chose_tls12", "facts12_of"]


class Hellos(NamedTuple):
    """The two hellos of a connection, as far as they have been seen."""

    client: ClientHello | None = None
    server: ServerHello | None = None

    @property
    def resumes12(self) -> bool:
        """RFC 5246 section 7.4.1.3: a server that echoes the session ID takes up the session."""
        if self.client is None or self.server is None or not chose_tls12(self.server):
            return False
        return (
            bool(self.client.legacy_session_id) and self.server.legacy_session_id_echo == self.client.legacy_session_id
        )

    @property
    def exchange(self) -> str:
        """``ecdhe``, ``dhe`` or ``rsa``; "" where no suite is known."""
        suite = TLS12_SUITES.get(self.server.cipher_suite) if self.server is not None else None
        return suite.exchange if suite is not None else ""


def chose_tls12(hello: ServerHello) -> bool:
    """TLS 1.3 and newer stand in an extension, older versions in the old place."""
    return find(hello.extensions, ExtensionType.SUPPORTED_VERSIONS) is None


def facts12_of(message: Struct, hellos: Hellos) -> list[Text]:
    """A line for each fact; nothing for a message that is not TLS 1.2's own."""
    facts = next((facts for kind, facts in _FACTS if isinstance(message, kind)), None)
    return facts(message, hellos) if facts is not None else []


def _certificate(message: m12.Certificate12, _: Hellos) -> list[Text]:
    if not message.certificate_list:
        return [Text(ko="보여 줄 인증서가 없습니다", en="has no certificate to show")]
    names = " ← ".join(map(short_name, message.certificate_list))
    in_the_clear = Text(
        ko="암호화되지 않아서, 누구를 만나는지 길에서도 보입니다",
        en="not encrypted: anyone on the way sees who this is",
    )
    return [Text(ko="인증서 체인: {names}", en="the chain: {names}").fill(names=names), in_the_clear]


def _server_key_exchange(message: m12.ServerKeyExchange, hellos: Hellos) -> list[Text]:
    reader = Reader(message.params, what="ServerKeyExchange")
    try:
        if hellos.exchange == "dhe":
            bits = int.from_bytes(m12.ServerDhParams.read(reader).dh_p, "big").bit_length()
            share = _DH_SHARE.fill(bits=bits)
        else:
            share = _SHARE.fill(name=m12.ServerEcdhParams.read(reader).named_curve.label)
        scheme = m12.SignedParams.read(reader).algorithm.label
    except DecodeError:
        return []
    return [share, _SIGNED.fill(scheme=scheme)]


def _client_key_exchange(_: m12.ClientKeyExchange, hellos: Hellos) -> list[Text]:
    return [_TO_THE_KEY, _NO_SECRECY] if hellos.exchange == "rsa" else [_CLIENT_SHARE]


def _certificate_request(message: m12.CertificateRequest12, _: Hellos) -> list[Text]:
    facts = [Text(ko="클라이언트에게도 인증서를 요구합니다", en="wants a certificate from the client too")]
    if message.certificate_authorities:
        text = Text(ko="믿는 인증 기관 {number}곳을 알려 줍니다", en="names {number} authorities that it trusts")
        facts.append(text.fill(number=len(message.certificate_authorities)))
    return facts


def _certificate_verify(message: m12.CertificateVerify12, _: Hellos) -> list[Text]:
    text = Text(
        ko="지금까지 오간 모든 메시지에 {scheme:으로/로} 서명: 인증서의 개인 키를 가졌다는 증거",
        en="{scheme} signature over every message so far: proof that it holds the certificate's private key",
    )
    return [text.fill(scheme=message.algorithm.label)]


def _ticket(message: m12.NewSessionTicket12, _: Hellos) -> list[Text]:
    if not message.ticket:
        return [Text(ko="빈 티켓: 이번에는 줄 수 없습니다", en="an empty ticket: none can be given this time")]
    text = Text(
        ko="다음 접속을 빠르게 해 줄 티켓 ({hours:g}시간 동안 유효)",
        en="a ticket for a quicker start next time (good for {hours:g} hours)",
    )
    return [text.fill(hours=round(message.ticket_lifetime_hint / 3600, 1))]


def _status(message: m12.CertificateStatus12, _: Hellos) -> list[Text]:
    text = Text(
        ko="인증 기관이 서명한 OCSP 응답 {size}바이트: 인증서가 폐기되었는지 알려 줍니다",
        en="an OCSP response of {size} bytes, signed by the authority, on whether the certificate was revoked",
    )
    return [text.fill(size=len(message.response))]


def _always(text: Text) -> Callable[[Any, Hellos], list[Text]]:
    return lambda _message, _hellos: [text]


_SHARE = Text(
    ko="{name} 공개 값: 이 연결에서만 쓰고 버립니다",
    en="its public value for {name}, made for this connection alone",
)
_DH_SHARE = Text(
    ko="{bits}비트 디피-헬먼 그룹과 공개 값: 이 연결에서만 쓰고 버립니다",
    en="a Diffie-Hellman group of {bits} bits and a public value made for this connection alone",
)
_SIGNED = Text(
    ko="{scheme:으로/로} 서명: 이 값이 인증서 주인의 것이라는 증거",
    en="{scheme} signature: proof that the value comes from whom the certificate names",
)
_CLIENT_SHARE = Text(
    ko="클라이언트의 공개 값: 이제 양쪽이 같은 비밀을 계산합니다",
    en="the client's public value: both sides now compute the same secret",
)
_TO_THE_KEY = Text(
    ko="클라이언트가 정한 비밀을 인증서의 RSA 공개 키로 암호화한 것",
    en="a secret of the client's making, encrypted to the RSA key in the certificate",
)
_NO_SECRECY = Text(
    ko="전방향 안전성 없음: 그 개인 키를 얻은 사람은 나중에라도 이 통신을 모두 읽습니다",
    en="no forward secrecy: whoever gets that private key, even years later, reads all of this",
)
_FINISHED = Text(
    ko="지금까지 오간 모든 메시지에서 뽑은 12바이트: 중간에 바뀐 것이 없다는 증거",
    en="12 bytes made from every message so far: proof that nothing was changed on the way",
)
_DONE = Text(ko="서버가 할 말은 여기까지입니다", en="the server has said its part")
_HELLO_REQUEST = Text(
    ko="다시 협상하자고 합니다. dojang은 하지 않습니다", en="asks for a renegotiation, which dojang never does"
)

_FACTS: tuple[tuple[type[Struct], Callable[[Any, Hellos], list[Text]]], ...] = (
    (m12.Certificate12, _certificate),
    (m12.CertificateStatus12, _status),
    (m12.ServerKeyExchange, _server_key_exchange),
    (m12.CertificateRequest12, _certificate_request),
    (m12.ServerHelloDone, _always(_DONE)),
    (m12.ClientKeyExchange, _client_key_exchange),
    (m12.CertificateVerify12, _certificate_verify),
    (m12.Finished12, _always(_FINISHED)),
    (m12.NewSessionTicket12, _ticket),
    (m12.HelloRequest, _always(_HELLO_REQUEST)),
)
