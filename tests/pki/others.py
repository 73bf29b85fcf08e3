"""Other verifiers, asked in their own programs: OpenSSL, pyca, Go, GnuTLS, NSS and Java."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

__all__ = ["certutil", "find", "gnutls", "go", "java", "openssl"]

PROGRAMS = Path(__file__).parent / "programs"
Chain = Sequence[x509.Certificate]


def find(program: str) -> str:
    """The program's path; without it the test is skipped, or fails where all peers are required."""
    here = str(Path(sys.executable).parent)
    found = shutil.which(program, path=os.pathsep.join([here, os.environ["PATH"]]))
    if found is None:
        if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")
    return found


def go(root: x509.Certificate, chains: Sequence[Chain], name: str, at: datetime) -> list[str]:
    """ "ok" or what Go says, for each chain."""
    return go_lines([(root, *chain) for chain in chains], name, at)


def go_lines(rows: Sequence[Chain], name: str, at: datetime) -> list[str]:
    """The same for rows of root, leaf and intermediates."""
    lines = [" ".join(base64.b64encode(_der(each)).decode() for each in row) for row in rows]
    command = [str(_go_program()), name, str(int(at.timestamp()))]
    given = "\n".join(lines) + "\n"
    return subprocess.run(
        command, input=given, check=True, capture_output=True, text=True, timeout=110
    ).stdout.splitlines()


@lru_cache(1)
def _go_program() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dojang-go-"))
    settings = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GO111MODULE": "off"}
    settings.setdefault("GOCACHE", str(Path(__file__).parents[2] / ".peers" / "go-cache"))
    command = [find("go"), "build", "-o", str(folder / "verify"), str(PROGRAMS / "verify.go")]
    subprocess.run(command, check=True, env=settings, timeout=110)
    return folder / "verify"


def openssl(folder: Path, root: Chain, chain: Chain, name: str, at: datetime) -> str:
    """ "ok" or what OpenSSL says, in its strict mode."""
    files = {"root": root, "leaf": chain[:1], "above": chain[1:] or chain[:1]}
    for file, certificates in files.items():
        (folder / f"{file}.pem").write_bytes(_pem(certificates))
    command = [find("openssl"), "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name]
    command += ["-attime", str(int(at.timestamp())), "-CAfile", "root.pem", "-untrusted", "above.pem", "leaf.pem"]
    run = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=30)
    return "ok" if run.returncode == 0 else run.stderr


def gnutls(folder: Path, root: Chain, chain: Chain) -> str:
    """ "ok" or what certtool says; it judges by today's clock."""
    (folder / "root.pem").write_bytes(_pem(root))
    command = [find("certtool"), "--verify", "--load-ca-certificate", str(folder / "root.pem")]
    run = subprocess.run(command, input=_pem(chain), check=False, capture_output=True, timeout=30)
    return "ok" if run.returncode == 0 else run.stdout.decode()


def certutil(folder: Path, root: Chain, chain: Chain) -> str:
    """ "ok" or what NSS says for a server's certificate."""
    tool, database = find("certutil"), f"sql:{tempfile.mkdtemp(dir=folder)}"
    subprocess.run([tool, "-N", "-d", database, "--empty-password"], check=True, timeout=30)
    rows = [("root", "C,,", root[0]), *[(f"c{at}", ",,", each) for at, each in enumerate(chain)]]
    for nickname, trust, certificate in rows:
        command = [tool, "-A", "-d", database, "-n", nickname, "-t", trust]
        subprocess.run(command, input=_pem([certificate]), check=True, timeout=30)
    command = [tool, "-V", "-d", database, "-n", "c0", "-u", "V"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    return "ok" if run.returncode == 0 else run.stdout + run.stderr


def java(folder: Path, root: Chain, chains: Sequence[Chain]) -> list[str]:
    """ "ok" or what Java says, for each chain."""
    (folder / "root.pem").write_bytes(_pem(root))
    files = []
    for at, chain in enumerate(chains):
        files.append(folder / f"chain{at}.pem")
        files[-1].write_bytes(_pem(chain))
    command = [find("java"), *map(str, (PROGRAMS / "Verify.java", folder / "root.pem", *files))]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=110).stdout.splitlines()


def _pem(certificates: Chain) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
