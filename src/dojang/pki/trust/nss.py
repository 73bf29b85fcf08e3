"""NSS databases: Chromium's and each profile of Firefox and Thunderbird, through NSS's own certutil."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from dojang.pki.keys import InputError
from dojang.pki.trust.record import Change
from dojang.pki.trust.tools import run, tool

__all__ = ["NssStore"]

_LINUX = (".pki/nssdb", "snap/chromium/current/.pki/nssdb")
_PROFILES = (
    ".mozilla/firefox/*",
    ".thunderbird/*",
    "snap/firefox/common/.mozilla/firefox/*",
    ".var/app/org.mozilla.firefox/.mozilla/firefox/*",
    "Library/Application Support/Firefox/Profiles/*",
    "AppData/Roaming/Mozilla/Firefox/Profiles/*",
)


class NssStore:
    """home: whose databases."""

    name = "nss"

    def __init__(self, home: str | os.PathLike[str] | None = None) -> None:
        self.home = Path(home) if home is not None else Path.home()

    def places(self) -> Iterator[str]:
        """Every database that is there."""
        folders = [self.home / path for path in (_LINUX if sys.platform != "win32" else ())]
        folders += [found for pattern in _PROFILES for found in sorted(self.home.glob(pattern))]
        yield from (str(folder) for folder in folders if (folder / "cert9.db").is_file())

    def change(self, place: str, pem: bytes, fingerprint: str) -> Change | None:  # noqa: ARG002
        """What installing would change: the trust that an entry has, or that there is none."""
        nickname = f"dojang {fingerprint[:16]}"
        if self._listed(place, nickname):
            return None
        return Change(self.name, place, nickname, fingerprint)

    def install(self, change: Change, pem: bytes) -> None:
        """Trusted for servers and for nothing else. Raises InputError."""
        _certutil("-A", change.place, "-n", change.name, "-t", "C,,", given=pem)

    def uninstall(self, change: Change) -> None:
        """Raises InputError."""
        if Path(change.place, "cert9.db").is_file() and self._listed(change.place, change.name):
            _certutil("-D", change.place, "-n", change.name)

    def _listed(self, place: str, nickname: str) -> bool:
        return any(line.startswith(nickname) for line in _certutil("-L", place).decode(errors="replace").splitlines())


def _certutil(action: str, place: str, *more: str, given: bytes = b"") -> bytes:
    program = tool("certutil") if sys.platform != "win32" else None
    if program is None:
        raise InputError("{tool} is not installed", tool="certutil (libnss3-tools)")
    return run([program, action, "-d", f"sql:{place}", *more], given)
