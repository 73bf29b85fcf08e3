"""Connections in memory for the tests of what is shown: one line makes client and server meet."""

from __future__ import annotations

from typing import Any, NamedTuple

from dojang.cli.ladder import Ladder
from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.ticket import Ticket
from dojang.pki.authority import Authority

__all__ = ["Met", "meet", "shuttle"]

NAME = "name.test"


class Met(NamedTuple):
    """What came of it: the two ends, what the client saw, and the tickets it got."""

    client: Connection
    server: Connection
    ladder: Ladder
    tickets: list[Ticket]


def meet(
    authority: Authority,
    credential: Credential,
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    **options: Any,
) -> Met:
    """A handshake, a word each way, close_notify. client, server: settings; options: of Connection.client."""
    ladder = Ladder()
    config = ClientConfig(trust=authority.trust, **(client or {}))
    one = Connection.client(config, NAME, observer=ladder, **options)
    other = Connection.server(ServerConfig(credentials=(credential,), **(server or {})))
    events = shuttle(one, other)
    one.send(b"ping")
    events += shuttle(one, other)
    other.send(b"pong")
    other.close()
    events += shuttle(one, other)
    one.close()
    shuttle(one, other)
    return Met(one, other, ladder, [event.ticket for event in events if isinstance(event, TicketReceived)])


def shuttle(client: Connection, server: Connection) -> list[object]:
    """Carry bytes until neither has any; what the client was told."""
    events: list[object] = []
    while True:
        from_client, from_server = client.data_to_send(), server.data_to_send()
        if not from_client and not from_server:
            return events
        if from_client:
            server.receive(from_client)
        if from_server:
            events += client.receive(from_server)
