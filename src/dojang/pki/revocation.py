"""Whether a certificate was revoked: what the given lists say, as a typed answer, never a silent yes.

RFC 5280 section 6.3 for lists that the certificate's own issuer signs, complete, delta and partitioned. It fetches
nothing: the lists are given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dojang.errors import DecodeError
from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.crl import (
    CRL_NUMBER,
    DELTA_INDICATOR,
    ISSUING_POINT,
    REASONS,
    Crl,
    distribution_points,
    parse_crl,
)
from dojang.pki.dn import name_text, normal_name
from dojang.pki.signature import signature_algorithm, verify_signature

__all__ = ["Good", "Policy", "Revocation", "Revoked", "Status", "Unknown", "boundaries", "revocation_status"]


class Policy(Enum):
    """PREFER: a certificate on which nothing is known passes, and the report says so. REQUIRE: it does not."""

    PREFER = "prefer"
    REQUIRE = "require"


@dataclass(frozen=True)
class Revocation:
    """What is known about revoked certificates. crls: DER of each list."""

    crls: tuple[bytes, ...]
    policy: Policy = Policy.PREFER


@dataclass(frozen=True, slots=True)
class Good:
    """Not revoked by `this_update`, says `source`."""

    source: str
    this_update: int
    next_update: int | None


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revoked since (seconds since 1970) for `reason`, a name of RFC 5280 section 5.3.1."""

    source: str
    since: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be told. found: a list of the issuer is there, but it can't be believed."""

    why: str
    found: bool


Status = Good | Revoked | Unknown


def revocation_status(
    certificate: ParsedCertificate, issuer: ParsedCertificate, revocation: Revocation, at: int, *, strict: bool = False
) -> Status:
    """What the lists say about `certificate`, which `issuer` signed, at that time (seconds since 1970).

    strict: a list that breaks its issuer's duties of form is not believed either.
    """
    lists = [_readable(data) for data in revocation.crls]
    name = normal_name(issuer.subject)
    own = [crl for crl in lists if crl and normal_name(crl.issuer) == name and _speaks_of(crl, certificate)]
    if not own:
        why = "a list can't be read" if None in lists else "no list of its issuer speaks of it"
        return Unknown(why, found=None in lists)
    faults = {id(crl): next(_faults(crl, issuer, at, strict), "") for crl in own}
    believed = [crl for crl in own if not faults[id(crl)]]
    complete = [crl for crl in believed if not crl.is_delta]
    if not complete:
        return Unknown(max(faults.values()) or "there is only a delta list", found=True)
    newest = max(complete, key=_this_update)
    return _verdict(certificate, newest, [crl for crl in believed if _continues(crl, newest)])


def boundaries(revocation: Revocation) -> Iterator[int]:
    """The moments at which an answer may change."""
    for crl in filter(None, map(_readable, revocation.crls)):
        yield crl.this_update
        if crl.next_update is not None:
            yield crl.next_update + 1


def _verdict(certificate: ParsedCertificate, crl: Crl, deltas: list[Crl]) -> Status:
    """The newest delta that has something to say, else the complete list."""
    source = f"list of {name_text(crl.issuer)}"
    try:
        newest_first = [*sorted(deltas, key=_this_update, reverse=True), crl]
        entries = (each.entry(certificate.serial) for each in newest_first)
        entry = next((found for found in entries if found is not None), None)
    except DecodeError:
        return Unknown("its entry in the list can't be read", found=True)
    if entry is None or REASONS.get(entry.reason) == "removeFromCRL":
        return Good(source, crl.this_update, crl.next_update)
    # RFC 5280 section 5.3: what an entry says can't be told where a critical extension of it is not understood.
    if entry.critical and not set(entry.critical) <= _UNDERSTOOD_IN_ENTRY:
        return Unknown("its entry in the list has a critical extension that is not known here", found=True)
    return Revoked(source, entry.since, REASONS.get(entry.reason, str(entry.reason)))


def _faults(crl: Crl, issuer: ParsedCertificate, at: int, strict: bool) -> Iterator[str]:
    """Why a list is not to be believed."""
    if issuer.key_usage is not None and not issuer.key_usage & ext.CRL_SIGN:
        yield "keyUsage does not allow its issuer to sign lists"
    if crl.algorithm != crl.outer_algorithm or not _is_signed(crl, issuer):
        yield "its signature was not made with the issuer's key"
    if at < crl.this_update:
        yield "the list is from the future"
    if crl.next_update is not None and at > crl.next_update:
        yield "the list is out of date"
    if not set(crl.critical) <= _UNDERSTOOD:
        yield "the list has a critical extension that is not known here"
    if strict:
        yield from _form_faults(crl)


def _form_faults(crl: Crl) -> Iterator[str]:
    """Duties of who signs lists, RFC 5280 sections 5.1.2 and 5.2.3."""
    if crl.number is None:
        yield "the list has no number"
    if CRL_NUMBER in crl.critical:
        yield "the number of the list is marked critical"
    if crl.next_update is None:
        yield "the list does not say when the next one comes"
    if crl.version != 2:
        yield "the list is not of version 2"


def _is_signed(crl: Crl, issuer: ParsedCertificate) -> bool:
    try:
        algorithm = signature_algorithm(crl.outer_algorithm)
    except DecodeError:
        return False
    if algorithm is None or algorithm.hash_name in ("md5", "sha1"):
        return False
    return verify_signature(issuer.spki, algorithm, crl.signature, crl.tbs)


def _speaks_of(crl: Crl, certificate: ParsedCertificate) -> bool:
    """RFC 5280 section 6.3.3 (b)(2): the list's scope includes the certificate."""
    scope = crl.scope
    if scope is None:
        return True
    if scope.attribute_only or scope.indirect or scope.some_reasons:
        return False
    if (scope.user_only and certificate.is_ca) or (scope.authority_only and not certificate.is_ca):
        return False
    points = certificate.extensions.get("2.5.29.31")
    if not scope.points:
        return True
    try:
        return points is not None and not set(scope.points).isdisjoint(distribution_points(points.value))
    except DecodeError:
        return False


def _continues(crl: Crl, complete: Crl) -> bool:
    """RFC 5280 section 5.2.4: a delta that begins at or before the complete list, and has the same scope."""
    if crl.base is None or complete.number is None or crl.number is None or crl.scope != complete.scope:
        return False
    return crl.base <= complete.number < crl.number


def _this_update(crl: Crl) -> int:
    return crl.this_update


def _readable(data: bytes) -> Crl | None:
    try:
        return parse_crl(data)
    except DecodeError:
        return None


_UNDERSTOOD = frozenset({CRL_NUMBER, DELTA_INDICATOR, ISSUING_POINT, "2.5.29.35"})
_UNDERSTOOD_IN_ENTRY = frozenset({"2.5.29.21", "2.5.29.24"})
