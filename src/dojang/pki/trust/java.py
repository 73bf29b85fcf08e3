"""Java's own store, `cacerts`, through keytool."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dojang.pki.keys import InputError
from dojang.pki.trust.record import Change
from dojang.pki.trust.tools import run, tool

__all__ = ["JavaStore"]


class JavaStore:
    """keystore: a file of one's own instead of the running Java's cacerts. password: Java's habitual one."""

    name = "java"

    def __init__(self, keystore: str | os.PathLike[str] | None = None, password: str = "changeit") -> None:
        self.keystore = Path(keystore) if keystore is not None else None
        self.password = password

    def places(self) -> Iterator[str]:
        """The cacerts of JAVA_HOME, or of the `keytool` that is found."""
        if self.keystore is not None:
            yield str(self.keystore)
            return
        home, program = os.environ.get("JAVA_HOME"), tool("keytool")
        base = Path(home) if home else Path(os.path.realpath(program)).parents[1] if program else None
        if base is not None and (base / "lib" / "security" / "cacerts").exists():
            yield str((base / "lib" / "security" / "cacerts").resolve())

    def change(self, place: str, pem: bytes, fingerprint: str) -> Change | None:  # noqa: ARG002
        """None where it is there already."""
        alias = f"dojang-{fingerprint[:16]}"
        if self._holds(place, alias):
            return None
        return Change(self.name, place, alias, fingerprint)

    def install(self, change: Change, pem: bytes) -> None:
        """Raises InputError."""
        self._keytool("-importcert", change.place, "-noprompt", "-trustcacerts", "-alias", change.name, given=pem)

    def uninstall(self, change: Change) -> None:
        """Raises InputError."""
        if self._holds(change.place, change.name):
            self._keytool("-delete", change.place, "-alias", change.name)

    def _holds(self, place: str, alias: str) -> bool:
        if not Path(place).exists():
            return False
        listed = self._keytool("-list", place).decode(errors="replace")
        return any(line.partition(",")[0] == alias for line in listed.splitlines())

    def _keytool(self, action: str, place: str, *more: str, given: bytes = b"") -> bytes:
        program = tool("keytool")
        if program is None:
            raise InputError("{tool} is not installed", tool="keytool")
        return run([program, action, "-keystore", place, "-storepass", self.password, *more], given)
