"""RFC 8448 section 4 through Connection: a session resumed with early data, record for record, from both sides.

The client's ticket is the one it got by replaying section 3. The server's tickets were sealed by another
implementation, so the opening of that one ticket is put in its place; what it stands for is what section 3 established.
That server's ticket nonce has two bytes, dojang's one: its NewSessionTicket is read, but can't be sent byte for byte.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dojang.engine.config import ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.engine.events import EarlyDataReceived, TicketReceived
from dojang.engine.server import resume
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket import SessionState, Ticket
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import PeerMisbehaved
from dojang.pki.store import TrustStore
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import (
    Alert,
    CertificateType,
    CipherSuite,
    ContentType,
    NamedGroup,
    SignatureScheme,
    Version,
)
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello, ServerHello, parse_server_hello
from tests.engine.test_rfc8448 import (
    OFFERED,
    SECRETS,
    Replayed,
    as_traced,
    client_config_of,
    credential_of,
    messages,
)
from tests.pair import Notes
from tests.vectors import rfc8448

EARLY_SECRETS = {
    "CLIENT_EARLY_TRAFFIC_SECRET": "client_early_traffic",
    "EARLY_EXPORTER_SECRET": "early_exporter",
}
FIELDS = ("legacy_version", "random", "legacy_session_id_echo", "cipher_suite", "legacy_compression_method")
ISSUED = 1_500_000_000.0
AGE = 0.0065  # seconds; the trace's client waited six milliseconds
FIRST, SECOND = rfc8448("simple_1rtt"), rfc8448("resumed_0rtt")
IDENTITY, SECRET = bytes.fromhex(SECOND["psk"]["identity"]), bytes.fromhex(SECOND["psk"]["secret"])


def first_visit() -> Ticket:
    """The ticket of section 3, as the client's replay of that section gets it."""
    config = replace(client_config_of(FIRST, []), clock=lambda: ISSUED)
    client = Connection.client(config, FIRST["server_name"])
    for record in FIRST["records"]:
        if record["sender"] == "client":
            continue
        events = client.receive(bytes.fromhex(record["record"]))
        found = [event.ticket for event in events if isinstance(event, TicketReceived)]
        if found:
            return found[0]
    raise AssertionError("there is no ticket in the trace")


def test_the_ticket_of_the_first_trace() -> None:
    ticket = first_visit()
    assert ticket.secret == SECRET
    assert ticket.identity == IDENTITY
    assert ticket.lifetime == 30
    assert ticket.max_early_data == 1024
    assert [der.hex() for der in ticket.peer_chain] == FIRST["server_certificates"]
    assert ticket.obfuscated_age(ISSUED + AGE) == SECOND["psk"]["obfuscated_ticket_age"]


def resuming_client(notes: Notes, lines: list[str], **changes: Any) -> Connection:
    hello = ClientHello.parse(messages(SECOND, "ClientHello")[0][4:])
    config = ClientConfig(
        versions=(Version.TLS13,),
        trust=TrustStore.from_pyca([]),
        danger_accept_any_certificate=True,
        suites=hello.cipher_suites,
        groups=(NamedGroup.X25519, NamedGroup.SECP256R1, NamedGroup.SECP384R1),
        signature_schemes=OFFERED,
        grease=False,
        compatibility_mode=False,
        entropy=Replayed([SECOND["client_random"]], SECOND["client_private_keys"]),
        keylog=lines.append,
        clock=lambda: ISSUED + AGE,
        danger_shape=as_traced(SECOND),
    )
    early = bytes.fromhex(SECOND["application_data"]["early"])
    ticket = changes.pop("ticket", None) or first_visit()
    return Connection.client(
        replace(config, **changes), SECOND["server_name"], ticket=ticket, early_data=early, observer=notes
    )


def resuming_server(notes: Notes, lines: list[str], strikes: MemoryStrikes, age: float = AGE) -> Connection:
    config = ServerConfig(
        versions=(Version.TLS13,),
        credentials=(credential_of(FIRST, "server"),),
        suites=(CipherSuite.TLS_AES_128_GCM_SHA256,),
        groups=(NamedGroup.X25519,),
        entropy=Replayed([SECOND["server_random"]], [SECOND["server_private_key"]]),
        keylog=lines.append,
        clock=lambda: ISSUED + age,
        ticket_keys=RotatingTicketKeys(),
        tickets_sent=0,
        early_data_limit=1024,
        strikes=strikes,
        danger_shape=in_their_order,
    )
    return Connection.server(config, observer=notes)


def in_their_order(message: HandshakeMessage) -> HandshakeMessage:
    """The trace's server put pre_shared_key elsewhere; nothing else may differ in its ServerHello."""
    if isinstance(message, ServerHello):
        published = parse_server_hello(messages(SECOND, "ServerHello")[0][4:])
        assert sorted(message.extensions, key=kind_of) == sorted(published.extensions, key=kind_of)
        assert [getattr(message, name) for name in FIELDS] == [getattr(published, name) for name in FIELDS]
        return published
    return as_traced(SECOND)(message)  # type: ignore[no-any-return]


def kind_of(entry: Extension) -> int:
    return entry.extension_type


