"""What lets a session be resumed: a client's Ticket, a server's SessionState, and keys shared beforehand.

All are plain frozen values that go to bytes and back. Nothing here opens, seals or stores them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Protocol, Self

from dojang.crypto.hkdf import expand_label, extract
from dojang.errors import ApiMisuse, DecodeError
from dojang.wire.codec import Opaque, Struct, Uint, Vector
from dojang.wire.codes import CertificateType, CipherSuite, NamedGroup, SignatureScheme, Version

__all__ = ["LONGEST_LIFETIME", "ExternalPsk", "MemoryTickets", "SessionState", "Ticket", "TicketCache", "import_psk"]

# Seven days in seconds: RFC 9846 section 4.7.1.
LONGEST_LIFETIME = 604800

_TICKET_FORMAT = b"dojang ticket 1\n"
_STATE_FORMAT = b"\x01"
_DERChain = Annotated[tuple[Annotated[bytes, Opaque(3, 1)], ...], Vector(3)]


class _Resumable(Struct):
    """What both sides remember of a session. Times are seconds since the epoch; a flag is 0 or 1."""

    version: Version
    cipher_suite: CipherSuite
    secret: Annotated[bytes, Opaque(1)]
    server_name: Annotated[bytes, Opaque(2)]
    alpn: Annotated[bytes, Opaque(1)]
    peer_chain: _DERChain
    peer_type: CertificateType
    group: NamedGroup
    signature_scheme: SignatureScheme
    created: Annotated[int, Uint(8)]
    lifetime: Annotated[int, Uint(4)]
    age_add: Annotated[int, Uint(4)]
    max_early_data: Annotated[int, Uint(4)]
    extended_master_secret: Annotated[int, Uint(1)]

    def __repr__(self) -> str:
        name = self.server_name.decode("ascii", "backslashreplace")
        return f"<{type(self).__name__} {self.version.label} for {name or 'no name'}, {self.cipher_suite.label}>"

    def is_fresh(self, now: float) -> bool:
        """Whether its lifetime has begun and not ended; a clock that was set back ends it too."""
        return -60 <= now - self.created < self.lifetime


class Ticket(_Resumable):
    """A client's means to resume. Whoever has it can: keep it as secret as a key.

    identity: what the server is shown; empty where a session ID does it. session_id: TLS 1.2 only.
    received: milliseconds since the epoch, for the age that TLS 1.3 sends.
    """

    identity: Annotated[bytes, Opaque(2)]
    session_id: Annotated[bytes, Opaque(1, 0, 32)]
    received: Annotated[int, Uint(8)]

    def to_bytes(self) -> bytes:
        """For a file of one's own, which must be as secret as a key."""
        return _TICKET_FORMAT + self.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` gave. Raises ApiMisuse for anything else."""
        if not data.startswith(_TICKET_FORMAT):
            raise ApiMisuse("these bytes are no ticket of this version of dojang")
        try:
            return cls.parse(data[len(_TICKET_FORMAT) :])
        except DecodeError as error:
            raise ApiMisuse("the ticket is damaged: {problem}", problem=error.reason) from None

    def obfuscated_age(self, now: float) -> int:
        """RFC 9846 section 4.3.11.1: milliseconds since it came, under a mask."""
        return (max(0, int(now * 1000) - self.received) + self.age_add) & 0xFFFFFFFF


class SessionState(_Resumable):
    """What a server remembers, in a sealed ticket or a store.

    issued: milliseconds since the epoch. authenticated: seconds, when certificates last proved anything; resuming does
    not make it younger.
    """

    issued: Annotated[int, Uint(8)]
    authenticated: Annotated[int, Uint(8)]

    def to_bytes(self) -> bytes:
        """For sealing or storing."""
        return _STATE_FORMAT + self.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self | None:
        """What `to_bytes` gave, None for anything else: an old format is no error, only a full handshake."""
        if not data.startswith(_STATE_FORMAT):
            return None
        try:
            return cls.parse(data[1:])
        except DecodeError:
            return None


class TicketCache(Protocol):
    """Where a client keeps tickets, by the name of the server."""

    def put(self, name: str, ticket: Ticket) -> None: ...

    def take(self, name: str) -> Ticket | None:
        """A ticket that nobody else gets: used twice, it would tell an observer that both visits are of one client."""
        ...


class MemoryTickets:
    """Tickets in memory, the latest `per_name` for each of `names` servers."""

    def __init__(self, names: int = 1024, per_name: int = 4) -> None:
        self._names = names
        self._per_name = per_name
        self._tickets: dict[str, list[Ticket]] = {}
        self._lock = Lock()

    def put(self, name: str, ticket: Ticket) -> None:
        """Keep it; the oldest gives way."""
        with self._lock:
            kept = self._tickets.pop(name, [])
            self._tickets[name] = [*kept, ticket][-self._per_name :]
            while len(self._tickets) > self._names:
                del self._tickets[next(iter(self._tickets))]

    def take(self, name: str) -> Ticket | None:
        """The latest, which is forgotten; a TLS 1.2 session that goes by its ID comes back if it was resumed."""
        with self._lock:
            kept = self._tickets.get(name)
            if not kept:
                return None
            ticket = kept.pop()
            if not kept:
                del self._tickets[name]
            return ticket


@dataclass(frozen=True, slots=True)
class ExternalPsk:
    """A key that both sides had before (RFC 9846 section 4.3.11), for one hash.

    binder_label: "ext binder", or "imp binder" where it came from `import_psk`.
    with_certificate: the server proves itself by certificate as well (RFC 8773).
    """

    identity: bytes
    key: bytes = field(repr=False)
    hash_name: str = "sha256"
    binder_label: str = "ext binder"
    with_certificate: bool = False

    def __post_init__(self) -> None:
        if not self.identity or len(self.key) < 16:
            raise ApiMisuse("an external PSK needs an identity and a key of 16 bytes or more")


class _ImportedIdentity(Struct):
    """RFC 9258 section 5.1."""

    external_identity: Annotated[bytes, Opaque(2, 1)]
    context: Annotated[bytes, Opaque(2)]
    target_protocol: Annotated[int, Uint(2)]
    target_kdf: Annotated[int, Uint(2)]


_KDFS = {"sha256": 1, "sha384": 2}


def import_psk(
    identity: bytes, key: bytes, context: bytes = b"", *, hash_name: str = "sha256"
) -> tuple[ExternalPsk, ...]:
    """RFC 9258: from one key, a PSK for each hash of TLS 1.3, bound to protocol, hash and `context`.

    hash_name: the hash the key itself is associated with.
    """
    imported = []
    for target, kdf in _KDFS.items():
        name = _ImportedIdentity(identity, context, Version.TLS13, kdf).encode()
        size = hashlib.new(target).digest_size
        base = extract(bytes(hashlib.new(hash_name).digest_size), key, hash_name)
        digest = hashlib.new(hash_name, name).digest()
        derived = expand_label(base, "derived psk", digest, size, hash_name)
        imported.append(ExternalPsk(name, derived, target, "imp binder"))
    return tuple(imported)
