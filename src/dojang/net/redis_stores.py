"""What machines share in Redis: ticket keys, strikes of early data, sessions. Needs the extra ``redis``.

Every call is bounded by `timeout`. After a failure the ticket keys leave Redis alone for a while; strikes and sessions
ask each time. Redis has to be private to the machines that share it (a password, TLS with ``rediss://``): whoever reads
the ticket keys reads the tickets.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from dojang.engine.strikes import digest_of, remembers
from dojang.engine.ticket_keys import DEFAULT_LIFETIME, DEFAULT_PERIOD, Rotation, TicketKey, period_label
from dojang.errors import ApiMisuse, DecodeError, StoreUnavailable

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.exceptions import NoPermissionError, RedisError
    from redis.retry import Retry
except ModuleNotFoundError as missing:
    raise ApiMisuse("stores in Redis need the package redis: pip install 'dojang[redis]'") from missing

__all__ = ["RedisSessions", "RedisStrikes", "RedisTicketKeys"]

_LABEL_SIZE = 8
# Questions for keys that are not here, at once and per second: anyone can make up names.
_QUESTIONS = 20.0
_LONGEST_PAUSE = 30.0


class _Store:
    """A client of Redis, made at once, connected when it is first asked."""

    def __init__(self, url: str, prefix: str, timeout: float) -> None:
        self._prefix = prefix.encode()
        try:
            # One more try: the first may only have found that Redis was restarted since.
            self._redis = redis.Redis.from_url(
                url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 1)
            )
        except ValueError as error:
            raise ApiMisuse("the address of Redis is not of the form redis://host:port/number") from error

    def close(self) -> None:
        """Close the connections of this process; the next use opens one again."""
        self._redis.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        try:
            yield self._redis
        except (RedisError, OSError) as error:
            raise StoreUnavailable("Redis can't answer: {fault}", fault=str(error)) from error


class RedisTicketKeys(_Store):
    """TicketKeys that machines share. period, lifetime: seconds, the same on all of them.

    A period's key stands under the period's own label and expires with the last ticket it may open. Whoever comes first
    makes it (SET NX), a period before it begins to seal. While Redis is gone the keys already here go on, the next
    period's among them; after that no tickets are issued until it is back. An emptied Redis is given back what is here.
    """

    def __init__(
        self,
        url: str,
        period: float = DEFAULT_PERIOD,
        lifetime: float = DEFAULT_LIFETIME,
        *,
        prefix: str = "dojang:ticket-key:",
        timeout: float = 0.5,
        check_every: float = 1.0,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        super().__init__(url, prefix, timeout)
        self.fault: StoreUnavailable | None = None
        self._rotation = Rotation(period, lifetime)
        self._random = random
        self._check_every = check_every
        self._keys: tuple[TicketKey, ...] = ()  # where a period has two, the first is Redis' own
        self._checked = float("-inf")
        self._questions = _QUESTIONS
        self._counted = time.monotonic()
        self._pause = 0.0
        self._working = threading.Lock()

    def sealing(self, now: float) -> TicketKey:
        """The present period's key; see TicketKeys."""
        key = self._rotation.sealing(self._keys, now)
        if key is None:
            with self._working:
                self._refresh(now)
        elif time.monotonic() - self._checked >= self._check_every and self._working.acquire(blocking=False):
            try:
                self._refresh(now)
            finally:
                self._working.release()
        key = self._rotation.sealing(self._keys, now)
        if key is None:
            raise self.fault or StoreUnavailable("there is no ticket key for this time")
        return key

    def opening(self, name: bytes, now: float) -> TicketKey | None:
        """The key of that name; asks Redis where it is not here yet."""
        key = self._rotation.opening(self._keys, name, now)
        if key is None and self._is_plausible(name, now) and self._working.acquire(blocking=False):
            try:
                self._fetch(name[:_LABEL_SIZE], now)
            finally:
                self._working.release()
            key = self._rotation.opening(self._keys, name, now)
        return key

    def _is_plausible(self, name: bytes, now: float) -> bool:
        begin = int.from_bytes(name[:_LABEL_SIZE], "big") / 1000
        rotation = self._rotation
        return now - rotation.period - rotation.lifetime - 1 < begin <= now + rotation.period

    def _refresh(self, now: float) -> None:
        """Make Redis and this process hold the same keys for this period and the next."""
        if time.monotonic() - self._checked < self._pause:
            return
        self._checked = time.monotonic()
        ours = self._rotation.complete(self._keys, now, self._random)
        begins = self._rotation.begin(now), self._rotation.begin(now, 1)
        with self._noting_faults(), self._asking() as client:
            pipe = client.pipeline(transaction=False)
            for begin in begins:
                key = next(key for key in ours if key.created == begin)
                left = math.ceil((self._rotation.end(key) - now) * 1000)
                pipe.set(self._slot(period_label(begin)), key.to_bytes(), nx=True, px=left)
                pipe.get(self._slot(period_label(begin)))
            _, this, _, following = pipe.execute()
            self._keep((_key_in(this, begins[0]), _key_in(following, begins[1])), now)

    def _fetch(self, label: bytes, now: float) -> None:
        """The key of another period, made by someone else."""
        if time.monotonic() - self._checked < self._pause or not self._may_question():
            return
        with self._noting_faults(), self._asking() as client:
            if (found := client.get(self._slot(label))) is not None:
                self._keep((_key_in(found, None),), now)

    def _may_question(self) -> bool:
        elapsed, self._counted = time.monotonic() - self._counted, time.monotonic()
        self._questions = min(_QUESTIONS, self._questions + elapsed * _QUESTIONS)
        if self._questions < 1:
            return False
        self._questions -= 1
        return True

    def _keep(self, found: tuple[TicketKey, ...], now: float) -> None:
        others = (key for key in self._keys if key not in found and self._rotation.may_open(key, now))
        self._keys = (*found, *others)

    @contextmanager
    def _noting_faults(self) -> Iterator[None]:
        """A failure is remembered, and a pause follows that doubles: a Redis that hangs must not hold up servers."""
        try:
            yield
        except StoreUnavailable as fault:
            self.fault = fault
            self._checked = time.monotonic()
            self._pause = min(_LONGEST_PAUSE, self._pause * 2 or self._check_every)
        else:
            self.fault, self._pause = None, 0.0

    def _slot(self, label: bytes) -> bytes:
        return self._prefix + label.hex().encode()


