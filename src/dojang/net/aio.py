"""TLS over asyncio.

    stream = await open_connection("name.test", 443, ClientConfig(trust=store))
    stream.write(b"...")
    answer = await stream.readline()

Signers and certificate choices that are coroutines are awaited on the loop; the other connections go on meanwhile.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from dojang.engine.config import ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.flight import Observer, Question
from dojang.engine.session import Session
from dojang.engine.ticket import Ticket
from dojang.errors import ApiMisuse, TlsError

__all__ = ["TlsStream", "open_connection", "start_server"]

# What one round of write seals; also where the reader's own buffer begins to hold the transport back.
_ROUND = 16 * 2**14
# A server has no reason to give more tickets; what it gives beyond that pushes the first ones out.
_TICKETS_KEPT = 8
# Seconds that a closed stream waits for its last bytes to be taken.
_LINGER = 30.0


async def open_connection(
    host: str,
    port: int,
    config: ClientConfig,
    *,
    address: str | None = None,
    name: str | None = None,
    timeout: float | None = None,
    ticket: Ticket | None = None,
    early_data: bytes = b"",
    observer: Observer | None = None,
) -> TlsStream:
    """Connect by TCP and shake hands; the arguments are those of `net.blocking.connect`.

    Raises OSError, TimeoutError or TlsError; the transport is closed then.
    """
    loop = asyncio.get_running_loop()
    name = host if name is None else name
    connection = Connection.client(config, name, ticket=ticket, early_data=early_data, observer=observer)
    async with asyncio.timeout(timeout):
        _, protocol = await loop.create_connection(lambda: _Protocol(connection), address or host, port)
        return await protocol.ready()


async def start_server(
    handler: Callable[[TlsStream], Awaitable[None]],
    host: str | None,
    port: int,
    config: ServerConfig,
    *,
    handshake_timeout: float | None = 60.0,
    on_error: Callable[[BaseException], None] | None = None,
    **options: Any,
) -> asyncio.Server:
    """Listen; `handler` gets each connection whose handshake succeeded, and the stream is closed after it.

    on_error: told of each handshake or handler that failed; without it the loop's exception handler is.
    options: those of loop.create_server.
    """
    loop = asyncio.get_running_loop()
    running: set[asyncio.Task[None]] = set()  # the loop itself holds tasks only weakly

    async def serve(protocol: _Protocol) -> None:
        try:
            async with asyncio.timeout(handshake_timeout):
                stream = await protocol.ready()
            async with stream:
                await handler(stream)
        except Exception as error:
            if on_error is not None:
                on_error(error)
            else:
                loop.call_exception_handler({"message": "a TLS connection failed", "exception": error})

    def accept() -> _Protocol:
        protocol = _Protocol(Connection.server(config))
        task = loop.create_task(serve(protocol))
        running.add(task)
        task.add_done_callback(running.discard)
        return protocol

    return await loop.create_server(accept, host, port, **options)


class TlsStream:
    """A connection to read and write. Reading is as asyncio.StreamReader's; an end that is not clean raises after the
    data that came before it."""

    def __init__(self, protocol: _Protocol) -> None:
        self._protocol = protocol
        self._reader = protocol.reader
        self.connection = protocol.connection
        self.at_eof = protocol.reader.at_eof

    async def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, or all to the end; b"" at a clean end."""
        data = await self._reader.read(size)
        if size < 0 or (size and not data):
            self._protocol.check_end()
        return data

    async def readexactly(self, size: int) -> bytes:
        """`size` bytes; IncompleteReadError at a clean end before."""
        return await self._whole(self._reader.readexactly(size))

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """To the end of the separator; IncompleteReadError at a clean end before."""
        return await self._whole(self._reader.readuntil(separator))

    async def readline(self) -> bytes:
        """A line, or what there is before a clean end."""
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            self._protocol.check_end()
        return line

    async def _whole(self, reading: Coroutine[Any, Any, bytes]) -> bytes:
        try:
            return await reading
        except asyncio.IncompleteReadError:
            self._protocol.check_end()
            raise

    @property
    def session(self) -> Session:
        """The facts of the connection."""
        if self.connection.session is None:
            raise ApiMisuse("there is no session before the handshake is over")
        return self.connection.session

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """A client's: what the server gave to resume with, the latest last. They come with data, so read first."""
        return tuple(self._protocol.tickets)

    @property
    def early_data(self) -> bytes:
        """A server's: what came before the handshake was over. It may be a replay."""
        return self.connection.early_data

    @property
    def rejected_early_data(self) -> bytes:
        """A client's: early data that the server did not take, to be sent again."""
        return self.connection.rejected_early_data

    def request_certificate(self, *, required: bool = True) -> None:
        """A server's: ask for a certificate now; the answer comes as the client's data does, and changes `session`."""
        self.connection.request_certificate(required=required)
        self._protocol.flush()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Protect and hand over; `drain` waits until the transport can take more."""
        with memoryview(data).cast("B") as view:
            for offset in range(0, len(view), _ROUND):
                self.connection.send(view[offset : offset + _ROUND])
                self._protocol.flush()

    async def drain(self) -> None:
        """Wait while the transport is full; raises what ended the connection."""
        await self._protocol.writable.wait()
        if self._protocol.failure is not None:
            raise self._protocol.failure

    def update_keys(self, *, request_peer: bool = True) -> None:
        """New keys from here on; see Connection.update_keys."""
        self.connection.update_keys(request_peer=request_peer)
        self._protocol.flush()

    def shutdown_write(self) -> None:
        """Say close_notify; the peer may go on sending."""
        self.connection.close()
        self._protocol.flush()

    def close(self) -> None:
        """Say close_notify where that is still possible, and close the transport once it is written."""
        self.connection.close()
        self._protocol.flush()
        self._protocol.close()

    async def wait_closed(self) -> None:
        """Until the transport is gone."""
        await self._protocol.lost.wait()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """The transport's: peername, sockname, socket."""
        return self._protocol.transport.get_extra_info(name, default)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        await self.wait_closed()


