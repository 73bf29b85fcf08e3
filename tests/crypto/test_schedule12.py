"""TLS 1.2's pseudorandom function and what is derived with it."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from dojang.crypto.prf import prf
from dojang.crypto.schedule12 import export12, extended_master_secret, finished12, key_block, master_secret

RANDOMS = bytes(range(32)), bytes(range(32, 64))


@pytest.mark.parametrize("name", ["sha256", "sha384"])
@pytest.mark.parametrize("length", [1, 12, 32, 48, 49, 100, 200])
def test_prf_by_the_letter(name: str, length: int) -> None:
    """RFC 5246 section 5: A(0) = seed, A(i) = HMAC(A(i-1)), output HMAC(A(i) + seed)."""
    secret, label, seed = b"secret", b"label", b"seed"
    chain, output = [label + seed], b""
    while len(output) < length:
        chain.append(hmac.new(secret, chain[-1], name).digest())
        output += hmac.new(secret, chain[-1] + label + seed, name).digest()
    assert prf(secret, label, seed, length, name) == output[:length]


def test_master_secrets() -> None:
    pre_master = bytes(48)
    plain = master_secret(pre_master, *RANDOMS, "sha256")
    extended = extended_master_secret(pre_master, hashlib.sha256(b"handshake").digest(), "sha256")
    assert len(plain) == len(extended) == 48
    assert plain == prf(pre_master, b"master secret", RANDOMS[0] + RANDOMS[1], 48, "sha256")
    assert extended == prf(pre_master, b"extended master secret", hashlib.sha256(b"handshake").digest(), 48, "sha256")


@pytest.mark.parametrize("sizes", [(16, 4), (32, 4), (32, 12)])
def test_key_block(sizes: tuple[int, int]) -> None:
    """RFC 5246 section 6.3: client key, server key, client IV, server IV; and the randoms the other way round."""
    block = key_block(bytes(48), *RANDOMS, sizes, "sha256")
    joined = block.client.key + block.server.key + block.client.iv + block.server.iv
    assert joined == prf(bytes(48), b"key expansion", RANDOMS[1] + RANDOMS[0], 2 * sum(sizes), "sha256")
    assert [len(part) for part in (*block.client, *block.server)] == [*sizes, *sizes]


def test_finished() -> None:
    digest = hashlib.sha256().digest()
    both = {finished12(bytes(48), sender, digest, "sha256") for sender in ("client", "server")}
    assert len(both) == 2
    assert prf(bytes(48), b"client finished", digest, 12, "sha256") in both


def test_no_context_is_not_an_empty_one() -> None:
    """RFC 5705 section 4."""
    without = export12(bytes(48), "EXPORTER-x", RANDOMS, None, 32, "sha256")
    empty = export12(bytes(48), "EXPORTER-x", RANDOMS, b"", 32, "sha256")
    assert without != empty
    assert without == prf(bytes(48), b"EXPORTER-x", RANDOMS[0] + RANDOMS[1], 32, "sha256")
    assert empty == prf(bytes(48), b"EXPORTER-x", RANDOMS[0] + RANDOMS[1] + b"\0\0", 32, "sha256")
