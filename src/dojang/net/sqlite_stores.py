"""What worker processes of one machine share in an SQLite file: strikes of early data, and sessions.

The file belongs on a local disk: SQLite's locks are not to be trusted over a network.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from dojang.engine.strikes import digest_of, remembers
from dojang.errors import StoreUnavailable
from dojang.net.private_files import check_private

__all__ = ["SqliteSessions", "SqliteStrikes"]

_PAGE = 4096
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class _Database:
    """A connection for each process, one thread at a time. The file is this user's alone (mode 0600)."""

    def __init__(self, path: str | os.PathLike[str], schema: str, timeout: float, largest: int) -> None:
        self.path = Path(path)
        self._schema = schema
        self._timeout = timeout
        self._pages = max(64, largest // _PAGE)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._inherited: list[sqlite3.Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writes exclude each other across processes. Raises StoreUnavailable; nothing was changed then."""
        with self._lock:
            try:
                connection = self._open()
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(
                    "the store {file} can't answer: {fault}", file=str(self.path), fault=str(error)
                ) from error

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._owner != os.getpid():
            self._inherited.append(self._connection)  # SQLite: neither used nor closed on this side of a fork
            self._connection = None
        if self._connection is None:
            self._connection = self._connect()
            self._owner = os.getpid()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            check_private(os.fstat(handle), self.path)
        finally:
            os.close(handle)
        connection = sqlite3.connect(self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """SQLite does not wait by itself where several processes turn a new file to WAL at the same time."""
        # FULL: what was answered outlives a power cut. max_page_count: a full store refuses, it does not grow.
        modes = f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA max_page_count={self._pages};"
        end = time.monotonic() + self._timeout
        while True:
            try:
                connection.executescript(modes + self._schema)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > end:
                    raise
            time.sleep(0.01)


class _Store:
    """What both stores do with their file."""

    _database: _Database

    def close(self) -> None:
        """Let go of the file in this process; the next use opens it again."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SqliteStrikes(_Store):
    """A StrikeRegister that processes share.

    trust_empty: take an empty file for new. Otherwise it may have lost what it held, and it refuses until whatever
    could have been lost is of no more use: for as long as identities are kept, after the file was made.
    timeout: seconds to wait for other processes. largest: bytes of the file; a full one raises StoreUnavailable.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        trust_empty: bool = False,
        timeout: float = 1.0,
        largest: int = 2**30,
    ) -> None:
        self._trust_empty = trust_empty
        self._database = _Database(path, _STRIKES, timeout, largest)

    def strike(self, identity: bytes, expires: float, now: float) -> bool:
        """See StrikeRegister."""
        with self._database.transaction() as database:
            since, forgotten = self._forget(database, now)
            if not forgotten <= now < expires or not remembers(since, expires, now):
                return False
            row = (digest_of(identity), expires)
            return database.execute("INSERT OR IGNORE INTO strikes VALUES (?, ?)", row).rowcount == 1

    def _forget(self, database: sqlite3.Connection, now: float) -> tuple[float, float]:
        """(since when it remembers, the latest `expires` among what it has forgotten)."""
        began = float("-inf") if self._trust_empty else now
        database.execute("INSERT OR IGNORE INTO memory VALUES (1, ?, ?)", (began, float("-inf")))
        (over,) = database.execute("SELECT max(expires) FROM strikes WHERE expires <= ?", (now,)).fetchone()
        if over is not None:
            database.execute("UPDATE memory SET forgotten = max(forgotten, ?)", (over,))
            database.execute("DELETE FROM strikes WHERE expires <= ?", (now,))
        since, forgotten = database.execute("SELECT since, forgotten FROM memory").fetchone()
        return since, forgotten


class SqliteSessions(_Store):
    """A SessionStore that processes share: the `capacity` latest."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        capacity: int = 100_000,
        timeout: float = 1.0,
        largest: int = 2**30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.capacity = capacity
        self._clock = clock
        self._database = _Database(path, _SESSIONS, timeout, largest)

    def put(self, identity: bytes, value: bytes, expires: float) -> None:
        """See SessionStore."""
        with self._database.transaction() as database:
            database.execute("DELETE FROM sessions WHERE expires <= ?", (self._clock(),))
            added = database.execute("REPLACE INTO sessions VALUES (NULL, ?, ?, ?)", (identity, value, expires))
            # Numbers only grow, so this keeps at most `capacity` without counting.
            database.execute("DELETE FROM sessions WHERE number <= ?", ((added.lastrowid or 0) - self.capacity,))

    def take(self, identity: bytes) -> bytes | None:
        """See SessionStore."""
        with self._database.transaction() as database:
            found = database.execute(_FIND, (identity, self._clock())).fetchone()
            database.execute("DELETE FROM sessions WHERE identity = ?", (identity,))
            return bytes(found[0]) if found else None

    def look(self, identity: bytes) -> bytes | None:
        """See SessionStore."""
        with self._database.transaction() as database:
            found = database.execute(_FIND, (identity, self._clock())).fetchone()
            return bytes(found[0]) if found else None

    def drop(self, identity: bytes) -> None:
        """See SessionStore."""
        with self._database.transaction() as database:
            database.execute("DELETE FROM sessions WHERE identity = ?", (identity,))


_FIND = "SELECT value FROM sessions WHERE identity = ? AND expires > ?"

_STRIKES = """
CREATE TABLE IF NOT EXISTS strikes (identity BLOB PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS strikes_end ON strikes (expires);
CREATE TABLE IF NOT EXISTS memory (number INTEGER PRIMARY KEY, since REAL NOT NULL, forgotten REAL NOT NULL);
"""

_SESSIONS = """
CREATE TABLE IF NOT EXISTS sessions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, identity BLOB UNIQUE NOT NULL, value BLOB NOT NULL, expires REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_end ON sessions (expires);
"""
