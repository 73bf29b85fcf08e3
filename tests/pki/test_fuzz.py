"""Broken input of every kind ends in a documented error or a value: nothing else, and soon.

DOJANG_FUZZ_ROUNDS sets how many mutants of each kind are tried.
"""

from __future__ import annotations

import contextlib
import os
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from dojang.cli.failures import WrongUsage
from dojang.cli.x509_fields import explained
from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.crl import Crl
from dojang.pki.csr import check_csr, create_csr, load_csr, requested_names
from dojang.pki.extensions import READERS
from dojang.pki.keys import dump_certificates, dump_private_key, load_certificates, load_private_key
from dojang.pki.names import name_of
from dojang.pki.ocsp import OcspResponse, encode_request, ocsp_status, parse_request
from dojang.pki.pem import InputError
from dojang.pki.profiles import PROFILES
from dojang.pki.report import Report
from dojang.pki.revocation import Revocation
from dojang.pki.rule import RULES
from dojang.pki.store import TrustStore
from dojang.pki.verify import verify
from tests.pki.forge import KEY, NOW, forge, root
from tests.pki.responder import response
from tests.pki.test_policies import GOLD, REQUIRED, SILVER, maps, policies
from tests.pki.test_revocation import NUMBER, crl, point

ROUNDS = int(os.environ.get("DOJANG_FUZZ_ROUNDS", "3000"))
SEED = int(os.environ.get("DOJANG_FUZZ_SEED", "20261121"))

ROOT = root(extra=[policies(GOLD), REQUIRED])
MIDDLE = forge("middle", ROOT, ca=True, extra=[policies(GOLD), maps((GOLD, SILVER))])
LEAF = forge("a.test", MIDDLE, names=["a.test", "10.0.0.1", "a@b.test", "https://a.test/"], extra=[policies(SILVER)])
LIST = crl(1, 2, 3, extensions=[NUMBER, point(only_contains_user_certs=True)])
RESPONSE = response(LEAF, MIDDLE, responder=forge("r", MIDDLE, purposes=[ExtendedKeyUsageOID.OCSP_SIGNING]))
CSR = create_csr(KEY, ["a.test", "10.0.0.1"], "a.test")


def mutant(data: bytes, random: random.Random) -> bytes:
    """One to four edits: a flipped bit, another octet, a cut, a repeat, a piece from elsewhere."""
    octets = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(octets) or 1)
        match random.randrange(6):
            case 0 if octets:
                octets[at] ^= 1 << random.randrange(8)
            case 1 if octets:
                octets[at] = random.choice((0, 1, 0x7F, 0x80, 0xFF, 0x30, 0x04, 0x1F))
            case 2:
                del octets[at : at + random.randint(1, 8)]
            case 3:
                octets[at:at] = octets[at : at + random.randint(1, 16)]
            case 4:
                other = random.randrange(len(octets) or 1)
                octets[at : at + 4] = octets[other : other + 4]
            case _:
                octets[at:at] = random.randbytes(random.randint(1, 4))
    return bytes(octets)


def judged(data: bytes) -> None:
    for profile in PROFILES.values():
        report: Report = verify([data, MIDDLE.der], ROOT.store, name="a.test", at=NOW, profile=profile)
        assert all(failure.code in RULES for failure in report.failures)
        assert report.as_json()


def judged_in_the_middle(data: bytes) -> None:
    assert verify([LEAF.der, data], ROOT.store, name="a.test", at=NOW).as_json()


def judged_as_anchor(data: bytes) -> None:
    assert verify([LEAF.der, MIDDLE.der], TrustStore([data]), name="a.test", at=NOW).as_json()


def judged_as_list(data: bytes) -> None:
    report = verify([LEAF.der, MIDDLE.der], ROOT.store, name="a.test", at=NOW, revocation=Revocation((data,)))
    assert report.as_json()


def requested(data: bytes) -> None:
    csr = load_csr(data)
    check_csr(csr)
    requested_names(csr)


def answered(data: bytes) -> None:
    ocsp_status(data, LEAF.parsed, MIDDLE.parsed, int(NOW.timestamp()))
    verify([LEAF.der, MIDDLE.der], ROOT.store, at=NOW, revocation=Revocation(staple=data, handshake=True)).as_json()


def explained_here(kind: str) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        with contextlib.suppress(WrongUsage):
            for field in explained(kind, data):
                assert field.name

    return run


TARGETS: list[tuple[str, bytes, Callable[[bytes], Any]]] = [
    ("certificate", LEAF.der, ParsedCertificate),
    ("leaf", LEAF.der, judged),
    ("intermediate", MIDDLE.der, judged_in_the_middle),
    ("anchor", ROOT.der, judged_as_anchor),
    ("list", LIST, judged_as_list),
    ("crl", LIST, Crl),
    ("ocsp", RESPONSE, OcspResponse),
    ("staple", RESPONSE, answered),
    ("ocsp-request", encode_request(LEAF.parsed, MIDDLE.parsed, b"n" * 16), parse_request),
    ("explain-certificate", LEAF.der, explained_here("certificate")),
    ("explain-list", LIST, explained_here("list")),
    ("explain-response", RESPONSE, explained_here("response")),
    ("explain-request", CSR.public_bytes(Encoding.DER), explained_here("request")),
    ("csr", CSR.public_bytes(Encoding.DER), requested),
    ("pem", dump_certificates(LEAF.pyca, MIDDLE.pyca), load_certificates),
    ("key", dump_private_key(KEY), load_private_key),
    ("bundle", b"text\n" + dump_certificates(ROOT.pyca), TrustStore.from_bytes),
]


@pytest.mark.parametrize(("name", "seed", "target"), TARGETS, ids=[name for name, _, _ in TARGETS])
def test_mutants(name: str, seed: bytes, target: Callable[[bytes], Any]) -> None:
    source = random.Random(f"{SEED} {name}")
    for _ in range(ROUNDS // (6 if name in ("leaf", "csr") else 1)):
        data = mutant(seed, source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pyca's about odd serial numbers
            try:
                target(data)
            except (DecodeError, InputError):
                continue
            except Exception as error:
                pytest.fail(f"{error!r} for {data.hex()}")


@given(st.binary(max_size=64), st.sampled_from(sorted(READERS)))
def test_extensions_of_any_bytes(data: bytes, oid: str) -> None:
    try:
        READERS[oid](data)
    except DecodeError:
        return


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_is_none(text: str) -> None:
    try:
        name = name_of(text)
    except ApiMisuse:
        return
    assert name_of(str(name)) == name
