"""What lets `dojang serve` resume sessions and take 0-RTT: ticket keys, sessions, strikes, for one process or more.

One process keeps them in memory. Workers share files in a folder of their own; machines share Redis.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dojang.engine.session_store import MemorySessions
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.net.sqlite_stores import SqliteSessions, SqliteStrikes
from dojang.net.ticket_stores import FileTicketKeys

__all__ = ["EARLY_DATA_LIMIT", "resumption_options"]

EARLY_DATA_LIMIT = 2**14  # bytes: one record, which is plenty for a request


def resumption_options(*, wanted: bool, keys: str | None, folder: str | None, early_data: bool) -> dict[str, Any]:
    """The settings of a ServerConfig.

    keys: a file or ``redis://...`` that outlives this server. folder: what the workers of this server share, if there
    are several.
    """
    if not wanted:
        return {"resumption": False}
    options = _stores(keys, folder, early_data)
    if early_data:
        options["early_data_limit"] = EARLY_DATA_LIMIT
    else:
        options.pop("strikes")
    return options


def _stores(keys: str | None, folder: str | None, early_data: bool) -> dict[str, Any]:
    if keys is not None and keys.startswith(("redis://", "rediss://", "unix://")):
        return _redis(keys, early_data)
    if keys is not None:
        # The keys may be older than the register: it refuses until that makes no difference any more.
        strikes: Any = SqliteStrikes(Path(f"{keys}.strikes")) if early_data else None
        return {"ticket_keys": FileTicketKeys(keys), "sessions": _sessions(folder), "strikes": strikes}
    if folder is not None:
        strikes = SqliteStrikes(Path(folder, "strikes"), trust_empty=True) if early_data else None
        return {"ticket_keys": FileTicketKeys(Path(folder, "keys")), "sessions": _sessions(folder), "strikes": strikes}
    return {"ticket_keys": RotatingTicketKeys(), "sessions": MemorySessions(), "strikes": MemoryStrikes()}


def _sessions(folder: str | None) -> Any:
    return MemorySessions() if folder is None else SqliteSessions(Path(folder, "sessions"))


def _redis(url: str, early_data: bool) -> dict[str, Any]:
    from dojang.net.redis_stores import RedisSessions, RedisStrikes, RedisTicketKeys  # needs the extra

    strikes = RedisStrikes(url) if early_data else None
    return {"ticket_keys": RedisTicketKeys(url), "sessions": RedisSessions(url), "strikes": strikes}
