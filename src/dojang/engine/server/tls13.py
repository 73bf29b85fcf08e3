"""The server's flights of TLS 1.3 after the ClientHello, in the order of RFC 9846 figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dojang.engine.config import ClientAuth, ServerConfig
from dojang.engine.flight import Epoch, Established, Step
from dojang.engine.flight13 import Flight13
from dojang.engine.negotiate import check_answers
from dojang.engine.session import Session
from dojang.errors import CertificateError, PeerMisbehaved
from dojang.pki.profiles import Purpose
from dojang.pki.verify import verify
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ExtensionType, Version
from dojang.wire.extensions import Context, constant_extension, extension
from dojang.wire.hello import EncryptedExtensions, ServerHello
from dojang.wire.messages13 import Certificate, CertificateRequest

if TYPE_CHECKING:
    from dojang.engine.server.hello import Choice, ServerHandshake

__all__ = ["ServerFlight"]


class ServerFlight(Flight13):
    """ServerHello, keys, the server's flight, the client's."""

    config: ServerConfig

    def __init__(self, start: ServerHandshake, choice: Choice) -> None:
        super().__init__(start, choice.suite)
        self.start = start
        self.choice = choice

    def run(self) -> Step[Established]:
        shared = self.send_server_hello()
        self.install_handshake_keys(shared)
        yield from self.send_server_flight()
        self.install_write(self.suite, self.server_application_secret, Epoch.APPLICATION)
        yield from self.read_client_flight()
        self.install_read(self.suite, self.client_application_secret, Epoch.APPLICATION)
        return Established(
            self.session(),
            self.suite,
            self.client_application_secret,
            self.server_application_secret,
            self.exporter_secret,
        )

    def send_server_hello(self) -> bytes:
        """Section 4.2.3; the shared secret."""
        choice = self.choice
        try:
            public, shared = self.config.entropy.answer(choice.group, choice.share)
        except ValueError:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the client's share of {group} is no valid one",
                "RFC 9846 section 4.3.8",
                group=choice.group.label,
            ) from None
        entries = (
            extension(ExtensionType.KEY_SHARE, ext.KeyShareServerHello(ext.KeyShareEntry(choice.group, public))),
            constant_extension(ExtensionType.SUPPORTED_VERSIONS, ext.SelectedVersion(Version.TLS13)),
        )
        random = self.config.entropy.random(32)
        session_id = choice.hello.legacy_session_id
        self.send(self.shaped(ServerHello(Version.TLS12, random, session_id, self.suite.code, 0, entries)))
        self.start.pretend_tls12(choice.hello)
        return shared

    def install_handshake_keys(self, shared: bytes) -> None:
        """From here on both sides are under keys (section 7.1)."""
        self.derive_handshake_secrets(shared)
        self.install_write(self.suite, self.server_secret, Epoch.HANDSHAKE)
        self.install_read(self.suite, self.client_secret, Epoch.HANDSHAKE)

    def send_server_flight(self) -> Step[None]:
        """EncryptedExtensions to Finished, then the secrets of the application (sections 4.4, 4.5, 7.1)."""
        choice = self.choice
        self.send_encrypted_extensions()
        if self.config.client_auth is not ClientAuth.NONE:
            self.send_certificate_request()
        self.send_certificate(choice.credential.chain)
        yield from self.send_certificate_verify(choice.credential, choice.scheme)
        self.send_finished(self.server_secret)
        self.derive_application_secrets()

    def send_encrypted_extensions(self) -> None:
        """Section 4.4.1: the answers that need not be seen."""
        entries = []
        if self.choice.name is not None:
            entries.append(extension(ExtensionType.SERVER_NAME, ext.Empty()))
        if self.choice.alpn is not None:
            chosen = ext.ProtocolNameList((self.choice.alpn.encode(),))
            entries.append(extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, chosen))
        self.send(self.shaped(EncryptedExtensions(tuple(entries))))

    def send_certificate_request(self) -> None:
        """Section 4.4.2, with the names of those whose word counts."""
        schemes = ext.SignatureSchemeList(self.config.all_schemes)
        entries = [extension(ExtensionType.SIGNATURE_ALGORITHMS, schemes)]
        if names := self.config.client_authorities:
            entries.append(extension(ExtensionType.CERTIFICATE_AUTHORITIES, ext.CertificateAuthorities(names)))
        self.send(self.shaped(CertificateRequest(b"", tuple(entries))))

    def read_client_flight(self) -> Step[None]:
        """The client's certificate where one was asked for, and its Finished."""
        if self.config.client_auth is not ClientAuth.NONE:
            yield from self.read_client_certificate()
            if self.peer_chain:
                self.client_scheme = yield from self.read_certificate_verify(self.peer_chain[0])
        yield from self.read_finished(self.client_secret)

    def read_client_certificate(self) -> Step[None]:
        """Section 4.5.1: whether the client showed a certificate, and a good one."""
        message = yield from self.receive(Certificate)
        if message.certificate_request_context:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the client's Certificate has a request context", "RFC 9846 section 4.5.1"
            )
        for entry in message.certificate_list:
            check_answers(entry.extensions, Context.CERTIFICATE, ())
        self.peer_chain = tuple([entry.cert_data for entry in message.certificate_list])
        if self.peer_chain:
            assert self.config.client_trust is not None
            self.report = verify(self.peer_chain, self.config.client_trust, purpose=Purpose.CLIENT, at=self.now())
            self.report.raise_for_failure()
        elif self.config.client_auth is ClientAuth.REQUIRED:
            raise CertificateError(
                Alert.CERTIFICATE_REQUIRED, "the client showed no certificate", "RFC 9846 section 4.5.1"
            )

    def session(self) -> Session:
        """The facts."""
        choice = self.choice
        return Session(
            version=Version.TLS13,
            suite=choice.suite.code,
            group=choice.group,
            signature_scheme=choice.scheme,
            client_signature_scheme=self.client_scheme,
            server_name=choice.name,
            alpn=choice.alpn,
            peer_chain=self.peer_chain,
            local_chain=choice.credential.chain,
            report=self.report,
            retried=choice.retried,
        )
