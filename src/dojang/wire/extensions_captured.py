"""Extension bodies that only captures meet: experiments, drafts and what browsers once sent.

`body_of` joins them with the engine's table; the engine itself reads `BODIES` alone.
"""

from __future__ import annotations

from typing import Annotated

from dojang.wire.codec import Opaque, Rest, Struct, Uint, Vector
from dojang.wire.codes import CertificateType, ExtensionType
from dojang.wire.extensions import (
    BODIES,
    Context,
    EarlyDataLimit,
    Empty,
    EncryptedClientHelloInner,
    EncryptedClientHelloOuter,
    EncryptedClientHelloRetry,
    Extension,
    KeyShareClientHello,
    KeyShareHelloRetryRequest,
    KeyShareServerHello,
)

__all__ = ["CAPTURED_BODIES", "body_of"]


class HeartbeatMode(Struct):
    """RFC 6520 section 2: 1 peer_allowed_to_send, 2 peer_not_allowed_to_send."""

    mode: Annotated[int, Uint(1)]


class NextProtocolNames(Struct):
    """draft-agl-tls-nextprotoneg: names until the end, without a length around them."""

    protocols: Annotated[bytes, Rest()]


class CertificateStatusRequestItemV2(Struct):
    """RFC 6961 section 2.2."""

    status_type: Annotated[int, Uint(1)]
    request: Annotated[bytes, Opaque(2)]


class CertificateStatusRequestListV2(Struct):
    """RFC 6961 section 2.2."""

    certificate_status_req_list: Annotated[tuple[CertificateStatusRequestItemV2, ...], Vector(2, 1)]


class UseSrtp(Struct):
    """RFC 5764 section 4.1.1."""

    srtp_protection_profiles: Annotated[bytes, Opaque(2, 2)]
    srtp_mki: Annotated[bytes, Opaque(1)]


class SrpIdentity(Struct):
    """RFC 5054 section 2.8.1."""

    srp_i: Annotated[bytes, Opaque(1, 1)]


class TokenBindingParameters(Struct):
    """RFC 8472 section 2."""

    token_binding_version: Annotated[int, Uint(2)]
    key_parameters_list: Annotated[bytes, Opaque(1, 1)]


class CertificateTypesOld(Struct):
    """RFC 6091 section 3: what the client offers."""

    certificate_types: Annotated[tuple[CertificateType, ...], Vector(1, 1)]


class SupportedEktCiphers(Struct):
    """RFC 8870 section 5.2.2."""

    supported_ciphers: Annotated[bytes, Opaque(1, 1)]


class ConnectionId(Struct):
    """RFC 9146 section 3."""

    cid: Annotated[bytes, Opaque(1)]


class QuicTransportParameters(Struct):
    """RFC 9001 section 8.2; inside, the parameters are QUIC's own business."""

    parameters: Annotated[bytes, Rest()]


class TlsFlags(Struct):
    """draft-ietf-tls-tlsflags: a string of bits."""

    flags: Annotated[bytes, Opaque(1)]


class PasswordSalt(Struct):
    """RFC 8492 section 4.4.1."""

    password_salt: Annotated[bytes, Opaque(2, 1)]


class ApplicationSettingsValue(Struct):
    """draft-vvv-tls-alps, in EncryptedExtensions: the settings themselves."""

    settings: Annotated[bytes, Rest()]


class EchConfigListBody(Struct):
    """RFC 9849 section 4, in EncryptedExtensions: the configurations to try again with."""

    retry_configs: Annotated[bytes, Opaque(2, 4)]


class EchOuterExtensions(Struct):
    """RFC 9849 section 5.1, in the inner hello."""

    outer_extensions: Annotated[tuple[ExtensionType, ...], Vector(1, 2, 254)]


class TicketRequestCount(Struct):
    """RFC 9149 section 3, in EncryptedExtensions: how many tickets will come."""

    expected_count: Annotated[int, Uint(1)]


class TicketEarlyDataInfo(Struct):
    """draft-ietf-tls-tls13-18 section 4.5.1: the limit for early data, before it moved."""

    max_early_data_size: Annotated[int, Uint(4)]


