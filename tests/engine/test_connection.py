"""Connection's own promises: events, misuse, closing, keys that go on, the exporter, the key log."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.config import ClientAuth, ClientConfig, pad_to_multiple_of
from dojang.engine.connection import Connection
from dojang.engine.events import DataReceived, HandshakeCompleted, PeerClosed
from dojang.errors import AlertReceived, ApiMisuse, CertificateError, PeerMisbehaved, Truncated
from dojang.pki.store import TrustStore
from dojang.wire.codes import Alert, AlertLevel, CipherSuite, ContentType, HandshakeType, NamedGroup
from dojang.wire.hello import ClientHello, EncryptedExtensions
from tests.pair import (
    NAME,
    Notes,
    client_config,
    credential,
    established,
    gathered,
    pair,
    pki,
    server_config,
    shake,
    shake_to_errors,
)
from tests.scripted import check_refused, client_and_script, connected_client, connected_server, framed

G = NamedGroup


@pytest.mark.parametrize("suite", list(TLS13_SUITES), ids=lambda suite: suite.name)
def test_every_suite(suite: CipherSuite) -> None:
    client, server = established(client_config(suites=(suite,)), server_config(suites=(suite,)))
    for size in (1, 1000, 16384, 16385, 100_000):
        data = bytes(range(256)) * (size // 256 + 1)
        client.send(data)
        server.send(data[::-1])
        events = shake(client, server)
        assert gathered(events[1])[1] == data
        assert gathered(events[0])[1] == data[::-1]
    assert client.session is not None
    assert client.session.suite is suite


@pytest.mark.parametrize(
    "algorithm",
    ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "ed448", "rsa-2048", "mldsa44", "mldsa65", "mldsa87"],
)
def test_every_kind_of_key(algorithm: str) -> None:
    names = {"mldsa44": "ml-dsa-44", "mldsa65": "ml-dsa-65", "mldsa87": "ml-dsa-87"}
    from dojang.pki.keys import ALGORITHMS

    wanted = algorithm if algorithm in ALGORITHMS else names[algorithm]
    client, server = established(
        client_config(credential=credential(wanted, "client.test", purpose="client")),
        server_config(
            credentials=(credential(wanted),), client_auth=ClientAuth.REQUIRED, client_trust=pki().root.trust
        ),
    )
    assert client.session is not None
    assert server.session is not None
    assert client.session.verified
    assert server.session.verified
    assert client.session.signature_scheme == server.session.signature_scheme
    assert client.session.client_signature_scheme == server.session.client_signature_scheme


def test_sessions_agree() -> None:
    client, server = pair(
        client_config(alpn=("h2", "http/1.1"), groups=(G.X25519, G.SECP256R1)),
        server_config(alpn=("http/1.1",), groups=(G.SECP256R1,)),
    )
    events = shake(client, server)
    assert client.session is not None
    assert server.session is not None
    assert events[0] == [HandshakeCompleted(client.session)]
    assert events[1] == [HandshakeCompleted(server.session)]
    for name in ("version", "suite", "group", "signature_scheme", "server_name", "alpn", "retried"):
        assert getattr(client.session, name) == getattr(server.session, name), name
    assert client.session.alpn == "http/1.1"
    assert client.session.retried
    assert client.session.server_name == NAME
    assert client.session.peer_chain == server.session.local_chain
    assert client.session.verified


def test_address_is_verified_but_not_sent() -> None:
    client, server = pair(name="127.0.0.1")
    shake(client, server)
    assert client.session is not None
    assert client.session.verified
    assert server.session is not None
    assert server.session.server_name is None
    wrong, _ = pair(name="127.0.0.2")
    error, _ = shake_to_errors(wrong, Connection.server(server_config()))
    assert isinstance(error, CertificateError)


def test_no_name_verifies_the_chain_alone() -> None:
    client, server = pair(name=None)
    shake(client, server)
    assert client.session is not None
    assert client.session.verified


def test_any_certificate_is_accepted_only_on_request() -> None:
    nobody = TrustStore.from_pyca([])
    client, server = pair(client_config(trust=nobody))
    error, seen = shake_to_errors(client, server)
    assert isinstance(error, CertificateError)
    assert error.alert is Alert.UNKNOWN_CA
    assert isinstance(seen, AlertReceived)
    assert seen.description is Alert.UNKNOWN_CA

    client, server = pair(client_config(trust=nobody, danger_accept_any_certificate=True))
    shake(client, server)
    assert client.session is not None
    assert not client.session.verified
    assert client.session.report is not None
    assert not client.session.report.ok


# Misuse.


def test_misuse_before_the_handshake_is_over() -> None:
    client, _ = pair()
    for call in (
        lambda: client.send(b"x"),
        lambda: client.update_keys(),
        lambda: client.export_keying_material("EXPORTER-x"),
        lambda: client.answer(b""),
        lambda: client.refuse(ValueError()),
    ):
        with pytest.raises(ApiMisuse):
            call()
    assert client.error is None


def test_misuse_after_close() -> None:
    client, server = established()
    client.close()
    with pytest.raises(ApiMisuse):
        client.send(b"x")
    with pytest.raises(ApiMisuse):
        client.update_keys()
    assert client.error is None
    assert shake(client, server)[1] == [PeerClosed()]


def test_odd_buffers() -> None:
    client, server = established()
    client.send(bytearray(b"one "))
    client.send(memoryview(b"two "))
    client.send(memoryview(bytearray(range(8))).cast("I"))
    client.send(b"")
    assert gathered(shake(client, server)[1])[1] == b"one two " + bytes(range(8))
    assert server.receive(memoryview(b"")) == []


# Closing.


def test_each_side_closes_by_itself() -> None:
    client, server = established()
    client.send(b"last words")
    client.close()
    client.close()
    events = shake(client, server)
    assert events[1] == [DataReceived(b"last words"), PeerClosed()]
    assert events[0] == []
    assert server.peer_closed
    assert not server.closed
    server.send(b"still here")
    server.update_keys()
    server.send(b", and on")
    server.close()
    assert gathered(shake(client, server)[0]) == (["DataReceived", "PeerClosed"], b"still here, and on")
    client.receive_eof()
    server.receive_eof()


def test_what_follows_a_close_is_ignored() -> None:
    client, server = connected_client()
    close = server.record(ContentType.ALERT, bytes((1, 0)))
    after = server.record(ContentType.APPLICATION_DATA, b"late")
    assert client.receive(close + after) == [PeerClosed()]
    for late in (after, b"garbage", server.record(ContentType.ALERT, bytes((2, 40)))):
        assert client.receive(late) == []
    client.receive_eof()
    client.send(b"and this side goes on")
    server.take(client.data_to_send())
    assert server.data == b"and this side goes on"


def test_nothing_follows_our_close() -> None:
    """Not a KeyUpdate that was asked for, not an alert: a peer ignores what comes after a close_notify."""
    client, server = connected_client()
    client.close()
    server.take(client.data_to_send())
    assert server.alerts == [Alert.CLOSE_NOTIFY]
    client.receive(server.record(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\1")))
    assert client.data_to_send() == b""
    with pytest.raises(PeerMisbehaved):
        client.receive(b"\x17\x03\x03\x00\x20" + bytes(32))
    assert client.data_to_send() == b""


def test_close_during_the_handshake() -> None:
    """user_canceled, close_notify, and no handshake after that (section 6.1)."""
    client, server = pair()
    server.receive(client.data_to_send())
    client.close()
    with pytest.raises(AlertReceived) as caught:
        server.receive(client.data_to_send())
    assert caught.value.description is Alert.CLOSE_NOTIFY
    assert client.receive(server.data_to_send()) == []
    assert client.data_to_send() == b""
    assert client.session is None
    assert client.question is None


def test_user_canceled_alone_changes_nothing() -> None:
    client, server = client_and_script()
    flight = server.flight()
    cancel = b"\x15\x03\x03\x00\x02\x01\x5a"
    client.receive(cancel + b"".join(flight))
    assert client.session is not None
    for _ in range(2):
        client.receive(server.record(ContentType.ALERT, bytes((1, 90))))
    assert client.receive(server.record(ContentType.APPLICATION_DATA, b"on")) == [DataReceived(b"on")]


def test_user_canceled_over_and_over() -> None:
    client, server = connected_client()
    with pytest.raises(AlertReceived):
        client.receive(b"".join(server.record(ContentType.ALERT, bytes((1, 90))) for _ in range(20)))


@pytest.mark.parametrize("level", list(AlertLevel))
def test_every_other_alert_ends_it(level: AlertLevel) -> None:
    """Whatever its level says (section 6)."""
    for code in range(256):
        if code in (Alert.CLOSE_NOTIFY, Alert.USER_CANCELED):
            continue
        end, peer = connected_server()
        error = check_refused(end, peer, peer.record(ContentType.ALERT, bytes((level, code))), AlertReceived, None)
        assert isinstance(error, AlertReceived)
        assert error.description == code
        assert error.details["sender"] == "client"


def test_close_notify_in_the_handshake_is_an_end() -> None:
    client, server = client_and_script()
    error = check_refused(client, server, b"\x15\x03\x03\x00\x02\x01\x00", AlertReceived, None)
    assert isinstance(error, AlertReceived)
    assert error.description is Alert.CLOSE_NOTIFY


def test_truncation() -> None:
    client, server = established()
    client.send(b"half of")
    assert gathered(server.receive(client.data_to_send()))[1] == b"half of"
    with pytest.raises(Truncated, match="without close_notify"):
        server.receive_eof()
    with pytest.raises(Truncated):
        server.send(b"x")
    assert server.data_to_send() == b""
    fresh, _ = pair()
    with pytest.raises(Truncated, match="handshake"):
        fresh.receive_eof()


def test_truncation_inside_a_record() -> None:
    client, server = established()
    client.send(b"data")
    client.close()
    server.receive(client.data_to_send()[:-1])
    with pytest.raises(Truncated):
        server.receive_eof()


# Keys that go on.


@pytest.mark.parametrize("request_peer", [True, False])
def test_key_updates_both_ways(request_peer: bool) -> None:
    notes = Notes(), Notes()
    client, server = pair(client_observer=notes[0], server_observer=notes[1])
    shake(client, server)
    for round_ in range(40):
        for end, other in ((client, server), (server, client)):
            end.update_keys(request_peer=request_peer)
            end.send(b"%d" % round_)
            other.receive(end.data_to_send())
            end.receive(other.data_to_send())
            other.send(b"back")
            assert end.receive(other.data_to_send()) == [DataReceived(b"back")]
    updates = [m for m in notes[0].messages if m[1].handshake_type is HandshakeType.KEY_UPDATE]
    assert len(updates) == (160 if request_peer else 80)


def test_one_answer_to_many_requests() -> None:
    """Requests that come before the answer went out are answered once (section 4.7.3)."""
    client, server = connected_client()
    for _ in range(10):
        record = server.record(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\1"))
        client.receive(record)
        rekey(server)
    server.take(client.data_to_send())
    assert [raw[0] for raw in server.messages[-1:]] == [HandshakeType.KEY_UPDATE]
    assert sum(raw[0] == HandshakeType.KEY_UPDATE for raw in server.messages) == 1
    assert server.messages[-1][4:] == b"\0"


def test_the_answer_to_a_request_comes_before_the_next_data() -> None:
    """Section 4.7.3: data that was given after the request is under the new keys."""
    client, server = connected_client()
    client.receive(server.record(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\1")))
    client.send(b"after the request")
    data = client.data_to_send()
    with pytest.raises(PeerMisbehaved):  # the script goes on with the old keys, which open the KeyUpdate alone
        server.take(data)
    assert server.messages[-1] == framed(HandshakeType.KEY_UPDATE, b"\0")
    assert server.data == b""


def rekey(peer: Any) -> None:
    from dojang.crypto.schedule13 import next_traffic_secret

    mine = 1 if peer.role == "server" else 0
    secrets = list(peer.application_secrets)
    secrets[mine] = next_traffic_secret(secrets[mine], peer.suite.hash_name)
    peer.application_secrets = tuple(secrets)
    peer.seal_with(secrets[mine])


@pytest.mark.parametrize("connected", [connected_client, connected_server])
def test_endless_key_updates(connected: Any) -> None:
    end, peer = connected()
    update = framed(HandshakeType.KEY_UPDATE, b"\0")
    for _ in range(32):
        end.receive(peer.record(ContentType.HANDSHAKE, update))
        rekey(peer)
    check_refused(end, peer, peer.record(ContentType.HANDSHAKE, update), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_key_updates_with_data_between_may_go_on() -> None:
    end, peer = connected_server()
    for _ in range(100):
        end.receive(peer.record(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\0")))
        rekey(peer)
        assert end.receive(peer.record(ContentType.APPLICATION_DATA, b"x")) == [DataReceived(b"x")]


@pytest.mark.parametrize("limit", [2, 3, 10])
@pytest.mark.parametrize("size", [10, 16384 * 5 + 1])
def test_keys_change_by_themselves_before_a_limit(limit: int, size: int) -> None:
    notes = Notes()
    client, server = pair(client_config(max_records_per_key=limit), client_observer=notes)
    shake(client, server)
    sent = b""
    for number in range(25):
        data = bytes([number]) * size
        client.send(data)
        sent += data
    assert gathered(server.receive(client.data_to_send()))[1] == sent
    updates = [m for m in notes.messages if m[1].handshake_type is HandshakeType.KEY_UPDATE]
    records = 25 * -(-size // 16384)
    assert len(updates) >= records // limit


@pytest.mark.parametrize("limit", [1, 0, -1])
def test_a_limit_that_leaves_no_record(limit: int) -> None:
    with pytest.raises(ApiMisuse):
        client_config(max_records_per_key=limit)


# Padding.


def test_padding_policy() -> None:
    sizes = []
    client, server = established(client_config(padding=pad_to_multiple_of(1000)))
    for size in (1, 999, 1000, 1001, 16384):
        client.send(bytes(size))
        data = client.data_to_send()
        sizes.append(len(data) - 22)
        assert gathered(server.receive(data))[1] == bytes(size)
    assert sizes == [1000, 1000, 1000, 2000, 16384]


def test_padding_that_asks_too_much_or_less_than_nothing() -> None:
    for wanted in (10**9, -5):
        client, server = established(client_config(padding=lambda size, wanted=wanted: wanted))
        client.send(bytes(20000))
        assert gathered(shake(client, server)[1])[1] == bytes(20000)


# Exporter and key log.


def test_exporter() -> None:
    client, server = established()
    one = client.export_keying_material("EXPORTER-test", b"context", 64)
    assert one == server.export_keying_material("EXPORTER-test", b"context", 64)
    assert len(one) == 64
    others = {
        client.export_keying_material("EXPORTER-test", b"", 64),
        client.export_keying_material("EXPORTER-other", b"context", 64),
        client.export_keying_material("EXPORTER-test", b"context", 65)[:64],
        established()[0].export_keying_material("EXPORTER-test", b"context", 64),
        one,
    }
    assert len(others) == 5
    client.close()
    assert client.export_keying_material("EXPORTER-test", b"context", 64) == one


def test_key_log() -> None:
    lines: dict[str, list[str]] = {"client": [], "server": []}
    established(client_config(keylog=lines["client"].append), server_config(keylog=lines["server"].append))
    assert lines["client"] == lines["server"]
    assert [line.split()[0] for line in lines["client"]] == [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
    ]
    assert all(len(part) == 64 for line in lines["client"] for part in line.split()[1:])


def test_observers_see_the_same() -> None:
    notes = Notes(), Notes()
    client, server = pair(client_observer=notes[0], server_observer=notes[1])
    shake(client, server)
    client.send(bytes(50_000))
    shake(client, server)
    client.close()
    server.close()
    shake(client, server)
    assert [m[2] for m in notes[0].messages if m[1].handshake_type != 4] == [
        m[2] for m in notes[1].messages if m[1].handshake_type != 4
    ]
    assert notes[0].data["client"] == notes[1].data["client"] == 50_000
    assert sorted(notes[0].alerts) == sorted(notes[1].alerts)
    assert notes[0].secrets == notes[1].secrets
    assert isinstance(notes[0].messages[0][1], ClientHello)
    assert {m[3] for m in notes[0].messages} >= {"plaintext", "handshake"}
    assert [m[3] for m in notes[0].messages if isinstance(m[1], EncryptedExtensions)] == ["handshake"]


# Shape of what is sent.


def test_nothing_tells_two_hellos_apart_but_randomness() -> None:
    hellos = [Connection.client(ClientConfig(trust=pki().root.trust), NAME).data_to_send() for _ in range(2)]
    assert hellos[0] != hellos[1]
    assert len(hellos[0]) == len(hellos[1])


def test_grease_is_there_and_can_be_left_out() -> None:
    def codes(**settings: Any) -> list[Any]:
        notes = Notes()
        Connection.client(client_config(**settings), NAME, observer=notes)
        hello = notes.messages[0][1]
        assert isinstance(hello, ClientHello)
        return [*hello.cipher_suites, *(e.extension_type for e in hello.extensions)]

    for seed in range(50):
        kinds = [code for code in codes(seed=seed) if code.is_grease]
        assert len(kinds) == 3
        assert kinds[1] != kinds[2]
    assert not any(code.is_grease for code in codes(grease=False))


def test_compatibility_mode() -> None:
    for on in (True, False):
        notes = Notes()
        client, server = pair(client_config(compatibility_mode=on), client_observer=notes)
        shake(client, server)
        hello = notes.messages[0][1]
        assert isinstance(hello, ClientHello)
        assert len(hello.legacy_session_id) == (32 if on else 0)
        assert notes.change_cipher_specs == (["client"] if on else [])


def test_digest_of_a_whole_handshake_is_repeatable() -> None:
    """Clock and randomness injected, every byte of both sides is the same again."""

    def run() -> str:
        client, server = pair(client_config(5), server_config(6))
        digest = hashlib.sha256()
        for _ in range(5):
            for end, other in ((client, server), (server, client)):
                data = end.data_to_send()
                digest.update(data)
                other.receive(data)
        assert client.session is not None
        return digest.hexdigest()

    assert run() == run()
