"""The badssl catalogue: each case refused for its own reason, and the page in docs is what a run says today."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from dojang.cli.language import Language
from tests.pki.badssl import CASES, Case, judged

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", CASES, ids=[case.title.en for case in CASES])
def test_each_for_its_own_reason(case: Case) -> None:
    report = judged(case)
    assert report.gravest.code if report.gravest else case.code == ""
    assert (report.gravest.code if report.gravest else "") == case.code, [str(each) for each in report.failures]


def test_several_at_once_are_all_told() -> None:
    codes = {failure.code for failure in judged(CASES[-1]).failures}
    assert {"unknown-issuer", "expired", "name-mismatch"} <= codes


@pytest.mark.parametrize(("language", "file"), [(Language.EN, "reports.md"), (Language.KO, "reports.ko.md")])
def test_the_page_in_docs_is_what_a_run_says(language: Language, file: str) -> None:
    page = runpy.run_path(str(PROJECT / "scripts" / "reports"))["page"]
    assert (PROJECT / "docs" / file).read_text(encoding="utf-8") == page(language)
