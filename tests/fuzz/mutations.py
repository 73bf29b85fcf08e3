"""Seeded damage: to bytes, to records, to handshake messages, to extensions."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from dojang.errors import DecodeError
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import ExtensionType, HandshakeType
from dojang.wire.extensions import BODIES, Extension
from dojang.wire.hello import ClientHello, EncryptedExtensions, parse_server_hello
from dojang.wire.messages13 import CertificateRequest

EDGES = (0, 1, 2, 3, 0x14, 0x15, 0x16, 0x17, 0x18, 0x7F, 0x80, 0xFE, 0xFF)
KNOWN = tuple(BODIES)


def damage(rng: Random, data: bytes) -> bytes:
    """One or a few changes to some bytes."""
    out = bytearray(data)
    for _ in range(1 if rng.random() < 0.7 else rng.randrange(2, 5)):
        rng.choice(CHANGES)(rng, out)
    return bytes(out)


def flip_bit(rng: Random, out: bytearray) -> None:
    if out:
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)


def set_byte(rng: Random, out: bytearray) -> None:
    if out:
        out[rng.randrange(len(out))] = rng.choice(EDGES)


def shift_length(rng: Random, out: bytearray) -> None:
    """Any place may be a length: a little more, a little less, much more."""
    size = rng.randrange(1, 4)
    if len(out) >= size:
        at = rng.randrange(len(out) - size + 1)
        value = int.from_bytes(out[at : at + size], "big") + rng.choice((-1, 1, -2, 2, 256, -256, 65536, len(out)))
        out[at : at + size] = (value % 256**size).to_bytes(size, "big")


def truncate(rng: Random, out: bytearray) -> None:
    del out[rng.randrange(len(out) + 1) :]


def drop(rng: Random, out: bytearray) -> None:
    at = rng.randrange(len(out) + 1)
    del out[at : at + rng.randrange(1, 40)]


def insert(rng: Random, out: bytearray) -> None:
    at = rng.randrange(len(out) + 1)
    out[at:at] = rng.randbytes(rng.randrange(1, 40))


def repeat(rng: Random, out: bytearray) -> None:
    at = rng.randrange(len(out) + 1)
    out[at:at] = out[at : at + rng.randrange(1, 80)]


def zero(rng: Random, out: bytearray) -> None:
    at = rng.randrange(len(out) + 1)
    stop = min(len(out), at + rng.randrange(1, 40))
    out[at:stop] = bytes(stop - at)


CHANGES: tuple[Callable[[Random, bytearray], None], ...] = (
    flip_bit,
    flip_bit,
    set_byte,
    shift_length,
    shift_length,
    truncate,
    drop,
    insert,
    repeat,
    zero,
)


def damage_message(rng: Random, raw: bytes, others: list[bytes]) -> bytes:
    """A handshake message damaged; mostly its length is made right again, so that the damage is read."""
    choice = rng.random()
    if choice < 0.4 and (reshaped := reshape(rng, raw)) is not None:
        return reshaped
    if choice < 0.5:
        other = rng.choice(others)
        body = raw[4 : 4 + rng.randrange(len(raw))] + other[4 + rng.randrange(len(other)) :]
    else:
        body = damage(rng, raw[4:])
    if rng.random() < 0.1:
        return damage(rng, raw)
    return raw[:1] + len(body).to_bytes(3, "big") + body


def reshape(rng: Random, raw: bytes) -> bytes | None:
    """The same message with its extensions dropped, doubled, swapped, replaced; None where it has none."""
    message: HandshakeMessage
    try:
        if raw[0] == HandshakeType.CLIENT_HELLO:
            message = ClientHello.parse(raw[4:])
        elif raw[0] == HandshakeType.SERVER_HELLO:
            message = parse_server_hello(raw[4:])
        elif raw[0] == HandshakeType.ENCRYPTED_EXTENSIONS:
            message = EncryptedExtensions.parse(raw[4:])
        elif raw[0] == HandshakeType.CERTIFICATE_REQUEST:
            message = CertificateRequest.parse(raw[4:])
        else:
            return None
    except DecodeError:
        return None
    fields = {name: getattr(message, name) for name in type(message).codecs()}
    fields["extensions"] = tuple(reshape_extensions(rng, list(fields["extensions"])))
    return type(message)(**fields).frame()


def reshape_extensions(rng: Random, entries: list[Extension]) -> list[Extension]:
    choice = rng.randrange(6)
    at = rng.randrange(len(entries)) if entries else 0
    if choice == 0 or not entries:
        entries.insert(at, Extension(rng.choice(KNOWN), rng.randbytes(rng.randrange(6))))
    elif choice == 1:
        del entries[at]
    elif choice == 2:
        entries.insert(rng.randrange(len(entries) + 1), entries[at])
    elif choice == 3:
        entries[at] = Extension(ExtensionType(rng.randrange(65536)), entries[at].extension_data)
    elif choice == 4:
        entries[at] = Extension(rng.choice(KNOWN), entries[at].extension_data)
    else:
        entries[at] = Extension(entries[at].extension_type, damage(rng, entries[at].extension_data)[:1000])
    return entries


def shuffle_some(rng: Random, items: list[bytes]) -> list[bytes]:
    """One dropped, doubled or moved."""
    items = list(items)
    choice, at = rng.randrange(4), rng.randrange(len(items))
    if choice == 0:
        del items[at]
    elif choice == 1:
        items.insert(rng.randrange(len(items) + 1), items[at])
    elif choice == 2:
        items.insert(rng.randrange(len(items)), items.pop(at))
    else:
        del items[at:]
    return items


def cut(rng: Random, data: bytes) -> list[bytes]:
    """The same bytes in pieces of any size."""
    if len(data) < 2 or rng.random() < 0.5:
        return [data]
    places = sorted(rng.randrange(1, len(data)) for _ in range(rng.randrange(1, 4)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
