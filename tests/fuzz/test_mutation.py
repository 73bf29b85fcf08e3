"""100,000 damaged inputs to each side: every one ends in a TlsError or in success, none in anything else, none hangs.

What is damaged: whole flights on the wire, hellos in the clear, handshake messages inside the protection (damaged, then
sealed with the right keys), messages and records after the handshake. Both ends are repeatable, so a peer's part is
recorded once. DOJANG_MUTATIONS sets another number, DOJANG_SEED another seed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from dojang.crypto.groups import GROUPS, Share
from dojang.crypto.schedule13 import next_traffic_secret
from dojang.engine.config import ClientAuth, ClientConfig, ServerConfig
from dojang.engine.connection import Connection
from dojang.errors import ApiMisuse, CallbackFailed, TlsError
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ContentType, ExtensionType, HandshakeType, NamedGroup
from tests.fuzz.mutations import cut, damage, damage_message, shuffle_some
from tests.pair import NAME, client_config, pki, server_config
from tests.scripted import Edit, Scripted, ScriptedClient, ScriptedServer, clear, extension, framed

COUNT = int(os.environ.get("DOJANG_MUTATIONS", "100000"))
SEED = int(os.environ.get("DOJANG_SEED", "1"))

pytestmark = [
    pytest.mark.timeout(600),
    # Damaged certificates make pyca warn of what it will refuse one day.
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]

HANDSHAKE, DATA, ALERT = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA, ContentType.ALERT


class Again:
    """Entropy that says the same each time: every connection begins alike."""

    def __init__(self) -> None:
        self.shares: dict[NamedGroup, Share] = {}
        self.answers: dict[tuple[NamedGroup, bytes], tuple[bytes, bytes]] = {}

    def random(self, size: int) -> bytes:
        return bytes(range(size))

    def start(self, group: NamedGroup) -> Share:
        if group not in self.shares:
            self.shares[group] = GROUPS[group].start()
        return self.shares[group]

    def answer(self, group: NamedGroup, share: bytes) -> tuple[bytes, bytes]:
        if (group, share) in self.answers:
            return self.answers[group, share]
        answer = GROUPS[group].answer(share)
        if not self.answers:  # the recorded client's, which comes first
            self.answers[group, share] = answer
        return answer


class Recorded:
    """A scripted peer's part of one handshake: messages in the clear, records, and the keys to seal others."""

    def __init__(self, peer: Scripted, records: list[bytes], raws: list[bytes], clear_records: int) -> None:
        self.peer = peer
        self.records = records
        self.raws = raws
        self.clear_records = clear_records
        self.secret = peer.handshake_secrets[peer.role == "server"]
        self.application_secret = peer.application_secrets[peer.role == "server"]

    def sealed(self, raws: list[bytes], epoch: str = "handshake") -> bytes:
        """These messages under the handshake's or the application's keys, from the first record on."""
        self.peer.seal_with(self.secret if epoch == "handshake" else self.application_secret)
        return b"".join(self.peer.record(HANDSHAKE, raw) for raw in raws)


