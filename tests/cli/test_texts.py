"""Every sentence of the command line exists twice: two languages, the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "dojang"
HANGUL = re.compile("[가-힣]")


def texts() -> Iterator[tuple[str, str, str]]:
    """(place, Korean, English) of each Text(ko=..., en=...) in the source."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                pair = {k.arg: k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)}
                if pair:
                    yield f"{file.name}:{node.lineno}", str(pair["ko"]), str(pair["en"])


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_there_are_texts_to_look_at() -> None:
    assert len(list(texts())) > 50


def test_both_languages_fill_the_same_placeholders() -> None:
    assert [place for place, ko, en in texts() if placeholders(ko) != placeholders(en)] == []


def test_each_language_is_itself() -> None:
    assert [place for place, ko, en in texts() if HANGUL.search(en)] == []
    assert [place for place, ko, en in texts() if ko != en and not HANGUL.search(ko)] == []


def test_a_particle_is_never_left_open() -> None:
    """을(를), 은(는): a reader should not have to choose."""
    assert [place for place, ko, en in texts() if re.search(r"[가-힣]\([가-힣]\)", ko)] == []


def test_no_sentence_shouts() -> None:
    assert [place for place, ko, en in texts() if "!" in re.sub(r"\{[^}]*\}", "", ko + en)] == []
