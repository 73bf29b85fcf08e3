"""Path building: every way from a leaf to a trust anchor, best first, within a budget of work.

It follows names and signatures only. Whether a path holds is judged in `verify`; what is yielded here has true
signatures all along. RFC 4158 describes the art; what this one adds is that nothing a peer sends makes it slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from dojang.errors import DecodeError
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.dn import NormalName, normal_name
from dojang.pki.memory import LARGEST
from dojang.pki.signature import key_facts, signature_algorithm, verify_signature
from dojang.pki.store import TrustStore

__all__ = ["Budget", "PathSearch", "signed_by"]

Path = tuple[ParsedCertificate, ...]


@dataclass(slots=True)
class Budget:
    """What one verification may cost: signatures checked, edges followed, paths judged."""

    signatures: int = 128
    steps: int = 4096
    paths: int = 64
    longest: int = 32
    spent: str = ""

    def take_signature(self) -> bool:
        self.signatures -= 1
        if self.signatures < 0:
            self.spent = "signatures"
        return not self.spent

    def take_path(self) -> bool:
        self.paths -= 1
        if self.paths <= 0:
            self.spent = "paths"
        return not self.spent

    def take_step(self) -> bool:
        self.steps -= 1
        if self.steps < 0:
            self.spent = "steps"
        return not self.spent


@dataclass(slots=True)
class PathSearch:
    """One search. at: seconds since 1970, which decides only what is tried first.

    bad_edges: (child, issuer) where names agree and the signature does not.
    """

    intermediates: Sequence[ParsedCertificate]
    store: TrustStore
    at: int
    budget: Budget = field(default_factory=Budget)
    bad_edges: list[tuple[ParsedCertificate, ParsedCertificate]] = field(default_factory=list)
    _edges: dict[tuple[int, int], bool] = field(default_factory=dict)
    _by_subject: dict[NormalName, list[ParsedCertificate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for certificate in self.intermediates:
            self._by_subject.setdefault(normal_name(certificate.subject), []).append(certificate)

    def paths(self, leaf: ParsedCertificate) -> Iterator[Path]:
        """Complete paths, leaf first and anchor last, the likeliest to hold first."""
        if leaf.der in self.store:
            yield (leaf,)
        hopeful = self._hopeful()
        if self.store.issuers(normal_name(leaf.issuer)) or normal_name(leaf.issuer) in hopeful:
            yield from self._extend((leaf,), hopeful)

    def partial(self, leaf: ParsedCertificate) -> Path:
        """The longest row of true issuers that could be found without reaching an anchor."""
        path: Path = (leaf,)
        while len(path) < self.budget.longest and not self.budget.spent:
            issuers = self._sorted(path[-1], self._by_subject.get(normal_name(path[-1].issuer), []))
            fresh = (issuer for issuer in issuers if issuer not in path and not _repeats(path, issuer))
            following = next((issuer for issuer in fresh if self._is_signed(path[-1], issuer)), None)
            if following is None:
                break
            path += (following,)
        return path

    def _extend(self, path: Path, hopeful: set[NormalName]) -> Iterator[Path]:
        """Depth first; an explicit stack, so that a long chain is no deep recursion."""
        stack = [self._next(path, hopeful)]
        while stack and not self.budget.spent:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                continue
            extended, complete = found
            if complete:
                yield extended
            elif len(extended) < self.budget.longest:
                stack.append(self._next(extended, hopeful))

    def _next(self, path: Path, hopeful: set[NormalName]) -> Iterator[tuple[Path, bool]]:
        """The path longer by one issuer, and whether that one is an anchor."""
        child = path[-1]
        name = normal_name(child.issuer)
        for anchor in self._sorted(child, self.store.issuers(name)):
            if anchor in path or not self.budget.take_step() or not self._is_signed(child, anchor):
                continue
            yield (*path, anchor), True
            # A trusted intermediate may have a trusted root above it, which some profiles ask for.
            if not anchor.is_self_issued:
                yield (*path, anchor), False
        if name not in hopeful:
            return
        for issuer in self._sorted(child, self._by_subject.get(name, [])):
            if issuer in path or _repeats(path, issuer) or not self.budget.take_step():
                continue
            if issuer.der not in self.store and self._is_signed(child, issuer):
                yield (*path, issuer), False

    def _hopeful(self) -> set[NormalName]:
        """Subjects of intermediates from which names lead to an anchor: no signature is spent on the others."""
        by_issuer: dict[NormalName, list[NormalName]] = {}
        for certificate in self.intermediates:
            by_issuer.setdefault(normal_name(certificate.issuer), []).append(normal_name(certificate.subject))
        subjects: set[NormalName] = set()
        reached = [subject for issuer, below in by_issuer.items() if self.store.issuers(issuer) for subject in below]
        while reached:
            subject = reached.pop()
            if subject not in subjects:
                subjects.add(subject)
                reached += by_issuer.get(subject, [])
        return subjects

    def _sorted(self, child: ParsedCertificate, issuers: Sequence[ParsedCertificate]) -> list[ParsedCertificate]:
        """The key that the child names first, then the certificates that are valid now, then the later ones."""
        if len(issuers) < 2:
            return list(issuers)
        authority = child.authority_key_identifier
        wanted = authority.key_identifier if authority else None

        def rank(issuer: ParsedCertificate) -> tuple[bool, bool, int]:
            other_key = wanted is not None and issuer.subject_key_identifier not in (None, wanted)
            return other_key, not issuer.not_before <= self.at <= issuer.not_after, -issuer.not_after

        return sorted(issuers, key=rank)

    def _is_signed(self, child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
        edge = (id(child), id(issuer))
        known = self._edges.get(edge)
        if known is None:
            if not self.budget.take_signature():
                return False
            known = self._edges[edge] = signed_by(child, issuer)
            if not known:
                self.bad_edges.append((child, issuer))
        return known


def signed_by(child: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    """True where the child's signature was made with the issuer's key."""
    checked = _remembered if child.is_ca and len(child.der) <= LARGEST else _checked
    return checked(issuer.spki, child.outer_algorithm, child.signature, child.tbs)


def _checked(spki: bytes, identifier: bytes, signature: bytes, data: bytes) -> bool:
    try:
        algorithm, facts = signature_algorithm(identifier), key_facts(spki)
    except DecodeError:
        return False
    # A longer modulus costs seconds; `rules` refuses it by name.
    return algorithm is not None and facts.bits <= 16384 and verify_signature(spki, algorithm, signature, data)


# An intermediate is met again under many leaves: its signature is true for ever.
_remembered = lru_cache(512)(_checked)


def _repeats(path: Path, issuer: ParsedCertificate) -> bool:
    """The same name with the same key once more leads nowhere that the first did not."""
    return any(known.spki == issuer.spki and known.subject == issuer.subject for known in path[1:])
