"""What revocation lists say about one certificate: RFC 5280 section 6.3, with delta, indirect and partitioned lists.

The lists are given; nothing is fetched. A list counts when its scope includes the certificate, when whoever may sign
for that scope signed it, and when its time has come and not gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dojang.errors import DecodeError
from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.crl import (
    ALL_REASONS,
    CERTIFICATE_ISSUER,
    CRL_NUMBER,
    DELTA_INDICATOR,
    ISSUING_POINT,
    REASONS,
    Crl,
    DistributionPoint,
    Scope,
    distribution_points,
    parse_crl,
)
from dojang.pki.dn import NormalName, name_text, normal_name
from dojang.pki.signature import is_signed
from dojang.pki.status import Good, Origin, Revoked, Status, Unknown

__all__ = ["CRL_POINTS", "FRESHEST", "Signers", "list_ends", "list_status", "points_of"]

CRL_POINTS = "2.5.29.31"
FRESHEST = "2.5.29.46"

# Given a name (DER), the certificates under the same anchor that have it as their subject.
Signers = Callable[[bytes], Iterable[ParsedCertificate]]


def list_status(
    certificate: ParsedCertificate,
    issuer: ParsedCertificate,
    lists: Sequence[bytes],
    at: int,
    signers: Signers,
    *,
    strict: bool = False,
) -> Status:
    """What the lists (DER) say about `certificate`, which `issuer` signed, at that time (seconds since 1970).

    signers: finds who else may have signed a list. strict: a list that breaks its issuer's duties of form is not
    believed either.
    """
    readable = [_readable(data) for data in lists]
    points = points_of(certificate)
    own = [crl for crl in readable if crl and _reasons(crl, certificate, points)]
    if not own:
        why = "a list can't be read" if None in readable else "no list of its issuer speaks of it"
        return Unknown(why, found=None in readable)
    faults = {id(crl): next(_faults(crl, _keys_for(crl, issuer, signers), at, strict), "") for crl in own}
    believed = [crl for crl in own if not faults[id(crl)]]
    newest: dict[tuple[NormalName, Scope | None], Crl] = {}
    for crl in sorted(believed, key=_this_update):
        if not crl.is_delta:
            newest[normal_name(crl.issuer), crl.scope] = crl
    if not newest:
        return Unknown(max(faults.values()) or "there is only a delta list", found=True)
    verdicts = [
        _verdict(certificate, crl, [each for each in believed if _continues(each, crl)]) for crl in newest.values()
    ]
    covered = 0
    for crl in newest.values():
        covered |= _reasons(crl, certificate, points)
    return _sum(verdicts, complete=covered & ALL_REASONS == ALL_REASONS)


def list_ends(data: bytes) -> Iterator[int]:
    """The moments at which what a list says may begin or cease to count."""
    crl = _readable(data)
    if crl is not None:
        yield crl.this_update
        if crl.next_update is not None:
            yield crl.next_update + 1


def points_of(certificate: ParsedCertificate, oid: str = CRL_POINTS) -> tuple[DistributionPoint, ...]:
    """The distribution points in an extension of a certificate, none where it can't be read."""
    extension = certificate.extensions.get(oid)
    try:
        return distribution_points(extension.value) if extension else ()
    except DecodeError:
        return ()


def _reasons(crl: Crl, certificate: ParsedCertificate, points: tuple[DistributionPoint, ...]) -> int:
    """Section 6.3.3 (b)(1), (b)(2), (d): for which reasons the list speaks of the certificate, 0 where it does not."""
    scope = crl.scope or Scope()
    if (
        scope.attribute_only
        or (scope.user_only and certificate.is_ca)
        or (scope.authority_only and not certificate.is_ca)
    ):
        return 0
    own = normal_name(crl.issuer) == normal_name(certificate.issuer)
    allowed = ALL_REASONS if scope.reasons is None else scope.reasons
    # Section 6.3.3, at its end: a list of the issuer's own that no distribution point names counts as well.
    found = allowed if own and not scope.points else 0
    for point in points:
        if not (_signs_for(crl, scope, point) if point.issuers else own):
            continue
        names = point.names or tuple(name for name in point.issuers if name.kind == ext.DIRECTORY_NAME)
        if not scope.points or not set(scope.points).isdisjoint(names):
            found |= allowed & (ALL_REASONS if point.reasons is None else point.reasons)
    return found


def _signs_for(crl: Crl, scope: Scope, point: DistributionPoint) -> bool:
    """The point names another issuer of lists: then the list is that one's, and says that it is indirect."""
    names = [normal_name(name.value) for name in point.issuers if name.kind == ext.DIRECTORY_NAME]
    return scope.indirect and normal_name(crl.issuer) in names


def _sum(verdicts: list[Status], *, complete: bool) -> Status:
    """Revoked where any list says so; good only where all reasons were asked about."""
    for kind in (Revoked, Unknown):
        found = next((verdict for verdict in verdicts if isinstance(verdict, kind)), None)
        if found is not None:
            return found
    if not complete:
        return Unknown("the lists speak of some reasons only", found=False)
    return verdicts[-1]


def _verdict(certificate: ParsedCertificate, crl: Crl, deltas: list[Crl]) -> Status:
    """The newest delta that has something to say, else the complete list."""
    origin = Origin("list", name_text(crl.issuer))
    newest = [*sorted(deltas, key=_this_update, reverse=True), crl]
    try:
        entries = (each.entry(certificate.serial, normal_name(certificate.issuer)) for each in newest)
        entry = next((found for found in entries if found is not None), None)
    except DecodeError:
        return Unknown("its entry in the list can't be read", found=True)
    first = newest[0]
    if entry is None or REASONS.get(entry.reason) == "removeFromCRL":
        return Good(origin, first.this_update, first.next_update)
    # RFC 5280 section 5.3: what an entry says can't be told where a critical extension of it is not understood.
    if entry.critical and not set(entry.critical) <= _UNDERSTOOD_IN_ENTRY:
        return Unknown("its entry in the list has a critical extension that is not known here", found=True)
    reason = REASONS.get(entry.reason, str(entry.reason))
    return Revoked(origin, entry.since, reason, first.this_update, first.next_update)


def _keys_for(crl: Crl, issuer: ParsedCertificate, signers: Signers) -> Iterator[ParsedCertificate]:
    """Who may have signed: the issuer itself, then others of that name under the same anchor."""
    if normal_name(issuer.subject) == normal_name(crl.issuer):
        yield issuer
    yield from signers(crl.issuer)


def _faults(crl: Crl, keys: Iterable[ParsedCertificate], at: int, strict: bool) -> Iterator[str]:
    """Why a list is not to be believed."""
    signer = next((key for key in keys if _signed(crl, key)), None)
    if signer is None:
        yield "its signature was not made with the issuer's key"
    elif signer.key_usage is not None and not signer.key_usage & ext.CRL_SIGN:
        yield "keyUsage does not allow its issuer to sign lists"
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


def _signed(crl: Crl, signer: ParsedCertificate) -> bool:
    if crl.algorithm != crl.outer_algorithm:
        return False
    return is_signed(signer.spki, crl.outer_algorithm, crl.signature, crl.tbs)


def _continues(crl: Crl, complete: Crl) -> bool:
    """RFC 5280 section 5.2.4: a delta that begins at or before the complete list, and has the same scope."""
    if crl.base is None or complete.number is None or crl.number is None:
        return False
    if crl.scope != complete.scope or normal_name(crl.issuer) != normal_name(complete.issuer):
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
_UNDERSTOOD_IN_ENTRY = frozenset({"2.5.29.21", "2.5.29.24", CERTIFICATE_ISSUER})
