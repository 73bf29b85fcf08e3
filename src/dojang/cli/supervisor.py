"""Several worker processes behind one port: started, watched, replaced when they die, told to end.

On Linux each worker has a socket of its own on the port (SO_REUSEPORT), and the kernel spreads visitors over them.
Elsewhere all accept from one socket that they inherit.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import IO, Any

from dojang.cli.failures import Failed
from dojang.cli.https import HttpsServer, resolve
from dojang.cli.language import Text
from dojang.cli.shopfront import Log
from dojang.cli.sites import Plan
from dojang.cli.worker import ENDINGS, GRACE, READY, Orders
from dojang.engine.config import ClientAuth

__all__ = ["Supervisor"]

SHARES_PORT = sys.platform == "linux"  # others have SO_REUSEPORT too, but give all visitors to one socket
STARTING = 30.0  # seconds a worker has to come up
BRIEF = 1.0  # a worker that ends within so many seconds has not worked
MOST_BRIEF = 5  # so many of them in a row are no accident
LOOK = 0.1  # seconds between two looks at the workers


class Supervisor:
    """Runs `count` workers of a plan until told to stop."""

    def __init__(self, plan: Plan, count: int, log: Log) -> None:
        self.plan = plan
        self.count = count
        self.log = log
        self.workers: list[_Worker] = []
        self._stopping = threading.Event()
        self._brief = 0

    def run(self) -> None:
        """Until SIGTERM or Ctrl-C, which comes out as KeyboardInterrupt."""
        with ExitStack() as stack:
            shared = stack.enter_context(tempfile.TemporaryDirectory(prefix="dojang-"))
            self.plan = replace(self.plan, shared=shared)
            self._sock = stack.enter_context(_reserve(self.plan.arguments.host, self.plan.arguments.port))
            self._listen_for_signals(stack)
            stack.callback(self._end_workers)
            for _ in range(self.count):
                self.workers.append(self._start())
            for worker in self.workers:
                worker.wait_until_ready()
            self._announce()
            while not self._stopping.wait(LOOK):
                self._replace_the_dead()

    def _announce(self) -> None:
        arguments = self.plan.arguments
        asks = ClientAuth(arguments.client_auth) if arguments.client_ca else ClientAuth.NONE
        pids = [worker.process.pid for worker in self.workers]
        self.log.started(arguments.host, self._sock.getsockname()[1], self.plan.sites, asks, pids)

    def _replace_the_dead(self) -> None:
        for place, worker in enumerate(self.workers):
            code = worker.process.poll()
            if code is None:
                self._tell_of(worker)
                continue
            self._brief = self._brief + 1 if worker.age < BRIEF else 0
            if self._brief > MOST_BRIEF:
                raise Failed(_GIVES_UP, code=code)
            fresh = self.workers[place] = self._start()
            fresh.replaces = worker.process.pid, code

    def _tell_of(self, worker: _Worker) -> None:
        """A replacement is news once it works."""
        if worker.replaces is not None and worker.is_ready:
            self.log.replaced(*worker.replaces, worker.process.pid)
            worker.replaces = None

    def _start(self) -> _Worker:
        screen = self.log.screen
        look = screen.language, screen.columns, screen.colour, screen.unicode
        host, port = self.plan.arguments.host, self._sock.getsockname()[1]
        return _Worker(lambda listener: Orders(self.plan, host, port, listener, *look), self._sock, self.log)

    def _listen_for_signals(self, stack: ExitStack) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in ENDINGS:
                before = signal.signal(number, lambda *_: self._stopping.set())
                stack.callback(signal.signal, number, before)

    def _end_workers(self) -> None:
        """All at once; who does not end in time is killed."""
        self._stopping.set()
        for worker in self.workers:
            worker.tell_to_end()
        until = time.monotonic() + GRACE + 2
        for worker in self.workers:
            worker.wait(until)


class _Worker:
    """A process of `dojang.cli.worker`. Its standard input is its life line, its output is relayed line by line."""

    def __init__(self, orders: Any, sock: socket.socket, log: Log) -> None:
        self.log = log
        self.began = time.monotonic()
        self.replaces: tuple[int, int] | None = None
        inherited = () if SHARES_PORT or os.name == "nt" else (sock.fileno(),)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dojang.cli.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            pass_fds=inherited,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._relay, daemon=True)
        self._reader.start()
        assert self.process.stdin is not None
        try:
            pickle.dump(orders(self._handed_on(sock)), self.process.stdin)
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # it is dead already, and will be replaced

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.began

    @property
    def is_ready(self) -> bool:
        """Whether it listens."""
        return self._ready.is_set()

    def wait_until_ready(self) -> None:
        """Until it listens. Raises Failed where it does not come up."""
        while not self._ready.wait(0.05):
            code = self.process.poll()
            if code is not None or self.age > STARTING:
                raise Failed(_GIVES_UP, code=code)

    def tell_to_end(self) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            return

    def wait(self, until: float) -> None:
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(1)

    def _handed_on(self, sock: socket.socket) -> int | bytes | None:
        if SHARES_PORT:
            return None
        if sys.platform == "win32":
            return sock.share(self.process.pid)
        return sock.fileno()

    def _relay(self) -> None:
        out: IO[bytes] | None = self.process.stdout
        assert out is not None
        with out:
            for line in out:
                text = line.decode("utf-8", "replace").replace("\r\n", "\n")
                if text == READY:
                    self._ready.set()
                else:
                    self.log.relay(text)


def _reserve(host: str, port: int) -> socket.socket:
    """The port for the workers: bound and not listening where each has a socket of its own, else the listener."""
    family, address = resolve(host, port)
    if port and SHARES_PORT:
        _bound(family, address, shares_port=False).close()  # another server on this port is no partner
    sock = _bound(family, address, shares_port=SHARES_PORT)
    if not SHARES_PORT:
        sock.listen(HttpsServer.request_queue_size)
    return sock


def _bound(family: socket.AddressFamily, address: Any, *, shares_port: bool) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shares_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


_GIVES_UP = Text(
    ko="작업 프로세스가 뜨자마자 끝납니다(코드 {code}). 위에 적힌 까닭을 보세요.",
    en="The worker processes end as soon as they start (code {code}); the reason stands above.",
)
