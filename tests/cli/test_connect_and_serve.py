"""`dojang connect` and `dojang serve` against each other and against other programs, on loopback."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Outcome, dojang, start_dojang
from tests.cli.here import dojang_here, serving_here

GET = r"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    assert dojang_here("ca", "init", folder).code == 0
    out = folder / "client"
    assert dojang_here("ca", "issue", folder, "visitor.test", "--purpose", "client", "--out", out).code == 0
    return folder


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    (folder / "index.html").write_text("<h1>books</h1>")
    (folder.parent / "outside.txt").write_text("outside")
    return folder


@contextmanager
def serving(*arguments: object) -> Iterator[int]:
    """`dojang serve` on a free port, which it tells."""
    with start_dojang("serve", "--port", "0", "--json", *arguments) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, server.stderr and server.stderr.read()
        yield json.loads(line)["port"]
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def shops(ca: Path, books: Path) -> Iterator[int]:
    with serving("--ca", ca, "--site", f"books.test,127.0.0.1={books}", "--site", "tea.test") as port:
        yield port


def visit(port: int, ca: Path, host: str, *more: object, path: str = "/") -> Outcome:
    resolve = f"{host}:{port}:127.0.0.1"
    send = GET.format(path=path, host=host)
    return dojang_here(
        "connect", f"{host}:{port}", "--resolve", resolve, "--ca", ca / "root.pem", "--send", send, *more
    )


def visit_json(port: int, ca: Path, host: str, *more: object, path: str = "/") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(visit(port, ca, host, "--json", *more, path=path).out)
    return found


@pytest.mark.parametrize(("host", "content"), [("books.test", "<h1>books</h1>"), ("tea.test", "X25519MLKEM768")])
def test_each_site_answers_to_its_name(shops: int, ca: Path, host: str, content: str) -> None:
    told = visit_json(shops, ca, host)
    assert told["error"] is None
    assert told["session"]["verified"]
    assert told["session"]["chain"][0]["names"][0] == host
    assert content in told["received"]


def test_what_the_echo_page_tells_is_what_the_client_knows(shops: int, ca: Path) -> None:
    told = visit_json(shops, ca, "books.test", path="/dojang")
    for fact in ("version", "group", "suite"):
        assert told["session"][fact] in told["received"]
    assert "books.test" in told["received"]


def test_ladder_and_chain_are_shown_and_data_goes_to_standard_output(shops: int, ca: Path) -> None:
    outcome = visit(shops, ca, "books.test", "--lang", "ko")
    assert outcome.code == 0
    assert outcome.out.startswith("HTTP/1.1 200 OK")
    assert all(word in outcome.err for word in ("ClientHello", "인증서 체인", "dojang root", "close_notify"))


def test_standard_input_is_sent(shops: int, ca: Path) -> None:
    request = b"GET / HTTP/1.1\r\nHost: books.test\r\nConnection: close\r\n\r\n"
    arguments = ("connect", f"127.0.0.1:{shops}", "--ca", ca / "root.pem", "--sni", "books.test")
    outcome = dojang(*arguments, given=request)
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith("<h1>books</h1>")


def test_a_file_is_sent(shops: int, ca: Path, tmp_path: Path) -> None:
    (tmp_path / "request").write_bytes(b"GET / HTTP/1.0\r\nHost: books.test\r\n\r\n")
    arguments = ("connect", f"127.0.0.1:{shops}", "--ca", ca / "root.pem", "--sni", "books.test", "--json")
    outcome = dojang_here(*arguments, "--send", f"@{tmp_path / 'request'}")
    assert "<h1>books</h1>" in json.loads(outcome.out)["received"]


def test_sni_chooses_and_host_decides_trust(shops: int, ca: Path) -> None:
    outcome = dojang_here("connect", f"127.0.0.1:{shops}", "--ca", ca / "root.pem", "--sni", "tea.test", "--json")
    told = json.loads(outcome.out)
    assert outcome.code == 1
    assert told["error"]["browser"] == "ERR_CERT_COMMON_NAME_INVALID"
    assert "SNI: it is looking for tea.test" in told["ladder"][0]["facts"]


def test_no_sni_gets_the_first_certificate(shops: int, ca: Path) -> None:
    told = visit_json(shops, ca, "books.test", "--no-sni")
    assert told["error"] is None
    assert any("no SNI" in fact for fact in told["ladder"][0]["facts"])


def test_another_group(shops: int, ca: Path) -> None:
    assert visit_json(shops, ca, "books.test", "--groups", "secp384r1")["session"]["group"] == "secp384r1"


def test_no_common_application_protocol(shops: int, ca: Path) -> None:
    outcome = visit(shops, ca, "books.test", "--alpn", "h3")
    assert outcome.code == 1
    assert "no_application_protocol" in outcome.err


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_unknown_authority(shops: int, language: str) -> None:
    outcome = dojang_here(
        "connect", f"books.test:{shops}", "--resolve", f"books.test:{shops}:127.0.0.1", "--lang", language
    )
    assert outcome.code == 1
    assert "ERR_CERT_AUTHORITY_INVALID" in outcome.err
    assert "Traceback" not in outcome.err


def test_insecure_goes_on_and_says_loudly_what_was_wrong(shops: int, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert dojang_here("ca", "init", other).code == 0
    outcome = visit(shops, other, "books.test", "--insecure")
    assert outcome.code == 0
    assert "<h1>books</h1>" in outcome.out
    assert "Danger" in outcome.err
    assert "✗" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_key_log_is_written_for_its_owner_alone(shops: int, ca: Path, tmp_path: Path) -> None:
    log = tmp_path / "keys.log"
    assert visit(shops, ca, "books.test", "--keylog", log).code == 0
    labels = {line.split()[0] for line in log.read_text().splitlines()}
    assert {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"} <= labels
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_client_certificate_is_asked_for_and_told(ca: Path) -> None:
    with serving_here("--ca", ca, "--client-ca", ca / "root.pem", "--site", "tea.test") as port:
        told = visit_json(port, ca, "tea.test", "--cert", ca / "client.pem", "--key", ca / "client.key")
        assert "CN=visitor.test" in told["received"]
        without = visit(port, ca, "tea.test")
        assert without.code == 1
        assert "certificate_required" in without.err


def test_an_unknown_name_is_refused_when_asked_to(ca: Path) -> None:
    with serving_here("--ca", ca, "--site", "tea.test", "--unknown-name", "refuse") as port:
        outcome = visit(port, ca, "nobody.test")
        assert outcome.code == 1
        assert "unrecognized_name" in outcome.err


def test_certificates_from_files(ca: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    assert dojang_here("ca", "issue", ca, "files.test", "--out", out).code == 0
    with serving_here("--cert", f"{out}.pem", "--key", f"{out}.key") as port:
        assert visit_json(port, ca, "files.test")["session"]["verified"]


def test_a_key_of_another_certificate(ca: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert dojang_here("ca", "issue", ca, f"{name}.test", "--out", tmp_path / name).code == 0
    outcome = dojang_here("serve", "--port", "0", "--cert", tmp_path / "one.pem", "--key", tmp_path / "two.key")
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)
    assert "one.test" in outcome.err


@pytest.mark.parametrize("path", ["/../outside.txt", "/%2e%2e/outside.txt", "//outside.txt", "/..%2foutside.txt"])
def test_no_path_leads_out_of_the_folder(shops: int, ca: Path, path: str) -> None:
    assert visit_json(shops, ca, "books.test", path=path)["received"].startswith("HTTP/1.1 404")


def test_a_page_in_html_escapes_what_the_visitor_sent(shops: int, ca: Path) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", shops, context=trusting(ca), timeout=10)
    headers = {"Host": "<script>alert(1)</script>", "Accept": "text/html", "Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}
    connection.request("GET", "/dojang", headers=headers)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<html lang=ko>" in page


def test_one_connection_carries_many_requests(shops: int, ca: Path) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", shops, context=trusting(ca), timeout=10)
    for _ in range(3):
        connection.request("GET", "/dojang", headers={"Accept": "application/json"})
        assert json.loads(connection.getresponse().read())["version"] == "TLS 1.3"
    connection.close()


def test_curl_is_content(shops: int, ca: Path) -> None:
    if shutil.which("curl") is None:
        assert not os.environ.get("DOJANG_REQUIRE_PEERS")
        pytest.skip("curl is not installed")
    command = ["curl", "-sS", "--cacert", f"{ca}/root.pem", "--resolve", f"books.test:{shops}:127.0.0.1"]
    run = subprocess.run([*command, f"https://books.test:{shops}/"], capture_output=True, timeout=30)
    assert (run.returncode, run.stdout) == (0, b"<h1>books</h1>"), run.stderr


def test_a_slow_visitor_keeps_nobody_waiting(shops: int, ca: Path) -> None:
    with socket.create_connection(("127.0.0.1", shops)):
        assert visit_json(shops, ca, "books.test")["error"] is None


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_plain_http_server_is_named_as_such(language: str) -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        outcome = dojang_here("connect", f"127.0.0.1:{port}", "--lang", language)
    assert outcome.code == 1
    assert "HTTP" in outcome.err
    assert "ERR_SSL_PROTOCOL_ERROR" in outcome.err


def test_a_server_of_tls_1_0_only() -> None:
    hello = bytes.fromhex("160301002a020000260301") + bytes(32) + bytes.fromhex("00002f00")
    with answering(hello) as port:
        outcome = dojang_here("connect", f"127.0.0.1:{port}")
    assert outcome.code == 1
    assert "TLS 1.0" in outcome.err
    assert "ERR_SSL_VERSION_OR_CIPHER_MISMATCH" in outcome.err


def test_a_server_that_hangs_up() -> None:
    with answering(b"") as port:
        outcome = dojang_here("connect", f"127.0.0.1:{port}")
    assert (outcome.code, "Traceback" in outcome.err) == (1, False)


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = dojang_here("connect", f"127.0.0.1:{silent.getsockname()[1]}", "--timeout", "0.3")
    assert (outcome.code, "Traceback" in outcome.err) == (1, False)


def test_the_standard_library_s_server_is_understood(ca: Path) -> None:
    with stdlib_server(ca, b"hello") as port:
        told = visit_json(port, ca, "stdlib.test")
    assert (told["error"], told["received"]) == (None, "hello")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty")
def test_on_a_terminal_there_is_colour_and_a_server_can_t_steer_it(ca: Path) -> None:
    with stdlib_server(ca, b"one\x1b]0;owned\x07\r\ntwo\x9b31m") as port:
        resolve = f"stdlib.test:{port}:127.0.0.1"
        arguments = ["connect", f"stdlib.test:{port}", "--resolve", resolve, "--ca", f"{ca}/root.pem", "--send", "hi"]
        shown = on_a_terminal(arguments)
    assert "\x1b[36m" in shown
    assert "one\\x1b]0;owned\\x07\n" in shown
    assert "\x1b]" not in shown
    assert "\x07" not in shown


def on_a_terminal(arguments: list[str]) -> str:
    """What `dojang` writes where it finds a terminal."""
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dojang", *arguments]
    environ = {**os.environ, "DOJANG_LANG": "en", "TERM": "xterm"}
    environ.pop("NO_COLOR", None)
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ):
        os.close(theirs)
        written = b"".join(iter(lambda: read_terminal(ours), b""))
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def read_terminal(descriptor: int) -> bytes:
    """Linux says EIO where the program at the other end is gone."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


@contextmanager
def stdlib_server(ca: Path, greeting: bytes) -> Iterator[int]:
    """The standard library's `ssl` as stdlib.test, which answers its first visitor with `greeting`."""
    out = ca / "stdlib"
    assert dojang_here("ca", "issue", ca, "stdlib.test", "--out", out, "--force").code == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{out}.pem", f"{out}.key")

    def greet() -> None:
        sock, _ = listener.accept()
        with context.wrap_socket(sock, server_side=True) as tls:
            tls.recv(1000)
            tls.sendall(greeting)
            tls.unwrap()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca / "root.pem"))


@contextmanager
def answering(data: bytes) -> Iterator[int]:
    """A server that says `data` to its first visitor, whatever that says, and hangs up."""

    def answer() -> None:
        visitor, _ = listener.accept()
        with visitor:
            visitor.settimeout(10)
            visitor.recv(65536)
            visitor.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
