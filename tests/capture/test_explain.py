"""The record: its keys are those of docs/explain-schema.md, its spans are true, nothing in it is left unexplained."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dojang.capture.dissect import Dissection
from dojang.capture.explain.application import look_at
from dojang.capture.explain.record import Record, explain
from dojang.capture.explain.steps import ExplainedStep, explain_step
from dojang.capture.explain.values import harmless
from dojang.capture.steps import Message
from tests.capture.corpus import CAPTURES, NAMES, ROOT, capture, dissect, needs_captures

SCHEMA = (ROOT / "docs" / "explain-schema.md").read_text(encoding="utf-8")


def records(path: Path) -> list[Record]:
    keylog = path.with_suffix(".keylog")
    return [explain(c) for c in dissect(path, keylog.read_bytes() if keylog.exists() else b"")]


def illustrated(name: str) -> Record:
    (record,) = records(capture(name))
    return record


@needs_captures
@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_every_field_of_every_capture_is_explained(path: Path) -> None:
    for record in records(path):
        for step in record.steps:
            assert [f.key for f in step.fields if f.meaning is None and not f.path.endswith("]")] == []
        text = json.dumps(record.to_json())
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)


@needs_captures
@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_the_fields_cover_the_message_to_its_last_byte(path: Path) -> None:
    for record in records(path):
        for step in record.steps:
            message = step.step
            if isinstance(message, Message) and step.error is None and step.fields:
                assert max(field.stop for field in step.fields) == len(message.raw)


def keys_of(value: Any) -> set[str]:
    """Every key in a JSON value; passages are values themselves."""
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item)}
    if not isinstance(value, dict) or set(value) == {"ko", "en"}:
        return set()
    return set(value) | {key for item in value.values() for key in keys_of(item)}


@needs_captures
@pytest.mark.parametrize("name", ["tls12.pcap", "tls13.pcap", "imap-starttls.pcap", "tls1.2-protocol-violation.pcap"])
def test_every_key_is_documented(name: str) -> None:
    documented = set(re.findall(r"[`\"]([a-z0-9_]+)[`\"]", SCHEMA))
    for record in records(capture(name)):
        assert keys_of(record.to_json()) - documented == set()


def test_the_hello_of_the_illustrated_connection() -> None:
    record = illustrated("tls13.pcap")
    hello = record.steps[0]
    by_name = {field.name: field for field in hello.fields}
    assert by_name["host_name"].value == "example.ulfheim.net"
    data = hello.data[by_name["host_name"].start + 2 : by_name["host_name"].stop]
    assert data == b"example.ulfheim.net"
    assert record.summary()["version"] == "TLS 1.3"
    assert record.summary()["suite"] == "TLS_AES_256_GCM_SHA384"
    assert record.summary()["group"] == "x25519"


def test_a_malformed_message_is_shown_to_the_byte_where_it_breaks() -> None:
    (record,) = records(capture("tls1.2-protocol-violation.pcap"))
    step = next(s for s in record.steps if s.error is not None and s.name == "certificate")
    assert step.error is not None
    assert "3820" in step.error.en
    assert step.error_at == 4


def test_the_key_schedule_has_the_values_of_the_log() -> None:
    record = illustrated("tls13.pcap")
    log = capture("tls13.keylog".replace("keylog", "pcap")).with_suffix(".keylog").read_text()
    logged = {line.split()[0]: line.split()[2] for line in log.splitlines() if line and not line.startswith("#")}
    found = {node["name"]: node["value"] for node in walk(record.to_json()["keys"])}
    for label in ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"):
        assert found[label] == logged[label]
    assert found["main_secret"] is None
    assert (
        found["early_secret"]
        == "7ee8206f5570023e6dc7519eb1073bc4e791ad37b5c382aa10ba18e2357e716971f9362f2c2fe2a76bfd78dfec4ea9b5"
    )


def walk(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for node in nodes for found in (node, *walk(node["children"]))]


def heartbeat(content: bytes) -> str:
    dissection = Dissection()
    dissection.feed("client", b"\x18\x03\x03" + len(content).to_bytes(2, "big") + content, (0.0, 1))
    return " ".join(fact.en for fact in explain_step(1, dissection.steps[0]).facts)


def test_heartbleed_is_called_by_its_name() -> None:
    assert "Heartbleed" in heartbeat(b"\x01\x40\x00")
    assert heartbeat(b"\x01\x00\x04ping" + bytes(16)) == ""


def test_a_heartbeat_without_padding_is_noticed() -> None:
    (record,) = records(capture("heartbleed.pcap"))
    step = next(s for s in record.steps if s.name == "heartbeat")
    assert any("padding" in fact.en for fact in step.facts)


def test_an_expired_certificate_is_noticed() -> None:
    said = [
        fact.en for record in records(capture("tls-expired-cert.pcap")) for step in record.steps for fact in step.facts
    ]
    assert any("had expired" in sentence for sentence in said)


def test_what_an_eavesdropper_saw() -> None:
    (record,) = records(capture("imap-starttls.pcap"))
    seen = " ".join(prose.en for prose in record.seen)
    assert "IMAP STARTTLS" in seen
    assert "The server's certificate: imap.gmx.net" in seen


def test_the_end_says_why_it_can_t_be_opened() -> None:
    (record,) = records(capture("irc-starttls.pcap"))
    assert any("--rsa-key" in prose.en for prose in record.ends)
    (record,) = records(capture("imap-starttls.pcap"))
    assert any("ephemeral" in prose.en for prose in record.ends)


def test_steps_are_numbered_from_one() -> None:
    record = illustrated("tls12.pcap")
    assert [step.number for step in record.steps] == list(range(1, len(record.steps) + 1))
    assert all(isinstance(step, ExplainedStep) for step in record.steps)


@pytest.mark.parametrize(
    ("content", "alpn", "kind", "summary"),
    [
        (b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n", "", "http", "GET /a HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "http/1.1", "http", "HTTP/1.1 200 OK"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5), "", "http2", "SETTINGS[0] 0"),
        ("안녕\n".encode(), "", "text", "안녕 "),
        (b"\x00\x01\x02\xff", "", "binary", "000102ff"),
        (b"", "", "binary", ""),
    ],
)
def test_data_is_recognised(content: bytes, alpn: str, kind: str, summary: str) -> None:
    assert look_at(content, alpn) == (kind, summary)


def test_nothing_from_outside_can_steer_a_terminal() -> None:
    assert harmless(b"a\x1b[2Jb\x07") == "a\\x1b[2Jb\\x07"
    assert harmless("a\u202eb\u200b") == "a\\u202eb\\u200b"
