"""External PSKs between two ends of dojang: imported ones, with a certificate, and without a key exchange."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from dojang.engine.ticket import ExternalPsk, import_psk
from dojang.errors import TlsError
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CipherSuite, ExtensionType, PskKeyExchangeMode
from dojang.wire.extensions import PskKeyExchangeModes, extension
from dojang.wire.hello import ClientHello
from tests.pair import client_config, pair, server_config, shake

KEY = bytes(range(32))
PSK = ExternalPsk(b"shared", KEY)
SUITES = {
    "sha256": CipherSuite.TLS_AES_128_GCM_SHA256,
    "sha384": CipherSuite.TLS_AES_256_GCM_SHA384,
}


def expand(secret: bytes, label: bytes, context: bytes, size: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label of one block, by hand."""
    info = size.to_bytes(2, "big") + bytes([6 + len(label)]) + b"tls13 " + label + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", hash_name)[:size]


@pytest.mark.parametrize(("hash_name", "kdf"), [("sha256", 1), ("sha384", 2)])
def test_imported_key_by_hand(hash_name: str, kdf: int) -> None:
    """RFC 9258 sections 5.1 and 5.2: identity and key, written out."""
    imported = next(psk for psk in import_psk(b"shared", KEY, b"context") if psk.hash_name == hash_name)
    identity = b"\x00\x06shared\x00\x07context\x03\x04" + kdf.to_bytes(2, "big")
    assert imported.identity == identity
    extracted = hmac.digest(bytes(32), KEY, "sha256")
    size = {"sha256": 32, "sha384": 48}[hash_name]
    if size == 32:
        assert imported.key == expand(extracted, b"derived psk", hashlib.sha256(identity).digest(), 32, "sha256")
    assert len(imported.key) == size
    assert imported.binder_label == "imp binder"


@pytest.mark.parametrize("hash_name", SUITES)
def test_imported_key_for_each_hash(hash_name: str) -> None:
    keys = import_psk(b"shared", KEY, b"context")
    only = (SUITES[hash_name],)
    client, server = pair(client_config(psks=keys, suites=only), server_config(psks=keys, suites=only))
    shake(client, server)
    assert client.session is not None
    assert client.session.resumed == "external psk"
    assert client.session.suite is only[0]


def test_imported_keys_of_another_context_are_not_known() -> None:
    ours, theirs = import_psk(b"shared", KEY, b"one"), import_psk(b"shared", KEY, b"other")
    client, server = pair(client_config(psks=ours), server_config(psks=theirs))
    shake(client, server)
    assert client.session is not None
    assert client.session.resumed is None


def test_binders_are_told_apart() -> None:
    """An imported key's binder is none for an external key of the same bytes."""
    imported = ExternalPsk(b"shared", KEY, binder_label="imp binder")
    client, server = pair(client_config(psks=(imported,)), server_config(psks=(PSK,)))
    with pytest.raises(TlsError):
        shake(client, server)


def test_key_and_certificate() -> None:
    """RFC 8773: both must be right, and both count."""
    both = ExternalPsk(b"shared", KEY, with_certificate=True)
    client, server = pair(client_config(psks=(both,)), server_config(psks=(both,)))
    shake(client, server)
    assert client.session is not None
    assert client.session.resumed == "external psk"
    assert client.session.verified
    assert client.session.peer_chain


def only_psk_ke(message: HandshakeMessage) -> HandshakeMessage:
    """A hello that offers psk_ke alone, with a share all the same, as GnuTLS does."""
    if not isinstance(message, ClientHello):
        return message
    modes = extension(ExtensionType.PSK_KEY_EXCHANGE_MODES, PskKeyExchangeModes((PskKeyExchangeMode.PSK_KE,)))
    entries = tuple(modes if e.extension_type == modes.extension_type else e for e in message.extensions)
    session_id, suites = message.legacy_session_id, message.cipher_suites
    return ClientHello(message.legacy_version, message.random, session_id, suites, b"\0", entries)


@pytest.mark.parametrize("allowed", [True, False])
def test_without_key_exchange(allowed: bool) -> None:
    """The share is for a handshake by certificate, which is what comes where the server wants a key exchange."""
    client, server = pair(
        client_config(psks=(PSK,), allow_psk_without_key_exchange=True, danger_shape=only_psk_ke),
        server_config(psks=(PSK,), allow_psk_without_key_exchange=allowed),
    )
    shake(client, server)
    assert client.session is not None
    assert client.session.resumed == ("external psk" if allowed else None)
    assert (client.session.group is None) is allowed


def test_key_exchange_is_preferred() -> None:
    client, server = pair(
        client_config(psks=(PSK,), allow_psk_without_key_exchange=True),
        server_config(psks=(PSK,), allow_psk_without_key_exchange=True),
    )
    shake(client, server)
    assert client.session is not None
    assert client.session.resumed == "external psk"
    assert client.session.group is not None
