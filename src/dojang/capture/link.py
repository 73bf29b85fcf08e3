"""Frames to TCP segments: link layers, VLANs, tunnels, IPv4 and IPv6 with their fragments.

The common frame (Ethernet, IPv4, no options) takes a short way; everything else goes from layer to layer, each of
which says where the next one begins. A frame that can't be read is no segment, never an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dojang.capture.pcap import Packet

__all__ = ["Decapsulator", "Segment"]

DEEPEST = 12  # layers: a frame that nests further is an attack on its reader
MOST_FRAGMENTED = 256  # datagrams waiting for their fragments

Next = tuple[str, int, int]  # what comes, where it begins, where it ends
Layer = Callable[[bytes, int, int], Next | None]


class Segment(NamedTuple):
    """One TCP segment. source, destination: address (4 or 16 bytes) and port (2 bytes).

    missing: bytes of the payload that the capture cut off. number, time: of its frame.
    """

    number: int
    time: float
    source: bytes
    destination: bytes
    seq: int
    ack: int
    flags: int
    payload: bytes
    missing: int


class Decapsulator:
    """Finds the TCP segment in a frame; remembers fragments, nothing else."""

    def __init__(self) -> None:
        self._fragments: dict[bytes, _Datagram] = {}

    def segment(self, packet: Packet) -> Segment | None:
        """The frame's segment, or None where it holds none (or not yet)."""
        data = packet.data
        if packet.link == 1 and data[12:15] == b"\x08\x00\x45" and data[23:24] == b"\x06" and len(data) >= 54:
            stop = 14 + (data[16] << 8 | data[17])
            if not (data[20] & 0x3F or data[21]) and 54 <= stop <= len(data):
                return _segment(packet, data, 34, stop, data[26:30], data[30:34], 0)
        try:
            return self._walk(packet)
        except IndexError:
            return None

    def _walk(self, packet: Packet) -> Segment | None:
        data = packet.data
        found = _first(packet)
        for _ in range(DEEPEST):
            if found is None:
                return None
            kind, at, end = found
            if kind in ("ip4", "ip6"):
                part = _ip4(data, at, end) if kind == "ip4" else _ip6(data, at, end)
                part = part and self._whole(part)
                if part is None:
                    return None
                if part.protocol == AH:
                    part = _behind_ah(part)
                if part.protocol == TCP:
                    addresses = part.source, part.destination
                    return _segment(packet, part.data, part.at, part.end, *addresses, part.missing)
                data = part.data
                found = _inside(part.protocol, data, part.at, part.end)
            else:
                found = _LAYERS[kind](data, at, end)
        return None

    def _whole(self, part: _Part) -> _Part | None:
        """The datagram that a fragment completes."""
        if part.fragment is None:
            return part
        datagram = self._fragments.pop(part.fragment, None) or _Datagram()
        payload = datagram.add(part)
        if payload is None:
            self._fragments[part.fragment] = datagram
            if len(self._fragments) > MOST_FRAGMENTED:
                del self._fragments[next(iter(self._fragments))]
            return None
        return part._replace(data=payload, at=0, end=len(payload), fragment=None, missing=0)


TCP, AH = 6, 51


class _Part(NamedTuple):
    """A datagram or a piece of one. fragment: what its pieces have in common, None for a whole one."""

    source: bytes
    destination: bytes
    protocol: int
    data: bytes
    at: int
    end: int
    missing: int
    fragment: bytes | None = None
    offset: int = 0
    more: bool = False


def _behind_ah(part: _Part) -> _Part:
    """RFC 4302: authenticated, not encrypted."""
    return part._replace(protocol=part.data[part.at], at=part.at + (part.data[part.at + 1] + 2) * 4)


class _Datagram:
    __slots__ = ("pieces", "size")

    def __init__(self) -> None:
        self.pieces: dict[int, bytes] = {}
        self.size: int | None = None

    def add(self, part: _Part) -> bytes | None:
        """The whole payload, when nothing is missing any more."""
        piece = part.data[part.at : part.end]
        self.pieces.setdefault(part.offset, piece)
        if not part.more:
            self.size = part.offset + len(piece)
        if self.size is None or len(self.pieces) > 8192:
            return None
        whole = bytearray()
        for offset in sorted(self.pieces):
            if offset > len(whole):
                return None
            whole += self.pieces[offset][len(whole) - offset :]  # of an overlap, what came first in the datagram stays
        return bytes(whole[: self.size]) if len(whole) >= self.size else None


