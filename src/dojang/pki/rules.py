"""The rules that look at one certificate at a time: its form, its key, its place in the path.

Each check takes the certificate, its role and the profile and yields the faults it finds. What needs the whole path
(name constraints, policies, path length) is in `constraints` and `policies`; what needs the clock is in `verify`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from dojang.errors import DecodeError
from dojang.pki import duties, reasons
from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.constraints import check_constraint_form
from dojang.pki.dn import COMMON_NAME, attributes
from dojang.pki.names import is_dns_name, shown
from dojang.pki.profiles import Profile, Purpose
from dojang.pki.rule import RULES, Fault, Rule
from dojang.pki.signature import key_facts, signature_algorithm

__all__ = ["Role", "applicable", "certificate_faults"]


class Role(Enum):
    """Where in a path a certificate stands."""

    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ANCHOR = "anchor"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class _View:
    """A certificate as a rule looks at it."""

    certificate: ParsedCertificate
    role: Role
    purpose: Purpose
    profile: Profile


def certificate_faults(
    certificate: ParsedCertificate, role: Role, purpose: Purpose, profile: Profile
) -> tuple[Fault, ...]:
    """What is wrong with a certificate whatever its path and whenever it is; remembered with the certificate."""
    key = (role, purpose, profile)
    faults: tuple[Fault, ...] | None = certificate._static.get(key)
    if faults is None:
        off = profile.off
        view = _View(certificate, role, purpose, profile)
        found = (fault for check in _CHECKS for fault in check(view))
        counted = (fault for fault in found if fault[0] not in off)
        faults = certificate._static[key] = tuple(islice(counted, _MOST_FAULTS))
    return faults


def applicable(profile: Profile, index: int, length: int, *, trusted: bool) -> Iterator[Rule]:
    """The rules that count for the certificate at `index` of a path of `length`, for the report's list of checks."""
    role = Role.LEAF if index == 0 else Role.ANCHOR if trusted and index == length - 1 else Role.INTERMEDIATE
    for rule in RULES.values():
        if rule not in profile.off and role in _ROLES.get(rule, _EVERYWHERE):
            yield rule


def _check_form(view: _View) -> Iterator[Fault]:
    certificate = view.certificate
    subject = certificate.subject_text
    for oid in certificate.duplicates:
        yield duties.DUPLICATE_EXTENSION, {"subject": subject, "extension": oid}
    for oid, fault in certificate.unreadable.items():
        rule = reasons.EMPTY_PURPOSE if oid == ext.EXTENDED_KEY_USAGE else reasons.MALFORMED_EXTENSION
        yield rule, {"subject": subject, "extension": oid, "fault": fault.reason}
    if certificate.version != 3:
        yield duties.VERSION, {"subject": subject, "version": certificate.version}
    # RFC 5280 section 4.1.2.2: positive, and not longer than 20 octets.
    # An anchor is a name and a key (section 6.1.1 (d)): several old roots have the serial number 0.
    if view.role is not Role.ANCHOR and (certificate.serial <= 0 or certificate.serial_length > 20):
        yield duties.SERIAL, {"subject": subject}
    if certificate.issuer == _EMPTY:
        yield duties.ISSUER_EMPTY, {"subject": subject}
    if certificate.algorithm != certificate.outer_algorithm:
        yield reasons.ALGORITHM_MISMATCH, {"subject": subject}


def _check_criticality(view: _View) -> Iterator[Fault]:
    certificate = view.certificate
    for oid, critical, _ in certificate.extensions.values():
        if critical and oid not in _UNDERSTOOD:
            yield reasons.UNKNOWN_CRITICAL, {"subject": certificate.subject_text, "extension": oid}
        if critical and oid in _NEVER_CRITICAL:
            yield _NEVER_CRITICAL[oid], {"subject": certificate.subject_text, "extension": oid}
        if not critical and oid in _ALWAYS_CRITICAL:
            yield _ALWAYS_CRITICAL[oid], {"subject": certificate.subject_text, "extension": oid}


