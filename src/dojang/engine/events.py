"""What a connection tells the application."""

from __future__ import annotations

from dataclasses import dataclass

from dojang.engine.session import Session

__all__ = ["DataReceived", "Event", "HandshakeCompleted", "PeerClosed"]


@dataclass(frozen=True, slots=True)
class HandshakeCompleted:
    """Both sides have proved what they had to."""

    session: Session


@dataclass(frozen=True, slots=True)
class DataReceived:
    """Application data, authenticated and in order."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The peer's close_notify: nothing more will come, and nothing is missing. The other direction stays open."""


Event = HandshakeCompleted | DataReceived | PeerClosed
