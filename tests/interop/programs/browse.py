"""A headless browser that stays open, for the interop tests.

    browse.py chromium|firefox --program PATH --home FOLDER

FOLDER holds the NSS database (made by the caller). Reads one JSON object per line, {"origin", "path", "upload"}, visits
the origin, fetches the path from that page (or POSTs the text `upload` to it), and writes one JSON object per line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Visit = Callable[[dict[str, Any]], dict[str, Any]]

FETCH = """
    const response = await fetch(path, {cache: "no-store", ...(upload ? {method: "POST", body: upload} : {})});
    const body = await response.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
    return {
        status: `HTTP ${response.status}`,
        length: body.byteLength,
        sha256: [...digest].map((octet) => octet.toString(16).padStart(2, "0")).join(""),
        body: new TextDecoder().decode(body.slice(0, 1000)),
    };
"""


@contextmanager
def chromium(program: str, home: str) -> Iterator[Visit]:
    """Chromium through Playwright; a certificate that it refuses is the exception's first line."""
    from playwright.sync_api import Error, sync_playwright

    words = ["--host-resolver-rules=MAP * 127.0.0.1", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=words, env={**os.environ, "HOME": home}, chromium_sandbox=False
        )

        def visit(request: dict[str, Any]) -> dict[str, Any]:
            context = browser.new_context()
            try:
                page = context.new_page()
                response = page.goto(request["origin"] + "/hello.txt", timeout=10000)
                security = response.security_details() if response else None
                fetched = page.evaluate(
                    f"async ([path, upload]) => {{ {FETCH} }}", [request["path"], request["upload"]]
                )
                version = str(security["protocol"]).removeprefix("TLS ") if security else ""
                return {**fetched, "version": version, "ok": True}
            except Error as error:
                return {"ok": False, "error": error.message.splitlines()[0]}
            finally:
                context.close()

        yield visit
        browser.close()


@contextmanager
def firefox(program: str, home: str) -> Iterator[Visit]:
    """Firefox through Marionette; a certificate that it refuses is named by its error code."""
    from marionette_driver.errors import MarionetteException
    from marionette_driver.marionette import Marionette

    write_preferences(Path(home))
    # Not started by Marionette itself, which would give it a process group of its own that outlives this program.
    words = [program, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", home]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    browser = Marionette(port=marionette_port(Path(home), process))
    browser.start_session({"acceptInsecureCerts": False})
    browser.timeout.page_load = 10

    def visit(request: dict[str, Any]) -> dict[str, Any]:
        try:
            browser.navigate(request["origin"] + "/hello.txt")
            script = f"const [path, upload] = arguments; return (async () => {{ {FETCH} }})();"
            fetched = browser.execute_script(script, [request["path"], request["upload"]], sandbox=None)
            return {**fetched, "ok": True}
        except MarionetteException as error:
            return {"ok": False, "error": f"{type(error).__name__} {shown_error(browser)}"}

    try:
        yield visit
    finally:
        process.kill()
        process.wait()


def write_preferences(home: Path) -> None:
    preferences = {
        "marionette.port": 0,
        "network.dns.forceResolve": "127.0.0.1",
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "security.default_personal_cert": "Select Automatically",
        "security.OCSP.enabled": 0,
        "app.update.enabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.safebrowsing.phishing.enabled": False,
        "services.settings.server": "data:,",
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.enabled": False,
    }
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
    (home / "user.js").write_text("".join(lines))


def marionette_port(home: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that Marionette picked, once it listens."""
    announced = home / "MarionetteActivePort"
    while process.poll() is None and not (announced.exists() and announced.read_text()):
        time.sleep(0.02)
    return int(announced.read_text())


def shown_error(browser: Any) -> str:
    """The error code behind Firefox's page about a certificate."""
    script = "return document.getFailedCertSecurityInfo?.().errorCodeString ?? document.documentURI;"
    return str(browser.execute_script(script, sandbox=None))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("browser", choices=["chromium", "firefox"])
    parser.add_argument("--program", required=True)
    parser.add_argument("--home", required=True)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with {"chromium": chromium, "firefox": firefox}[options.browser](options.program, options.home) as visit:
        print("listening 0", flush=True)
        for line in sys.stdin:
            print(json.dumps(visit(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