def _segment(
    packet: Packet, data: bytes, at: int, end: int, source: bytes, destination: bytes, missing: int
) -> Segment | None:
    begin = at + (data[at + 12] >> 4) * 4
    if begin < at + 20 or begin > end:
        return None
    return Segment(
        packet.number,
        packet.time,
        source + data[at : at + 2],
        destination + data[at + 2 : at + 4],
        int.from_bytes(data[at + 4 : at + 8], "big"),
        int.from_bytes(data[at + 8 : at + 12], "big"),
        data[at + 13],
        data[begin:end],
        missing,
    )


def _first(packet: Packet) -> Next | None:
    data, end = packet.data, len(packet.data)
    match packet.link:
        case 1 | 6:
            return "ethernet", 0, end
        case 0 | 108:
            return _by_version(data, 4, end)  # loopback: the family's number differs from system to system
        case 12 | 14 | 101 | 228 | 229:
            return _by_version(data, 0, end)
        case 9 | 50 | 166:
            return "ppp", 2 if data[:2] == b"\xff\x03" else 0, end
        case 51:
            return "pppoe", 0, end
        case 113:
            return _ether(int.from_bytes(data[14:16], "big"), 16, end)
        case 276:
            return _ether(int.from_bytes(data[0:2], "big"), 20, end)
        case 104:
            return _ether(int.from_bytes(data[2:4], "big"), 4, end)
        case 105:
            return "wifi", 0, end
        case 127:
            return "wifi", int.from_bytes(data[2:4], "little"), end
        case 192:
            return _ppi(data, end)
        case 239:
            return _nflog(data, end)
    return None


def _by_version(data: bytes, at: int, end: int) -> Next | None:
    version = data[at] >> 4
    return ("ip4", at, end) if version == 4 else ("ip6", at, end) if version == 6 else None


def _ether(kind: int, at: int, end: int) -> Next | None:
    """What an EtherType announces."""
    name = _ETHERTYPES.get(kind)
    return (name, at, end) if name else None


def _ethernet(data: bytes, at: int, end: int) -> Next | None:
    kind = data[at + 12] << 8 | data[at + 13]
    return ("llc", at + 14, end) if kind < 0x600 else _ether(kind, at + 14, end)


def _vlan(data: bytes, at: int, end: int) -> Next | None:
    return _ether(data[at + 2] << 8 | data[at + 3], at + 4, end)


def _llc(data: bytes, at: int, end: int) -> Next | None:
    """RFC 1042: LLC and SNAP before an EtherType."""
    if data[at : at + 3] != b"\xaa\xaa\x03":
        return None
    return _ether(data[at + 6] << 8 | data[at + 7], at + 8, end)


def _mpls(data: bytes, at: int, end: int) -> Next | None:
    while not data[at + 2] & 1:
        at += 4
    inner = _by_version(data, at + 4, end)
    return inner or ("ethernet", at + 8, end)  # a pseudowire: control word, then a frame


def _pppoe(_data: bytes, at: int, end: int) -> Next | None:
    return "ppp", at + 6, end


def _ppp(data: bytes, at: int, end: int) -> Next | None:
    wide = not data[at] & 1  # the protocol may be compressed to one byte
    protocol = data[at] << 8 | data[at + 1] if wide else data[at]
    at += 2 if wide else 1
    return {0x21: ("ip4", at, end), 0x57: ("ip6", at, end)}.get(protocol)


def _wifi(data: bytes, at: int, end: int) -> Next | None:
    """An IEEE 802.11 data frame that is not encrypted."""
    control, flags = data[at], data[at + 1]
    if control & 0x0C != 0x08 or flags & 0x40 or control & 0x40:
        return None
    size = 24 + (6 if flags & 3 == 3 else 0) + (2 if control & 0x80 else 0)
    return "llc", at + size, end


def _ppi(data: bytes, end: int) -> Next | None:
    size, link = int.from_bytes(data[2:4], "little"), int.from_bytes(data[4:8], "little")
    return {1: ("ethernet", size, end), 105: ("wifi", size, end)}.get(link)


def _nflog(data: bytes, end: int) -> Next | None:
    at = 4
    while at + 4 <= end:
        size, kind = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == 9:
            return _by_version(data, at + 4, at + size)
        at += max(4, size + 3 & ~3)
    return None


