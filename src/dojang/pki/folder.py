"""An authority kept in a folder: `ca.pem` with its chain, `ca.key` with its key.

Files are written whole or not at all, and what is there is not overwritten unless that is asked for.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from dojang.pki.keys import (
    PrivateKey,
    dump_certificates,
    dump_private_key,
    load_certificates_file,
    load_private_key_file,
)
from dojang.pki.pem import InputError

__all__ = ["CERTIFICATE_FILE", "KEY_FILE", "load_folder", "save_folder", "write_file", "write_private"]

CERTIFICATE_FILE = "ca.pem"
KEY_FILE = "ca.key"


def load_folder(folder: Path, password: str | bytes | None = None) -> tuple[tuple[x509.Certificate, ...], PrivateKey]:
    """(chain, key) of an authority; raises InputError where there is none or the password is wrong."""
    if not (folder / CERTIFICATE_FILE).is_file():
        raise InputError("no authority is in the folder {file}", file=str(folder))
    return load_certificates_file(folder / CERTIFICATE_FILE), load_private_key_file(folder / KEY_FILE, password)


def save_folder(
    folder: Path,
    chain: Sequence[x509.Certificate],
    key: PrivateKey,
    password: str | bytes | None = None,
    *,
    force: bool = False,
) -> None:
    """Writes the key first: a certificate is never there without it. Raises InputError."""
    for name in (KEY_FILE, CERTIFICATE_FILE):
        if (folder / name).exists() and not force:
            raise InputError("an authority is already in {file}; nothing was overwritten", file=str(folder))
    write_private(folder / KEY_FILE, dump_private_key(key, password), force=force)
    write_file(folder / CERTIFICATE_FILE, dump_certificates(*chain), force=force)


def write_file(path: Path, data: bytes, *, force: bool = False) -> None:
    """Writes a file that all may read: whole or not at all. Raises InputError where it is there and not `force`."""
    _write(path, data, 0o644, force)


def write_private(path: Path, data: bytes, *, force: bool = False) -> None:
    """Writes a file that nobody but its owner may read."""
    _write(path, data, 0o600, force)


def _write(path: Path, data: bytes, mode: int, force: bool) -> None:
    if path.exists() and not path.is_file():
        _write_through(path, data)
        return
    if path.exists() and not force:
        raise InputError("{file} is there already and was not overwritten", file=str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError("{file} can't be written: {fault}", file=str(path), fault=error.strerror) from error
    try:
        _fill(handle, Path(temporary), data, mode)
        _put(temporary, path, force)
    except OSError as error:
        raise InputError("{file} can't be written: {fault}", file=str(path), fault=error.strerror) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _write_through(path: Path, data: bytes) -> None:
    """Into a pipe or a device, which must not be replaced by a file."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError("{file} can't be written: {fault}", file=str(path), fault=error.strerror) from error


def _fill(handle: int, path: Path, data: bytes, mode: int) -> None:
    """mkstemp made the file for its owner only; it is opened to others, if at all, before anything is in it."""
    with os.fdopen(handle, "wb") as file:
        if sys.platform == "win32":
            if mode == 0o600:
                _close_to_others(path)
        else:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _put(temporary: str, path: Path, force: bool) -> None:
    """Without `force` by link, which fails where another process was faster."""
    if force or not hasattr(os, "link"):
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise InputError("{file} is there already and was not overwritten", file=str(path)) from error
    except OSError:
        # A file system without hard links: the check at the start has to do.
        os.replace(temporary, path)


def _close_to_others(path: Path) -> None:
    """Windows has no modes: inheritance off, full control for the user alone."""
    user = os.environ.get("USERNAME", "")
    if user:
        command = ["icacls", str(path), "/inheritance:r", "/grant:r", f"{user}:F"]
        subprocess.run(command, check=False, capture_output=True, timeout=30)
