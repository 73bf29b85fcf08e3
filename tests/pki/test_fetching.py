"""Fetching: responders, lists and intermediates over real HTTP on loopback, kept on disk, bounded, never trusted."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from dojang.net.fetch import DiskCache, HttpFetch
from dojang.pki.fetching import FetchFailed, IssuerSource, OnlineSource
from dojang.pki.report import Report
from dojang.pki.revocation import Good, Policy, Revocation, Unknown
from dojang.pki.verify import forget, verify
from tests.pki.forge import NOW, Forged, forge, root
from tests.pki.responder import answering, response
from tests.pki.test_revocation import NUMBER, crl

ROOT = root()
LOCAL = HttpFetch(allow_private=True, timeout=3)


def uri(url: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(url)


def pointing(base: str, *, ocsp_at: str = "", list_at: str = "", parent: Forged = ROOT, issuer_at: str = "") -> Forged:
    extra: list[tuple[x509.ExtensionType, bool]] = []
    methods = [(Access.OCSP, ocsp_at), (Access.CA_ISSUERS, issuer_at)]
    access = [x509.AccessDescription(method, uri(base + path)) for method, path in methods if path]
    if access:
        extra.append((x509.AuthorityInformationAccess(access), False))
    if list_at:
        point = x509.DistributionPoint([uri(base + list_at)], None, None, None)
        extra.append((x509.CRLDistributionPoints([point]), False))
    return forge("a.test", parent, names=["a.test"], extra=extra)


def judge(end: Forged, source: OnlineSource, policy: Policy = Policy.REQUIRE, at: dt.datetime = NOW) -> Report:
    return verify([end.der], ROOT.store, name="a.test", at=at, revocation=Revocation(policy=policy, source=source))


def test_a_responder_is_asked_once(tmp_path: Path) -> None:
    answers: dict[str, Any] = {}
    with answering(lambda path, body: (200, answers["data"], {})) as (base, seen):
        end = pointing(base, ocsp_at="/ocsp")
        answers["data"] = response(end, ROOT)
        cache = DiskCache(tmp_path / "cache")
        report = judge(end, OnlineSource(LOCAL, cache))
        assert report.ok
        assert isinstance(report.paths[0].revocation[0], Good)
        assert ocsp.load_der_ocsp_request(seen[0][1]).serial_number == end.parsed.serial
        forget()
        assert judge(end, OnlineSource(LOCAL, cache)).ok, "from the disk, by another source"
        assert len(seen) == 1
        forget()
        late = judge(end, OnlineSource(LOCAL, cache), at=NOW + dt.timedelta(hours=2))
        assert not late.ok
        assert len(seen) == 2


def test_lists_where_the_responder_fails(tmp_path: Path) -> None:
    def answer(path: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        return (200, crl(), {}) if path == "/list" else (500, b"", {})

    with answering(answer) as (base, seen):
        end = pointing(base, ocsp_at="/ocsp", list_at="/list")
        source = OnlineSource(LOCAL, DiskCache(tmp_path))
        assert judge(end, source).ok
        assert [path for path, _ in seen] == ["/ocsp", "/list"]
        forget()
        assert judge(end, source).ok
        assert len(seen) == 2, "the list is on disk, and who failed is not asked again at once"


def test_revoked_by_a_fetched_list() -> None:
    answers: dict[str, bytes] = {}
    with answering(lambda path, body: (200, answers[path], {})) as (base, _):
        end = pointing(base, list_at="/list")
        answers["/list"] = crl(end.parsed.serial, extensions=[NUMBER])
        assert [each.code for each in judge(end, OnlineSource(LOCAL)).failures] == ["revoked"]


def test_nothing_answers() -> None:
    with answering(lambda path, body: (404, b"", {})) as (base, _):
        end = pointing(base, ocsp_at="/ocsp")
        report = judge(end, OnlineSource(LOCAL))
        assert [each.code for each in report.failures] == ["revocation-unknown"]
        assert "status 404" in report.failures[0].sentence
        lenient = judge(end, OnlineSource(LOCAL), Policy.PREFER)
        assert lenient.ok
        assert isinstance(lenient.paths[0].revocation[0], Unknown)
        assert lenient.holds_until <= NOW.timestamp() + 60, "what a network says may be otherwise in a minute"


def test_a_certificate_that_is_not_trusted_makes_nobody_fetch() -> None:
    with answering(lambda path, body: (404, b"", {})) as (base, seen):
        stranger = pointing(base, ocsp_at="/ocsp", list_at="/list", parent=root("stranger"))
        assert not judge(stranger, OnlineSource(LOCAL)).ok
        assert seen == []


def test_a_certificate_that_says_nowhere_to_ask() -> None:
    report = judge(forge("a.test", ROOT, names=["a.test"]), OnlineSource(LOCAL))
    assert "where to ask" in report.failures[0].sentence


def test_a_missing_intermediate_is_fetched_on_request_and_remembered(tmp_path: Path) -> None:
    answers: dict[str, bytes] = {}
    with answering(lambda path, body: (200, answers[path], {})) as (base, seen):
        upper = forge("upper", ROOT, ca=True)
        access = [x509.AccessDescription(Access.CA_ISSUERS, uri(base + "/upper"))]
        lower = forge("lower", upper, ca=True, extra=[(x509.AuthorityInformationAccess(access), False)])
        end = pointing(base, issuer_at="/lower", parent=lower)
        answers |= {"/upper": upper.der, "/lower": lower.der}
        assert not verify([end.der], ROOT.store, name="a.test", at=NOW).ok
        source = IssuerSource(LOCAL, DiskCache(tmp_path))
        report = verify([end.der], ROOT.store, name="a.test", at=NOW, issuers=source)
        assert report.ok
        assert [each.subject_text for each in report.certificates] == ["CN=a.test", "CN=lower", "CN=upper", "CN=root"]
        forget()
        again = IssuerSource(LOCAL, DiskCache(tmp_path))
        assert verify([end.der], ROOT.store, name="a.test", at=NOW, issuers=again).ok
        assert [path for path, _ in seen] == ["/lower", "/upper"]


def test_intermediates_are_fetched_so_deep_and_no_deeper() -> None:
    answers: dict[str, bytes] = {}
    with answering(lambda path, body: (200, answers[path], {})) as (base, seen):
        parent = root("stranger")
        for at in range(9, 0, -1):
            access = [x509.AccessDescription(Access.CA_ISSUERS, uri(f"{base}/{at + 1}"))]
            parent = forge(f"ca {at}", parent, ca=True, extra=[(x509.AuthorityInformationAccess(access), False)])
            answers[f"/{at}"] = parent.der
        end = pointing(base, issuer_at="/1", parent=parent)
        assert not verify([end.der], ROOT.store, name="a.test", at=NOW, issuers=IssuerSource(LOCAL)).ok
        assert len(seen) == 4


def fetched(base: str, path: str = "/", **options: Any) -> str:
    with pytest.raises(FetchFailed) as caught:
        HttpFetch(**{"allow_private": True, "timeout": 2, **options})(base + path, None)
    return caught.value.reason


def test_limits_of_fetching() -> None:
    def answer(path: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if path == "/big":
            return 200, bytes(5000), {}
        if path == "/away":
            return 302, b"", {"Location": "https://127.0.0.1/"}
        if path == "/file":
            return 302, b"", {"Location": "file:///etc/passwd"}
        if path == "/slow":
            time.sleep(0.5)
        return 302, b"", {"Location": "/round"}

    with answering(answer) as (base, _):
        assert "more than 4096 bytes" in fetched(base, "/big", largest=4096)
        assert "no plain http" in fetched(base, "/away")
        assert "no plain http" in fetched(base, "/file")
        assert "from one place to the next" in fetched(base, "/round")
        assert "did not answer" in fetched(base, "/slow", timeout=0.2)
        assert "own network" in fetched(base, allow_private=False)
        assert "no plain http" in fetched("ftp://127.0.0.1")
        assert "own network" in fetched("http://[::ffff:127.0.0.1]", allow_private=False)


def test_a_redirect_within_http_is_followed() -> None:
    answers = {"/a": (301, b"", {"Location": "/b"}), "/b": (200, b"there", {})}
    with answering(lambda path, body: answers[path]) as (base, _):
        assert LOCAL(base + "/a", None) == b"there"


def test_the_cache_is_bounded_and_forgets(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, most=250)
    keys = [f"{at:064x}" for at in range(4)]
    for at, key in enumerate(keys):
        cache.keep(key, bytes(100), 1000 + at)
    assert [cache.load(key, 0) is not None for key in keys] == [False, False, True, True]
    assert cache.load(keys[3], 1003) is None
    with pytest.raises(ValueError, match="hexadecimal"):
        cache.load("../../etc/passwd", 0)
    cache.clear()
    assert cache.load(keys[3], 0) is None
    blocked = DiskCache(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("x")
    blocked.keep(keys[0], b"x", 9999)
    assert blocked.load(keys[0], 0) is None
