"""Tickets, early data and late authentication over both adapters, on loopback sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from dojang.crypto.signatures import sign
from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.session_store import MemorySessions
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket import MemoryTickets
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.net.aio import TlsStream, open_connection, start_server
from dojang.net.blocking import TlsSocket, connect
from dojang.wire.codes import SignatureScheme, Version
from tests.pair import NAME, client_config, pki, server_config

BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)
LOOPBACK = "127.0.0.1"


class Served:
    """A blocking server; each connection is handed to `act`, what it returns is kept."""

    def __init__(self, config: ServerConfig, act: Callable[[TlsSocket], Any]) -> None:
        self.config, self.act = config, act
        self.met: list[Any] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(10)
            with TlsSocket.server(sock, self.config) as tls:
                self.met.append(self.act(tls))


def echo(tls: TlsSocket) -> tuple[str | None, bytes]:
    early = tls.early_data
    data = early or tls.recv()
    tls.sendall(b"echo " + data)
    tls.shutdown_write()
    tls.recv()
    return tls.session.resumed, early


def visit(port: int, config: ClientConfig, data: bytes, **more: Any) -> TlsSocket:
    with connect(NAME, port, config, address=LOOPBACK, timeout=10, **more) as tls:
        if "early_data" not in more or tls.rejected_early_data:
            tls.sendall(data)
        assert b"".join(iter(tls.recv, b"")) == b"echo " + data
        return tls


@BOTH
@pytest.mark.parametrize("store", ["ticket_keys", "sessions"])
def test_a_ticket_by_hand(version: Version, store: str) -> None:
    kept: Any = RotatingTicketKeys() if store == "ticket_keys" else MemorySessions()
    config = client_config(versions=(version,))
    with Served(server_config(versions=(version,), **{store: kept}), echo) as served:
        tls = visit(served.port, config, b"one")
        assert len(tls.tickets) == (2 if version is Version.TLS13 else 1)
        again = visit(served.port, config, b"two", ticket=tls.tickets[-1])
    assert tls.session.resumed is None
    assert again.session.resumed is not None
    assert again.session.verified
    assert [resumed for resumed, _ in served.met] == [None, again.session.resumed]


@BOTH
@pytest.mark.parametrize("store", ["ticket_keys", "sessions"])
def test_a_cache_does_it_by_itself(version: Version, store: str) -> None:
    kept: Any = RotatingTicketKeys() if store == "ticket_keys" else MemorySessions()
    config = client_config(versions=(version,), tickets=MemoryTickets())
    with Served(server_config(versions=(version,), **{store: kept}), echo) as served:
        found = [visit(served.port, config, b"data").session.resumed for _ in range(4)]
    assert found[0] is None
    assert all(found[1:])


def test_early_data_is_taken_once() -> None:
    settings: dict[str, Any] = {"early_data_limit": 1000, "strikes": MemoryStrikes()}
    config = client_config()
    with Served(server_config(ticket_keys=RotatingTicketKeys(), **settings), echo) as served:
        ticket = visit(served.port, config, b"first").tickets[-1]
        taken = visit(served.port, config, b"early", ticket=ticket, early_data=b"early")
        again = visit(served.port, config, b"early", ticket=ticket, early_data=b"early")
    assert taken.session.early_data is True
    assert taken.rejected_early_data == b""
    assert again.session.early_data is False
    assert again.rejected_early_data == b"early"
    assert [early for _, early in served.met] == [b"", b"early", b""]


def test_a_server_that_never_stops_giving_tickets_fills_no_memory() -> None:
    def act(tls: TlsSocket) -> None:
        tls.recv()
        tls.sendall(b"done")
        tls.shutdown_write()
        tls.recv()

    with (
        Served(server_config(ticket_keys=RotatingTicketKeys(), tickets_sent=20), act) as served,
        connect(NAME, served.port, client_config(), address=LOOPBACK, timeout=10) as tls,
    ):
        tls.sendall(b"x")
        assert b"".join(iter(tls.recv, b"")) == b"done"
        assert len(tls.tickets) == 8
        assert tls.connection.take_notices() == []


def asking(tls: TlsSocket) -> Any:
    tls.request_certificate()
    while not tls.session.peer_chain:
        tls.sendall(b"?")
        assert tls.recv()
    tls.sendall(b"!")
    tls.shutdown_write()
    tls.recv()
    return tls.session.peer_chain


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_certificate_asked_for_later(elsewhere: bool) -> None:
    key = pki().client.key

    async def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        await asyncio.sleep(0)
        return sign(key, scheme, content)

    own = Credential.from_signer(pki().client.chain, signer) if elsewhere else pki().client_credential
    config = client_config(post_handshake_auth=True, credential=own)
    with (
        Served(server_config(client_trust=pki().root.trust), asking) as served,
        connect(NAME, served.port, config, address=LOOPBACK, timeout=10) as tls,
    ):
        while tls.recv(1) == b"?":
            tls.sendall(b".")
        assert tls.session.local_chain == own.chain
    assert served.met == [own.chain]


# asyncio.


@BOTH
def test_asyncio_resumes_by_hand_and_by_cache(version: Version) -> None:
    async def main() -> None:
        met: list[str | None] = []

        async def handler(stream: TlsStream) -> None:
            met.append(stream.session.resumed)
            stream.write(b"echo " + await stream.read(100))
            await stream.drain()

        settings: dict[str, Any] = {"versions": (version,)}
        config = server_config(ticket_keys=RotatingTicketKeys(), **settings)
        server = await start_server(handler, LOOPBACK, 0, config)
        port = server.sockets[0].getsockname()[1]

        async def ask(own: ClientConfig, **more: Any) -> TlsStream:
            stream = await open_connection(NAME, port, own, address=LOOPBACK, timeout=10, **more)
            async with stream:
                stream.write(b"x")
                assert await stream.read(-1) == b"echo x"
            return stream

        own = client_config(**settings)
        stream = await ask(own)
        again = await ask(own, ticket=stream.tickets[-1])
        assert again.session.resumed
        cached = client_config(tickets=MemoryTickets(), **settings)
        assert [bool((await ask(cached)).session.resumed) for _ in range(3)] == [False, True, True]
        server.close()
        assert [bool(resumed) for resumed in met] == [False, True, False, True, True]

    asyncio.run(main())


def test_asyncio_early_data() -> None:
    async def main() -> None:
        async def handler(stream: TlsStream) -> None:
            data = stream.early_data or await stream.read(100)
            stream.write(b"early " * bool(stream.early_data) + data)
            await stream.drain()

        settings: dict[str, Any] = {"early_data_limit": 1000, "strikes": MemoryStrikes()}
        config = server_config(ticket_keys=RotatingTicketKeys(), **settings)
        server = await start_server(handler, LOOPBACK, 0, config)
        port = server.sockets[0].getsockname()[1]

        async def ask(**more: Any) -> tuple[TlsStream, bytes]:
            stream = await open_connection(NAME, port, client_config(), address=LOOPBACK, timeout=10, **more)
            async with stream:
                if not more or stream.rejected_early_data:
                    stream.write(b"data")
                return stream, await stream.read(-1)

        stream, answer = await ask()
        assert answer == b"data"
        ticket = stream.tickets[-1]
        stream, answer = await ask(ticket=ticket, early_data=b"data")
        assert answer == b"early data"
        stream, answer = await ask(ticket=ticket, early_data=b"data")
        assert answer == b"data"
        assert stream.rejected_early_data == b"data"
        server.close()

    asyncio.run(main())


def test_asyncio_asks_later() -> None:
    async def main() -> None:
        async def handler(stream: TlsStream) -> None:
            stream.request_certificate()
            while not stream.session.peer_chain:
                stream.write(b"?")
                assert await stream.read(1)
            stream.write(b"!")
            await stream.drain()

        server = await start_server(handler, LOOPBACK, 0, server_config(client_trust=pki().root.trust))
        port = server.sockets[0].getsockname()[1]
        key = pki().client.key

        async def signer(scheme: SignatureScheme, content: bytes) -> bytes:
            await asyncio.sleep(0.01)
            return sign(key, scheme, content)

        own = client_config(post_handshake_auth=True, credential=Credential.from_signer(pki().client.chain, signer))
        async with await open_connection(NAME, port, own, address=LOOPBACK, timeout=10) as stream:
            async with asyncio.timeout(10):
                while await stream.read(1) == b"?":
                    stream.write(b".")
        assert stream.session.local_chain
        server.close()

    asyncio.run(main())
