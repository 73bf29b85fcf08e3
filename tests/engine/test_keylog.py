"""The key log (RFC 9850): every label, in the order in which the secrets come to be, the same at both ends.

Against OpenSSL's own log: tests/interop/test_further_features.py.
"""

from __future__ import annotations

from typing import Any

from dojang.engine.connection import Connection
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.wire.codes import NamedGroup, Version
from tests.pair import NAME, Notes, client_config, pair, server_config, shake

HANDSHAKE = ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"]
APPLICATION = ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"]
EARLY = ["CLIENT_EARLY_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET"]


def logged(client: dict[str, Any], server: dict[str, Any], **visit: Any) -> tuple[list[str], list[str], Any]:
    lines: tuple[list[str], list[str]] = ([], [])
    notes = Notes()
    one = Connection.client(client_config(keylog=lines[0].append, **client), NAME, observer=notes, **visit)
    other = Connection.server(server_config(keylog=lines[1].append, **server))
    events = shake(one, other)[0]
    random = next(message.random for _, message, _, _ in notes.messages if hasattr(message, "random"))
    for line in lines[0] + lines[1]:
        label, shown, secret = line.split(" ")
        assert shown == random.hex()
        assert bytes.fromhex(secret)
        assert label.isupper() or "_0" in label
    return *lines, next((event.ticket for event in events if hasattr(event, "ticket")), None)


def labels(lines: list[str]) -> list[str]:
    return [line.split(" ")[0] for line in lines]


def test_a_full_handshake() -> None:
    client, server, _ = logged({}, {})
    assert client == server
    assert labels(client) == HANDSHAKE + APPLICATION


def test_after_a_retry_the_random_is_the_same() -> None:
    client, server, _ = logged(
        {"groups": (NamedGroup.X25519, NamedGroup.SECP256R1)}, {"groups": (NamedGroup.SECP256R1,)}
    )
    assert client == server
    assert labels(client) == HANDSHAKE + APPLICATION


def test_early_data() -> None:
    own: dict[str, Any] = {"ticket_keys": RotatingTicketKeys(), "early_data_limit": 100, "strikes": MemoryStrikes()}
    _, _, ticket = logged({}, own)
    client, server, _ = logged({}, own, ticket=ticket, early_data=b"early")
    assert client == server
    assert labels(client) == EARLY + HANDSHAKE + APPLICATION
    client, server, _ = logged({}, own, ticket=ticket, early_data=b"early")
    assert labels(client) == EARLY + HANDSHAKE + APPLICATION
    assert labels(server) == HANDSHAKE + APPLICATION  # the ticket was struck: early keys are not made
    assert client[2:] == server


def test_tls12() -> None:
    own: dict[str, Any] = {"versions": (Version.TLS12,)}
    client, server, _ = logged(own, own)
    assert client == server
    assert labels(client) == ["CLIENT_RANDOM"]
    assert len(bytes.fromhex(client[0].split(" ")[2])) == 48


def test_nothing_is_logged_after_the_handshake() -> None:
    lines: list[str] = []
    client, server = pair(client_config(keylog=lines.append), server_config())
    shake(client, server)
    before = len(lines)
    client.update_keys()
    server.update_keys()
    shake(client, server)
    assert len(lines) == before
