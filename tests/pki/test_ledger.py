"""The ledger: what is announced, issued, revoked and listed, by several at once, through kills, and told honestly."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dojang.errors import ApiMisuse
from dojang.pki.authority import Authority
from dojang.pki.crl import parse_crl
from dojang.pki.database import Database, SqliteDatabase
from dojang.pki.ledger import Ledger
from dojang.pki.pem import InputError
from dojang.pki.publishing import publish_list, revoke
from dojang.pki.sql_database import SqlDatabase

KILLS = int(os.environ.get("DOJANG_KILLS", "200"))
SEED = int(os.environ.get("DOJANG_FUZZ_SEED", "20261121"))

BINARIES = "/usr/lib/postgresql/15/bin"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket folder of a PostgreSQL of the tests' own."""
    found = shutil.which("initdb", path=BINARIES + os.pathsep + os.environ["PATH"])
    if found is None:
        if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    folder = Path("/tmp") / f"dojang-pg-{os.getpid()}"
    folder.mkdir()
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]
    data, tool = folder / "data", Path(BINARIES) / "pg_ctl"
    options = f"-k {folder} -c listen_addresses='' -c max_connections=20"
    subprocess.run([*prefix, found, "-D", str(data), "-A", "trust", "-U", "dojang"], check=True, capture_output=True)
    start = [*prefix, str(tool), "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start"]
    subprocess.run(start, check=True, capture_output=True, timeout=60)
    try:
        yield folder
    finally:
        stop = [*prefix, str(tool), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens the same empty database again and again."""
    opened: list[Database] = []
    if request.param == "sqlite":
        open_one: Callable[[], Database] = lambda: SqliteDatabase(tmp_path / "ca.db")  # noqa: E731
    else:
        folder = request.getfixturevalue("postgres")
        name = f"t{random.getrandbits(40):x}"
        subprocess.run(["createdb", "-h", folder, "-U", "dojang", name], check=True, capture_output=True)
        url = f"postgresql://dojang@/{name}?host={folder}"
        open_one = lambda: SqlDatabase(url)  # noqa: E731

    def tracked() -> Database:
        opened.append(open_one())
        return opened[-1]

    yield tracked
    for each in opened:
        each.close()


def authority(ledger: Ledger) -> Authority:
    return Authority.create_root("ledger root", ledger=ledger)


def test_issued_revoked_listed(database: Callable[[], Database]) -> None:
    ledger = Ledger(database())
    root = authority(ledger)
    first, second = (root.issue([f"{name}.test"]).certificate.serial_number for name in "ab")
    revoke(root, first, "keyCompromise")
    assert parse_crl(publish_list(root)).serials == (first,)
    revoke(root, second, "certificateHold")
    delta = parse_crl(publish_list(root, delta=True))
    assert (delta.number, delta.base, delta.serials) == (2, 1, (second,))
    revoke(root, second, "removeFromCRL")
    lifted = parse_crl(publish_list(root, delta=True))
    entry = lifted.entry(second)
    assert entry is not None
    assert entry.reason == 8
    assert parse_crl(publish_list(root)).serials == (first,)
    assert ledger.check() == []
    kinds = [entry.kind for entry in ledger.log()]
    assert kinds.count("issue") == 3
    assert kinds.count("list") == 4
    again = Ledger(database())
    found = again.find(root.id, first)
    assert found is not None
    assert (found.state, found.reason) == ("revoked", 1)


def test_what_can_t_be_revoked(tmp_path: Path) -> None:
    ledger = Ledger(SqliteDatabase(":memory:"))
    root = authority(ledger)
    serial = root.issue(["a.test"]).certificate.serial_number
    for wrong in ("because", "removeFromCRL"):
        with pytest.raises(ApiMisuse):
            revoke(root, serial, wrong)
    with pytest.raises(ApiMisuse, match="was issued"):
        revoke(root, 12345)
    revoke(root, serial)
    with pytest.raises(ApiMisuse, match="before"):
        revoke(root, serial)
    with pytest.raises(ApiMisuse, match="remembers nothing"):
        revoke(Authority.create_root(), 5)
    with pytest.raises(ApiMisuse, match="complete list"):
        publish_list(root, delta=True)
    ledger.close()


def test_two_at_once_never_share_a_number(database: Callable[[], Database]) -> None:
    root = authority(Ledger(database()))
    shared = [Authority(root.chain, root.key, ledger=Ledger(database())) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: [each.issue(["a.test"]) for _ in range(5)] and publish_list(each), shared))
    assert root.ledger is not None
    records = [record for record in root.ledger.records() if record.state == "issued"]
    assert len({record.serial for record in records}) == 21
    assert root.ledger.check() == []


def work(open_one: Callable[[], Database], root: Authority, fate: int) -> None:
    """Issues, revokes and lists until the process kills itself at its `fate`th call of any function."""
    left = fate

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    own = Authority(root.chain, root.key, ledger=Ledger(open_one()))
    sys.setprofile(count)
    while True:
        serial = own.issue(["a.test"]).certificate.serial_number
        revoke(own, serial, "superseded")
        publish_list(own)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process")
def test_killed_anywhere_it_loses_nothing(database: Callable[[], Database]) -> None:
    """kill -9 between any two calls; DOJANG_KILLS sets how often, half as often on PostgreSQL."""
    ledger = Ledger(database())
    root = authority(ledger)
    source = random.Random(SEED)
    on_sqlite = isinstance(ledger.database, SqliteDatabase)
    for _ in range(KILLS // (1 if on_sqlite else 4)):
        fate = source.randrange(1, 900 if on_sqlite else 6000)
        child = os.fork()
        if child == 0:
            try:
                work(database, root, fate)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the child ended before its fate"
    assert ledger.check() == []
    records = ledger.records(root.id)
    issued = [entry.serial for entry in ledger.log() if entry.kind == "issue"]
    assert len(set(issued)) == len(issued)
    assert {f"{record.serial:x}" for record in records if record.state != "reserved"} == set(issued)
    revoked = {record.serial for record in records if record.state == "revoked"}
    assert set(parse_crl(publish_list(root)).serials) == revoked
    assert ledger.check() == []


def test_a_changed_log_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "ca.db"
    ledger = Ledger(SqliteDatabase(path))
    root = authority(ledger)
    root.issue(["a.test"])
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="only appended"):
        connection.execute("UPDATE log SET at = 5 WHERE seq = 2")
    connection.close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER log_UPDATE")
    connection.execute("UPDATE log SET at = 5 WHERE seq = 2")
    connection.commit()
    assert ledger.check() == ["log entry 2 was changed after it was written"]
    connection.execute("UPDATE certificate SET state = 'revoked' WHERE profile = 'server'")
    connection.commit()
    connection.close()
    assert any("the table that it is revoked" in fault for fault in ledger.check())
    ledger.close()


def test_a_full_disk_and_a_read_only_store_say_so(tmp_path: Path) -> None:
    path = tmp_path / "ca.db"
    ledger = Ledger(SqliteDatabase(path))
    root = authority(ledger)
    with ledger.database.transaction() as run:
        pages = run("PRAGMA page_count")[0][0]
    limited = SqliteDatabase(path)
    limited._connect().execute(f"PRAGMA max_page_count = {pages + 2}")
    full = Authority(root.chain, root.key, ledger=Ledger(limited))
    with pytest.raises(InputError, match="full"):
        list(map(full.issue, [["a.test"]] * 50))
    assert ledger.check() == []
    limited.close()
    closed = SqliteDatabase(path)
    closed._connect().execute("PRAGMA query_only = 1")
    with pytest.raises(InputError, match="readonly"):
        Ledger(closed)
    closed.close()
    ledger.close()
    with pytest.raises(InputError, match="can't be used"):
        Ledger(SqliteDatabase(tmp_path))
    with pytest.raises(InputError, match="can't be used"):
        Ledger(SqlDatabase("postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(InputError, match="SQLite or PostgreSQL"):
        SqlDatabase("mysql://x@y/z")


def test_threads_share_one_ledger() -> None:
    ledger = Ledger(SqliteDatabase(":memory:"))
    root = authority(ledger)
    threads = [threading.Thread(target=root.issue, args=(["a.test"],)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.records()) == 9
    assert ledger.check() == []
    ledger.close()


def test_settings_are_kept(database: Callable[[], Any]) -> None:
    ledger = Ledger(database())
    assert ledger.setting("base") is None
    assert ledger.setting("base", "http://a") == "http://a"
    assert ledger.setting("base", "http://b") == "http://b"
    assert Ledger(database()).setting("base") == "http://b"
