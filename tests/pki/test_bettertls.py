"""BetterTLS, every case of the corpus that is there, under every profile that accepts its kind of certificate."""

from __future__ import annotations

import base64

import pytest

from dojang.pki.profiles import COMPAT, PYTHON_STRICT, RFC5280, STANDARD, WEBPKI, Profile
from dojang.pki.store import TrustStore
from tests.pki.corpora import cases_of, judge_bettertls


@pytest.mark.parametrize("profile", [STANDARD, RFC5280, WEBPKI, COMPAT, PYTHON_STRICT], ids=lambda each: each.name)
def test_decided_as_expected(profile: Profile) -> None:
    corpus = cases_of("bettertls.json.gz")
    store = TrustStore([base64.b64decode(corpus["trustRoot"])])
    wrong = []
    for suite in corpus["suites"].values():
        for case in suite["testCases"]:
            report = judge_bettertls(case, store, profile)
            if report.ok != (case["expected"] == "ACCEPT"):
                wrong.append((case["suite"], case["id"], [failure.code for failure in report.failures]))
    assert not wrong
