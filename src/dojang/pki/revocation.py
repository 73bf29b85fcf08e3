"""Whether a certificate was revoked: what lists and OCSP responses say together, never a silent yes.

What is at hand is looked at first; an `EvidenceSource` is asked for more only where that is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from dojang.errors import DecodeError
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.lists import Signers, list_ends, list_status
from dojang.pki.ocsp import ocsp_status, response_ends
from dojang.pki.status import Good, Origin, Revoked, Status, Unknown
from dojang.wire import der

__all__ = [
    "Evidence",
    "EvidenceSource",
    "Good",
    "Origin",
    "Policy",
    "Revocation",
    "Revoked",
    "Status",
    "Unknown",
    "boundaries",
    "must_staple",
    "revocation_status",
]

_TLS_FEATURE = "1.3.6.1.5.5.7.1.24"


class Policy(Enum):
    """OFF: nothing is looked at. PREFER: a certificate on which nothing is known passes, and the report says so.
    REQUIRE: it does not."""

    OFF = "off"
    PREFER = "prefer"
    REQUIRE = "require"


class Evidence(NamedTuple):
    """What a source found: DER of lists and of responses, and why there is no more."""

    crls: tuple[bytes, ...] = ()
    responses: tuple[bytes, ...] = ()
    why: str = ""


class EvidenceSource(Protocol):
    """Asks elsewhere, over a network perhaps; it must not raise."""

    def evidence(self, certificate: ParsedCertificate, issuer: ParsedCertificate, at: int) -> Evidence: ...


@dataclass(frozen=True)
class Revocation:
    """What is known about revoked certificates.

    crls, responses: DER of each. staple: the OCSP response that came in a handshake for the leaf. handshake: the chain
    came in one that asked for a staple, so that a leaf which must have one is refused without (RFC 7633).
    certificates: DER of others that may have signed lists. source: asked where all this is not enough.
    """

    crls: tuple[bytes, ...] = ()
    policy: Policy = Policy.PREFER
    responses: tuple[bytes, ...] = ()
    staple: bytes | None = None
    handshake: bool = False
    certificates: tuple[bytes, ...] = ()
    source: EvidenceSource | None = field(default=None, compare=True)


def revocation_status(
    certificate: ParsedCertificate,
    issuer: ParsedCertificate,
    revocation: Revocation,
    at: int,
    signers: Signers,
    *,
    leaf: bool = False,
    fetch: bool = False,
    strict: bool = False,
) -> Status:
    """What is known about `certificate`, which `issuer` signed, at that time (seconds since 1970).

    signers: finds others that may have signed a list. fetch: the source may be asked. strict: as in `list_status`.
    """
    staple = revocation.staple if leaf else None
    given = Evidence(revocation.crls, revocation.responses)
    status = _judged(certificate, issuer, given, staple, at, signers, strict)
    if not isinstance(status, Unknown) or not fetch or revocation.source is None:
        return status
    found = revocation.source.evidence(certificate, issuer, at)
    fetched = _judged(certificate, issuer, found, None, at, signers, strict)
    if isinstance(fetched, Unknown):
        worse = status if status.found else fetched
        return Unknown(found.why or worse.why, worse.found) if not worse.found else worse
    return fetched


def boundaries(revocation: Revocation) -> Iterator[int]:
    """The moments at which an answer may change."""
    for data in revocation.crls:
        yield from list_ends(data)
    for data in (*revocation.responses, *filter(None, [revocation.staple])):
        yield from response_ends(data)


def must_staple(certificate: ParsedCertificate) -> bool:
    """RFC 7633: the certificate promises that its server staples (the TLS feature status_request, 5)."""
    extension = certificate.extensions.get(_TLS_FEATURE)
    if extension is None:
        return False
    try:
        start, end = der.whole(extension.value, der.SEQUENCE)
        features = [extension.value[tlv.content : tlv.end] for tlv in der.children(extension.value, start, end)]
    except DecodeError:
        return True
    return b"\x05" in features


def _judged(
    certificate: ParsedCertificate,
    issuer: ParsedCertificate,
    evidence: Evidence,
    staple: bytes | None,
    at: int,
    signers: Signers,
    strict: bool,
) -> Status:
    """Revoked where anything believed says so, else good where anything does, else why nothing can be told."""
    answers: list[Status] = []
    if staple is not None:
        stapled = ocsp_status(staple, certificate, issuer, at, form="staple")
        answers.append(stapled or Unknown("the staple speaks of another certificate", found=True))
    spoken = (ocsp_status(data, certificate, issuer, at) for data in evidence.responses)
    answers += [answer for answer in spoken if answer is not None]
    if evidence.crls or not answers:
        answers.append(list_status(certificate, issuer, evidence.crls, at, signers, strict=strict))
    return min(answers, key=_weight)


def _weight(status: Status) -> tuple[int, float]:
    """Revoked first, then good (the newest), then what can't be believed, then what is not there."""
    if isinstance(status, Unknown):
        return (2 if status.found else 3), 0.0
    return (0 if isinstance(status, Revoked) else 1), -status.this_update
