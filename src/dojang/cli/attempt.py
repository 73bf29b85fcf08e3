"""What came of one connection of `dojang connect`, and how it is shown: on a screen as it happens, or as JSON."""

from __future__ import annotations

import json
from codecs import IncrementalDecoder, getincrementaldecoder
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dojang.cli.browser import browser_name
from dojang.cli.certificates import describe, draw_chain
from dojang.cli.drawing import draw_ladder
from dojang.cli.ladder import Ladder, Rung
from dojang.cli.language import Text
from dojang.cli.sentences import sentence, sentence_of
from dojang.cli.session_file import SessionFile
from dojang.cli.target import Target
from dojang.cli.terminal import Screen
from dojang.cli.text import count, neutralise
from dojang.engine.connection import Connection
from dojang.engine.info import Info
from dojang.engine.session import Session
from dojang.errors import CertificateError, TlsError
from dojang.pki.report import Report

__all__ = ["Attempt"]

MOST_KEPT = 2**20  # bytes of an answer that the JSON holds


@dataclass(slots=True)
class Attempt:
    """What came of it, and how it is shown."""

    target: Target
    screen: Screen
    as_json: bool
    session_file: SessionFile | None = None
    connection: Connection | None = None
    ladder: Ladder = field(default_factory=Ladder)
    address: str = ""
    received: bytearray = field(default_factory=bytearray)
    shown: int = 0
    began: bool = False
    decoder: IncrementalDecoder = field(default_factory=partial(getincrementaldecoder("utf-8"), "replace"))

    @property
    def session(self) -> Session | None:
        """The facts, once the handshake is over."""
        return self.connection.session if self.connection is not None else None

    def take(self, data: bytes) -> None:
        """Data from the server for a reader: into the JSON up to a bound, onto the screen as it comes."""
        if self.as_json:
            self.received += data[: MOST_KEPT - len(self.received)]
            return
        if not self.began:
            self.screen.line()
            self.began = True
        text = self.decoder.decode(data).replace("\r\n", "\n")
        self.screen.out.write("".join(c if c in "\n\t" else neutralise(c) for c in text))
        self.screen.flush()

    def show_handshake(self) -> None:
        """The ladder so far, the chain, what was agreed, and how a session came to be resumed or not."""
        session = self.session
        if self.as_json or session is None:
            return
        self._show_steps(legend=True)
        self.screen.line()
        if session.report is not None:
            _show_chain(self.screen, session)
        self.screen.line()
        self.screen.say(_AGREED if session.resumed is None else _AGREED_AGAIN, **_agreed(session))
        for text in self._how(session):
            self.screen.say(text)
        if session.key_exchange == "RSA":
            self.screen.line()
            self.screen.say(_STATIC_RSA, style="bad")
        if session.report is not None and not session.report.ok:
            _show_danger(self.screen, session.report)
        self.screen.flush()

    def _how(self, session: Session) -> list[Text]:
        """Resumption and early data, in sentences."""
        found = []
        if session.resumed is not None:
            found.append(_RESUMED[session.resumed])
        elif self.session_file is not None and self.session_file.offered is not None:
            found.append(_NOT_RESUMED)
        if any(isinstance(step, Rung) and step.name == "early_data" for step in self.ladder.steps):
            found.append(_EARLY[bool(session.early_data)])
        elif session.early_data is not None:
            found.append(_NO_EARLY)
        return found

    def show_end(self) -> None:
        if self.as_json:
            self._print_json(None)
            return
        self.screen.line()
        self._show_steps(legend=False)
        if self.connection is not None:
            self.screen.line()
            self.screen.say(_MEASURED, **_measured(self.connection.info))
        if self.session_file is not None:
            kept = _KEPT if self.session_file.saved else _NONE_KEPT
            self.screen.say(kept, file=neutralise(str(self.session_file.path)))

    def show_failure(self, error: TlsError | OSError) -> None:
        if self.as_json:
            self._print_json(error)
            return
        self._show_steps(legend=self.shown == 0)
        if isinstance(error, CertificateError) and isinstance(error.report, Report):
            self.screen.line()
            _draw_path(self.screen, error.report, _CHAIN_REFUSED)
            if len(error.report.failures) > 1:
                _show_failures(self.screen, error.report)
        self.screen.line()
        self.screen.say(_BROWSER, name=browser_name(error))
        self.screen.flush()

    def _show_steps(self, *, legend: bool) -> None:
        steps, self.shown = self.ladder.steps[self.shown :], len(self.ladder.steps)
        if steps:
            draw_ladder(self.screen, steps, legend=legend, facts=legend)

    def _print_json(self, error: TlsError | OSError | None) -> None:
        language = self.screen.language
        facts: dict[str, object] = {
            "host": self.target.host,
            "port": self.target.port,
            "address": self.address,
            "ladder": self.ladder.to_json(language),
            "session": _session_json(self.session) if self.session else None,
            "info": self.connection.info.to_json() if self.session and self.connection else None,
            "tickets_saved": self.session_file.saved if self.session_file is not None else None,
            "received": self.received.decode("utf-8", "replace"),
            "error": _error_json(error, self.screen) if error else None,
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2), file=self.screen.out)


