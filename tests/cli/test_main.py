"""The command as a user runs it, in a process of its own: exit codes, one sentence for a failure, two languages."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dojang.cli.main import COMMANDS
from tests.cli.command import Outcome, dojang, start_dojang
from tests.cli.here import dojang_here

LANGUAGES = ("ko", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_every_command(language: str) -> None:
    outcome = dojang_here("--lang", language, "--help")
    assert outcome.code == 0
    assert all(command in outcome.out for command in COMMANDS)
    assert ("사용법" in outcome.out) == (language == "ko")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", [*COMMANDS])
def test_each_command_explains_itself(command: str, language: str) -> None:
    outcome = dojang_here(command, "--help", "--lang", language)
    assert outcome.code == 0
    assert "--lang" in outcome.out
    assert ("사용법" in outcome.out) == (language == "ko")


def test_the_version_is_the_package_s() -> None:
    from importlib.metadata import version

    assert dojang_here("--version").out == f"dojang {version('dojang')}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nope",),
        ("connect",),
        ("connect", "localhost", "--no-such-option"),
        ("connect", "localhost", "--sni", "a", "--no-sni"),
        ("connect", "localhost:http"),
        ("connect", "localhost:99999"),
        ("connect", ":443"),
        ("connect", "localhost", "--resolve", "localhost:443"),
        ("connect", "localhost", "--groups", "x25519,nope"),
        ("serve",),
        ("serve", "--port", "many"),
        ("serve", "--cert", "a.pem"),
        ("ca",),
        ("ca", "issue"),
        ("demo", "extra"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_usage_is_exit_code_2_and_no_traceback(arguments: tuple[str, ...], language: str) -> None:
    assert_one_clear_sentence(dojang_here(*arguments, "--lang", language), 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_file_is_named(tmp_path: Path, language: str) -> None:
    missing = tmp_path / "missing.pem"
    outcome = dojang_here("connect", "localhost:1", "--ca", missing, "--lang", language)
    assert_one_clear_sentence(outcome, 2)
    assert missing.name in "".join(outcome.err.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unreadable_pem_is_named_with_its_line(tmp_path: Path, language: str) -> None:
    broken = tmp_path / "b.pem"
    broken.write_text("text before\n-----BEGIN CERTIFICATE-----\nMIIB\n*not base64*\n-----END CERTIFICATE-----\n")
    outcome = dojang_here("connect", "localhost:1", "--ca", broken, "--lang", language)
    assert_one_clear_sentence(outcome, 2)
    assert "b.pem:4:" in "".join(outcome.err.split())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert_one_clear_sentence(dojang_here("connect", "localhost:1", "--ca", tmp_path), 2)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    outcome = dojang_here("serve", tmp_path / "nothing", "--ca", tmp_path)
    assert_one_clear_sentence(outcome, 2)
    assert "nothing" in outcome.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_port_in_use(tmp_path: Path, language: str) -> None:
    assert dojang_here("ca", "init", tmp_path / "ca").code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = dojang_here("serve", "--ca", tmp_path / "ca", "--port", port, "--lang", language)
    assert_one_clear_sentence(outcome, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_listens(language: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert_one_clear_sentence(dojang_here("connect", f"127.0.0.1:{port}", "--lang", language), 1)


def test_a_name_without_an_address() -> None:
    assert_one_clear_sentence(dojang_here("connect", "name.invalid:443"), 1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_ends_the_server_well(tmp_path: Path) -> None:
    assert dojang_here("ca", "init", tmp_path / "ca").code == 0
    with start_dojang("serve", "--ca", tmp_path / "ca", "--port", "0", "--lang", "en") as server:
        assert server.stdout is not None
        assert "Listening" in server.stdout.readline()
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=10)
    assert server.returncode == 0
    assert "stopped" in out
    assert err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_while_a_server_stays_silent() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        start_dojang("connect", f"127.0.0.1:{silent.getsockname()[1]}", "--lang", "ko") as client,
    ):
        visitor, _ = silent.accept()
        with visitor:
            assert visitor.recv(1)
            client.send_signal(signal.SIGINT)
            out, err = client.communicate(timeout=10)
    assert (client.returncode, out) == (130, "")
    assert err == "Ctrl-C로 중단했습니다.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently there")
def test_a_reader_that_goes_away_is_no_crash() -> None:
    with start_dojang("demo", "--lang", "en") as demo:
        assert demo.stdout is not None
        demo.stdout.close()
        assert demo.stderr is not None
        err = demo.stderr.read()
        demo.wait(10)
    assert demo.returncode == 141
    assert "Traceback" not in err
    assert "closed it" in err


def test_a_locale_that_cannot_write_korean_is_no_crash() -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    outcome = dojang("demo", "--lang", "ko", environ=environ)
    assert outcome.code == 0
    assert "ERR_CERT_COMMON_NAME_INVALID" in outcome.out


def test_the_module_is_the_command() -> None:
    run = subprocess.run([sys.executable, "-m", "dojang", "--version"], capture_output=True, timeout=30, check=True)
    assert run.stdout.startswith(b"dojang ")


def test_help_is_quick_because_it_loads_no_tls() -> None:
    code = "import sys; from dojang.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in sys.modules if m.startswith(('dojang.engine', 'dojang.pki', 'cryptography'))])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=True)
    assert run.stdout.splitlines()[-1] == b"[]"


def test_the_language_comes_from_the_environment() -> None:
    environ = {**os.environ, "DOJANG_LANG": "ko"}
    assert "사용법" in dojang("--help", environ=environ).out
    assert "usage" in dojang("--help", "--lang", "en", environ=environ).out


def assert_one_clear_sentence(outcome: Outcome, code: int) -> None:
    assert outcome.code == code, outcome
    assert "Traceback" not in outcome.err
    assert outcome.err.strip()


def test_demo_takes_less_than_five_seconds() -> None:
    begun = time.monotonic()
    outcome = dojang_here("demo", "--json")
    assert time.monotonic() - begun < 5
    assert json.loads(outcome.out)["seconds"] < 5
