"""What is chosen from what is offered: pure functions, each with its clause. They know no keys and send nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import cast

from dojang.crypto.signatures import SCHEMES
from dojang.engine.config import Config, Credential, ServerConfig
from dojang.errors import DecodeError, PeerIncompatible, PeerMisbehaved
from dojang.wire.codec import Struct
from dojang.wire.codes import (
    Alert,
    CipherSuite,
    ExtensionType,
    NamedGroup,
    NameType,
    OpenCode,
    SignatureScheme,
    Version,
)
from dojang.wire.extensions import (
    BODIES,
    PARSERS,
    Context,
    Extension,
    KeyShareEntry,
    ServerNameList,
    SupportedVersionList,
)
from dojang.wire.hello import ClientHello

__all__ = [
    "Bodies",
    "check_answers",
    "choose_alpn",
    "choose_credential",
    "choose_group",
    "choose_suite",
    "read_bodies",
    "requested_name",
]

Bodies = dict[ExtensionType, Struct]


def read_bodies(extensions: Iterable[Extension], context: Context) -> Bodies:
    """The bodies of the extensions that dojang knows, by type.

    Raises PeerMisbehaved for a type that stands twice or belongs elsewhere, DecodeError for a body that does not parse.
    """
    parsers = PARSERS[context]
    bodies: Bodies = {}
    seen: set[int] = set()
    for extension in extensions:
        kind = extension.extension_type
        if kind in seen:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the extension {extension} stands twice in one message",
                "RFC 9846 section 4.3",
                extension=kind.label,
            )
        seen.add(kind)
        parse = parsers.get(kind)
        if parse is not None:
            bodies[kind] = parse(extension.extension_data)
        elif kind in BODIES:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the extension {extension} does not belong into this message",
                "RFC 9846 section 4.3",
                extension=kind.label,
            )
    return bodies


def check_answers(extensions: tuple[Extension, ...], context: Context, offered: Collection[int]) -> Bodies:
    """The bodies of extensions that may only answer what was offered (section 4.3)."""
    for extension in extensions:
        kind = extension.extension_type
        if kind not in offered or kind.is_grease:  # what meant nothing can't be answered (RFC 8701 section 3.1)
            raise PeerMisbehaved(
                Alert.UNSUPPORTED_EXTENSION,
                "the peer answered the extension {extension}, which was not offered",
                "RFC 9846 section 4.3",
                extension=kind.label,
            )
    return read_bodies(extensions, context)


def choose_version(config: Config, hello: ClientHello, offer: Bodies) -> Version:
    """The newest version that both speak (section 4.3.1, appendix E.2)."""
    supported = cast(SupportedVersionList | None, offer.get(ExtensionType.SUPPORTED_VERSIONS))
    if supported is not None:
        offered = supported.versions
    else:
        offered = (min(hello.legacy_version, Version.TLS12),)
    common = [version for version in config.versions if version in offered]
    if not common:
        raise PeerIncompatible(
            Alert.PROTOCOL_VERSION,
            "no TLS version in common: the client offers {offered}",
            "RFC 9846 section 4.3.1",
            offered=_labels(offered),
        )
    newest = max(common)
    if CipherSuite.TLS_FALLBACK_SCSV in hello.cipher_suites and newest < max(config.versions):
        raise PeerIncompatible(
            Alert.INAPPROPRIATE_FALLBACK,
            "the client fell back to {version} although newer is spoken here",
            "RFC 7507 section 3",
            version=newest.label,
        )
    return newest


def choose_suite(suites: Iterable[CipherSuite], offered: Collection[CipherSuite]) -> CipherSuite:
    """The first of `suites` that the client offers."""
    for suite in suites:
        if suite in offered:
            return suite
    raise PeerIncompatible(
        Alert.HANDSHAKE_FAILURE,
        "no cipher suite in common: the client offers {offered}",
        "RFC 9846 section 4.2.1",
        offered=_labels(offered),
    )


def choose_group(config: Config, supported: Collection[NamedGroup], shared: Collection[NamedGroup]) -> NamedGroup:
    """The group to use, which needs a HelloRetryRequest unless it is in `shared`.

    Ours in order; but a group with a share at hand goes before one that costs a round trip, unless that one is a hybrid
    and the share is not: secrets recorded today are worth the trip.
    """
    common = [group for group in config.groups if group in supported]
    if not common:
        raise PeerIncompatible(
            Alert.HANDSHAKE_FAILURE,
            "no key exchange group in common: the client offers {offered}",
            "RFC 9846 section 4.2.1",
            offered=_labels(supported),
        )
    hybrids = [group for group in common if "MLKEM" in group.name]
    best = hybrids or common
    return next((group for group in best if group in shared), best[0])


def check_shares(shares: Sequence[KeyShareEntry], supported: Collection[NamedGroup]) -> dict[NamedGroup, bytes]:
    """The client's shares by group (section 4.3.8)."""
    found: dict[NamedGroup, bytes] = {}
    for share in shares:
        if share.group in found:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "two key shares for {group}",
                "RFC 9846 section 4.3.8",
                group=share.group.label,
            )
        if share.group not in supported:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "a key share for {group}, which supported_groups lacks",
                "RFC 9846 section 4.3.8",
                group=share.group.label,
            )
        found[share.group] = share.key_exchange
    return found


