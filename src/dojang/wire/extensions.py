"""One Struct per extension body, and the table that says which body stands in which message.

A body that this table does not know stays bytes. Sources are named beside each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from typing import Annotated, Self

from dojang.wire.codec import Fixed, Opaque, Rest, Struct, Uint, Vector
from dojang.wire.codes import (
    CertificateCompressionAlgorithm,
    CertificateStatusType,
    CertificateType,
    ExtensionType,
    NamedGroup,
    NameType,
    PskKeyExchangeMode,
    SignatureScheme,
    Version,
)
from dojang.wire.reader import Reader

__all__ = ["BODIES", "PARSERS", "Context", "Extension", "parse_body"]


class Extension(Struct):
    """RFC 9846 section 4.3."""

    extension_type: ExtensionType
    extension_data: Annotated[bytes, Opaque(2)]

    # A third of a handshake's fields are these two: written and read at once, they cost half.

    def write(self, out: bytearray) -> None:
        data = self.extension_data
        if len(data) > 0xFFFF:
            raise ValueError(f"{len(data)} bytes outside 0..65535")
        out += (self.extension_type << 16 | len(data)).to_bytes(4, "big") + data

    @classmethod
    def read(cls, reader: Reader) -> Self:
        if type(reader) is not Reader:
            return super().read(reader)
        self = cls.__new__(cls)
        fields = self.__dict__
        fields["extension_type"] = ExtensionType.of(reader.uint(2))
        fields["extension_data"] = reader.opaque(2, 0, 0xFFFF)
        return self


class Context(Enum):
    """The message an extension stands in: the columns of RFC 9846 section 4.3's table, and TLS 1.2's ServerHello."""

    CLIENT_HELLO = "CH"
    SERVER_HELLO = "SH"
    SERVER_HELLO_12 = "SH12"
    HELLO_RETRY_REQUEST = "HRR"
    ENCRYPTED_EXTENSIONS = "EE"
    CERTIFICATE = "CT"
    CERTIFICATE_REQUEST = "CR"
    NEW_SESSION_TICKET = "NST"


class Empty(Struct):
    """An extension whose presence says all."""


class ServerName(Struct):
    """RFC 6066 section 3."""

    name_type: NameType
    host_name: Annotated[bytes, Opaque(2, 1)]


class ServerNameList(Struct):
    """RFC 6066 section 3."""

    server_name_list: Annotated[tuple[ServerName, ...], Vector(2, 1)]


class MaxFragmentLength(Struct):
    """RFC 6066 section 4: 1..4 for 2^9..2^12 bytes."""

    max_fragment_length: Annotated[int, Uint(1)]


class CertificateStatusRequest(Struct):
    """RFC 6066 section 8; `request` is an OCSPStatusRequest when `status_type` is ocsp."""

    status_type: CertificateStatusType
    request: Annotated[bytes, Rest()]


class CertificateStatus(Struct):
    """RFC 6066 section 8: a stapled OCSP response, DER."""

    status_type: CertificateStatusType
    response: Annotated[bytes, Opaque(3, 1)]


class NamedGroupList(Struct):
    """RFC 9846 section 4.3.7."""

    named_group_list: Annotated[tuple[NamedGroup, ...], Vector(2, 2)]


class ECPointFormatList(Struct):
    """RFC 8422 section 5.1.2."""

    ec_point_format_list: Annotated[bytes, Opaque(1, 1)]


class SignatureSchemeList(Struct):
    """RFC 9846 section 4.3.3."""

    supported_signature_algorithms: Annotated[tuple[SignatureScheme, ...], Vector(2, 2)]


class ProtocolNameList(Struct):
    """RFC 7301 section 3.1."""

    protocol_name_list: Annotated[tuple[Annotated[bytes, Opaque(1, 1)], ...], Vector(2, 2)]


class SignedCertificateTimestampList(Struct):
    """RFC 6962 section 3.3."""

    sct_list: Annotated[tuple[Annotated[bytes, Opaque(2, 1)], ...], Vector(2, 1)]


class CertificateTypeList(Struct):
    """RFC 7250 section 3: what the client offers."""

    certificate_types: Annotated[tuple[CertificateType, ...], Vector(1, 1)]


class CertificateTypeChoice(Struct):
    """RFC 7250 section 3: what the server chose."""

    certificate_type: CertificateType


class Padding(Struct):
    """RFC 7685."""

    padding: Annotated[bytes, Rest()]


class CertificateCompressionAlgorithms(Struct):
    """RFC 8879 section 3."""

    algorithms: Annotated[tuple[CertificateCompressionAlgorithm, ...], Vector(1, 2, 254)]


class RecordSizeLimit(Struct):
    """RFC 8449 section 4."""

    record_size_limit: Annotated[int, Uint(2)]


class SessionTicket(Struct):
    """RFC 5077 section 3.2: the ticket itself, without a length."""

    ticket: Annotated[bytes, Rest()]


class PskIdentity(Struct):
    """RFC 9846 section 4.3.11; the age in milliseconds, obfuscated."""

    identity: Annotated[bytes, Opaque(2, 1)]
    obfuscated_ticket_age: Annotated[int, Uint(4)]


class OfferedPsks(Struct):
    """RFC 9846 section 4.3.11."""

    identities: Annotated[tuple[PskIdentity, ...], Vector(2, 7)]
    binders: Annotated[tuple[Annotated[bytes, Opaque(1, 32)], ...], Vector(2, 33)]


class SelectedPsk(Struct):
    """RFC 9846 section 4.3.11."""

    selected_identity: Annotated[int, Uint(2)]


class EarlyDataLimit(Struct):
    """RFC 9846 section 4.3.10, in NewSessionTicket: bytes of early data the server will take."""

    max_early_data_size: Annotated[int, Uint(4)]


class SupportedVersionList(Struct):
    """RFC 9846 section 4.3.1, in ClientHello."""

    versions: Annotated[tuple[Version, ...], Vector(1, 2, 254)]


class SelectedVersion(Struct):
    """RFC 9846 section 4.3.1, in ServerHello and HelloRetryRequest."""

    selected_version: Version


class Cookie(Struct):
    """RFC 9846 section 4.3.2."""

    cookie: Annotated[bytes, Opaque(2, 1)]


class PskKeyExchangeModes(Struct):
    """RFC 9846 section 4.3.9."""

    ke_modes: Annotated[tuple[PskKeyExchangeMode, ...], Vector(1, 1)]


class CertificateAuthorities(Struct):
    """RFC 9846 section 4.3.4: DER distinguished names."""

    authorities: Annotated[tuple[Annotated[bytes, Opaque(2, 1)], ...], Vector(2, 3)]


class OIDFilter(Struct):
    """RFC 9846 section 4.3.5."""

    certificate_extension_oid: Annotated[bytes, Opaque(1, 1)]
    certificate_extension_values: Annotated[bytes, Opaque(2)]


class OIDFilters(Struct):
    """RFC 9846 section 4.3.5."""

    filters: Annotated[tuple[OIDFilter, ...], Vector(2)]


class KeyShareEntry(Struct):
    """RFC 9846 section 4.3.8."""

    group: NamedGroup
    key_exchange: Annotated[bytes, Opaque(2, 1)]

    def write(self, out: bytearray) -> None:
        share = self.key_exchange
        if not 1 <= len(share) <= 0xFFFF:
            raise ValueError(f"{len(share)} bytes outside 1..65535")
        out += (self.group << 16 | len(share)).to_bytes(4, "big") + share


class KeyShareClientHello(Struct):
    """RFC 9846 section 4.3.8."""

    client_shares: Annotated[tuple[KeyShareEntry, ...], Vector(2)]


class KeyShareHelloRetryRequest(Struct):
    """RFC 9846 section 4.3.8."""

    selected_group: NamedGroup


class KeyShareServerHello(Struct):
    """RFC 9846 section 4.3.8."""

    server_share: KeyShareEntry


class RenegotiationInfo(Struct):
    """RFC 5746 section 3.2."""

    renegotiated_connection: Annotated[bytes, Opaque(1)]


class DelegatedCredential(Struct):
    """RFC 9345 section 4, in Certificate: a public key for a while, and the leaf's signature over it."""

    valid_time: Annotated[int, Uint(4)]
    dc_cert_verify_algorithm: SignatureScheme
    subject_public_key_info: Annotated[bytes, Opaque(3, 1)]
    algorithm: SignatureScheme
    signature: Annotated[bytes, Opaque(2, 1)]


