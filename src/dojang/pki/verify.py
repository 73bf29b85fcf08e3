"""The verifier: `verify` judges a chain against a trust store and always answers with a report.

Paths come from `path`, rules from `rules`, `constraints` and `policies`, strictness from a profile. Verdicts are
remembered by the exact bytes, the name, the store and the time within which they stay true.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import ApiMisuse, DecodeError
from dojang.pki import duties, reasons
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.constraints import check_name_constraints
from dojang.pki.dn import normal_name
from dojang.pki.fetching import IssuerSource
from dojang.pki.memory import LARGEST
from dojang.pki.names import DnsName, IpName, Name, matches, name_of, shown
from dojang.pki.path import Budget, PathSearch
from dojang.pki.policies import policy_fault
from dojang.pki.profiles import STANDARD, Profile, Purpose
from dojang.pki.report import Failure, PathReport, Report
from dojang.pki.revocation import (
    Policy,
    Revocation,
    Revoked,
    Status,
    Unknown,
    boundaries,
    must_staple,
    revocation_status,
)
from dojang.pki.rule import Fault
from dojang.pki.rules import Role, certificate_faults
from dojang.pki.sct import TimestampResult, Transparency, check_timestamps
from dojang.pki.signature import algorithm_text, signature_algorithm
from dojang.pki.store import TrustStore

__all__ = ["forget", "verify"]

# Certificates beside the leaf that are looked at; no real chain has a tenth of it.
_MOST_INTERMEDIATES = 256

# An answer that a network may change is not kept for longer than so many seconds.
_SOON = 60

# Faults of one path that are told; one with thousands is no worse.
_MOST_FAULTS = 64


def verify(
    chain: Sequence[bytes | x509.Certificate],
    store: TrustStore,
    *,
    name: str | Name | None = None,
    purpose: Purpose = Purpose.SERVER,
    at: datetime | None = None,
    profile: Profile = STANDARD,
    max_depth: int | None = None,
    revocation: Revocation | None = None,
    transparency: Transparency | None = None,
    issuers: IssuerSource | None = None,
) -> Report:
    """Judges `chain` (leaf first, the others in any order) and says why; it never raises for what a peer sent.

    name: the host or address the leaf must be for, None where no name is asked for. at: an aware datetime, now by
    default. max_depth: intermediates at most, the profile's limit by default. revocation: what is known about revoked
    certificates; transparency: which certificate logs' timestamps the leaf needs; nothing is asked without them.
    issuers: fetches intermediates that were not sent. A question asked before gets the same report as long as the
    answer is the same. Raises ApiMisuse for a `name` that is none or an `at` without a zone.
    """
    ders = tuple([item if isinstance(item, bytes) else item.public_bytes(Encoding.DER) for item in chain])
    moment = time.time() if at is None else _seconds(at)
    if revocation is not None and revocation.policy is Policy.OFF:
        revocation = None
    key = (ders, store, name, purpose, profile, max_depth, revocation, transparency, issuers)
    known = _CACHE.get(key)
    if known is not None and known.holds_from <= moment < known.holds_until:
        return known
    wanted = name_of(name) if isinstance(name, str) else name
    question = _Question(store, wanted, purpose, int(moment), profile, max_depth, revocation, transparency, issuers)
    report = question.answer(ders)
    _remember(key, report)
    return report


def forget() -> None:
    """Empties the memory of verdicts."""
    with _CACHE_LOCK:
        _CACHE.clear()


@dataclass(slots=True)
class _Question:
    """One verification. boundaries: the moments at which the answer may change."""

    store: TrustStore
    name: Name | None
    purpose: Purpose
    at: int
    profile: Profile
    max_depth: int | None
    revocation: Revocation | None = None
    transparency: Transparency | None = None
    issuers: IssuerSource | None = None
    boundaries: set[int] = field(default_factory=set)
    sent: list[ParsedCertificate] = field(default_factory=list)

    def answer(self, ders: tuple[bytes, ...]) -> Report:
        if not ders:
            return self._report((self._unreadable(b"", (reasons.NO_CERTIFICATE, {})),))
        try:
            leaf = parse_certificate(ders[0])
        except DecodeError as error:
            details = {"subject": "", "fault": error.reason}
            return self._report((self._unreadable(ders[0], (reasons.MALFORMED, details)),))
        self.sent = _readable(ders[1:])
        search = PathSearch(self.sent, self.store, self.at)
        judged = self._judged(search, leaf)
        if not judged and self.issuers is not None:
            search = self._completed(search, leaf, self.issuers)
            judged = self._judged(search, leaf)
        judged = judged or [self._untrusted(search, leaf)]
        judged.sort(key=_badness)
        if search.budget.spent and not judged[0].ok:
            judged[0] = self._with_limit(judged[0], search.budget)
        return self._report((), tuple(judged))

    def _judged(self, search: PathSearch, leaf: ParsedCertificate) -> list[PathReport]:
        """Every complete path that was tried; the last is the one that holds, if any does."""
        judged = []
        for certificates in search.paths(leaf):
            judged.append(self._judge(certificates, trusted=True))
            if judged[-1].ok or not search.budget.take_path():
                break
        return judged

    def _judge(self, path: tuple[ParsedCertificate, ...], *, trusted: bool) -> PathReport:
        failures = [self._failure(path, index, fault) for index, fault in self._faults(path, trusted)]
        # Strangers are asked only about what an authority in the store has vouched for.
        statuses = self._statuses(path, fetch=trusted and not failures) if self.revocation else ()
        for index, status in enumerate(statuses):
            failures += [self._failure(path, index, fault) for fault in self._revocation_faults(path[index], status)]
        timestamps = self._timestamps(path) if self.transparency and trusted else None
        failures += [self._failure(path, 0, fault) for fault in self._promise_faults(path, timestamps)]
        failures.sort(key=_gravity)
        return PathReport(path, trusted, tuple(failures), self.profile, statuses, timestamps)

    def _completed(self, search: PathSearch, leaf: ParsedCertificate, source: IssuerSource) -> PathSearch:
        """The search with intermediates that were not sent, fetched one after the other."""
        for _ in range(source.deepest):
            end = search.partial(leaf)[-1]
            found = source.issuers(end, self.at) if not end.is_self_issued else ()
            fresh = [each for each in _readable(found) if each not in self.sent]
            if not fresh:
                break
            self.sent = [*self.sent, *fresh]
            search = PathSearch(self.sent, self.store, self.at)
            if next(search.paths(leaf), None) is not None:
                break
        self.boundaries.add(self.at + _SOON)
        return PathSearch(self.sent, self.store, self.at)

    def _untrusted(self, search: PathSearch, leaf: ParsedCertificate) -> PathReport:
        """No path reaches an anchor: the longest row there is, with what ended it and all its other faults."""
        path = search.partial(leaf)
        report = self._judge(path, trusted=False)
        ends = [self._failure(path, index, fault) for index, fault in _dead_end(path, search)]
        failures = tuple(sorted([*ends, *report.failures], key=_gravity))
        return replace(report, failures=failures)

    def _with_limit(self, report: PathReport, budget: Budget) -> PathReport:
        fault = reasons.WORK_LIMIT, {"unit": budget.spent, "limit": getattr(Budget(), budget.spent)}
        failure = self._failure(report.certificates, len(report.certificates) - 1, fault)
        return replace(report, failures=tuple(sorted([*report.failures, failure], key=_gravity)))

    def _faults(self, path: tuple[ParsedCertificate, ...], trusted: bool) -> Iterator[tuple[int, Fault]]:
        last = len(path) - 1
        for index, certificate in enumerate(path):
            role = Role.LEAF if index == 0 else Role.ANCHOR if trusted and index == last else Role.INTERMEDIATE
            for fault in certificate_faults(certificate, role, self.purpose, self.profile):
                yield index, fault
            yield from ((index, fault) for fault in self._time_faults(certificate))
        yield from ((0, fault) for fault in self._name_faults(path[0]))
        counted = (found for found in self._path_faults(path) if found[1][0] not in self.profile.off)
        yield from islice(counted, _MOST_FAULTS)
        if trusted:
            yield from ((last, fault) for fault in self._limit_faults(path))

    def _time_faults(self, certificate: ParsedCertificate) -> Iterator[Fault]:
        self.boundaries |= {certificate.not_before, certificate.not_after + 1}
        if self.at < certificate.not_before:
            yield (
                reasons.NOT_YET_VALID,
                {"subject": certificate.subject_text, "date": _date(certificate.not_before)},
            )
        elif self.at > certificate.not_after:
            yield reasons.EXPIRED, {"subject": certificate.subject_text, "date": _date(certificate.not_after)}

    def _name_faults(self, leaf: ParsedCertificate) -> Iterator[Fault]:
        if self.name is None or matches(self.name, leaf.names, public_suffixes=self.profile.public_suffixes):
            return
        hosts = [shown(found) for found in leaf.names]
        if not hosts:
            yield reasons.NO_NAMES, {"name": str(self.name)}
            return
        listed = ", ".join(hosts[:6]) + (", ..." if len(hosts) > 6 else "")
        yield reasons.NAME_MISMATCH, {"names": listed, "name": str(self.name)}

    def _path_faults(self, path: tuple[ParsedCertificate, ...]) -> Iterator[tuple[int, Fault]]:
        """What can be told only from several certificates together."""
        logical = 0
        for index in range(1, len(path)):
            issuer, child = path[index], path[index - 1]
            if index > 1 and not child.is_self_issued:
                logical += 1
            basic = issuer.basic_constraints
            if basic is not None and basic.path_length is not None and logical > basic.path_length:
                details = {"subject": issuer.subject_text, "allowed": basic.path_length, "found": logical}
                yield index, (reasons.PATH_LENGTH, details)
            if _names_another_key(child, issuer):
                details = {"subject": child.subject_text, "issuer": issuer.subject_text}
                yield index - 1, (duties.AUTHORITY_KEY_MISMATCH, details)
        most = self.profile.max_depth if self.max_depth is None else self.max_depth
        if logical > most:
            yield len(path) - 1, (reasons.TOO_DEEP, {"found": logical, "allowed": most})
        limits = self.store.limits.get(path[-1].der)
        yield from check_name_constraints(path, limits.name_constraints if limits else None)
        at = policy_fault(path)
        if at is not None:
            yield at, (reasons.NO_POLICY, {"subject": path[-1].subject_text})

    def _limit_faults(self, path: tuple[ParsedCertificate, ...]) -> Iterator[Fault]:
        """What the profile and the store say of the anchor beyond its certificate."""
        if not self.profile.partial_chains and not path[-1].is_self_issued:
            yield reasons.UNKNOWN_ISSUER, {"subject": path[-1].subject_text, "issuer": path[-1].issuer_text}
        limits = self.store.limits.get(path[-1].der)
        if limits is None:
            return
        subject = path[-1].subject_text
        if limits.purposes is not None and self.purpose not in limits.purposes and self.purpose is not Purpose.ANY:
            allowed = ", ".join(sorted(purpose.name.lower() for purpose in limits.purposes))
            yield reasons.DISTRUSTED_PURPOSE, {"subject": subject, "purposes": allowed or "nothing"}
        if limits.leaf_before is not None and path[0].not_before > limits.leaf_before:
            yield reasons.DISTRUSTED_SINCE, {"subject": subject, "date": _date(limits.leaf_before)}

    def _statuses(self, path: tuple[ParsedCertificate, ...], *, fetch: bool) -> tuple[Status, ...]:
        """Of each certificate whose issuer is known, leaf first."""
        revocation = self.revocation
        assert revocation is not None
        self.boundaries.update(boundaries(revocation))
        signers = _ListSigners(self, path[-1])
        statuses = []
        for child, issuer in pairwise(path):
            status = revocation_status(
                child,
                issuer,
                revocation,
                self.at,
                signers,
                leaf=child is path[0],
                fetch=fetch,
                strict=self.profile.strict_lists,
            )
            if isinstance(status, Unknown):
                self.boundaries |= {self.at + _SOON} if revocation.source is not None else set()
            elif status.next_update is not None:
                self.boundaries.add(status.next_update + 1)
            statuses.append(status)
        return tuple(statuses)

    def _revocation_faults(self, certificate: ParsedCertificate, status: Status) -> Iterator[Fault]:
        subject = certificate.subject_text
        if isinstance(status, Revoked):
            date = _date(status.since)
            yield reasons.REVOKED, {"subject": subject, "date": date, "reason": status.reason}
        elif isinstance(status, Unknown):
            assert self.revocation is not None
            # What can't be believed may hide a revocation: it is never passed over in silence.
            if status.found or self.revocation.policy is Policy.REQUIRE:
                yield reasons.REVOCATION_UNKNOWN, {"subject": subject, "why": status.why}

    def _timestamps(self, path: tuple[ParsedCertificate, ...]) -> tuple[TimestampResult, ...]:
        assert self.transparency is not None
        return check_timestamps(path[0], path[1] if len(path) > 1 else path[0], self.transparency, self.at)

    def _promise_faults(
        self, path: tuple[ParsedCertificate, ...], timestamps: tuple[TimestampResult, ...] | None
    ) -> Iterator[Fault]:
        """What must come with the leaf: a staple where it says so, timestamps where they are asked for."""
        leaf, revocation = path[0], self.revocation
        if revocation is not None and revocation.handshake and revocation.staple is None and must_staple(leaf):
            yield reasons.MUST_STAPLE, {"subject": leaf.subject_text}
        asked = self.transparency
        if asked is not None and timestamps is not None and not asked.enough(leaf, timestamps):
            found = len({result.timestamp.log for result in timestamps if result.ok})
            yield (
                reasons.TOO_FEW_TIMESTAMPS,
                {
                    "subject": leaf.subject_text,
                    "found": found,
                    "needed": asked.needed(leaf),
                },
            )

    def _failure(self, path: tuple[ParsedCertificate, ...], index: int, fault: Fault) -> Failure:
        return Failure(fault[0], index, path[index].subject_text, path[index].der, fault[1])

    def _unreadable(self, data: bytes, fault: Fault) -> Failure:
        return Failure(fault[0], 0, "", data, fault[1])

    def _report(self, failures: tuple[Failure, ...], paths: tuple[PathReport, ...] = ()) -> Report:
        if paths:
            failures = paths[0].failures
        return Report(
            ok=not failures,
            failures=failures,
            paths=paths,
            name=str(self.name) if self.name is not None else None,
            purpose=self.purpose,
            profile=self.profile,
            at=datetime.fromtimestamp(self.at, UTC),
            holds_from=max((edge for edge in self.boundaries if edge <= self.at), default=float("-inf")),
            holds_until=min((edge for edge in self.boundaries if edge > self.at), default=float("inf")),
        )


class _ListSigners:
    """Finds certificates that may have signed a list: under the same anchor (RFC 5280 section 6.3.3 (f)), and valid."""

    def __init__(self, question: _Question, anchor: ParsedCertificate) -> None:
        self.question = question
        self.anchor = anchor

    def __call__(self, name: bytes) -> Iterator[ParsedCertificate]:
        question = self.question
        assert question.revocation is not None
        candidates = [*_readable(question.revocation.certificates), *question.sent]
        wanted = normal_name(name)
        for candidate in (each for each in candidates if normal_name(each.subject) == wanted):
            below = TrustStore([self.anchor.der])
            ders = (candidate.der, *(each.der for each in candidates))
            if _Question(below, None, Purpose.ANY, question.at, question.profile, None).answer(ders).ok:
                yield candidate
        if normal_name(self.anchor.subject) == wanted:
            yield self.anchor


def _readable(ders: Sequence[bytes]) -> list[ParsedCertificate]:
    """Each once; what can't be read can't be on a path, and need not be for another to hold."""
    readable = []
    for data in tuple(dict.fromkeys(ders))[:_MOST_INTERMEDIATES]:
        try:
            readable.append(parse_certificate(data))
        except DecodeError:
            continue
    return readable


def _dead_end(path: tuple[ParsedCertificate, ...], search: PathSearch) -> Iterator[tuple[int, Fault]]:
    """Why a row of certificates went no further."""
    last = len(path) - 1
    end = path[last]
    bad = next((issuer for child, issuer in search.bad_edges if child is end), None)
    if end.is_self_issued and bad is None:
        rule = reasons.SELF_SIGNED if last == 0 else reasons.UNTRUSTED_ROOT
        yield last, (rule, {"subject": end.subject_text})
    elif bad is None:
        yield last, (reasons.UNKNOWN_ISSUER, {"subject": end.subject_text, "issuer": end.issuer_text})
    elif _unknown_algorithm(end):
        yield last, (reasons.UNKNOWN_SIGNATURE_ALGORITHM, {"algorithm": algorithm_text(end.outer_algorithm)})
    else:
        yield last, (reasons.BAD_SIGNATURE, {"subject": end.subject_text, "issuer": bad.subject_text})


def _unknown_algorithm(certificate: ParsedCertificate) -> bool:
    try:
        return signature_algorithm(certificate.outer_algorithm) is None
    except DecodeError:
        return True


def _names_another_key(child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    authority, key = child.authority_key_identifier, issuer.subject_key_identifier
    if authority is None or authority.key_identifier is None or key is None:
        return False
    return authority.key_identifier != key


def _badness(path: PathReport) -> tuple[bool, int, int]:
    """What holds first, then what fails least gravely, then what fails in the fewest ways."""
    worst = path.failures[0].rule.gravity if path.failures else 1000
    return not path.ok, -worst, len(path.failures)


def _gravity(failure: Failure) -> tuple[int, int]:
    return failure.rule.gravity, failure.index


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _seconds(at: datetime) -> float:
    if at.tzinfo is None:
        raise ApiMisuse("the time {at} has no time zone", at=at.isoformat())
    return at.timestamp()


_Key = tuple[
    tuple[bytes, ...],
    TrustStore,
    "str | DnsName | IpName | None",
    Purpose,
    Profile,
    "int | None",
    "Revocation | None",
    "Transparency | None",
    "IssuerSource | None",
]
_CACHE: dict[_Key, Report] = {}
_CACHE_LOCK = Lock()
_CACHE_SIZE = 512


def _remember(key: _Key, report: Report) -> None:
    """Oldest out first. Reading needs no lock: a dict's look-up is whole."""
    if sum(map(len, key[0])) > 2 * LARGEST:
        return
    with _CACHE_LOCK:
        while len(_CACHE) >= _CACHE_SIZE:
            del _CACHE[next(iter(_CACHE))]
        _CACHE[key] = report
