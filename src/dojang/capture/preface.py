"""What was said before TLS began: STARTTLS in its many forms, SOCKS, HTTP CONNECT, a database's request for it.

Names only, by content. Where TLS begins is found by its hello, whatever came before.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

__all__ = ["Preface", "find_client_hello", "name_prefaces"]


class Preface(NamedTuple):
    """protocol: ``SMTP STARTTLS``, ``HTTP CONNECT``, ``SOCKS5``. target: whom a proxy was asked for, else ""."""

    protocol: str
    target: str = ""


def name_prefaces(client: bytes, server: bytes) -> tuple[Preface, ...]:
    """What the bytes before TLS were, outermost first; nothing where they are unknown or there are none."""
    found = []
    proxy, client, server = _proxy(client, server)
    if proxy is not None:
        found.append(proxy)
    for protocol, of_client, of_server in _UPGRADES:
        if re.search(of_client, client, _FLAGS) and re.search(of_server, server, _FLAGS):
            found.append(Preface(protocol))
            break
    return tuple(found)


def find_client_hello(data: bytes) -> int:
    """Where a record with a ClientHello begins in `data`, -1 where none does.

    The type, version and lengths of record and message must fit together, so plain text can't pass for one.
    """
    for found in _HELLO.finditer(data):
        at = found.start()
        if len(data) < at + 11:
            continue
        record, message = int.from_bytes(data[at + 3 : at + 5], "big"), int.from_bytes(data[at + 6 : at + 9], "big")
        session = data[at + 43] if len(data) > at + 43 else 0
        if 4 <= record <= 0x4800 and 38 <= message < 2**17 and session <= 32:
            return at
    return -1


_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..\x01\x00..(?:\x03|\x7f|\xfe)", re.DOTALL)
_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL


def _proxy(client: bytes, server: bytes) -> tuple[Preface | None, bytes, bytes]:
    """The proxy's part, and what follows it."""
    asked = re.match(rb"CONNECT ([\x21-\x7e]{1,260}) HTTP/1\.[01]\r?\n", client)
    if asked:
        rest, answer = client.partition(b"\r\n\r\n")[2], server.partition(b"\r\n\r\n")[2]
        return Preface("HTTP CONNECT", asked[1].decode("ascii")), rest, answer
    if client[:2] in (b"\x04\x01", b"\x04\x02") and len(client) >= 9:
        target, end = _socks4(client)
        return Preface("SOCKS4", target), client[end:], server[8:]
    if client[:1] == b"\x05" and len(client) >= 3 and server[:1] == b"\x05":
        begin = _socks5_request(client)
        if begin:
            target, end = _socks5(client, begin)
            return Preface("SOCKS5", target), client[end:], server[12:]
    return None, client, server


def _socks4(data: bytes) -> tuple[str, int]:
    port = int.from_bytes(data[2:4], "big")
    user_end = data.find(b"\0", 8)
    end = user_end + 1 if user_end >= 0 else len(data)
    if data[4:7] == b"\0\0\0" and data[7]:  # SOCKS4a: a name follows
        stop = data.find(b"\0", end)
        stop = stop if stop >= 0 else len(data)
        return f"{data[end:stop].decode('ascii', 'replace')}:{port}", stop + 1
    return f"{ip_address(data[4:8])}:{port}", end


def _socks5_request(data: bytes) -> int:
    """Where the request begins behind the greeting and a login, 0 where there is none."""
    at = 2 + data[1]
    if data[at : at + 1] == b"\x01":
        user = data[at + 1] if len(data) > at + 1 else 0
        password = data[at + 2 + user] if len(data) > at + 2 + user else 0
        at += 3 + user + password
    return at if data[at : at + 2] in (b"\x05\x01", b"\x05\x02") and len(data) >= at + 10 else 0


def _socks5(data: bytes, at: int) -> tuple[str, int]:
    kind = data[at + 3]
    if kind == 3:
        stop = at + 5 + data[at + 4]
        host = data[at + 5 : stop].decode("ascii", "replace")
    else:
        stop = at + 4 + (16 if kind == 4 else 4)
        raw = data[at + 4 : stop]
        host = str(ip_address(raw)) if len(raw) in (4, 16) else "?"
        host = f"[{host}]" if kind == 4 else host
    return f"{host}:{int.from_bytes(data[stop : stop + 2], 'big')}", stop + 2


# (name, what the client said, what the server said)
_UPGRADES = (
    ("SMTP STARTTLS", rb"^STARTTLS\r?$", rb"^220[ -]"),
    ("LMTP STARTTLS", rb"^LHLO .*^STARTTLS\r?$", rb""),
    ("IMAP STARTTLS", rb"^\S+ STARTTLS\r?$", rb"^\* (OK|PREAUTH)"),
    ("POP3 STLS", rb"^STLS\r?$", rb"^\+OK"),
    ("FTP AUTH TLS", rb"^AUTH (TLS|SSL)", rb"^(220|234)"),
    ("XMPP STARTTLS", rb"<starttls\b", rb"<proceed\b"),
    ("LDAP StartTLS", rb"1\.3\.6\.1\.4\.1\.1466\.20037", rb""),
    ("PostgreSQL SSLRequest", rb"\A\x00\x00\x00\x08\x04\xd2\x16\x2f", rb"\AS"),
    ("MySQL SSL", rb"\A\x20\x00\x00\x01", rb"\A...\x00\x0a"),
    ("IRC STARTTLS", rb"^STARTTLS\r?$", rb"\b670\b"),
    ("NNTP STARTTLS", rb"^STARTTLS\r?$", rb"^(200|201|382) "),
    ("ManageSieve STARTTLS", rb"^STARTTLS\r?$", rb"^\"IMPLEMENTATION\""),
    ("RDP X.224", rb"\A\x03\x00..[\x06-\x40]\xe0", rb"\A\x03\x00..[\x06-\x40]\xd0"),
    ("HTTP Upgrade", rb"^Upgrade: *TLS/", rb"^HTTP/1\.1 101"),
)
