"""Name constraints, form by form, as RFC 5280 section 4.2.1.10 compares them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest
from cryptography import x509

from dojang.pki.constraints import check_constraint_form, check_name_constraints
from dojang.pki.extensions import DIRECTORY_NAME, DNS_NAME, EMAIL, IP_ADDRESS, URI, GeneralName, NameConstraints
from tests.pki.forge import Forged, forge, name, root

EMAIL_ATTRIBUTE = x509.ObjectIdentifier("1.2.840.113549.1.9.1")


def constrained(permitted: Sequence[x509.GeneralName] = (), excluded: Sequence[x509.GeneralName] = ()) -> Forged:
    limits = x509.NameConstraints(permitted or None, excluded or None)
    return root(extra=[(limits, True)])


def codes(top: Forged, *below: Forged) -> list[str]:
    path = [*(each.parsed for each in below), top.parsed]
    return [fault[0].code for _, fault in check_name_constraints(path)]


def net(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_network(text))


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


DNS, MAIL = x509.DNSName, x509.RFC822Name

CASES: list[tuple[x509.GeneralName, x509.GeneralName, bool]] = [
    (DNS("example.com"), DNS("example.com"), True),
    (DNS("example.com"), DNS("a.b.Example.COM"), True),
    (DNS("example.com"), DNS("notexample.com"), False),
    (DNS("example.com"), DNS("com"), False),
    (DNS("example.com"), DNS("*.example.com"), True),
    (DNS("foo.example.com"), DNS("*.example.com"), False),
    (DNS("foo.com"), DNS("*.foo.com"), True),
    (DNS(".example.com"), DNS("a.example.com"), True),
    (DNS(".example.com"), DNS("example.com"), False),
    (DNS(".example.com"), DNS("*.example.com"), True),
    (DNS("example.com"), DNS(".example.com"), False),
    (DNS(""), DNS("anything.test"), True),
    (net("10.0.0.0/8"), x509.IPAddress(ipaddress.ip_address("10.9.9.9")), True),
    (net("10.0.0.0/8"), x509.IPAddress(ipaddress.ip_address("11.0.0.1")), False),
    (net("2001:db8::/32"), x509.IPAddress(ipaddress.ip_address("2001:db8::1")), True),
    (net("10.0.0.0/8"), x509.IPAddress(ipaddress.ip_address("::ffff:10.0.0.1")), False),
    (net("10.0.0.0/8"), x509.IPAddress(ipaddress.ip_network("10.0.0.0/16")), False),
    (MAIL("a@example.com"), MAIL("a@EXAMPLE.com"), True),
    (MAIL("a@example.com"), MAIL("A@example.com"), False),
    (MAIL("a@example.com"), MAIL("b@example.com"), False),
    (MAIL("example.com"), MAIL("anyone@example.com"), True),
    (MAIL("example.com"), MAIL("anyone@a.example.com"), False),
    (MAIL(".example.com"), MAIL("anyone@a.example.com"), True),
    (MAIL(".example.com"), MAIL("anyone@example.com"), False),
    (uri("example.com"), uri("https://example.com/path"), True),
    (uri("example.com"), uri("https://a.example.com"), False),
    (uri(".example.com"), uri("https://user@a.example.com:8443/"), True),
    (uri(".example.com"), uri("https://example.com"), False),
    (uri("example.com"), uri("https://10.0.0.1/"), False),
    (uri("example.com"), uri("urn:example.com"), False),
    (uri("example.com"), uri("https://[::1"), False),
    (x509.DirectoryName(name("a")), x509.DirectoryName(name("A")), True),
    (x509.DirectoryName(name("a")), x509.DirectoryName(name("b")), False),
]


@pytest.mark.parametrize(("base", "value", "within"), CASES, ids=str)
def test_permitted(base: x509.GeneralName, value: x509.GeneralName, within: bool) -> None:
    end = forge(x509.Name([]), root(), names=[value])
    assert codes(constrained([base]), end) == ([] if within else ["name-not-permitted"])


@pytest.mark.parametrize(
    ("base", "value", "within"),
    [
        *((base, value, within) for base, value, within in CASES if within),
        (DNS("bar.example.com"), DNS("*.example.com"), True),
        (DNS("a.bar.example.com"), DNS("*.example.com"), False),
        (DNS("other.com"), DNS("*.example.com"), False),
        (net("10.0.0.0/8"), x509.IPAddress(ipaddress.ip_network("172.16.0.0/16")), True),
        (uri("example.com"), uri("urn:nothing"), True),
        (MAIL("example.com"), MAIL("a@b_c.example.org"), True),
        (MAIL("example.com"), MAIL("a@example.org"), False),
    ],
    ids=str,
)
def test_excluded_and_what_can_not_be_judged_is(base: x509.GeneralName, value: x509.GeneralName, within: bool) -> None:
    end = forge(x509.Name([]), root(), names=[value])
    assert codes(constrained(excluded=[base]), end) == (["name-excluded"] if within else [])


def test_a_form_that_is_not_constrained_passes() -> None:
    end = forge(x509.Name([]), root(), names=[DNS("a.test")])
    assert codes(constrained([net("10.0.0.0/8")], [MAIL("example.com")]), end) == []


def test_exclusion_goes_before_permission() -> None:
    end = forge(x509.Name([]), root(), names=[DNS("a.test")])
    assert codes(constrained([DNS("test")], [DNS("a.test")]), end) == ["name-excluded"]


def test_directory_names_hold_for_the_subject() -> None:
    unit = x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "dojang")
    common = x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")
    top = constrained([x509.DirectoryName(x509.Name([unit]))])
    assert codes(top, forge(x509.Name([unit, common]), root(), names=["a.test"])) == []
    assert codes(top, forge(x509.Name([common, unit]), root(), names=["a.test"])) == ["name-not-permitted"]
    assert codes(top, forge(x509.Name([]), root(), names=["a.test"])) == []


def test_a_mailbox_in_the_subject_counts_where_there_is_no_other() -> None:
    subject = x509.Name([x509.NameAttribute(EMAIL_ATTRIBUTE, "a@example.org")])
    top = constrained([MAIL("example.com")])
    assert codes(top, forge(subject, root(), names=["a.test"])) == ["name-not-permitted"]
    assert codes(top, forge(subject, root(), names=[MAIL("a@example.com")])) == []


def test_forms_that_can_not_be_judged() -> None:
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    registered = x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))
    for form in (other, registered):
        end = forge(x509.Name([]), root(), names=[form])
        assert codes(constrained(excluded=[form]), end) == ["name-form-unsupported"]
        assert codes(constrained([form]), forge(x509.Name([]), root(), names=["a.test"])) == []


def test_self_issued_intermediates_are_free_and_others_are_not() -> None:
    top = constrained([DNS("a.test")])
    same = forge("root", root(), ca=True, names=["b.test"])
    other = forge("other", root(), ca=True, names=["b.test"])
    end = forge("a.test", root(), names=["a.test"])
    assert codes(top, end, same) == []
    assert codes(top, end, other) == ["name-not-permitted"]
    assert codes(top, forge("root", root(), names=["b.test"])) == ["name-not-permitted"]


def test_each_authority_narrows_the_ones_above() -> None:
    top = constrained([DNS("test")])
    middle = forge("middle", root(), ca=True, extra=[(x509.NameConstraints([DNS("a.test"), DNS("com")], None), True)])
    assert codes(top, forge("x", root(), names=["x.a.test"]), middle) == []
    assert codes(top, forge("x", root(), names=["b.test"]), middle) == ["name-not-permitted"]
    assert codes(top, forge("x", root(), names=["a.com"]), middle) == ["name-not-permitted"]


def test_the_work_is_bounded() -> None:
    top = constrained([DNS(f"{at}.test") for at in range(600)])
    end = forge(x509.Name([]), root(), names=[DNS(f"x{at}.test") for at in range(600)])
    assert codes(top, end) == ["name-constraints-work"]


def test_limits_of_the_store_count_too() -> None:
    limits = NameConstraints((GeneralName(DNS_NAME, b"a.test"),), None)
    path = [forge("x", root(), names=["b.test"]).parsed, root().parsed]
    assert [fault[0].code for _, fault in check_name_constraints(path, limits)] == ["name-not-permitted"]


@pytest.mark.parametrize(
    ("base", "code"),
    [
        (GeneralName(DNS_NAME, b"example.com"), None),
        (GeneralName(DNS_NAME, b""), None),
        (GeneralName(DNS_NAME, b".example.com"), "name-constraint-period"),
        (GeneralName(DNS_NAME, b"*.example.com"), "name-constraint-malformed"),
        (GeneralName(IP_ADDRESS, bytes(8)), None),
        (GeneralName(IP_ADDRESS, bytes(4)), "name-constraint-malformed"),
        (GeneralName(IP_ADDRESS, bytes([10, 0, 0, 0, 255, 0, 255, 0])), "name-constraint-malformed"),
        (GeneralName(EMAIL, b"*@example.com"), None),
        (GeneralName(EMAIL, b".example.com"), None),
        (GeneralName(EMAIL, b"a@b@example.com"), "name-constraint-malformed"),
        (GeneralName(URI, b".example.com"), None),
        (GeneralName(URI, b"https://example.com"), "name-constraint-malformed"),
        (GeneralName(DIRECTORY_NAME, b"\x30\x00"), None),
        (GeneralName(DIRECTORY_NAME, b"\x30\x02\x31\x00"), "name-constraint-malformed"),
        (GeneralName(0, b"anything"), None),
    ],
)
def test_the_form_of_a_constraint(base: GeneralName, code: str | None) -> None:
    assert [rule.code for rule, _ in check_constraint_form("x", base)] == ([code] if code else [])
