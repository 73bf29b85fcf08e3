"""Files of every kind: byte orders, resolutions, many interfaces, secrets inside, broken ones."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from dojang.capture.pcap import CaptureError, CaptureFile
from tests.capture.recording import pcap_bytes


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)


def packet(number: int, ticks: int, data: bytes, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) + 2)
    return block(6, head + data, order)


def secrets(text: bytes) -> bytes:
    return block(10, struct.pack("<II", 0x544C534B, len(text)) + text)


def write(tmp_path: Path, data: bytes) -> CaptureFile:
    path = tmp_path / "capture"
    path.write_bytes(data)
    return CaptureFile(path)


def test_pcap_in_both_byte_orders_and_resolutions(tmp_path: Path) -> None:
    for order in "<>":
        for magic, fraction in ((0xA1B2C3D4, 500_000), (0xA1B23C4D, 500_000_000)):
            data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 101)
            data += struct.pack(order + "IIII", 1_700_000_000, fraction, 3, 3) + b"abc"
            (found,) = write(tmp_path, data).packets()
            assert (found.number, found.time, found.link, found.data) == (1, 1_700_000_000.5, 101, b"abc")


def test_pcapng_with_two_interfaces_and_two_sections(tmp_path: Path) -> None:
    nanoseconds = struct.pack("<HHB3xI", 9, 1, 9, 0)
    data = section() + interface(1) + interface(101, nanoseconds)
    data += packet(1, 1_500_000_000, b"raw") + packet(0, 2_500_000, b"eth")
    data += section(">") + interface(113, order=">") + packet(0, 3_000_000, b"sll", ">")
    found = list(write(tmp_path, data).packets())
    assert [(p.link, p.time, p.data, p.whole) for p in found] == [
        (101, 1.5, b"raw", False),
        (1, 2.5, b"eth", False),
        (113, 3.0, b"sll", False),
    ]


def test_simple_packets(tmp_path: Path) -> None:
    data = section() + interface(101) + block(3, struct.pack("<I", 4) + b"abcd")
    assert [p.data for p in write(tmp_path, data).packets()] == [b"abcd"]


def test_secrets_are_found_wherever_they_stand(tmp_path: Path) -> None:
    data = section() + secrets(b"one") + interface(101) + packet(0, 1, b"x") + secrets(b"three")
    capture = write(tmp_path, data)
    assert capture.secrets() == [b"one", b"three"]
    assert [p.data for p in capture.packets()] == [b"x"]


def test_a_file_inside_gzip(tmp_path: Path) -> None:
    data = pcap_bytes([b"abc"])
    assert [p.data for p in write(tmp_path, gzip.compress(data)).packets()] == [b"abc"]


@pytest.mark.parametrize("data", [b"", b"abc", b"PK\x03\x04" + bytes(100), b"\x0a\x0d\x0d\x0a" + bytes(24)])
def test_what_is_no_capture_says_so(data: bytes, tmp_path: Path) -> None:
    capture = write(tmp_path, data)
    with pytest.raises(CaptureError):
        list(capture.packets())


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    data = pcap_bytes([b"one", b"two"])
    capture = write(tmp_path, data[:-1])
    assert [p.data for p in capture.packets()] == [b"one"]
    assert capture.broken is not None
    assert capture.broken.reason == "the capture ends in the middle of a packet"


def test_a_length_that_can_t_be_is_not_believed(tmp_path: Path) -> None:
    data = pcap_bytes([b"one"]) + struct.pack("<IIII", 0, 0, 2**31, 2**31) + bytes(100)
    capture = write(tmp_path, data)
    assert len(list(capture.packets())) == 1
    assert capture.broken is not None


def test_a_packet_of_an_unknown_interface_ends_the_reading(tmp_path: Path) -> None:
    capture = write(tmp_path, section() + interface(101) + packet(0, 1, b"a") + packet(7, 1, b"b"))
    assert [p.data for p in capture.packets()] == [b"a"]
    assert capture.broken is not None


def test_the_position_moves_with_the_reading(tmp_path: Path) -> None:
    capture = write(tmp_path, pcap_bytes([bytes(1000)] * 1000))
    packets = capture.packets()
    for _ in range(500):
        next(packets)
    assert 0 < capture.position <= capture.size
    assert capture.position < capture.size
