"""TLS 1.2, and sessions resumed by ticket in both versions, in memory: what `handshake` adds to full TLS 1.3.

dojang and the standard library's ssl. Tickets are stateless on both sides; a resumed handshake of TLS 1.3 gives one new
ticket on both, one of TLS 1.2 gives one with dojang and none with OpenSSL, which renews only what is about to expire.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from statistics import median
from time import process_time
from typing import Any, cast

from benchmarks.contestants import Contestant, Resuming, ResumingEndpoint
from benchmarks.memory_pair import Pair, curve_of, negotiated_group, shake_hands
from benchmarks.options import Options
from benchmarks.plan import SUITES, Plan
from benchmarks.result import Rows
from benchmarks.worker import Worker, WorkerFailed, interleave

__all__ = ["Task", "measure"]

_CONTESTANTS = ("dojang", "ssl")
_COLUMNS = {"": "full us", "client_": "client us", "server_": "server us"}


def measure(options: Options) -> tuple[Rows, dict[str, float]]:
    """Figures by row, and the ratios tls12_full_vs_ssl, tls12_resumed_vs_ssl, tls13_resumed_vs_ssl with their parts."""
    figures: Rows = {}
    ratios: dict[str, float] = {}
    names = [name for name in _CONTESTANTS if name in options.contestants]
    for label, suite, resumes in (
        ("tls12_full", "tls12", False),
        ("tls12_resumed", "tls12", True),
        ("tls13_resumed", "aes128", True),
    ):
        rows = _measure(names, replace(options.plan, suite=SUITES[suite], resumes=resumes), options)
        figures |= {f"{label.replace('_', ' ')} {name}": row for name, row in rows.items()}
        if len(rows) == len(_CONTESTANTS):
            for part, column in _COLUMNS.items():
                ratios[f"{label}_{part}vs_ssl"] = rows["ssl"][column] / rows["dojang"][column]
    return figures, ratios


def _measure(names: list[str], plan: Plan, options: Options) -> Rows:
    workers = {name: Worker("resumption", name, plan) for name in names}
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    try:
        for worker in workers.values():
            _check(worker, plan)
        counts = {name: _count(worker, options.seconds(0.25)) for name, worker in workers.items()}
        interleave(
            options.rounds(21),
            [partial(_sample, worker, counts[name], samples[name]) for name, worker in workers.items()],
        )
    finally:
        for worker in workers.values():
            worker.stop()
    return {name: _summary(found) for name, found in samples.items()}


def _check(worker: Worker, plan: Plan) -> None:
    facts = worker.ask(do="check", resumes=plan.resumes)
    # A resumed session of TLS 1.2 has no key exchange.
    group = "" if plan.resumes and plan.is_tls12 else plan.group
    wanted = {"suite": plan.suite, "group": group, "resumed": [plan.resumes] * 2}
    if wrong := {key: facts[key] for key, value in wanted.items() if facts[key] != value}:
        raise WorkerFailed(f"{worker.name} came to {wrong}, not to {wanted}")


def _count(worker: Worker, seconds: float) -> int:
    worker.ask(do="run", count=3)
    once: float = worker.ask(do="run", count=3)["full us"] / 1e6
    return max(3, round(seconds / once))


def _sample(worker: Worker, count: int, into: list[dict[str, float]]) -> None:
    into.append(worker.ask(do="run", count=count))


def _summary(samples: list[dict[str, float]]) -> dict[str, float]:
    row = {column: median(sample[column] for sample in samples) for column in _COLUMNS.values()}
    return {**row, "fastest round us": min(sample["full us"] for sample in samples), "per CPU s": 1e6 / row["full us"]}


class Task:
    """The worker's side. Where sessions are resumed, all resume the one of a first, full handshake."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = cast(Resuming, contestant)
        self._first: ResumingEndpoint | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "check":
            return self._check(resumes=request["resumes"])
        client, server, count = 0.0, 0.0, request["count"]
        start = process_time()
        for _ in range(count):
            pair = self._meet()
            client += pair.client_seconds
            server += pair.server_seconds
        full = (process_time() - start) / count * 1e6
        share = client / (client + server)
        return {"full us": full, "client us": full * share, "server us": full * (1 - share)}

    def _meet(self) -> Pair:
        first = self._first
        if first is None:
            return shake_hands(self._contestant)
        return shake_hands(self._contestant, make=lambda: self._contestant.client_again(first))

    def _check(self, *, resumes: bool) -> dict[str, Any]:
        if resumes:
            pair = shake_hands(self._contestant)
            pair.client.step(pair.trailing)  # where the tickets of TLS 1.3 are
            self._first = cast(ResumingEndpoint, pair.client)
        pair = self._meet()
        ends = cast(tuple[ResumingEndpoint, ResumingEndpoint], (pair.client, pair.server))
        is_tls12 = pair.client.suite() == SUITES["tls12"]
        return {
            "suite": pair.client.suite(),
            "group": curve_of(pair.server_hello) if is_tls12 else negotiated_group(pair.server_hello),
            "resumed": [end.resumed() for end in ends],
        }
