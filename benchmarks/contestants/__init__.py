"""What a contestant is, and which there are. One file per contestant; only that file knows its interface."""

from __future__ import annotations

import importlib
import socket
from typing import ClassVar, Protocol

from benchmarks.plan import NAME, Plan

__all__ = ["NAMES", "Contestant", "Endpoint", "Resuming", "ResumingEndpoint", "Stream", "load"]

_MODULES = {"dojang": "dojang", "ssl": "stdlib", "pyopenssl": "pyopenssl", "tlslite": "tlslite_ng"}
NAMES = tuple(_MODULES)


class Endpoint(Protocol):
    """One side of a connection in memory."""

    def step(self, data: bytes) -> bytes:
        """Take the peer's bytes (b"" to start), go on with the handshake, give the bytes for the peer."""
        ...

    def complete(self) -> bool:
        """Whether the handshake is done on this side."""
        ...

    def seal(self, data: bytes) -> bytes:
        """Application data as records."""
        ...

    def open(self, records: bytes) -> bytes:
        """The application data in whole records."""
        ...

    def suite(self) -> str:
        """IANA's name of the negotiated suite."""
        ...


class Stream(Protocol):
    """One side of a connection over a blocking socket."""

    def sendall(self, data: bytes, /) -> object: ...

    def recv_into(self, buffer: bytearray | memoryview, /) -> int: ...

    def suite(self) -> str: ...

    def close(self) -> None: ...


class Contestant(Protocol):
    """A TLS stack with its two contexts made: TLS 1.3 alone, the plan's suite and group, no tickets, chain and name
    verified where `verifies` is true."""

    groups: ClassVar[frozenset[str]]
    verifies: ClassVar[bool]
    startup: ClassVar[str]

    def __init__(self, plan: Plan) -> None: ...

    @staticmethod
    def version() -> str: ...

    def client(self, name: str = NAME) -> Endpoint: ...

    def server(self) -> Endpoint: ...

    def connect(self, sock: socket.socket) -> Stream: ...

    def accept(self, sock: socket.socket) -> Stream: ...

    def forget(self) -> None:
        """Drop what earlier connections taught about certificates; nothing to do where nothing is remembered."""
        ...


class ResumingEndpoint(Endpoint, Protocol):
    """One that tells whether it resumed."""

    def resumed(self) -> bool: ...


class Resuming(Contestant, Protocol):
    """A contestant that comes back: with a plan that `resumes`, its server gives tickets."""

    def client_again(self, before: ResumingEndpoint) -> ResumingEndpoint:
        """A client that resumes the session of an earlier client, whose connection has taken in its tickets."""
        ...


def load(name: str) -> type[Contestant]:
    """The contestant's class; ImportError when what it needs is not installed."""
    module = importlib.import_module(f"benchmarks.contestants.{_MODULES[name]}")
    contestant: type[Contestant] = module.CONTESTANT
    return contestant
