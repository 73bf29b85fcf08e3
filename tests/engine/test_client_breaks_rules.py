"""What a client may do wrong, and what the server answers: every rule of RFC 9846 that a client can break."""

from __future__ import annotations

from typing import Any

import pytest

from dojang.engine.config import ClientAuth, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.errors import CertificateError, DecodeError, PeerIncompatible, PeerMisbehaved, TlsError
from dojang.pki.authority import Authority
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CipherSuite, ContentType, ExtensionType, NamedGroup, NameType, Version
from dojang.wire.codes import SignatureScheme as Scheme
from dojang.wire.extensions import BODIES, Context, Extension
from dojang.wire.messages13 import CertificateEntry, CertificateVerify
from tests.engine.wrongs import Alter, altering, changed, fields, less, more, other, trailing, truncated, twice
from tests.pair import client_config, pki, server_config, shake_to_errors
from tests.scripted import (
    RANDOM,
    ScriptedClient,
    check_refused,
    clear,
    connected_server,
    extension,
    framed,
    server_and_script,
)

E, A, G = ExtensionType, Alert, NamedGroup
ALPN = E.APPLICATION_LAYER_PROTOCOL_NEGOTIATION
Answer = tuple[type[TlsError], Alert]
ILLEGAL: Answer = (PeerMisbehaved, A.ILLEGAL_PARAMETER)
MISSING: Answer = (PeerMisbehaved, A.MISSING_EXTENSION)
UNASKED: Answer = (PeerMisbehaved, A.UNSUPPORTED_EXTENSION)
DECRYPT: Answer = (PeerMisbehaved, A.DECRYPT_ERROR)
DECODE: Answer = (DecodeError, A.DECODE_ERROR)
NOTHING_COMMON: Answer = (PeerIncompatible, A.HANDSHAKE_FAILURE)
TOO_OLD: Answer = (PeerIncompatible, A.PROTOCOL_VERSION)


def versions(*codes: int) -> Alter:
    return other(E.SUPPORTED_VERSIONS, ext.SupportedVersionList(tuple(Version(code) for code in codes)))


def legacy(code: int) -> Alter:
    return lambda hello: changed(less(E.SUPPORTED_VERSIONS)(hello), legacy_version=Version(code))


def names(*hosts: bytes) -> Alter:
    entries = tuple(ext.ServerName(NameType.HOST_NAME, host) for host in hosts)
    return other(E.SERVER_NAME, ext.ServerNameList(entries))


def groups(*codes: int) -> Alter:
    return other(E.SUPPORTED_GROUPS, ext.NamedGroupList(tuple(G(code) for code in codes)))


def share_twice(hello: Any) -> Any:
    entry = ext.find(hello.extensions, E.KEY_SHARE)
    assert entry is not None
    shares = ext.KeyShareClientHello.parse(entry.extension_data).client_shares
    return other(E.KEY_SHARE, ext.KeyShareClientHello(shares + shares))(hello)


def psk_first(hello: Any) -> Any:
    psk = Extension(E.PRE_SHARED_KEY, b"\0\7\0\1x\0\0\0\0\0\x21\x20" + bytes(32))
    return changed(hello, extensions=(psk, *hello.extensions))


