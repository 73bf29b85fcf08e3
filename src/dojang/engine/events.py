"""What a connection tells the application."""

from __future__ import annotations

from dataclasses import dataclass

from dojang.engine.session import Session
from dojang.engine.ticket import Ticket

__all__ = [
    "CertificateAnswered",
    "DataReceived",
    "EarlyDataReceived",
    "EarlyDataRejected",
    "Event",
    "HandshakeCompleted",
    "PeerClosed",
    "TicketReceived",
]


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


@dataclass(frozen=True, slots=True)
class EarlyDataReceived:
    """A server's: data that came before the handshake was over.

    It may have been sent before, to another server: act on it only if doing so twice does no harm.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class EarlyDataRejected:
    """A client's: the server did not take the early data, all of which is here to be sent again."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TicketReceived:
    """A client's: with this, a later connection may be resumed."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class CertificateAnswered:
    """A server's: the client answered `request_certificate`. Its chain is empty where it showed no certificate."""

    session: Session


Event = (
    CertificateAnswered
    | HandshakeCompleted
    | DataReceived
    | PeerClosed
    | EarlyDataReceived
    | EarlyDataRejected
    | TicketReceived
)
