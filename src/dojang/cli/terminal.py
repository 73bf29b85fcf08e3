"""The screen a command writes on: its width, its colours, the characters it can show, the language it speaks.

Colour only where standard output is a terminal and NO_COLOR is unset. Knows nothing of TLS.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from dojang.cli.language import Language, Text
from dojang.cli.text import pad, width_of, wrap

__all__ = ["Screen"]

STYLES = {
    "bold": "1",
    "dim": "2",
    "title": "1;7",
    "client": "36",
    "server": "35",
    "key": "33",
    "good": "32",
    "bad": "31",
}

WIDEST = 96  # longer lines are hard to read, whatever the window allows
NARROWEST = 48


class Screen:
    """Lines of text, drawings and prose on one stream.

    columns: the width to fill. colour, unicode: what the stream can show.
    """

    def __init__(
        self,
        out: TextIO,
        language: Language,
        *,
        columns: int = 80,
        colour: bool = False,
        unicode: bool = True,
    ) -> None:
        self.out = out
        self.language = language
        self.columns = max(NARROWEST, min(columns, WIDEST))
        self.colour = colour
        self.unicode = unicode

    @classmethod
    def of(cls, out: TextIO, language: Language, environ: Mapping[str, str] = os.environ) -> Screen:
        """The screen that `out` is."""
        columns = shutil.get_terminal_size((80, 24)).columns - 1
        colour, unicode = _has_colour(out, environ), _has_unicode(out)
        return cls(out, language, columns=columns, colour=colour, unicode=unicode)

    def pick(self, text: Text | str, /, **details: object) -> str:
        """`text` in this screen's language."""
        return text.pick(self.language, **details) if isinstance(text, Text) else text

    def paint(self, style: str, text: str) -> str:
        """`text` in a style of STYLES, or as it is where there is no colour."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def line(self, text: str = "") -> None:
        """One line, as it is."""
        print(text if self.unicode else _in_ascii(text), file=self.out)

    def write(self, text: str) -> None:
        """Lines that are made already, their ends included."""
        self.out.write(text if self.unicode else _in_ascii(text))

    def say(self, text: Text | str, /, *, indent: str = "", style: str = "", **details: object) -> None:
        """A paragraph of prose, wrapped."""
        for line in wrap(self.pick(text, **details), min(self.columns, 84), indent=indent):
            self.line(self.paint(style, line) if style else line)

    def mark(self, sign: str, text: str, *, style: str = "") -> None:
        """A paragraph that hangs from a sign: ``✓``, ``✗``."""
        first, *rest = wrap(text, min(self.columns, 84), indent="    ")
        self.line(f"  {self.paint(style, sign) if style else sign} {first.lstrip()}")
        for line in rest:
            self.line(line)

    def title(self, text: Text | str, /, **details: object) -> None:
        """The heading of a section."""
        self.line()
        self.line(self.paint("title", f" {self.pick(text, **details)} "))
        self.line()

    def table(self, rows: Sequence[Sequence[str]], *, indent: str = "  ", gap: str = "   ") -> None:
        """Rows in aligned columns."""
        widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (pad(cell, width) for cell, width in zip(row, widths, strict=True))
            self.line((indent + gap.join(cells)).rstrip())

    def flush(self) -> None:
        """Let what was written be seen."""
        self.out.flush()


# Where the stream can't show line drawings, these stand for them.
_ASCII = str.maketrans(
    "─━═┄│┃├┤└┌▶◀·…✓✗→←“”‘’—≈×",
    "-#=.||++`+><*.vx><\"\"''-~x",
)


def _in_ascii(text: str) -> str:
    return text.translate(_ASCII)


def _has_colour(out: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or not out.isatty():
        return False
    return _obeys_colour()


def _has_unicode(out: TextIO) -> bool:
    try:
        "─▶…“".encode(getattr(out, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _obeys_colour() -> bool:
    """Windows has to be asked to understand escape sequences; it can since Windows 10."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle, mode = kernel.GetStdHandle(-11), ctypes.c_uint32()
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        return bool(kernel.SetConsoleMode(handle, mode.value | 0x0004))
    return True
