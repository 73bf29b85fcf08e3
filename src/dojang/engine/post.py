"""What happens after the handshake: RFC 9846 section 4.7 for TLS 1.3, and what is left of it in TLS 1.2."""

from __future__ import annotations

from typing import cast

from dojang.crypto.hkdf import expand_label
from dojang.crypto.protection import Opener, Sealer
from dojang.crypto.schedule13 import next_traffic_secret, traffic_keys
from dojang.engine.config import Config
from dojang.engine.flight import Established, Link, Step, Update
from dojang.engine.negotiate import read_bodies
from dojang.engine.session import Session
from dojang.engine.ticket import LONGEST_LIFETIME, Ticket
from dojang.errors import ApiMisuse, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import (
    Alert,
    AlertLevel,
    ExtensionType,
    HandshakeType,
    KeyUpdateRequest,
    NamedGroup,
    SignatureScheme,
    Version,
)
from dojang.wire.extensions import Context
from dojang.wire.hello import ClientHello
from dojang.wire.messages12 import HelloRequest
from dojang.wire.messages13 import KeyUpdate, NewSessionTicket

__all__ = ["PostHandshake", "PostHandshake12", "ticket_secret"]

# KeyUpdates, tickets or wishes to renegotiate in a row with no data between: no sound peer comes near.
_MOST_MESSAGES = 32


class PostHandshake:
    """Keys that go on, messages that come late. The reading half never writes: what it owes, the writing half sends.

    bound_name: what tickets are bound to, the host that the application named.
    """

    __slots__ = (
        "_config",
        "_link",
        "_messages",
        "_read_secret",
        "_session",
        "_suite",
        "_update",
        "_write_secret",
        "bound_name",
        "later",
        "owes_update",
        "tickets",
    )

    def __init__(self, link: Link, config: Config, established: Established, bound_name: bytes) -> None:
        assert established.update is not None
        self._link = link
        self._config = config
        self._session = established.session
        self._update = established.update
        self._suite = established.update.suite
        self._read_secret = established.update.read_secret
        self._write_secret = established.update.write_secret
        self._messages = 0
        self.later = established.later
        self.bound_name = bound_name
        self.owes_update = False
        self.tickets: list[Ticket] = []

    def receive(self, handshake_type: HandshakeType, raw: bytes) -> Step[Session] | None:
        """One message; where it begins an exchange, that exchange, which wants to be given the message itself."""
        message: KeyUpdate | NewSessionTicket
        if self.later is not None and self.later.begins_with(handshake_type):
            self._count()
            return self.later.run(self._read_secret)
        if handshake_type is HandshakeType.KEY_UPDATE:
            message = KeyUpdate.parse(raw[4:])
        elif handshake_type is HandshakeType.NEW_SESSION_TICKET and self._link.role == "client":
            message = NewSessionTicket.parse(raw[4:])
        else:
            raise _unexpected(self._link, handshake_type)
        if self._link.observer is not None:
            self._link.observer.message(self._link.peer, message, raw, self._link.read_epoch)
        self._count()
        if isinstance(message, KeyUpdate):
            self._receive_key_update(message)
        else:
            self._receive_ticket(message)
        return None

    @property
    def owes(self) -> bool:
        """Whether the reading half left something to be sent."""
        return self.owes_update or (self.later is not None and self.later.owes)

    def send_due(self) -> None:
        """Send it."""
        if self.owes_update:
            self.update_write_keys(request_peer=False)
        if self.later is not None and self.later.owes:
            self.later.send_due(self._write_secret)

    def _count(self) -> None:
        self._messages += 1
        if self._messages > _MOST_MESSAGES:
            raise _too_many(self._messages)

    def data_received(self) -> None:
        """The peer does more than update its keys."""
        self._messages = 0

    def records_left(self) -> int:
        """How many records the writing key may still seal before a KeyUpdate, which is not counted."""
        sealer = self._link.write.sealer
        assert sealer is not None
        limit = min(self._config.max_records_per_key or self._suite.max_records, self._suite.max_records)
        return max(0, limit - 1 - sealer.sequence)

    def update_write_keys(self, *, request_peer: bool) -> None:
        """Section 4.7.3: tell, then seal with the next keys."""
        self.owes_update = False
        request = KeyUpdateRequest.UPDATE_REQUESTED if request_peer else KeyUpdateRequest.UPDATE_NOT_REQUESTED
        message = KeyUpdate(request)
        raw = message.frame()
        self._link.write.send_message(raw)
        if self._link.observer is not None:
            self._link.observer.message(self._link.role, message, raw, self._link.write_epoch)
        self._write_secret = next_traffic_secret(self._write_secret, self._suite.hash_name)
        keys = traffic_keys(self._write_secret, self._suite.key_size, self._suite.hash_name)
        self._link.write.install(Sealer(self._suite, keys))

    def _receive_key_update(self, message: KeyUpdate) -> None:
        if not message.request_update.is_registered:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "a KeyUpdate asks for {value}, which means nothing",
                "RFC 9846 section 4.7.3",
                value=int(message.request_update),
            )
        self._read_secret = next_traffic_secret(self._read_secret, self._suite.hash_name)
        keys = traffic_keys(self._read_secret, self._suite.key_size, self._suite.hash_name)
        self._link.read.install(Opener(self._suite, keys))
        if message.request_update is KeyUpdateRequest.UPDATE_REQUESTED:
            self.owes_update = True

    def _receive_ticket(self, message: NewSessionTicket) -> None:
        """Section 4.7.1; a lifetime of 0 says not to keep it."""
        bodies = read_bodies(message.extensions, Context.NEW_SESSION_TICKET)
        limit = cast(ext.EarlyDataLimit | None, bodies.get(ExtensionType.EARLY_DATA))
        if not message.ticket_lifetime or not self._config.resumption:
            return
        now, session = self._config.clock(), self._session
        self.tickets.append(
            Ticket(
                Version.TLS13,
                self._suite.code,
                ticket_secret(self._update, message.ticket_nonce),
                self.bound_name,
                (session.alpn or "").encode(),
                session.peer_chain,
                session.peer_type,
                session.group or NamedGroup.of(0),
                session.signature_scheme or SignatureScheme.of(0),
                int(now),
                min(message.ticket_lifetime, LONGEST_LIFETIME),
                message.ticket_age_add,
                limit.max_early_data_size if limit is not None else 0,
                0,
                message.ticket,
                b"",
                int(now * 1000),
            )
        )


