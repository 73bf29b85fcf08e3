"""From secrets to openers: which key opens a record, in every version that captures show.

For TLS 1.3 each direction has a row of candidates (early, handshake, application) that are tried in order, for a
capture does not always show where keys change; for TLS 1.2 and older the key block is made when ChangeCipherSpec comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

from dojang.capture.messages import draft_of, psk_identities
from dojang.capture.old_prf import extended_master_from, master_from, old_key_block
from dojang.capture.secrets import Secrets
from dojang.capture.steps import Handshake
from dojang.capture.transcript import hash_name_of
from dojang.crypto.old_protection import CIPHERS, OldOpener
from dojang.crypto.old_suites import suite12_for
from dojang.crypto.protection import Opener
from dojang.crypto.protection12 import Opener12
from dojang.crypto.schedule12 import key_block
from dojang.crypto.schedule13 import (
    derive_secret,
    early_secret,
    handshake_secret,
    main_secret,
    next_traffic_secret,
    traffic_keys,
)
from dojang.crypto.suites import TLS13_SUITES, Suite
from dojang.wire.codes import CipherSuite, ContentType, ExtensionType, HandshakeType
from dojang.wire.extensions import SelectedPsk

__all__ = [
    "Candidate",
    "RecordOpener",
    "application_candidate",
    "early_candidates",
    "find_master",
    "handshake_candidate",
    "openers12",
]

SSL3, TLS11 = 0x0300, 0x0302


class RecordOpener(Protocol):
    """What opens one direction's records; `sequence` may be set, to go on after a gap."""

    sequence: int

    def open(self, header: bytes, fragment: bytes, /) -> tuple[ContentType, bytes]: ...


class Candidate:
    """One key of one direction. secret: what it was derived from, for KeyUpdate; b"" before TLS 1.3."""

    __slots__ = ("epoch", "opener", "secret", "suite")

    def __init__(self, epoch: str, opener: RecordOpener, secret: bytes = b"", suite: Suite | None = None) -> None:
        self.epoch = epoch
        self.opener = opener
        self.secret = secret
        self.suite = suite

    def updated(self) -> Candidate | None:
        """The key after a KeyUpdate, RFC 9846 section 7.2."""
        if self.suite is None:
            return None
        secret = next_traffic_secret(self.secret, self.suite.hash_name)
        return Candidate(self.epoch, _opener13(secret, self.suite), secret, self.suite)


# TLS 1.3


def early_candidates(handshake: Handshake, secrets: Secrets) -> list[Candidate]:
    """Keys for 0-RTT. The suite is the ticket's, which nothing here names: each that fits the secret is tried."""
    secret = secrets.of(handshake.client_random).get("CLIENT_EARLY_TRAFFIC_SECRET")
    if secret is not None:
        handshake.traffic["CLIENT_EARLY_TRAFFIC_SECRET"] = secret
        return [_candidate("early", secret, suite) for suite in _SUITES13 if suite.hash_size == len(secret)]
    psk = _offered_psk(handshake, secrets)
    if psk is None or handshake.client_hello is None:
        return []
    handshake.psk = psk
    return list(_early_from_psk(psk, handshake.client_hello.raw))


def handshake_candidate(handshake: Handshake, secrets: Secrets, sender: str) -> Candidate | None:
    """The key of the rest of one side's handshake, once the ServerHello is known."""
    label = f"{sender.upper()}_HANDSHAKE_TRAFFIC_SECRET"
    secret = secrets.of(handshake.client_random).get(label) or _derived(handshake, secrets).get(label)
    return _named(handshake, "handshake", label, secret)


def application_candidate(handshake: Handshake, secrets: Secrets, sender: str) -> Candidate | None:
    """The key of one side's data; derived from a PSK only once the server's Finished is known."""
    label = f"{sender.upper()}_TRAFFIC_SECRET_0"
    secret = secrets.of(handshake.client_random).get(label)
    if secret is None and handshake.psk is not None and "server" in handshake.finished:
        secret = _derived_application(handshake).get(label)
    return _named(handshake, "application", label, secret)


