"""The same TCP segment is found under every link layer, tunnel and fragmentation."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojang.capture.link import Decapsulator, Segment
from dojang.capture.pcap import Packet

TCP = struct.pack(">HHIIBBHHH", 40000, 443, 7, 9, 0x50, 0x18, 1024, 0, 0) + b"payload"
FOUR, SIX = (b"\x0a\0\0\x01", b"\x0a\0\0\x02"), (bytes(15) + b"\x01", bytes(15) + b"\x02")
MAC = bytes(12)


def ip4(protocol: int, inner: bytes, *, fragment: int = 0, options: bytes = b"", ident: int = 7) -> bytes:
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH", 0x40 | size // 4, 0, size + len(inner), ident, fragment, 64, protocol, 0)
    return head + FOUR[0] + FOUR[1] + options + inner


def ip6(protocol: int, inner: bytes, extra: bytes = b"", first: int | None = None) -> bytes:
    kind = protocol if first is None else first
    return struct.pack(">IHBB", 0x60000000, len(extra) + len(inner), kind, 64) + SIX[0] + SIX[1] + extra + inner


def udp(port: int, inner: bytes) -> bytes:
    return struct.pack(">HHHH", 50000, port, 8 + len(inner), 0) + inner


def ethernet(kind: int, inner: bytes) -> bytes:
    return MAC + struct.pack(">H", kind) + inner


PLAIN = ip4(6, TCP)
FRAME = ethernet(0x0800, PLAIN)

FRAMES = {
    "ethernet": (1, FRAME),
    "ethernet, padded": (1, FRAME + bytes(9)),
    "options": (1, ethernet(0x0800, ip4(6, TCP, options=bytes(8)))),
    "segmentation offload": (1, ethernet(0x0800, PLAIN[:2] + bytes(2) + PLAIN[4:])),
    "ipv6": (1, ethernet(0x86DD, ip6(6, TCP))),
    "ipv6 with options": (1, ethernet(0x86DD, ip6(6, TCP, extra=b"\x06\x00" + bytes(6), first=0))),
    "vlan": (1, ethernet(0x8100, b"\0\x05\x08\x00" + PLAIN)),
    "two vlans": (1, ethernet(0x88A8, b"\0\x05\x81\x00\0\x06\x86\xdd" + ip6(6, TCP))),
    "mpls": (1, ethernet(0x8847, b"\0\x01\x01\x40" + PLAIN)),
    "two labels": (1, ethernet(0x8847, b"\0\x01\x00\x40\0\x01\x01\x40" + PLAIN)),
    "snap": (1, ethernet(8 + len(PLAIN), b"\xaa\xaa\x03\0\0\0\x08\x00" + PLAIN)),
    "pppoe": (1, ethernet(0x8864, b"\x11\0\0\x01\0\x10\0\x21" + PLAIN)),
    "loopback": (0, struct.pack("<I", 2) + PLAIN),
    "loopback of another system": (108, struct.pack(">I", 30) + ip6(6, TCP)),
    "raw": (101, PLAIN),
    "raw ipv6": (229, ip6(6, TCP)),
    "linux cooked": (113, bytes(14) + b"\x08\x00" + PLAIN),
    "linux cooked 2": (276, b"\x86\xdd" + bytes(18) + ip6(6, TCP)),
    "ppp": (9, b"\xff\x03\x00\x21" + PLAIN),
    "cisco hdlc": (104, b"\x0f\x00\x08\x00" + PLAIN),
    "wifi": (105, b"\x88\x01" + bytes(24) + b"\xaa\xaa\x03\0\0\0\x08\x00" + PLAIN),
    "radiotap": (127, b"\0\0\x08\0" + bytes(4) + b"\x08\x01" + bytes(22) + b"\xaa\xaa\x03\0\0\0\x08\x00" + PLAIN),
    "nflog": (239, b"\x02\0\0\0" + struct.pack("<HH", 4 + len(PLAIN), 9) + PLAIN),
    "ip in ip": (101, ip4(4, PLAIN)),
    "6in4": (101, ip4(41, ip6(6, TCP))),
    "4in6": (101, ip6(4, PLAIN)),
    "gre": (101, ip4(47, b"\0\0\x08\x00" + PLAIN)),
    "gre with key and checksum": (101, ip4(47, b"\xa0\0\x08\x00" + bytes(8) + PLAIN)),
    "gre with a frame": (101, ip4(47, b"\0\0\x65\x58" + FRAME)),
    "erspan 2": (101, ip4(47, b"\x10\0\x88\xbe" + bytes(12) + FRAME)),
    "vxlan": (101, ip4(17, udp(4789, b"\x08" + bytes(7) + FRAME))),
    "geneve": (101, ip4(17, udp(6081, b"\x01\0\x65\x58" + bytes(4) + bytes(4) + FRAME))),
    "gtp-u": (101, ip4(17, udp(2152, b"\x30\xff\0\0\0\0\0\x01" + PLAIN))),
    "teredo": (101, ip4(17, udp(3544, ip6(6, TCP)))),
    "authentication header": (101, ip4(51, b"\x06\x04" + bytes(22) + TCP)),
}


def find(frames: Iterable[tuple[int, bytes]]) -> list[Segment]:
    reader = Decapsulator()
    found = (reader.segment(Packet(n, 0.0, link, data, True)) for n, (link, data) in enumerate(frames, 1))
    return [segment for segment in found if segment is not None]


@pytest.mark.parametrize("name", FRAMES)
def test_the_segment_is_found(name: str) -> None:
    (segment,) = find([FRAMES[name]])
    assert (segment.payload, segment.seq, segment.ack, segment.flags, segment.missing) == (b"payload", 7, 9, 0x18, 0)
    assert segment.source[-2:] + segment.destination[-2:] == struct.pack(">HH", 40000, 443)


def fragments4(sizes: tuple[int, ...] = (8, 8)) -> list[tuple[int, bytes]]:
    cuts = [0, *[sum(sizes[: n + 1]) for n in range(len(sizes))], len(TCP)]
    pieces = []
    for begin, end in pairwise(cuts):
        more = 0x2000 if end < len(TCP) else 0
        pieces.append((101, ip4(6, TCP[begin:end], fragment=more | begin // 8)))
    return pieces


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 0, 2, 1)])
def test_fragments_are_put_together_in_any_order(order: tuple[int, ...]) -> None:
    pieces = fragments4()
    (segment,) = find([pieces[place] for place in order])
    assert segment.payload == b"payload"


def test_ipv6_fragments() -> None:
    pieces = []
    for begin, end in ((0, 16), (16, len(TCP))):
        head = struct.pack(">BBHI", 6, 0, begin | (end < len(TCP)), 99)
        pieces.append((101, ip6(6, TCP[begin:end], extra=head, first=44)))
    (segment,) = find(reversed(pieces))
    assert segment.payload == b"payload"


def test_a_fragment_that_never_comes_is_not_waited_for_for_ever() -> None:
    reader = Decapsulator()
    for ident in range(2000):
        packet = Packet(1, 0.0, 101, ip4(6, TCP[:8], fragment=0x2000, ident=ident), True)
        assert reader.segment(packet) is None
    assert len(reader._fragments) <= 256


def test_what_the_snapshot_length_cut_is_told() -> None:
    (segment,) = find([(1, FRAME[:-3])])
    assert (segment.payload, segment.missing) == (b"payl", 3)


def test_other_protocols_are_no_segments() -> None:
    assert find([(1, ethernet(0x0806, bytes(28))), (101, ip4(1, bytes(8))), (147, PLAIN), (1, b"")]) == []


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FRAMES)), st.integers(0, 2**32))
def test_a_mutilated_frame_never_raises(name: str, seed: int) -> None:
    link, frame = FRAMES[name]
    rng = random.Random(seed)
    broken = bytearray(frame)
    for _ in range(rng.randint(1, 6)):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    find([(link, bytes(broken[: rng.randint(0, len(broken))]))])
