"""A live connection gives the same record as its capture: steps, fields, checks, key schedule."""

from __future__ import annotations

import pytest

from dojang.capture.conversation import Endpoint
from dojang.capture.explain.record import Record, explain
from dojang.capture.recorder import Recorder
from dojang.wire.codes import Version
from tests.pair import client_config, pair, server_config, shake


def recorded(*versions: Version) -> Record:
    recorder = Recorder(clock=lambda: 1_700_000_000.0)
    client, server = pair(
        client_config(versions=versions, alpn=("h2",)),
        server_config(versions=versions, alpn=("h2",)),
        client_observer=recorder,
    )
    shake(client, server)
    client.send(b"ping")
    shake(client, server)
    client.close()
    shake(client, server)
    return explain(recorder.live(Endpoint("127.0.0.1", 50000), Endpoint("127.0.0.1", 443)))


@pytest.mark.parametrize("version", [Version.TLS12, Version.TLS13])
def test_it_is_told_as_a_capture_tells_it(version: Version) -> None:
    record = recorded(version)
    facts = record.summary()
    assert (facts["version"], facts["alpn"], facts["server_name"]) == (version.label, "h2", "name.test")
    names = [step.name for step in record.steps]
    assert names[:2] == ["client_hello", "server_hello"]
    assert "application_data" in names
    assert names[-1] == "close_notify"
    checks = [right for step in record.steps for right, _ in step.checks]
    assert checks
    assert all(checks)


def test_the_key_schedule_is_whole() -> None:
    (early,) = recorded(Version.TLS13).keys
    traffic = [node for node in early.children[0].children if node.name.endswith("HANDSHAKE_TRAFFIC_SECRET")]
    assert len(traffic) == 2
    assert all(node.value for node in traffic)
    assert any("proved" in prose.en for prose in recorded(Version.TLS13).ends)
