"""The duties of form, and which profile asks for which."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from dojang.pki.keys import create_key
from dojang.pki.korean import KOREAN
from dojang.pki.profiles import BASELINE, PROFILES, RFC5280, STANDARD, WEBPKI, Profile, Purpose
from dojang.pki.rule import RULES
from dojang.pki.rules import Role, applicable, certificate_faults
from dojang.wire import der
from tests.pki.forge import Forged, extension, forge, name, rebuilt, resigned, root

ROOT = root()
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
AKI, SKI = x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier


def leaf(**options: Any) -> Forged:
    options.setdefault("names", ["a.test"])
    options.setdefault("subject", "a.test")
    return forge(options.pop("subject"), ROOT, **options)


def ca(**options: Any) -> Forged:
    return forge("ca", ROOT, ca=True, **options)


def faults(forged: Forged, role: Role, profile: Profile) -> set[str]:
    return {rule.code for rule, _ in certificate_faults(forged.parsed, role, Purpose.SERVER, profile)}


def replaced(at: int, value: bytes) -> Any:
    return rebuilt(lambda fields: [*fields[:at], value, *fields[at + 1 :]])


L, C, A = Role.LEAF, Role.INTERMEDIATE, Role.ANCHOR
BASIC = x509.BasicConstraints(ca=True, path_length=None)
OWN_SKI = SKI.from_public_key(ROOT.key.public_key())
KEY_ID = AKI.from_issuer_subject_key_identifier(OWN_SKI)
NAMED = AKI(b"x", [x509.DirectoryName(ROOT.name)], 5)
DUPLICATE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
NC = x509.NameConstraints([x509.DNSName("test")], None)


@pytest.mark.parametrize(
    ("forged", "role", "code", "profiles"),
    [
        (leaf(without=[AKI]), L, "authority-key-missing", {"rfc5280", "webpki", "baseline", "python-strict"}),
        (ca(without=[AKI]), C, "authority-key-missing", {"rfc5280", "webpki", "baseline", "python-strict"}),
        (root(without=[AKI]), A, "authority-key-missing", set()),
        (leaf(extra=[(KEY_ID, True)]), L, "authority-key-critical", {"rfc5280", "webpki", "baseline", "python-strict"}),
        (leaf(extra=[(NAMED, False)]), L, "authority-key-fields", {"webpki", "baseline"}),
        (ca(without=[SKI]), C, "subject-key-missing", {"rfc5280", "webpki", "baseline", "python-strict"}),
        (leaf(without=[SKI]), L, "subject-key-missing", set()),
        (root(extra=[(OWN_SKI, True)]), A, "subject-key-critical", {"rfc5280", "webpki", "baseline", "python-strict"}),
        (ca(without=[x509.KeyUsage]), C, "ca-key-usage-missing", {"webpki", "baseline", "python-strict"}),
        (
            ca(extra=[(BASIC, False)]),
            C,
            "basic-constraints-not-critical",
            {"rfc5280", "webpki", "baseline", "python-strict"},
        ),
        (leaf(purposes=[SERVER, ANY]), L, "purpose-any", {"webpki", "baseline"}),
        (leaf(without=[x509.ExtendedKeyUsage]), L, "purpose-missing", {"webpki", "baseline"}),
        (root(purposes=[SERVER]), A, "purpose-in-root", {"webpki", "baseline"}),
        (leaf(extra=[(x509.ExtendedKeyUsage([SERVER]), True)]), L, "purpose-critical", {"webpki", "baseline"}),
        (leaf(ca=True, purposes=[SERVER]), L, "leaf-is-ca", {"webpki", "baseline"}),
        (leaf(subject="b.test"), L, "common-name", {"baseline"}),
        (leaf(subject="A.test"), L, "common-name", {"baseline"}),
        (leaf(names=["10.0.0.1"], subject="10.0.0.1"), L, "common-name", set()),
        (
            leaf(subject="", extra=[(x509.SubjectAlternativeName([x509.DNSName("a.test")]), False)]),
            L,
            "names-not-critical",
            {"rfc5280", "webpki", "baseline", "python-strict"},
        ),
        (
            leaf(extra=[(x509.SubjectAlternativeName([x509.DNSName("a.test")]), True)]),
            L,
            "names-critical",
            {"webpki", "baseline"},
        ),
        (leaf(names=[x509.DNSName("a_b.test")]), L, "name-syntax", {"rfc5280", "webpki", "baseline"}),
        (leaf(names=[x509.DNSName("1.2.3.4")]), L, "name-syntax", {"rfc5280", "webpki", "baseline"}),
        (leaf(names=[x509.RFC822Name("a@b_c.test")]), L, "name-syntax", {"rfc5280", "webpki", "baseline"}),
        (leaf(names=[x509.UniformResourceIdentifier("nothing")]), L, "name-syntax", {"rfc5280", "webpki", "baseline"}),
        (leaf(extra=[(NC, True)]), L, "name-constraints-in-leaf", {"rfc5280", "webpki", "baseline", "python-strict"}),
        (ca(extra=[(NC, False)]), C, "name-constraints-not-critical", {"rfc5280"}),
        (
            leaf(extra=[extension("2.5.29.36", b"\x30\x03\x80\x01\x00")]),
            L,
            "extension-not-critical",
            {"rfc5280", "webpki", "baseline", "python-strict"},
        ),
        (resigned(leaf(), ROOT, replaced(1, b"\x02\x01\x00")), L, "serial-number", {"rfc5280", "webpki", "baseline"}),
        (resigned(leaf(), ROOT, replaced(1, b"\x02\x01\xff")), L, "serial-number", {"rfc5280", "webpki", "baseline"}),
        (
            resigned(leaf(), ROOT, replaced(1, b"\x02\x15\x7f" + bytes(20))),
            L,
            "serial-number",
            {"rfc5280", "webpki", "baseline"},
        ),
        (resigned(root(), ROOT, replaced(1, b"\x02\x01\x00")), A, "serial-number", set()),
        (
            resigned(leaf(), ROOT, replaced(0, b"\xa0\x03\x02\x01\x01")),
            L,
            "version",
            {"standard", "rfc5280", "webpki", "baseline", "python-strict"},
        ),
        (leaf(issuer=name("")), L, "issuer-empty", {"rfc5280", "webpki", "baseline", "python-strict"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_duties_and_the_profiles_that_ask_for_them(forged: Forged, role: Role, code: str, profiles: set[str]) -> None:
    assert {profile.name for profile in PROFILES.values() if code in faults(forged, role, profile)} == profiles


def twice(fields: list[bytes]) -> list[bytes]:
    """The last extension once more."""
    wrapper = fields[-1]
    start, end = der.whole(wrapper, 0xA3)
    start, end = der.expect(wrapper, start, end, der.SEQUENCE)
    extensions = [wrapper[tlv.start : tlv.end] for tlv in der.children(wrapper, start, end)]
    return [*fields[:-1], der.encode(0xA3, der.encode(der.SEQUENCE, *extensions, extensions[-1]))]


@pytest.mark.parametrize("profile", list(PROFILES.values()), ids=lambda each: each.name)
def test_what_no_profile_forgives(profile: Profile) -> None:
    assert "duplicate-extension" in faults(resigned(leaf(), ROOT, rebuilt(twice)), L, profile)
    assert "malformed-extension" in faults(leaf(extra=[extension("2.5.29.15", b"\x04\x00")]), L, profile)
    assert "purpose-empty" in faults(leaf(extra=[extension("2.5.29.37", b"\x30\x00")]), L, profile)
    assert "subject-empty" in faults(forge("", ROOT, ca=True), C, profile)
    assert "not-a-ca" in faults(leaf(), C, profile)


def test_a_malformed_extension_is_named_with_its_fault() -> None:
    (rule, details), *_ = certificate_faults(
        leaf(extra=[extension("2.5.29.19", b"\x30\x03\x01\x01\x01")]).parsed, L, Purpose.SERVER, STANDARD
    )
    assert rule.code == "malformed-extension"
    assert details["extension"] == "2.5.29.19"
    assert "BOOLEAN" in str(details["fault"])


def test_a_thousand_faults_are_not_all_told() -> None:
    names = [x509.DNSName(f"a_{at}.test") for at in range(1000)]
    assert len(certificate_faults(leaf(names=names).parsed, L, Purpose.SERVER, RFC5280)) <= 32


def test_the_strictest_profile_asks_most() -> None:
    def asked(profile: Profile) -> set[str]:
        return {rule.code for rule in applicable(profile, 0, 3, trusted=True)}

    assert (
        asked(STANDARD)
        < asked(RFC5280) | {"key-usage"}
        <= asked(BASELINE)
        | {
            "name-constraints-not-critical",
            "authority-key-mismatch",
        }
    )
    assert asked(WEBPKI) < asked(BASELINE)


def test_every_rule_is_said_in_korean() -> None:
    for rule in RULES.values():
        assert rule.template in KOREAN
        assert rule.remedy in KOREAN or not rule.remedy


def test_elliptic_curves_that_are_spelled_out_are_weak() -> None:
    key = create_key()
    spki = ROOT.parsed.spki
    assert spki
    point = leaf(key=key).parsed.spki[-68:]
    explicit = der.encode(
        der.SEQUENCE,
        der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes("1.2.840.10045.2.1")), b"\x30\x00"),
        point,
    )
    assert "weak-key" in faults(resigned(leaf(), ROOT, replaced(6, explicit)), L, STANDARD)
