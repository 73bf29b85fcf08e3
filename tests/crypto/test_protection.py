"""Sealing and opening: one record at a time and in streams give the same, in TLS 1.3 and in 1.2."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojang.crypto.protection import Opener, Sealer
from dojang.crypto.protection12 import Opener12, Sealer12
from dojang.crypto.schedule13 import TrafficKeys
from dojang.crypto.suites import TLS12_SUITES, TLS13_SUITES, Suite, Suite12
from dojang.errors import PeerMisbehaved, TlsError
from dojang.wire.codes import Alert, ContentType
from dojang.wire.framing import HEADER_SIZE, MAX_PLAINTEXT
from tests.vectors import RFC8448_TRACES, rfc8448

DATA, ALERT, HANDSHAKE = ContentType.APPLICATION_DATA, ContentType.ALERT, ContentType.HANDSHAKE
SUITES: list[Suite] = [*TLS13_SUITES.values(), *TLS12_SUITES.values()]
EACH = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.code.name)


def ends(suite: Suite) -> tuple[Any, Any]:
    if isinstance(suite, Suite12):
        keys = TrafficKeys(bytes(range(suite.key_size)), bytes(range(100, 100 + suite.iv_size)))
        return Sealer12(suite, keys), Opener12(suite, keys)
    keys = TrafficKeys(bytes(range(suite.key_size)), bytes(range(100, 112)))
    return Sealer(suite, keys), Opener(suite, keys)


def open_record(opener: Any, record: bytes) -> Any:
    return opener.open(record[:HEADER_SIZE], record[HEADER_SIZE:])


def open_stream(opener: Any, data: bytes) -> tuple[int, bytes, Any]:
    """The position reached, the plaintext, what stopped it; the rest of the room must still be zeros."""
    out = bytearray(len(data) + 10)
    start, at, stopped = opener.open_stream(memoryview(data), 0, len(data), memoryview(out), 0)
    return start, bytes(out[:at]), stopped


def test_records_of_the_traces() -> None:
    """What RFC 8448 publishes, both ways."""
    for name in RFC8448_TRACES:
        trace = rfc8448(name)
        for record in (r for r in trace["records"] if r["epoch"] != "plaintext"):
            keys = trace["traffic_keys"][record["epoch"]][record["sender"]]
            pair = TrafficKeys(bytes.fromhex(keys["key"]), bytes.fromhex(keys["iv"]))
            suite = next(iter(TLS13_SUITES.values()))
            sealer, opener = Sealer(suite, pair), Opener(suite, pair)
            sealer.sequence = opener.sequence = record["sequence_number"]
            kind, payload = ContentType[record["content_type"].upper()], bytes.fromhex(record["payload"])
            assert sealer.seal(kind, payload).hex() == record["record"]
            assert open_record(opener, bytes.fromhex(record["record"])) == (kind, payload)


@EACH
def test_one_record(suite: Suite) -> None:
    sealer, opener = ends(suite)
    for kind, content in ((HANDSHAKE, b"message"), (DATA, b""), (ALERT, b"\1\0"), (DATA, bytes(MAX_PLAINTEXT))):
        record = sealer.seal(kind, content)
        assert int.from_bytes(record[3:5], "big") == len(record) - HEADER_SIZE
        assert open_record(opener, record) == (kind, content)
    assert sealer.sequence == opener.sequence == 4


@EACH
@pytest.mark.parametrize("size", [1, 100, MAX_PLAINTEXT - 1, MAX_PLAINTEXT, MAX_PLAINTEXT + 1, 3 * MAX_PLAINTEXT + 7])
@pytest.mark.parametrize("fragment", [MAX_PLAINTEXT, 1000])
def test_streams_are_records(suite: Suite, size: int, fragment: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    (one, opener), (other, _) = ends(suite), ends(suite)
    out = bytearray(one.sealed_size(size, fragment) + 3)
    end = one.seal_stream(memoryview(data), memoryview(out), 3, fragment)
    assert end == len(out)
    pieces = [data[at : at + fragment] for at in range(0, size, fragment)]
    assert bytes(out[3:]) == b"".join(other.seal(DATA, piece) for piece in pieces)
    assert one.sequence == other.sequence == len(pieces)

    start, plain, stopped = open_stream(opener, bytes(out[3:]))
    assert (start, stopped) == (len(out) - 3, None)
    assert plain == data
    assert opener.sequence == len(pieces)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(SUITES),
    st.lists(
        st.tuples(st.sampled_from([DATA, DATA, DATA, ALERT, HANDSHAKE]), st.binary(max_size=40), st.integers(0, 20))
    ),
    st.integers(0, 60),
)
def test_streams_stop_where_they_must(suite: Suite, contents: list[tuple[ContentType, bytes, int]], cut: int) -> None:
    """A stream opened bit by bit gives what one record after another gives, whatever stands in them."""
    sealer, opener = ends(suite)
    records = [sealer.seal(kind, content, padding) for kind, content, padding in contents]
    data = b"".join(records)
    data = data[: max(0, len(data) - cut)]
    at, found = 0, []
    while True:
        start, plain, stopped = open_stream(opener, data[at:])
        at += start
        if plain:
            found.append((DATA, plain))
        if stopped is not None and not isinstance(stopped, TlsError):
            found.append(stopped)
            continue
        assert stopped is None
        if len(data) - at >= HEADER_SIZE and data[at] != DATA:  # TLS 1.2 shows the type: the stream leaves it alone
            stop = at + HEADER_SIZE + int.from_bytes(data[at + 3 : at + 5], "big")
            if stop <= len(data):
                found.append(open_record(opener, data[at:stop]))
                at = stop
                continue
        break
    whole = whole_records(records, len(data))
    assert merged(found) == merged([(kind, content) for kind, content, _ in contents[:whole]])
    assert opener.sequence == whole


def whole_records(records: list[bytes], size: int) -> int:
    count = 0
    while count < len(records) and sum(map(len, records[: count + 1])) <= size:
        count += 1
    return count


def merged(contents: list[Any]) -> list[tuple[ContentType, bytes]]:
    """Runs of data as one, nothing where they are empty."""
    out: list[tuple[ContentType, bytes]] = []
    for kind, content in contents:
        if kind is DATA and out and out[-1][0] is DATA:
            out[-1] = (DATA, out[-1][1] + content)
        elif kind is not DATA or content:
            out.append((kind, content))
    return out


@EACH
@pytest.mark.parametrize("position", [5, 13, 40, -1])
def test_a_changed_bit_leaves_nothing_behind(suite: Suite, position: int) -> None:
    check_leaves_nothing_behind(suite, position)


@pytest.mark.parametrize("suite", list(TLS13_SUITES.values()), ids=lambda suite: suite.code.name)
@pytest.mark.parametrize("position", [1, 2])
def test_the_header_is_authenticated_too(suite: Suite, position: int) -> None:
    check_leaves_nothing_behind(suite, position)


def check_leaves_nothing_behind(suite: Suite, position: int) -> None:
    sealer, opener = ends(suite)
    first, second = sealer.seal(DATA, b"good data"), bytearray(sealer.seal(DATA, b"secret data" * 10))
    second[position] ^= 4
    out = bytearray(b"\xee" * 500)
    data = first + second
    start, at, stopped = opener.open_stream(memoryview(data), 0, len(data), memoryview(out), 0)
    assert isinstance(stopped, PeerMisbehaved)
    assert stopped.alert is Alert.BAD_RECORD_MAC
    assert start == len(first)
    assert out[:at] == b"good data"
    assert b"secret" not in out
    assert opener.sequence == 1
    with pytest.raises(PeerMisbehaved):
        open_record(opener, bytes(second))


@EACH
def test_sequence_numbers_count(suite: Suite) -> None:
    sealer, opener = ends(suite)
    records = [sealer.seal(DATA, b"same") for _ in range(3)]
    assert len(set(records)) == 3
    open_record(opener, records[0])
    if not isinstance(suite, Suite12):
        with pytest.raises(PeerMisbehaved):
            open_record(opener, records[2])
    with pytest.raises(PeerMisbehaved):
        open_record(opener, records[0])
    assert open_record(opener, records[1]) == (DATA, b"same")


@EACH
def test_lengths(suite: Suite) -> None:
    _, opener = ends(suite)
    least = len(ends(suite)[0].seal(DATA, b"")) - HEADER_SIZE
    assert opener.check_length(least) is None
    for length, alert in ((0, Alert.BAD_RECORD_MAC), (least - 1, Alert.BAD_RECORD_MAC), (65535, Alert.RECORD_OVERFLOW)):
        error = opener.check_length(length)
        assert error is not None
        assert error.alert is alert


@pytest.mark.parametrize("suite", list(TLS13_SUITES.values()), ids=lambda suite: suite.code.name)
def test_what_tls_13_refuses_inside(suite: Suite) -> None:
    for content, padding, alert in (
        (bytes(MAX_PLAINTEXT + 1), 0, Alert.RECORD_OVERFLOW),
        (bytes(MAX_PLAINTEXT), 1, Alert.RECORD_OVERFLOW),
    ):
        sealer, opener = ends(suite)
        record = sealer.seal(DATA, content, padding)
        with pytest.raises(PeerMisbehaved) as caught:
            open_record(opener, record)
        assert caught.value.alert is alert
        _, _, stopped = open_stream(ends(suite)[1], record)
        assert stopped.alert is alert
    sealer, opener = ends(suite)
    record = sealer.seal(0, b"", 50)
    with pytest.raises(PeerMisbehaved) as caught:
        open_record(opener, record)
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE
