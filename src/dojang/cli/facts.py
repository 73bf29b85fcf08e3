"""What a handshake message carries, in a few words for each fact that matters to a reader.

Reads the structs of wire/; whatever a peer chose freely is neutralised. The whole of a message is the dissector's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dojang.cli.certificates import short_name
from dojang.cli.facts12 import Hellos, chose_tls12, facts12_of
from dojang.cli.language import Text
from dojang.cli.text import neutralise
from dojang.errors import DecodeError
from dojang.wire.codec import Struct
from dojang.wire.codes import Alert, AlertLevel, CipherSuite, ExtensionType, KeyUpdateRequest, OpenCode, Version
from dojang.wire.extensions import (
    CertificateAuthorities,
    Context,
    EarlyDataLimit,
    Extension,
    KeyShareClientHello,
    KeyShareHelloRetryRequest,
    KeyShareServerHello,
    OfferedPsks,
    ProtocolNameList,
    ServerNameList,
    SupportedVersionList,
    find,
    parse_body,
)
from dojang.wire.hello import ClientHello, EncryptedExtensions, HelloRetryRequest, ServerHello
from dojang.wire.messages13 import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    CompressedCertificate,
    EndOfEarlyData,
    Finished,
    KeyUpdate,
    NewSessionTicket,
)

__all__ = ["alert_fact", "facts_of"]

NO_HELLOS = Hellos()


def facts_of(message: Struct, hellos: Hellos = NO_HELLOS) -> list[Text]:
    """A line for each fact, the most telling first; nothing for a message that nobody here knows.

    hellos: what was seen before, the message itself included if it is a hello.
    """
    for kind, facts in _FACTS:
        if isinstance(message, kind):
            found = facts(message)
            return [*found, _TAKEN_UP] if message is hellos.server and hellos.resumes12 else found
    return facts12_of(message, hellos)


def alert_fact(level: AlertLevel, description: Alert) -> Text:
    """What an alert means for the connection."""
    if description == Alert.CLOSE_NOTIFY:
        return Text(
            ko="보낼 것을 다 보냈으니 여기가 진짜 끝이라는 뜻입니다",
            en="nothing more will come: this is the real end, not a cut",
        )
    if level == AlertLevel.WARNING and description == Alert.USER_CANCELED:
        return Text(ko="사용자가 그만두었습니다", en="the user gave up")
    return Text(ko="연결을 여기서 끝냅니다", en="the connection ends here")


def _client_hello(hello: ClientHello) -> list[Text]:
    return [
        *_server_name(hello.extensions),
        *_versions(hello),
        _SUITES.fill(names=_suites(hello.cipher_suites)),
        *_offered_shares(hello.extensions),
        *_protocols(hello.extensions, Context.CLIENT_HELLO, "ALPN: {names}", "ALPN: {names}"),
        *_offered_sessions(hello),
        *_offered_psks(hello.extensions),
        *([_EARLY_DATA] if find(hello.extensions, ExtensionType.EARLY_DATA) else []),
    ]


def _server_name(extensions: Sequence[Extension]) -> list[Text]:
    body = _body(extensions, ExtensionType.SERVER_NAME, Context.CLIENT_HELLO)
    if not isinstance(body, ServerNameList):
        return [_NO_NAME]
    name = body.server_name_list[0].host_name.decode("ascii", "backslashreplace")
    return [Text(ko="SNI: {name:을/를} 찾습니다", en="SNI: it is looking for {name}").fill(name=neutralise(name))]


_NO_NAME = Text(ko="SNI 없음: 어느 이름을 찾는지 말하지 않습니다", en="no SNI: it doesn't say which name it wants")


def _versions(hello: ClientHello) -> list[Text]:
    body = _body(hello.extensions, ExtensionType.SUPPORTED_VERSIONS, Context.CLIENT_HELLO)
    offered: Iterable[Version] = (hello.legacy_version,)
    if isinstance(body, SupportedVersionList):
        offered = body.versions
    return [Text(ko="버전 제안: {names}", en="versions it can speak: {names}").fill(names=_labels(offered))]


def _offered_shares(extensions: Sequence[Extension]) -> list[Text]:
    body = _body(extensions, ExtensionType.KEY_SHARE, Context.CLIENT_HELLO)
    if not isinstance(body, KeyShareClientHello):
        return []
    groups = _labels(entry.group for entry in body.client_shares)
    return [_SHARES.fill(names=groups)]


_SUITES = Text(ko="암호 스위트 제안: {names}", en="cipher suites it can use: {names}")
_SHARES = Text(ko="키 교환 공개 값: {names}", en="public values for the key exchange: {names}")


def _protocols(extensions: Sequence[Extension], context: Context, ko: str, en: str) -> list[Text]:
    body = _body(extensions, ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, context)
    if not isinstance(body, ProtocolNameList):
        return []
    names = (name.decode("ascii", "backslashreplace") for name in body.protocol_name_list)
    return [Text(ko=ko, en=en).fill(names=neutralise(", ".join(names)))]


def _offered_sessions(hello: ClientHello) -> list[Text]:
    """TLS 1.2's means to resume. Beside an offer of TLS 1.3 an ID without a ticket is mostly pretence."""
    ticket = find(hello.extensions, ExtensionType.SESSION_TICKET)
    if ticket is not None and ticket.extension_data:
        return [_TICKET12.fill(size=len(ticket.extension_data))]
    versions = _body(hello.extensions, ExtensionType.SUPPORTED_VERSIONS, Context.CLIENT_HELLO)
    if isinstance(versions, SupportedVersionList) and Version.TLS13 in versions.versions:
        return []
    return [_SESSION_ID] if hello.legacy_session_id else []


