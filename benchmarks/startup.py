"""Time from a running interpreter to a client context that trusts one root: what a short-lived command pays first."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from statistics import median
from time import perf_counter

from benchmarks.contestants import load
from benchmarks.options import Options
from benchmarks.result import Result
from benchmarks.worker import WorkerFailed, interleave

__all__ = ["run"]

_PEERS = ("ssl", "pyopenssl")
_READY, _CPU, _PROCESS = "ready ms", "ready CPU ms", "whole process ms"

_SCRIPT = """
import json, sys, time
ROOT = sys.argv[1]
cpu, seconds = time.process_time(), time.perf_counter()
{startup}
print(json.dumps([time.perf_counter() - seconds, time.process_time() - cpu]))
"""


def run(options: Options) -> Result:
    names = [name for name in options.contestants if name in ("dojang", *_PEERS)]
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for name in names:
        _sample(options, name, [])  # bytecode is compiled, files are in the system's cache
    interleave(options.rounds(21), [partial(_sample, options, name, samples[name]) for name in names])
    figures = {
        name: {column: median(row[column] for row in rows) for column in rows[0]} for name, rows in samples.items()
    }
    ratios = {
        f"startup_vs_{peer}": figures[peer][_READY] / figures["dojang"][_READY]
        for peer in _PEERS
        if "dojang" in figures and peer in figures
    }
    return Result(
        name="startup", ratios=ratios, figures=figures, note="import and a client context, in a fresh process"
    )


def _sample(options: Options, name: str, into: list[dict[str, float]]) -> None:
    script = _SCRIPT.format(startup=load(name).startup)
    start = perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", script, str(options.plan.root)],
        stdout=subprocess.PIPE,
        timeout=60,
        env=options.plan.environment(),
        check=False,
    )
    whole = perf_counter() - start
    if ended.returncode:
        raise WorkerFailed(f"the startup of {name} failed")
    seconds, cpu = json.loads(ended.stdout)
    into.append({_READY: seconds * 1e3, _CPU: cpu * 1e3, _PROCESS: whole * 1e3})
