"""The transcript hash of RFC 9846 section 4.1, fed with the messages' own bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dojang.wire.codes import HandshakeType

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["Transcript"]


class Transcript:
    """Raw handshake messages in, digests out. Until the suite is known the bytes wait."""

    __slots__ = ("_hash", "_kept", "_waiting")

    def __init__(self) -> None:
        self._hash: _Hash | None = None
        self._kept: bytearray | None = None
        self._waiting = bytearray()

    def add(self, raw: bytes) -> None:
        """Append one whole message."""
        if self._hash is None:
            self._waiting += raw
        else:
            self._hash.update(raw)
            if self._kept is not None:
                self._kept += raw

    @property
    def hashing(self) -> bool:
        """Whether the hash is chosen."""
        return self._hash is not None

    def choose_hash(self, hash_name: str) -> None:
        """Start hashing, what came before included."""
        self._hash = hashlib.new(hash_name, self._waiting)
        self._waiting = bytearray()

    def keep(self) -> None:
        """Keep the messages too: TLS 1.2 signs them with a hash that is known late. Call it before `choose_hash`."""
        self._kept = bytearray(self._waiting)

    @property
    def messages(self) -> bytes:
        """All messages so far, if they were kept."""
        assert self._kept is not None, "nothing was kept"
        return bytes(self._kept)

    def forget_messages(self) -> None:
        """They are not needed any more."""
        self._kept = None

    def digest(self) -> bytes:
        """The hash of all messages so far."""
        assert self._hash is not None, "no hash chosen yet"
        return self._hash.copy().digest()

    def digest_with(self, partial: bytes) -> bytes:
        """The hash of all messages so far and of `partial`, which is not kept (PSK binders)."""
        assert self._hash is not None, "no hash chosen yet"
        running = self._hash.copy()
        running.update(partial)
        return running.digest()

    def fork(self) -> Transcript:
        """The same transcript as it stands, to go on from by itself."""
        other = Transcript()
        other._hash = None if self._hash is None else self._hash.copy()
        other._waiting = bytearray(self._waiting)
        return other

    def digest_so_far(self, hash_name: str) -> bytes:
        """The hash of all messages so far though the suite is not chosen yet (early data)."""
        return hashlib.new(hash_name, self._waiting).digest()

    def fold_first_hello(self) -> None:
        """Replace ClientHello1 by a message_hash, as a HelloRetryRequest demands (section 4.1)."""
        assert self._hash is not None, "no hash chosen yet"
        digest = self._hash.digest()
        self._hash = hashlib.new(self._hash.name)
        self._hash.update(bytes((HandshakeType.MESSAGE_HASH, 0, 0, len(digest))) + digest)
