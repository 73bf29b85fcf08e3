"""The system's own store: Debian's and Red Hat's folders, macOS' keychain, Windows' root store."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dojang.pki.keys import InputError
from dojang.pki.trust.record import Change
from dojang.pki.trust.tools import run, tool

__all__ = ["SystemStore"]

_FOLDERS = (
    ("usr/local/share/ca-certificates", ".crt", "update-ca-certificates"),
    ("etc/pki/ca-trust/source/anchors", ".pem", "update-ca-trust"),
    ("etc/ca-certificates/trust-source/anchors", ".crt", "update-ca-trust"),
)


# What Debian's tool works on, where that is not this system's own.
_ELSEWHERE = (
    ("--certsconf", "etc/ca-certificates.conf"),
    ("--certsdir", "usr/share/ca-certificates"),
    ("--localcertsdir", "usr/local/share/ca-certificates"),
    ("--etccertsdir", "etc/ssl/certs"),
    ("--hooksdir", "etc/ca-certificates/update.d"),
)


class SystemStore:
    """root: where the file system begins, for tests and images."""

    name = "system"

    def __init__(self, root: str | os.PathLike[str] = "/") -> None:
        self.root = Path(root)

    def places(self) -> Iterator[str]:
        """Where a certificate would go; none where this system has no store that is known here."""
        if sys.platform == "darwin":
            yield "/Library/Keychains/System.keychain"
        elif sys.platform == "win32":
            yield "ROOT"
        else:
            found = (self.root / folder for folder, _, _ in _FOLDERS)
            yield from (str(folder) for folder in list(filter(Path.is_dir, found))[:1])

    def change(self, place: str, pem: bytes, fingerprint: str) -> Change | None:
        """What installing would change, None where that certificate is there already."""
        if sys.platform in ("darwin", "win32"):
            return Change(self.name, place, fingerprint, fingerprint)
        path = Path(place) / f"dojang-{fingerprint[:16]}{_ending(place)}"
        return None if path.exists() and path.read_bytes() == pem else Change(self.name, place, path.name, fingerprint)

    def install(self, change: Change, pem: bytes) -> None:
        """Raises InputError, for want of rights most often."""
        if sys.platform == "darwin":
            with _as_file(pem) as file:
                run(["security", "add-trusted-cert", "-d", "-r", "trustRoot", "-k", change.place, file])
        elif sys.platform == "win32":
            with _as_file(pem) as file:
                run(["certutil", "-user", "-addstore", "-f", change.place, file])
        else:
            path = Path(change.place) / change.name
            try:
                path.write_bytes(pem)
                path.chmod(0o644)
            except OSError as error:
                raise InputError("{file} can't be written: {fault}", file=str(path), fault=error.strerror) from error
            self._refresh(change.place)

    def uninstall(self, change: Change) -> None:
        """Raises InputError."""
        if sys.platform == "darwin":
            run(["security", "delete-certificate", "-Z", change.fingerprint.upper(), "-t", change.place])
        elif sys.platform == "win32":
            run(["certutil", "-user", "-delstore", change.place, change.fingerprint])
        else:
            path = Path(change.place) / change.name
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise InputError("{file} can't be written: {fault}", file=str(path), fault=error.strerror) from error
            self._refresh(change.place, fresh=True)

    def _refresh(self, place: str, *, fresh: bool = False) -> None:
        wanted = next(name for folder, _, name in _FOLDERS if place.endswith(folder))
        program = tool(wanted)
        if program is None:
            raise InputError("{tool} is not installed", tool=wanted)
        command = [program]
        if wanted == "update-ca-certificates":
            command += ["--fresh"] if fresh else []
            if self.root != Path("/"):
                command += [word for option, path in _ELSEWHERE for word in (option, str(self.root / path))]
        run(command)


class _as_file:
    """A certificate as a file for a tool that takes nothing else."""

    def __init__(self, pem: bytes) -> None:
        self.pem = pem

    def __enter__(self) -> str:
        handle, self.path = tempfile.mkstemp(suffix=".pem")
        with os.fdopen(handle, "wb") as file:
            file.write(self.pem)
        return self.path

    def __exit__(self, *_: object) -> None:
        os.unlink(self.path)


def _ending(place: str) -> str:
    return next(ending for folder, ending, _ in _FOLDERS if place.endswith(folder))


def fingerprint_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
