"""How an error of dojang is said: its English template, or the Korean one that the catalogue holds for it.

Values that came from a peer are neutralised here, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dojang.cli.language import Language, Text
from dojang.cli.text import neutralise
from dojang.errors import TlsError
from dojang.wire.codes import OpenCode

__all__ = ["clause_in", "sentence", "sentence_of"]


def sentence(error: TlsError, language: Language) -> str:
    """The whole of it: where it was found, what happened, and the clause in parentheses."""
    said = _place(error) + sentence_of(error.template, error.details, language)
    return f"{said} ({clause_in(error.clause, language)})" if error.clause else said


def sentence_of(template: str, details: dict[str, object], language: Language) -> str:
    """A template with its values, in `language`; English where the catalogue has a gap."""
    text = Text(ko=_korean(template, language), en=template)
    return text.pick(language, **{name: _shown(value, language) for name, value in details.items()})


def clause_in(clause: str, language: Language) -> str:
    """``RFC 9846 section 4.2.2``, which is ``RFC 9846 4.2.2절`` in Korean."""
    if language is Language.EN:
        return clause
    return _SECTIONS.sub(_korean_section, clause.replace("appendix", "부록"))


_NUMBER = r"[A-Z]?[\d.]*\d"
_SECTIONS = re.compile(rf"sections? ({_NUMBER}(?:(?:, | and | to ){_NUMBER})*)")


def _korean_section(found: re.Match[str]) -> str:
    return re.sub(r", | and ", "·", found[1]).replace(" to ", "–") + "절"


def _place(error: TlsError) -> str:
    """``ca.pem:3: `` for a fault in a file, the form that editors jump to."""
    file, line = error.details.get("file"), error.details.get("line")
    if not file or "{file}" in error.template:
        return ""
    return neutralise(f"{file}:{line}: " if line is not None else f"{file}: ")


def _korean(template: str, language: Language) -> str:
    if language is Language.EN:
        return template
    from dojang.cli.korean import SENTENCES  # only a Korean reader needs the catalogue loaded

    return SENTENCES.get(template, template)


def _shown(value: object, language: Language) -> object:
    if isinstance(value, OpenCode):
        return value.label
    if isinstance(value, TlsError):
        return sentence_of(value.template, value.details, language)
    if isinstance(value, str):
        return _word(neutralise(value), language)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Iterable):
        return ", ".join(str(_shown(item, language)) for item in value)
    return value


def _word(value: str, language: Language) -> str:
    if language is Language.EN:
        return value
    from dojang.cli.korean import WORDS

    return WORDS.get(value, value)
