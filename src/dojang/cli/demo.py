"""`dojang demo`: two parties who trust a common authority meet over TLS 1.3, and what happens when somebody lies.

First everything is done, then it is told; the doing takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dojang.cli import demo_prose as prose
from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.browser import browser_name
from dojang.cli.certificates import describe, draw_authority, draw_chain, short_name
from dojang.cli.demo_compared import tell_second_visits, tell_versions
from dojang.cli.demo_recordings import Comparison, compare
from dojang.cli.demo_stage import BOOKS, LOOPBACK, PLAIN_ANSWER, TEA, Meeting, Stage
from dojang.cli.drawing import draw_ladder
from dojang.cli.failures import Exit
from dojang.cli.ladder import PLAINTEXT, Keys, Rung
from dojang.cli.language import Language, Text
from dojang.cli.sentences import sentence
from dojang.cli.terminal import Screen
from dojang.errors import NotTls, TlsError

__all__ = ["register", "run"]


def register(parser: Parser) -> None:
    """The command's arguments: none of its own."""
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Perform, then tell. Returns 1 where something did not end as it must."""
    play = _perform(screen.language)
    if arguments.json:
        print(json.dumps(play.to_json(screen.language), ensure_ascii=False, indent=2), file=screen.out)
    else:
        _tell(play, screen)
    return Exit.DONE if play.as_expected() else Exit.FAILED


@dataclass(frozen=True, slots=True)
class _Play:
    """All that happened."""

    stage: Stage
    books: Meeting
    tea: Meeting
    by_address: Meeting
    other_name: Meeting
    own_seal: Meeting
    no_tls: Meeting
    comparison: Comparison
    seconds: float

    @property
    def scenes(self) -> tuple[tuple[str, Meeting, Text, str], ...]:
        """Name, meeting, who answered, and what a browser must say of it ("" where it connects)."""
        wrong_name = "ERR_CERT_COMMON_NAME_INVALID"
        return (
            ("books", self.books, prose.BOOKSHOP, ""),
            ("tea", self.tea, prose.TEA_HOUSE, ""),
            ("by_address", self.by_address, prose.BOOKSHOP, wrong_name),
            ("other_name", self.other_name, prose.THIEF_OTHER_NAME, wrong_name),
            ("own_seal", self.own_seal, prose.THIEF_OWN_SEAL, "ERR_CERT_AUTHORITY_INVALID"),
            ("no_tls", self.no_tls, prose.THIEF_NO_TLS, "ERR_SSL_PROTOCOL_ERROR"),
        )

    def as_expected(self) -> bool:
        scenes = all(_verdict(meeting) == expected for _, meeting, _, expected in self.scenes)
        return scenes and self.comparison.as_expected()

    def to_json(self, language: Language) -> dict[str, object]:
        scenes = {name: _meeting_json(meeting, language) for name, meeting, _, _ in self.scenes}
        return {"scenes": scenes, **self.comparison.to_json(), "seconds": round(self.seconds, 3)}


def _perform(language: Language) -> _Play:
    begun = time.monotonic()
    stage = Stage(language)
    with stage.shops() as port:
        books, tea, by_address = (stage.visit(host, port) for host in (BOOKS, TEA, LOOPBACK))
    return _Play(
        stage,
        books,
        tea,
        by_address,
        _lured(stage, stage.thief_with_own_name()),
        _lured(stage, stage.thief_with_own_seal()),
        _lured(stage, stage.thief_without_tls()),
        compare(stage),
        time.monotonic() - begun,
    )


def _lured(stage: Stage, thief: AbstractContextManager[int]) -> Meeting:
    with thief as port:
        return stage.visit(BOOKS, port)


def _tell(play: _Play, screen: Screen) -> None:
    screen.title(prose.TITLE)
    screen.say(prose.STRANGERS)
    screen.line()
    screen.say(prose.NO_RECORDING)
    _tell_seal(play, screen)
    _tell_call(play.books, screen)
    if play.books.error is None:
        _tell_neighbour(play.tea, screen)
        _tell_by_address(play.by_address, screen)
        _tell_lies(play, screen)
        tell_versions(play.comparison, screen)
        tell_second_visits(play.comparison, screen)
        _tell_end(play, screen)


def _tell_seal(play: _Play, screen: Screen) -> None:
    screen.title(prose.SEAL)
    screen.say(prose.ROOT_AND_INTERMEDIATE)
    screen.line()
    screen.say(prose.REQUEST)
    screen.line()
    above = play.stage.authority_chain
    draw_authority(screen, above, [play.stage.books.chain[0], play.stage.tea.chain[0]])
    screen.line()
    screen.say(prose.ONLY_THE_ROOT)


def _tell_call(meeting: Meeting, screen: Screen) -> None:
    screen.title(prose.CALL)
    screen.say(prose.HOSTS)
    screen.line()
    screen.line(f"    {LOOPBACK}   {BOOKS} {TEA}")
    screen.line()
    screen.say(prose.TCP, port=meeting.port)
    screen.line()
    handshake, after = _split(meeting.ladder.steps)
    draw_ladder(screen, handshake, legend=True)
    screen.line()
    if meeting.error is not None:
        _tell_verdict(meeting, screen)
        return
    screen.say(prose.ROUND_TRIP)
    screen.line()
    _tell_chain(meeting, screen)
    screen.line()
    screen.say(prose.HTTP)
    screen.line()
    _quote(screen, "client", meeting.request)
    _quote(screen, "server", meeting.response)
    screen.line()
    draw_ladder(screen, after, facts=False)
    screen.line()
    screen.say(prose.THE_END)


def _tell_chain(meeting: Meeting, screen: Screen) -> None:
    assert meeting.session is not None
    assert meeting.session.report is not None
    path = meeting.session.report.paths[0]
    screen.say(prose.FOLLOW)
    screen.line()
    draw_chain(screen, path.der, trusted_root=path.trusted)
    screen.line()
    leaf, issuer, root = (short_name(certificate) for certificate in path.der)
    for check in prose.CHECKS:
        said = screen.pick(check, leaf=leaf, issuer=issuer, root=root)
        screen.mark("✓", said, style="good")


def _tell_neighbour(meeting: Meeting, screen: Screen) -> None:
    screen.title(prose.NEIGHBOUR)
    screen.say(prose.WHY_SNI)
    screen.line()
    draw_ladder(screen, meeting.ladder.steps, facts=False)
    screen.line()
    if meeting.session is None:
        _tell_verdict(meeting, screen)
        return
    chain = " ← ".join(short_name(certificate) for certificate in meeting.session.peer_chain)
    rows = [
        (prose.ASKED, meeting.session.server_name or ""),
        (prose.SHOWN, chain),
        (prose.ANSWERED, meeting.response.splitlines()[-1]),
    ]
    screen.table([(screen.pick(label), value) for label, value in rows])


def _tell_by_address(meeting: Meeting, screen: Screen) -> None:
    screen.title(prose.BY_ADDRESS)
    screen.say(prose.NO_SNI, port=meeting.port)
    screen.line()
    draw_ladder(screen, meeting.ladder.steps, facts=False)
    screen.line()
    _tell_verdict(meeting, screen)
    screen.say(prose.WRONG_QUESTION)


def _tell_lies(play: _Play, screen: Screen) -> None:
    screen.title(prose.DNS_LIES)
    screen.say(prose.FORGED)
    for trick, meeting, why in (
        (prose.OTHER_NAME, play.other_name, prose.WHY_OTHER_NAME),
        (prose.OWN_SEAL, play.own_seal, prose.WHY_OWN_SEAL),
        (prose.NO_TLS, play.no_tls, prose.WHY_NO_TLS),
    ):
        screen.line()
        screen.say(trick, style="bold")
        screen.line()
        draw_ladder(screen, _steps(meeting), facts=False)
        screen.line()
        _tell_verdict(meeting, screen)
        screen.say(why)
    screen.line()
    screen.say(prose.NOTHING_SENT)
    screen.line()
    screen.say(prose.COPIED)


def _tell_end(play: _Play, screen: Screen) -> None:
    screen.title(prose.SUMMARY)
    rows = [[screen.pick(text) for text in (prose.WENT_TO, prose.MET, prose.OUTCOME)]]
    for _, meeting, answered, _ in play.scenes:
        verdict = _verdict(meeting)
        outcome = f"✗ {verdict}" if verdict else f"✓ {screen.pick(prose.CONNECTED)}"
        rows.append([meeting.host, screen.pick(answered), screen.paint("bad" if verdict else "good", outcome)])
    screen.table(rows)
    screen.line()
    screen.say(prose.MORAL)
    screen.line()
    screen.say(prose.TRY_IT, seconds=play.seconds)
    for command in prose.COMMANDS:
        screen.line(f"    {command}")


def _tell_verdict(meeting: Meeting, screen: Screen) -> None:
    """The word a browser would show, and the error's own sentence."""
    if meeting.error is None:
        return
    screen.mark("✗", screen.pick(prose.VERDICT, name=_verdict(meeting)), style="bad")
    said = sentence(meeting.error, screen.language) if isinstance(meeting.error, TlsError) else str(meeting.error)
    screen.say(said, indent="    ", style="dim")
    screen.line()


