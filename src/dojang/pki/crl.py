"""Certificate revocation lists, RFC 5280 section 5, read from their DER.

A list of a hundred thousand entries is walked once and remembered. Whether a list is to be believed, and what follows
for a certificate, is decided in `revocation`.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import NamedTuple

from dojang.errors import DecodeError
from dojang.pki.dn import NormalName, normal_name
from dojang.pki.extensions import DIRECTORY_NAME, GeneralName, read_general_names
from dojang.wire import der

__all__ = [
    "ALL_REASONS",
    "CERTIFICATE_ISSUER",
    "CRL_NUMBER",
    "DELTA_INDICATOR",
    "ISSUING_POINT",
    "REASONS",
    "Crl",
    "DistributionPoint",
    "Entry",
    "Scope",
    "distribution_points",
    "parse_crl",
    "read_extension_list",
]

CRL_NUMBER = "2.5.29.20"
REASON_CODE = "2.5.29.21"
DELTA_INDICATOR = "2.5.29.27"
ISSUING_POINT = "2.5.29.28"
CERTIFICATE_ISSUER = "2.5.29.29"
_RFC = "RFC 5280 section 5"
# ReasonFlags, RFC 5280 section 4.2.1.13: bits 1 to 8.
ALL_REASONS = 0b1_1111_1110

REASONS = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}


class Entry(NamedTuple):
    """One revoked certificate. since: seconds since 1970; reason: a number of REASONS, 0 where none is given."""

    since: int
    reason: int
    critical: tuple[str, ...]


class Scope(NamedTuple):
    """The issuingDistributionPoint, RFC 5280 section 5.2.5: which certificates the list speaks of.

    reasons: bits of ALL_REASONS, None for all. indirect: entries may be of other issuers' certificates.
    """

    points: tuple[GeneralName, ...] = ()
    user_only: bool = False
    authority_only: bool = False
    attribute_only: bool = False
    reasons: int | None = None
    indirect: bool = False


class DistributionPoint(NamedTuple):
    """One place where a certificate's status is told, RFC 5280 section 4.2.1.13.

    names: of the point; reasons: as in a Scope; issuers: who signs the list, empty where that is the certificate's
    own issuer.
    """

    names: tuple[GeneralName, ...] = ()
    reasons: int | None = None
    issuers: tuple[GeneralName, ...] = ()


class Crl:
    """One CertificateList.

    issuer, tbs, signature, outer_algorithm: as in a certificate. this_update, next_update: seconds since 1970, the
    second None where absent. number, base: of crlNumber and deltaCRLIndicator, None where absent.
    critical: OIDs of critical extensions. scope: None where the list speaks of all the issuer's certificates.
    """

    def __init__(self, data: bytes) -> None:
        """Raises DecodeError where `data` is not one whole list."""
        self.der = data
        start, end = der.whole(data, der.SEQUENCE)
        body, after = der.expect(data, start, end, der.SEQUENCE)
        self.tbs = data[start:after]
        _, signature_at = der.expect(data, after, end, der.SEQUENCE)
        self.outer_algorithm = data[after:signature_at]
        content, last = der.expect(data, signature_at, end, der.BIT_STRING)
        self.signature, unused = der.bits_of(data[content:last])
        if last != end or unused:
            raise DecodeError("a list that does not end with its signature", _RFC + ".1", offset=last)
        self._read_fields(data, body, after)

    @property
    def is_delta(self) -> bool:
        return self.base is not None

    def entry(self, serial: int, issuer: NormalName | None = None) -> Entry | None:
        """What the list says of that serial number of `issuer`, its own issuer where that is None."""
        if self.scope is not None and self.scope.indirect:
            key = (issuer or normal_name(self.issuer), serial)
            span = self._indirect_entries.get(key)
        else:
            span = self._entries.get(serial)
        return _read_entry(self.der, *span) if span else None

    @property
    def serials(self) -> tuple[int, ...]:
        """The serial numbers in the list."""
        return tuple(self._entries)

    def _read_fields(self, data: bytes, at: int, end: int) -> None:
        tag, content, after = der.read_header(data, at, end)
        self.version = 1
        if tag == der.INTEGER:
            self.version = 1 + der.integer_of(data[content:after])
            at = after
        _, issuer_at = der.expect(data, at, end, der.SEQUENCE)
        self.algorithm = data[at:issuer_at]
        _, at = der.expect(data, issuer_at, end, der.SEQUENCE)
        self.issuer = data[issuer_at:at]
        tag, content, at = der.read_header(data, at, end)
        self.this_update = der.time_of(tag, data[content:at])
        self.next_update: int | None = None
        self._revoked = (at, at)
        self.extensions: dict[str, tuple[bool, bytes]] = {}
        for tlv in der.children(data, at, end):
            self._read_rest(data, tlv)
        self._read_values()

    def _read_rest(self, data: bytes, tlv: der.Tlv) -> None:
        """The optional fields after thisUpdate."""
        if tlv.tag in (der.UTC_TIME, der.GENERALIZED_TIME):
            self.next_update = der.time_of(tlv.tag, data[tlv.content : tlv.end])
        elif tlv.tag == der.SEQUENCE:
            self._revoked = (tlv.content, tlv.end)
        elif tlv.tag == 0xA0:
            self.extensions = read_extension_list(data, tlv.content, tlv.end)
        else:
            raise DecodeError("an unknown field in a list", _RFC + ".1.2", offset=tlv.start)

    def _read_values(self) -> None:
        self.number = self._integer(CRL_NUMBER)
        self.base = self._integer(DELTA_INDICATOR)
        self.critical = tuple(oid for oid, (critical, _) in self.extensions.items() if critical)
        point = self.extensions.get(ISSUING_POINT)
        self.scope = _read_scope(point[1]) if point else None

    def _integer(self, oid: str) -> int | None:
        found = self.extensions.get(oid)
        if found is None:
            return None
        start, end = der.whole(found[1], der.INTEGER)
        return der.integer_of(found[1][start:end])

    @cached_property
    def _entries(self) -> dict[int, tuple[int, int]]:
        """Serial number to the span of its entry's fields."""
        data, index = self.der, dict[int, tuple[int, int]]()
        at, end = self._revoked
        while at < end:
            content, at = der.expect(data, at, end, der.SEQUENCE)
            start, stop = der.expect(data, content, at, der.INTEGER)
            index[int.from_bytes(data[start:stop], "big", signed=True)] = (stop, at)
        return index

    @cached_property
    def _indirect_entries(self) -> dict[tuple[NormalName, int], tuple[int, int]]:
        """RFC 5280 section 5.3.3: an entry without certificateIssuer is of the same issuer as the one before it."""
        data, index = self.der, dict[tuple[NormalName, int], tuple[int, int]]()
        issuer = normal_name(self.issuer)
        at, end = self._revoked
        while at < end:
            content, at = der.expect(data, at, end, der.SEQUENCE)
            start, stop = der.expect(data, content, at, der.INTEGER)
            issuer = _entry_issuer(data, stop, at) or issuer
            index[(issuer, int.from_bytes(data[start:stop], "big", signed=True))] = (stop, at)
        return index


