"""Conversations: TCP flows in which TLS was found, on whatever port, behind whatever greeting.

`conversations` reads a capture as a stream and gives each conversation when it is over; what is open at one time is all
that is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import NamedTuple

from dojang.capture.dissect import Dissection
from dojang.capture.link import Decapsulator, Segment
from dojang.capture.pcap import CaptureFile
from dojang.capture.preface import Preface, find_client_hello, name_prefaces
from dojang.capture.records import looks_like_records
from dojang.capture.secrets import Secrets
from dojang.capture.ssl2 import looks_like_ssl2
from dojang.capture.tcp import Flow, Limits, Streams

__all__ = ["Conversation", "Endpoint", "conversations"]

KEPT_PREFACE = 2**14
SEARCHED = 2**12  # bytes before a hello that may have come in the same chunk


class Endpoint(NamedTuple):
    """An address and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Conversation:
    """One TCP flow. tls: its TLS, None where none was found.

    number: of the flow in the capture, from 1. began, ended: seconds since 1970. lost: bytes missing from the capture.
    whole: whether the capture has its beginning. prefaces: what was spoken before TLS.
    syn, syn_ack: when the two were seen, for the round trip, or None.
    """

    def __init__(self, number: int, flow: Flow, first: Segment, secrets: Secrets, done: Callable[[Conversation], None]):
        self.number = number
        self.tls: Dissection | None = None
        self.began = self.ended = first.time
        self.first_packet = first.number
        self.lost = 0
        self.prefaces: tuple[Preface, ...] = ()
        self.sizes = [0, 0]
        self._flow = flow
        self._client = 0
        self._secrets = secrets
        self._done = done
        self._before = (bytearray(), bytearray())
        self._begun = [False, False]

    @property
    def client(self) -> Endpoint:
        """Who sent the ClientHello; where none was seen, who spoke first."""
        return _endpoint(self._flow.endpoints[self._client])

    @property
    def server(self) -> Endpoint:
        """The other one."""
        return _endpoint(self._flow.endpoints[1 - self._client])

    @property
    def sent(self) -> tuple[int, int]:
        """Bytes of payload: the client's, the server's."""
        return self.sizes[self._client], self.sizes[1 - self._client]

    @property
    def whole(self) -> bool:
        """Whether the capture has its beginning."""
        return self._flow.whole

    @property
    def round_trip(self) -> float | None:
        """Seconds from the SYN to its answer, as seen from where the capture was made."""
        first, second = (half.began for half in self._flow.halves)
        return second - first if first is not None and second is not None else None

    def data(self, side: int, data: bytes, segment: Segment) -> None:
        """The next bytes of a side."""
        self.ended = segment.time
        self.sizes[side] += len(data)
        if self._begun[side] and self.tls is not None:
            self.tls.feed("client" if side == self._client else "server", data, (segment.time, segment.number))
            return
        self._search(side, data, segment)

    def gap(self, side: int, size: int) -> None:
        """Bytes that the capture does not have."""
        self.lost += size
        if self._begun[side] and self.tls is not None:
            self.tls.gap("client" if side == self._client else "server", size)

    def end(self) -> None:
        """The flow is over."""
        if self.tls is not None:
            self.tls.finish()
        self._done(self)

    def _search(self, side: int, data: bytes, segment: Segment) -> None:
        """Whether TLS begins in `data`."""
        before = self._before[side]
        if self.tls is None:
            at = self._find_start(side, data)
        else:
            at = _find_answer(data) if side != self._client else max(0, find_client_hello(data))
        if at is None:
            before += data[: KEPT_PREFACE - len(before)]
            return
        before += data[: min(at, KEPT_PREFACE)]
        self._begun[side] = True
        assert self.tls is not None
        self.tls.feed("client" if side == self._client else "server", data[at:], (segment.time, segment.number))

    def _find_start(self, side: int, data: bytes) -> int | None:
        """The first sign of TLS in this flow; sets `tls`, who is the client, and what came before."""
        at = find_client_hello(data)
        if at < 0 and not self._before[side] and looks_like_ssl2(data):
            at = 0
        if at >= 0:
            self._client = side
        else:
            role = self._role_of_records(side, data)
            if role is None:
                return None
            at, self._client = 0, side if role == "client" else 1 - side
        self.tls = Dissection(self._secrets)
        client, server = self._before[self._client], self._before[1 - self._client]
        self.prefaces = name_prefaces(bytes(client) + (data[:at] if side == self._client else b""), bytes(server))
        return at

    def _role_of_records(self, side: int, data: bytes) -> str | None:
        """Who this side is if it speaks TLS in the middle of a conversation (or without its ClientHello), else None."""
        if not looks_like_records(data) or len(data) < 6:
            return None
        if data[0] == 0x16 and data[5] == 2:
            return "server"
        if self._flow.whole and not self._before[1 - side] and not self._before[side] and side == 0 and data[0] != 0x15:
            return None  # a client that begins with neither hello nor alert speaks something else
        size = data[3] << 8 | data[4]
        if data[0] not in (0x14, 0x15, 0x16, 0x17) or (len(data) < 5 + size and size < 64):
            return None
        return "client" if self._is_client(side) else "server"

    def _is_client(self, side: int) -> bool:
        if self._flow.whole:
            return side == 0
        ports = [int.from_bytes(end[-2:], "big") for end in self._flow.endpoints]
        return ports[side] >= ports[1 - side]


def conversations(
    capture: CaptureFile,
    secrets: Secrets | None = None,
    *,
    limits: Limits | None = None,
    progress: Callable[[], None] | None = None,
) -> Iterator[Conversation]:
    """Each flow of a capture that holds TLS, when it is over. The capture's own secrets are added to `secrets`.

    progress: called every thousand packets.
    """
    secrets = secrets if secrets is not None else Secrets()
    for log in capture.secrets():
        secrets.add_keylog(log)
    over: list[Conversation] = []
    numbers = iter(range(1, 2**63))
    frames = Decapsulator()
    streams = Streams(lambda flow, first: Conversation(next(numbers), flow, first, secrets, over.append), limits)
    for packet in capture.packets():
        segment = frames.segment(packet)
        if segment is not None:
            streams.add(segment)
            if over:
                yield from _with_tls(over)
        if progress is not None and not packet.number % 1000:
            progress()
    streams.close()
    yield from _with_tls(over)


def _with_tls(over: list[Conversation]) -> Iterator[Conversation]:
    found = [conversation for conversation in over if conversation.tls is not None]
    over.clear()
    yield from found


def _find_answer(data: bytes) -> int | None:
    """Where a server's records begin in what it sends after a ClientHello."""
    if looks_like_records(data) or (data[:2] in (b"\x15\x03", b"\x16\x03") and len(data) < 5):
        return 0
    if data[:1] and data[0] & 0x80 and data[2:3] == b"\x04":
        return 0  # the answer to a hello of SSL 2.0
    at = data.find(b"\x16\x03")
    while 0 <= at < SEARCHED:
        if looks_like_records(data, at) and data[at + 5 : at + 6] == b"\x02":
            return at
        at = data.find(b"\x16\x03", at + 1)
    return None


def _endpoint(raw: bytes) -> Endpoint:
    return Endpoint(str(ip_address(raw[:-2])), int.from_bytes(raw[-2:], "big"))
