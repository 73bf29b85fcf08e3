"""One process of `dojang serve`: the only one, or one of several that `supervisor` starts.

As a program it reads what to do from standard input (a pickle from its own supervisor) and goes on until that closes.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from dojang.cli.https import HttpsServer
from dojang.cli.language import Language
from dojang.cli.shopfront import Log, Shopfront
from dojang.cli.sites import Plan, server_config
from dojang.cli.terminal import Screen

__all__ = ["ENDINGS", "GRACE", "READY", "Orders", "open_server", "serve_until_told"]

GRACE = 5.0  # seconds that requests have to end when the server does
READY = "ready\n"

if sys.platform == "win32":
    ENDINGS = (signal.SIGTERM, signal.SIGBREAK)
else:
    ENDINGS = (signal.SIGTERM,)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told. listener: the descriptor it inherits, or what Windows' WSADuplicateSocket gave; None
    where it opens a socket of its own on the shared port."""

    plan: Plan
    host: str
    port: int
    listener: int | bytes | None
    language: Language
    columns: int
    colour: bool
    unicode: bool

    def open_listener(self) -> socket.socket | None:
        """The inherited socket."""
        if sys.platform == "win32":
            return socket.fromshare(self.listener) if isinstance(self.listener, bytes) else None
        return socket.socket(fileno=self.listener) if isinstance(self.listener, int) else None


def open_server(
    plan: Plan,
    log: Log,
    stack: ExitStack,
    *,
    port: int | None = None,
    listener: socket.socket | None = None,
    shares_port: bool = False,
) -> HttpsServer:
    """A server that listens and is closed with `stack`."""
    arguments = plan.arguments
    config = server_config(plan, stack)
    server = HttpsServer(
        arguments.host,
        arguments.port if port is None else port,
        config,
        partial(Shopfront, sites=plan.sites, log=log),  # type: ignore[arg-type]
        log.refused,
        listener=listener,
        shares_port=shares_port,
    )
    stack.callback(server.server_close)
    return server


def serve_until_told(server: HttpsServer) -> None:
    """Answer until SIGTERM (or Windows' Ctrl-Break); then let what is going on end well."""
    with _on_termination(server):
        server.serve_forever(poll_interval=0.2)
    server.finish(GRACE)


@contextmanager
def _on_termination(server: HttpsServer) -> Iterator[None]:
    """Signals reach the main thread only; `shutdown` waits for that thread, so another one calls it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: _shut_down(server)) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shut_down(server: HttpsServer) -> None:
    threading.Thread(target=server.shutdown, daemon=True).start()


def main() -> None:
    """The program. Ctrl-C is for the supervisor, which tells its workers by closing their standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders: Orders = pickle.load(sys.stdin.buffer)
    out, listener = sys.stdout, orders.open_listener()
    screen = Screen(out, orders.language, columns=orders.columns, colour=orders.colour, unicode=orders.unicode)
    log = Log(screen, as_json=orders.plan.arguments.json)
    with ExitStack() as stack:
        server = open_server(orders.plan, log, stack, port=orders.port, listener=listener, shares_port=listener is None)
        log.relay(READY)
        threading.Thread(target=_wait_for_the_end, args=(server,), daemon=True).start()
        serve_until_told(server)


def _wait_for_the_end(server: HttpsServer) -> None:
    """The supervisor closed the pipe, or died. Not through sys.stdin, whose lock would be missed at exit."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.shutdown()


if __name__ == "__main__":
    main()
