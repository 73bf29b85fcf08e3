"""The traces of RFC 8448 through Connection: given the same keys and choices, the same bytes, record for record.

Injected are randomness (config.entropy), the published signatures (Credential.from_signer), and by danger_shape the
extensions that the traces' implementation sent and dojang would not, in the traces' order. All else is dojang's own
work. NewSessionTicket is not sent by dojang's server, so the server's side of section 3 ends before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, x25519

from dojang.crypto.groups import CurveShare, Share, X25519Share
from dojang.engine.config import ClientAuth, ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.errors import CertificateError
from dojang.pki.store import TrustStore
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CipherSuite, HandshakeType, NamedGroup, SignatureScheme, Version
from dojang.wire.hello import ClientHello, EncryptedExtensions, HelloRetryRequest, ServerHello, parse_server_hello
from dojang.wire.messages13 import CertificateRequest
from tests.pair import Notes
from tests.vectors import rfc8448

Trace = dict[str, Any]
TRACES = ("simple_1rtt", "hello_retry_request", "client_authentication", "compatibility_mode")
SECRETS = {
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET": "client_handshake_traffic",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET": "server_handshake_traffic",
    "CLIENT_TRAFFIC_SECRET_0": "client_application_traffic",
    "SERVER_TRAFFIC_SECRET_0": "server_application_traffic",
    "EXPORTER_SECRET": "exporter",
}
OFFERED = tuple(
    SignatureScheme(code)
    for code in (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807)  # what both sides of the traces may sign with
)


@pytest.fixture(params=TRACES)
def trace(request: pytest.FixtureRequest) -> Trace:
    return rfc8448(request.param)


def test_client_sends_the_trace(trace: Trace) -> None:
    notes, lines = Notes(), list[str]()
    client = Connection.client(client_config_of(trace, lines), trace["server_name"], observer=notes)
    replay(client, "client", trace, trace["records"])
    check_secrets(trace, notes, lines)
    assert client.peer_closed
    assert client.closed
    session = client.session
    assert session is not None
    assert session.suite is CipherSuite.TLS_AES_128_GCM_SHA256
    assert session.key_exchange == trace["group"]
    assert session.server_signature == trace["server_signature_scheme"]
    assert [der.hex() for der in session.peer_chain] == trace["server_certificates"]
    assert session.retried == (trace["cookie"] is not None)


@pytest.mark.parametrize("name", ["hello_retry_request", "compatibility_mode"])
def test_server_sends_the_trace(name: str) -> None:
    trace = rfc8448(name)
    notes, lines = Notes(), list[str]()
    server = Connection.server(server_config_of(trace, lines), observer=notes)
    replay(server, "server", trace, trace["records"])
    check_secrets(trace, notes, lines)
    assert server.session is not None
    assert server.session.server_name == trace["server_name"]
    assert server.peer_closed


def test_server_sends_the_simple_trace_up_to_its_ticket() -> None:
    trace = rfc8448("simple_1rtt")
    notes, lines = Notes(), list[str]()
    server = Connection.server(server_config_of(trace, lines), observer=notes)
    ticket = next(i for i, record in enumerate(trace["records"]) if record["payload"].startswith("04"))
    replay(server, "server", trace, trace["records"][:ticket])
    check_secrets(trace, notes, lines)
    assert server.session is not None


def test_server_judges_the_client_of_the_trace() -> None:
    """Section 6: the client's certificate is one that signed itself, with 1024 bits: dojang's server refuses it.

    All that the server sends before it sees that is the trace's.
    """
    trace = rfc8448("client_authentication")
    notes, lines = Notes(), list[str]()
    server = Connection.server(server_config_of(trace, lines), observer=notes)
    flight = [record for record in trace["records"] if record["epoch"] != "application"]
    replay(server, "server", trace, flight[:3])
    check_secrets(trace, notes, lines)
    with pytest.raises(CertificateError, match="too weak: RSA 1024"):
        server.receive(bytes.fromhex(flight[3]["record"]))
    assert server.session is None


def replay(end: Connection, role: str, trace: Trace, records: Iterable[dict[str, Any]]) -> None:
    """Feed the peer's records, compare this side's with what it sends, byte for byte."""
    sent = b""
    for record in records:
        wire = bytes.fromhex(record["record"])
        if record["sender"] != role:
            assert sent == b"", "more was sent than the trace has"
            end.receive(wire)
            if end.question is not None:
                end.answer(end.question.ask())
            sent = end.data_to_send()
            continue
        if record["content_type"] == "application_data":
            end.send(bytes.fromhex(record["payload"]))
        elif record["content_type"] == "alert":
            end.close()
        sent += end.data_to_send()
        assert sent[: len(wire)].hex() == wire.hex()
        sent = sent[len(wire) :]
    assert sent == b""


def check_secrets(trace: Trace, notes: Notes, lines: list[str]) -> None:
    """Observer and key log show the published secrets, and the messages are the published ones."""
    wanted = {label: trace["secrets"][name] for label, name in SECRETS.items()}
    assert {label: secret.hex() for label, secret in notes.secrets.items() if label in wanted} == wanted
    for label, secret in wanted.items():
        assert f"{label} {trace['client_random']} {secret}" in lines
    listed = [message["message"] for message in trace["messages"]]
    seen = [raw.hex() for _, _, raw, _ in notes.messages]
    assert seen == listed[: len(seen)]
    assert len(seen) >= 6


def client_config_of(trace: Trace, lines: list[str]) -> ClientConfig:
    hello = ClientHello.parse(messages(trace, "ClientHello")[0][4:])
    own = None
    if trace["client_certificates"]:
        own = credential_of(trace, "client")
    return ClientConfig(
        versions=(Version.TLS13,),
        trust=TrustStore.from_pyca([]),
        danger_accept_any_certificate=True,
        credential=own,
        suites=hello.cipher_suites,
        groups=(NamedGroup.X25519, NamedGroup.SECP256R1, NamedGroup.SECP384R1),
        signature_schemes=OFFERED,
        grease=False,
        compatibility_mode=bool(trace["legacy_session_id"]),
        entropy=Replayed(
            [trace["client_random"], *([trace["legacy_session_id"]] if trace["legacy_session_id"] else [])],
            trace["client_private_keys"],
        ),
        keylog=lines.append,
        danger_shape=as_traced(trace),
    )


def server_config_of(trace: Trace, lines: list[str]) -> ServerConfig:
    asks = bool(trace["client_certificates"])
    randoms = ["00" * 32] * bool(trace["cookie"]) + [trace["server_random"]]  # the trace's cookie is put in by shape
    return ServerConfig(
        credentials=(credential_of(trace, "server"),),
        suites=(CipherSuite.TLS_AES_128_GCM_SHA256,),
        groups=(NamedGroup[trace["group"].upper()],),
        retry_cookie=trace["cookie"] is not None,
        client_auth=ClientAuth.REQUIRED if asks else ClientAuth.NONE,
        client_trust=TrustStore.from_pyca(certificates(trace, "client")) if asks else None,
        entropy=Replayed(randoms, [trace["server_private_key"]]),
        keylog=lines.append,
        clock=lambda: 1_500_000_000.0,  # July 2017, when the traces' certificates were valid
        danger_shape=as_traced(trace),
    )


def as_traced(trace: Trace) -> Any:
    """The traces' extensions instead of dojang's: in the hellos what is dojang's own choice must stand as it is."""
    waiting: dict[HandshakeType, list[Any]] = {
        HandshakeType.CLIENT_HELLO: [ClientHello.parse(raw[4:]) for raw in messages(trace, "ClientHello")],
        HandshakeType.SERVER_HELLO: [
            parse_server_hello(raw[4:]) for raw in messages(trace, "HelloRetryRequest") + messages(trace, "ServerHello")
        ],
        HandshakeType.ENCRYPTED_EXTENSIONS: [
            EncryptedExtensions.parse(raw[4:]) for raw in messages(trace, "EncryptedExtensions")
        ],
        HandshakeType.CERTIFICATE_REQUEST: [
            CertificateRequest.parse(raw[4:]) for raw in messages(trace, "CertificateRequest")
        ],
    }

    def shape(message: HandshakeMessage) -> HandshakeMessage:
        published: HandshakeMessage = waiting[message.handshake_type].pop(0)
        assert type(message) is type(published)
        if isinstance(message, ServerHello) and isinstance(published, ServerHello):
            check_same_but_extensions(message, published)
            if not isinstance(message, HelloRetryRequest):
                assert message == published
        elif isinstance(message, ClientHello) and isinstance(published, ClientHello):
            check_same_but_extensions(message, published)
            check_own_extensions(message, published)
        return published

    return shape


