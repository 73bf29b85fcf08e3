"""An authority's public face over HTTP: its certificate, its revocation lists, its OCSP responder.

Everything it hands out is signed, so plain http is what clients expect. Lists are made anew when they have lived for
half of their time, or when somebody was revoked since.
"""

from __future__ import annotations

import base64
import binascii
import socket
import threading
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import ApiMisuse, TlsError
from dojang.pki.authority import Authority, Issued
from dojang.pki.publishing import Responder, publish_list

__all__ = ["Publication", "PublicationServer"]

_MOST_REQUEST = 16 * 1024
_CACHED = "max-age=3600, public, no-transform, must-revalidate"


class Publication:
    """What is told, by path: `/ca.cer`, `/0.crl`, `/0-delta.crl` (one a partition), `/ocsp`."""

    def __init__(self, authority: Authority, signer: Issued | None = None, *, list_days: float = 7) -> None:
        if authority.ledger is None:
            raise ApiMisuse("an authority without a ledger remembers nothing, and so can't revoke")
        self.authority = authority
        self.ledger = authority.ledger
        self.responder = Responder(authority, signer)
        self.list_days = list_days
        self._lists: dict[tuple[int, bool], tuple[Any, int, bytes]] = {}
        self._lock = threading.Lock()

    def certificate(self) -> bytes:
        """The authority's own, in DER (RFC 5280 section 4.2.2.1)."""
        return self.authority.certificate.public_bytes(Encoding.DER)

    def revocation_list(self, partition: int, *, delta: bool = False) -> bytes:
        """A list that is still young and complete."""
        with self._lock:
            now = self.authority.clock()
            changes = sum(record.changed for record in self.ledger.records(self.authority.id) if record.revoked_at)
            known = self._lists.get((partition, delta))
            if known and known[1] == changes and now - known[0] < timedelta(days=self.list_days / 2):
                return known[2]
            if delta and (partition, False) not in self._lists:
                self._lists[partition, False] = now, changes, self._made(partition, delta=False)
            data = self._made(partition, delta=delta)
            self._lists[partition, delta] = now, changes, data
            return data

    def _made(self, partition: int, *, delta: bool) -> bytes:
        return publish_list(self.authority, partition=partition, days=self.list_days, delta=delta)

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """(content type, body) for a GET, None where nothing is there."""
        name = unquote(urlsplit(path).path).lstrip("/")
        if name == "ca.cer":
            return "application/pkix-cert", self.certificate()
        if name.startswith("ocsp/"):
            return _OCSP, self.responder.answer(_decoded(name.removeprefix("ocsp/")))
        stem, _, suffix = name.partition(".")
        number, _, kind = stem.partition("-")
        if suffix != "crl" or kind not in ("", "delta") or not number.isdecimal() or len(number) > 6:
            return None
        if int(number) >= self.authority.places.partitions:
            return None
        return "application/pkix-crl", self.revocation_list(int(number), delta=kind == "delta")


class PublicationServer(ThreadingHTTPServer):
    """Serves a Publication; port 0 takes a free one (`server_port`). `serve_forever` and `shutdown` as the stdlib's."""

    daemon_threads = True

    def __init__(self, publication: Publication, host: str = "127.0.0.1", port: int = 8080) -> None:
        self.publication = publication
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: PublicationServer
    timeout = 10
    protocol_version = "HTTP/1.1"
    server_version = "dojang"
    sys_version = ""

    def do_GET(self) -> None:
        try:
            found = self.server.publication.answer(self.path)
        except TlsError as error:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", str(error).encode())
            return
        if found is None:
            self._reply(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"nothing is here\n")
        else:
            self._reply(HTTPStatus.OK, *found)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path.rstrip("/") != "/ocsp" or not length.isdecimal() or int(length) > _MOST_REQUEST:
            self.close_connection = True
            self._reply(HTTPStatus.BAD_REQUEST, "text/plain; charset=utf-8", b"this is no OCSP request\n")
            return
        try:
            response = self.server.publication.responder.answer(self.rfile.read(int(length)))
        except TlsError as error:
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", str(error).encode())
            return
        self._reply(HTTPStatus.OK, _OCSP, response)

    def _reply(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status is HTTPStatus.OK and kind != _OCSP:
            self.send_header("Cache-Control", _CACHED)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Who asks about which certificate is nobody's business."""


def _decoded(text: str) -> bytes:
    """RFC 6960 appendix A.1: base64 in the path; what is none is answered as a malformed request."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


_OCSP = "application/ocsp-response"
