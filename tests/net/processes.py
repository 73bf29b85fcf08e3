"""Workers in processes of their own, and the programs that the tests of net start; all end with the `with`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.interop.processes import NotStarted, Server, end_process, find_program, free_port, serving

WORKER = Path(__file__).with_name("worker.py")
Command = Callable[[int], list[str]]


class Worker:
    """A worker that one talks to in lines."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def ask(self, line: str) -> str:
        self.say(line)
        return self.hear()


@contextmanager
def worker(*arguments: str | Path) -> Iterator[Worker]:
    """Standard error goes where the test's goes."""
    process = subprocess.Popen(
        [sys.executable, str(WORKER), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=os.name == "posix",
    )
    try:
        yield Worker(process)
    finally:
        end_process(process)
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def workers(count: int, *arguments: str | Path) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        yield [stack.enter_context(worker(*arguments)) for _ in range(count)]


def need(*programs: str) -> list[str]:
    """The paths of programs; where one is not installed the test is skipped, or fails if peers are required."""
    found = [find_program(program) for program in programs]
    missing = [program for program, path in zip(programs, found, strict=True) if path is None]
    if missing:
        sentence = f"{', '.join(missing)} is not here (scripts/install-peers --all installs it)"
        if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return [path for path in found if path is not None]


@contextmanager
def redis_server(folder: Path, port: int | None = None, *options: str) -> Iterator[Server]:
    """A Redis that keeps nothing on disk."""
    (program,) = need("redis-server")
    words = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder), *options]
    with listening(lambda chosen: [program, "--port", str(chosen), *words], folder, port) as server:
        yield server


@contextmanager
def listening(command: Command, folder: Path, port: int | None = None) -> Iterator[Server]:
    """A program that serves on a port; one taken between choosing and binding is chosen again."""
    for attempt in range(3):
        chosen = port or free_port()
        try:
            with serving(command(chosen), chosen, folder) as server:
                yield server
                server.process.terminate()  # so that it takes its own children with it
                with suppress(subprocess.TimeoutExpired):
                    server.process.wait(5)
                return
        except NotStarted:
            if attempt == 2:
                raise


def race(count: int, *arguments: str | Path) -> list[str]:
    """Start workers, let them go at the same time, and give what each says."""
    with workers(count, *arguments) as racers:
        assert [each.hear() for each in racers] == ["ready"] * count
        for each in racers:
            each.say("go")
        return [each.hear() for each in racers]


def resume_everywhere(processes: Sequence[Worker], number: int) -> list[str]:
    """Each seals a ticket and all others open it; what did not work."""
    wrong = []
    for sealer, at in enumerate(processes):
        ticket = at.ask(f"seal session-{number}-{sealer}")
        for opener, other in enumerate(processes):
            if (said := other.ask(f"open {ticket}")) != f"session-{number}-{sealer}":
                wrong.append(f"{number}: {sealer} sealed, {opener} said {said}")
    return wrong