HELLO: list[tuple[str, Alter, Answer]] = [
    ("extension_twice", twice, ILLEGAL),
    ("unknown_extension_twice", more(*[Extension(E(0x1234), b"")] * 2), ILLEGAL),
    ("misplaced_extension", more(Extension(E.OID_FILTERS, b"\0\0")), ILLEGAL),
    ("compression_too", fields(legacy_compression_methods=b"\1\0"), ILLEGAL),
    ("compression_only", fields(legacy_compression_methods=b"\1"), ILLEGAL),
    ("no_compression", lambda hello: framed(1, hello.encode().replace(b"\1\0\0", b"\0\0", 1)), DECODE),
    ("no_groups", less(E.SUPPORTED_GROUPS), MISSING),
    ("no_key_share", less(E.KEY_SHARE), MISSING),
    ("no_signature_algorithms", less(E.SIGNATURE_ALGORITHMS), MISSING),
    ("no_extensions", fields(extensions=()), TOO_OLD),
    ("only_12", versions(0x0303), TOO_OLD),
    ("only_10_and_11", versions(0x0302, 0x0301), TOO_OLD),
    ("only_drafts", versions(0x7F1C, 0x3A3A), TOO_OLD),
    ("legacy_12", legacy(0x0303), TOO_OLD),
    ("legacy_11", legacy(0x0302), TOO_OLD),
    ("legacy_10", legacy(0x0301), TOO_OLD),
    ("legacy_ssl3", legacy(0x0300), TOO_OLD),
    ("legacy_13_is_no_offer", legacy(0x0304), TOO_OLD),
    ("psk_not_last", psk_first, ILLEGAL),
    ("share_twice", share_twice, ILLEGAL),
    ("share_not_supported", groups(G.SECP256R1, G.X448), ILLEGAL),
    ("no_common_suite", fields(cipher_suites=(CipherSuite(0x1305), CipherSuite(0xC02F))), NOTHING_COMMON),
    ("no_common_group", lambda h: other(E.KEY_SHARE, b"\0\0")(groups(G.SECP521R1)(h)), NOTHING_COMMON),
    ("no_common_scheme", other(E.SIGNATURE_ALGORITHMS, b"\0\2\4\1"), NOTHING_COMMON),
    ("two_names", names(b"name.test", b"other.test"), ILLEGAL),
    ("name_not_ascii", names(b"n\xc3\xa4me.test"), DECODE),
    ("name_with_space", names(b"name .test"), DECODE),
    ("name_with_nul", names(b"name.test\0"), DECODE),
    ("name_of_dots", names(b"..."), DECODE),
    ("name_empty", other(E.SERVER_NAME, b"\0\3\0\0\0"), DECODE),
    ("names_empty", other(E.SERVER_NAME, b"\0\0"), DECODE),
    ("groups_empty", other(E.SUPPORTED_GROUPS, b"\0\0"), DECODE),
    ("groups_odd", other(E.SUPPORTED_GROUPS, b"\0\3\0\x1d\0"), DECODE),
    ("schemes_empty", other(E.SIGNATURE_ALGORITHMS, b"\0\0"), DECODE),
    ("versions_empty", other(E.SUPPORTED_VERSIONS, b"\0"), DECODE),
    ("share_empty", other(E.KEY_SHARE, b"\0\4\0\x1d\0\0"), DECODE),
    ("alpn_empty", more(Extension(ALPN, b"\0\0")), DECODE),
    ("alpn_nameless", more(Extension(ALPN, b"\0\1\0")), DECODE),
    ("suites_empty", lambda h: framed(1, h.encode().replace(b"\x20" + bytes(32) + b"\0\2\x13\1", bytes(3), 1)), DECODE),
    ("session_id_long", lambda h: framed(1, h.encode().replace(b"\x20" + bytes(32), b"\x21" + bytes(33), 1)), DECODE),
    ("trailing", trailing, DECODE),
    ("truncated", truncated, DECODE),
    ("empty", lambda hello: framed(1, b""), DECODE),
]


@pytest.mark.parametrize(("alter", "answer"), [w[1:] for w in HELLO], ids=[w[0] for w in HELLO])
def test_wrong_hello(alter: Alter, answer: Answer) -> None:
    server = Connection.server(server_config(groups=(G.X25519, G.SECP256R1), alpn=("h2",)))
    client = ScriptedClient(altering("client_hello", alter))
    check_refused(server, client, client.start(), *answer)


JUNK = (b"\xff\xff\xff\xff\xff", b"\0\1", b"\1")
# Bodies that take any bytes at all.
SHAPELESS = {E.PADDING, E.SESSION_TICKET, E.STATUS_REQUEST}


