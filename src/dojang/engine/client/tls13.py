"""The client's flights of TLS 1.3 after the hellos, in the order of RFC 9846 figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.client.answer13 import AnsweringFlight, LateAnswer
from dojang.engine.client.identity import Extras, judge_server
from dojang.engine.client.resume import Psk
from dojang.engine.config import ClientConfig
from dojang.engine.flight import Epoch, Established, Step
from dojang.engine.limits import impose_limits, read_limits
from dojang.engine.negotiate import Bodies, check_answers
from dojang.engine.raw_keys import check_raw_key, read_type
from dojang.engine.session import Session
from dojang.errors import DecodeError, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CertificateType, ExtensionType, SignatureScheme, Version
from dojang.wire.extensions import Context
from dojang.wire.hello import EncryptedExtensions
from dojang.wire.messages13 import CertificateRequest, EndOfEarlyData

if TYPE_CHECKING:
    from dojang.engine.client.hello import ClientHandshake, Greetings

__all__ = ["ClientFlight"]


class ClientFlight(AnsweringFlight):
    """Keys, the server's flight, the client's."""

    config: ClientConfig

    def __init__(self, start: ClientHandshake, greetings: Greetings) -> None:
        super().__init__(start, TLS13_SUITES[greetings.server_hello.cipher_suite])
        self.start = start
        self.name = start.name
        self.greetings = greetings
        self.psk = greetings.psk
        self.alpn: str | None = None
        self.server_scheme: SignatureScheme | None = None
        self.staple: bytes | None = None
        self.scts: tuple[bytes, ...] = ()
        self.early_accepted = False

    def run(self) -> Step[Established]:
        self.install_handshake_keys()
        yield from self.read_encrypted_extensions()
        request = yield from self.authenticate_server()
        yield from self.read_finished(self.server_secret)
        self.derive_application_secrets()
        self.install_read(self.suite, self.server_application_secret, Epoch.APPLICATION)
        self.end_early_data()
        yield from self.send_client_flight(request)
        session = self.session()
        asked_later = ExtensionType.POST_HANDSHAKE_AUTH in self.greetings.offered
        established = self.established(session, LateAnswer(self, session) if asked_later else None)
        self.install_write(self.suite, self.client_application_secret, Epoch.APPLICATION)
        return established

    def install_handshake_keys(self) -> None:
        """From here on both sides are under keys (sections 7.1 and 7.4)."""
        self.derive_handshake_secrets(self.psk.secret if self.psk else None, self.agree())
        self.install_read(self.suite, self.server_secret, Epoch.HANDSHAKE)
        if not self.start.offers_early_data:  # else those keys stay until the server has said whether it takes it
            self.install_write(self.suite, self.client_secret, Epoch.HANDSHAKE)

    def agree(self) -> bytes | None:
        """The key exchange's result, None where a pre-shared key does alone."""
        if self.greetings.share is None or self.greetings.group is None:
            return None
        answer = cast(ext.KeyShareServerHello, self.greetings.answers[ExtensionType.KEY_SHARE])
        try:
            return self.greetings.share.agree(answer.server_share.key_exchange)
        except ValueError:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server's share of {group} is no valid one",
                "RFC 9846 section 4.3.8",
                group=self.greetings.group.label,
            ) from None

    def read_encrypted_extensions(self) -> Step[None]:
        """Section 4.4.1."""
        message = yield from self.receive(EncryptedExtensions)
        bodies = check_answers(message.extensions, Context.ENCRYPTED_EXTENSIONS, self.greetings.offered)
        protocols = cast(ext.ProtocolNameList | None, bodies.get(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION))
        if protocols is not None:
            self.alpn = self.check_alpn(protocols.protocol_name_list)
        impose_limits(self.link, read_limits(self.config, bodies, Version.TLS13))
        self.peer_type = read_type(self.config, bodies, ExtensionType.SERVER_CERTIFICATE_TYPE)
        self.local_type = read_type(self.config, bodies, ExtensionType.CLIENT_CERTIFICATE_TYPE)
        if self.start.offers_early_data:
            self.read_early_data_answer(ExtensionType.EARLY_DATA in bodies)

    def read_early_data_answer(self, accepted: bool) -> None:
        """Section 4.3.10: taken, and then under the first key with its suite and protocol; or not, and lost."""
        if accepted:
            ticket = self.psk.ticket if self.psk is not None and self.psk == self.start.psks[0] else None
            if ticket is None or ticket.cipher_suite != self.suite.code or ticket.alpn != (self.alpn or "").encode():
                raise PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "the server took early data and then spoke on other terms than the ticket's",
                    "RFC 9846 section 4.3.10",
                )
            self.early_accepted = True
        else:
            self.install_write(self.suite, self.client_secret, Epoch.HANDSHAKE)

    def end_early_data(self) -> None:
        """Section 4.6: the last word under the early keys."""
        if self.early_accepted:
            self.send(EndOfEarlyData())
            self.install_write(self.suite, self.client_secret, Epoch.HANDSHAKE)

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

    def authenticate_server(self) -> Step[CertificateRequest | None]:
        """By certificate, or by the key that only the right server has (section 2.2)."""
        with_certificate = ExtensionType.TLS_CERT_WITH_EXTERN_PSK in self.greetings.answers
        if self.psk is not None and not with_certificate:
            yield from self.remember_identity(self.psk)
            return None
        request = yield from self.read_server_certificate()
        self.server_scheme = yield from self.read_certificate_verify()
        return request

    def remember_identity(self, psk: Psk) -> Step[None]:
        """A resumed session keeps the identity that was verified at first, judged by today's configuration."""
        if psk.ticket is not None:
            self.peer_chain, self.peer_type = psk.ticket.peer_chain, psk.ticket.peer_type
            self.server_scheme = psk.ticket.signature_scheme
            yield from self.verify_server_certificate(resumed=True)

    def read_server_certificate(self) -> Step[CertificateRequest | None]:
        """Sections 4.4.2 and 4.5.1; the request for a certificate of ours, if there was one."""
        message = yield from self.read_certificate(CertificateRequest)
        request = None
        if isinstance(message, CertificateRequest):
            request = message
            if request.certificate_request_context:
                raise PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "a CertificateRequest with a context within the handshake",
                    "RFC 9846 section 4.4.2",
                )
            message = yield from self.read_certificate()
        if not message.certificate_list:
            raise DecodeError("the server sent no certificate", "RFC 9846 section 4.5.1")
        self.read_status(self.take_certificate(message, b"", self.greetings.offered))
        yield from self.verify_server_certificate()
        return request

    def read_status(self, leaf: Bodies) -> None:
        """Section 4.5.1.1: what the server says about its certificate, for the verifier and the application."""
        if (status := cast(ext.CertificateStatus | None, leaf.get(ExtensionType.STATUS_REQUEST))) is not None:
            self.staple = status.response
        timestamps = leaf.get(ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP)
        if timestamps is not None:
            self.scts = cast(ext.SignedCertificateTimestampList, timestamps).sct_list

    def verify_server_certificate(self, *, resumed: bool = False) -> Step[None]:
        """Whether these certificates make the server who the application wanted."""
        if self.peer_type is CertificateType.RAW_PUBLIC_KEY:
            check_raw_key(self.config, self.peer_chain[0], None if self.name is None else str(self.name), "server")
            return
        extras = None if resumed else Extras(self.staple, self.scts)
        self.report = yield from judge_server(self.config, self.peer_chain, self.name, extras)

    def send_client_flight(self, request: CertificateRequest | None) -> Step[None]:
        """Section 4.5: certificate and proof where they were asked for, Finished always."""
        self.start.pretend_tls12()
        if request is not None:
            yield from self.answer_request(request)
        self.send_finished(self.client_secret)

    def session(self) -> Session:
        """The facts."""
        psk = self.psk
        return Session(
            version=Version.TLS13,
            suite=self.suite.code,
            group=self.greetings.group,
            signature_scheme=self.server_scheme,
            client_signature_scheme=self.client_scheme,
            server_name=self.config.sni_for(self.name),
            alpn=self.alpn,
            peer_chain=self.peer_chain,
            peer_type=self.peer_type,
            delegated=self.peer_delegation is not None,
            local_chain=self.local_chain,
            report=self.report,
            retried=self.greetings.retried,
            resumed=None if psk is None else "psk" if psk.ticket is not None else "external psk",
            early_data=self.early_accepted if self.start.early_data else None,
            staple=self.staple,
            scts=self.scts,
        )
