"""`dojang explain` as a user meets it: the ladder, one message, the keys, JSON, the page, and what can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.capture.corpus import capture
from tests.capture.recording import tcp_frames, write_pcap
from tests.cli.command import dojang


@pytest.fixture
def illustrated() -> tuple[Path, str, Path]:
    path = capture("tls13.pcap")
    return path, "--keylog", path.with_suffix(".keylog")


def test_the_ladder_and_its_end(illustrated: tuple[Path, str, Path]) -> None:
    outcome = dojang("explain", *illustrated)
    assert outcome.code == 0, outcome.err
    for part in ("1 ClientHello", "6 CertificateVerify", "The signature was checked", "Text: ping", "eavesdropper saw"):
        assert part in outcome.out


def test_it_speaks_korean(illustrated: tuple[Path, str, Path]) -> None:
    outcome = dojang("explain", *illustrated, "--lang", "ko")
    assert "서명을 확인했습니다" in outcome.out
    assert "무엇이 이루어졌는가" in outcome.out


def test_one_message_with_its_bytes(illustrated: tuple[Path, str, Path]) -> None:
    outcome = dojang("explain", *illustrated, "--message", "2", "--bytes")
    assert "TLS_AES_256_GCM_SHA384 (0x1302)" in outcome.out
    assert "0006  70 71 72 73" in outcome.out
    assert "RFC 9846 section 4.2.3" in outcome.out


def test_keys_are_shown_when_asked_for_and_only_then(illustrated: tuple[Path, str, Path]) -> None:
    secret = illustrated[2].read_text().split("SERVER_TRAFFIC_SECRET_0")[1].split()[1]
    shown = "".join(dojang("explain", *illustrated, "--keys").out.split())
    assert secret in shown
    assert secret not in "".join(dojang("explain", *illustrated).out.split())
    assert secret not in dojang("explain", *illustrated, "--json").out
    assert secret in dojang("explain", *illustrated, "--json", "--keys").out


def test_json_is_one_object(illustrated: tuple[Path, str, Path]) -> None:
    found: dict[str, Any] = json.loads(dojang("explain", *illustrated, "--json").out)
    assert found["schema"] == 1
    assert found["broken"] is None
    (conversation,) = found["conversations"]
    assert conversation["server_name"] == "example.ulfheim.net"
    assert [step["name"] for step in conversation["steps"][:2]] == ["client_hello", "server_hello"]


def test_many_conversations_are_listed() -> None:
    path = capture("google-cert-repeat.pcap")
    listed = dojang("explain", path)
    assert listed.out.count("142.250.179.196:443") == 8
    assert "--conversation" in listed.out
    assert "3 ServerHello" not in dojang("explain", path, "--conversation", "3").out
    assert "2 ServerHello" in dojang("explain", path, "--conversation", "3").out


def test_the_page_is_one_file(illustrated: tuple[Path, str, Path], tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    outcome = dojang("explain", *illustrated, "--html", target)
    assert outcome.code == 0, outcome.err
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "example.ulfheim.net" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such-file"], 2, "There is no no-such-file"),
        (["{noise}"], 1, "neither pcap nor pcapng"),
        (["{empty}"], 1, "no TLS conversation"),
        (["{capture}", "--message", "99"], 2, "There is no message 99"),
        (["{capture}", "--keylog", "{noise}"], 2, "lines of a key log"),
        (["{capture}", "--psk", "xyz"], 2, "has to be hexadecimal"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"no capture, no log\n")
    empty = write_pcap(tmp_path / "empty.pcap", tcp_frames([(0, b"hello"), (1, b"world")]))
    places = {"noise": noise, "empty": empty, "capture": capture("tls13.pcap") if "{capture}" in arguments else ""}
    outcome = dojang("explain", *(argument.format(**places) for argument in arguments))
    assert outcome.code == code, outcome.out + outcome.err
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_a_capture_that_breaks_off_says_so(illustrated: tuple[Path, str, Path], tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(illustrated[0].read_bytes()[:-3])
    assert "ends in the middle of a packet" in dojang("explain", cut).out
    assert json.loads(dojang("explain", cut, "--json").out)["broken"]["en"].startswith("the capture ends")
