"""A connection of one's own, told as a capture would tell it: `Connection(..., observer=Recorder())`.

It has the shape of the engine's observer and knows nothing of the engine. What crossed comes unprotected and with its
secrets; what a capture would add (packets, record sizes) is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dojang.capture.conversation import Endpoint
from dojang.capture.dissect import Dissection
from dojang.capture.preface import Preface
from dojang.capture.steps import AlertStep, Data
from dojang.wire.codec import HandshakeMessage

__all__ = ["Live", "Recorder"]


class Recorder(Dissection):
    """An observer; hand it to a Connection, then ask `live` for what to explain. clock: seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._began: float | None = None

    def message(self, sender: str, message: HandshakeMessage, raw: bytes, epoch: str) -> None:
        """A handshake message, whole."""
        del message  # its bytes are read again, for their places
        self._tick()
        side = self._sides[sender]
        side.parts, side.parts_size = 1, 0
        self._message(side, bytes(raw), epoch)

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None:
        """An alert."""
        self._tick()
        self._step(AlertStep(sender, *self._now, 0, epoch, bytes((level, description))))

    def change_cipher_spec(self, sender: str) -> None:
        """The record of that name."""
        self._tick()
        self._change(self._sides[sender], b"\x01", "plaintext")

    def secret(self, label: str, secret: bytes) -> None:
        """A secret came to exist, by its label of RFC 9850."""
        handshake = self.handshake
        if label == "CLIENT_RANDOM":
            handshake.master, handshake.master_origin = secret, "keylog"
        else:
            handshake.traffic[label] = secret

    def application_data(self, sender: str, size: int) -> None:
        """Data of the application; only its size is told."""
        self._tick()
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Data) and last.sender == sender:
            last.size += size
            last.records += 1
            return
        step = Data(sender, *self._now, 0, "application", size)
        step.content, step.ended = bytearray(), self._now[0]
        self._step(step)

    def live(self, client: Endpoint, server: Endpoint) -> Live:
        """What `explain` takes."""
        began = self._began if self._began is not None else self._clock()
        sent = tuple(sum(s.size for s in self.steps if s.sender == side) for side in ("client", "server"))
        return Live(client, server, self, began, self._now[0] or began, (sent[0], sent[1]))

    def _tick(self) -> None:
        self._now = (self._clock(), 0)
        if self._began is None:
            self._began = self._now[0]


@dataclass(frozen=True, slots=True)
class Live:
    """A conversation that was not captured but held; the same names as `Conversation` has."""

    client: Endpoint
    server: Endpoint
    tls: Dissection
    began: float
    ended: float
    sent: tuple[int, int]
    number: int = 1
    whole: bool = True
    lost: int = 0
    round_trip: float | None = None
    prefaces: tuple[Preface, ...] = field(default=())
