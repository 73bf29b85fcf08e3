"""Issuing server certificates: how many a second, kept nowhere, in SQLite and in PostgreSQL, key made and all.

PostgreSQL is measured where DOJANG_BENCH_POSTGRES names a database that may be written to.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.options import Options
from benchmarks.result import Result
from benchmarks.worker import interleave
from dojang.pki.authority import Authority
from dojang.pki.database import Database, SqliteDatabase
from dojang.pki.ledger import Ledger

__all__ = ["run"]

_RATE, _EACH = "certificates per second", "us each"
_COUNT = 50


def run(options: Options) -> Result:
    databases: dict[str, Callable[[], Database] | None] = {
        "memory": None,
        "SQLite": lambda: SqliteDatabase(Path(options.plan.folder) / "issue.db"),
    }
    url = os.environ.get("DOJANG_BENCH_POSTGRES")
    if url:
        databases["PostgreSQL"] = lambda: _postgres(url)
    samples: dict[str, list[float]] = {name: [] for name in databases}
    measures, ledgers = [], []
    for name, make in databases.items():
        ledger = Ledger(make()) if make else None
        ledgers.append(ledger)
        measures.append(partial(_sample, Authority.create_root("benchmark", ledger=ledger), samples[name]))
    interleave(options.rounds(11), measures)
    for ledger in ledgers:
        if ledger is not None:
            ledger.close()
    seconds = {name: median(found) for name, found in samples.items()}
    figures = {name: {_RATE: 1 / each, _EACH: each * 1e6} for name, each in seconds.items()}
    ratios = {
        f"{name.lower()}_vs_memory": seconds["memory"] / each for name, each in seconds.items() if name != "memory"
    }
    note = "a new ECDSA P-256 key, a certificate for one name; with a ledger, announced and recorded, on the disk"
    return Result(name="issue", ratios=ratios, figures=figures, note=note)


def _sample(authority: Authority, into: list[float]) -> None:
    begun = perf_counter()
    for _ in range(_COUNT):
        authority.issue(["bench.test"])
    into.append((perf_counter() - begun) / _COUNT)


def _postgres(url: str) -> Database:
    from dojang.pki.sql_database import SqlDatabase

    return SqlDatabase(url)
