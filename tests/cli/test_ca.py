"""`dojang ca`: what it writes is what others accept, and nothing is overwritten unasked."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dojang.pki.keys import load_certificates_file, load_private_key_file
from dojang.pki.store import TrustStore
from dojang.pki.verify import verify
from tests.cli.command import dojang
from tests.cli.here import dojang_here


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca") / "my-ca"
    outcome = dojang_here("ca", "init", folder, "--name", "Test")
    assert outcome.code == 0, outcome.err
    return folder


def test_init_leaves_a_root_and_an_intermediate(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    root = os.path.join("root", "ca.key"), os.path.join("root", "ca.pem")
    assert {"ca.key", "ca.pem", "root.pem", *root} <= files


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.key")}
    assert modes == {0o600}


def test_init_never_overwrites_unasked(folder: Path) -> None:
    before = (folder / "ca.pem").read_bytes()
    outcome = dojang_here("ca", "init", folder)
    assert outcome.code == 2
    assert (folder / "ca.pem").read_bytes() == before


def test_init_overwrites_when_asked(tmp_path: Path) -> None:
    assert dojang_here("ca", "init", tmp_path).code == 0
    before = (tmp_path / "ca.pem").read_bytes()
    assert dojang_here("ca", "init", tmp_path, "--force").code == 0
    assert (tmp_path / "ca.pem").read_bytes() != before


def test_an_issued_certificate_verifies(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "books"
    outcome = dojang_here("ca", "issue", folder, "books.test", "127.0.0.1", "--out", out, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["chain"][0]["names"] == ["books.test", "127.0.0.1"]
    assert_verifies(folder, Path(f"{out}.pem"), "books.test")
    load_private_key_file(f"{out}.key")


def test_openssl_agrees(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "agreed"
    assert dojang_here("ca", "issue", folder, "agreed.test", "--out", out).code == 0
    command = ["openssl", "verify", "-x509_strict", "-verify_hostname", "agreed.test", "-CAfile", f"{folder}/root.pem"]
    try:
        run = subprocess.run([*command, "-untrusted", f"{out}.pem", f"{out}.pem"], capture_output=True, timeout=30)
    except FileNotFoundError:
        if os.environ.get("DOJANG_REQUIRE_PEERS"):
            raise
        pytest.skip("openssl is not installed")
    assert run.returncode == 0, run.stderr


def test_a_request_is_signed_for_the_names_it_asks_for(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "tea"
    assert dojang_here("ca", "request", "tea.test", "*.tea.test", "--out", out).code == 0
    assert dojang_here("ca", "sign", folder, f"{out}.csr").code == 0
    assert_verifies(folder, Path(f"{out}.pem"), "green.tea.test")


def test_a_request_may_be_signed_for_another_name(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "other"
    assert dojang_here("ca", "request", "asked.test", "--out", out).code == 0
    assert dojang_here("ca", "sign", folder, f"{out}.csr", "--name", "given.test").code == 0
    assert_verifies(folder, Path(f"{out}.pem"), "given.test")


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ed25519", "ml-dsa-65"])
def test_other_kinds_of_key(tmp_path: Path, algorithm: str) -> None:
    assert dojang_here("ca", "init", tmp_path / "ca", "--algorithm", algorithm).code == 0
    out = tmp_path / "leaf"
    assert dojang_here("ca", "issue", tmp_path / "ca", "a.test", "--algorithm", algorithm, "--out", out).code == 0
    assert_verifies(tmp_path / "ca", Path(f"{out}.pem"), "a.test")


def test_an_encrypted_key_needs_its_password(tmp_path: Path) -> None:
    environ = {**os.environ, "DOJANG_PASSWORD": "correct horse", "DOJANG_LANG": "en"}
    assert dojang("ca", "init", tmp_path, "--encrypt", environ=environ).code == 0
    assert b"ENCRYPTED" in (tmp_path / "ca.key").read_bytes()
    assert b"ENCRYPTED" in (tmp_path / "root" / "ca.key").read_bytes()
    without = dojang_here("ca", "issue", tmp_path, "a.test")
    assert (without.code, "DOJANG_PASSWORD" in without.err) == (2, True)
    wrong = dojang("ca", "issue", tmp_path, "a.test", environ={**environ, "DOJANG_PASSWORD": "wrong"})
    assert wrong.code == 2
    assert dojang("ca", "issue", tmp_path, "a.test", environ=environ).code == 0


def test_a_limited_authority_issues_nothing_valid_beyond_its_limit(tmp_path: Path) -> None:
    assert dojang_here("ca", "init", tmp_path, "--permit", "home.test").code == 0
    assert dojang_here("ca", "issue", tmp_path, "a.home.test", "--out", tmp_path / "a.home.test").code == 0
    assert_verifies(tmp_path, tmp_path / "a.home.test.pem", "a.home.test")
    refused = dojang_here("ca", "issue", tmp_path, "a.other.test", "--out", tmp_path / "a.other.test")
    assert refused.code == 2
    assert "home.test" in refused.err
    assert not (tmp_path / "a.other.test.pem").exists()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_show_tells_what_is_in_it(folder: Path, language: str) -> None:
    outcome = dojang_here("ca", "show", folder, "--lang", language)
    assert outcome.code == 0
    assert "Test root" in outcome.out
    assert ("인증 기관" in outcome.out) == (language == "ko")


def test_show_of_an_empty_folder(tmp_path: Path) -> None:
    outcome = dojang_here("ca", "show", tmp_path)
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)


@pytest.mark.parametrize("name", ["not a name", "10.0.0.0/8", "*.127.0.0.1", ""])
def test_what_is_no_name_is_refused(folder: Path, name: str) -> None:
    outcome = dojang_here("ca", "issue", folder, name)
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)


def test_a_name_never_leads_out_of_the_folder(folder: Path) -> None:
    outcome = dojang_here("ca", "issue", folder, "https://a.test/../../evil", "--json")
    assert outcome.code == 0
    assert (folder / "issued") in Path(json.loads(outcome.out)["certificate"]).parents


def assert_verifies(folder: Path, chain: Path, name: str) -> None:
    report = verify(load_certificates_file(chain), TrustStore.from_file(folder / "root.pem"), name=name)
    assert report.ok, report.failures
