"""A peer for tests that does what it is told, right or wrong: TLS 1.3 on the wire and crypto floors alone.

    client, server = client_and_script()
    server.take(client.data_to_send())
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, Alert.DECRYPT_ERROR)

It checks nothing. Every handshake message passes through `edit` before it enters the transcript and is sealed, so a
test can break one thing and leave all that follows consistent: signatures and Finished cover what was really sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import pytest
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from dojang.crypto import schedule13
from dojang.crypto.groups import GROUPS, Share
from dojang.crypto.protection import Opener, Sealer
from dojang.crypto.signatures import sign
from dojang.crypto.suites import TLS13_SUITES, Suite
from dojang.engine.config import ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.errors import TlsError
from dojang.wire import extensions as ext
from dojang.wire.codec import HandshakeMessage, Struct
from dojang.wire.codes import (
    Alert,
    CipherSuite,
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
    NameType,
    SignatureScheme,
    Version,
)
from dojang.wire.extensions import Extension
from dojang.wire.framing import HEADER_SIZE
from dojang.wire.hello import (
    HELLO_RETRY_REQUEST_RANDOM,
    ClientHello,
    EncryptedExtensions,
    HelloRetryRequest,
    ServerHello,
    parse_server_hello,
)
from dojang.wire.messages13 import Certificate, CertificateEntry, CertificateRequest, CertificateVerify, Finished
from tests.pair import NAME, client_config, pki, server_config

Edit = Callable[[str, bytes], bytes]
RANDOM = bytes(range(32))
SUITE = CipherSuite.TLS_AES_128_GCM_SHA256


def unedited(name: str, raw: bytes) -> bytes:
    """Every message as it should be."""
    return raw


def extension(kind: ExtensionType, body: Struct) -> Extension:
    """An extension around its body."""
    return Extension(kind, body.encode())


class Scripted:
    """One end. What it received: `messages` (raw), `alerts` (descriptions), `data`; it reads on past everything."""

    def __init__(self, role: str, edit: Edit = unedited, suite: CipherSuite = SUITE) -> None:
        self.role = role
        self.edit = edit
        self.suite: Suite = TLS13_SUITES[suite]
        self.transcript = b""
        self.sealer: Sealer | None = None
        self.opener: Opener | None = None
        self.messages: list[bytes] = []
        self.alerts: list[int] = []
        self.data = b""
        self.change_cipher_specs = 0
        self.handshake_secrets: tuple[bytes, bytes] = (b"", b"")
        self.application_secrets: tuple[bytes, bytes] = (b"", b"")
        self._waiting = b""
        self._fragments = b""

    def record(self, kind: int, content: bytes, padding: int = 0) -> bytes:
        """One record under the keys in use."""
        if self.sealer is not None:
            return self.sealer.seal(kind, content, padding)
        return clear(kind, content)

    def message(self, name: str, message: HandshakeMessage) -> bytes:
        """One handshake message, edited, in a record of its own."""
        raw = self.edit(name, message.frame())
        self.transcript += raw
        return self.record(ContentType.HANDSHAKE, raw) if raw else b""

    def take(self, data: bytes) -> None:
        """Read what the other end sent."""
        self._waiting += data
        while len(self._waiting) >= HEADER_SIZE:
            stop = HEADER_SIZE + int.from_bytes(self._waiting[3:5], "big")
            if len(self._waiting) < stop:
                return
            header, fragment = self._waiting[:HEADER_SIZE], self._waiting[HEADER_SIZE:stop]
            self._waiting = self._waiting[stop:]
            if self.opener is not None and header[0] == ContentType.APPLICATION_DATA:
                self.take_content(*self.opener.open(header, fragment))
            else:
                self.take_content(header[0], fragment)

    def take_content(self, kind: int, content: bytes) -> None:
        """Sort one record's content."""
        if kind == ContentType.ALERT:
            self.alerts.append(content[1])
        elif kind == ContentType.CHANGE_CIPHER_SPEC:
            self.change_cipher_specs += 1
        elif kind == ContentType.APPLICATION_DATA:
            self.data += content
        else:
            self._fragments += content
            while len(self._fragments) >= 4 and len(self._fragments) >= 4 + int.from_bytes(self._fragments[1:4], "big"):
                size = 4 + int.from_bytes(self._fragments[1:4], "big")
                raw, self._fragments = self._fragments[:size], self._fragments[size:]
                self.messages.append(raw)
                self.take_message(raw)

    def take_message(self, raw: bytes) -> None:
        """Follow the peer's side of the handshake."""
        raise NotImplementedError

    def digest(self) -> bytes:
        """The transcript's hash."""
        return hashlib.new(self.suite.hash_name, self.transcript).digest()

    def derive_handshake(self, shared: bytes) -> None:
        """The handshake's traffic secrets, client's first."""
        name = self.suite.hash_name
        secret = schedule13.handshake_secret(schedule13.early_secret(None, name), shared, name)
        self.handshake_secrets = self._derive(secret, "hs")
        self.main_secret = schedule13.main_secret(secret, name)

    def derive_application(self) -> None:
        """The application's, client's first."""
        self.application_secrets = self._derive(self.main_secret, "ap")

    def seal_with(self, secret: bytes) -> None:
        """Write keys from a traffic secret."""
        self.sealer = Sealer(self.suite, self._keys(secret))

    def open_with(self, secret: bytes) -> None:
        """Read keys from a traffic secret."""
        self.opener = Opener(self.suite, self._keys(secret))

    def proof(self, key: PrivateKeyTypes, scheme: SignatureScheme) -> CertificateVerify:
        """A signature over the transcript so far."""
        content = b" " * 64 + f"TLS 1.3, {self.role} CertificateVerify\0".encode() + self.digest()
        return CertificateVerify(scheme, sign(key, scheme, content))

    def finished(self, secret: bytes) -> Finished:
        """The MAC over the transcript so far."""
        return Finished(schedule13.finished_mac(secret, self.digest(), self.suite.hash_name))

    def _derive(self, secret: bytes, epoch: str) -> tuple[bytes, bytes]:
        name, digest = self.suite.hash_name, self.digest()
        return (
            schedule13.derive_secret(secret, f"c {epoch} traffic", digest, name),
            schedule13.derive_secret(secret, f"s {epoch} traffic", digest, name),
        )

    def _keys(self, secret: bytes) -> schedule13.TrafficKeys:
        return schedule13.traffic_keys(secret, self.suite.key_size, self.suite.hash_name)


