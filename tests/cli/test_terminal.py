"""Colour only on a terminal that wants it, drawings only where they can be encoded."""

from __future__ import annotations

import io

import pytest

from dojang.cli import terminal
from dojang.cli.language import Language, Text
from dojang.cli.terminal import Screen


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Latin1(io.StringIO):
    encoding = "latin-1"


@pytest.mark.parametrize(
    ("out", "environ", "colour"),
    [
        (Tty(), {}, True),
        (Tty(), {"NO_COLOR": "1"}, False),
        (Tty(), {"NO_COLOR": ""}, True),
        (Tty(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_needs_a_terminal_and_leave(out: io.StringIO, environ: dict[str, str], colour: bool) -> None:
    painted = Screen.of(out, Language.EN, environ).paint("bad", "no")
    assert painted == ("\x1b[31mno\x1b[0m" if colour else "no")


def test_what_can_t_be_drawn_has_a_plain_form() -> None:
    out = Latin1()
    screen = Screen.of(out, Language.EN, {})
    screen.line("├─ “a” ━▶ …")
    assert out.getvalue() == '+- "a" #> .\n'


def test_every_plain_form_is_one_ascii_character() -> None:
    assert all(chr(code).isascii() for code in terminal._ASCII.values())


def test_prose_is_said_in_the_screen_s_language_and_width() -> None:
    out = io.StringIO()
    Screen(out, Language.KO, columns=48).say(Text(ko="가 " * 30, en="a"), indent="  ")
    lines = out.getvalue().splitlines()
    assert len(lines) > 1
    assert all(line.startswith("  가") for line in lines)


def test_a_table_aligns_wide_and_narrow_cells() -> None:
    out = io.StringIO()
    Screen(out, Language.KO).table([["이름", "x"], ["ab", "y"]])
    assert out.getvalue() == "  이름   x\n  ab     y\n"
