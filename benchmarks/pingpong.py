"""64 bytes there and 64 back over loopback TCP: round trips per second, CPU time per round trip of each side."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from statistics import median

from benchmarks.options import Options
from benchmarks.result import Result, Rows
from benchmarks.streams import Connected, Cores, placements
from benchmarks.worker import interleave

__all__ = ["run"]

_PEERS = ("ssl", "pyopenssl")
_RATE, _CLIENT, _SERVER, _BOTH = "round trips/s", "client CPU us", "server CPU us", "both CPU us"


def run(options: Options) -> Result:
    figures: Rows = {}
    ratios: dict[str, float] = {}
    for place, cores in placements().items():
        rows = _measure(options, cores)
        figures |= {f"{name}{place}": row for name, row in rows.items()}
        ratios |= _ratios(place, rows)
    note = "64 bytes each way over loopback TCP, AES-128-GCM"
    return Result(name="pingpong", ratios=ratios, figures=figures, note=note)


def _measure(options: Options, cores: Cores) -> Rows:
    names = [name for name in options.contestants if name in ("dojang", *_PEERS)]
    amount = options.amount(8_000)
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with ExitStack() as stack:
        pairs = {name: stack.enter_context(Connected(options.plan, name, name, cores)) for name in names}
        interleave(options.rounds(15), [partial(_sample, pairs[name], amount, samples[name]) for name in names])
    return {name: {column: median(row[column] for row in rows) for column in rows[0]} for name, rows in samples.items()}


def _sample(connected: Connected, amount: int, into: list[dict[str, float]]) -> None:
    connected.connect()
    client, server = connected.both("ping", "pong", amount)
    into.append(
        {
            _RATE: amount / client["seconds"],
            _CLIENT: client["cpu"] / amount * 1e6,
            _SERVER: server["cpu"] / amount * 1e6,
            _BOTH: (client["cpu"] + server["cpu"]) / amount * 1e6,
        }
    )


def _ratios(place: str, rows: Rows) -> dict[str, float]:
    ratios = {}
    for peer in _PEERS:
        if "dojang" in rows and peer in rows:
            dojang, other = rows["dojang"], rows[peer]
            ratios[f"pingpong_rate{place}_vs_{peer}"] = dojang[_RATE] / other[_RATE]
            ratios[f"pingpong_cpu{place}_vs_{peer}"] = other[_BOTH] / dojang[_BOTH]
    return ratios
