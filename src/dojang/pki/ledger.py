"""An authority's memory: every certificate and list, what became of them, and a log that shows if anything was changed.

Each signature is announced in the log before it is made and recorded after: a crash between the two leaves an announced
serial number that was never used, and never a certificate of which nothing is known. The log is a chain of hashes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.certificate import parse_certificate
from dojang.pki.crl import REASONS, parse_crl
from dojang.pki.database import Database, Run

__all__ = ["Ledger", "ListDraft", "LogEntry", "Record"]

_REASONS = {name: number for number, name in REASONS.items()}
_START = bytes(32)


class Record(NamedTuple):
    """What is known of one serial number.

    state: `reserved` (announced and not issued), `issued` or `revoked`. der: empty while reserved. times: seconds since
    1970, 0 where there is none. reason: a number of REASONS. changed: the log entry that changed it last.
    """

    authority: str
    serial: int
    state: str
    der: bytes
    profile: str
    not_after: int
    revoked_at: int
    reason: int
    changed: int


class LogEntry(NamedTuple):
    """One line of the log: its place, when, what, whose, and the bytes that were signed or decided."""

    seq: int
    at: int
    kind: str
    authority: str
    serial: str
    data: bytes
    hash: bytes


class ListDraft(NamedTuple):
    """What a revocation list to be made must say. base: of a delta, None for a complete list."""

    number: int
    base: int | None
    revoked: tuple[Record, ...]


class Ledger:
    """Rows in a `Database`. clock: seconds since 1970. Any number of processes may use one database at once."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock
        with database.transaction() as run:
            for statement in _SCHEMA:
                run(statement.format(binary=database.binary))
            for statement in database.append_only:
                run(statement)

    def reserve(self, authority: str, draw: Callable[[], int], profile: str) -> int:
        """A serial number that this authority never had, announced in the log."""
        with self.database.transaction() as run:
            serial = draw()
            while run(_FIND, authority=authority, serial=f"{serial:x}"):
                serial = draw()
            seq = self._log(run, "announce", authority, f"{serial:x}", profile.encode())
            run(_RESERVE, authority=authority, serial=f"{serial:x}", profile=profile, empty=b"", seq=seq)
        return serial

    def record(self, authority: str, serial: int, der: bytes, not_after: int) -> None:
        """The certificate that was signed for a reserved number. It may be handed out once this has returned."""
        with self.database.transaction() as run:
            found = _one(run(_FIND, authority=authority, serial=f"{serial:x}"))
            if found is None or found.state != "reserved":
                raise ApiMisuse("serial number {serial} was not reserved", serial=f"{serial:x}")
            seq = self._log(run, "issue", authority, f"{serial:x}", der)
            run(_ISSUE, authority=authority, serial=f"{serial:x}", der=der, not_after=not_after, seq=seq)

    def revoke(self, authority: str, serial: int, reason: str = "unspecified", at: int | None = None) -> Record:
        """Marks as revoked; `removeFromCRL` takes back a certificateHold. Raises ApiMisuse where that can't be."""
        if reason not in _REASONS:
            raise ApiMisuse("{reason!r} is no reason; there are {known}", reason=reason, known=", ".join(_REASONS))
        when = int(self.clock()) if at is None else at
        with self.database.transaction() as run:
            found = _one(run(_FIND, authority=authority, serial=f"{serial:x}"))
            if found is None or found.state == "reserved":
                raise ApiMisuse("no certificate with the serial number {serial} was issued", serial=f"{serial:x}")
            held = found.state == "revoked" and REASONS.get(found.reason) == "certificateHold"
            if reason == "removeFromCRL" and not held:
                raise ApiMisuse("{serial} is not on hold", serial=f"{serial:x}")
            if found.state == "revoked" and not held:
                raise ApiMisuse("{serial} was revoked before", serial=f"{serial:x}")
            state = "issued" if reason == "removeFromCRL" else "revoked"
            seq = self._log(run, "revoke", authority, f"{serial:x}", json.dumps([reason, when]).encode())
            values = {"state": state, "at": when, "reason": _REASONS[reason], "seq": seq}
            run(_REVOKE, authority=authority, serial=f"{serial:x}", **values)
            return found._replace(state=state, revoked_at=when, reason=_REASONS[reason], changed=seq)

    def find(self, authority: str, serial: int) -> Record | None:
        """What is known of a serial number."""
        with self.database.transaction() as run:
            return _one(run(_FIND, authority=authority, serial=f"{serial:x}"))

    def records(self, authority: str | None = None) -> list[Record]:
        """All of them, in the order of their last change."""
        with self.database.transaction() as run:
            rows = run(_ALL) if authority is None else run(_ALL_OF, authority=authority)
            return [_record(row) for row in rows]

    def draft_list(self, authority: str, partition: int, partitions: int, *, delta: bool = False) -> ListDraft:
        """The next number and what the list must hold, announced in the log. Numbers only grow.

        partition: of `partitions`; a serial number belongs to the one of its remainder. delta: what changed since the
        last complete list, which must be there.
        """
        with self.database.transaction() as run:
            scope = f"{partition}/{partitions}"
            last = run(_LAST_NUMBER, authority=authority)[0][0] or 0
            base = run(_LAST_COMPLETE, authority=authority, scope=scope)
            if delta and not base:
                raise ApiMisuse("a delta needs a complete list to begin at, and there is none yet")
            seq = self._log(run, "announce-list", authority, scope, str(last + 1).encode())
            values = {"authority": authority, "number": last + 1, "scope": scope, "seq": seq, "empty": b""}
            run(_DRAFT, base=base[0][0] if delta else None, **values)
            rows = [_record(row) for row in run(_ALL_OF, authority=authority)]
        mine = [row for row in rows if row.serial % partitions == partition and row.state != "reserved"]
        if delta:
            changed = [row for row in mine if row.changed > base[0][1] and (row.revoked_at or row.state == "revoked")]
            return ListDraft(last + 1, base[0][0], tuple(changed))
        # RFC 5280 section 3.3: an entry stays until one list after the certificate has ended; a week is more.
        lasting = [row for row in mine if row.state == "revoked" and row.not_after > self.clock() - 7 * 86400]
        return ListDraft(last + 1, None, tuple(lasting))

    def record_list(self, authority: str, draft: ListDraft, der: bytes) -> None:
        """The list that was signed for a draft."""
        with self.database.transaction() as run:
            seq = self._log(run, "list", authority, str(draft.number), der)
            run(_PUBLISH, authority=authority, number=draft.number, der=der, done=seq)

    def last_list(self, authority: str, partition: int, partitions: int, *, delta: bool = False) -> bytes | None:
        """The newest list of that kind."""
        with self.database.transaction() as run:
            rows = run(_LAST_DELTA if delta else _LAST_LIST, authority=authority, scope=f"{partition}/{partitions}")
            return bytes(rows[0][0]) if rows else None

    def note(self, kind: str, authority: str, data: bytes) -> None:
        """Adds to the log what needs no row: an OCSP response that was signed."""
        with self.database.transaction() as run:
            self._log(run, kind, authority, "", data)

    def setting(self, name: str, value: str | None = None) -> str | None:
        """What was set under `name`; with `value`, sets it first."""
        with self.database.transaction() as run:
            if value is not None:
                run("DELETE FROM setting WHERE name = :name", name=name)
                run("INSERT INTO setting (name, value) VALUES (:name, :value)", name=name, value=value)
            rows = run("SELECT value FROM setting WHERE name = :name", name=name)
            return str(rows[0][0]) if rows else None

    def log(self) -> Iterator[LogEntry]:
        """The whole log, oldest first."""
        with self.database.transaction() as run:
            rows = run("SELECT seq, at, kind, authority, serial, data, hash FROM log ORDER BY seq")
        for row in rows:
            yield LogEntry(int(row[0]), int(row[1]), row[2], row[3], row[4], bytes(row[5]), bytes(row[6]))

    def check(self) -> list[str]:
        """What is wrong with the ledger, in English; empty where all of it holds together."""
        return [*_log_faults(self.log()), *_row_faults(self)]

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _log(self, run: Run, kind: str, authority: str, serial: str, data: bytes) -> int:
        last = run("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")
        seq, previous = (int(last[0][0]) + 1, bytes(last[0][1])) if last else (1, _START)
        entry = LogEntry(seq, int(self.clock()), kind, authority, serial, data, b"")
        run(_APPEND, **entry._replace(hash=_link(previous, entry))._asdict())
        return seq


