"""The Korean of every error sentence, split by the floor that raises it: English template to Korean template.

Placeholders are the same; a Korean one may ask for its particle (``{name:이/가}``).
The tests keep the catalogue complete.
"""

from __future__ import annotations

from dojang.cli.korean import capture, crypto, engine, net, pki, wire, words
from dojang.pki import korean as rules

__all__ = ["SENTENCES", "WORDS"]

SENTENCES: dict[str, str] = {
    **wire.SENTENCES,
    **crypto.SENTENCES,
    **pki.SENTENCES,
    **engine.SENTENCES,
    **net.SENTENCES,
    **capture.SENTENCES,
    **rules.KOREAN,
}
WORDS: dict[str, str] = {**rules.WORDS, **words.WORDS}
