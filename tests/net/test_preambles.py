"""The preambles without sockets: in any fragments, refused, stripped, injected into, and without end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojang.errors import ApiMisuse, PeerIncompatible, PeerMisbehaved, TlsError, Truncated
from dojang.net.preambles import Preamble, preamble, protocols
from dojang.net.starttls import PORTS

STREAM = (
    b"<?xml version='1.0'?><stream:stream from='name.test' id='1' version='1.0' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
FEATURES = (
    b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
)
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
LDAP_FINE = bytes.fromhex("300c02010178070a010004000400")


def mysql_greeting(capabilities: int = 0xFFFF) -> bytes:
    body = b"\x0a10.11.19-MariaDB\0" + bytes(4) + b"saltsalt\0" + capabilities.to_bytes(2, "little") + bytes(40)
    return len(body).to_bytes(3, "little") + b"\0" + body


# What a server says, turn by turn, up to its go-ahead.
SERVERS: dict[str, list[bytes]] = {
    "smtp": [
        b"220-name.test ESMTP\r\n220 at your service\r\n",
        b"250-name.test\r\n250-SIZE 100\r\n250-starttls\r\n250 HELP\r\n",
        b"220 go\r\n",
    ],
    "imap": [
        b"* OK [CAPABILITY IMAP4rev1] ready\r\n",
        b"* CAPABILITY IMAP4rev1 StartTLS LOGINDISABLED\r\na1 OK done\r\n",
        b"* OK a word between\r\na2 OK begin\r\n",
    ],
    "pop3": [b"+OK ready\r\n", b"+OK begin\r\n"],
    "ftp": [b"220-Welcome\r\n 220 not the end\r\n2200 nor this\r\n220 to the end\r\n", b"234 go\r\n"],
    "xmpp": [STREAM + FEATURES, PROCEED],
    "ldap": [LDAP_FINE],
    "postgres": [b"S"],
    "mysql": [mysql_greeting()],
}
# What the client says in its turns; where the server speaks first, nothing comes first.
CLIENTS: dict[str, list[bytes]] = {
    "smtp": [b"", b"EHLO [127.0.0.1]\r\n", b"STARTTLS\r\n"],
    "imap": [b"", b"a1 CAPABILITY\r\n", b"a2 STARTTLS\r\n"],
    "pop3": [b"", b"STLS\r\n"],
    "ftp": [b"", b"AUTH TLS\r\n"],
    "xmpp": [
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        b"version='1.0' to=\"name.test\">",
        b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\r\n",
    ],
    "ldap": [bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")],
    "postgres": [bytes.fromhex("0000000804d2162f")],
    "mysql": [b""],
}
everyone = pytest.mark.parametrize("protocol", list(SERVERS))


def start(protocol: str) -> Preamble:
    return preamble(protocol, "name.test", "[127.0.0.1]")


def talk(protocol: str, turns: Sequence[bytes], size: int = 4096) -> tuple[list[bytes], bytes | None]:
    """(what the client said before each turn, what it says last), the server's turns cut into pieces of `size`."""
    steps = start(protocol)
    said = [next(steps)]
    for turn in turns:
        for at in range(0, len(turn), size):
            try:
                said[-1] += steps.send(turn[at : at + size]) if at + size < len(turn) else b""
                if at + size >= len(turn):
                    said.append(steps.send(turn[at : at + size]))
            except StopIteration as over:
                assert at + size >= len(turn)
                assert turn is turns[-1]
                return said, over.value
    return said, None


def test_every_protocol_is_here() -> None:
    assert tuple(SERVERS) == tuple(CLIENTS) == tuple(PORTS) == protocols()


@everyone
@pytest.mark.parametrize("size", [4096, 7, 1])
def test_a_sound_server_in_fragments_of_any_size(protocol: str, size: int) -> None:
    said, last = talk(protocol, SERVERS[protocol], size)
    assert said == CLIENTS[protocol]
    assert last is not None
    if protocol == "mysql":
        assert len(last) == 36
        assert last[:4] == b"\x20\0\0\x01"
        assert int.from_bytes(last[4:8], "little") & 0xA00 == 0xA00
        assert last[13:] == bytes(23)
    else:
        assert last == b""


@everyone
@pytest.mark.parametrize("extra", [b"\0", b"* OK injected\r\n", b"\r\n", b" "])
def test_anything_between_the_go_ahead_and_tls_is_an_attack(protocol: str, extra: bytes) -> None:
    turns = [*SERVERS[protocol][:-1], SERVERS[protocol][-1] + extra]
    with pytest.raises(PeerMisbehaved, match=f"sent {len(extra)} more bytes in the clear") as caught:
        talk(protocol, turns)
    assert caught.value.alert is None


@everyone
def test_the_end_at_any_byte(protocol: str) -> None:
    everything = b"".join(SERVERS[protocol])
    for cut in range(len(everything)):
        steps = start(protocol)
        next(steps)
        left = cut
        for turn in SERVERS[protocol]:
            if left and turn[:left]:
                steps.send(turn[:left])
            left = max(0, left - len(turn))
        with pytest.raises(Truncated):
            steps.send(b"")


