"""The client's hellos: what it offers, the retry a server may ask for, what the answer must be. RFC 9846, 4.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from dojang.crypto.groups import Share
from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.client.tls13 import ClientFlight
from dojang.engine.config import ClientConfig
from dojang.engine.flight import Established, Expect, Handshake, Link, Step
from dojang.engine.negotiate import Bodies, check_answers
from dojang.errors import PeerIncompatible, PeerMisbehaved
from dojang.pki.names import DnsName, IpName
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CipherSuite, ExtensionType, HandshakeType, NamedGroup, NameType, Version
from dojang.wire.extensions import Context, Extension, constant_extension, extension
from dojang.wire.hello import ClientHello, HelloRetryRequest, ServerHello, parse_server_hello

__all__ = ["ClientHandshake", "Greetings"]

# RFC 9846 section 4.2.3: the last eight bytes of a ServerHello's random when a TLS 1.3 server speaks something older.
_DOWNGRADE_SENTINELS = (b"DOWNGRD\x01", b"DOWNGRD\x00")


@dataclass(frozen=True, slots=True)
class Greetings:
    """What the hellos settled: both messages, the bodies of the answer, the share that was answered."""

    client_hello: ClientHello
    server_hello: ServerHello
    answers: Bodies
    share: Share
    group: NamedGroup
    retried: bool
    sent_change_cipher_spec: bool

    @property
    def offered(self) -> set[int]:
        """The types of all extensions of the last ClientHello."""
        return {entry.extension_type for entry in self.client_hello.extensions}


class ClientHandshake(Handshake):
    """From the first byte to the session; `name` is the host as DNS name, address or None."""

    config: ClientConfig

    def __init__(self, link: Link, config: ClientConfig, name: DnsName | IpName | None) -> None:
        super().__init__(link, config)
        self.name = name
        self.client_random = config.entropy.random(32)
        self.session_id = config.entropy.random(32) if config.compatibility_mode else b""
        self.grease = config.entropy.random(6) if config.grease else None
        self.shares: dict[NamedGroup, Share] = {}
        self.sent_change_cipher_spec = False

    def run(self) -> Step[Established]:
        greetings = yield from self.exchange_hellos()
        return (yield from ClientFlight(self, greetings).run())

    def exchange_hellos(self) -> Step[Greetings]:
        """ClientHello, perhaps HelloRetryRequest and ClientHello again, then ServerHello."""
        hello = self.send_client_hello()
        answer = yield from self.read_server_hello()
        retry = None
        if isinstance(answer, HelloRetryRequest):
            retry = answer
            hello = self.retry(hello, retry)
            answer = yield from self.read_server_hello()
        return self.settle(hello, answer, retry)

    def send_client_hello(self) -> ClientHello:
        """Section 4.2.2."""
        self.shares = {group: self.config.entropy.start(group) for group in self.config.first_shares}
        hello = self.shaped(
            ClientHello(
                Version.TLS12,
                self.client_random,
                self.session_id,
                (*self.grease_suites(), *self.config.suites13),
                b"\0",
                tuple(self.extensions()),
            )
        )
        self.client_random, self.session_id = hello.random, hello.legacy_session_id
        self.send(hello)
        return hello

    def extensions(self) -> list[Extension]:
        """Section 4.3: what the ClientHello carries, GREASE at both ends."""
        config = self.config
        schemes = config.all_schemes
        entries = []
        if isinstance(self.name, DnsName):
            names = ext.ServerNameList((ext.ServerName(NameType.HOST_NAME, str(self.name).encode()),))
            entries.append(constant_extension(ExtensionType.SERVER_NAME, names))
        entries += [
            constant_extension(
                ExtensionType.SUPPORTED_GROUPS, ext.NamedGroupList((*self.grease_groups(), *config.groups))
            ),
            constant_extension(ExtensionType.SIGNATURE_ALGORITHMS, ext.SignatureSchemeList(schemes)),
            constant_extension(
                ExtensionType.SUPPORTED_VERSIONS, ext.SupportedVersionList((*self.grease_versions(), Version.TLS13))
            ),
            extension(ExtensionType.KEY_SHARE, ext.KeyShareClientHello(self.share_entries())),
        ]
        if config.alpn:
            protocols = ext.ProtocolNameList(tuple([name.encode() for name in config.alpn]))
            entries.append(constant_extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, protocols))
        if self.grease is not None:
            first, last = _grease(self.grease[4]), _grease(self.grease[5])
            last = last if last != first else first ^ 0x1010
            entries = [Extension(ExtensionType(first), b""), *entries, Extension(ExtensionType(last), b"\0")]
        return entries

    def share_entries(self) -> tuple[ext.KeyShareEntry, ...]:
        """Section 4.3.8."""
        entries = [ext.KeyShareEntry(group, b"\0") for group in self.grease_groups()]
        entries += [ext.KeyShareEntry(group, share.public) for group, share in self.shares.items()]
        return tuple(entries)

    def grease_suites(self) -> tuple[CipherSuite, ...]:
        """RFC 8701 section 3.1."""
        return () if self.grease is None else (CipherSuite(_grease(self.grease[0])),)

    def grease_groups(self) -> tuple[NamedGroup, ...]:
        """RFC 8701 section 3.1; the same in both hellos."""
        return () if self.grease is None else (NamedGroup(_grease(self.grease[1])),)

    def grease_versions(self) -> tuple[Version, ...]:
        """RFC 8701 section 3.1."""
        return () if self.grease is None else (Version(_grease(self.grease[2])),)

    def read_server_hello(self) -> Step[ServerHello]:
        """A ServerHello or HelloRetryRequest that answers this hello; the transcript hashes from here on."""
        _, raw = yield Expect((HandshakeType.SERVER_HELLO,))
        hello = parse_server_hello(raw[4:])
        self.check_version(hello)
        self.check_echo(hello)
        if not self.transcript.hashing:
            self.transcript.choose_hash(TLS13_SUITES[hello.cipher_suite].hash_name)
            if isinstance(hello, HelloRetryRequest):
                self.transcript.fold_first_hello()
        self.accept(hello, raw)
        return hello

    def check_version(self, hello: ServerHello) -> None:
        """Sections 4.2.3 and 4.3.1: TLS 1.3, and no sign that somebody forced something older."""
        selected = ext.find(hello.extensions, ExtensionType.SUPPORTED_VERSIONS)
        if selected is None:
            if hello.random[24:] in _DOWNGRADE_SENTINELS:
                raise PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "the server speaks TLS 1.3 but was made to answer with something older: somebody is in between",
                    "RFC 9846 section 4.2.3",
                )
            raise PeerIncompatible(
                Alert.PROTOCOL_VERSION,
                "the server speaks only {version}",
                "RFC 9846 appendix E.1",
                version=hello.legacy_version.label,
            )
        version = ext.SelectedVersion.parse(selected.extension_data).selected_version
        if version is not Version.TLS13 or hello.legacy_version is not Version.TLS12:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server selected {version}, which was not offered",
                "RFC 9846 section 4.3.1",
                version=version.label,
            )

    def check_echo(self, hello: ServerHello) -> None:
        """Section 4.2.3: what must come back as it was sent, or must have been offered."""
        if hello.legacy_session_id_echo != self.session_id:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server did not echo the session ID", "RFC 9846 section 4.2.3"
            )
        if hello.cipher_suite not in self.config.suites13:
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
        offered = {entry.extension_type for entry in hello.extensions} | {ExtensionType.COOKIE}
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
        self.pretend_tls12()
        return self.send_client_hello_again(hello, selected, cookie)

    def send_client_hello_again(
        self, first: ClientHello, selected: ext.KeyShareHelloRetryRequest | None, cookie: ext.Cookie | None
    ) -> ClientHello:
        """The first hello with the one share that was asked for, the cookie, and no other change (section 4.2.2)."""
        entries = list(first.extensions)
        for index, entry in enumerate(entries):
            if entry.extension_type == ExtensionType.KEY_SHARE and selected is not None:
                share = ext.KeyShareEntry(selected.selected_group, self.shares[selected.selected_group].public)
                entries[index] = extension(ExtensionType.KEY_SHARE, ext.KeyShareClientHello((share,)))
        if cookie is not None:
            entries.insert(len(entries) - (self.grease is not None), extension(ExtensionType.COOKIE, cookie))
        hello = self.shaped(
            ClientHello(
                first.legacy_version,
                first.random,
                first.legacy_session_id,
                first.cipher_suites,
                first.legacy_compression_methods,
                tuple(entries),
            )
        )
        self.send(hello)
        return hello

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
        """Sections 4.2.3, 4.2.4 and 4.3.8: what the hellos agree on."""
        if isinstance(answer, HelloRetryRequest):
            raise PeerMisbehaved(Alert.UNEXPECTED_MESSAGE, "a second HelloRetryRequest", "RFC 9846 section 4.2.4")
        if retry is not None and retry.cipher_suite != answer.cipher_suite:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the server changed the cipher suite after its retry", "RFC 9846 section 4.2.4"
            )
        offered = {entry.extension_type for entry in hello.extensions}
        answers = check_answers(answer.extensions, Context.SERVER_HELLO, offered)
        chosen = cast(ext.KeyShareServerHello | None, answers.get(ExtensionType.KEY_SHARE))
        if chosen is None:
            raise PeerMisbehaved(Alert.MISSING_EXTENSION, "a ServerHello without key_share", "RFC 9846 section 9.2")
        group = chosen.server_share.group
        if group not in self.shares:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the server answered with a share of {group}, for which it got none",
                "RFC 9846 section 4.3.8",
                group=group.label,
            )
        return Greetings(
            hello, answer, answers, self.shares[group], group, retry is not None, self.sent_change_cipher_spec
        )


def _grease(byte: int) -> int:
    """One of the sixteen values of RFC 8701 section 2, chosen by a random byte."""
    return (byte & 0xF0 | 0x0A) * 0x0101
