"""`dojang connect HOST[:PORT]`: one connection, seen: the ladder, the chain, and what the server had to say.

Where standard input or output is not a terminal it carries the connection's data; what is shown goes to standard error
when standard output is taken.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from contextlib import ExitStack
from typing import BinaryIO

from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.attempt import Attempt
from dojang.cli.failures import Exit
from dojang.cli.language import Text
from dojang.cli.overheard import Overheard
from dojang.cli.protocol import add_protocol_options, warn_of_legacy
from dojang.cli.session_file import SessionFile
from dojang.cli.target import HTTPS, Target, client_config, data_to_send
from dojang.cli.terminal import Screen
from dojang.engine.config import ClientConfig
from dojang.engine.connection import Connection
from dojang.errors import TlsError
from dojang.net.blocking import TlsSocket
from dojang.net.starttls import PORTS, upgrade

__all__ = ["register", "run"]

CHUNK = 65536
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
    parser.option("--alpn", metavar="A,B", help=_ALPN)
    parser.option("--groups", metavar="A,B", help=_GROUPS)
    parser.option("--suites", metavar="A,B", help=_SUITES)
    add_protocol_options(parser)
    parser.option("--session", metavar="FILE", help=_SESSION)
    parser.option("--early-data", metavar="TEXT|@FILE", help=_EARLY_DATA)
    parser.option("--psk", action="append", default=[], metavar="IDENTITY:HEXKEY|@FILE", help=_PSK)
    parser.option("--starttls", choices=list(PORTS), help=_STARTTLS)
    parser.option("--insecure", action="store_true", help=_INSECURE)
    parser.option("--remember", metavar="REASON", help=_REMEMBER)
    parser.option("--remember-days", type=float, default=30, metavar="N", help=_REMEMBER_DAYS)
    parser.option("--keylog", metavar="FILE", help=_KEYLOG)
    parser.option("--send", metavar="TEXT|@FILE", help=_SEND)
    parser.option("--timeout", type=float, default=10.0, metavar="SECONDS", help=_TIMEOUT)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Connect, show, carry data; raises what the handshake or the conversation failed with."""
    target = Target.parse(arguments.target, arguments.resolve, PORTS.get(arguments.starttls, HTTPS))
    carried = not (arguments.json or sys.stdout.isatty())
    shown = Screen.of(sys.stderr, screen.language) if carried else screen
    with ExitStack() as stack:
        session_file = SessionFile(arguments.session) if arguments.session else None
        config = client_config(arguments, screen.language, stack, session_file)
        attempt = Attempt(target, shown, as_json=arguments.json, session_file=session_file)
        if config.legacy_key_exchange and not arguments.json:
            warn_of_legacy(shown)
        try:
            _converse(arguments, attempt, config, sys.stdout.buffer if carried else None)
        except (TlsError, OSError) as error:
            attempt.show_failure(error)
            raise
    attempt.show_end()
    return Exit.DONE


def _converse(arguments: argparse.Namespace, attempt: Attempt, config: ClientConfig, out: BinaryIO | None) -> None:
    host, early = attempt.target.host, data_to_send(arguments.early_data) or b""
    data = data_to_send(arguments.send)
    with attempt.target.reach(arguments.timeout) as sock:
        attempt.address = str(sock.getpeername()[0])
        if arguments.starttls:
            _begin_in_the_clear(sock, arguments, attempt)
        attempt.connection = Connection.client(config, host, early_data=early, observer=attempt.ladder)
        with TlsSocket(sock, attempt.connection) as tls:
            tls.do_handshake()
            attempt.show_handshake()
            data = attempt.connection.rejected_early_data + (data or b"") if early else data
            if data is not None:
                tls.sendall(data)
                _receive(sock, tls, attempt, out, first=arguments.timeout)
            elif not (arguments.json or sys.stdin.isatty()):
                sent = _send_input(tls)
                _receive(sock, tls, attempt, out, first=arguments.timeout if sent else QUIET)
            elif attempt.session_file is not None:
                tls.shutdown_write()  # tickets come on the way to the server's own close_notify
                _receive(sock, tls, attempt, out, first=QUIET)


def _begin_in_the_clear(sock: socket.socket, arguments: argparse.Namespace, attempt: Attempt) -> None:
    overheard = Overheard(sock, attempt.ladder)
    try:
        upgrade(overheard, arguments.starttls, attempt.target.host, timeout=arguments.timeout)
    finally:
        overheard.detach()


def _send_input(tls: TlsSocket) -> int:
    """All of standard input; how many bytes that were."""
    sent = 0
    while chunk := os.read(sys.stdin.fileno(), CHUNK):
        tls.sendall(chunk)
        sent += len(chunk)
    return sent


def _receive(sock: socket.socket, tls: TlsSocket, attempt: Attempt, out: BinaryIO | None, *, first: float) -> None:
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
    ko="제안할 애플리케이션 프로토콜 (기본값: http/1.1, --starttls면 없음, 빈 값이면 없음)",
    en="application protocols to offer (default: http/1.1, none with --starttls; empty for none)",
)
_GROUPS = Text(ko="키 교환 그룹, 앞의 것부터 선호", en="key exchange groups, preferred first")
_INSECURE = Text(
    ko="인증서가 틀려도 계속합니다. 무엇이 틀렸는지는 크게 알립니다",
    en="go on although the certificate is wrong, and say loudly what is wrong with it",
)
_REMEMBER = Text(
    ko="확인에 실패한 이 인증서를 이 이름에 한해 받아들이고, 이유와 함께 기억합니다. 인증서가 바뀌면 다시 거부합니다",
    en="accept this one certificate for this name although verification failed, and remember it with this reason; "
    "another certificate is refused again",
)
_REMEMBER_DAYS = Text(ko="기억할 날수 (기본값: 30)", en="for how many days to remember it (default: 30)")
_KEYLOG = Text(
    ko="세션 키를 RFC 9850 형식으로 이 파일에 덧붙입니다",
    en="append session secrets to this file (RFC 9850)",
)
_SEND = Text(
    ko=r"핸드셰이크 뒤에 보낼 글 (\r \n 사용 가능) 또는 @파일",
    en=r"text to send after the handshake (\r and \n are understood), or @FILE",
)
_TIMEOUT = Text(ko="기다릴 시간(초, 기본값: 10)", en="seconds to wait (default: 10)")
_SUITES = Text(ko="암호 스위트, 앞의 것부터 선호", en="cipher suites, preferred first")
_SESSION = Text(
    ko="티켓을 이 파일에 보관했다가(0600) 다음번에 그 세션을 이어받습니다",
    en="keep the newest ticket in this file (mode 0600), and resume with it next time",
)
_EARLY_DATA = Text(
    ko="핸드셰이크를 기다리지 않고 보낼 0-RTT 데이터 (--session의 티켓이 허락할 때). "
    "누군가 되풀이해 보내도 괜찮은 것만",
    en="0-RTT data, sent before the handshake if the ticket of --session allows; only what may arrive twice",
)
_PSK = Text(
    ko="미리 나눠 가진 키. 명령줄은 다른 사용자에게도 보이므로 @파일이 낫습니다",
    en="a key shared beforehand; others can see a command line, so @FILE is better",
)
_STARTTLS = Text(
    ko="평문으로 시작하는 프로토콜에서 TLS로 넘어갑니다. 포트를 적지 않으면 그 프로토콜의 포트를 씁니다",
    en="begin in the clear as this protocol does, then go over to TLS; its port is the default",
)
