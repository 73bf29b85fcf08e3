"""STARTTLS against the real servers, blocking and with asyncio; someone in the middle; servers that stall."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from dojang.engine.config import ClientConfig
from dojang.errors import NotTls, PeerIncompatible, PeerMisbehaved, TlsError
from dojang.net.blocking import TlsSocket
from dojang.net.starttls import upgrade, upgrade_async
from dojang.pki.store import TrustStore
from tests.interop.pki import Pki, make_pki
from tests.interop.processes import LOOPBACK
from tests.net.mail_and_more import SERVERS, Place

everyone = pytest.mark.parametrize("protocol", list(SERVERS))
NO_TLS = r"offers no TLS|does not begin TLS"
Ports = Callable[[str, bool], int]

# What is said first inside of TLS, and how the server's answer to it begins.
INSIDE = {
    "smtp": (b"EHLO [127.0.0.1]\r\n", rb"250-localhost"),
    "imap": (b"b LOGIN u pw\r\n", rb"(\* CAPABILITY.*\r\n)?b (OK|NO)"),
    "pop3": (b"CAPA\r\n", rb"\+OK(.*\r\n)+SASL"),
    "ftp": (b"PBSZ 0\r\n", rb"200 "),
    "xmpp": (
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
        b"to='localhost'>",
        rb"<\?xml version='1.0'\?><stream:stream",
    ),
    # an anonymous bind, and its success
    "ldap": (bytes.fromhex("300c020102600702010304008000"), rb"\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00"),
    # StartupMessage 3.0 for the user postgres; AuthenticationOk, for the tests' server trusts
    "postgres": (b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0", rb"R\0\0\0\x08\0\0\0\0"),
    # HandshakeResponse41 for root without a password; an OK packet
    "mysql": (
        (len(b"root\0\0") + 32).to_bytes(3, "little")
        + b"\x02"
        + (0x8A00 | 0x200).to_bytes(4, "little")
        + (2**24 - 1).to_bytes(4, "little")
        + b"\x2d"
        + bytes(23)
        + b"root\0\0",
        rb"...[\x03-\x04]\x00",
    ),
}

# What the client says last before the go-ahead; MySQL's server is not asked.
ASKING = {
    "smtp": b"STARTTLS\r\n",
    "imap": b"a2 STARTTLS\r\n",
    "pop3": b"STLS\r\n",
    "ftp": b"AUTH TLS\r\n",
    "xmpp": b"<starttls ",
    "ldap": b"1.3.6.1.4.1.1466.20037",
    "postgres": b"\x04\xd2\x16\x2f",
    "mysql": b"",
}


@pytest.fixture(scope="module")
def pki() -> Iterator[Pki]:
    """In a folder that the servers' own users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="dojang-starttls-"))
    try:
        folder.chmod(0o755)
        (folder / "pki").mkdir()
        yield make_pki(folder / "pki")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def ports(pki: Pki) -> Iterator[Ports]:
    """ports(protocol, tls): where such a server listens; started once."""
    running: dict[tuple[str, bool], int] = {}
    with ExitStack() as stack:

        def port(protocol: str, tls: bool) -> int:
            if (protocol, tls) not in running:
                folder = pki.folder.parent / f"{protocol}-{'tls' if tls else 'clear'}"
                folder.mkdir(mode=0o755)
                server = stack.enter_context(SERVERS[protocol](Place(pki, folder, tls)))
                running[protocol, tls] = server.port
            return running[protocol, tls]

        yield port


@pytest.fixture(scope="module")
def config(pki: Pki) -> ClientConfig:
    return ClientConfig(trust=TrustStore.from_file(pki.root))


def dial(port: int) -> socket.socket:
    return socket.create_connection((LOOPBACK, port), 10)


def converse(sock: socket.socket, protocol: str, config: ClientConfig) -> None:
    """Shake hands and hear an answer to the first words inside."""
    tls = TlsSocket.client(sock, config, "localhost")
    assert tls.session.verified
    said, answer = INSIDE[protocol]
    tls.sendall(said)
    heard = b""
    while not re.match(answer, heard, re.DOTALL) and (data := tls.recv()):
        heard += data
    assert re.match(answer, heard, re.DOTALL), heard


@everyone
def test_the_real_server_goes_on_in_tls(protocol: str, ports: Ports, config: ClientConfig) -> None:
    with dial(ports(protocol, True)) as sock:
        upgrade(sock, protocol, "localhost", timeout=10)
        assert sock.gettimeout() == 10
        converse(sock, protocol, config)


@everyone
def test_the_same_with_asyncio(protocol: str, ports: Ports, config: ClientConfig) -> None:
    with dial(ports(protocol, True)) as sock:
        sock.setblocking(False)
        asyncio.run(upgrade_async(sock, protocol, "localhost", timeout=10))
        sock.settimeout(10)
        converse(sock, protocol, config)


@everyone
def test_the_real_server_has_no_tls(protocol: str, ports: Ports) -> None:
    with dial(ports(protocol, False)) as sock, pytest.raises(PeerIncompatible, match=NO_TLS):
        upgrade(sock, protocol, "localhost", timeout=10)
    with dial(ports(protocol, False)) as sock:
        sock.setblocking(False)
        with pytest.raises(PeerIncompatible, match=NO_TLS):
            asyncio.run(upgrade_async(sock, protocol, "localhost", timeout=10))


