"""The vocabulary of flights: what a handshake may yield, and what both sides of it do alike.

A flight is a generator. It yields `Expect` to be given the next message, or `Question` to be given an answer from
outside; it never waits, reads or writes by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple, Protocol, TypeVar, cast, overload

from dojang.crypto import schedule13
from dojang.crypto.keylog import keylog_line
from dojang.crypto.protection import Opener, Sealer
from dojang.crypto.schedule13 import traffic_keys
from dojang.crypto.suites import Suite
from dojang.crypto.transcript import Transcript
from dojang.engine.config import Config
from dojang.engine.records import ReadPath, WritePath
from dojang.engine.session import Session
from dojang.engine.ticket import Ticket
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import HandshakeType

__all__ = ["Epoch", "Established", "Expect", "Handshake", "Later", "Observer", "Question", "Step", "Update"]

T = TypeVar("T")
M = TypeVar("M", bound=HandshakeMessage)
N = TypeVar("N", bound=HandshakeMessage)


class Expect(NamedTuple):
    """The flight waits for one of these messages and is sent (type, raw bytes), or for TLS 1.2's change_cipher_spec."""

    types: tuple[HandshakeType, ...]
    change_cipher_spec: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """The flight waits for an answer from outside: a signature, a certificate.

    subject: what is asked, for error messages. ask: calls the application; its result may be awaitable. waits: it may
    wait for a network and is no coroutine, so an event loop lets a thread ask it.
    """

    subject: str
    ask: Callable[[], Any | Awaitable[Any]]
    waits: bool = False


Step = Generator[Expect | Question, Any, T]


class Observer(Protocol):
    """Sees a connection as it happens. `sender` is "client" or "server"; `epoch` is the keys in use: "plaintext",
    "early", "handshake" or "application"."""

    def message(self, sender: str, message: HandshakeMessage, raw: bytes, epoch: str) -> None: ...

    def change_cipher_spec(self, sender: str) -> None: ...

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None: ...

    def secret(self, label: str, secret: bytes) -> None: ...

    def application_data(self, sender: str, size: int) -> None: ...


def _keep() -> None:
    """There is nothing to forget."""


class Established(NamedTuple):
    """What a handshake leaves behind.

    forget: makes a session that ends with a fatal alert one that can't be resumed, where that can be done.
    first_finished: TLS 1.2's, which names the connection.
    later: what is to be done when the server asks for a certificate after the handshake, where it may.
    exporter: keying material for label, context and length. update: the secrets that TLS 1.3 goes on with.
    tickets: what a TLS 1.2 client got to resume with.
    """

    session: Session
    exporter: Callable[[str, bytes | None, int], bytes]
    update: Update | None = None
    tickets: tuple[Ticket, ...] = ()
    later: Later | None = None
    first_finished: bytes = b""
    forget: Callable[[], None] = _keep


class Later(Protocol):
    """One side of post-handshake authentication (RFC 9846 section 4.7.2)."""

    def begins_with(self, handshake_type: HandshakeType) -> bool:
        """Whether a message of that type is due now."""
        ...

    def run(self, read_secret: bytes) -> Step[Session]:
        """From that message on; the connection's facts after it. read_secret: of the peer's present keys."""
        ...

    @property
    def owes(self) -> bool:
        """Whether there is something to be sent."""
        ...

    def send_due(self, write_secret: bytes) -> None:
        """Send it; write_secret: of this side's present keys."""
        ...


class Update(NamedTuple):
    """What keys of TLS 1.3 are updated from, and tickets made from."""

    suite: Suite
    read_secret: bytes
    write_secret: bytes
    resumption_secret: bytes


class Epoch:
    """Names of the keys a record is under."""

    PLAINTEXT = "plaintext"
    EARLY = "early"
    HANDSHAKE = "handshake"
    APPLICATION = "application"


class Link:
    """The connection as a handshake sees it: two paths, who is who, who watches."""

    __slots__ = (
        "early_exporter",
        "early_room",
        "established",
        "flights",
        "keylog",
        "observer",
        "peer",
        "read",
        "read_epoch",
        "role",
        "started",
        "stopwatch",
        "write",
        "write_epoch",
    )

    def __init__(
        self,
        role: str,
        read: ReadPath,
        write: WritePath,
        config: Config,
        observer: Observer | None,
    ) -> None:
        self.role = role
        self.peer = "server" if role == "client" else "client"
        self.read = read
        self.write = write
        self.read_epoch = self.write_epoch = Epoch.PLAINTEXT
        self.early_room = 0  # bytes of early data that may still come
        self.early_exporter: Callable[[str, bytes | None, int], bytes] | None = None
        self.keylog = config.keylog
        self.observer = observer
        self.stopwatch = config.stopwatch
        self.started = self.established = self.stopwatch()
        self.flights: list[tuple[str, list[HandshakeType], float, float]] = []  # sender, messages, began, ended

    def note(self, sender: str, kind: HandshakeType) -> None:
        """A handshake message went by."""
        now, flights = self.stopwatch(), self.flights
        if flights and flights[-1][0] == sender:
            _, kinds, began, _ = flights[-1]
            kinds.append(kind)
            flights[-1] = (sender, kinds, began, now)
        else:
            flights.append((sender, [kind], now, now))


