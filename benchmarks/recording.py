"""A capture to read: handshakes of the stdlib's ssl in memory, written as IPv4 packets, with their key log."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.plan import NAME, Plan

__all__ = ["Recorded", "record"]

SEGMENT = 1400
SYN, ACK, FIN = 0x02, 0x10, 0x01
ADDRESSES = (b"\x0a\0\0\x01", b"\x0a\0\0\x02")


class Recorded(NamedTuple):
    """capture: a pcap of `handshakes` connections; keylog: their secrets; packets, size: what is in the capture."""

    capture: Path
    keylog: Path
    handshakes: int
    packets: int
    size: int


def record(plan: Plan, handshakes: int, name: str) -> Recorded:
    """TLS 1.3, a request and a response in each, a connection of its own for each."""
    capture, keylog = Path(plan.folder, f"{name}.pcap"), Path(plan.folder, f"{name}.keys")
    client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(plan.chain, plan.key)
    client.load_verify_locations(plan.root)
    client.minimum_version = ssl.TLSVersion.TLSv1_3
    client.keylog_filename = str(keylog)
    packets = 0
    with capture.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for number in range(handshakes):
            for frame in _frames(_said(client, server), 1024 + number % 60_000):
                file.write(struct.pack("<IIII", 1_700_000_000, packets % 1_000_000, len(frame), len(frame)) + frame)
                packets += 1
    return Recorded(capture, keylog, handshakes, packets, capture.stat().st_size)


def _said(client: ssl.SSLContext, server: ssl.SSLContext) -> list[tuple[int, bytes]]:
    """What crossed: 0 the client, 1 the server."""
    wires = [ssl.MemoryBIO() for _ in range(4)]
    ends = (
        client.wrap_bio(wires[0], wires[1], server_hostname=NAME),
        server.wrap_bio(wires[2], wires[3], server_side=True),
    )
    said: list[tuple[int, bytes]] = []

    def move(side: int) -> None:
        data = wires[1 if side == 0 else 3].read()
        if data:
            said.append((side, data))
            wires[2 if side == 0 else 0].write(data)

    done = [False, False]
    while not all(done):
        for side in (0, 1):
            done[side] = done[side] or _finished(ends[side].do_handshake)
            move(side)
    for side, text in (
        (0, b"GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n"),
        (1, b"HTTP/1.1 200 OK\r\n\r\n" + bytes(500)),
    ):
        ends[side].write(text)
        move(side)
    return said


def _finished(step: Callable[[], None]) -> bool:
    try:
        step()
    except ssl.SSLWantReadError:
        return False
    return True


def _frames(said: list[tuple[int, bytes]], port: int) -> Iterator[bytes]:
    sequence = [1000, 5000]
    for side, flags in ((0, SYN), (1, SYN | ACK)):
        yield _packet(side, sequence, flags, b"", port)
        sequence[side] += 1
    for side, data in said:
        for at in range(0, len(data), SEGMENT):
            piece = data[at : at + SEGMENT]
            yield _packet(side, sequence, ACK, piece, port)
            sequence[side] += len(piece)
            yield _packet(1 - side, sequence, ACK, b"", port)
    for side in (0, 1):
        yield _packet(side, sequence, ACK | FIN, b"", port)
        sequence[side] += 1


def _packet(side: int, sequence: list[int], flags: int, payload: bytes, port: int) -> bytes:
    ports, (source, destination) = ((port, 443), ADDRESSES) if side == 0 else ((443, port), ADDRESSES[::-1])
    ack = sequence[1 - side] if flags & ACK else 0
    head = struct.pack(">HHIIBBHHH", *ports, sequence[side], ack, 0x50, flags, 65535, 0, 0)
    total = 40 + len(payload)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, total, 0, 0x4000, 64, 6, 0, source, destination) + head + payload
