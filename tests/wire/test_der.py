"""DER: what is read, what is refused, and that nothing reaches past its frame."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojang.errors import DecodeError
from dojang.wire import der


def test_header_of_short_and_long_lengths() -> None:
    for size in (0, 1, 127, 128, 255, 256, 65536):
        data = der.encode(der.OCTET_STRING, bytes(size))
        assert der.read_header(data, 0, len(data)) == (der.OCTET_STRING, len(data) - size, len(data))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "04",
        "0401",
        "0480",
        "048100",
        "04810a" + "00" * 10,
        "0482000a" + "00" * 10,
        "04850000000001aa",
        "1f",
        "1f81",
    ],
)
def test_refuses_what_der_does_not_allow(data: str) -> None:
    octets = bytes.fromhex(data)
    with pytest.raises(DecodeError):
        der.read_header(octets, 0, len(octets))


def test_inner_length_can_not_reach_past_its_frame() -> None:
    data = bytes.fromhex("3003040500") + bytes(20)
    with pytest.raises(DecodeError) as caught:
        list(der.children(data, 2, 5))
    assert caught.value.offset == 2


def test_long_tags_are_one_number() -> None:
    data = bytes.fromhex("bf8f7f0105")
    tag, content, end = der.read_header(data, 0, len(data))
    assert (tag, content, end) == (0xBF8F7F, 4, 5)
    assert der.Tlv(tag, 0, content, end).is_constructed


@pytest.mark.parametrize(("content", "value"), [("00", 0), ("7f", 127), ("0080", 128), ("80", -128), ("ff7f", -129)])
def test_integers(content: str, value: int) -> None:
    assert der.integer_of(bytes.fromhex(content)) == value
    assert der.encode_integer(value) == der.encode(der.INTEGER, bytes.fromhex(content))


@pytest.mark.parametrize("content", ["", "0001", "007f", "ff80", "ffff"])
def test_integers_in_more_octets_than_needed(content: str) -> None:
    with pytest.raises(DecodeError):
        der.integer_of(bytes.fromhex(content))


@given(st.integers(-(2**200), 2**200))
def test_integers_come_back(value: int) -> None:
    encoded = der.encode_integer(value)
    start, end = der.whole(encoded, der.INTEGER)
    assert der.integer_of(encoded[start:end]) == value


def test_booleans() -> None:
    assert der.boolean_of(b"\xff")
    assert not der.boolean_of(b"\0")
    for content in (b"", b"\x01", b"\xff\xff"):
        with pytest.raises(DecodeError):
            der.boolean_of(content)


def test_bit_strings() -> None:
    assert der.bits_of(b"\x05\xa0") == (b"\xa0", 5)
    assert der.bits_of(b"\x00") == (b"", 0)
    for content in (b"", b"\x08\x00", b"\x01", b"\x05\xa1"):
        with pytest.raises(DecodeError):
            der.bits_of(content)


@pytest.mark.parametrize(
    ("tag", "content", "moment"),
    [
        (der.UTC_TIME, b"491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (der.UTC_TIME, b"500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (der.GENERALIZED_TIME, b"20500101000000Z", datetime(2050, 1, 1, tzinfo=UTC)),
    ],
)
def test_times(tag: int, content: bytes, moment: datetime) -> None:
    assert der.time_of(tag, content) == moment.timestamp()


@pytest.mark.parametrize(
    ("tag", "content"),
    [
        (der.UTC_TIME, b"2001010000Z"),
        (der.UTC_TIME, b"200101000000+0000"),
        (der.UTC_TIME, b"201301000000Z"),
        (der.UTC_TIME, b"200101006000Z"),
        (der.GENERALIZED_TIME, b"20500101000000.5Z"),
        (der.GENERALIZED_TIME, b"00000101000000Z"),
        (der.INTEGER, b"200101000000Z"),
    ],
)
def test_times_that_are_none(tag: int, content: bytes) -> None:
    with pytest.raises(DecodeError):
        der.time_of(tag, content)


@pytest.mark.parametrize("text", ["2.5.29.17", "1.2.840.113549.1.1.11", "0.9.2342", "2.999.3", "1.3.6.1.4.1.311.60"])
def test_oids_come_back(text: str) -> None:
    assert der.oid_text(der.oid_bytes(text)) == text


@pytest.mark.parametrize("content", [b"", b"\x80\x01", b"\x2a\x86", b"\x2a\x80\x01", b"\x2a" * 200])
def test_oids_that_are_none(content: bytes) -> None:
    with pytest.raises(DecodeError):
        der.oid_text(content)


def test_walk_gives_every_element_with_its_depth() -> None:
    inner = der.encode(der.SEQUENCE, der.encode_integer(5), der.encode(der.NULL))
    data = der.encode(der.SEQUENCE, inner, der.encode_integer(6))
    assert [(depth, tlv.tag) for depth, tlv in der.walk(data)] == [(0, 0x30), (1, 0x30), (2, 2), (2, 5), (1, 2)]


def test_walk_is_bounded() -> None:
    data = b""
    for _ in range(40):
        data = der.encode(der.SEQUENCE, data)
    with pytest.raises(DecodeError):
        list(der.walk(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_walked_or_refused(data: bytes) -> None:
    try:
        spans = [tlv for _, tlv in der.walk(data)]
    except DecodeError:
        return
    assert all(0 <= tlv.start < tlv.content <= tlv.end <= len(data) for tlv in spans)
