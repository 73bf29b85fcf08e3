"""The record layer: framing, protection and limits of one connection, a path for each direction.

ReadPath turns bytes into content, WritePath content into bytes. Neither knows what the content means; both know which
types may stand in a record and in what order (RFC 9846 section 5).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from dojang.crypto.protection import Opener, Sealer
from dojang.crypto.protection12 import Opener12, Sealer12
from dojang.engine.buffers import LARGE, lend, take_back
from dojang.engine.foreign import not_tls
from dojang.errors import PeerMisbehaved, TlsError
from dojang.wire.codes import Alert, ContentType, HandshakeType
from dojang.wire.framing import HEADER_SIZE, MAX_CIPHERTEXT_13, MAX_PLAINTEXT, MessageAssembler

__all__ = ["ChangeCipherSpec", "Padding", "ReadPath", "WritePath"]

# How many zeros to add to a record of that many bytes of content.
Padding = Callable[[int], int]

_SKIPPED = (ContentType.INVALID, b"")

_SMALL = 4096
# So many small reads in a row, and the large buffer goes back.
_BUSY = 16
_RECORD = HEADER_SIZE + MAX_CIPHERTEXT_13
_APPLICATION_DATA = int(ContentType.APPLICATION_DATA)
_CONTENT_TYPES = frozenset(range(ContentType.CHANGE_CIPHER_SPEC, ContentType.APPLICATION_DATA + 1))
# Records that carry nothing, in a row: enough for any sound peer, an end for one that only keeps us busy.
_MAX_EMPTY = 32


class ChangeCipherSpec(Enum):
    """What becomes of a change_cipher_spec.

    TLS 1.3 drops it while the handshake lasts (RFC 9846 section 5); TLS 1.2 says with it that new keys are in use.
    """

    REFUSED = "refused"
    DROPPED = "dropped"
    DELIVERED = "delivered"


class ReadPath:
    """Bytes of the transport in, content out.

    Application data gathers in a buffer of its own, since unauthenticated plaintext must never reach the caller's.
    """

    __slots__ = (
        "_buffer",
        "_busy",
        "_early_skip",
        "_empty",
        "_end",
        "_held",
        "_plain",
        "_plain_end",
        "_plain_start",
        "_start",
        "assembler",
        "change_cipher_spec",
        "delivers_data",
        "fragment",
        "opener",
        "received",
        "records",
    )

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = self._end = 0
        self._busy = 0
        self._plain = bytearray()
        self._plain_start = self._plain_end = 0
        self._empty = 0
        self._early_skip = 0
        self._held: tuple[ContentType, bytes] | None = None
        self.opener: Opener | Opener12 | None = None
        self.assembler = MessageAssembler()
        self.change_cipher_spec = ChangeCipherSpec.REFUSED
        # True once application data may be handed on.
        self.delivers_data = False
        self.fragment = MAX_PLAINTEXT  # the most content that a protected record may hold
        self.records = 0
        self.received = 0  # bytes of the transport

    def space(self) -> memoryview:
        """Where the transport's next bytes belong; never empty. A busy connection gets more, an idle one little."""
        if self._start == self._end:
            self._start = self._end = 0
            wanted = LARGE if self._busy else _SMALL
            if len(self._buffer) != wanted:
                self._move(wanted)
        elif len(self._buffer) - self._end < _RECORD:
            self._move(max(LARGE, self._end - self._start + _RECORD))
        return memoryview(self._buffer)[self._end :]

    def filled(self, size: int) -> None:
        """`size` bytes were put into `space()`."""
        self._end += size
        self.received += size
        if size >= _SMALL:
            self._busy = _BUSY
        elif self._busy:
            self._busy -= 1

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes of any number."""
        size = len(data)
        if len(self._buffer) - self._end < size:
            self._move(self._end - self._start + size)
        self._buffer[self._end : self._end + size] = data
        self._end += size
        self.received += size

    def discard(self) -> None:
        """Forget what the transport brought and nobody will open."""
        self._start = self._end = 0

    @property
    def readable(self) -> int:
        """Bytes of application data that wait."""
        return self._plain_end - self._plain_start

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of application data."""
        stop = min(self._plain_start + size, self._plain_end)
        data = bytes(memoryview(self._plain)[self._plain_start : stop])
        self._consumed(stop)
        return data

    def read_into(self, target: memoryview) -> int:
        """Application data into the caller's buffer; how much."""
        size = min(len(target), self._plain_end - self._plain_start)
        stop = self._plain_start + size
        target[:size] = memoryview(self._plain)[self._plain_start : stop]
        self._consumed(stop)
        return size

    @property
    def first_bytes(self) -> bytes:
        """The start of what waits unread, to tell what it is when it is not TLS."""
        return bytes(self._buffer[self._start : min(self._start + 64, self._end)])

    def next_content(self) -> tuple[ContentType, bytes] | None:
        """The next record's content type and content, or None until more bytes come.

        Application data does not come out here once `delivers_data` is set: it waits for `read`.
        """
        if self._held is not None:
            held, self._held = self._held, None
            return self._checked(*held)
        while True:
            if self.delivers_data and not self.assembler and (found := self._open_stream()) is not None:
                return self._checked(*found)
            record = self._next_record()
            if record is None:
                return None
            if record is _SKIPPED:
                continue
            kind, content = record
            if kind is not ContentType.CHANGE_CIPHER_SPEC:
                return self._checked(kind, content)
            self._check_change_cipher_spec(content)
            if self.change_cipher_spec is ChangeCipherSpec.DELIVERED:
                return kind, content

    def take_data(self) -> bool:
        """Open what came where it can only be data; True if it was nothing else, so that nothing else is to be done."""
        if not self.delivers_data or self.assembler or self._held is not None or self._end - self._start < HEADER_SIZE:
            return False
        self._held = self._open_stream()
        return self._held is None and self._start == self._end

    def next_message(self) -> tuple[HandshakeType, bytes] | None:
        """The next whole handshake message that earlier content completed."""
        return self.assembler.next()

    def skip_early_data(self, size: int) -> None:
        """Drop up to `size` bytes of early data that will not be taken (RFC 9846 section 4.3.10)."""
        self._early_skip = size

    def install(self, opener: Opener | Opener12) -> None:
        """Use new keys from the next record on.

        Raises PeerMisbehaved when handshake bytes are left over from under the old keys (section 5.1).
        """
        if self.assembler:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE, "a handshake message goes on past a change of keys", "RFC 9846 section 5.1"
            )
        opener.fragment = self.fragment
        self.opener = opener

    def _next_record(self) -> tuple[ContentType, bytes] | None:
        start, data = self._start, self._buffer
        if self._end - start < HEADER_SIZE:
            return None
        length = data[start + 3] << 8 | data[start + 4]
        protected = self.opener is not None and (data[start] == _APPLICATION_DATA or not self.opener.hides_type)
        self._check_header(data[start], data[start + 1], length, protected=protected)
        stop = start + HEADER_SIZE + length
        if stop > self._end:
            return None
        if self._early_skip and data[start] == _APPLICATION_DATA:
            return self._next_after_early_data(start, stop)
        header, fragment = bytes(data[start : start + HEADER_SIZE]), bytes(data[start + HEADER_SIZE : stop])
        self._start = stop
        self.records += 1
        if protected:
            assert self.opener is not None
            return self._refuse_inner_change_cipher_spec(*self.opener.open(header, fragment))
        kind = ContentType.of(header[0])
        if self.opener is not None and not self._may_stand_in_clear(kind, fragment):
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "a record of type {type} came in the clear after keys were agreed",
                "RFC 9846 section 5.2",
                type=kind.label,
            )
        return kind, fragment

    def _next_after_early_data(self, start: int, stop: int) -> tuple[ContentType, bytes] | None:
        """Under early keys, which are not had, nothing opens: the first record that does open is the handshake's."""
        self._start = stop
        self.records += 1
        if self.opener is not None:
            header, fragment = (
                bytes(self._buffer[start : start + HEADER_SIZE]),
                bytes(self._buffer[start + HEADER_SIZE : stop]),
            )
            try:
                content = self.opener.open(header, fragment)
            except PeerMisbehaved as error:
                if error.alert is not Alert.BAD_RECORD_MAC or stop - start > self._early_skip:
                    raise
            else:
                self._early_skip = 0
                return self._refuse_inner_change_cipher_spec(*content)
        self._early_skip = max(0, self._early_skip - (stop - start))
        return _SKIPPED

    def _open_stream(self) -> tuple[ContentType, bytes] | None:
        if self._end - self._start < HEADER_SIZE:
            return None
        assert self.opener is not None
        room = self._plain_end + self._end - self._start
        if len(self._plain) < room:
            self._make_plain(room)
        before = self.opener.sequence
        with memoryview(self._buffer) as data, memoryview(self._plain) as out:
            self._start, self._plain_end, stopped = self.opener.open_stream(
                data, self._start, self._end, out, self._plain_end
            )
        self.records += self.opener.sequence - before
        if isinstance(stopped, TlsError):
            raise stopped
        return None if stopped is None else self._refuse_inner_change_cipher_spec(*stopped)

    def _checked(self, kind: ContentType, content: bytes) -> tuple[ContentType, bytes]:
        # An alert that cuts a message short says why; all else between fragments is forbidden (section 5.1).
        if self.assembler and kind not in (ContentType.HANDSHAKE, ContentType.ALERT):
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "a record of type {type} between the fragments of a handshake message",
                "RFC 9846 section 5.1",
                type=kind.label,
            )
        if not content and kind is not ContentType.APPLICATION_DATA:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE, "an empty record of type {type}", "RFC 9846 section 5.1", type=kind.label
            )
        return kind, content

    def _check_header(self, kind: int, major: int, length: int, *, protected: bool) -> None:
        if kind not in _CONTENT_TYPES or major != 3:
            if not self.records:
                raise not_tls(self.first_bytes)
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "a record begins with {start}, which no TLS record does",
                "RFC 9846 section 5.1",
                start=f"{kind:02x} {major:02x}",
            )
        if protected:
            assert self.opener is not None
            if (wrong := self.opener.check_length(length)) is not None:
                raise wrong
        elif length > (MAX_CIPHERTEXT_13 if self._early_skip else MAX_PLAINTEXT):
            raise PeerMisbehaved(
                Alert.RECORD_OVERFLOW,
                "a record of {size} bytes, {limit} is the most",
                "RFC 9846 section 5.1",
                size=length,
                limit=MAX_PLAINTEXT,
            )

    def _may_stand_in_clear(self, kind: ContentType, fragment: bytes) -> bool:
        """What may come unprotected although keys are in use.

        A change_cipher_spec may; and a peer that could not go on before it had keys of its own tells so in the clear:
        OpenSSL does when it refuses a certificate. An attacker gains nothing but the end he can bring about anyway.
        """
        if kind is ContentType.CHANGE_CIPHER_SPEC:
            return True
        assert self.opener is not None
        return kind is ContentType.ALERT and len(fragment) == 2 and not self.delivers_data and not self.opener.sequence

    def _check_change_cipher_spec(self, content: bytes) -> None:
        """Exactly one byte 0x01, where one may stand."""
        self._empty += 1
        refused = self.change_cipher_spec is ChangeCipherSpec.REFUSED
        if refused or content != b"\x01" or self.assembler or self._empty > _MAX_EMPTY:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE, "a change_cipher_spec where none may stand", "RFC 9846 section 5"
            )

    @staticmethod
    def _refuse_inner_change_cipher_spec(kind: ContentType, content: bytes) -> tuple[ContentType, bytes]:
        if kind is ContentType.CHANGE_CIPHER_SPEC or kind not in _CONTENT_TYPES:
            raise PeerMisbehaved(
                Alert.UNEXPECTED_MESSAGE,
                "content of type {type} inside a protected record",
                "RFC 9846 section 5.2",
                type=kind.label,
            )
        return kind, content

    def _consumed(self, stop: int) -> None:
        self._plain_start = stop
        if stop == self._plain_end:
            self._plain_start = self._plain_end = 0
            if len(self._plain) > _SMALL:
                take_back(self._plain)
                self._plain = bytearray()

    def _make_plain(self, room: int) -> None:
        plain = _buffer_of(room)
        waiting = self._plain_end - self._plain_start
        plain[:waiting] = memoryview(self._plain)[self._plain_start : self._plain_end]
        take_back(self._plain)
        self._plain, self._plain_start, self._plain_end = plain, 0, waiting

    def _move(self, size: int) -> None:
        """Take a buffer of `size` bytes, or the same one from its beginning, for what waits and more."""
        waiting, old = self._end - self._start, self._buffer
        new = old if len(old) == size else _buffer_of(size)
        new[:waiting] = old[self._start : self._end]
        self._buffer, self._start, self._end = new, 0, waiting
        if new is not old:
            take_back(old)


