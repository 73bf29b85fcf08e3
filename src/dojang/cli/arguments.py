"""argparse that speaks the reader's language and keeps to the three exit codes.

argparse's own sentences are English; the few that a user meets have their Korean here.
"""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from dojang.cli.language import Language, Text

__all__ = ["Parser", "add_common_options", "add_language_option"]


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose help, headings and errors are in `language`; errors leave with exit code 2."""

    def __init__(self, *, language: Language = Language.EN, **keywords: Any) -> None:
        self.language = language
        super().__init__(
            add_help=False,
            allow_abbrev=False,
            formatter_class=_FORMATTERS[language],
            **keywords,
        )
        self._positionals.title = _ARGUMENTS.pick(language)
        self._optionals.title = _OPTIONS.pick(language)
        self.option("-h", "--help", action="help", help=_HELP)

    def option(
        self, *names: str, help: Text, group: argparse._ActionsContainer | None = None, **keywords: Any
    ) -> argparse.Action:
        """add_argument, to `group` where one is given, with a help text in both languages; ``%`` needs no doubling."""
        return (group or self).add_argument(*names, help=help.pick(self.language).replace("%", "%%"), **keywords)

    def error(self, message: str) -> NoReturn:
        if self.language is Language.KO:
            message = _in_korean(message)
        self.print_usage(_stderr())
        more = _MORE.pick(self.language, program=self.prog)
        self.exit(2, f"{self.prog}: {message}\n{more}\n")


def add_common_options(parser: Parser) -> None:
    """--json and --lang, which every command has."""
    parser.option("--json", action="store_true", help=_JSON)
    add_language_option(parser)


def add_language_option(parser: Parser) -> None:
    """--lang, which `main` has read already; here it is explained and checked."""
    parser.option("--lang", choices=[language.value for language in Language], metavar="ko|en", help=_LANG)


_ARGUMENTS = Text(ko="인자", en="arguments")
_OPTIONS = Text(ko="옵션", en="options")
_HELP = Text(ko="이 도움말을 보입니다", en="show this help")
_MORE = Text(ko="자세한 사용법: {program} --help", en="for all of it: {program} --help")
_JSON = Text(ko="결과를 JSON 객체 하나로 출력합니다", en="print the result as one JSON object")
_LANG = Text(
    ko="출력 언어 (기본값: DOJANG_LANG, 없으면 시스템 로캘)",
    en="language of the output (default: DOJANG_LANG, then the locale)",
)

_KOREAN_ERRORS = (
    (r"the following arguments are required: (.+)", r"필요한 인자가 빠졌습니다: \1"),
    (r"unrecognized arguments: (.+)", r"모르는 인자입니다: \1"),
    (r"argument (.+): expected one argument", r"\1 뒤에 값이 하나 있어야 합니다"),
    (r"argument (.+): expected at least one argument", r"\1 뒤에 값이 하나 이상 있어야 합니다"),
    (
        r"argument (.+): invalid choice: (.+) \(choose from (.+)\)",
        r"\1: \2 값은 쓸 수 없습니다 (가능한 값: \3)",
    ),
    (r"argument (.+): invalid (?:int|float) value: (.+)", r"\1: \2 값은 수가 아닙니다"),
    (r"argument (.+): not allowed with argument (.+)", r"\1 옵션은 \2 옵션과 함께 쓸 수 없습니다"),
    (r"one of the arguments (.+) is required", r"다음 중 하나가 필요합니다: \1"),
)


def _in_korean(message: str) -> str:
    for pattern, korean in _KOREAN_ERRORS:
        if re.fullmatch(pattern, message):
            return re.sub(pattern, korean, message)
    return message


def _stderr() -> Any:
    import sys

    return sys.stderr


class _Formatter(argparse.HelpFormatter):
    usage_heading = "usage: "

    def __init__(self, prog: str, **keywords: Any) -> None:
        super().__init__(prog, max_help_position=30, **keywords)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, self.usage_heading if prefix is None else prefix)


class _KoreanFormatter(_Formatter):
    usage_heading = "사용법: "


_FORMATTERS = {Language.EN: _Formatter, Language.KO: _KoreanFormatter}
