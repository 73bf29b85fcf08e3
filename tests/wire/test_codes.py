"""Registries as open integers: what nobody registered survives, GREASE is known for what it is, labels are IANA's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from dojang.wire import codes
from dojang.wire.codes import (
    Alert,
    CipherSuite,
    ExtensionType,
    HandshakeType,
    NamedGroup,
    OpenCode,
    PskKeyExchangeMode,
    SignatureScheme,
    Version,
)

REGISTRIES = [kind for kind in vars(codes).values() if isinstance(kind, type) and issubclass(kind, OpenCode)]
REGISTRIES.remove(OpenCode)
EACH = pytest.mark.parametrize("kind", REGISTRIES, ids=lambda kind: kind.__name__)
GREASE = [0x0A0A + 0x1010 * n for n in range(16)]


def test_there_are_registries() -> None:
    assert len(REGISTRIES) > 12


@EACH
def test_every_value_is_a_code(kind: type[OpenCode]) -> None:
    values = range(256) if kind.wire_size == 1 else range(0, 65536, 7)
    for value in values:
        code = kind(value)
        assert isinstance(code, kind)
        assert code == value == int(code)
        assert hash(code) == hash(value)
        assert kind.of(value) == code
        assert code.label
        assert code.is_registered == (value in [int(member) for member in kind])


@EACH
@pytest.mark.parametrize("value", [-1, 2**24, "text", None, 1.5])
def test_what_is_no_code(kind: type[OpenCode], value: Any) -> None:
    with pytest.raises(ValueError):
        kind(value)


@EACH
def test_one_too_large(kind: type[OpenCode]) -> None:
    with pytest.raises(ValueError):
        kind(256**kind.wire_size)


def test_unknown_codes_are_equal_by_value() -> None:
    one, other = NamedGroup(0x4242), NamedGroup(0x4242)
    assert one == other
    assert one.name == one.label.upper().replace("0X", "0x") == "0x4242"
    assert len({one, other}) == 1
    assert one.label == "0x4242"
    assert NamedGroup(29) is NamedGroup.X25519
    assert pickle.loads(pickle.dumps(NamedGroup.X25519)) is NamedGroup.X25519
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize("kind", [CipherSuite, NamedGroup, ExtensionType, SignatureScheme, Version])
def test_grease(kind: type[OpenCode]) -> None:
    for value in GREASE:
        code = kind(value)
        assert code.is_grease
        assert not code.is_registered
        assert code.label == f"GREASE (0x{value:04X})"
        assert kind(value) == code
    assert not any(kind(value).is_grease for value in (0x0A1A, 0x0B0B, 0x1A0A, 0x0A0B, 0))
    assert not any(member.is_grease for member in kind)


def test_grease_of_psk_modes() -> None:
    """RFC 8701 section 2."""
    found = [value for value in range(256) if PskKeyExchangeMode(value).is_grease]
    assert found == [0x0B, 0x2A, 0x49, 0x68, 0x87, 0xA6, 0xC5, 0xE4]


@pytest.mark.parametrize(
    ("code", "label"),
    [
        (NamedGroup.X25519, "x25519"),
        (NamedGroup.X25519MLKEM768, "X25519MLKEM768"),
        (NamedGroup.SECP256R1MLKEM768, "SecP256r1MLKEM768"),
        (Version.TLS13, "TLS 1.3"),
        (Version(0x7F1C), "TLS 1.3 draft 28"),
        (Version(0x0305), "0x0305"),
        (CipherSuite.TLS_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256"),
        (Alert.HANDSHAKE_FAILURE, "handshake_failure"),
        (HandshakeType.CLIENT_HELLO, "client_hello"),
        (SignatureScheme.RSA_PSS_RSAE_SHA256, "rsa_pss_rsae_sha256"),
    ],
)
def test_labels(code: OpenCode, label: str) -> None:
    assert code.label == label


@EACH
def test_labels_differ(kind: type[OpenCode]) -> None:
    labels = [member.label for member in kind]
    assert len(labels) == len(set(labels))
