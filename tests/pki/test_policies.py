"""Certificate policies: when one is required, which remain, and how mappings and limits change that."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cryptography import x509

from dojang.pki.policies import ANY_POLICY, policy_fault
from dojang.pki.verify import verify
from dojang.wire import der
from tests.pki.forge import NOW, Forged, extension, forge, root

GOLD, SILVER, TIN = "1.2.3.1", "1.2.3.2", "1.2.3.3"
ROOT = root()


def policies(*oids: str) -> tuple[x509.ExtensionType, bool]:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]), False


def limits(explicit: int | None = None, mapping: int | None = None) -> tuple[x509.ExtensionType, bool]:
    return x509.PolicyConstraints(explicit, mapping), True


def maps(*pairs: tuple[str, str]) -> tuple[x509.ExtensionType, bool]:
    rows = [der.encode(der.SEQUENCE, *(der.encode(der.OID, der.oid_bytes(oid)) for oid in pair)) for pair in pairs]
    return extension("2.5.29.33", der.encode(der.SEQUENCE, *rows), critical=True)


Extensions = Sequence[tuple[x509.ExtensionType, bool]]
REQUIRED = limits(explicit=0)


def path(*levels: Extensions) -> list[Forged]:
    """From the certificate below the anchor down to the leaf; returned leaf first, with the anchor."""
    made = [ROOT]
    for at, extensions in enumerate(levels):
        ca = at < len(levels) - 1
        made.insert(0, forge(f"level {at}", made[0], ca=ca, extra=extensions, names=() if ca else ["a.test"]))
    return made


@pytest.mark.parametrize(
    ("levels", "fault"),
    [
        ([[], []], None),
        ([[policies(GOLD)], [policies(SILVER)]], None),
        ([[policies(GOLD), REQUIRED], [policies(GOLD)]], None),
        ([[policies(GOLD), REQUIRED], [policies(SILVER)]], 0),
        ([[policies(GOLD), REQUIRED], []], 0),
        ([[REQUIRED], [policies(GOLD)]], 0),
        ([[policies(ANY_POLICY), REQUIRED], [policies(SILVER)]], None),
        ([[policies(GOLD), REQUIRED], [policies(ANY_POLICY)]], None),
        ([[policies(GOLD), limits(explicit=1)], [], []], 0),
        ([[policies(GOLD), limits(explicit=2)], [], []], 0),
        ([[policies(GOLD), limits(explicit=3)], [], []], None),
        ([[], [REQUIRED]], 0),
        ([[policies(GOLD)], [policies(GOLD), REQUIRED]], None),
        # mappings
        ([[policies(GOLD), REQUIRED, maps((GOLD, SILVER))], [policies(SILVER)]], None),
        ([[policies(GOLD), REQUIRED, maps((GOLD, SILVER))], [policies(GOLD)]], 0),
        ([[policies(ANY_POLICY), REQUIRED, maps((GOLD, SILVER))], [policies(SILVER)]], None),
        ([[policies(GOLD), REQUIRED, maps((GOLD, SILVER), (GOLD, TIN))], [policies(TIN)]], None),
        ([[policies(GOLD), maps((GOLD, ANY_POLICY))], [policies(SILVER)]], 1),
        ([[policies(GOLD), limits(0, 0)], [policies(GOLD), maps((GOLD, SILVER))], [policies(SILVER)]], 0),
        ([[policies(GOLD), limits(0, 1)], [policies(GOLD), maps((GOLD, SILVER))], [policies(SILVER)]], None),
        # inhibitAnyPolicy
        ([[policies(GOLD), REQUIRED, (x509.InhibitAnyPolicy(0), True)], [policies(ANY_POLICY)]], 0),
        ([[policies(GOLD), REQUIRED, (x509.InhibitAnyPolicy(1), True)], [policies(ANY_POLICY)]], None),
        (
            [
                [policies(GOLD), REQUIRED, (x509.InhibitAnyPolicy(1), True)],
                [policies(ANY_POLICY)],
                [policies(ANY_POLICY)],
            ],
            0,
        ),
    ],
)
def test_where_no_policy_is_left(levels: list[Extensions], fault: int | None) -> None:
    made = path(*levels)
    assert policy_fault([each.parsed for each in made]) == fault
    report = verify([each.der for each in made], ROOT.store, name="a.test", at=NOW)
    assert [failure.code for failure in report.failures] == (["no-valid-policy"] if fault is not None else [])


def test_wanted_policies() -> None:
    made = [each.parsed for each in path([policies(GOLD, SILVER)], [policies(GOLD)])]
    assert policy_fault(made, frozenset({GOLD})) is None
    assert policy_fault(made, frozenset({SILVER})) == 0
    anything = [each.parsed for each in path([policies(ANY_POLICY)], [policies(GOLD)])]
    assert policy_fault(anything, frozenset({GOLD})) is None
    assert policy_fault(anything, frozenset({TIN})) == 0
    mapped = [each.parsed for each in path([policies(GOLD), maps((GOLD, SILVER))], [policies(SILVER)])]
    assert policy_fault(mapped, frozenset({GOLD})) is None
    assert policy_fault(mapped, frozenset({SILVER})) == 0


def test_mappings_do_not_grow_without_bound() -> None:
    every = [f"1.2.3.{at}" for at in range(20)]
    web = maps(*((one, two) for one in every for two in every))
    made = path(*([[policies(*every), web]] * 12), [policies(every[0]), REQUIRED])
    assert policy_fault([each.parsed for each in made]) is None
