"""Running `dojang` as a user does: a process of its own, standard input closed, English unless asked otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

__all__ = ["Outcome", "dojang", "start_dojang"]

PATIENCE = 30.0


class Outcome(NamedTuple):
    """What a run left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


def dojang(*arguments: object, environ: Mapping[str, str] | None = None, given: bytes = b"") -> Outcome:
    """Run to the end. given: standard input."""
    command = [sys.executable, "-m", "dojang", *map(str, arguments)]
    run = subprocess.run(command, input=given, capture_output=True, timeout=PATIENCE, env=environ or _english())
    return Outcome(run.returncode, run.stdout.decode(), run.stderr.decode())


@contextmanager
def start_dojang(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run beside the test, which ends it; killed where the test forgot."""
    command = [sys.executable, "-u", "-m", "dojang", *map(str, arguments)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=_english(),
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _english() -> dict[str, str]:
    return {**os.environ, "DOJANG_LANG": "en", "PYTHONIOENCODING": "utf-8"}
