"""Damage to handshakes of other shapes: TLS 1.2, resumed sessions, early data, client certificates under either.

A pair is played once with everything injected; then one end is begun anew and fed the other's bytes, one flight of them
damaged. What stands in the clear is damaged message by message, what is protected record by record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from dojang.engine.config import ClientAuth
from dojang.engine.connection import Connection
from dojang.engine.ticket import MemoryTickets
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import ApiMisuse, CallbackFailed, TlsError
from dojang.wire.codes import CipherSuite, ContentType, NamedGroup, Version
from tests.fuzz.mutations import cut, damage, damage_message, shuffle_some
from tests.fuzz.test_mutation import COUNT, SEED, Again
from tests.pair import NAME, client_config, pki, server_config
from tests.scripted import clear

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]

NOW = 1_000.0
EACH = COUNT // 50
BOTH = (Version.TLS13, Version.TLS12)
ONLY_12 = (Version.TLS12,)


@dataclass
class Play:
    """How to begin both ends, and what each received in turn. wanted: resumed, with early data, retried."""

    begin: dict[str, Callable[[], Connection]]
    wanted: tuple[bool, bool, bool]
    received: dict[str, list[bytes]] = field(default_factory=lambda: {"client": [], "server": []})

    def once(self) -> Play:
        ends = {side: begin() for side, begin in self.begin.items()}
        for _ in range(6):
            for side, other in (("client", "server"), ("server", "client")):
                if data := ends[side].data_to_send():
                    self.received[other].append(data)
                    ends[other].receive(data)
        for side, other in (("client", "server"), ("server", "client")):
            session = ends[side].session
            assert session is not None, side
            assert (session.resumed is not None, bool(session.early_data), session.retried) == self.wanted
            ends[side].send(b"data of the " + side.encode())
            ends[side].close()
            data = ends[side].data_to_send()
            self.received[other].append(data)
            ends[other].receive(data)
        return self

    def again(self, side: str, flights: list[bytes], rng: Random) -> TlsError | None:
        end = self.begin[side]()
        end.data_to_send()
        error = fed(end, flights, rng)
        end.data_to_send()
        assert not isinstance(error, (CallbackFailed, ApiMisuse)), repr(error.__cause__ or error)
        assert end.error is error
        return error


def fed(end: Connection, flights: list[bytes], rng: Random) -> TlsError | None:
    try:
        for flight in flights:
            for piece in cut(rng, flight):
                end.receive(piece)
            end.data_to_send()
        end.receive(b"")
    except TlsError as error:
        return error
    return None


def damaged(rng: Random, flights: list[bytes]) -> list[bytes]:
    """The same with one flight damaged; mostly the first ones, which are in the clear."""
    flights = list(flights)
    at = rng.randrange(min(len(flights), 1 + rng.randrange(len(flights))))
    records = records_of(flights[at])
    choice = rng.random()
    if choice < 0.15:
        records = shuffle_some(rng, records)
    elif choice < 0.35:
        index = rng.randrange(len(records))
        records[index] = damage(rng, records[index])
    else:
        records = damage_in_clear(rng, records)
    flights[at] = b"".join(records)
    return flights


def damage_in_clear(rng: Random, records: list[bytes]) -> list[bytes]:
    """A handshake message of the first run of plaintext records; damage from outside where there is none."""
    count = 0
    while count < len(records) and records[count][0] == ContentType.HANDSHAKE:
        count += 1
    raws = messages_of(b"".join(record[5:] for record in records[:count]))
    if not raws:
        return shuffle_some(rng, records)
    if rng.random() < 0.2:
        raws = shuffle_some(rng, raws)
    if raws:
        index = rng.randrange(len(raws))
        raws[index] = damage_message(rng, raws[index], raws)
    whole = b"".join(raws)
    pieces = [whole[at : at + 2**14] for at in range(0, len(whole), 2**14)]
    return [*(clear(ContentType.HANDSHAKE, piece) for piece in pieces), *records[count:]]


def records_of(data: bytes) -> list[bytes]:
    records = []
    while data:
        size = 5 + int.from_bytes(data[3:5], "big")
        records.append(data[:size])
        data = data[size:]
    return records


def messages_of(data: bytes) -> list[bytes]:
    raws = []
    while len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[1:4], "big"):
        size = 4 + int.from_bytes(data[1:4], "big")
        raws.append(data[:size])
        data = data[size:]
    return raws


def pair_of(client: dict[str, Any], server: dict[str, Any], **connection: Any) -> Play:
    """A play between these settings; clock and randomness say the same each time."""
    one = client_config(entropy=Again(), clock=clock, **client)
    other = server_config(entropy=Again(), clock=clock, **server)
    begin = {
        "client": lambda: Connection.client(one, NAME, **connection),
        "server": lambda: Connection.server(other),
    }
    resumes, early = "ticket" in connection, "early_data" in connection
    return Play(begin, (resumes, early, "retry_cookie" in server)).once()


def clock() -> float:
    return pki().server.certificate.not_valid_before_utc.timestamp() + NOW


def ticket(client: dict[str, Any], server: dict[str, Any]) -> Any:
    """A ticket of a first handshake."""
    kept = MemoryTickets()
    one = Connection.client(client_config(clock=clock, tickets=kept, **client), NAME)
    other = Connection.server(server_config(clock=clock, **server))
    for _ in range(5):
        other.receive(one.data_to_send())
        one.receive(other.data_to_send())
    found = kept.take(NAME)
    assert found is not None
    return found


def tls12() -> Play:
    return pair_of({"versions": ONLY_12, "alpn": ("h2",)}, {"versions": ONLY_12, "alpn": ("h2",)})


def tls12_chosen_by_the_server() -> Play:
    return pair_of({"versions": BOTH}, {"versions": ONLY_12})


def tls12_of_a_client_that_knows_no_more() -> Play:
    return pair_of({"versions": ONLY_12}, {"versions": BOTH})


def tls12_mutual_with_chacha() -> Play:
    suites = (CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,)
    return pair_of(
        {"versions": ONLY_12, "suites": suites, "credential": pki().client_credential},
        {
            "versions": ONLY_12,
            "suites": suites,
            "client_auth": ClientAuth.REQUIRED,
            "client_trust": pki().root.trust,
        },
    )


def tls12_resumed() -> Play:
    client, server = {"versions": ONLY_12}, {"versions": ONLY_12, "ticket_keys": keys()}
    return pair_of(client, server, ticket=ticket(client, server))


def resumed() -> Play:
    server = {"ticket_keys": keys()}
    return pair_of({}, server, ticket=ticket({}, server))


def early() -> Play:
    server = {"ticket_keys": keys(), "early_data_limit": 1000, "strikes": Forgetful()}
    return pair_of({}, server, ticket=ticket({}, server), early_data=b"sent before anything is answered")


def retried() -> Play:
    groups = (NamedGroup.X25519, NamedGroup.SECP256R1)
    return pair_of({"groups": groups}, {"groups": groups[1:], "retry_cookie": True})


def keys() -> RotatingTicketKeys:
    return RotatingTicketKeys()


class Forgetful:
    """A strike register for replays, which is what no strike register may be."""

    def strike(self, identity: bytes, expires: float, now: float) -> bool:
        return True


SHAPES = (
    tls12,
    tls12_chosen_by_the_server,
    tls12_of_a_client_that_knows_no_more,
    tls12_mutual_with_chacha,
    tls12_resumed,
    resumed,
    early,
    retried,
)


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("shape", SHAPES)
def test_damaged_handshakes(shape: Callable[[], Play], side: str) -> None:
    rng = Random(SEED)
    play = shape()
    flights = play.received[side]
    assert play.again(side, flights, rng) is None
    outcomes: Counter[str] = Counter()
    for _ in range(EACH):
        given = damaged(rng, flights)
        try:
            error = play.again(side, given, rng)
        except Exception as caught:
            raise AssertionError(f"{type(caught).__name__}: {caught} for {[f.hex() for f in given]}") from caught
        outcomes[type(error).__name__] += 1
    assert outcomes["DecodeError"] > EACH // 100, outcomes
    assert outcomes["PeerMisbehaved"] > EACH // 100, outcomes
