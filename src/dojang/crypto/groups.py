"""One row per key exchange group: how a client starts, how a server answers (RFC 9846 section 4.3.8, RFC 10024).

A key exchange here has the KEM's shape, which Diffie-Hellman fits as well: the client makes a share, the server answers
it with a share of its own and the secret, the client draws the secret from that answer. A share that is not one raises
ValueError.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dh, ec, mlkem, x448, x25519

from dojang.wire.codes import NamedGroup

__all__ = ["GROUPS", "Group", "Share"]


class Share(Protocol):
    """A client's half of a key exchange."""

    public: bytes

    def agree(self, answer: bytes) -> bytes:
        """The shared secret; ValueError when `answer` is no valid share."""
        ...


class Group(Protocol):
    """A key exchange method. `share_size` is the length of the client's share in bytes, `answer_size` the server's."""

    share_size: int
    answer_size: int

    def start(self) -> Share:
        """A fresh share."""
        ...

    def answer(self, share: bytes) -> tuple[bytes, bytes]:
        """The server's share and the shared secret; ValueError when `share` is no valid one."""
        ...


class DiffieHellmanGroup:
    """A group in which both sides do the same: `make` gives a fresh Share."""

    __slots__ = ("answer_size", "make", "share_size")

    def __init__(self, size: int, make: Callable[[], Share]) -> None:
        self.share_size = self.answer_size = size
        self.make = make

    def start(self) -> Share:
        return self.make()

    def answer(self, share: bytes) -> tuple[bytes, bytes]:
        own = self.make()
        return own.public, own.agree(share)


class X25519Share:
    """RFC 7748; an all-zero secret is refused by pyca (RFC 9846 section 7.4.2)."""

    __slots__ = ("private", "public")

    def __init__(self, private: x25519.X25519PrivateKey | None = None) -> None:
        self.private = private or x25519.X25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()

    def agree(self, answer: bytes) -> bytes:
        return self.private.exchange(x25519.X25519PublicKey.from_public_bytes(answer))


class X448Share:
    """RFC 7748."""

    __slots__ = ("private", "public")

    def __init__(self, private: x448.X448PrivateKey | None = None) -> None:
        self.private = private or x448.X448PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()

    def agree(self, answer: bytes) -> bytes:
        return self.private.exchange(x448.X448PublicKey.from_public_bytes(answer))


