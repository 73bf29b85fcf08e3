"""Roots put into real stores by their real tools, seen by their real readers, and taken back exactly."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import ApiMisuse
from dojang.pki.authority import Authority
from dojang.pki.exceptions import Exceptions
from dojang.pki.pem import InputError
from dojang.pki.store import TrustStore
from dojang.pki.trust.java import JavaStore
from dojang.pki.trust.nss import NssStore
from dojang.pki.trust.record import Journal
from dojang.pki.trust.stores import install, uninstall
from dojang.pki.trust.system import SystemStore

ROOT = Authority.create_root("trust me")
DER = ROOT.certificate.public_bytes(Encoding.DER)


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None:
            if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
                pytest.fail(f"{program} is not installed")
            pytest.skip(f"{program} is not installed")


def results(outcomes: object) -> list[str]:
    assert isinstance(outcomes, list)
    return [outcome.result for outcome in outcomes]


def test_nss_databases_of_chromium_and_firefox(tmp_path: Path) -> None:
    need("certutil")
    folders = [tmp_path / ".pki" / "nssdb", tmp_path / ".mozilla" / "firefox" / "x.default"]
    for folder in folders:
        folder.mkdir(parents=True)
        subprocess.run(["certutil", "-N", "-d", f"sql:{folder}", "--empty-password"], check=True, timeout=30)
    journal, store = Journal(tmp_path / "journal.json"), NssStore(tmp_path)
    assert results(install(ROOT.certificate, [store], journal)) == ["installed"] * 2
    assert results(install(ROOT.certificate, [store], journal)) == ["present"] * 2
    assert DER in TrustStore.from_nss(folders[0])
    assert len(journal.changes()) == 2
    assert results(uninstall(None, [store], journal)) == ["removed"] * 2
    assert journal.changes() == []
    for folder in folders:
        listed = subprocess.run(["certutil", "-L", "-d", f"sql:{folder}"], check=True, capture_output=True, timeout=30)
        assert b"dojang" not in listed.stdout
        assert len(TrustStore.from_nss(folder)) == 0
    with pytest.raises(InputError, match="no NSS database"):
        TrustStore.from_nss(tmp_path)


def test_a_java_keystore(tmp_path: Path) -> None:
    need("keytool")
    store, journal = JavaStore(tmp_path / "cacerts"), Journal(tmp_path / "journal.json")
    other = Authority.create_root("other").certificate
    assert results(install(other, [store], journal)) == ["installed"]
    journal.path.unlink()
    assert results(install(ROOT.certificate, [store], journal)) == ["installed"]
    listed = subprocess.run(
        ["keytool", "-list", "-keystore", tmp_path / "cacerts", "-storepass", "changeit"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert listed.stdout.count(b"trustedCertEntry") == 2
    fingerprint = journal.changes()[0].fingerprint
    assert results(uninstall("00", [store], journal)) == []
    assert results(uninstall(fingerprint, [store], journal)) == ["removed"]
    assert results(uninstall(None, [store], journal)) == []


def test_debians_store_in_a_file_tree_of_its_own(tmp_path: Path) -> None:
    need("update-ca-certificates")
    for folder in ("usr/local/share/ca-certificates", "usr/share/ca-certificates", "etc/ssl/certs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/ca-certificates/update.d").mkdir(parents=True)
    (tmp_path / "etc/ca-certificates.conf").touch()
    store, journal = SystemStore(tmp_path), Journal(tmp_path / "journal.json")
    local, bundle = tmp_path / "usr/local/share/ca-certificates", tmp_path / "etc/ssl/certs/ca-certificates.crt"
    (local / "other.crt").write_bytes(Authority.create_root("other").certificate.public_bytes(Encoding.PEM))
    store._refresh(str(local))
    before = bundle.read_bytes()
    outcomes = install(ROOT.certificate, [store], journal)
    assert results(outcomes) == ["installed"], outcomes
    assert DER in TrustStore.from_file(bundle)
    assert results(install(ROOT.certificate, [store], journal)) == ["present"]
    assert results(uninstall(None, [store], journal)) == ["removed"]
    assert [path.name for path in local.iterdir()] == ["other.crt"]
    assert bundle.read_bytes() == before


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    need("certutil")
    broken = tmp_path / ".pki" / "nssdb"
    broken.mkdir(parents=True)
    (broken / "cert9.db").write_bytes(b"no database")
    journal = Journal(tmp_path / "journal.json")
    assert results(install(ROOT.certificate, [NssStore(tmp_path)], journal)) == ["failed"]
    assert journal.changes() == []
    with pytest.raises(InputError, match="only an authority"):
        install(ROOT.issue(["a.test"]).certificate, [], journal)
    (tmp_path / "journal.json").write_text("{")
    with pytest.raises(InputError, match="no journal"):
        journal.changes()


def test_an_exception_is_for_one_certificate_one_name_and_a_time(tmp_path: Path) -> None:
    now = [1000.0]
    exceptions = Exceptions(tmp_path / "exceptions.json", clock=lambda: now[0])
    assert not exceptions("a.test", DER)
    exceptions.remember("A.test", DER, "my own router", days=1)
    assert exceptions("a.test", DER)
    assert not exceptions("b.test", DER)
    assert not exceptions("a.test", DER + b"\0")
    now[0] += 86400
    assert not exceptions("a.test", DER)
    exceptions.remember("a.test", DER, "still my own", days=9999)
    assert exceptions.known()[0].until - exceptions.known()[0].since == 365 * 86400
    assert exceptions.forget("a.test")
    assert not exceptions.forget("a.test")
    with pytest.raises(ApiMisuse, match="reason"):
        exceptions.remember("a.test", DER, " ")
    (tmp_path / "exceptions.json").write_text("[1]")
    with pytest.raises(InputError, match="no list of exceptions"):
        exceptions("a.test", DER)


def test_the_engine_goes_on_for_the_excepted_certificate_alone(tmp_path: Path) -> None:
    from dojang.engine.config import ClientConfig, Credential, ServerConfig
    from dojang.errors import CertificateError
    from tests.pki.test_publication import handshake

    stranger = Authority.create_root("stranger")
    first, second = stranger.issue(["a.test"]), stranger.issue(["a.test"])
    servers = [ServerConfig(credentials=(Credential.from_pyca(each.chain, each.key),)) for each in (first, second)]
    exceptions = Exceptions(tmp_path / "exceptions.json")
    client = ClientConfig(trust=ROOT.trust, exceptions=exceptions)
    with pytest.raises(CertificateError):
        handshake(client, servers[0])
    exceptions.remember("a.test", first.certificate.public_bytes(Encoding.DER), "a test")
    session = handshake(client, servers[0]).session
    assert session is not None
    assert session.report is not None
    assert not session.report.ok
    with pytest.raises(CertificateError):
        handshake(client, servers[1])


def test_certifi_and_the_system() -> None:
    pytest.importorskip("certifi")
    assert len(TrustStore.certifi()) > 100
