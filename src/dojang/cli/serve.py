"""`dojang serve`: an HTTPS server of static files, and an echo page that tells visitors what was negotiated."""

from __future__ import annotations

import argparse
import ipaddress
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.failures import Exit, WrongUsage
from dojang.cli.https import HttpsServer
from dojang.cli.keyfiles import keylog_into, password_for
from dojang.cli.language import Language, Text
from dojang.cli.page import Visit, render
from dojang.cli.sentences import sentence
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise
from dojang.engine.config import ClientAuth, Credential, ServerConfig
from dojang.engine.session import Session
from dojang.errors import TlsError
from dojang.pki.authority import Authority
from dojang.pki.folder import KEY_FILE
from dojang.pki.store import TrustStore

__all__ = ["register", "run"]

ECHO = "/dojang"


def register(parser: Parser) -> None:
    """The command's arguments."""
    parser.epilog = _EPILOG.pick(parser.language)
    parser.option("folder", nargs="?", metavar="FOLDER", help=_FOLDER)
    parser.option("--site", action="append", default=[], metavar="NAME[=FOLDER]", help=_SITE)
    parser.option("--ca", metavar="FOLDER", help=_CA)
    parser.option("--cert", action="append", default=[], metavar="FILE", help=_CERT)
    parser.option("--key", action="append", default=[], metavar="FILE", help=_KEY)
    parser.option("--client-ca", metavar="FILE", help=_CLIENT_CA)
    parser.option("--client-auth", choices=["optional", "required"], default="required", help=_CLIENT_AUTH)
    parser.option("--unknown-name", choices=["default", "refuse"], default="default", help=_UNKNOWN_NAME)
    parser.option("--host", default="127.0.0.1", metavar="ADDRESS", help=_HOST)
    parser.option("--port", type=int, default=8443, metavar="N", help=_PORT)
    parser.option("--keylog", metavar="FILE", help=_KEYLOG)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Serve until Ctrl-C."""
    sites = _sites(arguments)
    log = _Log(screen, as_json=arguments.json)
    with ExitStack() as stack:
        config = _config(arguments, sites, screen.language, stack)
        handler = partial(_Handler, sites=sites, log=log)
        server = HttpsServer(arguments.host, arguments.port, config, handler, log.refused)  # type: ignore[arg-type]
        stack.callback(server.server_close)
        try:
            log.started(arguments.host, server.port, sites, config)
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            log.stopped()
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class Site:
    """The names a site answers to, and the folder it shows; None is the echo page."""

    names: tuple[str, ...]
    folder: Path | None


def _sites(arguments: argparse.Namespace) -> tuple[Site, ...]:
    default = _folder(arguments.folder)
    sites = tuple(_site(text, default) for text in arguments.site)
    return sites or (Site(_local_names(arguments.host), default),)


def _site(text: str, default: Path | None) -> Site:
    names, equals, folder = text.partition("=")
    if not names:
        raise WrongUsage(_EMPTY_SITE, text=text)
    return Site(tuple(name.strip().lower() for name in names.split(",")), _folder(folder) if equals else default)


def _folder(text: str | None) -> Path | None:
    if text is None:
        return None
    folder = Path(text)
    if not folder.exists():
        raise FileNotFoundError(2, "", text)
    if not folder.is_dir():
        raise NotADirectoryError(20, "", text)
    return folder.resolve()


def _local_names(host: str) -> tuple[str, ...]:
    names = ["localhost", "127.0.0.1", "::1"]
    if host not in (*names, "", "0.0.0.0", "::"):
        names.insert(0, host)
    return tuple(names)


def _config(
    arguments: argparse.Namespace, sites: tuple[Site, ...], language: Language, stack: ExitStack
) -> ServerConfig:
    trust = TrustStore.from_file(arguments.client_ca) if arguments.client_ca else None
    return ServerConfig(
        credentials=_credentials(arguments, sites, language),
        unknown_name=arguments.unknown_name,
        client_auth=ClientAuth(arguments.client_auth) if trust else ClientAuth.NONE,
        client_trust=trust,
        alpn=("http/1.1",),
        keylog=keylog_into(arguments.keylog, stack),
    )


def _credentials(
    arguments: argparse.Namespace, sites: tuple[Site, ...], language: Language
) -> tuple[Credential, ...]:
    if len(arguments.cert) != len(arguments.key):
        raise WrongUsage(_PAIRS, certificates=len(arguments.cert), keys=len(arguments.key))
    pairs = zip(arguments.cert, arguments.key, strict=True)
    given = tuple(
        Credential.from_files(certificate, key, password_for(Path(key), language)) for certificate, key in pairs
    )
    if not arguments.ca:
        if not given:
            raise WrongUsage(_NO_CERTIFICATE)
        return given
    password = password_for(Path(arguments.ca) / KEY_FILE, language)
    return (*given, *_issued(Authority.open(arguments.ca, password), sites, given))


def _issued(authority: Authority, sites: tuple[Site, ...], given: tuple[Credential, ...]) -> Iterator[Credential]:
    """A certificate on the spot for each site that no given one names."""
    named = {name for credential in given for name in credential.names}
    for site in sites:
        if not named.issuperset(site.names):
            issued = authority.issue(site.names)
            yield Credential.from_pyca(issued.chain, issued.key)


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site that the Host header names, and the echo page."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, sites: tuple[Site, ...], log: _Log) -> None:
        self.sites = sites
        self.log = log
        super().__init__(*arguments, directory=None)

    @property
    def session(self) -> Session:
        """What the handshake of this connection established."""
        tls: Any = self.connection
        session: Session = tls.session
        return session

    def do_GET(self) -> None:
        if self._folder() is None or self.path.split("?")[0] == ECHO:
            self._echo(body=True)
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._folder() is None or self.path.split("?")[0] == ECHO:
            self._echo(body=False)
        else:
            super().do_HEAD()

    def translate_path(self, path: str) -> str:
        self.directory = str(self._folder())
        return super().translate_path(path)

    def version_string(self) -> str:
        return "dojang"

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """The screen's own line instead, from log_request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        status = code.value if isinstance(code, HTTPStatus) else code
        self.log.visited(self.client_address[0], self.session, self.requestline, status)

    def _folder(self) -> Path | None:
        return self._site().folder

    def _site(self) -> Site:
        """By the Host header, as HTTP has it; else by SNI, else the first."""
        for wanted in (_host_of(self.headers.get("Host", "")), self.session.server_name):
            for site in self.sites:
                if wanted in site.names:
                    return site
        return self.sites[0]

    def _echo(self, *, body: bool) -> None:
        visit = Visit(self.session, self.headers.get("Host"), self.client_address[0])
        media_type, content = render(visit, self.headers)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if body:
            self.wfile.write(content)