class TicketRequest(Struct):
    """RFC 9149 section 3, in ClientHello."""

    new_session_count: Annotated[int, Uint(1)]
    resumption_count: Annotated[int, Uint(1)]


class ApplicationSettings(Struct):
    """draft-vvv-tls-alps: protocols for which settings are offered."""

    supported_protocols: Annotated[tuple[Annotated[bytes, Opaque(1, 1)], ...], Vector(2, 2)]


class HpkeSymmetricCipherSuite(Struct):
    """RFC 9849 section 4."""

    kdf_id: Annotated[int, Uint(2)]
    aead_id: Annotated[int, Uint(2)]


class EncryptedClientHelloOuter(Struct):
    """RFC 9849 section 5; `ech_type` 0 is the outer form."""

    ech_type: Annotated[int, Uint(1)]
    cipher_suite: HpkeSymmetricCipherSuite
    config_id: Annotated[int, Uint(1)]
    enc: Annotated[bytes, Opaque(2)]
    payload: Annotated[bytes, Opaque(2, 1)]


class EncryptedClientHelloInner(Struct):
    """RFC 9849 section 5; `ech_type` 1, nothing more."""

    ech_type: Annotated[int, Uint(1)]


class EncryptedClientHelloRetry(Struct):
    """RFC 9849 section 5, in HelloRetryRequest."""

    confirmation: Annotated[bytes, Fixed(8)]


