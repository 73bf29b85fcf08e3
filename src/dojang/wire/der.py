"""DER as a walk over tag, length and value, each with its place in the bytes.

Shape only: what an object means belongs to `dojang.pki`. Nothing here copies more than the value asked for, no length
can reach past its frame, and every fault is a `DecodeError` that names the offset. `encode` is the way back, for the
few objects that are written by hand. Source: ITU-T X.690.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from dojang.errors import DecodeError

__all__ = [
    "BIT_STRING",
    "BOOLEAN",
    "ENUMERATED",
    "GENERALIZED_TIME",
    "IA5_STRING",
    "INTEGER",
    "NULL",
    "OCTET_STRING",
    "OID",
    "PRINTABLE_STRING",
    "SEQUENCE",
    "SET",
    "UTC_TIME",
    "UTF8_STRING",
    "Tlv",
    "bits_of",
    "boolean_of",
    "children",
    "encode",
    "encode_integer",
    "expect",
    "integer_of",
    "oid_bytes",
    "oid_text",
    "read_header",
    "time_of",
    "walk",
    "whole",
]

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
ENUMERATED = 0x0A
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_CONSTRUCTED = 0x20
_X690 = "X.690"


class Tlv(NamedTuple):
    """One element: `start` is where its tag is, `content` where its value begins, `end` the first byte after it."""

    tag: int
    start: int
    content: int
    end: int

    @property
    def is_constructed(self) -> bool:
        """True where the value is itself a row of elements."""
        first = self.tag if self.tag < 256 else self.tag >> (8 * ((self.tag.bit_length() - 1) // 8))
        return bool(first & _CONSTRUCTED)


def read_header(data: bytes, offset: int, limit: int) -> tuple[int, int, int]:
    """(tag, start of the value, end of the value) of the element at `offset`, which must end by `limit`.

    The hot path of every certificate: tags above 30 (several bytes) take the slow way round.
    """
    if offset + 2 > limit:
        raise DecodeError("the data ends inside an element", _X690 + " section 8.1", offset=offset)
    tag = data[offset]
    if tag & 0x1F == 0x1F:
        tag, offset = _read_long_tag(data, offset, limit)
    length = data[offset + 1]
    content = offset + 2
    if length >= 0x80:
        length, content = _read_long_length(data, offset + 1, limit)
    end = content + length
    if end > limit:
        raise DecodeError("an element is longer than what holds it", _X690 + " section 8.1.3", offset=offset)
    return tag, content, end


def expect(data: bytes, offset: int, limit: int, tag: int) -> tuple[int, int]:
    """(start, end) of the value at `offset`, whose tag must be `tag`."""
    found, content, end = read_header(data, offset, limit)
    if found != tag:
        raise DecodeError(
            "tag 0x{found:02X} where 0x{wanted:02X} belongs", _X690, offset=offset, found=found, wanted=tag
        )
    return content, end


def whole(data: bytes, tag: int) -> tuple[int, int]:
    """(start, end) of the one element with `tag` that fills `data` to its last byte."""
    content, end = expect(data, 0, len(data), tag)
    if end != len(data):
        raise DecodeError("{count} bytes follow the element", _X690, offset=end, count=len(data) - end)
    return content, end


def children(data: bytes, start: int, end: int) -> Iterator[Tlv]:
    """The elements that lie in data[start:end], in order."""
    while start < end:
        tag, content, after = read_header(data, start, end)
        yield Tlv(tag, start, content, after)
        start = after


def walk(data: bytes, *, depth: int = 32) -> Iterator[tuple[int, Tlv]]:
    """Every element of `data` with its depth, outer before inner; `depth` bounds the nesting."""
    stack = [(0, tlv) for tlv in reversed(list(children(data, 0, len(data))))]
    while stack:
        level, tlv = stack.pop()
        yield level, tlv
        if not tlv.is_constructed:
            continue
        if level + 1 >= depth:
            raise DecodeError("nested more than {depth} deep", "", offset=tlv.start, depth=depth)
        stack += [(level + 1, inner) for inner in reversed(list(children(data, tlv.content, tlv.end)))]


def integer_of(content: bytes) -> int:
    """The value of an INTEGER or ENUMERATED; X.690 section 8.3.2: in the fewest octets."""
    if not content:
        raise DecodeError("an INTEGER without a value", _X690 + " section 8.3.1", offset=0)
    if len(content) > 1 and ((content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)):
        raise DecodeError("an INTEGER with needless leading octets", _X690 + " section 8.3.2", offset=0)
    return int.from_bytes(content, "big", signed=True)


def boolean_of(content: bytes) -> bool:
    """X.690 section 11.1: TRUE is 0xFF and nothing else."""
    if content == b"\xff":
        return True
    if content == b"\x00":
        return False
    raise DecodeError("a BOOLEAN that is neither 00 nor FF", _X690 + " section 11.1", offset=0)


def bits_of(content: bytes) -> tuple[bytes, int]:
    """(octets, number of unused bits at the end) of a BIT STRING; X.690 section 11.2: unused bits are zero."""
    if not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise DecodeError("a BIT STRING with a wrong count of unused bits", _X690 + " section 8.6", offset=0)
    unused = content[0]
    if unused and content[-1] & ((1 << unused) - 1):
        raise DecodeError("a BIT STRING whose unused bits are set", _X690 + " section 11.2", offset=0)
    return content[1:], unused


def time_of(tag: int, content: bytes) -> int:
    """Seconds since 1970 of a UTCTime or GeneralizedTime in the one form that RFC 5280 section 4.1.2.5 allows."""
    form = _TIMES.get(tag)
    if form is None or not form[0].fullmatch(content):
        raise DecodeError("a time that is not in UTC to the second", "RFC 5280 section 4.1.2.5", offset=0)
    text = content.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    return _seconds(text)


def encode(tag: int, *parts: bytes) -> bytes:
    """One element whose value is `parts` in a row."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def encode_integer(value: int) -> bytes:
    """An INTEGER in the fewest octets."""
    bits = (value if value >= 0 else ~value).bit_length()
    return encode(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


@lru_cache(4096)
def oid_text(content: bytes) -> str:
    """`2.5.29.17` of the value of an OBJECT IDENTIFIER."""
    if not content or content[-1] & 0x80 or len(content) > 128:
        raise DecodeError("an OBJECT IDENTIFIER that does not end", _X690 + " section 8.19", offset=0)
    arcs: list[int] = []
    value = 0
    fresh = True
    for octet in content:
        if fresh and octet == 0x80:
            raise DecodeError("an OBJECT IDENTIFIER with a padded arc", _X690 + " section 8.19.2", offset=0)
        value = value << 7 | octet & 0x7F
        fresh = octet < 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def oid_bytes(text: str) -> bytes:
    """The value of an OBJECT IDENTIFIER written with dots, the inverse of `oid_text`."""
    first, second, *rest = map(int, text.split("."))
    return b"".join(_arc(value) for value in (40 * first + second, *rest))


def _arc(value: int) -> bytes:
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(value & 0x7F | 0x80)
    return bytes(reversed(octets))


def _read_long_tag(data: bytes, offset: int, limit: int) -> tuple[int, int]:
    """The tag as one big-endian number and the offset of its last octet."""
    last = offset + 1
    while last < limit and data[last] & 0x80:
        last += 1
        if last - offset > 4:
            raise DecodeError("a tag longer than five octets", _X690 + " section 8.1.2.4", offset=offset)
    if last + 1 >= limit:
        raise DecodeError("the data ends inside an element", _X690 + " section 8.1", offset=offset)
    return int.from_bytes(data[offset : last + 1], "big"), last


def _read_long_length(data: bytes, offset: int, limit: int) -> tuple[int, int]:
    count = data[offset] & 0x7F
    content = offset + 1 + count
    if count == 0 or count > 4:
        raise DecodeError("a length that DER does not allow", _X690 + " section 10.1", offset=offset)
    if content > limit:
        raise DecodeError("the data ends inside an element", _X690 + " section 8.1", offset=offset)
    length = int.from_bytes(data[offset + 1 : content], "big")
    if length < 0x80 or length < 1 << 8 * (count - 1):
        raise DecodeError("a length in more octets than needed", _X690 + " section 10.1", offset=offset)
    return length, content


_TIMES = {
    UTC_TIME: (re.compile(rb"\d{12}Z"), 12),
    GENERALIZED_TIME: (re.compile(rb"\d{14}Z"), 14),
}


@lru_cache(1024)
def _seconds(text: str) -> int:
    """Seconds of `YYYYMMDDHHMMSSZ`."""
    fields = [int(text[:4]), *(int(text[at : at + 2]) for at in range(4, 14, 2))]
    try:
        year, month, day, hour, minute, second = fields
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError as error:
        raise DecodeError("a time that no calendar has", "RFC 5280 section 4.1.2.5", offset=0) from error