class ScriptedServer(Scripted):
    """A server that answers with x25519, the pair's Ed25519 certificate and, where `asks`, a CertificateRequest."""

    def __init__(self, edit: Edit = unedited, *, asks: bool = False, suite: CipherSuite = SUITE) -> None:
        super().__init__("server", edit, suite)
        self.asks = asks
        self.group = NamedGroup.X25519
        self.chain = pki().server_credential.chain
        self.key: PrivateKeyTypes = pki().server.key
        self.scheme = SignatureScheme.ED25519
        self.hello: ClientHello | None = None

    def take_message(self, raw: bytes) -> None:
        self.transcript += raw
        if raw[0] == HandshakeType.CLIENT_HELLO:
            self.hello = ClientHello.parse(raw[4:])
        elif raw[0] == HandshakeType.FINISHED:
            self.open_with(self.application_secrets[0])

    def retry(self, *entries: Extension) -> bytes:
        """A HelloRetryRequest with these extensions besides supported_versions."""
        assert self.hello is not None
        digest = self.digest()
        self.transcript = bytes((HandshakeType.MESSAGE_HASH, 0, 0, len(digest))) + digest
        versions = extension(ExtensionType.SUPPORTED_VERSIONS, ext.SelectedVersion(Version.TLS13))
        request = HelloRetryRequest(
            Version.TLS12,
            HELLO_RETRY_REQUEST_RANDOM,
            self.hello.legacy_session_id,
            self.suite.code,
            0,
            (versions, *entries),
        )
        return self.message("hello_retry_request", request)

    def flight(self) -> list[bytes]:
        """ServerHello to Finished, a record each; read keys follow the client's, write keys are the application's."""
        records = [self.server_hello()]
        records.append(self.message("encrypted_extensions", EncryptedExtensions(())))
        if self.asks:
            records.append(self.message("certificate_request", self.certificate_request()))
        entries = tuple(CertificateEntry(der) for der in self.chain)
        records.append(self.message("certificate", Certificate(b"", entries)))
        records.append(self.message("certificate_verify", self.proof(self.key, self.scheme)))
        records.append(self.message("finished", self.finished(self.handshake_secrets[1])))
        self.derive_application()
        self.seal_with(self.application_secrets[1])
        return records

    def server_hello(self) -> bytes:
        """ServerHello, and the handshake's keys."""
        hello = self.hello
        assert hello is not None
        public, shared = GROUPS[self.group].answer(self.offered_share(hello))
        entries = (
            extension(ExtensionType.KEY_SHARE, ext.KeyShareServerHello(ext.KeyShareEntry(self.group, public))),
            extension(ExtensionType.SUPPORTED_VERSIONS, ext.SelectedVersion(Version.TLS13)),
        )
        answer = ServerHello(Version.TLS12, RANDOM, hello.legacy_session_id, self.suite.code, 0, entries)
        record = self.message("server_hello", answer)
        self.derive_handshake(shared)
        self.open_with(self.handshake_secrets[0])
        self.seal_with(self.handshake_secrets[1])
        return record

    def offered_share(self, hello: ClientHello) -> bytes:
        """The client's share of this server's group."""
        entry = ext.find(hello.extensions, ExtensionType.KEY_SHARE)
        assert entry is not None
        shares = ext.KeyShareClientHello.parse(entry.extension_data).client_shares
        return next(share.key_exchange for share in shares if share.group == self.group)

    @staticmethod
    def certificate_request() -> CertificateRequest:
        """One that takes Ed25519."""
        schemes = ext.SignatureSchemeList((SignatureScheme.ED25519,))
        return CertificateRequest(b"", (extension(ExtensionType.SIGNATURE_ALGORITHMS, schemes),))


