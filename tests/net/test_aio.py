"""TLS over asyncio: streams, backpressure, cancellation, and every way to end."""

from __future__ import annotations

import asyncio
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest

from dojang.crypto.signatures import sign
from dojang.engine.config import ClientAuth, ClientConfig, Credential, ServerConfig
from dojang.errors import AlertReceived, ApiMisuse, CallbackFailed, CertificateError, NotTls, TlsError, Truncated
from dojang.net.aio import TlsStream, open_connection, start_server
from dojang.wire.codes import SignatureScheme
from tests.pair import NAME, client_config, pki, server_config
from tests.scripted import ScriptedClient

Handler = Callable[[TlsStream], Awaitable[None]]


def run(main: Coroutine[Any, Any, None]) -> None:
    """One test's coroutine, which may not hang."""

    async def bounded() -> None:
        async with asyncio.timeout(30):
            await main

    asyncio.run(bounded())


@asynccontextmanager
async def serving(
    handler: Handler, config: ServerConfig | None = None, **options: Any
) -> AsyncIterator[tuple[int, list[BaseException]]]:
    """A server on a free port, and the list of what went wrong in it."""
    errors: list[BaseException] = []
    options.setdefault("on_error", errors.append)
    server = await start_server(handler, "127.0.0.1", 0, config or server_config(), **options)
    try:
        yield server.sockets[0].getsockname()[1], errors
    finally:
        server.close()


async def connected(port: int, config: ClientConfig | None = None, **options: Any) -> TlsStream:
    options.setdefault("address", "127.0.0.1")
    return await open_connection(NAME, port, config or client_config(), **options)


async def echo(stream: TlsStream) -> None:
    while data := await stream.read(65536):
        stream.write(data)
        await stream.drain()


async def forever(stream: TlsStream) -> None:
    await asyncio.Event().wait()


async def eventually(condition: Callable[[], object]) -> None:
    """Until it holds; the test's own timeout is the limit."""
    while not condition():
        await asyncio.sleep(0.01)


def test_back_and_forth() -> None:
    async def main() -> None:
        async with serving(echo) as (port, errors), await connected(port, timeout=10) as stream:
            stream.write(b"line one\r\nrest")
            await stream.drain()
            assert await stream.readline() == b"line one\r\n"
            assert await stream.readexactly(4) == b"rest"
            stream.write(bytearray(b"a;b"))
            stream.write(memoryview(b";c"))
            assert await stream.readuntil(b";") == b"a;"
            assert await stream.readexactly(3) == b"b;c"
            assert stream.session.verified
            assert stream.get_extra_info("peername")[1] == port
            stream.shutdown_write()
            assert await stream.read() == b""
            assert stream.at_eof()
            assert errors == []

    run(main())


