"""`dojang connect HOST[:PORT]`: one connection, seen: the ladder, the chain, and what the server had to say.

Where standard input or output is not a terminal it carries the connection's data; what is shown goes to standard error
when standard output is taken.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.browser import browser_name
from dojang.cli.certificates import describe, draw_chain
from dojang.cli.drawing import draw_ladder
from dojang.cli.failures import Exit
from dojang.cli.ladder import Ladder
from dojang.cli.language import Text
from dojang.cli.sentences import sentence, sentence_of
from dojang.cli.target import Target, client_config, data_to_send
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise
from dojang.engine.config import ClientConfig
from dojang.engine.session import Session
from dojang.errors import CertificateError, TlsError
from dojang.net.blocking import TlsSocket
from dojang.pki.report import Report

__all__ = ["register", "run"]

CHUNK = 65536
MOST_KEPT = 2**20  # bytes of an answer that the JSON holds
QUIET = 1.0  # seconds of silence after which an answer that has begun counts as whole


def register(parser: Parser) -> None:
    """The command's arguments."""
    parser.epilog = _EPILOG.pick(parser.language)
    parser.option("target", metavar="HOST[:PORT]", help=_TARGET)
    parser.option("--resolve", action="append", default=[], metavar="HOST:PORT:ADDRESS", help=_RESOLVE)
    parser.option("--ca", metavar="FILE", help=_CA)
    parser.option("--cert", metavar="FILE", help=_CERT)
    parser.option("--key", metavar="FILE", help=_KEY)
    names = parser.add_mutually_exclusive_group()
    parser.option("--sni", metavar="NAME", help=_SNI, group=names)
    parser.option("--no-sni", action="store_true", help=_NO_SNI, group=names)
    parser.option("--alpn", default="http/1.1", metavar="A,B", help=_ALPN)
    parser.option("--groups", metavar="A,B", help=_GROUPS)
    parser.option("--insecure", action="store_true", help=_INSECURE)
    parser.option("--keylog", metavar="FILE", help=_KEYLOG)
    parser.option("--send", metavar="TEXT|@FILE", help=_SEND)
    parser.option("--timeout", type=float, default=10.0, metavar="SECONDS", help=_TIMEOUT)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Connect, show, carry data; raises what the handshake or the conversation failed with."""
    target = Target.parse(arguments.target, arguments.resolve)
    carried = not (arguments.json or sys.stdout.isatty())
    attempt = _Attempt(target, Screen.of(sys.stderr, screen.language) if carried else screen, as_json=arguments.json)
    with ExitStack() as stack:
        config = client_config(arguments, screen.language, stack)
        try:
            _converse(arguments, attempt, config, sys.stdout.buffer if carried else None)
        except (TlsError, OSError) as error:
            attempt.show_failure(error)
            raise
    attempt.show_end()
    return Exit.DONE


@dataclass(slots=True)
class _Attempt:
    """What came of it, and how it is shown."""

    target: Target
    screen: Screen
    as_json: bool
    ladder: Ladder = field(default_factory=Ladder)
    address: str = ""
    session: Session | None = None
    received: bytearray = field(default_factory=bytearray)
    shown: int = 0
    began: bool = False
    decoder: IncrementalDecoder = field(default_factory=partial(getincrementaldecoder("utf-8"), "replace"))

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
        if self.as_json or self.session is None:
            return
        self._show_steps(legend=True)
        self.screen.line()
        report = self.session.report
        if report is not None:
            _show_chain(self.screen, report)
        self.screen.line()
        self.screen.say(_AGREED, **_agreed(self.session))
        if report is not None and not report.ok:
            _show_danger(self.screen, report)
        self.screen.flush()

    def show_end(self) -> None:
        if self.as_json:
            self._print_json(None)
            return
        self.screen.line()
        self._show_steps(legend=False)

    def show_failure(self, error: TlsError | OSError) -> None:
        if self.as_json:
            self._print_json(error)
            return
        self._show_steps(legend=self.shown == 0)
        if isinstance(error, CertificateError) and isinstance(error.report, Report):
            self.screen.line()
            _show_chain(self.screen, error.report)
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
            "received": self.received.decode("utf-8", "replace"),
            "error": _error_json(error, self.screen) if error else None,
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2), file=self.screen.out)


def _converse(
    arguments: argparse.Namespace, attempt: _Attempt, config: ClientConfig, out: BinaryIO | None
) -> None:
    data = data_to_send(arguments.send)
    with attempt.target.reach(arguments.timeout) as sock:
        attempt.address = str(sock.getpeername()[0])
        with TlsSocket.client(sock, config, attempt.target.host, observer=attempt.ladder) as tls:
            attempt.session = tls.session
            attempt.show_handshake()
            if data is not None:
                tls.sendall(data)
                _receive(sock, tls, attempt, out, first=arguments.timeout)
            elif not (arguments.json or sys.stdin.isatty()):
                sent = _send_input(tls)
                _receive(sock, tls, attempt, out, first=arguments.timeout if sent else QUIET)


def _send_input(tls: TlsSocket) -> int:
    """All of standard input; how many bytes that were."""
    sent = 0
    while chunk := os.read(sys.stdin.fileno(), CHUNK):
        tls.sendall(chunk)
        sent += len(chunk)
    return sent


def _receive(sock: socket.socket, tls: TlsSocket, attempt: _Attempt, out: BinaryIO | None, *, first: float) -> None:
    """What the server sends until it closes; or, as many servers keep a connection open, until it falls silent.

    first: seconds to wait for the first byte.
    """
    sock.settimeout(first)
    try:
        while chunk := tls.recv(CHUNK):
            sock.settimeout(QUIET)
            if out is None:
                attempt.take(chunk)
            else:
                out.write(chunk)
                out.flush()
    except TimeoutError:
        return


def _show_chain(screen: Screen, report: Report) -> None:
    path = report.paths[0] if report.paths else None
    if path is not None:
        screen.say(_CHAIN if report.ok else _CHAIN_REFUSED)
        draw_chain(screen, path.der, trusted_root=path.trusted)


def _show_failures(screen: Screen, report: Report) -> None:
    for failure in report.failures:
        said = sentence_of(failure.template, dict(failure.details), screen.language)
        screen.mark("✗", said, style="bad")


def _show_danger(screen: Screen, report: Report) -> None:
    screen.line()
    screen.say(_DANGER, style="bad")
    _show_failures(screen, report)


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


_EPILOG = Text(
    ko="예: dojang connect books.test:8443 --resolve books.test:8443:127.0.0.1 --ca my-ca/root.pem",
    en="example: dojang connect books.test:8443 --resolve books.test:8443:127.0.0.1 --ca my-ca/root.pem",
)
_TARGET = Text(
    ko="접속할 이름이나 주소. 포트를 적지 않으면 443",
    en="name or address to connect to; port 443 where none is given",
)
_RESOLVE = Text(
    ko="이번 한 번만 쓰는 hosts 파일: 이 이름과 포트는 이 주소로 접속합니다",
    en="a hosts file for one run: reach this name and port at this address",
)
_CA = Text(
    ko="믿을 루트 인증서 파일(PEM). 없으면 시스템이 믿는 것을 씁니다",
    en="the roots to trust (PEM); without it, the system's",
)
_CERT = Text(ko="서버가 요구하면 보여 줄 인증서(PEM)", en="certificate to show a server that asks for one (PEM)")
_KEY = Text(
    ko="그 인증서의 개인 키(PEM). 없으면 --cert 파일에서 찾습니다",
    en="its private key (PEM); without it, the --cert file has to hold it",
)
_SNI = Text(
    ko="SNI에 이 이름을 넣습니다. 인증서는 여전히 HOST로 확인합니다",
    en="send this name in SNI; the certificate is still checked against HOST",
)
_NO_SNI = Text(ko="SNI를 보내지 않습니다", en="send no SNI")
_ALPN = Text(
    ko="제안할 애플리케이션 프로토콜 (기본값: http/1.1, 빈 값이면 없음)",
    en="application protocols to offer (default: http/1.1; empty for none)",
)
_GROUPS = Text(ko="키 교환 그룹, 앞의 것부터 선호", en="key exchange groups, preferred first")
_INSECURE = Text(
    ko="인증서가 틀려도 계속합니다. 무엇이 틀렸는지는 크게 알립니다",
    en="go on although the certificate is wrong, and say loudly what is wrong with it",
)
_KEYLOG = Text(
    ko="세션 키를 RFC 9850 형식으로 이 파일에 덧붙입니다",
    en="append session secrets to this file (RFC 9850)",
)
_SEND = Text(
    ko=r"핸드셰이크 뒤에 보낼 글 (\r \n 사용 가능) 또는 @파일",
    en=r"text to send after the handshake (\r and \n are understood), or @FILE",
)
_TIMEOUT = Text(ko="기다릴 시간(초, 기본값: 10)", en="seconds to wait (default: 10)")
_CHAIN = Text(
    ko="확인한 인증서 체인 (서버에서 루트로):",
    en="The chain that was verified, from the server to the root:",
)
_CHAIN_REFUSED = Text(ko="서버의 인증서와 그것을 따라간 길:", en="The server's certificate, and where it leads:")
_AGREED = Text(
    ko="합의한 것: {version}, 키 교환 {group}, 암호 스위트 {suite}, 서버 서명 {scheme}",
    en="Agreed: {version}, key exchange {group}, cipher suite {suite}, server's signature {scheme}",
)
_DANGER = Text(
    ko="위험: 이 인증서는 확인에 실패했습니다. --insecure 때문에 계속하지만, 상대가 누구인지 알 수 없습니다.",
    en="Danger: this certificate failed verification. Because of --insecure the connection goes on, "
    "but there is no telling who is at the other end.",
)
_BROWSER = Text(ko="브라우저라면 이렇게 보여 줍니다: {name}", en="A browser would call this {name}.")
