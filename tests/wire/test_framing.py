"""Records and handshake messages out of bytes, however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojang.errors import DecodeError, PeerMisbehaved
from dojang.wire.codes import Alert, AlertLevel, ContentType, HandshakeType, Version
from dojang.wire.framing import MAX_MESSAGE, MessageAssembler, parse_alert, parse_record_header


def test_header() -> None:
    header = parse_record_header(b"..\x16\x03\x01\x40\x00", 2)
    assert header == (ContentType.HANDSHAKE, Version.TLS10, 16384)
    assert parse_record_header(memoryview(b"\xff\xff\xff\xff\xff")).length == 65535


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=50)), max_size=6), st.data())
def test_messages_however_they_are_cut(messages: list[tuple[int, bytes]], data: st.DataObject) -> None:
    raws = [bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in messages]
    stream, found = b"".join(raws), []
    assembler = MessageAssembler()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        assembler.feed(stream[:size])
        stream = stream[size:]
        while (message := assembler.next()) is not None:
            found.append(message)
    assert found == [(HandshakeType(raw[0]), raw) for raw in raws]
    assert not assembler


def test_an_unfinished_message_is_pending() -> None:
    assembler = MessageAssembler()
    assert not assembler
    assembler.feed(b"\1")
    assert assembler
    assert assembler.next() is None
    assembler.feed(b"\0\0\0")
    assert assembler.next() == (HandshakeType.CLIENT_HELLO, b"\1\0\0\0")
    assert not assembler
    assert assembler.next() is None


@pytest.mark.parametrize("limit", [0, 10, MAX_MESSAGE])
def test_the_limit_is_judged_by_the_header(limit: int) -> None:
    assembler = MessageAssembler(limit)
    assembler.feed(b"\1" + limit.to_bytes(3, "big"))
    if limit:
        assert assembler.next() is None
    else:
        assert assembler.next() is not None
    assembler = MessageAssembler(limit)
    assembler.feed(b"\1" + (limit + 1).to_bytes(3, "big"))
    with pytest.raises(PeerMisbehaved):
        assembler.next()


def test_alerts() -> None:
    assert parse_alert(b"\2\x28") == (AlertLevel.FATAL, Alert.HANDSHAKE_FAILURE)
    level, description = parse_alert(b"\7\xfe")
    assert (int(level), description.label) == (7, "0xfe")
    for wrong in (b"", b"\1", b"\1\0\0"):
        with pytest.raises(DecodeError):
            parse_alert(wrong)
