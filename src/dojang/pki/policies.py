"""Certificate policies, RFC 5280 section 6.1 with the policy graph of RFC 9618.

RFC 5280's tree grows exponentially under mappings; the graph of RFC 9618 has one node per policy and level.
"""

from __future__ import annotations

from collections.abc import Sequence

from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate

__all__ = ["ANY_POLICY", "policy_fault"]

ANY_POLICY = "2.5.29.32.0"

# One level: policy to (the policies expected of the next certificate, its parents in the level above).
_Level = dict[str, tuple[set[str], set[str]]]


def policy_fault(path: Sequence[ParsedCertificate], wanted: frozenset[str] = frozenset({ANY_POLICY})) -> int | None:
    """The index (leaf 0) of the certificate at which no policy is left though one is required, None where all is well.

    path: leaf first, the anchor last; the anchor itself is not looked at (RFC 5280 section 6.1).
    wanted: user-initial-policy-set.
    """
    if not _concerned(path) and ANY_POLICY in wanted:
        return None
    return _Processing(path, wanted).run()


def _concerned(path: Sequence[ParsedCertificate]) -> bool:
    """Without one of these on the path a policy is never required."""
    return any(
        ext.POLICY_CONSTRAINTS in certificate.values or ext.POLICY_MAPPINGS in certificate.values
        for certificate in path[:-1]
    )


class _Processing:
    """The state variables of RFC 5280 section 6.1.2, by their names there."""

    def __init__(self, path: Sequence[ParsedCertificate], wanted: frozenset[str]) -> None:
        self.certificates = list(reversed(path[:-1]))
        self.wanted = wanted
        count = len(self.certificates)
        self.explicit_policy = count + 1 if ANY_POLICY in wanted else 0
        self.policy_mapping = count + 1
        self.inhibit_any_policy = count + 1
        self.levels: list[_Level] | None = [{ANY_POLICY: ({ANY_POLICY}, set())}]

    def run(self) -> int | None:
        last = len(self.certificates) - 1
        for at, certificate in enumerate(self.certificates):
            self.process_policies(certificate, final=at == last)
            if self.explicit_policy == 0 and self.levels is None:
                return last - at
            if at < last and not self.prepare_next(certificate):
                return last - at
        self.wrap_up(self.certificates[-1])
        return 0 if self.explicit_policy == 0 and self.levels is None else None

    def process_policies(self, certificate: ParsedCertificate, *, final: bool) -> None:
        """Section 6.1.3 (d) and (e) in the form of RFC 9618 section 5.3."""
        policies = certificate.values.get(ext.CERTIFICATE_POLICIES)
        if policies is None or self.levels is None:
            self.levels = None
            return
        above, level = self.levels[-1], _Level()
        for policy in policies:
            parents = {node for node, (expected, _) in above.items() if policy in expected}
            if policy != ANY_POLICY and (parents or ANY_POLICY in above):
                level[policy] = ({policy}, parents or {ANY_POLICY})
        if ANY_POLICY in policies and (self.inhibit_any_policy or (not final and certificate.is_self_issued)):
            expected_above = {policy for expected, _ in above.values() for policy in expected}
            for policy in expected_above - level.keys():
                level[policy] = ({policy}, {node for node, (expected, _) in above.items() if policy in expected})
        self.levels.append(level)
        self.prune()

    def prepare_next(self, certificate: ParsedCertificate) -> bool:
        """Section 6.1.4 (a) to (j); False where a mapping names anyPolicy."""
        mappings: tuple[tuple[str, str], ...] = certificate.values.get(ext.POLICY_MAPPINGS, ())
        if any(ANY_POLICY in pair for pair in mappings):
            return False
        if self.levels is not None and mappings:
            self.map_policies(mappings)
        if not certificate.is_self_issued:
            self.explicit_policy = max(self.explicit_policy - 1, 0)
            self.policy_mapping = max(self.policy_mapping - 1, 0)
            self.inhibit_any_policy = max(self.inhibit_any_policy - 1, 0)
        self.constrain(certificate)
        return True

    def map_policies(self, mappings: Sequence[tuple[str, str]]) -> None:
        """Section 6.1.4 (b)."""
        assert self.levels is not None
        level, mapped = self.levels[-1], dict[str, set[str]]()
        for issuer_policy, subject_policy in mappings:
            mapped.setdefault(issuer_policy, set()).add(subject_policy)
        for policy, expected in mapped.items():
            if self.policy_mapping == 0:
                level.pop(policy, None)
            elif policy in level:
                level[policy] = (expected, level[policy][1])
            elif ANY_POLICY in level:
                level[policy] = (expected, {ANY_POLICY})
        self.prune()

    def constrain(self, certificate: ParsedCertificate) -> None:
        """Section 6.1.4 (i) and (j)."""
        constraints: ext.PolicyConstraints | None = certificate.values.get(ext.POLICY_CONSTRAINTS)
        if constraints is not None:
            if constraints.require_explicit is not None:
                self.explicit_policy = min(self.explicit_policy, constraints.require_explicit)
            if constraints.inhibit_mapping is not None:
                self.policy_mapping = min(self.policy_mapping, constraints.inhibit_mapping)
        skip: int | None = certificate.values.get(ext.INHIBIT_ANY_POLICY)
        if skip is not None:
            self.inhibit_any_policy = min(self.inhibit_any_policy, skip)

    def wrap_up(self, certificate: ParsedCertificate) -> None:
        """Section 6.1.5 (a), (b) and (g)."""
        self.explicit_policy = max(self.explicit_policy - 1, 0)
        constraints: ext.PolicyConstraints | None = certificate.values.get(ext.POLICY_CONSTRAINTS)
        if constraints is not None and constraints.require_explicit == 0:
            self.explicit_policy = 0
        if self.levels is not None and ANY_POLICY not in self.wanted and not self.granted() & self.wanted:
            self.levels = None

    def granted(self) -> set[str]:
        """The policies in the root authority's terms that still lead to the leaf; the wanted ones under anyPolicy."""
        assert self.levels is not None
        found = set(self.wanted) if ANY_POLICY in self.levels[-1] else set[str]()
        for above, level in zip(self.levels, self.levels[1:], strict=False):
            assert above is not None
            found |= {policy for policy, (_, parents) in level.items() if ANY_POLICY in parents}
        return found - {ANY_POLICY}

    def prune(self) -> None:
        """Section 6.1.3 (d)(3): what has no child goes, level by level; a graph without its root is NULL."""
        assert self.levels is not None
        for at in range(len(self.levels) - 1, 0, -1):
            used = {parent for _, parents in self.levels[at].values() for parent in parents}
            self.levels[at - 1] = {node: value for node, value in self.levels[at - 1].items() if node in used}
        if not self.levels[-1] or not self.levels[0]:
            self.levels = None
