"""The keys that tickets are sealed with, and the sealing (RFC 5077 section 4, RFC 9846 section 4.7.1).

Time is cut into periods. Each period has its key: it seals while the period lasts, and opens for as long after that as
a ticket may live. Periods are counted from the epoch, so whoever shares keys agrees on when they change, and a clock
that jumps back finds the key of that time again. Nothing here reads a clock or touches a file.
"""

from __future__ import annotations

import math
import os
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, Self

from dojang.crypto import sealing
from dojang.errors import ApiMisuse, DecodeError, StoreUnavailable

__all__ = [
    "DEFAULT_LIFETIME",
    "DEFAULT_PERIOD",
    "RotatingTicketKeys",
    "Rotation",
    "TicketKey",
    "TicketKeys",
    "open_ticket",
    "period_label",
    "seal_ticket",
]

# Seconds. At a hundred thousand tickets a second a key reaches the 2^32 that random nonces allow in twelve hours.
DEFAULT_PERIOD = 12 * 3600.0
DEFAULT_LIFETIME = 24 * 3600.0

Random = Callable[[int], bytes]

_NAME_SIZE = 16
_KEY_SIZE = 32
_LABEL_SIZE = 8
_FORM = struct.Struct(f">{_NAME_SIZE}s{_KEY_SIZE}sd")
_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class TicketKey:
    """One key.

    name: 16 bytes that tickets carry in the clear, the first eight of them the label of its period.
    key: 32 bytes. created: when its period begins, in seconds since the epoch; a key may be made before that.
    """

    SIZE = _FORM.size

    name: bytes
    key: bytes = field(repr=False)
    created: float

    def __post_init__(self) -> None:
        if len(self.name) != _NAME_SIZE or len(self.key) != _KEY_SIZE or not math.isfinite(self.created):
            raise ApiMisuse("a ticket key has a name of 16 bytes, a key of 32 and a date")

    @classmethod
    def new(cls, created: float, random: Random = os.urandom) -> Self:
        """A fresh key for the period that begins at `created`."""
        return cls(period_label(created) + random(_NAME_SIZE - _LABEL_SIZE), random(_KEY_SIZE), created)

    def to_bytes(self) -> bytes:
        """56 bytes, the key among them."""
        return _FORM.pack(self.name, self.key, self.created)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse; raises DecodeError."""
        try:
            return cls(*_FORM.unpack(data))
        except (struct.error, ApiMisuse) as error:
            raise DecodeError("these {size} bytes are no ticket key", offset=0, size=len(data)) from error


def period_label(created: float) -> bytes:
    """Eight bytes for the period that begins at `created`: its milliseconds since the epoch."""
    return (int(created * 1000) % 2**64).to_bytes(_LABEL_SIZE, "big")


class TicketKeys(Protocol):
    """Where ticket keys come from: memory, a file shared by processes, Redis shared by machines."""

    def sealing(self, now: float) -> TicketKey:
        """The key to seal with; raises StoreUnavailable where there is none fit for it: then no ticket is issued."""
        ...

    def opening(self, name: bytes, now: float) -> TicketKey | None:
        """The key of that name while it may still open; never raises for a store that can't answer."""
        ...


