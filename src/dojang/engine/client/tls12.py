"""The client's flights of TLS 1.2 after the hellos, in the order of RFC 5246 figure 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dojang.crypto.groups import FiniteFieldShare
from dojang.crypto.signatures import SCHEMES, verify
from dojang.crypto.suites import TLS12_SUITES
from dojang.engine.client.identity import Extras, judge_server
from dojang.engine.client.offer import types_of
from dojang.engine.client.resume import shown_name
from dojang.engine.config import ClientConfig, Credential
from dojang.engine.flight import Established, Step
from dojang.engine.flight12 import Flight12, certificate_kind, check_point_formats, key_fits_suite, padded_dh
from dojang.engine.limits import impose_limits, read_limits
from dojang.engine.negotiate import check_answers, choose_scheme12
from dojang.engine.proof import Wishes, client_candidates, peer_key, signature_of
from dojang.engine.raw_keys import check_raw_key, read_type
from dojang.engine.session import Session
from dojang.engine.ticket import LONGEST_LIFETIME, Ticket
from dojang.errors import DecodeError, PeerIncompatible, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire import messages12 as m12
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, CertificateType, ExtensionType, NamedGroup, SignatureScheme, Version
from dojang.wire.extensions import Context
from dojang.wire.hello import ClientHello, ServerHello
from dojang.wire.reader import Reader

if TYPE_CHECKING:
    from dojang.engine.client.hello import ClientHandshake

__all__ = ["ClientFlight12"]

_NAMED_CURVE = 3
_LEAST_DH_BITS, _MOST_DH_BITS = 2048, 8192


class ClientFlight12(Flight12):
    """The server's flight and the client's, or the short way of a resumed session."""

    config: ClientConfig

    def __init__(self, start: ClientHandshake, hello: ClientHello, answer: ServerHello) -> None:
        super().__init__(start, TLS12_SUITES[answer.cipher_suite], answer.random)
        self.start = start
        self.name = start.name
        self.hello = hello
        self.answer = answer
        self.answers = check_answers(answer.extensions, Context.SERVER_HELLO_12, types_of(hello.extensions))
        self.extended = ExtensionType.EXTENDED_MASTER_SECRET in self.answers
        self.alpn = self.read_alpn()
        self.group: NamedGroup | None = None
        self.local_chain: tuple[bytes, ...] = ()
        self.staple: bytes | None = None
        self.new_ticket: m12.NewSessionTicket12 | None = None

    def run(self) -> Step[Established]:
        self.check_answer()
        impose_limits(self.link, read_limits(self.config, self.answers, Version.TLS12))
        ticket = self.resumed_ticket()
        if ticket is not None:
            yield from self.resume(ticket)
        else:
            yield from self.shake_hands()
        return self.established(self.session(ticket), self.tickets(ticket))

    def shake_hands(self) -> Step[None]:
        """RFC 5246 figure 1."""
        yield from self.read_server_certificate()
        server = yield from self.read_server_parameters()
        pre_master, exchange = self.agree(server.get(m12.ServerKeyExchange))
        credential = yield from self.send_client_certificate(server.get(m12.CertificateRequest12))
        self.send(m12.ClientKeyExchange(exchange))
        self.derive_master_secret(pre_master)
        self.derive_keys()
        if credential is not None and self.client_scheme is not None:
            signature = yield from signature_of(credential, self.client_scheme, self.transcript.messages)
            self.send(m12.CertificateVerify12(self.client_scheme, signature))
        self.transcript.forget_messages()
        self.send_finished()
        yield from self.read_new_session_ticket()
        yield from self.read_finished()

    def resume(self, ticket: Ticket) -> Step[None]:
        """RFC 5246 figure 2: the server finishes first."""
        self.transcript.forget_messages()
        self.master = ticket.secret
        self.peer_chain, self.server_scheme = ticket.peer_chain, ticket.signature_scheme
        self.peer_type = ticket.peer_type
        yield from self.verify_server_certificate()
        self.derive_keys()
        yield from self.read_new_session_ticket()
        yield from self.read_finished()
        self.send_finished()

    def check_answer(self) -> None:
        """What a TLS 1.2 server must confirm: RFC 5746 section 3.4, RFC 7627 section 5."""
        check_point_formats(self.answers, "server")
        self.check_extended_master_secret()
        info = cast(ext.RenegotiationInfo | None, self.answers.get(ExtensionType.RENEGOTIATION_INFO))
        if info is None and self.config.require_extended_master_secret:
            raise PeerIncompatible(
                Alert.HANDSHAKE_FAILURE, "the server does not secure renegotiation", "RFC 5746 section 3.4"
            )
        if info is not None and info.renegotiated_connection:
            raise PeerMisbehaved(
                Alert.HANDSHAKE_FAILURE,
                "the server speaks of a renegotiation in a first handshake",
                "RFC 5746 section 3.4",
            )

    def resumed_ticket(self) -> Ticket | None:
        """The session that the server took up, which it says by echoing the session ID (RFC 5246 section 7.4.1.3)."""
        echoed = self.answer.legacy_session_id_echo
        if not echoed or echoed != self.hello.legacy_session_id:
            return None
        ticket = self.start.ticket
        if ticket is None or ticket.version is not Version.TLS12:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server resumes a session that never was", "RFC 9846 section 4.2.3"
            )
        if ticket.cipher_suite != self.suite.code or bool(ticket.extended_master_secret) != self.extended:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server resumes a session on other terms", "RFC 7627 section 5.3"
            )
        return ticket

    def read_alpn(self) -> str | None:
        """RFC 7301 section 3.1: exactly one, of those offered."""
        kind = ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION
        names = cast(ext.ProtocolNameList | None, self.answers.get(kind))
        if names is None:
            return None
        offered = [name for name in self.config.alpn if (name.encode(),) == names.protocol_name_list]
        if not offered:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server chose an application protocol that was not offered",
                "RFC 7301 section 3.2",
            )
        return offered[0]

    def read_server_certificate(self) -> Step[None]:
        """RFC 5246 section 7.4.2, and the staple of RFC 6066 section 8 where the server announced one."""
        self.peer_type = read_type(self.config, self.answers, ExtensionType.SERVER_CERTIFICATE_TYPE)
        self.peer_chain = yield from self.read_certificate()
        if not self.peer_chain:
            raise DecodeError("the server sent no certificate", "RFC 5246 section 7.4.2")
        yield from self.verify_server_certificate(staple_follows=True)
        if not key_fits_suite(self.server_key, self.suite):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server's certificate does not fit {suite}",
                "RFC 5246 section 7.4.2",
                suite=self.suite.code.label,
            )

    @property
    def server_key(self) -> PublicKeyTypes:
        """The key that the server showed."""
        return peer_key(self.link.peer, self.peer_chain[0], self.peer_type)

    def verify_server_certificate(self, extras: Extras | None = None, *, staple_follows: bool = False) -> Step[None]:
        """Whether these certificates make the server who the application wanted."""
        if self.peer_type is CertificateType.RAW_PUBLIC_KEY:
            if extras is None:  # nothing that comes later says more of a key
                check_raw_key(self.config, self.peer_chain[0], None if self.name is None else str(self.name), "server")
            return
        self.report = yield from judge_server(
            self.config, self.peer_chain, self.name, extras, staple_follows=staple_follows
        )

    @property
    def scts(self) -> tuple[bytes, ...]:
        """RFC 6962 section 3.3.1: they stand in the ServerHello."""
        timestamps = self.answers.get(ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP)
        return () if timestamps is None else cast(ext.SignedCertificateTimestampList, timestamps).sct_list

    def read_server_parameters(self) -> Step[dict[type[Any], Any]]:
        """RFC 5246 sections 7.4.3 to 7.4.5; a staple where one was announced (RFC 6066 section 8)."""
        steps: list[tuple[type[HandshakeMessage], bool]] = []
        if ExtensionType.STATUS_REQUEST in self.answers:
            steps.append((m12.CertificateStatus12, False))
        if self.suite.exchange != "rsa":
            steps.append((m12.ServerKeyExchange, True))
        steps += [(m12.CertificateRequest12, False), (m12.ServerHelloDone, True)]
        found = yield from self.receive_in_order(*steps)
        status = found.get(m12.CertificateStatus12)
        self.staple = status.response if status is not None else None
        # TLS 1.2 sends the staple after the certificate: what depends on it is judged here.
        yield from self.verify_server_certificate(Extras(self.staple, self.scts))
        return found

    def agree(self, message: m12.ServerKeyExchange | None) -> tuple[bytes, bytes]:
        """RFC 5246 sections 7.4.3 and 7.4.7; the pre-master secret and what the client answers with."""
        if message is None:
            return self.encrypt_pre_master()
        reader = Reader(message.params, what="ServerKeyExchange")
        exchange = self.agree_ecdh(reader) if self.suite.exchange == "ecdhe" else self.agree_dh(reader)
        signed = message.params[: reader.offset]
        self.check_signature(signed, m12.SignedParams.read(reader))
        reader.finish()
        return exchange

    def encrypt_pre_master(self) -> tuple[bytes, bytes]:
        """RFC 5246 section 7.4.7.1: whoever has the server's key, now or later, can read this."""
        key = self.server_key
        assert isinstance(key, rsa.RSAPublicKey)
        pre_master = self.hello.legacy_version.to_bytes(2, "big") + self.config.entropy.random(46)
        encrypted = key.encrypt(pre_master, padding.PKCS1v15())
        return pre_master, m12.EncryptedPreMasterSecret(encrypted).encode()

    def agree_ecdh(self, reader: Reader) -> tuple[bytes, bytes]:
        """RFC 8422 section 5.4."""
        params = m12.ServerEcdhParams.read(reader)
        group = params.named_curve
        if params.curve_type != _NAMED_CURVE or group not in self.config.groups12:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server uses the curve {group}, which was not offered",
                "RFC 8422 section 5.4",
                group=group.label,
            )
        self.group = group
        try:
            public, secret = self.config.entropy.answer(group, params.public)
        except ValueError:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server's share of {group} is no valid one",
                "RFC 8422 section 5.4",
                group=group.label,
            ) from None
        return secret, m12.ClientEcdhPublic(public).encode()

    def agree_dh(self, reader: Reader) -> tuple[bytes, bytes]:
        """RFC 5246 section 7.4.3: a group of the server's own, which must not be small."""
        params = m12.ServerDhParams.read(reader)
        prime, generator = int.from_bytes(params.dh_p, "big"), int.from_bytes(params.dh_g, "big")
        bits = prime.bit_length()
        if not _LEAST_DH_BITS <= bits <= _MOST_DH_BITS:
            raise PeerIncompatible(
                Alert.INSUFFICIENT_SECURITY,
                "the server's Diffie-Hellman group has {bits} bits; {least} to {most} are taken",
                "RFC 7919 section 3",
                bits=bits,
                least=_LEAST_DH_BITS,
                most=_MOST_DH_BITS,
            )
        try:
            share = FiniteFieldShare(prime, generator=generator)
            secret = share.agree(padded_dh(params.dh_Ys, share.size)).lstrip(b"\0")  # RFC 5246 section 8.1.2
        except ValueError:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server's Diffie-Hellman values are no valid ones",
                "RFC 5246 section 7.4.3",
            ) from None
        self.group = share.named_group
        return secret, m12.ClientDhPublic(share.public).encode()

    def check_signature(self, params: bytes, signed: m12.SignedParams) -> None:
        """RFC 5246 section 7.4.3: the server's key vouches for its share."""
        scheme, key = signed.algorithm, self.server_key
        if scheme not in self.config.schemes12 or not SCHEMES[scheme].fits(key, bind_curve=False):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server signed with {scheme}, which was not offered or does not fit its key",
                "RFC 5246 section 7.4.3",
                scheme=scheme.label,
            )
        if not verify(key, scheme, signed.signature, self.client_random + self.server_random + params):
            raise PeerMisbehaved(
                Alert.DECRYPT_ERROR,
                "the server's signature over its share is wrong: it does not hold the certificate's key",
                "RFC 5246 section 7.4.3",
            )
        self.server_scheme = scheme

    def send_client_certificate(self, request: m12.CertificateRequest12 | None) -> Step[Credential | None]:
        """RFC 5246 section 7.4.6: a certificate the server can verify, an empty list, or nothing."""
        if request is None:
            return None
        schemes = request.supported_signature_algorithms
        kind = read_type(self.config, self.answers, ExtensionType.CLIENT_CERTIFICATE_TYPE)
        wishes = Wishes(request.certificate_authorities, schemes, schemes, kind)
        found = None
        for credential in (yield from client_candidates(self.config, wishes)):
            if certificate_kind(credential.public_key) not in request.certificate_types:
                continue
            self.client_scheme = choose_scheme12(self.config, credential, schemes)
            if self.client_scheme is not None:
                found = credential
                break
        self.local_chain = () if found is None else found.shown
        self.send_certificate(self.local_chain, kind)
        return found

    def read_new_session_ticket(self) -> Step[None]:
        """RFC 5077 section 3.3, where the server announced it."""
        if ExtensionType.SESSION_TICKET in self.answers:
            self.new_ticket = yield from self.receive(m12.NewSessionTicket12)

    def tickets(self, resumed: Ticket | None) -> tuple[Ticket, ...]:
        """What to resume with next time."""
        given = self.new_ticket.ticket if self.new_ticket is not None else b""
        session_id = self.answer.legacy_session_id_echo
        if not self.config.resumption or not (given or session_id):
            return ()
        if resumed is not None and not given:
            return (resumed,)  # again: TLS 1.2 gives tickets in the clear, so that a new one would hide nothing
        hint = self.new_ticket.ticket_lifetime_hint if self.new_ticket is not None else 0
        now = self.config.clock()
        return (
            Ticket(
                Version.TLS12,
                self.suite.code,
                self.master,
                shown_name(self.name),
                (self.alpn or "").encode(),
                self.peer_chain,
                self.peer_type,
                self.group or NamedGroup.of(0),
                self.server_scheme or SignatureScheme.of(0),
                int(now) if resumed is None else resumed.created,
                min(hint or 86400, LONGEST_LIFETIME),
                0,
                0,
                int(self.extended),
                given,
                b"" if given else session_id,
                int(now * 1000),
            ),
        )

    def session(self, resumed: Ticket | None) -> Session:
        """The facts."""
        return Session(
            version=Version.TLS12,
            suite=self.suite.code,
            group=self.group,
            signature_scheme=self.server_scheme,
            client_signature_scheme=self.client_scheme,
            server_name=self.config.sni_for(self.name),
            alpn=self.alpn,
            peer_chain=self.peer_chain,
            peer_type=self.peer_type,
            local_chain=self.local_chain,
            report=self.report,
            resumed=None if resumed is None else "session ticket" if resumed.identity else "session id",
            staple=self.staple,
            scts=self.scts,
            extended_master_secret=self.extended,
        )
