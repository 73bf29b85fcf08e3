"""Values as a person reads them. Whatever a peer chose is made harmless here: control characters become escapes."""

from __future__ import annotations

import unicodedata

from dojang.wire.codec import Struct
from dojang.wire.codes import CipherSuite, OpenCode
from dojang.wire.registry import suite_name

__all__ = ["harmless", "hexadecimal", "shown"]

LONGEST = 64  # bytes that are spelled out
TEXTUAL = ("host_name", "protocol_name_list", "psk_identity", "srp_i", "selected_protocol", "supported_protocols")


def shown(value: object, field: str = "") -> str:
    """A field's value: a name with its number, text where the field holds text, hexadecimal otherwise."""
    if isinstance(value, CipherSuite):
        return f"{suite_name(value)} (0x{value:04x})"
    if isinstance(value, OpenCode):
        return f"{value.label} ({int(value)})" if value.wire_size == 1 else f"{value.label} (0x{int(value):04x})"
    if isinstance(value, bytes):
        text = field.split("[")[0] in TEXTUAL
        return harmless(value) if text and value else hexadecimal(value)
    if isinstance(value, tuple):
        return f"[{len(value)}]"
    return "" if isinstance(value, Struct) else harmless(str(value))


def hexadecimal(data: bytes, longest: int = LONGEST) -> str:
    """Hexadecimal, cut with a mark where it is long."""
    return data.hex() if len(data) <= longest else f"{data[:longest].hex()}… ({len(data)})"


def harmless(text: str | bytes) -> str:
    """Text from outside without a character that could steer a terminal or turn around a line."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
