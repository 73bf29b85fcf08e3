"""An OCSP responder and an HTTP server of answers for the tests."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dojang.pki.csr import hash_for
from tests.pki.forge import NOW, Forged

__all__ = ["answering", "response"]

HOUR = dt.timedelta(hours=1)
Answer = Callable[[str, bytes], tuple[int, bytes, dict[str, str]]]


def response(
    certificate: Forged,
    issuer: Forged,
    *,
    state: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    reason: x509.ReasonFlags | None = None,
    responder: Forged | None = None,
    send: bool = True,
    begin: dt.datetime = NOW - HOUR,
    end: dt.datetime | None = NOW + HOUR,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    algorithm: hashes.HashAlgorithm | None = None,
    by_name: bool = False,
) -> bytes:
    """A response in DER, signed by the issuer or by `responder`, whose certificate is sent along where `send`."""
    signer = responder or issuer
    revoked = state is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate.pyca,
        issuer.pyca,
        algorithm or hashes.SHA1(),
        state,
        begin,
        end,
        NOW - dt.timedelta(days=1) if revoked else None,
        reason,
    )
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(encoding, signer.pyca)
    if responder is not None and send:
        builder = builder.certificates([responder.pyca])
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    key: Any = signer.key
    return builder.sign(key, hash_for(key)).public_bytes(Encoding.DER)


@contextmanager
def answering(answer: Answer) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """(base URL, requests as they came) of an HTTP server on loopback; `answer` gives (status, body, headers)."""
    seen: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(b"")

        def do_POST(self) -> None:
            self.reply(self.rfile.read(int(self.headers["Content-Length"])))

        def reply(self, body: bytes) -> None:
            seen.append((self.path, body))
            status, data, headers = answer(self.path, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
