"""Published test vectors, as data; see README.md beside this file."""

import json
from functools import cache
from pathlib import Path
from typing import Any

RFC8448_TRACES = (
    "simple_1rtt",
    "resumed_0rtt",
    "hello_retry_request",
    "client_authentication",
    "compatibility_mode",
)


@cache
def rfc8448(name: str) -> dict[str, Any]:
    """One trace of RFC 8448, by its name in RFC8448_TRACES; shared between callers, so read it only."""
    path = Path(__file__).parent / "rfc8448" / f"{name}.json"
    trace: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
    return trace
