"""Key logs and passwords: files for their owner alone, and the questions that a terminal is asked."""

from __future__ import annotations

import getpass
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from dojang.cli.failures import WrongUsage
from dojang.cli.language import Language, Text

__all__ = ["keylog_into", "new_password", "password_for"]


def keylog_into(path: str | None, stack: ExitStack) -> Callable[[str], None] | None:
    """What appends lines of RFC 9850 to `path` (made with mode 0600) until `stack` closes; None without a path."""
    if path is None:
        return None
    file = os.fdopen(_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a", encoding="ascii")
    stack.callback(file.close)
    lock = threading.Lock()

    def log(line: str) -> None:
        with lock:
            file.write(line.rstrip("\n") + "\n")
            file.flush()

    return log


def password_for(key: Path, language: Language) -> str | None:
    """The password of an encrypted key file: DOJANG_PASSWORD, or asked for on the terminal; None for a plain key."""
    try:
        encrypted = b"ENCRYPTED" in key.read_bytes()
    except OSError:
        return None  # whoever opens the key next says what is wrong with it
    if not encrypted:
        return None
    return os.environ.get("DOJANG_PASSWORD") or _ask(_PASSWORD.pick(language, file=key.name))


def new_password(language: Language) -> str:
    """A password for a key to be: DOJANG_PASSWORD, or asked for twice."""
    given = os.environ.get("DOJANG_PASSWORD")
    if given:
        return given
    password = _ask(_NEW_PASSWORD.pick(language))
    if not password or password != _ask(_AGAIN.pick(language)):
        raise WrongUsage(_DIFFERENT)
    return password


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise WrongUsage(_NOBODY)
    return getpass.getpass(prompt)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_PASSWORD = Text(ko="{file}의 비밀번호: ", en="Password for {file}: ")
_NEW_PASSWORD = Text(ko="키를 잠글 비밀번호: ", en="Password to lock the keys with: ")
_AGAIN = Text(ko="한 번 더: ", en="Once more: ")
_DIFFERENT = Text(ko="두 비밀번호가 다르거나 비었습니다.", en="The two passwords differ, or are empty.")
_NOBODY = Text(
    ko="키가 암호화되어 있는데 물어볼 터미널이 없습니다. DOJANG_PASSWORD 환경 변수로 비밀번호를 주세요.",
    en="The key is encrypted and there is no terminal to ask on. Pass the password in DOJANG_PASSWORD.",
)
