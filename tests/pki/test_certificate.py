"""Certificates read from their DER: what pyca reads is read alike, and what it refuses is read too."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import DecodeError, TlsError
from dojang.pki.authority import Authority
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.extensions import DNS_NAME, READERS, GeneralName
from dojang.pki.store import TrustStore
from tests.pki.forge import Forged, forge, rebuilt, resigned, root

ROOT = root()


def same_as_pyca(parsed: ParsedCertificate) -> None:
    pyca = parsed.pyca()
    assert parsed.tbs == pyca.tbs_certificate_bytes
    assert parsed.signature == pyca.signature
    assert parsed.serial <= 0 or parsed.serial == pyca.serial_number
    assert parsed.not_before == pyca.not_valid_before_utc.timestamp()
    assert parsed.not_after == pyca.not_valid_after_utc.timestamp()
    assert parsed.subject == pyca.subject.public_bytes()
    assert parsed.issuer == pyca.issuer.public_bytes()
    assert list(parsed.extensions) == [extension.oid.dotted_string for extension in pyca.extensions]
    assert [each.critical for each in parsed.extensions.values()] == [each.critical for each in pyca.extensions]


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_the_machines_own_roots_are_read_as_pyca_reads_them() -> None:
    store = TrustStore.system()
    assert len(store) > 10
    for anchor in store.anchors:
        same_as_pyca(parse_certificate(anchor))


def test_extensions_become_values() -> None:
    issued = Authority.create_root(permitted=["test"]).create_intermediate(path_length=2)
    parsed = Forged(issued.certificate.public_bytes(Encoding.DER), issued.key, x509.Name([])).parsed
    same_as_pyca(parsed)
    assert parsed.basic_constraints == (True, 2)
    assert parsed.is_ca
    assert not parsed.is_self_issued
    assert parsed.key_usage == 1 | 1 << 5 | 1 << 6
    authority = parsed.authority_key_identifier
    assert authority is not None
    assert authority.key_identifier
    leaf = forge("a", ROOT, names=["a.test"]).parsed
    assert leaf.names == (GeneralName(DNS_NAME, b"a.test"),)
    assert leaf.extended_key_usage == ("1.3.6.1.5.5.7.3.1",)
    assert leaf.subject_text == "CN=a"
    assert forge(x509.Name([]), ROOT, names=["a.test"]).parsed.subject_text == "a.test"


def test_what_pyca_refuses_is_read() -> None:
    odd = resigned(forge("a", ROOT), ROOT, rebuilt(lambda fields: [b"\xa0\x03\x02\x01\x07", *fields[1:]]))
    assert odd.parsed.version == 8
    with pytest.raises(TlsError, match="pyca"):
        odd.parsed.pyca()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        ROOT.der[:-1],
        ROOT.der + b"\0",
        resigned(ROOT, ROOT, rebuilt(lambda fields: fields[:-2])).der,
        resigned(ROOT, ROOT, rebuilt(lambda fields: [*fields, b"\x05\x00"])).der,
        resigned(ROOT, ROOT, rebuilt(lambda fields: [*fields[:4], b"\x30\x00", *fields[5:]])).der,
    ],
)
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_certificate(data)


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        ("2.5.29.14", "0500"),
        ("2.5.29.15", "030204"),
        ("2.5.29.17", "3000"),
        ("2.5.29.17", "3003820180"),
        ("2.5.29.17", "30028905"),
        ("2.5.29.19", "30050101ff0500"),
        ("2.5.29.19", "3003020180"),
        ("2.5.29.30", "3002a200"),
        ("2.5.29.30", "3008a0063004820161ff"),
        ("2.5.29.32", "3000"),
        ("2.5.29.32", "300c30040602290130040602290100"),
        ("2.5.29.33", "3000"),
        ("2.5.29.35", "30028500"),
        ("2.5.29.36", "3000"),
        ("2.5.29.36", "3003800180"),
        ("2.5.29.37", "3002" + "0500"),
        ("2.5.29.54", "0201ff"),
        ("1.3.6.1.5.5.7.1.1", "3000"),
    ],
)
def test_extensions_of_another_form(oid: str, value: str) -> None:
    with pytest.raises(DecodeError):
        READERS[oid](bytes.fromhex(value))
