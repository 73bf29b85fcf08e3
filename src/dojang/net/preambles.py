"""What a client says before TLS, in the protocols that begin in the clear: conversations without I/O.

A preamble is a generator. It yields what to send (b"" for nothing) and is sent what arrived (b"" for the end); when TLS
is to begin it returns what to send last. It never goes on in the clear: a server that offers no TLS, refuses it, or
puts anything between its go-ahead and TLS is an error. Names of hosts and answers of servers are data here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import TypeVar
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from dojang.errors import ApiMisuse, PeerIncompatible, PeerMisbehaved, TlsError, Truncated

__all__ = ["Preamble", "preamble", "protocols"]

T = TypeVar("T")
Preamble = Generator[bytes, bytes, bytes]
Step = Generator[bytes, bytes, T]

_LONGEST_LINE = 8192
_MOST = 65536


def protocols() -> tuple[str, ...]:
    """The names that `preamble` takes."""
    return tuple(_PREAMBLES)


def preamble(protocol: str, name: str, own_name: str = "localhost") -> Preamble:
    """The conversation of one of `protocols()`.

    name: the server's, which XMPP wants to hear. own_name: the client's, for SMTP: a domain or an address literal.
    The generator raises PeerIncompatible where the server has no TLS or refuses it, PeerMisbehaved where it breaks the
    rules, Truncated where it ends the connection.
    """
    if protocol not in _PREAMBLES:
        raise ApiMisuse(
            "dojang does not know how TLS begins in {protocol}; it knows {known}",
            protocol=protocol,
            known=", ".join(_PREAMBLES),
        )
    for said in (name, own_name):
        if not said.isprintable() or " " in said:
            raise ApiMisuse("{name} is no name to say to a server", name=repr(said))
    label, clause, talk_through = _PREAMBLES[protocol]
    return _until_tls(_Talk(label, clause, name, own_name), talk_through)


def _until_tls(talk: _Talk, talk_through: Callable[[_Talk], Step[None]]) -> Preamble:
    yield from talk_through(talk)
    if talk.arrived:
        raise PeerMisbehaved(
            None,
            "after its go-ahead the {protocol} server sent {size} more bytes in the clear: someone on the way may have "
            "put them there, to be taken for part of the protected conversation",
            talk.clause,
            protocol=talk.protocol,
            size=len(talk.arrived),
        )
    return talk.take_output()


class _Talk:
    """Both directions of one conversation, what arrived bounded."""

    def __init__(self, protocol: str, clause: str, name: str, own_name: str) -> None:
        self.protocol = protocol
        self.clause = clause
        self.name = name
        self.own_name = own_name
        self.arrived = bytearray()
        self._output = b""
        self._total = 0

    def say(self, data: bytes) -> None:
        """Goes out with the next wait."""
        self._output += data

    def ask(self, line: str) -> None:
        """A command, in protocols where the server speaks only when asked."""
        if self.arrived:
            raise self.misspoken("an answer that was not asked for")
        self.say(line.encode() + b"\r\n")

    def take_output(self) -> bytes:
        output, self._output = self._output, b""
        return output

    def wait(self) -> Step[None]:
        data = yield self.take_output()
        if not data:
            raise Truncated(
                None, "the {protocol} server ended the connection before TLS could begin", protocol=self.protocol
            )
        self._total += len(data)
        if self._total > _MOST:
            raise self.misspoken("an answer without end")
        self.arrived += data

    def line(self) -> Step[str]:
        """Up to the line feed, without the line's end."""
        while (end := self.arrived.find(b"\n")) < 0:
            if len(self.arrived) > _LONGEST_LINE:
                raise self.misspoken("an answer without end")
            yield from self.wait()
        return self._cut(end + 1).rstrip(b"\r\n").decode("utf-8", "replace")

    def exactly(self, size: int) -> Step[bytes]:
        while len(self.arrived) < size:
            if size > _MOST:
                raise self.misspoken("an answer without end")
            yield from self.wait()
        return self._cut(size)

    def up_to(self, mark: bytes) -> Step[bytes]:
        while (end := self.arrived.find(mark)) < 0:
            yield from self.wait()
        return self._cut(end + len(mark))

    def _cut(self, size: int) -> bytes:
        data = bytes(self.arrived[:size])
        del self.arrived[:size]
        return data

    def misspoken(self, fault: str) -> TlsError:
        return PeerMisbehaved(
            None,
            "the {protocol} server breaks the rules: {fault}",
            self.clause,
            protocol=self.protocol,
            fault=fault,
        )

    def foreign(self, start: str) -> TlsError:
        return PeerMisbehaved(
            None, "the server does not speak {protocol}; it says: {start}", protocol=self.protocol, start=start[:100]
        )

    def refused(self, answer: str) -> TlsError:
        return PeerIncompatible(
            None,
            "the {protocol} server does not begin TLS; it says: {answer}",
            self.clause,
            protocol=self.protocol,
            answer=answer[:200],
        )

    def not_offered(self) -> TlsError:
        return PeerIncompatible(
            None,
            "the {protocol} server offers no TLS on this connection, or someone on the way has removed the offer",
            self.clause,
            protocol=self.protocol,
        )


