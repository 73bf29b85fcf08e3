"""Messages that only captures meet: SSL 2.0 hellos, drafts of TLS 1.3, key exchanges spelled out, heartbeats.

The engine reads a key exchange in two steps; here each (key exchange, version) is one class whose fields stand in the
order of the wire, so that every byte has a name. Shape only, as everywhere on this floor.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from dojang.wire.codec import Fixed, HandshakeMessage, Opaque, Rest, Struct, Uint, Vector
from dojang.wire.codes import CipherSuite, HandshakeType, NamedGroup, SignatureScheme, Version
from dojang.wire.extensions import Extension

__all__ = [
    "ClientDhKeyExchange",
    "ClientDhPskKeyExchange",
    "ClientEcdhKeyExchange",
    "ClientEcdhPskKeyExchange",
    "ClientPskKeyExchange",
    "ClientRsaKeyExchange",
    "ClientRsaKeyExchangeSsl3",
    "ClientRsaPskKeyExchange",
    "ClientSrpKeyExchange",
    "FinishedSsl3",
    "Heartbeat",
    "HelloRetryRequestDraft",
    "NewSessionTicketDraft",
    "ServerDhKeyExchange12",
    "ServerDhKeyExchangeAnon",
    "ServerDhKeyExchangeOld",
    "ServerDhPskKeyExchange",
    "ServerEcdhKeyExchange12",
    "ServerEcdhKeyExchangeAnon",
    "ServerEcdhKeyExchangeOld",
    "ServerEcdhPskKeyExchange",
    "ServerHelloDraft",
    "ServerPskKeyExchange",
    "ServerRsaExportKeyExchange",
    "ServerSrpKeyExchange",
    "Ssl2CipherSpec",
    "Ssl2ClientHello",
    "Ssl2ServerHello",
    "UnknownMessage",
]


class Ssl2CipherSpec(Struct):
    """Three octets: an SSL 2.0 cipher, or a zero and a TLS suite (RFC 5246 appendix E.2)."""

    kind: Annotated[int, Uint(3)]


class Ssl2ClientHello(Struct):
    """RFC 5246 appendix E.2, behind the two-byte record header; lengths come first, bodies after them."""

    msg_type: Annotated[int, Uint(1)]
    version: Version
    cipher_spec_length: Annotated[int, Uint(2)]
    session_id_length: Annotated[int, Uint(2)]
    challenge_length: Annotated[int, Uint(2)]
    bodies: Annotated[bytes, Rest()]


class Ssl2ServerHello(Struct):
    """draft-hickman-netscape-ssl section 3.2."""

    msg_type: Annotated[int, Uint(1)]
    session_id_hit: Annotated[int, Uint(1)]
    certificate_type: Annotated[int, Uint(1)]
    server_version: Version
    certificate_length: Annotated[int, Uint(2)]
    cipher_specs_length: Annotated[int, Uint(2)]
    connection_id_length: Annotated[int, Uint(2)]
    bodies: Annotated[bytes, Rest()]


class ServerHelloDraft(HandshakeMessage):
    """draft-ietf-tls-tls13-21 section 4.1.3 and earlier: no session id, no compression method."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_HELLO

    version: Version
    random: Annotated[bytes, Fixed(32)]
    cipher_suite: CipherSuite
    extensions: Annotated[tuple[Extension, ...], Vector(2)]


class HelloRetryRequestDraft(HandshakeMessage):
    """draft-ietf-tls-tls13-21 section 4.1.4: a message type of its own. Before draft 19 without `cipher_suite`."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.HELLO_RETRY_REQUEST

    server_version: Version
    cipher_suite: CipherSuite
    extensions: Annotated[tuple[Extension, ...], Vector(2)]


class NewSessionTicketDraft(HandshakeMessage):
    """draft-ietf-tls-tls13-20 section 4.6.1 and earlier: no nonce."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.NEW_SESSION_TICKET

    ticket_lifetime: Annotated[int, Uint(4)]
    ticket_age_add: Annotated[int, Uint(4)]
    ticket: Annotated[bytes, Opaque(2, 1)]
    extensions: Annotated[tuple[Extension, ...], Vector(2)]


class FinishedSsl3(HandshakeMessage):
    """RFC 6101 section 5.6.9."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.FINISHED

    md5_hash: Annotated[bytes, Fixed(16)]
    sha_hash: Annotated[bytes, Fixed(20)]


class ServerEcdhKeyExchange12(HandshakeMessage):
    """RFC 8422 section 5.4, signed as RFC 5246 section 4.7 says."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    curve_type: Annotated[int, Uint(1)]
    named_curve: NamedGroup
    public: Annotated[bytes, Opaque(1, 1)]
    algorithm: SignatureScheme
    signature: Annotated[bytes, Opaque(2)]


class ServerEcdhKeyExchangeOld(HandshakeMessage):
    """RFC 8422 section 5.4 before TLS 1.2: the scheme follows from the key."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    curve_type: Annotated[int, Uint(1)]
    named_curve: NamedGroup
    public: Annotated[bytes, Opaque(1, 1)]
    signature: Annotated[bytes, Opaque(2)]


class ServerEcdhKeyExchangeAnon(HandshakeMessage):
    """RFC 8422 section 5.4 for ECDH_anon: nobody signs."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    curve_type: Annotated[int, Uint(1)]
    named_curve: NamedGroup
    public: Annotated[bytes, Opaque(1, 1)]


