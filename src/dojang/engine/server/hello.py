"""The server's hellos: reading an offer, choosing from it, asking for another try (RFC 9846 section 4.2)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import cast

from dojang.crypto.suites import TLS13_SUITES, Suite
from dojang.crypto.transcript import Transcript
from dojang.engine.chains import by_suitability, named_authorities, schemes_for_chains
from dojang.engine.client.resume import binders_end
from dojang.engine.config import Credential, ServerConfig
from dojang.engine.delegation import choose_delegation
from dojang.engine.flight import Established, Expect, Handshake, Link, Question, Step
from dojang.engine.negotiate import (
    Bodies,
    check_name,
    check_shares,
    choose_alpn,
    choose_credential,
    choose_group,
    choose_suite,
    choose_version,
    read_bodies,
    requested_name,
)
from dojang.engine.proof import Proof
from dojang.engine.raw_keys import of_types, offered_types
from dojang.engine.server.resume import AcceptedPsk, check_binder, find_psk
from dojang.engine.server.tls12 import ServerFlight12
from dojang.engine.server.tls13 import ServerFlight
from dojang.errors import CallbackFailed, PeerIncompatible, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import (
    Alert,
    ExtensionType,
    HandshakeType,
    NamedGroup,
    PskKeyExchangeMode,
    Version,
)
from dojang.wire.extensions import Context, Extension, extension
from dojang.wire.hello import HELLO_RETRY_REQUEST_RANDOM, ClientHello, HelloRetryRequest

__all__ = ["Choice", "ServerHandshake"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the server chose from the offer.

    group, share: None and b"" where a pre-shared key does alone. proof: None where it vouches alone.
    early_data: whether the first hello offered any.
    """

    hello: ClientHello
    offer: Bodies
    suite: Suite
    group: NamedGroup | None
    share: bytes
    name: str | None
    alpn: str | None
    psk: AcceptedPsk | None
    proof: Proof | None
    retried: bool
    early_data: bool


class ServerHandshake(Handshake):
    """From the first byte to the session."""

    config: ServerConfig

    def __init__(self, link: Link, config: ServerConfig) -> None:
        super().__init__(link, config)
        self.sent_change_cipher_spec = False
        self.hello_raw = b""
        self.before_hello = Transcript()

    def run(self) -> Step[Established]:
        hello = yield from self.read_client_hello()
        self.client_random = hello.random
        offer = read_bodies(hello.extensions, Context.CLIENT_HELLO)
        if choose_version(self.config, hello, offer) is Version.TLS12:
            return (yield from ServerFlight12(self, hello, offer).run())
        choice = yield from self.choose(hello, offer)
        return (yield from ServerFlight(self, choice).run())

    def read_client_hello(self) -> Step[ClientHello]:
        """A ClientHello; what the binders cover is kept until they are checked."""
        _, raw = yield Expect((HandshakeType.CLIENT_HELLO,))
        hello = ClientHello.parse(raw[4:])
        self.hello_raw, self.before_hello = raw, self.transcript.fork()
        self.accept(hello, raw)
        return hello

    def choose(self, hello: ClientHello, offer: Bodies) -> Step[Choice]:
        """Everything, after a HelloRetryRequest where one is needed."""
        check_offer(hello, offer)
        suite = TLS13_SUITES[choose_suite(self.config.suites13, hello.cipher_suites)]
        self.transcript.choose_hash(suite.hash_name)
        name = requested_name(cast(ext.ServerNameList | None, offer.get(ExtensionType.SERVER_NAME)))
        alpn = self.choose_alpn(offer)
        group, shares = self.choose_group(offer)
        early_data = ExtensionType.EARLY_DATA in offer
        retried = group is not None and group not in shares
        if retried:
            assert group is not None
            hello, offer = yield from self.retry(hello, suite, group)
            _, shares = self.choose_group(offer)
        psk = yield from self.choose_psk(offer, suite, name)
        if psk is not None and not exchanges_keys(offer):
            group = None
        proof = None
        if psk is None or psk.with_certificate:
            proof = yield from self.choose_proof(hello, offer, name)
        share = shares[group] if group is not None else b""
        if psk is None and group is None:
            raise _missing(ExtensionType.KEY_SHARE)
        return Choice(hello, offer, suite, group, share, name, alpn, psk, proof, retried, early_data)

    def choose_group(self, offer: Bodies) -> tuple[NamedGroup | None, dict[NamedGroup, bytes]]:
        """The group, and the shares that came; None where the client wants a pre-shared key alone and may."""
        if ExtensionType.KEY_SHARE not in offer:
            return None, {}
        supported = cast(ext.NamedGroupList, offer[ExtensionType.SUPPORTED_GROUPS]).named_group_list
        shares = check_shares(cast(ext.KeyShareClientHello, offer[ExtensionType.KEY_SHARE]).client_shares, supported)
        return choose_group(self.config, supported, shares), shares

    def choose_psk(self, offer: Bodies, suite: Suite, name: str | None) -> Step[AcceptedPsk | None]:
        """Section 4.3.11; the binder is checked before anything rests on the key."""
        offered = cast(ext.OfferedPsks | None, offer.get(ExtensionType.PRE_SHARED_KEY))
        if offered is None:
            return None
        modes = cast(ext.PskKeyExchangeModes, offer[ExtensionType.PSK_KEY_EXCHANGE_MODES]).ke_modes
        with_exchange = exchanges_keys(offer)
        alone = PskKeyExchangeMode.PSK_KE in modes and self.config.allow_psk_without_key_exchange
        psk = yield from find_psk(self.config, offered, suite.hash_name, name)
        if psk is None or not (with_exchange or alone):
            return None
        if psk.with_certificate and not (with_exchange and ExtensionType.TLS_CERT_WITH_EXTERN_PSK in offer):
            return None
        if not self.before_hello.hashing:
            self.before_hello.choose_hash(suite.hash_name)
        digest = self.before_hello.digest_with(self.hello_raw[: binders_end(self.hello_raw, offered.binders)])
        check_binder(psk, offered.binders, digest, suite.hash_name)
        return psk

    def choose_proof(self, hello: ClientHello, offer: Bodies, name: str | None) -> Step[Proof]:
        """By name, and by what the client verifies."""
        schemes = cast(ext.SignatureSchemeList | None, offer.get(ExtensionType.SIGNATURE_ALGORITHMS))
        if schemes is None:
            raise _missing(ExtensionType.SIGNATURE_ALGORITHMS)
        offered = schemes.supported_signature_algorithms
        candidates = yield from self.candidates(hello, offer, name)
        delegable = cast(ext.SignatureSchemeList | None, offer.get(ExtensionType.DELEGATED_CREDENTIAL))
        for credential in candidates[:1]:
            delegation = choose_delegation(credential, self.config, delegable, offered)
            if delegation is not None:
                return Proof(credential, delegation.scheme, delegation)
        return Proof(*choose_credential(self.config, candidates, offered))

    def candidates(self, hello: ClientHello, offer: Bodies, name: str | None) -> Step[tuple[Credential, ...]]:
        """What may be shown for a name, best first: of a kind that the client takes, a chain that it can verify."""
        found = yield from self.named(hello, name)
        fitting = of_types(found, offered_types(offer, ExtensionType.SERVER_CERTIFICATE_TYPE))
        if len(fitting) < 2:
            return fitting
        return by_suitability(fitting, named_authorities(offer), schemes_for_chains(offer))

    def named(self, hello: ClientHello, name: str | None) -> Step[tuple[Credential, ...]]:
        """The credentials for a name: the application's callable decides where there is one."""
        choose = self.config.choose_credential
        if choose is None:
            return check_name(self.config, name)
        chosen = yield Question("server certificate", lambda: choose(hello))
        if chosen is None:
            raise PeerIncompatible(
                Alert.UNRECOGNIZED_NAME, "no certificate here for {name}", "RFC 6066 section 3", name=name
            )
        if not isinstance(chosen, Credential):
            raise CallbackFailed(Alert.INTERNAL_ERROR, "choose_credential gave no Credential")
        return (chosen,)

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
        if ext.find(first.extensions, ExtensionType.EARLY_DATA) is not None:
            self.link.read.skip_early_data(self.config.early_data_skipped)  # section 4.3.10
        second = yield from self.read_client_hello()
        self.link.read.skip_early_data(0)
        offer = read_bodies(second.extensions, Context.CLIENT_HELLO)
        choose_version(self.config, second, offer)
        check_offer(second, offer)
        check_second_hello(first, second, offer, group, ext.find(request.extensions, ExtensionType.COOKIE))
        return second, offer

    def pretend_tls12(self, hello: ClientHello) -> None:
        """Appendix E.4: one change_cipher_spec after the first message, for a client that pretends too."""
        if hello.legacy_session_id and not self.sent_change_cipher_spec:
            self.send_change_cipher_spec()
            self.sent_change_cipher_spec = True


