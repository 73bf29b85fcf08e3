"""The echo page: tells a visitor what was negotiated, as a web page, as plain text or as JSON.

Everything the visitor sent is data: escaped for HTML, neutralised for text.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from email.message import Message

from dojang.cli.certificates import describe
from dojang.cli.language import Language, Text
from dojang.cli.text import neutralise, pad, width_of
from dojang.engine.session import Session
from dojang.errors import TlsError

__all__ = ["Visit", "render"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: the session it came in, its Host header, where it came from."""

    session: Session
    host: str | None
    address: str


def render(visit: Visit, headers: Message) -> tuple[str, bytes]:
    """Media type and body, in the form and language that the request's headers ask for."""
    language = _language_of(headers.get("Accept-Language", ""))
    accept = headers.get("Accept", "")
    if "application/json" in accept:
        return "application/json", json.dumps(as_json(visit), ensure_ascii=False, indent=2).encode() + b"\n"
    if "text/html" in accept:
        return "text/html; charset=utf-8", _as_html(visit, language).encode()
    return "text/plain; charset=utf-8", _as_text(visit, language).encode()


def as_json(visit: Visit) -> dict[str, object]:
    """Stable keys; None where something was not sent."""
    session = visit.session
    return {
        "server_name": session.server_name,
        "host": visit.host,
        "version": session.version.label,
        "group": session.key_exchange,
        "suite": session.suite.label,
        "signature_scheme": session.server_signature if session.signature_scheme is not None else None,
        "resumed": session.resumed,
        "early_data": session.early_data,
        "alpn": session.alpn,
        "client_certificate": _client_certificate(session),
        "address": visit.address,
    }


def _client_certificate(session: Session) -> dict[str, object] | None:
    if not session.peer_chain:
        return None
    try:
        return {**describe(session.peer_chain[0]).to_json(), "verified": session.verified}
    except TlsError:
        return {"subject": "?", "verified": session.verified}


def _rows(visit: Visit, language: Language) -> list[tuple[str, str, str]]:
    """(what, value, why it matters)."""
    facts = as_json(visit)
    facts["resumed"] = _HOW[visit.session.resumed].pick(language) if visit.session.resumed is not None else None
    facts["early_data"] = _EARLY_DATA[bool(visit.session.early_data)].pick(language)
    certificate = facts["client_certificate"]
    if isinstance(certificate, dict):
        facts["client_certificate"] = certificate["subject"]
    return [
        (
            label.pick(language),
            neutralise(str(facts[key])) if facts[key] is not None else _NONE.pick(language),
            note.pick(language),
        )
        for key, label, note in _ROWS
    ]


def _as_text(visit: Visit, language: Language) -> str:
    rows = _rows(visit, language)
    width = max(width_of(label) for label, _, _ in rows)
    lines = [f"{pad(label, width)}  {value}" for label, value, _ in rows]
    return "\n".join([_TITLE.pick(language), "", *lines, ""])


def _as_html(visit: Visit, language: Language) -> str:
    rows = "".join(
        f"<tr><th scope=row>{html.escape(label)}<td><b>{html.escape(value)}</b><br><small>{html.escape(note)}</small>"
        for label, value, note in _rows(visit, language)
    )
    title = html.escape(_TITLE.pick(language))
    return (
        f"<!doctype html><html lang={language.value}><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width'><title>{title}</title><style>{_STYLE}</style>"
        f"<main><h1>{title}</h1><table>{rows}</table></main></html>\n"
    )


def _language_of(accept_language: str) -> Language:
    """The first of the header's languages that dojang speaks; visitors list theirs in order."""
    for wish in accept_language.lower().split(","):
        tag = wish.strip().split(";")[0][:2]
        if tag in (Language.KO, Language.EN):
            return Language(tag)
    return Language.EN


_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem}"
    "main{max-width:44rem;margin:auto}h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.6rem .8rem;border-top:1px solid #8884}"
    "th{font-weight:normal;width:11rem}b{font-family:ui-monospace,monospace;overflow-wrap:anywhere}small{opacity:.75}"
)

