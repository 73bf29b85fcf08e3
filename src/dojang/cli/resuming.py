"""What lets `dojang serve` resume sessions and take 0-RTT: ticket keys, sessions, strikes, for one process or more.

One process keeps them in memory. Workers share files in a folder of their own; machines share Redis.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dojang.engine.session_store import MemorySessions, SessionStore
from dojang.engine.strikes import MemoryStrikes, StrikeRegister
from dojang.engine.ticket_keys import DEFAULT_LIFETIME, RotatingTicketKeys, TicketKeys
from dojang.net.sqlite_stores import SqliteSessions, SqliteStrikes
from dojang.net.ticket_stores import FileTicketKeys

__all__ = ["EARLY_DATA_LIMIT", "resumption_options"]

EARLY_DATA_LIMIT = 2**14  # bytes: one record, which is plenty for a request


def resumption_options(
    *, wanted: bool, keys: str | None, period: float, folder: str | None, early_data: bool
) -> dict[str, Any]:
    """The settings of a ServerConfig.

    keys: a file or ``redis://...`` that outlives this server. period: seconds between changes of key.
    folder: what the workers of this server share, if there are several.
    """
    if not wanted:
        return {"resumption": False}
    times = period, min(DEFAULT_LIFETIME, 2 * period)
    options: dict[str, Any] = {
        "ticket_keys": _ticket_keys(keys, times, folder),
        "sessions": _sessions(keys, folder),
        "ticket_lifetime": max(1, int(times[1])),
    }
    if early_data:
        options |= {"strikes": _strikes(keys, folder), "early_data_limit": EARLY_DATA_LIMIT}
    return options


def _ticket_keys(keys: str | None, times: tuple[float, float], folder: str | None) -> TicketKeys:
    if _is_redis(keys):
        shared: TicketKeys = _redis().RedisTicketKeys(keys, *times)
        return shared
    if keys is None and folder is None:
        return RotatingTicketKeys(*times)
    return FileTicketKeys(keys or Path(str(folder), "keys"), *times)


def _sessions(keys: str | None, folder: str | None) -> SessionStore:
    if _is_redis(keys):
        shared: SessionStore = _redis().RedisSessions(keys)
        return shared
    return MemorySessions() if folder is None else SqliteSessions(Path(folder, "sessions"))


def _strikes(keys: str | None, folder: str | None) -> StrikeRegister:
    """Only keys as new as the register let it trust its empty beginning; else it refuses until that can't matter."""
    if _is_redis(keys):
        shared: StrikeRegister = _redis().RedisStrikes(keys)
        return shared
    if keys is not None:
        return SqliteStrikes(f"{keys}.strikes")
    return MemoryStrikes() if folder is None else SqliteStrikes(Path(folder, "strikes"), trust_empty=True)


def _is_redis(keys: str | None) -> bool:
    return keys is not None and keys.startswith(("redis://", "rediss://", "unix://"))


def _redis() -> Any:
    """The stores that need the extra, loaded where they are wanted."""
    from dojang.net import redis_stores

    return redis_stores
