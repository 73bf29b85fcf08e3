"""What a conversation is told as: one step for each message, alert, run of data, and for what could not be read.

Values are parsed when asked for, spans only when asked for: a capture of thousands of handshakes must stay light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dojang.capture.messages import form_of, is_tls13, trace
from dojang.capture.suites import SuiteShape, suite_shape
from dojang.errors import DecodeError, TlsError
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, AlertLevel, ContentType, ExtensionType, HandshakeType, Version
from dojang.wire.extensions import Extension

if TYPE_CHECKING:
    from dojang.wire.reader import Span

__all__ = [
    "AlertStep",
    "Broken",
    "ChangeCipherSpec",
    "Data",
    "Foreign",
    "Handshake",
    "HeartbeatStep",
    "Lost",
    "Message",
    "Sealed",
    "Ssl2Hello",
    "Step",
]


class Step:
    """Something that crossed.

    sender: ``client`` or ``server``. time, packet: of the frame that completed it. at: the offset of its (first)
    record in the sender's stream of TLS. epoch: the keys it was read under: ``plaintext``, ``early``, ``handshake``,
    ``application``. size: bytes before protection (where it stayed closed: of the records' fragments).
    records: how many held it, or a part of it. sealed_size: bytes on the wire, record headers included.
    """

    __slots__ = ("at", "epoch", "packet", "records", "sealed_size", "sender", "size", "time")
    kind = "step"

    def __init__(self, sender: str, time: float, packet: int, at: int, epoch: str, size: int) -> None:
        self.sender = sender
        self.time = time
        self.packet = packet
        self.at = at
        self.epoch = epoch
        self.size = size
        self.records = 1
        self.sealed_size = 0


class Message(Step):
    """A handshake message. raw: with its four-byte header. handshake: the one it belongs to."""

    __slots__ = ("_error", "_form", "_value", "handshake", "raw", "type")
    kind = "message"

    def __init__(
        self, sender: str, time: float, packet: int, at: int, epoch: str, raw: bytes, handshake: Handshake
    ) -> None:
        super().__init__(sender, time, packet, at, epoch, len(raw))
        self.raw = raw
        self.type = HandshakeType.of(raw[0])
        self.handshake = handshake
        self._form: type[HandshakeMessage] | None = None
        self._value: Any = None
        self._error: DecodeError | None = None

    @property
    def form(self) -> type[HandshakeMessage]:
        """The declaration in `wire` that it is read by."""
        if self._form is None:
            self._form = form_of(self.type, self.raw, self.handshake.version, self.handshake.suite)
        return self._form

    @property
    def value(self) -> Any:
        """The message, or None where it is malformed (see `error`)."""
        if self._value is None and self._error is None:
            try:
                self._value = self.form.parse(self.raw[4:])
            except DecodeError as error:
                self._error = error
        return self._value

    @property
    def error(self) -> DecodeError | None:
        """Why it can't be read; its offset counts from behind the message's header."""
        return None if self.value is not None else self._error

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """Its extensions, none where it has none."""
        found: tuple[Extension, ...] = getattr(self.value, "extensions", ())
        return found

    def extension(self, *kinds: ExtensionType) -> Extension | None:
        """The first extension of one of these types."""
        return next((e for e in self.extensions if e.extension_type in kinds), None)

    def spans(self) -> tuple[list[Span], DecodeError | None]:
        """Every field with its place in ``raw[4:]``, and the error that ended the reading."""
        return trace(self.form, self.raw[4:], self.handshake.version)


class AlertStep(Step):
    """An alert."""

    __slots__ = ("description", "level")
    kind = "alert"

    def __init__(self, sender: str, time: float, packet: int, at: int, epoch: str, content: bytes) -> None:
        super().__init__(sender, time, packet, at, epoch, len(content))
        self.level = AlertLevel.of(content[0])
        self.description = Alert.of(content[1])


class ChangeCipherSpec(Step):
    """In TLS 1.2: from here on protected. In TLS 1.3: nothing."""

    __slots__ = ("content",)
    kind = "change_cipher_spec"
    content: bytes


class Data(Step):
    """A run of application data, opened. content: its beginning, as much as is kept."""

    __slots__ = ("content", "ended")
    kind = "data"
    content: bytearray
    ended: float


class Sealed(Step):
    """A run of protected records that stayed closed. content_type: what their headers say."""

    __slots__ = ("content_type", "ended", "error", "sizes")
    kind = "sealed"
    content_type: ContentType
    error: TlsError | None
    ended: float
    sizes: list[int]


class HeartbeatStep(Step):
    """A heartbeat in the clear or opened. claimed: the payload length it says; content: what is really there."""

    __slots__ = ("claimed", "content", "response")
    kind = "heartbeat"
    content: bytes
    claimed: int
    response: bool


class Ssl2Hello(Step):
    """A hello in the form of SSL 2.0. value: the struct; ciphers: as numbers of three octets."""

    __slots__ = ("ciphers", "raw", "value")
    kind = "ssl2"
    raw: bytes
    value: Any
    ciphers: tuple[int, ...]


class Broken(Step):
    """A record or message that can't be what it says. error: why."""

    __slots__ = ("content", "error")
    kind = "broken"
    error: TlsError
    content: bytes


class Foreign(Step):
    """Bytes that are no TLS."""

    __slots__ = ("content",)
    kind = "foreign"
    content: bytes


class Lost(Step):
    """Bytes that the capture does not have."""

    __slots__ = ()
    kind = "lost"


class Handshake:
    """The facts of one handshake; a renegotiation begins another.

    version: the one chosen, until then the one the ClientHello's legacy_version names. suite: 0 until it is chosen.
    messages: those of this handshake in order, what came after its Finished included.
    """

    def __init__(self) -> None:
        self.version = 0x0303
        self.suite = 0
        self.client_random = b""
        self.server_random = b""
        self.client_hello: Message | None = None
        self.server_hello: Message | None = None
        self.retry: Message | None = None
        self.messages: list[Message] = []
        self.master: bytes | None = None
        self.master_origin = ""  # how `master` was come by: keylog, rsa, psk, resumed
        self.pre_master: bytes | None = None
        self.psk: bytes | None = None
        self.traffic: dict[str, bytes] = {}
        self.finished: set[str] = set()
        self.prefix = b""  # what was hashed before the first message: a hello in the form of SSL 2.0

    @property
    def shape(self) -> SuiteShape:
        """The suite taken apart."""
        return suite_shape(self.suite)

    @property
    def chosen(self) -> Version | None:
        """The version that the server chose, None where no ServerHello was seen."""
        return Version.of(self.version) if self.server_hello is not None else None

    @property
    def is_tls13(self) -> bool:
        """Whether it follows TLS 1.3's rules, drafts included."""
        return is_tls13(self.version)

    @property
    def complete(self) -> bool:
        """Whether both Finished were read."""
        return len(self.finished) == 2

    def find(self, kind: HandshakeType, sender: str | None = None) -> Message | None:
        """The first message of that type."""
        return next((m for m in self.messages if m.type is kind and sender in (None, m.sender)), None)

    def extension(self, *kinds: ExtensionType, sender: str) -> Extension | None:
        """An extension of the (last) hello of one side, or of the EncryptedExtensions."""
        hello = self.client_hello if sender == "client" else self.server_hello
        found = hello.extension(*kinds) if hello is not None else None
        if found is None and sender == "server" and self.is_tls13:
            more = self.find(HandshakeType.ENCRYPTED_EXTENSIONS)
            found = more.extension(*kinds) if more is not None else None
        return found

    @property
    def resumed(self) -> bool:
        """Whether it goes on with an earlier session: no certificate was needed."""
        hello = self.server_hello
        if hello is None:
            return False
        if self.is_tls13:
            return hello.extension(ExtensionType.PRE_SHARED_KEY) is not None
        server_said = {m.type for m in self.messages if m.sender == "server"}
        return not server_said & {HandshakeType.CERTIFICATE, HandshakeType.SERVER_HELLO_DONE} and self.changed

    changed = False  # set when a ChangeCipherSpec of TLS 1.2 was seen

    def transcript(self, before: Message | None = None, *, including: bool = False) -> bytes:
        """The messages' bytes up to `before`, with the first hello of a retry as TLS 1.3 folds it."""
        from dojang.capture.transcript import transcript_of

        return transcript_of(self, before, including=including)
