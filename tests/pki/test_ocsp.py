"""OCSP: who is believed, when, about what; staples and certificates that must have one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from dojang.errors import DecodeError
from dojang.pki.keys import create_key
from dojang.pki.ocsp import cert_id, encode_request, ocsp_status, parse_request, parse_response
from dojang.pki.report import Report
from dojang.pki.revocation import Good, Origin, Policy, Revocation, Revoked, Unknown
from dojang.pki.verify import verify
from tests.pki.forge import NOW, Forged, extension, forge, root
from tests.pki.responder import HOUR, response

ROOT = root(key=create_key())
END = forge("a.test", ROOT, names=["a.test"], serial=77)
OTHER = forge("b.test", ROOT, names=["b.test"], serial=78)
SIGNING = [ExtendedKeyUsageOID.OCSP_SIGNING]
AT = int(NOW.timestamp())
REVOKED = ocsp.OCSPCertStatus.REVOKED


def delegate(parent: Forged = ROOT, **options: Any) -> Forged:
    return forge("responder", parent, **{"key": create_key(), "purposes": SIGNING, **options})


def judge(*responses: bytes, end: Forged = END, **options: Any) -> Report:
    return verify([end.der], ROOT.store, name="a.test", at=NOW, revocation=Revocation(responses=responses, **options))


def codes(report: Report) -> list[str]:
    return [failure.code for failure in report.failures]


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256()])
def test_the_issuer_says_good(digest: hashes.HashAlgorithm, by_name: bool) -> None:
    report = judge(response(END, ROOT, algorithm=digest, by_name=by_name))
    assert report.ok
    status = report.paths[0].revocation[0]
    assert status == Good(Origin("response", "CN=root"), AT - 3600, AT + 3600)
    assert isinstance(status, Good)
    assert status.age(AT) == 3600


def test_revoked_since_and_why() -> None:
    report = judge(response(END, ROOT, state=REVOKED, reason=x509.ReasonFlags.key_compromise))
    assert codes(report) == ["revoked"]
    status = report.paths[0].revocation[0]
    assert isinstance(status, Revoked)
    assert (status.since, status.reason) == (AT - 86400, "keyCompromise")
    assert report.as_json()["paths"][0]["revocation"][0]["age"] == 3600


def test_a_delegated_responder_is_believed() -> None:
    assert judge(response(END, ROOT, responder=delegate())).ok
    assert codes(judge(response(END, ROOT, responder=delegate(), state=REVOKED))) == ["revoked"]


STRANGE: tuple[x509.ExtensionType, bool] = extension("1.2.3", b"\x05\0", critical=True)
STRANGER = root("stranger", key=create_key())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (response(END, ROOT, responder=delegate(), send=False), "neither the issuer"),
        (response(END, ROOT, responder=delegate(purposes=[ExtendedKeyUsageOID.SERVER_AUTH])), "not for OCSP signing"),
        (response(END, ROOT, responder=delegate(parent=STRANGER)), "not issued by"),
        (response(END, ROOT, responder=delegate(end=NOW - HOUR)), "not valid now"),
        (response(END, ROOT, responder=END), "not for OCSP signing"),
        (response(END, ROOT, begin=NOW - 2 * HOUR, end=NOW - HOUR), "out of date"),
        (response(END, ROOT, begin=NOW - dt.timedelta(days=8), end=None), "out of date"),
        (response(END, ROOT, state=ocsp.OCSPCertStatus.UNKNOWN), "does not know it"),
        (response(END, ROOT, extensions=(STRANGE,)), "critical"),
        (response(END, ROOT)[:-4], "can't be read"),
        (response(END, ROOT)[:-4] + b"\0\0\0\0", "signature"),
    ],
)
def test_what_is_not_believed_is_no_silent_yes(data: bytes, why: str) -> None:
    report = judge(data)
    assert codes(report) == ["revocation-unknown"]
    assert why in report.failures[0].sentence


def test_a_response_of_tomorrow() -> None:
    data = response(END, ROOT, begin=NOW, end=NOW + HOUR)
    revocation = Revocation(responses=(data,))
    early = NOW - dt.timedelta(minutes=10)
    report = verify([END.der], ROOT.store, name="a.test", at=early, revocation=revocation)
    assert "future" in report.failures[0].sentence
    near = NOW - dt.timedelta(minutes=4)
    assert verify([END.der], ROOT.store, name="a.test", at=near, revocation=revocation).ok, "clocks differ"


def test_about_another_certificate_it_says_nothing() -> None:
    report = judge(response(OTHER, ROOT, state=REVOKED))
    assert report.ok
    assert isinstance(report.paths[0].revocation[0], Unknown)
    assert codes(judge(response(OTHER, ROOT), policy=Policy.REQUIRE)) == ["revocation-unknown"]
    assert judge(response(OTHER, ROOT), policy=Policy.OFF).paths[0].revocation == ()


def test_a_refusal_to_answer() -> None:
    data = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    from cryptography.hazmat.primitives.serialization import Encoding

    report = judge(data.public_bytes(Encoding.DER))
    assert report.ok
    assert report.paths[0].revocation[0] == Unknown("the responder answered tryLater", found=False)


def test_the_nonce_must_be_the_one_that_was_sent() -> None:
    mine, leaf, issuer = b"n" * 32, END.parsed, ROOT.parsed
    echoed = response(END, ROOT, extensions=((x509.OCSPNonce(mine), False),))
    other = response(END, ROOT, extensions=((x509.OCSPNonce(b"x" * 32), False),))
    assert isinstance(ocsp_status(echoed, leaf, issuer, AT, nonce=mine), Good)
    assert ocsp_status(other, leaf, issuer, AT, nonce=mine) == Unknown("the response answers another request", True)
    assert isinstance(ocsp_status(response(END, ROOT), leaf, issuer, AT, nonce=mine), Good)


def test_requests_are_what_pyca_reads_and_the_other_way_round() -> None:
    data = encode_request(END.parsed, ROOT.parsed, b"n" * 32)
    read = ocsp.load_der_ocsp_request(data)
    assert read.serial_number == 77
    assert read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    assert read.issuer_key_hash == cert_id(END.parsed, ROOT.parsed).key_hash
    from cryptography.hazmat.primitives.serialization import Encoding

    theirs = ocsp.OCSPRequestBuilder().add_certificate(END.pyca, ROOT.pyca, hashes.SHA256()).build()
    assert parse_request(theirs.public_bytes(Encoding.DER)).ids == (cert_id(END.parsed, ROOT.parsed, "sha256"),)
    with pytest.raises(DecodeError):
        parse_request(b"\x30\x00")


FEATURE: tuple[x509.ExtensionType, bool] = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
PROMISED = forge("a.test", ROOT, names=["a.test"], extra=[FEATURE])


def shaken(end: Forged, staple: bytes | None) -> list[str]:
    revocation = Revocation(staple=staple, handshake=True)
    return codes(verify([end.der], ROOT.store, name="a.test", at=NOW, revocation=revocation))


def test_who_must_staple_and_does_not() -> None:
    assert shaken(PROMISED, None) == ["must-staple"]
    assert shaken(PROMISED, response(PROMISED, ROOT)) == []
    assert shaken(END, None) == []
    assert judge(end=PROMISED).ok, "outside of a handshake nothing can be stapled"


def test_a_staple_that_says_revoked_and_one_that_lies() -> None:
    assert shaken(END, response(END, ROOT, state=REVOKED)) == ["revoked"]
    assert shaken(END, response(END, STRANGER)) == ["revocation-unknown"]
    assert shaken(END, response(OTHER, ROOT)) == ["revocation-unknown"]
    old = response(END, ROOT, begin=NOW - 2 * HOUR, end=NOW - HOUR)
    assert shaken(END, old) == [], "an old staple is a careless server's, and the report says that nothing is known"


def test_what_is_no_response() -> None:
    good = response(END, ROOT)
    for data in (b"", b"\x30\x00", good[:40], good + b"\0", END.der):
        with pytest.raises(DecodeError):
            parse_response(data)
