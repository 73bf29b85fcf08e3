"""From a conversation in the clear to TLS, on a connected socket: blocking and with asyncio.

sock = socket.create_connection((host, 587), 10)
upgrade(sock, "smtp", host)
tls = TlsSocket.client(sock, config, host)
"""

from __future__ import annotations

import asyncio
import socket
import time

from dojang.net.preambles import Preamble, preamble

__all__ = ["PORTS", "upgrade", "upgrade_async"]

# Where each protocol is usually found.
PORTS = {
    "smtp": 587,
    "imap": 143,
    "pop3": 110,
    "ftp": 21,
    "xmpp": 5222,
    "ldap": 389,
    "postgres": 5432,
    "mysql": 3306,
}

_SOME = 4096


def upgrade(sock: socket.socket, protocol: str, name: str, *, timeout: float = 30.0) -> None:
    """Talk until TLS may begin; then TlsSocket.client(sock, ...) takes over.

    timeout: seconds for all of it; the socket's own is as before afterwards.
    Raises what `preamble` raises, TimeoutError, and OSError. The socket is the caller's to close.
    """
    steps = preamble(protocol, name, _own_name(sock))
    end = time.monotonic() + timeout
    before = sock.gettimeout()
    try:
        output = next(steps)
        while True:
            _send(sock, output, protocol, end)
            _allow(sock, protocol, end)
            output = steps.send(sock.recv(_SOME))
    except StopIteration as over:
        _send(sock, over.value, protocol, end)
    except TimeoutError as error:
        raise _late(protocol) from error
    finally:
        steps.close()
        sock.settimeout(before)


async def upgrade_async(sock: socket.socket, protocol: str, name: str, *, timeout: float = 30.0) -> None:
    """The same on the running loop, for a socket that doesn't block (setblocking(False))."""
    steps = preamble(protocol, name, _own_name(sock))
    try:
        async with asyncio.timeout(timeout):
            await _run(sock, steps)
    except TimeoutError as error:
        raise _late(protocol) from error
    finally:
        steps.close()


async def _run(sock: socket.socket, steps: Preamble) -> None:
    loop = asyncio.get_running_loop()
    output = next(steps)
    while True:
        await loop.sock_sendall(sock, output)
        data = await loop.sock_recv(sock, _SOME)
        try:
            output = steps.send(data)
        except StopIteration as over:
            await loop.sock_sendall(sock, over.value)
            return


def _send(sock: socket.socket, data: bytes, protocol: str, end: float) -> None:
    if data:
        _allow(sock, protocol, end)
        sock.sendall(data)


def _allow(sock: socket.socket, protocol: str, end: float) -> None:
    """Let the next operation take what is left of the time."""
    left = end - time.monotonic()
    if left <= 0:
        raise _late(protocol)
    sock.settimeout(left)


def _late(protocol: str) -> TimeoutError:
    return TimeoutError(f"the server did not come to TLS in time; is this a port where {protocol} begins in the clear?")


def _own_name(sock: socket.socket) -> str:
    """An address literal (RFC 5321 section 4.1.3), which no server can find fault with and no lookup delays."""
    address = sock.getsockname()
    if sock.family == socket.AF_INET:
        return f"[{address[0]}]"
    if sock.family == socket.AF_INET6:
        return f"[IPv6:{address[0].partition('%')[0]}]"
    return "localhost"