def _steps(meeting: Meeting) -> list[Rung | Keys]:
    """The ladder's, and between them the answer that was no TLS, which the engine has no message for."""
    steps = list(meeting.ladder.steps)
    if isinstance(meeting.error, NotTls):
        name = PLAIN_ANSWER.partition(b"\r\n")[0].decode()
        steps.insert(1, Rung("server", "foreign", name, len(PLAIN_ANSWER), PLAINTEXT))
    return steps


def _quote(screen: Screen, who: str, text: str) -> None:
    arrow = {"client": "▶", "server": "◀"}[who]
    for line in text.splitlines():
        if line:
            screen.line(f"    {screen.paint(who, arrow)} {line}")


def _split(steps: Sequence[Rung | Keys]) -> tuple[Sequence[Rung | Keys], Sequence[Rung | Keys]]:
    """The handshake, and what follows from the first application data on."""
    first = next((i for i, step in enumerate(steps) if isinstance(step, Rung) and step.kind == "data"), len(steps))
    return steps[:first], steps[first:]


def _verdict(meeting: Meeting) -> str:
    return browser_name(meeting.error) if meeting.error is not None else ""


def _meeting_json(meeting: Meeting, language: Language) -> dict[str, object]:
    error = meeting.error
    chain = meeting.session.peer_chain if meeting.session else ()
    return {
        "host": meeting.host,
        "port": meeting.port,
        "ladder": meeting.ladder.to_json(language),
        "chain": [describe(certificate).to_json() for certificate in chain],
        "request": meeting.request if meeting.session else "",
        "response": meeting.response,
        "browser": _verdict(meeting),
        "error": sentence(error, language) if isinstance(error, TlsError) else str(error or ""),
    }
