"""The server's hellos: reading an offer, choosing from it, asking for another try (RFC 9846 section 4.2)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import cast

from dojang.crypto.suites import TLS13_SUITES, Suite
from dojang.engine.config import Credential, ServerConfig
from dojang.engine.flight import Established, Handshake, Link, Question, Step
from dojang.engine.negotiate import (
    Bodies,
    check_name,
    check_shares,
    choose_alpn,
    choose_credential,
    choose_group,
    choose_suite,
    read_bodies,
    requested_name,
)
from dojang.engine.server.tls13 import ServerFlight
from dojang.errors import CallbackFailed, PeerIncompatible, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ExtensionType, NamedGroup, SignatureScheme, Version
from dojang.wire.extensions import Context, Extension, extension
from dojang.wire.hello import HELLO_RETRY_REQUEST_RANDOM, ClientHello, HelloRetryRequest

__all__ = ["Choice", "ServerHandshake"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the server chose from the offer."""

    hello: ClientHello
    offer: Bodies
    suite: Suite
    group: NamedGroup
    share: bytes
    name: str | None
    alpn: str | None
    credential: Credential
    scheme: SignatureScheme
    retried: bool


class ServerHandshake(Handshake):
    """From the first byte to the session."""

    config: ServerConfig

    def __init__(self, link: Link, config: ServerConfig) -> None:
        super().__init__(link, config)
        self.sent_change_cipher_spec = False

    def run(self) -> Step[Established]:
        choice = yield from self.exchange_hellos()
        return (yield from ServerFlight(self, choice).run())

    def exchange_hellos(self) -> Step[Choice]:
        """ClientHello, perhaps HelloRetryRequest and ClientHello again; everything is chosen after."""
        hello = yield from self.receive(ClientHello)
        self.client_random = hello.random
        offer = self.read_offer(hello)
        suite = TLS13_SUITES[choose_suite(self.config.suites13, hello.cipher_suites)]
        self.transcript.choose_hash(suite.hash_name)
        group, shares = self.choose_group(offer)
        name = requested_name(cast(ext.ServerNameList | None, offer.get(ExtensionType.SERVER_NAME)))
        credential, scheme = yield from self.choose_credential(hello, offer, name)
        alpn = self.choose_alpn(offer)
        retried = group not in shares
        if retried:
            hello, offer = yield from self.retry(hello, suite, group)
            _, shares = self.choose_group(offer)
        return Choice(hello, offer, suite, group, shares[group], name, alpn, credential, scheme, retried)

    def read_offer(self, hello: ClientHello) -> Bodies:
        """The extensions of a hello that may lead to TLS 1.3 (sections 4.2.2, 4.3.1, 9.2)."""
        offer = read_bodies(hello.extensions, Context.CLIENT_HELLO)
        self.check_version(hello, cast(ext.SupportedVersionList | None, offer.get(ExtensionType.SUPPORTED_VERSIONS)))
        if hello.legacy_compression_methods != b"\0":
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "a TLS 1.3 ClientHello offers compression", "RFC 9846 section 4.2.2"
            )
        if (
            ExtensionType.PRE_SHARED_KEY in offer
            and hello.extensions[-1].extension_type != ExtensionType.PRE_SHARED_KEY
        ):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "pre_shared_key is not the last extension", "RFC 9846 section 4.3.11"
            )
        for needed in (
            ExtensionType.SUPPORTED_GROUPS,
            ExtensionType.KEY_SHARE,
            ExtensionType.SIGNATURE_ALGORITHMS,
        ):
            if needed not in offer:
                raise PeerMisbehaved(
                    Alert.MISSING_EXTENSION,
                    "a ClientHello without {extension}",
                    "RFC 9846 section 9.2",
                    extension=needed.label,
                )
        return offer

    def check_version(self, hello: ClientHello, supported: ext.SupportedVersionList | None) -> None:
        """Section 4.3.1."""
        versions = supported.versions if supported else (hello.legacy_version,)
        if Version.TLS13 not in versions or supported is None:
            raise PeerIncompatible(
                Alert.PROTOCOL_VERSION,
                "no TLS version in common: the client offers {offered}",
                "RFC 9846 section 4.3.1",
                offered=", ".join(version.label for version in versions if not version.is_grease),
            )

    def choose_group(self, offer: Bodies) -> tuple[NamedGroup, dict[NamedGroup, bytes]]:
        """The group, and the shares that came."""
        supported = cast(ext.NamedGroupList, offer[ExtensionType.SUPPORTED_GROUPS]).named_group_list
        shares = check_shares(cast(ext.KeyShareClientHello, offer[ExtensionType.KEY_SHARE]).client_shares, supported)
        return choose_group(self.config, supported, shares), shares

    def choose_credential(
        self, hello: ClientHello, offer: Bodies, name: str | None
    ) -> Step[tuple[Credential, SignatureScheme]]:
        """By the application's callable where there is one, else by name and by what the client verifies."""
        schemes = cast(ext.SignatureSchemeList, offer[ExtensionType.SIGNATURE_ALGORITHMS])
        choose = self.config.choose_credential
        if choose is None:
            candidates = check_name(self.config, name)
        else:
            chosen = yield Question("server certificate", lambda: choose(hello))
            if chosen is None:
                raise PeerIncompatible(
                    Alert.UNRECOGNIZED_NAME, "no certificate here for {name}", "RFC 6066 section 3", name=name
                )
            if not isinstance(chosen, Credential):
                raise CallbackFailed(Alert.INTERNAL_ERROR, "choose_credential gave no Credential")
            candidates = (chosen,)
        return choose_credential(self.config, candidates, schemes.supported_signature_algorithms)

    def choose_alpn(self, offer: Bodies) -> str | None:
        """RFC 7301."""
        names = cast(ext.ProtocolNameList | None, offer.get(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION))
        return None if names is None else choose_alpn(self.config, names.protocol_name_list)

    def retry(self, first: ClientHello, suite: Suite, group: NamedGroup) -> Step[tuple[ClientHello, Bodies]]:
        """Section 4.2.4: ask for a share of `group`; the second hello and its offer."""
        cookie = self.config.entropy.random(32) if self.config.retry_cookie else None
        self.transcript.fold_first_hello()
        entries = [
            extension(ExtensionType.SUPPORTED_VERSIONS, ext.SelectedVersion(Version.TLS13)),
            extension(ExtensionType.KEY_SHARE, ext.KeyShareHelloRetryRequest(group)),
        ]
        if cookie is not None:
            entries.append(extension(ExtensionType.COOKIE, ext.Cookie(cookie)))
        request = self.shaped(
            HelloRetryRequest(
                Version.TLS12, HELLO_RETRY_REQUEST_RANDOM, first.legacy_session_id, suite.code, 0, tuple(entries)
            )
        )
        self.send(request)
        self.pretend_tls12(first)
        second = yield from self.receive(ClientHello)
        offer = self.read_offer(second)
        self.check_second_hello(first, second, offer, group, ext.find(request.extensions, ExtensionType.COOKIE))
        return second, offer

    def check_second_hello(
        self, first: ClientHello, second: ClientHello, offer: Bodies, group: NamedGroup, cookie: Extension | None
    ) -> None:
        """Section 4.2.2: the second hello is the first, but for what the retry asked."""
        if _unchangeable(first) != _unchangeable(second):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the second ClientHello changed more than the retry asked for",
                "RFC 9846 section 4.2.2",
            )
        shares = cast(ext.KeyShareClientHello, offer[ExtensionType.KEY_SHARE]).client_shares
        if [share.group for share in shares] != [group]:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the second ClientHello does not hold exactly the share that was asked for, of {group}",
                "RFC 9846 section 4.3.8",
                group=group.label,
            )
        echoed = ext.find(second.extensions, ExtensionType.COOKIE)
        if not hmac.compare_digest(echoed.extension_data if echoed else b"", cookie.extension_data if cookie else b""):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "the second ClientHello does not echo the cookie", "RFC 9846 section 4.3.2"
            )

    def pretend_tls12(self, hello: ClientHello) -> None:
        """Appendix E.4: one change_cipher_spec after the first message, for a client that pretends too."""
        if hello.legacy_session_id and not self.sent_change_cipher_spec:
            self.send_change_cipher_spec()
            self.sent_change_cipher_spec = True


# What a client may change, add or leave out after a HelloRetryRequest (section 4.2.2).
_CHANGEABLE = {
    ExtensionType.KEY_SHARE,
    ExtensionType.COOKIE,
    ExtensionType.EARLY_DATA,
    ExtensionType.PRE_SHARED_KEY,
    ExtensionType.PADDING,
}


def _unchangeable(hello: ClientHello) -> tuple[object, ...]:
    return (
        hello.legacy_version,
        hello.random,
        hello.legacy_session_id,
        hello.cipher_suites,
        hello.legacy_compression_methods,
        [entry for entry in hello.extensions if entry.extension_type not in _CHANGEABLE],
    )
