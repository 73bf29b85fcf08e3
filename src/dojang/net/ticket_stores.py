"""Ticket keys in a file that worker processes share.

Whoever first finds that a key is missing adds it, under a file lock, a period before it begins to seal. The file is
replaced as a whole, so a process that dies in the middle leaves the old one. To withdraw all tickets, delete it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from dojang.engine.ticket_keys import DEFAULT_LIFETIME, DEFAULT_PERIOD, Rotation, TicketKey
from dojang.errors import DecodeError, StoreUnavailable
from dojang.net.private_files import check_private, locked

__all__ = ["FileTicketKeys"]

_HEAD = b"dojang ticket keys 1\n"
_DIGEST_SIZE = 32
_LARGEST = 2**20
# What a process waits for another one that is rotating, when it has no key to go on with.
_PATIENCE = 2.0

# What tells that the file is another one; None where there is none.
Stamp = tuple[int, int, int] | None


class FileTicketKeys:
    """TicketKeys in the file `path` (mode 0600, with `path`.lock beside it). period, lifetime: seconds.

    check_every: how often, in seconds, a process looks whether another one has changed the file.
    Raises StoreUnavailable at once where the file is there and can't be used: damaged, or open to other users. One that
    is spoiled later is reported by `fault`, and the keys already read serve their time.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        period: float = DEFAULT_PERIOD,
        lifetime: float = DEFAULT_LIFETIME,
        *,
        check_every: float = 1.0,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.path = Path(path)
        self.fault: StoreUnavailable | None = None
        self._lock_path = self.path.with_name(self.path.name + ".lock")
        self._rotation = Rotation(period, lifetime)
        self._random = random
        self._check_every = check_every
        self._checked = time.monotonic()
        self._failed = float("-inf")
        self._working = threading.Lock()
        self._stamp: Stamp = None
        self._keys: tuple[TicketKey, ...] = ()
        self._read()

    def sealing(self, now: float) -> TicketKey:
        """The present period's key; makes it, and the next one, where they are missing."""
        self._look()
        key = self._rotation.sealing(self._keys, now)
        if key is None:
            with self._working:
                self._rotate(now, _PATIENCE)
            key = self._rotation.sealing(self._keys, now)
            assert key is not None
        elif self._rotation.missing(self._keys, now):
            self._rotate_ahead(now)
        return key

    def opening(self, name: bytes, now: float) -> TicketKey | None:
        """The key of that name; for a name not known yet the file is looked at again."""
        self._look()
        key = self._rotation.opening(self._keys, name, now)
        if key is None:
            self._look(at_once=True)
            key = self._rotation.opening(self._keys, name, now)
        return key

    def _look(self, *, at_once: bool = False) -> None:
        """Read the file again where it has changed. A thread that finds another one at it goes on meanwhile."""
        elapsed = time.monotonic() - self._checked
        if (elapsed < self._check_every and not at_once) or not self._working.acquire(blocking=False):
            return
        try:
            self._checked = time.monotonic()
            if self._stamp_now() != self._stamp:
                self._read()
        except StoreUnavailable as fault:
            self.fault = fault
        finally:
            self._working.release()

    def _stamp_now(self) -> Stamp:
        try:
            return _stamp_of(os.stat(self.path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _read(self) -> None:
        """Take the file's keys; none where it is gone. What can't be used leaves the keys as they are."""
        self._stamp, self._keys = _read_keys(self.path)
        self.fault = None

    def _rotate_ahead(self, now: float) -> None:
        """Nothing hangs on it yet: whoever is faster does it, and a fault is tried again a little later."""
        if time.monotonic() - self._failed < self._check_every or not self._working.acquire(blocking=False):
            return
        try:
            self._rotate(now, 0)
        except StoreUnavailable as fault:
            self.fault, self._failed = fault, time.monotonic()
        finally:
            self._working.release()

    def _rotate(self, now: float, patience: float) -> None:
        """Add what is missing to what the file holds by now."""
        with locked(self._lock_path, patience):
            self._read()
            keys = self._rotation.complete(self._keys, now, self._random)
            if keys != self._keys:
                _write_keys(self.path, keys)
                self._read()


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_ino, status.st_size


def _read_keys(path: Path) -> tuple[Stamp, tuple[TicketKey, ...]]:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            check_private(status, path)
            return _stamp_of(status), _keys_in(file.read(_LARGEST + 1), path)
    except FileNotFoundError:
        return None, ()
    except OSError as error:
        raise _unreadable(path, error) from error


def _keys_in(data: bytes, path: Path) -> tuple[TicketKey, ...]:
    content, digest = data[:-_DIGEST_SIZE], data[-_DIGEST_SIZE:]
    if not content.startswith(_HEAD) or not hmac.compare_digest(hashlib.sha256(content).digest(), digest):
        raise StoreUnavailable(
            "{file} is damaged or holds something other than ticket keys; delete it to begin with new ones",
            file=str(path),
        )
    body = content[len(_HEAD) :]
    try:
        return tuple(TicketKey.from_bytes(body[at : at + TicketKey.SIZE]) for at in range(0, len(body), TicketKey.SIZE))
    except DecodeError as error:
        raise StoreUnavailable(error.template, file=str(path), **error.details) from error


def _write_keys(path: Path, keys: tuple[TicketKey, ...]) -> None:
    """Under the lock, so one name is enough for the file to be, and what a dead process left there goes away."""
    content = _HEAD + b"".join(key.to_bytes() for key in keys)
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        with open(fresh, "xb", opener=_private) as file:
            file.write(content + hashlib.sha256(content).digest())
            file.flush()
            os.fsync(file.fileno())
        _replace(fresh, path)
    except OSError as error:
        raise StoreUnavailable("{file} can't be written: {fault}", file=str(path), fault=error.strerror) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _replace(fresh: Path, path: Path) -> None:
    """Windows does not replace a file that someone has open, and readers have it open for a moment."""
    for _ in range(20 if os.name == "nt" else 0):
        try:
            return os.replace(fresh, path)
        except PermissionError:
            time.sleep(0.02)
    return os.replace(fresh, path)


def _unreadable(path: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable("{file} can't be read: {fault}", file=str(path), fault=error.strerror)
