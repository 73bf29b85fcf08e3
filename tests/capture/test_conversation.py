"""TLS is found by content, on any port, behind whatever was spoken before it."""

# ruff: noqa: E501 - a table: one conversation, one line

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from dojang.capture.conversation import Conversation
from dojang.capture.preface import Preface, find_client_hello
from dojang.capture.records import RecordReader
from dojang.wire.codes import HandshakeType
from tests.capture.corpus import dissect
from tests.capture.recording import Pair, Said, pcap_bytes, tcp_frames, write_pcap


@pytest.fixture(scope="module")
def handshake() -> list[Said]:
    """A TLS 1.2 handshake between anonymous ends, as it crosses."""
    client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for context in (client, server):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    pair = Pair.make(client, server)
    pair.handshake()
    return pair.said


def read(said: list[Said], tmp_path: Path, **options: Any) -> list[Conversation]:
    return dissect(write_pcap(tmp_path / "a.pcap", tcp_frames(said, **options)))


LDAP = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
SOCKS5_NAME = b"\x05\x01\x00\x03\x09name.test\x01\xbb"
MYSQL = b"\x20\x00\x00\x01\x85\xae\x0f\x20" + bytes(28)

PREFACES: dict[str, tuple[list[Said], tuple[Preface, ...]]] = {
    "nothing": ([], ()),
    "smtp": ([(1, b"220 mx ESMTP\r\n"), (0, b"EHLO a\r\n"), (1, b"250-mx\r\n250 STARTTLS\r\n"), (0, b"STARTTLS\r\n"), (1, b"220 go\r\n")], (Preface("SMTP STARTTLS"),)),
    "imap": ([(1, b"* OK ready\r\n"), (0, b"a1 STARTTLS\r\n"), (1, b"a1 OK\r\n")], (Preface("IMAP STARTTLS"),)),
    "pop3": ([(1, b"+OK\r\n"), (0, b"STLS\r\n"), (1, b"+OK\r\n")], (Preface("POP3 STLS"),)),
    "ftp": ([(1, b"220 ftp\r\n"), (0, b"AUTH TLS\r\n"), (1, b"234 go\r\n")], (Preface("FTP AUTH TLS"),)),
    "xmpp": ([(0, b"<stream:stream><starttls xmlns='urn'/>"), (1, b"<proceed xmlns='urn'/>")], (Preface("XMPP STARTTLS"),)),
    "ldap": ([(0, LDAP), (1, b"0\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")], (Preface("LDAP StartTLS"),)),
    "postgresql": ([(0, b"\x00\x00\x00\x08\x04\xd2\x16\x2f"), (1, b"S")], (Preface("PostgreSQL SSLRequest"),)),
    "mysql": ([(1, b"\x4a\x00\x00\x00\x0a8.0.36\x00" + bytes(60)), (0, MYSQL)], (Preface("MySQL SSL"),)),
    "irc": ([(0, b"STARTTLS\r\n"), (1, b":irc 670 * :go\r\n")], (Preface("IRC STARTTLS"),)),
    "nntp": ([(1, b"200 news\r\n"), (0, b"STARTTLS\r\n"), (1, b"382 go\r\n")], (Preface("NNTP STARTTLS"),)),
    "socks4": ([(0, b"\x04\x01\x01\xbb\x0a\x00\x00\x09me\x00"), (1, b"\x00\x5a" + bytes(6))], (Preface("SOCKS4", "10.0.0.9:443"),)),
    "socks4a": ([(0, b"\x04\x01\x01\xbb\x00\x00\x00\x01me\x00name.test\x00"), (1, b"\x00\x5a" + bytes(6))], (Preface("SOCKS4", "name.test:443"),)),
    "socks5": ([(0, b"\x05\x01\x00"), (1, b"\x05\x00"), (0, SOCKS5_NAME), (1, b"\x05\x00\x00\x01" + bytes(6))], (Preface("SOCKS5", "name.test:443"),)),
    "socks5 with a login": ([(0, b"\x05\x01\x02"), (1, b"\x05\x02"), (0, b"\x01\x02me\x02pw"), (1, b"\x01\x00"), (0, SOCKS5_NAME), (1, b"\x05\x00\x00\x01" + bytes(6))], (Preface("SOCKS5", "name.test:443"),)),
    "connect": ([(0, b"CONNECT name.test:443 HTTP/1.1\r\nHost: name.test\r\n\r\n"), (1, b"HTTP/1.1 200 OK\r\n\r\n")], (Preface("HTTP CONNECT", "name.test:443"),)),
    "connect, then smtp": ([(0, b"CONNECT mx:25 HTTP/1.1\r\n\r\n"), (1, b"HTTP/1.1 200 OK\r\n\r\n"), (1, b"220 mx\r\n"), (0, b"STARTTLS\r\n"), (1, b"220 go\r\n")], (Preface("HTTP CONNECT", "mx:25"), Preface("SMTP STARTTLS"))),
    "something unknown": ([(0, b"please\n"), (1, b"yes\n")], ()),
}  # fmt: skip


