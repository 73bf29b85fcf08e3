"""record_size_limit (RFC 8449) and max_fragment_length (RFC 6066): what is agreed on, kept, and enforced."""

from __future__ import annotations

from typing import Any

import pytest

from dojang.crypto.protection import Opener
from dojang.engine.config import ClientAuth, pad_to_multiple_of
from dojang.engine.connection import Connection
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import ApiMisuse, DecodeError, PeerMisbehaved, TlsError
from dojang.wire import extensions as ext
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, ContentType, ExtensionType, Version
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello, EncryptedExtensions, ServerHello
from tests.engine.wrongs import altering, more
from tests.pair import NAME, client_config, established, gathered, pair, pki, server_config, shake, shake_to_errors
from tests.scripted import check_refused, client_and_script, extension

E = ExtensionType
BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)


def sizes(data: bytes) -> list[int]:
    """The lengths of the records' fragments."""
    found = []
    while data:
        length = int.from_bytes(data[3:5], "big")
        found.append(length)
        data = data[5 + length :]
    return found


def overhead(version: Version) -> int:
    """What AES-GCM adds to a full record's content."""
    return 17 if version is Version.TLS13 else 24


def ends(version: Version, client: dict[str, Any], server: dict[str, Any]) -> tuple[Connection, Connection]:
    both: dict[str, Any] = {"versions": (version,)}
    return established(client_config(**both, **client), server_config(**both, **server))


def exchange(sender: Connection, receiver: Connection, size: int = 50_000) -> list[int]:
    """The records that `size` bytes become; they arrive."""
    sender.send(bytes(size))
    data = sender.data_to_send()
    assert gathered(receiver.receive(data))[1] == bytes(size)
    return sizes(data)


@BOTH
@pytest.mark.parametrize(("client_limit", "server_limit"), [(64, None), (1000, 500), (16384, 64), (16385, 16385)])
def test_each_side_keeps_the_other_s_limit(version: Version, client_limit: int, server_limit: int | None) -> None:
    client, server = ends(version, {"record_size_limit": client_limit}, {"record_size_limit": server_limit})
    for sender, receiver, limit in ((server, client, client_limit), (client, server, server_limit or 16385)):
        content = min(limit - (version is Version.TLS13), 16384)
        assert max(exchange(sender, receiver)) == content + overhead(version)
        assert max(exchange(sender, receiver, content)) == content + overhead(version)
        assert len(exchange(sender, receiver, content + 1)) == 2


@BOTH
def test_no_limit_is_asked_for_by_default(version: Version) -> None:
    seen: list[HandshakeMessage] = []

    def shape(message: HandshakeMessage) -> HandshakeMessage:
        seen.append(message)
        return message

    own = {"danger_shape": shape, "record_size_limit": 1000}
    client, server = ends(version, {"danger_shape": shape}, own)
    assert max(exchange(client, server)) == 16384 + overhead(version)
    asked = {E.RECORD_SIZE_LIMIT, E.MAX_FRAGMENT_LENGTH}
    for message in seen:
        if isinstance(message, ClientHello | ServerHello | EncryptedExtensions):
            assert not asked & {entry.extension_type for entry in message.extensions}


@BOTH
@pytest.mark.parametrize("size", [512, 1024, 2048, 4096])
def test_max_fragment_length_goes_both_ways(version: Version, size: int) -> None:
    client, server = ends(version, {"max_fragment_length": size}, {"record_size_limit": 16385})
    assert max(exchange(client, server)) == size + overhead(version)
    assert max(exchange(server, client)) == size + overhead(version)


@BOTH
def test_record_size_limit_goes_before_max_fragment_length(version: Version) -> None:
    client, server = ends(version, {"max_fragment_length": 512, "record_size_limit": 2000}, {})
    content = 2000 - (version is Version.TLS13)
    assert max(exchange(server, client)) == content + overhead(version)
    assert max(exchange(client, server)) == 16384 + overhead(version)


@BOTH
def test_the_handshake_keeps_the_limit_too(version: Version) -> None:
    client, server = pair(
        client_config(versions=(version,), record_size_limit=64, credential=pki().client_credential),
        server_config(
            versions=(version,),
            record_size_limit=100,
            client_auth=ClientAuth.REQUIRED,
            client_trust=pki().root.trust,
        ),
    )
    server.receive(client.data_to_send())
    flight = server.data_to_send()
    protected = sizes(flight)[2:] if version is Version.TLS13 else []
    assert all(size <= 64 + 16 for size in protected)
    client.receive(flight)
    last = client.data_to_send()
    assert all(size <= 100 + 16 for size in sizes(last))
    assert len(sizes(last)) > 5
    server.receive(last)
    shake(client, server)
    assert server.session is not None
    assert server.session.verified


def test_padding_stays_within_the_limit() -> None:
    client, server = established(client_config(record_size_limit=500), server_config(padding=pad_to_multiple_of(16384)))
    assert set(exchange(server, client)) == {500 + 16}