class PostHandshake12:
    """TLS 1.2 after its handshake: renegotiation is refused, nothing else may come (RFC 5246 section 7.2.2)."""

    __slots__ = ("_link", "_messages", "owes", "tickets")

    def __init__(self, link: Link, established: Established) -> None:
        self._link = link
        self._messages = 0
        self.owes = False  # a refusal to renegotiate
        self.tickets: list[Ticket] = list(established.tickets)

    def receive(self, handshake_type: HandshakeType, raw: bytes) -> None:
        """A wish to renegotiate is answered with no_renegotiation; the connection goes on."""
        wish = HelloRequest if self._link.role == "client" else ClientHello
        if handshake_type is not wish.handshake_type:
            raise _unexpected(self._link, handshake_type)
        message = wish.parse(raw[4:])
        if self._link.observer is not None:
            self._link.observer.message(self._link.peer, message, raw, self._link.read_epoch)
        self._messages += 1
        if self._messages > _MOST_MESSAGES:
            raise _too_many(self._messages)
        self.owes = True

    def send_due(self) -> None:
        """RFC 5246 section 7.2.2: a warning, no more."""
        self.owes = False
        if self._link.observer is not None:
            self._link.observer.alert(
                self._link.role, AlertLevel.WARNING, Alert.NO_RENEGOTIATION, self._link.write_epoch
            )
        self._link.write.send_alert(AlertLevel.WARNING, Alert.NO_RENEGOTIATION)

    def data_received(self) -> None:
        """The peer does more than ask."""
        self._messages = 0

    def records_left(self) -> int:
        """How many records the key may still seal; there is no other key after it."""
        sealer = self._link.write.sealer
        assert sealer is not None
        left = sealer.suite.max_records - 1 - sealer.sequence
        if left <= 0:
            raise ApiMisuse("this connection's key has protected as much as is safe; TLS 1.2 needs a new connection")
        return left

    def update_write_keys(self, *, request_peer: bool) -> None:  # noqa: ARG002
        """TLS 1.2 has no KeyUpdate."""
        raise ApiMisuse("TLS 1.2 can't update its keys")


def ticket_secret(update: Update, nonce: bytes) -> bytes:
    """The PSK of a ticket, RFC 9846 section 4.7.1."""
    secret = update.resumption_secret
    return expand_label(secret, "resumption", nonce, len(secret), update.suite.hash_name)


def _unexpected(link: Link, handshake_type: HandshakeType) -> PeerMisbehaved:
    return PeerMisbehaved(
        Alert.UNEXPECTED_MESSAGE,
        "the {peer} sent {message} after the handshake",
        "RFC 9846 section 4.7",
        peer=link.peer,
        message=handshake_type.label,
    )


def _too_many(count: int) -> PeerMisbehaved:
    return PeerMisbehaved(
        Alert.UNEXPECTED_MESSAGE,
        "{count} messages after the handshake in a row without data",
        "RFC 9846 section 4.7.3",
        count=count,
    )