def _named(handshake: Handshake, epoch: str, label: str, secret: bytes | None) -> Candidate | None:
    suite = TLS13_SUITES.get(CipherSuite.of(handshake.suite))
    if secret is None or suite is None or len(secret) != suite.hash_size:
        return None
    handshake.traffic[label] = secret
    candidate = _candidate(epoch, secret, suite)
    draft = draft_of(handshake.version)
    if draft is not None and draft < 25:
        candidate.opener = _WithoutHeader(candidate.opener)
    return candidate


def _candidate(epoch: str, secret: bytes, suite: Suite) -> Candidate:
    return Candidate(epoch, _opener13(secret, suite), secret, suite)


def _opener13(secret: bytes, suite: Suite) -> Opener:
    return Opener(suite, traffic_keys(secret, suite.key_size, suite.hash_name))


class _WithoutHeader:
    """Before draft 25 the record's header was not authenticated."""

    def __init__(self, opener: RecordOpener) -> None:
        self._opener = opener

    @property
    def sequence(self) -> int:
        return self._opener.sequence

    @sequence.setter
    def sequence(self, value: int) -> None:
        self._opener.sequence = value

    def open(self, _header: bytes, fragment: bytes) -> tuple[ContentType, bytes]:
        return self._opener.open(b"", fragment)


_SUITES13 = tuple(TLS13_SUITES.values())


def _offered_psk(handshake: Handshake, secrets: Secrets) -> bytes | None:
    """The key of the first identity that the client offers: the one that 0-RTT is under."""
    hello = handshake.client_hello
    identities = psk_identities(hello.extensions) if hello is not None else ()
    return secrets.psk(identities[0]) if identities else None


def _early_from_psk(psk: bytes, hello: bytes) -> Iterator[Candidate]:
    for suite in _SUITES13:
        digest = hashlib.new(suite.hash_name, hello).digest()
        secret = derive_secret(early_secret(psk, suite.hash_name), "c e traffic", digest, suite.hash_name)
        yield _candidate("early", secret, suite)


def _derived(handshake: Handshake, secrets: Secrets) -> dict[str, bytes]:
    """Handshake traffic secrets from a PSK alone, which only psk_ke mode allows: with (EC)DHE a secret is missing."""
    hello = handshake.server_hello
    if hello is None or hello.extension(ExtensionType.KEY_SHARE) is not None:
        return {}
    psk = _selected_psk(handshake, secrets)
    if psk is None:
        return {}
    handshake.psk, name = psk, hash_name_of(handshake)
    digest = hashlib.new(name, handshake.transcript(hello, including=True)).digest()
    secret = handshake_secret(early_secret(psk, name), None, name)
    return {
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET": derive_secret(secret, "c hs traffic", digest, name),
        "SERVER_HANDSHAKE_TRAFFIC_SECRET": derive_secret(secret, "s hs traffic", digest, name),
    }


def _selected_psk(handshake: Handshake, secrets: Secrets) -> bytes | None:
    assert handshake.server_hello is not None
    chosen = handshake.server_hello.extension(ExtensionType.PRE_SHARED_KEY)
    if chosen is None or handshake.client_hello is None or len(chosen.extension_data) != 2:
        return None
    number = SelectedPsk.parse(chosen.extension_data).selected_identity
    identities = psk_identities(handshake.client_hello.extensions)
    return secrets.psk(identities[number]) if number < len(identities) else None


def _derived_application(handshake: Handshake) -> dict[str, bytes]:
    finished = handshake.find(HandshakeType.FINISHED, "server")
    if finished is None:
        return {}
    name = hash_name_of(handshake)
    digest = hashlib.new(name, handshake.transcript(finished, including=True)).digest()
    secret = main_secret(handshake_secret(early_secret(handshake.psk, name), None, name), name)
    return {
        "CLIENT_TRAFFIC_SECRET_0": derive_secret(secret, "c ap traffic", digest, name),
        "SERVER_TRAFFIC_SECRET_0": derive_secret(secret, "s ap traffic", digest, name),
        "EXPORTER_SECRET": derive_secret(secret, "exp master", digest, name),
    }


# TLS 1.2 and older