def export_from(secret: bytes, hash_name: str, label: str, context: bytes | None, length: int) -> bytes:
    """Keying material from an exporter's secret (RFC 9846 section 7.5)."""
    return schedule13.export(secret, label, context or b"", length, hash_name)


class Handshake:
    """What both roles do alike while the handshake lasts; it dies when the handshake ends."""

    def __init__(self, link: Link, config: Config) -> None:
        self.link = link
        self.config: Config = config
        self.transcript = Transcript()
        self.client_random = b""

    @overload
    def receive(self, kind: type[M], /) -> Step[M]: ...

    @overload
    def receive(self, first: type[M], second: type[N], /) -> Step[M | N]: ...

    def receive(self, *kinds: type[Any]) -> Step[Any]:
        """The next message, which must be one of `kinds`; it joins the transcript."""
        return (yield from self.receive_any(kinds))

    def receive_any(self, kinds: Sequence[type[Any]]) -> Step[Any]:
        """`receive` for a number of kinds that is known late."""
        expected, by_type = _expectation(tuple(kinds))
        handshake_type, raw = yield expected
        message: HandshakeMessage = by_type[handshake_type].parse(raw[4:])
        self.accept(message, raw)
        return message

    def receive_in_order(self, *steps: tuple[type[HandshakeMessage], bool]) -> Step[dict[type[Any], Any]]:
        """Messages in this order, each with whether it must come; those that came, by class."""
        found: dict[type[Any], Any] = {}
        position = 0
        while position < len(steps):
            must = next((i for i in range(position, len(steps)) if steps[i][1]), len(steps) - 1)
            message = yield from self.receive_any([kind for kind, _ in steps[position : must + 1]])
            found[type(message)] = message
            position = next(i for i, (kind, _) in enumerate(steps) if kind is type(message)) + 1
        return found

    def accept(self, message: HandshakeMessage, raw: bytes) -> None:
        """Take a received message into the transcript."""
        self.transcript.add(raw)
        self.link.note(self.link.peer, message.handshake_type)
        if self.link.observer is not None:
            self.link.observer.message(self.link.peer, message, raw, self.link.read_epoch)

    def send(self, message: HandshakeMessage, raw: bytes | None = None) -> bytes:
        """Send a message and take it into the transcript; its bytes. `raw` where they are made already."""
        raw = message.frame() if raw is None else raw
        self.transcript.add(raw)
        self.link.write.send_message(raw)
        self.link.note(self.link.role, message.handshake_type)
        if self.link.observer is not None:
            self.link.observer.message(self.link.role, message, raw, self.link.write_epoch)
        return raw

    def shaped(self, message: M) -> M:
        """The message as the configuration's `danger_shape` wants it."""
        shape = self.config.danger_shape
        return message if shape is None else cast(M, shape(message))

    def send_change_cipher_spec(self) -> None:
        """The dummy of the compatibility mode."""
        self.link.write.send_change_cipher_spec()
        if self.link.observer is not None:
            self.link.observer.change_cipher_spec(self.link.role)

    def log_secret(self, label: str, secret: bytes) -> None:
        """Tell a secret to those who asked for it by name."""
        if self.link.keylog is not None:
            self.link.keylog(keylog_line(label, self.client_random, secret))
        if self.link.observer is not None:
            self.link.observer.secret(label, secret)

    def derive_early_secret(self, psk: bytes, digest: bytes, hash_name: str) -> bytes:
        """The secret of early data (RFC 9846 section 7.1); the exporter beside it is kept for the application."""
        early = schedule13.early_secret(psk, hash_name)
        traffic, exporter = schedule13.early_secrets(early, digest, hash_name)
        self.log_secret("CLIENT_EARLY_TRAFFIC_SECRET", traffic)
        self.log_secret("EARLY_EXPORTER_SECRET", exporter)
        self.link.early_exporter = partial(export_from, exporter, hash_name)
        return traffic

    def install_read(self, suite: Suite, secret: bytes, epoch: str) -> None:
        """Open the peer's next records with the keys of `secret`."""
        self.link.read.install(Opener(suite, traffic_keys(secret, suite.key_size, suite.hash_name)))
        self.link.read_epoch = epoch

    def install_write(self, suite: Suite, secret: bytes, epoch: str) -> None:
        """Seal the next records with the keys of `secret`."""
        self.link.write.install(Sealer(suite, traffic_keys(secret, suite.key_size, suite.hash_name)))
        self.link.write_epoch = epoch


@lru_cache(maxsize=256)
def _expectation(kinds: tuple[type[Any], ...]) -> tuple[Expect, dict[HandshakeType, type[Any]]]:
    return Expect(tuple([kind.handshake_type for kind in kinds])), {kind.handshake_type: kind for kind in kinds}
