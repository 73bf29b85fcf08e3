"""The key schedule of TLS 1.3, RFC 9846 section 7: pure functions over bytes. Who installs what is the engine's."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import NamedTuple

from dojang.crypto.hkdf import expand_label, expand_labels, extract

__all__ = [
    "TrafficKeys",
    "derive_secret",
    "derive_secrets",
    "early_secret",
    "early_secrets",
    "empty_hash",
    "export",
    "finished_mac",
    "handshake_secret",
    "main_secret",
    "next_traffic_secret",
    "traffic_keys",
]


class TrafficKeys(NamedTuple):
    """Section 7.3: write key and write IV of one direction."""

    key: bytes
    iv: bytes


def derive_secret(secret: bytes, label: str, transcript_hash: bytes, hash_name: str) -> bytes:
    """Derive-Secret of section 7.1."""
    return expand_label(secret, label, transcript_hash, len(transcript_hash), hash_name)


def derive_secrets(secret: bytes, labels: tuple[str, ...], transcript_hash: bytes, hash_name: str) -> list[bytes]:
    """Derive-Secret for several labels under one transcript."""
    size = len(transcript_hash)
    return expand_labels(secret, tuple([(label, size) for label in labels]), transcript_hash, hash_name)


@lru_cache(maxsize=4)
def _early_secret_without_psk(hash_name: str) -> bytes:
    zeros = bytes(hashlib.new(hash_name).digest_size)
    return extract(zeros, zeros, hash_name)


def early_secret(psk: bytes | None, hash_name: str) -> bytes:
    """The early secret; without a PSK it is a constant."""
    if psk is None:
        return _early_secret_without_psk(hash_name)
    return extract(bytes(hashlib.new(hash_name).digest_size), psk, hash_name)


def early_secrets(early: bytes, transcript_hash: bytes, hash_name: str) -> tuple[bytes, bytes]:
    """client_early_traffic_secret and early_exporter_secret; the transcript ends with the first ClientHello."""
    traffic = derive_secret(early, "c e traffic", transcript_hash, hash_name)
    return traffic, derive_secret(early, "e exp master", transcript_hash, hash_name)


def handshake_secret(early: bytes, shared: bytes | None, hash_name: str) -> bytes:
    """From the early secret and the key exchange's result (None in psk_ke mode)."""
    return extract(_salt(early, hash_name), _zeros(hash_name) if shared is None else shared, hash_name)


def main_secret(handshake: bytes, hash_name: str) -> bytes:
    """From the handshake secret."""
    return extract(_salt(handshake, hash_name), _zeros(hash_name), hash_name)


def traffic_keys(secret: bytes, key_size: int, hash_name: str) -> TrafficKeys:
    """Section 7.3."""
    return TrafficKeys(*expand_labels(secret, (("key", key_size), ("iv", 12)), b"", hash_name))


def next_traffic_secret(secret: bytes, hash_name: str) -> bytes:
    """Section 7.2: application_traffic_secret_N+1."""
    return expand_label(secret, "traffic upd", b"", len(secret), hash_name)


def finished_mac(base_key: bytes, transcript_hash: bytes, hash_name: str) -> bytes:
    """verify_data of section 4.5.3; also a PSK binder (section 4.3.11.2)."""
    finished_key = expand_label(base_key, "finished", b"", len(base_key), hash_name)
    return hmac.digest(finished_key, transcript_hash, hash_name)


def export(exporter_secret: bytes, label: str, context: bytes, length: int, hash_name: str) -> bytes:
    """Section 7.5: keying material for the application."""
    secret = derive_secret(exporter_secret, label, empty_hash(hash_name), hash_name)
    digest = hashlib.new(hash_name, context).digest()
    return expand_label(secret, "exporter", digest, length, hash_name)


@lru_cache(maxsize=4)
def empty_hash(hash_name: str) -> bytes:
    """The hash of nothing."""
    return hashlib.new(hash_name).digest()


@lru_cache(maxsize=4)
def _zeros(hash_name: str) -> bytes:
    return bytes(len(empty_hash(hash_name)))


@lru_cache(maxsize=4)
def _salt_without_psk(hash_name: str) -> bytes:
    return derive_secret(_early_secret_without_psk(hash_name), "derived", empty_hash(hash_name), hash_name)


def _salt(secret: bytes, hash_name: str) -> bytes:
    """The salt of the next Extract, section 7.1's Derive-Secret(., "derived", "")."""
    if secret == _early_secret_without_psk(hash_name):
        return _salt_without_psk(hash_name)
    return derive_secret(secret, "derived", empty_hash(hash_name), hash_name)
