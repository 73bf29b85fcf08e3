"""Connection: bytes in, bytes out, events out. No socket, no clock, no thread of its own.

    connection = Connection.client(ClientConfig(trust=store), "name.test")
    transport.write(connection.data_to_send())
    for event in connection.receive(transport.read()): ...

After an error every later call raises it again. The reading half (receive, process, read) and the writing half (send,
pending, sent) may run in two threads once the handshake is over.
"""

from __future__ import annotations

from dojang.engine.bindings import channel_binding
from dojang.engine.client.hello import ClientHandshake
from dojang.engine.config import ClientConfig, ServerConfig, server_name_of
from dojang.engine.driver import Driver, callback_failed
from dojang.engine.events import Event
from dojang.engine.flight import Link, Observer
from dojang.engine.info import Info, info_of
from dojang.engine.records import ChangeCipherSpec, ReadPath, WritePath
from dojang.engine.server.hello import ServerHandshake
from dojang.engine.server.request13 import LateRequest
from dojang.engine.ticket import Ticket
from dojang.errors import ApiMisuse, TlsError, Truncated
from dojang.wire.codes import Alert, AlertLevel

__all__ = ["Connection"]


class Connection(Driver):
    """One end of a TLS connection. Make it with `client` or `server`.

    session: the facts, None until the handshake is over.
    question: what the handshake waits for from outside, None where it waits for the peer; see `answer`.
    error: what ended the connection, or None.
    """

    @classmethod
    def client(
        cls,
        config: ClientConfig,
        name: str | None = None,
        *,
        ticket: Ticket | None = None,
        early_data: bytes = b"",
        observer: Observer | None = None,
    ) -> Connection:
        """A client for the host `name` (a DNS name or an address), which its certificate must show.

        name: None verifies the chain and no name: only for peers that are known by other means.
        ticket: resume this session if the server and today's configuration still agree; where it is None, the
            configuration's cache is asked.
        early_data: send this with the first flight if the ticket allows. Whoever recorded it can send it again to the
            server, so it must do no harm twice. What is not taken comes back (`rejected_early_data`).
        """
        link = Link("client", ReadPath(), WritePath(config.padding), config, observer)
        link.read.change_cipher_spec = ChangeCipherSpec.DROPPED
        if ticket is None and config.tickets is not None and name is not None:
            ticket = config.tickets.take(name)
        handshake = ClientHandshake(link, config, server_name_of(name), ticket, early_data)
        connection = cls(link, config, handshake.run(), name)
        connection._early_sent = early_data
        return connection

    @classmethod
    def server(cls, config: ServerConfig, *, observer: Observer | None = None) -> Connection:
        """A server."""
        link = Link("server", ReadPath(), WritePath(config.padding), config, observer)
        return cls(link, config, ServerHandshake(link, config).run())

    def receive(self, data: bytes | bytearray | memoryview) -> list[Event]:
        """Take bytes from the transport, of any number; what they amount to.

        Raises the TlsError that they cause. Events that came before it are returned first; the next call raises.
        """
        self._raise_error()
        self._read.feed(data)
        try:
            self.process()
        except TlsError:
            if not self._events and not self._read.readable:
                raise
        return self._take_events()

    def receive_eof(self) -> None:
        """The transport has ended. Raises Truncated unless the peer said close_notify before."""
        if self._peer_closed:
            return
        self._raise_error()
        if self.session is None:
            self._fail(
                Truncated(
                    None,
                    "the {peer} ended the connection in the middle of the handshake",
                    "RFC 9846 section 6.1",
                    peer=self._link.peer,
                )
            )
        else:
            self._fail(
                Truncated(
                    None,
                    "the {peer} ended the connection without close_notify: data may be missing",
                    "RFC 9846 section 6.1",
                    peer=self._link.peer,
                )
            )
        self._raise_error()

    def data_to_send(self) -> bytes:
        """All bytes for the transport, handed over. Never raises: an alert goes out after an error too."""
        with self.pending() as view:
            data = bytes(view)
        self.sent(len(data))
        return data

    def send(self, data: bytes | bytearray | memoryview) -> None:
        """Protect application data. Raises ApiMisuse before the handshake is over and after `close`."""
        self._raise_error()
        if self._post is None:
            raise ApiMisuse("data can be sent once the handshake is over")
        if self._closed:
            raise ApiMisuse("this side has said close_notify, it can't send any more")
        view = data if type(data) is memoryview and data.format == "B" else memoryview(data).cast("B")
        if self._link.observer is not None:
            self._link.observer.application_data(self._link.role, len(view))
        if self._post.owes:  # a KeyUpdate comes before the next data (RFC 9846 section 4.7.3)
            self._post.send_due()
        while len(view) > (room := self._post.records_left() * self._write.fragment):
            if room:
                self._write.send_data(view[:room])
                view = view[room:]
            self._post.update_write_keys(request_peer=False)
        self._write.send_data(view)

    def close(self) -> None:
        """Say close_notify, once; the peer may go on sending. During the handshake it is called off (section 6.1)."""
        if self._closed or self.error is not None:
            return
        self._closed = True
        if self.session is None:
            self._handshake = self.question = None
            self._send_alert(AlertLevel.WARNING, Alert.USER_CANCELED)
        self._send_alert(AlertLevel.WARNING, Alert.CLOSE_NOTIFY)

    def update_keys(self, *, request_peer: bool = True) -> None:
        """Seal with new keys from now on, and ask the peer to do so too (RFC 9846 section 4.7.3)."""
        self._raise_error()
        if self._post is None or self._closed:
            raise ApiMisuse("keys can be updated between the handshake and close")
        self._post.update_write_keys(request_peer=request_peer)

    def request_certificate(self, *, required: bool = True) -> None:
        """A server's: ask the client for a certificate now (RFC 9846 section 4.7.2); `CertificateAnswered` tells.

        required: end the connection with certificate_required where the client shows none. The client must have said
        that it lets itself be asked (ApiMisuse else), and answers when it likes.
        """
        self._raise_error()
        later = self._established.later if self._established is not None else None
        if not isinstance(later, LateRequest):
            raise ApiMisuse("a certificate can be asked for later only by a TLS 1.3 server, of a client that offers it")
        if self._closed:
            raise ApiMisuse("this side has said close_notify, it can't send any more")
        later.request(required=required)

    def export_keying_material(self, label: str, context: bytes | None = None, length: int = 32) -> bytes:
        """`length` bytes that only these two ends share, bound to label and context (RFC 9846 section 7.5)."""
        if self._established is None:
            raise ApiMisuse("keying material can be exported once the handshake is over")
        if self._established.update is None and not self._established.session.extended_master_secret:
            raise ApiMisuse("without the extended master secret, exported keys are not bound to this connection")
        return self._established.exporter(label, context, length)

    def export_early_keying_material(self, label: str, context: bytes | None = None, length: int = 32) -> bytes:
        """The same from the first ClientHello on, where early data goes with it; no better protected from replay."""
        if self._link.early_exporter is None:
            raise ApiMisuse("there is an early exporter only where early data is sent or taken")
        return self._link.early_exporter(label, context, length)

    def channel_binding(self, kind: str = "tls-exporter") -> bytes:
        """What names this connection for an authentication inside it: "tls-exporter", "tls-unique" (TLS 1.2 alone) or
        "tls-server-end-point" (RFC 5929, RFC 9266)."""
        if self._established is None:
            raise ApiMisuse("a connection can be bound to once its handshake is over")
        return channel_binding(kind, self._established, self._link.role)

    @property
    def info(self) -> Info:
        """All that can be said of the connection so far; raises ApiMisuse before the handshake is over."""
        if self.session is None:
            raise ApiMisuse("there is no session before the handshake is over")
        return info_of(self._link, self.session)

    def take_notices(self) -> list[Event]:
        """For adapters that read data themselves: the events since the last call, without data and its end."""
        notices, self._events = self._events, []
        return notices

    def answer(self, value: object) -> None:
        """The answer to `question`; the handshake goes on, with what it may have received meanwhile."""
        if self.question is None:
            raise ApiMisuse("nothing was asked")
        self.question = None
        self._guarded(lambda: self._advance(value))
        self.process()

    def refuse(self, cause: BaseException) -> None:
        """`question` has no answer: the handshake ends with internal_error or the cause's own alert; this raises."""
        question = self.question
        if question is None:
            raise ApiMisuse("nothing was asked")
        self.question = None
        if not (isinstance(cause, TlsError) and cause.alert is not None):
            cause = callback_failed(question.subject, cause)
        self._fail(cause)
        self._raise_error()

    @property
    def early_data(self) -> bytes:
        """A server's: what came before the handshake was over, all of it; it may be a replay."""
        return bytes(self._early_received)

    @property
    def closed(self) -> bool:
        """Whether this side has said close_notify."""
        return self._closed

    # The reading half, for adapters that own their buffers.

    def space(self) -> memoryview:
        """Where the next bytes from the transport may be put; then say `filled`."""
        return self._read.space()

    def filled(self, size: int) -> None:
        """`size` bytes were put into `space()`; then `process`."""
        self._read.filled(size)

    def process(self) -> None:
        """Work through what was received. Raises the TlsError that it causes, now and ever after."""
        post = self._post
        plain = self._link.observer is None and self._handshake is None
        if post is not None and plain and not self._peer_closed and self.error is None:
            self._guarded(self._process_data)
        else:
            self._guarded(self._process)

    @property
    def readable(self) -> int:
        """Bytes of application data at hand."""
        return self._read.readable

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of application data at hand."""
        return self._read.read(size)

    def read_into(self, target: memoryview) -> int:
        """Application data at hand into `target`; how many bytes."""
        return self._read.read_into(target)

    # The writing half.

    @property
    def owes(self) -> bool:
        """Whether the reading half left something to be sent."""
        if self._owed_alert is not None:
            return True
        post = self._post
        # What is owed to a connection that has ended is never sent.
        return post is not None and post.owes and not self._closed and self.error is None

    def pending(self) -> memoryview:
        """The bytes for the transport, not copied; release the view, then say `sent`."""
        if self._post is not None and self._post.owes and not self._closed and self.error is None:
            self._post.send_due()
        if self._owed_alert is not None:
            alert, self._owed_alert = self._owed_alert, None
            if not self._closed:  # nothing follows a close_notify
                self._send_alert(AlertLevel.FATAL, alert)
        self._write.flush_messages()
        return self._write.pending

    def sent(self, size: int) -> None:
        """The transport took `size` bytes of `pending`."""
        self._write.sent(size)
