"""The ladder records what the observer is told, from the bytes of a real handshake, and keeps no secret."""

from __future__ import annotations

import io
import json

import pytest

from dojang.cli.drawing import draw_ladder
from dojang.cli.ladder import Keys, Ladder, Rung
from dojang.cli.language import Language
from dojang.cli.terminal import Screen
from dojang.cli.text import width_of
from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.pki.authority import Authority
from dojang.wire.codes import Alert, AlertLevel


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create_root("Test Root").create_intermediate("Test Intermediate")


@pytest.fixture(scope="module")
def ladder(authority: Authority) -> Ladder:
    """A whole connection in memory, seen by the client."""
    issued = authority.issue(["name.test"])
    seen = Ladder()
    config = ServerConfig(credentials=(Credential.from_pyca(issued.chain, issued.key),), alpn=("http/1.1",))
    client_config = ClientConfig(trust=authority.trust, alpn=("http/1.1",))
    client, server = Connection.client(client_config, "name.test", observer=seen), Connection.server(config)
    shuttle(client, server)
    client.send(b"question")
    shuttle(client, server)
    server.send(b"long ")
    server.send(b"answer")
    server.close()
    shuttle(client, server)
    client.close()
    shuttle(client, server)
    return seen


def shuttle(client: Connection, server: Connection) -> None:
    """Carry bytes until neither has any."""
    while True:
        from_client, from_server = client.data_to_send(), server.data_to_send()
        if not from_client and not from_server:
            return
        if from_client:
            server.receive(from_client)
        if from_server:
            client.receive(from_server)


def rungs(ladder: Ladder) -> list[tuple[str, str, str]]:
    return [(s.sender, s.name, s.epoch) for s in ladder.steps if isinstance(s, Rung) and s.kind != "change_cipher_spec"]


def test_every_message_with_its_sender_and_its_keys(ladder: Ladder) -> None:
    tickets = [rung for rung in rungs(ladder) if rung[1] == "NewSessionTicket"]
    assert [rung for rung in rungs(ladder) if rung not in tickets] == [
        ("client", "ClientHello", "plaintext"),
        ("server", "ServerHello", "plaintext"),
        ("server", "EncryptedExtensions", "handshake"),
        ("server", "Certificate", "handshake"),
        ("server", "CertificateVerify", "handshake"),
        ("server", "Finished", "handshake"),
        ("client", "Finished", "handshake"),
        ("client", "application_data", "application"),
        ("server", "application_data", "application"),
        ("server", "close_notify", "application"),
        ("client", "close_notify", "application"),
    ]


def test_keys_stand_where_they_come_to_exist(ladder: Ladder) -> None:
    names = [step.family if isinstance(step, Keys) else step.name for step in ladder.steps]
    assert names.index("ServerHello") < names.index("handshake") < names.index("EncryptedExtensions")
    assert names.index("Finished") < names.index("application") < names.index("application_data")


def test_sizes_are_the_content_s(ladder: Ladder) -> None:
    sizes = {(s.sender, s.name): s.size for s in ladder.steps if isinstance(s, Rung)}
    assert sizes["client", "application_data"] == len(b"question")
    assert sizes["server", "application_data"] == len(b"long answer")
    assert sizes["server", "Finished"] == 4 + 32


@pytest.mark.parametrize(
    ("name", "english", "korean"),
    [
        ("ClientHello", "SNI: it is looking for name.test", "SNI: name.test를 찾습니다"),
        ("ClientHello", "versions it can speak: TLS 1.3", "버전 제안: TLS 1.3"),
        ("ClientHello", "X25519MLKEM768, x25519", "X25519MLKEM768, x25519"),
        ("ServerHello", "the cipher suite is TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256을 골랐습니다"),
        ("EncryptedExtensions", "ALPN: http/1.1 it is", "ALPN: http/1.1로 정했습니다"),
        ("Certificate", "name.test ← Test Intermediate", "name.test ← Test Intermediate"),
        ("CertificateVerify", "ecdsa_secp256r1_sha256 signature", "ecdsa_secp256r1_sha256으로 서명"),
    ],
)
def test_facts_in_both_languages(ladder: Ladder, name: str, english: str, korean: str) -> None:
    facts = [fact for step in ladder.steps if isinstance(step, Rung) and step.name == name for fact in step.facts]
    assert any(english in fact.en for fact in facts)
    assert any(korean in fact.ko for fact in facts)


