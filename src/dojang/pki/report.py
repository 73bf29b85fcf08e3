"""What the verifier found: a verdict, every path tried, and each fault with its certificate, rule and remedy.

A report is frozen and may be shared. It holds facts; how they are drawn for a terminal is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography import x509

from dojang.errors import CertificateError
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.profiles import Profile, Purpose
from dojang.pki.reasons import MUST_STAPLE, REVOCATION_UNKNOWN, REVOKED, TOO_FEW_TIMESTAMPS
from dojang.pki.revocation import Status
from dojang.pki.rule import Rule
from dojang.pki.rules import applicable
from dojang.pki.sct import TimestampResult
from dojang.pki.status import status_json
from dojang.wire.codes import Alert

__all__ = ["Check", "Failure", "PathReport", "Report"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One fault: `index` counts from the leaf, which is 0; `certificate` is the DER that was looked at."""

    rule: Rule
    index: int
    subject: str
    certificate: bytes = field(repr=False)
    details: Mapping[str, object]

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def template(self) -> str:
        return self.rule.template

    @property
    def clause(self) -> str:
        return self.rule.clause

    @property
    def alert(self) -> Alert:
        return self.rule.alert

    @property
    def sentence(self) -> str:
        """In English, without the clause."""
        return self.rule.template.format(**self.details)

    @property
    def remedy(self) -> str:
        """What the one who runs the server can do, in English."""
        return self.rule.remedy.format(**self.details)

    @property
    def names(self) -> dict[str, str]:
        """What `chrome`, `firefox`, `openssl` and `go` call it."""
        rule = self.rule
        return {"chrome": rule.chrome, "firefox": rule.firefox, "openssl": rule.openssl, "go": rule.go}

    def __str__(self) -> str:
        return f"{self.sentence} ({self.clause})" if self.clause else self.sentence

    def as_json(self) -> dict[str, Any]:
        """Plain values, ready for `json.dumps`."""
        return {
            "code": self.code,
            "index": self.index,
            "subject": self.subject,
            "sentence": self.sentence,
            "clause": self.clause,
            "remedy": self.remedy,
            "alert": self.alert.label,
            "details": {key: str(value) for key, value in self.details.items()},
            **self.names,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One rule applied to one certificate."""

    rule: Rule
    index: int
    passed: bool


@dataclass(frozen=True, eq=False)
class PathReport:
    """One way from the leaf towards a root.

    certificates: leaf first; trusted: it ends in an anchor of the store. revocation: what is known of each certificate
    whose issuer is on the path, leaf first; empty where it was not asked. timestamps: those of the leaf's certificate
    logs, None where they were not asked for.
    """

    certificates: tuple[ParsedCertificate, ...]
    trusted: bool
    failures: tuple[Failure, ...]
    profile: Profile = field(repr=False)
    revocation: tuple[Status, ...] = ()
    timestamps: tuple[TimestampResult, ...] | None = None

    @property
    def ok(self) -> bool:
        return self.trusted and not self.failures

    @property
    def der(self) -> tuple[bytes, ...]:
        return tuple(certificate.der for certificate in self.certificates)

    def checks(self) -> Iterator[Check]:
        """Every rule that counts, for every certificate it was applied to, with its outcome."""
        broken = {(failure.rule, failure.index) for failure in self.failures}
        unasked = set() if self.revocation else {REVOKED, REVOCATION_UNKNOWN, MUST_STAPLE}
        if self.timestamps is None:
            unasked.add(TOO_FEW_TIMESTAMPS)
        for index in range(len(self.certificates)):
            for rule in applicable(self.profile, index, len(self.certificates), trusted=self.trusted):
                if rule not in unasked or (rule, index) in broken:
                    yield Check(rule, index, (rule, index) not in broken)


@dataclass(frozen=True, eq=False)
class Report:
    """The account of one verification.

    paths: every path tried, the chosen one first; none where not even the leaf could be read.
    failures: of the chosen path, the gravest first; empty exactly when `ok`.
    name, purpose, at: what was asked. holds_from, holds_until: the seconds between which the answer stays the same.
    """

    ok: bool
    failures: tuple[Failure, ...]
    paths: tuple[PathReport, ...]
    name: str | None
    purpose: Purpose
    profile: Profile
    at: datetime
    holds_from: float = field(repr=False)
    holds_until: float = field(repr=False)

    @cached_property
    def path(self) -> tuple[x509.Certificate, ...]:
        """The chosen path as pyca's objects, leaf first, the root last. Raises TlsError where pyca can't read one."""
        return tuple(certificate.pyca() for certificate in self.certificates)

    @property
    def certificates(self) -> tuple[ParsedCertificate, ...]:
        """The chosen path, leaf first."""
        return self.paths[0].certificates if self.paths else ()

    @property
    def gravest(self) -> Failure | None:
        return self.failures[0] if self.failures else None

    @property
    def chrome(self) -> str:
        """`ERR_CERT_...` of the gravest failure, "" where all is well."""
        return self.failures[0].rule.chrome if self.failures else ""

    def raise_for_failure(self) -> None:
        """Raises CertificateError with the gravest failure's alert, sentence and clause, and this report."""
        if not self.ok:
            gravest = self.failures[0]
            raise CertificateError(gravest.alert, gravest.template, gravest.clause, report=self, **gravest.details)

    def as_json(self) -> dict[str, Any]:
        """Plain values, ready for `json.dumps`."""
        return {
            "ok": self.ok,
            "name": self.name,
            "purpose": self.purpose.name.lower(),
            "profile": self.profile.name,
            "at": self.at.isoformat(),
            "failures": [failure.as_json() for failure in self.failures],
            "paths": [_path_json(path, self.at.timestamp()) for path in self.paths],
        }


def _path_json(path: PathReport, at: float) -> dict[str, Any]:
    return {
        "ok": path.ok,
        "trusted": path.trusted,
        "certificates": [_certificate_json(certificate) for certificate in path.certificates],
        "failures": [failure.as_json() for failure in path.failures],
        "revocation": [status_json(status, at) for status in path.revocation],
        "timestamps": None if path.timestamps is None else [_timestamp_json(result) for result in path.timestamps],
        "checks": [
            {
                "rule": check.rule.code,
                "index": check.index,
                "passed": check.passed,
                "clause": check.rule.clause,
            }
            for check in path.checks()
        ],
    }


def _timestamp_json(result: TimestampResult) -> dict[str, Any]:
    return {
        "log": result.log.description if result.log else result.timestamp.log.hex(),
        "at": datetime.fromtimestamp(min(result.timestamp.at / 1000, 253402300799), UTC).isoformat(),
        "ok": result.ok,
        "fault": result.fault,
    }


def _certificate_json(certificate: ParsedCertificate) -> dict[str, Any]:
    return {
        "subject": certificate.subject_text,
        "issuer": certificate.issuer_text,
        "serial": f"{certificate.serial:x}",
        "not_before": datetime.fromtimestamp(certificate.not_before, UTC).isoformat(),
        "not_after": datetime.fromtimestamp(certificate.not_after, UTC).isoformat(),
    }
