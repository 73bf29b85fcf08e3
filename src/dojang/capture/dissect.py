"""One TLS connection out of two streams: records, messages, alerts and data, opened where the secrets allow.

The state a reader needs and no more: which version and suite were chosen, which side protects its records since when.
Nothing that a peer can send raises: what can't be read becomes a step that says why.
"""

from __future__ import annotations

import zlib
from typing import Any

from dojang.capture.decrypt import (
    Candidate,
    RecordOpener,
    application_candidate,
    early_candidates,
    find_master,
    handshake_candidate,
    openers12,
)
from dojang.capture.messages import is_tls13
from dojang.capture.records import Piece
from dojang.capture.secrets import Secrets
from dojang.capture.ssl2 import read_ssl2
from dojang.capture.steps import (
    AlertStep,
    ChangeCipherSpec,
    Handshake,
    Lost,
    Message,
    Ssl2Hello,
)
from dojang.capture.told import Moment, Side, Told
from dojang.crypto.protection import bad_record_mac
from dojang.errors import DecodeError, PeerMisbehaved, TlsError
from dojang.wire.codes import Alert, ContentType, ExtensionType, HandshakeType, Version
from dojang.wire.extensions import SelectedVersion

__all__ = ["Dissection", "Moment"]

LARGEST_MESSAGE = 2**20
MOST_TRIES = 1024