def _show_chain(screen: Screen, session: Session) -> None:
    assert session.report is not None
    verified = _CHAIN if session.resumed is None else _CHAIN_KNOWN
    _draw_path(screen, session.report, verified if session.report.ok else _CHAIN_REFUSED)


def _draw_path(screen: Screen, report: Report, head: Text) -> None:
    path = report.paths[0] if report.paths else None
    if path is not None:
        screen.say(head)
        draw_chain(screen, path.der, trusted_root=path.trusted)


def _show_failures(screen: Screen, report: Report) -> None:
    for failure in report.failures:
        said = sentence_of(failure.template, dict(failure.details), screen.language)
        screen.mark("✗", said, style="bad")


def _show_danger(screen: Screen, report: Report) -> None:
    screen.line()
    screen.say(_DANGER, style="bad")
    _show_failures(screen, report)


def _measured(info: Info) -> dict[str, Any]:
    return {
        "milliseconds": info.handshake_time * 1000,
        "sent": count(info.sent.bytes),
        "sent_records": info.sent.records,
        "received": count(info.received.bytes),
        "received_records": info.received.records,
    }


def _agreed(session: Session) -> dict[str, str]:
    return {
        "version": session.version.label,
        "group": session.key_exchange,
        "suite": session.suite.label,
        "scheme": session.server_signature,
    }


def _session_json(session: Session) -> dict[str, object]:
    return {
        **_agreed(session),
        "server_name": session.server_name,
        "alpn": session.alpn,
        "retried": session.retried,
        "resumed": session.resumed,
        "early_data": session.early_data,
        "extended_master_secret": session.extended_master_secret,
        "client_certificate": bool(session.local_chain),
        "verified": session.verified,
        "chain": [describe(certificate).to_json() for certificate in session.peer_chain],
        "report": session.report.as_json() if session.report else None,
    }


def _error_json(error: TlsError | OSError, screen: Screen) -> dict[str, object]:
    facts: dict[str, object] = {"type": type(error).__name__, "browser": browser_name(error)}
    if isinstance(error, TlsError):
        facts["sentence"] = sentence(error, screen.language)
        facts["clause"] = error.clause
        facts["alert"] = error.alert.label if error.alert is not None else None
    else:
        facts["sentence"] = str(error)
    if isinstance(error, CertificateError) and isinstance(error.report, Report):
        facts["report"] = error.report.as_json()
    return facts


