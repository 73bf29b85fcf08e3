"""Messages out of turn: every handshake type in every state of both sides, without gaps (RFC 9846 section 4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dojang.engine.config import ClientAuth
from dojang.engine.connection import Connection
from dojang.errors import DecodeError, PeerMisbehaved, TlsError
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ContentType, ExtensionType, HandshakeType, NamedGroup
from tests.pair import NAME, client_config, pki, server_config
from tests.scripted import (
    Scripted,
    ScriptedClient,
    ScriptedServer,
    check_refused,
    clear,
    client_and_script,
    connected_client,
    connected_server,
    extension,
    framed,
    server_and_script,
)

H = HandshakeType
End = tuple[Connection, Scripted]
ALL = range(256)


def client_after(count: int, *, asks: bool = False) -> Callable[[], End]:
    """A client that has read the first `count` messages of the server's flight."""

    def make() -> End:
        client, server = Connection.client(client_config(), NAME), Paused(asks=asks, pause=count)
        server.take(client.data_to_send())
        client.receive(b"".join(server.flight()[:count]))
        return client, server

    return make


class Paused(ScriptedServer):
    """Makes its flight but keeps the keys it has after `pause` messages, to go on sending under them."""

    def __init__(self, *, asks: bool, pause: int) -> None:
        super().__init__(asks=asks)
        self.pause = pause

    def flight(self) -> list[bytes]:
        records = super().flight()
        if self.pause == 0:
            self.sealer = None
        elif self.pause < len(records):
            self.seal_with(self.handshake_secrets[1])
            assert self.sealer is not None
            self.sealer.sequence = self.pause - 1
        return records


def client_after_retry() -> End:
    client, server = client_and_script()
    client.receive(server.retry(extension(ExtensionType.COOKIE, ext.Cookie(b"crumbs"))))
    server.take(client.data_to_send())
    return client, server


def fresh_server() -> End:
    return Connection.server(server_config()), ScriptedClient()


def server_after_retry() -> End:
    server, client = Connection.server(server_config(groups=(NamedGroup.SECP256R1,))), ScriptedClient()
    server.receive(client.start())
    client.take(server.data_to_send())
    return server, client


def server_after(count: int, *, shows: bool = True, auth: ClientAuth = ClientAuth.OPTIONAL) -> Callable[[], End]:
    """A server that has read the first `count` messages of the client's flight."""

    def make() -> End:
        config = server_config(client_auth=auth, client_trust=pki().root.trust)
        server, client = server_and_script(config, shows=shows)
        records = client.flight()
        server.receive(b"".join(records[:count]))
        client.seal_with(client.handshake_secrets[0])
        assert client.sealer is not None
        client.sealer.sequence = count
        return server, client

    return make


# State: how to get there, what may come.
STATES: dict[str, tuple[Callable[[], End], set[HandshakeType]]] = {
    "client: ServerHello": (client_after(0), {H.SERVER_HELLO}),
    "client: ServerHello after retry": (client_after_retry, {H.SERVER_HELLO}),
    "client: EncryptedExtensions": (client_after(1), {H.ENCRYPTED_EXTENSIONS}),
    "client: CertificateRequest or Certificate": (client_after(2), {H.CERTIFICATE_REQUEST, H.CERTIFICATE}),
    "client: Certificate": (client_after(3, asks=True), {H.CERTIFICATE}),
    "client: CertificateVerify": (client_after(3), {H.CERTIFICATE_VERIFY}),
    "client: Finished": (client_after(4), {H.FINISHED}),
    "client: connected": (connected_client, {H.NEW_SESSION_TICKET, H.KEY_UPDATE}),
    "server: ClientHello": (fresh_server, {H.CLIENT_HELLO}),
    "server: ClientHello after retry": (server_after_retry, {H.CLIENT_HELLO}),
    "server: Finished, no certificate asked for": (server_after(0, auth=ClientAuth.NONE), {H.FINISHED}),
    "server: Certificate": (server_after(0), {H.CERTIFICATE, H.COMPRESSED_CERTIFICATE}),
    "server: CertificateVerify": (server_after(1), {H.CERTIFICATE_VERIFY}),
    "server: Finished": (server_after(2), {H.FINISHED}),
    "server: Finished, no certificate shown": (server_after(1, shows=False), {H.FINISHED}),
    "server: connected": (connected_server, {H.KEY_UPDATE}),
}


@pytest.mark.parametrize("state", list(STATES))
def test_every_other_message_is_unexpected(state: str) -> None:
    make, due = STATES[state]
    tried = 0
    for code in ALL:
        if code in due:
            continue
        end, peer = make()
        data = peer.record(ContentType.HANDSHAKE, framed(code, b""))
        check_refused(end, peer, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)
        tried += 1
    assert tried == 256 - len(due)


@pytest.mark.parametrize("state", list(STATES))
def test_what_is_due_is_read(state: str) -> None:
    """The states are where they say they are: an empty message of a type that is due is malformed, not unexpected."""
    make, due = STATES[state]
    for code in due:
        end, peer = make()
        data = peer.record(ContentType.HANDSHAKE, framed(code, b""))
        check_refused(end, peer, data, DecodeError, Alert.DECODE_ERROR)


@pytest.mark.parametrize("state", list(STATES))
def test_body_does_not_matter(state: str) -> None:
    """Whatever stands in a message that is not due: it is not read."""
    make, due = STATES[state]
    for code in (H.HELLO_REQUEST, H.END_OF_EARLY_DATA, H.MESSAGE_HASH, H.CLIENT_HELLO, H.COMPRESSED_CERTIFICATE):
        if code not in due:
            end, peer = make()
            data = peer.record(ContentType.HANDSHAKE, framed(code, b"\xff" * 100))
            check_refused(end, peer, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_the_whole_flight_twice() -> None:
    client, server = client_and_script()
    flight = b"".join(server.flight())
    client.receive(flight)
    with pytest.raises(TlsError):
        client.receive(flight)


def test_data_before_the_clients_finished() -> None:
    server, client = server_and_script()
    client.flight()  # its keys are the application's now
    check_refused(
        server, client, client.record(ContentType.APPLICATION_DATA, b"early"), PeerMisbehaved, Alert.BAD_RECORD_MAC
    )


@pytest.mark.parametrize("left_out", [1, 2, 3, 4])
def test_one_message_of_the_servers_flight_left_out(left_out: int) -> None:
    """EncryptedExtensions, Certificate, CertificateVerify, Finished: none can be done without."""

    class Leaving(ScriptedServer):
        def record(self, kind: int, content: bytes, padding: int = 0) -> bytes:
            self.count = getattr(self, "count", -1) + 1
            return b"" if self.count == left_out else super().record(kind, content, padding)

    client, server = Connection.client(client_config(), NAME), Leaving()
    server.take(client.data_to_send())
    data = b"".join(server.flight())
    if left_out == 4:  # then all that follows is under keys that the client does not use yet
        data += server.record(ContentType.APPLICATION_DATA, b"data")
        check_refused(client, server, data, PeerMisbehaved, Alert.BAD_RECORD_MAC)
    else:
        check_refused(client, server, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)
    assert client.session is None


def test_clear_text_finished_after_client_hello() -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    data = client.start() + clear(ContentType.HANDSHAKE, framed(H.FINISHED, bytes(32)))
    check_refused_in_clear(server, data)


def check_refused_in_clear(server: Connection, data: bytes) -> None:
    with pytest.raises(PeerMisbehaved) as caught:
        server.receive(data)
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE
