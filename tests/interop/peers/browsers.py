"""Chromium and Firefox, headless; each open browser is kept for further requests with the same trust and credential."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.interop.peer import (
    EARLY,
    ELLIPTIC,
    LISTENING,
    RESUMED,
    RESUMED_AND_ID,
    STATIC,
    Abilities,
    Again,
    Answer,
    Peer,
    Request,
)
from tests.interop.peers.nss import make_database
from tests.interop.pki import Files
from tests.interop.processes import PROGRAMS, Server, find_program, run, serving, wait_until

Trust = tuple[Path, Files | None]


class Browser(Peer):
    """A browser through programs/browse.py. It offers the protocols h2 and http/1.1, whatever it is told."""

    module: str
    database: str

    def __init__(self) -> None:
        self.open: dict[Trust, Server] = {}
        self.stack_of_open = ExitStack()

    def missing(self) -> str | None:
        if run([sys.executable, "-W", "ignore", "-c", f"import {self.module}"]).returncode != 0:
            return self.module
        return super().missing()

    def ask(self, request: Request) -> Answer:
        if request.again:
            self.ask(replace(request, again=False))
        browser = self.browser(request.trust, request.credential)
        upload = request.upload.read_text() if request.upload else None
        origin = f"https://{request.name}:{request.port}"
        line = json.dumps({"origin": origin, "path": request.path, "upload": upload})
        answered = len(answers(browser))
        browser.say(line.encode() + b"\n")
        wait_until(lambda: len(answers(browser)) > answered or browser.process.poll() is not None, 25)
        return Answer.from_json("\n".join(answers(browser)[answered:]))

    def browser(self, trust: Path, credential: Files | None) -> Server:
        if (trust, credential) not in self.open:
            self.open[trust, credential] = self.start(trust, credential)
        return self.open[trust, credential]

    def start(self, trust: Path, credential: Files | None) -> Server:
        folder = self.stack_of_open.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        home = Path(folder) / "home"
        database = home / self.database
        database.mkdir(parents=True)
        make_database(database, trust, credential)
        words: list[str | Path] = [sys.executable, PROGRAMS / "browse.py", self.name, "--home", home]
        words += ["--program", find_program(self.programs[0]) or self.programs[0]]
        return self.stack_of_open.enter_context(serving(words, 0, Path(folder), announcement=LISTENING))

    def close(self) -> None:
        self.open.clear()
        self.stack_of_open.close()


def answers(browser: Server) -> list[str]:
    """The complete lines of JSON that it has written."""
    lines = browser.output().decode(errors="replace").split("\n")[:-1]
    return [line for line in lines if line.startswith("{")]


class Chromium(Browser):
    """Client certificates would need a policy file of the system's, so they are not tried."""

    name = "chromium"
    stack = "BoringSSL"
    module = "playwright"
    programs = ("chromium", "certutil")
    version_command = ("chromium", "--version")
    version_pattern = r"\d+\.\d+\.\d+\.\d+"
    database = os.path.join(".pki", "nssdb")
    client = Abilities(
        legacy=STATIC,
        groups=(*ELLIPTIC, "X25519MLKEM768"),
        held=(),
        again=(*RESUMED_AND_ID, Again.RETRY),
        client_certificate=False,
    )


class Firefox(Browser):
    name = "firefox"
    stack = "NSS"
    module = "marionette_driver"
    programs = ("firefox-esr", "certutil")
    version_command = ("firefox-esr", "--version")
    database = ""
    client = Abilities(
        held=(),
        again=(*RESUMED, Again.RETRY, *EARLY),
        resumes_known=False,
        groups=(*ELLIPTIC, "secp521r1", "ffdhe2048", "ffdhe3072", "X25519MLKEM768"),
    )