@lru_cache(64)
def parse_crl(data: bytes) -> Crl:
    """The list of `data`, remembered by its exact octets; raises DecodeError."""
    return Crl(data)


def _read_entry(data: bytes, at: int, end: int) -> Entry:
    tag, content, at = der.read_header(data, at, end)
    since = der.time_of(tag, data[content:at])
    extensions = read_extension_list(data, at, end) if at < end else {}
    reason = 0
    if REASON_CODE in extensions:
        value = extensions[REASON_CODE][1]
        start, stop = der.whole(value, der.ENUMERATED)
        reason = der.integer_of(value[start:stop])
    return Entry(since, reason, tuple(oid for oid, (critical, _) in extensions.items() if critical))


def _entry_issuer(data: bytes, at: int, end: int) -> NormalName | None:
    """The certificateIssuer of the entry whose fields after the serial number are data[at:end]."""
    _, _, at = der.read_header(data, at, end)
    found = read_extension_list(data, at, end).get(CERTIFICATE_ISSUER) if at < end else None
    if found is None:
        return None
    names = read_general_names(found[1], *der.whole(found[1], der.SEQUENCE))
    return next((normal_name(name.value) for name in names if name.kind == DIRECTORY_NAME), None)


def read_extension_list(data: bytes, at: int, end: int) -> dict[str, tuple[bool, bytes]]:
    """OID to (critical, value) of the Extensions that begin data[at:end]; raises DecodeError."""
    found: dict[str, tuple[bool, bytes]] = {}
    at, end = der.expect(data, at, end, der.SEQUENCE)
    while at < end:
        start, at = der.expect(data, at, end, der.SEQUENCE)
        content, start = der.expect(data, start, at, der.OID)
        oid = der.oid_text(data[content:start])
        tag, content, after = der.read_header(data, start, at)
        critical = tag == der.BOOLEAN and der.boolean_of(data[content:after])
        if tag == der.BOOLEAN:
            content, after = der.expect(data, after, at, der.OCTET_STRING)
        if after != at or oid in found:
            raise DecodeError("an extension of a list that is not well-formed or there twice", _RFC, offset=start)
        found[oid] = (critical, data[content:after])
    return found


def _read_scope(value: bytes) -> Scope:
    fields = {tlv.tag: tlv for tlv in der.children(value, *der.whole(value, der.SEQUENCE))}
    point = fields.get(0xA0)

    def flag(tag: int) -> bool:
        return tag in fields and der.boolean_of(value[fields[tag].content : fields[tag].end])

    reasons = fields.get(0x83)
    return Scope(
        _point_name(value, point.content, point.end) if point else (),
        flag(0x81),
        flag(0x82),
        flag(0x85),
        _reason_bits(value[reasons.content : reasons.end]) if reasons else None,
        flag(0x84),
    )


def _reason_bits(content: bytes) -> int:
    octets, _ = der.bits_of(content)
    return sum(1 << bit for bit in range(9) if bit // 8 < len(octets) and octets[bit // 8] & 0x80 >> bit % 8)


def _point_name(data: bytes, at: int, end: int) -> tuple[GeneralName, ...]:
    """A DistributionPointName; a name relative to the issuer is kept as a directoryName of that one RDN."""
    tag, content, after = der.read_header(data, at, end)
    if tag == 0xA0:
        return read_general_names(data, content, after)
    return (GeneralName(DIRECTORY_NAME, data[content:after]),)


def distribution_points(value: bytes) -> tuple[DistributionPoint, ...]:
    """A certificate's cRLDistributionPoints (or freshestCRL, which has the same form); raises DecodeError."""
    return tuple([_read_point(value, tlv) for tlv in der.children(value, *der.whole(value, der.SEQUENCE))])


def _read_point(value: bytes, tlv: der.Tlv) -> DistributionPoint:
    fields = {field.tag: field for field in der.children(value, tlv.content, tlv.end)}
    name, reasons, issuers = fields.get(0xA0), fields.get(0x81), fields.get(0xA2)
    return DistributionPoint(
        _point_name(value, name.content, name.end) if name else (),
        _reason_bits(value[reasons.content : reasons.end]) if reasons else None,
        read_general_names(value, issuers.content, issuers.end) if issuers else (),
    )
