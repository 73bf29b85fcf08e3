"""The presentation language of RFC 9846 section 3, as types.

A message is declared once:

    class KeyShareEntry(Struct):
        group: NamedGroup
        key_exchange: Annotated[bytes, Opaque(2, 1)]

and from the declaration come its reader, its writer, its spans (with a TracingReader) and, in the tests, its
strategies. Codecs judge shape, never meaning.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Protocol,
    Self,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from dojang.errors import DecodeError
from dojang.wire.codes import HandshakeType, OpenCode
from dojang.wire.reader import Fields, Reader

__all__ = ["Code", "Codec", "Fixed", "HandshakeMessage", "Opaque", "Rest", "Struct", "Uint", "Vector"]

T = TypeVar("T")
C = TypeVar("C", bound=OpenCode)


class Codec(Protocol[T]):
    """What reads and writes one type."""

    def read(self, reader: Reader, /) -> T: ...

    def write(self, value: T, out: bytearray, /) -> None: ...


@dataclass_transform(frozen_default=True)
class Struct:
    """A constructed type, RFC 9846 section 3.6: immutable, compared by value, its own codec.

    Fields are read and written in the order of their declaration.
    """

    _names: ClassVar[tuple[str, ...]] = ()
    _reads: ClassVar[Fields | None] = None
    _writes: ClassVar[tuple[tuple[str, Callable[[Any, bytearray], None]], ...] | None] = None

    def __init_subclass__(cls, **keywords: object) -> None:
        super().__init_subclass__(**keywords)
        own = [name for name, hint in cls.__annotations__.items() if "ClassVar" not in str(hint)]
        if own:
            cls._names = (*cls._names, *(name for name in own if name not in cls._names))
            cls._reads = cls._writes = None

    if not TYPE_CHECKING:

        def __init__(self, *values, **named):
            names = self._names
            if len(values) == len(names) and not named:
                self.__dict__.update(zip(names, values))  # noqa: B905
                return
            if len(values) > len(names) or not named.keys() <= set(names[len(values) :]):
                raise TypeError(f"{type(self).__name__} takes {', '.join(names) or 'nothing'}")
            filled = dict(zip(names, values, strict=False), **named)
            for name in names:
                if name not in filled:
                    if not hasattr(type(self), name):
                        raise TypeError(f"{type(self).__name__} needs {name}")
                    filled[name] = getattr(type(self), name)
            self.__dict__.update(filled)

        def __setattr__(self, name, value):
            raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        values = self.__dict__  # in the order that they were given in, which equality does not see
        return hash((type(self), *[values[name] for name in self._names]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={self.__dict__[n]!r}' for n in self._names)})"

    @classmethod
    def codecs(cls) -> dict[str, Codec[Any]]:
        """Field name to codec, in wire order."""
        return {name: codec for name, codec, _ in (cls._compile() if cls._reads is None else cls._reads)}

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read one from where the reader stands."""
        self = cls.__new__(cls)
        reads = cls._reads
        reader.fields(cls._compile() if reads is None else reads, self.__dict__)
        return self

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one that fills `data` exactly."""
        reader = Reader(data, 0, len(data), cls.__name__)
        value = cls.read(reader)
        if reader.offset != reader.end:
            reader.finish()
        return value

    def write(self, out: bytearray) -> None:
        """Append the encoding to `out`."""
        cls = type(self)
        values = self.__dict__
        if cls._writes is None:
            cls._compile()
        for name, write in cls._writes or ():
            write(values[name], out)

    def encode(self) -> bytes:
        """The encoding."""
        out = bytearray()
        self.write(out)
        return bytes(out)

    @classmethod
    def _compile(cls) -> Fields:
        """Turn the annotations into codecs; at first use, for importing the catalogue of messages must stay cheap."""
        hints = get_type_hints(cls, include_extras=True)
        pairs = [(name, _codec_of(hints[name])) for name in cls._names]
        cls._reads = reads = tuple((name, codec, codec.read) for name, codec in pairs)
        cls._writes = tuple((name, codec.write) for name, codec in pairs)
        return reads


class HandshakeMessage(Struct):
    """A body of RFC 9846 section 4's Handshake; `handshake_type` is what stands before it."""

    handshake_type: ClassVar[HandshakeType]

    def frame(self) -> bytes:
        """The whole message: type, 24-bit length, body."""
        out = bytearray(4)
        self.write(out)
        out[:4] = (self.handshake_type << 24 | len(out) - 4).to_bytes(4, "big")
        return bytes(out)


