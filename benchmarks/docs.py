"""Puts a run's tables into docs/benchmarks.md, each between its two markers."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.result import Result

__all__ = ["DOCUMENT", "write"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write(results: list[Result], machine: dict[str, str | int], document: Path = DOCUMENT) -> None:
    """Replace the section of each result. Raises ValueError when a result has no section."""
    text = document.read_text(encoding="utf-8")
    for result in results:
        section = f"{_origin(machine)}\n\n{result.to_markdown()}"
        text = _replaced(text, result.name, section)
    document.write_text(text, encoding="utf-8")


def _replaced(text: str, name: str, section: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{DOCUMENT.name} has no section for {name}")
    return pattern.sub(lambda _: f"{begin}\n{section}\n{end}", text)


def _origin(machine: dict[str, str | int]) -> str:
    return "Measured on " + "; ".join(f"{key} {value}" for key, value in machine.items()) + "."
