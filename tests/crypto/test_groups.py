"""Key exchange groups: both sides agree, shares have their sizes, primes are RFC 7919's, hybrids join in order."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x448

from dojang.crypto.groups import (
    GROUPS,
    CurveShare,
    FiniteFieldShare,
    HybridShare,
    X448Share,
    X25519Share,
    ffdhe_prime,
)
from dojang.wire.codes import NamedGroup

# pyca announces the end of finite fields; the tests' own filter would make an error of that.
pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")

G = NamedGroup
SIZES = {
    G.X25519: (32, 32),
    G.X448: (56, 56),
    G.SECP256R1: (65, 65),
    G.SECP384R1: (97, 97),
    G.SECP521R1: (133, 133),
    G.FFDHE2048: (256, 256),
    G.FFDHE3072: (384, 384),
    G.FFDHE4096: (512, 512),
    G.FFDHE6144: (768, 768),
    G.FFDHE8192: (1024, 1024),
    G.X25519MLKEM768: (1216, 1120),
    G.SECP256R1MLKEM768: (1249, 1153),
    G.SECP384R1MLKEM1024: (1665, 1665),
}


def test_every_group_is_here() -> None:
    assert set(SIZES) == set(GROUPS)


@pytest.mark.parametrize("group", list(GROUPS), ids=lambda group: group.label)
def test_both_sides_agree(group: NamedGroup) -> None:
    row = GROUPS[group]
    share = row.start()
    answer, secret = row.answer(share.public)
    assert (len(share.public), len(answer)) == (row.share_size, row.answer_size) == SIZES[group]
    assert share.agree(answer) == secret
    assert row.answer(share.public)[1] != secret
    assert row.start().public != share.public


@pytest.mark.parametrize("group", list(GROUPS), ids=lambda group: group.label)
@pytest.mark.parametrize("wrong", [b"", b"\0", b"\4"])
def test_what_is_no_share(group: NamedGroup, wrong: bytes) -> None:
    with pytest.raises(ValueError):
        GROUPS[group].answer(wrong)
    with pytest.raises(ValueError):
        GROUPS[group].start().agree(wrong)


# RFC 7919 appendix A: the primes end in these 64 bits before the last 64, which are all ones.
@pytest.mark.parametrize(
    ("bits", "tail"),
    [
        (2048, "886b423861285c97"),
        (3072, "25e41d2b66c62e37"),
        (4096, "c68a007e5e655f6a"),
        (6144, "a40e329cd0e40e65"),
        (8192, "d68c8bb7c5c6424c"),
    ],
)
def test_the_primes_are_those_of_rfc_7919(bits: int, tail: str) -> None:
    prime = ffdhe_prime(bits)
    assert prime.bit_length() == bits
    text = f"{prime:x}"
    assert text.startswith("f" * 16 + "adf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fb")
    assert text.endswith(tail + "f" * 16)


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_the_primes_are_safe(bits: int) -> None:
    prime = ffdhe_prime(bits)
    assert probably_prime(prime)
    assert probably_prime(prime // 2)
    assert pow(2, prime // 2, prime) == 1  # 2 generates the subgroup of prime order


def probably_prime(n: int) -> bool:
    """Miller and Rabin's test to a few bases."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5):
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def test_the_secret_of_a_finite_field_keeps_its_zeros() -> None:
    """RFC 9846 section 7.4.1: padded to the prime's size."""
    prime = ffdhe_prime(2048)
    share = FiniteFieldShare(prime)
    numbers = share.private.private_numbers()
    answer = 4
    assert share.agree(answer.to_bytes(256, "big")) == pow(answer, numbers.x, prime).to_bytes(256, "big")


@pytest.mark.parametrize("point", [bytes(32), b"\1" + bytes(31)])
def test_small_order_points(point: bytes) -> None:
    with pytest.raises(ValueError):
        X25519Share().agree(point)
    with pytest.raises(ValueError):
        X448Share(x448.X448PrivateKey.generate()).agree(point + bytes(24))


def test_compressed_points_are_refused() -> None:
    share = CurveShare(ec.SECP256R1())
    with pytest.raises(ValueError, match="uncompressed"):
        share.agree(b"\2" + share.public[1:33])


def test_order_of_the_hybrids_parts() -> None:
    """RFC 10024: ML-KEM first with x25519, the curve first with the NIST curves; the same for shares and secrets."""
    share = GROUPS[G.X25519MLKEM768].start()
    assert isinstance(share, HybridShare)
    assert share.public[:1184] == share.kem.public_key().public_bytes_raw()
    assert share.public[1184:] == share.curve.public
    secret, ciphertext = share.kem.public_key().encapsulate()
    other = X25519Share()
    assert share.agree(ciphertext + other.public) == secret + other.agree(share.curve.public)

    share = GROUPS[G.SECP256R1MLKEM768].start()
    assert isinstance(share, HybridShare)
    assert share.public[:65] == share.curve.public
    assert share.public[65:] == share.kem.public_key().public_bytes_raw()
    secret, ciphertext = share.kem.public_key().encapsulate()
    point = CurveShare(ec.SECP256R1())
    assert share.agree(point.public + ciphertext) == point.agree(share.curve.public) + secret


def test_a_damaged_ciphertext_gives_another_secret() -> None:
    """ML-KEM refuses implicitly: the Finished will not match."""
    share = GROUPS[G.X25519MLKEM768].start()
    answer, secret = GROUPS[G.X25519MLKEM768].answer(share.public)
    assert share.agree(bytes([answer[0] ^ 1]) + answer[1:]) != secret