_E = ExtensionType
_CH, _SH, _SH12 = Context.CLIENT_HELLO, Context.SERVER_HELLO, Context.SERVER_HELLO_12
_HRR, _EE, _CT = Context.HELLO_RETRY_REQUEST, Context.ENCRYPTED_EXTENSIONS, Context.CERTIFICATE
_CR, _NST = Context.CERTIFICATE_REQUEST, Context.NEW_SESSION_TICKET

# The rows follow the table of RFC 9846 section 4.3; what may stand where is read off the keys.
BODIES: dict[ExtensionType, dict[Context, type[Struct]]] = {
    _E.SERVER_NAME: {_CH: ServerNameList, _EE: Empty, _SH12: Empty},
    _E.MAX_FRAGMENT_LENGTH: {_CH: MaxFragmentLength, _EE: MaxFragmentLength, _SH12: MaxFragmentLength},
    _E.STATUS_REQUEST: {
        _CH: CertificateStatusRequest,
        _CR: Empty,
        _CT: CertificateStatus,
        _SH12: Empty,
    },
    _E.SUPPORTED_GROUPS: {_CH: NamedGroupList, _EE: NamedGroupList},
    _E.EC_POINT_FORMATS: {_CH: ECPointFormatList, _SH12: ECPointFormatList},
    _E.SIGNATURE_ALGORITHMS: {_CH: SignatureSchemeList, _CR: SignatureSchemeList},
    _E.SIGNATURE_ALGORITHMS_CERT: {_CH: SignatureSchemeList, _CR: SignatureSchemeList},
    _E.APPLICATION_LAYER_PROTOCOL_NEGOTIATION: {
        _CH: ProtocolNameList,
        _EE: ProtocolNameList,
        _SH12: ProtocolNameList,
    },
    _E.SIGNED_CERTIFICATE_TIMESTAMP: {
        _CH: Empty,
        _CR: Empty,
        _CT: SignedCertificateTimestampList,
        _SH12: SignedCertificateTimestampList,
    },
    _E.CLIENT_CERTIFICATE_TYPE: {
        _CH: CertificateTypeList,
        _EE: CertificateTypeChoice,
        _SH12: CertificateTypeChoice,
    },
    _E.SERVER_CERTIFICATE_TYPE: {
        _CH: CertificateTypeList,
        _EE: CertificateTypeChoice,
        _SH12: CertificateTypeChoice,
    },
    _E.PADDING: {_CH: Padding},
    _E.ENCRYPT_THEN_MAC: {_CH: Empty, _SH12: Empty},
    _E.EXTENDED_MASTER_SECRET: {_CH: Empty, _SH12: Empty},
    _E.COMPRESS_CERTIFICATE: {_CH: CertificateCompressionAlgorithms, _CR: CertificateCompressionAlgorithms},
    _E.RECORD_SIZE_LIMIT: {_CH: RecordSizeLimit, _EE: RecordSizeLimit, _SH12: RecordSizeLimit},
    _E.DELEGATED_CREDENTIAL: {_CH: SignatureSchemeList, _CR: SignatureSchemeList, _CT: DelegatedCredential},
    _E.SESSION_TICKET: {_CH: SessionTicket, _SH12: Empty},
    _E.PRE_SHARED_KEY: {_CH: OfferedPsks, _SH: SelectedPsk},
    _E.TLS_CERT_WITH_EXTERN_PSK: {_CH: Empty, _SH: Empty},
    _E.EARLY_DATA: {_CH: Empty, _EE: Empty, _NST: EarlyDataLimit},
    _E.SUPPORTED_VERSIONS: {
        _CH: SupportedVersionList,
        _SH: SelectedVersion,
        _SH12: SelectedVersion,
        _HRR: SelectedVersion,
    },
    _E.COOKIE: {_CH: Cookie, _HRR: Cookie},
    _E.PSK_KEY_EXCHANGE_MODES: {_CH: PskKeyExchangeModes},
    _E.CERTIFICATE_AUTHORITIES: {_CH: CertificateAuthorities, _CR: CertificateAuthorities},
    _E.OID_FILTERS: {_CR: OIDFilters},
    _E.POST_HANDSHAKE_AUTH: {_CH: Empty},
    _E.KEY_SHARE: {_CH: KeyShareClientHello, _SH: KeyShareServerHello, _HRR: KeyShareHelloRetryRequest},
    _E.TICKET_REQUEST: {_CH: TicketRequest},
    _E.APPLICATION_SETTINGS: {_CH: ApplicationSettings},
    _E.APPLICATION_SETTINGS_OLD: {_CH: ApplicationSettings},
    _E.RENEGOTIATION_INFO: {_CH: RenegotiationInfo, _SH12: RenegotiationInfo},
}


