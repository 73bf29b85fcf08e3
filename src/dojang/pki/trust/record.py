"""What was changed in whose store, written down before it is done, so that it can be undone exactly.

Each change knows what was there before: nothing, or bytes that are put back.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from dojang.pki.folder import write_private
from dojang.pki.pem import InputError

__all__ = ["Change", "Journal", "default_journal"]


@dataclass(frozen=True)
class Change:
    """store: `system`, `nss`, `java`; place: a file or database; name: of the entry in it; fingerprint: SHA-256 of the
    certificate, hexadecimal; before: base64 of what stood there before, None where nothing did."""

    store: str
    place: str
    name: str
    fingerprint: str
    before: str | None = None

    @property
    def previous(self) -> bytes | None:
        """What stood there before."""
        return None if self.before is None else base64.b64decode(self.before)


class Journal:
    """The changes made by this user on this machine, in one file of JSON."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def changes(self) -> list[Change]:
        """All that was not taken back yet, oldest first. Raises InputError where the file is not what was written."""
        try:
            rows = json.loads(self.path.read_text("utf-8"))
            return [Change(**row) for row in rows]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise InputError("{file} is no journal of trust: {fault}", file=str(self.path), fault=str(error)) from error

    def add(self, change: Change) -> None:
        """Before the change is made: a crash leaves a line too many, never a change that nobody knows of."""
        self._write([*(each for each in self.changes() if not _same(each, change)), change])

    def remove(self, change: Change) -> None:
        """After it was undone."""
        self._write([each for each in self.changes() if not _same(each, change)])

    def _write(self, changes: list[Change]) -> None:
        text = json.dumps([asdict(change) for change in changes], indent=2)
        write_private(self.path, text.encode(), force=True)


def default_journal() -> Journal:
    """Where this system keeps what programs have to remember."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return Journal(base / "dojang" / "trust.json")


def _same(one: Change, other: Change) -> bool:
    return (one.store, one.place, one.name) == (other.store, other.place, other.name)
