"""30,000 damaged inputs to each side of TLS 1.2, resumption and early data: a TlsError or success, never anything else.

Damaged are the recordings of tests/engine/test_splitting_12: whole flights from outside, records dropped, doubled and
moved, messages in the clear. DOJANG_MUTATIONS_12 sets another number, DOJANG_SEED another seed.
"""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections import Counter
from contextlib import suppress
from random import Random

import pytest

from dojang.engine.connection import Connection
from dojang.errors import ApiMisuse, CallbackFailed, TlsError
from dojang.wire.codes import Alert, ContentType
from tests.engine.test_splitting import answer_all
from tests.engine.test_splitting_12 import SHAPES, act, repeatable, staged
from tests.fuzz.mutations import cut, damage, damage_message, shuffle_some
from tests.scripted import clear

__all__ = ["repeatable"]

COUNT = int(os.environ.get("DOJANG_MUTATIONS_12", "30000"))
SEED = int(os.environ.get("DOJANG_SEED", "1"))

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]


def records_of(data: bytes) -> list[bytes]:
    """A flight's records."""
    found = []
    while data:
        size = 5 + int.from_bytes(data[3:5], "big")
        found.append(data[:size])
        data = data[size:]
    return found


def messages_of(record: bytes) -> list[bytes]:
    """A clear record's handshake messages."""
    found, rest = [], record[5:]
    while rest:
        size = 4 + int.from_bytes(rest[1:4], "big")
        found.append(rest[:size])
        rest = rest[size:]
    return found


def damaged(rng: Random, flight: bytes) -> bytes:
    """One flight, damaged from outside or within its messages."""
    records = records_of(flight)
    choice = rng.random()
    clear_ones = [at for at, record in enumerate(records) if record[0] == ContentType.HANDSHAKE and record[5] < 25]
    whole = [at for at in clear_ones if sum(map(len, messages_of(records[at]))) == len(records[at]) - 5]
    if choice < 0.6 and whole:
        at = rng.choice(whole)
        raws = messages_of(records[at])
        if rng.random() < 0.2:
            raws = shuffle_some(rng, raws)
        if raws:
            which = rng.randrange(len(raws))
            raws[which] = damage_message(rng, raws[which], raws)
        records[at] = b"".join(clear(ContentType.HANDSHAKE, raw[: 2**14]) for raw in raws if raw)
    elif choice < 0.8:
        records = shuffle_some(rng, records)
    else:
        at = rng.randrange(len(records))
        records[at] = damage(rng, records[at])
    return b"".join(records)


def feed(rng: Random, name: str, side: str) -> str:
    """One connection with one damaged flight; how it went."""
    stage, both = staged(name)
    played = both[side]
    received = [at for at, (action, _) in enumerate(played.turns) if action == "receive"]
    target = received[0] if rng.random() < 0.6 else rng.choice(received)
    end = stage.begin(side)
    end.data_to_send()
    said = b""
    try:
        for at, (action, data) in enumerate(played.turns):
            if action != "receive":
                with suppress(ApiMisuse):  # what follows a handshake, where it is not over yet
                    act(end, action)
                continue
            said = damaged(rng, data) if at == target else data
            for piece in cut(rng, said) if at == target else [said]:
                end.receive(piece)
                answer_all(end)
            end.receive(b"")
            if end.session is None and at > target:
                break
    except TlsError as error:
        check_error(end, error, f"{name} {side}: {error!r} {error.__cause__!r} {said.hex()}")
        return type(error).__name__
    except Exception as caught:
        raise AssertionError(f"{name} {side}: {type(caught).__name__} for {said.hex()}") from caught
    end.data_to_send()
    return "went on"


def check_error(end: Connection, error: TlsError, told: str) -> None:
    """One that is documented, and that stays."""
    assert not isinstance(error, CallbackFailed | ApiMisuse), told
    assert error.alert is None or isinstance(error.alert, Alert), told
    assert str(error)
    assert end.error is error
    end.data_to_send()
    with pytest.raises(type(error)) as again:
        end.receive(b"")
    assert again.value is error


@pytest.mark.parametrize("side", ["client", "server"])
def test_damaged_input(side: str) -> None:
    rng, names = Random(SEED), list(SHAPES)
    outcomes: Counter[str] = Counter()
    for name in names:
        staged(name)
    for number in range(COUNT):
        outcomes[feed(rng, names[number % len(names)], side)] += 1
    assert sum(outcomes.values()) == COUNT
    for kind in ("PeerMisbehaved", "DecodeError", "went on", "PeerIncompatible"):
        assert outcomes[kind] > COUNT // 500, outcomes


@pytest.mark.parametrize("side", ["client", "server"])
def test_memory_stays(side: str) -> None:
    """Nothing is left behind of connections that ended in an error."""
    rng, names = Random(SEED + 1), list(SHAPES)
    for name in names * 4:
        feed(rng, name, side)
    tracemalloc.start()
    try:
        for name in names * 4:
            feed(rng, name, side)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for name in names * 12:
            feed(rng, name, side)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000_000
