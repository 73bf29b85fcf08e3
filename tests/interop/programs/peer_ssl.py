"""The standard library's ssl, or pyOpenSSL (which checks no names), as a client and as a server of the interop tests.

    peer_ssl.py ssl|pyopenssl client --port P --ca FILE [--name N] [--path /P | --upload FILE] ...
    peer_ssl.py ssl|pyopenssl server --cert C --key K --files FOLDER [--client-auth ...] ...

The client prints one JSON object. The server prints "listening PORT", serves the folder's files, answers a POST with
the SHA-256 of its body, and says in the header X-Tls what was negotiated.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import ssl
import sys
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
DH_PARAMETERS = Path(__file__).with_name("dh.pem")
# The lowest and the highest.
VERSIONS = {"": (0x0303, 0x0304), "1.1": (0x0302, 0x0302), "1.2": (0x0303, 0x0303), "1.3": (0x0304, 0x0304)}


class Standard:
    """The standard library."""

    def __init__(self, options: argparse.Namespace, *, server: bool) -> None:
        self.options = options
        self.server = server
        self.session: ssl.SSLSession | None = None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of TLS 1.1
            lowest, highest = VERSIONS[options.version]
            context.minimum_version, context.maximum_version = ssl.TLSVersion(lowest), ssl.TLSVersion(highest)
        context.set_ciphers("ALL:@SECLEVEL=0" if options.version == "1.1" else "ALL")
        if options.session_ids:
            context.options |= ssl.OP_NO_TICKET
        if options.cert:
            context.load_cert_chain(options.cert, options.key)
        if server:
            context.load_dh_params(str(DH_PARAMETERS))
        if options.alpn:
            context.set_alpn_protocols(options.alpn.split(","))
        if options.groups:
            context.set_ecdh_curve({"secp256r1": "prime256v1"}.get(options.groups, options.groups))
        if server and options.client_auth != "none":
            required = options.client_auth == "required"
            context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
            context.load_verify_locations(options.client_ca)
        if not server:
            context.load_verify_locations(options.ca)
        self.context = context

    def wrap(self, tcp: socket.socket) -> ssl.SSLSocket:
        if self.server:
            return self.context.wrap_socket(tcp, server_side=True, suppress_ragged_eofs=False)
        return self.context.wrap_socket(
            tcp, server_hostname=self.options.name, suppress_ragged_eofs=False, session=self.session
        )

    def remember(self, tls: ssl.SSLSocket) -> None:
        self.session = tls.session

    def describe(self, tls: ssl.SSLSocket) -> Facts:
        cipher = tls.cipher()
        subject = dict(pair[0] for pair in (tls.getpeercert() or {}).get("subject", ()))  # type: ignore[misc]
        return {
            "version": (tls.version() or "").removeprefix("TLSv"),
            "suite": cipher[0] if cipher else "",
            "alpn": tls.selected_alpn_protocol() or "",
            "peer": subject.get("commonName", ""),
            "resumed": tls.session_reused,
        }

    def receive(self, tls: ssl.SSLSocket) -> bytes:
        return tls.recv(65536)

    def close(self, tls: ssl.SSLSocket) -> None:
        with suppress(OSError):
            tls.unwrap()
        tls.close()


class PyOpenSsl:
    """pyOpenSSL, over the OpenSSL that pyca/cryptography carries."""

    def __init__(self, options: argparse.Namespace, *, server: bool) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec
        from OpenSSL import SSL

        self.options = options
        self.server = server
        self.session: Any = None
        self.status = ""
        context = SSL.Context(SSL.TLS_METHOD)
        lowest, highest = VERSIONS[options.version]
        context.set_min_proto_version(lowest)
        context.set_max_proto_version(highest)
        context.set_cipher_list(b"ALL:@SECLEVEL=0" if options.version == "1.1" else b"ALL")
        context.set_session_id(b"interop")
        if options.session_ids:
            context.set_options(SSL.OP_NO_TICKET)
        if server:
            context.load_tmp_dh(str(DH_PARAMETERS).encode())
        if options.staple and server:
            staple = Path(options.staple).read_bytes()
            context.set_ocsp_server_callback(lambda *_: staple)
        elif options.staple:
            context.set_ocsp_client_callback(self.take_status)
        if options.cert:
            context.use_certificate_chain_file(options.cert)
            context.use_privatekey_file(options.key)
        if options.groups:
            curves = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1()}
            context.set_tmp_ecdh(curves[options.groups])
        protocols = [name.encode() for name in options.alpn.split(",")] if options.alpn else []
        if protocols and server:
            context.set_alpn_select_callback(
                lambda _, offered: choose(protocols, offered, SSL.NO_OVERLAPPING_PROTOCOLS)
            )
        elif protocols:
            context.set_alpn_protos(protocols)
        roots = options.client_ca if server else options.ca
        if roots:
            context.load_verify_locations(roots)
        if not server or options.client_auth != "none":
            must = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if not server or options.client_auth == "required" else 0
            context.set_verify(SSL.VERIFY_PEER | must, lambda *arguments: bool(arguments[4]))
        self.context = context

    def wrap(self, tcp: socket.socket) -> Any:
        from OpenSSL import SSL

        tls = SSL.Connection(self.context, tcp)
        if self.server:
            tls.set_accept_state()
        else:
            tls.set_connect_state()
            if self.options.staple:
                tls.request_ocsp()
            if self.session:
                tls.set_session(self.session)
            tls.set_tlsext_host_name(self.options.name.encode())
        tls.do_handshake()
        if self.options.renegotiate:
            tls.renegotiate()
            tls.do_handshake()
        return tls

    def take_status(self, tls: Any, response: bytes, _: object) -> bool:
        self.status = "successful" if response else "none"
        return True

    def remember(self, tls: Any) -> None:
        self.session = tls.get_session()

    def describe(self, tls: Any) -> Facts:
        certificate = tls.get_peer_certificate(as_cryptography=True)
        return {
            "version": tls.get_protocol_version_name().removeprefix("TLSv"),
            "suite": tls.get_cipher_name() or "",
            "group": tls.get_group_name() or "",
            "alpn": tls.get_alpn_proto_negotiated().decode(),
            "name": (tls.get_servername() or b"").decode(),
            "peer": certificate.subject.rfc4514_string().removeprefix("CN=") if certificate else "",
            "status_request": self.status,
        }

    def receive(self, tls: Any) -> bytes:
        from OpenSSL import SSL

        try:
            return bytes(tls.recv(65536))
        except SSL.ZeroReturnError:
            return b""

    def close(self, tls: Any) -> None:
        with suppress(Exception):
            tls.shutdown()
        tls.close()


def choose(protocols: list[bytes], offered: list[bytes], none: Any) -> Any:
    return next((name for name in protocols if name in offered), none)


def client(side: Standard | PyOpenSsl, options: argparse.Namespace) -> Facts:
    tls = side.wrap(socket.create_connection(("127.0.0.1", options.port), 10 if options.library == "ssl" else None))
    told = side.describe(tls)
    host = f"Host: {options.name}\r\n"
    if options.upload:
        body = Path(options.upload).read_bytes()
        tls.sendall(f"POST / HTTP/1.0\r\n{host}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    else:
        tls.sendall(f"GET {options.path} HTTP/1.0\r\n{host}\r\n".encode())
    answer = b"".join(iter(lambda: side.receive(tls), b""))
    side.remember(tls)
    side.close(tls)
    head, _, body = answer.partition(b"\r\n\r\n")
    told["status"] = head.split(b"\r\n")[0].decode()
    told["length"] = len(body)
    told["sha256"] = hashlib.sha256(body).hexdigest()
    told["body"] = body[:1000].decode("latin-1")
    return told


def serve(side: Standard | PyOpenSsl, options: argparse.Namespace) -> None:
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        print("listening", listener.getsockname()[1], flush=True)
        while True:
            tcp, _ = listener.accept()
            threading.Thread(target=meet, args=(side, tcp, options), daemon=True).start()


def meet(side: Standard | PyOpenSsl, tcp: socket.socket, options: argparse.Namespace) -> None:
    try:
        tls = side.wrap(tcp)
        tls.sendall(answer_to(side, tls, options))
        side.close(tls)
    except Exception as error:
        print("client:", repr(error), flush=True)
    finally:
        tcp.close()


def answer_to(side: Standard | PyOpenSsl, tls: Any, options: argparse.Namespace) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += side.receive(tls)
    head, _, body = request.partition(b"\r\n\r\n")
    if head.startswith(b"POST"):
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        while len(body) < length:
            body += side.receive(tls)
        content = hashlib.sha256(body).hexdigest().encode()
    else:
        content = (Path(options.files) / head.split()[1].decode().rpartition("/")[2]).read_bytes()
    told = json.dumps(side.describe(tls))
    lines = ["HTTP/1.0 200 OK", f"X-Tls: {told}", f"Content-Length: {len(content)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=["ssl", "pyopenssl"])
    parser.add_argument("role", choices=["client", "server"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="localhost")
    parser.add_argument("--path", default="/")
    parser.add_argument("--version", default="", choices=VERSIONS)
    parser.add_argument("--client-auth", default="none")
    for name in ("ca", "client-ca", "cert", "key", "files", "upload", "alpn", "groups", "staple"):
        parser.add_argument(f"--{name}")
    for name in ("again", "session-ids", "renegotiate"):
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    kind = Standard if options.library == "ssl" else PyOpenSsl
    side = kind(options, server=options.role == "server")
    if options.role == "server":
        serve(side, options)
    try:
        if options.again:
            client(side, options)
        told = {**client(side, options), "ok": True}
    except Exception as error:
        told = {"ok": False, "error": repr(error)}
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
