"""`dojang COMMAND`: reads the command line, loads that command, turns how it ends into an exit code.

A command is a module with `register(parser)` and `run(arguments, screen) -> int`.
Nothing of the stack is imported before it is needed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from dojang.cli.arguments import Parser, add_language_option
from dojang.cli.language import Language, Text, choose_language
from dojang.cli.terminal import Screen

__all__ = ["COMMANDS", "main"]


class Command(NamedTuple):
    """Where a command lives and what it does, in one line."""

    module: str
    summary: Text


COMMANDS = {
    "demo": Command(
        "dojang.cli.demo",
        Text(
            ko="같은 인증 기관을 믿는 두 사람이 TLS 1.3으로 만나는 과정을 한 단계씩 보여 줍니다",
            en="two parties who trust the same CA meet over TLS 1.3, every step shown",
        ),
    ),
    "connect": Command(
        "dojang.cli.connect",
        Text(
            ko="서버에 접속하여 핸드셰이크와 인증서 체인을 보여 줍니다",
            en="connect to a server and show the handshake and the certificate chain",
        ),
    ),
    "serve": Command(
        "dojang.cli.serve",
        Text(
            ko="HTTPS 서버를 띄워 방문자에게 무엇이 협상되었는지 알려 줍니다",
            en="run an HTTPS server that tells each visitor what was negotiated",
        ),
    ),
    "explain": Command(
        "dojang.cli.explain",
        Text(
            ko="패킷 캡처의 TLS 대화를 바이트 하나하나까지 풀어 설명합니다",
            en="explain the TLS conversations of a capture, byte by byte",
        ),
    ),
    "ca": Command(
        "dojang.cli.ca",
        Text(
            ko="나만의 인증 기관을 만들고 인증서를 발급합니다",
            en="keep a certificate authority of your own and issue certificates",
        ),
    ),
    "verify": Command(
        "dojang.cli.verify",
        Text(
            ko="인증서 체인을 확인하고 왜 믿거나 믿지 않는지 말해 줍니다",
            en="judge a certificate chain and say why it holds or does not",
        ),
    ),
    "x509": Command(
        "dojang.cli.x509",
        Text(
            ko="인증서, CSR, CRL, OCSP 응답, 키를 필드 하나하나 설명합니다",
            en="explain a certificate, request, revocation list, OCSP response or key, field by field",
        ),
    ),
    "trust": Command(
        "dojang.cli.trust",
        Text(
            ko="이 컴퓨터와 브라우저가 믿는 루트를 더하고 되돌립니다",
            en="add a root to what this machine and its browsers trust, and take it back",
        ),
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 the TLS or the certificate failed, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = choose_language(_asked_language(given))
    _tolerate_any_character()
    try:
        chosen = _parse(given, language)
        code = _run(chosen, Screen.of(sys.stdout, language))
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        from dojang.cli.failures import explain

        return _leave(error, explain(error, Screen.of(sys.stderr, language)))
    return code


def _asked_language(arguments: Sequence[str]) -> str | None:
    """--lang, known before anything is parsed, because help texts and errors need it."""
    for argument, following in zip(arguments, [*arguments[1:], None], strict=True):
        if argument == "--lang":
            return following
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None


def _parse(arguments: Sequence[str], language: Language) -> argparse.Namespace:
    parser = Parser(prog="dojang", description=_DESCRIPTION.pick(language), language=language)
    parser.option("--version", action="version", version=_version(arguments), help=_VERSION)
    add_language_option(parser)
    title, metavar = _COMMANDS.pick(language), _COMMAND.pick(language)
    commands = parser.add_subparsers(dest="command", title=title, metavar=metavar)
    wanted = next((argument for argument in arguments if argument in COMMANDS), None)
    for name, command in COMMANDS.items():
        summary = command.summary.pick(language)
        sub = commands.add_parser(name, help=summary, description=summary + ".", language=language)
        if name == wanted:
            importlib.import_module(command.module).register(sub)
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        parser.exit()
    return chosen


def _run(arguments: argparse.Namespace, screen: Screen) -> int:
    command = importlib.import_module(COMMANDS[arguments.command].module)
    return int(command.run(arguments, screen))


def _version(arguments: Sequence[str]) -> str:
    if "--version" not in arguments:
        return ""
    from importlib.metadata import version

    return f"dojang {version('dojang')}"


def _tolerate_any_character() -> None:
    """A character that the stream can't encode is replaced; it must not end the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def _leave(error: BaseException, code: int) -> int:
    if isinstance(error, BrokenPipeError):
        # The interpreter flushes standard output once more at exit; there is nobody to read it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


_DESCRIPTION = Text(
    ko="도장(dojang): 눈에 보이는 TLS. 핸드셰이크의 모든 단계를 직접 수행하고 보여 줍니다.",
    en="dojang makes TLS visible: it performs every step of the handshake itself, and shows it.",
)
_COMMANDS = Text(ko="명령", en="commands")
_COMMAND = Text(ko="명령", en="COMMAND")
_VERSION = Text(ko="버전을 보입니다", en="show the version")
