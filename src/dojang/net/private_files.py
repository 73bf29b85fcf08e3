"""Files that processes share and nobody else may read: checking who can, and one process at a time changing them."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dojang.errors import StoreUnavailable

__all__ = ["check_private", "locked"]

_PAUSE = 0.01


def check_private(status: os.stat_result, path: Path) -> None:
    """Raises StoreUnavailable unless it is a regular file of this user's (or root's) that nobody else can open.

    Windows has no modes; there the folder's access list decides.
    """
    if not stat.S_ISREG(status.st_mode):
        raise StoreUnavailable("{file} is not a regular file", file=str(path))
    if sys.platform == "win32":
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise StoreUnavailable("{file} belongs to another user, who could have put anything there", file=str(path))
    if status.st_mode & 0o077:
        raise StoreUnavailable(
            "{file} is open to other users (mode {mode}); it holds secrets, so: chmod 600",
            file=str(path),
            mode=f"{stat.S_IMODE(status.st_mode):o}",
        )


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock file `path`, which stays behind empty. The system lets go of it when its holder dies.

    Raises StoreUnavailable when another process holds it for longer than `timeout` seconds.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable("{file} can't be opened: {fault}", file=str(path), fault=error.strerror) from error
    try:
        _wait_for_lock(handle, path, timeout)
        try:
            yield
        finally:
            _unlock(handle)
    finally:
        os.close(handle)


def _wait_for_lock(handle: int, path: Path, timeout: float) -> None:
    end = time.monotonic() + timeout
    while not _try_lock(handle):
        if time.monotonic() >= end:
            raise StoreUnavailable("another process holds {file} and does not let go", file=str(path))
        time.sleep(_PAUSE)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        # Said, not left to close: a child forked meanwhile holds a copy of the handle.
        fcntl.flock(handle, fcntl.LOCK_UN)
