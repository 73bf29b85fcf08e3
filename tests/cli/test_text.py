"""Columns are counted as terminals count them, prose stays inside them, and a peer's text can't steer the terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dojang.cli.text import clip, neutralise, pad, width_of, wrap


def test_hangul_takes_two_columns_composed_or_not() -> None:
    assert width_of("인증서") == 6
    assert width_of(unicodedata.normalize("NFD", "인증서")) == 6
    assert width_of("a가") == 3
    assert width_of("──▶") == 3


def test_colour_takes_no_column() -> None:
    assert width_of("\x1b[1;36mClientHello\x1b[0m") == len("ClientHello")


def test_padding_fills_columns_and_not_characters() -> None:
    assert pad("키", 4) == "키  "
    assert pad("키", 4, right=True) == "  키"
    assert pad("열쇠고리", 4) == "열쇠고리"


def test_clipping_never_splits_a_wide_character() -> None:
    assert clip("인증서체인", 6) == "인증…"
    assert clip("short", 6) == "short"


def test_prose_breaks_between_words() -> None:
    text = "서버가 보낸 인증서를 검증합니다"
    assert wrap(text, 14) == ["서버가 보낸", "인증서를", "검증합니다"]
    assert wrap("one two three", 9, indent="- ", hanging="  ") == ["- one two", "  three"]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert wrap("abcdefgh", 5, indent="  ") == ["  abc", "  def", "  gh"]


@given(st.text(alphabet="가나다abc 서버", max_size=80), st.integers(8, 40))
def test_no_line_is_wider_than_asked_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = wrap(text, columns, indent="  ")
    assert all(width_of(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_what_would_steer_the_terminal_is_shown_instead() -> None:
    assert neutralise("a\x1b[31mred") == "a\\x1b[31mred"
    assert neutralise("one\r\ntwo\x9b0m") == "one\\x0d\\x0atwo\\x9b0m"
    assert neutralise("user\u202egnp.exe") == "user\\u202egnp.exe"
    assert neutralise("\ud800") == "\\ud800"
    assert neutralise("한글 café ≠ ASCII") == "한글 café ≠ ASCII"


@given(st.text())
def test_neutralised_text_holds_no_control_character(text: str) -> None:
    assert not [c for c in neutralise(text) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
