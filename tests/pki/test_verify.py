"""The verifier: one fault at a time, all faults at once, and the same answer for the same question."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from dojang.errors import ApiMisuse, CertificateError
from dojang.pki.keys import create_key
from dojang.pki.profiles import BASELINE, COMPAT, PYTHON_STRICT, RFC5280, STANDARD, WEBPKI, Profile, Purpose
from dojang.pki.report import Report
from dojang.pki.store import TrustStore
from dojang.pki.verify import forget, verify
from dojang.wire import der
from dojang.wire.codes import Alert
from tests.pki.forge import KEY, NOW, Forged, extension, forge, rebuilt, resigned, root, usage

ROOT = root()
INTERMEDIATE = forge("intermediate", ROOT, ca=True, path_length=0, key=create_key())
OTHER_KEY = create_key()
DAY = dt.timedelta(days=1)


def judge(*chain: Forged, store: TrustStore | None = None, name: str | None = "a.test", **options: Any) -> Report:
    options.setdefault("at", NOW)
    return verify([each.der for each in chain], ROOT.store if store is None else store, name=name, **options)


def codes(report: Report) -> list[str]:
    return [failure.code for failure in report.failures]


def leaf(parent: Forged = INTERMEDIATE, **options: Any) -> Forged:
    options.setdefault("names", ["a.test"])
    return forge("a.test", parent, **options)


def test_a_chain_that_holds() -> None:
    end = leaf()
    report = judge(end, INTERMEDIATE)
    assert report.ok
    assert report.failures == ()
    assert report.chrome == ""
    assert report.gravest is None
    assert [certificate.der for certificate in report.certificates] == [end.der, INTERMEDIATE.der, ROOT.der]
    assert report.path == (end.pyca, INTERMEDIATE.pyca, ROOT.pyca)
    report.raise_for_failure()


def test_pyca_objects_will_do() -> None:
    assert verify([leaf().pyca, INTERMEDIATE.pyca], ROOT.store, name="a.test", at=NOW).ok


@pytest.mark.parametrize("sent", [(INTERMEDIATE, ROOT), (ROOT, INTERMEDIATE), (INTERMEDIATE, INTERMEDIATE, ROOT)])
def test_any_order_duplicates_and_the_root_itself(sent: tuple[Forged, ...]) -> None:
    stranger = forge("stranger", root("elsewhere", key=OTHER_KEY), ca=True)
    assert judge(leaf(), stranger, *sent).ok


@pytest.mark.parametrize("profile", [STANDARD, RFC5280, WEBPKI, BASELINE, COMPAT, PYTHON_STRICT])
def test_a_good_chain_is_good_under_every_profile(profile: Profile) -> None:
    assert codes(judge(leaf(), INTERMEDIATE, profile=profile)) == []


def ecdsa_sha1(forged: Forged, signer: Forged) -> Forged:
    """Signed again by an RSA key over SHA-1, which pyca's builder refuses to do."""
    assert isinstance(signer.key, rsa.RSAPrivateKey)
    algorithm = der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes("1.2.840.113549.1.1.5")), b"\x05\x00")

    def weaken(fields: list[bytes]) -> list[bytes]:
        return [*fields[:2], algorithm, *fields[3:]]

    tbs = rebuilt(weaken)(forged.parsed.tbs)
    signature = signer.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    return Forged(
        der.encode(der.SEQUENCE, tbs, algorithm, der.encode(der.BIT_STRING, b"\0", signature)), forged.key, forged.name
    )


RSA_ROOT = root("rsa", key=create_key("rsa-2048"))
SMALL = rsa.generate_private_key(65537, 1024)
SHORT = forge("short", ROOT, ca=True, path_length=0)
SHORT_BELOW = forge("below", SHORT, ca=True, key=OTHER_KEY)
OLD_CA = forge("old", ROOT, ca=True, key=OTHER_KEY, end=NOW - DAY)
NO_CA = forge("server", ROOT, names=["server.test"], key=OTHER_KEY, extra=[(usage("key_cert_sign"), True)])
MUTE_CA = forge("mute", ROOT, ca=True, key=OTHER_KEY, extra=[(usage("crl_sign"), True)])
MAIL_CA = forge("mail", ROOT, ca=True, key=OTHER_KEY, purposes=[ExtendedKeyUsageOID.EMAIL_PROTECTION])
FORGER = forge("intermediate", ROOT, ca=True, key=OTHER_KEY)


