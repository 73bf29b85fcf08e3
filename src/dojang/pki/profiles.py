"""How strict a verifier is: which rules count, which keys and hashes do, and what a certificate is wanted for.

A profile is data. The rules themselves are in `rules`, `constraints` and `policies`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from dojang.pki import duties, reasons
from dojang.pki.extensions import CLIENT_AUTH, DIGITAL_SIGNATURE, KEY_AGREEMENT, KEY_ENCIPHERMENT, SERVER_AUTH
from dojang.pki.rule import Rule

__all__ = ["BASELINE", "COMPAT", "PROFILES", "PYTHON_STRICT", "RFC5280", "STANDARD", "WEBPKI", "Profile", "Purpose"]


class Purpose(Enum):
    """What the leaf is wanted for; the value is its OID in extendedKeyUsage, "" for anything at all."""

    SERVER = SERVER_AUTH
    CLIENT = CLIENT_AUTH
    CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
    EMAIL = "1.3.6.1.5.5.7.3.4"
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
    ANY = ""

    # An Enum hashes its name in Python; as a part of the cache's key that would cost more than the look-up.
    __hash__ = object.__hash__


_WEB_KEYS = frozenset({"RSA", "ECDSA"})
_ANY_HANDSHAKE = DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | KEY_AGREEMENT
_KEYS = _WEB_KEYS | {"Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}


@dataclass(frozen=True, eq=False)
class Profile:
    """name: as `--profile` takes it; off: the rules that do not count here.

    rsa_bits: the least modulus; rsa_multiple: what its length must divide by; curves: OIDs, None for any named curve.
    key_types: families of keys a certificate may hold.
    weak_hashes: names of hashes that do not count. public_suffixes: a wildcard may not stand directly below one.
    handshake_usages: the bits of keyUsage of which a server or client needs one.
    any_purpose: anyExtendedKeyUsage is as good as the purpose itself. partial_chains: an anchor need not be a root.
    strict_lists: a CRL that breaks its issuer's duties of form is not believed.
    max_depth: intermediates at most, self-issued ones not counted.
    """

    name: str
    off: frozenset[Rule] = frozenset()
    rsa_bits: int = 2048
    rsa_multiple: int = 1
    curves: frozenset[str] | None = None
    key_types: frozenset[str] = _KEYS
    weak_hashes: frozenset[str] = frozenset({"md5", "sha1"})
    public_suffixes: bool = False
    handshake_usages: int = DIGITAL_SIGNATURE
    any_purpose: bool = True
    partial_chains: bool = True
    strict_lists: bool = False
    max_depth: int = 16

    def __repr__(self) -> str:
        return f"<Profile {self.name}>"


_NIST = frozenset({"1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"})

# Duties of the Baseline Requirements alone.
_WEB_ONLY = frozenset(
    {
        duties.PURPOSE_MISSING,
        duties.PURPOSE_ANY,
        duties.PURPOSE_IN_ROOT,
        duties.PURPOSE_CRITICAL,
        duties.AUTHORITY_KEY_FIELDS,
        duties.COMMON_NAME,
        duties.LEAF_IS_CA,
        duties.NAMES_CRITICAL,
        duties.CA_KEY_USAGE_MISSING,
    }
)

# Duties of the issuer that change nothing of what a certificate means to the one who relies on it.
_ISSUER_DUTIES = _WEB_ONLY | {
    duties.AUTHORITY_KEY_MISSING,
    duties.AUTHORITY_KEY_CRITICAL,
    duties.AUTHORITY_KEY_MISMATCH,
    duties.SUBJECT_KEY_MISSING,
    duties.SUBJECT_KEY_CRITICAL,
    duties.SERIAL,
    duties.NAMES_NOT_CRITICAL,
    duties.NAME_SYNTAX,
    duties.NAME_CONSTRAINTS_NOT_CRITICAL,
    duties.NAME_CONSTRAINTS_IN_LEAF,
    duties.NAME_CONSTRAINT_PERIOD,
    duties.BASIC_CONSTRAINTS_NOT_CRITICAL,
    duties.PATH_LENGTH_WITHOUT_CA,
    duties.CERT_SIGN_WITHOUT_CA,
    duties.ISSUER_EMPTY,
    duties.EXTENSION_CRITICAL,
    duties.EXTENSION_NOT_CRITICAL,
}

STANDARD = Profile("standard", _ISSUER_DUTIES)
"""dojang's own: RFC 5280 section 6 and RFC 9525 in full, weak cryptography refused, pedantry left to the others."""

RFC5280 = Profile(
    "rfc5280",
    _WEB_ONLY | {reasons.KEY_USAGE, duties.AUTHORITY_KEY_MISMATCH},
    key_types=_KEYS | {"DSA"},
    strict_lists=True,
)
"""RFC 5280's whole profile, the duties of the issuer included, and no other document's."""

WEBPKI = Profile(
    "webpki",
    frozenset({duties.NAME_CONSTRAINTS_NOT_CRITICAL, duties.COMMON_NAME}),
    rsa_multiple=8,
    curves=_NIST,
    key_types=_WEB_KEYS,
    public_suffixes=True,
    strict_lists=True,
)
"""The CA/Browser Forum's Baseline Requirements and Mozilla's policy on top of RFC 5280."""

BASELINE = replace(WEBPKI, name="baseline", off=WEBPKI.off - {duties.COMMON_NAME})
"""As `webpki`, with the duty that no browser looks at: a common name is a copy of an alternative name."""

COMPAT = Profile(
    "compat",
    _ISSUER_DUTIES - {duties.AUTHORITY_KEY_MISMATCH} | {duties.VERSION},
    rsa_bits=1024,
    key_types=_KEYS | {"DSA"},
    handshake_usages=_ANY_HANDSHAKE,
    any_purpose=False,
    partial_chains=False,
    max_depth=100,
)
"""What OpenSSL accepts by default."""

PYTHON_STRICT = Profile(
    "python-strict",
    _WEB_ONLY - {duties.CA_KEY_USAGE_MISSING}
    | {
        duties.NAME_CONSTRAINTS_NOT_CRITICAL,
        duties.SERIAL,
        duties.NAME_SYNTAX,
        duties.NAME_CONSTRAINT_PERIOD,
    },
    handshake_usages=_ANY_HANDSHAKE,
    any_purpose=False,
    max_depth=100,
)
"""What CPython's ssl accepts from 3.13 on: VERIFY_X509_STRICT and VERIFY_X509_PARTIAL_CHAIN."""

PROFILES = {profile.name: profile for profile in (STANDARD, RFC5280, WEBPKI, BASELINE, COMPAT, PYTHON_STRICT)}
