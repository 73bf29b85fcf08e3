"""`dojang demo`, whole, in both languages: what must have happened has happened, and is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.command import dojang
from tests.cli.here import dojang_here

ERRORS = {
    "by_address": "ERR_CERT_COMMON_NAME_INVALID",
    "other_name": "ERR_CERT_COMMON_NAME_INVALID",
    "own_seal": "ERR_CERT_AUTHORITY_INVALID",
    "no_tls": "ERR_SSL_PROTOCOL_ERROR",
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    outcome = dojang("demo", "--json", "--lang", "en")
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


@pytest.fixture(scope="module")
def scenes(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = told["scenes"]
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
    outcome = dojang_here("demo", "--lang", language)
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


def test_it_takes_less_than_five_seconds(told: dict[str, Any]) -> None:
    assert told["seconds"] < 5


@pytest.mark.parametrize(
    ("way", "version", "key_exchange", "trips"),
    [("tls13", "TLS 1.3", "X25519MLKEM768", 1), ("ecdhe", "TLS 1.2", "x25519", 2), ("rsa", "TLS 1.2", "RSA", 2)],
)
def test_each_way_is_what_it_says(told: dict[str, Any], way: str, version: str, key_exchange: str, trips: int) -> None:
    visit = told["versions"][way]
    assert (visit["version"], visit["key_exchange"], visit["round_trips"]) == (version, key_exchange, trips)
    assert visit["certificate_in_the_clear"] == (version == "TLS 1.2")
    assert ("ServerKeyExchange" in visit["messages"]) == (way == "ecdhe")


def test_dhe_is_spoken_too(told: dict[str, Any]) -> None:
    assert told["versions"]["dhe"]["suite"].startswith("TLS_DHE_RSA_")


def test_only_static_rsa_is_read_with_the_server_s_key(told: dict[str, Any]) -> None:
    read = {way: visit["read_with_key"] for way, visit in told["versions"].items()}
    assert read.pop("rsa").startswith("GET / HTTP/1.1\r\nHost: books.test\r\n")
    assert read == {"tls13": "", "ecdhe": "", "dhe": ""}


def test_the_wrong_key_reads_nothing() -> None:
    from dojang.cli.demo_recordings import FOUR_WAYS, compare
    from dojang.cli.demo_stage import Stage
    from dojang.cli.language import Language
    from dojang.pki.keys import create_key

    comparison = compare(Stage(Language.EN))
    assert comparison.as_expected()
    assert comparison.first["rsa"].read_with(create_key("rsa-2048")) == ""
    assert set(comparison.first) == set(FOUR_WAYS)


@pytest.mark.parametrize(
    ("visit", "full", "how"),
    [("id", "full12", "session id"), ("ticket", "full12", "session ticket"), ("psk", "full13", "psk")],
)
def test_second_visits_are_resumed_and_smaller(told: dict[str, Any], visit: str, full: str, how: str) -> None:
    again, first = told["resumption"][visit], told["resumption"][full]
    assert (again["resumed"], first["resumed"]) == (how, None)
    assert again["round_trips"] == 1
    assert again["handshake_bytes"] < first["handshake_bytes"]
    assert "Certificate" not in again["messages"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", ("전방향 안전성", "세션 ID", "녹화")), ("en", ("forward secrecy", "Session ID", "recorded"))],
)
def test_older_ways_and_second_visits_are_told(language: str, words: tuple[str, ...]) -> None:
    told = dojang_here("demo", "--lang", language).out
    assert all(word in told for word in words)
    assert "Host: books.test" in told


def test_without_a_terminal_there_is_no_colour() -> None:
    assert "\x1b" not in dojang_here("demo").out