@everyone
def test_someone_in_the_middle_adds_to_the_go_ahead(protocol: str, ports: Ports) -> None:
    fault = pytest.raises(PeerMisbehaved, match="10 more bytes in the clear")
    with relay(ports(protocol, True), ASKING[protocol], b"injected\r\n") as port, dial(port) as sock, fault:
        upgrade(sock, protocol, "localhost", timeout=10)


@pytest.mark.parametrize("protocol", ["smtp", "imap", "postgres"])
def test_what_is_added_a_little_later_is_no_tls(protocol: str, ports: Ports, config: ClientConfig) -> None:
    with relay(ports(protocol, True), ASKING[protocol], b"injected\r\n", later=True) as port, dial(port) as sock:
        upgrade(sock, protocol, "localhost", timeout=10)
        with pytest.raises(NotTls):
            TlsSocket.client(sock, config, "localhost")


def test_someone_in_the_middle_removes_the_offer(ports: Ports) -> None:
    fault = pytest.raises(PeerIncompatible, match="has removed the offer")
    strip = (b"STARTTLS", b"XXXXXXXX")
    with relay(ports("smtp", True), b"EHLO", b"", replace=strip) as port, dial(port) as sock, fault:
        upgrade(sock, "smtp", "localhost", timeout=10)


def test_another_protocol_s_server(ports: Ports) -> None:
    for protocol, other in (("imap", "smtp"), ("smtp", "imap"), ("pop3", "imap"), ("mysql", "smtp"), ("xmpp", "ftp")):
        with dial(ports(other, True)) as sock, pytest.raises(TlsError, match="does not speak"):
            upgrade(sock, protocol, "localhost", timeout=10)


@contextmanager
def relay(
    port: int, asking: bytes, extra: bytes, *, later: bool = False, replace: tuple[bytes, bytes] | None = None
) -> Iterator[int]:
    """Someone on the way: passes on, and after the answer to `asking` adds `extra`, at once or a little later."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=meddle, args=(listener, port, asking, extra, later, replace), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(15)
    assert not thread.is_alive()


def meddle(
    listener: socket.socket, port: int, asking: bytes, extra: bytes, later: bool, replace: tuple[bytes, bytes] | None
) -> None:
    client, _ = listener.accept()
    with client, dial(port) as server, suppress(OSError):
        client.settimeout(10)
        asked = b""
        while asking not in asked:
            asked = forward_turn(server, client)
        answer = server.recv(4096).replace(*replace) if replace else server.recv(4096)
        client.sendall(answer if later else answer + extra)
        if later:
            time.sleep(0.1)
            client.sendall(extra)
        while client.recv(4096):
            pass


def forward_turn(server: socket.socket, client: socket.socket) -> bytes:
    """Pass on whatever comes from either side until the client has said something; that."""
    server.setblocking(False)
    client.setblocking(False)
    try:
        while True:
            with suppress(BlockingIOError):
                client.sendall(server.recv(4096))
            with suppress(BlockingIOError):
                said = client.recv(4096)
                if not said:
                    raise OSError("the client has left")
                server.sendall(said)
                return said
            time.sleep(0.005)
    finally:
        server.settimeout(10)
        client.settimeout(10)


@contextmanager
def stalling(said: bytes, pause: float) -> Iterator[int]:
    """A server that says `said` byte by byte, over and over, with pauses."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def run() -> None:
            with suppress(OSError):
                peer, _ = listener.accept()
                with peer:
                    while True:
                        for byte in said:
                            peer.sendall(bytes([byte]))
                            time.sleep(pause)
                        if not said:
                            peer.recv(1)
                            time.sleep(5)
                            return

        threading.Thread(target=run, daemon=True).start()
        yield listener.getsockname()[1]


@everyone
def test_a_server_that_says_nothing(protocol: str) -> None:
    with stalling(b"", 0) as port, dial(port) as sock:
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match="did not come to TLS in time"):
            upgrade(sock, protocol, "localhost", timeout=0.2)
        assert time.monotonic() - begun < 1
        assert sock.gettimeout() == 10


def test_a_server_that_trickles_has_no_more_time_than_any_other() -> None:
    with stalling(b"220-", 0.05) as port, dial(port) as sock:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            upgrade(sock, "smtp", "localhost", timeout=0.4)
        assert time.monotonic() - begun < 1
    with stalling(b"220-", 0.05) as port, dial(port) as sock:
        sock.setblocking(False)
        with pytest.raises(TimeoutError, match="in time"):
            asyncio.run(upgrade_async(sock, "smtp", "localhost", timeout=0.4))


def test_over_ipv6_the_client_calls_itself_by_its_address() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on loopback")
    heard: list[bytes] = []

    def run() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"220 x\r\n")
            heard.append(peer.recv(100))

    with listener:
        thread = threading.Thread(target=run)
        thread.start()
        with socket.create_connection(listener.getsockname()[:2], 5) as sock, pytest.raises(TlsError):
            upgrade(sock, "smtp", "localhost", timeout=5)
        thread.join(5)
    assert heard == [b"EHLO [IPv6:::1]\r\n"]
