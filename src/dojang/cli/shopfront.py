"""What a visitor of `dojang serve` meets: files, the echo page, and a line in the log about the visit."""

from __future__ import annotations

import ipaddress
import json
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from dojang.cli.https import PoliteHandler
from dojang.cli.language import Text
from dojang.cli.page import Visit, render
from dojang.cli.sentences import sentence
from dojang.cli.sites import Site
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise
from dojang.engine.config import ClientAuth
from dojang.engine.session import Session
from dojang.errors import TlsError

__all__ = ["ECHO", "Log", "Shopfront"]

ECHO = "/dojang"


class Shopfront(PoliteHandler, SimpleHTTPRequestHandler):
    """Files of the site that the Host header names, and the echo page."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, sites: tuple[Site, ...], log: Log) -> None:
        self.sites = sites
        self.log = log
        super().__init__(*arguments, directory=None)

    @property
    def session(self) -> Session:
        """What the handshake of this connection established."""
        session: Session = self.connection.session
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


class Log:
    """What happens, a line for each visitor; visitors come on threads of their own."""

    def __init__(self, screen: Screen, *, as_json: bool) -> None:
        self.screen = screen
        self.as_json = as_json
        self.lock = threading.Lock()

    def started(self, host: str, port: int, sites: tuple[Site, ...], asks: ClientAuth, workers: list[int]) -> None:
        """Where to find it. workers: the ids of the processes that answer."""
        urls = [f"https://{_in_url(name)}{'' if port == 443 else f':{port}'}/" for site in sites for name in site.names]
        if self.as_json:
            self._json(event="listening", host=host, port=port, urls=urls, workers=workers)
            return
        self.screen.say(_LISTENING, host=host, port=port)
        if len(workers) > 1:
            self.screen.say(_WORKERS, number=len(workers))
        for site in sites:
            shown = str(site.folder) if site.folder else self.screen.pick(_ECHO_PAGE)
            self.screen.line(f"  {', '.join(site.names)}  →  {neutralise(shown)}")
        if asks is not ClientAuth.NONE:
            self.screen.say(_ASKS[asks])
        self.screen.line(self.screen.pick(_OPEN, url=urls[0]))
        self.screen.line(self.screen.pick(_ECHO_AT, url=urls[0].rstrip("/") + ECHO))
        self.screen.flush()

    def visited(self, address: str, session: Session, request: str, status: int | str) -> None:
        """A request and its answer."""
        if self.as_json:
            facts = {
                "server_name": session.server_name,
                "version": session.version.label,
                "group": session.key_exchange,
                "suite": session.suite.label,
                "resumed": session.resumed,
                "early_data": session.early_data,
            }
            self._json(event="request", address=address, request=request, status=status, **facts)
            return
        how = [f"SNI {session.server_name or '-'}", session.key_exchange, session.suite.label]
        if session.resumed is not None:
            how.append(session.resumed)
        if session.early_data:
            how.append("0-RTT")
        self._line(f"{address}  {request}  {status}  ({', '.join(how)})")

    def refused(self, address: str, error: Exception) -> None:
        """A visitor that did not get in, or not out as it should."""
        reason = sentence(error, self.screen.language) if isinstance(error, TlsError) else str(error)
        if self.as_json:
            self._json(event="refused", address=address, reason=reason)
            return
        self._line(f"{address}  {reason}", style="bad")

    def replaced(self, gone: int, code: int, fresh: int) -> None:
        """A worker ended on its own, and another one took its place."""
        if self.as_json:
            self._json(event="worker", gone=gone, code=code, fresh=fresh)
            return
        self._line(self.screen.pick(_REPLACED, gone=gone, code=code, fresh=fresh), style="bad")

    def relay(self, line: str) -> None:
        """A line that a worker wrote, made there."""
        self._write(line)

    def stopped(self) -> None:
        """The end."""
        if not self.as_json:
            self._line(self.screen.pick(_STOPPED))

    def _line(self, text: str, style: str = "") -> None:
        text = neutralise(text)
        self._write((self.screen.paint(style, text) if style else text) + "\n")

    def _json(self, **facts: object) -> None:
        self._write(json.dumps(facts, ensure_ascii=False) + "\n")

    def _write(self, text: str) -> None:
        """A log that nobody reads any more is no reason to send visitors away."""
        with self.lock, suppress(BrokenPipeError):
            self.screen.write(text)
            self.screen.flush()


def _in_url(name: str) -> str:
    try:
        return f"[{name}]" if ipaddress.ip_address(name).version == 6 else name
    except ValueError:
        return name


_LISTENING = Text(
    ko="{host}의 {port}번 포트에서 기다립니다. Ctrl-C로 끝냅니다.",
    en="Listening on {host} port {port}. Ctrl-C ends it.",
)
_WORKERS = Text(
    ko="작업 프로세스 {number}개가 함께 받습니다. 하나가 죽으면 새로 띄웁니다.",
    en="{number} worker processes share the work; one that dies is replaced.",
)
_ECHO_PAGE = Text(ko="협상 결과 페이지", en="what was negotiated")
_OPEN = Text(ko="열어 보기: {url}", en="Open {url}")
_ECHO_AT = Text(ko="협상 결과: {url}", en="What was negotiated: {url}")
_REPLACED = Text(
    ko="작업 프로세스 {gone:이/가} 끝나서(코드 {code}) {fresh:으로/로} 바꾸었습니다.",
    en="Worker process {gone} has ended (code {code}); {fresh} takes its place.",
)
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
