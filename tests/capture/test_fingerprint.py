"""JA4 against FoxIO's own expectations; JA3 is compared with tshark's in test_against_tshark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dojang.capture.fingerprint import ja3, ja3_full, ja4, ja4_raw
from dojang.capture.steps import Handshake, Message
from dojang.wire.codes import CipherSuite, ExtensionType, Version
from dojang.wire.extensions import Extension, ProtocolNameList, extension
from dojang.wire.hello import ClientHello
from tests.capture.corpus import CAPTURES, dissect, needs_captures

WITH_JSON = [path for path in CAPTURES if path.with_name(path.name + ".json").exists()]


@needs_captures
@pytest.mark.parametrize("path", WITH_JSON, ids=[path.name for path in WITH_JSON])
def test_ja4_is_what_foxio_expects(path: Path) -> None:
    expected = {
        f"{stream['src']}:{stream['srcport']}": (stream["JA4.1"], stream["JA4_r.1"])
        for stream in json.loads(path.with_name(path.name + ".json").read_text())
        if stream.get("JA4.1", "").startswith("t")
    }
    found = {}
    for conversation in dissect(path):
        assert conversation.tls is not None
        hello = conversation.tls.handshakes[0].client_hello
        if hello is not None:
            found[f"{conversation.client.address}:{conversation.client.port}"] = (ja4(hello), ja4_raw(hello))
    assert found == expected


def hello(*protocols: bytes) -> Message:
    suites = (CipherSuite.of(0x0A0A), CipherSuite.TLS_AES_128_GCM_SHA256)
    extensions: tuple[Extension, ...] = ()
    if protocols:
        kind = ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION
        extensions = (extension(kind, ProtocolNameList(protocols)),)
    body = ClientHello(Version.TLS12, bytes(32), b"", suites, b"\0", extensions)
    return Message("client", 0.0, 1, 0, "plaintext", body.frame(), Handshake())


def test_grease_counts_in_neither() -> None:
    assert ja3_full(hello()) == "771,4865,,,"
    assert ja4(hello()).startswith("t12i010000_")


@pytest.mark.parametrize(
    ("protocol", "characters"),
    [(b"h2", "h2"), (b"http/1.1", "h1"), (b"\xab\xcd", "ad"), (b"0\xab", "3b"), (b"x", "xx")],
)
def test_the_protocol_is_told_by_its_first_and_last_character(protocol: bytes, characters: str) -> None:
    assert ja4(hello(protocol)).split("_")[0].endswith(characters)


def test_a_hello_without_extensions_has_zeros_for_them() -> None:
    assert ja4(hello()).endswith("_" + "0" * 12)
    assert len(ja3(hello())) == 32
