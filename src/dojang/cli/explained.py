"""The terminal's face of an explained conversation: ladder, one message field by field, the key schedule.

Everything shown comes from the record; whatever a peer chose in it is harmless already.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dojang.capture.explain.fields import Field
from dojang.capture.explain.keys import KeyNode
from dojang.capture.explain.prose import Prose
from dojang.capture.explain.record import Record
from dojang.capture.explain.steps import ExplainedStep
from dojang.cli.drawing import draw_ladder
from dojang.cli.ladder import Rung
from dojang.cli.language import Text
from dojang.cli.sentences import clause_in
from dojang.cli.terminal import Screen
from dojang.cli.text import clip, wrap

__all__ = ["draw_keys", "draw_record", "draw_step", "one_line"]

LINE = 16  # bytes in a line of hexadecimal
LONGEST = 12  # lines of hexadecimal for one field


def one_line(screen: Screen, record: Record) -> None:
    """``3  10.0.0.1:40000 > 10.0.0.2:443  name.test  TLS 1.3``."""
    conversation, facts = record.conversation, record.summary()
    what = " ".join(filter(None, (facts["server_name"], facts["version"], facts["suite"])))
    line = f"{conversation.number:>4}  {conversation.client} → {conversation.server}  {what}"
    screen.line(clip(line, screen.columns))


def draw_record(screen: Screen, record: Record) -> None:
    """The whole conversation: between whom, the ladder with its facts, what was achieved, what was seen."""
    conversation, facts = record.conversation, record.summary()
    screen.title(_TITLE, number=conversation.number, client=conversation.client, server=conversation.server)
    for preface in conversation.prefaces:
        screen.say(_PREFACE, indent="  ", protocol=preface.protocol, target=preface.target)
    if conversation.lost:
        screen.say(_LOST, indent="  ", size=conversation.lost)
    for label, key in ((_ROUND_TRIP, "round_trip"), (_HANDSHAKE_TIME, "handshake_time")):
        if facts[key] is not None:
            screen.say(label, indent="  ", time=f"{1000 * facts[key]:.1f}")
    screen.line()
    draw_ladder(screen, [_rung(step) for step in record.steps], legend=True)
    _sentences(screen, _ENDS, record.ends)
    _sentences(screen, _SEEN, record.seen)


def draw_step(screen: Screen, step: ExplainedStep, *, with_bytes: bool = False) -> None:
    """One step: what it is, why now, its facts and checks, then every field."""
    screen.title(f"{step.number}  {_camel(step.name)}")
    said = [step.what, step.why, *([step.risk] if step.risk else [])]
    for prose in said:
        screen.say(_text(prose), indent="  ")
    if step.clause:
        screen.line("  " + screen.paint("dim", clause_in(step.clause, screen.language)))
    screen.line()
    for fact in step.facts:
        screen.mark("·", screen.pick(_text(fact)))
    for right, check in step.checks:
        sign, style = {True: ("✓", "good"), False: ("✗", "bad"), None: ("·", "dim")}[right]
        screen.mark(sign, screen.pick(_text(check)), style=style)
    if step.error is not None:
        at = f" [{step.error_at}]" if step.error_at is not None else ""
        screen.mark("✗", screen.pick(_text(step.error)) + at, style="bad")
    if step.facts or step.checks or step.error:
        screen.line()
    for field in step.fields:
        _draw_field(screen, field, step.data, with_bytes=with_bytes, leaf=_is_leaf(field, step.fields))
    if with_bytes and not step.fields and step.data:
        _draw_bytes(screen, step.data[: LINE * LONGEST], 0, "  ")


def draw_keys(screen: Screen, record: Record) -> None:
    """The key schedule as a tree."""
    screen.title(_KEYS)
    if not record.keys:
        screen.say(_NO_KEYS, indent="  ")
    for node in record.keys:
        _draw_key(screen, node, "  ")


def _draw_key(screen: Screen, node: KeyNode, indent: str) -> None:
    screen.line(indent + screen.paint("key", node.name))
    for line in wrap(f"= {node.how}", screen.columns, indent=indent + "  "):
        screen.line(screen.paint("dim", line))
    if node.value is not None:
        for line in wrap(node.value, screen.columns, indent=indent + "  "):
            screen.line(line)
    for line in wrap(screen.pick(_text(node.meaning)), min(screen.columns, 84), indent=indent + "  "):
        screen.line(line)
    for child in node.children:
        _draw_key(screen, child, indent + "  ")


def _draw_field(screen: Screen, field: Field, data: bytes, *, with_bytes: bool, leaf: bool) -> None:
    indent = "  " * (field.depth + 1)
    head = f"{indent}{screen.paint('bold', field.name)}"
    value = clip(field.value, max(20, screen.columns - len(indent) - len(field.name) - 2))
    screen.line(f"{head}  {value}".rstrip())
    if with_bytes and leaf:
        _draw_bytes(screen, data[field.start : field.stop], field.start, indent + "  ")
    for prose in filter(None, (field.meaning, field.note)):
        for line in wrap(screen.pick(_text(prose)), min(screen.columns, 84), indent=indent + "  "):
            screen.line(screen.paint("dim", line))


def _draw_bytes(screen: Screen, data: bytes, at: int, indent: str) -> None:
    """``0026  70 71 72 ...  pqr``."""
    for begin in range(0, min(len(data), LINE * LONGEST), LINE):
        row = data[begin : begin + LINE]
        text = "".join(chr(c) if 32 <= c < 127 else "." for c in row)
        screen.line(screen.paint("key", f"{indent}{at + begin:04x}  {row.hex(' '):<{3 * LINE}} {text}"))
    if len(data) > LINE * LONGEST:
        screen.line(f"{indent}…")


def _is_leaf(field: Field, fields: Iterable[Field]) -> bool:
    return not any(other.path.startswith((field.path + ".", field.path + "[")) for other in fields)


def _sentences(screen: Screen, title: Text, prose: Iterable[Prose]) -> None:
    screen.line()
    screen.say(title, style="bold")
    for each in prose:
        screen.mark("·", screen.pick(_text(each)))


def _rung(step: ExplainedStep) -> Rung:
    kinds: dict[str, Literal["message", "alert", "change_cipher_spec", "data", "foreign"]] = {
        "alert": "alert",
        "change_cipher_spec": "change_cipher_spec",
        "data": "data",
    }
    crossed = step.step
    facts = [*step.facts, *(check for _, check in step.checks), *([step.error] if step.error else [])]
    name = step.name if crossed.kind == "alert" else f"{step.number} {_camel(step.name)}"
    epoch = "application" if crossed.epoch == "sealed" else crossed.epoch
    return Rung(crossed.sender, kinds.get(crossed.kind, "message"), name, crossed.size, epoch, tuple(map(_text, facts)))


def _camel(name: str) -> str:
    """``client_hello`` as the documents write it: ClientHello."""
    return name if " " in name else "".join(part.capitalize() for part in name.split("_"))


def _text(prose: Prose) -> Text:
    return Text(ko=prose.ko, en=prose.en)


_TITLE = Text(ko="{number}번 대화: {client} → {server}", en="Conversation {number}: {client} → {server}")
_PREFACE = Text(ko="TLS 앞에 오간 것: {protocol} {target}", en="Before TLS: {protocol} {target}")
_LOST = Text(ko="캡처에 없는 바이트: {size}", en="Bytes missing from the capture: {size}")
_ROUND_TRIP = Text(ko="왕복 시간: {time} ms", en="Round trip: {time} ms")
_HANDSHAKE_TIME = Text(ko="핸드셰이크에 걸린 시간: {time} ms", en="Time of the handshake: {time} ms")
_ENDS = Text(ko="무엇이 이루어졌는가", en="What was achieved")
_SEEN = Text(ko="엿듣는 사람은 무엇을 보았는가", en="What an eavesdropper saw")
_KEYS = Text(ko="키 스케줄", en="Key schedule")
_NO_KEYS = Text(
    ko="암호 스위트가 정해지지 않아 키 스케줄이 없습니다.",
    en="No suite was chosen, so there is no key schedule.",
)