class ServerEcdhPskKeyExchange(HandshakeMessage):
    """RFC 5489 section 2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    psk_identity_hint: Annotated[bytes, Opaque(2)]
    curve_type: Annotated[int, Uint(1)]
    named_curve: NamedGroup
    public: Annotated[bytes, Opaque(1, 1)]


class ServerDhKeyExchange12(HandshakeMessage):
    """RFC 5246 section 7.4.3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    dh_p: Annotated[bytes, Opaque(2, 1)]
    dh_g: Annotated[bytes, Opaque(2, 1)]
    dh_Ys: Annotated[bytes, Opaque(2, 1)]
    algorithm: SignatureScheme
    signature: Annotated[bytes, Opaque(2)]


class ServerDhKeyExchangeOld(HandshakeMessage):
    """RFC 4346 section 7.4.3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    dh_p: Annotated[bytes, Opaque(2, 1)]
    dh_g: Annotated[bytes, Opaque(2, 1)]
    dh_Ys: Annotated[bytes, Opaque(2, 1)]
    signature: Annotated[bytes, Opaque(2)]


class ServerDhKeyExchangeAnon(HandshakeMessage):
    """RFC 5246 section 7.4.3 for DH_anon."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    dh_p: Annotated[bytes, Opaque(2, 1)]
    dh_g: Annotated[bytes, Opaque(2, 1)]
    dh_Ys: Annotated[bytes, Opaque(2, 1)]


class ServerDhPskKeyExchange(HandshakeMessage):
    """RFC 4279 section 3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    psk_identity_hint: Annotated[bytes, Opaque(2)]
    dh_p: Annotated[bytes, Opaque(2, 1)]
    dh_g: Annotated[bytes, Opaque(2, 1)]
    dh_Ys: Annotated[bytes, Opaque(2, 1)]


class ServerPskKeyExchange(HandshakeMessage):
    """RFC 4279 section 2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    psk_identity_hint: Annotated[bytes, Opaque(2)]


class ServerRsaExportKeyExchange(HandshakeMessage):
    """RFC 2246 section 7.4.3: the short key of an export suite, signed by the long one."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    rsa_modulus: Annotated[bytes, Opaque(2, 1)]
    rsa_exponent: Annotated[bytes, Opaque(2, 1)]
    signature: Annotated[bytes, Opaque(2)]


class ServerSrpKeyExchange(HandshakeMessage):
    """RFC 5054 section 2.8.2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_KEY_EXCHANGE

    srp_N: Annotated[bytes, Opaque(2, 1)]
    srp_g: Annotated[bytes, Opaque(2, 1)]
    srp_s: Annotated[bytes, Opaque(1, 1)]
    srp_B: Annotated[bytes, Opaque(2, 1)]
    signed: Annotated[bytes, Rest()]


class ClientEcdhKeyExchange(HandshakeMessage):
    """RFC 8422 section 5.7."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    ecdh_Yc: Annotated[bytes, Opaque(1, 1)]


class ClientDhKeyExchange(HandshakeMessage):
    """RFC 5246 section 7.4.7.2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    dh_Yc: Annotated[bytes, Opaque(2, 1)]


class ClientRsaKeyExchange(HandshakeMessage):
    """RFC 5246 section 7.4.7.1."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    encrypted_pre_master_secret: Annotated[bytes, Opaque(2, 1)]


class ClientRsaKeyExchangeSsl3(HandshakeMessage):
    """RFC 6101 section 5.6.7: the same without a length."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    encrypted_pre_master_secret: Annotated[bytes, Rest()]


class ClientPskKeyExchange(HandshakeMessage):
    """RFC 4279 section 2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    psk_identity: Annotated[bytes, Opaque(2)]


class ClientDhPskKeyExchange(HandshakeMessage):
    """RFC 4279 section 3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    psk_identity: Annotated[bytes, Opaque(2)]
    dh_Yc: Annotated[bytes, Opaque(2, 1)]


class ClientEcdhPskKeyExchange(HandshakeMessage):
    """RFC 5489 section 2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    psk_identity: Annotated[bytes, Opaque(2)]
    ecdh_Yc: Annotated[bytes, Opaque(1, 1)]


class ClientRsaPskKeyExchange(HandshakeMessage):
    """RFC 4279 section 4."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    psk_identity: Annotated[bytes, Opaque(2)]
    encrypted_pre_master_secret: Annotated[bytes, Opaque(2, 1)]


class ClientSrpKeyExchange(HandshakeMessage):
    """RFC 5054 section 2.8.3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_KEY_EXCHANGE

    srp_A: Annotated[bytes, Opaque(2, 1)]


class Heartbeat(Struct):
    """RFC 6520 section 4; what stands behind the payload is padding, or what leaked."""

    heartbeat_type: Annotated[int, Uint(1)]
    payload_length: Annotated[int, Uint(2)]
    payload_and_padding: Annotated[bytes, Rest()]


class UnknownMessage(HandshakeMessage):
    """A type that this project has no declaration for."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType(255)

    body: Annotated[bytes, Rest()]
