"""The page of an explained capture: one HTML file with its data inside, that works offline and loads nothing.

The template is explain.html beside this file. Data goes in as JSON with every ``<`` escaped, and the script writes it
into the page as text alone, so nothing a peer said can become markup.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

__all__ = ["page"]


def page(title: str, conversations: Sequence[dict[str, Any]], language: str) -> str:
    """The whole page. `conversations`: records as docs/explain-schema.md describes; `language`: the first shown."""
    template = files("dojang.web").joinpath("explain.html").read_text(encoding="utf-8")
    data = {"title": title, "language": language, "conversations": list(conversations)}
    for mark, text in (("{{TITLE}}", html.escape(title)), ("{{LANG}}", language), ("{{DATA}}", _in_script(data))):
        template = template.replace(mark, text, 1)
    return template


def _in_script(data: object) -> str:
    """JSON that can stand in a script element: no end tag, no comment, no line separator can be in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
