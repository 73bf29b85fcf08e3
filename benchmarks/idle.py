"""Memory that a connection holds while nothing happens on it."""

from __future__ import annotations

import gc
from functools import partial
from statistics import median
from typing import Any

from benchmarks.contestants import Contestant, Endpoint
from benchmarks.machine import resident
from benchmarks.memory_pair import Pair, shake_hands
from benchmarks.options import Options
from benchmarks.result import Result
from benchmarks.worker import Worker, interleave

__all__ = ["Task", "run"]

_PEERS = ("ssl", "pyopenssl")
_STATES = {"fresh": 0, "used": 16 * 1024}  # bytes that went each way before the connection fell idle


def run(options: Options) -> Result:
    names = [name for name in options.contestants if name in ("dojang", *_PEERS)]
    samples: dict[tuple[str, str, str], list[float]] = {
        (name, side, state): [] for state in _STATES for side in ("client", "server") for name in names
    }
    interleave(options.rounds(3), [partial(_sample, options, *key, samples[key]) for key in samples])
    found = {key: median(values) for key, values in samples.items()}
    figures = {
        name: {
            f"{side} {state} KiB": found[name, side, state] / 1024 for side in ("client", "server") for state in _STATES
        }
        for name in names
    }
    ratios = {
        f"idle_{side}_{state}_vs_{peer}": found[peer, side, state] / found["dojang", side, state]
        for peer in _PEERS
        if "dojang" in names and peer in names
        for side in ("client", "server")
        for state in _STATES
    }
    return Result(name="idle", ratios=ratios, figures=figures, note="resident memory per connection, 1,000 in memory")


def _sample(options: Options, name: str, side: str, state: str, into: list[float]) -> None:
    """A fresh process each time: memory that was once given out hardly ever comes back to be counted again."""
    with Worker("idle", name, options.plan) as worker:
        into.append(worker.ask(side=side, exchange=_STATES[state], count=options.amount(1000))["bytes"])


class Task:
    """The worker's side."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Bytes that each of `count` connections' one `side` holds, the other side let go of."""
        kept = [self._connection(request["side"], request["exchange"]) for _ in range(50)]
        before = _settled()
        kept += [self._connection(request["side"], request["exchange"]) for _ in range(request["count"])]
        grown = _settled() - before
        return {"bytes": grown / request["count"]}

    def _connection(self, side: str, exchange: int) -> Endpoint:
        pair = shake_hands(self._contestant)
        if exchange:
            _converse(pair, bytes(exchange))
        return pair.client if side == "client" else pair.server


def _converse(pair: Pair, data: bytes) -> None:
    received = pair.server.open(pair.client.seal(data)), pair.client.open(pair.server.seal(data))
    if received != (data, data):
        raise RuntimeError("what was sent did not arrive")


def _settled() -> int:
    gc.collect()
    return resident()
