"""The explained page in Chromium: it answers clicks, hovers and keys, speaks both languages, and loads nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dojang.capture.explain.record import explain
from dojang.web.explain import page
from tests.capture.corpus import capture, dissect

HOSTILE = "</script><script>window.hurt=1</script><img src=x onerror='window.hurt=1'>"


def missing(what: str) -> NoReturn:
    """A missing browser is a failure where peers are required, else a reason to skip."""
    if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@dataclass
class Opened:
    """A page, with what it said on its console and what it asked the network for."""

    tab: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        missing("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


def told(title: str = "tls13.pcap") -> str:
    path = capture("tls13.pcap")
    conversations = dissect(path, path.with_suffix(".keylog").read_bytes())
    return page(title, [explain(c).to_json() for c in conversations], "en")


def open_page(browser: Any, folder: Path, text: str, **options: Any) -> Opened:
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    opened = Opened(browser.new_context(**options).new_page())
    opened.tab.on("console", lambda message: opened.said.append(message.text))
    opened.tab.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.tab.on("request", lambda request: opened.asked.append(request.url))
    opened.tab.goto(file.as_uri())
    return opened


def assert_quiet(opened: Opened) -> None:
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith("file:")] == []
    assert len(opened.asked) == 1


@pytest.mark.timeout(120)
def test_a_click_opens_a_message_and_a_hover_lights_its_bytes(browser: Any, tmp_path: Path) -> None:
    opened = open_page(browser, tmp_path, told(), viewport={"width": 1360, "height": 900})
    tab = opened.tab
    tab.locator(".rung").nth(1).click()
    assert tab.locator("#detail h3").inner_text() == "2 ServerHello"
    tab.locator(".field", has_text="cipher_suite").first.hover()
    lit = tab.locator(".hex b.lit").all_inner_texts()
    assert lit == ["13", "02"]
    tab.locator(".hex b[data-at='6']").hover()
    assert tab.locator(".field.lit .name").inner_text() == "random"
    assert_quiet(opened)


@pytest.mark.timeout(120)
def test_both_languages_and_both_lights(browser: Any, tmp_path: Path) -> None:
    opened = open_page(browser, tmp_path, told(), color_scheme="light")
    tab = opened.tab
    assert tab.locator("#seen-title").inner_text() == "What an eavesdropper saw"
    tab.click("#language")
    assert tab.locator("#seen-title").inner_text() == "엿듣는 사람은 무엇을 보았는가"
    assert tab.evaluate("document.documentElement.lang") == "ko"
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.click("#theme")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert_quiet(opened)


@pytest.mark.timeout(120)
def test_the_keyboard_is_enough(browser: Any, tmp_path: Path) -> None:
    opened = open_page(browser, tmp_path, told(), viewport={"width": 1360, "height": 900})
    tab = opened.tab
    tab.locator(".rung").first.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    assert tab.locator("#detail h3").inner_text().startswith("3 ")
    tab.keyboard.press("End")
    assert tab.locator(".rung[aria-current=true]").get_attribute("aria-label").startswith("13. server: ApplicationData")
    assert_quiet(opened)


@pytest.mark.timeout(120)
def test_a_phone_does_not_scroll_sideways(browser: Any, tmp_path: Path) -> None:
    opened = open_page(browser, tmp_path, told(), viewport={"width": 360, "height": 740})
    tab = opened.tab
    for place in range(13):
        tab.locator(".rung").nth(place).click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert_quiet(opened)


@pytest.mark.timeout(120)
def test_what_a_peer_said_stays_text(browser: Any, tmp_path: Path) -> None:
    opened = open_page(browser, tmp_path, told(HOSTILE))
    assert opened.tab.evaluate("window.hurt") is None
    assert opened.tab.locator("#title").inner_text() == HOSTILE
    assert_quiet(opened)


def test_no_data_can_end_the_script() -> None:
    text = page("a", [{"name": HOSTILE + "\u2028<!--"}], "en")
    assert HOSTILE not in text
    assert text.count("</script>") == 2
