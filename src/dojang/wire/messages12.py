"""The messages of TLS 1.2 and older after the hellos: RFC 5246 section 7.4, RFC 8422, RFC 7919, RFC 5077, RFC 6066.

What depends on the key exchange or the version is a class of its own, picked by the caller; nothing carries a flag.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from dojang.wire.codec import Fixed, HandshakeMessage, Opaque, Rest, Struct, Uint, Vector
from dojang.wire.codes import CertificateStatusType, HandshakeType, NamedGroup, SignatureScheme

__all__ = [
    "Certificate12",
    "CertificateRequest12",
    "CertificateRequestOld",
    "CertificateStatus12",
    "CertificateVerify12",
    "CertificateVerifyOld",
    "ClientDhPublic",
    "ClientEcdhPublic",
    "ClientKeyExchange",
    "EncryptedPreMasterSecret",
    "Finished12",
    "HelloRequest",
    "NewSessionTicket12",
    "NextProtocol",
    "RawPublicKey12",
    "ServerDhParams",
    "ServerEcdhParams",
    "ServerHelloDone",
    "ServerKeyExchange",
    "SignedParams",
    "SignedParamsOld",
    "SupplementalData",
]


class HelloRequest(HandshakeMessage):
    """RFC 5246 section 7.4.1.1."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.HELLO_REQUEST


class Certificate12(HandshakeMessage):
    """RFC 5246 section 7.4.2: DER certificates, the sender's first."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE

    certificate_list: Annotated[tuple[Annotated[bytes, Opaque(3, 1)], ...], Vector(3)]


class RawPublicKey12(HandshakeMessage):
    """RFC 7250 section 3: a Certificate that holds a key and no certificates; empty where there is none to show."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE

    subject_public_key_info: Annotated[bytes, Opaque(3)]


class ServerKeyExchange(HandshakeMessage):
    """RFC 5246 section 7.4.3: the shape of `params` depends on the suite."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    params: Annotated[bytes, Rest()]


class ServerEcdhParams(Struct):
    """RFC 8422 section 5.4: curve_type is named_curve (3)."""

    curve_type: Annotated[int, Uint(1)]
    named_curve: NamedGroup
    public: Annotated[bytes, Opaque(1, 1)]


class ServerDhParams(Struct):
    """RFC 5246 section 7.4.3."""

    dh_p: Annotated[bytes, Opaque(2, 1)]
    dh_g: Annotated[bytes, Opaque(2, 1)]
    dh_Ys: Annotated[bytes, Opaque(2, 1)]


class SignedParams(Struct):
    """RFC 5246 section 4.7: digitally-signed in TLS 1.2; stands behind the parameters."""

    algorithm: SignatureScheme
    signature: Annotated[bytes, Opaque(2)]


class SignedParamsOld(Struct):
    """RFC 4346 section 4.7: before TLS 1.2 the scheme follows from the key."""

    signature: Annotated[bytes, Opaque(2)]


class CertificateRequest12(HandshakeMessage):
    """RFC 5246 section 7.4.4."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_REQUEST

    certificate_types: Annotated[bytes, Opaque(1, 1)]
    supported_signature_algorithms: Annotated[tuple[SignatureScheme, ...], Vector(2, 2)]
    certificate_authorities: Annotated[tuple[Annotated[bytes, Opaque(2, 1)], ...], Vector(2)]


class CertificateRequestOld(HandshakeMessage):
    """RFC 4346 section 7.4.4."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_REQUEST

    certificate_types: Annotated[bytes, Opaque(1, 1)]
    certificate_authorities: Annotated[tuple[Annotated[bytes, Opaque(2, 1)], ...], Vector(2)]


class ServerHelloDone(HandshakeMessage):
    """RFC 5246 section 7.4.5."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_HELLO_DONE


class ClientKeyExchange(HandshakeMessage):
    """RFC 5246 section 7.4.7: the shape of `exchange_keys` depends on the suite."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    exchange_keys: Annotated[bytes, Rest()]


class ClientEcdhPublic(Struct):
    """RFC 8422 section 5.7."""

    ecdh_Yc: Annotated[bytes, Opaque(1, 1)]


class ClientDhPublic(Struct):
    """RFC 5246 section 7.4.7.2."""

    dh_Yc: Annotated[bytes, Opaque(2, 1)]


class EncryptedPreMasterSecret(Struct):
    """RFC 5246 section 7.4.7.1: the pre-master secret under the server's RSA key."""

    encrypted: Annotated[bytes, Opaque(2)]


class CertificateVerify12(HandshakeMessage):
    """RFC 5246 section 7.4.8."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_VERIFY

    algorithm: SignatureScheme
    signature: Annotated[bytes, Opaque(2)]


class CertificateVerifyOld(HandshakeMessage):
    """RFC 4346 section 7.4.8."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_VERIFY

    signature: Annotated[bytes, Opaque(2)]


class Finished12(HandshakeMessage):
    """RFC 5246 section 7.4.9."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.FINISHED

    verify_data: Annotated[bytes, Fixed(12)]


class CertificateStatus12(HandshakeMessage):
    """RFC 6066 section 8."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_STATUS

    status_type: CertificateStatusType
    response: Annotated[bytes, Opaque(3, 1)]


class NewSessionTicket12(HandshakeMessage):
    """RFC 5077 section 3.3; lifetime hint in seconds."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.NEW_SESSION_TICKET

    ticket_lifetime_hint: Annotated[int, Uint(4)]
    ticket: Annotated[bytes, Opaque(2)]


class NextProtocol(HandshakeMessage):
    """draft-agl-tls-nextprotoneg: seen in old captures."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.NEXT_PROTOCOL

    selected_protocol: Annotated[bytes, Opaque(1)]
    padding: Annotated[bytes, Opaque(1)]


class SupplementalData(HandshakeMessage):
    """RFC 4680 section 2: seen in captures only."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SUPPLEMENTAL_DATA

    supplemental_data: Annotated[bytes, Opaque(3)]