def _link(previous: bytes, entry: LogEntry) -> bytes:
    """The hash of an entry: over the one before it and over all it says."""
    said = json.dumps([entry.seq, entry.at, entry.kind, entry.authority, entry.serial]).encode()
    return hashlib.sha256(previous + hashlib.sha256(said).digest() + hashlib.sha256(entry.data).digest()).digest()


def _log_faults(log: Iterator[LogEntry]) -> Iterator[str]:
    previous = _START
    for place, entry in enumerate(log, 1):
        if entry.seq != place:
            yield f"log entry {place} is missing"
            return
        if entry.hash != _link(previous, entry):
            yield f"log entry {place} was changed after it was written"
            return
        previous = entry.hash


def _row_faults(ledger: Ledger) -> Iterator[str]:
    """Rows against the log: neither may hold what the other does not."""
    issued: dict[tuple[str, str], bytes] = {}
    announced: set[tuple[str, str]] = set()
    decided: dict[tuple[str, str], list[str]] = {}
    lists: dict[tuple[str, str], bytes] = {}
    for entry in ledger.log():
        key = entry.authority, entry.serial
        if entry.kind == "announce":
            if key in announced:
                yield f"serial number {entry.serial} was announced twice"
            announced.add(key)
        elif entry.kind == "issue":
            if key in issued or key not in announced:
                yield f"serial number {entry.serial} was issued twice, or without being announced"
            issued[key] = entry.data
        elif entry.kind == "revoke":
            decided.setdefault(key, []).append(str(json.loads(entry.data)[0]))
        elif entry.kind == "list":
            lists[key] = entry.data
    rows = {(row.authority, f"{row.serial:x}"): row for row in ledger.records()}
    for key in rows.keys() ^ announced:
        yield f"serial number {key[1]} is in the log or in the table alone"
    for key, row in rows.items():
        yield from _record_faults(row, issued.get(key, b""), decided.get(key, []))
    for (_, number), data in lists.items():
        yield from _list_faults(number, data)


