"""The server's flights of TLS 1.3 after the ClientHello, in the order of RFC 9846 figure 1."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from dojang.engine.config import ClientAuth, Credential, ServerConfig
from dojang.engine.flight import Epoch, Established, Step
from dojang.engine.limits import answer_limits, impose_limits
from dojang.engine.post import ticket_secret
from dojang.engine.raw_keys import choose_client_type, type_answer
from dojang.engine.server.request13 import LateRequest, RequestingFlight
from dojang.engine.server.resume import consult, keep_state, report_of
from dojang.engine.session import Session
from dojang.engine.ticket import LONGEST_LIFETIME, SessionState
from dojang.errors import PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import (
    Alert,
    CertificateStatusType,
    CertificateType,
    ExtensionType,
    NamedGroup,
    PskKeyExchangeMode,
    SignatureScheme,
    Version,
)
from dojang.wire.extensions import Extension, constant_extension, extension
from dojang.wire.hello import EncryptedExtensions, ServerHello
from dojang.wire.messages13 import EndOfEarlyData, NewSessionTicket

if TYPE_CHECKING:
    from dojang.engine.server.hello import Choice, ServerHandshake

__all__ = ["ServerFlight"]

# Seconds for which a strike must be remembered: twice the window in which a hello counts as fresh (section 8.3).
_STRIKE_TIME = 20.0


class ServerFlight(RequestingFlight):
    """ServerHello, keys, the server's flight, the client's."""

    config: ServerConfig

    def __init__(self, start: ServerHandshake, choice: Choice) -> None:
        super().__init__(start, choice.suite)
        self.start = start
        self.choice = choice
        self.early_secret: bytes | None = None
        self.client_type: CertificateType | None = None

    def run(self) -> Step[Established]:
        self.early_secret = yield from self.accept_early_data()
        shared = self.send_server_hello()
        self.install_handshake_keys(shared)
        yield from self.send_server_flight()
        self.install_write(self.suite, self.server_application_secret, Epoch.APPLICATION)
        yield from self.read_client_flight()
        self.install_read(self.suite, self.client_application_secret, Epoch.APPLICATION)
        session = self.session()
        established = self.established(session, self.later(session))
        yield from self.send_tickets(established)
        return established

    def accept_early_data(self) -> Step[bytes | None]:
        """Section 4.3.10: the secret of the client's early data, or None: then it is dropped as it comes."""
        choice = self.choice
        if ExtensionType.EARLY_DATA not in choice.offer:
            return None
        psk, config = choice.psk, self.config
        state = psk.state if psk is not None else None
        acceptable = (
            psk is not None
            and psk.number == 0
            and psk.is_timely
            and not choice.retried
            and state is not None
            and 0 < state.max_early_data <= self.config.early_data_limit
            and state.cipher_suite == self.suite.code
            and state.alpn == (choice.alpn or "").encode()
        )
        if acceptable and psk is not None and config.early_data_limit and config.strikes is not None:
            strikes, now, identity = config.strikes, config.clock(), psk.identity
            first = yield from consult("strike register", lambda: strikes.strike(identity, now + _STRIKE_TIME, now))
            if first is True:
                return self.derive_early_secret(psk.secret, self.transcript.digest(), self.suite.hash_name)
        self.link.read.skip_early_data(config.early_data_skipped)
        return None

    def send_server_hello(self) -> bytes | None:
        """Section 4.2.3; the shared secret, None where a pre-shared key does alone."""
        choice = self.choice
        shared, entries = None, []
        if choice.group is not None:
            try:
                public, shared = self.config.entropy.answer(choice.group, choice.share)
            except ValueError:
                raise PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "the client's share of {group} is no valid one",
                    "RFC 9846 section 4.3.8",
                    group=choice.group.label,
                ) from None
            entry = ext.KeyShareEntry(choice.group, public)
            entries.append(extension(ExtensionType.KEY_SHARE, ext.KeyShareServerHello(entry)))
        entries.append(constant_extension(ExtensionType.SUPPORTED_VERSIONS, ext.SelectedVersion(Version.TLS13)))
        if choice.psk is not None:
            entries.append(extension(ExtensionType.PRE_SHARED_KEY, ext.SelectedPsk(choice.psk.number)))
            if choice.psk.with_certificate:
                entries.append(extension(ExtensionType.TLS_CERT_WITH_EXTERN_PSK, ext.Empty()))
        random = self.config.entropy.random(32)
        session_id = choice.hello.legacy_session_id
        self.send(self.shaped(ServerHello(Version.TLS12, random, session_id, self.suite.code, 0, tuple(entries))))
        self.start.pretend_tls12(choice.hello)
        return shared

    def install_handshake_keys(self, shared: bytes | None) -> None:
        """From here on both sides are under keys (section 7.1)."""
        self.derive_handshake_secrets(self.choice.psk.secret if self.choice.psk else None, shared)
        self.install_write(self.suite, self.server_secret, Epoch.HANDSHAKE)
        if self.early_secret is None:
            self.install_read(self.suite, self.client_secret, Epoch.HANDSHAKE)
            return
        self.link.early_room = self.config.early_data_limit
        self.install_read(self.suite, self.early_secret, Epoch.EARLY)

    def send_server_flight(self) -> Step[None]:
        """EncryptedExtensions to Finished, then the secrets of the application (sections 4.4, 4.5, 7.1)."""
        choice = self.choice
        if self.config.client_auth is not ClientAuth.NONE or ExtensionType.POST_HANDSHAKE_AUTH in choice.offer:
            self.client_type = choose_client_type(self.config, choice.offer)
        self.send_encrypted_extensions()
        if choice.proof is not None:
            if self.asks_for_certificate:
                self.send_certificate_request()
            inflates = cast(
                ext.CertificateCompressionAlgorithms | None, choice.offer.get(ExtensionType.COMPRESS_CERTIFICATE)
            )
            status = self.certificate_status(choice.proof.credential)
            yield from self.send_proof(choice.proof, b"", status, inflates)
        self.send_finished(self.server_secret)
        self.derive_application_secrets()

    @property
    def asks_for_certificate(self) -> bool:
        """Section 4.4.2: not where a pre-shared key stands for certificates."""
        wanted = self.config.client_auth is not ClientAuth.NONE and self.client_type is not None
        return self.choice.proof is not None and wanted

    def certificate_status(self, credential: Credential) -> tuple[Extension, ...]:
        """Section 4.5.1.1: what the client asked to know about the certificate."""
        entries = []
        if credential.staple is not None and ExtensionType.STATUS_REQUEST in self.choice.offer:
            status = ext.CertificateStatus(CertificateStatusType.OCSP, credential.staple)
            entries.append(constant_extension(ExtensionType.STATUS_REQUEST, status))
        if credential.scts and ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP in self.choice.offer:
            timestamps = ext.SignedCertificateTimestampList(credential.scts)
            entries.append(constant_extension(ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP, timestamps))
        return tuple(entries)

    def send_encrypted_extensions(self) -> None:
        """Section 4.4.1: the answers that need not be seen."""
        entries = []
        if self.choice.name is not None and self.choice.psk is None:
            entries.append(extension(ExtensionType.SERVER_NAME, ext.Empty()))
        if self.choice.alpn is not None:
            chosen = ext.ProtocolNameList((self.choice.alpn.encode(),))
            entries.append(extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, chosen))
        entries += self.certificate_types()
        answers, limits = answer_limits(self.config, self.choice.offer, Version.TLS13)
        entries += answers
        if self.early_secret is not None:
            entries.append(extension(ExtensionType.EARLY_DATA, ext.Empty()))
        impose_limits(self.link, limits)
        message, raw = _encrypted_extensions(tuple(entries))
        shaped = self.shaped(message)
        self.send(shaped, raw if shaped is message else None)

    def read_client_flight(self) -> Step[None]:
        """The end of early data where some is taken, the client's certificate where one is asked for, its Finished."""
        if self.early_secret is not None:
            yield from self.receive(EndOfEarlyData)
            self.install_read(self.suite, self.client_secret, Epoch.HANDSHAKE)
        if self.asks_for_certificate:
            yield from self.read_client_certificate(required=self.config.requires_certificate)
        elif self.choice.psk is not None and self.choice.psk.state is not None:
            self.peer_chain = self.choice.psk.state.peer_chain
            self.peer_type = self.choice.psk.state.peer_type
            self.report = report_of(self.config, self.choice.psk.state)
        yield from self.read_finished(self.client_secret)

    def certificate_types(self) -> list[Extension]:
        """RFC 7250 section 4.2: what is shown, and what is to be."""
        entries, proof, offer = [], self.choice.proof, self.choice.offer
        if proof is not None:
            shown = proof.credential.certificate_type
            entries += type_answer(offer, ExtensionType.SERVER_CERTIFICATE_TYPE, shown)
        asks_later = ExtensionType.POST_HANDSHAKE_AUTH in offer
        if self.client_type is not None and (self.asks_for_certificate or asks_later):
            self.peer_type = self.client_type
            entries += type_answer(offer, ExtensionType.CLIENT_CERTIFICATE_TYPE, self.client_type)
        return entries

    def later(self, session: Session) -> LateRequest | None:
        """Section 4.7.2: for clients that said they let themselves be asked."""
        if ExtensionType.POST_HANDSHAKE_AUTH not in self.choice.offer or self.client_type is None:
            return None
        return LateRequest(self, session, self.client_type)

    def send_tickets(self, established: Established) -> Step[None]:
        """Section 4.7.1, to a client that can use them."""
        config = self.config
        modes = cast(ext.PskKeyExchangeModes | None, self.choice.offer.get(ExtensionType.PSK_KEY_EXCHANGE_MODES))
        allowed = (PskKeyExchangeMode.PSK_DHE_KE, PskKeyExchangeMode.PSK_KE)[
            : 1 + config.allow_psk_without_key_exchange
        ]
        keeps = config.ticket_keys is not None or config.sessions is not None
        if modes is None or not config.resumption or not keeps or not set(allowed) & set(modes.ke_modes):
            return
        assert established.update is not None
        # One for the one that was used up; more only with a new identity.
        for number in range(config.tickets_sent if self.choice.psk is None else min(1, config.tickets_sent)):
            nonce = number.to_bytes(1, "big")
            secret = ticket_secret(established.update, nonce)
            state = self.state(established.session, secret)
            identity = yield from keep_state(config, state, config.clock())
            if identity is None:
                return
            entries: tuple[Extension, ...] = ()
            if state.max_early_data:
                limit = ext.EarlyDataLimit(state.max_early_data)
                entries = (extension(ExtensionType.EARLY_DATA, limit),)
            self.send(NewSessionTicket(state.lifetime, state.age_add, nonce, identity, entries))

    def state(self, session: Session, secret: bytes) -> SessionState:
        """What to remember; a chain of resumptions does not outlive the identity that began it."""
        now = self.config.clock()
        resumed = self.choice.psk.state if self.choice.psk is not None else None
        authenticated = int(now) if resumed is None else resumed.authenticated
        lifetime = min(self.config.ticket_lifetime, authenticated + LONGEST_LIFETIME - int(now))
        return SessionState(
            Version.TLS13,
            self.suite.code,
            secret,
            (session.server_name or "").encode(),
            (session.alpn or "").encode(),
            session.peer_chain,
            session.peer_type,
            session.group or NamedGroup.of(0),
            session.client_signature_scheme or SignatureScheme.of(0),
            int(now),
            max(0, lifetime),
            int.from_bytes(self.config.entropy.random(4), "big"),
            self.config.early_data_limit,
            0,
            int(now * 1000),
            authenticated,
        )

    def session(self) -> Session:
        """The facts."""
        choice = self.choice
        psk = choice.psk
        return Session(
            version=Version.TLS13,
            suite=choice.suite.code,
            group=choice.group,
            signature_scheme=None if choice.proof is None else choice.proof.scheme,
            client_signature_scheme=self.client_scheme,
            server_name=choice.name,
            alpn=choice.alpn,
            peer_chain=self.peer_chain,
            peer_type=self.peer_type,
            delegated=choice.proof is not None and choice.proof.delegation is not None,
            local_chain=() if choice.proof is None else choice.proof.credential.shown,
            report=self.report,
            retried=choice.retried,
            resumed=None if psk is None else "psk" if psk.state is not None else "external psk",
            early_data=self.early_secret is not None if choice.early_data else None,
        )


@lru_cache(maxsize=64)
def _encrypted_extensions(entries: tuple[Extension, ...]) -> tuple[EncryptedExtensions, bytes]:
    """The message and its bytes: a server's answers are mostly the same."""
    message = EncryptedExtensions(entries)
    return message, message.frame()
