"""`dojang serve`: an HTTPS server of static files, and an echo page that tells visitors what was negotiated."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack

from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.failures import Exit, WrongUsage
from dojang.cli.language import Text
from dojang.cli.protocol import add_protocol_options, warn_of_legacy
from dojang.cli.shopfront import Log
from dojang.cli.sites import Plan
from dojang.cli.supervisor import Supervisor
from dojang.cli.terminal import Screen
from dojang.cli.worker import open_server, serve_until_told
from dojang.engine.ticket_keys import DEFAULT_PERIOD

__all__ = ["register", "run"]

MOST_WORKERS = 256


def register(parser: Parser) -> None:
    """The command's arguments."""
    parser.epilog = _EPILOG.pick(parser.language)
    parser.option("folder", nargs="?", metavar="FOLDER", help=_FOLDER)
    parser.option("--site", action="append", default=[], metavar="NAME[=FOLDER]", help=_SITE)
    parser.option("--ca", metavar="FOLDER", help=_CA)
    parser.option("--cert", action="append", default=[], metavar="FILE", help=_CERT)
    parser.option("--key", action="append", default=[], metavar="FILE", help=_KEY)
    parser.option("--stapling", action="append", default=[], metavar="FILE", help=_STAPLING)
    parser.option("--client-ca", metavar="FILE", help=_CLIENT_CA)
    parser.option("--client-auth", choices=["optional", "required"], default="required", help=_CLIENT_AUTH)
    parser.option("--unknown-name", choices=["default", "refuse"], default="default", help=_UNKNOWN_NAME)
    add_protocol_options(parser)
    tickets = parser.add_mutually_exclusive_group()
    parser.option("--tickets", action="store_true", help=_TICKETS, group=tickets)
    parser.option("--no-tickets", action="store_true", help=_NO_TICKETS, group=tickets)
    parser.option("--ticket-keys", metavar="FILE|redis://...", help=_TICKET_KEYS)
    parser.option("--ticket-period", type=float, default=DEFAULT_PERIOD, metavar="SECONDS", help=_TICKET_PERIOD)
    parser.option("--early-data", action="store_true", help=_EARLY_DATA)
    parser.option("--workers", type=int, default=1, metavar="N", help=_WORKERS)
    parser.option("--host", default="127.0.0.1", metavar="ADDRESS", help=_HOST)
    parser.option("--port", type=int, default=8443, metavar="N", help=_PORT)
    parser.option("--keylog", metavar="FILE", help=_KEYLOG)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    _check(arguments)
    plan = Plan.of(arguments, screen.language)
    log = Log(screen, as_json=arguments.json)
    if (arguments.legacy_rsa or arguments.policy == "legacy-rsa") and not arguments.json:
        warn_of_legacy(screen)
    try:
        if arguments.workers > 1:
            Supervisor(plan, arguments.workers, log).run()
        else:
            _serve_alone(plan, log)
    except KeyboardInterrupt:
        pass
    log.stopped()
    return Exit.DONE


def _serve_alone(plan: Plan, log: Log) -> None:
    with ExitStack() as stack:
        server = open_server(plan, log, stack)
        log.started(plan.arguments.host, server.port, plan.sites, server.config.client_auth, [os.getpid()])
        serve_until_told(server)


