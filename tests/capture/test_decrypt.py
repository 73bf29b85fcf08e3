"""Recorded sessions open: every version and kind of cipher that this OpenSSL still speaks, and the Illustrated ones."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dh
from cryptography.hazmat.primitives.serialization import Encoding, ParameterFormat, load_pem_private_key

from dojang.capture.conversation import Conversation
from dojang.capture.secrets import Secrets
from dojang.capture.steps import AlertStep, Data, Handshake, Message, Sealed
from dojang.capture.verify import Check, checks_of
from dojang.crypto.groups import ffdhe_prime
from dojang.pki.authority import Authority
from dojang.pki.keys import dump_certificates
from dojang.wire.codes import Alert, HandshakeType
from tests.capture.corpus import capture, dissect
from tests.capture.recording import Pair, tcp_frames, write_pcap

NO_ENCRYPT_THEN_MAC = 1 << 19
QUESTION, ANSWER = b"GET / HTTP/1.1\r\nHost: name.test\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Credentials:
    """PEM files of a root, and of an RSA and an ECDSA leaf for name.test."""

    def __init__(self, folder: Path) -> None:
        root = Authority.create_root("Capture Root")
        self.root = folder / "root.pem"
        self.root.write_bytes(dump_certificates(root.certificate))
        self.leaves = {}
        for name in ("rsa-2048", "ecdsa-p256", "client"):
            client = name == "client"
            algorithm, purpose = ("rsa-2048", "client") if client else (name, "server")
            issued = root.issue(["name.test"], algorithm=algorithm, purpose=purpose)
            chain, key = folder / f"{name}.pem", folder / f"{name}.key"
            chain.write_bytes(dump_certificates(issued.certificate))
            key.write_bytes(issued.key_pem)
            self.leaves[name] = (chain, key)
        self.dh = folder / "dh.pem"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parameters = dh.DHParameterNumbers(ffdhe_prime(2048), 2).parameters()
        self.dh.write_bytes(parameters.parameter_bytes(Encoding.PEM, ParameterFormat.PKCS3))


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return Credentials(tmp_path_factory.mktemp("capture"))


def contexts(
    credentials: Credentials, keylog: Path, version: ssl.TLSVersion, suites: str = "", leaf: str = "rsa-2048"
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*credentials.leaves[leaf])
    client.load_verify_locations(credentials.root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for context in (client, server):
            context.set_ciphers((suites or "ALL") + ":@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        server.load_dh_params(str(credentials.dh))
    client.keylog_filename = str(keylog)
    return client, server


def record(pair: Pair, path: Path) -> Path:
    pair.handshake()
    assert pair.send(0, QUESTION) == QUESTION
    assert pair.send(1, ANSWER) == ANSWER
    return write_pcap(path, tcp_frames(pair.said))


def opened(conversation: Conversation) -> list[tuple[str, bytes]]:
    assert conversation.tls is not None
    return [(s.sender, bytes(s.content)) for s in conversation.tls.steps if isinstance(s, Data)]


def all_checks(conversation: Conversation) -> Iterator[Check]:
    assert conversation.tls is not None
    for handshake in conversation.tls.handshakes:
        for message in handshake.messages:
            yield from checks_of(message)


def assert_open(conversation: Conversation, *, finished: int = 2) -> Handshake:
    """Data, both Finished and all signatures are right, and nothing stayed closed."""
    assert conversation.tls is not None
    assert opened(conversation) == [("client", QUESTION), ("server", ANSWER)]
    assert not [s for s in conversation.tls.steps if isinstance(s, Sealed)]
    checks = list(all_checks(conversation))
    assert [c for c in checks if c.right is not True] == []
    assert sum(c.what == "finished" for c in checks) == finished
    return conversation.tls.handshake


TLS12_SUITES = [
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES128-CCM",
    "DHE-RSA-AES256-CCM8",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA",
    "DHE-RSA-CAMELLIA256-SHA256",
    "ECDHE-RSA-NULL-SHA",
]


@pytest.mark.parametrize("suite", TLS12_SUITES)
def test_tls12_opens_with_a_key_log(suite: str, credentials: Credentials, tmp_path: Path) -> None:
    keylog = tmp_path / "keys"
    pair = Pair.make(*contexts(credentials, keylog, ssl.TLSVersion.TLSv1_2, suite))
    path = record(pair, tmp_path / "a.pcap")
    (conversation,) = dissect(path, keylog.read_bytes())
    assert_open(conversation)


@pytest.mark.parametrize(
    "suite", ["ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"]
)
def test_tls12_with_an_elliptic_key(suite: str, credentials: Credentials, tmp_path: Path) -> None:
    keylog = tmp_path / "keys"
    pair = Pair.make(*contexts(credentials, keylog, ssl.TLSVersion.TLSv1_2, suite, "ecdsa-p256"))
    (conversation,) = dissect(record(pair, tmp_path / "a.pcap"), keylog.read_bytes())
    assert_open(conversation)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-SHA", "AES256-SHA", "DHE-RSA-AES128-SHA"])
@pytest.mark.parametrize("outside", [True, False], ids=["encrypt-then-mac", "mac-then-encrypt"])
def test_cbc_opens_in_every_version(
    version: ssl.TLSVersion, suite: str, outside: bool, credentials: Credentials, tmp_path: Path
) -> None:
    keylog = tmp_path / "keys"
    client, server = contexts(credentials, keylog, version, suite)
    if not outside:
        client.options |= NO_ENCRYPT_THEN_MAC
    (conversation,) = dissect(record(Pair.make(client, server), tmp_path / "a.pcap"), keylog.read_bytes())
    assert_open(conversation)


@pytest.mark.parametrize("suite", ["AES128-GCM-SHA256", "AES256-SHA256", "AES128-CCM8", "CAMELLIA128-SHA"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
def test_static_rsa_opens_with_the_private_key(
    suite: str, version: ssl.TLSVersion, credentials: Credentials, tmp_path: Path
) -> None:
    if version is ssl.TLSVersion.TLSv1_1 and suite != "CAMELLIA128-SHA":
        suite = "AES128-SHA"
    pair = Pair.make(*contexts(credentials, tmp_path / "unused", version, suite))
    path = record(pair, tmp_path / "a.pcap")
    secrets = Secrets()
    secrets.add_rsa_key(load_pem_private_key(credentials.leaves["rsa-2048"][1].read_bytes(), None))
    (conversation,) = dissect(path, secrets=secrets)
    assert assert_open(conversation).master_origin == "rsa"


def test_an_rsa_key_does_not_open_ecdhe(credentials: Credentials, tmp_path: Path) -> None:
    pair = Pair.make(*contexts(credentials, tmp_path / "unused", ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-GCM-SHA256"))
    path = record(pair, tmp_path / "a.pcap")
    secrets = Secrets()
    secrets.add_rsa_key(load_pem_private_key(credentials.leaves["rsa-2048"][1].read_bytes(), None))
    (conversation,) = dissect(path, secrets=secrets)
    assert opened(conversation) == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("with_log", [True, False], ids=["logged", "remembered"])
def test_a_resumption_opens(version: ssl.TLSVersion, with_log: bool, credentials: Credentials, tmp_path: Path) -> None:
    """With the key log, or in TLS 1.2 from what an earlier connection of the capture gave away."""
    if version is ssl.TLSVersion.TLSv1_3 and not with_log:
        pytest.skip("a ticket of TLS 1.3 does not carry the key of the next connection")
    keylog = tmp_path / "keys"
    client, server = contexts(credentials, keylog, version)
    first = Pair.make(client, server)
    record(first, tmp_path / "first.pcap")
    logged = keylog.read_bytes()
    second = Pair.make(client, server, session=first.client.session)
    record(second, tmp_path / "second.pcap")
    assert second.client.session_reused
    frames = tcp_frames(first.said) + tcp_frames(second.said, ports=(40001, 443))
    path = write_pcap(tmp_path / "both.pcap", frames)
    _, conversation = dissect(path, keylog.read_bytes() if with_log else logged)
    assert conversation.tls is not None
    assert opened(conversation) == [("client", QUESTION), ("server", ANSWER)]
    assert conversation.tls.handshake.resumed
    assert [c for c in all_checks(conversation) if c.what == "finished" and c.right is not True] == []


def test_tls13_opens_with_client_certificate(credentials: Credentials, tmp_path: Path) -> None:
    keylog = tmp_path / "keys"
    client, server = contexts(credentials, keylog, ssl.TLSVersion.TLSv1_3, leaf="ecdsa-p256")
    client.load_cert_chain(*credentials.leaves["client"])
    server.load_verify_locations(credentials.root)
    server.verify_mode = ssl.CERT_OPTIONAL
    path = record(Pair.make(client, server), tmp_path / "a.pcap")
    (conversation,) = dissect(path, keylog.read_bytes())
    handshake = assert_open(conversation)
    assert handshake.find(HandshakeType.CERTIFICATE_VERIFY, "client") is not None
    assert sum(c.what == "signature" for c in all_checks(conversation)) == 2


def test_a_retry_keeps_the_transcript_right(credentials: Credentials, tmp_path: Path) -> None:
    keylog = tmp_path / "keys"
    client, server = contexts(credentials, keylog, ssl.TLSVersion.TLSv1_3)
    server.set_ecdh_curve("secp384r1")
    path = record(Pair.make(client, server), tmp_path / "a.pcap")
    (conversation,) = dissect(path, keylog.read_bytes())
    assert assert_open(conversation).retry is not None


def test_a_flipped_bit_is_seen(credentials: Credentials, tmp_path: Path) -> None:
    """A record that was tampered with stays closed and says why; those after it open."""
    keylog = tmp_path / "keys"
    pair = Pair.make(*contexts(credentials, keylog, ssl.TLSVersion.TLSv1_3))
    pair.handshake()
    pair.send(0, QUESTION)
    side, data = pair.said[-1]
    pair.said[-1] = (side, data[:-1] + bytes((data[-1] ^ 1,)))
    (conversation,) = dissect(write_pcap(tmp_path / "a.pcap", tcp_frames(pair.said)), keylog.read_bytes())
    assert conversation.tls is not None
    sealed = [s for s in conversation.tls.steps if isinstance(s, Sealed)]
    assert [s.error is not None for s in sealed] == [True]


def test_without_secrets_nothing_opens(credentials: Credentials, tmp_path: Path) -> None:
    pair = Pair.make(*contexts(credentials, tmp_path / "unused", ssl.TLSVersion.TLSv1_3))
    (conversation,) = dissect(record(pair, tmp_path / "a.pcap"))
    assert opened(conversation) == []
    assert all(c.right is None for c in all_checks(conversation) if c.what == "finished")


def test_the_illustrated_tls12_opens() -> None:
    path = capture("tls12.pcap")
    (conversation,) = dissect(path, path.with_suffix(".keylog").read_bytes())
    assert opened(conversation) == [("client", b"ping"), ("server", b"pong")]
    assert {c.right for c in all_checks(conversation)} == {True}


def test_the_illustrated_tls13_opens() -> None:
    path = capture("tls13.pcap")
    (conversation,) = dissect(path, path.with_suffix(".keylog").read_bytes())
    assert conversation.tls is not None
    assert opened(conversation) == [("client", b"ping"), ("server", b"pong")]
    kinds = [m.type.label for m in conversation.tls.handshake.messages]
    assert kinds == [
        "client_hello",
        "server_hello",
        "encrypted_extensions",
        "certificate",
        "certificate_verify",
        "finished",
        "finished",
        "new_session_ticket",
        "new_session_ticket",
    ]
    assert {c.right for c in all_checks(conversation)} == {True}


def test_an_alert_under_protection_is_read() -> None:
    path = capture("tls12.pcap")
    (conversation,) = dissect(path, path.with_suffix(".keylog").read_bytes())
    assert conversation.tls is not None
    alerts = [s for s in conversation.tls.steps if isinstance(s, AlertStep)]
    assert [(a.description, a.epoch) for a in alerts] == [(Alert.CLOSE_NOTIFY, "application")]


def test_a_message_knows_its_records() -> None:
    path = capture("tls13.pcap")
    (conversation,) = dissect(path, path.with_suffix(".keylog").read_bytes())
    assert conversation.tls is not None
    first = conversation.tls.steps[0]
    assert isinstance(first, Message)
    assert (first.records, first.sealed_size, first.size) == (1, 253, 248)
