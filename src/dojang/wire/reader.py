"""The only code that moves an offset.

`Reader` walks bytes within a frame it cannot leave. `TracingReader` does the same and leaves behind, for every field,
its path and its span. Both know shape only: whether a value is legal is for the engine to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from dojang.errors import DecodeError

if TYPE_CHECKING:
    from dojang.wire.codec import Codec


__all__ = ["Fields", "Reader", "Span", "TracingReader"]

# Of each field its name, its codec and the codec's bound reader.
Fields = tuple[tuple[str, Any, Callable[[Any], Any]], ...]


class Reader:
    """Bytes `data[offset:end]`, consumed from the front. `what` names the frame in errors."""

    __slots__ = ("data", "end", "offset", "what")

    def __init__(self, data: bytes, offset: int = 0, end: int | None = None, what: str = "input") -> None:
        self.data = data
        self.offset = offset
        self.end = len(data) if end is None else end
        self.what = what

    @property
    def remaining(self) -> int:
        """Bytes left in the frame."""
        return self.end - self.offset

    def take(self, size: int) -> bytes:
        """The next `size` bytes; DecodeError where the frame ends before."""
        start = self.offset
        stop = start + size
        if stop > self.end:
            self._fail_short(size)
        self.offset = stop
        return self.data[start:stop]

    def uint(self, size: int) -> int:
        """A big-endian integer of `size` bytes."""
        start = self.offset
        stop = start + size
        if stop > self.end:
            self._fail_short(size)
        self.offset = stop
        return int.from_bytes(self.data[start:stop], "big")

    def opaque(self, prefix: int, low: int, high: int) -> bytes:
        """Bytes behind a length prefix."""
        start = self.offset + prefix
        size = int.from_bytes(self.data[self.offset : start], "big")
        stop = start + size
        if stop > self.end or not low <= size <= high:
            return self.take(self.length(prefix, low, high))  # which says what is wrong
        self.offset = stop
        return self.data[start:stop]

    def length(self, prefix: int, low: int, high: int) -> int:
        """A length prefix, checked against the vector's bounds and against the frame."""
        start = self.offset
        size = self.uint(prefix)
        if size > self.end - self.offset:
            raise DecodeError(
                "{what}: a length says {size} bytes, only {left} are left",
                "RFC 9846 section 3.4",
                offset=start,
                what=self.what,
                size=size,
                left=self.remaining,
            )
        if not low <= size <= high:
            raise DecodeError(
                "{what}: a length of {size} is outside {low}..{high}",
                "RFC 9846 section 3.4",
                offset=start,
                what=self.what,
                size=size,
                low=low,
                high=high,
            )
        return size

    def frame(self, size: int) -> Self:
        """A reader over the next `size` bytes, which this one skips."""
        start = self.offset
        if start + size > self.end:
            self._fail_short(size)
        self.offset = start + size
        return type(self)(self.data, start, start + size, self.what)

    def fields(self, fields: Fields, into: dict[str, Any]) -> None:
        """A struct's fields in order."""
        for name, _, read in fields:
            into[name] = read(self)

    def items(self, codec: Codec[Any]) -> tuple[Any, ...]:
        """Items until the frame ends."""
        found = []
        read = codec.read
        while self.offset < self.end:
            found.append(read(self))
        return tuple(found)

    def finish(self) -> None:
        """DecodeError when bytes are left over."""
        if self.offset != self.end:
            raise DecodeError(
                "{what}: {left} bytes too many at the end",
                "RFC 9846 section 4",
                offset=self.offset,
                what=self.what,
                left=self.remaining,
            )

    def _fail_short(self, size: int) -> None:
        raise DecodeError(
            "{what} ends early: {size} bytes wanted, {left} left",
            "RFC 9846 section 4",
            offset=self.offset,
            what=self.what,
            size=size,
            left=self.remaining,
        )


class Span(NamedTuple):
    """Where a field stands: ``data[start:stop]``. `path` is ``.extensions[2].extension_data``."""

    path: str
    start: int
    stop: int
    value: object


class TracingReader(Reader):
    """A Reader that notes every field it reads, outermost last, in `spans` (one list shared by all frames)."""

    __slots__ = ("path", "spans")

    def __init__(
        self,
        data: bytes,
        offset: int = 0,
        end: int | None = None,
        what: str = "input",
        *,
        spans: list[Span] | None = None,
        path: str = "",
    ) -> None:
        super().__init__(data, offset, end, what)
        self.spans = [] if spans is None else spans
        self.path = path

    def frame(self, size: int) -> Self:
        inner = super().frame(size)
        inner.spans, inner.path = self.spans, self.path
        return inner

    def fields(self, fields: Fields, into: dict[str, Any]) -> None:
        for name, codec, _ in fields:
            into[name] = self._traced(f".{name}", codec)

    def items(self, codec: Codec[Any]) -> tuple[Any, ...]:
        found: list[Any] = []
        while self.offset < self.end:
            found.append(self._traced(f"[{len(found)}]", codec))
        return tuple(found)

    def _traced(self, step: str, codec: Codec[Any]) -> Any:
        outer, start = self.path, self.offset
        self.path = outer + step
        value = codec.read(self)
        self.spans.append(Span(self.path, start, self.offset, value))
        self.path = outer
        return value
