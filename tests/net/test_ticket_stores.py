"""Ticket keys in a file: several processes, deaths in the middle, files that were tampered with or lost."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from dojang.engine.ticket_keys import TicketKey, open_ticket, seal_ticket
from dojang.errors import StoreUnavailable
from dojang.net.private_files import locked
from dojang.net.ticket_stores import FileTicketKeys
from tests.net.processes import resume_everywhere, worker, workers

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ticket.keys"


def test_two_readers_of_a_file_have_the_same_keys(path: Path) -> None:
    one, two = FileTicketKeys(path, 100, 200), FileTicketKeys(path, 100, 200)
    ticket = seal_ticket(one, b"session", b"", 1000)
    assert open_ticket(two, ticket, b"", 1010) == b"session"
    assert two.sealing(1010) == one.sealing(1010)
    assert FileTicketKeys(path, 100, 200).sealing(1150) == one.sealing(1150)


def test_the_next_key_is_in_the_file_before_it_seals(path: Path) -> None:
    one = FileTicketKeys(path, 100, 200)
    one.sealing(1000)
    before = path.read_bytes()
    assert one.sealing(1100).created == 1100
    assert FileTicketKeys(path, 100, 200).opening(one.sealing(1100).name, 1000) == one.sealing(1100)
    assert before != path.read_bytes()  # and at 1100 the one of 1200 was added


def test_old_keys_leave_the_file(path: Path) -> None:
    keys = FileTicketKeys(path, 100, 200, check_every=0)
    first = keys.sealing(1000)
    size = path.stat().st_size
    for now in range(1100, 5000, 100):
        keys.sealing(now)
    assert first.key not in path.read_bytes()
    assert path.stat().st_size <= size + 3 * TicketKey.SIZE
    assert keys.opening(first.name, 1000) is None


def test_after_a_pause_longer_than_a_period_a_key_is_made_at_once(path: Path) -> None:
    keys = FileTicketKeys(path, 10, 20)
    keys.sealing(1000)
    assert keys.sealing(99_999).created == 99_990


def test_wherever_the_clock_jumps_there_is_a_key_of_the_present_period(path: Path) -> None:
    keys = FileTicketKeys(path, 10, 20)
    for now in (1000, 10**9, 1000, 5, 10**9 + 15, 995, 1005):
        assert keys.sealing(now).created == now // 10 * 10


@posix
def test_the_file_is_the_owner_s_alone(path: Path) -> None:
    mask = os.umask(0)
    try:
        FileTicketKeys(path).sealing(1000)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_name(path.name + ".lock").stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in path.parent.iterdir()) == ["ticket.keys", "ticket.keys.lock"]


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    keys = FileTicketKeys(path, 100, 200, check_every=0)
    keys.sealing(1000)
    path.chmod(mode)
    with pytest.raises(StoreUnavailable, match="open to other users"):
        FileTicketKeys(path)
    with pytest.raises(StoreUnavailable, match="open to other users"):
        keys.sealing(10_000)


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    FileTicketKeys(path).sealing(1000)
    os.chown(path, 12345, 12345)
    if sys.platform != "win32":
        os.seteuid(12346)
        try:
            with pytest.raises(StoreUnavailable, match=r"another user|can't be read"):
                FileTicketKeys(path)
        finally:
            os.seteuid(0)
    with pytest.raises(StoreUnavailable, match="another user"):
        FileTicketKeys(path)


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        FileTicketKeys(tmp_path)


def test_every_damage_is_noticed(path: Path) -> None:
    FileTicketKeys(path, 100, 200).sealing(1000)
    sound = path.read_bytes()
    damages = [sound[:size] for size in range(len(sound))]
    damages += [sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :] for at in range(len(sound))]
    damages += [sound + b"\0", bytes(len(sound)), b"-----BEGIN CERTIFICATE-----\n" * 50]
    for data in damages:
        path.write_bytes(data)
        with pytest.raises(StoreUnavailable, match="damaged"):
            FileTicketKeys(path, 100, 200)
        assert path.read_bytes() == data  # it is the operator's to delete


def test_a_sound_digest_over_half_a_key(path: Path) -> None:
    content = b"dojang ticket keys 1\n" + bytes(TicketKey.SIZE - 1)
    path.write_bytes(content + hashlib.sha256(content).digest())
    path.chmod(0o600)
    with pytest.raises(StoreUnavailable, match="no ticket key"):
        FileTicketKeys(path)


def test_a_file_damaged_meanwhile_leaves_the_keys_to_serve_their_time(path: Path) -> None:
    keys = FileTicketKeys(path, 100, 200, check_every=0)
    ticket = seal_ticket(keys, b"session", b"", 1000)
    path.write_bytes(b"")
    assert open_ticket(keys, ticket, b"", 1010) == b"session"
    assert keys.sealing(1010).created == 1000
    assert "damaged" in str(keys.fault)
    assert keys.sealing(1110).created == 1100  # made a period ahead
    with pytest.raises(StoreUnavailable, match="damaged"):
        keys.sealing(1200)
    path.unlink()
    assert keys.sealing(1200).created == 1200
    assert keys.fault is None


def test_deleting_the_file_withdraws_all_tickets(path: Path) -> None:
    keys = FileTicketKeys(path, 100, 200, check_every=0)
    ticket = seal_ticket(keys, b"session", b"", 1000)
    path.unlink()
    assert open_ticket(keys, ticket, b"", 1000) is None
    assert open_ticket(keys, seal_ticket(keys, b"new", b"", 1000), b"", 1000) == b"new"


def test_a_folder_that_is_gone_gives_an_error_and_no_ticket(tmp_path: Path) -> None:
    keys = FileTicketKeys(tmp_path / "gone" / "keys")
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        keys.sealing(1000)
    assert open_ticket(keys, bytes(100), b"", 1000) is None


def test_a_change_is_noticed_once_in_a_while_and_at_once_for_an_unknown_name(path: Path) -> None:
    one = FileTicketKeys(path, 100, 200, check_every=3600)
    two = FileTicketKeys(path, 100, 200, check_every=3600)
    one.sealing(1000)
    path.unlink()
    other = FileTicketKeys(path, 100, 200)
    other.sealing(1000)
    assert one.sealing(1000).name != other.sealing(1000).name  # not looked yet
    assert two.opening(other.sealing(1000).name, 1000) == other.sealing(1000)


def test_a_lock_that_is_not_let_go_holds_up_nobody_who_has_a_key(path: Path) -> None:
    keys = FileTicketKeys(path, 100, 200, check_every=0)
    keys.sealing(1000)
    with locked(path.with_name(path.name + ".lock"), 1):
        begun = time.monotonic()
        assert keys.sealing(1100).created == 1100
        assert time.monotonic() - begun < 0.5
        with pytest.raises(StoreUnavailable, match="does not let go"):
            keys.sealing(1300)
    assert keys.sealing(1300).created == 1300


def test_threads_of_one_process_agree(path: Path) -> None:
    keys = FileTicketKeys(path, 10, 50, check_every=0)
    for now in range(1000, 1200, 10):
        found: list[TicketKey] = []

        def ask(now: int = now, found: list[TicketKey] = found) -> None:
            found.append(keys.sealing(now))

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 6
        assert len(set(found)) == 1


def test_processes_resume_each_other_s_sessions_while_the_key_rotates(path: Path) -> None:
    with workers(4, "tickets", path, "0.3") as processes:
        end = time.monotonic() + 4
        number, wrong = 0, []
        while time.monotonic() < end:
            wrong += resume_everywhere(processes, number)
            number += 1
    assert wrong == []
    assert number > 20


def test_processes_that_all_begin_with_no_file_agree_on_one(path: Path) -> None:
    for _ in range(3):
        with workers(4, "tickets", path, "3600") as processes:
            for each in processes:
                each.say("seal x")
            tickets = [each.hear() for each in processes]
            assert len({ticket[:32] for ticket in tickets}) == 1
        path.unlink()


@posix
def test_a_process_killed_between_writing_and_replacing_leaves_the_old_keys(path: Path) -> None:
    keys = FileTicketKeys(path, 10, 20, check_every=0)
    keys.sealing(1000)
    before = path.read_bytes()
    with worker("die", path, "1010") as dying:
        assert dying.process.wait(20) == -signal.SIGKILL
    assert path.read_bytes() == before
    assert path.with_name(path.name + ".new").exists()
    assert keys.sealing(1010).created == 1010
    assert keys.sealing(1020).created == 1020
    assert not path.with_name(path.name + ".new").exists()


@posix
def test_processes_killed_at_any_moment_leave_a_sound_file_and_no_lock(path: Path) -> None:
    for attempt in range(12):
        with workers(2, "rotate", path) as rotating:
            assert wait_for_file(path)
            time.sleep(0.003 * attempt)
            for each in rotating:
                os.kill(each.process.pid, signal.SIGKILL)
        keys = FileTicketKeys(path, 10, 20)  # raises where the file is damaged
        assert len(keys._keys) >= 2
        with locked(path.with_name(path.name + ".lock"), 0):
            pass
        path.unlink()


def wait_for_file(path: Path) -> bool:
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.001)
    return path.exists()
