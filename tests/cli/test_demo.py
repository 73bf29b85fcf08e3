"""`dojang demo`, whole, in both languages: what must have happened has happened, and is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.command import dojang

ERRORS = {
    "by_address": "ERR_CERT_COMMON_NAME_INVALID",
    "other_name": "ERR_CERT_COMMON_NAME_INVALID",
    "own_seal": "ERR_CERT_AUTHORITY_INVALID",
    "no_tls": "ERR_SSL_PROTOCOL_ERROR",
}


@pytest.fixture(scope="module")
def scenes() -> dict[str, Any]:
    outcome = dojang("demo", "--json", "--lang", "en")
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)["scenes"]
    return found


@pytest.mark.parametrize(("scene", "name"), [("books", "books.test"), ("tea", "tea.test")])
def test_each_name_gets_its_own_certificate_and_page(scenes: dict[str, Any], scene: str, name: str) -> None:
    told = scenes[scene]
    assert told["chain"][0]["names"] == [name]
    assert told["response"].startswith("HTTP/1.1 200 OK")
    assert told["browser"] == ""
    assert [step["name"] for step in told["ladder"][-2:]] == ["close_notify", "close_notify"]


def test_both_names_live_at_one_address(scenes: dict[str, Any]) -> None:
    assert scenes["books"]["port"] == scenes["tea"]["port"] == scenes["by_address"]["port"]


@pytest.mark.parametrize(("scene", "error"), ERRORS.items())
def test_each_lie_ends_in_the_browser_s_word(scenes: dict[str, Any], scene: str, error: str) -> None:
    assert scenes[scene]["browser"] == error


@pytest.mark.parametrize("scene", ERRORS)
def test_nothing_is_told_to_the_wrong_party(scenes: dict[str, Any], scene: str) -> None:
    kinds = [step["kind"] for step in scenes[scene]["ladder"]]
    assert "data" not in kinds
    assert kinds[-1] == "alert"
    assert scenes[scene]["response"] == ""


@pytest.mark.parametrize("language", ["ko", "en"])
def test_it_is_told_in_one_language_with_every_error(language: str) -> None:
    outcome = dojang("demo", "--lang", language)
    assert outcome.code == 0
    assert outcome.err == ""
    assert all(error in outcome.out for error in ERRORS.values())
    assert ("인증 기관" in outcome.out) == (language == "ko")
    assert ("authority" in outcome.out) == (language == "en")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_line_is_wider_than_the_terminal(language: str) -> None:
    import os

    from dojang.cli.text import width_of

    environ = {**os.environ, "COLUMNS": "72", "PYTHONIOENCODING": "utf-8"}
    lines = dojang("demo", "--lang", language, environ=environ).out.splitlines()
    assert max(map(width_of, lines)) <= 72


def test_without_a_terminal_there_is_no_colour() -> None:
    assert "\x1b" not in dojang("demo").out
