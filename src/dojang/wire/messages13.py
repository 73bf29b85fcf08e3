"""The messages of TLS 1.3 after the hellos: RFC 9846 sections 4.4 to 4.7, RFC 8879."""

from __future__ import annotations

from typing import Annotated, ClassVar

from dojang.wire.codec import HandshakeMessage, Opaque, Rest, Struct, Uint, Vector
from dojang.wire.codes import CertificateCompressionAlgorithm, HandshakeType, KeyUpdateRequest, SignatureScheme
from dojang.wire.extensions import Extension

__all__ = [
    "Certificate",
    "CertificateEntry",
    "CertificateRequest",
    "CertificateVerify",
    "CompressedCertificate",
    "EndOfEarlyData",
    "Finished",
    "KeyUpdate",
    "NewSessionTicket",
]


class CertificateRequest(HandshakeMessage):
    """RFC 9846 section 4.4.2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_REQUEST

    certificate_request_context: Annotated[bytes, Opaque(1)]
    extensions: Annotated[tuple[Extension, ...], Vector(2)]


class CertificateEntry(Struct):
    """RFC 9846 section 4.5.1; `cert_data` is DER of a certificate or of a raw public key."""

    cert_data: Annotated[bytes, Opaque(3, 1)]
    extensions: Annotated[tuple[Extension, ...], Vector(2)] = ()


class Certificate(HandshakeMessage):
    """RFC 9846 section 4.5.1."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE

    certificate_request_context: Annotated[bytes, Opaque(1)]
    certificate_list: Annotated[tuple[CertificateEntry, ...], Vector(3)]


class CompressedCertificate(HandshakeMessage):
    """RFC 8879 section 4."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.COMPRESSED_CERTIFICATE

    algorithm: CertificateCompressionAlgorithm
    uncompressed_length: Annotated[int, Uint(3)]
    compressed_certificate_message: Annotated[bytes, Opaque(3, 1)]


class CertificateVerify(HandshakeMessage):
    """RFC 9846 section 4.5.2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CERTIFICATE_VERIFY

    algorithm: SignatureScheme
    signature: Annotated[bytes, Opaque(2)]


class Finished(HandshakeMessage):
    """RFC 9846 section 4.5.3; as long as the suite's hash."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.FINISHED

    verify_data: Annotated[bytes, Rest()]


class EndOfEarlyData(HandshakeMessage):
    """RFC 9846 section 4.6."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.END_OF_EARLY_DATA


class NewSessionTicket(HandshakeMessage):
    """RFC 9846 section 4.7.1; lifetime in seconds."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.NEW_SESSION_TICKET

    ticket_lifetime: Annotated[int, Uint(4)]
    ticket_age_add: Annotated[int, Uint(4)]
    ticket_nonce: Annotated[bytes, Opaque(1)]
    ticket: Annotated[bytes, Opaque(2, 1)]
    extensions: Annotated[tuple[Extension, ...], Vector(2)]


class KeyUpdate(HandshakeMessage):
    """RFC 9846 section 4.7.3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.KEY_UPDATE

    request_update: KeyUpdateRequest
