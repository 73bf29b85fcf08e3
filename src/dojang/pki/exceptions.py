"""Exceptions a person made: one certificate for one name, for a reason and a time, as a browser's "proceed anyway".

It is pinned by its hash: another certificate for the same name is refused again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from dojang.errors import ApiMisuse
from dojang.pki.folder import write_private
from dojang.pki.names import name_of
from dojang.pki.pem import InputError

__all__ = ["Pin", "Exceptions", "default_exceptions"]

_LONGEST = 365 * 86400


@dataclass(frozen=True)
class Pin:
    """sha256: of the certificate, hexadecimal; since, until: seconds since 1970."""

    name: str
    sha256: str
    reason: str
    since: int
    until: int


class Exceptions:
    """A file of them. An instance is a `ClientConfig.exceptions`. clock: seconds since 1970."""

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self.path = Path(path)
        self.clock = clock

    def __call__(self, name: str, certificate: bytes) -> bool:
        """Whether that certificate (DER) was accepted for that name and still is."""
        digest, now = hashlib.sha256(certificate).hexdigest(), self.clock()
        return any(
            known.name == name and known.sha256 == digest and known.since <= now < known.until for known in self.known()
        )

    def remember(self, name: str, certificate: bytes, reason: str, *, days: float = 30) -> Pin:
        """Accepts it from now on, for a year at the longest. Raises ApiMisuse without a reason."""
        if not reason.strip():
            raise ApiMisuse("an exception needs a reason, for whoever wonders later")
        now = int(self.clock())
        until = now + min(int(days * 86400), _LONGEST)
        made = Pin(str(name_of(name)), hashlib.sha256(certificate).hexdigest(), reason.strip(), now, until)
        self._write([*(each for each in self.known() if each.name != made.name), made])
        return made

    def forget(self, name: str) -> bool:
        """Takes back what was accepted for that name; False where nothing was."""
        known, wanted = self.known(), str(name_of(name))
        left = [each for each in known if each.name != wanted]
        self._write(left)
        return len(left) < len(known)

    def known(self) -> list[Pin]:
        """All of them, those that have run out too. Raises InputError where the file is not what was written."""
        try:
            return [Pin(**row) for row in json.loads(self.path.read_text("utf-8"))]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                "{file} is no list of exceptions: {fault}", file=str(self.path), fault=str(error)
            ) from error

    def _write(self, known: list[Pin]) -> None:
        write_private(self.path, json.dumps([asdict(each) for each in known], indent=2).encode(), force=True)


def default_exceptions() -> Exceptions:
    """Those of this user."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Exceptions(base / "dojang" / "exceptions.json")
