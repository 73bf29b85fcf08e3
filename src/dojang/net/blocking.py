"""TLS over blocking sockets.

    with connect("name.test", 443, ClientConfig(trust=store)) as tls:
        tls.sendall(b"...")
        answer = tls.recv(65536)

One thread may read while another writes: each half of the engine has its lock, and what the reader owes to the peer (a
KeyUpdate, an alert) is sent by whoever holds the writing lock.
"""

from __future__ import annotations

import contextlib
import inspect
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from dojang.engine.config import ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.flight import Observer, Question
from dojang.engine.session import Session
from dojang.engine.ticket import Ticket
from dojang.errors import ApiMisuse, TlsError

__all__ = ["TlsSocket", "connect"]

# What one round of sendall seals: sixteen full records, so that one system call carries them all.
_ROUND = 16 * 2**14
# A server has no reason to give more tickets; what it gives beyond that pushes the first ones out.
_TICKETS_KEPT = 8
# Reads of 64 KiB that `close` makes at the most.
_MOST_DRAINED = 64
# Seconds that `close` waits for a writer at work before it goes without a close_notify.
_GRACE = 1.0
# What a socket that is ready at all takes without waiting.
_LITTLE = 1024


def connect(
    host: str,
    port: int,
    config: ClientConfig,
    *,
    address: str | None = None,
    timeout: float | None = None,
    name: str | None = None,
    ticket: Ticket | None = None,
    early_data: bytes = b"",
    observer: Observer | None = None,
) -> TlsSocket:
    """Connect by TCP and shake hands.

    address: where to connect to instead of asking for `host`'s address, as a hosts file would say.
    name: what the certificate must show and SNI says, where that is not `host`.
    timeout: seconds for each operation, None for ever.
    ticket, early_data: those of Connection.client; what the server does not take is in `rejected_early_data`.
    Raises OSError when the transport fails and TlsError when the handshake does; the socket is closed then.
    """
    sock = socket.create_connection((address or host, port), timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = host if name is None else name
        return TlsSocket.client(sock, config, name, ticket=ticket, early_data=early_data, observer=observer)
    except BaseException:
        sock.close()
        raise


class TlsSocket:
    """A connected socket that speaks TLS, with the methods that sockets have. Owns the socket it was given."""

    def __init__(self, sock: socket.socket, connection: Connection) -> None:
        self._sock = sock
        self.connection = connection
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._makefile_refs = 0
        self._closing = self._closed = False
        self._tickets: deque[Ticket] = deque(maxlen=_TICKETS_KEPT)

    @classmethod
    def client(
        cls,
        sock: socket.socket,
        config: ClientConfig,
        name: str | None,
        *,
        ticket: Ticket | None = None,
        early_data: bytes = b"",
        observer: Observer | None = None,
    ) -> Self:
        """The client's end over a connected socket; returns when the handshake is over."""
        connection = Connection.client(config, name, ticket=ticket, early_data=early_data, observer=observer)
        tls = cls(sock, connection)
        tls.do_handshake()
        return tls

    @classmethod
    def server(cls, sock: socket.socket, config: ServerConfig, *, observer: Observer | None = None) -> Self:
        """The server's end over an accepted socket; returns when the handshake is over."""
        tls = cls(sock, Connection.server(config, observer=observer))
        tls.do_handshake()
        return tls

    @property
    def session(self) -> Session:
        """The facts of the connection."""
        if self.connection.session is None:
            raise ApiMisuse("there is no session before the handshake is over")
        return self.connection.session

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """A client's: what the server gave to resume with, the latest last. They come with data, so read first."""
        return tuple(self._tickets)

    @property
    def early_data(self) -> bytes:
        """A server's: what came before the handshake was over. It may be a replay."""
        return self.connection.early_data

    @property
    def rejected_early_data(self) -> bytes:
        """A client's: early data that the server did not take, to be sent again."""
        return self.connection.rejected_early_data

    def do_handshake(self) -> None:
        """Shake hands; returns when it is done. On an error the alert is sent and the error raised."""
        connection = self.connection
        try:
            while True:
                self._flush()
                if connection.question is not None:
                    _ask(connection, connection.question)
                elif connection.session is not None:
                    self._keep_tickets()
                    return
                else:
                    self._fill()
        except TlsError:
            with self._writing:
                self._send_quietly()
            raise

    def recv(self, size: int = 65536) -> bytes:
        """Up to `size` bytes; b"" once the peer has said close_notify. Raises Truncated when it ended without."""
        with self._reading:
            return self.connection.read(size) if size and self._wait_for_data() else b""

    def recv_into(self, buffer: bytearray | memoryview, size: int = 0) -> int:
        """The same into the caller's buffer; how many bytes, 0 at the end."""
        target = _bytes_of(buffer)
        with self._reading:
            return (
                self.connection.read_into(target[:size] if size else target) if target and self._wait_for_data() else 0
            )

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Send all of `data`; its length."""
        self.sendall(data)
        return memoryview(data).nbytes

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of `data`. After a timeout the rest goes out first with the next call."""
        view = _bytes_of(data)
        for offset in range(0, len(view), _ROUND):
            with self._writing:
                self.connection.send(view[offset : offset + _ROUND])
                self._send_pending()
        if self.connection.owes:
            self._settle()

    def request_certificate(self, *, required: bool = True) -> None:
        """A server's: ask for a certificate now; the answer comes as the client's data does, and changes `session`."""
        with self._writing:
            self.connection.request_certificate(required=required)
            self._send_pending()
        self._settle()

    def update_keys(self, *, request_peer: bool = True) -> None:
        """New keys from here on; see Connection.update_keys."""
        with self._writing:
            self.connection.update_keys(request_peer=request_peer)
            self._send_pending()
        self._settle()

    def shutdown_write(self) -> None:
        """Say close_notify; the peer may go on sending, and `recv` goes on receiving."""
        with self._writing:
            self.connection.close()
            self._send_pending()
        self._settle()

    def close(self) -> None:
        """Say close_notify where that is still possible, and close the socket; other threads are woken."""
        self._closing = True
        if self._makefile_refs:
            return
        self._closed = True
        if self._writing.acquire(timeout=_GRACE):  # a writer whose peer does not read is not waited for
            try:
                self.connection.close()
                self._send_quietly()
            finally:
                self._writing.release()
        self._drain()
        self._sock.close()

    def detach(self) -> socket.socket:
        """Hand the socket back, the TLS ended by `shutdown_write` and the peer's close_notify."""
        return self._sock

    def makefile(self, mode: str = "r", buffering: int | None = None, **text: Any) -> Any:
        """A file over the connection, with the modes and arguments of socket.makefile."""
        # socket.makefile needs only recv_into, send, and the bookkeeping of open files.
        factory = cast(Callable[..., Any], socket.socket.makefile)
        return factory(self, mode, buffering, **text)

    def settimeout(self, timeout: float | None) -> None:
        """Seconds for each operation, None for ever."""
        self._sock.settimeout(timeout)

    def gettimeout(self) -> float | None:
        """What settimeout set."""
        return self._sock.gettimeout()

    def fileno(self) -> int:
        """The socket's; data may wait in the connection though the socket has none (`pending`)."""
        return self._sock.fileno()

    def pending(self) -> int:
        """Bytes of data that `recv` gives without waiting."""
        return self.connection.readable

    def getpeername(self) -> Any:
        """The peer's address."""
        return self._sock.getpeername()

    def getsockname(self) -> Any:
        """This end's address."""
        return self._sock.getsockname()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait_for_data(self) -> bool:
        """True when there is data, False at a clean end."""
        connection = self.connection
        while not connection.readable:
            if connection.error is not None:
                raise connection.error
            if connection.peer_closed:
                return False
            self._fill()
        return True

    def _fill(self) -> None:
        """Take what the transport has, at least one byte, and work through it."""
        connection = self.connection
        size = self._receive(connection.space())
        try:
            if size:
                connection.filled(size)
                connection.process()
                while self._started and connection.question is not None:
                    _ask(connection, connection.question)
                self._keep_tickets()
            else:
                connection.receive_eof()
        except TlsError:
            if not connection.readable:  # data that came before the error is delivered first
                self._settle()
                raise
        if connection.owes:
            self._settle()

    def _keep_tickets(self) -> None:
        self._tickets.extend(
            notice.ticket for notice in self.connection.take_notices() if isinstance(notice, TicketReceived)
        )

    @property
    def _started(self) -> bool:
        """Past the handshake, which puts its questions itself."""
        return self.connection.session is not None

    def _receive(self, space: memoryview) -> int:
        size = 0
        try:
            size = self._sock.recv_into(space)
        except OSError:
            if not self._closed:
                raise
        if self._closed:
            raise ConnectionAbortedError("the connection was closed on this side")
        return size

    def _settle(self) -> None:
        """Send what the reading half owes, unless a writer is at it: then that one will.

        A reader never waits to send: two ends that wait for each other to read would wait for ever. What does not fit
        goes out with the next data, which is early enough for a KeyUpdate (RFC 9846 section 4.7.3).
        """
        while self.connection.owes and self._writing.acquire(blocking=False):
            try:
                if not self._writable():
                    return
                self._send_what_fits()
            finally:
                self._writing.release()

    def _writable(self) -> bool:
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self._sock, selectors.EVENT_WRITE)
            except ValueError:  # closed meanwhile
                return False
            return bool(selector.select(0))

    def _send_what_fits(self) -> None:
        connection = self.connection
        with connection.pending() as view:
            done = 0
            try:
                while done < len(view) and self._writable():
                    done += self._sock.send(view[done : done + _LITTLE])
            finally:
                connection.sent(done)

    def _flush(self) -> None:
        with self._writing:
            self._send_pending()

    def _send_quietly(self) -> None:
        """Send what is left where the peer still listens."""
        with contextlib.suppress(OSError):
            self._send_pending()

    def _drain(self) -> None:
        """Read what has come unread: closing on it would reset the connection, and the peer could lose our end."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
            self._sock.setblocking(False)
            for _ in range(_MOST_DRAINED):
                if not self._sock.recv(65536):
                    break
        except OSError:
            pass
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RD)  # close alone does not wake a thread that reads

    def _send_pending(self) -> None:
        connection = self.connection
        with connection.pending() as view:
            total = len(view)
            done = 0
            try:
                while done < total:
                    done += self._sock.send(view[done:])
            finally:
                connection.sent(done)

    # What socket.makefile and SocketIO count.

    def _decref_socketios(self) -> None:
        self._makefile_refs -= 1
        if self._closing:
            self.close()

    @property
    def _io_refs(self) -> int:
        return self._makefile_refs

    @_io_refs.setter
    def _io_refs(self, value: int) -> None:
        self._makefile_refs = value


def _bytes_of(data: bytes | bytearray | memoryview) -> memoryview:
    view = memoryview(data)
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")


def _ask(connection: Connection, question: Question) -> None:
    """Put the handshake's question to the application and hand on its answer."""
    try:
        result = question.ask()
        if inspect.isawaitable(result):
            result = _wait_for(result)
    except Exception as error:
        connection.refuse(error)
    else:
        connection.answer(result)


def _wait_for(awaitable: Any) -> Any:
    """Run an async callable's result to its end; on a loop's own thread that would deadlock, and asyncio says so."""

    import asyncio  # a tenth of a second that most programs never need

    async def waiting() -> Any:
        return await awaitable

    return asyncio.run(waiting())