class CurveShare:
    """An uncompressed point of a NIST curve, RFC 9846 section 4.3.8.2; pyca checks that it lies on the curve."""

    __slots__ = ("curve", "private", "public")

    def __init__(self, curve: ec.EllipticCurve, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.curve = curve
        self.private = private or ec.generate_private_key(curve)
        self.public = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def agree(self, answer: bytes) -> bytes:
        if answer[:1] != b"\x04":
            raise ValueError("only uncompressed points are allowed")
        peer = ec.EllipticCurvePublicKey.from_encoded_point(self.curve, answer)
        return self.private.exchange(ec.ECDH(), peer)


class FiniteFieldShare:
    """RFC 7919 with the padding of RFC 9846 sections 4.3.8.1 and 7.4.1."""

    __slots__ = ("generator", "prime", "private", "public", "size")

    def __init__(self, prime: int, private: dh.DHPrivateKey | None = None, generator: int = 2) -> None:
        self.prime = prime
        self.generator = generator
        self.size = (prime.bit_length() + 7) // 8
        self.private = private or _dh_parameters(prime, generator).generate_private_key()
        self.public = self.private.public_key().public_numbers().y.to_bytes(self.size, "big")

    @property
    def named_group(self) -> NamedGroup | None:
        """RFC 7919's name of the group, None for a server's own."""
        bits = self.prime.bit_length()
        known = self.generator == 2 and bits in _FFDHE_X and self.prime == ffdhe_prime(bits)
        return NamedGroup[f"FFDHE{bits}"] if known else None

    def agree(self, answer: bytes) -> bytes:
        if len(answer) != self.size:
            raise ValueError(f"a share of {len(answer)} bytes instead of {self.size}")
        y = int.from_bytes(answer, "big")
        if not 1 < y < self.prime - 1:
            raise ValueError("public value outside 1 < Y < p-1")
        peer = dh.DHPublicNumbers(y, dh.DHParameterNumbers(self.prime, self.generator)).public_key()
        return self.private.exchange(peer).rjust(self.size, b"\0")


MlKemPrivate = mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey


class HybridGroup:
    """An ML-KEM beside a curve, RFC 10024: shares and secrets are joined, in an order that each group fixes."""

    __slots__ = ("_curve", "_encapsulation_size", "_generate", "_kem_first", "_kem_public", "answer_size", "share_size")

    def __init__(
        self,
        curve: DiffieHellmanGroup,
        generate: Callable[[], MlKemPrivate],
        kem_public: Callable[[bytes], mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey],
        kem_sizes: tuple[int, int],
        *,
        kem_first: bool,
    ) -> None:
        self._curve = curve
        self._generate = generate
        self._kem_public = kem_public
        self._encapsulation_size, ciphertext_size = kem_sizes
        self._kem_first = kem_first
        self.share_size = self._encapsulation_size + curve.share_size
        self.answer_size = ciphertext_size + curve.answer_size

    def start(self) -> HybridShare:
        return HybridShare(self, self._generate(), self._curve.start())

    def answer(self, share: bytes) -> tuple[bytes, bytes]:
        kem_share, curve_share = self.split(share, self.share_size)
        secret, ciphertext = self._kem_public(kem_share).encapsulate()
        public, agreed = self._curve.answer(curve_share)
        return self.join(ciphertext, public), self.join(secret, agreed)

    def join(self, kem: bytes, curve: bytes) -> bytes:
        """Both parts in the group's order."""
        return kem + curve if self._kem_first else curve + kem

    def split(self, joined: bytes, size: int) -> tuple[bytes, bytes]:
        """The KEM's part and the curve's of a share that must be `size` bytes long."""
        if len(joined) != size:
            raise ValueError(f"a share of {len(joined)} bytes instead of {size}")
        if self._kem_first:
            return joined[: -self._curve.share_size], joined[-self._curve.share_size :]
        return joined[self._curve.share_size :], joined[: self._curve.share_size]


class HybridShare:
    """A decapsulation key and a curve's private key."""

    __slots__ = ("curve", "group", "kem", "public")

    def __init__(self, group: HybridGroup, kem: MlKemPrivate, curve: Share) -> None:
        self.group = group
        self.kem = kem
        self.curve = curve
        self.public = group.join(kem.public_key().public_bytes_raw(), curve.public)

    def agree(self, answer: bytes) -> bytes:
        ciphertext, curve = self.group.split(answer, self.group.answer_size)
        return self.group.join(self.kem.decapsulate(ciphertext), self.curve.agree(curve))


# pyca announces the end of finite fields one day; until then a handshake that chose one must not trip over a warning.
warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields", module=__name__)

# RFC 7919 appendix A: p = 2^b - 2^(b-64) + (floor(2^(b-130) * e) + x) * 2^64 - 1.
_FFDHE_X = {2048: 560316, 3072: 2625351, 4096: 5736041, 6144: 15705020, 8192: 10965728}


@cache
def ffdhe_prime(bits: int) -> int:
    """The prime of RFC 7919's group of that size."""
    return (1 << bits) - (1 << bits - 64) + (_e_shifted(bits - 130) + _FFDHE_X[bits]) * (1 << 64) - 1


def _e_shifted(shift: int) -> int:
    """floor(2^shift * e), from the series 1/n! with 64 guard bits."""
    term = total = 1 << shift + 64
    n = 1
    while term:
        term //= n
        total += term
        n += 1
    return total >> 64


@lru_cache(maxsize=16)
def _dh_parameters(prime: int, generator: int) -> dh.DHParameters:
    return dh.DHParameterNumbers(prime, generator).parameters()


def _curve_group(curve: ec.EllipticCurve) -> DiffieHellmanGroup:
    return DiffieHellmanGroup(1 + 2 * ((curve.key_size + 7) // 8), lambda: CurveShare(curve))


def _ffdhe_group(bits: int) -> DiffieHellmanGroup:
    return DiffieHellmanGroup(bits // 8, lambda: FiniteFieldShare(ffdhe_prime(bits)))


_X25519 = DiffieHellmanGroup(32, X25519Share)
_P256 = _curve_group(ec.SECP256R1())
_P384 = _curve_group(ec.SECP384R1())
_KEM768 = (mlkem.MLKEM768PrivateKey.generate, mlkem.MLKEM768PublicKey.from_public_bytes, (1184, 1088))
_KEM1024 = (mlkem.MLKEM1024PrivateKey.generate, mlkem.MLKEM1024PublicKey.from_public_bytes, (1568, 1568))

GROUPS: dict[NamedGroup, Group] = {
    NamedGroup.X25519MLKEM768: HybridGroup(_X25519, *_KEM768, kem_first=True),
    NamedGroup.SECP256R1MLKEM768: HybridGroup(_P256, *_KEM768, kem_first=False),
    NamedGroup.SECP384R1MLKEM1024: HybridGroup(_P384, *_KEM1024, kem_first=False),
    NamedGroup.X25519: _X25519,
    NamedGroup.SECP256R1: _P256,
    NamedGroup.SECP384R1: _P384,
    NamedGroup.SECP521R1: _curve_group(ec.SECP521R1()),
    NamedGroup.X448: DiffieHellmanGroup(56, X448Share),
    NamedGroup.FFDHE2048: _ffdhe_group(2048),
    NamedGroup.FFDHE3072: _ffdhe_group(3072),
    NamedGroup.FFDHE4096: _ffdhe_group(4096),
    NamedGroup.FFDHE6144: _ffdhe_group(6144),
    NamedGroup.FFDHE8192: _ffdhe_group(8192),
}
