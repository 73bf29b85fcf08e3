"""What a server may do wrong, and what the client answers: every rule of RFC 9846 that a server can break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dojang.engine.config import Credential
from dojang.engine.connection import Connection
from dojang.errors import CertificateError, DecodeError, PeerIncompatible, PeerMisbehaved, TlsError
from dojang.pki.authority import Authority
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CipherSuite, ContentType, ExtensionType, HandshakeType, NamedGroup, Version
from dojang.wire.codes import SignatureScheme as Scheme
from dojang.wire.extensions import Extension
from dojang.wire.hello import HELLO_RETRY_REQUEST_RANDOM
from dojang.wire.messages13 import CertificateEntry
from tests.engine.wrongs import Alter, altering, changed, fields, less, more, other, trailing, truncated, twice
from tests.pair import NAME, client_config, credential, pki
from tests.scripted import (
    ScriptedServer,
    check_refused,
    clear,
    client_and_script,
    connected_client,
    extension,
    framed,
    receive_all,
)

E, A, G = ExtensionType, Alert, NamedGroup
ALPN = E.APPLICATION_LAYER_PROTOCOL_NEGOTIATION


def protocols(*names: bytes) -> ext.ProtocolNameList:
    return ext.ProtocolNameList(names)


def share(group: NamedGroup, data: bytes) -> Alter:
    return other(E.KEY_SHARE, ext.KeyShareServerHello(ext.KeyShareEntry(group, data)))


def version(code: int) -> Alter:
    return other(E.SUPPORTED_VERSIONS, ext.SelectedVersion(Version(code)))


def random_ending(tail: bytes) -> Alter:
    def alter(message: Any) -> Any:
        legacy = less(E.SUPPORTED_VERSIONS, E.KEY_SHARE)(message)
        return changed(legacy, random=message.random[: 32 - len(tail)] + tail)

    return alter


Answer = tuple[type[TlsError], Alert]
Wrong = tuple[str, str, Alter, Answer]

ILLEGAL: Answer = (PeerMisbehaved, A.ILLEGAL_PARAMETER)
UNASKED: Answer = (PeerMisbehaved, A.UNSUPPORTED_EXTENSION)
MISSING: Answer = (PeerMisbehaved, A.MISSING_EXTENSION)
DECRYPT: Answer = (PeerMisbehaved, A.DECRYPT_ERROR)
DECODE: Answer = (DecodeError, A.DECODE_ERROR)
UNREADABLE: Answer = (CertificateError, A.BAD_CERTIFICATE)
HELLO, EE, CR = "server_hello", "encrypted_extensions", "certificate_request"

SERVER_HELLO: list[Wrong] = [
    ("extension_twice", HELLO, twice, ILLEGAL),
    ("alpn_unasked", HELLO, more(extension(ALPN, protocols(b"h2"))), UNASKED),
    ("unknown_extension", HELLO, more(Extension(E(0x1234), b"")), UNASKED),
    ("grease_extension", HELLO, more(Extension(E(0x7A7A), b"")), UNASKED),
    ("psk_unasked", HELLO, more(Extension(E.PRE_SHARED_KEY, b"\0\0")), UNASKED),
    ("cookie", HELLO, more(Extension(E.COOKIE, b"\0\1x")), UNASKED),
    ("name_in_hello", HELLO, more(Extension(E.SERVER_NAME, b"")), ILLEGAL),
    ("legacy_10", HELLO, fields(legacy_version=Version.TLS10), ILLEGAL),
    ("legacy_13", HELLO, fields(legacy_version=Version.TLS13), ILLEGAL),
    ("selected_12", HELLO, version(0x0303), ILLEGAL),
    ("selected_draft", HELLO, version(0x7F1C), ILLEGAL),
    ("selected_14", HELLO, version(0x0305), ILLEGAL),
    ("selected_grease", HELLO, version(0x3A3A), ILLEGAL),
    ("sentinel_12", HELLO, random_ending(b"DOWNGRD\x01"), ILLEGAL),
    ("sentinel_11", HELLO, random_ending(b"DOWNGRD\x00"), ILLEGAL),
    ("session_id_none", HELLO, fields(legacy_session_id_echo=b""), ILLEGAL),
    ("session_id_other", HELLO, fields(legacy_session_id_echo=bytes(32)), ILLEGAL),
    ("session_id_short", HELLO, fields(legacy_session_id_echo=b"x"), ILLEGAL),
    ("compression", HELLO, fields(legacy_compression_method=1), ILLEGAL),
    ("suite_of_12", HELLO, fields(cipher_suite=CipherSuite(0xC02F)), ILLEGAL),
    ("suite_unoffered", HELLO, fields(cipher_suite=CipherSuite(0x1305)), ILLEGAL),
    ("suite_unknown", HELLO, fields(cipher_suite=CipherSuite(0x4242)), ILLEGAL),
    ("suite_grease", HELLO, fields(cipher_suite=CipherSuite(0x1A1A)), ILLEGAL),
    ("no_key_share", HELLO, less(E.KEY_SHARE), MISSING),
    ("share_unoffered", HELLO, share(G.X448, bytes(56)), ILLEGAL),
    ("share_not_sent", HELLO, share(G.SECP256R1, b"\4" + bytes(64)), ILLEGAL),
    ("share_grease", HELLO, share(G(0x2A2A), b"\0"), ILLEGAL),
    ("share_empty", HELLO, other(E.KEY_SHARE, b"\x00\x1d\x00\x00"), DECODE),
    ("share_group_only", HELLO, other(E.KEY_SHARE, b"\x00\x1d"), DECODE),
    ("version_trailing", HELLO, other(E.SUPPORTED_VERSIONS, b"\3\4\0"), DECODE),
    ("trailing", HELLO, trailing, DECODE),
    ("truncated", HELLO, truncated, DECODE),
    ("empty", HELLO, lambda message: framed(2, b""), DECODE),
]

ENCRYPTED: list[Wrong] = [
    ("ee_twice", EE, more(*[Extension(E.SERVER_NAME, b"")] * 2), ILLEGAL),
    ("ee_unknown", EE, more(Extension(E(0x1234), b"")), UNASKED),
    ("ee_unasked", EE, more(Extension(E.EARLY_DATA, b"")), UNASKED),
    ("ee_share", EE, more(Extension(E.KEY_SHARE, b"\0")), ILLEGAL),
    ("ee_versions", EE, more(Extension(E(43), b"\3\4")), ILLEGAL),
    ("ee_algorithms", EE, more(Extension(E(13), b"")), ILLEGAL),
    ("ee_name_full", EE, more(Extension(E.SERVER_NAME, b"x")), DECODE),
    ("ee_trailing", EE, trailing, DECODE),
    ("ee_truncated", EE, truncated, DECODE),
    ("alpn_other", EE, more(extension(ALPN, protocols(b"h3"))), ILLEGAL),
    ("alpn_two", EE, more(extension(ALPN, protocols(b"h2", b"x"))), ILLEGAL),
    ("alpn_none", EE, more(Extension(ALPN, b"\0\0")), DECODE),
    ("alpn_nameless", EE, more(Extension(ALPN, b"\0\1\0")), DECODE),
]

REQUEST: list[Wrong] = [
    ("request_context", CR, fields(certificate_request_context=b"x"), ILLEGAL),
    ("request_bare", CR, fields(extensions=()), MISSING),
    ("request_twice", CR, twice, ILLEGAL),
    ("request_share", CR, more(Extension(E.KEY_SHARE, b"")), ILLEGAL),
    ("request_no_scheme", CR, other(E.SIGNATURE_ALGORITHMS, b"\0\0"), DECODE),
    ("request_authorities", CR, more(Extension(E(47), b"\0\0")), DECODE),
    ("request_trailing", CR, trailing, DECODE),
    ("request_truncated", CR, truncated, DECODE),
]


def entries(*pairs: tuple[bytes, tuple[Extension, ...]]) -> Alter:
    return fields(certificate_list=tuple(CertificateEntry(der, extensions) for der, extensions in pairs))


def leaf() -> bytes:
    return pki().server_credential.chain[0]


def leaf_with(*extensions: Extension) -> Alter:
    return lambda message: entries((leaf(), extensions))(message)


CERTIFICATE: list[Wrong] = [
    ("no_certificate", "certificate", fields(certificate_list=()), DECODE),
    ("empty_certificate", "certificate", lambda m: framed(11, b"\0\0\0\5\0\0\0\0\0"), DECODE),
    ("certificate_context", "certificate", fields(certificate_request_context=b"x"), ILLEGAL),
    ("status_unasked", "certificate", leaf_with(Extension(E.DELEGATED_CREDENTIAL, b"")), UNASKED),
    ("name_in_certificate", "certificate", leaf_with(Extension(E.SERVER_NAME, b"")), ILLEGAL),
    ("garbage", "certificate", entries((b"garbage", ())), UNREADABLE),
    ("cut_off", "certificate", lambda m: entries((leaf()[:-1], ()))(m), UNREADABLE),
    ("certificate_trailing", "certificate", trailing, DECODE),
    ("certificate_truncated", "certificate", truncated, DECODE),
]


def signature(alter: Callable[[bytes], bytes]) -> Alter:
    return lambda message: changed(message, signature=alter(message.signature))


PROOF: list[Wrong] = [
    ("signature_flipped", "certificate_verify", signature(lambda s: s[:-1] + bytes((s[-1] ^ 1,))), DECRYPT),
    ("signature_short", "certificate_verify", signature(lambda s: s[:-1]), DECRYPT),
    ("signature_long", "certificate_verify", signature(lambda s: s + b"\0"), DECRYPT),
    ("signature_none", "certificate_verify", fields(signature=b""), DECRYPT),
    ("pkcs1", "certificate_verify", fields(algorithm=Scheme.RSA_PKCS1_SHA256), ILLEGAL),
    ("sha1", "certificate_verify", fields(algorithm=Scheme.ECDSA_SHA1), ILLEGAL),
    ("scheme_unknown", "certificate_verify", fields(algorithm=Scheme(0x7777)), ILLEGAL),
    ("scheme_of_other_key", "certificate_verify", fields(algorithm=Scheme.ED448), ILLEGAL),
    ("proof_trailing", "certificate_verify", trailing, DECODE),
    ("proof_truncated", "certificate_verify", truncated, DECODE),
    ("finished_wrong", "finished", fields(verify_data=bytes(32)), DECRYPT),
    ("finished_empty", "finished", fields(verify_data=b""), DECODE),
    ("finished_trailing", "finished", trailing, DECODE),
    ("finished_truncated", "finished", truncated, DECODE),
]

WRONGS = SERVER_HELLO + ENCRYPTED + REQUEST + CERTIFICATE + PROOF


@pytest.mark.parametrize(("target", "alter", "answer"), [w[1:] for w in WRONGS], ids=[w[0] for w in WRONGS])
def test_wrong_message(target: str, alter: Alter, answer: Answer) -> None:
    config = client_config(alpn=("h2",) if target == EE else (), groups=(G.X25519, G.SECP256R1))
    client, server = client_and_script(config, altering(target, alter), asks=target == CR)
    check_refused(client, server, b"".join(server.flight()), *answer)


def test_grease_that_comes_back() -> None:
    """RFC 8701 section 3.1: no server may negotiate what the client sent as GREASE."""
    for target in ("server_hello", "encrypted_extensions", "certificate"):
        client, server = Connection.client(client_config(), NAME), ScriptedServer()
        server.take(client.data_to_send())
        assert server.hello is not None
        grease = next(e for e in server.hello.extensions if e.extension_type.is_grease)
        echo = leaf_with(grease) if target == "certificate" else more(grease)
        server.edit = altering(target, echo)
        check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, A.UNSUPPORTED_EXTENSION)


# HelloRetryRequest.

FOR_P256 = extension(E.KEY_SHARE, ext.KeyShareHelloRetryRequest(G.SECP256R1))
COOKIE = extension(E.COOKIE, ext.Cookie(b"crumbs"))


def for_group(code: int) -> Extension:
    return extension(E.KEY_SHARE, ext.KeyShareHelloRetryRequest(G(code)))


RETRIES: list[tuple[str, tuple[Extension, ...], Alter, Answer]] = [
    ("nothing_new", (), fields(), ILLEGAL),
    ("group_unoffered", (for_group(30),), fields(), ILLEGAL),
    ("group_unknown", (for_group(0x4242),), fields(), ILLEGAL),
    ("group_has_share", (for_group(29),), fields(), ILLEGAL),
    ("group_has_share_and_cookie", (for_group(29), COOKIE), fields(), ILLEGAL),
    ("twice", (FOR_P256, FOR_P256), fields(), ILLEGAL),
    ("cookie_twice", (COOKIE, COOKIE), fields(), ILLEGAL),
    ("empty_cookie", (Extension(E.COOKIE, b"\0\0"),), fields(), DECODE),
    ("unknown", (FOR_P256, Extension(E(0x1234), b"")), fields(), UNASKED),
    ("misplaced", (FOR_P256, Extension(E.SERVER_NAME, b"")), fields(), ILLEGAL),
    ("share_of_a_server_hello", (Extension(E.KEY_SHARE, b"\0\x17\0\1x"),), fields(), DECODE),
    ("session_id", (FOR_P256,), fields(legacy_session_id_echo=b""), ILLEGAL),
    ("suite", (FOR_P256,), fields(cipher_suite=CipherSuite(0x1304)), ILLEGAL),
    ("compression", (FOR_P256,), fields(legacy_compression_method=1), ILLEGAL),
    ("version", (FOR_P256,), version(0x0303), ILLEGAL),
    ("legacy_version", (FOR_P256,), fields(legacy_version=Version.TLS11), ILLEGAL),
    ("trailing", (FOR_P256,), trailing, DECODE),
    ("truncated", (FOR_P256,), truncated, DECODE),
]


@pytest.mark.parametrize(("entries", "alter", "answer"), [r[1:] for r in RETRIES], ids=[r[0] for r in RETRIES])
def test_wrong_retry(entries: tuple[Extension, ...], alter: Alter, answer: Answer) -> None:
    config = client_config(groups=(G.X25519, G.SECP256R1))
    client, server = client_and_script(config, altering("hello_retry_request", alter))
    check_refused(client, server, server.retry(*entries), *answer)


def retried_client(*entries: Extension) -> tuple[Connection, ScriptedServer]:
    client, server = client_and_script(client_config(groups=(G.X25519, G.SECP256R1)))
    client.receive(server.retry(*entries))
    server.take(client.data_to_send())
    return client, server


@pytest.mark.parametrize("entries", [(COOKIE,), (FOR_P256,), (for_group(29),), (for_group(23), COOKIE), ()])
def test_second_retry(entries: tuple[Extension, ...]) -> None:
    client, server = retried_client(FOR_P256)
    check_refused(client, server, server.retry(*entries), PeerMisbehaved, A.UNEXPECTED_MESSAGE)


def test_suite_changes_after_retry() -> None:
    client, server = retried_client(COOKIE)
    server.edit = altering("server_hello", fields(cipher_suite=CipherSuite.TLS_AES_256_GCM_SHA384))
    data = server.server_hello()
    server.sealer = server.opener = None
    check_refused(client, server, data, PeerMisbehaved, A.ILLEGAL_PARAMETER)


def test_group_changes_after_retry() -> None:
    client, server = retried_client(FOR_P256)
    server.group = G.SECP256R1
    server.edit = altering("server_hello", share(G.X25519, b"\x09" + bytes(31)))
    data = server.server_hello()
    server.sealer = server.opener = None
    check_refused(client, server, data, PeerMisbehaved, A.ILLEGAL_PARAMETER)


def test_second_hello_changes_nothing_but_what_was_asked() -> None:
    first_client, first = client_and_script(client_config(groups=(G.X25519, G.SECP256R1)))
    hello = first.hello
    assert hello is not None
    first_client.receive(first.retry(FOR_P256, COOKIE))
    first.take(first_client.data_to_send())
    second = first.hello
    assert second is not None
    assert second is not hello
    for name in ("legacy_version", "random", "legacy_session_id", "cipher_suites", "legacy_compression_methods"):
        assert getattr(second, name) == getattr(hello, name)
    kept = [e for e in second.extensions if e.extension_type not in (E.KEY_SHARE, E.COOKIE)]
    assert kept == [e for e in hello.extensions if e.extension_type != E.KEY_SHARE]
    found = ext.find(second.extensions, E.KEY_SHARE)
    assert found is not None
    shares = ext.KeyShareClientHello.parse(found.extension_data).client_shares
    assert [entry.group for entry in shares] == [G.SECP256R1]
    assert ext.find(second.extensions, E.COOKIE) == COOKIE


def test_retry_for_a_cookie_alone_keeps_the_shares() -> None:
    client, server = client_and_script()
    hello = server.hello
    client.receive(server.retry(COOKIE))
    server.take(client.data_to_send())
    assert hello is not None
    assert server.hello is not None
    assert ext.find(server.hello.extensions, E.KEY_SHARE) == ext.find(hello.extensions, E.KEY_SHARE)


# Older versions.


@pytest.mark.parametrize("code", [0x0300, 0x0301, 0x0302])
def test_server_that_speaks_only_something_older(code: int) -> None:
    def alter(message: Any) -> Any:
        return changed(message, legacy_version=Version(code), extensions=(), cipher_suite=CipherSuite(0x002F))

    client, server = client_and_script(edit=altering("server_hello", alter))
    data = server.server_hello()
    server.sealer = server.opener = None
    check_refused(client, server, data, PeerIncompatible, A.PROTOCOL_VERSION)


def test_server_that_answers_with_protocol_version() -> None:
    client, _ = client_and_script()
    with pytest.raises(TlsError) as caught:
        client.receive(clear(ContentType.ALERT, bytes((2, A.PROTOCOL_VERSION))))
    assert caught.value.details["description"] == "protocol_version"
    assert client.data_to_send() == b""


def test_random_that_only_looks_like_a_retry() -> None:
    client, server = client_and_script()
    server.edit = altering("server_hello", fields(random=HELLO_RETRY_REQUEST_RANDOM[:-1] + b"\0"))
    client.receive(b"".join(server.flight()))
    assert client.session is not None
    assert not client.session.retried


# Certificates and proofs.


def test_signature_by_another_key() -> None:
    client, server = client_and_script()
    server.key = pki().client.key
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, A.DECRYPT_ERROR)


def test_signature_made_as_a_client() -> None:
    class AsClient(ScriptedServer):
        def proof(self, key: Any, scheme: Any) -> Any:
            self.role = "client"
            made = super().proof(key, scheme)
            self.role = "server"
            return made

    wrong = AsClient()
    client = Connection.client(client_config(), NAME)
    wrong.take(client.data_to_send())
    check_refused(client, wrong, b"".join(wrong.flight()), PeerMisbehaved, A.DECRYPT_ERROR)


def test_scheme_that_the_client_did_not_offer() -> None:
    client, server = client_and_script(client_config(signature_schemes=(Scheme.ECDSA_SECP256R1_SHA256,)))
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, A.ILLEGAL_PARAMETER)


@pytest.mark.parametrize("scheme", [Scheme.ECDSA_SECP384R1_SHA384, Scheme.ECDSA_SECP256R1_SHA256])
def test_ecdsa_schemes_are_bound_to_their_curve(scheme: Scheme) -> None:
    algorithm = "ecdsa-p256" if scheme is Scheme.ECDSA_SECP384R1_SHA384 else "ecdsa-p384"
    own = credential(algorithm)
    client, server = client_and_script()
    assert own.key is not None
    server.chain, server.key, server.scheme = own.chain, own.key, scheme
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, A.ILLEGAL_PARAMETER)


def test_pkcs1_signature_even_if_it_is_right() -> None:
    own = credential("rsa-2048")
    client, server = client_and_script()
    assert own.key is not None
    server.chain, server.key, server.scheme = own.chain, own.key, Scheme.RSA_PKCS1_SHA256
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, A.ILLEGAL_PARAMETER)


@pytest.mark.parametrize("der", [b"\x30\x00", b"garbage"])
def test_unreadable_certificate_although_any_is_accepted(der: bytes) -> None:
    client, server = client_and_script(client_config(danger_accept_any_certificate=True))
    server.chain = (der,)
    check_refused(client, server, b"".join(server.flight()), CertificateError, A.BAD_CERTIFICATE)


def test_unknown_authority() -> None:
    client, server = client_and_script()
    stranger = Authority.create_root("stranger", algorithm="ed25519").issue([NAME], algorithm="ed25519")
    server.key = stranger.key
    server.chain = Credential.from_pyca(stranger.chain, stranger.key).chain
    error = check_refused(client, server, b"".join(server.flight()), CertificateError, A.UNKNOWN_CA)
    assert isinstance(error, CertificateError)
    assert error.report is not None


def test_certificate_for_another_name() -> None:
    client, server = client_and_script()
    own = credential("ed25519", "other.test")
    assert own.key is not None
    server.chain, server.key = own.chain, own.key
    with pytest.raises(CertificateError) as caught:
        receive_all(client, b"".join(server.flight()))
    server.take(client.data_to_send())
    assert server.alerts == [caught.value.alert]


# After the handshake.


@pytest.mark.parametrize(
    ("raw", "kind", "alert"),
    [
        (framed(24, b"\2"), PeerMisbehaved, A.ILLEGAL_PARAMETER),
        (framed(24, b"\xff"), PeerMisbehaved, A.ILLEGAL_PARAMETER),
        (framed(24, b""), DecodeError, A.DECODE_ERROR),
        (framed(24, b"\0\0"), DecodeError, A.DECODE_ERROR),
        (framed(4, b""), DecodeError, A.DECODE_ERROR),
        (framed(4, bytes(8) + b"\0" + b"\0\0" + b"\0\0"), DecodeError, A.DECODE_ERROR),
        (framed(4, bytes(8) + b"\0" + b"\0\1x" + b"\0\0\0"), DecodeError, A.DECODE_ERROR),
        (framed(4, bytes(8) + b"\0" + b"\0\1x" + b"\0\4\0\x2a\0\0"), DecodeError, A.DECODE_ERROR),
        (
            framed(4, bytes(8) + b"\0" + b"\0\1x" + b"\0\x10" + b"\0\x2a\0\4\0\0\0\1" * 2),
            PeerMisbehaved,
            A.ILLEGAL_PARAMETER,
        ),
    ],
)
def test_wrong_message_after_the_handshake(raw: bytes, kind: type[TlsError], alert: Alert) -> None:
    client, server = connected_client()
    check_refused(client, server, server.record(ContentType.HANDSHAKE, raw), kind, alert)


def test_ticket_with_an_unknown_extension_is_a_ticket() -> None:
    client, server = connected_client()
    ticket = bytes(8) + b"\0" + b"\0\1x" + b"\0\4\x1a\x1a\0\0"
    assert client.receive(server.record(ContentType.HANDSHAKE, framed(HandshakeType.NEW_SESSION_TICKET, ticket))) == []
    assert client.error is None


def test_message_announced_too_long() -> None:
    client, server = client_and_script()
    data = clear(ContentType.HANDSHAKE, b"\x02\xff\xff\xff")
    check_refused(client, server, data, PeerMisbehaved, A.ILLEGAL_PARAMETER)
