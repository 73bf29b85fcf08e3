"""Where a ledger keeps its rows: transactions that are whole or not at all, one at a time. SQLite here, of the stdlib.

It knows SQL and files, not certificates. `dojang.pki.sql_database` is the same on PostgreSQL.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from dojang.pki.pem import InputError

__all__ = ["Database", "Run", "SqliteDatabase"]

Rows = Sequence[Sequence[Any]]

# Runs one statement with its named values and gives its rows.
Run = Callable[..., Rows]


class Database(Protocol):
    """binary: what the SQL calls a column of bytes; append_only: statements that close a table to changes."""

    binary: str
    append_only: Sequence[str]

    def transaction(self) -> AbstractContextManager[Run]: ...

    def close(self) -> None: ...


class SqliteDatabase:
    """A file, shared by any number of threads and processes; ":memory:" keeps everything in this process.

    A commit has reached the disk when it returns. Raises InputError where the file can't be used.
    """

    binary = "BLOB"
    append_only: Sequence[str] = tuple(
        f"CREATE TRIGGER IF NOT EXISTS log_{verb} BEFORE {verb} ON log BEGIN "
        "SELECT RAISE(ABORT, 'the log is only appended to'); END"
        for verb in ("UPDATE", "DELETE")
    )

    def __init__(self, path: str | os.PathLike[str], *, patience: float = 30.0) -> None:
        self.path = str(path)
        self._patience = patience
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._owner = 0

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """One at a time over all processes: what was read in it holds until it ends."""
        with self._lock, self._explained():
            connection = self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield lambda statement, **values: connection.execute(statement, values).fetchall()
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    def _connect(self) -> sqlite3.Connection:
        # A connection must not cross a fork: the child opens its own.
        if self._connection is None or self._owner != os.getpid():
            if self.path != ":memory:":
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            self._owner = os.getpid()
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        return self._connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise InputError("the ledger {file} can't be used: {fault}", file=self.path, fault=str(error)) from error
