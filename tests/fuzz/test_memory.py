"""What a peer announces or repeats costs it bytes, not this side memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from dojang.engine.connection import Connection
from dojang.errors import TlsError
from dojang.wire.codes import Alert, ContentType, HandshakeType
from dojang.wire.framing import MAX_MESSAGE
from tests.pair import established, server_config
from tests.scripted import Scripted, clear, client_and_script, connected_client, connected_server, framed

HANDSHAKE, DATA = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA
MEGABYTE = 2**20


def peak_while(end: Connection, pieces: Iterator[bytes], enough: int) -> tuple[int, int]:
    """Feed until an error or the end: bytes fed, and the most memory in use meanwhile beyond what was before."""
    fed = 0
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for piece in pieces:
            fed += len(piece)
            try:
                end.receive(piece)
            except TlsError:
                break
            if fed > enough:
                break
        return fed, tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def fresh_server() -> Connection:
    return Connection.server(server_config())


@pytest.mark.parametrize("size", [MAX_MESSAGE + 1, 2**24 - 1])
def test_a_message_announced_too_long_is_refused_at_its_header(size: int) -> None:
    header = bytes((1,)) + size.to_bytes(3, "big")
    fed, peak = peak_while(fresh_server(), iter([clear(HANDSHAKE, header)] * 2), MEGABYTE)
    assert fed == 9
    assert peak < MEGABYTE


@pytest.mark.parametrize("fragment", [8, 100, 16384])
def test_the_longest_message_in_fragments(fragment: int) -> None:
    """Held once, and no more than that."""

    def pieces() -> Iterator[bytes]:
        left = bytes((1,)) + MAX_MESSAGE.to_bytes(3, "big") + bytes(MAX_MESSAGE)
        for at in range(0, len(left), fragment):
            yield clear(HANDSHAKE, left[at : at + fragment])

    _, peak = peak_while(fresh_server(), pieces(), 100 * MEGABYTE)
    assert peak < MEGABYTE


@pytest.mark.parametrize("length", [16384, 16640, 65535])
def test_a_record_announced_and_never_finished(length: int) -> None:
    header = b"\x16\x03\x03" + length.to_bytes(2, "big")
    _, peak = peak_while(fresh_server(), iter([header, *[b"x" * 100] * 100]), MEGABYTE)
    assert peak < MEGABYTE


def flood(make: Callable[[], tuple[Connection, Scripted]], record: Callable[[Scripted], bytes]) -> tuple[int, int]:
    end, peer = make()
    return peak_while(end, (record(peer) for _ in range(10**6)), MEGABYTE)


FLOODS: dict[str, Callable[[Scripted], bytes]] = {
    "empty data": lambda peer: peer.record(DATA, b""),
    "only padding": lambda peer: peer.record(DATA, b"", 16000),
    "dummies": lambda peer: clear(ContentType.CHANGE_CIPHER_SPEC, b"\1"),
    "user_canceled": lambda peer: peer.record(ContentType.ALERT, bytes((1, Alert.USER_CANCELED))),
    "key updates": lambda peer: peer.record(HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\1")),
    "tickets": lambda peer: peer.record(
        HANDSHAKE, framed(HandshakeType.NEW_SESSION_TICKET, bytes(9) + b"\x20\0" + bytes(8192) + b"\0\0")
    ),
}


@pytest.mark.parametrize("name", list(FLOODS))
@pytest.mark.parametrize("connected", [connected_client, connected_server])
def test_floods(connected: Callable[[], tuple[Connection, Scripted]], name: str) -> None:
    _, peak = flood(connected, FLOODS[name])
    assert peak < MEGABYTE


def test_what_follows_a_close_is_not_kept() -> None:
    end, peer = connected_client()
    end.receive(peer.record(ContentType.ALERT, bytes((1, 0))))
    fed, peak = peak_while(end, iter([bytes(65536)] * 200), 10 * MEGABYTE)
    assert fed > 10 * MEGABYTE
    assert peak < MEGABYTE


def test_dummies_during_the_handshake() -> None:
    client, _ = client_and_script()
    fed, peak = peak_while(client, iter([clear(ContentType.CHANGE_CIPHER_SPEC, b"\1")] * 10**6), 10 * MEGABYTE)
    assert fed < 1000
    assert peak < MEGABYTE


def test_data_is_handed_on_and_not_kept() -> None:
    client, server = established()

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            client.send(bytes(100_000))
            yield client.data_to_send()

    fed, peak = peak_while(server, pieces(), 100 * MEGABYTE)
    assert fed > 100 * 100_000
    assert peak < 3 * MEGABYTE


def test_a_hello_of_nothing_but_extensions() -> None:
    """The most objects that bytes can make: bounded by the largest message."""
    count = 15_000  # a ClientHello's extensions are 65535 bytes at the most
    entries = b"".join((0x4000 + i).to_bytes(2, "big") + b"\0\0" for i in range(count))
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + len(entries).to_bytes(2, "big") + entries
    raw = framed(1, body)
    pieces = [clear(HANDSHAKE, raw[at : at + 16384]) for at in range(0, len(raw), 16384)]
    _, peak = peak_while(fresh_server(), iter(pieces), 10 * MEGABYTE)
    assert peak < 16 * MEGABYTE