def _check(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.workers <= MOST_WORKERS:
        raise WrongUsage(_BAD_WORKERS, number=arguments.workers, most=MOST_WORKERS)
    if arguments.no_tickets and (arguments.ticket_keys or arguments.early_data):
        raise WrongUsage(_NEEDS_TICKETS)


_FOLDER = Text(
    ko="보여 줄 파일이 든 폴더. 없으면 협상 결과를 알려 주는 페이지를 보여 줍니다",
    en="folder of files to serve; without it, every page tells what was negotiated",
)
_SITE = Text(
    ko="사이트 하나: 이름(쉼표로 여럿)과 폴더. 여러 번 쓰면 한 주소에서 SNI로 갈라집니다",
    en="one site: its names (commas between) and folder; several share the address, told apart by SNI",
)
_CA = Text(
    ko="`dojang ca`로 만든 인증 기관의 폴더. 사이트마다 그 자리에서 인증서를 발급합니다",
    en="folder of an authority made by `dojang ca`; it issues each site's certificate on the spot",
)
_CERT = Text(ko="인증서 체인 파일(PEM). --key와 짝을 이룹니다", en="a certificate chain (PEM); pairs with --key")
_KEY = Text(ko="그 인증서의 개인 키 파일(PEM)", en="that certificate's private key (PEM)")
_CLIENT_CA = Text(
    ko="클라이언트에게도 인증서를 요구하고, 이 파일의 인증 기관으로 확인합니다 (mTLS)",
    en="ask clients for certificates too, and check them against the authorities in this file (mTLS)",
)
_CLIENT_AUTH = Text(
    ko="클라이언트 인증서가 꼭 있어야 하는지(required), 없어도 되는지(optional). 기본값: required",
    en="whether a client certificate is required or optional (default: required)",
)
_UNKNOWN_NAME = Text(
    ko="모르는 이름을 찾아오면 첫 인증서로 답할지(default) 거절할지(refuse). 기본값: default",
    en="answer a name that no site has with the first certificate (default) or refuse it",
)
_HOST = Text(ko="기다릴 주소 (기본값: 127.0.0.1)", en="address to listen on (default: 127.0.0.1)")
_PORT = Text(ko="기다릴 포트. 0이면 빈 포트를 고릅니다 (기본값: 8443)", en="port; 0 takes any free one (default: 8443)")
_KEYLOG = Text(
    ko="세션 키를 RFC 9850 형식으로 이 파일에 덧붙입니다. 파일을 가진 사람은 통신을 읽을 수 있습니다",
    en="append session secrets to this file (RFC 9850); whoever has it can read the traffic",
)
_EPILOG = Text(
    ko="예: dojang ca init my-ca && dojang serve --ca my-ca --site books.test=books --site tea.test=tea",
    en="example: dojang ca init my-ca && dojang serve --ca my-ca --site books.test=books --site tea.test=tea",
)
_STAPLING = Text(
    ko="핸드셰이크에 붙여 보낼 OCSP 응답 파일(DER). 일련번호가 맞는 인증서와 함께 보냅니다",
    en="an OCSP response (DER) to send along with the certificate that it speaks of",
)
_TICKETS = Text(
    ko="티켓을 주어 다음 접속이 세션을 이어받게 합니다 (기본값)",
    en="give tickets, so that the next visit can resume (the default)",
)
_NO_TICKETS = Text(ko="세션을 이어받지 않습니다", en="no resumption of any kind")
_TICKET_KEYS = Text(
    ko="티켓 키를 여러 서버가 나눠 쓸 파일이나 Redis. 없으면 이 서버와 그 작업 프로세스들만 아는 키를 씁니다",
    en="ticket keys in a file or in Redis, for servers to share; without it, of this server and its workers alone",
)
_TICKET_PERIOD = Text(
    ko="몇 초마다 티켓 키를 바꿀지. 티켓은 그 두 배까지, 길어도 하루 동안 유효합니다 (기본값: 43200)",
    en="seconds that a ticket key seals; tickets live twice as long, a day at most (default: 43200)",
)
_EARLY_DATA = Text(
    ko="0-RTT 데이터를 받습니다. 같은 데이터가 두 번 받아들여지지 않도록 기록합니다",
    en="take 0-RTT data, and keep a register so that none is taken twice",
)
_WORKERS = Text(
    ko="작업 프로세스 수 (기본값: 1). 하나가 죽으면 새로 띄웁니다",
    en="worker processes (default: 1); one that dies is replaced",
)
_BAD_WORKERS = Text(
    ko="--workers는 1~{most}이어야 합니다. {number:은/는} 쓸 수 없습니다.",
    en="--workers is 1 to {most}, not {number}.",
)
_NEEDS_TICKETS = Text(
    ko="--ticket-keys와 --early-data는 --no-tickets와 함께 쓸 수 없습니다.",
    en="--ticket-keys and --early-data need tickets, which --no-tickets turns off.",
)
