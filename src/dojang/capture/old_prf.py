"""The key derivations before TLS 1.2, and one name for all of them: SSL 3.0, TLS 1.0 and 1.1, TLS 1.2.

Sources: RFC 6101 sections 6.1, 6.2 and 5.6.9, RFC 2246 section 5, RFC 5246 section 5, RFC 7627.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from hmac import digest
from itertools import pairwise

from dojang.crypto.old_protection import OldKeys
from dojang.crypto.prf import prf

__all__ = ["Prf", "finished_value", "master_from", "old_key_block", "prf_of"]

SSL3, TLS12 = 0x0300, 0x0303
Prf = Callable[[bytes, bytes, bytes, int], bytes]


def prf_of(version: int, hash_name: str) -> Prf:
    """(secret, label, seed, length) to bytes, as that version does it; `hash_name` matters from TLS 1.2 on."""
    if version >= TLS12:
        return lambda secret, label, seed, length: prf(secret, label, seed, length, hash_name)
    if version == SSL3:
        return lambda secret, _label, seed, length: _ssl3(secret, seed, length)
    return _tls10


def master_from(version: int, hash_name: str, pre_master: bytes, randoms: tuple[bytes, bytes]) -> bytes:
    """The master secret; `randoms` are the client's and the server's."""
    return prf_of(version, hash_name)(pre_master, b"master secret", randoms[0] + randoms[1], 48)


def extended_master_from(version: int, hash_name: str, pre_master: bytes, messages: bytes) -> bytes:
    """RFC 7627 section 4, over the messages up to the ClientKeyExchange."""
    return prf_of(version, hash_name)(
        pre_master, b"extended master secret", session_hash(version, hash_name, messages), 48
    )


def old_key_block(
    version: int, hash_name: str, master: bytes, randoms: tuple[bytes, bytes], sizes: tuple[int, int, int]
) -> tuple[OldKeys, OldKeys]:
    """The client's keys and the server's; `sizes` are those of a MAC key, a key and an IV."""
    mac, key, iv = sizes
    block = prf_of(version, hash_name)(master, b"key expansion", randoms[1] + randoms[0], 2 * (mac + key + iv))
    cuts = [0, mac, 2 * mac, 2 * mac + key, 2 * (mac + key), 2 * (mac + key) + iv, len(block)]
    parts = [block[a:b] for a, b in pairwise(cuts)]
    return OldKeys(*parts[0::2]), OldKeys(*parts[1::2])


def session_hash(version: int, hash_name: str, messages: bytes) -> bytes:
    """The hash of a handshake: MD5 and SHA-1 side by side before TLS 1.2."""
    if version >= TLS12:
        return hashlib.new(hash_name, messages).digest()
    return _md5(messages) + _sha1(messages)


def finished_value(version: int, hash_name: str, master: bytes, sender: str, messages: bytes) -> bytes:
    """verify_data of ``client`` or ``server`` over the messages before it."""
    if version == SSL3:
        mark = {"client": b"CLNT", "server": b"SRVR"}[sender]
        return ssl3_hash(master, messages + mark, "md5") + ssl3_hash(master, messages + mark, "sha1")
    label = sender.encode() + b" finished"
    return prf_of(version, hash_name)(master, label, session_hash(version, hash_name, messages), 12)


def ssl3_hash(master: bytes, messages: bytes, name: str) -> bytes:
    """RFC 6101 section 5.6.8: also what a client's CertificateVerify signs."""
    fill = 48 if name == "md5" else 40
    inner = hashlib.new(name, messages + master + b"\x36" * fill).digest()
    return hashlib.new(name, master + b"\x5c" * fill + inner).digest()


def _ssl3(secret: bytes, seed: bytes, length: int) -> bytes:
    """A, BB, CCC, ... hashed with the secret until it is enough."""
    output, count = b"", 1
    while len(output) < length and count <= 26:
        salt = bytes((64 + count,)) * count
        output += _md5(secret + _sha1(salt + secret + seed))
        count += 1
    return output[:length]


def _tls10(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """Half of the secret through MD5, the other half through SHA-1, one over the other."""
    half = (len(secret) + 1) // 2
    left = _p_hash(secret[:half], label + seed, length, "md5")
    right = _p_hash(secret[len(secret) - half :], label + seed, length, "sha1")
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _p_hash(secret: bytes, seed: bytes, length: int, name: str) -> bytes:
    a, output = seed, b""
    while len(output) < length:
        a = digest(secret, a, name)
        output += digest(secret, a + seed, name)
    return output[:length]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
