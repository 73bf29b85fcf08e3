"""Text in columns: Hangul takes two, prose breaks between words, nothing a peer sent can steer the terminal.

Pure functions; knows nothing of streams.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clip", "count", "neutralise", "pad", "width_of", "wrap"]

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def width_of(text: str) -> int:
    """Columns that `text` takes in a terminal; colour takes none."""
    return sum(map(_width_of_character, _STYLE.sub("", text)))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """`text` with spaces to fill `columns`, at its end or, with `right`, before it."""
    filling = " " * max(0, columns - width_of(text))
    return filling + text if right else text + filling


def clip(text: str, columns: int, mark: str = "…") -> str:
    """`text`, cut to `columns` with a mark where it was cut. For text without colour."""
    if width_of(text) <= columns:
        return text
    while text and width_of(text) + width_of(mark) > columns:
        text = text[:-1]
    return text.rstrip() + mark


def wrap(text: str, columns: int, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """`text` in lines of at most `columns`, broken between words, as Korean and English both like it.

    indent stands before each line, `hanging` before each but the first. A word longer than a line is cut.
    """
    rest = indent if hanging is None else hanging
    lines, line = [], indent
    for word in text.split():
        for piece in _pieces(word, columns - max(width_of(indent), width_of(rest))):
            fresh = line in (indent, rest)
            if not fresh and width_of(line) + 1 + width_of(piece) > columns:
                lines.append(line)
                line, fresh = rest, True
            line += piece if fresh else " " + piece
    return [*lines, line]


def neutralise(text: str) -> str:
    """`text` from outside: control, format and surrogate characters are shown as escapes, not obeyed."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


def count(number: int) -> str:
    """``1,537``."""
    return f"{number:,}"


_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width_of_character(character: str) -> int:
    if character.isascii():
        return 1 if character.isprintable() else 0
    if unicodedata.category(character) in ("Mn", "Me", "Cf") or 0x1160 <= ord(character) <= 0x11FF:
        return 0  # marks, and the vowels and finals of decomposed Hangul, share the column of what precedes
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pieces(word: str, columns: int) -> list[str]:
    pieces = []
    while width_of(word) > columns:
        head = clip(word, columns, mark="") or word[0]
        pieces.append(head)
        word = word[len(head) :]
    return [*pieces, word]
