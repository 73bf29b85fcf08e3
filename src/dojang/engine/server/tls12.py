"""The server's flights of TLS 1.2 after the ClientHello, in the order of RFC 5246 figures 1 and 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dojang.crypto.groups import FiniteFieldShare, Share, ffdhe_prime
from dojang.crypto.signatures import SCHEMES, verify
from dojang.crypto.suites import TLS12_SUITES, Suite12
from dojang.engine.config import ClientAuth, Credential, ServerConfig
from dojang.engine.flight import Established, Step
from dojang.engine.flight12 import Flight12, check_point_formats, key_fits_suite, padded_dh
from dojang.engine.limits import answer_limits, impose_limits
from dojang.engine.negotiate import Bodies, choose_scheme12, requested_name
from dojang.engine.proof import peer_key, signature_of
from dojang.engine.raw_keys import choose_client_type, type_answer
from dojang.engine.server.identity import judge_client
from dojang.engine.server.resume import consult, drop_session, is_usable, keep_state, recall_state, report_of
from dojang.engine.session import Session
from dojang.engine.ticket import LONGEST_LIFETIME, SessionState
from dojang.errors import CertificateError, PeerIncompatible, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire import messages12 as m12
from dojang.wire.codes import (
    Alert,
    CertificateStatusType,
    CertificateType,
    CipherSuite,
    ExtensionType,
    NamedGroup,
    SignatureScheme,
    Version,
)
from dojang.wire.extensions import Extension, extension
from dojang.wire.hello import ClientHello, ServerHello

if TYPE_CHECKING:
    from dojang.engine.server.hello import ServerHandshake

__all__ = ["ServerFlight12"]

_NAMED_CURVE = 3
# rsa_sign, ecdsa_sign: the kinds of client certificate (RFC 8422 section 5.5).
_CERTIFICATE_TYPES = b"\x01\x40"
_SENTINEL = b"DOWNGRD\x01"
_DEFAULT_DH_BITS = 2048


class ServerFlight12(Flight12):
    """Choosing, the server's flight, the client's; or the short way of a resumed session."""

    config: ServerConfig
    suite: Suite12

    def __init__(self, start: ServerHandshake, hello: ClientHello, offer: Bodies) -> None:
        random = start.config.entropy.random(32)
        if Version.TLS13 in start.config.versions:
            random = random[:24] + _SENTINEL  # RFC 9846 section 4.2.3
        super().__init__(start, next(iter(TLS12_SUITES.values())), random)
        self.start = start
        self.hello = hello
        self.offer = offer
        self.name = requested_name(cast(ext.ServerNameList | None, offer.get(ExtensionType.SERVER_NAME)))
        self.alpn = start.choose_alpn(offer)
        self.extended = ExtensionType.EXTENDED_MASTER_SECRET in offer
        self.group: NamedGroup | None = None
        self.credential: Credential | None = None
        self.session_id = b""
        self.resumed: SessionState | None = None
        self.client_type: CertificateType | None = None

    def run(self) -> Step[Established]:
        self.check_offer()
        state = self.resumed = yield from self.resumable_state()
        if state is not None:
            yield from self.resume(state)
        else:
            yield from self.shake_hands()
        return self.established(self.session(state), (), self.forget)

    def forget(self) -> None:
        """RFC 5246 section 7.2.2: a session that failed is not resumed. Sealed tickets can't be taken back."""
        by_id = self.hello.legacy_session_id if self.resumed is not None else self.session_id
        if self.config.sessions is not None and by_id:
            drop_session(self.config.sessions, by_id)

    def check_offer(self) -> None:
        """RFC 5246 section 7.4.1.2, RFC 5746 section 3.6, RFC 7627 section 5."""
        if 0 not in self.hello.legacy_compression_methods:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "a ClientHello that wants compression only", "RFC 5246 section 7.4.1.2"
            )
        info = cast(ext.RenegotiationInfo | None, self.offer.get(ExtensionType.RENEGOTIATION_INFO))
        if info is not None and info.renegotiated_connection:
            raise PeerMisbehaved(
                Alert.HANDSHAKE_FAILURE,
                "the client speaks of a renegotiation in a first handshake",
                "RFC 5746 section 3.6",
            )
        check_point_formats(self.offer, "client")
        self.check_extended_master_secret()

    def shake_hands(self) -> Step[None]:
        """RFC 5246 figure 1."""
        credential = yield from self.choose()
        self.credential = credential
        if self.config.client_auth is not ClientAuth.NONE:
            self.client_type = choose_client_type(self.config, self.offer)
        gives_ticket = self.gives_ticket
        if self.config.sessions is not None and self.config.resumption and not gives_ticket:
            self.session_id = self.config.entropy.random(32)
        self.transcript.keep()
        self.transcript.choose_hash(self.suite.hash_name)
        self.send_server_hello(self.session_id, gives_ticket=gives_ticket)
        self.send_certificate(credential.shown, credential.certificate_type)
        if self.sends_status:
            assert credential.staple is not None
            self.send(m12.CertificateStatus12(CertificateStatusType.OCSP, credential.staple))
        share = yield from self.send_server_key_exchange(credential)
        if self.client_type is not None:
            self.send_certificate_request()
        self.send(m12.ServerHelloDone())
        yield from self.read_client_flight(credential, share)
        yield from self.read_finished()
        if gives_ticket:
            yield from self.send_ticket()
        self.send_finished()
        if self.session_id:
            yield from self.store_session()

    def resume(self, state: SessionState) -> Step[None]:
        """RFC 5246 figure 2: the server finishes first."""
        self.suite = TLS12_SUITES[state.cipher_suite]
        self.master = state.secret
        self.peer_chain, self.report = state.peer_chain, report_of(self.config, state)
        self.peer_type = state.peer_type
        self.client_scheme = state.signature_scheme if state.peer_chain else None
        self.transcript.choose_hash(self.suite.hash_name)
        # A ticket is replaced in the second half of its life: a new one each time would double the work of resuming.
        gives_ticket = self.gives_ticket and self.config.clock() - state.created > state.lifetime / 2
        self.send_server_hello(self.hello.legacy_session_id, gives_ticket=gives_ticket)
        self.derive_keys()
        if gives_ticket:
            yield from self.send_ticket()
        self.send_finished()
        yield from self.read_finished()

    def resumable_state(self) -> Step[SessionState | None]:
        """RFC 5077 section 3.4 and RFC 5246 section 7.4.1.2: a session whose terms still hold."""
        ticket = cast(ext.SessionTicket | None, self.offer.get(ExtensionType.SESSION_TICKET))
        session_id = self.hello.legacy_session_id
        identity = ticket.ticket if ticket is not None and ticket.ticket else session_id
        if not identity or not self.config.resumption:
            return None
        state = yield from recall_state(self.config, identity, version=Version.TLS12)
        if state is None or not is_usable(self.config, state, self.name, self.config.clock()):
            return None
        if state.cipher_suite not in self.hello.cipher_suites:
            return None
        if state.extended_master_secret and not self.extended:
            raise PeerMisbehaved(
                Alert.HANDSHAKE_FAILURE,
                "the client resumes a session without the extended master secret it was made with",
                "RFC 7627 section 5.3",
            )
        return state if bool(state.extended_master_secret) == self.extended else None

    def choose(self) -> Step[Credential]:
        """The suite, and the credential whose key it needs; also the group and the scheme."""
        candidates = yield from self.start.candidates(self.hello, self.offer, self.name)
        offered = cast(ext.SignatureSchemeList | None, self.offer.get(ExtensionType.SIGNATURE_ALGORITHMS))
        schemes = offered.supported_signature_algorithms if offered is not None else ()
        for code in self.config.suites12:
            suite = TLS12_SUITES[code]
            if code not in self.hello.cipher_suites:
                continue
            for credential in candidates:
                if self.can_use(suite, credential, schemes):
                    self.suite = suite
                    return credential
        raise PeerIncompatible(
            Alert.HANDSHAKE_FAILURE,
            "no cipher suite in common: the client offers {offered}",
            "RFC 5246 section 7.4.1.3",
            offered=", ".join([code.label for code in self.hello.cipher_suites if not code.is_grease]),
        )

    def can_use(self, suite: Suite12, credential: Credential, schemes: tuple[SignatureScheme, ...]) -> bool:
        """Whether this certificate's key can do what the suite says, with what the client verifies."""
        if not key_fits_suite(credential.public_key, suite):
            return False
        if suite.exchange == "rsa":
            return isinstance(credential.key, rsa.RSAPrivateKey)
        self.server_scheme = choose_scheme12(self.config, credential, schemes)
        if suite.exchange == "dhe" and self.ffdhe_groups and not self.known_ffdhe:
            return False
        if suite.exchange == "ecdhe":
            self.group = self.choose_curve()
            return self.server_scheme is not None and self.group is not None
        return self.server_scheme is not None

    def choose_curve(self) -> NamedGroup | None:
        """RFC 8422 section 4: P-256 for a client that names none."""
        supported = cast(ext.NamedGroupList | None, self.offer.get(ExtensionType.SUPPORTED_GROUPS))
        offered = supported.named_group_list if supported is not None else (NamedGroup.SECP256R1,)
        return next((group for group in self.config.groups12 if group in offered), None)

    def send_server_hello(self, session_id: bytes, *, gives_ticket: bool) -> None:
        """RFC 5246 section 7.4.1.3."""
        entries: list[Extension] = []
        secure = CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV in self.hello.cipher_suites
        if secure or ExtensionType.RENEGOTIATION_INFO in self.offer:
            entries.append(extension(ExtensionType.RENEGOTIATION_INFO, ext.RenegotiationInfo(b"")))
        if self.extended:
            entries.append(extension(ExtensionType.EXTENDED_MASTER_SECRET, ext.Empty()))
        if ExtensionType.EC_POINT_FORMATS in self.offer and self.suite.exchange == "ecdhe":
            entries.append(extension(ExtensionType.EC_POINT_FORMATS, ext.ECPointFormatList(b"\0")))
        if self.alpn is not None:
            chosen = ext.ProtocolNameList((self.alpn.encode(),))
            entries.append(extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, chosen))
        if gives_ticket:
            entries.append(extension(ExtensionType.SESSION_TICKET, ext.Empty()))
        answers, limits = answer_limits(self.config, self.offer, Version.TLS12)
        entries += answers
        impose_limits(self.link, limits)
        if self.credential is not None:
            entries += self.certificate_answers(self.credential)
        hello = ServerHello(Version.TLS12, self.server_random, session_id, self.suite.code, 0, tuple(entries))
        hello = self.shaped(hello)
        self.server_random = hello.random
        self.send(hello)

    def certificate_answers(self, credential: Credential) -> list[Extension]:
        """What goes with a certificate and so not with a resumed session: RFC 6066 sections 3 and 8, RFC 6962."""
        entries = []
        if self.name is not None:
            entries.append(extension(ExtensionType.SERVER_NAME, ext.Empty()))
        entries += type_answer(self.offer, ExtensionType.SERVER_CERTIFICATE_TYPE, credential.certificate_type)
        if self.client_type is not None:
            entries += type_answer(self.offer, ExtensionType.CLIENT_CERTIFICATE_TYPE, self.client_type)
        if self.sends_status:
            entries.append(extension(ExtensionType.STATUS_REQUEST, ext.Empty()))
        if credential.scts and ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP in self.offer:
            timestamps = ext.SignedCertificateTimestampList(credential.scts)
            entries.append(extension(ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP, timestamps))
        return entries

    @property
    def sends_status(self) -> bool:
        """RFC 6066 section 8: where it was asked for and there is one."""
        wanted = ExtensionType.STATUS_REQUEST in self.offer
        return wanted and self.credential is not None and self.credential.staple is not None

    @property
    def gives_ticket(self) -> bool:
        """RFC 5077 section 3.2: where the client said it can take one."""
        keys = self.config.ticket_keys is not None and self.config.resumption
        return keys and ExtensionType.SESSION_TICKET in self.offer

    def send_server_key_exchange(self, credential: Credential) -> Step[Share | None]:
        """RFC 5246 section 7.4.3, RFC 8422 section 5.4; nothing where the client encrypts to the certificate's key."""
        if self.suite.exchange == "rsa":
            return None
        share: Share
        if self.group is not None and self.suite.exchange == "ecdhe":
            share = self.config.entropy.start(self.group)
            params = m12.ServerEcdhParams(_NAMED_CURVE, self.group, share.public).encode()
        else:
            share, params = self.dh_share()
        assert self.server_scheme is not None
        content = self.client_random + self.server_random + params
        signature = yield from signature_of(credential, self.server_scheme, content)
        self.send(m12.ServerKeyExchange(params + m12.SignedParams(self.server_scheme, signature).encode()))
        return share

    def dh_share(self) -> tuple[FiniteFieldShare, bytes]:
        """RFC 7919 section 4: a group that the client names; for one that names none the server's own, or 2048 bits."""
        if self.known_ffdhe or self.config.dh_group is None:
            prime, generator = (
                ffdhe_prime(int(self.known_ffdhe[0].name[5:]) if self.known_ffdhe else _DEFAULT_DH_BITS),
                2,
            )
        else:
            prime, generator = self.config.dh_group
        share = FiniteFieldShare(prime, generator=generator)
        self.group = share.named_group
        return share, m12.ServerDhParams(
            prime.to_bytes(share.size, "big"),
            generator.to_bytes((generator.bit_length() + 7) // 8, "big"),
            share.public,
        ).encode()

    @property
    def ffdhe_groups(self) -> list[NamedGroup]:
        """The finite fields that the client names, known or not."""
        supported = cast(ext.NamedGroupList | None, self.offer.get(ExtensionType.SUPPORTED_GROUPS))
        return [] if supported is None else [group for group in supported.named_group_list if 256 <= group < 512]

    @property
    def known_ffdhe(self) -> list[NamedGroup]:
        """Those of them that are known."""
        return [group for group in self.ffdhe_groups if group.is_registered]

    def send_certificate_request(self) -> None:
        """RFC 5246 section 7.4.4."""
        names = self.config.client_authorities if self.client_type is CertificateType.X509 else ()
        self.send(self.shaped(m12.CertificateRequest12(_CERTIFICATE_TYPES, self.config.schemes12, names)))

    def read_client_flight(self, credential: Credential, share: Share | None) -> Step[None]:
        """RFC 5246 sections 7.4.6 to 7.4.8."""
        if self.client_type is not None:
            yield from self.read_client_certificate(self.client_type)
        message = yield from self.receive(m12.ClientKeyExchange)
        self.derive_master_secret(self.pre_master(credential, share, message.exchange_keys))
        self.derive_keys()
        if self.peer_chain:
            yield from self.read_certificate_verify()
        self.transcript.forget_messages()

    def pre_master(self, credential: Credential, share: Share | None, exchange: bytes) -> bytes:
        """RFC 5246 section 7.4.7, each exchange in its own shape."""
        if share is None:
            return self.decrypt_pre_master(credential, m12.EncryptedPreMasterSecret.parse(exchange).encrypted)
        try:
            if self.suite.exchange == "ecdhe":
                return share.agree(m12.ClientEcdhPublic.parse(exchange).ecdh_Yc)
            share_of_client = m12.ClientDhPublic.parse(exchange).dh_Yc
            size = cast(FiniteFieldShare, share).size
            return share.agree(padded_dh(share_of_client, size)).lstrip(b"\0")  # RFC 5246 section 8.1.2
        except ValueError:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the client's share is no valid one", "RFC 5246 section 7.4.7"
            ) from None

    def decrypt_pre_master(self, credential: Credential, encrypted: bytes) -> bytes:
        """RFC 5246 section 7.4.7.1: whatever is wrong, go on with a random secret and fail at Finished.

        A wrong padding gives no error from OpenSSL either, which makes a secret up (implicit rejection).
        """
        instead = self.config.entropy.random(48)
        assert isinstance(credential.key, rsa.RSAPrivateKey)
        try:
            secret = credential.key.decrypt(encrypted, padding.PKCS1v15())
        except ValueError:
            secret = b""
        right = len(secret) == 48 and secret[:2] == self.hello.legacy_version.to_bytes(2, "big")
        return secret if right else instead

    def read_client_certificate(self, kind: CertificateType) -> Step[None]:
        """RFC 5246 section 7.4.6."""
        self.peer_type = kind
        self.peer_chain = yield from self.read_certificate()
        if self.peer_chain:
            self.report = judge_client(self.config, self.peer_chain, kind)
        elif self.config.requires_certificate:
            raise CertificateError(
                Alert.HANDSHAKE_FAILURE, "the client showed no certificate", "RFC 5246 section 7.4.6"
            )

    def read_certificate_verify(self) -> Step[None]:
        """RFC 5246 section 7.4.8: a signature over all messages so far."""
        content = self.transcript.messages
        message = yield from self.receive(m12.CertificateVerify12)
        scheme, key = message.algorithm, peer_key(self.link.peer, self.peer_chain[0], self.peer_type)
        if scheme not in self.config.schemes12 or not SCHEMES[scheme].fits(key, bind_curve=False):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the client signed with {scheme}, which was not offered or does not fit its key",
                "RFC 5246 section 7.4.8",
                scheme=scheme.label,
            )
        if not verify(key, scheme, message.signature, content):
            raise PeerMisbehaved(
                Alert.DECRYPT_ERROR,
                "the client's signature over the handshake is wrong: it does not hold the certificate's key",
                "RFC 5246 section 7.4.8",
            )
        self.client_scheme = scheme

    def send_ticket(self) -> Step[None]:
        """RFC 5077 section 3.3; an empty one where none can be sealed."""
        identity = yield from keep_state(self.config, self.state(), self.config.clock())
        self.send(m12.NewSessionTicket12(self.config.ticket_lifetime if identity else 0, identity or b""))

    def store_session(self) -> Step[None]:
        """RFC 5246 appendix F.1.4: the session under its ID."""
        sessions, state = self.config.sessions, self.state()
        assert sessions is not None
        expires = self.config.clock() + state.lifetime
        yield from consult("session store", lambda: sessions.put(self.session_id, state.to_bytes(), expires))

    def state(self) -> SessionState:
        """What to remember."""
        now = self.config.clock()
        authenticated = int(now) if self.resumed is None else self.resumed.authenticated
        return SessionState(
            Version.TLS12,
            self.suite.code,
            self.master,
            (self.name or "").encode(),
            (self.alpn or "").encode(),
            self.peer_chain,
            self.peer_type,
            self.group or NamedGroup.of(0),
            self.client_scheme or SignatureScheme.of(0),
            int(now),
            max(0, min(self.config.ticket_lifetime, authenticated + LONGEST_LIFETIME - int(now))),
            0,
            0,
            int(self.extended),
            int(now * 1000),
            authenticated,
        )

    def session(self, resumed: SessionState | None) -> Session:
        """The facts."""
        by_ticket = cast(ext.SessionTicket | None, self.offer.get(ExtensionType.SESSION_TICKET))
        how = "session ticket" if by_ticket is not None and by_ticket.ticket else "session id"
        return Session(
            version=Version.TLS12,
            suite=self.suite.code,
            group=self.group if resumed is None else None,
            signature_scheme=self.server_scheme if resumed is None and self.suite.exchange != "rsa" else None,
            client_signature_scheme=self.client_scheme,
            server_name=self.name,
            alpn=self.alpn,
            peer_chain=self.peer_chain,
            peer_type=self.peer_type,
            local_chain=self.credential.shown if self.credential is not None else (),
            report=self.report,
            resumed=None if resumed is None else how,
            extended_master_secret=self.extended,
        )
