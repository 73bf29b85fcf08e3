"""`dojang verify`, `x509`, `trust` and what `ca` does after issuing, as a user runs them, in both languages."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import dojang, start_dojang


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "ca"
    assert dojang("ca", "init", folder).code == 0
    assert dojang("ca", "issue", folder, "books.test", "127.0.0.1").code == 0
    assert dojang("ca", "crl", folder).code == 0
    return folder


def leaf(ca: Path) -> Path:
    return ca / "issued" / "books.test.pem"


def test_a_chain_that_holds(ca: Path) -> None:
    outcome = dojang("verify", leaf(ca), "--host", "books.test", "--ca", ca, "--lint", "--crl", ca / "ca.crl")
    assert outcome.code == 0, outcome.err
    assert "This chain holds for books.test" in outcome.out
    assert "not revoked, says the list of" in outcome.out
    for client in ("OpenSSL", "Python 3.13", "Chrome, Firefox"):
        assert client in outcome.out
    facts = json.loads(dojang("verify", leaf(ca), "--ca", ca, "--json", "--lint").out)
    assert facts["ok"]
    assert facts["lint"]["webpki"] == []
    assert {check["passed"] for check in facts["paths"][0]["checks"]} == {True}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_all_faults_are_told_with_remedies(ca: Path, language: str) -> None:
    outcome = dojang(
        "verify", leaf(ca), "--host", "other.test", "--ca", "certifi", "--at", "2050-01-01", "--lang", language
    )
    assert outcome.code == 1
    assert "ERR_CERT_AUTHORITY_INVALID" in outcome.out
    words = {"ko": ("해결:", "2050-01-01", "만료"), "en": ("To mend it:", "2050-01-01", "expired")}[language]
    assert all(word in outcome.out for word in words)
    wrong = dojang("verify", leaf(ca), "--at", "noon", "--lang", language)
    assert wrong.code == 2


def test_revoked_by_list_and_unknown_by_policy(ca: Path, tmp_path: Path) -> None:
    copy = tmp_path / "ca"
    shutil.copytree(ca, copy)
    assert dojang("ca", "revoke", copy, leaf(copy), "--reason", "keyCompromise").code == 0
    assert dojang("ca", "crl", copy, "--out", tmp_path / "new.crl").code == 0
    outcome = dojang("verify", leaf(copy), "--ca", copy, "--crl", tmp_path / "new.crl")
    assert outcome.code == 1
    assert "keyCompromise" in outcome.out
    assert dojang("verify", leaf(copy), "--ca", copy, "--revocation", "require").code == 1
    assert "revoked" in dojang("ca", "list", copy).out
    checked = dojang("ca", "log", copy, "--check")
    assert checked.code == 0, checked.err
    assert json.loads(dojang("ca", "log", copy, "--json").out)["entries"][0]["kind"] == "announce"


def test_serving_lists_and_answers(ca: Path) -> None:
    with start_dojang("ca", "serve", ca, "--port", "0", "--json") as server:
        assert server.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        where = json.loads(text)
        with urllib.request.urlopen(where["list"], timeout=10) as answer:
            assert answer.headers["Content-Type"] == "application/pkix-crl"
        if shutil.which("openssl"):
            files = map(str, ("-issuer", ca / "ca.pem", "-cert", leaf(ca), "-CAfile", ca / "root.pem"))
            command = ["openssl", "ocsp", *files, "-url", where["ocsp"]]
            run = subprocess.run(command, check=False, capture_output=True, timeout=30)
            assert b"books.test.pem: good" in run.stdout, run.stderr


def test_renewed_given_new_keys_and_exported(ca: Path, tmp_path: Path) -> None:
    out = tmp_path / "renewed.pem"
    assert dojang("ca", "renew", ca, leaf(ca), "--out", out).code == 0
    assert dojang("verify", out, "--host", "books.test", "--ca", ca).code == 0
    assert dojang("ca", "rekey", ca, leaf(ca), "--out", tmp_path / "new.pem").code == 0
    environ = {**os.environ, "DOJANG_PASSWORD": "secret", "DOJANG_LANG": "en"}
    p12 = tmp_path / "new.p12"
    assert dojang("ca", "export", tmp_path / "new.pem", "--out", p12, environ=environ).code == 0
    if shutil.which("keytool"):
        listed = subprocess.run(
            ["keytool", "-list", "-keystore", p12, "-storepass", "secret"], check=False, capture_output=True, timeout=60
        )
        assert b"PrivateKeyEntry" in listed.stdout, listed.stdout


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_of_object_is_explained(ca: Path, tmp_path: Path, language: str) -> None:
    assert dojang("ca", "request", "a.test", "--out", tmp_path / "a").code == 0
    certificate = dojang("x509", leaf(ca), "--lang", language, "--bytes").out
    assert "books.test, 127.0.0.1" in certificate
    assert "basicConstraints (critical): cA FALSE" in certificate
    assert ("클라이언트" in certificate) == (language == "ko")
    assert "a.test" in dojang("x509", tmp_path / "a.csr", "--lang", language).out
    assert "cRLNumber: 1" in dojang("x509", ca / "ca.crl", "--lang", language).out
    assert "nameConstraints (critical): permitted test, localhost" in dojang("x509", ca / "root.pem").out
    key = dojang("x509", tmp_path / "a.key", "--lang", language).out
    assert "ECDSA P-256" in key
    refused = dojang("x509", tmp_path, "--lang", language)
    assert refused.code == 2


def test_spans_are_the_bytes_of_the_fields(ca: Path) -> None:
    facts = json.loads(dojang("x509", leaf(ca), "--json").out)
    fields = {field["name"]: field for field in facts["objects"][0]["fields"]}
    assert bytes.fromhex(fields["subject"]["bytes"]).endswith(b"books.test")
    assert fields["serialNumber"]["bytes"].startswith("02")
    assert len(facts["objects"]) == 2


def test_trust_is_installed_listed_and_taken_back(ca: Path, tmp_path: Path) -> None:
    if shutil.which("certutil") is None:
        pytest.skip("certutil is not installed")
    database = tmp_path / ".pki" / "nssdb"
    database.mkdir(parents=True)
    subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True, timeout=30)
    options = ("--store", "nss", "--home", tmp_path, "--journal", tmp_path / "journal.json")
    assert "added to" in dojang("trust", "install", ca, *options).out
    assert dojang("verify", leaf(ca), "--ca", database, "--host", "books.test").code == 0
    assert "dojang" in dojang("trust", "list", *options).out
    assert "taken back" in dojang("trust", "uninstall", *options).out
    assert dojang("verify", leaf(ca), "--ca", database, "--host", "books.test").code == 1


def test_a_folder_from_before_there_were_ledgers(ca: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for name in ("ca.pem", "ca.key", "root.pem"):
        shutil.copy(ca / name, old / name)
    assert dojang("ca", "issue", old, "a.test").code == 0
    assert dojang("ca", "revoke", old, old / "issued" / "a.test.pem").code == 0
    assert dojang("ca", "crl", old).code == 0
    assert dojang("verify", old / "issued" / "a.test.pem", "--ca", old, "--crl", old / "ca.crl").code == 1


def test_connect_remembers_one_certificate_for_one_name(ca: Path, tmp_path: Path) -> None:
    """Refused, accepted with a reason, known again; refused once more when the certificate changes."""
    environ = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path), "DOJANG_LANG": "en"}

    def connect(port: int, *more: str) -> int:
        resolve = f"books.test:{port}:127.0.0.1"
        arguments = (f"books.test:{port}", "--resolve", resolve, "--ca", other, "--json", *more)
        return dojang("connect", *arguments, environ=environ).code

    assert dojang("ca", "init", tmp_path / "other").code == 0
    other = tmp_path / "other" / "root.pem"
    for expected in ([1, 0, 0], [1]):
        out = tmp_path / f"served{len(expected)}"
        assert dojang("ca", "issue", ca, "books.test", "--out", out).code == 0
        with serving(out) as port:
            codes = [connect(port, *(["--remember", "my shelf"] if at == 1 else [])) for at in range(len(expected))]
        assert codes == expected


@contextmanager
def serving(prefix: Path) -> Iterator[int]:
    """A stdlib server with that chain; the port it listens on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{prefix}.pem", f"{prefix}.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.settimeout(5)
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(100)
