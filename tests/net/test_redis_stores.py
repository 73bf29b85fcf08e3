"""Stores in a real Redis: several machines' worth of processes, Redis gone and back, emptied, or set to evict."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from dojang.engine.ticket_keys import TicketKey, open_ticket, period_label, seal_ticket
from dojang.errors import ApiMisuse, StoreUnavailable
from dojang.net import redis_stores as stores
from tests.interop.processes import Server, end_process, free_port
from tests.net.processes import race, redis_server, resume_everywhere, workers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    return url_of(server.port)


def url_of(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def ticket_keys(url: str, period: float = 100, check_every: float = 1, timeout: float = 0.5) -> stores.RedisTicketKeys:
    return stores.RedisTicketKeys(url, period, 2 * period, check_every=check_every, timeout=timeout)


def test_two_machines_have_the_same_keys(url: str) -> None:
    with ticket_keys(url) as one, ticket_keys(url) as two:
        ticket = seal_ticket(one, b"session", b"", 1000)
        assert open_ticket(two, ticket, b"", 1010) == b"session"
        assert one.sealing(1010) == two.sealing(1010)
        assert one.sealing(1110) == two.sealing(1110) != one.sealing(1010)
    with ticket_keys(url) as third:
        assert open_ticket(third, ticket, b"", 1299) == b"session"
        assert open_ticket(third, ticket, b"", 1300) is None


def test_keys_expire_in_redis_with_the_last_ticket_they_open(url: str) -> None:
    with ticket_keys(url, 0.2) as keys, closing(redis.Redis.from_url(url)) as client:
        keys.sealing(time.time())
        assert 1 <= client.dbsize() <= 2
        assert all(0 < client.pttl(key) <= 800 for key in client.scan_iter())
        time.sleep(1)
        assert client.dbsize() == 0


def test_machines_whose_clocks_differ_understand_each_other(url: str) -> None:
    with ticket_keys(url) as slow, ticket_keys(url) as fast:
        assert open_ticket(slow, seal_ticket(fast, b"ahead", b"", 1105), b"", 1095) == b"ahead"
        assert open_ticket(fast, seal_ticket(slow, b"behind", b"", 1095), b"", 1105) == b"behind"


def test_processes_resume_each_other_s_sessions_while_the_key_rotates(url: str) -> None:
    with workers(3, "tickets", url, "0.3") as processes:
        end = time.monotonic() + 4
        number, wrong = 0, []
        while time.monotonic() < end:
            wrong += resume_everywhere(processes, number)
            number += 1
    assert wrong == []
    assert number > 20


def test_redis_gone_and_back(server: Server, url: str, tmp_path: Path) -> None:
    with ticket_keys(url, check_every=0.05) as keys, ticket_keys(url, check_every=0.05) as other:
        ticket = seal_ticket(keys, b"session", b"", 1000)
        assert open_ticket(other, ticket, b"", 1000) == b"session"
        assert other.sealing(1000) == keys.sealing(1000)
        end_process(server.process)
        time.sleep(0.1)
        assert open_ticket(keys, ticket, b"", 1010) == b"session"
        assert open_ticket(other, seal_ticket(keys, b"more", b"", 1110), b"", 1110) == b"more"
        assert keys.fault is not None
        with pytest.raises(StoreUnavailable, match="Redis can't answer"):
            seal_ticket(keys, b"session", b"", 1200)  # no key was ever agreed for this time: no ticket
        assert open_ticket(keys, ticket, b"", 1200) == b"session"
        with redis_server(tmp_path, server.port):
            time.sleep(1)
            after = seal_ticket(keys, b"after", b"", 1200)
            assert open_ticket(other, after, b"", 1200) == b"after"
            assert keys.fault is None


def test_an_emptied_redis_is_given_back_the_keys(url: str) -> None:
    with ticket_keys(url, check_every=0) as keys, closing(redis.Redis.from_url(url)) as client:
        key = keys.sealing(1000)
        client.flushall()
        assert keys.sealing(1001) == key
        with ticket_keys(url) as newcomer:
            assert newcomer.sealing(1001) == key


def test_a_machine_with_another_key_takes_that_of_redis_and_still_opens_with_its_own(url: str) -> None:
    with ticket_keys(url, check_every=0) as keys, closing(redis.Redis.from_url(url)) as client:
        ticket = seal_ticket(keys, b"session", b"", 1000)
        client.flushall()
        with ticket_keys(url) as newcomer:
            theirs = newcomer.sealing(1000)
        assert keys.sealing(1000) == theirs
        assert open_ticket(keys, ticket, b"", 1000) == b"session"


def test_redis_that_was_never_there(tmp_path: Path) -> None:
    with ticket_keys(url_of(free_port())) as keys:
        with pytest.raises(StoreUnavailable):
            keys.sealing(1000)
        assert keys.opening(bytes(16), 1000) is None
        assert keys.opening(period_label(1000) + bytes(8), 1000) is None


def test_a_redis_that_hangs_holds_up_nobody_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = url_of(silent.getsockname()[1])
        with ticket_keys(url, timeout=0.2) as keys:
            begun = time.monotonic()
            for number in range(200):
                with pytest.raises(StoreUnavailable):
                    keys.sealing(1000)
                assert keys.opening(period_label(1000) + number.to_bytes(8, "big"), 1000) is None
            assert time.monotonic() - begun < 2
        begun = time.monotonic()
        with stores.RedisStrikes(url, timeout=0.2) as strikes, pytest.raises(StoreUnavailable):
            strikes.strike(b"a", 120, 100)
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("value", [b"", bytes(56), b"x" * 56, TicketKey.new(900.0).to_bytes(), bytes(57)])
def test_something_else_in_the_place_of_a_key_is_never_used(url: str, value: bytes) -> None:
    with ticket_keys(url) as keys, closing(redis.Redis.from_url(url)) as client:
        client.set(b"dojang:ticket-key:" + period_label(1000.0).hex().encode(), value)
        with pytest.raises(StoreUnavailable, match="something other than a ticket key"):
            keys.sealing(1000)
        assert keys.opening(period_label(1000.0) + bytes(8), 1000) is None


def test_made_up_names_are_asked_for_seldom(url: str) -> None:
    with ticket_keys(url) as keys, closing(redis.Redis.from_url(url)) as client:
        keys.sealing(1000)
        before = client.info("commandstats")["cmdstat_get"]["calls"]
        for number in range(1000):
            keys.opening(period_label(900) + number.to_bytes(8, "big"), 1000)
            keys.opening(number.to_bytes(16, "big"), 1000)
        assert client.info("commandstats")["cmdstat_get"]["calls"] - before < 40


def test_an_address_that_is_none() -> None:
    with pytest.raises(ApiMisuse, match="redis://"):
        ticket_keys("localhost:6379")


def test_an_identity_is_let_through_once(url: str) -> None:
    with stores.RedisStrikes(url, trust_empty=True) as one, stores.RedisStrikes(url) as two:
        assert one.strike(b"a", 120, 100)
        assert not one.strike(b"a", 120, 100)
        assert not two.strike(b"a", 139, 119)
        assert two.strike(b"b", 120, 100)
        assert not one.strike(b"over", 100, 100)


def test_of_four_processes_exactly_one_wins_each_identity(url: str) -> None:
    won = [json.loads(line) for line in race(4, "strike", url, "500")]
    assert sorted(n for each in won for n in each) == list(range(500))


def test_an_empty_redis_is_not_trusted_at_once(url: str) -> None:
    with stores.RedisStrikes(url) as strikes:
        assert not strikes.strike(b"a", 120, 100)
        assert not strikes.strike(b"b", 139, 119)
        assert strikes.strike(b"c", 140, 120)


def test_a_redis_that_came_back_empty_lets_nothing_through_twice(server: Server, url: str, tmp_path: Path) -> None:
    with stores.RedisStrikes(url, trust_empty=True) as strikes:
        assert strikes.strike(b"a", 120, 100)
        end_process(server.process)
        with pytest.raises(StoreUnavailable, match="Redis can't answer"):
            strikes.strike(b"a", 121, 101)
        with redis_server(tmp_path, server.port):
            assert not strikes.strike(b"a", 122, 102)
            assert not strikes.strike(b"b", 122, 102)
            assert strikes.strike(b"c", 142, 122)


def test_strikes_expire(url: str) -> None:
    with stores.RedisStrikes(url, trust_empty=True) as strikes, closing(redis.Redis.from_url(url)) as client:
        assert strikes.strike(b"a", 100.3, 100)
        assert client.dbsize() == 2
        time.sleep(0.5)
        assert client.dbsize() == 1


def test_a_redis_that_evicts_is_no_register(tmp_path: Path) -> None:
    limits = ("--maxmemory", "100mb", "--maxmemory-policy")
    with redis_server(tmp_path, None, *limits, "volatile-lru") as server:
        strikes = stores.RedisStrikes(url_of(server.port), trust_empty=True)
        with strikes, pytest.raises(StoreUnavailable, match="volatile-lru"):
            strikes.strike(b"a", 120, 100)
    with redis_server(tmp_path, None, *limits, "noeviction") as server:
        strikes = stores.RedisStrikes(url_of(server.port), trust_empty=True)
        with strikes:
            assert strikes.strike(b"a", 120, 100)


def test_sessions(url: str) -> None:
    now = time.time()
    with stores.RedisSessions(url) as one, stores.RedisSessions(url) as two:
        one.put(b"a", b"1", now + 100)
        one.put(b"a", b"2", now + 100)
        assert two.look(b"a") == b"2"
        assert two.take(b"a") == b"2"
        assert one.take(b"a") is None
        one.put(b"b", b"3", now + 0.2)
        one.put(b"c", b"4", now - 1)
        one.put(b"d", b"5", now + 100)
        two.drop(b"d")
        assert [one.look(name) for name in (b"b", b"c", b"d")] == [b"3", None, None]
        time.sleep(0.3)
        assert one.look(b"b") is None


def test_sessions_without_redis() -> None:
    with stores.RedisSessions(url_of(free_port())) as sessions:
        for action in (sessions.take, sessions.look, sessions.drop):
            with pytest.raises(StoreUnavailable):
                action(b"a")