@dataclass(frozen=True)
class Rotation:
    """When keys seal and open, as pure policy. period, lifetime: seconds; lifetime is the longest a ticket may live."""

    period: float = DEFAULT_PERIOD
    lifetime: float = DEFAULT_LIFETIME

    def __post_init__(self) -> None:
        if not (math.isfinite(self.period) and math.isfinite(self.lifetime) and self.period > 0 <= self.lifetime):
            raise ApiMisuse("ticket keys need a period above zero and a lifetime of zero or more")
        if self.period < 0.01 or self.lifetime / self.period > _MOST_KEYS:
            raise ApiMisuse(
                "keys that rotate every {period} seconds are too many to keep for tickets that live {lifetime} seconds",
                period=self.period,
                lifetime=self.lifetime,
            )

    def begin(self, now: float, ahead: int = 0) -> float:
        """When the period that holds `now` began, or one so many periods `ahead` of it."""
        return (now // self.period + ahead) * self.period

    def end(self, key: TicketKey) -> float:
        """When the key opens no more."""
        return key.created + self.period + self.lifetime

    def may_open(self, key: TicketKey, now: float) -> bool:
        """Past keys until their end, and the next period's, which a machine with a faster clock may have begun."""
        return key.created <= now + self.period and now < self.end(key)

    def sealing(self, keys: Iterable[TicketKey], now: float) -> TicketKey | None:
        """The key of the present period."""
        begin = self.begin(now)
        return next((key for key in keys if key.created == begin), None)

    def opening(self, keys: Iterable[TicketKey], name: bytes, now: float) -> TicketKey | None:
        """The key of that name, where its time allows."""
        return next((key for key in keys if key.name == name and self.may_open(key, now)), None)

    def missing(self, keys: Iterable[TicketKey], now: float, ahead: int = 1) -> list[float]:
        """Which of this period and as many `ahead` have no key, as the times they begin.

        Shared keys are made one period ahead: when a key begins to seal, everyone has long had it.
        """
        begun = {key.created for key in keys}
        return [begin for begin in (self.begin(now, count) for count in range(ahead + 1)) if begin not in begun]

    def complete(
        self, keys: Iterable[TicketKey], now: float, random: Random = os.urandom, ahead: int = 1
    ) -> tuple[TicketKey, ...]:
        """`keys` without those that are over, and with those that are missing."""
        kept = [key for key in keys if self.may_open(key, now)]
        return (*kept, *[TicketKey.new(begin, random) for begin in self.missing(kept, now, ahead)])


class RotatingTicketKeys:
    """Keys in this process alone: tickets end with it."""

    def __init__(
        self, period: float = DEFAULT_PERIOD, lifetime: float = DEFAULT_LIFETIME, *, random: Random = os.urandom
    ) -> None:
        self._rotation = Rotation(period, lifetime)
        self._random = random
        self._keys: tuple[TicketKey, ...] = ()
        self._rotating = threading.Lock()

    def sealing(self, now: float) -> TicketKey:
        """The present period's key, made when it is first asked for."""
        key = self._rotation.sealing(self._keys, now)
        return key or self._rotate(now)

    def opening(self, name: bytes, now: float) -> TicketKey | None:
        """The key of that name while it may open."""
        return self._rotation.opening(self._keys, name, now)

    def _rotate(self, now: float) -> TicketKey:
        with self._rotating:
            self._keys = self._rotation.complete(self._keys, now, self._random, ahead=0)
            key = self._rotation.sealing(self._keys, now)
            assert key is not None
            return key


def seal_ticket(
    keys: TicketKeys, plaintext: bytes, associated: bytes, now: float, random: Random = os.urandom
) -> bytes:
    """key name (16) || nonce (12) || ciphertext and tag; the name is authenticated along with `associated`.

    Raises StoreUnavailable, whatever went wrong with the keys: the connection goes on without a ticket.
    """
    try:
        key = keys.sealing(now)
    except StoreUnavailable:
        raise
    except Exception as error:
        raise StoreUnavailable("the ticket keys gave none to seal with") from error
    nonce = random(sealing.NONCE_SIZE)
    return key.name + nonce + sealing.seal(key.key, nonce, plaintext, key.name + associated)


def open_ticket(keys: TicketKeys, sealed: bytes, associated: bytes, now: float) -> bytes | None:
    """The plaintext; None for whatever is wrong: too short, an unknown key, changed, for other `associated` data."""
    if len(sealed) < _NAME_SIZE + sealing.NONCE_SIZE + sealing.TAG_SIZE:
        return None
    name, rest = sealed[:_NAME_SIZE], sealed[_NAME_SIZE:]
    try:
        key = keys.opening(name, now)
    except Exception:  # a provider that fails costs a full handshake, not the connection
        return None
    if key is None:
        return None
    nonce, ciphertext = rest[: sealing.NONCE_SIZE], rest[sealing.NONCE_SIZE :]
    return sealing.open_sealed(key.key, nonce, ciphertext, name + associated)