def _check_key(view: _View) -> Iterator[Fault]:
    certificate = view.certificate
    subject = certificate.subject_text
    try:
        facts = key_facts(certificate.spki)
    except DecodeError as error:
        yield reasons.MALFORMED, {"subject": subject, "fault": error.reason}
        return
    details: dict[str, object] = {"subject": subject, "key": str(facts)}
    if facts.type not in view.profile.key_types:
        yield reasons.KEY_NOT_ALLOWED, details
    elif facts.type == "RSA" and facts.bits < view.profile.rsa_bits:
        yield reasons.WEAK_KEY, details
    # Above 16384 bits one signature costs seconds: a way to keep a verifier busy, not a key.
    elif facts.type == "RSA" and (facts.bits % view.profile.rsa_multiple or facts.bits > 16384):
        yield reasons.KEY_NOT_ALLOWED, details
    elif facts.type == "ECDSA" and facts.curve in _WEAK_CURVES:
        yield reasons.WEAK_KEY, details
    elif facts.type == "ECDSA" and view.profile.curves is not None and facts.curve not in view.profile.curves:
        yield reasons.KEY_NOT_ALLOWED, details


def _check_hash(view: _View) -> Iterator[Fault]:
    """The signature's own algorithm; an anchor is trusted for itself, whatever signs it."""
    certificate = view.certificate
    if view.role is Role.ANCHOR:
        return
    try:
        algorithm = signature_algorithm(certificate.outer_algorithm)
    except DecodeError as error:
        yield reasons.MALFORMED, {"subject": certificate.subject_text, "fault": error.reason}
        return
    if algorithm is not None and algorithm.hash_name in view.profile.weak_hashes:
        yield reasons.WEAK_HASH, {"subject": certificate.subject_text, "hash": algorithm.hash_name.upper()}


def _check_authority(view: _View) -> Iterator[Fault]:
    """RFC 5280 sections 4.2.1.3, 4.2.1.9, 6.1.4 (k) and (n): who may sign certificates."""
    certificate = view.certificate
    if view.role is Role.LEAF:
        return
    subject, usage = certificate.subject_text, certificate.key_usage
    old_anchor = certificate.version == 1 and view.role is Role.ANCHOR and duties.VERSION in view.profile.off
    if not certificate.is_ca and not old_anchor:
        yield reasons.NOT_A_CA, {"subject": subject}
    elif usage is None and ext.KEY_USAGE not in certificate.unreadable:
        yield duties.CA_KEY_USAGE_MISSING, {"subject": subject}
    if usage is not None and not usage & ext.KEY_CERT_SIGN:
        yield reasons.CA_KEY_USAGE, {"subject": subject}
    if certificate.is_ca and not certificate.is_critical(ext.BASIC_CONSTRAINTS):
        yield duties.BASIC_CONSTRAINTS_NOT_CRITICAL, {"subject": subject}
    if certificate.subject == _EMPTY:
        yield duties.SUBJECT_EMPTY, {}


def _check_consistency(view: _View) -> Iterator[Fault]:
    """RFC 5280 sections 4.2.1.3 and 4.2.1.9: fields that only an authority may have, in the leaf as well."""
    certificate = view.certificate
    subject, usage, basic = certificate.subject_text, certificate.key_usage, certificate.basic_constraints
    signs = usage is None or bool(usage & ext.KEY_CERT_SIGN)
    if usage is not None and signs and not certificate.is_ca:
        yield duties.CERT_SIGN_WITHOUT_CA, {"subject": subject}
    if basic is not None and basic.path_length is not None and not (basic.ca and signs):
        yield duties.PATH_LENGTH_WITHOUT_CA, {"subject": subject}
    constraints = certificate.name_constraints
    if constraints is None:
        return
    if view.role is Role.LEAF and not certificate.is_ca:
        yield duties.NAME_CONSTRAINTS_IN_LEAF, {"subject": subject}
    if (not constraints.permitted and not constraints.excluded) or () in constraints:
        yield duties.NAME_CONSTRAINTS_EMPTY, {"subject": subject}
    for base in (constraints.permitted or ()) + (constraints.excluded or ()):
        yield from check_constraint_form(subject, base)


def _check_identifiers(view: _View) -> Iterator[Fault]:
    """RFC 5280 sections 4.2.1.1 and 4.2.1.2."""
    certificate = view.certificate
    subject, authority = certificate.subject_text, certificate.authority_key_identifier
    # The one exception of section 4.2.1.1: a self-signed certificate may leave the extension out.
    lone = certificate.is_self_issued and view.role is not Role.INTERMEDIATE
    if authority.key_identifier is None if authority else not lone:
        yield duties.AUTHORITY_KEY_MISSING, {"subject": subject}
    if lone and authority and certificate.subject_key_identifier not in (None, authority.key_identifier):
        yield duties.AUTHORITY_KEY_MISMATCH, {"subject": subject, "issuer": subject}
    if authority is not None and (authority.has_issuer or authority.serial is not None):
        yield duties.AUTHORITY_KEY_FIELDS, {"subject": subject}
    if certificate.subject_key_identifier is None and (view.role is not Role.LEAF or certificate.is_ca):
        yield duties.SUBJECT_KEY_MISSING, {"subject": subject}


