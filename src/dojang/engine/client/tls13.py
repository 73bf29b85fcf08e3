"""The client's flights of TLS 1.3 after the hellos, in the order of RFC 9846 figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.config import ClientConfig, Credential
from dojang.engine.flight import Epoch, Established, Question, Step
from dojang.engine.flight13 import Flight13
from dojang.engine.negotiate import check_answers, choose_scheme, read_bodies
from dojang.engine.session import Session
from dojang.errors import CallbackFailed, DecodeError, PeerMisbehaved
from dojang.pki.names import DnsName
from dojang.pki.profiles import Purpose
from dojang.pki.verify import verify
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ExtensionType, SignatureScheme, Version
from dojang.wire.extensions import Context
from dojang.wire.hello import EncryptedExtensions
from dojang.wire.messages13 import Certificate, CertificateRequest

if TYPE_CHECKING:
    from dojang.engine.client.hello import ClientHandshake, Greetings

__all__ = ["ClientFlight"]


class ClientFlight(Flight13):
    """Keys, the server's flight, the client's."""

    config: ClientConfig

    def __init__(self, start: ClientHandshake, greetings: Greetings) -> None:
        super().__init__(start, TLS13_SUITES[greetings.server_hello.cipher_suite])
        self.start = start
        self.name = start.name
        self.greetings = greetings
        self.alpn: str | None = None
        self.local_chain: tuple[bytes, ...] = ()

    def run(self) -> Step[Established]:
        self.install_handshake_keys()
        yield from self.read_encrypted_extensions()
        request = yield from self.read_server_certificate()
        server_scheme = yield from self.read_certificate_verify(self.peer_chain[0])
        yield from self.read_finished(self.server_secret)
        self.derive_application_secrets()
        self.install_read(self.suite, self.server_application_secret, Epoch.APPLICATION)
        yield from self.send_client_flight(request)
        self.install_write(self.suite, self.client_application_secret, Epoch.APPLICATION)
        return Established(
            self.session(server_scheme),
            self.suite,
            self.server_application_secret,
            self.client_application_secret,
            self.exporter_secret,
        )

    def install_handshake_keys(self) -> None:
        """From here on both sides are under keys (sections 7.1 and 7.4)."""
        answer = cast(ext.KeyShareServerHello, self.greetings.answers[ExtensionType.KEY_SHARE])
        try:
            shared = self.greetings.share.agree(answer.server_share.key_exchange)
        except ValueError:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server's share of {group} is no valid one",
                "RFC 9846 section 4.3.8",
                group=self.greetings.group.label,
            ) from None
        self.derive_handshake_secrets(shared)
        self.install_read(self.suite, self.server_secret, Epoch.HANDSHAKE)
        self.install_write(self.suite, self.client_secret, Epoch.HANDSHAKE)

    def read_encrypted_extensions(self) -> Step[None]:
        """Section 4.4.1."""
        message = yield from self.receive(EncryptedExtensions)
        bodies = check_answers(message.extensions, Context.ENCRYPTED_EXTENSIONS, self.greetings.offered)
        protocols = cast(ext.ProtocolNameList | None, bodies.get(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION))
        if protocols is not None:
            self.alpn = self.check_alpn(protocols.protocol_name_list)

    def check_alpn(self, names: tuple[bytes, ...]) -> str:
        """RFC 7301 section 3.1: exactly one, of those offered."""
        offered = [name for name in self.config.alpn if (name.encode(),) == names]
        if not offered:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server chose an application protocol that was not offered",
                "RFC 7301 section 3.2",
            )
        return offered[0]

    def read_server_certificate(self) -> Step[CertificateRequest | None]:
        """Sections 4.4.2 and 4.5.1; the request for a certificate of ours, if there was one."""
        message: CertificateRequest | Certificate = yield from self.receive(CertificateRequest, Certificate)
        request = None
        if isinstance(message, CertificateRequest):
            request = message
            if request.certificate_request_context:
                raise PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "a CertificateRequest with a context within the handshake",
                    "RFC 9846 section 4.4.2",
                )
            message = yield from self.receive(Certificate)
        if message.certificate_request_context:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server's Certificate has a request context", "RFC 9846 section 4.5.1"
            )
        if not message.certificate_list:
            raise DecodeError("the server sent no certificate", "RFC 9846 section 4.5.1")
        for entry in message.certificate_list:
            check_answers(entry.extensions, Context.CERTIFICATE, self.greetings.offered)
        self.peer_chain = tuple([entry.cert_data for entry in message.certificate_list])
        self.verify_server_certificate()
        return request

    def verify_server_certificate(self) -> None:
        """Whether these certificates make the server who the application wanted."""
        self.report = verify(
            self.peer_chain, self.config.trusted, name=self.name, purpose=Purpose.SERVER, at=self.now()
        )
        if not self.report.ok and not self.config.danger_accept_any_certificate:
            self.report.raise_for_failure()

    def send_client_flight(self, request: CertificateRequest | None) -> Step[None]:
        """Section 4.5: certificate and proof where they were asked for, Finished always."""
        self.start.pretend_tls12()
        if request is not None:
            yield from self.send_client_certificate(request)
        self.send_finished(self.client_secret)

    def send_client_certificate(self, request: CertificateRequest) -> Step[None]:
        """A certificate that the server can verify, or an empty one (section 4.5.1)."""
        bodies = read_bodies(request.extensions, Context.CERTIFICATE_REQUEST)
        schemes = cast(ext.SignatureSchemeList | None, bodies.get(ExtensionType.SIGNATURE_ALGORITHMS))
        if schemes is None:
            raise PeerMisbehaved(
                Alert.MISSING_EXTENSION,
                "a CertificateRequest without signature_algorithms",
                "RFC 9846 section 4.4.2",
            )
        offered = schemes.supported_signature_algorithms
        authorities = cast(ext.CertificateAuthorities | None, bodies.get(ExtensionType.CERTIFICATE_AUTHORITIES))
        credential = yield from self.choose_credential(authorities.authorities if authorities else (), offered)
        scheme = choose_scheme(credential, self.config, offered) if credential else None
        if credential is None or scheme is None:
            self.send_certificate(())
            return
        self.local_chain, self.client_scheme = credential.chain, scheme
        self.send_certificate(credential.chain)
        yield from self.send_certificate_verify(credential, scheme)

    def choose_credential(
        self, authorities: tuple[bytes, ...], schemes: tuple[SignatureScheme, ...]
    ) -> Step[Credential | None]:
        """The configured credential, or what the configured callable chooses."""
        choice = self.config.credential
        if choice is None or isinstance(choice, Credential):
            return choice
        chosen = yield Question("client certificate", lambda: choice(authorities, schemes))
        if chosen is not None and not isinstance(chosen, Credential):
            raise CallbackFailed(Alert.INTERNAL_ERROR, "the callable for the client certificate gave no Credential")
        return chosen

    def session(self, server_scheme: SignatureScheme) -> Session:
        """The facts."""
        return Session(
            version=Version.TLS13,
            suite=self.suite.code,
            group=self.greetings.group,
            signature_scheme=server_scheme,
            client_signature_scheme=self.client_scheme,
            server_name=str(self.name) if isinstance(self.name, DnsName) else None,
            alpn=self.alpn,
            peer_chain=self.peer_chain,
            local_chain=self.local_chain,
            report=self.report,
            retried=self.greetings.retried,
        )