@pytest.mark.parametrize(
    ("protocol", "turns", "answer"),
    [
        ("smtp", [b"554 no service\r\n"], "554 no service"),
        ("smtp", [*SERVERS["smtp"][:2], b"454 TLS not available\r\n"], "454 TLS not available"),
        ("smtp", [*SERVERS["smtp"][:1], b"502-no\r\n502 EHLO\r\n"], "502 EHLO"),
        ("imap", [b"* PREAUTH welcome back\r\n"], "PREAUTH"),
        ("imap", [b"* BYE\r\n"], "BYE"),
        ("imap", [*SERVERS["imap"][:2], b"a2 NO not now\r\n"], "a2 NO not now"),
        ("imap", [*SERVERS["imap"][:2], b"* BYE shutting down\r\n"], "shutting down"),
        ("imap", [*SERVERS["imap"][:2], b"a1 OK of another command\r\n"], "another command"),
        ("pop3", [b"-ERR busy\r\n"], "busy"),
        ("pop3", [b"+OK\r\n", b"-ERR no TLS\r\n"], "no TLS"),
        ("ftp", [b"421 too many\r\n"], "421 too many"),
        ("ftp", [b"120 soon\r\n220 now\r\n", b"530 Please login\r\n"], "530 Please login"),
        ("ftp", [b"220 now\r\n", b"334 go on\r\n"], "334 go on"),
        ("xmpp", [STREAM + FEATURES, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"], "failure"),
        ("xmpp", [STREAM + b"<stream:error><host-unknown/></stream:error>"], "error host-unknown"),
        ("xmpp", [STREAM + b"</stream:stream>"], "stream"),
        ("xmpp", [STREAM + FEATURES, b"<proceed xmlns='urn:another'/>"], "proceed"),
        ("ldap", [bytes.fromhex("301102010178 0c0a010204000405") + b"bitte"], r"bitte \(2\)"),
        ("ldap", [bytes.fromhex("3084000000110201007884000000080a01340400040161")], r"a \(52\)"),
        ("postgres", [b"E\0\0\0\x1aSFATAL\0C0A000\0Msorry\0\0"], "sorry"),
        ("mysql", [b"\x0f\0\0\0\xff\x6a\x04Host blocked"], "Host blocked"),
    ],
)
def test_a_refusal_is_told(protocol: str, turns: list[bytes], answer: str) -> None:
    with pytest.raises(PeerIncompatible, match=answer):
        talk(protocol, turns)


@pytest.mark.parametrize(
    ("protocol", "turns"),
    [
        ("smtp", [b"220 STARTTLS\r\n", b"250-STARTTLS\r\n250 XSTARTTLS\r\n"]),
        ("imap", [b"* OK STARTTLS\r\n", b"* CAPABILITY IMAP4rev1 XSTARTTLS\r\na1 OK STARTTLS\r\n"]),
        ("xmpp", [STREAM + b"<stream:features><starttls/></stream:features>"]),
        ("xmpp", [STREAM + b"<stream:features/>"]),
        ("postgres", [b"N"]),
        ("mysql", [mysql_greeting(0xF7FF)]),
    ],
)
def test_an_offer_that_is_missing_or_was_removed(protocol: str, turns: list[bytes]) -> None:
    with pytest.raises(PeerIncompatible, match="offers no TLS"):
        talk(protocol, turns)


@pytest.mark.parametrize(
    ("protocol", "turns"),
    [
        ("smtp", [SERVERS["smtp"][0] + SERVERS["smtp"][1]]),
        ("smtp", [SERVERS["smtp"][0], SERVERS["smtp"][1] + b"220 go\r\n"]),
        ("ftp", [b"220 ready\r\n234 go\r\n"]),
        ("pop3", [b"+OK ready\r\n+OK go\r\n"]),
        ("xmpp", [STREAM + FEATURES + PROCEED]),
    ],
)
def test_a_go_ahead_that_comes_before_it_is_asked_for(protocol: str, turns: list[bytes]) -> None:
    with pytest.raises(PeerMisbehaved, match="not asked for"):
        talk(protocol, turns)


FOREIGN = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3,
    b"SSH-2.0-OpenSSH_9.2\r\n" * 3,
    bytes(60),
    b"\x15\x03\x03\0\x02\x02\x28" * 9,
]


@everyone
@pytest.mark.parametrize("said", FOREIGN)
def test_something_else_answers(protocol: str, said: bytes) -> None:
    try:
        _, last = talk(protocol, [said])
    except (PeerMisbehaved, PeerIncompatible):
        return
    assert last is None  # still waiting for the rest, and bounded


@everyone
@pytest.mark.parametrize("filler", [b"x", b"* x\r\n", b"220-\r\n", b"<", b"<a>", b"<!-- -->", b"0\xff"])
def test_an_answer_without_end_is_bounded(protocol: str, filler: bytes) -> None:
    steps = start(protocol)
    next(steps)
    with pytest.raises(TlsError):
        endless(steps, filler * 100)


def endless(steps: Preamble, data: bytes) -> None:
    for _ in range(70_000 // len(data) + 1):
        steps.send(data)


@pytest.mark.parametrize("text", [b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<other/>", b"<a><b></a>", b"<stream:stream>"])
def test_xml_that_xmpp_does_not_allow(text: bytes) -> None:
    with pytest.raises(PeerMisbehaved):
        talk("xmpp", [b"<?xml version='1.0'?>" + text + STREAM])


@everyone
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=10))
def test_arbitrary_bytes_end_in_an_error_of_ours_or_a_question(protocol: str, pieces: list[bytes]) -> None:
    steps = start(protocol)
    next(steps)
    try:
        for piece in pieces:
            steps.send(piece)
    except (TlsError, StopIteration):
        return


@pytest.mark.parametrize("name", ["a\r\nQUIT", "a b", "a\0", "a\u2028b"])
def test_a_name_can_t_carry_commands(name: str) -> None:
    with pytest.raises(ApiMisuse):
        preamble("smtp", "name.test", name)
    with pytest.raises(ApiMisuse):
        preamble("xmpp", name)


def test_a_name_is_quoted_in_xml() -> None:
    assert b'to="a&lt;b&gt;\'c">' in next(preamble("xmpp", "a<b>'c"))


def test_an_unknown_protocol() -> None:
    with pytest.raises(ApiMisuse, match="smtp, imap"):
        preamble("gopher", "name.test")