@pytest.mark.parametrize("name", PREFACES)
def test_tls_is_found_and_what_came_before_is_named(name: str, handshake: list[Said], tmp_path: Path) -> None:
    before, prefaces = PREFACES[name]
    (conversation,) = read([*before, *handshake], tmp_path, ports=(40000, 7777))
    assert conversation.prefaces == prefaces
    assert conversation.tls is not None
    kinds = [message.type for message in conversation.tls.handshake.messages]
    assert kinds[:2] == [HandshakeType.CLIENT_HELLO, HandshakeType.SERVER_HELLO]
    assert conversation.server.port == 7777


def test_a_hello_may_come_in_the_same_packet_as_the_last_plain_word(handshake: list[Said], tmp_path: Path) -> None:
    said = [(1, b"220 mx\r\n"), (0, b"STARTTLS\r\n" + handshake[0][1]), (1, b"220 go\r\n" + handshake[1][1])]
    (conversation,) = read(said, tmp_path)
    assert conversation.tls is not None
    assert conversation.prefaces == (Preface("SMTP STARTTLS"),)
    assert conversation.tls.handshake.server_hello is not None


def test_small_packets_are_enough(handshake: list[Said], tmp_path: Path) -> None:
    (conversation,) = read(handshake, tmp_path, segment=64)
    assert conversation.tls is not None
    assert conversation.tls.handshake.server_hello is not None


def test_a_conversation_without_its_beginning(handshake: list[Said], tmp_path: Path) -> None:
    frames = tcp_frames(handshake)
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap_bytes(frames[5:]))
    (conversation,) = dissect(path)
    assert not conversation.whole
    assert conversation.tls is not None
    assert (conversation.client.port, conversation.server.port) == (40000, 443)
    assert conversation.tls.handshake.server_hello is not None


def test_a_plain_answer_to_a_hello_is_no_tls(handshake: list[Said], tmp_path: Path) -> None:
    (conversation,) = read([handshake[0], (1, b"HTTP/1.1 400 Bad Request\r\n\r\n")], tmp_path)
    assert conversation.tls is not None
    assert conversation.tls.handshake.server_hello is None


def test_other_protocols_are_left_alone(tmp_path: Path) -> None:
    assert read([(0, b"SSH-2.0-a\r\n"), (1, b"SSH-2.0-b\r\n" + bytes(range(256)))], tmp_path) == []


def test_the_round_trip_is_measured(handshake: list[Said], tmp_path: Path) -> None:
    (conversation,) = read(handshake, tmp_path)
    assert conversation.round_trip == pytest.approx(0.001, abs=1e-5)


def test_a_hello_has_to_agree_with_itself() -> None:
    assert find_client_hello(b"noise \x16\x03\x01\x00\x04\x01\x00\xff\xff\x03\x03" + bytes(60)) in (-1, 6)
    assert find_client_hello(b"\x16\x03\x01") == -1
    assert find_client_hello(bytes(100)) == -1


def test_after_a_gap_the_next_record_is_found() -> None:
    reader = RecordReader()
    record = b"\x17\x03\x03\x00\x10" + bytes(16)
    assert [p.kind for p in reader.feed(record + record[:9])] == ["record"]
    assert [p.kind for p in reader.gap(4)] == ["lost"]
    assert [(p.kind, p.size) for p in reader.feed(bytes(8) + record)] == [("record", 16)]
    assert reader.after_gap == 0
    reader.gap(1000)
    assert [(p.kind, p.size) for p in reader.feed(bytes(7) + record + record)] == [("record", 16)] * 2
    assert reader.after_gap >= 1000


def test_places_are_counted_through_gaps() -> None:
    reader = RecordReader()
    record = b"\x17\x03\x03\x00\x10" + bytes(16)
    reader.feed(record)
    reader.gap(21)
    (piece,) = reader.feed(record)
    assert piece.at == 42