def _key_in(value: bytes | None, begin: float | None) -> TicketKey:
    """What stands in a slot; anything but that period's key is a fault, not a key to use."""
    try:
        key = TicketKey.from_bytes(value or b"")
    except DecodeError as error:
        raise StoreUnavailable("Redis holds something other than a ticket key where one should be") from error
    if key.name[:_LABEL_SIZE] != period_label(key.created) or begin not in (None, key.created):
        raise StoreUnavailable("Redis holds something other than a ticket key where one should be")
    return key


class RedisStrikes(_Store):
    """A StrikeRegister that machines share, by SET NX PX.

    A mark in Redis says since when it remembers. Where the mark is gone, Redis was emptied or restarted without its
    data, and strikes are refused until whatever was lost is of no more use. trust_empty: at the first contact of this
    process, take a Redis without a mark for a new one.
    Raises StoreUnavailable too where Redis may evict what it holds (maxmemory-policy other than noeviction). A replica
    that takes over without the last writes forgets them: use a Redis that waits, or none.
    """

    def __init__(
        self, url: str, *, prefix: str = "dojang:strike:", timeout: float = 0.5, trust_empty: bool = False
    ) -> None:
        super().__init__(url, prefix, timeout)
        self._trust_empty = trust_empty
        self._met = False

    def strike(self, identity: bytes, expires: float, now: float) -> bool:
        """See StrikeRegister."""
        if not expires > now:
            return False
        with self._asking() as client:
            if not self._met:
                _check_keeps_everything(client)
            began = 0.0 if self._trust_empty and not self._met else now
            pipe = client.pipeline(transaction=True)
            pipe.set(self._prefix + b"since", repr(began), nx=True)
            pipe.get(self._prefix + b"since")
            pipe.set(self._prefix + digest_of(identity), b"1", nx=True, px=math.ceil((expires - now) * 1000))
            _, since, first = pipe.execute()
            self._met = True
        return bool(first) and remembers(_date_in(since), expires, now)


def _date_in(value: bytes) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise StoreUnavailable("Redis does not say since when it remembers strikes") from error


def _check_keeps_everything(client: Any) -> None:
    try:
        memory = client.info("memory")
    except NoPermissionError:
        return  # then it is for whoever withheld the permission to know
    if memory.get("maxmemory") and memory.get("maxmemory_policy") != "noeviction":
        raise StoreUnavailable(
            "Redis may evict strikes (maxmemory-policy {policy}); a register needs noeviction",
            policy=str(memory.get("maxmemory_policy")),
        )


class RedisSessions(_Store):
    """A SessionStore that machines share. Values expire by Redis' clock."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "dojang:session:",
        timeout: float = 0.5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(url, prefix, timeout)
        self._clock = clock

    def put(self, identity: bytes, value: bytes, expires: float) -> None:
        """See SessionStore."""
        left = math.ceil((expires - self._clock()) * 1000)
        with self._asking() as client:
            if left > 0:
                client.set(self._prefix + identity, value, px=left)
            else:
                client.delete(self._prefix + identity)

    def take(self, identity: bytes) -> bytes | None:
        """See SessionStore."""
        with self._asking() as client:
            found: bytes | None = client.getdel(self._prefix + identity)
            return found

    def look(self, identity: bytes) -> bytes | None:
        """See SessionStore."""
        with self._asking() as client:
            found: bytes | None = client.get(self._prefix + identity)
            return found

    def drop(self, identity: bytes) -> None:
        """See SessionStore."""
        with self._asking() as client:
            client.delete(self._prefix + identity)
