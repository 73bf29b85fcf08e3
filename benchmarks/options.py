"""How long to measure, whom, and with which certificates."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.plan import Plan

__all__ = ["Options"]


@dataclass(frozen=True, kw_only=True)
class Options:
    plan: Plan
    contestants: tuple[str, ...]
    quick: bool = False

    def rounds(self, number: int) -> int:
        """`number` rounds, or a few when a rough answer will do."""
        return 3 if self.quick else number

    def seconds(self, number: float) -> float:
        return number / 5 if self.quick else number

    def amount(self, number: int) -> int:
        return number // 4 if self.quick else number
