"""Whatever comes out of turn, in each waiting state of TLS 1.2, of resumption and of what else was added: a table.

The states are made from recordings: a side is fed its peer's messages one by one, each by itself, up to
the state; then comes what is tried, under the keys that are due. Nothing but what the table names is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest

from dojang.crypto import schedule12
from dojang.crypto.protection import Sealer
from dojang.crypto.protection12 import Sealer12
from dojang.crypto.schedule13 import traffic_keys
from dojang.crypto.suites import TLS12_SUITES, TLS13_SUITES
from dojang.engine.events import DataReceived, EarlyDataReceived
from dojang.errors import AlertReceived, PeerMisbehaved, TlsError
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, AlertLevel, CipherSuite, ContentType, HandshakeType
from tests.engine.test_splitting import answer_all
from tests.engine.test_splitting_12 import SHAPES, act, repeatable, staged
from tests.scripted import clear, framed, receive_all

__all__ = ["repeatable"]

H = HandshakeType
CCS = "change_cipher_spec"
SMALL = 90  # within the least record_size_limit of the shapes
Due = set[HandshakeType] | str
TYPES = (*HandshakeType, *[HandshakeType.of(code) for code in (7, 9, 19, 26, 90, 255)])

HELLO, ANSWER, DONE = {H.CLIENT_HELLO}, {H.SERVER_HELLO}, {H.SERVER_HELLO_DONE}
CERTIFICATE, EXCHANGE, PROOF = {H.CERTIFICATE}, {H.SERVER_KEY_EXCHANGE}, {H.CERTIFICATE_VERIFY}
ASKED, TICKET, FINISHED = {H.CERTIFICATE_REQUEST, H.SERVER_HELLO_DONE}, {H.NEW_SESSION_TICKET}, {H.FINISHED}
KEY = {H.CLIENT_KEY_EXCHANGE}
CLIENT12, SERVER12 = {H.HELLO_REQUEST}, {H.CLIENT_HELLO}  # answered by no_renegotiation
CLIENT13, SERVER13 = {H.NEW_SESSION_TICKET, H.KEY_UPDATE}, {H.KEY_UPDATE}
MAYBE_ASKED = {H.CERTIFICATE_REQUEST, *CLIENT13}
CERTIFICATES = {H.CERTIFICATE, H.COMPRESSED_CERTIFICATE}
ENCRYPTED = {H.ENCRYPTED_EXTENSIONS}

FULL: list[Due] = [ANSWER, CERTIFICATE, EXCHANGE, ASKED, CCS, FINISHED, CLIENT12]
SERVED: list[Due] = [HELLO, KEY, CCS, FINISHED, SERVER12]
SHORT12: list[Due] = [HELLO, CCS, FINISHED, SERVER12]
PSK13: list[Due] = [ANSWER, ENCRYPTED, FINISHED, CLIENT13]

# Shape: what is due in turn at the client, at the server.
TABLE: dict[str, tuple[list[Due], list[Due]]] = {
    "ecdhe_ecdsa": (FULL, SERVED),
    "chacha20": (FULL, SERVED),
    "dhe": (FULL, SERVED),
    "static_rsa": ([ANSWER, CERTIFICATE, ASKED, CCS, FINISHED, CLIENT12], SERVED),
    "client_certificate": (
        [ANSWER, CERTIFICATE, EXCHANGE, ASKED, DONE, CCS, FINISHED, CLIENT12],
        [HELLO, CERTIFICATE, KEY, PROOF, CCS, FINISHED, SERVER12],
    ),
    "client_without_certificate": (
        [ANSWER, CERTIFICATE, EXCHANGE, ASKED, DONE, CCS, FINISHED, CLIENT12],
        [HELLO, CERTIFICATE, KEY, CCS, FINISHED, SERVER12],
    ),
    "staple": (
        [ANSWER, CERTIFICATE, {H.CERTIFICATE_STATUS, *EXCHANGE}, EXCHANGE, ASKED, CCS, FINISHED, CLIENT12],
        SERVED,
    ),
    "limits_12": (FULL, SERVED),
    "new_session_id": (FULL, SERVED),
    "new_session_ticket": ([ANSWER, CERTIFICATE, EXCHANGE, ASKED, TICKET, CCS, FINISHED, CLIENT12], SERVED),
    "session_id": ([ANSWER, CCS, FINISHED, CLIENT12], SHORT12),
    "session_ticket": ([ANSWER, CCS, FINISHED, CLIENT12], SHORT12),
    "client_resumed_with_its_certificate": ([ANSWER, CCS, FINISHED, CLIENT12], SHORT12),
    "psk": ([*PSK13, CLIENT13], [HELLO, FINISHED, SERVER13]),
    "psk_by_name": ([*PSK13, CLIENT13], [HELLO, FINISHED, SERVER13]),
    "psk_retried": ([ANSWER, *PSK13, CLIENT13], [HELLO, HELLO, FINISHED, SERVER13]),
    "early_data_taken": ([*PSK13, CLIENT13], [HELLO, {H.END_OF_EARLY_DATA}, FINISHED, SERVER13]),
    "early_data_rejected": ([*PSK13, CLIENT13], [HELLO, FINISHED, SERVER13]),
    "early_data_rejected_by_retry": ([ANSWER, *PSK13, CLIENT13], [HELLO, HELLO, FINISHED, SERVER13]),
    "early_data_rejected_with_its_ticket": (
        [ANSWER, ENCRYPTED, {H.CERTIFICATE_REQUEST, *CERTIFICATE}, PROOF, FINISHED, CLIENT13],
        [HELLO, FINISHED, SERVER13],
    ),
    "external_psk": (PSK13, [HELLO, FINISHED, SERVER13]),
    "external_psk_alone": (PSK13, [HELLO, FINISHED, SERVER13]),
    "asked_later": (
        [ANSWER, ENCRYPTED, {H.CERTIFICATE_REQUEST, *CERTIFICATE}, PROOF, FINISHED, MAYBE_ASKED, MAYBE_ASKED],
        [HELLO, FINISHED, {*SERVER13, *CERTIFICATES}, PROOF, FINISHED, SERVER13],
    ),
    "compressed": (
        [ANSWER, ENCRYPTED, {H.CERTIFICATE_REQUEST, *CERTIFICATES}, CERTIFICATES, PROOF, FINISHED, CLIENT13],
        [HELLO, CERTIFICATES, PROOF, FINISHED, SERVER13],
    ),
    "limits_13": (
        [ANSWER, ENCRYPTED, {H.CERTIFICATE_REQUEST, *CERTIFICATE}, PROOF, FINISHED, CLIENT13],
        [HELLO, FINISHED, SERVER13],
    ),
}


@dataclass
class Watch:
    """An observer of one side: what its peer sent in turn, the secrets, the alerts this side sent."""

    peer: str
    units: list[tuple[str, bytes]] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)
    randoms: list[bytes] = field(default_factory=list)
    alerts: list[int] = field(default_factory=list)

    def message(self, sender: str, message: HandshakeMessage, raw: bytes, epoch: str) -> None:
        if sender == self.peer:
            self.units.append((epoch, raw))
        if raw[0] in (H.CLIENT_HELLO, H.SERVER_HELLO):
            self.randoms.append(raw[6:38])

    def change_cipher_spec(self, sender: str) -> None:
        if sender == self.peer:
            self.units.append((CCS, b""))

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None:
        if sender != self.peer:
            self.alerts.append(description)

    def secret(self, label: str, secret: bytes) -> None:
        self.secrets[label] = secret

    def application_data(self, sender: str, size: int) -> None:
        pass


class Replayed:
    """One side of a shape, fed `count` of its peer's messages one by one; and the peer's keys, to say more with."""

    def __init__(self, name: str, side: str, count: int) -> None:
        self.peer = "server" if side == "client" else "client"
        self.recorded, self.suite = recording(name, side)
        self.watch = Watch(self.peer)
        self.end = staged(name)[0].begin(side)
        self.end._link.observer = self.watch
        self.end.data_to_send()
        self.epoch, self.sequences = "plaintext", dict[str, int]()
        units = self.recorded.units
        for epoch, raw in units[:count]:
            self.epoch = self.epoch if epoch == CCS else epoch
            self.end.receive(clear(ContentType.CHANGE_CIPHER_SPEC, b"\1") if epoch == CCS else self.record(22, raw))
            answer_all(self.end)
            self.epoch = "application" if epoch == CCS or raw[0] == H.FINISHED else self.epoch
            if name == "asked_later" and side == "server" and count > 1 and raw[0] == H.FINISHED and len(raw) > 4:
                self.ask()
            self.end.data_to_send()
        if count < len(units) and units[count][0] != CCS:
            self.epoch = units[count][0]

    def ask(self) -> None:
        """For a certificate, once the handshake is over."""
        if not any(raw[0] == H.CERTIFICATE for _, raw in self.watch.units):
            self.end.request_certificate()

    def record(self, kind: int, content: bytes) -> bytes:
        """Under the peer's keys that are in use."""
        if self.epoch == "plaintext":
            return clear(kind, content)
        sealer, out = self.sealer(), b""
        sealer.sequence = self.sequences.get(self.epoch, 0)
        for at in range(0, len(content), SMALL):
            out += sealer.seal(kind, content[at : at + SMALL])
        self.sequences[self.epoch] = sealer.sequence
        return out

    def sealer(self) -> Sealer | Sealer12:
        if self.suite in TLS12_SUITES:
            suite12 = TLS12_SUITES[self.suite]
            sizes, master = (suite12.key_size, suite12.iv_size), self.recorded.secrets["CLIENT_RANDOM"]
            client, server = self.recorded.randoms
            keys = schedule12.key_block(master, client, server, sizes, suite12.hash_name)
            return Sealer12(suite12, keys.client if self.peer == "client" else keys.server)
        suite, peer = TLS13_SUITES[self.suite], self.peer.upper()
        label = {
            "early": "CLIENT_EARLY_TRAFFIC_SECRET",
            "handshake": f"{peer}_HANDSHAKE_TRAFFIC_SECRET",
            "application": f"{peer}_TRAFFIC_SECRET_0",
        }[self.epoch]
        return Sealer(suite, traffic_keys(self.recorded.secrets[label], suite.key_size, suite.hash_name))


