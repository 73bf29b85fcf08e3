"""Running `dojang` inside the test's own process, where a process of its own is not the point: a tenth of the time."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from dojang.cli.arguments import Parser
from dojang.cli.language import Language
from dojang.cli.main import main
from dojang.cli.serve import register
from dojang.cli.shopfront import Log
from dojang.cli.sites import Plan
from dojang.cli.terminal import Screen
from dojang.cli.worker import open_server
from tests.cli.command import Outcome

__all__ = ["dojang_here", "serving_here"]


def dojang_here(*arguments: object) -> Outcome:
    """As `command.dojang`, with standard input at its end."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    given = ["--lang", "en", *map(str, arguments)] if "--lang" not in arguments else [*map(str, arguments)]
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        open_devnull() as nothing,
        mock.patch("sys.stdin", nothing),
    ):
        try:
            code = main(given)
        except SystemExit as end:
            code = int(end.code or 0)
        out.flush()
        err.flush()
    return Outcome(code, written(out), written(err))


@contextmanager
def serving_here(*arguments: object) -> Iterator[int]:
    """`dojang serve` on a thread of this process; its port."""
    import threading

    with ExitStack() as stack:
        server = stack.enter_context(contextlib.closing(_server(stack, *arguments)))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.port
        server.shutdown()
        thread.join(10)


def _server(stack: ExitStack, *arguments: object) -> Any:
    parser = Parser(prog="dojang serve")
    register(parser)
    chosen = parser.parse_args(["--port", "0", "--json", *map(str, arguments)])
    log = Log(Screen(io.StringIO(), Language.EN), as_json=True)
    server = open_server(Plan.of(chosen, Language.EN), log, stack)
    server.close = server.server_close  # type: ignore[attr-defined]
    return server


def written(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@contextmanager
def open_devnull() -> Iterator[io.TextIOWrapper]:
    import os

    with open(os.devnull, encoding="utf-8") as nothing:
        yield nothing
