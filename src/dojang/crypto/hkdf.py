"""HKDF as TLS 1.3 uses it: RFC 5869 and RFC 9846 section 7.1, over HMAC."""

from __future__ import annotations

from functools import lru_cache
from hmac import digest

from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.hmac import HMAC

__all__ = ["expand_label", "expand_labels", "extract"]

_HASHES = {"sha256": SHA256(), "sha384": SHA384()}


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


def expand_labels(secret: bytes, outputs: tuple[tuple[str, int], ...], context: bytes, hash_name: str) -> list[bytes]:
    """HKDF-Expand-Label for several labels and lengths, none longer than the hash: the secret is keyed once."""
    keyed = HMAC(secret, _HASHES[hash_name])
    found = []
    for label, length in outputs:
        mac = keyed.copy()
        mac.update(_label_prefix(label, length, len(context)) + context + b"\x01")
        found.append(mac.finalize()[:length])
    return found


@lru_cache(maxsize=256)
def _label_prefix(label: str, length: int, context_length: int) -> bytes:
    """The part of struct HkdfLabel that stands before the context."""
    name = b"tls13 " + label.encode()
    return length.to_bytes(2, "big") + bytes((len(name),)) + name + bytes((context_length,))
