"""ClientHello, ServerHello, HelloRetryRequest and EncryptedExtensions: RFC 9846 sections 4.2 and 4.4.1.

Shape only; a hello with an illegal legacy_version still parses, so that it can be shown.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from dojang.wire.codec import Fixed, HandshakeMessage, Opaque, Uint, Vector
from dojang.wire.codes import CipherSuite, HandshakeType, Version
from dojang.wire.extensions import Extension

__all__ = [
    "HELLO_RETRY_REQUEST_RANDOM",
    "ClientHello",
    "EncryptedExtensions",
    "HelloRetryRequest",
    "ServerHello",
    "parse_server_hello",
]

# SHA-256 of "HelloRetryRequest", RFC 9846 section 4.2.3.
HELLO_RETRY_REQUEST_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class ClientHello(HandshakeMessage):
    """RFC 9846 section 4.2.2."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.CLIENT_HELLO

    legacy_version: Version
    random: Annotated[bytes, Fixed(32)]
    legacy_session_id: Annotated[bytes, Opaque(1, 0, 32)]
    cipher_suites: Annotated[tuple[CipherSuite, ...], Vector(2, 2, 65534)]
    legacy_compression_methods: Annotated[bytes, Opaque(1, 1)]
    extensions: Annotated[tuple[Extension, ...], Vector(2, absent_if_empty=True)] = ()


class ServerHello(HandshakeMessage):
    """RFC 9846 section 4.2.3."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.SERVER_HELLO

    legacy_version: Version
    random: Annotated[bytes, Fixed(32)]
    legacy_session_id_echo: Annotated[bytes, Opaque(1, 0, 32)]
    cipher_suite: CipherSuite
    legacy_compression_method: Annotated[int, Uint(1)] = 0
    extensions: Annotated[tuple[Extension, ...], Vector(2, absent_if_empty=True)] = ()


class HelloRetryRequest(ServerHello):
    """RFC 9846 section 4.2.4: a ServerHello whose random says that it is none."""


class EncryptedExtensions(HandshakeMessage):
    """RFC 9846 section 4.4.1."""

    handshake_type: ClassVar[HandshakeType] = HandshakeType.ENCRYPTED_EXTENSIONS

    extensions: Annotated[tuple[Extension, ...], Vector(2)]


def parse_server_hello(body: bytes) -> ServerHello:
    """A ServerHello or, by its random, a HelloRetryRequest."""
    retry = body[2:34] == HELLO_RETRY_REQUEST_RANDOM
    return HelloRetryRequest.parse(body) if retry else ServerHello.parse(body)
