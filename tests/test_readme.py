"""What the READMEs promise is tried: the commands, the options, the library example, in both languages alike."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import dojang
from tests.cli.test_connect_and_serve import serving

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ko.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[str]:
    """Code blocks, without the comments at the end of lines: those are in the reader's language."""
    return [re.sub(r"(?m) *# .*$", "", block) for block in re.findall(r"```\w*\n(.*?)```", text(name), re.DOTALL)]


def test_both_say_the_same_to_the_machine() -> None:
    assert blocks("README.md") == blocks("README.ko.md")


@pytest.mark.parametrize("name", READMES)
def test_the_first_block_is_the_two_commands(name: str) -> None:
    assert blocks(name)[0] == "make demo\nmake test\n"
    makefile = text("Makefile")
    assert all(re.search(rf"(?m)^{target}:", makefile) for target in ("demo", "test", "check", "bench"))


@pytest.mark.parametrize("name", READMES)
def test_every_link_into_the_project_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_every_option_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"`(--[a-z-]+)", text(name)))
    known = "".join(dojang(command, "--help").out for command in ("connect", "serve"))
    assert {option for option in named if option not in known} == set()


def test_the_library_example_runs_as_printed(tmp_path: Path) -> None:
    assert dojang("ca", "init", tmp_path / "my-ca").code == 0
    with serving("--ca", tmp_path / "my-ca", "--site", "books.test") as port:
        (example,) = (block for block in blocks("README.md") if block.startswith("from dojang"))
        program = example.replace("8443", str(port))
        command = [sys.executable, "-c", program]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert re.match(rb"X25519MLKEM768 b.HTTP/1.1 200 OK", run.stdout)
