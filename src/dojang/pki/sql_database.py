"""A ledger's database on PostgreSQL, through SQLAlchemy (the extra `ca`), for authorities on several machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from dojang.pki.database import Run
from dojang.pki.pem import InputError

__all__ = ["SqlDatabase"]

# Any number will do; all processes of a ledger take the same lock.
_LOCK = 0x646F_6A61_6E67


class SqlDatabase:
    """url: `postgresql://user@host/name`; what SQLAlchemy knows of psycopg. Raises InputError."""

    binary = "BYTEA"
    append_only: Sequence[str] = (
        "CREATE OR REPLACE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is only appended to'; END $$",
        "CREATE OR REPLACE TRIGGER log_closed BEFORE UPDATE OR DELETE OR TRUNCATE ON log "
        "EXECUTE FUNCTION log_is_append_only()",
    )

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() != "postgresql":
                raise InputError("a ledger lives in SQLite or PostgreSQL, not in {url}", url=str(parsed))
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            self._engine = create_engine(parsed, pool_pre_ping=True)
            self._shown = parsed.render_as_string(hide_password=True)
        except (ArgumentError, ImportError) as error:
            raise InputError("the ledger can't be opened: {fault}", fault=str(error)) from error

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """One at a time over all machines: an advisory lock that ends with the transaction, or with its process."""
        try:
            with self._engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})

                def run(statement: str, **values: Any) -> list[Any]:
                    result = connection.execute(text(statement), values)
                    return list(result.fetchall()) if result.returns_rows else []

                yield run
        except SQLAlchemyError as error:
            fault = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise InputError("the ledger {file} can't be used: {fault}", file=self._shown, fault=fault) from error

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()
