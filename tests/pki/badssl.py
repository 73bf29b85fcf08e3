"""The catalogue of badssl.com, each case made anew: what a client meets in the wild, one fault at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from dojang.cli.language import Text
from dojang.pki.report import Report
from dojang.pki.revocation import Revocation
from dojang.pki.store import TrustStore
from dojang.pki.verify import verify
from dojang.wire import der
from tests.pki.forge import KEY, NOW, Forged, extension, forge, resigned, root
from tests.pki.test_revocation import crl

__all__ = ["CASES", "Case", "judged"]

DAY = dt.timedelta(days=1)
NAME = "shop.test"
ROOT = root("Seal Root")
MIDDLE = forge("Seal Intermediate", ROOT, ca=True)
SHA1 = bytes.fromhex("300906072a8648ce3d0401")
SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


class Case(NamedTuple):
    """code: of the gravest failure expected. chain: DER, leaf first."""

    title: Text
    code: str
    chain: Callable[[], list[bytes]]
    name: str = NAME
    store: TrustStore = ROOT.store
    revocation: Revocation | None = None


def judged(case: Case) -> Report:
    """The report of that case."""
    return verify(case.chain(), case.store, name=case.name, at=NOW, revocation=case.revocation)


def leaf(parent: Forged = MIDDLE, **options: object) -> Forged:
    return forge(NAME, parent, **{"names": [NAME], **options})  # type: ignore[arg-type]


def chain(*above: Forged, parent: Forged = MIDDLE, **options: object) -> Callable[[], list[bytes]]:
    made = leaf(parent, **options)
    return lambda: [made.der, *(each.der for each in above or (MIDDLE,))]


def small_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


def over_sha1() -> list[bytes]:
    """OpenSSL's policy may refuse to make it, so the algorithm is written in afterwards and the signature made here."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    good = leaf().parsed
    tbs = good.tbs.replace(SHA256, SHA1, 1)
    content, end = der.expect(good.tbs, 0, len(good.tbs), der.SEQUENCE)
    tbs = der.encode(der.SEQUENCE, good.tbs[content:end].replace(SHA256, SHA1, 1))
    assert isinstance(KEY, ec.EllipticCurvePrivateKey)
    signature = KEY.sign(tbs, ec.ECDSA(hashes.SHA1()))
    data = der.encode(der.SEQUENCE, tbs, SHA1, der.encode(der.BIT_STRING, b"\0", signature))
    return [data, MIDDLE.der]


def damaged() -> list[bytes]:
    good = leaf()
    other = resigned(good, good, lambda tbs: tbs).der
    return [other[:-1] + bytes([other[-1] ^ 1]), MIDDLE.der]


def self_signed() -> list[bytes]:
    return [forge(NAME, names=[NAME]).der]


LIMITED = forge(
    "Limited Intermediate", ROOT, ca=True, extra=[(x509.NameConstraints([x509.DNSName("school.test")], None), True)]
)
LAST = forge("Last Intermediate", ROOT, ca=True, path_length=0)
BELOW = forge("One Too Many", LAST, ca=True)
STRANGER = root("Unknown Root")
STRANGERS = forge("Unknown Intermediate", STRANGER, ca=True)
REVOKED = leaf(serial=4711)
LISTS = (
    crl(4711, issuer=MIDDLE, reason=x509.ReasonFlags.key_compromise, begin=NOW - DAY / 4, end=NOW + DAY),
    crl(issuer=ROOT, begin=NOW - DAY / 4, end=NOW + DAY),
)
PROMISE: tuple[x509.ExtensionType, bool] = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)

CASES = (
    Case(Text(ko="기한이 지난 인증서", en="Expired"), "expired", chain(end=NOW - DAY)),
    Case(Text(ko="아직 유효하지 않은 인증서", en="Not yet valid"), "not-yet-valid", chain(begin=NOW + DAY)),
    Case(
        Text(ko="다른 호스트의 인증서", en="Wrong host"), "name-mismatch", chain(names=["other.test", "www.other.test"])
    ),
    Case(Text(ko="자체 서명", en="Self-signed"), "self-signed", self_signed),
    Case(
        Text(ko="믿지 않는 루트", en="Untrusted root"),
        "untrusted-root",
        chain(STRANGERS, STRANGER, parent=STRANGERS),
    ),
    Case(Text(ko="빠진 중간 인증서", en="Incomplete chain"), "unknown-issuer", lambda: [leaf().der]),
    Case(
        Text(ko="뒤집힌 체인 (문제없음)", en="Reversed chain, which is no fault"),
        "",
        lambda: [leaf().der, ROOT.der, MIDDLE.der],
    ),
    Case(
        Text(ko="폐기된 인증서", en="Revoked"),
        "revoked",
        lambda: [REVOKED.der, MIDDLE.der],
        revocation=Revocation(LISTS),
    ),
    Case(Text(ko="SHA-1 서명", en="SHA-1"), "weak-hash", over_sha1),
    Case(Text(ko="너무 짧은 키", en="Small key"), "weak-key", lambda: [leaf(key=small_key()).der, MIDDLE.der]),
    Case(Text(ko="subjectAltName이 없는 인증서", en="No subjectAltName"), "no-names", chain(names=[])),
    Case(
        Text(ko="다른 용도의 인증서", en="Wrong extended key usage"),
        "wrong-purpose",
        chain(purposes=[ExtendedKeyUsageOID.CLIENT_AUTH]),
    ),
    Case(Text(ko="이름 제약 위반", en="Name constraint"), "name-not-permitted", chain(LIMITED, parent=LIMITED)),
    Case(Text(ko="경로 길이 위반", en="Path length"), "path-length", chain(BELOW, LAST, parent=BELOW)),
    Case(
        Text(ko="약속한 스테이플이 없음", en="Must-staple without a staple"),
        "must-staple",
        chain(extra=[PROMISE]),
        revocation=Revocation(handshake=True),
    ),
    Case(
        Text(ko="알 수 없는 critical 확장", en="Unknown critical extension"),
        "unknown-critical-extension",
        chain(extra=[extension("1.2.3.4", b"\x05\x00", critical=True)]),
    ),
    Case(Text(ko="손상된 서명", en="Damaged signature"), "bad-signature", damaged),
    Case(
        Text(ko="여러 문제가 한꺼번에", en="Several at once"),
        "unknown-issuer",
        chain(MIDDLE, end=NOW - DAY, names=["other.test"]),
        store=STRANGER.store,
    ),
)
