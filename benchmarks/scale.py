"""`dojang serve` with one worker and with two: full handshakes per second over loopback, visitors on the same cores."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.options import Options
from benchmarks.plan import NAME, Plan
from benchmarks.result import Result, Rows
from benchmarks.worker import WorkerFailed, interleave

__all__ = ["run"]

_WORKERS = (1, 2)
_VISITORS = 4  # processes, so that two workers never wait for visitors
_PATIENCE = 60.0
_RATE, _CPU = "handshakes/s", "server CPU us"


def run(options: Options) -> Result:
    samples: dict[int, list[dict[str, float]]] = {workers: [] for workers in _WORKERS}
    seconds = options.seconds(3)
    measures = [partial(_sample, options.plan, workers, seconds, samples[workers]) for workers in _WORKERS]
    interleave(options.rounds(7), measures)
    figures: Rows = {f"serve --workers {workers}": _summary(found) for workers, found in samples.items()}
    one, two = (figures[f"serve --workers {workers}"] for workers in _WORKERS)
    ratios = {"scale_two_workers_vs_one": two[_RATE] / one[_RATE]}
    note = f"full TLS 1.3 handshakes, {_VISITORS} visiting processes of ssl that verify nothing, all on this machine"
    return Result(name="scale", ratios=ratios, figures=figures, note=note)


def _summary(samples: list[dict[str, float]]) -> dict[str, float]:
    return {column: median(sample[column] for sample in samples) for column in samples[0]}


def _sample(plan: Plan, workers: int, seconds: float, into: list[dict[str, float]]) -> None:
    with _serving(plan, workers) as (port, pids):
        _visit(plan, port, 0.3)  # everything is loaded then
        before, began = _cpu_of(pids), time.monotonic()
        count = _visit(plan, port, seconds)
        lasted, used = time.monotonic() - began, _cpu_of(pids) - before
    row = {_RATE: count / seconds}
    if used:
        row |= {_CPU: used / count * 1e6, "cores used by the server": used / lasted}
    into.append(row)


@contextmanager
def _serving(plan: Plan, workers: int) -> Iterator[tuple[int, list[int]]]:
    command = [sys.executable, "-m", "dojang", "serve", "--port", "0", "--json", "--no-tickets", "--site", NAME]
    files = ["--cert", str(plan.chain), "--key", str(plan.key), "--workers", str(workers)]
    with subprocess.Popen([*command, *files], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise WorkerFailed("the server did not come up")
            told = json.loads(line)
            yield told["port"], told["workers"]
        finally:
            process.terminate()


def _visit(plan: Plan, port: int, seconds: float) -> int:
    """How many handshakes all visitors together came to."""
    command = [sys.executable, "-m", "benchmarks.scale", str(port), str(seconds)]
    environ = plan.environment()
    visitors = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) for _ in range(_VISITORS)]
    counts = [visitor.communicate(timeout=_PATIENCE)[0] for visitor in visitors]
    if any(visitor.returncode for visitor in visitors):
        raise WorkerFailed("a visitor failed")
    return sum(map(int, counts))


def _cpu_of(pids: list[int]) -> float:
    """Seconds of CPU time that the processes have used; 0 where the system does not tell."""
    total = 0.0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def visit(port: int, seconds: float) -> int:
    """A visitor: one handshake after the other until the time is over. Verifying would only cost it time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with context.wrap_socket(sock, server_hostname=NAME) as tls:
                count += tls.version() == "TLSv1.3"
                tls.unwrap().close()
    return count


if __name__ == "__main__":
    print(visit(int(sys.argv[1]), float(sys.argv[2])))
