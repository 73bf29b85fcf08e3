"""Bulk data over loopback TCP: megabytes per CPU second of the sender and of the receiver, each measured alone."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import product
from statistics import median

from benchmarks.options import Options
from benchmarks.plan import SUITES, Plan
from benchmarks.result import Result, Rows
from benchmarks.streams import CHUNK, Connected, Cores, placements
from benchmarks.worker import interleave

__all__ = ["run"]

# Records of TLS 1.3: those of TLS 1.2 are the same ciphers with other headers.
_SUITES = {label: SUITES[label] for label in ("aes128", "chacha20")}

_FIXED = "ssl"  # the counterpart of every contestant whose one side is measured
_PEERS = ("ssl", "pyopenssl")
_SEND, _RECEIVE, _BOTH = "send MB/CPU s", "receive MB/CPU s", "both MB/CPU s"

Pair = tuple[str, str]


def run(options: Options) -> Result:
    figures: Rows = {}
    ratios: dict[str, float] = {}
    for (label, suite), (place, cores) in product(_SUITES.items(), placements().items()):
        rows = _measure(options, replace(options.plan, suite=suite), cores)
        figures |= {f"{label}{place} {sender} -> {receiver}": row for (sender, receiver), row in rows.items()}
        ratios |= _ratios(label, place, rows)
    return Result(name="bulk", ratios=ratios, figures=figures, note="loopback TCP, sender -> receiver, 256 KiB writes")


def _measure(options: Options, plan: Plan, cores: Cores) -> dict[Pair, dict[str, float]]:
    amount = options.amount(1024 * CHUNK)
    with ExitStack() as stack:
        joined = {pair: stack.enter_context(Connected(plan, *pair, cores)) for pair in _pairs(options.contestants)}
        samples: dict[Pair, list[dict[str, float]]] = {pair: [] for pair in joined}
        interleave(options.rounds(11), [partial(_sample, joined[pair], amount, samples[pair]) for pair in joined])
    return {pair: {column: median(row[column] for row in rows) for column in rows[0]} for pair, rows in samples.items()}


def _sample(connected: Connected, amount: int, into: list[dict[str, float]]) -> None:
    connected.connect()  # anew: the kernel settles on a rhythm for each connection, and rhythms differ
    sender, receiver = connected.both("send", "receive", amount)
    megabytes = amount / 1e6
    into.append(
        {
            _SEND: megabytes / sender["cpu"],
            _RECEIVE: megabytes / receiver["cpu"],
            _BOTH: megabytes / (sender["cpu"] + receiver["cpu"]),
            "MB/s": megabytes / receiver["seconds"],
        }
    )


def _pairs(contestants: tuple[str, ...]) -> list[Pair]:
    names = [name for name in contestants if name in ("dojang", *_PEERS)]
    pairs = [pair for name in names for pair in ((name, _FIXED), (_FIXED, name), (name, name))]
    return list(dict.fromkeys(pairs))


def _ratios(label: str, place: str, rows: dict[Pair, dict[str, float]]) -> dict[str, float]:
    ratios = {}
    for peer in _PEERS:
        for part, column, dojang, other in (
            ("send", _SEND, ("dojang", _FIXED), (peer, _FIXED)),
            ("receive", _RECEIVE, (_FIXED, "dojang"), (_FIXED, peer)),
            ("both", _BOTH, ("dojang", "dojang"), (peer, peer)),
        ):
            if dojang in rows and other in rows:
                ratios[f"{label}_{part}{place}_vs_{peer}"] = rows[dojang][column] / rows[other][column]
    return ratios