def _ip4(data: bytes, at: int, end: int) -> _Part | None:
    size, total = (data[at] & 0x0F) * 4, data[at + 2] << 8 | data[at + 3]
    if data[at] >> 4 != 4 or size < 20:
        return None
    stop = at + total if total else end  # zero: the network card was to cut it into segments
    source, destination = data[at + 12 : at + 16], data[at + 16 : at + 20]
    field = data[at + 6] << 8 | data[at + 7]
    fragment = None
    if field & 0x3FFF:
        fragment = source + destination + data[at + 4 : at + 6] + data[at + 9 : at + 10]
    return _Part(
        source,
        destination,
        data[at + 9],
        data,
        at + size,
        min(stop, end),
        max(0, stop - end),
        fragment,
        (field & 0x1FFF) * 8,
        bool(field & 0x2000),
    )


def _ip6(data: bytes, at: int, end: int) -> _Part | None:
    if data[at] >> 4 != 6:
        return None
    total = data[at + 4] << 8 | data[at + 5]
    stop = at + 40 + total if total else end
    source, destination = data[at + 8 : at + 24], data[at + 24 : at + 40]
    protocol, at = data[at + 6], at + 40
    part = _Part(source, destination, protocol, data, at, min(stop, end), max(0, stop - end))
    while protocol in _IP6_OPTIONS:
        if protocol == 44:
            field = data[at + 2] << 8 | data[at + 3]
            if field & 0xFFF9:
                key = source + destination + data[at + 4 : at + 8]
                part = part._replace(fragment=key, offset=field & 0xFFF8, more=bool(field & 1))
            size = 8
        else:
            size = (data[at + 1] + 1) * 8
        protocol, at = data[at], at + size
    return part._replace(protocol=protocol, at=at)


_IP6_OPTIONS = frozenset((0, 43, 44, 60, 135, 139, 140))


def _inside(protocol: int, data: bytes, at: int, end: int) -> Next | None:
    """What an IP datagram carries when it is no TCP segment."""
    match protocol:
        case 4:
            return "ip4", at, end
        case 41:
            return "ip6", at, end
        case 97:
            return "ethernet", at + 2, end
        case 137:
            return "mpls", at, end
        case 47:
            return _gre(data, at, end)
        case 17:
            return _udp(data, at, end)
    return None


def _gre(data: bytes, at: int, end: int) -> Next | None:
    flags, kind = data[at], data[at + 2] << 8 | data[at + 3]
    size = 4 + 4 * (bool(flags & 0x80) or bool(flags & 0x40)) + 4 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    size += 4 * bool(data[at + 1] & 0x80)
    if kind == 0x88BE:  # ERSPAN; type I has no header of its own
        return "ethernet", at + size + (8 if flags & 0x10 else 0), end
    if kind == 0x22EB:
        return "ethernet", at + size + 12 + 8 * (data[at + size + 11] & 1), end
    return ("ppp", at + size, end) if kind == 0x880B else _ether(kind, at + size, end)


def _udp(data: bytes, at: int, end: int) -> Next | None:
    """Tunnels on their assigned ports."""
    ports, at = {data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]}, at + 8
    if 4789 in ports or 8472 in ports:
        return "ethernet", at + 8, end
    if 6081 in ports:
        return _ether(data[at + 2] << 8 | data[at + 3], at + 8 + 4 * (data[at] & 0x3F), end)
    if 2152 in ports and data[at + 1] == 0xFF:
        return _by_version(data, at + 8 + (4 if data[at] & 7 else 0), end)
    if 3544 in ports:
        return _by_version(data, at, end)
    return None


_ETHERTYPES = {
    0x0800: "ip4",
    0x86DD: "ip6",
    0x8100: "vlan",
    0x88A8: "vlan",
    0x9100: "vlan",
    0x8847: "mpls",
    0x8848: "mpls",
    0x8864: "pppoe",
    0x6558: "ethernet",
    0x0021: "ip4",
}

_LAYERS: dict[str, Layer] = {
    "ethernet": _ethernet,
    "vlan": _vlan,
    "llc": _llc,
    "mpls": _mpls,
    "pppoe": _pppoe,
    "ppp": _ppp,
    "wifi": _wifi,
}
