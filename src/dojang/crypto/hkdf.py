"""HKDF as TLS 1.3 uses it: RFC 5869 and RFC 9846 section 7.1, over the stdlib's HMAC."""

from __future__ import annotations

from functools import lru_cache
from hmac import digest

__all__ = ["expand_label", "extract"]


def extract(salt: bytes, secret: bytes, hash_name: str) -> bytes:
    """HKDF-Extract: the pseudorandom key, as long as the hash."""
    return digest(salt, secret, hash_name)


def expand_label(secret: bytes, label: str, context: bytes, length: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label, RFC 9846 section 7.1: `length` bytes bound to `label` and `context`."""
    info = _label_prefix(label, length, len(context)) + context
    block = output = digest(secret, info + b"\x01", hash_name)
    if len(output) >= length:
        return output[:length]
    counter = 2
    while len(output) < length:
        block = digest(secret, block + info + counter.to_bytes(1, "big"), hash_name)
        output += block
        counter += 1
    return output[:length]


@lru_cache(maxsize=256)
def _label_prefix(label: str, length: int, context_length: int) -> bytes:
    """The part of struct HkdfLabel that stands before the context."""
    name = b"tls13 " + label.encode()
    return length.to_bytes(2, "big") + bytes((len(name),)) + name + bytes((context_length,))
