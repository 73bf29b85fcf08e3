"""Driver: what Connection does inside. It runs the handshake's flights and what comes after them, sorts what is
received, and ends the connection at the first error.

This is the one place that catches TlsError: it queues the alert, remembers the error and raises it again on every later
call.
"""

from __future__ import annotations

from collections.abc import Callable

from dojang.engine.client.resume import shown_name
from dojang.engine.config import ClientConfig, Config, server_name_of
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
from dojang.engine.flight import Epoch, Established, Expect, Link, Question, Step
from dojang.engine.post import PostHandshake, PostHandshake12
from dojang.engine.records import ChangeCipherSpec
from dojang.engine.session import Session
from dojang.errors import (
    AlertReceived,
    CallbackFailed,
    PeerMisbehaved,
    TlsError,
    Truncated,
)
from dojang.wire.codes import Alert, AlertLevel, ContentType, HandshakeType
from dojang.wire.framing import parse_alert

__all__ = ["Driver", "callback_failed"]

_MAX_CANCELLATIONS = 4
_HELLO_REQUEST = bytes(4)
# Warnings and wishes of TLS 1.2 that change nothing.
_MOST_IGNORED = 4


class Driver:
    """The state of one end; `Connection` is its face."""

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

    @property
    def peer_closed(self) -> bool:
        """Whether the peer has said close_notify."""
        return self._peer_closed

    @property
    def rejected_early_data(self) -> bytes:
        """A client's: early data that was asked to be sent and that the server did not take; to be sent again."""
        if self.session is None or self.session.early_data:
            return b""
        return self._early_sent

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
            failure = callback_failed("callable", cause)
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


def callback_failed(subject: str, cause: BaseException) -> CallbackFailed:
    """The error for a callable of the application that raised."""
    error = CallbackFailed(
        Alert.INTERNAL_ERROR,
        "the application's {subject} failed: {problem}",
        "",
        subject=subject,
        problem=f"{type(cause).__name__}: {cause}",
    )
    error.__cause__ = cause
    return error
