"""The language is chosen as documented, and Korean particles fit the word before them."""

from __future__ import annotations

import pytest

from dojang.cli.language import Language, Text, choose_language, with_particle

KO, EN = Language.KO, Language.EN


@pytest.mark.parametrize(
    ("asked", "environ", "chosen"),
    [
        ("ko", {"DOJANG_LANG": "en", "LANG": "en_US.UTF-8"}, KO),
        ("en", {"DOJANG_LANG": "ko", "LANG": "ko_KR.UTF-8"}, EN),
        (None, {"DOJANG_LANG": "ko", "LC_ALL": "en_US.UTF-8"}, KO),
        (None, {"LC_ALL": "ko_KR.UTF-8", "LANG": "en_US.UTF-8"}, KO),
        (None, {"LC_ALL": "", "LC_MESSAGES": "ko_KR.UTF-8", "LANG": "en_US.UTF-8"}, KO),
        (None, {"LC_ALL": "C.UTF-8", "LANG": "ko_KR.UTF-8"}, EN),
        (None, {"LANG": "ko_KR.UTF-8"}, KO),
        (None, {"LANG": "fr_FR.UTF-8"}, EN),
    ],
)
def test_the_flag_then_the_variable_then_the_locale(
    asked: str | None, environ: dict[str, str], chosen: Language
) -> None:
    assert choose_language(asked, environ) is chosen


@pytest.mark.parametrize(
    ("word", "particles", "result"),
    [
        ("서버", "이/가", "서버가"),
        ("이름", "이/가", "이름이"),
        ("파일", "으로/로", "파일로"),
        ("이름", "으로/로", "이름으로"),
        ("서버", "으로/로", "서버로"),
        ("localhost", "을/를", "localhost를"),
        ("ca.pem", "이/가", "ca.pem이"),
        ("leaf.key", "은/는", "leaf.key는"),
        ("socket", "은/는", "socket은"),
        ("TLS_AES_128_GCM_SHA256", "을/를", "TLS_AES_128_GCM_SHA256을"),
        ("127.0.0.1", "으로/로", "127.0.0.1로"),
        ("포트 8443", "은/는", "포트 8443은"),
        ("포트 8444", "은/는", "포트 8444는"),
        ("URL", "을/를", "URL을"),
        ("TLS", "을/를", "TLS를"),
        ("‘책방’", "을/를", "‘책방’을"),
        ("…", "이/가", "…가"),
    ],
)
def test_a_particle_follows_the_sound_before_it(word: str, particles: str, result: str) -> None:
    assert with_particle(word, particles) == result


def test_a_text_fills_both_languages() -> None:
    text = Text(ko="{name:을/를} {count:,}번", en="{name} {count:,} times")
    assert text.pick(KO, name="서버", count=1234) == "서버를 1,234번"
    assert text.pick(EN, name="server", count=1234) == "server 1,234 times"
    assert text.fill(name="A", count=2).pick(EN) == "A 2 times"


def test_a_text_may_stand_in_a_text() -> None:
    inner = Text(ko="서버", en="the server")
    assert Text(ko="{who:이/가} 거절", en="{who} refused").pick(KO, who=inner) == "서버가 거절"


def test_braces_in_a_filled_value_stay_as_they_are() -> None:
    assert Text(ko="{name}", en="{name}").fill(name="{evil}").pick(KO) == "{evil}"
