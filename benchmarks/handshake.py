"""Handshakes in memory: CPU time per handshake, both sides and each. TLS 1.2 and resumption are in `resumption`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from statistics import median
from time import process_time
from typing import Any

from benchmarks import resumption
from benchmarks.contestants import Contestant, load
from benchmarks.memory_pair import negotiated_group, shake_hands
from benchmarks.options import Options
from benchmarks.plan import Plan
from benchmarks.result import Result, Rows
from benchmarks.worker import Worker, WorkerFailed, interleave

__all__ = ["Task", "run"]

_COLUMNS = {"full": "full us", "client": "client us", "server": "server us"}
_GROUPS = {"x25519": "", "X25519MLKEM768": "hybrid_"}
_FIRST = "dojang, first meeting"


def run(options: Options) -> Result:
    figures: Rows = {}
    ratios: dict[str, float] = {}
    for group, label in _GROUPS.items():
        names = [name for name in options.contestants if group in load(name).groups]
        rows = _measure(names, replace(options.plan, group=group), options)
        figures |= {f"{group} {name}": row for name, row in rows.items()}
        ratios |= _ratios(label, rows)
    more, further = resumption.measure(options)
    note = "in memory, CPU time of one handshake; TLS 1.3 and full where the row says nothing else"
    return Result(name="handshake", ratios=ratios | further, figures=figures | more, note=note)


def _measure(names: list[str], plan: Plan, options: Options) -> Rows:
    workers = {name: Worker("handshake", name, plan) for name in names}
    runs = {name: (name, False) for name in names}
    if "dojang" in names:
        runs[_FIRST] = ("dojang", True)
    samples: dict[str, list[dict[str, float]]] = {row: [] for row in runs}
    try:
        for worker in workers.values():
            _check(worker, plan)
        counts = {name: _count(worker, options.seconds(0.25)) for name, worker in workers.items()}
        measures = [
            partial(_sample, workers[name], counts[name], first_meeting, samples[row])
            for row, (name, first_meeting) in runs.items()
        ]
        interleave(options.rounds(21), measures)
    finally:
        for worker in workers.values():
            worker.stop()
    rows = {row: _summary(found) for row, found in samples.items()}
    if _FIRST in rows and rows[_FIRST]["client us"] < 1.1 * rows["dojang"]["client us"]:
        raise WorkerFailed("a first meeting costs no more than a second one: dojang has not forgotten")
    return rows


def _check(worker: Worker, plan: Plan) -> None:
    """Comparing is fair only when all do the same work."""
    facts = worker.ask(do="check")
    wanted = {"suite": plan.suite, "group": plan.group, "verifies": facts["ought_to_verify"], "tickets": False}
    if wrong := {key: facts[key] for key, value in wanted.items() if facts[key] != value}:
        raise WorkerFailed(f"{worker.name} came to {wrong}, not to {wanted}")


def _count(worker: Worker, seconds: float) -> int:
    """How many handshakes fill a round."""
    worker.ask(do="run", count=3, first_meeting=False)
    once: float = worker.ask(do="run", count=3, first_meeting=False)["full us"] / 1e6
    return max(3, round(seconds / once))


def _sample(worker: Worker, count: int, first_meeting: bool, into: list[dict[str, float]]) -> None:
    into.append(worker.ask(do="run", count=count, first_meeting=first_meeting))


def _summary(samples: list[dict[str, float]]) -> dict[str, float]:
    row = {column: median(sample[column] for sample in samples) for column in _COLUMNS.values()}
    return {**row, "fastest round us": min(sample["full us"] for sample in samples), "per CPU s": 1e6 / row["full us"]}


def _ratios(label: str, rows: Rows) -> dict[str, float]:
    peers = [name for name in rows if not name.startswith("dojang")]
    ratios = {}
    for name, prefix in (("dojang", "tls13_"), (_FIRST, "tls13_first_")):
        for peer in peers if name in rows else ():
            for part, column in _COLUMNS.items():
                ratios[f"{prefix}{label}{part}_vs_{peer}"] = rows[peer][column] / rows[name][column]
    return ratios


class Task:
    """The worker's side. Contexts are made once; each handshake is a new connection that resumes nothing."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "check":
            return self._check()
        return self._run(request["count"], first_meeting=request["first_meeting"])

    def _run(self, count: int, *, first_meeting: bool) -> dict[str, Any]:
        contestant, client, server = self._contestant, 0.0, 0.0
        start = process_time()
        for _ in range(count):
            if first_meeting:
                contestant.forget()
            pair = shake_hands(contestant)
            client += pair.client_seconds
            server += pair.server_seconds
        full = (process_time() - start) / count * 1e6
        share = client / (client + server)  # the process clock is too dear to be read around every call
        return {"full us": full, "client us": full * share, "server us": full * (1 - share)}

    def _check(self) -> dict[str, Any]:
        pair = shake_hands(self._contestant)
        return {
            "suite": pair.client.suite(),
            "group": negotiated_group(pair.server_hello),
            "verifies": self._refuses("other.test"),
            "ought_to_verify": self._contestant.verifies,
            "tickets": bool(pair.trailing),
        }

    def _refuses(self, name: str) -> bool:
        try:
            shake_hands(self._contestant, name)
        except Exception:  # each contestant refuses with an error of its own
            return True
        return False