class Damaged:
    """Damaged inputs for one side. `fresh` begins a connection, `recorded` is what a right peer would have said."""

    def __init__(
        self,
        rng: Random,
        fresh: Callable[[], Connection],
        recorded: Recorded,
        consistent_with: Callable[[Edit], bytes],
        retry: bytes = b"",
    ) -> None:
        self.rng = rng
        self.fresh = fresh
        self.recorded = recorded
        self.consistent_with = consistent_with
        self.retry = retry
        self.outcomes: Counter[str] = Counter()

    def run(self, count: int) -> None:
        kinds = (
            *(self.hello, self.wire, self.inside, self.inside, self.after),
            *(self.hello, self.wire, self.inside, self.consistent, self.consistent),
        )
        for number in range(count):
            kind = kinds[number % len(kinds)]
            self.feed(kind.__name__, kind())

    def hello(self) -> bytes:
        """The first message, in the clear."""
        raw = damage_message(self.rng, self.recorded.raws[0], self.recorded.raws)
        return self.in_clear(raw) if self.rng.random() < 0.9 else damage(self.rng, self.in_clear(raw))

    def wire(self) -> bytes:
        """The whole part as records, damaged from outside."""
        records = list(self.recorded.records)
        if self.retry and self.rng.random() < 0.3:
            records = [self.retry, *records]
        if self.rng.random() < 0.5:
            records = shuffle_some(self.rng, records)
        if records and self.rng.random() < 0.7:
            at = self.rng.randrange(len(records))
            records[at] = damage(self.rng, records[at])
        return b"".join(records)

    def inside(self) -> bytes:
        """The messages under the handshake's keys, damaged before they are sealed."""
        first = self.recorded.clear_records
        raws = list(self.recorded.raws[first:])
        if self.rng.random() < 0.2:
            raws = shuffle_some(self.rng, raws)
        if raws and self.rng.random() < 0.9:
            at = self.rng.randrange(len(raws))
            raws[at] = damage_message(self.rng, raws[at], self.recorded.raws)
        if self.rng.random() < 0.2:
            joined = b"".join(raws)
            raws = [piece for piece in cut(self.rng, joined) if piece]
        return b"".join(self.recorded.records[:first]) + self.recorded.sealed(raws)

    def consistent(self) -> bytes:
        """One message damaged, and all that follows made to fit: signatures and Finished cover the damage."""
        target = self.rng.randrange(len(self.recorded.raws))
        count = iter(range(len(self.recorded.raws)))

        def edit(name: str, raw: bytes) -> bytes:
            return damage_message(self.rng, raw, self.recorded.raws) if next(count) == target else raw

        return self.consistent_with(edit)

    def after(self) -> bytes:
        """The whole part as it was, then damaged messages and records under the application's keys."""
        recorded, rng = self.recorded, self.rng
        out = [b"".join(recorded.records)]
        recorded.peer.seal_with(recorded.application_secret)
        secret = recorded.application_secret
        for _ in range(rng.randrange(1, 5)):
            choice = rng.randrange(6)
            if choice == 0:
                message = TICKET if recorded.peer.role == "server" else UPDATE
                out.append(recorded.peer.record(HANDSHAKE, damage(rng, message)))
            elif choice == 1:
                out.append(recorded.peer.record(HANDSHAKE, framed(HandshakeType.KEY_UPDATE, bytes([rng.randrange(2)]))))
                secret = next_traffic_secret(secret, recorded.peer.suite.hash_name)
                recorded.peer.seal_with(secret)
            elif choice == 2:
                out.append(recorded.peer.record(ALERT, rng.randbytes(rng.randrange(4))))
            elif choice == 3:
                out.append(recorded.peer.record(rng.randrange(256), rng.randbytes(rng.randrange(40)), rng.randrange(9)))
            elif choice == 4:
                out.append(damage(rng, recorded.peer.record(DATA, b"data")))
            else:
                out.append(recorded.peer.record(DATA, b"data", rng.randrange(20)))
        return b"".join(out)

    def in_clear(self, raw: bytes) -> bytes:
        return b"".join(clear(HANDSHAKE, piece) for piece in cut(self.rng, raw[: 2**14]))

    def feed(self, kind: str, data: bytes) -> None:
        end = self.fresh()
        error: TlsError | None = None
        pieces = cut(self.rng, data)
        try:
            for piece in pieces:
                end.receive(piece)
            end.receive(b"")
        except TlsError as caught:
            error = caught
        except Exception as caught:
            raise AssertionError(f"{kind}: {type(caught).__name__} instead of a TlsError for {data.hex()}") from caught
        if error is not None:
            check_error(kind, end, error, data)
        end.data_to_send()
        self.outcomes[f"{kind} {'went on' if error is None else type(error).__name__}"] += 1