@pytest.mark.parametrize(
    "kind", [k for k, row in BODIES.items() if Context.CLIENT_HELLO in row and k not in SHAPELESS], ids=lambda k: k.name
)
def test_every_known_extension_is_parsed(kind: ExtensionType) -> None:
    """A body that is no body of its type is refused, also where the server has no use for the extension."""
    refused = 0
    for junk in JUNK:
        server, client = Connection.server(server_config()), ScriptedClient()
        try:
            server.receive(client.start(Extension(kind, junk), without=(kind,)))
        except DecodeError as error:
            refused += 1
            assert error.alert is A.DECODE_ERROR  # noqa: PT017
        except TlsError:
            pass
    assert refused >= 1


def test_hello_without_shares_is_asked_again() -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    server.receive(client.start(extension(E.KEY_SHARE, ext.KeyShareClientHello(())), without=(E.KEY_SHARE,)))
    client.take(server.data_to_send())
    assert client.retried


# Names and protocols.


def test_unknown_name_is_refused_where_so_configured() -> None:
    server = Connection.server(server_config(unknown_name="refuse"))
    client = ScriptedClient(altering("client_hello", names(b"unknown.test")))
    check_refused(server, client, client.start(), PeerIncompatible, A.UNRECOGNIZED_NAME)


@pytest.mark.parametrize("host", [b"name.test", b"NAME.TEST", b"a.wild.test", b"name.test."])
def test_known_name_is_not(host: bytes) -> None:
    server = Connection.server(server_config(unknown_name="refuse"))
    client = ScriptedClient(altering("client_hello", names(host)))
    server.receive(client.start())
    client.take(server.data_to_send())
    server.receive(b"".join(client.flight()))
    assert server.session is not None
    assert server.session.server_name == host.decode().lower().rstrip(".")


@pytest.mark.parametrize("host", [b"wild.test", b"a.b.wild.test"])
def test_wildcard_stands_for_one_label(host: bytes) -> None:
    server = Connection.server(server_config(unknown_name="refuse"))
    client = ScriptedClient(altering("client_hello", names(host)))
    check_refused(server, client, client.start(), PeerIncompatible, A.UNRECOGNIZED_NAME)


def test_no_common_protocol() -> None:
    server = Connection.server(server_config(alpn=("h2",)))
    client = ScriptedClient()
    hello = client.start(extension(ALPN, ext.ProtocolNameList((b"http/1.1", b"h3"))))
    check_refused(server, client, hello, PeerIncompatible, A.NO_APPLICATION_PROTOCOL)


def test_the_client_sees_why() -> None:
    """A whole pair: what one side refuses, the other gets to hear as AlertReceived."""
    for client_settings, server_settings, alert in (
        ({"alpn": ("h3",)}, {"alpn": ("h2",)}, "no_application_protocol"),
        ({"groups": (G.X448,)}, {"groups": (G.X25519,)}, "handshake_failure"),
        ({"suites": (CipherSuite(0x1303),)}, {"suites": (CipherSuite(0x1301),)}, "handshake_failure"),
        ({"signature_schemes": (Scheme.ED448,)}, {}, "handshake_failure"),
    ):
        client = Connection.client(client_config(**client_settings), "name.test")
        server = Connection.server(server_config(**server_settings))
        seen, made = shake_to_errors(client, server)
        assert made is not None
        assert made.alert is not None
        assert made.alert.label == alert
        assert seen is not None
        assert seen.details == {"sender": "server", "description": alert}


# The second hello (section 4.2.2).


def retried(config: ServerConfig, edit: Any = None) -> tuple[Connection, ScriptedClient]:
    server, client = Connection.server(config), ScriptedClient()
    server.receive(client.start())
    client.take(server.data_to_send())
    assert client.retried
    if edit is not None:
        client.edit = edit
    return server, client


def p256_share() -> Extension:
    share = ext.KeyShareEntry(G.SECP256R1, b"\4" + bytes(64))
    return extension(E.KEY_SHARE, ext.KeyShareClientHello((share,)))


