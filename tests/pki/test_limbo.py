"""x509-limbo, every case of the corpus that is there."""

from __future__ import annotations

import pytest

from dojang.pki.rule import RULES
from tests.pki.corpora import FOLDER, Case, judge_limbo, load

CASES: list[Case] = (load("limbo.json.gz") or {}).get("testcases", [])


@pytest.mark.skipif(not CASES, reason=f"limbo.json.gz is not in {FOLDER}: set DOJANG_VECTORS to the corpora's folder")
@pytest.mark.parametrize("case", CASES or [{}], ids=lambda case: case.get("id", "none"))
def test_decided_as_expected(case: Case) -> None:
    report = judge_limbo(case)
    assert report.ok == (case["expected_result"] == "SUCCESS"), [str(failure) for failure in report.failures]
    assert all(failure.code in RULES for failure in report.failures)