def _host_of(header: str) -> str:
    """The Host header without its port; an IPv6 address without its brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


class _Log:
    """What happens, a line for each visitor; visitors come on threads of their own."""

    def __init__(self, screen: Screen, *, as_json: bool) -> None:
        self.screen = screen
        self.as_json = as_json
        self.lock = threading.Lock()

    def started(self, host: str, port: int, sites: tuple[Site, ...], config: ServerConfig) -> None:
        urls = [f"https://{_in_url(name)}{'' if port == 443 else f':{port}'}/" for site in sites for name in site.names]
        if self.as_json:
            self._json(event="listening", host=host, port=port, urls=urls)
            return
        self.screen.say(_LISTENING, host=host, port=port)
        for site in sites:
            shown = str(site.folder) if site.folder else self.screen.pick(_ECHO_PAGE)
            self.screen.line(f"  {', '.join(site.names)}  →  {neutralise(shown)}")
        if config.client_auth is not ClientAuth.NONE:
            self.screen.say(_ASKS[config.client_auth])
        self.screen.line(self.screen.pick(_OPEN, url=urls[0]))
        self.screen.line(self.screen.pick(_ECHO_AT, url=urls[0].rstrip("/") + ECHO))
        self.screen.flush()

    def visited(self, address: str, session: Session, request: str, status: int | str) -> None:
        if self.as_json:
            facts = {"server_name": session.server_name, "group": session.key_exchange, "suite": session.suite.label}
            self._json(event="request", address=address, request=request, status=status, **facts)
            return
        negotiated = f"SNI {session.server_name or '-'}, {session.key_exchange}, {session.suite.label}"
        self._line(f"{address}  {request}  {status}  ({negotiated})")

    def refused(self, address: str, error: Exception) -> None:
        reason = sentence(error, self.screen.language) if isinstance(error, TlsError) else str(error)
        if self.as_json:
            self._json(event="refused", address=address, reason=reason)
            return
        self._line(f"{address}  {reason}", style="bad")

    def stopped(self) -> None:
        if not self.as_json:
            with self.lock:
                self.screen.say(_STOPPED)

    def _line(self, text: str, style: str = "") -> None:
        text = neutralise(text)
        with self.lock:
            self.screen.line(self.screen.paint(style, text) if style else text)
            self.screen.flush()

    def _json(self, **facts: object) -> None:
        with self.lock:
            print(json.dumps(facts, ensure_ascii=False), file=self.screen.out, flush=True)


def _in_url(name: str) -> str:
    try:
        return f"[{name}]" if ipaddress.ip_address(name).version == 6 else name
    except ValueError:
        return name


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
_EMPTY_SITE = Text(ko="--site {text}: 이름이 비었습니다.", en="--site {text}: the name is empty.")
_PAIRS = Text(
    ko="--cert와 --key는 짝을 이루어야 합니다. 인증서는 {certificates}개, 키는 {keys}개입니다.",
    en="--cert and --key come in pairs; there are {certificates} certificates and {keys} keys.",
)
_NO_CERTIFICATE = Text(
    ko="서버에 인증서가 필요합니다. `dojang ca init my-ca`로 인증 기관을 만들고 --ca my-ca를 주거나, "
    "--cert와 --key로 파일을 주세요.",
    en="A server needs a certificate. Make an authority with `dojang ca init my-ca` and pass --ca my-ca, "
    "or name files with --cert and --key.",
)
_LISTENING = Text(
    ko="{host}의 {port}번 포트에서 기다립니다. Ctrl-C로 끝냅니다.",
    en="Listening on {host} port {port}. Ctrl-C ends it.",
)
_ECHO_PAGE = Text(ko="협상 결과 페이지", en="what was negotiated")
_OPEN = Text(ko="열어 보기: {url}", en="Open {url}")
_ECHO_AT = Text(ko="협상 결과: {url}", en="What was negotiated: {url}")
_STOPPED = Text(ko="서버를 끝냈습니다.", en="The server has stopped.")
_ASKS = {
    ClientAuth.OPTIONAL: Text(
        ko="클라이언트 인증서가 있으면 확인합니다.",
        en="A client certificate is checked when there is one.",
    ),
    ClientAuth.REQUIRED: Text(
        ko="클라이언트 인증서가 없으면 거절합니다.",
        en="Clients without a certificate are refused.",
    ),
}
