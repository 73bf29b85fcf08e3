"""Naming what answered when it was not TLS."""

from __future__ import annotations

import re

from dojang.errors import NotTls, PeerIncompatible, TlsError
from dojang.wire.codes import Alert

__all__ = ["not_tls"]

# Five bytes must do: more may not have come yet.
_OPENINGS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"HTTP/|<(!doc|html)", re.IGNORECASE), "HTTP"),
    (re.compile(rb"(GET|HEAD|POST|PUT|PRI) |DELET|OPTIO|PATCH|CONNE|TRACE"), "HTTP"),
    (re.compile(rb"SSH-"), "SSH"),
    (re.compile(rb"220[ -].*SMTP", re.IGNORECASE | re.DOTALL), "SMTP"),
    (re.compile(rb"220[ -]"), "SMTP or FTP"),
    (re.compile(rb"\* (OK|PREAUTH|BYE)"), "IMAP"),
    (re.compile(rb"\+OK"), "POP3"),
    (re.compile(rb"-ERR|\+PONG"), "Redis or POP3"),
    (re.compile(rb"<\?xml|<stre"), "XMPP"),
    (re.compile(rb"RFB \d"), "VNC"),
    (re.compile(rb".\0\0\0\x0a", re.DOTALL), "MySQL"),
    (re.compile(rb"(EHLO|HELO) "), "SMTP"),
)


def not_tls(start: bytes) -> TlsError:
    """The error for a peer whose first bytes are no TLS record."""
    if len(start) > 4 and start[0] & 0x80 and start[2] in (1, 4):
        return PeerIncompatible(
            Alert.PROTOCOL_VERSION, "the peer began with a hello of SSL 2.0, which is long broken", "RFC 6176"
        )
    for opening, name in _OPENINGS:
        if opening.match(start):
            return NotTls(
                Alert.UNEXPECTED_MESSAGE, "the peer speaks {protocol}, not TLS", "RFC 9846 section 5.1", protocol=name
            )
    return NotTls(
        Alert.UNEXPECTED_MESSAGE,
        "the peer does not speak TLS: its first bytes are {start}",
        "RFC 9846 section 5.1",
        start=start[:16].hex(" "),
    )
