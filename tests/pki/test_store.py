"""Trust stores: where anchors come from, how they are found, and what identifies a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from dojang.pki.dn import normal_name
from dojang.pki.keys import InputError, dump_certificates
from dojang.pki.profiles import Purpose
from dojang.pki.store import AnchorLimits, TrustStore
from dojang.pki.verify import verify
from tests.pki.forge import NOW, forge, root

ONE, TWO = root("one"), root("two")


def test_a_store_is_the_same_from_everywhere(tmp_path: Path) -> None:
    pem = b"# one\n" + dump_certificates(ONE.pyca) + b"# two\n" + dump_certificates(TWO.pyca)
    (tmp_path / "bundle.pem").write_bytes(pem)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.crt").write_bytes(ONE.der)
    (tmp_path / "folder" / "0a1b2c3d.0").write_bytes(dump_certificates(TWO.pyca))
    (tmp_path / "folder" / "README").write_bytes(b"no certificate")
    stores = [
        TrustStore([ONE.der, TWO.der]),
        TrustStore([TWO.der, ONE.der, TWO.der]),
        TrustStore.from_bytes(pem),
        TrustStore.from_file(tmp_path / "bundle.pem"),
        TrustStore.from_folder(tmp_path / "folder"),
        TrustStore.from_pyca([ONE.pyca, TWO.pyca]),
        ONE.store | TWO.store,
    ]
    assert len({store.fingerprint for store in stores}) == 1
    assert len(set(stores)) == 1
    assert all(len(store) == 2 for store in stores)
    assert ONE.store != stores[0]
    assert TrustStore.from_bytes(pem) is TrustStore.from_bytes(bytes(pem))


def test_anchors_are_found_by_subject() -> None:
    store = ONE.store | TWO.store
    assert [found.der for found in store.issuers(normal_name(ONE.parsed.subject))] == [ONE.der]
    assert store.issuers(normal_name(forge("x", ONE).parsed.subject)) == ()
    assert ONE.der in store
    assert set(store) == {ONE.pyca, TWO.pyca}


def test_what_can_not_be_read_is_nobodys_issuer() -> None:
    assert TrustStore([b"\x30\x00", ONE.der]).issuers(normal_name(ONE.parsed.subject))


def test_missing_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no folder"):
        TrustStore.from_folder(tmp_path / "nothing")
    with pytest.raises(InputError, match="no file"):
        TrustStore.from_file(tmp_path / "nothing")
    with pytest.raises(InputError):
        TrustStore.from_bytes(b"nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    (tmp_path / "own.pem").write_bytes(dump_certificates(ONE.pyca))
    assert ONE.der in TrustStore.system()


def test_limits_of_an_anchor_count_beyond_its_certificate() -> None:
    leaf = forge("a.test", ONE, names=["a.test"])

    def codes(limits: AnchorLimits) -> list[str]:
        report = verify([leaf.der], ONE.store.limited(limits), name="a.test", at=NOW)
        return [failure.code for failure in report.failures]

    assert codes(AnchorLimits()) == []
    assert codes(AnchorLimits(purposes=frozenset({Purpose.EMAIL}))) == ["distrusted-purpose"]
    assert codes(AnchorLimits(leaf_before=int(NOW.timestamp()))) == []
    assert codes(AnchorLimits(leaf_before=0)) == ["distrusted-since"]
    constrained = root("x", extra=[]).parsed.name_constraints
    assert constrained is None
    assert ONE.store.limited(AnchorLimits()) != ONE.store
