"""Signing requests: made, read, and believed only with proof of possession."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import ApiMisuse
from dojang.pki.csr import alternative_names, check_csr, create_csr, load_csr, requested_names
from dojang.pki.keys import ALGORITHMS, InputError, create_key, dump_private_key
from tests.pki.forge import KEY


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if not name.startswith("rsa")])
def test_requests_of_every_key(algorithm: str) -> None:
    csr = create_csr(create_key(algorithm), ["a.test"])
    check_csr(csr)
    check_csr(load_csr(csr.public_bytes(Encoding.DER)))
    assert [name.value for name in requested_names(load_csr(csr.public_bytes(Encoding.PEM)))] == ["a.test"]


def test_names_take_the_form_their_text_shows() -> None:
    names = ["a.test", "*.b.test", "10.0.0.1", "::1", "https://a.test/x", "urn:uuid:1", "user@a.test", "a.test"]
    kinds = [type(name) for name in alternative_names(names)]
    address, uri = x509.IPAddress, x509.UniformResourceIdentifier
    assert kinds == [x509.DNSName, x509.DNSName, address, address, uri, uri, x509.RFC822Name]


@pytest.mark.parametrize("name", ["a_b.test", "*.10.0.0.1", "10.0.0.0/8", "no name", "", "a..b"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ApiMisuse):
        create_csr(KEY, [name])


def test_the_subject_is_empty_unless_asked_for() -> None:
    assert not list(create_csr(KEY, ["a.test"]).subject)
    assert create_csr(KEY, [], "이름").subject.rfc4514_string() == "CN=이름"
    with pytest.raises(ApiMisuse):
        create_csr(KEY, [], "x" * 65)


def test_a_request_for_another_key_is_refused() -> None:
    data = bytearray(create_csr(KEY, ["a.test"]).public_bytes(Encoding.DER))
    at = data.rindex(b"a.test")
    data[at] = ord("b")
    with pytest.raises(InputError, match="not signed with its own key"):
        check_csr(load_csr(bytes(data)))


def test_unreadable_requests() -> None:
    with pytest.raises(InputError, match="no certificate signing request"):
        load_csr(dump_private_key(KEY))
    with pytest.raises(InputError, match="can't be read"):
        load_csr(b"\x30\x00")
    text = b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n"
    with pytest.raises(InputError) as caught:
        load_csr(b"\n" + text, source="x.csr")
    assert (caught.value.file, caught.value.line) == ("x.csr", 2)