def _check_purpose(view: _View) -> Iterator[Fault]:
    """RFC 5280 section 4.2.1.12, for authorities too: what the issuer may not do, it can't hand on."""
    certificate = view.certificate
    subject, purposes = certificate.subject_text, certificate.extended_key_usage
    if purposes is None:
        if view.role is Role.LEAF and ext.EXTENDED_KEY_USAGE not in certificate.unreadable:
            yield duties.PURPOSE_MISSING, {"subject": subject}
        return
    if not purposes:
        yield reasons.EMPTY_PURPOSE, {"subject": subject}
    elif not _allows(purposes, view):
        found = ", ".join(_PURPOSES.get(oid, oid) for oid in purposes)
        yield reasons.WRONG_PURPOSE, {"subject": subject, "found": found, "wanted": _PURPOSES[view.purpose.value]}
    if view.role is Role.LEAF and ext.ANY_PURPOSE in purposes:
        yield duties.PURPOSE_ANY, {"subject": subject}
    if view.role is Role.ANCHOR:
        yield duties.PURPOSE_IN_ROOT, {"subject": subject}
    if view.role is Role.LEAF and certificate.is_critical(ext.EXTENDED_KEY_USAGE):
        yield duties.PURPOSE_CRITICAL, {"subject": subject}


def _allows(purposes: tuple[str, ...], view: _View) -> bool:
    if view.purpose is Purpose.ANY or view.purpose.value in purposes:
        return True
    return view.profile.any_purpose and ext.ANY_PURPOSE in purposes


def _check_leaf(view: _View) -> Iterator[Fault]:
    certificate = view.certificate
    if view.role is not Role.LEAF:
        return
    subject, usage = certificate.subject_text, certificate.key_usage
    # RFC 9846 section 4.5.2.2: if keyUsage is there, digitalSignature MUST be set.
    if view.purpose in _HANDSHAKES and usage is not None and not usage & view.profile.handshake_usages:
        yield reasons.KEY_USAGE, {"subject": subject}
    if certificate.is_ca or (usage is not None and usage & ext.KEY_CERT_SIGN):
        yield duties.LEAF_IS_CA, {"subject": subject}


def _check_names(view: _View) -> Iterator[Fault]:
    """RFC 5280 section 4.2.1.6, and what the Baseline Requirements ask of the common name."""
    certificate = view.certificate
    subject, names = certificate.subject_text, certificate.names
    if names:
        critical = certificate.is_critical(ext.SUBJECT_ALT_NAME)
        if not critical and certificate.subject == _EMPTY:
            yield duties.NAMES_NOT_CRITICAL, {"subject": subject}
        if critical and certificate.subject != _EMPTY:
            yield duties.NAMES_CRITICAL, {"subject": subject}
    if duties.NAME_SYNTAX not in view.profile.off:
        for name in names:
            form = _wrong_form(name)
            if form:
                yield duties.NAME_SYNTAX, {"subject": subject, "name": shown(name), "form": form}
    if view.role is Role.LEAF and duties.COMMON_NAME not in view.profile.off and view.purpose is Purpose.SERVER:
        copies = {shown(name) for name in names}
        for oid, text in attributes(certificate.subject):
            if oid == COMMON_NAME and text not in copies:
                yield duties.COMMON_NAME, {"subject": subject, "name": text[:200]}


def _wrong_form(name: ext.GeneralName) -> str:
    """What a name pretends to be and is not, "" where it is in order."""
    kind, value = name
    text = value.decode("ascii", "replace")
    if kind == ext.DNS_NAME:
        bare = text.removeprefix("*.")
        return "" if is_dns_name(bare) and not _is_address(bare) else "DNS name"
    if kind == ext.IP_ADDRESS:
        return "" if len(value) in (4, 16) else "IP address"
    if kind == ext.EMAIL:
        local, at, host = text.rpartition("@")
        return "" if at and local and "@" not in local and is_dns_name(host) else "e-mail address"
    if kind == ext.URI:
        return "" if ":" in text[1:] else "URI"
    return ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_CHECKS: tuple[Callable[[_View], Iterator[Fault]], ...] = (
    _check_form,
    _check_criticality,
    _check_key,
    _check_hash,
    _check_authority,
    _check_consistency,
    _check_identifiers,
    _check_purpose,
    _check_leaf,
    _check_names,
)

