"""Connection: bytes in, bytes out, events out. No socket, no clock, no thread of its own.

    connection = Connection.client(ClientConfig(trust=store), "name.test")
    transport.write(connection.data_to_send())
    for event in connection.receive(transport.read()): ...

This is the one place that catches TlsError: it queues the alert, remembers the error and raises it again on every later
call. The reading half (receive, process, read) and the writing half (send, pending, sent) may run in two threads once
the handshake is over.
"""

from __future__ import annotations

from collections.abc import Callable

from dojang.engine.bindings import channel_binding
from dojang.engine.client.hello import ClientHandshake
from dojang.engine.client.resume import shown_name
from dojang.engine.config import ClientConfig, Config, ServerConfig, server_name_of
from dojang.engine.events import (
    CertificateAnswered,
    DataReceived,
    EarlyDataReceived,
    EarlyDataRejected,
    Event,
    HandshakeCompleted,
    PeerClosed,
    TicketReceived,
)
from dojang.engine.flight import Epoch, Established, Expect, Link, Observer, Question, Step
from dojang.engine.info import Info, info_of
from dojang.engine.post import PostHandshake, PostHandshake12
from dojang.engine.records import ChangeCipherSpec, ReadPath, WritePath
from dojang.engine.server.hello import ServerHandshake
from dojang.engine.server.request13 import LateRequest
from dojang.engine.session import Session
from dojang.engine.ticket import Ticket
from dojang.errors import (
    AlertReceived,
    ApiMisuse,
    CallbackFailed,
    PeerMisbehaved,
    TlsError,
    Truncated,
)
from dojang.wire.codes import Alert, AlertLevel, ContentType, HandshakeType
from dojang.wire.framing import parse_alert

__all__ = ["Connection"]

_MAX_CANCELLATIONS = 4
_HELLO_REQUEST = bytes(4)
# Warnings and wishes of TLS 1.2 that change nothing.
_MOST_IGNORED = 4


