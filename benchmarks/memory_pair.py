"""Two endpoints of one contestant in memory, and what the bytes between them say about the connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from benchmarks.contestants import Contestant, Endpoint
from benchmarks.plan import NAME

__all__ = ["Pair", "curve_of", "negotiated_group", "shake_hands"]

_KEY_SHARE = 51
_HANDSHAKE, _SERVER_KEY_EXCHANGE = 22, 12
_GROUP_NAMES = {29: "x25519", 0x11EC: "X25519MLKEM768"}
_MOST_FLIGHTS = 8


@dataclass(slots=True)
class Pair:
    """client_seconds and server_seconds: spent in each side's calls, making the connection included.

    trailing: what the server sent once the handshake was over, which is where tickets would be.
    """

    client: Endpoint
    server: Endpoint
    client_seconds: float
    server_seconds: float
    server_hello: bytes
    trailing: bytes


def shake_hands(contestant: Contestant, name: str = NAME, make: Callable[[], Endpoint] | None = None) -> Pair:
    """A new connection through its whole handshake. Whatever the contestant raises comes through.

    make: makes the client, where that is not simply one for `name`.
    """
    start = perf_counter()
    client = contestant.client(name) if make is None else make()
    to_server = client.step(b"")
    middle = perf_counter()
    client_seconds = middle - start
    server = contestant.server()
    to_client = server_hello = server.step(to_server)
    server_seconds = perf_counter() - middle
    for _ in range(_MOST_FLIGHTS):
        start = perf_counter()
        to_server = client.step(to_client)
        middle = perf_counter()
        to_client = server.step(to_server)
        client_seconds += middle - start
        server_seconds += perf_counter() - middle
        if client.complete() and server.complete():
            return Pair(client, server, client_seconds, server_seconds, server_hello, to_client)
    raise RuntimeError("the handshake does not come to an end")


def negotiated_group(server_hello: bytes) -> str:
    """The group of ServerHello's key_share, read from the record that begins the server's flight."""
    at = 5 + 4 + 2 + 32  # record header, message header, legacy_version, random
    at += 1 + server_hello[at] + 2 + 1 + 2  # session id, suite, compression, length of the extensions
    while at < len(server_hello):
        kind = int.from_bytes(server_hello[at : at + 2], "big")
        size = int.from_bytes(server_hello[at + 2 : at + 4], "big")
        if kind == _KEY_SHARE:
            group = int.from_bytes(server_hello[at + 4 : at + 6], "big")
            return _GROUP_NAMES.get(group, f"{group:#06x}")
        at += 4 + size
    raise ValueError("a ServerHello without key_share")


def curve_of(flight: bytes) -> str:
    """The group of TLS 1.2's ServerKeyExchange in the server's first flight; "" where there is none."""
    messages, at = b"", 0
    while at < len(flight):
        size = int.from_bytes(flight[at + 3 : at + 5], "big")
        messages += flight[at + 5 : at + 5 + size] if flight[at] == _HANDSHAKE else b""
        at += 5 + size
    at = 0
    while at < len(messages):
        if messages[at] == _SERVER_KEY_EXCHANGE:
            return _GROUP_NAMES.get(int.from_bytes(messages[at + 5 : at + 7], "big"), "?")
        at += 4 + int.from_bytes(messages[at + 1 : at + 4], "big")
    return ""
