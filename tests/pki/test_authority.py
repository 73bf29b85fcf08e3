"""The authority: what it issues, what it refuses, and what others say of it."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store

from dojang.errors import ApiMisuse
from dojang.pki.authority import Authority
from dojang.pki.csr import create_csr
from dojang.pki.folder import CERTIFICATE_FILE, KEY_FILE, write_file
from dojang.pki.keys import ALGORITHMS, InputError, create_key, dump_certificates
from dojang.pki.profiles import PROFILES, WEBPKI, Purpose
from dojang.pki.verify import verify
from tests.pki.forge import KEY

QUICK = [name for name in ALGORITHMS if name not in ("rsa-3072", "rsa-4096")]
WEB = [name for name in QUICK if name.startswith(("rsa", "ecdsa"))]


@pytest.mark.parametrize("algorithm", QUICK)
def test_every_key_under_every_profile(algorithm: str) -> None:
    root = Authority.create_root(algorithm=algorithm)
    issued = root.create_intermediate(algorithm=algorithm).issue(["a.test", "10.0.0.1"], algorithm=algorithm)
    for profile in PROFILES.values():
        for name in ("a.test", "10.0.0.1"):
            report = verify(issued.chain, root.trust, name=name, profile=profile)
            allowed = algorithm in WEB or "webpki" not in (profile.name, WEBPKI.name) or profile.curves is None
            assert report.ok == allowed, [str(failure) for failure in report.failures]


@pytest.mark.parametrize("algorithm", [name for name in QUICK if not name.startswith("ml-dsa")])
def test_openssl_accepts_it_strictly(algorithm: str, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    root = Authority.create_root(algorithm=algorithm, permitted=["test", "10.0.0.0/8"])
    intermediate = root.create_intermediate(algorithm=algorithm)
    issued = intermediate.issue(["a.test", "10.0.0.1"], purpose="both", algorithm=algorithm)
    (tmp_path / "root.pem").write_bytes(dump_certificates(root.certificate))
    (tmp_path / "chain.pem").write_bytes(dump_certificates(intermediate.certificate))
    (tmp_path / "leaf.pem").write_bytes(dump_certificates(issued.certificate))
    for purpose in ("sslserver", "sslclient"):
        command = [
            openssl,
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            "-purpose",
            purpose,
            "-verify_hostname",
            "a.test",
        ]
        command += ["-CAfile", "root.pem", "-untrusted", "chain.pem", "leaf.pem"]
        result = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("algorithm", WEB)
def test_pyca_accepts_it(algorithm: str) -> None:
    root = Authority.create_root(algorithm=algorithm)
    issued = root.create_intermediate(algorithm=algorithm).issue(["a.test"], algorithm=algorithm)
    verifier = PolicyBuilder().store(Store([root.root])).build_server_verifier(x509.DNSName("a.test"))
    assert len(verifier.verify(issued.certificate, list(issued.chain[1:]))) == 3


def test_certificates_say_what_they_must() -> None:
    authority = Authority.create_root("뿌리").create_intermediate("가지")
    certificate = authority.issue(["a.test", "*.b.test"]).certificate
    extensions = {extension.oid: extension for extension in certificate.extensions}
    assert certificate.serial_number.bit_length() >= 64
    assert certificate.subject.rfc4514_string() == "CN=a.test"
    assert extensions[x509.BasicConstraints.oid].critical
    assert extensions[x509.KeyUsage.oid].critical
    assert not extensions[x509.SubjectAlternativeName.oid].critical
    assert authority.issue(["a.test"]).certificate.serial_number != certificate.serial_number


def test_a_long_name_leaves_the_subject_empty_and_the_names_critical() -> None:
    name = ".".join(["x" * 30] * 3) + ".test"
    root = Authority.create_root()
    issued = root.issue([name])
    assert not list(issued.certificate.subject)
    assert issued.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical
    assert verify(issued.chain, root.trust, name=name, profile=WEBPKI).ok


def test_the_clock_is_injected_and_nothing_outlives_its_issuer() -> None:
    now = dt.datetime(2030, 5, 5, 12, tzinfo=dt.UTC)
    root = Authority.create_root(days=10, clock=lambda: now)
    issued = root.issue(["a.test"], days=90)
    assert root.certificate.not_valid_after_utc == now + dt.timedelta(days=10)
    assert issued.certificate.not_valid_after_utc == now + dt.timedelta(days=10)
    assert issued.certificate.not_valid_before_utc < now
    assert verify(issued.chain, root.trust, name="a.test", at=now).ok
    assert not verify(issued.chain, root.trust, name="a.test", at=now + dt.timedelta(days=11)).ok


def test_purposes() -> None:
    root = Authority.create_root()
    both, client = root.issue(["a.test"], purpose="both"), root.issue(["a.test"], purpose="client")
    assert verify(both.chain, root.trust, purpose=Purpose.CLIENT).ok
    assert verify(both.chain, root.trust, purpose=Purpose.SERVER).ok
    assert verify(client.chain, root.trust, purpose=Purpose.CLIENT).ok
    assert not verify(client.chain, root.trust, purpose=Purpose.SERVER).ok
    with pytest.raises(ApiMisuse):
        root.issue(["a.test"], purpose="conquest")


def test_a_limited_root_can_not_impersonate_the_world() -> None:
    root = Authority.create_root(permitted=["test", "10.0.0.0/8", "@a.test"])
    for name in ("a.test", "deep.down.test", "10.1.2.3"):
        assert verify(root.issue([name]).chain, root.trust, name=name).ok
    for name in ("example.com", "192.0.2.1"):
        with pytest.raises(ApiMisuse, match="may only issue for"):
            root.issue([name])
        # What a thief who has its key would make.
        forged = Authority.create_root(key=root.key).issue([name])
        report = verify(forged.chain, root.trust, name=name)
        assert [failure.code for failure in report.failures] == ["name-not-permitted"]
    with pytest.raises(ApiMisuse):
        Authority.create_root(permitted=["no domain"])


def test_requests_are_signed_for_their_names_or_for_others() -> None:
    root = Authority.create_root()
    csr = create_csr(KEY, ["a.test", "::1", "urn:x:y"])
    assert verify(root.sign(csr), root.trust, name="::1").ok
    assert verify(root.sign(csr, ["b.test"]), root.trust, name="b.test").ok
    assert not verify(root.sign(csr, ["b.test"]), root.trust, name="a.test").ok


def test_requests_that_are_not_signed() -> None:
    root = Authority.create_root()
    with pytest.raises(ApiMisuse, match="at least one name"):
        root.sign(create_csr(KEY, []))
    wild = x509.SubjectAlternativeName([x509.DNSName("a_b.test")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(wild, critical=True)
    with pytest.raises(ApiMisuse):
        root.sign(builder.sign(create_key("ed25519"), None))
    other = x509.SubjectAlternativeName([x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(other, critical=True)
    with pytest.raises(ApiMisuse, match="kind of name"):
        root.sign(builder.sign(create_key("ed25519"), None))
    data = bytearray(create_csr(KEY, ["a.test"]).public_bytes(Encoding.DER))
    data[data.rindex(b"a.test")] ^= 1
    with pytest.raises(InputError):
        root.sign(x509.load_der_x509_csr(bytes(data)))


def test_wrong_wishes() -> None:
    root = Authority.create_root()
    for wrong in (lambda: root.issue([]), lambda: root.issue(["a.test"], days=0), lambda: Authority.create_root(" ")):
        with pytest.raises(ApiMisuse):
            wrong()
    with pytest.raises(ApiMisuse):
        Authority((root.certificate,), create_key())
    with pytest.raises(ApiMisuse):
        Authority((), KEY)


def test_an_authority_comes_back_from_its_folder(tmp_path: Path) -> None:
    root = Authority.create_root()
    intermediate = root.create_intermediate()
    root.save(tmp_path / "root", "암호")
    intermediate.save(tmp_path / "below")
    opened = Authority.open(tmp_path / "below")
    assert opened.chain == intermediate.chain
    assert verify(opened.issue(["a.test"]).chain, Authority.open(tmp_path / "root", "암호").trust, name="a.test").ok
    assert not list(tmp_path.glob("*/.*")), "a temporary file was left"
    if sys.platform != "win32":
        assert (tmp_path / "below" / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path) -> None:
    first, second = Authority.create_root(), Authority.create_root()
    first.save(tmp_path)
    with pytest.raises(InputError, match="nothing was overwritten"):
        second.save(tmp_path)
    assert Authority.open(tmp_path).certificate == first.certificate
    second.save(tmp_path, force=True)
    assert Authority.open(tmp_path).certificate == second.certificate
    with pytest.raises(InputError, match="not overwritten"):
        write_file(tmp_path / CERTIFICATE_FILE, b"")


def test_folders_that_hold_no_authority(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no authority"):
        Authority.open(tmp_path)
    Authority.create_root().save(tmp_path, "right")
    for password in (None, "wrong"):
        with pytest.raises(InputError):
            Authority.open(tmp_path, password)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="can't be written"):
        Authority.create_root().save(tmp_path / "file" / "below")