SECOND: list[tuple[str, Alter, Answer]] = [
    ("random", fields(random=RANDOM[::-1]), ILLEGAL),
    ("session_id", fields(legacy_session_id=b""), ILLEGAL),
    ("suites", fields(cipher_suites=(CipherSuite(0x1301), CipherSuite(0x1302))), ILLEGAL),
    ("legacy_version", fields(legacy_version=Version.TLS11), ILLEGAL),
    ("name", names(b"other.test"), ILLEGAL),
    ("name_dropped", less(E.SERVER_NAME), ILLEGAL),
    ("schemes", other(E.SIGNATURE_ALGORITHMS, b"\0\4\x08\7\4\3"), ILLEGAL),
    ("groups", groups(G.SECP256R1, G.X25519), ILLEGAL),
    ("extension_more", more(Extension(E(0x1234), b"")), ILLEGAL),
    ("alpn_more", more(extension(ALPN, ext.ProtocolNameList((b"h2",)))), ILLEGAL),
    ("order", lambda h: changed(h, extensions=(*h.extensions[1:-1], h.extensions[0], h.extensions[-1])), ILLEGAL),
    ("cookie_unasked", more(Extension(E.COOKIE, b"\0\1x")), ILLEGAL),
    ("compression", fields(legacy_compression_methods=b"\1\0"), ILLEGAL),
    ("versions", versions(0x0304, 0x0303), ILLEGAL),
    ("versions_older", versions(0x0303), TOO_OLD),
    ("trailing", trailing, DECODE),
]


@pytest.mark.parametrize(("alter", "answer"), [w[1:] for w in SECOND], ids=[w[0] for w in SECOND])
def test_wrong_second_hello(alter: Alter, answer: Answer) -> None:
    server, client = retried(server_config(groups=(G.SECP256R1,)), altering("client_hello", alter))
    check_refused(server, client, client.start(p256_share(), without=(E.KEY_SHARE,)), *answer)


def test_second_hello_with_other_shares() -> None:
    one, other_one = ext.KeyShareEntry(G.SECP256R1, b"\4" + bytes(64)), ext.KeyShareEntry(G.X25519, bytes(32))
    for shares in ((), (other_one,), (one, other_one), (other_one, one)):
        server, client = retried(server_config(groups=(G.SECP256R1,)))
        body = extension(E.KEY_SHARE, ext.KeyShareClientHello(shares))
        check_refused(server, client, client.start(body, without=(E.KEY_SHARE,)), *ILLEGAL)


def test_second_hello_without_its_cookie() -> None:
    for cookie in ((), (Extension(E.COOKIE, b"\0\1x"),)):
        server, client = retried(server_config(groups=(G.SECP256R1,), retry_cookie=True))
        check_refused(server, client, client.start(*cookie, p256_share(), without=(E.KEY_SHARE,)), *ILLEGAL)


def test_third_hello() -> None:
    server, client = retried(server_config(groups=(G.SECP256R1,)))
    server.receive(client.start(p256_share_valid(), without=(E.KEY_SHARE,)))
    third = client.client_hello().frame()
    client.sealer = None
    check_only_alert(server, clear(ContentType.HANDSHAKE, third), A.UNEXPECTED_MESSAGE)


def p256_share_valid() -> Extension:
    from dojang.crypto.groups import GROUPS

    share = ext.KeyShareEntry(G.SECP256R1, GROUPS[G.SECP256R1].start().public)
    return extension(E.KEY_SHARE, ext.KeyShareClientHello((share,)))


def check_only_alert(server: Connection, data: bytes, alert: Alert) -> None:
    with pytest.raises(TlsError) as caught:
        server.receive(data)
    assert caught.value.alert is alert


# The client's certificate, proof and Finished.


def asking(auth: ClientAuth = ClientAuth.REQUIRED) -> ServerConfig:
    return server_config(client_auth=auth, client_trust=pki().root.trust)


def leaf_with(*extensions: Extension) -> Alter:
    return lambda m: changed(m, certificate_list=(CertificateEntry(m.certificate_list[0].cert_data, extensions),))