class Connection:
    """One end of a TLS connection. Make it with `client` or `server`.

    session: the facts, None until the handshake is over.
    question: what the handshake waits for from outside, None where it waits for the peer; see `answer`.
    error: what ended the connection, or None.
    """

    def __init__(self, link: Link, config: Config, handshake: Step[Established], name: str | None = None) -> None:
        self._link = link
        self._config = config
        self._read = link.read
        self._write = link.write
        self._handshake: Step[Established] | Step[Session] | None = handshake
        self._expected = Expect(())
        self._post: PostHandshake | PostHandshake12 | None = None
        self._established: Established | None = None
        self._owed_alert: Alert | None = None
        self._closed = self._peer_closed = self._told_closed = False
        self._cancellations = self._ignored = 0
        self._events: list[Event] = []
        self._name = name
        self._early_sent = b""
        self._early_received = bytearray()
        self.session: Session | None = None
        self.question: Question | None = None
        self.error: TlsError | None = None
        self._advance(None)

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
            cause = _callback_failed(question.subject, cause)
        self._fail(cause)
        self._raise_error()

    @property
    def early_data(self) -> bytes:
        """A server's: what came before the handshake was over, all of it; it may be a replay."""
        return bytes(self._early_received)

    @property
    def rejected_early_data(self) -> bytes:
        """A client's: early data that was asked to be sent and that the server did not take; to be sent again."""
        if self.session is None or self.session.early_data:
            return b""
        return self._early_sent

    @property
    def peer_closed(self) -> bool:
        """Whether the peer has said close_notify."""
        return self._peer_closed

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

    # Inside.

    def _process_data(self) -> None:
        """The short way of what comes most, a connection's data."""
        assert self._post is not None
        if self._read.take_data():
            self._post.data_received()
        else:
            self._process()

    def _process(self) -> None:
        if self._peer_closed or (self._closed and self.session is None):
            self._read.discard()  # nobody listens: after a close_notify (section 6.1), or a handshake called off
            return
        while self.question is None and not self._peer_closed:
            message = self._read.next_message()
            if message is not None:
                self._dispatch(*message)
                continue
            before = self._read.readable
            content = self._read.next_content()
            if self._read.readable > before:
                self._note_data(self._read.readable - before)
            if content is None:
                break
            self._take_content(*content)
        if self.peer_closed:
            self._read.discard()

    def _note_data(self, size: int) -> None:
        if self._handshake is not None:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "the {peer} sent data between the messages of its authentication",
                "RFC 9846 section 4.7.2",
                peer=self._link.peer,
            )
        if self._post is not None:
            self._post.data_received()
        if self._link.observer is not None:
            self._link.observer.application_data(self._link.peer, size)

    def _take_content(self, kind: ContentType, content: bytes) -> None:
        if kind is ContentType.HANDSHAKE:
            self._read.assembler.feed(content)
        elif kind is ContentType.CHANGE_CIPHER_SPEC:
            self._receive_change_cipher_spec()
        elif kind is ContentType.ALERT:
            self._receive_alert(*parse_alert(content))
        elif self._link.read_epoch == Epoch.EARLY:
            self._receive_early_data(content)
        else:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "the {peer} sent application data within the handshake",
                "RFC 9846 section 5.2",
                peer=self._link.peer,
            )

    def _dispatch(self, handshake_type: HandshakeType, raw: bytes) -> None:
        if self._post is not None and self._handshake is None:
            self._handshake = self._post.receive(handshake_type, raw)
            if self._handshake is None:
                self._keep_tickets()
                return
            self._advance(None)
        expected = self._expected.types
        if handshake_type not in expected and self._is_idle_wish(raw):
            self._ignored += 1
            return
        if handshake_type not in expected:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "the {peer} sent {message} where {expected} was due",
                "RFC 9846 section 4",
                peer=self._link.peer,
                message=handshake_type.label,
                expected=" or ".join([due.label for due in expected]) or ContentType.CHANGE_CIPHER_SPEC.label,
            )
        if self._read.change_cipher_spec is ChangeCipherSpec.REFUSED and self._post is None:
            self._read.change_cipher_spec = ChangeCipherSpec.DROPPED  # from the first ClientHello on (section 5)
        self._advance((handshake_type, raw))

    def _is_idle_wish(self, raw: bytes) -> bool:
        """RFC 5246 section 7.4.1.1: a HelloRequest to a client that shakes hands already is ignored."""
        in_tls12 = self._read.change_cipher_spec is ChangeCipherSpec.DELIVERED and self._link.role == "client"
        return in_tls12 and raw == _HELLO_REQUEST and self._ignored < _MOST_IGNORED

    def _advance(self, value: object) -> None:
        """Run the handshake to where it next waits."""
        assert self._handshake is not None
        try:
            step = self._handshake.send(value)
        except StopIteration as stop:
            if isinstance(stop.value, Session):
                self._authenticated(stop.value)
            else:
                self._complete(stop.value)
            return
        if isinstance(step, Expect):
            self._expected = step
        else:
            self.question = step

    def _complete(self, established: Established) -> None:
        self._handshake = None
        self._established = established
        if established.update is None:
            self._post = PostHandshake12(self._link, established)
        else:
            self._post = PostHandshake(self._link, self._config, established, shown_name(server_name_of(self._name)))
            self._read.change_cipher_spec = ChangeCipherSpec.REFUSED
        self._read.delivers_data = True
        self._link.established = self._link.stopwatch()
        self.session = established.session
        self._events.append(HandshakeCompleted(established.session))
        if self.rejected_early_data:
            self._events.append(EarlyDataRejected(self.rejected_early_data))
        self._keep_tickets()

    def _authenticated(self, session: Session) -> None:
        """The end of post-handshake authentication."""
        self._handshake = None
        self.session = session
        if self._link.role == "server":
            self._events.append(CertificateAnswered(session))

    def _keep_tickets(self) -> None:
        """New tickets become events, and go where the configuration keeps them."""
        if self._post is None or not self._post.tickets:
            return
        cache = self._config.tickets if isinstance(self._config, ClientConfig) else None
        for ticket in self._post.tickets:
            self._events.append(TicketReceived(ticket))
            if cache is not None and self._name is not None:
                cache.put(self._name, ticket)
        self._post.tickets.clear()

    def _receive_change_cipher_spec(self) -> None:
        """TLS 1.2's, in its one place."""
        if not self._expected.change_cipher_spec or self._handshake is None:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE, "a change_cipher_spec where none may stand", "RFC 5246 section 7.1"
            )
        if self._link.observer is not None:
            self._link.observer.change_cipher_spec(self._link.peer)
        self._advance(None)

    def _receive_early_data(self, content: bytes) -> None:
        self._link.early_room -= len(content)
        if self._link.early_room < 0:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE, "more early data than the ticket allowed", "RFC 9846 section 4.3.10"
            )
        if self._link.observer is not None:
            self._link.observer.application_data(self._link.peer, len(content))
        self._early_received += content
        self._events.append(EarlyDataReceived(content))

    def _receive_alert(self, level: AlertLevel, description: Alert) -> None:
        if self._link.observer is not None:
            self._link.observer.alert(self._link.peer, level, description, self._link.read_epoch)
        # One that cuts a message short ends the connection: nothing may stand between fragments (section 5.1).
        idle = not self._read.assembler
        if description is Alert.USER_CANCELED and idle and self._cancellations < _MAX_CANCELLATIONS:
            self._cancellations += 1  # close_notify follows (section 6.1)
        elif description is Alert.CLOSE_NOTIFY and self.session is not None:
            self._peer_closed = True
        elif description is Alert.NO_RENEGOTIATION and isinstance(self._post, PostHandshake12):
            return  # TLS 1.2's answer to a wish that is never made here
        elif self._may_be_ignored(level, description) and idle:
            self._ignored += 1
        else:
            raise AlertReceived(description, self._link.peer)

    def _may_be_ignored(self, level: AlertLevel, description: Alert) -> bool:
        """RFC 6066 section 3: old servers warn that they don't know the name, and go on with what they have."""
        plain = self._link.role == "client" and self._link.read_epoch == Epoch.PLAINTEXT and self.session is None
        warned = level is AlertLevel.WARNING and description is Alert.UNRECOGNIZED_NAME
        return plain and warned and bool(self._config.suites12) and self._ignored < _MOST_IGNORED

    def _take_events(self) -> list[Event]:
        events = self._events
        if self._read.readable:
            events.append(DataReceived(self._read.read(self._read.readable)))
        if self._peer_closed and not self._told_closed:
            self._told_closed = True
            events.append(PeerClosed())
        self._events = []
        return events

    def _send_alert(self, level: AlertLevel, description: Alert) -> None:
        if self._link.observer is not None:
            self._link.observer.alert(self._link.role, level, description, self._link.write_epoch)
        self._write.send_alert(level, description)

    def _guarded(self, action: Callable[[], None]) -> None:
        self._raise_error()
        try:
            action()
        except TlsError as error:
            self._fail(error)
            raise
        except Exception as cause:  # a key log, an observer, a shape that raises: the connection must not go on
            failure = _callback_failed("callable", cause)
            self._fail(failure)
            raise failure from cause

    def _fail(self, error: TlsError) -> None:
        self.error = error
        self._owed_alert = error.alert
        self._handshake = self.question = None
        if self._established is not None and not isinstance(error, Truncated):
            self._established.forget()

    def _raise_error(self) -> None:
        if self.error is not None:
            raise self.error


def _callback_failed(subject: str, cause: BaseException) -> CallbackFailed:
    error = CallbackFailed(
        Alert.INTERNAL_ERROR,
        "the application's {subject} failed: {problem}",
        "",
        subject=subject,
        problem=f"{type(cause).__name__}: {cause}",
    )
    error.__cause__ = cause
    return error
