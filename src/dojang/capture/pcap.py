"""Packets out of a capture file: pcap, modified pcap and pcapng, plain or inside gzip.

dpkt knows the formats. What it does not do is done here: a pcapng file may describe many interfaces and sections and
carry the secrets of its connections, and no length in a file makes us read more than a packet can hold.
Streaming: one packet in memory at a time.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from dojang.errors import TlsError

__all__ = ["CaptureError", "CaptureFile", "Packet"]

LARGEST_BLOCK = 2**24  # no packet is larger; pcapng's secrets may be
PCAPNG = b"\x0a\x0d\x0d\x0a"
TLS_KEY_LOG = 0x544C534B


class CaptureError(TlsError):
    """A file that is no capture, or one that can't be read on."""


class Packet(NamedTuple):
    """One frame. number: from 1, as Wireshark counts. time: seconds since 1970. link: the LINKTYPE of its interface.

    whole: whether `data` is all that was on the wire, or was cut by the snapshot length.
    """

    number: int
    time: float
    link: int
    data: bytes
    whole: bool


class CaptureFile:
    """A capture on disk. Raises CaptureError where it is none; OSError where it can't be opened.

    broken: after reading, the error that ended it early, or None.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.size = self.path.stat().st_size
        self.broken: CaptureError | None = None
        self._file: IO[bytes] | None = None

    def packets(self) -> Iterator[Packet]:
        """Every packet in order. A file that breaks off gives what came before and sets `broken`."""
        with self.path.open("rb") as self._file, _unzipped(self._file) as file:
            magic = file.read(4)
            file.seek(0)
            reader = _pcapng(file) if magic == PCAPNG else _pcap(file, magic)
            try:
                for number, (time, link, data, length) in enumerate(reader, 1):
                    yield Packet(number, time, link, data, len(data) >= length)
            except _Broken as error:
                self.broken = error
            except (EOFError, gzip.BadGzipFile, zlib.error, struct.error):
                self.broken = _cut()

    def secrets(self) -> list[bytes]:
        """The TLS key logs inside a pcapng file, found by walking its blocks without reading its packets."""
        with self.path.open("rb") as raw, _unzipped(raw) as file:
            if file.read(4) != PCAPNG:
                return []
            file.seek(0)
            try:
                return list(_secrets(file))
            except (CaptureError, EOFError, gzip.BadGzipFile, zlib.error):
                return []

    @property
    def position(self) -> int:
        """How far into the file on disk the reading is, in bytes; for a progress bar."""
        return 0 if self._file is None or self._file.closed else self._file.tell()


class _Broken(CaptureError):
    """The rest of the file can't be read."""