def test_no_secret_is_kept() -> None:
    ladder = Ladder()
    ladder.secret("CLIENT_HANDSHAKE_TRAFFIC_SECRET", b"\xabtreasure")
    ladder.secret("SERVER_HANDSHAKE_TRAFFIC_SECRET", b"\xabtreasure")
    assert ladder.steps == [Keys(("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"))]
    assert "treasure" not in repr(ladder)


def test_data_without_pause_is_one_step() -> None:
    ladder = Ladder()
    for size in (10, 20):
        ladder.application_data("server", size)
    ladder.application_data("client", 5)
    assert [step.size for step in ladder.steps if isinstance(step, Rung)] == [30, 5]


def test_json_is_plain_and_whole(ladder: Ladder) -> None:
    steps = json.loads(json.dumps(ladder.to_json(Language.KO)))
    assert len(steps) == len(ladder.steps)
    assert steps[0]["name"] == "ClientHello"
    assert {step["kind"] for step in steps} == {"message", "keys", "change_cipher_spec", "data", "alert"}


@pytest.mark.parametrize("columns", [48, 60, 79, 96])
@pytest.mark.parametrize("language", list(Language))
def test_a_drawing_has_straight_lifelines(ladder: Ladder, language: Language, columns: int) -> None:
    out = io.StringIO()
    draw_ladder(Screen(out, language, columns=columns), ladder.steps)
    lines = out.getvalue().splitlines()[1:]
    assert {width_of(line) for line in lines} == {columns - 1}
    assert {line[3] for line in lines} <= {"│", "├"}
    assert {line[-1] for line in lines} <= {"│", "┤"}


def test_arrows_point_away_from_their_sender(ladder: Ladder) -> None:
    out = io.StringIO()
    draw_ladder(Screen(out, Language.EN), ladder.steps, facts=False)
    for line in out.getvalue().splitlines():
        assert ("─▶│" in line) == ("│─ " in line)
    assert "│◀═ Certificate ═" in out.getvalue()
    assert "│━ application data ━" in out.getvalue()


def test_colour_does_not_move_a_line(ladder: Ladder) -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    draw_ladder(Screen(plain, Language.KO), ladder.steps)
    draw_ladder(Screen(coloured, Language.KO, colour=True), ladder.steps)
    widths = [width_of(line) for line in plain.getvalue().splitlines()]
    assert [width_of(line) for line in coloured.getvalue().splitlines()] == widths
    assert "\x1b[" in coloured.getvalue()


def test_a_name_from_a_peer_can_t_steer_the_terminal() -> None:
    from dojang.wire.codes import CipherSuite, ExtensionType, NameType, Version
    from dojang.wire.extensions import ServerName, ServerNameList, extension
    from dojang.wire.hello import ClientHello

    names = ServerNameList((ServerName(NameType.HOST_NAME, b"a\x1b]0;owned\x07"),))
    suites = (CipherSuite.TLS_AES_128_GCM_SHA256,)
    extensions = (extension(ExtensionType.SERVER_NAME, names),)
    hello = ClientHello(Version.TLS12, bytes(32), b"", suites, b"\0", extensions)
    ladder, out = Ladder(), io.StringIO()
    ladder.message("client", hello, hello.frame(), "plaintext")
    draw_ladder(Screen(out, Language.EN), ladder.steps)
    assert "\x1b" not in out.getvalue()
    assert "owned" in out.getvalue()


def test_a_fatal_alert_says_that_it_is_the_end() -> None:
    ladder = Ladder()
    ladder.alert("client", AlertLevel.FATAL, Alert.UNKNOWN_CA, "handshake")
    (step,) = ladder.steps
    assert isinstance(step, Rung)
    assert (step.name, step.facts[0].en) == ("unknown_ca", "the connection ends here")