def _record_faults(row: Record, issued: bytes, decided: list[str]) -> Iterator[str]:
    revoked = bool(decided) and decided[-1] != "removeFromCRL"
    state = "revoked" if revoked else "issued" if issued else "reserved"
    if row.state != state or row.der != issued:
        yield f"the log says that {row.serial:x} is {state}, the table that it is {row.state}"
    if issued:
        try:
            if parse_certificate(issued).serial != row.serial:
                yield f"the certificate under {row.serial:x} has another serial number"
        except DecodeError:
            yield f"the certificate under {row.serial:x} can't be read"


def _list_faults(number: str, data: bytes) -> Iterator[str]:
    try:
        if str(parse_crl(data).number) != number:
            yield f"list {number} has another number"
    except DecodeError:
        yield f"list {number} can't be read"


def _one(rows: Sequence[Sequence[Any]]) -> Record | None:
    return _record(rows[0]) if rows else None


def _record(row: Sequence[Any]) -> Record:
    return Record(row[0], int(row[1], 16), row[2], bytes(row[3]), row[4], *map(int, row[5:9]))


_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS log (seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, "
    "authority TEXT NOT NULL, serial TEXT NOT NULL, data {binary} NOT NULL, hash {binary} NOT NULL)",
    "CREATE TABLE IF NOT EXISTS certificate (authority TEXT NOT NULL, serial TEXT NOT NULL, state TEXT NOT NULL, "
    "der {binary} NOT NULL, profile TEXT NOT NULL, not_after BIGINT NOT NULL, revoked_at BIGINT NOT NULL, "
    "reason BIGINT NOT NULL, changed BIGINT NOT NULL, PRIMARY KEY (authority, serial))",
    "CREATE TABLE IF NOT EXISTS list (authority TEXT NOT NULL, number BIGINT NOT NULL, scope TEXT NOT NULL, "
    "base BIGINT, seq BIGINT NOT NULL, done BIGINT, der {binary} NOT NULL, PRIMARY KEY (authority, number))",
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
_COLUMNS = "authority, serial, state, der, profile, not_after, revoked_at, reason, changed"
_HERE = "WHERE authority = :authority AND serial = :serial"
_FIND = f"SELECT {_COLUMNS} FROM certificate {_HERE}"
_ALL = f"SELECT {_COLUMNS} FROM certificate ORDER BY changed"
_ALL_OF = f"SELECT {_COLUMNS} FROM certificate WHERE authority = :authority ORDER BY changed"
_RESERVE = (
    f"INSERT INTO certificate ({_COLUMNS}) VALUES (:authority, :serial, 'reserved', :empty, :profile, 0, 0, 0, :seq)"
)
_ISSUE = f"UPDATE certificate SET state = 'issued', der = :der, not_after = :not_after, changed = :seq {_HERE}"
_REVOKE = f"UPDATE certificate SET state = :state, revoked_at = :at, reason = :reason, changed = :seq {_HERE}"
_APPEND = (
    "INSERT INTO log (seq, at, kind, authority, serial, data, hash) "
    "VALUES (:seq, :at, :kind, :authority, :serial, :data, :hash)"
)
_LAST_NUMBER = "SELECT MAX(number) FROM list WHERE authority = :authority"
_DONE = "FROM list WHERE authority = :authority AND scope = :scope AND done IS NOT NULL"
_LAST_COMPLETE = f"SELECT number, seq {_DONE} AND base IS NULL ORDER BY number DESC LIMIT 1"
_LAST_LIST = f"SELECT der {_DONE} AND base IS NULL ORDER BY number DESC LIMIT 1"
_LAST_DELTA = f"SELECT der {_DONE} AND base IS NOT NULL ORDER BY number DESC LIMIT 1"
_DRAFT = (
    "INSERT INTO list (authority, number, scope, base, seq, done, der) "
    "VALUES (:authority, :number, :scope, :base, :seq, NULL, :empty)"
)
_PUBLISH = "UPDATE list SET der = :der, done = :done WHERE authority = :authority AND number = :number"