class ScriptedClient(Scripted):
    """A client that offers x25519 and, with `shows`, the pair's client certificate where it is asked for one."""

    def __init__(self, edit: Edit = unedited, *, shows: bool = True, share: Share | None = None) -> None:
        super().__init__("client", edit)
        self.shows = shows
        self.share = share or GROUPS[NamedGroup.X25519].start()
        self.retried = False
        self.asked = False
        self.chain = pki().client_credential.chain

    def start(self, *more: Extension, without: Iterable[ExtensionType] = ()) -> bytes:
        """ClientHello without some of its extensions, and with these at the end."""
        return self.message("client_hello", self.client_hello(*more, without=without))

    def client_hello(self, *more: Extension, without: Iterable[ExtensionType] = ()) -> ClientHello:
        """The offer."""
        share = ext.KeyShareEntry(NamedGroup.X25519, self.share.public)
        name = ext.ServerName(NameType.HOST_NAME, b"name.test")
        entries = (
            extension(ExtensionType.SERVER_NAME, ext.ServerNameList((name,))),
            extension(ExtensionType.SUPPORTED_GROUPS, ext.NamedGroupList((NamedGroup.X25519, NamedGroup.SECP256R1))),
            extension(ExtensionType.SIGNATURE_ALGORITHMS, ext.SignatureSchemeList((SignatureScheme.ED25519,))),
            extension(ExtensionType.SUPPORTED_VERSIONS, ext.SupportedVersionList((Version.TLS13,))),
            extension(ExtensionType.KEY_SHARE, ext.KeyShareClientHello((share,))),
        )
        kept = tuple(entry for entry in entries if entry.extension_type not in tuple(without))
        return ClientHello(Version.TLS12, RANDOM, bytes(32), (self.suite.code,), b"\0", kept + more)

    def take_message(self, raw: bytes) -> None:
        if raw[0] == HandshakeType.SERVER_HELLO:
            self.take_server_hello(raw)
            return
        if self.application_secrets[1]:
            return  # what comes after the handshake is in no transcript
        self.transcript += raw
        if raw[0] == HandshakeType.CERTIFICATE_REQUEST:
            self.asked = True
        elif raw[0] == HandshakeType.FINISHED:
            self.derive_application()
            self.open_with(self.application_secrets[1])

    def take_server_hello(self, raw: bytes) -> None:
        """The keys, or another try."""
        answer = parse_server_hello(raw[4:])
        if isinstance(answer, HelloRetryRequest):
            digest = self.digest()
            self.transcript = bytes((HandshakeType.MESSAGE_HASH, 0, 0, len(digest))) + digest + raw
            self.retried = True
            return
        self.transcript += raw
        entry = ext.find(answer.extensions, ExtensionType.KEY_SHARE)
        assert entry is not None
        share = ext.KeyShareServerHello.parse(entry.extension_data).server_share
        self.derive_handshake(self.share.agree(share.key_exchange))
        self.open_with(self.handshake_secrets[1])
        self.seal_with(self.handshake_secrets[0])

    def flight(self) -> list[bytes]:
        """Certificate and proof where they were asked for, Finished; then write keys are the application's."""
        records = []
        if self.asked:
            chain = self.chain if self.shows else ()
            message = Certificate(b"", tuple(CertificateEntry(der) for der in chain))
            records.append(self.message("certificate", message))
            if self.shows:
                proof = self.proof(pki().client.key, SignatureScheme.ED25519)
                records.append(self.message("certificate_verify", proof))
        records.append(self.message("finished", self.finished(self.handshake_secrets[0])))
        self.seal_with(self.application_secrets[0])
        return records


