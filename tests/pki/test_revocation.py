"""Revocation lists: what is believed, what it says, and that doubt is never silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import DecodeError
from dojang.pki.crl import parse_crl
from dojang.pki.keys import create_key
from dojang.pki.profiles import RFC5280, STANDARD
from dojang.pki.report import Report
from dojang.pki.revocation import Good, Origin, Policy, Revocation, Revoked, Unknown
from dojang.pki.verify import verify
from tests.pki.forge import KEY, NOW, Forged, forge, root, usage

ROOT = root()
END = forge("a.test", ROOT, names=["a.test"], serial=77)
DAY = dt.timedelta(days=1)
NUMBER: tuple[x509.ExtensionType, bool] = (x509.CRLNumber(5), False)


def crl(
    *serials: int,
    issuer: Forged = ROOT,
    reason: x509.ReasonFlags | None = None,
    begin: dt.datetime = NOW - DAY,
    end: dt.datetime = NOW + DAY,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (NUMBER,),
    key: Any = None,
) -> bytes:
    builder = x509.CertificateRevocationListBuilder(issuer.name, begin, end)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, NOW - DAY)
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def judge(*lists: bytes, end: Forged = END, policy: Policy = Policy.PREFER, **options: Any) -> Report:
    options.setdefault("at", NOW)
    return verify([end.der], ROOT.store, name="a.test", revocation=Revocation(lists, policy), **options)


def codes(report: Report) -> list[str]:
    return [failure.code for failure in report.failures]


def test_good_and_revoked() -> None:
    report = judge(crl(1, 2, 3))
    assert report.ok
    status = report.paths[0].revocation[0]
    assert isinstance(status, Good)
    assert status.next_update == (NOW + DAY).timestamp()
    report = judge(crl(76, 77, 78, reason=x509.ReasonFlags.key_compromise))
    assert codes(report) == ["revoked"]
    status = report.paths[0].revocation[0]
    day = int((NOW - DAY).timestamp())
    end = int((NOW + DAY).timestamp())
    assert status == Revoked(Origin("list", "CN=root"), day, "keyCompromise", day, end)
    assert report.chrome == "ERR_CERT_REVOKED"
    assert "2026-05-31" in report.failures[0].sentence


def test_without_a_list_it_depends_on_the_policy() -> None:
    other = crl(77, issuer=root("other"))
    assert judge(other).ok
    assert isinstance(judge(other).paths[0].revocation[0], Unknown)
    assert codes(judge(other, policy=Policy.REQUIRE)) == ["revocation-unknown"]
    assert verify([END.der], ROOT.store, name="a.test", at=NOW).paths[0].revocation == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (crl(begin=NOW + DAY, end=NOW + 2 * DAY), "future"),
        (crl(begin=NOW - 2 * DAY, end=NOW - DAY), "out of date"),
        (crl(key=create_key()), "signature"),
        (
            crl(extensions=[NUMBER, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True)]),
            "critical",
        ),
        (b"\x30\x03\x02\x01\x05", "can't be read"),
        (crl(extensions=[NUMBER, (x509.DeltaCRLIndicator(4), True)]), "delta"),
    ],
)
def test_a_list_that_can_not_be_believed_is_no_silent_yes(data: bytes, why: str) -> None:
    report = judge(data)
    assert codes(report) == ["revocation-unknown"]
    assert why in report.failures[0].sentence


def test_a_good_list_beside_a_bad_one_is_enough() -> None:
    assert judge(crl(key=create_key()), crl()).ok
    assert codes(judge(crl(), crl(77, begin=NOW - DAY / 2))) == ["revoked"]


def test_duties_of_the_list_count_in_strict_profiles() -> None:
    assert judge(crl(extensions=[]), profile=STANDARD).ok
    assert codes(judge(crl(extensions=[]), profile=RFC5280)) == ["revocation-unknown"]
    assert codes(judge(crl(extensions=[(x509.CRLNumber(1), True)]), profile=RFC5280)) == ["revocation-unknown"]
    assert judge(crl(), profile=RFC5280).ok


def test_the_issuer_must_be_allowed_to_sign_lists() -> None:
    mute = root("mute", extra=[(usage("key_cert_sign"), True)])
    end = forge("a.test", mute, names=["a.test"])
    revocation = Revocation((crl(issuer=mute),))
    assert codes(verify([end.der], mute.store, name="a.test", at=NOW, revocation=revocation)) == ["revocation-unknown"]


def point(**options: Any) -> tuple[x509.ExtensionType, bool]:
    values = dict.fromkeys(("full_name", "relative_name", "only_some_reasons"), None) | dict.fromkeys(
        ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs"), False
    )
    return x509.IssuingDistributionPoint(**{**values, **options}), True


HERE = [x509.UniformResourceIdentifier("http://crl.test/1")]
THERE = [x509.UniformResourceIdentifier("http://crl.test/2")]
POINTED = forge(
    "a.test",
    ROOT,
    names=["a.test"],
    serial=77,
    extra=[(x509.CRLDistributionPoints([x509.DistributionPoint(HERE, None, None, None)]), False)],
)


@pytest.mark.parametrize(
    ("scope", "end", "revoked"),
    [
        (point(only_contains_user_certs=True), END, True),
        (point(only_contains_ca_certs=True), END, False),
        (point(only_contains_attribute_certs=True), END, False),
        (point(indirect_crl=True), END, True),
        (point(full_name=HERE), POINTED, True),
        (point(full_name=THERE), POINTED, False),
        (point(full_name=HERE), END, False),
    ],
)
def test_the_scope_of_a_list(scope: tuple[x509.ExtensionType, bool], end: Forged, revoked: bool) -> None:
    report = judge(crl(77, extensions=[NUMBER, scope]), end=end)
    assert codes(report) == (["revoked"] if revoked else [])


def delta(*serials: int, **options: Any) -> bytes:
    return crl(*serials, extensions=[(x509.CRLNumber(6), False), (x509.DeltaCRLIndicator(5), True)], **options)


def test_a_delta_adds_and_removes() -> None:
    assert codes(judge(crl(), delta(77))) == ["revoked"]
    assert judge(crl(77), delta(77, reason=x509.ReasonFlags.remove_from_crl)).ok
    assert codes(judge(crl(77), delta())) == ["revoked"]
    older = crl(extensions=[(x509.CRLNumber(4), False)])
    assert judge(older, delta(77)).ok, "a delta of a later list says nothing about an earlier one"


def test_intermediates_are_looked_at_too() -> None:
    middle = forge("middle", ROOT, ca=True, serial=88)
    end = forge("a.test", middle, names=["a.test"])
    revocation = Revocation((crl(88),))
    report = verify([end.der, middle.der], ROOT.store, name="a.test", at=NOW, revocation=revocation)
    assert codes(report) == ["revoked"]
    assert report.failures[0].index == 1


def test_the_verdict_is_remembered_no_longer_than_the_list_lives() -> None:
    data = crl()
    first = judge(data)
    assert judge(data, at=NOW + DAY) is first
    assert codes(judge(data, at=NOW + DAY + dt.timedelta(seconds=1))) == ["revocation-unknown"]


def test_large_lists_are_walked_once() -> None:
    parsed = parse_crl(crl(*range(1, 3000)))
    assert parsed.entry(2999) is not None
    assert parsed.entry(3000) is None
    assert parsed.number == 5
    assert not parsed.is_delta


@pytest.mark.parametrize(
    "data", [b"", b"\x30\x00", crl()[:-1], crl() + b"\0", END.der, KEY.private_bytes.__doc__ or b"x"]
)
def test_what_is_no_list(data: Any) -> None:
    with pytest.raises(DecodeError):
        parse_crl(data if isinstance(data, bytes) else data.encode())