_TITLE = Text(ko="당신과 이 서버가 합의한 것", en="What you and this server agreed on")
_NONE = Text(ko="없음", en="none")

_HOW = {
    "psk": Text(ko="티켓으로 (PSK)", en="by ticket (PSK)"),
    "external psk": Text(ko="미리 나눠 가진 키로", en="by a key shared beforehand"),
    "session ticket": Text(ko="티켓으로 (TLS 1.2)", en="by ticket (TLS 1.2)"),
    "session id": Text(ko="세션 ID로", en="by session ID"),
}
_EARLY_DATA = {True: Text(ko="받음", en="taken"), False: Text(ko="없음", en="none")}

_ROWS = (
    (
        "server_name",
        Text(ko="SNI의 이름", en="name in SNI"),
        Text(
            ko="ClientHello에 담겨 암호화되기 전에 지나갑니다. 서버는 이것을 보고 인증서를 고릅니다.",
            en="Sent in the ClientHello, before anything is encrypted; the server chooses its certificate by it.",
        ),
    ),
    (
        "host",
        Text(ko="Host 헤더", en="Host header"),
        Text(
            ko="암호화된 HTTP 요청 안에 있습니다. 보통 SNI와 같지만 꼭 같아야 하는 것은 아닙니다.",
            en="Inside the encrypted HTTP request. Usually the same as in SNI, though nothing forces it to be.",
        ),
    ),
    (
        "version",
        Text(ko="버전", en="version"),
        Text(ko="양쪽이 모두 아는 것 중 가장 새로운 버전입니다.", en="The newest that both sides know."),
    ),
    (
        "group",
        Text(ko="키 교환", en="key exchange"),
        Text(
            ko="서로 공개 값만 보내고도 같은 비밀을 얻습니다. 이 연결에서만 쓰고 버립니다.",
            en="Both sides send public values and arrive at the same secret, used for this connection alone.",
        ),
    ),
    (
        "suite",
        Text(ko="암호 스위트", en="cipher suite"),
        Text(
            ko="데이터를 암호화하고 변조를 알아내는 방식, 키를 뽑아 내는 해시입니다.",
            en="What encrypts the data and notices changes to it, and the hash that derives the keys.",
        ),
    ),
    (
        "signature_scheme",
        Text(ko="서버의 서명", en="server's signature"),
        Text(
            ko="서버는 이 방식으로 핸드셰이크에 서명하여 인증서의 개인 키를 가졌음을 증명했습니다.",
            en="With this the server signed the handshake, which proves that it holds its certificate's key.",
        ),
    ),
    (
        "resumed",
        Text(ko="이어받은 세션", en="resumed"),
        Text(
            ko="지난번에 받은 티켓이 있으면 인증서를 다시 주고받지 않습니다. 지난번에 확인한 것이 그대로 통합니다.",
            en="With a ticket from last time no certificate is sent again; who was verified then still counts.",
        ),
    ),
    (
        "early_data",
        Text(ko="0-RTT 데이터", en="0-RTT data"),
        Text(
            ko="핸드셰이크가 끝나기 전에 온 데이터입니다. 빠르지만, 누군가 녹음했다가 되풀이할 수 있습니다.",
            en="What came before the handshake was over: quicker, but someone could record and repeat it.",
        ),
    ),
    (
        "alpn",
        Text(ko="ALPN", en="ALPN"),
        Text(ko="이 연결 위에서 말하기로 한 프로토콜입니다.", en="The protocol that both agreed to speak inside."),
    ),
    (
        "client_certificate",
        Text(ko="클라이언트 인증서", en="client certificate"),
        Text(
            ko="서버가 요구했을 때만 보냅니다. 보냈다면 당신이 누구인지 서버도 확인한 것입니다.",
            en="Sent only when the server asks. With one, the server knows who you are as well.",
        ),
    ),
    (
        "address",
        Text(ko="당신의 주소", en="your address"),
        Text(ko="TCP 연결이 온 곳입니다.", en="Where the TCP connection came from."),
    ),
)
