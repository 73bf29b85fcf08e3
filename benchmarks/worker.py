"""A contestant in a process of its own, asked and answering by lines of JSON. This file is both ends of that pipe."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from benchmarks.contestants import Contestant, load
from benchmarks.plan import Plan

__all__ = ["Task", "Worker", "WorkerFailed", "interleave"]

_PATIENCE = 120.0  # seconds for one answer; a worker that takes longer is killed


class Task(Protocol):
    """What a worker does: a class called Task in the benchmark's module."""

    def __init__(self, contestant: Contestant) -> None: ...

    def answer(self, request: dict[str, Any]) -> dict[str, Any]: ...


class WorkerFailed(Exception):
    """A worker ended or hung; what went wrong stands on its standard error."""


class Worker:
    """`task` is the benchmark's module. `core`, where the system knows such a thing, is the one core to stay on."""

    def __init__(self, task: str, contestant: str, plan: Plan, core: int | None = None) -> None:
        self.name = f"{task} {contestant}"
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.worker",
                task,
                contestant,
                plan.to_json(),
                "" if core is None else str(core),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=plan.environment(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self.tell(**request)
        return self.answer()

    def tell(self, **request: Any) -> None:
        """Send a request whose answer is fetched later, for two workers that have to act at once."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerFailed(f"the worker {self.name!r} ended early") from None

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        timer = threading.Timer(_PATIENCE, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise WorkerFailed(f"the worker {self.name!r} ended early")
        found: dict[str, Any] = json.loads(line)
        return found

    def stop(self) -> None:
        try:
            self._process.communicate(timeout=5)  # closes its standard input, which ends it
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def interleave(rounds: int, measures: Sequence[Callable[[], None]]) -> None:
    """Run all measures once per round, there and back by turns, so that what slows the machine slows all."""
    for turn in range(rounds):
        for measure in reversed(measures) if turn % 2 else measures:
            measure()


def main(task: str, contestant: str, plan: str, core: str) -> None:
    """Answer until standard input ends."""
    if core and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    work: Task = importlib.import_module(f"benchmarks.{task}").Task(load(contestant)(Plan.from_json(plan)))
    for line in sys.stdin:
        print(json.dumps(work.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
