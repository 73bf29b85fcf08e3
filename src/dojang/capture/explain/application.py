"""What application data looks like once it is open: HTTP/1, HTTP/2 frames, text, or bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from dojang.capture.explain.values import harmless

__all__ = ["Look", "look_at"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MOST_FRAMES = 12


class Look(NamedTuple):
    """kind: ``http``, ``http2``, ``text``, ``binary``. summary: one harmless line."""

    kind: str
    summary: str


def look_at(content: bytes, alpn: str = "") -> Look:
    """What the beginning of a run of data is."""
    if _HTTP1.match(content):
        return Look("http", harmless(content.split(b"\r\n", 1)[0][:200]))
    if content.startswith(PREFACE) or alpn == "h2":
        frames = _frames(content.removeprefix(PREFACE))
        if frames:
            return Look("http2", ", ".join(frames))
    if content and _is_text(content[:512]):
        return Look("text", harmless(content[:200]).replace("\\x0d", "").replace("\\x0a", " "))
    return Look("binary", content[:32].hex())


_HTTP1 = re.compile(rb"(?:[A-Z]{3,10} \S{1,2000} HTTP/1\.[01]\r?\n|HTTP/1\.[01] \d{3})")
_FRAMES = (
    "DATA",
    "HEADERS",
    "PRIORITY",
    "RST_STREAM",
    "SETTINGS",
    "PUSH_PROMISE",
    "PING",
    "GOAWAY",
    "WINDOW_UPDATE",
    "CONTINUATION",
)


def _frames(content: bytes) -> list[str]:
    """``HEADERS[1] 120``: type, stream, length; RFC 9113 section 4.1. Nothing where it is none."""
    found: list[str] = []
    at = 0
    while at + 9 <= len(content) and len(found) < MOST_FRAMES:
        length, kind = int.from_bytes(content[at : at + 3], "big"), content[at + 3]
        stream = int.from_bytes(content[at + 5 : at + 9], "big") & 0x7FFFFFFF
        if length > 2**20 or kind >= len(_FRAMES):
            return found if len(found) > 1 else []
        found.append(f"{_FRAMES[kind]}[{stream}] {length}")
        at += 9 + length
    return found


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4 or not error.start:
            return False
        text = data[: error.start].decode("utf-8")
    return all(c.isprintable() or c in "\r\n\t" for c in text)