class _Bounded:
    """A file for dpkt, which trusts every length it reads."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.name = "capture"

    def read(self, size: int) -> bytes:
        if not 0 <= size <= LARGEST_BLOCK:
            raise _Broken(None, "the capture has a packet of {size} bytes, which can't be", size=size)
        data = self.file.read(size)
        if 0 < len(data) < size:
            raise _cut()
        return data


def _unzipped(file: IO[bytes]) -> IO[bytes]:
    zipped = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if zipped else file


def _cut() -> _Broken:
    return _Broken(None, "the capture ends in the middle of a packet")


def _not_a_capture() -> CaptureError:
    return CaptureError(None, "this file is no capture: neither pcap nor pcapng")


def _pcap(file: IO[bytes], magic: bytes) -> Iterator[tuple[float, int, bytes, int]]:
    from dpkt import pcap  # an extra: needed when a capture is read, not when dojang is

    if int.from_bytes(magic, "big") not in pcap.MAGIC_TO_PKT_HDR:
        raise _not_a_capture()
    try:
        reader = pcap.Reader(_Bounded(file))
    except (ValueError, _dpkt_error()) as error:
        raise _not_a_capture() from error
    link = reader.datalink() & 0xFFFF  # the upper bits say how long a checksum follows each frame
    for time, data in reader:
        yield float(time), link, data, len(data)


class _Interface(NamedTuple):
    link: int
    ticks: float
    offset: int
    snaplen: int


def _pcapng(file: IO[bytes]) -> Iterator[tuple[float, int, bytes, int]]:
    interfaces: list[_Interface] = []
    for order, kind, body in _blocks(file):
        if kind == _SECTION:
            interfaces.clear()
        elif kind == _INTERFACE:
            interfaces.append(_interface(order, body))
        elif kind in (_ENHANCED, _PACKET):
            form = order + ("IIIII" if kind == _ENHANCED else "HHIIII")
            if len(body) < struct.calcsize(form):
                raise _cut()
            number, *_, high, low, captured, length = struct.unpack_from(form, body)
            at = struct.calcsize(form)
            yield (
                _timed(_the(interfaces, number), high << 32 | low),
                _the(interfaces, number).link,
                body[at : at + captured],
                length,
            )
        elif kind == _SIMPLE and len(body) >= 4:
            interface = _the(interfaces, 0)
            (length,) = struct.unpack_from(order + "I", body)
            captured = min(length, interface.snaplen or length)
            yield 0.0, interface.link, body[4 : 4 + captured], length


_SECTION, _INTERFACE, _PACKET, _SIMPLE, _ENHANCED, _SECRETS = 0x0A0D0D0A, 1, 2, 3, 6, 10


def _blocks(file: IO[bytes], wanted: int | None = None) -> Iterator[tuple[str, int, bytes]]:
    """(byte order, type, body) of each block, or only of those of type `wanted`, for which the others are skipped."""
    order = "<"
    while head := file.read(8):
        if len(head) < 8:
            raise _cut()
        if head[:4] == PCAPNG:
            mark = file.read(4)
            order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(mark, "")
            if not order:
                raise _not_a_capture()
            file.seek(-4, 1)
        kind, size = struct.unpack(order + "II", head)
        if not 12 <= size <= LARGEST_BLOCK or size % 4:
            raise _Broken(None, "the capture has a block of {size} bytes, which can't be", size=size)
        if wanted is not None and kind not in (wanted, _SECTION):
            file.seek(size - 8, 1)
            continue
        body = file.read(size - 8)
        if len(body) < size - 8:
            raise _cut()
        yield order, kind, body[:-4]


def _secrets(file: IO[bytes]) -> Iterator[bytes]:
    for order, kind, body in _blocks(file, _SECRETS):
        if kind == _SECRETS and len(body) >= 8:
            form, length = struct.unpack_from(order + "II", body)
            if form == TLS_KEY_LOG:
                yield body[8 : 8 + length]


def _interface(order: str, body: bytes) -> _Interface:
    """dpkt reads the options; a block that it can't read has the defaults."""
    from dpkt import pcapng

    block = pcapng.InterfaceDescriptionBlockLE if order == "<" else pcapng.InterfaceDescriptionBlock
    size = struct.pack(order + "I", len(body) + 12)
    try:
        description = block(struct.pack(order + "I", _INTERFACE) + size + body + size)
    except (_dpkt_error(), struct.error, ValueError):
        if len(body) < 8:
            raise _cut() from None
        link, _, snaplen = struct.unpack_from(order + "HHI", body)
        return _Interface(link, 1e6, 0, snaplen)
    options: dict[int, bytes] = {option.code: bytes(option.data) for option in description.opts}
    offset = options.get(pcapng.PCAPNG_OPT_IF_TSOFFSET, b"").ljust(8, b"\0")[:8]
    ticks = _ticks(options.get(pcapng.PCAPNG_OPT_IF_TSRESOL, b"\x06"))
    return _Interface(description.linktype, ticks, struct.unpack(order + "q", offset)[0], description.snaplen)


def _ticks(resolution: bytes) -> float:
    """Units in a second: a power of ten or, with the high bit, of two."""
    exponent = resolution[0] if resolution else 6
    return float(2 ** (exponent & 0x7F)) if exponent & 0x80 else float(10**exponent)


def _timed(interface: _Interface, ticks: int) -> float:
    return interface.offset + ticks / interface.ticks


def _the(interfaces: list[_Interface], number: int) -> _Interface:
    if number >= len(interfaces):
        raise _Broken(None, "the capture has a packet of interface {number}, which it does not describe", number=number)
    return interfaces[number]


def _dpkt_error() -> Any:
    from dpkt import dpkt

    return dpkt.Error
