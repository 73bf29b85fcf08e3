"""dojang's own connections, recorded: in every shape the dissector derives the engine's secrets and opens its data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from dojang.capture.dissect import Dissection
from dojang.capture.secrets import Secrets
from dojang.capture.steps import Broken, Data, Message, Sealed
from dojang.capture.verify import checks_of
from dojang.engine.compression import compression_algorithms
from dojang.engine.config import ClientAuth, pad_to_multiple_of
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket import ExternalPsk
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.wire.codes import CipherSuite, HandshakeType, NamedGroup, Version
from tests.pair import NAME, Notes, client_config, credential, pki, server_config


@dataclass
class Recording:
    """What crossed between two ends, and the key log of the client."""

    lines: list[str] = field(default_factory=list)
    said: list[tuple[str, bytes]] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)

    def carry(self, client: Connection, server: Connection) -> list[Any]:
        """Bytes both ways until there are none; the client's events."""
        events: list[Any] = []
        moved = True
        while moved:
            moved = False
            for name, end, other in (("client", client, server), ("server", server, client)):
                if end.question is not None:
                    end.answer(end.question.ask())
                    moved = True
                data = bytes(end.data_to_send())
                if data:
                    self.said.append((name, data))
                    found = other.receive(data)
                    events += found if other is client else []
                    moved = True
        return events

    def dissect(self, *, logged: bool = True, psk: bytes | None = None) -> Dissection:
        secrets = Secrets()
        if logged:
            secrets.add_keylog("\n".join(self.lines).encode())
        if psk is not None:
            secrets.add_psk(psk)
        dissection = Dissection(secrets)
        for sender, data in self.said:
            dissection.feed(sender, data, (0.0, 1))
        dissection.finish()
        return dissection


def meet(
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    between: Callable[[Connection, Connection], None] | None = None,
    **options: Any,
) -> tuple[Recording, list[Any]]:
    """A handshake, a word each way (with `between` in the middle), close_notify."""
    recording = Recording()
    one = Connection.client(
        client_config(keylog=recording.lines.append, **(client or {})), NAME, observer=recording.notes, **options
    )
    other = Connection.server(server_config(**(server or {})))
    events = recording.carry(one, other)
    one.send(b"ping")
    events += recording.carry(one, other)
    if between is not None:
        between(one, other)
        events += recording.carry(one, other)
    other.send(b"pong" * 10_000)
    events += recording.carry(one, other)
    one.close()
    events += recording.carry(one, other)
    return recording, events


def assert_read(recording: Recording, dissection: Dissection, early: bytes = b"") -> None:
    """The dissector has the engine's messages, its data and its secrets, and every check comes out right."""
    assert [s for s in dissection.steps if isinstance(s, Sealed | Broken)] == []
    wanted = [(sender, raw) for sender, _, raw, _ in recording.notes.messages]
    assert [(m.sender, m.raw) for m in dissection.steps if isinstance(m, Message)] == wanted
    data = {
        side: b"".join(bytes(s.content) for s in dissection.steps if isinstance(s, Data) and s.sender == side)
        for side in ("client", "server")
    }
    assert data["client"] == early + b"ping"
    assert data["server"] == b"pong" * 10_000
    handshake = dissection.handshake
    known = {**handshake.traffic, **({"CLIENT_RANDOM": handshake.master} if handshake.master else {})}
    assert known.items() <= recording.notes.secrets.items()
    assert known
    checks = [c for m in handshake.messages for c in checks_of(m)]
    assert [c for c in checks if c.right is not True and c.what != "binder"] == []
    assert sum(c.what == "finished" for c in checks) == 2