_TICKET12 = Text(ko="지난 세션의 티켓 ({size}바이트)", en="the ticket of an earlier session ({size} bytes)")
_SESSION_ID = Text(ko="지난 세션의 ID", en="the ID of an earlier session")
_EARLY_DATA = Text(
    ko="답을 기다리지 않고 0-RTT 데이터를 바로 뒤에 보냅니다",
    en="0-RTT data follows at once, before any answer",
)
_TAKEN_UP = Text(
    ko="지난 세션을 이어받습니다: 인증서도 키 교환도 다시 하지 않습니다",
    en="takes up the earlier session: no certificate and no key exchange this time",
)


def _offered_psks(extensions: Sequence[Extension]) -> list[Text]:
    body = _body(extensions, ExtensionType.PRE_SHARED_KEY, Context.CLIENT_HELLO)
    if not isinstance(body, OfferedPsks):
        return []
    text = Text(
        ko="PSK {number}개 (지난 세션의 티켓이나 미리 나눠 가진 키)",
        en="pre-shared keys: {number} (tickets of earlier sessions, or keys shared beforehand)",
    )
    return [text.fill(number=len(body.identities))]


def _retry(hello: HelloRetryRequest) -> list[Text]:
    body = _body(hello.extensions, ExtensionType.KEY_SHARE, Context.HELLO_RETRY_REQUEST)
    facts = []
    if isinstance(body, KeyShareHelloRetryRequest):
        text = Text(ko="{name} 공개 값으로 다시 보내라고 합니다", en="asks for a public value for {name} instead")
        facts.append(text.fill(name=body.selected_group.label))
    if find(hello.extensions, ExtensionType.COOKIE):
        facts.append(Text(ko="쿠키를 돌려 달라고 합니다", en="wants its cookie back"))
    return facts


def _server_hello(hello: ServerHello) -> list[Text]:
    chosen = Text(ko="암호 스위트로 {suite:을/를} 골랐습니다", en="the cipher suite is {suite}")
    facts = [chosen.fill(suite=hello.cipher_suite.label)]
    if chose_tls12(hello):
        return [_OLDER.fill(version=hello.legacy_version.label), *facts]
    share = _body(hello.extensions, ExtensionType.KEY_SHARE, Context.SERVER_HELLO)
    if isinstance(share, KeyShareServerHello):
        text = Text(
            ko="{name} 공개 값: 이제 양쪽이 같은 비밀을 계산합니다",
            en="its public value for {name}: both sides now compute the same secret",
        )
        facts.append(text.fill(name=share.server_share.group.label))
    if find(hello.extensions, ExtensionType.PRE_SHARED_KEY):
        facts.append(_PSK_ACCEPTED)
    return facts


_OLDER = Text(ko="{version:으로/로} 합니다", en="{version} it is")
_PSK_ACCEPTED = Text(
    ko="PSK를 받아들였습니다: 인증서를 다시 보이지 않습니다",
    en="accepted the pre-shared key: no certificate this time",
)


def _encrypted_extensions(message: EncryptedExtensions) -> list[Text]:
    context = Context.ENCRYPTED_EXTENSIONS
    facts = _protocols(message.extensions, context, "ALPN: {names:으로/로} 정했습니다", "ALPN: {names} it is")
    if find(message.extensions, ExtensionType.SERVER_NAME):
        facts.insert(0, Text(ko="SNI의 이름으로 인증서를 골랐습니다", en="used the SNI to choose its certificate"))
    if find(message.extensions, ExtensionType.EARLY_DATA):
        facts.append(Text(ko="0-RTT 데이터를 받아들였습니다", en="accepted the 0-RTT data"))
    return facts or [Text(ko="더 정할 것이 없습니다", en="nothing more to settle")]


