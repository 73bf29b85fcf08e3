"""The second half of `dojang demo`, told: four ways to one shop, what a recording gives away, second visits."""

from __future__ import annotations

from collections.abc import Sequence

from dojang.cli import demo_prose_compared as prose
from dojang.cli.demo_recordings import Comparison, Visit
from dojang.cli.drawing import draw_ladder
from dojang.cli.ladder import Keys, Rung
from dojang.cli.terminal import Screen
from dojang.cli.text import count, neutralise

__all__ = ["tell_second_visits", "tell_versions"]


def tell_versions(comparison: Comparison, screen: Screen) -> None:
    """The same visit in TLS 1.3, and in TLS 1.2 with each of its key exchanges."""
    screen.title(prose.OLDER)
    screen.say(prose.FOUR_WAYS)
    screen.line()
    draw_ladder(screen, _until_data(comparison.first["ecdhe"]), facts=False, legend=True)
    screen.line()
    screen.say(prose.TWO_TRIPS)
    screen.line()
    screen.say(prose.THREE_EXCHANGES)
    screen.line()
    draw_ladder(screen, _until_data(comparison.first["rsa"]), facts=False)
    screen.line()
    _tell_table(comparison, screen)
    screen.line()
    screen.say(prose.LARGER)
    screen.line()
    _tell_eavesdropper(comparison, screen)


def tell_second_visits(comparison: Comparison, screen: Screen) -> None:
    """Resumption by ID, by ticket and by PSK, measured."""
    screen.title(prose.AGAIN)
    screen.say(prose.WHY_AGAIN)
    screen.line()
    for name, meaning in prose.MEANS:
        screen.mark("·", f"{screen.paint('bold', screen.pick(name))}: {screen.pick(meaning)}")
    screen.line()
    draw_ladder(screen, _until_data(comparison.again["psk"]), facts=False)
    screen.line()
    _tell_savings(comparison, screen)
    screen.line()
    screen.say(prose.STILL_KNOWN)


def _tell_table(comparison: Comparison, screen: Screen) -> None:
    visits = list(comparison.first.values())
    yes_no = {True: screen.pick(prose.YES), False: screen.pick(prose.NO)}
    rows = [
        ["", *map(screen.pick, prose.WAYS)],
        [screen.pick(prose.MESSAGES), *[str(len(visit.handshake)) for visit in visits]],
        [screen.pick(prose.ROUND_TRIPS), *[str(visit.round_trips) for visit in visits]],
        [screen.pick(prose.BYTES), *[count(visit.handshake_size) for visit in visits]],
        [screen.pick(prose.IN_THE_CLEAR), *[yes_no[visit.shows_certificate] for visit in visits]],
        [screen.pick(prose.READABLE), *[yes_no[bool(text)] for text in comparison.read.values()]],
    ]
    screen.table(rows)


def _tell_eavesdropper(comparison: Comparison, screen: Screen) -> None:
    screen.say(prose.EAVESDROPPER)
    screen.line()
    for (name, read), way in zip(comparison.read.items(), prose.WAYS, strict=True):
        size = sum(len(data) for _, data in comparison.first[name].recording)
        if read:
            screen.mark("✗", screen.pick(prose.OPENED, way=way, size=count(size)), style="bad")
            for line in read.splitlines():
                if line:
                    screen.line("      " + screen.paint("bad", neutralise(line)))
        else:
            screen.mark("✓", screen.pick(prose.CLOSED, way=way, size=count(size)), style="good")
    screen.line()
    screen.say(prose.FORWARD_SECRECY)


def _tell_savings(comparison: Comparison, screen: Screen) -> None:
    again = comparison.again
    rows = [[screen.pick(text) for text in prose.SAVINGS_HEAD]]
    for name, full in (("full12", ""), ("id", "full12"), ("ticket", "full12"), ("full13", ""), ("psk", "full13")):
        rows.append([screen.pick(prose.VISITS[name]), *_measured(again[name], again.get(full))])
    screen.table(rows)


def _measured(visit: Visit, full: Visit | None) -> list[str]:
    size, time = count(visit.handshake_size), f"{visit.seconds * 1000:.1f} ms"
    if full is not None:
        size += f" ({visit.handshake_size / full.handshake_size - 1:+.0%})"
        time += f" ({visit.seconds / full.seconds - 1:+.0%})"
    return [str(len(visit.handshake)), str(visit.round_trips), size, time]


def _until_data(visit: Visit) -> Sequence[Rung | Keys]:
    steps = visit.ladder.steps
    first = next((place for place, step in enumerate(steps) if isinstance(step, Rung) and step.kind == "data"), None)
    return steps[:first]
