"""Every Struct of the wire floor: what is written is read again, traced as it is read, and nothing else passes."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dojang.errors import DecodeError
from dojang.wire.codec import Fixed, HandshakeMessage, Opaque, Rest, Struct, Uint, Vector
from dojang.wire.codes import NamedGroup
from dojang.wire.extensions import BODIES, KeyShareEntry
from dojang.wire.hello import ClientHello
from dojang.wire.messages13 import Certificate, CertificateEntry, Finished
from dojang.wire.reader import Reader, Span, TracingReader
from tests.vectors import rfc8448
from tests.wire.strategies import all_structs, values_of

EACH = pytest.mark.parametrize("kind", all_structs(), ids=lambda kind: kind.__name__)
quickly = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.large_base_example],
)


def test_there_are_many() -> None:
    assert len(all_structs()) > 60
    bodies = {body for row in BODIES.values() for body in row.values()}
    assert bodies <= set(all_structs())


@EACH
def test_round_trip(kind: type[Struct]) -> None:
    @quickly
    @given(values_of(kind))
    def check(value: Any) -> None:
        data = value.encode()
        again = kind.parse(data)
        assert again == value
        assert hash(again) == hash(value)
        assert again.encode() == data
        assert repr(again) == repr(value)
        if isinstance(value, HandshakeMessage):
            raw = value.frame()
            assert raw[0] == value.handshake_type
            assert int.from_bytes(raw[1:4], "big") == len(raw) - 4
            assert raw[4:] == data

    check()


@EACH
def test_tracing_sees_what_reading_reads(kind: type[Struct]) -> None:
    @quickly
    @given(values_of(kind))
    def check(value: Any) -> None:
        data = value.encode()
        reader = TracingReader(b"..." + data, 3)
        assert kind.read(reader) == value
        assert reader.remaining == 0
        check_spans(reader.spans, 3, 3 + len(data))
        for span in reader.spans:
            assert value_at(value, span.path) == span.value

    check()


@EACH
def test_any_bytes_are_a_value_or_a_decode_error(kind: type[Struct]) -> None:
    @quickly
    @given(st.binary(max_size=80))
    def check(data: bytes) -> None:
        check_parses_or_refuses(kind, data)

    check()


@EACH
def test_damaged_bytes_are_a_value_or_a_decode_error(kind: type[Struct]) -> None:
    @quickly
    @given(values_of(kind), st.data())
    def check(value: Any, data: st.DataObject) -> None:
        encoded = bytearray(value.encode())
        if encoded:
            at = data.draw(st.integers(0, len(encoded) - 1))
            encoded[at] = data.draw(st.integers(0, 255))
        check_parses_or_refuses(kind, bytes(encoded))
        check_parses_or_refuses(kind, bytes(encoded[: data.draw(st.integers(0, len(encoded)))]))

    check()


def check_parses_or_refuses(kind: type[Struct], data: bytes) -> None:
    value, error = outcome(kind, Reader(data, what=kind.__name__))
    again, same_error = outcome(kind, TracingReader(data, what=kind.__name__))
    assert again == value
    if error is None:
        # What parses is written back the same: nothing is lost on the way.
        assert value is not None
        assert value.encode() == data
        return
    assert same_error is not None
    assert same_error.offset == error.offset
    assert error.offset is not None
    assert 0 <= error.offset <= len(data)
    assert str(error)


def outcome(kind: type[Struct], reader: Reader) -> tuple[Struct | None, DecodeError | None]:
    try:
        return read_whole(kind, reader), None
    except DecodeError as error:
        return None, error


def read_whole(kind: type[Struct], reader: Reader) -> Struct:
    value = kind.read(reader)
    reader.finish()
    return value


def check_spans(spans: list[Span], start: int, stop: int) -> None:
    """Spans stay inside their frame, the outermost ones lie side by side, and children lie inside their parents."""
    places = {span.path: span for span in spans}
    assert len(places) == len(spans)
    outermost = sorted((s for s in spans if s.path.count(".") == 1 and "[" not in s.path), key=lambda s: s.start)
    at = start
    for span in outermost:
        assert span.start == at
        at = span.stop
    assert at == stop
    for span in spans:
        assert start <= span.start <= span.stop <= stop
        parent = places.get(span.path[: max(span.path.rfind("."), span.path.rfind("["))])
        if parent is not None:
            assert parent.start <= span.start
            assert span.stop <= parent.stop


def value_at(value: Any, path: str) -> Any:
    for step in path.replace("[", ".[").split(".")[1:]:
        value = value[int(step[1:-1])] if step.startswith("[") else getattr(value, step)
    return value


# Structs behave as values.


class Sample(Struct):
    one: Annotated[int, Uint(1)]
    two: Annotated[bytes, Opaque(1, 1, 3)] = b"x"


def test_construction() -> None:
    assert Sample(1) == Sample(1, b"x") == Sample(one=1, two=b"x")
    assert Sample(1) != Sample(2)
    assert Sample(1) != (1, b"x")
    assert len({Sample(1), Sample(1), Sample(2)}) == 2
    make: Any = Sample
    for values, named in (((), {}), ((1, b"x", 2), {}), ((1,), {"three": 3}), ((1,), {"one": 1})):
        with pytest.raises(TypeError):
            make(*values, **named)
    with pytest.raises(AttributeError):
        Sample(1).one = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    "value",
    [Sample(256), Sample(-1), Sample(1, b""), Sample(1, b"four"), KeyShareEntry(NamedGroup.X25519, b"")],
)
def test_what_does_not_fit_is_not_written(value: Struct) -> None:
    with pytest.raises((ValueError, OverflowError)):
        value.encode()


class Outer(Struct):
    inner: Annotated[tuple[Sample, ...], Vector(1, 2)]
    rest: Annotated[bytes, Rest()]


class Bare(Struct):
    fixed: Annotated[bytes, Fixed(3)]


@pytest.mark.parametrize(
    ("kind", "data", "offset"),
    [
        (Sample, b"", 0),
        (Sample, b"\1", 1),
        (Sample, b"\1\0", 1),
        (Sample, b"\1\4four", 1),
        (Sample, b"\1\2x", 1),
        (Sample, b"\1\1xy", 3),
        (Bare, b"ab", 0),
        (Bare, b"abcd", 3),
        (Outer, b"\1\1", 0),
        (Outer, b"\3\1\2x", 2),  # the inner length reaches past its vector
        (Outer, b"\3\1\1", 0),
    ],
)
def test_offsets_of_errors(kind: type[Struct], data: bytes, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        kind.parse(data)
    assert caught.value.offset == offset


def test_an_inner_length_does_not_reach_past_its_frame() -> None:
    with pytest.raises(DecodeError):
        Outer.parse(b"\3\1\3xyz")
    assert Outer.parse(b"\3\1\1xyz") == Outer((Sample(1, b"x"),), b"yz")


# Real messages.


def test_trace_messages_are_written_as_they_were_read() -> None:
    for name, kind in (("ClientHello", ClientHello), ("Certificate", Certificate), ("Finished", Finished)):
        message = next(m for m in rfc8448("simple_1rtt")["messages"] if m["name"] == name)
        raw = bytes.fromhex(message["message"])
        assert kind.parse(raw[4:]).frame() == raw


def test_hello_without_extensions_stays_so() -> None:
    body = b"\3\1" + bytes(32) + b"\0" + b"\0\2\0\x2f" + b"\1\0"
    assert ClientHello.parse(body).extensions == ()
    assert ClientHello.parse(body).encode() == body
    assert ClientHello.parse(body + b"\0\0").extensions == ()


def test_paths_of_a_hello() -> None:
    raw = bytes.fromhex(rfc8448("simple_1rtt")["messages"][0]["message"])
    reader = TracingReader(raw, 4)
    hello = ClientHello.read(reader)
    places = {span.path: raw[span.start : span.stop] for span in reader.spans}
    assert places[".random"] == hello.random
    assert places[".cipher_suites[1]"] == b"\x13\x03"
    assert places[".extensions[0].extension_type"] == b"\0\0"
    assert places[".extensions[0].extension_data"].endswith(b"server")


def test_a_certificate_entry_by_hand() -> None:
    entry = CertificateEntry(b"der")
    assert Certificate(b"", (entry,)).encode().hex() == "0000000800000364657200" + "00"