def check_same_but_extensions(own: HandshakeMessage, published: HandshakeMessage) -> None:
    for name in type(own).codecs():
        if name != "extensions":
            assert getattr(own, name) == getattr(published, name), name


def check_own_extensions(own: ClientHello, published: ClientHello) -> None:
    """What carries dojang's state: the name, the share, the version, the cookie."""
    theirs = {entry.extension_type: entry.extension_data for entry in published.extensions}
    for entry in own.extensions:
        if entry.extension_type.name in ("SERVER_NAME", "KEY_SHARE", "SUPPORTED_VERSIONS", "COOKIE"):
            assert theirs[entry.extension_type] == entry.extension_data, entry.extension_type


class Replayed:
    """Entropy that gives what the trace's generators gave."""

    def __init__(self, randoms: list[str], keys: list[dict[str, str]] | dict[str, str]) -> None:
        self.randoms = [bytes.fromhex(value) for value in randoms]
        self.keys = list(keys) if isinstance(keys, list) else [keys]

    def random(self, size: int) -> bytes:
        value = self.randoms.pop(0)
        assert len(value) == size
        return value

    def start(self, group: NamedGroup) -> Share:
        key = self.keys.pop(0)
        assert key["group"] == group.label
        if group is NamedGroup.X25519:
            return X25519Share(x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(key["private_key"])))
        private = ec.derive_private_key(int(key["private_key"], 16), ec.SECP256R1())
        return CurveShare(ec.SECP256R1(), private)

    def answer(self, group: NamedGroup, share: bytes) -> tuple[bytes, bytes]:
        own = self.start(group)
        return own.public, own.agree(share)


def credential_of(trace: Trace, side: str) -> Credential:
    """The published certificate, and a signer that says what was published: only the right transcript verifies it."""
    verify = next(m["message"] for m in trace["messages"] if m["sender"] == side and m["name"] == "CertificateVerify")
    signature = bytes.fromhex(verify)[8:]

    def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        assert scheme.label == trace[f"{side}_signature_scheme"]
        return signature

    return Credential.from_signer(certificates(trace, side), signer)


def certificates(trace: Trace, side: str) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(bytes.fromhex(der)) for der in trace[f"{side}_certificates"]]


def messages(trace: Trace, name: str) -> list[bytes]:
    """Whole messages by name; both hellos of a client that was asked again."""
    return [bytes.fromhex(m["message"]) for m in trace["messages"] if m["name"].rstrip("12") == name]