@cache
def recording(name: str, side: str) -> tuple[Watch, CipherSuite]:
    """What one side of a shape saw of its peer."""
    stage, both = staged(name)
    end, watch = stage.begin(side), Watch("server" if side == "client" else "client")
    end._link.observer = watch
    hello = end.data_to_send()
    if hello:
        watch.randoms.append(hello[11:43])
    for action, data in both[side].turns:
        if action == "receive":
            end.receive(data)
            answer_all(end)
        else:
            act(end, action)
        end.data_to_send()
    assert end.session is not None
    return watch, end.session.suite


STATES = [
    pytest.param(name, side, count, due, id=f"{name}-{side}-{count}")
    for name, sides in TABLE.items()
    for side, dues in zip(("client", "server"), sides, strict=True)
    for count, due in enumerate(dues)
]
every_state = pytest.mark.parametrize(("name", "side", "count", "due"), STATES)


def test_the_table_has_every_shape_and_state() -> None:
    assert set(TABLE) == set(SHAPES)
    for name, sides in TABLE.items():
        for side, dues in zip(("client", "server"), sides, strict=True):
            units = recording(name, side)[0].units
            assert len(dues) == len(units) + 1, (name, side, units)
            for (epoch, raw), due in zip(units, dues, strict=False):
                assert due == CCS if epoch == CCS else H(raw[0]) in due


