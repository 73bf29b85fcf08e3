"""The scripted peer, when it does nothing wrong, gets along with dojang: else its wrongs would prove little."""

from __future__ import annotations

import pytest

from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.config import ClientAuth
from dojang.engine.connection import Connection
from dojang.wire import extensions as ext
from dojang.wire.codes import CipherSuite, ContentType, ExtensionType
from tests.pair import NAME, DataReceived, client_config, pki, server_config
from tests.scripted import ScriptedClient, ScriptedServer, extension


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("suite", list(TLS13_SUITES))
def test_scripted_server(asks: bool, suite: CipherSuite) -> None:
    client = Connection.client(client_config(credential=pki().client_credential, suites=(suite,)), NAME)
    server = ScriptedServer(asks=asks, suite=suite)
    server.take(client.data_to_send())
    client.receive(b"".join(server.flight()))
    client.send(b"ping")
    server.take(client.data_to_send())
    assert client.session is not None
    assert client.session.suite is suite
    assert server.data == b"ping"
    assert client.receive(server.record(ContentType.APPLICATION_DATA, b"pong")) == [DataReceived(b"pong")]


def test_scripted_server_with_a_cookie() -> None:
    client, server = Connection.client(client_config(), NAME), ScriptedServer()
    server.take(client.data_to_send())
    client.receive(server.retry(extension(ExtensionType.COOKIE, ext.Cookie(b"crumbs"))))
    server.take(client.data_to_send())
    client.receive(b"".join(server.flight()))
    assert client.session is not None
    assert client.session.retried


@pytest.mark.parametrize(
    ("auth", "shows"),
    [
        (ClientAuth.NONE, True),
        (ClientAuth.NONE, False),
        (ClientAuth.OPTIONAL, True),
        (ClientAuth.OPTIONAL, False),
        (ClientAuth.REQUIRED, True),
    ],
)
def test_scripted_client(auth: ClientAuth, shows: bool) -> None:
    server = Connection.server(server_config(client_auth=auth, client_trust=pki().root.trust))
    client = ScriptedClient(shows=shows)
    server.receive(client.start())
    client.take(server.data_to_send())
    server.receive(b"".join(client.flight()))
    assert server.session is not None
    assert server.session.verified == (shows and auth is not ClientAuth.NONE)
    server.send(b"ping")
    client.take(server.data_to_send())
    assert client.data == b"ping"
    assert server.receive(client.record(ContentType.APPLICATION_DATA, b"pong")) == [DataReceived(b"pong")]
