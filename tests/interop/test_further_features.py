"""What peers may ask beyond a handshake, each with a peer that has it.

Certificate compression, record sizes, raw keys, authentication after the handshake, delegated credentials, wishes for
chains, channel bindings, key logs. OpenSSL is Debian's 3.0, GnuTLS 3.7 (built without compression), NSS 3.87 and
Firefox's. A client's certificate compressed, and a delegated credential shown to dojang, no peer here can send: pairs
in memory prove those (tests/engine).
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dojang.engine import flight13
from dojang.engine.compression import compressed
from dojang.engine.config import ClientAuth, ClientConfig, Credential, ServerConfig
from dojang.engine.delegation import delegate
from dojang.engine.info import Info
from dojang.net.blocking import TlsSocket, connect
from dojang.pki.keys import create_key, dump_private_key, spki_of
from dojang.pki.store import TrustStore
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CertificateCompressionAlgorithm as A
from dojang.wire.codes import CertificateType, ExtensionType, Version
from dojang.wire.hello import ClientHello
from dojang.wire.messages13 import Certificate, CompressedCertificate
from tests.engine.test_delegation import authority, delegating
from tests.interop.local import LocalServer, Meeting, credential
from tests.interop.peer import Answer, Further, Request
from tests.interop.peers import PEERS
from tests.interop.peers.nss import make_database
from tests.interop.pki import Pki
from tests.interop.processes import LOOPBACK, Ended, Server, find_program, free_port, run, serving
from tests.interop.table import CONNECTS, SERVES
from tests.pair import Notes

VERSIONS = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)
GNUTLS = {Version.TLS13: "VERS-TLS1.3", Version.TLS12: "VERS-TLS1.2"}
OPENSSL = {Version.TLS13: "-tls1_3", Version.TLS12: "-tls1_2"}
BODY = b"x" * 40_000


def need(*programs: str) -> None:
    """A program that is missing skips the test, or fails it."""
    for program in programs:
        if find_program(program) is None:
            sentence = f"{program} is not here (scripts/install-peers installs it)"
            if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
                pytest.fail(sentence)
            pytest.skip(sentence)


class Local:
    """A dojang server for one connection in this process; `act` talks to the peer."""

    def __init__(self, config: ServerConfig, act: Callable[[TlsSocket], None]) -> None:
        self.config = config
        self.act = act
        self.notes = Notes()
        self.info: Info | None = None
        self.error: Exception | None = None
        self._listener = socket.create_server((LOOPBACK, 0))
        self._listener.settimeout(15)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Local:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(15)
        self._listener.close()

    def _serve(self) -> None:
        try:
            sock, _ = self._listener.accept()
            sock.settimeout(10)
            with TlsSocket.server(sock, self.config, observer=self.notes) as tls:
                try:
                    self.act(tls)
                finally:
                    self.info = tls.connection.info
        except Exception as error:
            self.error = error

    @property
    def kinds(self) -> list[type[HandshakeMessage]]:
        return [type(message) for _, message, _, _ in self.notes.messages]


def say_hello(tls: TlsSocket) -> None:
    """Answer one line with 40,000 bytes."""
    tls.recv()
    tls.sendall(BODY + b"\n")
    tls.shutdown_write()
    tls.recv()


def openssl_client(port: int, pki: Pki, *words: str | Path) -> Ended:
    argv: list[str | Path] = ["openssl", "s_client", "-connect", f"{LOOPBACK}:{port}", "-servername", "localhost"]
    return run([*argv, "-CAfile", pki.root, "-verify_return_error", "-ign_eof", *words], inputs=[b"hello\n"])


@contextmanager
def openssl_server(pki: Pki, folder: Path, *words: str | Path) -> Iterator[Server]:
    port, files = free_port(), pki["ecdsa-p256"]
    argv: list[str | Path] = ["openssl", "s_server", "-accept", f"{LOOPBACK}:{port}"]
    argv += ["-cert", files.certificate, "-key", files.key, "-cert_chain", files.chain]
    with serving([*argv, *words], port, folder) as server:
        yield server


def gnutls_client(port: int, pki: Pki, *words: str | Path, trust: Path | None = None) -> Ended:
    argv: list[str | Path] = ["gnutls-cli", "--port", str(port), "--x509cafile", trust or pki.root]
    argv += ["--sni-hostname", "localhost", "--verify-hostname", "localhost"]
    return run([*argv, *words, LOOPBACK], inputs=[b"hello\n"], hold_input=True)


@contextmanager
def gnutls_server(pki: Pki, folder: Path, *words: str | Path) -> Iterator[Server]:
    port, files = free_port(), pki["ecdsa-p256"]
    argv: list[str | Path] = [find_program("gnutls-serv") or "gnutls-serv", "--port", str(port), "--echo"]
    argv += ["--x509certfile", files.chain, "--x509keyfile", files.key]
    with serving([*argv, *words], port, folder) as server:
        yield server


def browse(browser: str, config: ServerConfig, files: Path, trust: Path) -> tuple[Answer, Meeting]:
    """A browser fetches a page; what it says, and the connection that came furthest."""
    peer = next(peer for peer in PEERS if peer.name == browser)
    need(*([] if peer.missing() is None else [str(peer.missing())]))
    with LocalServer(config, files) as local:
        answer = peer.ask(Request(port=local.port, trust=trust))
    return answer, local.meeting


def visit(port: int, pki: Pki, act: Callable[[TlsSocket], None] | None = None, **settings: Any) -> tuple[Info, Notes]:
    """dojang's client: connect, talk, and what there is to say of it."""
    notes = Notes()
    config = ClientConfig(**{"trust": TrustStore.from_file(pki.root), **settings})
    with connect("localhost", port, config, address=LOOPBACK, timeout=10, observer=notes) as tls:
        if act is not None:
            act(tls)
        return tls.connection.info, notes


