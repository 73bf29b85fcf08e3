"""The pseudorandom function of TLS 1.2: RFC 5246 section 5, over the stdlib's HMAC."""

from __future__ import annotations

from hmac import digest

__all__ = ["prf"]


def prf(secret: bytes, label: bytes, seed: bytes, length: int, hash_name: str) -> bytes:
    """P_hash(secret, label + seed), `length` bytes."""
    seed = label + seed
    a, output = seed, b""
    while len(output) < length:
        a = digest(secret, a, hash_name)
        output += digest(secret, a + seed, hash_name)
    return output[:length]