class Uint:
    """An unsigned integer of `size` bytes, section 3.3."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, reader: Reader) -> int:
        return reader.uint(self.size)

    def write(self, value: int, out: bytearray) -> None:
        out += value.to_bytes(self.size, "big")


class Code(Codec[C]):
    """An enumerated, section 3.5: an open integer of the registry's width."""

    __slots__ = ("known", "kind", "size")

    def __init__(self, kind: type[C]) -> None:
        self.kind = kind
        self.size = kind.wire_size
        self.known: dict[Any, Any] = kind._value2member_map_

    def read(self, reader: Reader) -> C:
        value = reader.uint(self.size)
        found: C | None = self.known.get(value)
        return self.kind(value) if found is None else found

    def write(self, value: C, out: bytearray) -> None:
        out += value.to_bytes(self.size, "big")


class Fixed:
    """``opaque field[size]``."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, reader: Reader) -> bytes:
        return reader.take(self.size)

    def write(self, value: bytes, out: bytearray) -> None:
        if len(value) != self.size:
            raise ValueError(f"{len(value)} bytes where {self.size} belong")
        out += value


class Opaque:
    """``opaque field<low..high>`` with a length of `prefix` bytes, section 3.4."""

    __slots__ = ("high", "low", "prefix")

    def __init__(self, prefix: int, low: int = 0, high: int | None = None) -> None:
        self.prefix = prefix
        self.low = low
        self.high = 256**prefix - 1 if high is None else high

    def read(self, reader: Reader) -> bytes:
        return reader.opaque(self.prefix, self.low, self.high)

    def write(self, value: bytes, out: bytearray) -> None:
        if not self.low <= len(value) <= self.high:
            raise ValueError(f"{len(value)} bytes outside {self.low}..{self.high}")
        out += len(value).to_bytes(self.prefix, "big")
        out += value


class Rest:
    """Whatever is left of the frame: a length that other facts imply, as in Finished."""

    __slots__ = ()

    def read(self, reader: Reader) -> bytes:
        return reader.take(reader.remaining)

    def write(self, value: bytes, out: bytearray) -> None:
        out += value


class Vector:
    """``T field<low..high>``, bounds in bytes, section 3.4; in a declaration T comes from the annotated tuple.

    absent_if_empty: the vector with its length may be missing at the end of a message, as TLS 1.2 hellos allow.
    """

    __slots__ = ("absent_if_empty", "high", "item", "low", "prefix")
    item: Codec[Any]

    def __init__(self, prefix: int, low: int = 0, high: int | None = None, *, absent_if_empty: bool = False) -> None:
        self.prefix = prefix
        self.low = low
        self.high = 256**prefix - 1 if high is None else high
        self.absent_if_empty = absent_if_empty

    def of(self, item: Codec[Any]) -> Vector:
        """The same vector, of `item`."""
        whole = Vector(self.prefix, self.low, self.high, absent_if_empty=self.absent_if_empty)
        whole.item = item
        return whole

    def read(self, reader: Reader) -> tuple[Any, ...]:
        if self.absent_if_empty and not reader.remaining:
            return ()
        item = self.item
        if type(item) is Code:
            return self._read_codes(reader, item)
        return reader.frame(reader.length(self.prefix, self.low, self.high)).items(item)

    def write(self, value: tuple[Any, ...], out: bytearray) -> None:
        if self.absent_if_empty and not value:
            return
        start = len(out) + self.prefix
        out += bytes(self.prefix)
        write = self.item.write
        for entry in value:
            write(entry, out)
        size = len(out) - start
        if not self.low <= size <= self.high:
            raise ValueError(f"{size} bytes outside {self.low}..{self.high}")
        out[start - self.prefix : start] = size.to_bytes(self.prefix, "big")

    def _read_codes(self, reader: Reader, item: Code[Any]) -> tuple[Any, ...]:
        size, start = reader.length(self.prefix, self.low, self.high), reader.offset
        if size % item.size:
            raise DecodeError(
                "{what}: {size} bytes are no whole number of {width}-byte values",
                "RFC 9846 section 3.4",
                offset=start,
                what=reader.what,
                size=size,
                width=item.size,
            )
        if type(reader) is not Reader:
            return reader.frame(size).items(item)
        data, known, kind, step = reader.take(size), item.known, item.kind, item.size
        values = data if step == 1 else [data[i] << 8 | data[i + 1] for i in range(0, size, 2)]
        return tuple([known[v] if v in known else kind(v) for v in values])


def _codec_of(hint: Any) -> Codec[Any]:
    """The codec that an annotation stands for."""
    if get_origin(hint) is Annotated:
        inner, codec, *_ = get_args(hint)
        if isinstance(codec, Vector):
            return codec.of(_codec_of(_item_hint(inner)))
        found: Codec[Any] = codec
        return found
    if isinstance(hint, type) and issubclass(hint, OpenCode):
        return Code(hint)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    raise TypeError(f"no wire format for {hint!r}")


def _item_hint(hint: Any) -> Any:
    if isinstance(hint, types.GenericAlias) and hint.__origin__ is tuple:
        return get_args(hint)[0]
    raise TypeError(f"a Vector annotates tuple[T, ...], not {hint!r}")