@pytest.mark.parametrize(
    ("chain", "code", "index", "chrome", "alert"),
    [
        ([leaf(end=NOW - DAY), INTERMEDIATE], "expired", 0, "ERR_CERT_DATE_INVALID", Alert.CERTIFICATE_EXPIRED),
        ([leaf(begin=NOW + DAY), INTERMEDIATE], "not-yet-valid", 0, "ERR_CERT_DATE_INVALID", Alert.CERTIFICATE_EXPIRED),
        ([leaf(OLD_CA), OLD_CA], "expired", 1, "ERR_CERT_DATE_INVALID", Alert.CERTIFICATE_EXPIRED),
        (
            [leaf(names=["b.test"]), INTERMEDIATE],
            "name-mismatch",
            0,
            "ERR_CERT_COMMON_NAME_INVALID",
            Alert.BAD_CERTIFICATE,
        ),
        ([leaf(names=[]), INTERMEDIATE], "no-names", 0, "ERR_CERT_COMMON_NAME_INVALID", Alert.BAD_CERTIFICATE),
        ([leaf()], "unknown-issuer", 0, "ERR_CERT_AUTHORITY_INVALID", Alert.UNKNOWN_CA),
        ([forge("a.test", names=["a.test"])], "self-signed", 0, "ERR_CERT_AUTHORITY_INVALID", Alert.UNKNOWN_CA),
        (
            [leaf(signer=OTHER_KEY), INTERMEDIATE],
            "bad-signature",
            0,
            "ERR_CERT_AUTHORITY_INVALID",
            Alert.BAD_CERTIFICATE,
        ),
        ([leaf(NO_CA), NO_CA], "not-a-ca", 1, "ERR_CERT_INVALID", Alert.BAD_CERTIFICATE),
        ([leaf(MUTE_CA), MUTE_CA], "ca-key-usage", 1, "ERR_CERT_INVALID", Alert.BAD_CERTIFICATE),
        ([leaf(MAIL_CA), MAIL_CA], "wrong-purpose", 1, "ERR_CERT_INVALID", Alert.UNSUPPORTED_CERTIFICATE),
        ([leaf(SHORT_BELOW), SHORT_BELOW, SHORT], "path-length", 2, "ERR_CERT_INVALID", Alert.BAD_CERTIFICATE),
        ([leaf(key=SMALL), INTERMEDIATE], "weak-key", 0, "ERR_CERT_WEAK_KEY", Alert.BAD_CERTIFICATE),
        (
            [leaf(extra=[extension("1.2.3.4", b"\x05\x00", critical=True)]), INTERMEDIATE],
            "unknown-critical-extension",
            0,
            "ERR_CERT_INVALID",
            Alert.BAD_CERTIFICATE,
        ),
        (
            [leaf(purposes=[ExtendedKeyUsageOID.CLIENT_AUTH]), INTERMEDIATE],
            "wrong-purpose",
            0,
            "ERR_CERT_INVALID",
            Alert.UNSUPPORTED_CERTIFICATE,
        ),
        (
            [leaf(extra=[(usage("key_agreement"), True)]), INTERMEDIATE],
            "key-usage",
            0,
            "ERR_CERT_INVALID",
            Alert.UNSUPPORTED_CERTIFICATE,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_one_fault(chain: list[Forged], code: str, index: int, chrome: str, alert: Alert) -> None:
    report = judge(*chain)
    assert not report.ok
    assert codes(report) == [code]
    failure = report.failures[0]
    assert (failure.index, failure.certificate, report.chrome) == (index, chain[index].der, chrome)
    assert "{" not in failure.sentence + failure.remedy
    with pytest.raises(CertificateError) as caught:
        report.raise_for_failure()
    assert caught.value.alert is alert
    assert caught.value.report is report
    assert caught.value.clause == failure.clause


def test_sha1_is_refused_and_only_below_the_anchor() -> None:
    end = ecdsa_sha1(leaf(RSA_ROOT), RSA_ROOT)
    report = judge(end, store=RSA_ROOT.store)
    assert codes(report) == ["weak-hash"]
    assert report.chrome == "ERR_CERT_WEAK_SIGNATURE_ALGORITHM"
    old_root = ecdsa_sha1(RSA_ROOT, RSA_ROOT)
    assert judge(leaf(RSA_ROOT), store=old_root.store).ok


def test_dsa_is_refused() -> None:
    end = leaf(key=dsa.generate_private_key(2048))
    assert codes(judge(end, INTERMEDIATE)) == ["key-not-allowed"]


def test_curves_are_a_matter_of_the_profile() -> None:
    end = leaf(key=ec.generate_private_key(ec.SECP256K1()))
    assert codes(judge(end, INTERMEDIATE)) == []
    assert codes(judge(end, INTERMEDIATE, profile=WEBPKI)) == ["key-not-allowed"]


def test_all_faults_are_told_the_gravest_first() -> None:
    end = forge("b.test", root("stranger", key=OTHER_KEY), names=["b.test"], end=NOW - DAY)
    report = judge(end)
    assert codes(report) == ["unknown-issuer", "name-mismatch", "expired"]
    assert report.gravest is report.failures[0]


def test_an_untrusted_root_that_was_sent_is_named() -> None:
    stranger = root("stranger", key=OTHER_KEY)
    report = judge(leaf(stranger), stranger)
    assert codes(report) == ["untrusted-root"]
    assert report.failures[0].index == 1


def test_the_names_that_others_give() -> None:
    failure = judge(leaf(end=NOW - DAY), INTERMEDIATE).failures[0]
    assert failure.names == {
        "chrome": "ERR_CERT_DATE_INVALID",
        "firefox": "SEC_ERROR_EXPIRED_CERTIFICATE",
        "openssl": "X509_V_ERR_CERT_HAS_EXPIRED",
        "go": "x509.CertificateInvalidError (Expired)",
    }
    assert str(failure) == (
        "the certificate of CN=a.test expired on 2026-05-31 12:00:00 UTC (RFC 5280 section 6.1.3 (a)(2))"
    )


def test_no_certificate_and_no_sense() -> None:
    assert codes(judge()) == ["no-certificate"]
    report = verify([b"nonsense"], ROOT.store, name="a.test", at=NOW)
    assert codes(report) == ["malformed"]
    assert report.path == ()
    assert report.as_json()["paths"] == []
    assert judge(leaf(), INTERMEDIATE, Forged(b"nonsense", KEY, INTERMEDIATE.name)).ok


def test_a_trusted_leaf_needs_nobody_above_it() -> None:
    end = forge("a.test", names=["a.test"])
    assert judge(end, store=end.store).ok
    assert codes(judge(end, store=end.store, name="b.test")) == ["name-mismatch"]


def test_a_trusted_intermediate_is_an_anchor_except_for_openssls_default() -> None:
    end, store = leaf(), INTERMEDIATE.store
    assert judge(end, store=store).ok
    assert judge(end, store=store, profile=PYTHON_STRICT).ok
    assert codes(judge(end, store=store, profile=COMPAT)) == ["unknown-issuer"]
    assert judge(end, store=store | ROOT.store, profile=COMPAT).ok


@pytest.mark.parametrize("seconds", [0, 0.9])
def test_the_last_second_counts(seconds: float) -> None:
    end = leaf(begin=NOW - DAY, end=NOW)
    assert judge(end, INTERMEDIATE, at=NOW + dt.timedelta(seconds=seconds)).ok
    assert not judge(end, INTERMEDIATE, at=NOW + dt.timedelta(seconds=1)).ok
    assert judge(end, INTERMEDIATE, at=NOW - DAY).ok
    assert not judge(end, INTERMEDIATE, at=NOW - DAY - dt.timedelta(seconds=1)).ok


def test_the_same_question_gets_the_same_report_while_it_holds() -> None:
    end = leaf()
    first = judge(end, INTERMEDIATE)
    assert judge(end, INTERMEDIATE) is first
    assert judge(end, INTERMEDIATE, at=NOW + DAY) is first
    assert judge(end, INTERMEDIATE, at=NOW + 31 * DAY) is not first
    assert judge(end, INTERMEDIATE, at=NOW - 31 * DAY) is not first
    assert judge(end, INTERMEDIATE, store=TrustStore([ROOT.der])).ok
    for other in ({"name": "b.test"}, {"purpose": Purpose.CLIENT}, {"profile": WEBPKI}, {"max_depth": 0}):
        assert judge(end, INTERMEDIATE, **other) is not first
    forget()
    assert judge(end, INTERMEDIATE) is not first


def test_memory_is_bounded() -> None:
    from dojang.pki import verify as module

    forget()
    end = leaf()
    for at in range(600):
        verify([end.der], ROOT.store, name=f"x{at}.test", at=NOW)
    assert len(vars(module)["_CACHE"]) <= 512
    huge = Forged(end.der + bytes(100_000), KEY, end.name)
    size = len(vars(module)["_CACHE"])
    judge(huge, INTERMEDIATE)
    assert len(vars(module)["_CACHE"]) <= size


def test_depth_is_limited() -> None:
    assert judge(leaf(), INTERMEDIATE, max_depth=1).ok
    assert codes(judge(leaf(), INTERMEDIATE, max_depth=0)) == ["too-deep"]


def test_misuse_is_the_callers_error() -> None:
    with pytest.raises(ApiMisuse):
        judge(leaf(), INTERMEDIATE, name="not a name")
    with pytest.raises(ApiMisuse):
        judge(leaf(), INTERMEDIATE, at=dt.datetime(2026, 1, 1))


def test_reports_are_plain_json_and_list_every_check() -> None:
    report = judge(leaf(end=NOW - DAY), INTERMEDIATE)
    text = json.loads(json.dumps(report.as_json(), ensure_ascii=False))
    assert text["failures"][0]["code"] == "expired"
    assert text["paths"][0]["certificates"][0]["subject"] == "CN=a.test"
    checks = {(check["rule"], check["index"]): check["passed"] for check in text["paths"][0]["checks"]}
    assert checks["expired", 0] is False
    assert checks["expired", 1] is True
    assert ("not-a-ca", 0) not in checks
    assert ("not-a-ca", 2) in checks


def test_only_a_self_issued_intermediate_is_free_of_the_path_length() -> None:
    # RFC 5280 section 6.1.4 (l): a self-issued certificate does not count.
    top = forge("short", ROOT, ca=True, path_length=0)
    rolled = forge("short", top, ca=True, key=OTHER_KEY)
    assert judge(leaf(rolled), rolled, top).ok


def test_an_unknown_signature_algorithm_is_named() -> None:
    strange = der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes("1.2.3.4.5")))
    end = leaf(ROOT)
    parsed = end.parsed
    tbs = rebuilt(lambda fields: [*fields[:2], strange, *fields[3:]])(parsed.tbs)
    data = der.encode(der.SEQUENCE, tbs, strange, der.encode(der.BIT_STRING, b"\0", parsed.signature))
    report = judge(Forged(data, end.key, end.name))
    assert codes(report) == ["unknown-signature-algorithm"]
    assert "1.2.3.4.5" in report.failures[0].sentence


def test_the_algorithms_inside_and_outside_agree() -> None:
    strange = der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes("1.2.840.10045.4.3.3")))
    end = resigned(leaf(ROOT), ROOT, rebuilt(lambda fields: [*fields[:2], strange, *fields[3:]]))
    assert codes(judge(end)) == ["signature-algorithm-mismatch"]
