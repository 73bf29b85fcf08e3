"""docs/interop.md: peer, direction and feature, as the tests found them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interop.notes import ALONE, SEEN, UNSHOWN
from tests.interop.peer import Again, Application, Feature, Further, Peer, Tls12, Tls13

CONNECTS = "dojang connects"
SERVES = "dojang serves"
PASSED, FAILED, SKIPPED, ABSENT = "yes", "**no**", "skipped", "–"

OPENING = """\
# Interoperability

Written by the tests in `tests/interop` (`DOJANG_WRITE_DOCS=1 DOJANG_REQUIRE_PEERS=1 python -m pytest tests/interop`).
Every peer is the real program, over TCP on loopback. "yes" is a test that passed, "–" something the peer does not have
or has no switch for.
"""

# What the page holds: a title, its columns, and which of them are spelled out value by value.
SECTIONS: tuple[tuple[str, type[Feature], tuple[Feature, ...]], ...] = (
    ("TLS 1.3", Tls13, (Tls13.SUITES, Tls13.GROUPS, Tls13.CERTIFICATES)),
    ("TLS 1.2", Tls12, (Tls12.SUITES, Tls12.LEGACY, Tls12.VERSIONS)),
    ("What rests on something earlier", Again, (Again.EARLY_DATA_REFUSED, Again.EXTERNAL_PSK)),
    ("What may be asked besides", Further, ()),
    ("Applications", Application, ()),
)


@dataclass(frozen=True)
class Cell:
    """One place in the table: a peer's name, CONNECTS or SERVES, a feature."""

    peer: str
    direction: str
    feature: Feature


class Outcomes:
    """What each test found, by cell and by value (a group's or a suite's name; "" when there is only one)."""

    def __init__(self) -> None:
        self.cells: dict[Cell, dict[str, str]] = defaultdict(dict)

    def record(self, cell: Cell, value: str, outcome: str) -> None:
        """Keep a test's outcome; one failure among several tests of the same value stays."""
        if self.cells[cell].get(value) != "failed":
            self.cells[cell][value] = outcome

    def write(self, page: Path, peers: Sequence[Peer]) -> None:
        """Write the page, with the versions of the peers that have outcomes."""
        seen = [peer for peer in peers if any(cell.peer == peer.name for cell in self.cells)]
        if not seen:
            return
        parts = [OPENING, "## Peers\n", table(("peer", "stack", "version"), map(describe, seen))]
        for title, features, lists in SECTIONS:
            for direction in (CONNECTS, SERVES):
                parts += self.section(f"## {title}: {direction}\n", direction, features, lists, seen)
        parts += [ALONE, table(("what", "why no peer shows it", "where it is shown"), UNSHOWN), SEEN]
        page.parent.mkdir(exist_ok=True)
        page.write_text("\n".join(parts), encoding="utf-8")

    def section(
        self, title: str, direction: str, features: type[Feature], lists: Sequence[Feature], peers: Sequence[Peer]
    ) -> list[str]:
        """A table of features for the peers that have any, and a list of values for some of them."""
        cells = {(cell.peer, cell.feature) for cell in self.cells if cell.direction == direction}
        there = [peer for peer in peers if any((peer.name, feature) in cells for feature in features)]
        if not there:
            return []
        columns = [feature for feature in features if any((peer.name, feature) in cells for peer in there)]
        rows = [(peer.name, *(self.word(Cell(peer.name, direction, feature)) for feature in columns)) for peer in there]
        parts = [title, table(("peer", *(str(feature.value) for feature in columns)), rows)]
        for feature in lists:
            with_it = [peer for peer in there if (peer.name, feature) in cells]
            if with_it:
                name = str(feature.value)
                parts += [f"### {name[0].upper()}{name[1:]}\n", self.values(direction, with_it, feature)]
        return parts

    def word(self, cell: Cell) -> str:
        found = list(self.cells.get(cell, {}).values())
        if len(found) > 1:
            return f"{found.count('passed')} of {len(found)}"
        return shown(found[0]) if found else ABSENT

    def values(self, direction: str, peers: Sequence[Peer], feature: Feature) -> str:
        cells = {peer.name: self.cells.get(Cell(peer.name, direction, feature), {}) for peer in peers}
        names = list(dict.fromkeys(value for found in cells.values() for value in found))
        rows = [(name, *(shown(cells[name].get(value)) for value in names)) for name in cells]
        return table(("peer", *names), rows)


def shown(outcome: str | None) -> str:
    return {None: ABSENT, "passed": PASSED, "failed": FAILED, "skipped": SKIPPED}[outcome]


def describe(peer: Peer) -> Sequence[str]:
    return (peer.name, peer.stack, "not here" if peer.missing() else peer.version())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
