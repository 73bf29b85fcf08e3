"""The same random chains put to dojang, to OpenSSL and to pyca: where they differ, a clause says who is right."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from dojang.pki.keys import create_key, dump_certificates
from dojang.pki.profiles import COMPAT, PYTHON_STRICT, STANDARD, WEBPKI, Profile
from dojang.pki.report import Report
from dojang.pki.verify import verify
from tests.pki.forge import NOW, extension, forge, name, usage
from tests.pki.others import go_lines

ROUNDS = int(os.environ.get("DOJANG_CROSS_ROUNDS", "120"))
SEED = int(os.environ.get("DOJANG_FUZZ_SEED", "20261121"))
DAY = dt.timedelta(days=1)
KEYS = [create_key() for _ in range(3)]
SMALL = rsa.generate_private_key(65537, 1024)

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
NC = x509.NameConstraints

Options = dict[str, Any]

CA_OPTIONS: list[Options] = [
    {"path_length": 0},
    {"ca": False},
    {"end": NOW - DAY},
    {"begin": NOW + DAY},
    {"purposes": [SERVER]},
    {"purposes": [CLIENT]},
    {"without": [x509.SubjectKeyIdentifier]},
    {"without": [x509.AuthorityKeyIdentifier]},
    {"without": [x509.KeyUsage]},
    {"without": [x509.BasicConstraints]},
    {"extra": [(usage("crl_sign"), True)]},
    {"extra": [(NC([x509.DNSName("test")], None), True)]},
    {"extra": [(NC([x509.DNSName("example.com")], None), True)]},
    {"extra": [(NC(None, [x509.DNSName("a.test")]), True)]},
    {"extra": [(NC([x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))], None), True)]},
    {"extra": [(NC([x509.DirectoryName(name("other"))], None), True)]},
    {"extra": [extension("1.2.3.4", b"\x05\x00", critical=True)]},
    {"extra": [extension("1.2.3.4", b"\x05\x00")]},
    {"names": ["ca.test"]},
]

LEAF_OPTIONS: list[Options] = [
    {"names": ["b.test"]},
    {"names": ["*.test"]},
    {"names": []},
    {"names": ["a.test", "b.test", "10.0.0.1"]},
    {"names": ["A.TEST"]},
    {"purposes": [CLIENT]},
    {"purposes": [SERVER, CLIENT]},
    {"purposes": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]},
    {"without": [x509.ExtendedKeyUsage]},
    {"without": [x509.KeyUsage]},
    {"without": [x509.BasicConstraints]},
    {"without": [x509.AuthorityKeyIdentifier]},
    {"without": [x509.SubjectKeyIdentifier]},
    {"extra": [(usage("key_cert_sign"), True)]},
    {"extra": [(usage("key_encipherment"), True)]},
    {"extra": [extension("1.2.3.4", b"\x05\x00", critical=True)]},
    {"end": NOW - DAY},
    {"begin": NOW + DAY},
    {"key": SMALL},
    {"signer": KEYS[2]},
]


class Chain:
    """A root, up to two intermediates and a leaf, each perhaps with one fault."""

    def __init__(self, source: random.Random) -> None:
        def fault(options: list[Options]) -> Options:
            return source.choice(options) if source.random() < 0.3 else {}

        self.faults = [fault(CA_OPTIONS) for _ in range(source.randint(1, 3))]
        above = [forge("ca 0", **{"ca": True, "key": KEYS[0], **self.faults[0]})]
        for at, options in enumerate(self.faults[1:], 1):
            above.append(forge(f"ca {at}", above[-1], **{"ca": True, "key": KEYS[1], **options}))
        self.faults.append(fault(LEAF_OPTIONS))
        self.leaf = forge("a.test", above[-1], **{"names": ["a.test"], **self.faults[-1]})
        self.root, self.sent = above[0], above[1:]

    def judge(self, profile: Profile) -> Report:
        chain = [self.leaf.der, *(each.der for each in self.sent)]
        return verify(chain, self.root.store, name="a.test", at=NOW, profile=profile)


def chains() -> Iterator[Chain]:
    source = random.Random(SEED)
    return (Chain(source) for _ in range(ROUNDS))


def openssl_accepts(chain: Chain, folder: Path, *flags: str) -> tuple[bool, str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    (folder / "root.pem").write_bytes(dump_certificates(chain.root.pyca))
    (folder / "sent.pem").write_bytes(dump_certificates(*(each.pyca for each in chain.sent)))
    (folder / "leaf.pem").write_bytes(dump_certificates(chain.leaf.pyca))
    command = [openssl, "verify", "-attime", str(int(NOW.timestamp())), "-purpose", "sslserver"]
    command += ["-verify_hostname", "a.test", "-CAfile", "root.pem", *flags]
    command += ["-untrusted", "sent.pem"] if chain.sent else []
    result = subprocess.run([*command, "leaf.pem"], check=False, cwd=folder, capture_output=True, text=True, timeout=30)
    return result.returncode == 0, result.stderr


def pyca_accepts(chain: Chain) -> bool:
    builder = PolicyBuilder().store(Store([chain.root.pyca])).time(NOW.replace(tzinfo=None))
    try:
        builder.build_server_verifier(x509.DNSName("a.test")).verify(
            chain.leaf.pyca, [each.pyca for each in chain.sent]
        )
    except VerificationError:
        return False
    return True


def go_accepts(chains: list[Chain]) -> list[str]:
    rows = [(chain.root.pyca, chain.leaf.pyca, *(each.pyca for each in chain.sent)) for chain in chains]
    return go_lines(rows, "a.test", NOW)


# What dojang refuses and the other accepts, and by which clause.
STRICTER = {
    "openssl": {
        "not-a-ca": "RFC 5280 section 6.1.4 (k): without basicConstraints nobody is an authority",
        "no-names": "RFC 9525 section 2: OpenSSL still takes the common name where there is no alternative one",
        "weak-key": "CPython's ssl refuses short keys by OpenSSL's security level, which `openssl verify` does not set",
    },
    "pyca": {
        "subject-key-missing": "RFC 5280 section 4.2.1.2: it MUST be in every authority's certificate",
        "authority-key-missing": "RFC 5280 section 4.2.1.1: intermediates MUST have it; pyca asks the leaf only",
        "name-mismatch": "a wildcard stands before two labels at least: `*.test` would span a registry",
        "weak-key": "CA/B BR section 6.1.5 holds for subscribers as well",
        "key-usage": "RFC 9846 section 4.5.2.2: digitalSignature MUST be set",
        "purpose-missing": "CA/B BR section 7.1.2.7.6: it MUST be present",
        "purpose-in-root": "CA/B BR section 7.1.2.1.2: it MUST NOT be present",
    },
}


STRICTER["go"] = {
    "weak-key": "CA/B BR section 6.1.5: Go refuses keys below 1024 bits only",
    "key-usage": "RFC 9846 section 4.5.2.2: digitalSignature MUST be set; Go leaves it to the handshake",
    "name-mismatch": "a wildcard stands before two labels at least: `*.test` would span a registry",
}


def explained(report: Report, other: str, accepts: bool) -> bool:
    """Agreement, or refused here alone for reasons that a clause backs; accepted here alone is never in order."""
    if report.ok == accepts:
        return True
    return accepts and all(failure.code in STRICTER[other] for failure in report.failures)


@pytest.mark.parametrize(
    ("profile", "flags"),
    [(COMPAT, ()), (PYTHON_STRICT, ("-x509_strict", "-partial_chain"))],
    ids=["compat", "python-strict"],
)
def test_openssl_differs_only_where_a_clause_says_so(profile: Profile, flags: tuple[str, ...], tmp_path: Path) -> None:
    for chain in chains():
        report = chain.judge(profile)
        accepts, said = openssl_accepts(chain, tmp_path, *flags)
        assert explained(report, "openssl", accepts), (chain.faults, said, [str(each) for each in report.failures])


def test_pyca_differs_only_where_a_clause_says_so() -> None:
    for chain in chains():
        report = chain.judge(WEBPKI)
        accepts = pyca_accepts(chain)
        assert explained(report, "pyca", accepts), (chain.faults, [str(each) for each in report.failures])


def test_go_differs_only_where_a_clause_says_so() -> None:
    tried = list(chains())
    for chain, said in zip(tried, go_accepts(tried), strict=True):
        report = chain.judge(STANDARD)
        assert explained(report, "go", said == "ok"), (chain.faults, said, [str(each) for each in report.failures])