def clear(kind: int, content: bytes, version: int = 0x0303) -> bytes:
    """One record without protection."""
    return bytes((kind,)) + version.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content


def framed(kind: int, body: bytes) -> bytes:
    """A handshake message."""
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def client_and_script(
    config: ClientConfig | None = None, edit: Edit = unedited, *, asks: bool = False
) -> tuple[Connection, ScriptedServer]:
    """A client of dojang whose hello a scripted server has read."""
    client, server = Connection.client(config or client_config(), NAME), ScriptedServer(edit, asks=asks)
    server.take(client.data_to_send())
    return client, server


def server_and_script(
    config: ServerConfig | None = None, edit: Edit = unedited, *, shows: bool = True
) -> tuple[Connection, ScriptedClient]:
    """A server of dojang that has answered a scripted client's hello, and the client has read that."""
    server, client = Connection.server(config or server_config()), ScriptedClient(edit, shows=shows)
    server.receive(client.start())
    client.take(server.data_to_send())
    return server, client


def connected_client() -> tuple[Connection, ScriptedServer]:
    """After the handshake."""
    client, server = client_and_script()
    client.receive(b"".join(server.flight()))
    server.take(client.data_to_send())
    assert client.session is not None
    return client, server


def connected_server() -> tuple[Connection, ScriptedClient]:
    """After the handshake."""
    server, client = server_and_script()
    server.receive(b"".join(client.flight()))
    client.take(server.data_to_send())
    assert server.session is not None
    return server, client


def check_refused(end: Connection, peer: Scripted, data: bytes, kind: type[TlsError], alert: Alert | None) -> TlsError:
    """`data` ends the connection with that error; the peer is told by that alert; every later call says it again."""
    with pytest.raises(kind) as caught:
        receive_all(end, data, b"")  # events come before the error that follows them
    error = caught.value
    assert type(error) is kind
    assert error.alert == alert
    assert str(error)
    before = len(peer.alerts)
    peer.take(end.data_to_send())
    assert [Alert(code) for code in peer.alerts[before:]] == ([] if alert is None else [alert])
    check_dead(end, error)
    return error


def receive_all(end: Connection, *pieces: bytes) -> None:
    """One piece after the other."""
    for piece in pieces:
        end.receive(piece)


def check_dead(end: Connection, error: TlsError) -> None:
    """Every later call says the same, and nothing more is sent."""
    assert end.error is error
    calls: tuple[Callable[[], object], ...] = (
        lambda: end.receive(b"anything"),
        lambda: end.receive(b""),
        lambda: end.send(b"data"),
        end.update_keys,
        end.process,
    )
    for call in calls:
        with pytest.raises(TlsError) as again:
            call()
        assert again.value is error
    end.close()
    assert end.data_to_send() == b""
    assert end.question is None
