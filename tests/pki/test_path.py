"""Path building: cross-signs, loops, several roots, and graphs made to keep a verifier busy."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from dojang.pki.keys import create_key
from dojang.pki.path import Budget, PathSearch
from dojang.pki.store import TrustStore
from dojang.pki.verify import verify
from tests.pki.forge import NOW, Forged, forge, root

AT = int(NOW.timestamp())
DAY = dt.timedelta(days=1)
KEYS = [create_key() for _ in range(4)]
OLD, NEW = root("old", key=KEYS[0]), root("new", key=KEYS[1])


def paths(end: Forged, sent: list[Forged], store: TrustStore) -> list[list[bytes]]:
    search = PathSearch([each.parsed for each in sent], store, AT)
    return [[certificate.der for certificate in path] for path in search.paths(end.parsed)]


def test_cross_signs_give_a_path_to_either_root() -> None:
    own, crossed = forge("i", OLD, ca=True, key=KEYS[2]), forge("i", NEW, ca=True, key=KEYS[2])
    end = forge("a.test", own, names=["a.test"])
    assert paths(end, [own, crossed], NEW.store) == [[end.der, crossed.der, NEW.der]]
    assert len(paths(end, [own, crossed], NEW.store | OLD.store)) == 2
    assert verify([end.der, own.der, crossed.der], NEW.store, name="a.test", at=NOW).ok


def test_an_expired_way_does_not_hide_a_good_one() -> None:
    good = forge("i", NEW, ca=True, key=KEYS[2])
    late = forge("i", OLD, ca=True, key=KEYS[2], end=NOW - DAY)
    end = forge("a.test", good, names=["a.test"])
    for sent in ([late, good], [good, late]):
        found = paths(end, sent, NEW.store | OLD.store)
        assert found[0] == [end.der, good.der, NEW.der]
        assert verify([end.der, *(each.der for each in sent)], NEW.store | OLD.store, name="a.test", at=NOW).ok


def test_every_path_that_was_tried_is_in_the_report() -> None:
    one, two = forge("i", OLD, ca=True, key=KEYS[2], end=NOW - DAY), forge("i", NEW, key=KEYS[2])
    end = forge("a.test", one, names=["a.test"])
    report = verify([end.der, one.der, two.der], OLD.store | NEW.store, name="a.test", at=NOW)
    assert sorted(path.failures[0].code for path in report.paths) == ["expired", "not-a-ca"]
    assert [failure.code for failure in report.failures] == ["expired"]


def test_a_renewed_root_with_another_key_is_told_apart_by_its_signature() -> None:
    twin = root("old", key=KEYS[3])
    end = forge("a.test", OLD, names=["a.test"])
    assert paths(end, [], twin.store | OLD.store) == [[end.der, OLD.der]]
    assert paths(end, [twin], OLD.store) == [[end.der, OLD.der]]


def test_two_authorities_that_sign_each_other() -> None:
    one, two = root("one", key=KEYS[2]), root("two", key=KEYS[3])
    loop = [forge("one", two, ca=True, key=KEYS[2]), forge("two", one, ca=True, key=KEYS[3])]
    end = forge("a.test", one, names=["a.test"])
    assert paths(end, loop, OLD.store) == []
    report = verify([end.der, *(each.der for each in loop)], OLD.store, name="a.test", at=NOW)
    assert [failure.code for failure in report.failures] == ["unknown-issuer"]
    way_out = forge("one", OLD, ca=True, key=KEYS[2])
    assert [end.der, way_out.der, OLD.der] in paths(end, [*loop, way_out], OLD.store)


def test_names_are_compared_by_meaning() -> None:
    middle = forge("Middle  CA", OLD, ca=True, key=KEYS[2])
    renamed = Forged(middle.der, middle.key, forge("middle ca").name)
    assert len(paths(forge("a.test", renamed, names=["a.test"]), [middle], OLD.store)) == 1


def tangle(size: int, *, same_name: bool, same_key: bool, top: Forged) -> list[Forged]:
    """`size` authorities in a row below `top`, alike in name or key."""
    row = [top]
    for at in range(size):
        key = KEYS[2] if same_key else KEYS[at % 2 + 2]
        row.append(forge("tangle" if same_name else f"tangle {at}", row[-1], ca=True, key=key))
    return row[1:]


@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("same_name", [True, False])
@pytest.mark.parametrize("same_key", [True, False])
def test_pathological_graphs_end_soon(same_name: bool, same_key: bool, rooted: bool) -> None:
    top = forge("tangle", OLD, ca=True, key=KEYS[2])
    sent = tangle(100, same_name=same_name, same_key=same_key, top=top)
    end = forge("a.test", sent[-1], names=["a.test"])
    store = OLD.store if rooted else NEW.store
    begun = time.process_time()
    report = verify([end.der, *(each.der for each in sent), top.der], store, name="b.test", at=NOW)
    assert time.process_time() - begun < 2
    assert not report.ok
    assert len(report.paths) <= Budget().paths


def test_the_budget_names_what_was_spent() -> None:
    tops = [forge("same", OLD, ca=True, key=KEYS[2], serial=at) for at in range(1, 90)]
    end = forge("a.test", tops[0], names=["a.test"], end=NOW - DAY)
    report = verify([end.der, *(each.der for each in tops)], OLD.store, name="a.test", at=NOW)
    assert [failure.code for failure in report.failures] == ["work-limit", "expired"]
    assert report.failures[0].details["unit"] == "paths"


def test_no_more_certificates_are_looked_at_than_any_chain_has() -> None:
    end = forge("a.test", OLD, names=["a.test"])
    noise = [forge(f"noise {at}", OLD, ca=True).der for at in range(300)]
    assert verify([end.der, *noise], OLD.store, name="a.test", at=NOW).ok
