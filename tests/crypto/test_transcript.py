"""The transcript hash: bytes that wait for their hash, and the first hello folded after a retry."""

from __future__ import annotations

import hashlib

import pytest

from dojang.crypto.transcript import Transcript
from tests.vectors import rfc8448


@pytest.mark.parametrize("name", ["sha256", "sha384"])
def test_bytes_wait_for_their_hash(name: str) -> None:
    transcript = Transcript()
    transcript.add(b"one")
    before = transcript.hashing
    transcript.choose_hash(name)
    assert (before, transcript.hashing) == (False, True)
    transcript.add(b"two")
    expected = hashlib.new(name, b"onetwo").digest()
    assert transcript.digest() == transcript.digest() == expected
    assert transcript.digest_with(b"three") == hashlib.new(name, b"onetwothree").digest()
    assert transcript.digest() == expected


def test_a_fork_goes_on_by_itself() -> None:
    transcript = Transcript()
    transcript.add(b"one")
    early = transcript.fork()
    transcript.choose_hash("sha256")
    late = transcript.fork()
    for other in (early, late):
        if not other.hashing:
            other.choose_hash("sha256")
        other.add(b"two")
        assert other.digest() == hashlib.sha256(b"onetwo").digest()
    assert transcript.digest() == hashlib.sha256(b"one").digest()


def test_retry_of_the_trace() -> None:
    trace = rfc8448("hello_retry_request")
    raws = [bytes.fromhex(message["message"]) for message in trace["messages"]]
    transcript = Transcript()
    transcript.add(raws[0])
    transcript.choose_hash("sha256")
    transcript.fold_first_hello()
    for raw in raws[1:4]:
        transcript.add(raw)
    assert transcript.digest().hex() == trace["transcript_hashes"]["server_hello"]


def test_kept_messages() -> None:
    transcript = Transcript()
    transcript.add(b"one")
    transcript.keep()
    transcript.choose_hash("sha256")
    transcript.add(b"two")
    assert transcript.messages == b"onetwo"
    transcript.forget_messages()
    transcript.add(b"three")
    assert transcript.digest() == hashlib.sha256(b"onetwothree").digest()
