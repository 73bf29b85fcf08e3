"""An authority's folder as the commands use it: its chain and key, its ledger, and where it publishes.

Folders made before there were ledgers get one when they are next used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dojang.cli.keyfiles import password_for
from dojang.cli.terminal import Screen
from dojang.pki.authority import Authority
from dojang.pki.database import Database, SqliteDatabase
from dojang.pki.folder import KEY_FILE, load_folder, write_private
from dojang.pki.ledger import Ledger
from dojang.pki.pem import InputError
from dojang.pki.templates import Places

__all__ = ["LEDGER_FILE", "make_ledger", "open_authority", "open_ledger"]

LEDGER_FILE = "ledger.db"
URL_FILE = "ledger.url"


def make_ledger(folder: Path, url: str | None, base: str, partitions: int, *, force: bool) -> Ledger:
    """The ledger of a new authority: in its folder, or where the URL says. base, partitions: as in `Places`."""
    if url is not None:
        write_private(folder / URL_FILE, url.encode() + b"\n", force=force)
    ledger = Ledger(_database(folder))
    ledger.setting("base", base.rstrip("/"))
    ledger.setting("partitions", str(partitions))
    return ledger


@contextmanager
def open_ledger(folder: Path) -> Iterator[Ledger]:
    """The ledger of an authority that is there. Raises InputError."""
    if not (folder / KEY_FILE).exists() and not (folder / LEDGER_FILE).exists():
        raise InputError("no authority is in the folder {file}", file=str(folder))
    ledger = Ledger(_database(folder))
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def open_authority(folder: Path, screen: Screen) -> Iterator[Authority]:
    """The authority in a folder with its ledger; asks for the password of a locked key. Raises InputError."""
    chain, key = load_folder(folder, password_for(folder / KEY_FILE, screen.language))
    with open_ledger(folder) as ledger:
        places = Places(ledger.setting("base") or "", int(ledger.setting("partitions") or 1))
        yield Authority(chain, key, ledger=ledger, places=places)


def _database(folder: Path) -> Database:
    url_file = folder / URL_FILE
    if not url_file.exists():
        return SqliteDatabase(folder / LEDGER_FILE)
    try:
        from dojang.pki.sql_database import SqlDatabase
    except ModuleNotFoundError as error:
        raise InputError("a ledger in PostgreSQL needs the extra `ca`: pip install 'dojang[ca]'") from error
    return SqlDatabase(url_file.read_text("utf-8").strip())
