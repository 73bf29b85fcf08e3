"""However the transport cuts a flight, the same events and the same session come out (RFC 9846 section 5.1).

Each shape is played once to record its flights; then each flight is cut at every position, and fed byte by byte.
Randomness is injected, so that one end, begun anew, sends the bytes that the other end's recorded flights answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dojang.crypto.signatures import sign
from dojang.engine.config import ClientAuth, Credential
from dojang.engine.connection import Connection
from dojang.engine.events import Event
from dojang.engine.session import Session
from dojang.wire.codes import NamedGroup, SignatureScheme
from tests.pair import NAME, client_config, gathered, pki, server_config

X25519, P256 = NamedGroup.X25519, NamedGroup.SECP256R1


def outside_signer(side: str) -> Credential:
    made = pki().server if side == "server" else pki().client

    def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        return sign(made.key, scheme, content)

    return Credential.from_signer(made.chain, signer)


@dataclass(frozen=True)
class Shape:
    """Settings of both sides, and what they do after the handshake: (side, action) in turn."""

    client: Callable[[], dict[str, Any]] = dict
    server: Callable[[], dict[str, Any]] = dict
    after: tuple[tuple[str, str], ...] = (
        ("client", "send"),
        ("server", "send"),
        ("client", "close"),
        ("server", "close"),
    )


RETRY: dict[str, Any] = {"client": lambda: {"groups": (X25519, P256)}, "server": lambda: {"groups": (P256,)}}
SHAPES: dict[str, Shape] = {
    "plain": Shape(),
    "no_grease": Shape(lambda: {"grease": False}),
    "retry": Shape(**RETRY),
    "retry_with_cookie": Shape(RETRY["client"], lambda: {"groups": (P256,), "retry_cookie": True}),
    "client_certificate": Shape(
        lambda: {"credential": pki().client_credential},
        lambda: {"client_auth": ClientAuth.REQUIRED, "client_trust": pki().root.trust},
    ),
    "client_without_certificate": Shape(
        dict, lambda: {"client_auth": ClientAuth.OPTIONAL, "client_trust": pki().root.trust}
    ),
    "outside_signers": Shape(
        lambda: {"credential": lambda authorities, schemes: outside_signer("client")},
        lambda: {
            "choose_credential": lambda hello: outside_signer("server"),
            "client_auth": ClientAuth.REQUIRED,
            "client_trust": pki().root.trust,
        },
    ),
    "alpn": Shape(lambda: {"alpn": ("h2", "http/1.1")}, lambda: {"alpn": ("http/1.1",)}),
    "key_updates": Shape(
        after=(
            ("client", "update"),
            ("client", "send"),
            ("server", "send"),
            ("server", "update"),
            ("server", "send"),
            ("client", "send"),
            ("server", "close"),
            ("client", "send"),
            ("client", "close"),
        )
    ),
    "padding": Shape(lambda: {"padding": lambda size: 7}, lambda: {"padding": lambda size: -size % 64}),
}


def _without_compatibility(shape: Shape) -> Shape:
    return replace(shape, client=lambda: {**shape.client(), "compatibility_mode": False})


SHAPES |= {f"{name}_without_compatibility": _without_compatibility(shape) for name, shape in list(SHAPES.items())}


@dataclass
class Played:
    """One end's part: what it received and did in turn, what it sent, what it was told."""

    turns: list[tuple[str, bytes]] = field(default_factory=list)
    sent: bytes = b""
    events: list[Event] = field(default_factory=list)
    session: Session | None = None


def begin(shape: Shape, side: str) -> Connection:
    if side == "client":
        return Connection.client(client_config(1, clock=clock, **shape.client()), NAME)
    return Connection.server(server_config(2, clock=clock, **shape.server()))


def clock() -> float:
    return pki().server.certificate.not_valid_before_utc.timestamp() + 3600


def act(end: Connection, action: str) -> None:
    if action == "send":
        end.send(b"some data, " * 20)
    elif action == "update":
        end.update_keys()
    else:
        end.close()


def play(shape: Shape) -> dict[str, Played]:
    """Both ends against each other, whole flights at a time."""
    ends = {side: begin(shape, side) for side in ("client", "server")}
    played = {side: Played() for side in ends}
    carry(ends, played)
    for side, action in shape.after:
        act(ends[side], action)
        played[side].turns.append((action, b""))
        carry(ends, played)
    for side, end in ends.items():
        assert end.session is not None
        played[side].session = end.session
    return played


def carry(ends: dict[str, Connection], played: dict[str, Played]) -> None:
    moved = True
    while moved:
        moved = False
        for side, other in (("client", "server"), ("server", "client")):
            answer_all(ends[side])
            if data := ends[side].data_to_send():
                moved = True
                played[side].sent += data
                played[other].turns.append(("receive", data))
                played[other].events += ends[other].receive(data)


def answer_all(end: Connection) -> None:
    while end.question is not None:
        end.answer(end.question.ask())


def replay(shape: Shape, side: str, played: Played, cut: Callable[[int, bytes], list[bytes]]) -> Played:
    """One end anew, the recorded bytes cut as `cut` says."""
    end, again = begin(shape, side), Played()
    again.sent += end.data_to_send()
    for index, (action, data) in enumerate(played.turns):
        if action != "receive":
            act(end, action)
            again.sent += end.data_to_send()
            continue
        for piece in cut(index, data):
            again.events += end.receive(piece)
            answer_all(end)
            again.sent += end.data_to_send()
        again.events += end.receive(b"")
    again.session = end.session
    return again


def check_same(again: Played, played: Played) -> None:
    assert again.sent == played.sent
    assert gathered(again.events) == gathered(played.events)
    assert facts(again.session) == facts(played.session)


def facts(session: Session | None) -> tuple[object, ...]:
    assert session is not None
    return tuple(getattr(session, name) for name in type(session).__slots__ if name != "report")


def cuts(played: Played) -> Iterator[Callable[[int, bytes], list[bytes]]]:
    """Every position of every flight, one at a time."""
    for turn, (action, data) in enumerate(played.turns):
        if action != "receive":
            continue
        for position in range(1, len(data)):
            yield _cut_at(turn, position)


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("name", list(SHAPES))
def test_byte_by_byte(name: str, side: str) -> None:
    shape = SHAPES[name]
    played = play(shape)[side]
    check_same(replay(shape, side, played, lambda index, data: [data]), played)
    check_same(
        replay(shape, side, played, lambda index, data: [data[i : i + 1] for i in range(len(data))]),
        played,
    )


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("name", list(SHAPES))
def test_cut_at_every_position(name: str, side: str) -> None:
    shape = SHAPES[name]
    played = play(shape)[side]
    count = 0
    for cut in cuts(played):
        check_same(replay(shape, side, played, cut), played)
        count += 1
    assert count > 200


def _cut_at(turn: int, position: int) -> Callable[[int, bytes], list[bytes]]:
    """Two pieces in that turn, one in every other."""
    return lambda index, data: [data[:position], data[position:]] if index == turn else [data]
