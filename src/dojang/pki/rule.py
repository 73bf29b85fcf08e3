"""What a rule is, and the table of all of them.

Codes are stable: programs may compare them. A sentence is a template, so that it can be shown in another language
(`dojang.pki.korean` has each in Korean); a remedy says what the one who runs the server can do.
The rules themselves stand in `reasons` and `duties`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dojang.pki.kind import Kind
from dojang.wire.codes import Alert

__all__ = ["NEW_CA", "REISSUE", "RULES", "Fault", "Rule", "rule"]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule, one object: compare with `is`, or by `code`."""

    code: str
    gravity: int
    template: str
    clause: str
    alert: Alert
    chrome: str
    firefox: str
    openssl: str
    go: str
    remedy: str


RULES: dict[str, Rule] = {}

# A rule broken, with the values for its sentence.
Fault = tuple[Rule, Mapping[str, object]]

REISSUE = "have the certificate issued again without this fault"
NEW_CA = "have the CA's certificate replaced by its operator; nothing on the server can mend it"


def rule(
    code: str,
    kind: Kind,
    template: str,
    clause: str,
    remedy: str,
    *,
    openssl: str = "",
    firefox: str = "",
    chrome: str = "",
    go: str = "",
    gravity: int | None = None,
) -> Rule:
    """A row of the table: what the kind says, unless the rule says otherwise."""
    base, alert, kind_chrome, kind_firefox, kind_openssl, kind_go = kind
    made = Rule(
        code,
        base if gravity is None else gravity,
        template,
        clause,
        alert,
        chrome or kind_chrome,
        firefox or kind_firefox,
        openssl or kind_openssl,
        go or kind_go,
        remedy,
    )
    return RULES.setdefault(code, made)
