"""Captures from a hostile network: whatever the bytes are, reading them ends, and never with an exception."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dojang.capture.conversation import Conversation, conversations
from dojang.capture.dissect import Dissection
from dojang.capture.explain.record import explain
from dojang.capture.fingerprint import ja3, ja4
from dojang.capture.pcap import CaptureError, CaptureFile
from dojang.capture.secrets import Secrets
from dojang.capture.steps import Message
from dojang.capture.verify import checks_of
from tests.capture.corpus import CAPTURES, capture, dissect, needs_captures

ROUNDS = int(os.environ.get("DOJANG_FUZZ_ROUNDS", "400"))
SMALL = [path for path in CAPTURES if path.stat().st_size < 20_000 and path.suffix != ".gz"]


def look_everywhere(conversation: Conversation) -> None:
    """Ask for all that is found only when asked for."""
    assert conversation.tls is not None
    assert conversation.client
    assert conversation.server
    for handshake in conversation.tls.handshakes:
        assert handshake.shape
        assert handshake.resumed in (True, False)
        for message in handshake.messages:
            look_at(message)


def look_at(message: Message) -> None:
    spans, error = message.spans()
    size = len(message.raw) - 4
    assert all(0 <= span.start <= span.stop <= size for span in spans)
    assert error is None or error.offset is None or 0 <= error.offset <= size
    checks_of(message)
    ja3(message)
    ja4(message)


def mutilate(data: bytes, rng: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(broken))
        match rng.randrange(4):
            case 0:
                broken[at] = rng.randrange(256)
            case 1:
                broken[at] ^= 1 << rng.randrange(8)
            case 2:
                del broken[at : at + rng.randint(1, 40)]
            case _:
                broken[at:at] = broken[rng.randrange(len(broken)) :][: rng.randint(1, 60)]
        if len(broken) < 30:
            break
    return bytes(broken)


@needs_captures
@pytest.mark.parametrize("seed", range(8))
def test_mutilated_files_are_read_to_an_end(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    logs = [path.with_suffix(".keylog").read_bytes() for path in CAPTURES if path.with_suffix(".keylog").exists()]
    for _ in range(ROUNDS // 8):
        path = tmp_path / "broken"
        path.write_bytes(mutilate(rng.choice(SMALL).read_bytes(), rng))
        secrets = Secrets()
        for log in logs:
            secrets.add_keylog(log)
        try:
            for conversation in conversations(CaptureFile(path), secrets):
                look_everywhere(conversation)
                if rng.random() < 0.2:
                    assert json.dumps(explain(conversation).to_json())
        except CaptureError:
            continue


def said_in(name: str) -> list[tuple[str, bytes]]:
    """What the two sides of a published capture said, in order."""
    told: list[tuple[str, bytes]] = []

    class Ear(Dissection):
        def feed(self, sender: str, data: bytes, moment: tuple[float, int]) -> None:
            told.append((sender, data))
            super().feed(sender, data, moment)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dojang.capture.conversation.Dissection", Ear)
        dissect(capture(name))
    return told


@needs_captures
@pytest.mark.parametrize("name", ["tls12.pcap", "tls13.pcap", "heartbleed.pcap", "ssl.v3.pcap"])
def test_mutilated_streams_never_raise(name: str) -> None:
    rng = random.Random(name)
    told = said_in(name)[:40]
    keylog = capture(name).with_suffix(".keylog")
    for _ in range(ROUNDS // 4):
        secrets = Secrets()
        if keylog.exists():
            secrets.add_keylog(keylog.read_bytes())
        dissection = Dissection(secrets)
        victim = rng.randrange(len(told))
        for place, (sender, data) in enumerate(told):
            data = mutilate(data, rng) if place == victim and data else data
            if rng.random() < 0.05:
                dissection.gap(sender, rng.randint(1, 3000))
            dissection.feed(sender, data, (0.0, place))
        dissection.finish()
        for handshake in dissection.handshakes:
            for message in handshake.messages:
                look_at(message)


@needs_captures
def test_a_stream_may_be_cut_at_every_byte() -> None:
    """The steps do not depend on how the bytes were split."""
    told = said_in("tls13.pcap")
    secrets = Secrets()
    secrets.add_keylog(capture("tls13.pcap").with_suffix(".keylog").read_bytes())
    wanted = [(s.sender, s.kind, s.size, s.epoch) for s in fed(told, secrets, 10_000).steps]
    for size in (1, 2, 3, 7, 100):
        assert [(s.sender, s.kind, s.size, s.epoch) for s in fed(told, secrets, size).steps] == wanted


def fed(told: list[tuple[str, bytes]], secrets: Secrets, size: int) -> Dissection:
    dissection = Dissection(secrets)
    for sender, data in told:
        for at in range(0, len(data), size):
            dissection.feed(sender, data[at : at + size], (0.0, 1))
    dissection.finish()
    return dissection


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=200)), max_size=12))
def test_noise_is_no_tls(told: list[tuple[str, bytes]]) -> None:
    dissection = Dissection()
    for sender, data in told:
        dissection.feed(sender, data, (0.0, 1))
    dissection.finish()
    assert len(dissection.steps) < 200
