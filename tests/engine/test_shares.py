"""Key shares that are none, of every group, from either side: illegal_parameter (RFC 9846 sections 4.3.8 and 7.4)."""

from __future__ import annotations

import pytest

from dojang.crypto.groups import GROUPS, ffdhe_prime
from dojang.engine.connection import Connection
from dojang.errors import PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ExtensionType, NamedGroup
from tests.engine.wrongs import altering, other
from tests.pair import client_config, established, server_config
from tests.scripted import ScriptedClient, check_refused, client_and_script, extension

# pyca announces the end of finite fields; the tests' own filter would make an error of that.
pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")

G = NamedGroup


# What is no share for either side: zero and small-order points, wrong lengths, off the curve, compressed, out of range.
BAD_ALIKE: list[tuple[NamedGroup, bytes]] = [
    (G.X25519, bytes(32)),
    (G.X25519, b"\1" + bytes(31)),
    (G.X25519, bytes(31)),
    (G.X25519, b"\x09" * 33),
    (G.X448, bytes(56)),
    (G.X448, bytes(55)),
    (G.X448, b"\5" * 57),
    *[
        (group, data)
        for group, size in ((G.SECP256R1, 32), (G.SECP384R1, 48), (G.SECP521R1, 66))
        for data in (
            b"\x04" + bytes(2 * size),
            b"\x04" + b"\xff" * (2 * size),
            b"\x04" + bytes(2 * size - 1) + b"\x01",
            b"\x04" + bytes(2 * size - 1),
            b"\x04" + bytes(2 * size + 1),
            b"\x02" + bytes(size - 1) + b"\x05",
            b"\x00",
            bytes(2 * size + 1),
        )
    ],
    *[
        (group, value.to_bytes(size, "big"))
        for group, size in ((G.FFDHE2048, 256), (G.FFDHE3072, 384))
        for value in (0, 1, ffdhe_prime(8 * size) - 1, ffdhe_prime(8 * size), 2 ** (8 * size) - 1)
    ],
    (G.FFDHE2048, b"\x02"),
    (G.FFDHE2048, b"\0" + b"\x02" * 256),
    (G.FFDHE2048, b"\x02" * 255),
]

POINT = GROUPS[G.SECP256R1].start().public
NINE = b"\x09" + bytes(31)
BAD_ANSWERS = [
    *BAD_ALIKE,
    (G.X25519MLKEM768, bytes(1088 + 32)),
    (G.X25519MLKEM768, bytes(1087) + NINE),
    (G.X25519MLKEM768, bytes(1088) + NINE + b"\0"),
    (G.X25519MLKEM768, NINE),
    (G.SECP256R1MLKEM768, bytes(65 + 1088)),
    (G.SECP256R1MLKEM768, POINT + bytes(1087)),
    (G.SECP256R1MLKEM768, bytes(1088) + POINT),
    (G.SECP384R1MLKEM1024, bytes(97 + 1568)),
    (G.SECP384R1MLKEM1024, b"\4" + bytes(96 + 1569)),
]
BAD_OFFERS = [
    *BAD_ALIKE,
    (G.X25519MLKEM768, bytes(1184 + 32)),
    (G.X25519MLKEM768, bytes(1183) + NINE),
    (G.X25519MLKEM768, bytes(1184) + NINE + b"\0"),
    (G.X25519MLKEM768, b"\xff" * 1184 + NINE),  # coefficients that are not reduced: FIPS 203 section 7.2
    (G.SECP256R1MLKEM768, bytes(65 + 1184)),
    (G.SECP256R1MLKEM768, POINT + b"\xff" * 1184),
    (G.SECP256R1MLKEM768, POINT + bytes(1183)),
    (G.SECP384R1MLKEM1024, bytes(97 + 1568)),
]


@pytest.mark.parametrize("group", list(GROUPS), ids=lambda group: group.label)
def test_every_group_works(group: NamedGroup) -> None:
    client, server = established(client_config(groups=(group,)), server_config(groups=(group,)))
    assert client.session is not None
    assert server.session is not None
    assert client.session.group is group
    assert server.session.group is group
    assert client.export_keying_material("EXPORTER-test") == server.export_keying_material("EXPORTER-test")


@pytest.mark.parametrize(
    ("group", "data"), BAD_ANSWERS, ids=[f"{g.label}-{len(d)}-{i}" for i, (g, d) in enumerate(BAD_ANSWERS)]
)
def test_bad_share_of_a_server(group: NamedGroup, data: bytes) -> None:
    client, server = client_and_script(client_config(groups=(group,), key_shares=(group,)))
    body = ext.KeyShareServerHello(ext.KeyShareEntry(group, data))
    server.edit = altering("server_hello", other(ExtensionType.KEY_SHARE, body))
    server.group = group
    server_hello = server.server_hello()
    server.sealer = server.opener = None
    check_refused(client, server, server_hello, PeerMisbehaved, Alert.ILLEGAL_PARAMETER)


@pytest.mark.parametrize(
    ("group", "data"), BAD_OFFERS, ids=[f"{g.label}-{len(d)}-{i}" for i, (g, d) in enumerate(BAD_OFFERS)]
)
def test_bad_share_of_a_client(group: NamedGroup, data: bytes) -> None:
    server, client = Connection.server(server_config(groups=(group,))), ScriptedClient()
    hello = client.start(
        extension(ExtensionType.SUPPORTED_GROUPS, ext.NamedGroupList((group,))),
        extension(ExtensionType.KEY_SHARE, ext.KeyShareClientHello((ext.KeyShareEntry(group, data),))),
        without=(ExtensionType.SUPPORTED_GROUPS, ExtensionType.KEY_SHARE),
    )
    check_refused(server, client, hello, PeerMisbehaved, Alert.ILLEGAL_PARAMETER)
