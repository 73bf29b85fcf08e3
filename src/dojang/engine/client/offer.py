"""What a client offers: the ClientHello, from the configuration alone (RFC 9846 section 4.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dojang.crypto.groups import Share
from dojang.engine.config import ClientConfig
from dojang.engine.limits import offer_limits
from dojang.engine.raw_keys import offer_types
from dojang.pki.names import DnsName, IpName
from dojang.wire import extensions as ext
from dojang.wire.codes import (
    CertificateStatusType,
    CipherSuite,
    ExtensionType,
    NamedGroup,
    NameType,
    PskKeyExchangeMode,
    Version,
)
from dojang.wire.extensions import Extension, extension

__all__ = ["Grease", "hello_extensions"]

# Sixteen values of GREASE in two places make 256 offers to one name.
_MOST_OFFERS = 1024


class Grease:
    """Values that mean nothing, in the places of RFC 8701 section 3.1; the same in both hellos of a connection."""

    __slots__ = ("extensions", "group", "suite", "version")

    def __init__(self, random: bytes) -> None:
        self.suite = CipherSuite.of(_grease(random[0]))
        self.group = NamedGroup.of(_grease(random[1]))
        self.version = Version.of(_grease(random[2]))
        first, last = _grease(random[3]), _grease(random[4])
        self.extensions = ExtensionType.of(first), ExtensionType.of(last if last != first else first ^ 0x1010)

    def around(self, entries: list[Extension]) -> list[Extension]:
        """An empty extension before the others, one with a byte after."""
        first, last = self.extensions
        return [Extension(first, b""), *entries, Extension(last, b"\0")]


def hello_extensions(
    config: ClientConfig,
    name: DnsName | IpName | None,
    shares: Mapping[NamedGroup, Share],
    grease: Grease | None,
    session_ticket: bytes,
) -> list[Extension]:
    """All but early_data and pre_shared_key, which depend on what is resumed. `session_ticket` is TLS 1.2's."""
    cache = config.offers
    key = (name, None if grease is None else (grease.group, grease.version))
    fixed = cache.get(key)
    if fixed is None:
        if len(cache) >= _MOST_OFFERS:
            cache.clear()
        fixed = cache[key] = _fixed_extensions(config, name, grease)
    entries = [*fixed]
    if config.suites12 and config.resumption:
        entries.append(Extension(ExtensionType.SESSION_TICKET, session_ticket))
    if config.suites13:
        entries.append(extension(ExtensionType.KEY_SHARE, ext.KeyShareClientHello(share_entries(shares, grease))))
    return entries if grease is None else grease.around(entries)


def _fixed_extensions(
    config: ClientConfig, name: DnsName | IpName | None, grease: Grease | None
) -> tuple[Extension, ...]:
    """What is the same in every hello of this configuration to that name."""
    groups = config.groups if grease is None else (grease.group, *config.groups)
    versions = config.versions if grease is None else (grease.version, *config.versions)
    entries = []
    shown = config.sni_for(name)
    if shown is not None:
        names = ext.ServerNameList((ext.ServerName(NameType.HOST_NAME, shown.encode()),))
        entries.append(extension(ExtensionType.SERVER_NAME, names))
    entries += [
        extension(ExtensionType.SUPPORTED_GROUPS, ext.NamedGroupList(groups)),
        extension(ExtensionType.SIGNATURE_ALGORITHMS, ext.SignatureSchemeList(config.all_schemes)),
        extension(ExtensionType.SUPPORTED_VERSIONS, ext.SupportedVersionList(versions)),
    ]
    if config.alpn:
        protocols = ext.ProtocolNameList(tuple([protocol.encode() for protocol in config.alpn]))
        entries.append(extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, protocols))
    entries += _CERTIFICATE_STATUS if config.request_status else ()
    entries += _TLS12 if config.suites12 else ()
    entries += offer_limits(config)
    entries += offer_types(config)
    if config.signature_algorithms_cert:
        schemes = ext.SignatureSchemeList(config.signature_algorithms_cert)
        entries.append(extension(ExtensionType.SIGNATURE_ALGORITHMS_CERT, schemes))
    if config.certificate_authorities:
        authorities = ext.CertificateAuthorities(config.certificate_authorities)
        entries.append(extension(ExtensionType.CERTIFICATE_AUTHORITIES, authorities))
    return (*entries, *_offers13(config)) if config.suites13 else tuple(entries)


def _offers13(config: ClientConfig) -> list[Extension]:
    """What only TLS 1.3 has."""
    entries = [*_MODES[config.allow_psk_without_key_exchange]] if config.resumption or config.psks else []
    if config.post_handshake_auth:
        entries.append(extension(ExtensionType.POST_HANDSHAKE_AUTH, ext.Empty()))
    if config.delegated_schemes:
        delegable = ext.SignatureSchemeList(config.delegated_schemes)
        entries.append(extension(ExtensionType.DELEGATED_CREDENTIAL, delegable))
    if config.certificate_compression:
        algorithms = ext.CertificateCompressionAlgorithms(config.certificate_compression)
        entries.append(extension(ExtensionType.COMPRESS_CERTIFICATE, algorithms))
    return entries


def share_entries(shares: Mapping[NamedGroup, Share], grease: Grease | None) -> tuple[ext.KeyShareEntry, ...]:
    """RFC 9846 section 4.3.8."""
    own = [ext.KeyShareEntry(group, share.public) for group, share in shares.items()]
    return tuple(own if grease is None else [ext.KeyShareEntry(grease.group, b"\0"), *own])


def hello_suites(config: ClientConfig, grease: Grease | None) -> tuple[CipherSuite, ...]:
    """The suites of all versions offered, TLS 1.3's first."""
    suites = config.suites13 + config.suites12
    return suites if grease is None else (grease.suite, *suites)


def types_of(extensions: Iterable[Extension]) -> frozenset[int]:
    """The types of the extensions."""
    return frozenset([entry.extension_type for entry in extensions])


def _grease(byte: int) -> int:
    """One of the sixteen values of RFC 8701 section 2, chosen by a random byte."""
    return (byte & 0xF0 | 0x0A) * 0x0101


_CERTIFICATE_STATUS = (
    extension(ExtensionType.STATUS_REQUEST, ext.CertificateStatusRequest(CertificateStatusType.OCSP, b"\0\0\0\0")),
    extension(ExtensionType.SIGNED_CERTIFICATE_TIMESTAMP, ext.Empty()),
)
_TLS12 = (
    extension(ExtensionType.EC_POINT_FORMATS, ext.ECPointFormatList(b"\0")),
    extension(ExtensionType.EXTENDED_MASTER_SECRET, ext.Empty()),
    extension(ExtensionType.RENEGOTIATION_INFO, ext.RenegotiationInfo(b"")),
)
_DHE = (PskKeyExchangeMode.PSK_DHE_KE,)
_MODES = {
    False: (extension(ExtensionType.PSK_KEY_EXCHANGE_MODES, ext.PskKeyExchangeModes(_DHE)),),
    True: (
        extension(ExtensionType.PSK_KEY_EXCHANGE_MODES, ext.PskKeyExchangeModes((*_DHE, PskKeyExchangeMode.PSK_KE))),
    ),
}
