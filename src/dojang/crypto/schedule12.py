"""The key schedule of TLS 1.2: RFC 5246 sections 6.3 and 8.1, RFC 7627, RFC 5705. Pure functions over bytes."""

from __future__ import annotations

from typing import NamedTuple

from dojang.crypto.prf import prf
from dojang.crypto.schedule13 import TrafficKeys

__all__ = ["KeyBlock", "export12", "extended_master_secret", "finished12", "key_block", "master_secret"]


class KeyBlock(NamedTuple):
    """RFC 5246 section 6.3, for AEAD suites: no MAC keys."""

    client: TrafficKeys
    server: TrafficKeys


def master_secret(pre_master: bytes, client_random: bytes, server_random: bytes, hash_name: str) -> bytes:
    """RFC 5246 section 8.1."""
    return prf(pre_master, b"master secret", client_random + server_random, 48, hash_name)


def extended_master_secret(pre_master: bytes, session_hash: bytes, hash_name: str) -> bytes:
    """RFC 7627 section 4: bound to the whole handshake up to the ClientKeyExchange."""
    return prf(pre_master, b"extended master secret", session_hash, 48, hash_name)


def key_block(
    master: bytes, client_random: bytes, server_random: bytes, sizes: tuple[int, int], hash_name: str
) -> KeyBlock:
    """Keys and implicit nonces of both directions; `sizes` are those of a key and of an implicit nonce in bytes."""
    key, iv = sizes
    block = prf(master, b"key expansion", server_random + client_random, 2 * (key + iv), hash_name)
    ivs = block[2 * key :]
    return KeyBlock(TrafficKeys(block[:key], ivs[:iv]), TrafficKeys(block[key : 2 * key], ivs[iv:]))


def finished12(master: bytes, sender: str, transcript_hash: bytes, hash_name: str) -> bytes:
    """verify_data of RFC 5246 section 7.4.9; `sender` is "client" or "server"."""
    return prf(master, sender.encode() + b" finished", transcript_hash, 12, hash_name)


def export12(
    master: bytes, label: str, randoms: tuple[bytes, bytes], context: bytes | None, length: int, hash_name: str
) -> bytes:
    """RFC 5705 section 4; `randoms` are the client's and the server's. No context differs from an empty one."""
    seed = randoms[0] + randoms[1]
    if context is not None:
        seed += len(context).to_bytes(2, "big") + context
    return prf(master, label.encode(), seed, length, hash_name)