def test_megabytes_both_ways_with_key_updates() -> None:
    async def main() -> None:
        size, chunk = 20 * 2**20, bytes(2**18)

        async def write(stream: TlsStream) -> None:
            for number in range(size // len(chunk)):
                stream.write(chunk)
                if number % 8 == 3:
                    stream.update_keys(request_peer=number % 16 == 3)
                await stream.drain()
            stream.shutdown_write()

        async with serving(echo) as (port, errors), await connected(port) as stream:
            writer = asyncio.create_task(write(stream))
            count = 0
            while data := await stream.read(2**18):
                count += len(data)
            await writer
            assert count == size
            assert errors == []

    run(main())


def test_half_close() -> None:
    async def answer(stream: TlsStream) -> None:
        request = await stream.read(-1)
        stream.write(request[::-1])
        await stream.drain()

    async def main() -> None:
        async with serving(answer) as (port, errors), await connected(port) as stream:
            stream.write(b"abc")
            stream.shutdown_write()
            assert await stream.read(-1) == b"cba"
            assert errors == []
            with pytest.raises(ApiMisuse):
                stream.write(b"more")

    run(main())


def test_backpressure() -> None:
    """A peer that does not read holds the writer back, and memory stays small on both sides."""

    async def main() -> None:
        async with serving(forever) as (port, _), await connected(port) as stream:
            tracemalloc.start()
            try:
                written = 0
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        while True:
                            stream.write(bytes(2**18))
                            await stream.drain()
                            written += 2**18
                assert written < 64 * 2**20
                assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
            finally:
                tracemalloc.stop()
            stream._protocol.transport.abort()

    run(main())


# Ends.


def test_truncation_comes_after_the_data() -> None:
    async def half(stream: TlsStream) -> None:
        stream.write(b"half\nof it")
        await stream.drain()
        stream._protocol.transport.close()

    async def main() -> None:
        async with serving(half) as (port, _):
            for name, argument in (("read", 100), ("readline", None), ("readexactly", 4), ("readuntil", b"f")):
                stream = await connected(port)
                await eventually(partial(getattr, stream.connection, "error"))
                read = getattr(stream, name)
                assert (await (read() if argument is None else read(argument))).startswith(b"half")
                with pytest.raises(Truncated):
                    await stream.readexactly(100)
                for _ in range(2):
                    with pytest.raises(Truncated):
                        await stream.read(100)
                stream.close()
                await stream.wait_closed()

    run(main())


def test_reading_to_the_end_notices_truncation() -> None:
    async def half(stream: TlsStream) -> None:
        stream.write(b"half")
        await stream.drain()
        stream._protocol.transport.close()

    async def main() -> None:
        async with serving(half) as (port, _), await connected(port) as stream:
            with pytest.raises(Truncated):
                await stream.read(-1)

    run(main())


def test_clean_end_after_data() -> None:
    async def short(stream: TlsStream) -> None:
        stream.write(b"short")

    async def main() -> None:
        async with serving(short) as (port, _), await connected(port) as stream:
            with pytest.raises(asyncio.IncompleteReadError) as caught:
                await stream.readexactly(10)
            assert caught.value.partial == b"short"
            assert await stream.read() == b""

    run(main())


def test_reset_is_an_error_for_reader_and_writer() -> None:
    async def reset(stream: TlsStream) -> None:
        await stream.read(1)
        sock = stream.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream._protocol.transport.abort()

    async def main() -> None:
        async with serving(reset) as (port, _):
            stream = await connected(port)
            stream.write(b"x")
            with pytest.raises((OSError, Truncated)):
                await stream.read(1)
            await stream.wait_closed()
            with pytest.raises((OSError, TlsError)):
                await write_on(stream)
            stream.close()

    run(main())


async def write_on(stream: TlsStream) -> None:
    for _ in range(100):
        stream.write(bytes(2**16))
        await stream.drain()


def test_drain_after_our_close() -> None:
    async def main() -> None:
        async with serving(echo) as (port, _):
            stream = await connected(port)
            stream.close()
            stream.close()
            await stream.wait_closed()
            with pytest.raises(ApiMisuse):
                stream.write(b"x")
            with pytest.raises(OSError, match="closed"):
                await stream.drain()
            with pytest.raises((OSError, Truncated)):
                await stream.read(1)

    run(main())


def test_close_does_not_wait_for_ever_for_a_peer_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dojang.net.aio._LINGER", 0.2)

    async def main() -> None:
        async with serving(forever) as (port, _):
            stream = await connected(port)
            for _ in range(200):
                stream.write(bytes(2**18))
            stream.close()
            await stream.wait_closed()

    run(main())


# Cancellation and time.


def test_cancelled_read_loses_nothing() -> None:
    async def main() -> None:
        async with serving(echo) as (port, _), await connected(port) as stream:
            reader = asyncio.create_task(stream.read(10))
            await asyncio.sleep(0.01)
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
            stream.write(b"after")
            assert await stream.read(10) == b"after"

    run(main())


def test_cancelled_connect_closes_the_transport() -> None:
    async def main() -> None:
        seen: list[bytes] = []
        ended = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.read())
            writer.close()
            ended.set()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            task = asyncio.create_task(connected(port))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await ended.wait()
            assert seen[0].startswith(b"\x16\x03\x01")

    run(main())


def test_timeout_of_the_handshake() -> None:
    async def main() -> None:
        ended = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            ended.set()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with server:
            with pytest.raises(TimeoutError):
                await connected(server.sockets[0].getsockname()[1], timeout=0.05)
            await ended.wait()

    run(main())


def test_server_gives_up_on_a_silent_client() -> None:
    async def main() -> None:
        async with serving(echo, handshake_timeout=0.05) as (port, errors):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.read() == b""
            writer.close()
            await eventually(lambda: errors)
            assert isinstance(errors[0], TimeoutError)

    run(main())


# Handshakes and handlers that fail.


def test_refused_certificate() -> None:
    async def main() -> None:
        async with serving(echo) as (port, errors):
            with pytest.raises(CertificateError):
                await connected(port, name="other.test")
            await eventually(lambda: errors)
            assert isinstance(errors[0], AlertReceived)

    run(main())


