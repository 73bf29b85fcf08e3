"""Running the tools that keep trust stores."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from dojang.pki.pem import InputError

__all__ = ["run", "tool"]


def tool(*names: str) -> str | None:
    """The first of these programs that is installed."""
    extended = "/usr/sbin:/sbin"
    return next((found for name in names if (found := shutil.which(name) or shutil.which(name, path=extended))), None)


def run(command: Sequence[str], given: bytes = b"") -> bytes:
    """Its output. Raises InputError with what it said where it fails."""
    try:
        ended = subprocess.run(command, input=given, check=False, capture_output=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("{tool} can't be run: {fault}", tool=command[0], fault=str(error)) from error
    if ended.returncode:
        said = (ended.stderr or ended.stdout).decode(errors="replace").strip().splitlines()
        raise InputError("{tool} refused: {fault}", tool=command[0], fault=said[-1] if said else str(ended.returncode))
    return ended.stdout