FLIGHT: list[tuple[str, str, Alter, Answer]] = [
    ("context", "certificate", fields(certificate_request_context=b"x"), ILLEGAL),
    ("unasked", "certificate", leaf_with(Extension(E.STATUS_REQUEST, b"\1\0\0\1x")), UNASKED),
    ("unknown", "certificate", leaf_with(Extension(E(0x1234), b"")), UNASKED),
    (
        "garbage",
        "certificate",
        fields(certificate_list=(CertificateEntry(b"x"),)),
        (CertificateError, A.BAD_CERTIFICATE),
    ),
    ("required", "certificate", fields(certificate_list=()), (CertificateError, A.CERTIFICATE_REQUIRED)),
    ("certificate_trailing", "certificate", trailing, DECODE),
    ("certificate_truncated", "certificate", truncated, DECODE),
    ("signature", "certificate_verify", lambda m: changed(m, signature=bytes(64)), DECRYPT),
    ("signature_none", "certificate_verify", fields(signature=b""), DECRYPT),
    ("scheme", "certificate_verify", fields(algorithm=Scheme.RSA_PKCS1_SHA256), ILLEGAL),
    ("scheme_of_other_key", "certificate_verify", fields(algorithm=Scheme.ED448), ILLEGAL),
    ("proof_trailing", "certificate_verify", trailing, DECODE),
    ("proof_truncated", "certificate_verify", truncated, DECODE),
    ("finished", "finished", fields(verify_data=bytes(32)), DECRYPT),
    ("finished_trailing", "finished", trailing, DECODE),
    ("finished_truncated", "finished", truncated, DECODE),
]


@pytest.mark.parametrize(("target", "alter", "answer"), [w[1:] for w in FLIGHT], ids=[w[0] for w in FLIGHT])
def test_wrong_flight(target: str, alter: Alter, answer: Answer) -> None:
    server, client = server_and_script(asking(), altering(target, alter))
    check_refused(server, client, b"".join(client.flight()), *answer)


def test_optional_means_that_none_will_do_but_no_wrong_one() -> None:
    server, client = server_and_script(asking(ClientAuth.OPTIONAL), shows=False)
    server.receive(b"".join(client.flight()))
    assert server.session is not None
    assert server.session.peer_chain == ()
    assert not server.session.verified

    wrong = altering("certificate_verify", fields(signature=bytes(64)))
    server, client = server_and_script(asking(ClientAuth.OPTIONAL), wrong)
    check_refused(server, client, b"".join(client.flight()), *DECRYPT)


def test_certificate_of_a_stranger() -> None:
    stranger = Authority.create_root("stranger", algorithm="ed25519").issue(
        ["client.test"], purpose="client", algorithm="ed25519"
    )
    server, client = server_and_script(asking())
    client.chain = Credential.from_pyca(stranger.chain, stranger.key).chain
    check_refused(server, client, b"".join(client.flight()), CertificateError, A.UNKNOWN_CA)


def test_certificate_of_a_server() -> None:
    server, client = server_and_script(asking())
    client.chain = pki().server_credential.chain
    with pytest.raises(CertificateError):
        server.receive(b"".join(client.flight()))


def test_proof_as_if_by_the_server() -> None:
    class AsServer(ScriptedClient):
        def proof(self, key: Any, scheme: Any) -> CertificateVerify:
            self.role = "server"
            made = super().proof(key, scheme)
            self.role = "client"
            return made

    server, client = Connection.server(asking()), AsServer()
    server.receive(client.start())
    client.take(server.data_to_send())
    check_refused(server, client, b"".join(client.flight()), *DECRYPT)


# After the handshake.


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (framed(24, b"\2"), ILLEGAL),
        (framed(24, b"\xff"), ILLEGAL),
        (framed(24, b""), DECODE),
        (framed(24, b"\0\0"), DECODE),
    ],
)
def test_wrong_message_after_the_handshake(raw: bytes, answer: Answer) -> None:
    server, client = connected_server()
    check_refused(server, client, client.record(ContentType.HANDSHAKE, raw), *answer)


def test_message_announced_too_long() -> None:
    server, client = Connection.server(server_config()), ScriptedClient()
    check_refused(server, client, clear(ContentType.HANDSHAKE, b"\x01\xff\xff\xff"), *ILLEGAL)
