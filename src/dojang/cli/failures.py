"""What a user reads when something went wrong: one sentence, no traceback, and the right exit code.

0 done, 1 the TLS, the certificate or the network failed,
2 wrong usage: a missing file, an unreadable PEM, a port in use.
"""

from __future__ import annotations

import errno
import os
import socket
from enum import IntEnum

from dojang.cli.language import Language, Text
from dojang.cli.sentences import sentence
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise
from dojang.errors import ApiMisuse, TlsError

__all__ = ["Exit", "Failed", "WrongUsage", "explain"]


class Exit(IntEnum):
    """What the shell gets."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    INTERRUPTED = 130  # as the shell says of SIGINT
    BROKEN_PIPE = 141  # as the shell says of SIGPIPE


class WrongUsage(Exception):
    """The command line, or a file it names, can't be used as it is."""

    code = Exit.WRONG_USAGE

    def __init__(self, text: Text, /, **details: object) -> None:
        super().__init__(text.pick(Language.EN, **details))
        self.text = text
        self.details = details


class Failed(WrongUsage):
    """The work was well asked for and did not succeed."""

    code = Exit.FAILED


def explain(error: BaseException, screen: Screen) -> Exit:
    """Write what `error` means on `screen` and say how to leave; a bug of dojang's own is raised again."""
    if isinstance(error, WrongUsage):
        details = {name: _shown(value) for name, value in error.details.items()}
        screen.say(screen.pick(error.text, **details))
        return error.code
    if isinstance(error, TlsError):
        screen.say(sentence(error, screen.language))
        return Exit.WRONG_USAGE if isinstance(error, ApiMisuse) else Exit.FAILED
    if isinstance(error, KeyboardInterrupt):
        screen.say(_INTERRUPTED)
        return Exit.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        screen.say(_BROKEN_PIPE)
        return Exit.BROKEN_PIPE
    if isinstance(error, OSError):
        return _explain_os_error(error, screen)
    raise error


def _explain_os_error(error: OSError, screen: Screen) -> Exit:
    text, code = _os_text(error)
    name = _shown(error.filename) if error.filename is not None else "?"
    screen.say(text, name=name, reason=_shown(error.strerror or str(error)))
    return code


def _os_text(error: OSError) -> tuple[Text, Exit]:
    if isinstance(error, PermissionError) and error.filename is None:
        return _PRIVILEGED, Exit.WRONG_USAGE
    for kind, text, code in _BY_CLASS:
        if isinstance(error, kind):
            return text, code
    if error.errno in _BY_NUMBER:
        return _BY_NUMBER[error.errno]
    return (_FILE, Exit.WRONG_USAGE) if error.filename is not None else (_OTHER, Exit.FAILED)


def _shown(value: object) -> object:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        value = os.fsdecode(value)
    return neutralise(value) if isinstance(value, str) else value


_INTERRUPTED = Text(ko="Ctrl-C로 중단했습니다.", en="Stopped by Ctrl-C.")
_BROKEN_PIPE = Text(
    ko="출력을 받던 쪽이 먼저 닫혀서 나머지를 쓰지 못했습니다.",
    en="Whoever was reading the output closed it before everything was written.",
)
_FILE = Text(ko="{name} 파일을 쓸 수 없습니다: {reason}", en="{name} can't be used: {reason}")
_OTHER = Text(ko="운영체제가 거절했습니다: {reason}", en="The operating system refused: {reason}")
_IN_USE = Text(
    ko="그 포트는 이미 다른 프로그램이 쓰고 있습니다. 다른 포트를 고르거나 0을 주면 빈 포트를 찾아 씁니다.",
    en="Another program is already using that port. Choose a different one, or 0 for any free port.",
)
_PRIVILEGED = Text(
    ko="그 포트를 열 권한이 없습니다. 1024 이상의 포트를 고르세요.",
    en="This user may not open that port. Choose one from 1024 up.",
)
_NO_ADDRESS = Text(
    ko="이 컴퓨터에 없는 주소라서 열 수 없습니다.",
    en="That address doesn't belong to this machine, so nothing can listen there.",
)
_NO_ROUTE = Text(ko="그 주소까지 가는 길이 없습니다.", en="There is no route to that address.")
_NO_NETWORK = Text(ko="네트워크에 연결되어 있지 않습니다.", en="The network can't be reached.")

_BY_CLASS: tuple[tuple[type[OSError], Text, Exit], ...] = (
    (
        FileNotFoundError,
        Text(ko="{name:이/가} 없습니다.", en="There is no {name}."),
        Exit.WRONG_USAGE,
    ),
    (
        FileExistsError,
        Text(
            ko="{name:이/가} 이미 있습니다. 덮어쓰려면 --force를 쓰세요.",
            en="{name} is there already. Use --force to overwrite it.",
        ),
        Exit.WRONG_USAGE,
    ),
    (
        PermissionError,
        Text(
            ko="권한이 없습니다: {name} ({reason})",
            en="Permission denied: {name} ({reason})",
        ),
        Exit.WRONG_USAGE,
    ),
    (
        IsADirectoryError,
        Text(ko="{name:은/는} 파일이 아니라 폴더입니다.", en="{name} is a folder, not a file."),
        Exit.WRONG_USAGE,
    ),
    (
        NotADirectoryError,
        Text(ko="{name:은/는} 폴더가 아닙니다.", en="{name} is not a folder."),
        Exit.WRONG_USAGE,
    ),
    (
        ConnectionRefusedError,
        Text(
            ko="연결이 거부되었습니다. 그 포트에서 기다리는 서버가 없습니다.",
            en="Connection refused: no server is listening on that port.",
        ),
        Exit.FAILED,
    ),
    (
        ConnectionError,
        Text(
            ko="상대가 연결을 갑자기 끊었습니다: {reason}",
            en="The peer broke off the connection: {reason}",
        ),
        Exit.FAILED,
    ),
    (
        TimeoutError,
        Text(
            ko="정해진 시간 안에 답이 오지 않았습니다.",
            en="No answer came in time.",
        ),
        Exit.FAILED,
    ),
    (
        socket.gaierror,
        Text(
            ko="이름을 주소로 바꾸지 못했습니다: {reason}",
            en="The name could not be turned into an address: {reason}",
        ),
        Exit.FAILED,
    ),
)

_BY_NUMBER: dict[int | None, tuple[Text, Exit]] = {
    errno.EADDRINUSE: (_IN_USE, Exit.WRONG_USAGE),
    errno.EADDRNOTAVAIL: (_NO_ADDRESS, Exit.WRONG_USAGE),
    errno.EHOSTUNREACH: (_NO_ROUTE, Exit.FAILED),
    errno.ENETUNREACH: (_NO_NETWORK, Exit.FAILED),
    errno.ENOSPC: (Text(ko="디스크에 남은 공간이 없습니다.", en="The disk is full."), Exit.WRONG_USAGE),
}