def choose_scheme(
    credential: Credential, config: Config, offered: Collection[SignatureScheme]
) -> SignatureScheme | None:
    """The scheme to sign with, or None when this credential can't serve the peer."""
    return next((s for s in credential.schemes if s in offered and s in config.signature_schemes), None)


def choose_scheme12(
    config: Config, credential: Credential, offered: Collection[SignatureScheme]
) -> SignatureScheme | None:
    """The same for TLS 1.2, where PKCS#1 signs and curves are not bound to hashes."""
    key = credential.public_key
    fitting = [s for s in config.schemes12 if s in offered and SCHEMES[s].fits(key, bind_curve=False)]
    asked = credential.schemes if credential.signer is not None else ()
    return next((s for s in fitting if not asked or s in asked), None)


def choose_credential(
    config: Config, candidates: Iterable[Credential], offered: Collection[SignatureScheme]
) -> tuple[Credential, SignatureScheme]:
    """The first credential whose key makes a signature that the peer verifies."""
    for credential in candidates:
        scheme = choose_scheme(credential, config, offered)
        if scheme is not None:
            return credential, scheme
    raise PeerIncompatible(
        Alert.HANDSHAKE_FAILURE,
        "no certificate fits the signature schemes that the peer verifies: {offered}",
        "RFC 9846 section 4.5.1.2",
        offered=_labels(offered),
    )


def choose_alpn(config: Config, offered: Sequence[bytes]) -> str | None:
    """The first of ours that the client offers; None where the server has no opinion (RFC 7301 section 3.2)."""
    if not config.alpn:
        return None
    for protocol in config.alpn:
        if protocol.encode() in offered:
            return protocol
    raise PeerIncompatible(
        Alert.NO_APPLICATION_PROTOCOL,
        "no application protocol in common: the client offers {offered}",
        "RFC 7301 section 3.2",
        offered=", ".join(name.decode("ascii", "backslashreplace") for name in offered),
    )


def requested_name(names: ServerNameList | None) -> str | None:
    """The host that the client asks for, lower case (RFC 6066 section 3)."""
    if names is None:
        return None
    hosts = [name.host_name for name in names.server_name_list if int(name.name_type) == NameType.HOST_NAME]
    if len(hosts) != 1:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER, "server_name holds {count} host names", "RFC 6066 section 3", count=len(hosts)
        )
    try:
        host = hosts[0].decode("ascii").lower()
    except UnicodeDecodeError:
        raise DecodeError("server_name is not ASCII", "RFC 6066 section 3") from None
    if not host.strip(".") or " " in host or not host.isprintable():
        raise DecodeError("server_name is no host name", "RFC 6066 section 3")
    return host.removesuffix(".")


def check_name(config: ServerConfig, name: str | None) -> tuple[Credential, ...]:
    """The credentials for a name, or unrecognized_name."""
    found = config.credentials_for(name)
    if not found:
        raise PeerIncompatible(
            Alert.UNRECOGNIZED_NAME, "no certificate here for {name}", "RFC 6066 section 3", name=name
        )
    return found


def _labels(codes: Iterable[OpenCode]) -> str:
    return ", ".join([code.label for code in codes if not code.is_grease]) or "nothing"
