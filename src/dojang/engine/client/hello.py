"""The client's hellos: the retry a server may ask for, and what the answer must be. RFC 9846, section 4.2."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import cast

from dojang.crypto.groups import Share
from dojang.crypto.suites import TLS12_SUITES, TLS13_SUITES
from dojang.engine.client.offer import Grease, hello_extensions, hello_suites, share_entries, types_of
from dojang.engine.client.resume import (
    Psk,
    offered_psks,
    psk_extension,
    usable_ticket,
    with_binders,
    without_psks,
)
from dojang.engine.client.tls12 import ClientFlight12
from dojang.engine.client.tls13 import ClientFlight
from dojang.engine.config import ClientConfig
from dojang.engine.flight import Epoch, Established, Expect, Handshake, Link, Step
from dojang.engine.negotiate import Bodies, check_answers
from dojang.engine.ticket import Ticket
from dojang.errors import PeerIncompatible, PeerMisbehaved
from dojang.pki.names import DnsName, IpName
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ExtensionType, HandshakeType, NamedGroup, Version
from dojang.wire.extensions import Context, Extension, extension
from dojang.wire.hello import ClientHello, HelloRetryRequest, ServerHello, parse_server_hello

__all__ = ["ClientHandshake", "Greetings"]

# RFC 9846 section 4.2.3: the last eight bytes of a ServerHello's random when a TLS 1.3 server speaks something older.
_DOWNGRADE_SENTINELS = (b"DOWNGRD\x01", b"DOWNGRD\x00")


@dataclass(frozen=True, slots=True)
class Greetings:
    """What the hellos settled: both messages, the bodies of the answer, the keys that both sides can make.

    share: None in psk_ke mode. psk: the key the server took up, or None.
    """

    client_hello: ClientHello
    server_hello: ServerHello
    answers: Bodies
    share: Share | None
    group: NamedGroup | None
    psk: Psk | None
    retried: bool

    @property
    def offered(self) -> frozenset[int]:
        """The types of all extensions of the last ClientHello."""
        return types_of(self.client_hello.extensions)


class ClientHandshake(Handshake):
    """From the first byte to the session.

    name: the host as DNS name, address or None. ticket: a session to resume. early_data: for the server before it
    answers, if the ticket allows.
    """

    config: ClientConfig

    def __init__(
        self,
        link: Link,
        config: ClientConfig,
        name: DnsName | IpName | None,
        ticket: Ticket | None = None,
        early_data: bytes = b"",
    ) -> None:
        super().__init__(link, config)
        self.name = name
        self.client_random = config.entropy.random(32)
        self.grease = Grease(config.entropy.random(5)) if config.grease else None
        now = config.clock() if ticket is not None else 0.0
        self.ticket = usable_ticket(config, name, ticket, now)
        self.session_id = self.choose_session_id()
        self.shares: dict[NamedGroup, Share] = {}
        self.psks: list[Psk] = offered_psks(config, self.ticket, now) if config.suites13 else []
        self.early_data = early_data
        self.offers_early_data = False
        self.sent_change_cipher_spec = False
        self.version = Version.TLS13

    def run(self) -> Step[Established]:
        hello, answer, retry = yield from self.exchange_hellos()
        if self.version is Version.TLS12:
            return (yield from ClientFlight12(self, hello, answer).run())
        return (yield from ClientFlight(self, self.settle(hello, answer, retry)).run())

    def exchange_hellos(self) -> Step[tuple[ClientHello, ServerHello, HelloRetryRequest | None]]:
        """ClientHello, perhaps HelloRetryRequest and ClientHello again, then ServerHello."""
        hello = self.send_first_hello()
        answer = yield from self.read_server_hello(None)
        retry = None
        if isinstance(answer, HelloRetryRequest):
            retry = answer
            hello = self.retry(hello, retry)
            answer = yield from self.read_server_hello(retry)
        return hello, answer, retry

    def choose_session_id(self) -> bytes:
        """The ID of a TLS 1.2 session to resume; else random where there is something to pretend or to recognise."""
        ticket = self.ticket
        if ticket is not None and ticket.version is Version.TLS12:
            return ticket.session_id or self.config.entropy.random(32)
        pretends = self.config.compatibility_mode and bool(self.config.suites13)
        return self.config.entropy.random(32) if pretends else b""

    def send_first_hello(self) -> ClientHello:
        """Section 4.2.2, and early data right behind it."""
        config = self.config
        groups = config.first_shares if config.suites13 else ()
        self.shares = {group: config.entropy.start(group) for group in groups}
        ticket = self.ticket
        ticket12 = ticket.identity if ticket is not None and ticket.version is Version.TLS12 else b""
        entries = hello_extensions(config, self.name, self.shares, self.grease, ticket12)
        if self.psks and all(psk.with_certificate for psk in self.psks):
            entries.append(extension(ExtensionType.TLS_CERT_WITH_EXTERN_PSK, ext.Empty()))
        self.offers_early_data = bool(self.early_data and self.may_send_early_data())
        if self.offers_early_data:
            entries.append(extension(ExtensionType.EARLY_DATA, ext.Empty()))
        hello = ClientHello(
            Version.TLS12, self.client_random, self.session_id, hello_suites(config, self.grease), b"\0", tuple(entries)
        )
        hello = self.send_client_hello(hello)
        self.client_random, self.session_id = hello.random, hello.legacy_session_id
        if self.offers_early_data:
            self.send_early_data()
        return hello

    def send_client_hello(self, hello: ClientHello) -> ClientHello:
        """Add the pre-shared keys with their binders, and send."""
        psks = self.psks
        if psks:
            hello = _with_extensions(hello, [*hello.extensions, psk_extension(psks)])
        hello = self.shaped(hello)
        raw = hello.frame()
        if psks:
            raw = with_binders(raw, psks, self.binder_digest)
            hello = ClientHello.parse(raw[4:])
        self.send(hello, raw)
        return hello

    def binder_digest(self, partial: bytes, hash_name: str) -> bytes:
        """The transcript's hash with a truncated hello at its end (section 4.3.11.2)."""
        if self.transcript.hashing:
            return self.transcript.digest_with(partial)
        return hashlib.new(hash_name, partial).digest()

    def may_send_early_data(self) -> bool:
        """Section 4.3.10: only under a ticket that allows it, for a protocol that is offered again."""
        ticket = self.ticket
        if ticket is None or not self.psks or self.psks[0].ticket is not ticket:
            return False
        alpn = ticket.alpn.decode()
        return len(self.early_data) <= ticket.max_early_data and (not alpn or alpn in self.config.alpn)

    def send_early_data(self) -> None:
        """Section 2.3: under a key that both sides can make before the server has said anything."""
        psk = self.psks[0]
        assert psk.ticket is not None
        suite = TLS13_SUITES[psk.ticket.cipher_suite]
        digest = self.transcript.digest_so_far(suite.hash_name)
        secret = self.derive_early_secret(psk.secret, digest, suite.hash_name)
        self.pretend_tls12()
        self.install_write(suite, secret, Epoch.EARLY)
        self.link.write.send_data(memoryview(self.early_data))
        if self.link.observer is not None:
            self.link.observer.application_data(self.link.role, len(self.early_data))

    def read_server_hello(self, retry: HelloRetryRequest | None) -> Step[ServerHello]:
        """A ServerHello or HelloRetryRequest that answers this hello; the transcript hashes from here on."""
        _, raw = yield Expect((HandshakeType.SERVER_HELLO,))
        hello = parse_server_hello(raw[4:])
        self.check_version(hello, retry)
        self.check_choices(hello)
        if not self.transcript.hashing:
            self.start_transcript(hello)
        self.accept(hello, raw)
        return hello

    def start_transcript(self, hello: ServerHello) -> None:
        """The suite says which hash; TLS 1.2 signs the messages themselves."""
        if self.version is Version.TLS12:
            self.transcript.keep()
            self.transcript.choose_hash(TLS12_SUITES[hello.cipher_suite].hash_name)
            return
        self.transcript.choose_hash(TLS13_SUITES[hello.cipher_suite].hash_name)
        if isinstance(hello, HelloRetryRequest):
            self.transcript.fold_first_hello()

    def check_version(self, hello: ServerHello, retry: HelloRetryRequest | None) -> None:
        """Sections 4.2.3 and 4.3.1: a version that was offered, and no sign that somebody forced an older one."""
        selected = ext.find(hello.extensions, ExtensionType.SUPPORTED_VERSIONS)
        version = hello.legacy_version
        if selected is not None:
            version = ext.SelectedVersion.parse(selected.extension_data).selected_version
            offered = version is Version.TLS13 and version in self.config.versions
            if not offered or hello.legacy_version is not Version.TLS12:
                raise PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "the server selected {version}, which was not offered or can't be selected so",
                    "RFC 9846 section 4.3.1",
                    version=version.label,
                )
        elif Version.TLS13 in self.config.versions and hello.random[24:] in _DOWNGRADE_SENTINELS:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server speaks TLS 1.3 but was made to answer with something older: somebody is in between",
                "RFC 9846 section 4.2.3",
            )
        too_late = version is not Version.TLS13 and (retry is not None or self.offers_early_data)
        if version not in self.config.versions or too_late:
            raise PeerIncompatible(
                Alert.PROTOCOL_VERSION,
                "the server speaks only {version}",
                "RFC 9846 appendix E.1",
                version=version.label,
            )
        self.version = version

    def check_choices(self, hello: ServerHello) -> None:
        """Section 4.2.3: what must come back as it was sent, or must have been offered."""
        if self.version is Version.TLS13 and hello.legacy_session_id_echo != self.session_id:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server did not echo the session ID", "RFC 9846 section 4.2.3"
            )
        if hello.cipher_suite not in (self.config.suites13 if self.version is Version.TLS13 else self.config.suites12):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server selected {suite}, which was not offered",
                "RFC 9846 section 4.2.3",
                suite=hello.cipher_suite.label,
            )
        if hello.legacy_compression_method:
            raise PeerMisbehaved(Alert.ILLEGAL_PARAMETER, "the server selected compression", "RFC 9846 section 4.2.3")

    def retry(self, hello: ClientHello, request: HelloRetryRequest) -> ClientHello:
        """Section 4.2.4: the second ClientHello."""
        offered = types_of(hello.extensions) | {ExtensionType.COOKIE}
        bodies = check_answers(request.extensions, Context.HELLO_RETRY_REQUEST, offered)
        cookie = cast(ext.Cookie | None, bodies.get(ExtensionType.COOKIE))
        selected = cast(ext.KeyShareHelloRetryRequest | None, bodies.get(ExtensionType.KEY_SHARE))
        if selected is None and cookie is None:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "a HelloRetryRequest that would change nothing", "RFC 9846 section 4.2.4"
            )
        if selected is not None:
            self.check_selected_group(selected.selected_group)
            self.shares = {selected.selected_group: self.config.entropy.start(selected.selected_group)}
        self.offers_early_data = False
        self.link.write.sealer = None  # what was sent early is lost; the second hello is in the clear
        self.link.write_epoch = Epoch.PLAINTEXT
        self.pretend_tls12()
        return self.send_second_hello(hello, request, cookie, renew=selected is not None)

    def send_second_hello(
        self, first: ClientHello, request: HelloRetryRequest, cookie: ext.Cookie | None, *, renew: bool
    ) -> ClientHello:
        """The first hello with the one share that was asked for, the cookie, and no other change (section 4.2.2)."""
        entries = without_psks(first)
        if renew:
            share = extension(ExtensionType.KEY_SHARE, ext.KeyShareClientHello(share_entries(self.shares, None)))
            entries = [share if entry.extension_type == ExtensionType.KEY_SHARE else entry for entry in entries]
        if cookie is not None:
            entries.insert(len(entries) - (self.grease is not None), extension(ExtensionType.COOKIE, cookie))
        hash_name = TLS13_SUITES[request.cipher_suite].hash_name
        self.psks = [psk for psk in self.psks if psk.hash_name == hash_name]
        return self.send_client_hello(_with_extensions(first, entries))

    def check_selected_group(self, group: NamedGroup) -> None:
        """Section 4.3.8: a retry may only ask for what was offered without a share."""
        if group not in self.config.groups or group in self.shares:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server asks for a share of {group}, which was not offered or is there already",
                "RFC 9846 section 4.3.8",
                group=group.label,
            )

    def pretend_tls12(self) -> None:
        """Appendix E.4: one change_cipher_spec before the second flight."""
        if self.config.compatibility_mode and not self.sent_change_cipher_spec:
            self.send_change_cipher_spec()
            self.sent_change_cipher_spec = True

    def settle(self, hello: ClientHello, answer: ServerHello, retry: HelloRetryRequest | None) -> Greetings:
        """Sections 4.2.3, 4.2.4, 4.3.8 and 4.3.11: what the hellos agree on."""
        if isinstance(answer, HelloRetryRequest):
            raise PeerMisbehaved(Alert.UNEXPECTED_MESSAGE, "a second HelloRetryRequest", "RFC 9846 section 4.2.4")
        if retry is not None and retry.cipher_suite != answer.cipher_suite:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server changed the cipher suite after its retry", "RFC 9846 section 4.2.4"
            )
        answers = check_answers(answer.extensions, Context.SERVER_HELLO, types_of(hello.extensions))
        psk = self.selected_psk(answer, cast(ext.SelectedPsk | None, answers.get(ExtensionType.PRE_SHARED_KEY)))
        group = self.selected_group(cast(ext.KeyShareServerHello | None, answers.get(ExtensionType.KEY_SHARE)), psk)
        share = None if group is None else self.shares[group]
        return Greetings(hello, answer, answers, share, group, psk, retry is not None)

    def selected_psk(self, hello: ServerHello, selected: ext.SelectedPsk | None) -> Psk | None:
        """Section 4.3.11: one of those offered, of the suite's hash."""
        if selected is None:
            return None
        index = selected.selected_identity
        if index >= len(self.psks) or self.psks[index].hash_name != TLS13_SUITES[hello.cipher_suite].hash_name:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server took up pre-shared key {index}, which was not offered for this suite",
                "RFC 9846 section 4.3.11",
                index=index,
            )
        return self.psks[index]

    def selected_group(self, chosen: ext.KeyShareServerHello | None, psk: Psk | None) -> NamedGroup | None:
        """Section 4.3.8: a share to match one of ours; none only where a pre-shared key may do alone."""
        if chosen is None:
            if psk is not None and self.config.allow_psk_without_key_exchange:
                return None
            raise PeerMisbehaved(Alert.MISSING_EXTENSION, "a ServerHello without key_share", "RFC 9846 section 9.2")
        group = chosen.server_share.group
        if group not in self.shares:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server answered with a share of {group}, for which it got none",
                "RFC 9846 section 4.3.8",
                group=group.label,
            )
        return group


def _with_extensions(hello: ClientHello, entries: list[Extension]) -> ClientHello:
    return ClientHello(
        hello.legacy_version,
        hello.random,
        hello.legacy_session_id,
        hello.cipher_suites,
        hello.legacy_compression_methods,
        tuple(entries),
    )
