"""The steps of one connection as they are told: runs of data as one, everything bounded; and what is known of a side.

`Dissection` decides what a record is; here it becomes a step.
"""

from __future__ import annotations

from typing import Any

from dojang.capture.decrypt import Candidate
from dojang.capture.records import Piece, RecordReader
from dojang.capture.steps import (
    Broken,
    Data,
    Foreign,
    HeartbeatStep,
    Sealed,
    Step,
)
from dojang.errors import DecodeError, TlsError
from dojang.wire.codes import ContentType

__all__ = ["Moment", "Side", "Told"]

MOST_STEPS = 5000
KEPT = 2**16  # bytes of a run of data
KEPT_IN_ALL = 2**20

Moment = tuple[float, int]  # time and number of a frame


class Told:
    """steps: what crossed, in the capture's order; untold: those beyond MOST_STEPS, which are counted only."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.untold = 0
        self._kept = 0
        self._now: Moment = (0.0, 0)

    def _data(self, side: Side, content: bytes, epoch: str) -> None:
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Data) and last.sender == side.name and last.epoch == epoch:
            step = last
            step.size += len(content)
            step.records += 1
        else:
            step = Data(side.name, *self._now, side.at, epoch, len(content))
            step.content = bytearray()
            self._step(step)
        step.sealed_size += side.wire
        step.ended = self._now[0]
        room = min(KEPT - len(step.content), KEPT_IN_ALL - self._kept)
        if room > 0:
            step.content += content[:room]
            self._kept += min(room, len(content))

    def _sealed(self, side: Side, kind: int, size: int, error: TlsError | None) -> None:
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Sealed) and last.sender == side.name and last.content_type == kind:
            step = last
            step.size += size
            step.records += 1
        else:
            step = Sealed(side.name, *self._now, side.at, "sealed", size)
            step.content_type, step.error, step.sizes = ContentType.of(kind), error, []
            self._step(step)
        step.sealed_size += side.wire
        step.ended = self._now[0]
        if len(step.sizes) < 64:
            step.sizes.append(size)

    def _heartbeat(self, side: Side, content: bytes, epoch: str) -> None:
        step = HeartbeatStep(side.name, *self._now, side.at, epoch, len(content))
        step.response, step.claimed = content[0] == 2, content[1] << 8 | content[2]
        step.content = content[3:]
        self._step(step, side)

    def _misplaced(self, side: Side, kind: int, content: bytes, epoch: str) -> None:
        error = DecodeError(
            "{what}: {size} bytes that are no whole message",
            "RFC 9846 section 5.1",
            what=ContentType.of(kind).label,
            size=len(content),
        )
        self._broken(side, content, side.at, error, epoch)

    def _unfinished(self, side: Side) -> None:
        wanted = int.from_bytes(side.pending[1:4], "big") + 4 if len(side.pending) >= 4 else 4
        error = DecodeError(
            "a handshake message breaks off: {size} bytes wanted, {left} are here",
            "RFC 9846 section 5.1",
            size=wanted,
            left=len(side.pending),
        )
        self._broken(side, bytes(side.pending), side.begun, error, side.epoch)
        side.pending.clear()

    def _foreign(self, side: Side, piece: Piece) -> None:
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Foreign) and last.sender == side.name:
            last.size += piece.size
            return
        step = Foreign(side.name, *self._now, piece.at, "plaintext", piece.size)
        step.content = piece.data[:256]
        self._step(step)

    def _broken(self, side: Side, content: bytes, at: int, error: TlsError, epoch: str = "plaintext") -> None:
        step = Broken(side.name, *self._now, at, epoch, len(content))
        step.content, step.error = content[:4096], error
        self._step(step)

    def _step(self, step: Step, side: Side | None = None) -> None:
        if side is not None:
            step.sealed_size = side.wire
        if len(self.steps) < MOST_STEPS:
            self.steps.append(step)
        else:
            self.untold += 1


class Side:
    """What is known of one direction."""

    __slots__ = (
        "at",
        "begun",
        "candidates",
        "compressed",
        "early_end",
        "epoch",
        "error",
        "fresh",
        "inflate",
        "name",
        "parts",
        "parts_size",
        "pending",
        "place",
        "protected",
        "reader",
        "wire",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.reader = RecordReader()
        self.pending = bytearray()  # of a handshake message
        self.begun = 0
        self.epoch = "plaintext"
        self.parts = self.parts_size = 0
        self.candidates: list[Candidate] = []
        self.place = self.early_end = 0
        self.protected = self.compressed = False
        self.fresh = True
        self.inflate: Any = None
        self.error: TlsError | None = None
        self.at = self.wire = 0
