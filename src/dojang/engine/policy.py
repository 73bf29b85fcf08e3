"""Named, dated policies: what is spoken by default, frozen, so that no upgrade changes it behind anybody's back."""

from __future__ import annotations

from dataclasses import dataclass

from dojang.crypto.signatures import SCHEMES
from dojang.crypto.suites import TLS12_SUITES
from dojang.wire.codes import CipherSuite, NamedGroup, SignatureScheme, Version

__all__ = ["CERTIFICATE_ONLY_SCHEMES", "POLICIES", "Policy"]

# What certificates and TLS 1.2's handshakes may be signed with besides (RFC 9846 section 4.3.3).
CERTIFICATE_ONLY_SCHEMES = (
    SignatureScheme.RSA_PKCS1_SHA256,
    SignatureScheme.RSA_PKCS1_SHA384,
    SignatureScheme.RSA_PKCS1_SHA512,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a configuration speaks unless it says otherwise, each preferred first. Print, compare, replace."""

    name: str
    versions: tuple[Version, ...]
    suites: tuple[CipherSuite, ...]
    groups: tuple[NamedGroup, ...]
    signature_schemes: tuple[SignatureScheme, ...]
    legacy_key_exchange: bool = False

    def __str__(self) -> str:
        parts = ("versions", "suites", "groups", "signature_schemes")
        rows = [f"  {part}: {', '.join(code.label for code in getattr(self, part))}" for part in parts]
        return "\n".join([f"policy {self.name}", *rows])


_SUITES13 = (
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
)
_SUITES12 = tuple(code for code, suite in TLS12_SUITES.items() if suite.exchange == "ecdhe" and "CCM" not in code.name)
_HYBRIDS = (NamedGroup.X25519MLKEM768, NamedGroup.SECP256R1MLKEM768, NamedGroup.SECP384R1MLKEM1024)
_CURVES = (NamedGroup.SECP256R1, NamedGroup.SECP384R1, NamedGroup.SECP521R1, NamedGroup.X448)
_SCHEMES = tuple(code for code in SCHEMES if code not in CERTIFICATE_ONLY_SCHEMES)

_2026 = Policy(
    "2026",
    (Version.TLS13, Version.TLS12),
    _SUITES13 + _SUITES12,
    (NamedGroup.X25519MLKEM768, NamedGroup.X25519, *_CURVES, *_HYBRIDS[1:]),
    _SCHEMES,
)
_2026_STRICT = Policy("2026-strict", (Version.TLS13,), _SUITES13, _HYBRIDS, _SCHEMES)
_LEGACY_RSA = Policy(
    "legacy-rsa", _2026.versions, _2026.suites, _2026.groups, _2026.signature_schemes, legacy_key_exchange=True
)

POLICIES: dict[str, Policy] = {policy.name: policy for policy in (_2026, _2026_STRICT, _LEGACY_RSA)}