def known_state() -> SessionState:
    """What section 3's server had to remember."""
    ticket = first_visit()
    return SessionState(
        Version.TLS13,
        CipherSuite.TLS_AES_128_GCM_SHA256,
        SECRET,
        SECOND["server_name"].encode(),
        b"",
        (),
        CertificateType.X509,
        NamedGroup.X25519,
        SignatureScheme.of(0),
        int(ISSUED),
        ticket.lifetime,
        ticket.age_add,
        ticket.max_early_data,
        0,
        int(ISSUED * 1000),
        int(ISSUED),
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other implementation's ticket opens; any other is none."""
    sealed = known_state().to_bytes()

    def open_ticket(keys: object, identity: bytes, associated: bytes, now: float) -> bytes | None:
        return sealed if identity == IDENTITY else None

    monkeypatch.setattr(resume, "open_ticket", open_ticket)


def replay_all(end: Connection, role: str) -> list[object]:
    """Feed what the peer sent in a row, compare what this side sends with what it sent in a row, byte for byte."""
    events: list[object] = []
    sent, due = b"", b""
    for record in SECOND["records"]:
        wire = bytes.fromhex(record["record"])
        if record["sender"] != role:
            assert sent[: len(due)].hex() == due.hex()
            sent, due = sent[len(due) :], b""
            events += end.receive(wire)
        else:
            if record["content_type"] == "application_data" and record["epoch"] == "application":
                end.send(bytes.fromhex(record["payload"]))
            elif record["content_type"] == "alert":
                end.close()
            due += wire
        sent += end.data_to_send()
    assert sent.hex() == due.hex()
    return events


def check_secrets(notes: Notes, lines: list[str]) -> None:
    wanted = {label: SECOND["secrets"][name] for label, name in (SECRETS | EARLY_SECRETS).items()}
    assert {label: secret.hex() for label, secret in notes.secrets.items() if label in wanted} == wanted
    assert {f"{label} {SECOND['client_random']} {secret}" for label, secret in wanted.items()} <= set(lines)
    assert [raw.hex() for _, _, raw, _ in notes.messages] == [message["message"] for message in SECOND["messages"]]


def test_client_sends_the_resumed_trace() -> None:
    notes, lines = Notes(), list[str]()
    client = resuming_client(notes, lines)
    replay_all(client, "client")
    check_secrets(notes, lines)
    session = client.session
    assert session is not None
    assert session.resumed == "psk"
    assert session.early_data is True
    assert client.rejected_early_data == b""
    assert [der.hex() for der in session.peer_chain] == FIRST["server_certificates"]
    assert client.peer_closed
    assert client.closed


@pytest.mark.usefixtures("opened")
def test_server_sends_the_resumed_trace() -> None:
    notes, lines, strikes = Notes(), list[str](), MemoryStrikes()
    server = resuming_server(notes, lines, strikes)
    events = replay_all(server, "server")
    check_secrets(notes, lines)
    early = b"".join(event.data for event in events if isinstance(event, EarlyDataReceived))
    assert early.hex() == server.early_data.hex() == SECOND["application_data"]["early"]
    session = server.session
    assert session is not None
    assert session.resumed == "psk"
    assert session.early_data is True
    assert session.server_name == SECOND["server_name"]
    assert server.peer_closed


def client_records() -> bytes:
    return b"".join(bytes.fromhex(record["record"]) for record in SECOND["records"][:2])


@pytest.mark.usefixtures("opened")
def test_the_traces_early_data_is_taken_once() -> None:
    """The recorded flight comes again: the same server, or another that shares the register, skips its early data."""
    strikes = MemoryStrikes()
    for taken in (True, False, False):
        server = resuming_server(Notes(), [], strikes)
        server.receive(client_records())
        assert (server.early_data != b"") is taken
        assert server.error is None


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("age", [10.1, 29.0])
def test_the_traces_early_data_is_not_taken_late(age: float) -> None:
    server = resuming_server(Notes(), [], MemoryStrikes(), age)
    server.receive(client_records())
    assert server.early_data == b""


@pytest.mark.usefixtures("opened")
def test_a_changed_binder_is_refused() -> None:
    hello = bytearray(bytes.fromhex(SECOND["records"][0]["record"]))
    hello[-1] ^= 1
    server = resuming_server(Notes(), [], MemoryStrikes())
    with pytest.raises(PeerMisbehaved) as caught:
        server.receive(bytes(hello))
    assert caught.value.alert is Alert.DECRYPT_ERROR
    assert server.data_to_send()[0] == ContentType.ALERT


def test_the_age_changes_nothing_but_itself_and_the_binder() -> None:
    hellos = []
    for age in (AGE, 1.0):
        hello = resuming_client(Notes(), [], clock=lambda age=age: ISSUED + age, danger_shape=None).data_to_send()
        hellos.append(hello[: 5 + 4 + int.from_bytes(hello[6:9], "big")])
    tail = 4 + 2 + 1 + 32  # the age, the lengths of the binders and of one, the binder
    first, second = hellos
    assert first[:-tail] == second[:-tail]
    assert first[-tail:-35] != second[-tail:-35]
    assert first[-32:] != second[-32:]