def echoed(size: int) -> Callable[[TlsSocket], None]:
    """Lines of that many bytes come back."""

    def act(tls: TlsSocket) -> None:
        line = b"y" * (size - 1) + b"\n"
        tls.sendall(line)
        got = b""
        while len(got) < size:
            got += tls.recv()
        assert got == line

    return act


# Certificate compression.


@pytest.mark.parametrize(
    ("browser", "algorithm"),
    [("chromium", A.BROTLI), ("firefox", A.BROTLI), ("firefox", A.ZSTD), ("firefox", A.ZLIB)],
    ids=lambda value: getattr(value, "label", value),
)
@pytest.mark.cell(SERVES, Further.COMPRESSION)
def test_browsers_inflate(pki: Pki, files: Path, browser: str, algorithm: A, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[A] = []

    def counted(message: Certificate, chosen: A) -> CompressedCertificate:
        made.append(chosen)
        return compressed(message, chosen)

    monkeypatch.setattr(flight13, "compressed", counted)
    flight13._certificate.cache_clear()
    config = ServerConfig(credentials=(credential(pki["ecdsa-p256"]),), certificate_compression=(algorithm,))
    answer, meeting = browse(browser, config, files, pki.root)
    assert answer.ok, answer.output
    assert meeting.session is not None
    assert made == [algorithm]


# Record sizes.


@VERSIONS
@pytest.mark.cell(SERVES, Further.RECORD_SIZE, "gnutls")
def test_gnutls_client_limits_records(pki: Pki, version: Version) -> None:
    need("gnutls-cli")
    config = ServerConfig(credentials=(credential(pki["ecdsa-p256"]),), record_size_limit=600)
    with Local(config, say_hello) as local:
        words = ("--recordsize=512", "--priority", f"NORMAL:-VERS-ALL:+{GNUTLS[version]}")
        ended = gnutls_client(local.port, pki, *words)
    assert BODY.decode() in ended.text, ended.text
    assert local.info is not None
    assert local.info.version is version
    assert local.info.received.record_limit == 600 - (version is Version.TLS13)
    assert local.info.sent.record_limit <= 512
    assert local.info.sent.records > len(BODY) // 512


@VERSIONS
@pytest.mark.cell(CONNECTS, Further.RECORD_SIZE, "gnutls")
def test_gnutls_server_keeps_the_client_s_limit(pki: Pki, tmp_path: Path, version: Version) -> None:
    need("gnutls-serv")
    with gnutls_server(pki, tmp_path, "--disable-client-cert") as server:
        info, _ = visit(server.port, pki, echoed(3000), versions=(version,), record_size_limit=600)
    assert info.received.record_limit == 600 - (version is Version.TLS13)
    assert info.sent.record_limit == 16384


@VERSIONS
@pytest.mark.parametrize("size", [512, 4096])
@pytest.mark.cell(SERVES, Further.FRAGMENT, "openssl")
def test_openssl_client_asks_for_a_fragment_length(pki: Pki, version: Version, size: int) -> None:
    need("openssl")
    with Local(ServerConfig(credentials=(credential(pki["ecdsa-p256"]),)), say_hello) as local:
        ended = openssl_client(local.port, pki, "-maxfraglen", str(size), OPENSSL[version])
    assert BODY.decode() in ended.text, ended.text
    assert local.info is not None
    assert local.info.sent.record_limit == local.info.received.record_limit == size


@VERSIONS
@pytest.mark.cell(CONNECTS, Further.FRAGMENT, "openssl")
def test_openssl_server_keeps_a_fragment_length(pki: Pki, tmp_path: Path, version: Version) -> None:
    need("openssl")
    with openssl_server(pki, tmp_path, "-rev", "-quiet") as server:

        def act(tls: TlsSocket) -> None:
            tls.sendall(b"a" * 3000 + b"z\n")
            got = b""
            while len(got) < 3002:
                got += tls.recv()
            assert got == b"z" + b"a" * 3000 + b"\n"

        info, _ = visit(server.port, pki, act, versions=(version,), max_fragment_length=1024)
    assert info.received.record_limit == info.sent.record_limit == 1024
    assert info.received.records >= 4


# Raw public keys.

RAW = "NORMAL:-VERS-ALL:+{}:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"


class RawFiles:
    """A key as GnuTLS takes it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.key = create_key("ecdsa-p256")
        self.spki = spki_of(self.key.public_key())
        self.private, self.public = folder / f"{name}.key", folder / f"{name}.pub"
        self.private.write_bytes(dump_private_key(self.key))
        self.public.write_bytes(self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    @property
    def words(self) -> tuple[str | Path, ...]:
        return "--rawpkkeyfile", self.private, "--rawpkfile", self.public


@VERSIONS
@pytest.mark.cell(SERVES, Further.RAW_KEYS, "gnutls")
def test_gnutls_client_and_raw_keys(pki: Pki, tmp_path: Path, version: Version) -> None:
    need("gnutls-cli")
    own, theirs = RawFiles(tmp_path, "server"), RawFiles(tmp_path, "client")
    config = ServerConfig(
        credentials=(Credential.from_raw_key(own.key),), client_auth=ClientAuth.REQUIRED, raw_public_keys=(theirs.spki,)
    )
    with Local(config, say_hello) as local:
        words = ("--insecure", "--priority", RAW.format(GNUTLS[version]), *theirs.words)
        ended = gnutls_client(local.port, pki, *words)
    assert BODY.decode() in ended.text, f"{ended.text} {local.error}"
    assert local.info is not None
    assert local.info.version is version
    assert local.info.peer_type is CertificateType.RAW_PUBLIC_KEY
    assert local.info.peer_chain == (theirs.spki,)
    assert local.info.verified


@VERSIONS
@pytest.mark.cell(CONNECTS, Further.RAW_KEYS, "gnutls")
def test_gnutls_server_and_raw_keys(pki: Pki, tmp_path: Path, version: Version) -> None:
    need("gnutls-serv")
    own, theirs = RawFiles(tmp_path, "client"), RawFiles(tmp_path, "server")
    words = ("--priority", RAW.format(GNUTLS[version]), "--disable-client-cert", *theirs.words)
    with gnutls_server(pki, tmp_path, *words) as server:
        settings: dict[str, Any] = {"versions": (version,), "credential": Credential.from_raw_key(own.key)}
        info, _ = visit(server.port, pki, echoed(20), raw_public_keys=(theirs.spki,), **settings)
    assert info.peer_chain == (theirs.spki,)
    assert info.peer_type is CertificateType.RAW_PUBLIC_KEY


# Authentication after the handshake.


def ask_later(tls: TlsSocket) -> None:
    assert tls.recv()
    assert not tls.session.peer_chain
    tls.request_certificate()
    tls.sendall(b"who are you\n")
    tls.settimeout(10)
    while not tls.session.peer_chain:
        tls.connection.receive(tls._sock.recv(65536))
    tls.sendall(BODY + b"\n")
    tls.shutdown_write()


@pytest.mark.parametrize("client", ["openssl", "gnutls-cli"])
@pytest.mark.cell(SERVES, Further.LATE)
def test_clients_that_let_themselves_be_asked(pki: Pki, client: str) -> None:
    need(client)
    files = pki["client"]
    config = ServerConfig(credentials=(credential(pki["ecdsa-p256"]),), client_trust=TrustStore.from_file(pki.root))
    with Local(config, ask_later) as local:
        if client == "openssl":
            words = ("-enable_pha", "-cert", files.certificate, "-key", files.key, "-cert_chain", files.chain)
            ended = openssl_client(local.port, pki, *words)
        else:
            own = ("--post-handshake-auth", "--x509certfile", files.chain, "--x509keyfile", files.key)
            ended = gnutls_client(local.port, pki, *own)
    assert BODY.decode() in ended.text, f"{ended.text} {local.error!r}"
    assert local.info is not None
    assert local.info.client_identity == "CN=client.test"
    assert local.info.verified


@pytest.mark.cell(CONNECTS, Further.LATE, "openssl")
def test_openssl_server_asks_later(pki: Pki, tmp_path: Path) -> None:
    need("openssl")
    with openssl_server(pki, tmp_path, "-CAfile", pki.root, "-tls1_3") as server:

        def act(tls: TlsSocket) -> None:
            tls.sendall(b"hello\n")
            assert server.wait_for(b"hello")
            server.say(b"c\n")  # s_server's command for a CertificateRequest
            time.sleep(0.3)  # what comes with the letter is taken for part of the command
            server.say(b"who are you\n")
            assert b"who are you" in tls.recv()
            tls.sendall(b"as I said\n")
            assert server.wait_for(b"as I said"), server.output()
            server.say(b"Q\n")

        own = credential(pki["client"])
        info, _ = visit(server.port, pki, act, credential=own, post_handshake_auth=True)
        text = server.output().decode(errors="replace")
    assert info.client_chain == own.chain
    assert "SSL_do_handshake -> 1" in text, text
    assert text.count("client.test") >= 1


# Delegated credentials.


@pytest.mark.cell(SERVES, Further.DELEGATED, "firefox")
def test_firefox_takes_a_delegated_credential(files: Path, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    answer, meeting = browse(
        "firefox", ServerConfig(credentials=(delegate(delegating(name="localhost")),)), files, root
    )
    assert answer.ok, answer.output
    assert meeting.session is not None
    assert meeting.session.delegated


@pytest.mark.cell(SERVES, Further.DELEGATED, "nss")
def test_nss_client_takes_a_delegated_credential(tmp_path: Path) -> None:
    need("tstclnt", "certutil", "pk12util")
    root = tmp_path / "root.pem"
    root.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    database = make_database(tmp_path, root, None)
    key = create_key("ecdsa-p384")
    own = delegate(delegating(), key=key)
    request = tmp_path / "request"
    request.write_bytes(b"hello\n")
    for words, delegated in ((["-B"], True), ([], False)):
        with Local(ServerConfig(credentials=(own,)), say_hello) as local:
            argv: list[str | Path] = [
                "tstclnt",
                "-h",
                LOOPBACK,
                "-a",
                "name.test",
                "-p",
                str(local.port),
                "-d",
                database,
            ]
            ended = run([*argv, "-O", "-V", "tls1.3:tls1.3", *words, "-A", request])
        assert BODY in ended.stdout, ended.text
        assert local.info is not None
        assert local.info.delegated is delegated


# Wishes for chains.


@VERSIONS
@pytest.mark.cell(SERVES, Further.AUTHORITIES, "openssl")
def test_openssl_client_names_authorities_and_sees_ours(pki: Pki, version: Version) -> None:
    need("openssl")
    other, own = credential(pki["untrusted"]), credential(pki["ecdsa-p256"])
    names = version is Version.TLS13  # OpenSSL sends its wishes only there
    config = ServerConfig(
        credentials=(other, own) if names else (own,),
        client_auth=ClientAuth.OPTIONAL,
        client_trust=TrustStore.from_file(pki.root),
    )
    with Local(config, say_hello) as local:
        ended = openssl_client(local.port, pki, "-requestCAfile", pki.root, OPENSSL[version])
    assert re.search(r"Acceptable client certificate CA names\s.*Interop Root", ended.text), ended.text
    assert BODY.decode() in ended.text, ended.text
    if names:
        hello = local.notes.messages[0][1]
        assert isinstance(hello, ClientHello)
        assert ExtensionType.CERTIFICATE_AUTHORITIES in [entry.extension_type for entry in hello.extensions]


# Channel bindings and exporters.


@pytest.mark.cell(SERVES, Further.BINDING, "python-ssl")
def test_tls_unique_as_python_s_ssl_has_it(pki: Pki) -> None:
    bound: list[bytes] = []

    def act(tls: TlsSocket) -> None:
        bound.append(tls.connection.channel_binding("tls-unique"))
        say_hello(tls)

    config = ServerConfig(credentials=(credential(pki["ecdsa-p256"]),), versions=(Version.TLS12,))
    with Local(config, act) as local:
        context = ssl.create_default_context(cafile=str(pki.root))
        with (
            socket.create_connection((LOOPBACK, local.port), 10) as sock,
            context.wrap_socket(sock, server_hostname="localhost") as tls,
        ):
            theirs = tls.get_channel_binding("tls-unique")
            tls.sendall(b"hello\n")
            assert tls.recv(10)
    assert bound == [theirs]


@VERSIONS
@pytest.mark.cell(CONNECTS, Further.BINDING, "openssl")
def test_tls_exporter_as_openssl_exports_it(pki: Pki, tmp_path: Path, version: Version) -> None:
    """Without a context, which in TLS 1.3 is the same as an empty one, and in TLS 1.2 is not."""
    need("openssl")
    words = ("-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32")
    with openssl_server(pki, tmp_path, *words) as server:
        bound: list[bytes] = []

        def act(tls: TlsSocket) -> None:
            bound.append(tls.connection.export_keying_material("EXPORTER-Channel-Binding", None, 32))
            if version is Version.TLS13:
                assert tls.connection.channel_binding() == bound[0]
            else:
                assert tls.connection.channel_binding() != bound[0]
            tls.sendall(b"hello\n")
            assert server.wait_for(b"hello")

        visit(server.port, pki, act, versions=(version,))
        text = server.output().decode(errors="replace")
    found = re.search(r"Keying material: ([0-9A-F]+)", text)
    assert found, text
    assert found[1].lower() == bound[0].hex()


# Key logs.


def lines_of(file: Path) -> set[str]:
    return {line for line in file.read_text().splitlines() if line and not line.startswith("#")}


@VERSIONS
@pytest.mark.cell(SERVES, Further.KEY_LOG, "openssl")
def test_openssl_client_logs_the_same(pki: Pki, tmp_path: Path, version: Version) -> None:
    need("openssl")
    lines: list[str] = []
    config = ServerConfig(credentials=(credential(pki["ecdsa-p256"]),), keylog=lines.append)
    with Local(config, say_hello) as local:
        openssl_client(local.port, pki, "-keylogfile", tmp_path / "keys", OPENSSL[version])
    assert local.info is not None
    theirs = {line.lower() for line in lines_of(tmp_path / "keys")}
    assert theirs
    assert theirs == {line.lower() for line in lines}


@pytest.mark.cell(CONNECTS, Further.KEY_LOG, "openssl")
def test_openssl_server_logs_the_same_with_early_data(pki: Pki, tmp_path: Path) -> None:
    need("openssl")
    words = ("-keylogfile", tmp_path / "keys", "-early_data", "-max_early_data", "1000", "-tls1_3", "-no_anti_replay")
    lines: list[str] = []
    with openssl_server(pki, tmp_path, *words) as server:
        config = ClientConfig(trust=TrustStore.from_file(pki.root), keylog=lines.append)
        with connect("localhost", server.port, config, address=LOOPBACK, timeout=10) as tls:
            tls.sendall(b"first\n")
            assert server.wait_for(b"first")
            server.say(b"answer\n")
            assert tls.recv()
            ticket = tls.tickets[-1]
        with connect(
            "localhost", server.port, config, address=LOOPBACK, timeout=10, ticket=ticket, early_data=b"early\n"
        ) as tls:
            assert tls.session.early_data
            tls.sendall(b"late\n")
            assert server.wait_for(b"late")
    assert lines_of(tmp_path / "keys") == set(lines)
    labels = [line.split(" ")[0] for line in lines]
    assert labels[5:7] == ["CLIENT_EARLY_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET"]
