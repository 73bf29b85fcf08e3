"""Captures that the tests make: a pcap out of what two sides said, and handshakes of the stdlib's ssl for it."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

Said = tuple[int, bytes]  # 0 the client, 1 the server

CLIENT, SERVER = b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"
PORTS = (40000, 443)
SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01


def tcp_frames(said: Iterable[Said], *, segment: int = 1400, ports: tuple[int, int] = PORTS) -> list[bytes]:
    """IPv4 packets of one connection, handshake and end included."""
    sequence = [1000, 5000]
    frames = [_packet(0, sequence, SYN, b"", ports)]
    sequence[0] += 1
    frames.append(_packet(1, sequence, SYN | ACK, b"", ports))
    sequence[1] += 1
    frames.append(_packet(0, sequence, ACK, b"", ports))
    for side, data in said:
        for at in range(0, len(data), segment):
            piece = data[at : at + segment]
            frames.append(_packet(side, sequence, ACK | PSH, piece, ports))
            sequence[side] += len(piece)
            frames.append(_packet(1 - side, sequence, ACK, b"", ports))
    for side in (0, 1):
        frames.append(_packet(side, sequence, ACK | FIN, b"", ports))
        sequence[side] += 1
    return frames


def _packet(side: int, sequence: list[int], flags: int, payload: bytes, ports: tuple[int, int]) -> bytes:
    addresses = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
    ack = sequence[1 - side] if flags & ACK else 0
    head = struct.pack(">HHIIBBHHH", ports[side], ports[1 - side], sequence[side], ack, 0x50, flags, 65535, 0, 0)
    total = 20 + len(head) + len(payload)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, total, 0, 0x4000, 64, 6, 0, *addresses) + head + payload


def pcap_bytes(frames: Iterable[bytes], link: int = 101, start: float = 1_700_000_000.0) -> bytes:
    """A pcap file; frames come a millisecond apart."""
    out = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
    for number, frame in enumerate(frames):
        time = start + number / 1000
        out += struct.pack("<IIII", int(time), int(time % 1 * 1e6), len(frame), len(frame)) + frame
    return bytes(out)


def write_pcap(path: Path, frames: Iterable[bytes], link: int = 101) -> Path:
    """The same, on disk."""
    path.write_bytes(pcap_bytes(frames, link))
    return path


@dataclass
class Pair:
    """A client and a server of the stdlib's ssl, joined in memory; `said` is what crossed, in order."""

    client: ssl.SSLObject
    server: ssl.SSLObject
    wires: tuple[ssl.MemoryBIO, ssl.MemoryBIO, ssl.MemoryBIO, ssl.MemoryBIO]
    said: list[Said] = field(default_factory=list)

    @classmethod
    def make(
        cls,
        client: ssl.SSLContext,
        server: ssl.SSLContext,
        name: str | None = "name.test",
        session: ssl.SSLSession | None = None,
    ) -> Pair:
        wires = ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO(), ssl.MemoryBIO()
        return cls(
            client.wrap_bio(wires[0], wires[1], server_hostname=name, session=session),
            server.wrap_bio(wires[2], wires[3], server_side=True),
            wires,
        )

    def handshake(self) -> None:
        """Both sides until they are done."""
        done = [False, False]
        for _ in range(20):
            for side, end in enumerate((self.client, self.server)):
                if not done[side]:
                    done[side] = _try(end.do_handshake)
                self.move(side)
            if all(done):
                return
        raise AssertionError("the handshake does not end")

    def move(self, side: int) -> None:
        """Carry what one side has written to the other."""
        data = self.wires[1 if side == 0 else 3].read()
        if data:
            self.said.append((side, data))
            self.wires[2 if side == 0 else 0].write(data)

    def send(self, side: int, data: bytes) -> bytes:
        """Application data from one side, as the other reads it."""
        writer, reader = (self.client, self.server) if side == 0 else (self.server, self.client)
        writer.write(data)
        self.move(side)
        return reader.read(len(data))


def _try(step: Callable[[], None]) -> bool:
    try:
        step()
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    return True
