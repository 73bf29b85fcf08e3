"""Distinguished names: compared as RFC 5280 section 7.1 asks, and written as a person reads them.

A name here is the DER of an RDNSequence. It knows nothing of certificates.
"""

from __future__ import annotations

import unicodedata

from dojang.errors import DecodeError
from dojang.pki.memory import remembered
from dojang.wire import der

__all__ = ["COMMON_NAME", "EMAIL_ADDRESS", "NormalName", "attributes", "normal_name", "name_text"]

COMMON_NAME = "2.5.4.3"
EMAIL_ADDRESS = "1.2.840.113549.1.9.1"

# Each RDN sorted, each value either its text made comparable or, where it is no string, its DER.
NormalName = tuple[tuple[tuple[str, "str | bytes"], ...], ...]


@remembered(2048)
def normal_name(name: bytes) -> NormalName:
    """A form that is equal for equal names, whatever string types, letter case and spacing they are written in."""
    return tuple([_comparable(name, rdn) for rdn in _rdns(name)])


@remembered(1024)
def name_text(name: bytes) -> str:
    """`CN=example.com, O=Example` with the most specific part first; "" for the empty name."""
    parts = [f"{_SHORT.get(oid, oid)}={_shown(text)}" for oid, text in attributes(name)]
    return ", ".join(reversed(parts))


def attributes(name: bytes) -> list[tuple[str, str]]:
    """(OID, text) of every attribute in the order of the DER; a value that is no string as hexadecimal."""
    found = []
    for rdn in _rdns(name):
        for oid, value in _attributes(name, rdn):
            text = _text(value[0], name[value[1] : value[2]])
            found.append((oid, text if text is not None else "#" + name[value[1] : value[2]].hex()))
    return found


def _rdns(name: bytes) -> list[der.Tlv]:
    start, end = der.whole(name, der.SEQUENCE)
    rdns = list(der.children(name, start, end))
    for rdn in rdns:
        if rdn.tag != der.SET or rdn.content == rdn.end:
            raise DecodeError("a name that is no sequence of sets", "RFC 5280 section 4.1.2.4", offset=rdn.start)
    return rdns


def _attributes(name: bytes, rdn: der.Tlv) -> list[tuple[str, tuple[int, int, int]]]:
    """(OID, (tag, start, end) of the value) of each AttributeTypeAndValue in the set."""
    found = []
    offset = rdn.content
    while offset < rdn.end:
        content, offset = der.expect(name, offset, rdn.end, der.SEQUENCE)
        start, after = der.expect(name, content, offset, der.OID)
        value = der.read_header(name, after, offset)
        if value[2] != offset:
            raise DecodeError("an attribute with more than one value", "RFC 5280 section 4.1.2.4", offset=after)
        found.append((der.oid_text(name[start:after]), value))
    return found


def _comparable(name: bytes, rdn: der.Tlv) -> tuple[tuple[str, str | bytes], ...]:
    """The attributes of one RDN, which is a set: in an order of their own."""
    comparable: list[tuple[str, str | bytes]] = []
    for oid, (tag, start, end) in _attributes(name, rdn):
        text = _text(tag, name[start:end])
        comparable.append((oid, bytes([tag & 0xFF]) + name[start:end] if text is None else _folded(text)))
    return tuple(comparable if len(comparable) == 1 else sorted(comparable, key=repr))


def _folded(text: str) -> str:
    """RFC 5280 section 7.1: insensitive to case, white space at the ends gone, inner runs of it one space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def _text(tag: int, value: bytes) -> str | None:
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        return None
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        return None


def _shown(text: str) -> str:
    """Printable, on one line, not longer than a line: names come from whoever made the certificate."""
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:200])
    return clean.replace("\\", "\\\\").replace(",", "\\,")


_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}

_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    EMAIL_ADDRESS: "emailAddress",
}
