"""Names per RFC 9525: what a client asks for, and which names in a certificate answer."""

from __future__ import annotations

import ipaddress

import pytest

from dojang.errors import ApiMisuse
from dojang.pki.dn import COMMON_NAME, attributes, name_text, normal_name
from dojang.pki.extensions import DIRECTORY_NAME, DNS_NAME, EMAIL, IP_ADDRESS, OTHER_NAME, GeneralName
from dojang.pki.names import DnsName, IpName, is_dns_name, matches, name_of, shown
from dojang.pki.suffixes import is_public_suffix
from dojang.wire import der


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("도장.test", "xn--hq1b009a.test"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("foo_bar.example", "foo_bar.example"),
        ("localhost", "localhost"),
    ],
)
def test_hosts(text: str, value: str) -> None:
    assert name_of(text) == DnsName(value)
    assert str(name_of(text)) == value


@pytest.mark.parametrize(
    ("text", "address"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[2001:DB8::1]", "2001:db8::1")]
)
def test_addresses(text: str, address: str) -> None:
    assert name_of(text) == IpName(ipaddress.ip_address(address))
    assert str(name_of(text)) == address


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "-a.test", "a b", "*.example.com", "1.2.3", "1.2.3.4.5", "x" * 64 + ".test", "faß.de"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ApiMisuse):
        name_of(text)


def dns(*names: str) -> list[GeneralName]:
    return [GeneralName(DNS_NAME, name.encode()) for name in names]


@pytest.mark.parametrize(
    ("name", "presented", "expected"),
    [
        ("example.com", "example.com", True),
        ("example.com", "EXAMPLE.com", True),
        ("www.example.com", "*.example.com", True),
        ("xn--n3h.example.com", "*.example.com", True),
        ("example.com", "*.example.com", False),
        ("a.b.example.com", "*.example.com", False),
        ("www.example.com", "w*.example.com", False),
        ("www.example.com", "*w.example.com", False),
        ("www.example.com", "www.*.com", False),
        ("www.example.com", "*.*.com", False),
        ("example.com", "*.com", False),
        ("localhost", "*", False),
        ("example.com", "example.com.", False),
        ("example.com", "example.org", False),
        ("foo.example.com", ".example.com", False),
    ],
)
def test_dns_matching(name: str, presented: str, expected: bool) -> None:
    assert matches(name_of(name), dns(presented)) is expected


def test_an_address_matches_only_an_address() -> None:
    name = name_of("8.8.8.8")
    assert not matches(name, dns("8.8.8.8"))
    assert matches(name, [GeneralName(IP_ADDRESS, bytes([8, 8, 8, 8]))])
    assert not matches(name_of("::8.8.8.8"), [GeneralName(IP_ADDRESS, bytes([8, 8, 8, 8]))])
    assert not matches(name_of("example.com"), [GeneralName(EMAIL, b"example.com")])


def test_wildcards_below_a_public_suffix() -> None:
    assert matches(name_of("a.co.uk"), dns("*.co.uk"))
    assert not matches(name_of("a.co.uk"), dns("*.co.uk"), public_suffixes=True)
    assert matches(name_of("a.example.co.uk"), dns("*.example.co.uk"), public_suffixes=True)
    assert matches(name_of("a.co.uk"), dns("*.co.uk", "a.co.uk"), public_suffixes=True)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("com", True),
        ("co.uk", True),
        ("example.com", False),
        ("x.ck", True),
        ("www.ck", False),
        ("s3.amazonaws.com", True),
    ],
)
def test_public_suffixes(host: str, expected: bool) -> None:
    assert is_public_suffix(host) is expected


def test_is_dns_name() -> None:
    assert is_dns_name("a-b.example")
    assert is_dns_name("3com.com")
    for text in ("", "a_b.example", ".example", "example.", "x" * 64, ".".join(["abcdefgh"] * 29)):
        assert not is_dns_name(text)


def rdn(*pairs: tuple[str, int, bytes]) -> bytes:
    each = [
        der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes(oid)), der.encode(tag, value))
        for oid, tag, value in pairs
    ]
    return der.encode(der.SET, *each)


def test_names_compare_without_case_type_and_spacing() -> None:
    one = der.encode(der.SEQUENCE, rdn((COMMON_NAME, der.PRINTABLE_STRING, b"Test  Root ")))
    two = der.encode(der.SEQUENCE, rdn((COMMON_NAME, der.UTF8_STRING, b"test root")))
    other = der.encode(der.SEQUENCE, rdn((COMMON_NAME, der.UTF8_STRING, b"testroot")))
    assert normal_name(one) == normal_name(two) != normal_name(other)


def test_order_matters_between_rdns_and_not_within_one() -> None:
    cn, o = (COMMON_NAME, der.UTF8_STRING, b"a"), ("2.5.4.10", der.UTF8_STRING, b"b")
    assert normal_name(der.encode(der.SEQUENCE, rdn(cn, o))) == normal_name(der.encode(der.SEQUENCE, rdn(o, cn)))
    assert normal_name(der.encode(der.SEQUENCE, rdn(cn), rdn(o))) != normal_name(
        der.encode(der.SEQUENCE, rdn(o), rdn(cn))
    )


def test_names_for_people_stay_on_one_line() -> None:
    wild = der.encode(der.SEQUENCE, rdn((COMMON_NAME, der.UTF8_STRING, b"a\nb\x1b[31m,c")))
    assert "\n" not in name_text(wild)
    assert "\x1b" not in name_text(wild)
    assert name_text(b"\x30\x00") == ""
    assert attributes(wild) == [(COMMON_NAME, "a\nb\x1b[31m,c")]


def test_general_names_for_people() -> None:
    assert shown(GeneralName(IP_ADDRESS, bytes(15) + b"\x01")) == "::1"
    assert shown(GeneralName(DNS_NAME, b"8.8.8.8")) == "dNSName:8.8.8.8"
    assert shown(GeneralName(OTHER_NAME, b"\x01")) == "otherName:01"
    directory = der.encode(der.SEQUENCE, rdn((COMMON_NAME, der.UTF8_STRING, b"foo")))
    assert shown(GeneralName(DIRECTORY_NAME, directory)) == "CN=foo"