# A certificate with ten thousand wrong names is no more wrong than one with these.
_MOST_FAULTS = 32

_EMPTY = b"\x30\x00"
_HANDSHAKES = frozenset({Purpose.SERVER, Purpose.CLIENT})
_WEAK_CURVES = frozenset({"", "1.2.840.10045.3.1.1", "1.3.132.0.33", "1.3.132.0.8", "1.3.132.0.9", "1.3.132.0.1"})

# Marked critical, these are acted upon here or mean nothing to a path.
_UNDERSTOOD = frozenset(
    {
        ext.KEY_USAGE,
        ext.SUBJECT_ALT_NAME,
        ext.BASIC_CONSTRAINTS,
        ext.NAME_CONSTRAINTS,
        ext.CERTIFICATE_POLICIES,
        ext.POLICY_MAPPINGS,
        ext.POLICY_CONSTRAINTS,
        ext.EXTENDED_KEY_USAGE,
        ext.INHIBIT_ANY_POLICY,
        ext.AUTHORITY_KEY_IDENTIFIER,
        ext.SUBJECT_KEY_IDENTIFIER,
        ext.AUTHORITY_INFORMATION_ACCESS,
        "2.5.29.18",
        "2.5.29.31",
    }
)

_NEVER_CRITICAL = {
    ext.AUTHORITY_KEY_IDENTIFIER: duties.AUTHORITY_KEY_CRITICAL,
    ext.SUBJECT_KEY_IDENTIFIER: duties.SUBJECT_KEY_CRITICAL,
    ext.AUTHORITY_INFORMATION_ACCESS: duties.EXTENSION_CRITICAL,
    "1.3.6.1.5.5.7.1.11": duties.EXTENSION_CRITICAL,
    "2.5.29.9": duties.EXTENSION_CRITICAL,
    "2.5.29.46": duties.EXTENSION_CRITICAL,
}

_ALWAYS_CRITICAL = {
    ext.NAME_CONSTRAINTS: duties.NAME_CONSTRAINTS_NOT_CRITICAL,
    ext.POLICY_CONSTRAINTS: duties.EXTENSION_NOT_CRITICAL,
    ext.INHIBIT_ANY_POLICY: duties.EXTENSION_NOT_CRITICAL,
}

_PURPOSES = {
    "": "anything",
    ext.SERVER_AUTH: "serverAuth",
    ext.CLIENT_AUTH: "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    ext.ANY_PURPOSE: "anyExtendedKeyUsage",
}

_EVERYWHERE = frozenset(Role)
_ISSUERS = frozenset({Role.INTERMEDIATE, Role.ANCHOR})
_ROLES: dict[Rule, frozenset[Role]] = {
    **dict.fromkeys(
        (
            reasons.NO_CERTIFICATE,
            reasons.NAME_MISMATCH,
            reasons.NO_NAMES,
            duties.LEAF_IS_CA,
            reasons.KEY_USAGE,
            duties.PURPOSE_MISSING,
            duties.PURPOSE_ANY,
            duties.PURPOSE_CRITICAL,
            duties.COMMON_NAME,
            duties.NAME_CONSTRAINTS_IN_LEAF,
            reasons.SELF_SIGNED,
            reasons.MUST_STAPLE,
            reasons.TOO_FEW_TIMESTAMPS,
        ),
        frozenset({Role.LEAF}),
    ),
    **dict.fromkeys(
        (
            reasons.NOT_A_CA,
            duties.BASIC_CONSTRAINTS_NOT_CRITICAL,
            reasons.CA_KEY_USAGE,
            duties.CA_KEY_USAGE_MISSING,
            reasons.PATH_LENGTH,
            duties.SUBJECT_EMPTY,
            reasons.UNTRUSTED_ROOT,
            reasons.TOO_DEEP,
        ),
        _ISSUERS,
    ),
    **dict.fromkeys(
        (duties.PURPOSE_IN_ROOT, reasons.DISTRUSTED_PURPOSE, reasons.DISTRUSTED_SINCE), frozenset({Role.ANCHOR})
    ),
    **dict.fromkeys(
        (
            reasons.WEAK_HASH,
            reasons.BAD_SIGNATURE,
            reasons.UNKNOWN_SIGNATURE_ALGORITHM,
            reasons.REVOKED,
            reasons.REVOCATION_UNKNOWN,
        ),
        frozenset({Role.LEAF, Role.INTERMEDIATE}),
    ),
}
