"""HKDF and the key schedule against RFC 5869, RFC 8448 and a second reading of RFC 9846 section 7."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from dojang.crypto.hkdf import expand_label, extract
from dojang.crypto.keylog import keylog_line
from dojang.crypto.schedule13 import (
    derive_secret,
    early_secret,
    export,
    finished_mac,
    handshake_secret,
    main_secret,
    next_traffic_secret,
    traffic_keys,
)
from tests.vectors import RFC8448_TRACES, rfc8448

Trace = dict[str, Any]


@pytest.fixture(params=RFC8448_TRACES)
def trace(request: pytest.FixtureRequest) -> Trace:
    return rfc8448(request.param)


def test_extract_of_rfc_5869() -> None:
    """Appendix A.1."""
    secret = extract(bytes(range(13)), b"\x0b" * 22, "sha256")
    assert secret.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"


@pytest.mark.parametrize("name", ["sha256", "sha384"])
@pytest.mark.parametrize("length", [1, 12, 16, 32, 48, 49, 64, 100, 255])
def test_expand_label_agrees_with_pyca(name: str, length: int) -> None:
    secret, context = bytes(range(48)), b"context"
    label = b"tls13 test"
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    algorithm = hashes.SHA256() if name == "sha256" else hashes.SHA384()
    expected = HKDFExpand(algorithm, length, info).derive(secret)
    assert expand_label(secret, "test", context, length, name) == expected


def test_expansions_of_the_traces(trace: Trace) -> None:
    """Every Derive-Secret and every key that RFC 8448 prints."""
    for step in (s for s in trace["steps"] if "expanded" in s):
        label = step["action"].split('"')[1].removeprefix("tls13 ")
        context = b"" if label == "finished" else bytes.fromhex(step["hash"])
        assert expand_label(bytes.fromhex(step["prk"]), label, context, 32, "sha256").hex() == step["expanded"]
    for step in (s for s in trace["steps"] if "key_info" in s):
        keys = traffic_keys(bytes.fromhex(step["prk"]), 16, "sha256")
        assert (keys.key.hex(), keys.iv.hex()) == (step["key"], step["iv"])


def test_schedule_of_the_traces(trace: Trace) -> None:
    secrets = {name: bytes.fromhex(value) for name, value in trace["secrets"].items()}
    hashes_at = {name: bytes.fromhex(value) for name, value in trace["transcript_hashes"].items()}
    psk = bytes.fromhex(trace["psk"]["secret"]) if trace["psk"] else None
    early = early_secret(psk, "sha256")
    assert early == secrets["early"]
    handshake = handshake_secret(early, secrets["ecdhe"], "sha256")
    assert handshake == secrets["handshake"]
    main = main_secret(handshake, "sha256")
    assert main == secrets["main"]
    for secret, label, at, name in (
        (handshake, "c hs traffic", "server_hello", "client_handshake_traffic"),
        (handshake, "s hs traffic", "server_hello", "server_handshake_traffic"),
        (main, "c ap traffic", "server_finished", "client_application_traffic"),
        (main, "s ap traffic", "server_finished", "server_application_traffic"),
        (main, "exp master", "server_finished", "exporter"),
        (main, "res master", "client_finished", "resumption"),
    ):
        assert derive_secret(secret, label, hashes_at[at], "sha256") == secrets[name], name
    for finished in trace["finished"].values():
        mac = finished_mac(bytes.fromhex(finished["base_key"]), bytes.fromhex(finished["transcript_hash"]), "sha256")
        assert mac.hex() == finished["verify_data"]


@pytest.mark.parametrize("name", ["sha256", "sha384"])
def test_a_psk_of_zeros_is_no_psk(name: str) -> None:
    size = hashlib.new(name).digest_size
    assert early_secret(None, name) == early_secret(bytes(size), name) != early_secret(b"\1" * size, name)
    assert handshake_secret(early_secret(None, name), None, name) == handshake_secret(
        early_secret(bytes(size), name), bytes(size), name
    )


@pytest.mark.parametrize("name", ["sha256", "sha384"])
def test_update_and_exporter_by_the_letter(name: str) -> None:
    size = hashlib.new(name).digest_size
    secret = bytes(range(size))
    assert next_traffic_secret(secret, name) == by_the_letter(secret, b"traffic upd", b"", size, name)
    label_secret = by_the_letter(secret, b"EXPORTER-x", hashlib.new(name).digest(), size, name)
    expected = by_the_letter(label_secret, b"exporter", hashlib.new(name, b"context").digest(), 20, name)
    assert export(secret, "EXPORTER-x", b"context", 20, name) == expected


def by_the_letter(secret: bytes, label: bytes, context: bytes, length: int, name: str) -> bytes:
    """HKDF-Expand-Label for at most one block."""
    info = length.to_bytes(2, "big") + bytes([6 + len(label)]) + b"tls13 " + label + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\1", name)[:length]


def test_key_log_line() -> None:
    assert keylog_line("CLIENT_TRAFFIC_SECRET_0", b"\1\2", b"\xab") == "CLIENT_TRAFFIC_SECRET_0 0102 ab"
