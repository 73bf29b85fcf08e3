"""The rules of RFC 9846 section 5: sizes, fragments, what may stand between and in the clear."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dojang.engine.connection import Connection
from dojang.engine.events import DataReceived, PeerClosed
from dojang.errors import AlertReceived, DecodeError, NotTls, PeerIncompatible, PeerMisbehaved, TlsError
from dojang.wire.codes import Alert, ContentType, HandshakeType
from dojang.wire.framing import MAX_PLAINTEXT
from tests.pair import NAME, client_config, server_config
from tests.scripted import (
    Scripted,
    ScriptedClient,
    ScriptedServer,
    check_refused,
    clear,
    client_and_script,
    connected_client,
    connected_server,
    framed,
    receive_all,
    server_and_script,
)

HANDSHAKE, ALERT, DATA, CCS = (
    ContentType.HANDSHAKE,
    ContentType.ALERT,
    ContentType.APPLICATION_DATA,
    ContentType.CHANGE_CIPHER_SPEC,
)
DUMMY = clear(CCS, b"\x01")
SIDES = pytest.mark.parametrize("connected", [connected_client, connected_server])
Connected = Callable[[], tuple[Connection, Scripted]]


@SIDES
@pytest.mark.parametrize("size", [0, 1, 2, 1024, MAX_PLAINTEXT - 1, MAX_PLAINTEXT])
def test_sizes_of_data(connected: Connected, size: int) -> None:
    end, peer = connected()
    data = bytes(size)
    assert end.receive(peer.record(DATA, data)) == ([DataReceived(data)] if size else [])
    assert end.receive(peer.record(DATA, b"next")) == [DataReceived(b"next")]


@SIDES
def test_many_empty_records_of_data(connected: Connected) -> None:
    end, peer = connected()
    assert end.receive(b"".join(peer.record(DATA, b"") for _ in range(1000))) == []
    assert end.receive(peer.record(DATA, b"next")) == [DataReceived(b"next")]


@SIDES
@pytest.mark.parametrize("padding", [1, 255, 1000, MAX_PLAINTEXT - 4])
def test_padding_is_dropped(connected: Connected, padding: int) -> None:
    end, peer = connected()
    assert end.receive(peer.record(DATA, b"data", padding)) == [DataReceived(b"data")]
    assert end.receive(peer.record(DATA, b"\0\0", 3)) == [DataReceived(b"\0\0")]
    assert end.receive(peer.record(ALERT, bytes((1, 0)), padding)) == [PeerClosed()]


@SIDES
@pytest.mark.parametrize(("size", "padding"), [(MAX_PLAINTEXT + 1, 0), (MAX_PLAINTEXT, 1), (0, MAX_PLAINTEXT + 1)])
def test_too_much_inside_a_protected_record(connected: Connected, size: int, padding: int) -> None:
    end, peer = connected()
    check_refused(end, peer, peer.record(DATA, bytes(size), padding), PeerMisbehaved, Alert.RECORD_OVERFLOW)


@SIDES
def test_protected_record_announced_too_long(connected: Connected) -> None:
    end, peer = connected()
    check_refused(end, peer, b"\x17\x03\x03\x41\x01", PeerMisbehaved, Alert.RECORD_OVERFLOW)


@SIDES
@pytest.mark.parametrize("size", [0, 1, 15, 16])
def test_protected_record_too_short_for_a_tag(connected: Connected, size: int) -> None:
    end, peer = connected()
    check_refused(end, peer, clear(DATA, bytes(size)), PeerMisbehaved, Alert.BAD_RECORD_MAC)


@SIDES
def test_the_longest_protected_record_that_does_not_open(connected: Connected) -> None:
    end, peer = connected()
    check_refused(end, peer, clear(DATA, bytes(MAX_PLAINTEXT + 256)), PeerMisbehaved, Alert.BAD_RECORD_MAC)


@pytest.mark.parametrize("padding", [0, 1, 1000])
@SIDES
def test_no_content_type_inside(connected: Connected, padding: int) -> None:
    end, peer = connected()
    check_refused(end, peer, peer.record(0, b"", padding), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@SIDES
@pytest.mark.parametrize("kind", [CCS, ContentType.HEARTBEAT, 99, 255])
def test_foreign_content_type_inside(connected: Connected, kind: int) -> None:
    end, peer = connected()
    check_refused(end, peer, peer.record(kind, b"\x01"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("size", [MAX_PLAINTEXT + 1, 65535])
def test_plaintext_record_too_long(size: int) -> None:
    server = Connection.server(server_config())
    data = b"\x16\x03\x01" + size.to_bytes(2, "big")
    check_refused(server, ScriptedClient(), data, PeerMisbehaved, Alert.RECORD_OVERFLOW)
    client, script = client_and_script()
    check_refused(client, script, data, PeerMisbehaved, Alert.RECORD_OVERFLOW)


def test_plaintext_record_of_the_largest_size() -> None:
    """A ClientHello grown to one full record, and one byte more in a second."""
    for size, pieces in ((MAX_PLAINTEXT, 1), (MAX_PLAINTEXT + 1, 2)):
        server, client = Connection.server(server_config()), ScriptedClient()
        hello = grown_hello(client, size)
        records = [hello[:MAX_PLAINTEXT], hello[MAX_PLAINTEXT:]][:pieces]
        server.receive(b"".join(clear(HANDSHAKE, piece) for piece in records))
        client.take(server.data_to_send())
        server.receive(b"".join(client.flight()))
        assert server.session is not None


def grown_hello(client: ScriptedClient, size: int) -> bytes:
    from dojang.wire.codes import ExtensionType
    from dojang.wire.extensions import Extension

    shortest = len(client.client_hello(Extension(ExtensionType.PADDING, b"")).frame())
    raw = client.client_hello(Extension(ExtensionType.PADDING, bytes(size - shortest))).frame()
    assert len(raw) == size
    client.transcript += raw
    return raw


@pytest.mark.parametrize("first", [1, 2, 3, 4, 5, 100])
@pytest.mark.parametrize("rest", [1, 7, 16384])
def test_hello_across_records(first: int, rest: int) -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    raw = client.start()[5:]
    pieces = [raw[:first], *(raw[at : at + rest] for at in range(first, len(raw), rest))]
    server.receive(b"".join(clear(HANDSHAKE, piece) for piece in pieces))
    client.take(server.data_to_send())
    server.receive(b"".join(client.flight()))
    assert server.session is not None


@pytest.mark.parametrize("size", [1, 2, 5, 64, 1000, MAX_PLAINTEXT])
def test_server_flight_in_records_of_any_size(size: int) -> None:
    """All of the flight's protected messages as one stream, cut into records of `size` bytes."""
    sizes = []

    class Recut(ScriptedServer):
        stream = b""

        def record(self, kind: int, content: bytes, padding: int = 0) -> bytes:
            if kind != HANDSHAKE or self.sealer is None:
                return super().record(kind, content, padding)
            self.stream += content
            if content[0] != HandshakeType.FINISHED:
                return b""
            pieces = [self.stream[at : at + size] for at in range(0, len(self.stream), size)]
            sizes.append(len(pieces))
            return b"".join(super(Recut, self).record(HANDSHAKE, piece) for piece in pieces)

    client, server = Connection.client(client_config(), NAME), Recut()
    server.take(client.data_to_send())
    client.receive(b"".join(server.flight()))
    server.take(client.data_to_send())
    assert client.session is not None
    client.send(b"works")
    server.take(client.data_to_send())
    assert server.data == b"works"
    assert sizes[0] == -(-len(Recut.stream or server.stream) // size)


@pytest.mark.parametrize("between", [CCS, DATA])
def test_nothing_may_stand_between_fragments(between: ContentType) -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    raw = client.start()[5:]
    data = clear(HANDSHAKE, raw[:10]) + clear(between, b"\x01") + clear(HANDSHAKE, raw[10:])
    check_refused(server, client, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("description", [Alert.INTERNAL_ERROR, Alert.USER_CANCELED])
def test_an_alert_that_cuts_a_message_short_ends_it(description: Alert) -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    raw = client.start()[5:]
    data = clear(HANDSHAKE, raw[:10]) + clear(ALERT, bytes((1, description))) + clear(HANDSHAKE, raw[10:])
    error = check_refused(server, client, data, AlertReceived, None)
    assert isinstance(error, AlertReceived)
    assert error.description is description


@SIDES
def test_nothing_may_stand_between_protected_fragments(connected: Connected) -> None:
    update = framed(HandshakeType.KEY_UPDATE, b"\0")
    end, peer = connected()
    data = peer.record(HANDSHAKE, update[:3]) + peer.record(DATA, b"data") + peer.record(HANDSHAKE, update[3:])
    check_refused(end, peer, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)
    end, peer = connected()
    data = peer.record(HANDSHAKE, update[:3]) + peer.record(ALERT, bytes((1, 90))) + peer.record(HANDSHAKE, update[3:])
    check_refused(end, peer, data, AlertReceived, None)


@pytest.mark.parametrize("kind", [HANDSHAKE, ALERT, CCS])
def test_empty_records_in_the_clear(kind: ContentType) -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    check_refused(server, client, clear(kind, b""), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@SIDES
@pytest.mark.parametrize("kind", [HANDSHAKE, ALERT])
@pytest.mark.parametrize("padding", [0, 10])
def test_empty_records_under_keys(connected: Connected, kind: ContentType, padding: int) -> None:
    end, peer = connected()
    check_refused(end, peer, peer.record(kind, b"", padding), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@SIDES
@pytest.mark.parametrize("content", [b"\x01", b"\x01\x00\x00", b"\x02\x28\x02\x28"])
def test_alerts_are_whole_and_alone(connected: Connected, content: bytes) -> None:
    end, peer = connected()
    check_refused(end, peer, peer.record(ALERT, content), DecodeError, Alert.DECODE_ERROR)


# change_cipher_spec: one byte 0x01, dropped from the first ClientHello to the peer's Finished (section 5).


def test_dummies_are_dropped_during_the_handshake() -> None:
    client, server = client_and_script()
    flight = server.flight()
    client.receive(DUMMY + DUMMY.join(flight))
    assert client.session is not None

    end, script = server_and_script()
    end.receive(DUMMY + DUMMY + b"".join(script.flight()))
    assert end.session is not None


def test_dummy_before_the_first_hello() -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    check_refused(server, client, DUMMY + client.start(), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@SIDES
def test_dummy_after_the_handshake(connected: Connected) -> None:
    end, peer = connected()
    check_refused(end, peer, DUMMY, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("content", [b"\0", b"\x02", b"\x01\x01", b"\x01\x00"])
def test_dummy_of_other_content(content: bytes) -> None:
    client, server = client_and_script()
    check_refused(client, server, clear(CCS, content), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)
    end, script = server_and_script()
    check_refused(end, script, clear(CCS, content), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_endless_dummies() -> None:
    client, server = client_and_script()
    check_refused(client, server, DUMMY * 1000, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


# What may come in the clear although keys are in use.


def test_plaintext_alert_before_the_first_protected_record() -> None:
    """A peer that can't go on before it has keys of its own says so in the clear."""
    client, server = client_and_script()
    client.receive(server.flight()[0])
    error = check_refused(client, server, clear(ALERT, bytes((2, 40))), AlertReceived, None)
    assert isinstance(error, AlertReceived)
    assert error.description is Alert.HANDSHAKE_FAILURE

    end, script = server_and_script()
    error = check_refused(end, script, clear(ALERT, bytes((2, 48))), AlertReceived, None)
    assert isinstance(error, AlertReceived)
    assert error.description is Alert.UNKNOWN_CA


def test_plaintext_alert_after_a_protected_record() -> None:
    client, server = client_and_script()
    flight = server.flight()
    client.receive(flight[0] + flight[1])
    check_refused(client, server, clear(ALERT, bytes((2, 40))), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@SIDES
@pytest.mark.parametrize("kind", [HANDSHAKE, ALERT])
def test_plaintext_after_the_handshake(connected: Connected, kind: ContentType) -> None:
    end, peer = connected()
    check_refused(end, peer, clear(kind, bytes((1, 0))), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_plaintext_handshake_where_keys_are_in_use() -> None:
    client, server = client_and_script()
    client.receive(server.flight()[0])
    message = clear(HANDSHAKE, framed(HandshakeType.ENCRYPTED_EXTENSIONS, b"\0\0"))
    check_refused(client, server, message, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_data_within_the_handshake() -> None:
    client, server = client_and_script()
    check_refused(client, server, clear(DATA, b"data"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)

    client, server = client_and_script()
    server_hello = server.server_hello()
    client.receive(server_hello)
    check_refused(client, server, server.record(DATA, b"data"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)

    end, script = server_and_script()
    check_refused(end, script, script.record(DATA, b"data"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


# Keys change on the edge of a record (section 5.1).


def test_message_that_goes_on_past_server_hello() -> None:
    client, server = client_and_script()
    raw = server.server_hello()[5:]
    check_refused(client, server, clear(HANDSHAKE, raw + b"\x08"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_message_that_goes_on_past_client_hello() -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    raw = client.start()[5:]
    check_refused(server, client, clear(HANDSHAKE, raw + b"\x14\0"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_message_that_goes_on_past_finished() -> None:
    client, server = client_and_script(edit=lambda name, raw: raw + b"\x04" if name == "finished" else raw)
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)
    end, script = server_and_script(edit=lambda name, raw: raw + b"\x18" if name == "finished" else raw)
    check_refused(end, script, b"".join(script.flight()), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@SIDES
def test_message_that_goes_on_past_a_key_update(connected: Connected) -> None:
    end, peer = connected()
    data = peer.record(HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\0") + b"\x18")
    check_refused(end, peer, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


# A record that was tampered with.


@SIDES
@pytest.mark.parametrize("position", [0, 3, 4, 5, 20, -1])
def test_one_bit_changed(connected: Connected, position: int) -> None:
    end, peer = connected()
    record = bytearray(peer.record(DATA, b"data" * 10) + bytes(256 if position == 3 else 1))
    record[position if position >= 0 else -2] ^= 1
    with pytest.raises(TlsError) as caught:
        end.receive(bytes(record))
    assert caught.value.alert in (Alert.BAD_RECORD_MAC, Alert.UNEXPECTED_MESSAGE)
    peer.take(end.data_to_send())
    assert peer.alerts == [caught.value.alert]


@SIDES
def test_version_of_a_protected_record_is_under_the_tag(connected: Connected) -> None:
    end, peer = connected()
    record = bytearray(peer.record(DATA, b"data"))
    record[2] = 1
    check_refused(end, peer, bytes(record), PeerMisbehaved, Alert.BAD_RECORD_MAC)


@SIDES
def test_records_replayed_dropped_or_swapped(connected: Connected) -> None:
    for order in ([0, 0], [1], [1, 0]):
        end, peer = connected()
        records = [peer.record(DATA, b"first"), peer.record(DATA, b"second")]
        check_refused(end, peer, b"".join(records[i] for i in order), PeerMisbehaved, Alert.BAD_RECORD_MAC)


@SIDES
def test_data_before_an_error_is_delivered(connected: Connected) -> None:
    end, peer = connected()
    data = peer.record(DATA, b"good") + clear(DATA, bytes(40))
    assert end.receive(data) == [DataReceived(b"good")]
    with pytest.raises(PeerMisbehaved):
        end.receive(b"")


# What is no TLS at all.

FOREIGN = {
    b"HTTP/1.1 400 Bad Request\r\n": "HTTP",
    b"GET / HTTP/1.1\r\n": "HTTP",
    b"<!DOCTYPE html>": "HTTP",
    b"<html>": "HTTP",
    b"SSH-2.0-OpenSSH_9.6\r\n": "SSH",
    b"220 mail.test ESMTP\r\n": "SMTP",
    b"* OK IMAP4rev1\r\n": "IMAP",
    b"+OK POP3\r\n": "POP3",
}


@pytest.mark.parametrize("start", list(FOREIGN))
def test_other_protocols_are_named(start: bytes) -> None:
    client, server = client_and_script()
    error = check_refused(client, server, start, NotTls, Alert.UNEXPECTED_MESSAGE)
    assert FOREIGN[start] in str(error)


@pytest.mark.parametrize("start", list(FOREIGN))
def test_other_protocols_are_named_however_they_arrive(start: bytes) -> None:
    client, _ = client_and_script()
    with pytest.raises(NotTls) as caught:
        receive_all(client, *(start[at : at + 1] for at in range(len(start))))
    assert FOREIGN[start].split()[0] in str(caught.value)


@pytest.mark.parametrize("start", [b"\x80\x2e\x01\x00\x02\x00\x15", b"\x80\x2e\x01\x03\x01\x00\x15"])
def test_hello_of_ssl_2(start: bytes) -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    check_refused(server, client, start, PeerIncompatible, Alert.PROTOCOL_VERSION)


@pytest.mark.parametrize("kind", [0, 19, 24, 255])
def test_foreign_type_of_record(kind: int) -> None:
    client, server = client_and_script()
    client.receive(server.flight()[0])
    check_refused(client, server, clear(kind, b"\x01"), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302, 0x0304, 0x03FF])
def test_legacy_record_version_is_ignored(version: int) -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    raw = client.start()[5:]
    server.receive(clear(HANDSHAKE, raw, version))
    client.take(server.data_to_send())
    server.receive(b"".join(client.flight()))
    assert server.session is not None