def parse_body(extension: Extension, context: Context) -> Struct | None:
    """The extension's body, or None where the table has no row for it in this message."""
    parse = PARSERS[context].get(extension.extension_type)
    return None if parse is None else parse(extension.extension_data)


# Peers repeat themselves: most bodies are those of the hello before. What never repeats would only push those out.
_EVER_NEW = frozenset((_E.KEY_SHARE, _E.PRE_SHARED_KEY, _E.COOKIE, _E.SESSION_TICKET, _E.ENCRYPTED_CLIENT_HELLO))
_REMEMBERED_SIZE = 256


def _parser(kind: ExtensionType, body: type[Struct]) -> Callable[[bytes], Struct]:
    """The body's parser, which remembers what it is likely to be given again."""
    if kind in _EVER_NEW:
        return body.parse
    remembered = lru_cache(maxsize=64)(body.parse)

    def parse(data: bytes) -> Struct:
        return remembered(data) if len(data) <= _REMEMBERED_SIZE else body.parse(data)

    return parse


# The same table by message: what the engine asks for.
PARSERS: dict[Context, dict[ExtensionType, Callable[[bytes], Struct]]] = {
    context: {kind: _parser(kind, row[context]) for kind, row in BODIES.items() if context in row}
    for context in Context
}


@lru_cache(maxsize=256)
def constant_extension(kind: ExtensionType, body: Struct) -> Extension:
    """`extension` for bodies that come again with every hello."""
    return extension(kind, body)


def extension(kind: ExtensionType, body: Struct) -> Extension:
    """An extension around a body."""
    return Extension(kind, body.encode())


def find(extensions: Iterable[Extension], kind: ExtensionType) -> Extension | None:
    """The first extension of that type."""
    return next((e for e in extensions if e.extension_type == kind), None)
