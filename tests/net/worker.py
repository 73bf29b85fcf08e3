"""A process that shares a store with others; run by the tests of the stores, one command per process.

python worker.py tickets KEYS PERIOD    reads "seal" and "open HEX" from standard input, answers each with a line
python worker.py rotate FILE            rotates a key file without end, by a clock of its own that runs fast
python worker.py die FILE NOW           rotates once and is killed (SIGKILL) between writing and replacing
python worker.py strike STORE COUNT     waits for a line, then strikes identities 0..COUNT-1, prints which it won
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dojang.engine.strikes import StrikeRegister
from dojang.engine.ticket_keys import TicketKeys, open_ticket, seal_ticket
from dojang.net.sqlite_stores import SqliteStrikes
from dojang.net.ticket_stores import FileTicketKeys


def keys_of(address: str, period: float) -> TicketKeys:
    if address.startswith("redis://"):
        from dojang.net.redis_stores import RedisTicketKeys

        return RedisTicketKeys(address, period, 60)
    return FileTicketKeys(address, period, 60)


def strikes_of(address: str) -> StrikeRegister:
    if address.startswith("redis://"):
        from dojang.net.redis_stores import RedisStrikes

        return RedisStrikes(address, trust_empty=True, timeout=10)
    return SqliteStrikes(address, trust_empty=True, timeout=30)


def tickets(address: str, period: str) -> None:
    keys = keys_of(address, float(period))
    for line in sys.stdin:
        word, _, argument = line.strip().partition(" ")
        if word == "seal":
            answer = seal_ticket(keys, argument.encode(), b"", time.time()).hex()
        else:
            opened = open_ticket(keys, bytes.fromhex(argument), b"", time.time())
            answer = "none" if opened is None else opened.decode()
        print(answer, flush=True)


def rotate(path: str) -> None:
    now = 1e9
    keys = FileTicketKeys(path, 10, 20, check_every=0)
    while True:
        keys.sealing(now)
        now += 10


def die(path: str, now: str) -> None:
    def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    vars(os)["replace"] = killed
    FileTicketKeys(path, 10, 20).sealing(float(now))


def strike(address: str, count: str) -> None:
    strikes = strikes_of(address)
    print("ready", flush=True)
    sys.stdin.readline()
    now = time.time()
    won = [n for n in range(int(count)) if strikes.strike(n.to_bytes(4, "big"), now + 60, now)]
    print(json.dumps(won), flush=True)


if __name__ == "__main__":
    assert Path(sys.argv[0]).name == "worker.py"
    commands: dict[str, Callable[..., None]] = {"tickets": tickets, "rotate": rotate, "die": die, "strike": strike}
    commands[sys.argv[1]](*sys.argv[2:])