_CHAIN = Text(
    ko="확인한 인증서 체인 (서버에서 루트로):",
    en="The chain that was verified, from the server to the root:",
)
_CHAIN_KNOWN = Text(
    ko="이번에는 오지 않은 인증서 체인. 처음 만났을 때의 것을 오늘 다시 확인했습니다:",
    en="The chain of the first visit, which was not sent again, verified anew for today:",
)
_CHAIN_REFUSED = Text(ko="서버의 인증서와 그것을 따라간 길:", en="The server's certificate, and where it leads:")
_AGREED = Text(
    ko="합의한 것: {version}, 키 교환 {group}, 암호 스위트 {suite}, 서버 서명 {scheme}",
    en="Agreed: {version}, key exchange {group}, cipher suite {suite}, server's signature {scheme}",
)
_AGREED_AGAIN = Text(
    ko="합의한 것: {version}, 키 교환 {group}, 암호 스위트 {suite}",
    en="Agreed: {version}, key exchange {group}, cipher suite {suite}",
)
_RESUMED = {
    "psk": Text(
        ko="지난 세션을 티켓으로 이어받았습니다 (TLS 1.3 PSK). 서버는 인증서를 다시 보이지 않았고, "
        "키 교환만 새로 했습니다.",
        en="Resumed with a ticket (TLS 1.3 PSK): the server showed no certificate again, and the key exchange "
        "is a fresh one.",
    ),
    "external psk": Text(
        ko="미리 나눠 가진 키(외부 PSK)로 서로를 확인했습니다. 인증서는 쓰지 않았습니다.",
        en="Each side knew the other by a key shared beforehand (an external PSK), not by a certificate.",
    ),
    "session ticket": Text(
        ko="지난 세션을 티켓으로 이어받았습니다 (TLS 1.2). 지난번의 마스터 시크릿에서 새 키를 뽑았습니다.",
        en="Resumed with a ticket (TLS 1.2): the new keys come from the master secret of last time.",
    ),
    "session id": Text(
        ko="지난 세션을 세션 ID로 이어받았습니다 (TLS 1.2). 서버가 기억하던 마스터 시크릿에서 새 키를 뽑았습니다.",
        en="Resumed by session ID (TLS 1.2): the new keys come from the master secret that the server remembered.",
    ),
}
_NOT_RESUMED = Text(
    ko="지난 세션을 이어받지 못해 처음부터 핸드셰이크했습니다. 티켓이 낡았거나, 다른 이름의 것이거나, "
    "서버가 받아들이지 않았습니다.",
    en="Not resumed, but a full handshake: the ticket was too old, or for another name, or the server did not take it.",
)
_EARLY = {
    True: Text(
        ko="서버가 0-RTT 데이터를 받았습니다. 답을 기다리지 않고 보냈습니다.",
        en="The server took the 0-RTT data, which was sent before it had said a word.",
    ),
    False: Text(
        ko="서버가 0-RTT 데이터를 받지 않아, 핸드셰이크가 끝난 뒤 다시 보냅니다.",
        en="The server did not take the 0-RTT data; it is sent again now that the handshake is over.",
    ),
}
_NO_EARLY = Text(
    ko="0-RTT를 허락하는 티켓이 없어, 핸드셰이크가 끝난 뒤에 보냅니다.",
    en="There is no ticket that allows 0-RTT, so that data goes out now that the handshake is over.",
)
_STATIC_RSA = Text(
    ko="위험: 고정 RSA 키 교환입니다. 서버의 개인 키를 얻은 사람은 이 통신의 녹화를 나중에라도 모두 읽을 수 있습니다.",
    en="Danger: this is static RSA key exchange. Whoever gets the server's private key can read a recording of this "
    "connection, even years from now.",
)
_MEASURED = Text(
    ko="핸드셰이크 {milliseconds:.1f} ms. 보낸 것 {sent}바이트(레코드 {sent_records}개), "
    "받은 것 {received}바이트(레코드 {received_records}개).",
    en="The handshake took {milliseconds:.1f} ms. Sent: {sent} bytes in {sent_records} records; "
    "received: {received} bytes in {received_records}.",
)
_KEPT = Text(ko="다음번을 위해 티켓을 {file}에 보관했습니다.", en="The ticket for next time is in {file}.")
_NONE_KEPT = Text(
    ko="서버가 새 티켓을 주지 않았습니다.",
    en="The server gave no new ticket.",
)
_DANGER = Text(
    ko="위험: 이 인증서는 확인에 실패했습니다. 그래도 받아들이라고 했으므로(--insecure, --remember) "
    "계속하지만, 상대가 누구인지 알 수 없습니다.",
    en="Danger: this certificate failed verification. It was accepted all the same (--insecure, --remember), "
    "but there is no telling who is at the other end.",
)
_BROWSER = Text(ko="브라우저라면 이렇게 보여 줍니다: {name}", en="A browser would call this {name}.")
