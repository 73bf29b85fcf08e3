"""Ways to break one message: edits for the scripted peers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dojang.wire.codec import HandshakeMessage, Struct
from dojang.wire.codes import ExtensionType
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello, EncryptedExtensions, HelloRetryRequest, ServerHello
from dojang.wire.messages13 import Certificate, CertificateRequest, CertificateVerify, Finished
from tests.scripted import Edit, framed

S = TypeVar("S", bound=Struct)
Alter = Callable[[Any], Any]

CLASSES: dict[str, type[HandshakeMessage]] = {
    "client_hello": ClientHello,
    "server_hello": ServerHello,
    "hello_retry_request": HelloRetryRequest,
    "encrypted_extensions": EncryptedExtensions,
    "certificate_request": CertificateRequest,
    "certificate": Certificate,
    "certificate_verify": CertificateVerify,
    "finished": Finished,
}


def altering(target: str, alter: Alter) -> Edit:
    """`alter` changes the message of that name, given parsed; it may also give raw bytes."""

    def edit(name: str, raw: bytes) -> bytes:
        if name != target:
            return raw
        changed = alter(CLASSES[name].parse(raw[4:]))
        return changed if isinstance(changed, bytes) else changed.frame()

    return edit


def changed(message: S, **fields: Any) -> S:
    """The same with other values."""
    return type(message)(**{name: fields.get(name, getattr(message, name)) for name in type(message).codecs()})


def fields(**values: Any) -> Alter:
    """Fields with other values."""
    return lambda message: changed(message, **values)


def more(*entries: Extension) -> Alter:
    """Extensions added at the end."""
    return lambda message: changed(message, extensions=message.extensions + entries)


def less(*kinds: ExtensionType) -> Alter:
    """Extensions left out."""
    return lambda message: changed(
        message, extensions=tuple(entry for entry in message.extensions if entry.extension_type not in kinds)
    )


def other(kind: ExtensionType, body: Struct | bytes) -> Alter:
    """An extension with another body, in its place."""
    data = body if isinstance(body, bytes) else body.encode()
    return lambda message: changed(
        message,
        extensions=tuple(Extension(kind, data) if e.extension_type == kind else e for e in message.extensions),
    )


def twice(message: Any) -> Any:
    """The first extension a second time."""
    return changed(message, extensions=message.extensions + message.extensions[:1])


def trailing(message: HandshakeMessage) -> bytes:
    """A byte too many, which the message's length counts."""
    return framed(message.handshake_type, message.encode() + b"\0")


def truncated(message: HandshakeMessage) -> bytes:
    """A byte too few."""
    return framed(message.handshake_type, message.encode()[:-1])
