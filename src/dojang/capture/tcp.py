"""TCP segments to two streams of bytes: order restored, repetition dropped, loss told.

Each direction of a flow knows the next sequence number it wants. What comes early waits, within bounds; what never
comes is told as a gap once the receiver has acknowledged it, or when too much waits for it. A flow that begins in the
middle begins with the first byte that was seen. Memory is bounded by `Limits`, whatever the network does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from dojang.capture.link import Segment

__all__ = ["Flow", "Limits", "Sink", "Streams"]

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
HALF = 0x80000000


@dataclass(frozen=True, slots=True)
class Limits:
    """flows: open at the same time. waiting, pieces: bytes and segments held back in one direction; held: in all.

    patience: segments held back behind a hole that the receiver has acknowledged, before the hole counts as loss.
    lingering: flows that have ended and are kept for what may still come.
    """

    flows: int = 20_000
    waiting: int = 2**20
    held: int = 2**26
    pieces: int = 512
    patience: int = 32
    lingering: int = 256


class Sink(Protocol):
    """What is told of a flow. `side` is 0 for the one that spoke first (or sent the SYN), 1 for the other."""

    def data(self, side: int, data: bytes, segment: Segment) -> None: ...

    def gap(self, side: int, size: int) -> None: ...

    def end(self) -> None: ...


class Flow:
    """One connection. endpoints: of side 0 and side 1, address and port as in a Segment."""

    __slots__ = ("endpoints", "halves", "sink", "whole")

    def __init__(self, first: bytes, second: bytes, *, whole: bool) -> None:
        self.endpoints = (first, second)
        self.halves = (_Half(), _Half())
        self.whole = whole  # whether the capture has its beginning
        self.sink: Sink


class Streams:
    """Sorts segments into flows. `open_sink` is asked once for each new flow."""

    def __init__(self, open_sink: Callable[[Flow, Segment], Sink], limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._open_sink = open_sink
        self._flows: OrderedDict[bytes, Flow] = OrderedDict()
        self._sides: dict[bytes, tuple[Flow, int]] = {}
        self._over: OrderedDict[bytes, Flow] = OrderedDict()
        self._held = 0

    def add(self, segment: Segment) -> None:
        """Take one segment."""
        key = segment.source + segment.destination
        known = self._sides.get(key)
        flags = segment.flags
        if known is not None and flags & SYN and self._is_reused(known, segment):
            self._close(known[0])
            known = None
        if known is None:
            known = self._open(segment, key)
            if known is None:
                return
        flow, side = known
        half = flow.halves[side]
        if flags & SYN:
            half.start((segment.seq + 1) & 0xFFFFFFFF, segment.time)
        if segment.payload or segment.missing:
            self._take(flow, side, segment)
        if flags & ACK:
            other = flow.halves[1 - side]
            other.acked = segment.ack
            if other.early and len(other.early) > self.limits.patience and other.is_lost():
                self._skip(flow, 1 - side)
        if flags & (FIN | RST):
            half.finished = True
            if flags & RST or flow.halves[1 - side].finished:
                self._linger(flow)

    def close(self) -> None:
        """No more segments will come."""
        for flow in list(self._flows.values()):
            self._close(flow)

    def _open(self, segment: Segment, key: bytes) -> tuple[Flow, int] | None:
        if not (segment.payload or segment.flags & SYN):
            return None  # an ACK of a flow that is over, or that has not said anything yet
        answer = segment.flags & (SYN | ACK) == SYN | ACK
        first, second = segment.source, segment.destination
        if answer:
            first, second = second, first
        flow = Flow(first, second, whole=bool(segment.flags & SYN))
        self._flows[first + second] = flow
        self._sides[first + second], self._sides[second + first] = (flow, 0), (flow, 1)
        flow.sink = self._open_sink(flow, segment)
        if len(self._flows) > self.limits.flows:
            self._close(next(iter(self._flows.values())))
        return self._sides[key]

    def _is_reused(self, known: tuple[Flow, int], segment: Segment) -> bool:
        """Whether a SYN begins another connection between the same ports."""
        flow, side = known
        begin = flow.halves[side].begin
        if segment.flags & ACK:
            return begin is not None and begin != (segment.seq + 1) & 0xFFFFFFFF and flow.halves[side].next != begin
        return begin is None or begin != (segment.seq + 1) & 0xFFFFFFFF

    def _take(self, flow: Flow, side: int, segment: Segment) -> None:
        half, seq, payload = flow.halves[side], segment.seq, segment.payload
        if segment.flags & SYN:
            seq = (seq + 1) & 0xFFFFFFFF
        if half.next is None:
            half.next = seq
        ahead = (seq - half.next) & 0xFFFFFFFF
        if ahead == 0:
            self._deliver(flow, side, segment, 0)
        elif ahead >= HALF:  # begins in what is known already
            known = 0x100000000 - ahead
            if known < len(payload) + segment.missing:
                self._deliver(flow, side, segment, known)
        else:
            self._held += half.hold(seq, segment)
            limits = self.limits
            if half.waiting > limits.waiting or len(half.early) > limits.pieces or self._held > limits.held:
                self._skip(flow, side)
            return
        if half.early:
            self._drain(flow, side)

    def _deliver(self, flow: Flow, side: int, segment: Segment, known: int) -> None:
        """Hand on a segment without its first `known` bytes, which were handed on before."""
        half, payload = flow.halves[side], segment.payload[known:] if known else segment.payload
        assert half.next is not None
        if payload:
            half.next = (half.next + len(payload)) & 0xFFFFFFFF
            flow.sink.data(side, payload, segment)
        if segment.missing:
            missing = segment.missing - max(0, known - len(segment.payload))
            half.next = (half.next + missing) & 0xFFFFFFFF
            flow.sink.gap(side, missing)

    def _drain(self, flow: Flow, side: int) -> None:
        """What waited and now has its turn."""
        half = flow.halves[side]
        for seq, segment in half.in_order():
            self._held -= len(segment.payload)
            assert half.next is not None
            ahead = (seq - half.next) & 0xFFFFFFFF
            if 0 < ahead < HALF:
                self._held += half.hold(seq, segment)
                return
            known = (half.next - seq) & 0xFFFFFFFF
            if known < len(segment.payload) + segment.missing:
                self._deliver(flow, side, segment, known)

    def _skip(self, flow: Flow, side: int) -> None:
        """Give up on the bytes before the first that waits."""
        half = flow.halves[side]
        assert half.next is not None
        first = half.first()
        flow.sink.gap(side, (first - half.next) & 0xFFFFFFFF)
        half.next = first
        self._drain(flow, side)

    def _linger(self, flow: Flow) -> None:
        """A flow that is over stays known for a while: what was on its way, or is sent again, still belongs to it."""
        self._over[flow.endpoints[0] + flow.endpoints[1]] = flow
        if len(self._over) > self.limits.lingering:
            self._close(next(iter(self._over.values())))

    def _close(self, flow: Flow) -> None:
        first, second = flow.endpoints
        if self._flows.pop(first + second, None) is None:
            return
        self._over.pop(first + second, None)
        self._sides.pop(first + second, None)
        self._sides.pop(second + first, None)
        for side in (0, 1):
            while flow.halves[side].early:
                self._skip(flow, side)
        flow.sink.end()


class _Half:
    """One direction. begin, began: number and time of its SYN, where that was seen. next: the number wanted now.

    early: segments that came before their turn, by sequence number.
    """

    __slots__ = ("acked", "began", "begin", "early", "finished", "next", "waiting")

    def __init__(self) -> None:
        self.begin: int | None = None
        self.began: float | None = None
        self.next: int | None = None
        self.acked: int | None = None
        self.early: dict[int, Segment] = {}
        self.waiting = 0
        self.finished = False

    def start(self, seq: int, time: float) -> None:
        self.begin = seq
        self.began = time
        if self.next is None:
            self.next = seq

    def hold(self, seq: int, segment: Segment) -> int:
        """Keep a segment for later; how many bytes more that holds."""
        there = self.early.get(seq)
        more = len(segment.payload) - (len(there.payload) if there else 0)
        if there is not None and more <= 0:
            return 0
        self.early[seq] = segment
        self.waiting += more
        return more

    def first(self) -> int:
        """The lowest number that waits, counted from the one wanted."""
        return min(self.early, key=self._ahead)

    def in_order(self) -> Iterator[tuple[int, Segment]]:
        """Takes out what waits, lowest first."""
        while self.early:
            seq = self.first()
            segment = self.early.pop(seq)
            self.waiting -= len(segment.payload)
            yield seq, segment

    def is_lost(self) -> bool:
        """Whether the receiver has what is missing here."""
        if self.acked is None:
            return False
        return self._ahead(self.first()) <= self._ahead(self.acked) < HALF

    def _ahead(self, seq: int) -> int:
        assert self.next is not None
        return (seq - self.next) & 0xFFFFFFFF
