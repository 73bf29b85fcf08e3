"""The client's offer to resume: pre-shared keys and their binders (RFC 9846 section 4.3.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from dojang.crypto import schedule13
from dojang.crypto.suites import TLS12_SUITES, TLS13_SUITES
from dojang.engine.config import ClientConfig
from dojang.engine.raw_keys import is_raw_key_accepted
from dojang.engine.ticket import Ticket
from dojang.pki.names import DnsName, IpName
from dojang.pki.profiles import Purpose
from dojang.pki.verify import verify
from dojang.wire import extensions as ext
from dojang.wire.codes import CertificateType, ExtensionType, Version
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello

__all__ = [
    "Psk",
    "binder_key",
    "binders_end",
    "binders_size",
    "offered_psks",
    "usable_ticket",
    "with_binders",
    "without_psks",
]


class Psk(NamedTuple):
    """A pre-shared key as it is offered; `ticket` is None where it was shared by other means."""

    identity: bytes
    secret: bytes
    hash_name: str
    binder_label: str
    age: int
    ticket: Ticket | None
    with_certificate: bool = False


def usable_ticket(
    config: ClientConfig, name: DnsName | IpName | None, ticket: Ticket | None, now: float
) -> Ticket | None:
    """The ticket, if today's configuration would still accept what it stands for."""
    if ticket is None or not config.resumption or not ticket.is_fresh(now) or ticket.server_name != shown_name(name):
        return None
    suites = config.suites13 if ticket.version is Version.TLS13 else config.suites12
    if ticket.cipher_suite not in suites or ticket.cipher_suite not in (TLS13_SUITES | TLS12_SUITES):
        return None
    if ticket.version is Version.TLS12 and config.require_extended_master_secret and not ticket.extended_master_secret:
        return None
    if ticket.peer_type is CertificateType.RAW_PUBLIC_KEY:
        known = is_raw_key_accepted(config, ticket.peer_chain[0], None if name is None else str(name))
        return ticket if known else None
    if config.danger_accept_any_certificate:
        return ticket
    report = verify(ticket.peer_chain, config.trusted, name=name, purpose=Purpose.SERVER, at=config.time())
    return ticket if report.ok else None


def shown_name(name: DnsName | IpName | None) -> bytes:
    """The name a ticket is bound to, addresses too."""
    return b"" if name is None else str(name).encode()


def offered_psks(config: ClientConfig, ticket: Ticket | None, now: float) -> list[Psk]:
    """The ticket first, since early data goes with the first; then the keys shared beforehand.

    A key that goes with a certificate goes with no ticket (RFC 8773 section 5.1).
    """
    offered = []
    if any(psk.with_certificate for psk in config.psks):
        ticket = None
    if ticket is not None and ticket.version is Version.TLS13:
        hash_name = TLS13_SUITES[ticket.cipher_suite].hash_name
        offered.append(Psk(ticket.identity, ticket.secret, hash_name, "res binder", ticket.obfuscated_age(now), ticket))
    return offered + [
        Psk(psk.identity, psk.key, psk.hash_name, psk.binder_label, 0, None, psk.with_certificate)
        for psk in config.psks
    ]


def without_psks(hello: ClientHello) -> list[Extension]:
    """The extensions that a second hello takes over."""
    dropped = (ExtensionType.PRE_SHARED_KEY, ExtensionType.EARLY_DATA)
    return [entry for entry in hello.extensions if entry.extension_type not in dropped]


def psk_extension(psks: Iterable[Psk]) -> Extension:
    """pre_shared_key with empty binders of the right length; it must be the last extension."""
    psks = tuple(psks)
    identities = tuple([ext.PskIdentity(psk.identity, psk.age) for psk in psks])
    binders = tuple([bytes(_HASH_SIZES[psk.hash_name]) for psk in psks])
    return ext.extension(ExtensionType.PRE_SHARED_KEY, ext.OfferedPsks(identities, binders))


def binders_size(psks: Iterable[Psk]) -> int:
    """How many bytes the list of binders takes at the end of the hello."""
    return 2 + sum(1 + _HASH_SIZES[psk.hash_name] for psk in psks)


def binders_end(raw: bytes, binders: Iterable[bytes]) -> int:
    """Where in a received hello the list of binders begins, which is where what they cover ends."""
    return len(raw) - 2 - sum(1 + len(binder) for binder in binders)


def with_binders(raw: bytes, psks: Iterable[Psk], digest: Callable[[bytes, str], bytes]) -> bytes:
    """The hello's bytes with the true binders. `digest`: the transcript's hash with a truncated hello at its end."""
    psks = tuple(psks)
    partial = raw[: -binders_size(psks)]
    binders = b""
    for psk in psks:
        key = binder_key(psk.secret, psk.binder_label, psk.hash_name)
        binder = schedule13.finished_mac(key, digest(partial, psk.hash_name), psk.hash_name)
        binders += bytes((len(binder),)) + binder
    return partial + len(binders).to_bytes(2, "big") + binders


def binder_key(secret: bytes, label: str, hash_name: str) -> bytes:
    """RFC 9846 section 7.1."""
    early = schedule13.early_secret(secret, hash_name)
    return schedule13.derive_secret(early, label, schedule13.empty_hash(hash_name), hash_name)


_HASH_SIZES = {"sha256": 32, "sha384": 48}