BOTH = ((NamedGroup.SECP256R1, NamedGroup.X25519), (NamedGroup.X25519,))
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "hybrid": ({"groups": (NamedGroup.X25519MLKEM768,)}, {"groups": (NamedGroup.X25519MLKEM768,)}),
    "retry": ({"groups": BOTH[0], "key_shares": BOTH[0][:1]}, {"groups": BOTH[1]}),
    "chacha20": ({"suites": (CipherSuite.TLS_CHACHA20_POLY1305_SHA256,)}, {}),
    "sha384": ({"suites": (CipherSuite.TLS_AES_256_GCM_SHA384,)}, {}),
    "ccm": ({"suites": (CipherSuite.TLS_AES_128_CCM_SHA256,)}, {"suites": (CipherSuite.TLS_AES_128_CCM_SHA256,)}),
    "padding": ({"padding": pad_to_multiple_of(512)}, {"padding": pad_to_multiple_of(512)}),
    "small records": ({"record_size_limit": 64}, {}),
    **{f"compressed, {kind.label}": ({"certificate_compression": (kind,)}, {}) for kind in compression_algorithms()},
    "no grease": ({"grease": False, "compatibility_mode": False}, {}),
    "tickets": ({}, {"ticket_keys": RotatingTicketKeys()}),
    "ecdsa": ({}, {"credentials": (credential("ecdsa-p256"),)}),
    "ml-dsa": ({}, {"credentials": (credential("ml-dsa-44"),)}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_tls13_in_every_shape(shape: str) -> None:
    client, server = SHAPES[shape]
    recording, _ = meet(client, server)
    assert_read(recording, recording.dissect())


def test_tls13_with_client_certificate() -> None:
    server = {"client_auth": ClientAuth.REQUIRED, "client_trust": pki().root.trust}
    recording, _ = meet({"credential": pki().client_credential}, server)
    dissection = recording.dissect()
    assert_read(recording, dissection)
    assert dissection.handshake.find(HandshakeType.CERTIFICATE_VERIFY, "client") is not None


def test_key_updates_are_followed() -> None:
    def update(one: Connection, other: Connection) -> None:
        one.update_keys(request_peer=True)
        other.update_keys()

    recording, _ = meet(between=update)
    dissection = recording.dissect()
    assert_read(recording, dissection)
    assert sum(m.type is HandshakeType.KEY_UPDATE for m in dissection.handshake.messages) >= 3


def test_a_resumption_and_its_early_data() -> None:
    server = {"ticket_keys": RotatingTicketKeys(), "early_data_limit": 1000, "strikes": MemoryStrikes()}
    _, events = meet({}, server)
    ticket = next(event.ticket for event in events if isinstance(event, TicketReceived))
    recording, _ = meet({}, server, ticket=ticket, early_data=b"early ")
    dissection = recording.dissect()
    assert_read(recording, dissection, b"early ")
    assert dissection.handshake.resumed
    assert any(isinstance(s, Data) and s.epoch == "early" for s in dissection.steps)


def test_rejected_early_data_is_stepped_over() -> None:
    keys = RotatingTicketKeys()
    taking = {"ticket_keys": keys, "early_data_limit": 1000, "strikes": MemoryStrikes()}
    _, events = meet({}, taking)
    ticket = next(event.ticket for event in events if isinstance(event, TicketReceived))
    recording, _ = meet({}, {"ticket_keys": RotatingTicketKeys()}, ticket=ticket, early_data=b"early ")
    dissection = recording.dissect()
    assert [bytes(s.content)[:6] for s in dissection.steps if isinstance(s, Data)][:2] == [b"early ", b"ping"]
    assert dissection.handshake.complete


def test_a_psk_alone_opens_psk_ke() -> None:
    """Without (EC)DHE the pre-shared key is all there is to know."""
    psk = ExternalPsk(b"device", bytes(range(32)))
    settings = {"psks": (psk,), "allow_psk_without_key_exchange": True}
    recording, _ = meet(settings, settings)
    dissection = recording.dissect(logged=False, psk=bytes(range(32)))
    hello = dissection.handshake.server_hello
    assert hello is not None
    binders = [c for m in dissection.handshake.messages for c in checks_of(m) if c.what == "binder"]
    assert all(c.right is not False for c in binders)


TLS12: dict[str, Any] = {"versions": (Version.TLS12,)}


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-2048", "ed25519"])
def test_tls12(algorithm: str) -> None:
    recording, _ = meet(TLS12, {**TLS12, "credentials": (credential(algorithm),)})
    assert_read(recording, recording.dissect())


def test_tls12_goes_on_with_a_ticket() -> None:
    server = {**TLS12, "ticket_keys": RotatingTicketKeys()}
    _, events = meet(TLS12, server)
    ticket = next(event.ticket for event in events if isinstance(event, TicketReceived))
    recording, _ = meet(TLS12, server, ticket=ticket)
    dissection = recording.dissect()
    assert_read(recording, dissection)
    assert dissection.handshake.resumed


def test_a_lost_record_does_not_close_the_rest() -> None:
    """After a gap the number of the next record is found by trying."""
    recording, _ = meet({"record_size_limit": 512}, {})
    secrets = Secrets()
    secrets.add_keylog("\n".join(recording.lines).encode())
    dissection = Dissection(secrets)
    for sender, data in recording.said:
        if len(data) > 30_000:
            dissection.feed(sender, data[:10_000], (0.0, 1))
            dissection.gap(sender, 5_000)
            dissection.feed(sender, data[15_000:], (0.0, 1))
        else:
            dissection.feed(sender, data, (0.0, 1))
    dissection.finish()
    opened = sum(s.size for s in dissection.steps if isinstance(s, Data) and s.sender == "server")
    assert 33_000 < opened < 36_000