def check_error(kind: str, end: Connection, error: TlsError, data: bytes) -> None:
    assert not isinstance(error, (CallbackFailed, ApiMisuse)), f"{kind}: {error!r} {error.__cause__!r} {data.hex()}"
    assert error.alert is None or isinstance(error.alert, Alert)
    assert str(error)
    assert end.error is error
    with pytest.raises(type(error)) as again:
        end.receive(b"")
    assert again.value is error


TICKET = framed(HandshakeType.NEW_SESSION_TICKET, bytes(8) + b"\2\0\0" + b"\0\4tick" + b"\0\x08\0\x2a\0\4\0\0\4\0")
UPDATE = framed(HandshakeType.KEY_UPDATE, b"\1")


def damaged_client(rng: Random) -> Damaged:
    config: ClientConfig = client_config(
        groups=(NamedGroup.X25519, NamedGroup.SECP256R1),
        alpn=("h2",),
        credential=pki().client_credential,
        entropy=Again(),
    )
    first = Connection.client(config, NAME)
    raws: list[bytes] = []
    server = ScriptedServer(recording(raws), asks=True)
    server.take(first.data_to_send())
    records = server.flight()
    first.receive(b"".join(records))
    assert first.session is not None
    asking = ScriptedServer()
    asking.take(Connection.client(config, NAME).data_to_send())
    retry = asking.retry(extension(ExtensionType.COOKIE, ext.Cookie(b"crumbs")))
    hello = Connection.client(config, NAME).data_to_send()

    def consistent_with(edit: Edit) -> bytes:
        other = ScriptedServer(edit, asks=True)
        other.take(hello)
        return b"".join(other.flight())

    recorded = Recorded(server, records, raws, clear_records=1)
    return Damaged(rng, lambda: Connection.client(config, NAME), recorded, consistent_with, retry)


def damaged_server(rng: Random) -> Damaged:
    config: ServerConfig = server_config(
        alpn=("h2",),
        client_auth=ClientAuth.REQUIRED,
        client_trust=pki().root.trust,
        entropy=Again(),
    )
    first = Connection.server(config)
    raws: list[bytes] = []
    share = GROUPS[NamedGroup.X25519].start()
    client = ScriptedClient(recording(raws), share=share)
    hello = client.start()
    first.receive(hello)
    answer = first.data_to_send()
    client.take(answer)
    records = [hello, *client.flight()]
    first.receive(b"".join(records[1:]))
    assert first.session is not None

    def consistent_with(edit: Edit) -> bytes:
        other = ScriptedClient(edit, share=share)
        start = other.start()
        if start != hello:
            return start
        other.take(answer)
        return start + b"".join(other.flight())

    recorded = Recorded(client, records, raws, clear_records=1)
    return Damaged(rng, lambda: Connection.server(config), recorded, consistent_with)


def recording(raws: list[bytes]) -> Callable[[str, bytes], bytes]:
    def edit(name: str, raw: bytes) -> bytes:
        raws.append(raw)
        return raw

    return edit


@pytest.mark.parametrize("make", [damaged_client, damaged_server])
def test_damaged_input(make: Callable[[Random], Damaged]) -> None:
    damaged = make(Random(SEED))
    damaged.run(COUNT)
    outcomes = damaged.outcomes
    assert sum(outcomes.values()) == COUNT
    # The damage reaches everywhere: each kind of input is refused in more than one way, and some of it does no harm.
    for kind in ("hello", "wire", "inside", "consistent", "after"):
        assert outcomes[f"{kind} PeerMisbehaved"] > COUNT // 500, outcomes
        assert outcomes[f"{kind} DecodeError"] > COUNT // 500, outcomes
        assert outcomes[f"{kind} went on"] > COUNT // 500, outcomes
    assert outcomes["consistent CertificateError"] > COUNT // 500, outcomes
    assert outcomes["after AlertReceived"] > COUNT // 500, outcomes