class _Protocol(asyncio.BufferedProtocol):
    """Between the loop's transport and the engine."""

    transport: asyncio.Transport

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.reader = asyncio.StreamReader(limit=_ROUND)
        self.writable = asyncio.Event()
        self.writable.set()
        self.lost = asyncio.Event()
        self.tickets: deque[Ticket] = deque(maxlen=_TICKETS_KEPT)
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asking: asyncio.Task[None] | None = None
        self._meanwhile = 0
        self._giving_up: asyncio.TimerHandle | None = None
        self.failure: Exception | None = None

    async def ready(self) -> TlsStream:
        """The stream, once the handshake is over."""
        try:
            await self._done
        except BaseException:
            if hasattr(self, "transport"):
                self.close()
            raise
        return TlsStream(self)

    def close(self) -> None:
        """Close the transport when it has written all; a peer that takes nothing is not waited for without end."""
        self.transport.close()
        if self._giving_up is None and not self.lost.is_set():
            self._giving_up = asyncio.get_running_loop().call_later(_LINGER, self.transport.abort)

    def check_end(self) -> None:
        """Raises what ended the connection, unless the peer had said close_notify."""
        if self.failure is not None and not self.connection.peer_closed:
            raise self.failure

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.reader.set_transport(transport)
        self.flush()
        self._advance()

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self.connection.space()

    def buffer_updated(self, size: int) -> None:
        self.connection.filled(size)
        if self._asking is not None:
            self._meanwhile += size
            if self._meanwhile > _ROUND:
                self.transport.pause_reading()  # the rest stays with the kernel until there is an answer
        self._guarded(self.connection.process)

    def eof_received(self) -> bool:
        self._guarded(self.connection.receive_eof)
        return not self.connection.closed  # half-close: the application may still send

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set()
        self.writable.set()
        self._end(error or ConnectionAbortedError("the connection was closed on this side"))
        if self._asking is not None:
            self._asking.cancel()
        if self._giving_up is not None:
            self._giving_up.cancel()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def flush(self) -> None:
        """Hand the engine's output to the transport, which keeps a copy."""
        if data := self.connection.data_to_send():
            self.transport.write(data)

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except TlsError as error:
            self._deliver()
            self.flush()
            self._end(error)
            self.close()
        else:
            self._deliver()
            self.flush()
            self._advance()

    def _deliver(self) -> None:
        connection = self.connection
        for notice in connection.take_notices():
            if isinstance(notice, TicketReceived):
                self.tickets.append(notice.ticket)
        if connection.readable:
            self.reader.feed_data(connection.read(connection.readable))
        if connection.peer_closed and not self.reader._eof:  # type: ignore[attr-defined]
            self.reader.feed_eof()

    def _advance(self) -> None:
        """Put a question to the application, or say that the handshake is over."""
        connection = self.connection
        if connection.question is not None and self._asking is None:
            self._meanwhile = 0
            self._asking = asyncio.get_running_loop().create_task(self._ask(connection.question))
        if connection.session is not None and not self._done.done():
            self._done.set_result(None)

    async def _ask(self, question: Question) -> None:
        try:
            result = await asyncio.to_thread(question.ask) if question.waits else question.ask()
            if inspect.isawaitable(result):
                result = await result
        except (Exception, asyncio.CancelledError) as error:
            if self.lost.is_set():
                raise
            cause = error
            self._answered(lambda: self.connection.refuse(cause))
        else:
            self._answered(lambda: self.connection.answer(result))

    def _answered(self, action: Callable[[], None]) -> None:
        self._asking = None
        self.transport.resume_reading()
        self._guarded(action)

    def _end(self, error: Exception) -> None:
        """Note the first thing that ended the connection; readers get it after the data, the handshake at once."""
        if self.failure is None:
            self.failure = error
        if not self._done.done():
            self._done.set_exception(error)
            self._done.exception()  # whoever waits gets it; nobody may be waiting
        self.reader.feed_eof()
