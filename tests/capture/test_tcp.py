"""Streams come out whole, whatever order and repetition the segments came in; what is missing is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from dojang.capture.link import Segment
from dojang.capture.tcp import Flow, Limits, Streams

A, B = b"\x0a\x00\x00\x01\x9c\x40", b"\x0a\x00\x00\x02\x01\xbb"
SYN, ACK, FIN, RST = 0x02, 0x10, 0x01, 0x04


@dataclass
class Heard:
    """A Sink that remembers."""

    streams: list[bytearray] = field(default_factory=lambda: [bytearray(), bytearray()])
    gaps: list[tuple[int, int]] = field(default_factory=list)
    ended: bool = False

    def data(self, side: int, data: bytes, segment: Segment) -> None:
        self.streams[side] += data

    def gap(self, side: int, size: int) -> None:
        self.gaps.append((side, size))
        self.streams[side] += b"?" * min(size, 100)

    def end(self) -> None:
        self.ended = True


def segment(side: int, seq: int, payload: bytes = b"", *, flags: int = ACK, ack: int = 0, missing: int = 0) -> Segment:
    ends = (A, B) if side == 0 else (B, A)
    return Segment(1, 0.0, *ends, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, flags, payload, missing)


def hear(segments: list[Segment], limits: Limits | None = None) -> list[Heard]:
    heard: list[Heard] = []

    def open_sink(_flow: Flow, _first: Segment) -> Heard:
        heard.append(Heard())
        return heard[-1]

    streams = Streams(open_sink, limits)
    for each in segments:
        streams.add(each)
    streams.close()
    return heard


def opened(seq: int = 100) -> list[Segment]:
    return [segment(0, seq, flags=SYN), segment(1, 900, flags=SYN | ACK, ack=seq + 1)]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_order_repetition_and_overlap_do_not_matter(data: st.DataObject) -> None:
    text = data.draw(st.binary(min_size=1, max_size=400))
    start = data.draw(st.sampled_from([0, 1000, 2**32 - 50]))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    pieces = []
    at = 0
    while at < len(text):
        size = rng.randint(1, 60)
        back = rng.randint(0, min(at, 20))
        pieces.append(segment(0, start + 1 + at - back, text[at - back : at + size]))
        at += size
    pieces += rng.choices(pieces, k=3)
    rng.shuffle(pieces)
    (heard,) = hear([*opened(start), *pieces])
    assert bytes(heard.streams[0]) == text
    assert heard.gaps == []


def test_an_overlap_lets_out_what_waited_behind_it() -> None:
    parts = [segment(0, 101, b"abc"), segment(0, 108, b"xyz"), segment(0, 102, b"bcdefgh")]
    (heard,) = hear([*opened(), *parts])
    assert bytes(heard.streams[0]) == b"abcdefghyz"
    streams: list[bytes] = []
    sink = Heard()

    def open_sink(_flow: Flow, _first: Segment) -> Heard:
        return sink

    running = Streams(open_sink)
    for each in [*opened(), *parts]:
        running.add(each)
        streams.append(bytes(sink.streams[0]))
    assert streams[-1] == b"abcdefghyz"


def test_a_lost_segment_is_a_gap_of_its_size() -> None:
    (heard,) = hear([*opened(), segment(0, 101, b"abc"), segment(0, 109, b"xyz")])
    assert bytes(heard.streams[0]) == b"abc?????xyz"
    assert heard.gaps == [(0, 5)]


def test_a_hole_that_the_receiver_acknowledged_is_not_waited_for_long() -> None:
    late = [segment(0, 200 + 10 * n, b"0123456789") for n in range(40)]
    segments = [*opened(), segment(0, 101, b"abc"), *late, segment(1, 901, ack=600)]
    (heard,) = hear(segments, Limits(patience=8))
    assert heard.gaps == [(0, 96)]


def test_what_waits_is_bounded() -> None:
    late = [segment(0, 10_000 + 2000 * n, bytes(1000)) for n in range(100)]
    (heard,) = hear([*opened(), *late], Limits(waiting=5000))
    assert len(heard.gaps) == 100


def test_a_flow_may_begin_in_the_middle() -> None:
    (heard,) = hear([segment(0, 5000, b"middle"), segment(0, 4990, b"earlier"), segment(0, 5006, b" end")])
    assert bytes(heard.streams[0]) == b"middle end"


def test_a_syn_with_another_number_is_another_flow() -> None:
    first = [*opened(), segment(0, 101, b"one")]
    second = [segment(0, 777_777, flags=SYN), segment(0, 777_778, b"two")]
    assert [bytes(h.streams[0]) for h in hear([*first, *second])] == [b"one", b"two"]


def test_what_comes_after_the_end_belongs_to_the_same_flow() -> None:
    ended = [segment(0, 104, flags=FIN | ACK), segment(1, 901, b"late"), segment(0, 105, flags=RST)]
    heard = hear([*opened(), segment(0, 101, b"abc"), *ended, segment(1, 905, b"r"), segment(1, 901, b"late")])
    assert [bytes(h.streams[1]) for h in heard] == [b"later"]


def test_bytes_cut_off_by_the_snapshot_length_are_a_gap() -> None:
    (heard,) = hear([*opened(), segment(0, 101, b"ab", missing=4), segment(0, 107, b"g")])
    assert bytes(heard.streams[0]) == b"ab????g"


def test_a_keep_alive_is_no_data() -> None:
    (heard,) = hear([*opened(), segment(0, 101, b"abc"), segment(0, 103, b"c"), segment(0, 104, b"d")])
    assert bytes(heard.streams[0]) == b"abcd"


def test_the_number_of_flows_is_bounded() -> None:
    flood = [Segment(1, 0.0, A[:4] + port.to_bytes(2, "big"), B, 1, 0, SYN, b"", 0) for port in range(1000, 1100)]
    heard: list[Heard] = []

    def open_sink(_flow: Flow, _first: Segment) -> Heard:
        heard.append(Heard())
        return heard[-1]

    streams = Streams(open_sink, Limits(flows=10))
    for each in flood:
        streams.add(each)
    assert sum(not h.ended for h in heard) == 10


def test_data_in_a_syn_counts() -> None:
    (heard,) = hear([segment(0, 100, b"fast", flags=SYN), segment(0, 105, b" open")])
    assert bytes(heard.streams[0]) == b"fast open"