@every_state
def test_every_other_message_is_unexpected(name: str, side: str, count: int, due: Due) -> None:
    for kind in TYPES:
        if due != CCS and kind in due:
            continue
        at = Replayed(name, side, count)
        data = at.record(ContentType.HANDSHAKE, framed(kind, b""))
        if kind is H.HELLO_REQUEST and side == "client" and count and at.suite in TLS12_SUITES:
            assert at.end.receive(data) == []  # RFC 5246 section 7.4.1.1: ignored by a client that shakes hands
            assert at.end.data_to_send() == b""
        else:
            check_unexpected(at, data)


def check_unexpected(at: Replayed, data: bytes) -> None:
    """The right error, told to the peer, and nothing goes on."""
    with pytest.raises(PeerMisbehaved) as caught:
        at.end.receive(data)
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE, caught.value
    assert at.end.data_to_send() != b""
    assert at.watch.alerts == [Alert.UNEXPECTED_MESSAGE]
    with pytest.raises(PeerMisbehaved):
        at.end.receive(b"")


@every_state
def test_what_is_due_is_read(name: str, side: str, count: int, due: Due) -> None:
    """Malformed, it is refused as malformed and not as unexpected."""
    if isinstance(due, str):
        at = Replayed(name, side, count)
        at.end.receive(clear(ContentType.CHANGE_CIPHER_SPEC, b"\1"))
        at.epoch = "application"
        with pytest.raises(TlsError) as caught:
            at.end.receive(at.record(ContentType.HANDSHAKE, framed(H.FINISHED, b"\xff\xff")))
        assert caught.value.alert is Alert.DECODE_ERROR
        return
    for kind in due:
        at = Replayed(name, side, count)
        # What a ServerKeyExchange holds is read with the whole flight at hand.
        rest = [clear(22, framed(H.SERVER_HELLO_DONE, b""))] if kind is H.SERVER_KEY_EXCHANGE else []
        with pytest.raises(TlsError) as caught:
            receive_all(at.end, at.record(ContentType.HANDSHAKE, framed(kind, b"\xff\xff")), *rest)
        assert caught.value.alert in (Alert.DECODE_ERROR, Alert.ILLEGAL_PARAMETER), caught.value


