"""Every field of a message: where it stands, what it holds, what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dojang.capture.explain.prose import Prose, extension_prose, field_prose, value_prose
from dojang.capture.explain.values import shown
from dojang.capture.messages import context_of, trace_struct
from dojang.capture.steps import Message
from dojang.errors import DecodeError
from dojang.wire.codec import Struct, Vector
from dojang.wire.extensions import Context, Extension
from dojang.wire.extensions_captured import body_of
from dojang.wire.reader import Span

__all__ = ["Field", "fields_of", "fields_of_struct"]

MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """path: ``.extensions[2].extension_data``; name: its last step; key: ``Extension.extension_data``.

    start, stop: bytes of the message, its header included. meaning: of the field; note: of the value it holds.
    """

    path: str
    name: str
    key: str
    start: int
    stop: int
    value: str
    meaning: Prose | None
    note: Prose | None

    @property
    def depth(self) -> int:
        """How many structs and vectors it stands in."""
        return len(_STEPS.findall(self.path)) - 1

    def to_json(self) -> dict[str, object]:
        """Stable keys; see docs/explain-schema.md."""
        return {
            "path": self.path,
            "name": self.name,
            "key": self.key,
            "depth": self.depth,
            "start": self.start,
            "stop": self.stop,
            "value": self.value,
            "meaning": self.meaning.to_json() if self.meaning else None,
            "note": self.note.to_json() if self.note else None,
        }


def fields_of(message: Message) -> tuple[list[Field], DecodeError | None]:
    """A message's fields in the order of the wire, outer before inner, and where its reading broke."""
    spans, error = message.spans()
    context = context_of(message.form, message.handshake.version)
    return _fields(message.form, spans, context, 4), error


def fields_of_struct(form: type[Struct], data: bytes, shift: int = 0) -> tuple[list[Field], DecodeError | None]:
    """The same for a struct that is no handshake message."""
    spans, error = trace_struct(form, data)
    return _fields(form, spans, None, shift), error


def _fields(form: type[Struct], spans: list[Span], context: Context | None, shift: int) -> list[Field]:
    extensions = {span.path: span.value for span in spans if isinstance(span.value, Extension)}
    ordered = sorted(spans, key=lambda span: (span.start, -span.stop, len(span.path)))[:MOST_FIELDS]
    found = []
    for span in ordered:
        owner, name = _owner(form, span.path, extensions, context)
        index = span.path.rpartition("[")[2][:-1] if span.path.endswith("]") else ""
        meaning = field_prose(owner, name) if not index else None
        note = extension_prose(span.value.extension_type) if isinstance(span.value, Extension) else None
        label = f"{name}[{index}]" if index else name
        if isinstance(span.value, Extension):
            label = span.value.extension_type.label
        key = f"{owner.__name__}.{name}"
        start, stop = span.start + shift, span.stop + shift
        value = shown(span.value, label if not index else name)
        if key != "Extension.extension_type":  # the extension around it has said it
            note = note or value_prose(span.value)
        found.append(Field(span.path, label, key, start, stop, value, meaning, note))
    return found


def _owner(
    form: type[Struct], path: str, extensions: dict[str, Extension], context: Context | None
) -> tuple[type[Struct], str]:
    """The struct that a path's last field belongs to, and the field's name."""
    owner, name, walked = form, "", ""
    codec: Any = None
    for step in _STEPS.findall(path):
        walked += step
        if step.startswith("["):
            codec = codec.item if isinstance(codec, Vector) else codec
            continue
        inner = _struct_of(codec)
        if inner is not None:
            owner = inner
        elif name == "extension_data":
            owner = _body(walked, extensions, context) or owner
        name = step[1:]
        codec = owner.codecs().get(name)
    return owner, name


_STEPS = re.compile(r"\.\w+|\[\d+\]")


def _struct_of(codec: object) -> type[Struct] | None:
    return codec if isinstance(codec, type) and issubclass(codec, Struct) else None


def _body(walked: str, extensions: dict[str, Extension], context: Context | None) -> type[Struct] | None:
    extension = extensions.get(walked.rpartition(".extension_data")[0])
    if extension is None or context is None:
        return None
    return body_of(extension, context)
