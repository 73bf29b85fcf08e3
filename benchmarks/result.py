"""What a benchmark found, and its three forms: a table to read, JSON, Markdown."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Result", "Rows"]

Rows = dict[str, dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """ratios: flat, above 1 means that dojang is ahead. figures: row, column, number; units in the column's name."""

    name: str
    ratios: dict[str, float]
    figures: Rows
    note: str

    def to_text(self) -> str:
        ratios: Rows = {name: {"ratio": value} for name, value in self.ratios.items()}
        tables = [_table(rows) for rows in (self.figures, ratios) if rows]
        return "\n\n".join([f"{self.name}: {self.note}", *("\n".join(table) for table in tables)])

    def to_markdown(self) -> str:
        ratios: Rows = {name: {"ratio": value} for name, value in self.ratios.items()}
        return "\n\n".join("\n".join(_markdown(rows)) for rows in (ratios, self.figures) if rows)


def _table(rows: Rows) -> list[str]:
    cells = _cells(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [_line(row, widths) for row in cells]


def _line(row: list[str], widths: list[int]) -> str:
    first, *numbers = (
        text.rjust(width) if place else text.ljust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "   ".join(["  " + first, *numbers]).rstrip()


def _markdown(rows: Rows) -> list[str]:
    head, *body = ("| " + " | ".join(row) + " |" for row in _cells(rows))
    columns = head.count(" | ") + 1
    return [head, "|" + "|".join(["---"] + ["---:"] * (columns - 1)) + "|", *body]


def _cells(rows: Rows) -> list[list[str]]:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    head = ["", *columns]
    body = [[name, *(_number(row.get(column)) for column in columns)] for name, row in rows.items()]
    return [head, *body]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 20 else f"{value:.2f}"
