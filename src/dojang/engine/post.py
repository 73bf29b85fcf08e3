"""What happens after the handshake, RFC 9846 section 4.7. A client that does not resume drops the tickets it gets."""

from __future__ import annotations

from dojang.crypto.protection import Opener, Sealer
from dojang.crypto.schedule13 import next_traffic_secret, traffic_keys
from dojang.engine.config import Config
from dojang.engine.flight import Established, Link
from dojang.engine.negotiate import read_bodies
from dojang.errors import PeerMisbehaved
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, HandshakeType, KeyUpdateRequest
from dojang.wire.extensions import Context
from dojang.wire.messages13 import KeyUpdate, NewSessionTicket

__all__ = ["PostHandshake"]

# KeyUpdates in a row with no data between: no sound peer comes near.
_MAX_UPDATES = 32


class PostHandshake:
    """Keys that go on, messages that come late. The reading half never writes: what it owes, the writing half sends."""

    __slots__ = ("_config", "_link", "_read_secret", "_suite", "_updates", "_write_secret", "owes_update")

    def __init__(self, link: Link, config: Config, established: Established) -> None:
        self._link = link
        self._config = config
        self._suite = established.suite
        self._read_secret = established.read_secret
        self._write_secret = established.write_secret
        self._updates = 0
        self.owes_update = False

    def receive(self, handshake_type: HandshakeType, raw: bytes) -> None:
        """One message."""
        message: HandshakeMessage
        if handshake_type is HandshakeType.KEY_UPDATE:
            message = KeyUpdate.parse(raw[4:])
        elif handshake_type is HandshakeType.NEW_SESSION_TICKET and self._link.role == "client":
            message = NewSessionTicket.parse(raw[4:])
            read_bodies(message.extensions, Context.NEW_SESSION_TICKET)
        else:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "the {peer} sent {message} after the handshake",
                "RFC 9846 section 4.7",
                peer=self._link.peer,
                message=handshake_type.label,
            )
        if self._link.observer is not None:
            self._link.observer.message(self._link.peer, message, raw, self._link.read_epoch)
        if isinstance(message, KeyUpdate):
            self._receive_key_update(message)

    def data_received(self) -> None:
        """The peer does more than update its keys."""
        self._updates = 0

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
        self._updates += 1
        if self._updates > _MAX_UPDATES:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "{count} KeyUpdates in a row without data",
                "RFC 9846 section 4.7.3",
                count=self._updates,
            )
        self._read_secret = next_traffic_secret(self._read_secret, self._suite.hash_name)
        keys = traffic_keys(self._read_secret, self._suite.key_size, self._suite.hash_name)
        self._link.read.install(Opener(self._suite, keys))
        if message.request_update is KeyUpdateRequest.UPDATE_REQUESTED:
            self.owes_update = True