# SMTP and FTP: replies of three digits.

_REPLY = re.compile(r"\d{3}([ -]|$)")


def _reply(talk: _Talk) -> Step[tuple[str, list[str]]]:
    """(code, the lines' texts). A line between may begin with anything in FTP (RFC 959 section 4.2)."""
    line = yield from talk.line()
    if not _REPLY.match(line):
        raise talk.foreign(line)
    code, texts = line[:3], [line[4:]]
    while line[3:4] == "-" or line[:3] != code or not _REPLY.match(line):
        line = yield from talk.line()
        texts.append(line[4:] if line.startswith(code) else line)
    return code, texts


def _expect(talk: _Talk, wanted: str) -> Step[list[str]]:
    code, texts = yield from _reply(talk)
    if code != wanted:
        raise talk.refused(f"{code} {texts[-1]}")
    return texts


def _smtp(talk: _Talk) -> Step[None]:
    yield from _expect(talk, "220")
    talk.ask(f"EHLO {talk.own_name}")
    offered = yield from _expect(talk, "250")
    if not any(text.upper().split()[:1] == ["STARTTLS"] for text in offered[1:]):
        raise talk.not_offered()
    talk.ask("STARTTLS")
    yield from _expect(talk, "220")


def _ftp(talk: _Talk) -> Step[None]:
    code, texts = yield from _reply(talk)
    while code == "120":  # ready in a while
        code, texts = yield from _reply(talk)
    if code != "220":
        raise talk.refused(f"{code} {texts[-1]}")
    talk.ask("AUTH TLS")
    yield from _expect(talk, "234")


# IMAP and POP3.


def _imap(talk: _Talk) -> Step[None]:
    greeting = yield from talk.line()
    if greeting.upper().startswith(("* PREAUTH", "* BYE")):
        raise talk.refused(greeting)  # RFC 9051 section 7.1.4: after PREAUTH there is no STARTTLS any more
    if not greeting.upper().startswith("* OK"):
        raise talk.foreign(greeting)
    told = yield from _imap_command(talk, "a1", "CAPABILITY")
    words = {word for line in told if line.startswith("* CAPABILITY ") for word in line.split()}
    if "STARTTLS" not in words:
        raise talk.not_offered()
    yield from _imap_command(talk, "a2", "STARTTLS")


def _imap_command(talk: _Talk, tag: str, command: str) -> Step[list[str]]:
    """The untagged lines of the answer, upper case."""
    talk.say(f"{tag} {command}\r\n".encode())
    told: list[str] = []
    while True:
        line = yield from talk.line()
        if line.upper().startswith(f"{tag.upper()} OK"):
            return told
        if not line.startswith("* ") or line.upper().startswith("* BYE"):
            raise talk.refused(line)
        told.append(line.upper())


def _pop3(talk: _Talk) -> Step[None]:
    greeting = yield from talk.line()
    if not greeting.startswith("+OK"):
        raise talk.refused(greeting) if greeting.startswith("-ERR") else talk.foreign(greeting)
    talk.ask("STLS")
    answer = yield from talk.line()
    if not answer.startswith("+OK"):
        raise talk.refused(answer)


# XMPP: two open-ended XML documents, of which the client reads the children of the server's root.

_STREAM = "http://etherx.jabber.org/streams "
_TLS = "urn:ietf:params:xml:ns:xmpp-tls "


def _xmpp(talk: _Talk) -> Step[None]:
    talk.say(
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        b"version='1.0' to=" + quoteattr(talk.name).encode() + b">"
    )
    while not talk.arrived.strip():
        yield from talk.wait()
    if not talk.arrived.lstrip().startswith(b"<"):
        raise talk.foreign(talk.arrived.decode("utf-8", "replace"))
    stanzas = _Stanzas(talk)
    name, children = yield from stanzas.read()
    if name != _STREAM + "features":
        raise talk.refused(_local_names(name, *children))
    if _TLS + "starttls" not in children:
        raise talk.not_offered()
    talk.ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    name, children = yield from stanzas.read()
    if name != _TLS + "proceed":
        raise talk.refused(_local_names(name, *children))


def _local_names(*names: str) -> str:
    return " ".join(name.rpartition(" ")[2] for name in names)


class _Stanzas:
    """Children of the stream, each as its name and its children's names: namespace, space, local name."""

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk
        self._open: list[str] = []
        self._children: list[str] = []
        self._read: list[tuple[str, list[str]]] = []
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        if hasattr(parser, "SetReparseDeferralEnabled"):  # a tag is to be seen as soon as it is whole
            parser.SetReparseDeferralEnabled(False)

    def read(self) -> Step[tuple[str, list[str]]]:
        """The next one. Bytes go to the parser tag by tag, so that what follows it stays where it is."""
        while not self._read:
            piece = yield from self._talk.up_to(b">")
            try:
                self._parser.Parse(piece, False)
            except expat.ExpatError as error:
                raise self._talk.foreign(piece.decode("utf-8", "replace")) from error
        return self._read.pop()

    def _begin(self, name: str, _: object) -> None:
        if not self._open and name != _STREAM + "stream":
            raise self._talk.foreign(name)
        if len(self._open) == 2:
            self._children.append(name)
        self._open.append(name)

    def _end(self, name: str) -> None:
        self._open.pop()
        if len(self._open) == 1:
            self._read.append((name, self._children))
            self._children = []
        elif not self._open:
            raise self._talk.refused("</stream:stream>")

    def _doctype(self, *_: object) -> None:
        raise self._talk.misspoken("a document type declaration")  # RFC 6120 section 11.1


