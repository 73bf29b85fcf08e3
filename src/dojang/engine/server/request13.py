"""The server's request for a certificate and what comes of it, within the handshake and after it.

RFC 9846 sections 4.4.2, 4.5 and 4.7.2.
"""

from __future__ import annotations

from dataclasses import replace

from dojang.engine.config import ServerConfig
from dojang.engine.flight import Step
from dojang.engine.flight13 import Flight13
from dojang.engine.server.identity import judge_client
from dojang.engine.session import Session
from dojang.errors import ApiMisuse, CertificateError
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CertificateType, ExtensionType, HandshakeType
from dojang.wire.extensions import Extension, constant_extension, extension
from dojang.wire.messages13 import CertificateRequest

__all__ = ["LateRequest", "RequestingFlight"]

_CONTEXT_SIZE = 16


class RequestingFlight(Flight13):
    """What a server asks of its clients."""

    config: ServerConfig

    def send_certificate_request(self, context: bytes = b"") -> None:
        """Section 4.4.2, with the names of those whose word counts."""
        config = self.config
        schemes = ext.SignatureSchemeList(config.all_schemes)
        entries = [extension(ExtensionType.SIGNATURE_ALGORITHMS, schemes)]
        if config.signature_algorithms_cert:
            schemes = ext.SignatureSchemeList(config.signature_algorithms_cert)
            entries.append(constant_extension(ExtensionType.SIGNATURE_ALGORITHMS_CERT, schemes))
        if (names := config.client_authorities) and self.peer_type is CertificateType.X509:
            entries.append(extension(ExtensionType.CERTIFICATE_AUTHORITIES, ext.CertificateAuthorities(names)))
        if config.certificate_compression:
            algorithms = ext.CertificateCompressionAlgorithms(config.certificate_compression)
            entries.append(constant_extension(ExtensionType.COMPRESS_CERTIFICATE, algorithms))
        entries += self.delegation_wish()
        self.send(self.shaped(CertificateRequest(context, tuple(entries))))

    def delegation_wish(self) -> list[Extension]:
        """RFC 9345 section 4.1.2."""
        schemes = self.config.delegated_schemes
        if not schemes or self.peer_type is not CertificateType.X509:
            return []
        return [constant_extension(ExtensionType.DELEGATED_CREDENTIAL, ext.SignatureSchemeList(schemes))]

    def read_client_certificate(self, context: bytes = b"", *, required: bool) -> Step[None]:
        """Sections 4.5.1 and 4.5.2: whether the client showed a certificate, a good one, and its own."""
        message = yield from self.read_certificate()
        self.take_certificate(message, context, [entry.extension_type for entry in self.delegation_wish()])
        if self.peer_chain:
            self.report = judge_client(self.config, self.peer_chain, self.peer_type)
            self.client_scheme = yield from self.read_certificate_verify()
        elif required:
            raise CertificateError(
                Alert.CERTIFICATE_REQUIRED, "the client showed no certificate", "RFC 9846 section 4.5.1"
            )


class LateRequest(RequestingFlight):
    """The same after the handshake, one request at a time."""

    def __init__(self, flight: RequestingFlight, session: Session, kind: CertificateType) -> None:
        super().__init__(flight, flight.suite)
        self.session = session
        self.peer_type = kind
        self.handshake = flight.transcript.fork()
        self.context = b""
        self.required = False

    def request(self, *, required: bool) -> None:
        """Section 4.7.2; the client may answer now or later, and go on meanwhile."""
        if self.context:
            raise ApiMisuse("the client has yet to answer the last request for its certificate")
        self.transcript, self.required = self.handshake.fork(), required
        self.context = self.config.entropy.random(_CONTEXT_SIZE)
        self.send_certificate_request(self.context)

    def begins_with(self, handshake_type: HandshakeType) -> bool:
        return bool(self.context) and handshake_type in (
            HandshakeType.CERTIFICATE,
            HandshakeType.COMPRESSED_CERTIFICATE,
        )

    def run(self, read_secret: bytes) -> Step[Session]:
        """The answer. What an earlier one proved counts no more."""
        self.peer_chain, self.report, self.client_scheme = (), None, None
        yield from self.read_client_certificate(self.context, required=self.required)
        yield from self.read_finished(read_secret)
        self.context = b""
        self.session = replace(
            self.session,
            peer_chain=self.peer_chain,
            peer_type=self.peer_type,
            report=self.report,
            client_signature_scheme=self.client_scheme,
        )
        return self.session

    @property
    def owes(self) -> bool:
        return False

    def send_due(self, write_secret: bytes) -> None:
        """A server asks at once."""