def test_keys_that_are_updated_keep_the_limit() -> None:
    client, server = established(client_config(record_size_limit=300), server_config())
    client.update_keys()
    shake(client, server)
    assert max(exchange(server, client)) == 300 + 16
    server._write.fragment = 16384
    server.send(bytes(400))
    with pytest.raises(TlsError) as caught:
        client.receive(server.data_to_send())
    assert caught.value.alert is Alert.RECORD_OVERFLOW


@BOTH
@pytest.mark.parametrize("kind", ["record_size_limit", "max_fragment_length"])
@pytest.mark.parametrize("size", [513, 5000, 16384])
def test_longer_records_than_were_agreed_on_are_refused(version: Version, kind: str, size: int) -> None:
    client, server = ends(version, {kind: 512}, {})
    server._write.fragment = 16384
    server.send(bytes(size))
    with pytest.raises(PeerMisbehaved) as caught:
        client.receive(server.data_to_send())
    assert caught.value.alert is Alert.RECORD_OVERFLOW


def test_padding_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8449 section 4: in TLS 1.3 the limit is the inner plaintext's, padding and type included."""
    client, server = established(client_config(record_size_limit=500), server_config())
    sealer = server._write.sealer
    assert sealer is not None
    client.receive(sealer.seal(ContentType.APPLICATION_DATA, bytes(300), 199))
    with pytest.raises(PeerMisbehaved) as caught:
        client.receive(sealer.seal(ContentType.APPLICATION_DATA, bytes(300), 200))
    assert caught.value.alert is Alert.RECORD_OVERFLOW


def test_early_data_was_sealed_before_there_was_a_limit() -> None:
    own = server_config(
        record_size_limit=64, ticket_keys=RotatingTicketKeys(), early_data_limit=20_000, strikes=MemoryStrikes()
    )
    asks = client_config(record_size_limit=16385)
    client, server = pair(asks, own)
    (ticket, *_) = [event.ticket for event in shake(client, server)[0] if hasattr(event, "ticket")]
    client = Connection.client(asks, NAME, ticket=ticket, early_data=bytes(20_000))
    server = Connection.server(own)
    shake(client, server)
    assert server.early_data == bytes(20_000)
    assert isinstance(server._read.opener, Opener)
    assert server._read.opener.fragment == 63
    assert max(exchange(client, server)) == 64 + 16


# What a peer may do wrong.


def limit(size: int) -> Extension:
    return extension(E.RECORD_SIZE_LIMIT, ext.RecordSizeLimit(size))


def fragment(code: int) -> Extension:
    return extension(E.MAX_FRAGMENT_LENGTH, ext.MaxFragmentLength(code))


@pytest.mark.parametrize(
    ("answers", "alert"),
    [
        ((limit(63),), Alert.ILLEGAL_PARAMETER),
        ((limit(0),), Alert.ILLEGAL_PARAMETER),
        ((limit(64), fragment(2)), Alert.ILLEGAL_PARAMETER),
        ((fragment(1),), Alert.ILLEGAL_PARAMETER),
        ((fragment(0),), Alert.ILLEGAL_PARAMETER),
        ((fragment(5),), Alert.ILLEGAL_PARAMETER),
        ((Extension(E.RECORD_SIZE_LIMIT, b"\1"),), Alert.DECODE_ERROR),
        ((Extension(E.MAX_FRAGMENT_LENGTH, b""),), Alert.DECODE_ERROR),
    ],
)
def test_wrong_answers(answers: tuple[Extension, ...], alert: Alert) -> None:
    config = client_config(record_size_limit=1000, max_fragment_length=1024)
    client, server = client_and_script(config, altering("encrypted_extensions", more(*answers)))
    kind = DecodeError if alert is Alert.DECODE_ERROR else PeerMisbehaved
    check_refused(client, server, b"".join(server.flight()), kind, alert)


def test_answers_to_what_was_not_asked() -> None:
    for answer in (limit(1000), fragment(1)):
        client, server = client_and_script(None, altering("encrypted_extensions", more(answer)))
        check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, Alert.UNSUPPORTED_EXTENSION)


def test_a_large_limit_means_the_largest() -> None:
    config = client_config(record_size_limit=1000)
    client, server = client_and_script(config, altering("encrypted_extensions", more(limit(65535))))
    client.receive(b"".join(server.flight()))
    assert client._write.fragment == 16384


@BOTH
@pytest.mark.parametrize("wrong", [limit(63), fragment(0), fragment(5), fragment(255)])
def test_wrong_wishes(version: Version, wrong: Extension) -> None:
    def shape(message: HandshakeMessage) -> HandshakeMessage:
        if isinstance(message, ClientHello):
            return ClientHello(**{**message.__dict__, "extensions": (*message.extensions, wrong)})
        return message

    _, error = shake_to_errors(
        *pair(client_config(versions=(version,), danger_shape=shape), server_config(versions=(version,)))
    )
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.ILLEGAL_PARAMETER


@pytest.mark.parametrize(
    "settings",
    [{"record_size_limit": 63}, {"record_size_limit": 16386}, {"max_fragment_length": 100}, {"max_fragment_length": 0}],
)
def test_limits_that_no_configuration_may_have(settings: dict[str, Any]) -> None:
    with pytest.raises(ApiMisuse):
        client_config(**settings)