# LDAP, PostgreSQL, MySQL: binary.

# LDAPMessage 1 with an ExtendedRequest (application 23) for 1.3.6.1.4.1.1466.20037.
_LDAP_START_TLS = bytes.fromhex("301d 020101 7718 8016") + b"1.3.6.1.4.1.1466.20037"


def _ldap(talk: _Talk) -> Step[None]:
    talk.say(_LDAP_START_TLS)
    opening = yield from talk.exactly(2)
    if opening[0] != 0x30:
        raise talk.foreign(opening.hex(" "))
    size = opening[1]
    if size & 0x80:
        if size > 0x84:
            raise talk.misspoken("an answer without end")
        size = int.from_bytes((yield from talk.exactly(size & 0x7F)), "big")
    message = yield from talk.exactly(size)
    code, said = _ldap_result(message, talk)
    if code:
        raise talk.refused(f"{said} ({code})".strip())


def _ldap_result(message: bytes, talk: _Talk) -> tuple[int, str]:
    """resultCode and diagnosticMessage of an LDAPMessage with an ExtendedResponse (RFC 4511 section 4.12)."""
    try:
        (_, number), (operation, content), *_ = _ber(message)
        (_, code), _, (_, said), *_ = _ber(content)
    except ValueError as error:
        raise talk.foreign(message[:16].hex(" ")) from error
    if operation != 0x78 or int.from_bytes(number, "big") not in (0, 1):
        raise talk.foreign(message[:16].hex(" "))
    return int.from_bytes(code, "big"), said.decode("utf-8", "replace")


def _ber(data: bytes) -> list[tuple[int, bytes]]:
    """(tag, content) of each element. LDAP allows lengths that DER does not (RFC 4511 section 5.1)."""
    found = []
    at = 0
    while at < len(data):
        tag, size = data[at], int.from_bytes(data[at + 1 : at + 2], "big")
        at += 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        if at + size > len(data):
            raise ValueError("an element reaches past its end")
        found.append((tag, data[at : at + size]))
        at += size
    return found


def _postgres(talk: _Talk) -> Step[None]:
    talk.say((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
    answer = yield from talk.exactly(1)
    if answer == b"N":
        raise talk.not_offered()
    if answer == b"E":
        size = int.from_bytes((yield from talk.exactly(4)), "big")
        fields = (yield from talk.exactly(max(0, size - 4))).split(b"\0")
        said = next((field[1:] for field in fields if field.startswith(b"M")), b"")
        raise talk.refused(said.decode("utf-8", "replace"))
    if answer != b"S":
        raise talk.foreign((answer + talk.arrived[:15]).decode("latin-1"))


_MYSQL_SSL = 0x0800
# PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH; packets up to 16 MiB; utf8mb4.
_MYSQL_REQUEST = (0x88A00).to_bytes(4, "little") + (2**24 - 1).to_bytes(4, "little") + b"\x2d" + bytes(23)


def _mysql(talk: _Talk) -> Step[None]:
    header = yield from talk.exactly(4)
    size = int.from_bytes(header[:3], "little")
    if header[3] not in (0, 1) or not 1 < size < _LONGEST_LINE:
        raise talk.foreign((header + talk.arrived[:12]).decode("latin-1"))
    greeting = yield from talk.exactly(size)
    if greeting[0] == 0xFF:
        raise talk.refused(greeting[3:].decode("utf-8", "replace"))
    # protocol version 10, server version up to a zero, thread 4, salt 8, zero, capabilities 2
    _, zero, rest = greeting[1:].partition(b"\0")
    if greeting[0] != 10 or not zero or len(rest) < 15:
        raise talk.foreign(greeting[:16].decode("latin-1"))
    if not int.from_bytes(rest[13:15], "little") & _MYSQL_SSL:
        raise talk.not_offered()
    talk.say(len(_MYSQL_REQUEST).to_bytes(3, "little") + bytes([header[3] + 1]) + _MYSQL_REQUEST)


_PREAMBLES: dict[str, tuple[str, str, Callable[[_Talk], Step[None]]]] = {
    "smtp": ("SMTP", "RFC 3207 section 4", _smtp),
    "imap": ("IMAP", "RFC 9051 section 6.2.1", _imap),
    "pop3": ("POP3", "RFC 2595 section 4", _pop3),
    "ftp": ("FTP", "RFC 4217 section 4", _ftp),
    "xmpp": ("XMPP", "RFC 6120 section 5.4", _xmpp),
    "ldap": ("LDAP", "RFC 4511 section 4.14", _ldap),
    "postgres": ("PostgreSQL", "", _postgres),
    "mysql": ("MySQL", "", _mysql),
}