@every_state
def test_change_cipher_spec(name: str, side: str, count: int, due: Due) -> None:
    """TLS 1.2: in its place alone. TLS 1.3: dropped while the handshake lasts, after the first ClientHello."""
    at = Replayed(name, side, count)
    lasts = at.end.session is None
    begun = count > 0 or side == "client"
    dropped = lasts and begun and (at.suite in TLS13_SUITES or (side == "client" and count == 0))
    data = clear(ContentType.CHANGE_CIPHER_SPEC, b"\1")
    if due == CCS or dropped:
        at.end.receive(data)
        assert at.end.error is None
        if due == CCS:  # and it stands there once
            check_refused(at, data)
    else:
        check_refused(at, data)


def check_refused(at: Replayed, data: bytes) -> None:
    """In TLS 1.2 a change_cipher_spec under keys is as good as a damaged record."""
    with pytest.raises(PeerMisbehaved) as caught:
        at.end.receive(data)
    assert caught.value.alert in (Alert.UNEXPECTED_MESSAGE, Alert.BAD_RECORD_MAC)


@every_state
@pytest.mark.parametrize("content", [b"\2", b"", b"\1\1", b"\0"])
def test_a_change_cipher_spec_that_is_none(name: str, side: str, count: int, due: Due, content: bytes) -> None:
    at = Replayed(name, side, count)
    check_error(at, clear(ContentType.CHANGE_CIPHER_SPEC, content))


def check_error(at: Replayed, data: bytes) -> None:
    with pytest.raises(TlsError) as caught:
        at.end.receive(data)
    assert isinstance(caught.value.alert, Alert)
    assert at.end.error is caught.value


@every_state
def test_an_alert_ends_it(name: str, side: str, count: int, due: Due) -> None:
    at = Replayed(name, side, count)
    with pytest.raises(AlertReceived) as caught:
        at.end.receive(at.record(ContentType.ALERT, bytes((AlertLevel.FATAL, Alert.HANDSHAKE_FAILURE))))
    assert caught.value.description is Alert.HANDSHAKE_FAILURE
    assert at.end.data_to_send() == b""
    assert at.watch.alerts == []


@every_state
def test_application_data(name: str, side: str, count: int, due: Due) -> None:
    """Delivered when the handshake is over, as early data where that is taken, never else."""
    at = Replayed(name, side, count)
    data = at.record(ContentType.APPLICATION_DATA, b"data")
    shaken = at.end.session is not None
    if due == {H.END_OF_EARLY_DATA} or (shaken and not at.end._handshake):
        found = at.end.receive(data)
        assert [type(event) for event in found] == [DataReceived if shaken else EarlyDataReceived]
        return
    if (name, side, count) == ("early_data_rejected_by_retry", "server", 1):
        assert at.end.receive(data) == []  # early data that the retry rejected is stepped over
        return
    with pytest.raises(PeerMisbehaved) as caught:
        receive_all(at.end, data, b"")
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE
