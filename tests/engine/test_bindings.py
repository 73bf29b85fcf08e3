"""Channel bindings (RFC 5929, RFC 9266) and early exporters: the same at both ends, refused where not defined."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from dojang.engine.config import Credential
from dojang.engine.connection import Connection
from dojang.engine.strikes import MemoryStrikes
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import ApiMisuse
from dojang.pki.authority import Authority
from dojang.pki.keys import create_key, spki_of
from dojang.wire.codes import HandshakeType, Version
from tests.pair import NAME, Notes, client_config, credential, established, pair, server_config, shake

BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)


def ends(version: Version, **settings: Any) -> tuple[Connection, Connection]:
    return established(client_config(versions=(version,), **settings), server_config(versions=(version,), **settings))


@BOTH
def test_tls_exporter_is_the_exporter_of_rfc_9266(version: Version) -> None:
    client, server = ends(version)
    binding = client.channel_binding()
    assert binding == server.channel_binding("tls-exporter")
    assert binding == client.export_keying_material("EXPORTER-Channel-Binding", b"", 32)
    assert len(binding) == 32
    assert ends(version)[0].channel_binding() != binding


def test_tls_unique_is_the_first_finished() -> None:
    notes = Notes()
    client, server = pair(
        client_config(versions=(Version.TLS12,)), server_config(versions=(Version.TLS12,)), client_observer=notes
    )
    shake(client, server)
    first = next(raw for _, _, raw, _ in notes.messages if raw[0] == HandshakeType.FINISHED)
    assert client.channel_binding("tls-unique") == server.channel_binding("tls-unique") == first[4:]


def test_tls_unique_of_a_resumed_session_is_the_server_s_finished() -> None:
    config = server_config(versions=(Version.TLS12,), ticket_keys=RotatingTicketKeys())
    own, notes = client_config(versions=(Version.TLS12,)), Notes()
    ticket = next(e.ticket for e in shake(*pair(own, config))[0] if hasattr(e, "ticket"))
    client, server = Connection.client(own, NAME, ticket=ticket, observer=notes), Connection.server(config)
    shake(client, server)
    sender, raw = next((who, raw) for who, _, raw, _ in notes.messages if raw[0] == HandshakeType.FINISHED)
    assert sender == "server"
    assert client.channel_binding("tls-unique") == server.channel_binding("tls-unique") == raw[4:]


def test_tls_13_has_no_tls_unique() -> None:
    for end in ends(Version.TLS13):
        with pytest.raises(ApiMisuse, match="tls-exporter takes its place"):
            end.channel_binding("tls-unique")


@BOTH
@pytest.mark.parametrize(
    ("root", "hash_name"), [("ecdsa-p256", "sha256"), ("ecdsa-p384", "sha384"), ("rsa-2048", "sha256")]
)
def test_tls_server_end_point_hashes_as_the_certificate_is_signed(version: Version, root: str, hash_name: str) -> None:
    authority = Authority.create_root("bound", algorithm=root)
    issued = authority.issue([NAME])
    assert issued.certificate.signature_hash_algorithm is not None
    assert issued.certificate.signature_hash_algorithm.name == hash_name
    client, server = established(
        client_config(versions=(version,), trust=authority.trust),
        server_config(versions=(version,), credentials=(Credential.from_pyca(issued.chain, issued.key),)),
    )
    assert client.session is not None
    expected = hashlib.new(hash_name, client.session.peer_chain[0]).digest()
    assert client.channel_binding("tls-server-end-point") == expected
    assert server.channel_binding("tls-server-end-point") == expected


def test_no_end_point_where_there_is_no_certificate_or_no_hash() -> None:
    for end in ends(Version.TLS13):  # the pair's certificates are signed with Ed25519
        with pytest.raises(ApiMisuse, match="no hash"):
            end.channel_binding("tls-server-end-point")
    key = create_key()
    config = server_config(credentials=(Credential.from_raw_key(key),))
    for end in established(client_config(raw_public_keys=(spki_of(key.public_key()),)), config):
        with pytest.raises(ApiMisuse):
            end.channel_binding("tls-server-end-point")


def test_without_extended_master_secret_nothing_is_bound() -> None:
    settings: dict[str, Any] = {"require_extended_master_secret": False}
    from dojang.wire.codes import ExtensionType
    from dojang.wire.hello import ClientHello

    def shape(message: Any) -> Any:
        if isinstance(message, ClientHello):
            kept = [e for e in message.extensions if e.extension_type != ExtensionType.EXTENDED_MASTER_SECRET]
            return ClientHello(**{**message.__dict__, "extensions": tuple(kept)})
        return message

    client, server = established(
        client_config(versions=(Version.TLS12,), danger_shape=shape, **settings),
        server_config(versions=(Version.TLS12,), credentials=(credential("ecdsa-p256"),), **settings),
    )
    assert client.session is not None
    assert not client.session.extended_master_secret
    for end in (client, server):
        for kind in ("tls-exporter", "tls-unique"):
            with pytest.raises(ApiMisuse, match="extended master secret"):
                end.channel_binding(kind)


def test_misuse() -> None:
    client, _ = pair()
    with pytest.raises(ApiMisuse):
        client.channel_binding()
    client, _ = established()
    with pytest.raises(ApiMisuse, match="there is no channel binding"):
        client.channel_binding("tls-fancy")
    with pytest.raises(ApiMisuse, match="early exporter"):
        client.export_early_keying_material("EXPORTER-x")


def test_the_early_exporter_is_there_before_the_server_answers() -> None:
    config = server_config(ticket_keys=RotatingTicketKeys(), early_data_limit=100, strikes=MemoryStrikes())
    own = client_config()
    ticket = next(e.ticket for e in shake(*pair(own, config))[0] if hasattr(e, "ticket"))
    client = Connection.client(own, NAME, ticket=ticket, early_data=b"early")
    server = Connection.server(config)
    early = client.export_early_keying_material("EXPORTER-x", b"context", 40)
    assert len(early) == 40
    server.receive(client.data_to_send())
    assert server.early_data == b"early"
    assert server.session is None
    assert server.export_early_keying_material("EXPORTER-x", b"context", 40) == early
    shake(client, server)
    assert client.export_early_keying_material("EXPORTER-x", b"context", 40) == early
    assert client.export_keying_material("EXPORTER-x", b"context", 40) != early
    assert client.export_early_keying_material("EXPORTER-x", b"other", 40) != early