def _certificate_request(message: CertificateRequest) -> list[Text]:
    facts = [Text(ko="클라이언트에게도 인증서를 요구합니다", en="wants a certificate from the client too")]
    body = _body(message.extensions, ExtensionType.CERTIFICATE_AUTHORITIES, Context.CERTIFICATE_REQUEST)
    if isinstance(body, CertificateAuthorities):
        text = Text(ko="믿는 인증 기관 {number}곳을 알려 줍니다", en="names {number} authorities that it trusts")
        facts.append(text.fill(number=len(body.authorities)))
    return facts


def _certificate(message: Certificate) -> list[Text]:
    if not message.certificate_list:
        return [Text(ko="보여 줄 인증서가 없습니다", en="has no certificate to show")]
    names = " ← ".join(short_name(entry.cert_data) for entry in message.certificate_list)
    return [Text(ko="인증서 체인: {names}", en="the chain: {names}").fill(names=names)]


def _compressed(message: CompressedCertificate) -> list[Text]:
    text = Text(
        ko="인증서 체인을 {algorithm:으로/로} 압축: {plain}바이트가 {packed}바이트로",
        en="the chain, compressed with {algorithm}: {plain} bytes in {packed}",
    )
    packed, plain = len(message.compressed_certificate_message), message.uncompressed_length
    return [text.fill(algorithm=message.algorithm.label, plain=plain, packed=packed)]


def _certificate_verify(message: CertificateVerify) -> list[Text]:
    text = Text(
        ko="지금까지 오간 모든 메시지에 {scheme:으로/로} 서명: 인증서의 개인 키를 가졌다는 증거",
        en="{scheme} signature over every message so far: proof that it holds the certificate's private key",
    )
    return [text.fill(scheme=message.algorithm.label)]


def _finished(_: Finished) -> list[Text]:
    return [
        Text(
            ko="지금까지 오간 모든 메시지의 HMAC: 중간에 바뀐 것이 없다는 증거",
            en="HMAC over every message so far: proof that nothing was changed on the way",
        )
    ]


def _ticket(message: NewSessionTicket) -> list[Text]:
    text = Text(
        ko="다음 접속을 빠르게 해 줄 티켓 ({hours:g}시간 동안 유효)",
        en="a ticket for a quicker start next time (good for {hours:g} hours)",
    )
    facts = [text.fill(hours=round(message.ticket_lifetime / 3600, 1))]
    early = _body(message.extensions, ExtensionType.EARLY_DATA, Context.NEW_SESSION_TICKET)
    if isinstance(early, EarlyDataLimit):
        facts.append(_EARLY_ALLOWED.fill(size=early.max_early_data_size))
    return facts


_EARLY_ALLOWED = Text(
    ko="이 티켓으로는 0-RTT 데이터를 {size}바이트까지 보낼 수 있습니다",
    en="it allows {size} bytes of 0-RTT data",
)


def _end_of_early_data(_: EndOfEarlyData) -> list[Text]:
    return [Text(ko="0-RTT 데이터는 여기까지입니다", en="the 0-RTT data ends here")]


def _key_update(message: KeyUpdate) -> list[Text]:
    facts = [Text(ko="이 다음부터 새 키로 보냅니다", en="sends under new keys from here on")]
    if message.request_update == KeyUpdateRequest.UPDATE_REQUESTED:
        facts.append(Text(ko="상대도 키를 바꾸라고 합니다", en="asks the other side to do the same"))
    return facts


def _body(extensions: Sequence[Extension], kind: ExtensionType, context: Context) -> Struct | None:
    """The extension's body, None where it is missing or malformed: the engine has judged it already."""
    found = find(extensions, kind)
    try:
        return parse_body(found, context) if found else None
    except DecodeError:
        return None


def _labels(codes: Iterable[OpenCode]) -> str:
    return ", ".join(code.label for code in codes if not code.is_grease)


def _suites(suites: Iterable[CipherSuite]) -> str:
    return ", ".join(suite.label.removeprefix("TLS_") for suite in suites if not suite.is_grease)


_FACTS: tuple[tuple[type[Struct], Callable[[Any], list[Text]]], ...] = (
    (ClientHello, _client_hello),
    (HelloRetryRequest, _retry),
    (ServerHello, _server_hello),
    (EncryptedExtensions, _encrypted_extensions),
    (CertificateRequest, _certificate_request),
    (Certificate, _certificate),
    (CompressedCertificate, _compressed),
    (CertificateVerify, _certificate_verify),
    (Finished, _finished),
    (NewSessionTicket, _ticket),
    (EndOfEarlyData, _end_of_early_data),
    (KeyUpdate, _key_update),
)
