"""A certificate described, and chains drawn; names from its maker stay harmless."""

from __future__ import annotations

import io

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.cli.certificates import describe, draw_authority, draw_chain, short_name
from dojang.cli.language import Language
from dojang.cli.terminal import Screen
from dojang.errors import TlsError
from dojang.pki.authority import Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create_root("Evil \x1b[31m Root").create_intermediate("Middle")


def der(authority: Authority) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in authority.chain]


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("ecdsa-p256", "ECDSA P-256"),
        ("ecdsa-p384", "ECDSA P-384"),
        ("rsa-2048", "RSA 2048"),
        ("ed25519", "Ed25519"),
        ("ed448", "Ed448"),
        ("ml-dsa-65", "ML-DSA-65"),
    ],
)
def test_keys_by_their_usual_names(authority: Authority, algorithm: str, key: str) -> None:
    issued = authority.issue(["a.test"], algorithm=algorithm)
    assert describe(issued.certificate.public_bytes(Encoding.DER)).key == key


def test_names_and_addresses(authority: Authority) -> None:
    issued = authority.issue(["a.test", "*.a.test", "127.0.0.1", "::1"])
    described = describe(issued.certificate.public_bytes(Encoding.DER))
    assert described.names == ("a.test", "*.a.test", "127.0.0.1", "::1")
    assert (described.name, described.is_ca) == ("a.test", False)
    assert described.to_json()["sha256"] == described.sha256


def test_what_is_no_certificate() -> None:
    assert short_name(b"nonsense") == "?"
    with pytest.raises(TlsError):
        describe(b"nonsense")


def test_a_name_can_t_steer_the_terminal(authority: Authority) -> None:
    out = io.StringIO()
    screen = Screen(out, Language.EN)
    draw_chain(screen, der(authority), trusted_root=True)
    draw_authority(screen, der(authority)[::-1])
    assert "\x1b" not in out.getvalue()


def test_a_chain_leans_on_its_root(authority: Authority) -> None:
    issued = authority.issue(["a.test"])
    chain = [issued.certificate.public_bytes(Encoding.DER), *der(authority)]
    out = io.StringIO()
    draw_chain(Screen(out, Language.KO), chain, trusted_root=True)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("  a.test")
    assert [line.index("└") for line in lines if "└" in line] == [2, 5]
    assert "이미 믿고 있는" in [line for line in lines if "└" in line][-1]


def test_a_root_that_is_not_trusted_is_not_called_so(authority: Authority) -> None:
    out = io.StringIO()
    draw_chain(Screen(out, Language.KO), der(authority), trusted_root=False)
    assert "이미 믿고 있는" not in out.getvalue()
