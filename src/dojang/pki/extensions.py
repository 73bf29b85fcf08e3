"""The certificate extensions that decide about trust, read from their DER into plain values.

Shape only: whether an extension may be there, or what follows from it, is for `rules` and `constraints` to say.
Every reader takes the octets of extnValue and raises `DecodeError` where they do not have the form of RFC 5280.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dojang.errors import DecodeError
from dojang.wire import der

__all__ = [
    "ANY_PURPOSE",
    "AUTHORITY_INFORMATION_ACCESS",
    "AUTHORITY_KEY_IDENTIFIER",
    "BASIC_CONSTRAINTS",
    "CERTIFICATE_POLICIES",
    "CLIENT_AUTH",
    "CRL_SIGN",
    "DIGITAL_SIGNATURE",
    "DIRECTORY_NAME",
    "DNS_NAME",
    "EMAIL",
    "EXTENDED_KEY_USAGE",
    "INHIBIT_ANY_POLICY",
    "IP_ADDRESS",
    "KEY_AGREEMENT",
    "KEY_CERT_SIGN",
    "KEY_ENCIPHERMENT",
    "KEY_USAGE",
    "NAME_CONSTRAINTS",
    "OTHER_NAME",
    "POLICY_CONSTRAINTS",
    "POLICY_MAPPINGS",
    "READERS",
    "SERVER_AUTH",
    "SUBJECT_ALT_NAME",
    "SUBJECT_KEY_IDENTIFIER",
    "URI",
    "AuthorityKeyIdentifier",
    "BasicConstraints",
    "GeneralName",
    "NameConstraints",
    "PolicyConstraints",
    "read_general_names",
]

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
SUBJECT_ALT_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
NAME_CONSTRAINTS = "2.5.29.30"
CERTIFICATE_POLICIES = "2.5.29.32"
POLICY_MAPPINGS = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
POLICY_CONSTRAINTS = "2.5.29.36"
EXTENDED_KEY_USAGE = "2.5.29.37"
INHIBIT_ANY_POLICY = "2.5.29.54"
AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1"

# Bits of KeyUsage, RFC 5280 section 4.2.1.3: bit n of the BIT STRING is 1 << n here.
DIGITAL_SIGNATURE = 1 << 0
KEY_ENCIPHERMENT = 1 << 2
KEY_AGREEMENT = 1 << 4
KEY_CERT_SIGN = 1 << 5
CRL_SIGN = 1 << 6

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
ANY_PURPOSE = "2.5.29.37.0"

# Context tags of GeneralName, RFC 5280 section 4.2.1.6.
OTHER_NAME = 0
EMAIL = 1
DNS_NAME = 2
DIRECTORY_NAME = 4
URI = 6
IP_ADDRESS = 7


class GeneralName(NamedTuple):
    """kind: the context tag (DNS_NAME, IP_ADDRESS, ...); value: its octets, a whole DER Name for DIRECTORY_NAME."""

    kind: int
    value: bytes


class BasicConstraints(NamedTuple):
    """RFC 5280 section 4.2.1.9."""

    ca: bool
    path_length: int | None


class AuthorityKeyIdentifier(NamedTuple):
    """RFC 5280 section 4.2.1.1."""

    key_identifier: bytes | None
    has_issuer: bool
    serial: int | None


class NameConstraints(NamedTuple):
    """RFC 5280 section 4.2.1.10; the base of each subtree. `None` where the field itself is absent."""

    permitted: tuple[GeneralName, ...] | None
    excluded: tuple[GeneralName, ...] | None


class PolicyConstraints(NamedTuple):
    """RFC 5280 section 4.2.1.11."""

    require_explicit: int | None
    inhibit_mapping: int | None


def read_general_names(data: bytes, start: int, end: int) -> tuple[GeneralName, ...]:
    """The GeneralName elements that fill data[start:end]."""
    return tuple([_general_name(data, tlv) for tlv in der.children(data, start, end)])


def _general_name(data: bytes, tlv: der.Tlv) -> GeneralName:
    kind = tlv.tag & 0x1F
    if tlv.tag != (0xA0 if kind in (0, 3, 4, 5) else 0x80) | kind or kind > 8:
        raise DecodeError("tag 0x{found:02X} is no GeneralName", "RFC 5280 section 4.2.1.6", found=tlv.tag)
    if kind in (EMAIL, DNS_NAME, URI) and not data[tlv.content : tlv.end].isascii():
        raise DecodeError("a name with octets above 127 in an IA5String", "RFC 5280 section 4.2.1.6", offset=tlv.start)
    if kind == DIRECTORY_NAME:
        _, after = der.expect(data, tlv.content, tlv.end, der.SEQUENCE)
        if after != tlv.end:
            raise DecodeError("bytes after a directoryName", "RFC 5280 section 4.2.1.6", offset=after)
    return GeneralName(kind, data[tlv.content : tlv.end])


def _subject_alt_name(value: bytes) -> tuple[GeneralName, ...]:
    names = read_general_names(value, *der.whole(value, der.SEQUENCE))
    if not names:
        raise DecodeError("a subjectAltName without a name", "RFC 5280 section 4.2.1.6", offset=0)
    return names


def _basic_constraints(value: bytes) -> BasicConstraints:
    start, end = der.whole(value, der.SEQUENCE)
    ca, path_length = False, None
    parts = list(der.children(value, start, end))
    if parts and parts[0].tag == der.BOOLEAN:
        ca = der.boolean_of(value[parts[0].content : parts.pop(0).end])
    if parts and parts[0].tag == der.INTEGER:
        path_length = der.integer_of(value[parts[0].content : parts.pop(0).end])
    if parts or (path_length is not None and path_length < 0):
        raise DecodeError("basicConstraints of another form", "RFC 5280 section 4.2.1.9", offset=0)
    return BasicConstraints(ca, path_length)


def _key_usage(value: bytes) -> int:
    start, end = der.whole(value, der.BIT_STRING)
    octets, _ = der.bits_of(value[start:end])
    usage = 0
    for at, octet in enumerate(octets[:2]):
        usage |= _REVERSED[octet] << 8 * at
    return usage


def _extended_key_usage(value: bytes) -> tuple[str, ...]:
    start, end = der.whole(value, der.SEQUENCE)
    return tuple([_oid(value, tlv) for tlv in der.children(value, start, end)])


def _subject_key_identifier(value: bytes) -> bytes:
    start, end = der.whole(value, der.OCTET_STRING)
    return value[start:end]


def _authority_key_identifier(value: bytes) -> AuthorityKeyIdentifier:
    start, end = der.whole(value, der.SEQUENCE)
    fields = {tlv.tag: tlv for tlv in der.children(value, start, end)}
    if not fields.keys() <= {0x80, 0xA1, 0x82}:
        raise DecodeError("authorityKeyIdentifier of another form", "RFC 5280 section 4.2.1.1", offset=0)
    key, serial = fields.get(0x80), fields.get(0x82)
    return AuthorityKeyIdentifier(
        value[key.content : key.end] if key else None,
        0xA1 in fields,
        der.integer_of(value[serial.content : serial.end]) if serial else None,
    )


def _name_constraints(value: bytes) -> NameConstraints:
    start, end = der.whole(value, der.SEQUENCE)
    fields = {tlv.tag: tlv for tlv in der.children(value, start, end)}
    if not fields.keys() <= {0xA0, 0xA1}:
        raise DecodeError("nameConstraints of another form", "RFC 5280 section 4.2.1.10", offset=0)
    permitted, excluded = fields.get(0xA0), fields.get(0xA1)
    return NameConstraints(
        _subtrees(value, permitted) if permitted else None, _subtrees(value, excluded) if excluded else None
    )


def _subtrees(value: bytes, field: der.Tlv) -> tuple[GeneralName, ...]:
    bases = []
    for tlv in der.children(value, field.content, field.end):
        if tlv.tag != der.SEQUENCE:
            raise DecodeError("a GeneralSubtree of another form", "RFC 5280 section 4.2.1.10", offset=tlv.start)
        base, *limits = der.children(value, tlv.content, tlv.end) if tlv.content < tlv.end else (tlv,)
        # RFC 5280 section 4.2.1.10: minimum MUST be zero (so, by DER, absent) and maximum MUST be absent.
        if limits or base is tlv:
            raise DecodeError("a GeneralSubtree with minimum or maximum", "RFC 5280 section 4.2.1.10", offset=tlv.start)
        bases.append(_general_name(value, base))
    return tuple(bases)


def _certificate_policies(value: bytes) -> tuple[str, ...]:
    start, end = der.whole(value, der.SEQUENCE)
    policies = []
    for tlv in der.children(value, start, end):
        first = next(der.children(value, tlv.content, tlv.end), None)
        if tlv.tag != der.SEQUENCE or first is None:
            raise DecodeError("PolicyInformation of another form", "RFC 5280 section 4.2.1.4", offset=tlv.start)
        policies.append(_oid(value, first))
    # RFC 5280 section 4.2.1.4: a policy OID MUST NOT appear more than once.
    if not policies or len(set(policies)) != len(policies):
        raise DecodeError("certificatePolicies empty or with one policy twice", "RFC 5280 section 4.2.1.4", offset=0)
    return tuple(policies)


def _policy_mappings(value: bytes) -> tuple[tuple[str, str], ...]:
    start, end = der.whole(value, der.SEQUENCE)
    mappings = []
    for tlv in der.children(value, start, end):
        pair = [_oid(value, inner) for inner in der.children(value, tlv.content, tlv.end)]
        if tlv.tag != der.SEQUENCE or len(pair) != 2:
            raise DecodeError("policyMappings of another form", "RFC 5280 section 4.2.1.5", offset=tlv.start)
        mappings.append((pair[0], pair[1]))
    if not mappings:
        raise DecodeError("policyMappings without a mapping", "RFC 5280 section 4.2.1.5", offset=0)
    return tuple(mappings)


def _policy_constraints(value: bytes) -> PolicyConstraints:
    start, end = der.whole(value, der.SEQUENCE)
    fields = {tlv.tag: der.integer_of(value[tlv.content : tlv.end]) for tlv in der.children(value, start, end)}
    # RFC 5280 section 4.2.1.11: an empty sequence MUST NOT be issued.
    if not fields or not fields.keys() <= {0x80, 0x81} or min(fields.values()) < 0:
        raise DecodeError("policyConstraints of another form", "RFC 5280 section 4.2.1.11", offset=0)
    return PolicyConstraints(fields.get(0x80), fields.get(0x81))


def _inhibit_any_policy(value: bytes) -> int:
    start, end = der.whole(value, der.INTEGER)
    skip = der.integer_of(value[start:end])
    if skip < 0:
        raise DecodeError("inhibitAnyPolicy below zero", "RFC 5280 section 4.2.1.14", offset=0)
    return skip


def _information_access(value: bytes) -> tuple[tuple[str, GeneralName], ...]:
    start, end = der.whole(value, der.SEQUENCE)
    descriptions = []
    for tlv in der.children(value, start, end):
        pair = list(der.children(value, tlv.content, tlv.end))
        if tlv.tag != der.SEQUENCE or len(pair) != 2:
            raise DecodeError("AccessDescription of another form", "RFC 5280 section 4.2.2.1", offset=tlv.start)
        descriptions.append((_oid(value, pair[0]), _general_name(value, pair[1])))
    if not descriptions:
        raise DecodeError("authorityInfoAccess without a description", "RFC 5280 section 4.2.2.1", offset=0)
    return tuple(descriptions)


def _oid(data: bytes, tlv: der.Tlv) -> str:
    if tlv.tag != der.OID:
        raise DecodeError("tag 0x{found:02X} where an OID belongs", "X.690", offset=tlv.start, found=tlv.tag)
    return der.oid_text(data[tlv.content : tlv.end])


_REVERSED = [int(f"{octet:08b}"[::-1], 2) for octet in range(256)]

READERS: dict[str, Callable[[bytes], object]] = {
    SUBJECT_KEY_IDENTIFIER: _subject_key_identifier,
    KEY_USAGE: _key_usage,
    SUBJECT_ALT_NAME: _subject_alt_name,
    BASIC_CONSTRAINTS: _basic_constraints,
    NAME_CONSTRAINTS: _name_constraints,
    CERTIFICATE_POLICIES: _certificate_policies,
    POLICY_MAPPINGS: _policy_mappings,
    AUTHORITY_KEY_IDENTIFIER: _authority_key_identifier,
    POLICY_CONSTRAINTS: _policy_constraints,
    EXTENDED_KEY_USAGE: _extended_key_usage,
    INHIBIT_ANY_POLICY: _inhibit_any_policy,
    AUTHORITY_INFORMATION_ACCESS: _information_access,
}
