"""Values of every Struct, made from its declaration alone."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from hypothesis import strategies as st

import dojang.wire
from dojang.wire.codec import Code, Codec, Fixed, HandshakeMessage, Opaque, Rest, Struct, Uint, Vector


@cache
def all_structs() -> tuple[type[Struct], ...]:
    """Every Struct that the wire floor declares."""
    found: dict[str, type[Struct]] = {}
    for module in pkgutil.iter_modules(dojang.wire.__path__):
        loaded = importlib.import_module(f"dojang.wire.{module.name}")
        for value in vars(loaded).values():
            if isinstance(value, type) and issubclass(value, Struct) and value not in (Struct, HandshakeMessage):
                found[f"{value.__module__}.{value.__name__}"] = value
    return tuple(found.values())


_MADE: dict[type[Struct], st.SearchStrategy[Any]] = {}


def values_of(kind: type[Struct]) -> st.SearchStrategy[Any]:
    """Instances of a Struct that it can write."""
    if kind not in _MADE:
        _MADE[kind] = _values_of(kind)
    return _MADE[kind]


def _values_of(kind: type[Struct]) -> st.SearchStrategy[Any]:
    fields = {name: values(codec) for name, codec in kind.codecs().items()}
    return st.fixed_dictionaries(fields).map(lambda given: kind(**given)).filter(writable)


def values(codec: Codec[Any]) -> st.SearchStrategy[Any]:
    """Values that a codec can write."""
    if isinstance(codec, type) and issubclass(codec, Struct):
        return values_of(codec)
    if isinstance(codec, Uint):
        return st.integers(0, 256**codec.size - 1)
    if isinstance(codec, Code):
        known = st.sampled_from(list(codec.kind.__members__.values()))
        return known | st.integers(0, 256**codec.size - 1).map(codec.kind)
    if isinstance(codec, Fixed):
        return st.binary(min_size=codec.size, max_size=codec.size)
    if isinstance(codec, Opaque):
        return st.binary(min_size=codec.low, max_size=min(codec.high, codec.low + 40))
    if isinstance(codec, Rest):
        return st.binary(max_size=40)
    if isinstance(codec, Vector):
        # Bounds are in bytes: how many items that is depends on the items, so what is too short is tried again.
        return st.lists(values(codec.item), min_size=min(1, codec.low), max_size=4).map(tuple)
    raise TypeError(f"no strategy for {codec!r}")


def writable(value: Struct) -> bool:
    """Whether the value is within its own bounds."""
    try:
        value.encode()
    except ValueError:
        return False
    return True