_E = ExtensionType
_CH, _SH, _SH12 = Context.CLIENT_HELLO, Context.SERVER_HELLO, Context.SERVER_HELLO_12
_HRR, _EE, _NST = Context.HELLO_RETRY_REQUEST, Context.ENCRYPTED_EXTENSIONS, Context.NEW_SESSION_TICKET

CAPTURED_BODIES: dict[ExtensionType, dict[Context, type[Struct]]] = {
    _E.HEARTBEAT: {_CH: HeartbeatMode, _SH12: HeartbeatMode, _EE: HeartbeatMode},
    _E.NEXT_PROTOCOL_NEGOTIATION: {_CH: Empty, _SH12: NextProtocolNames},
    _E.STATUS_REQUEST_V2: {_CH: CertificateStatusRequestListV2, _SH12: Empty},
    _E.USE_SRTP: {_CH: UseSrtp, _SH12: UseSrtp, _EE: UseSrtp},
    _E.SRP: {_CH: SrpIdentity},
    _E.TRUNCATED_HMAC: {_CH: Empty, _SH12: Empty},
    _E.CLIENT_CERTIFICATE_URL: {_CH: Empty, _SH12: Empty},
    _E.TOKEN_BINDING: {_CH: TokenBindingParameters, _SH12: TokenBindingParameters, _EE: TokenBindingParameters},
    _E.CERT_TYPE: {_CH: CertificateTypesOld},
    _E.TLS_LTS: {_CH: Empty, _SH12: Empty},
    _E.TLS_CERT_WITH_EXTERN_PSK: {_CH: Empty, _SH: Empty},
    _E.SUPPORTED_EKT_CIPHERS: {_CH: SupportedEktCiphers},
    _E.KEY_SHARE_DRAFT: {_CH: KeyShareClientHello, _SH: KeyShareServerHello, _HRR: KeyShareHelloRetryRequest},
    _E.TICKET_EARLY_DATA_INFO: {_NST: TicketEarlyDataInfo},
    _E.EARLY_DATA: {_SH: Empty, _NST: EarlyDataLimit},
    _E.CONNECTION_ID: {_CH: ConnectionId, _SH12: ConnectionId, _SH: ConnectionId},
    _E.QUIC_TRANSPORT_PARAMETERS: {_CH: QuicTransportParameters, _EE: QuicTransportParameters},
    _E.QUIC_TRANSPORT_PARAMETERS_DRAFT: {_CH: QuicTransportParameters, _EE: QuicTransportParameters},
    _E.TLS_FLAGS: {_CH: TlsFlags, _EE: TlsFlags, _NST: TlsFlags},
    _E.PASSWORD_SALT: {_CH: PasswordSalt, _SH12: PasswordSalt},
    _E.APPLICATION_SETTINGS: {_EE: ApplicationSettingsValue},
    _E.APPLICATION_SETTINGS_OLD: {_EE: ApplicationSettingsValue},
    _E.TICKET_REQUEST: {_EE: TicketRequestCount},
    _E.CHANNEL_ID: {_CH: Empty, _SH12: Empty},
    _E.CHANNEL_ID_OLD: {_CH: Empty, _SH12: Empty},
    _E.ECH_OUTER_EXTENSIONS: {_CH: EchOuterExtensions},
    _E.ENCRYPTED_CLIENT_HELLO: {
        _CH: EncryptedClientHelloOuter,
        _HRR: EncryptedClientHelloRetry,
        _EE: EchConfigListBody,
    },
}


def body_of(extension: Extension, context: Context) -> type[Struct] | None:
    """What the extension's bytes are in this message, or None where nobody has said."""
    kind, data = extension.extension_type, extension.extension_data
    if kind is ExtensionType.ENCRYPTED_CLIENT_HELLO and context is Context.CLIENT_HELLO and data[:1] == b"\x01":
        return EncryptedClientHelloInner
    for table in (BODIES, CAPTURED_BODIES):
        row = table.get(kind)
        if row is not None and context in row:
            return row[context]
    return None
