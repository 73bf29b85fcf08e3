"""Connection.info: one frozen object with everything, and JSON of it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from dojang.engine.config import ClientAuth
from dojang.engine.connection import Connection
from dojang.engine.info import Info
from dojang.engine.session_store import MemorySessions
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import ApiMisuse
from dojang.wire.codes import CipherSuite, NamedGroup, SignatureScheme, Version
from tests.pair import NAME, client_config, pair, pki, server_config, shake

BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)


class Stopwatch:
    """A second goes by between any two looks."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def visit(version: Version, client: dict[str, Any], server: dict[str, Any], **more: Any) -> tuple[Info, Info, Any]:
    one = Connection.client(client_config(versions=(version,), **client), NAME, **more)
    other = Connection.server(server_config(versions=(version,), **server))
    events = shake(one, other)[0]
    one.send(b"x" * 100_000)
    shake(one, other)
    return one.info, other.info, next((event.ticket for event in events if hasattr(event, "ticket")), None)


@BOTH
def test_everything_is_there(version: Version) -> None:
    client, server, _ = visit(
        version,
        {"alpn": ("h2",), "credential": pki().client_credential, "stopwatch": Stopwatch()},
        {"alpn": ("h2",), "client_auth": ClientAuth.REQUIRED, "client_trust": pki().root.trust},
    )
    for info in (client, server):
        assert info.version is version
        assert info.group is NamedGroup.X25519
        assert info.key_exchange == "x25519"
        assert info.signature_scheme is SignatureScheme.ED25519
        assert info.client_signature_scheme is SignatureScheme.ED25519
        assert info.server_name == NAME
        assert info.alpn == "h2"
        assert info.resumed is None
        assert info.early_data is None
        assert info.verified
        assert info.client_chain == pki().client_credential.chain
        assert info.client_identity == "CN=client.test"
        assert info.extended_master_secret == (version is Version.TLS12)
    assert client.role == "client"
    assert client.suite is server.suite
    assert client.suite in CipherSuite
    assert client.peer_chain == pki().server_credential.chain
    assert [len(info.verified_path) for info in (client, server)] == [3, 3]
    assert client.verified_path[-1] == pki().root.trust.anchors[0]


@BOTH
def test_bytes_and_records_agree(version: Version) -> None:
    client, server, _ = visit(version, {}, {"record_size_limit": 1000})
    assert client.sent[:2] == server.received[:2]
    assert client.received[:2] == server.sent[:2]
    assert client.sent.bytes > 100_000
    assert client.sent.records >= 8
    assert client.sent.record_limit == 16384
    limited, _, _ = visit(version, {"record_size_limit": 16385}, {"record_size_limit": 1000})
    assert limited.sent.record_limit == 1000 - (version is Version.TLS13)
    assert limited.sent.records > 100


def test_flights_and_their_times() -> None:
    client, _, _ = visit(Version.TLS13, {"stopwatch": Stopwatch()}, {})
    assert [(flight.sender, flight.messages) for flight in client.flights] == [
        ("client", ("client_hello",)),
        (
            "server",
            ("server_hello", "encrypted_extensions", "certificate", "certificate_verify", "finished"),
        ),
        ("client", ("finished",)),
    ]
    assert [(flight.began, flight.ended) for flight in client.flights] == [(1, 1), (2, 6), (7, 7)]
    assert client.handshake_time == 8


def test_flights_of_tls12() -> None:
    client, server, _ = visit(Version.TLS12, {}, {})
    assert [flight.sender for flight in client.flights] == ["client", "server", "client", "server"]
    assert [flight.messages for flight in client.flights] == [flight.messages for flight in server.flights]
    assert all(0 <= flight.began <= flight.ended <= client.handshake_time for flight in client.flights)


@BOTH
@pytest.mark.parametrize("store", ["ticket_keys", "sessions"])
def test_how_it_was_resumed(version: Version, store: str) -> None:
    kept: dict[str, Any] = {store: RotatingTicketKeys() if store == "ticket_keys" else MemorySessions()}
    _, _, ticket = visit(version, {}, kept)
    client, server, _ = visit(version, {}, kept, ticket=ticket)
    how = "psk" if version is Version.TLS13 else "session ticket" if store == "ticket_keys" else "session id"
    assert client.resumed == server.resumed == how
    assert client.verified
    assert client.verified_path


def test_early_data_is_told() -> None:
    kept: dict[str, Any] = {"ticket_keys": RotatingTicketKeys(), "early_data_limit": 100, "strikes": MemoryStrikes()}
    _, _, ticket = visit(Version.TLS13, {}, kept)
    for taken in (True, False):
        client, server, _ = visit(Version.TLS13, {}, kept, ticket=ticket, early_data=b"early")
        assert client.early_data is taken
        assert server.early_data is taken


@BOTH
def test_json(version: Version) -> None:
    own = dataclasses.replace(pki().server_credential, staple=b"staple", scts=(b"timestamp",))
    client, server, _ = visit(version, {"revocation": None}, {"credentials": (own,)})
    for info in (client, server):
        told = json.loads(json.dumps(info.to_json()))
        assert set(told) == {field.name for field in dataclasses.fields(Info)}
        assert told["version"] == version.label
        assert told["suite"] == info.suite.label
        assert told["group"] == "x25519"
        assert told["sent"]["bytes"] == info.sent.bytes
        assert told["flights"][0]["messages"] == ["client_hello"]
    told = client.to_json()
    assert told["peer_chain"][0]["issuer"] == "CN=pair intermediate, O=dojang"
    assert told["staple"] == b"staple".hex()
    assert told["scts"] == [b"timestamp".hex()]
    assert told["report"]["ok"] is True


def test_frozen_and_only_after_the_handshake() -> None:
    client, _ = pair()
    with pytest.raises(ApiMisuse):
        _ = client.info
    info, _, _ = visit(Version.TLS13, {}, {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.alpn = "x"  # type: ignore[misc]
