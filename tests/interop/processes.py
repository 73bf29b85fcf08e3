"""Programs on loopback: finding them, running them to their end, keeping servers alive for the length of a `with`.

Every process has its own group, a time limit, and is ended by the code that started it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).resolve().parent / "programs"
# RFC 3526's group of 2048 bits: a server's own choice, none of RFC 7919's.
DH_PARAMETERS = PROGRAMS / "dh.pem"
CACHE = Path(os.environ.get("DOJANG_PEERS", ROOT / ".peers"))
LOOPBACK = "127.0.0.1"


def find_program(name: str) -> str | None:
    """The path of a program: beside this interpreter, in the peers' cache, or on PATH."""
    folders = (Path(sys.executable).parent, CACHE / "node_modules" / ".bin")
    searched = [*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"]
    return shutil.which(name, path=os.pathsep.join(searched))


@dataclass(frozen=True)
class Ended:
    """How a program ended; `returncode` is None when its time was up."""

    returncode: int | None
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return (self.stdout + b"\n" + self.stderr).decode(errors="replace").strip()


def run(
    argv: Sequence[str | Path],
    *,
    inputs: Sequence[bytes] = (),
    hold_input: bool = False,
    timeout: float = 20,
    environment: dict[str, str] | None = None,
) -> Ended:
    """Run a program to its end.

    Several `inputs` are written with a pause between them, for programs that take the first letter of what they
    read as a command. `hold_input` keeps standard input open until the program ends by itself.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start_process(argv, out, err, environment=environment)
        threading.Thread(target=feed, args=(process, inputs, hold_input), daemon=True).start()
        try:
            returncode = process.wait(timeout)
        except subprocess.TimeoutExpired:
            returncode = None
        finally:
            end_process(process)
        out.seek(0)
        err.seek(0)
        return Ended(returncode, out.read(), err.read())


def feed(process: subprocess.Popen[bytes], inputs: Sequence[bytes], hold: bool) -> None:
    stdin = process.stdin
    assert stdin is not None
    with suppress(OSError, ValueError):
        for number, data in enumerate(inputs):
            if number:
                time.sleep(0.2)
            stdin.write(data)
            stdin.flush()
        if not hold:
            stdin.close()


class Server:
    """A peer's server while it runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    def output(self) -> bytes:
        """What it has written to standard output and standard error so far."""
        return self._log.read_bytes()

    def say(self, text: bytes) -> None:
        """Write to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def wait_for(self, text: bytes, timeout: float = 5) -> bool:
        """Whether the text appears in its output before the time is up."""
        return wait_until(lambda: text in self.output(), timeout)


@contextmanager
def serving(
    argv: Sequence[str | Path], port: int, folder: Path, *, announcement: str | None = None
) -> Iterator[Server]:
    """A server that is listening. One that picks its port announces it: the regular expression's first group."""
    log = folder / "log"
    with log.open("wb") as out:
        process = start_process(argv, out, out, cwd=folder)
    try:
        server = Server(process, port, log)
        if announcement:
            server.port = read_announced_port(server, announcement)
        else:
            wait_for_port(server)
        yield server
    finally:
        end_process(process)


class NotStarted(Exception):
    """A server ended, or did not listen in time; its output is the message."""


def read_announced_port(server: Server, announcement: str) -> int:
    pattern = re.compile(announcement.encode())
    wait_until(lambda: bool(pattern.search(server.output())) or server.process.poll() is not None, 15)
    if found := pattern.search(server.output()):
        return int(found[1])
    raise NotStarted(server.output().decode(errors="replace"))


def wait_for_port(server: Server) -> None:
    def listening() -> bool:
        with suppress(OSError), socket.create_connection((LOOPBACK, server.port), 1):
            return True
        return False

    wait_until(lambda: server.process.poll() is not None or listening(), 15)
    if server.process.poll() is not None or not listening():
        raise NotStarted(server.output().decode(errors="replace"))


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Whether the condition becomes true before the time is up."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def start_process(
    argv: Sequence[str | Path],
    out: IO[bytes],
    err: IO[bytes],
    *,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own."""
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return subprocess.Popen(
        [str(word) for word in argv],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=err,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        start_new_session=os.name == "posix",
        creationflags=flags,
    )


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait(10)
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
