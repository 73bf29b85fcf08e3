"""What both sides hash and sign: a handshake's messages, RFC 9846 section 4.1 and RFC 5246 section 7.4.9."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dojang.wire.codes import HandshakeType

if TYPE_CHECKING:
    from dojang.capture.steps import Handshake, Message

__all__ = ["hash_name_of", "transcript_of"]


def hash_name_of(handshake: Handshake) -> str:
    """hashlib's name of the suite's hash; one that hashlib lacks (SM3) becomes SHA-256, and no check will succeed."""
    name = handshake.shape.prf
    return name if name in hashlib.algorithms_available else "sha256"


def transcript_of(handshake: Handshake, before: Message | None, *, including: bool = False) -> bytes:
    """The bytes of all messages before one (or of all), folded after a HelloRetryRequest."""
    kept: list[bytes] = []
    for message in handshake.messages:
        if message is before and not including:
            break
        if _counts(handshake, message):
            if message is handshake.retry and len(kept) == 1:
                digest = hashlib.new(hash_name_of(handshake), kept[0]).digest()
                kept[0] = bytes((HandshakeType.MESSAGE_HASH, 0, 0, len(digest))) + digest
            kept.append(message.raw)
        if message is before:
            break
    return handshake.prefix + b"".join(kept)


def _counts(handshake: Handshake, message: Message) -> bool:
    """HelloRequest is never hashed; after TLS 1.3's handshake come messages that are on their own."""
    if message.type is HandshakeType.HELLO_REQUEST:
        return False
    alone = (HandshakeType.KEY_UPDATE, HandshakeType.NEW_SESSION_TICKET)
    return not (handshake.is_tls13 and message.type in alone)