def test_server_goes_on_after_each_failure() -> None:
    async def main() -> None:
        async with serving(echo) as (port, errors):
            for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", b""):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(junk)
                writer.write_eof()
                await reader.read()
                writer.close()
            async with await connected(port) as stream:
                stream.write(b"still here")
                assert await stream.readexactly(10) == b"still here"
            await eventually(lambda: len(errors) == 3)
            assert isinstance(errors[0], NotTls)

    run(main())


async def broken(stream: TlsStream) -> None:
    raise KeyError("a bug of the application")


def test_handler_that_raises_is_told_to_on_error() -> None:
    async def main() -> None:
        async with serving(broken) as (port, errors), await connected(port) as stream:
            assert await stream.read() == b""
            await eventually(lambda: errors)
            assert isinstance(errors[0], KeyError)

    run(main())


def test_without_on_error_the_loops_exception_handler_is_told() -> None:
    async def main() -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        async with serving(broken, on_error=None) as (port, _):
            async with await connected(port) as stream:
                assert await stream.read() == b""
            with pytest.raises(CertificateError):
                await connected(port, name="other.test")
            await eventually(lambda: len(told) == 2)
        kinds = {type(context["exception"]) for context in told}
        assert kinds == {KeyError, AlertReceived}

    run(main())


def test_nobody_listens() -> None:
    async def main() -> None:
        async with serving(echo) as (port, _):
            pass
        with pytest.raises(ConnectionRefusedError):
            await connected(port)

    run(main())


# Callables that are coroutines.


def slow_signer(side: str, delay: float = 0.02, problem: BaseException | None = None) -> Credential:
    made = pki().server if side == "server" else pki().client

    async def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        await asyncio.sleep(delay)
        if problem is not None:
            raise problem
        return sign(made.key, scheme, content)

    return Credential.from_signer(made.chain, signer)


def test_async_callables_on_both_sides() -> None:
    async def main() -> None:
        async def choose_server(hello: object) -> Credential:
            await asyncio.sleep(0)
            return slow_signer("server")

        async def choose_client(authorities: object, schemes: object) -> Credential:
            await asyncio.sleep(0)
            return slow_signer("client")

        config = server_config(
            choose_credential=choose_server, client_auth=ClientAuth.REQUIRED, client_trust=pki().root.trust
        )
        async with (
            serving(echo, config) as (port, errors),
            await connected(port, client_config(credential=choose_client)) as stream,
        ):
            stream.write(b"x")
            assert await stream.read(1) == b"x"
            assert errors == []

    run(main())


def test_slow_signers_do_not_hold_each_other_up() -> None:
    async def main() -> None:
        async with serving(echo, server_config(credentials=(slow_signer("server", 0.2),))) as (port, _):
            loop = asyncio.get_running_loop()
            start = loop.time()
            streams = await asyncio.gather(*(connected(port) for _ in range(10)))
            assert loop.time() - start < 1.5
            for stream in streams:
                stream.close()
                await stream.wait_closed()

    run(main())


@pytest.mark.parametrize("problem", [OSError("unplugged"), asyncio.CancelledError()])
def test_async_signer_that_raises(problem: BaseException) -> None:
    async def main() -> None:
        async with serving(echo, server_config(credentials=(slow_signer("server", 0, problem),))) as (port, errors):
            with pytest.raises(AlertReceived):
                await connected(port)
            await eventually(lambda: errors)
            assert isinstance(errors[0], CallbackFailed)

    run(main())


def test_client_that_leaves_while_the_signer_thinks() -> None:
    async def main() -> None:
        async with serving(echo, server_config(credentials=(slow_signer("server", 30),))) as (port, errors):
            with pytest.raises(TimeoutError):
                await connected(port, timeout=0.1)
            await eventually(lambda: errors)
            assert len(asyncio.all_tasks()) <= 2

    run(main())


def test_flood_while_the_signer_thinks() -> None:
    """What a client sends while the server waits for its signer stays in the kernel."""

    async def main() -> None:
        async with serving(echo, server_config(credentials=(slow_signer("server", 0.5),))) as (port, _):
            loop = asyncio.get_running_loop()
            sock = socket.create_connection(("127.0.0.1", port))
            sock.setblocking(False)
            tracemalloc.start()
            try:
                await loop.sock_sendall(sock, ScriptedClient().start())
                await asyncio.sleep(0.05)
                sent = 0
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.3):
                        while True:
                            await loop.sock_sendall(sock, bytes(2**16))
                            sent += 2**16
                assert sent < 32 * 2**20
                assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
            finally:
                tracemalloc.stop()
                sock.close()

    run(main())