class Dissection(Told):
    """A TLS connection. steps: what crossed, in the capture's order; handshakes: one, or more after renegotiations.

    untold: steps beyond MOST_STEPS, which are counted only.
    """

    def __init__(self, secrets: Secrets | None = None) -> None:
        super().__init__()
        self.secrets = secrets or Secrets()
        self.handshakes: list[Handshake] = []
        self._sides = {"client": Side("client"), "server": Side("server")}
        self._openers: dict[Handshake, Any] = {}

    @property
    def handshake(self) -> Handshake:
        """The latest handshake; an empty one where none was seen."""
        if not self.handshakes:
            self.handshakes.append(Handshake())
        return self.handshakes[-1]

    def feed(self, sender: str, data: bytes, moment: Moment) -> None:
        """Take the next bytes that `sender` sent."""
        self._now = moment
        side = self._sides[sender]
        if side.fresh:
            side.fresh = False
            data = self._read_ssl2(side, data)
        if data:
            for piece in side.reader.feed(data):
                self._take(side, piece)

    def gap(self, sender: str, size: int) -> None:
        """`size` bytes of `sender` are not in the capture."""
        side = self._sides[sender]
        side.fresh = False
        self._step(Lost(sender, *self._now, side.reader.at, "plaintext", size))
        side.pending.clear()
        for piece in side.reader.gap(size):
            self._take(side, piece)

    def finish(self) -> None:
        """Nothing more will come: what is unfinished is told."""
        for side in self._sides.values():
            left = side.reader.pending
            if left:
                error = DecodeError(
                    "the stream ends inside a record: {size} bytes of it are here",
                    "RFC 9846 section 5.1",
                    size=len(left),
                )
                self._broken(side, left, side.reader.at, error)
            if side.pending:
                self._unfinished(side)

    def _take(self, side: Side, piece: Piece) -> None:
        if piece.kind == "foreign":
            self._foreign(side, piece)
            return
        side.at, side.wire = piece.at, piece.size + 5
        if piece.kind == "lost":
            side.reader.after_gap = max(side.reader.after_gap, 1)
            self._sealed(side, piece.header[0], piece.size, None)
            return
        kind = piece.header[0]
        if self._is_protected(side, kind, piece):
            self._open(side, piece)
        else:
            self._content(side, kind, piece.data, "plaintext")

    def _is_protected(self, side: Side, kind: int, piece: Piece) -> bool:
        handshake = self.handshakes[-1] if self.handshakes else None
        if handshake is not None and handshake.is_tls13:
            return kind == ContentType.APPLICATION_DATA
        if side.protected or handshake is None or handshake.server_hello is None:
            return side.protected or kind == ContentType.APPLICATION_DATA or _looks_sealed(kind, piece.data, side)
        return False

    def _open(self, side: Side, piece: Piece) -> None:
        """Try the keys of this direction, the current one first."""
        for place in range(side.place, len(side.candidates)):
            candidate = side.candidates[place]
            opened = self._try(side, candidate, piece)
            if opened is not None:
                side.place = place
                side.reader.after_gap = 0
                if candidate.epoch == "early":
                    del side.candidates[place + 1 : side.early_end]
                    side.early_end = place + 1
                self._content(side, *opened, candidate.epoch)
                return
        error = side.error if side.candidates else None
        self._sealed(side, piece.header[0], piece.size, error)

    def _try(self, side: Side, candidate: Candidate, piece: Piece) -> tuple[int, bytes] | None:
        opener = candidate.opener
        found = _opened(opener, piece)
        first, tries = opener.sequence, min(side.reader.after_gap // 22, MOST_TRIES)
        if isinstance(found, TlsError):
            side.error = found
            for ahead in range(1, tries + 1):
                opener.sequence = first + ahead
                found = _opened(opener, piece)
                if not isinstance(found, TlsError):
                    break
            else:
                opener.sequence = first
                return None
        kind, content = found
        return kind, self._inflated(side, content)

    def _inflated(self, side: Side, content: bytes) -> bytes:
        """RFC 3749: what a suite of old protected was compressed, where the ServerHello said so."""
        if side.inflate is None:
            return content
        try:
            return bytes(side.inflate.decompress(content, 2**15))
        except zlib.error:
            side.inflate = None
            return content

    def _content(self, side: Side, kind: int, content: bytes, epoch: str) -> None:
        """One record's content, readable."""
        match kind:
            case ContentType.HANDSHAKE:
                self._handshake(side, content, epoch)
            case ContentType.APPLICATION_DATA:
                self._data(side, content, epoch)
            case ContentType.ALERT if content and not len(content) % 2 and len(content) <= 8:
                for at in range(0, len(content), 2):
                    self._step(AlertStep(side.name, *self._now, side.at, epoch, content[at : at + 2]), side)
            case ContentType.CHANGE_CIPHER_SPEC:
                self._change(side, content, epoch)
            case ContentType.HEARTBEAT if len(content) >= 3:
                self._heartbeat(side, content, epoch)
            case _:
                self._misplaced(side, kind, content, epoch)

    def _handshake(self, side: Side, content: bytes, epoch: str) -> None:
        if not side.pending:
            side.begun = side.at
        elif side.epoch != epoch:
            self._unfinished(side)
            side.begun = side.at
        side.epoch = epoch
        pending = side.pending
        pending += content
        side.parts += 1
        side.parts_size += side.wire
        while len(pending) >= 4:
            size = int.from_bytes(pending[1:4], "big") + 4
            if size > LARGEST_MESSAGE:
                error = PeerMisbehaved(
                    Alert.ILLEGAL_PARAMETER,
                    "a handshake message of {size} bytes is announced, {limit} are the most that is taken",
                    "RFC 9846 section 4",
                    size=size - 4,
                    limit=LARGEST_MESSAGE,
                )
                self._broken(side, bytes(pending), side.begun, error)
                pending.clear()
                break
            if len(pending) < size:
                return
            raw = bytes(pending[:size])
            del pending[:size]
            self._message(side, raw, epoch)
            side.begun, side.parts, side.parts_size = side.at, 1, 0
        if not pending:
            side.parts = side.parts_size = 0

    def _message(self, side: Side, raw: bytes, epoch: str) -> None:
        kind = raw[0]
        if kind == HandshakeType.CLIENT_HELLO and side.name == "client":
            self._begin_handshake()
        handshake = self.handshake
        message = Message(side.name, *self._now, side.begun, epoch, raw, handshake)
        message.records, message.sealed_size = side.parts, side.parts_size
        handshake.messages.append(message)
        self._step(message)
        act = _ACTIONS.get(kind)
        if act is not None:
            act(self, side, message)

    def _begin_handshake(self) -> None:
        """A ClientHello begins a handshake, except the second one that a HelloRetryRequest asked for."""
        now = self.handshakes[-1] if self.handshakes else None
        fresh = now is not None and not now.messages
        if not (fresh or (now is not None and now.retry is not None and now.server_hello is None)):
            self.handshakes.append(Handshake())

    def _client_hello(self, side: Side, message: Message) -> None:
        handshake, value = self.handshake, message.value
        handshake.client_hello = message
        if value is None:
            return
        handshake.client_random = value.random
        if handshake.retry is None:
            handshake.version = int(value.legacy_version)
        if message.extension(ExtensionType.EARLY_DATA) is not None and self.secrets:
            side.candidates[side.place :] = early_candidates(handshake, self.secrets)
            side.early_end = len(side.candidates)

    def _server_hello(self, _side: Side, message: Message) -> None:
        handshake = self.handshake
        value = message.value
        if message.form.__name__.startswith("HelloRetryRequest"):
            handshake.retry = message
            handshake.version = _version_of(message) or Version.TLS13
            handshake.suite = int(getattr(value, "cipher_suite", 0))
            return
        handshake.server_hello = message
        if value is None:
            return
        handshake.version = _version_of(message) or int(getattr(value, "legacy_version", None) or value.version)
        handshake.suite = int(value.cipher_suite)
        handshake.server_random = value.random
        if is_tls13(handshake.version):
            self._protect13(handshake)
        elif getattr(value, "legacy_compression_method", 0) == 1:
            for side in self._sides.values():
                side.compressed = True

    def _protect13(self, handshake: Handshake) -> None:
        """Both sides go over to handshake keys, and later to application keys."""
        for side in self._sides.values():
            if not self.secrets:
                continue
            found = (f(handshake, self.secrets, side.name) for f in (handshake_candidate, application_candidate))
            side.candidates[side.early_end :] = [candidate for candidate in found if candidate is not None]

    def _finished(self, side: Side, message: Message) -> None:
        handshake = message.handshake
        first = side.name not in handshake.finished
        handshake.finished.add(side.name)
        if not handshake.is_tls13 or not first:
            return
        if handshake.psk is not None and side.name == "server":
            for other in self._sides.values():
                self._add_application(other, handshake)
        self._move_on(side, "application")

    def _add_application(self, side: Side, handshake: Handshake) -> None:
        candidate = application_candidate(handshake, self.secrets, side.name)
        if candidate is not None and all(c.epoch != "application" for c in side.candidates):
            side.candidates.append(candidate)

    def _move_on(self, side: Side, epoch: str) -> None:
        for place in range(side.place, len(side.candidates)):
            if side.candidates[place].epoch == epoch:
                side.place = place
                return

    def _end_of_early_data(self, side: Side, _message: Message) -> None:
        self._move_on(side, "handshake")

    def _key_update(self, side: Side, _message: Message) -> None:
        if side.place < len(side.candidates):
            updated = side.candidates[side.place].updated()
            if updated is not None:
                side.candidates[side.place] = updated

    def _new_session_ticket(self, _side: Side, message: Message) -> None:
        handshake, value = message.handshake, message.value
        if value is not None and handshake.master is not None and not handshake.is_tls13:
            self.secrets.remember([value.ticket], handshake.master)

    def _change(self, side: Side, content: bytes, epoch: str) -> None:
        step = ChangeCipherSpec(side.name, *self._now, side.at, epoch, len(content))
        step.content = content[:16]
        self._step(step, side)
        handshake = self.handshake
        early = handshake.client_hello is not None and handshake.server_hello is None
        if handshake.is_tls13 or early or content != b"\x01":
            return  # TLS 1.3's means nothing; a client may send it before its second hello
        handshake.changed = True
        side.protected = True
        side.candidates, side.place, side.early_end = [], 0, 0
        side.inflate = zlib.decompressobj() if side.compressed else None
        master = find_master(handshake, self.secrets) if self.secrets else None
        if master is not None:
            if handshake not in self._openers:
                self._openers = {handshake: openers12(handshake, master)}
            found = self._openers[handshake]
            if found is not None:
                side.candidates = [Candidate("application", found[side.name])]

    def _read_ssl2(self, side: Side, data: bytes) -> bytes:
        """A hello of SSL 2.0 at the very beginning; returns what follows it."""
        found = read_ssl2(data, side.name)
        if found is None:
            return data
        step = Ssl2Hello(side.name, *self._now, 0, "plaintext", found.size)
        step.raw, step.value, step.ciphers = data[: found.size], found.value, found.ciphers
        self._step(step)
        side.reader.at = found.size
        if side.name == "client":
            handshake = self.handshake
            handshake.client_random = found.challenge.rjust(32, b"\0")
            handshake.version = int(found.value.version)
            handshake.prefix = data[2 : found.size]
        return data[found.size :]


_ACTIONS: dict[int, Any] = {
    HandshakeType.CLIENT_HELLO: Dissection._client_hello,
    HandshakeType.SERVER_HELLO: Dissection._server_hello,
    HandshakeType.HELLO_RETRY_REQUEST: Dissection._server_hello,
    HandshakeType.FINISHED: Dissection._finished,
    HandshakeType.END_OF_EARLY_DATA: Dissection._end_of_early_data,
    HandshakeType.KEY_UPDATE: Dissection._key_update,
    HandshakeType.NEW_SESSION_TICKET: Dissection._new_session_ticket,
}


def _opened(opener: RecordOpener, piece: Piece) -> tuple[ContentType, bytes] | TlsError:
    try:
        return opener.open(piece.header, piece.data)
    except TlsError as error:
        return error
    except (ValueError, OverflowError):  # shorter than a nonce and a tag
        return bad_record_mac(opener.sequence)


def _version_of(hello: Message) -> int | None:
    """What supported_versions says, or a draft's own field."""
    found = hello.extension(ExtensionType.SUPPORTED_VERSIONS)
    if found is not None and len(found.extension_data) == 2:
        return int(SelectedVersion.parse(found.extension_data).selected_version)
    value = hello.value
    own = getattr(value, "version", None) or getattr(value, "server_version", None)
    return int(own) if own is not None else None


def _looks_sealed(kind: int, data: bytes, side: Side) -> bool:
    """In a conversation whose beginning is missing: whether a record can't be read as what its header says."""
    if kind == ContentType.ALERT:
        return len(data) != 2 or data[0] not in (1, 2)
    if kind == ContentType.HANDSHAKE and not side.pending:
        known = HandshakeType.of(data[0]).is_registered if data else False
        return not known or len(data) < 4 or data[1] > 1
    return False