class WritePath:
    """Content in, bytes for the transport out."""

    __slots__ = ("_buffer", "_end", "_messages", "_padding", "_start", "delivered", "fragment", "records", "sealer")

    def __init__(self, padding: Padding | None = None) -> None:
        self._buffer = bytearray()
        self._start = self._end = 0
        self._messages = bytearray()
        self._padding = padding
        self.sealer: Sealer | Sealer12 | None = None
        self.fragment = MAX_PLAINTEXT
        self.records = 0
        self.delivered = 0  # bytes that the transport took

    @property
    def pending(self) -> memoryview:
        """What the transport has yet to take. Release the view before the next call that writes."""
        return memoryview(self._buffer)[self._start : self._end]

    def sent(self, size: int) -> None:
        """The transport took `size` bytes of `pending`."""
        self._start += size
        self.delivered += size
        if self._start == self._end:
            self._start = self._end = 0
            if len(self._buffer) > MAX_PLAINTEXT:
                take_back(self._buffer)
                self._buffer = bytearray()

    def send_message(self, raw: bytes) -> None:
        """Queue a handshake message; messages of one flight share records."""
        self._messages += raw

    def flush_messages(self) -> None:
        """Write the queued handshake messages."""
        messages = self._messages
        if not messages:
            return
        for offset in range(0, len(messages), self.fragment):
            self._send_record(ContentType.HANDSHAKE, messages[offset : offset + self.fragment])
        messages.clear()

    def install(self, sealer: Sealer | Sealer12) -> None:
        """Use new keys from the next record on."""
        self.flush_messages()
        self.sealer = sealer

    def send_change_cipher_spec(self) -> None:
        """The compatibility mode's dummy, RFC 9846 appendix E.4; always in the clear."""
        self.flush_messages()
        self.records += 1
        self._append(b"\x14\x03\x03\x00\x01\x01")

    def send_alert(self, level: int, description: int) -> None:
        """Two bytes under the keys in use."""
        self.flush_messages()
        self._send_record(ContentType.ALERT, bytes((level, description)))

    def send_data(self, data: memoryview) -> None:
        """Application data of any length."""
        sealer = self.sealer
        assert sealer is not None
        if self._padding is not None or len(data) <= 1024:
            for offset in range(0, len(data), self.fragment):
                self._send_record(ContentType.APPLICATION_DATA, data[offset : offset + self.fragment])
            return
        self._reserve(sealer.sealed_size(len(data), self.fragment))
        before = sealer.sequence
        with memoryview(self._buffer) as out:
            self._end = sealer.seal_stream(data, out, self._end, self.fragment)
        self.records += sealer.sequence - before

    def _send_record(self, kind: ContentType, content: bytearray | bytes | memoryview) -> None:
        self.records += 1
        if self.sealer is not None:
            self._append(self.sealer.seal(kind, content, self._pad(len(content))))
            return
        # A ClientHello's record says 3.1 for the sake of old servers, all others 3.3 (section 5.1).
        minor = (
            1 if content[0] == HandshakeType.CLIENT_HELLO and kind is ContentType.HANDSHAKE and self.records == 1 else 3
        )
        self._append(bytes((kind, 3, minor)) + len(content).to_bytes(2, "big"))
        self._append(content)

    def _pad(self, size: int) -> int:
        """A policy can't make a record longer than is legal."""
        return 0 if self._padding is None else max(0, min(self._padding(size), self.fragment - size))

    def _append(self, data: bytes | bytearray | memoryview) -> None:
        size = len(data)
        if len(self._buffer) - self._end < size:
            self._reserve(size)
        self._buffer[self._end : self._end + size] = data
        self._end += size

    def _reserve(self, size: int) -> None:
        if len(self._buffer) - self._end >= size:
            return
        waiting = self._end - self._start
        need = waiting + size
        larger = _buffer_of(max(2 * need, 512) if need < MAX_PLAINTEXT else need)
        larger[:waiting] = memoryview(self._buffer)[self._start : self._end]
        take_back(self._buffer)
        self._buffer, self._start, self._end = larger, 0, waiting


def _buffer_of(size: int) -> bytearray:
    return lend(size) if size > _SMALL else bytearray(size)
