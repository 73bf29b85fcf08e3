"""What can be known about revocation: good, revoked since and why, or unknown because. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Good", "Origin", "Revoked", "Status", "Unknown", "status_json"]


class Origin(NamedTuple):
    """Where an answer comes from: `list`, `response` or `staple`, and the name of who signed it."""

    form: str
    issuer: str

    def __str__(self) -> str:
        return f"{self.form} of {self.issuer}"


@dataclass(frozen=True, slots=True)
class Good:
    """Not revoked as of `this_update`; times in seconds since 1970."""

    source: Origin
    this_update: int
    next_update: int | None

    def age(self, at: float) -> float:
        """Seconds between the source's own date and `at`."""
        return at - self.this_update


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revoked since (seconds since 1970) for `reason`, a name of RFC 5280 section 5.3.1."""

    source: Origin
    since: int
    reason: str
    this_update: int
    next_update: int | None = None

    def age(self, at: float) -> float:
        """Seconds between the source's own date and `at`."""
        return at - self.this_update


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be told. found: something that claims to tell is there, but it can't be believed."""

    why: str
    found: bool


Status = Good | Revoked | Unknown


def status_json(status: Status, at: float) -> dict[str, Any]:
    """Plain values; the age in seconds as of `at`."""
    if isinstance(status, Unknown):
        return {"status": "unknown", "why": status.why, "found": status.found}
    facts: dict[str, Any] = {
        "source": str(status.source),
        "this_update": status.this_update,
        "next_update": status.next_update,
        "age": int(status.age(at)),
    }
    if isinstance(status, Revoked):
        return {"status": "revoked", "since": status.since, "reason": status.reason, **facts}
    return {"status": "good", **facts}