def exchanges_keys(offer: Bodies) -> bool:
    """Section 4.3.9: psk_dhe_ke has to be offered; a share alone may be meant for a handshake by certificate."""
    modes = cast(ext.PskKeyExchangeModes, offer[ExtensionType.PSK_KEY_EXCHANGE_MODES]).ke_modes
    return PskKeyExchangeMode.PSK_DHE_KE in modes and ExtensionType.KEY_SHARE in offer


def check_offer(hello: ClientHello, offer: Bodies) -> None:
    """What a hello that leads to TLS 1.3 must look like (sections 4.2.2, 4.3.11, 9.2)."""
    if hello.legacy_compression_methods != b"\0":
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER, "a TLS 1.3 ClientHello offers compression", "RFC 9846 section 4.2.2"
        )
    if ExtensionType.PRE_SHARED_KEY in offer:
        if hello.extensions[-1].extension_type != ExtensionType.PRE_SHARED_KEY:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER, "pre_shared_key is not the last extension", "RFC 9846 section 4.3.11"
            )
        if ExtensionType.PSK_KEY_EXCHANGE_MODES not in offer:
            raise _missing(ExtensionType.PSK_KEY_EXCHANGE_MODES)
    elif ExtensionType.SIGNATURE_ALGORITHMS not in offer:
        raise _missing(ExtensionType.SIGNATURE_ALGORITHMS)
    # Section 9.2: both, or with a pre-shared key neither.
    for one, other in (
        (ExtensionType.SUPPORTED_GROUPS, ExtensionType.KEY_SHARE),
        (ExtensionType.KEY_SHARE, ExtensionType.SUPPORTED_GROUPS),
    ):
        if one not in offer and (other in offer or ExtensionType.PRE_SHARED_KEY not in offer):
            raise _missing(one)


def check_second_hello(
    first: ClientHello, second: ClientHello, offer: Bodies, group: NamedGroup, cookie: Extension | None
) -> None:
    """Section 4.2.2: the second hello is the first, but for what the retry asked."""
    if _unchangeable(first) != _unchangeable(second) or ExtensionType.EARLY_DATA in offer:
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


def _missing(kind: ExtensionType) -> PeerMisbehaved:
    return PeerMisbehaved(
        Alert.MISSING_EXTENSION, "a ClientHello without {extension}", "RFC 9846 section 9.2", extension=kind.label
    )


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
