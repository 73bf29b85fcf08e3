"""A ladder as lines of text: client left, server right, what crosses between them, keys where they come to exist.

The line of an arrow tells what protects it: thin and readable by anyone, double under handshake keys, thick under
application keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from dojang.cli.ladder import Keys, Rung
from dojang.cli.language import Text
from dojang.cli.terminal import Screen
from dojang.cli.text import clip, count, pad, width_of, wrap

__all__ = ["draw_ladder"]


def draw_ladder(
    screen: Screen, steps: Sequence[Rung | Keys], *, facts: bool = True, legend: bool = False, indent: str = "  "
) -> None:
    """Draw steps of a `Ladder`; without `facts`, one line for each. legend: say first what the lines mean."""
    drawing = _Drawing(screen, indent)
    if legend:
        drawing.legend(steps)
    drawing.heads()
    for step in steps:
        if isinstance(step, Keys):
            drawing.keys(step, facts)
        else:
            drawing.rung(step, facts)


class _Drawing:
    def __init__(self, screen: Screen, indent: str) -> None:
        self.screen = screen
        self.indent = indent
        self.inner = screen.columns - len(indent) - 4  # between the two lifelines

    def heads(self) -> None:
        client, server = self.screen.pick(_CLIENT), self.screen.pick(_SERVER)
        gap = " " * max(1, self.inner + 4 - width_of(client) - width_of(server))
        paint = self.screen.paint
        self.screen.line(self.indent + paint("client", client) + gap + paint("server", server))

    def rung(self, rung: Rung, facts: bool) -> None:
        label = _NAMES.get(rung.name) or _NAMES.get(rung.kind) or rung.name
        name = self.screen.pick(label, name=rung.name)
        size = self.screen.pick(_BYTE if rung.size == 1 else _BYTES, count=count(rung.size))
        name = clip(name, self.inner - width_of(size) - 8)
        self._between(self._arrow(rung, name, size))
        for fact in rung.facts if facts else ():
            for line in wrap(self.screen.pick(fact), self.inner - 2, indent="   · ", hanging="     "):
                self._between(line)
        if facts:
            self._between("")

    def keys(self, keys: Keys, spacious: bool) -> None:
        text = self.screen.pick(_KEYS.get(keys.family, ", ".join(keys.labels)))
        for line in wrap(text, self.inner - 6):
            filled = f"┄┄ {line} " + "┄" * max(0, self.inner - width_of(line) - 4)
            self.screen.line(self.indent + " ├" + self.screen.paint("key", filled) + "┤")
        if spacious:
            self._between("")

    def legend(self, steps: Sequence[Rung | Keys]) -> None:
        epochs = {step.epoch if isinstance(step, Rung) else _PROTECTS.get(step.family) for step in steps}
        for line, text in (meaning for epoch, meaning in _LEGEND.items() if epoch in epochs):
            self.screen.line(self.indent + self.screen.paint("dim", f"{line * 3}▶ {self.screen.pick(text)}"))
        self.screen.line()

    def _arrow(self, rung: Rung, name: str, size: str) -> str:
        """The arrow with the name where it begins to be read and the size at the other end, as wide as the gap."""
        line = _LEGEND.get(rung.epoch, _LEGEND["plaintext"])[0]
        middle = line * (self.inner - width_of(name) - width_of(size) - 8)
        body = f"{line} {name} {middle} {size} {line * 2}"
        arrow = body + "▶" if rung.sender == "client" else "◀" + body
        return self.screen.paint(rung.sender, arrow)

    def _between(self, content: str) -> None:
        self.screen.line(f"{self.indent} │{pad(content, self.inner)}│")


_CLIENT = Text(ko="클라이언트", en="client")
_SERVER = Text(ko="서버", en="server")
_BYTE = Text(ko="1바이트", en="1 byte")
_BYTES = Text(ko="{count}바이트", en="{count} bytes")
_NAMES = {
    "data": Text(ko="애플리케이션 데이터", en="application data"),
    "early_data": Text(ko="0-RTT 데이터", en="0-RTT data"),
    "alert": Text(ko="경보 {name}", en="Alert {name}"),
}

_LEGEND = {
    "plaintext": ("─", Text(ko="누구나 읽을 수 있음", en="anyone on the way can read it")),
    "early": ("┄", Text(ko="0-RTT 키로 암호화", en="encrypted under the 0-RTT key")),
    "handshake": ("═", Text(ko="핸드셰이크 키로 암호화", en="encrypted under the handshake keys")),
    "application": ("━", Text(ko="세션 키로 암호화", en="encrypted under the application keys")),
}

_PROTECTS = {"early": "early", "handshake": "handshake", "application": "application", "main": "application"}

_KEYS = {
    "early": Text(ko="0-RTT 키가 생겼습니다", en="the 0-RTT key exists"),
    "handshake": Text(
        ko="핸드셰이크 키가 생겼습니다 (방향마다 하나씩)",
        en="handshake keys exist, one for each direction",
    ),
    "application": Text(
        ko="세션 키가 생겼습니다 (방향마다 하나씩)",
        en="application keys exist, one for each direction",
    ),
    "main": Text(
        ko="마스터 시크릿과 거기서 뽑은 세션 키가 생겼습니다",
        en="the master secret exists, and the application keys made from it",
    ),
    "ech": Text(ko="ECH 키가 생겼습니다", en="the ECH key exists"),
}