def find_master(handshake: Handshake, secrets: Secrets) -> bytes | None:
    """The master secret, and in `handshake.master_origin` how it was come by."""
    if handshake.master is None:
        logged = secrets.of(handshake.client_random).get("CLIENT_RANDOM")
        if logged is not None:
            handshake.master, handshake.master_origin = logged, "keylog"
        else:
            _derive_master(handshake, secrets)
        if handshake.master is not None:
            secrets.remember(_names(handshake), handshake.master)
    return handshake.master


def _derive_master(handshake: Handshake, secrets: Secrets) -> None:
    exchange = handshake.find(HandshakeType.CLIENT_KEY_EXCHANGE)
    if exchange is None:
        hello = handshake.client_hello
        value = hello.value if hello is not None else None
        if value is not None:
            ticket = handshake.extension(ExtensionType.SESSION_TICKET, sender="client")
            handshake.master = secrets.resumed(value.legacy_session_id, ticket.extension_data if ticket else b"")
            handshake.master_origin = "resumed"
        return
    pre_master = _pre_master(handshake, secrets, exchange.value)
    if pre_master is None:
        return
    handshake.pre_master = pre_master
    version, name = handshake.version, hash_name_of(handshake)
    if _both(handshake, ExtensionType.EXTENDED_MASTER_SECRET):
        messages = handshake.transcript(exchange, including=True)
        handshake.master = extended_master_from(version, name, pre_master, messages)
    else:
        randoms = handshake.client_random, handshake.server_random
        handshake.master = master_from(version, name, pre_master, randoms)


def _pre_master(handshake: Handshake, secrets: Secrets, exchange: object) -> bytes | None:
    """RFC 5246 section 7.4.7.1 for RSA, RFC 4279 sections 2 and 4 for PSK."""
    encrypted = getattr(exchange, "encrypted_pre_master_secret", None)
    identity = getattr(exchange, "psk_identity", None)
    kind = handshake.shape.exchange
    if identity is not None and kind in ("psk", "rsa_psk"):
        psk = secrets.psk(identity)
        other = bytes(len(psk or b"")) if kind == "psk" else secrets.pre_master(encrypted or b"", b"")
        if psk is None or other is None:
            return None
        handshake.master_origin, handshake.psk = "psk", psk
        return len(other).to_bytes(2, "big") + other + len(psk).to_bytes(2, "big") + psk
    handshake.master_origin = "rsa"
    return secrets.pre_master(encrypted or b"", handshake.client_random)


def _both(handshake: Handshake, kind: ExtensionType) -> bool:
    return all(handshake.extension(kind, sender=side) is not None for side in ("client", "server"))


def _names(handshake: Handshake) -> list[bytes]:
    """Under what a later connection may ask to resume this session."""
    hello = handshake.server_hello
    value = hello.value if hello is not None else None
    names = [value.legacy_session_id_echo] if value is not None and not handshake.is_tls13 else []
    tickets = (m.value for m in handshake.messages if m.type is HandshakeType.NEW_SESSION_TICKET)
    return names + [ticket.ticket for ticket in tickets if ticket is not None]


def openers12(handshake: Handshake, master: bytes) -> dict[str, RecordOpener] | None:
    """An opener for each side, or None where the cipher is one that can't be opened here."""
    shape, name = handshake.shape, hash_name_of(handshake)
    randoms = handshake.client_random, handshake.server_random
    if shape.is_aead:
        suite = suite12_for(shape.code, shape.cipher, shape.mode, shape.key_size, name)
        if suite is None:
            return None
        keys = key_block(master, *randoms, (suite.key_size, suite.iv_size), name)
        return {"client": Opener12(suite, keys.client), "server": Opener12(suite, keys.server)}
    cipher = CIPHERS.get(shape.cipher)
    if (cipher is None and shape.cipher != "NULL") or shape.export or not shape.mac or shape.mac not in _HASHES:
        return None
    iv = cipher.block if cipher is not None and handshake.version < TLS11 else 0
    sizes = hashlib.new(shape.mac).digest_size, cipher.key_size if cipher else 0, iv
    both = old_key_block(handshake.version, name, master, randoms, sizes)
    outside = _both(handshake, ExtensionType.ENCRYPT_THEN_MAC)
    client, server = (OldOpener(cipher, keys, handshake.version, shape.mac, encrypt_then_mac=outside) for keys in both)
    return {"client": client, "server": server}


_HASHES = ("md5", "sha1", "sha256", "sha384")
