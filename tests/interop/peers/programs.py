"""Peers through the programs in tests/interop/programs: stacks that are libraries of a language."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.interop.peer import (
    DHE,
    DHE_CHACHA20,
    EDWARDS,
    ELLIPTIC,
    KEYS,
    LATTICE,
    RESUMED,
    RESUMED_AND_ID,
    STAPLES,
    STATIC,
    Abilities,
    Again,
    ProgramPeer,
    must_run,
)
from tests.interop.processes import CACHE, PROGRAMS, find_program, run

LEGACY = (*STATIC, *DHE, DHE_CHACHA20)
HYBRID = "X25519MLKEM768"
HYBRIDS = (HYBRID, "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
OPENSSL_3 = (*ELLIPTIC, "secp521r1", "x448")


class StandardSsl(ProgramPeer):
    name = "python-ssl"
    stack = "OpenSSL 3.0"
    programs = ()
    version_command = (sys.executable, "-c", "import ssl; print(ssl.OPENSSL_VERSION)")
    client = Abilities(
        legacy=LEGACY,
        groups=OPENSSL_3,
        certificates=EDWARDS,
        held=("1.1", "1.2", "1.3"),
        again=(*RESUMED_AND_ID, Again.RETRY),
    )
    # The context's default curve list is OpenSSL's own.
    server = client

    def command(self) -> list[str | Path]:
        return [sys.executable, PROGRAMS / "peer_ssl.py", "ssl"]


class PyOpenSsl(ProgramPeer):
    name = "pyopenssl"
    stack = "OpenSSL 4.0"
    programs = ()
    version_command = (sys.executable, "-c", "from OpenSSL import SSL; print(SSL.SSLeay_version(0).decode())")
    server = Abilities(
        legacy=LEGACY,
        groups=(*OPENSSL_3, *HYBRIDS[:2]),
        certificates=LATTICE,
        held=("1.1", "1.2", "1.3"),
        again=(*RESUMED_AND_ID, Again.RETRY, *STAPLES),
    )
    client = replace(server, checks_names=False, renegotiates=True)

    def missing(self) -> str | None:
        return None if run([sys.executable, "-c", "import OpenSSL"]).returncode == 0 else "pyOpenSSL"

    def command(self) -> list[str | Path]:
        return [sys.executable, PROGRAMS / "peer_ssl.py", "pyopenssl"]


class Node(ProgramPeer):
    name = "node"
    stack = "OpenSSL 3.5"
    programs = ("node",)
    version_command = ("node", "-p", "process.version + ' ' + process.versions.openssl")
    client = Abilities(
        legacy=LEGACY,
        groups=(*OPENSSL_3, HYBRID),
        certificates=LATTICE,
        held=("1.1", "1.2", "1.3"),
        again=(*RESUMED_AND_ID, Again.RETRY, *STAPLES),
        renegotiates=True,
        says_why=False,
    )
    server = replace(client, renegotiates=False)

    def missing(self) -> str | None:
        """An older Node on PATH is another stack, without the hybrids and lattices that this row claims."""
        if super().missing() is not None:
            return "node"
        built_with = run([find_program("node") or "node", "-p", "process.versions.openssl"]).text
        return None if tuple(map(int, built_with.split(".")[:2])) >= (3, 5) else "node with OpenSSL 3.5"

    def command(self) -> list[str | Path]:
        return [find_program("node") or "node", PROGRAMS / "peer.mjs"]


class Bun(ProgramPeer):
    name = "bun"
    stack = "BoringSSL"
    programs = ("bun",)
    version_command = ("bun", "--version")
    client = Abilities(
        legacy=STATIC,
        groups=(*ELLIPTIC, HYBRID),
        certificates=(*KEYS, "ed25519"),
        again=(*RESUMED_AND_ID, Again.RETRY),
        says_why=False,
    )
    server = replace(client, again=(*RESUMED, Again.RETRY))

    def command(self) -> list[str | Path]:
        return [find_program("bun") or "bun", PROGRAMS / "peer.mjs"]


class Deno(ProgramPeer):
    name = "deno"
    stack = "rustls"
    programs = ("deno",)
    version_command = ("deno", "--version")
    client = Abilities(
        groups=(*ELLIPTIC, HYBRID),
        certificates=(*KEYS, "ed25519"),
        again=(),
        says_why=False,
    )
    server = replace(client, again=(*RESUMED, Again.RETRY), client_certificate=False)

    def command(self) -> list[str | Path]:
        return [find_program("deno") or "deno", "run", "--quiet", "-A", PROGRAMS / "peer.mjs"]


class Go(ProgramPeer):
    name = "go"
    stack = "Go crypto/tls"
    programs = ("go",)
    version_command = ("go", "version")
    # No DHE, no early data, no external PSKs, no sessions by ID.
    client = Abilities(
        legacy=STATIC,
        groups=(*ELLIPTIC, "secp521r1", *HYBRIDS),
        certificates=(*KEYS, "ed25519", "ml-dsa-44", "ml-dsa-65"),
        held=("1.1", "1.2", "1.3"),
        again=(*RESUMED, Again.RETRY, *STAPLES),
    )
    server = client

    def command(self) -> list[str | Path]:
        return [build_go()]


class Java(ProgramPeer):
    name = "java"
    stack = "JSSE"
    programs = ("java", "javac")
    version_command = ("javac", "-version")
    # SunJSSE's default namedGroups also hold ffdhe2048 and larger.
    client = Abilities(
        legacy=(*STATIC, *DHE),
        groups=(*ELLIPTIC, "secp521r1", "x448", "ffdhe2048", "ffdhe3072"),
        certificates=EDWARDS,
        held=("1.1", "1.2", "1.3"),
        again=(*RESUMED_AND_ID, Again.RETRY),
        key_update=True,
        renegotiates=True,
        bare=True,
    )
    server = replace(client, renegotiates=False)

    def command(self) -> list[str | Path]:
        return [
            find_program("java") or "java",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            build_java(),
            "Probe",
        ]


@cache
def build_go() -> Path:
    """The Go program, built once for each state of its source."""
    source = PROGRAMS / "go"
    built = cached("go", source / "main.go", source / "go.mod") / "probe"
    if not built.exists():
        settings = {"GOCACHE": str(CACHE / "go-cache"), "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
        must_run(
            [find_program("go") or "go", "build", "-C", source, "-o", built, "."], environment=settings, timeout=110
        )
    return built


@cache
def build_java() -> Path:
    """The folder of the Java program's classes, compiled once for each state of its source."""
    source = PROGRAMS / "java" / "Probe.java"
    folder = cached("java", source)
    if not (folder / "Probe.class").exists():
        must_run([find_program("javac") or "javac", "-d", folder, source], timeout=60)
    return folder


def cached(kind: str, *sources: Path) -> Path:
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    folder = CACHE / "built" / f"{kind}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
