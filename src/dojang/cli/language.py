"""Which language to speak, and how one sentence holds both.

Korean templates may ask for the particle that fits what was filled in: ``"{name:을/를} 찾을 수 없습니다"``.
Knows nothing of terminals.
"""

from __future__ import annotations

import os
import re
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Language", "Text", "choose_language", "with_particle"]


class Language(StrEnum):
    """A language that every sentence exists in."""

    KO = "ko"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One sentence, twice, each as a person who speaks that language says it. {placeholders} are shared."""

    ko: str
    en: str

    def pick(self, language: Language, /, **details: object) -> str:
        """The sentence in `language`, its placeholders filled; a Text among `details` is picked too."""
        for name, value in details.items():
            if isinstance(value, Text):
                details[name] = value.pick(language)
        if language is Language.KO:
            return _KOREAN.vformat(self.ko, (), details) if details else self.ko
        return self.en.format(**details) if details else self.en

    def fill(self, **details: object) -> Text:
        """The same with its placeholders filled in both languages."""
        return Text(ko=self.pick(Language.KO, **details), en=self.pick(Language.EN, **details))


def choose_language(asked: str | None = None, environ: Mapping[str, str] = os.environ) -> Language:
    """`asked` (--lang), then DOJANG_LANG, then the locale; English where none of them says Korean."""
    for wish in (asked, environ.get("DOJANG_LANG")):
        if wish:
            return _language_of(wish)
    return _language_of(_locale(environ))


def with_particle(word: str, particles: str) -> str:
    """`word` with the fitting one of two particles, consonant form first: 은/는, 이/가, 으로/로."""
    after_consonant, after_vowel = particles.split("/")
    final = _final_sound(word)
    if after_consonant.startswith("으"):
        return word + (after_consonant if final not in ("", "ㄹ") else after_vowel)
    return word + (after_consonant if final else after_vowel)


class _KoreanFormatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if "/" in format_spec:
            return with_particle(str(value), format_spec)
        return str(super().format_field(value, format_spec))


_KOREAN = _KoreanFormatter()


def _language_of(tag: str) -> Language:
    return Language.KO if tag.lower().startswith("ko") else Language.EN


def _locale(environ: Mapping[str, str]) -> str:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(variable):
            return environ[variable]
    return _windows_language()


def _windows_language() -> str:
    if sys.platform == "win32":
        import ctypes

        return "ko" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x12 else "en"
    return ""


def _final_sound(word: str) -> str:
    """How `word` ends when read aloud in Korean: "" a vowel, ``ㄹ``, or ``ㅇ`` for any other consonant."""
    letters = [c for c in word if c.isalnum()]
    if not letters:
        return ""
    last = letters[-1]
    if "가" <= last <= "힣":
        return _sound_of_index((ord(last) - 0xAC00) % 28)
    if last.isdigit():
        return {"0": "ㅇ", "1": "ㄹ", "3": "ㅇ", "6": "ㅇ", "7": "ㄹ", "8": "ㄹ"}.get(last, "")
    return _latin_sound("".join(letters[-3:]))


def _sound_of_index(index: int) -> str:
    return {0: "", 8: "ㄹ"}.get(index, "ㅇ")


def _latin_sound(ending: str) -> str:
    """A capital is spelled out (엘, 엠, 엔, 알); a word is read as Korean borrows it: 소켓, 라벨, 키."""
    last = ending[-1]
    if last.isupper():
        return {"L": "ㄹ", "R": "ㄹ", "M": "ㅇ", "N": "ㅇ"}.get(last, "")
    if last == "l":
        return "ㄹ"
    if last in "mn" or ending.endswith("ng"):
        return "ㅇ"
    if last == "t":
        return "ㅇ" if re.search(r"[^aeiou][aeiou]t$", ending) else ""  # 소켓 and 루트
    return "ㅇ" if re.search(r"[aeiouc][ckp]$", ending) else ""  # 북, 그룹, 락
