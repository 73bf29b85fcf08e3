"""What `Authority` issues is accepted by OpenSSL's strict mode, pyca, Go, GnuTLS, NSS and Java, and what its name
constraints forbid is refused by all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from dojang.pki.authority import Authority, Issued
from dojang.pki.templates import DEVELOPMENT, Places
from tests.pki import others

PLACES = Places("http://ca.test", 4)
ROOT = Authority.create_root("accepted root", permitted=DEVELOPMENT)
MIDDLE = ROOT.create_intermediate(permitted=DEVELOPMENT, places=PLACES)
GOOD = MIDDLE.issue(["shop.test", "127.0.0.1"])


@pytest.fixture(scope="module")
def bad() -> Issued:
    """What a thief of the intermediate's key would make: the same issuer and key, and no limits of its own."""
    unlimited = Authority.create_root("accepted root", key=ROOT.key).create_intermediate(key=MIDDLE.key)
    forged = unlimited.issue(["example.com"])
    return Issued((forged.certificate, MIDDLE.certificate), forged.key)


ROOTS = [ROOT.certificate]


def test_openssl(bad: Issued, tmp_path: Path) -> None:
    assert others.openssl(tmp_path, ROOTS, GOOD.chain, "shop.test", datetime.now(UTC)) == "ok"
    assert "permitted subtree violation" in others.openssl(tmp_path, ROOTS, bad.chain, "example.com", datetime.now(UTC))


def test_pyca(bad: Issued) -> None:
    builder = PolicyBuilder().store(Store(ROOTS))
    builder.build_server_verifier(x509.DNSName("shop.test")).verify(GOOD.chain[0], list(GOOD.chain[1:]))
    with pytest.raises(VerificationError, match="constraints"):
        builder.build_server_verifier(x509.DNSName("example.com")).verify(bad.chain[0], list(bad.chain[1:]))


def test_go(bad: Issued) -> None:
    assert others.go(ROOT.certificate, [GOOD.chain], "shop.test", datetime.now(UTC)) == ["ok"]
    said = others.go(ROOT.certificate, [bad.chain], "example.com", datetime.now(UTC))
    assert "not permitted" in said[0]


def test_gnutls(bad: Issued, tmp_path: Path) -> None:
    assert others.gnutls(tmp_path, ROOTS, GOOD.chain) == "ok"
    assert "violates the signer's constraints" in others.gnutls(tmp_path, ROOTS, bad.chain)


def test_nss(bad: Issued, tmp_path: Path) -> None:
    assert others.certutil(tmp_path, ROOTS, GOOD.chain) == "ok"
    assert "not permitted to issue" in others.certutil(tmp_path, ROOTS, bad.chain)


def test_java(bad: Issued, tmp_path: Path) -> None:
    """Java looks at the intermediate's constraints and not at a root's: both carry them."""
    good, refused = others.java(tmp_path, ROOTS, [GOOD.chain, bad.chain])
    assert good == "ok"
    assert "CertificateException" in refused or "Validator" in refused
