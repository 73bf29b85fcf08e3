"""A certificate as a person reads it: whose, for which names, which key, until when; and a chain drawn leaf to root.

Describes; never judges. Names come from whoever made the certificate and are neutralised.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from dojang.cli.language import Text
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise, pad, width_of
from dojang.errors import TlsError
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.dn import COMMON_NAME, attributes
from dojang.pki.extensions import DNS_NAME, IP_ADDRESS, GeneralName

__all__ = ["Described", "describe", "draw_authority", "draw_chain", "short_name"]


@dataclass(frozen=True, slots=True)
class Described:
    """What is worth saying of one certificate. Times are UTC; sha256 is the fingerprint of the DER, hexadecimal."""

    name: str
    subject: str
    issuer: str
    issuer_name: str
    names: tuple[str, ...]
    key: str
    not_before: datetime
    not_after: datetime
    is_ca: bool
    serial: str
    sha256: str

    def to_json(self) -> dict[str, object]:
        """Plain values, stable keys."""
        return {
            "subject": self.subject,
            "issuer": self.issuer,
            "names": list(self.names),
            "key": self.key,
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "ca": self.is_ca,
            "serial": self.serial,
            "sha256": self.sha256,
        }


def describe(data: bytes) -> Described:
    """The certificate in `data` (DER); raises TlsError where that is none."""
    parsed = parse_certificate(data)
    return Described(
        name=_short(parsed.subject, parsed.names),
        subject=neutralise(parsed.subject_text),
        issuer=neutralise(parsed.issuer_text),
        issuer_name=_short(parsed.issuer, ()),
        names=tuple(_name_text(name) for name in parsed.names if name.kind in (DNS_NAME, IP_ADDRESS)),
        key=_key_text(parsed),
        not_before=_time(parsed.not_before),
        not_after=_time(parsed.not_after),
        is_ca=parsed.is_ca,
        serial=f"{parsed.serial:x}",
        sha256=hashlib.sha256(data).hexdigest(),
    )


def short_name(data: bytes) -> str:
    """The common name, or the first name of the certificate in `data`; ``?`` where it can't be read."""
    try:
        parsed = parse_certificate(data)
    except TlsError:
        return "?"
    return _short(parsed.subject, parsed.names)


def draw_chain(screen: Screen, chain: Sequence[bytes], *, trusted_root: bool) -> None:
    """The chain from the leaf down to the root that vouches for all of it, one step further in for each signature."""
    for depth, certificate in enumerate(map(describe, chain)):
        last = depth == len(chain) - 1
        branch = "   " * (depth - 1) + "└─ " if depth else ""
        role = _ROOT if last and trusted_root else _INTERMEDIATE if certificate.is_ca else _LEAF
        head = screen.paint("bold", certificate.name) + screen.paint("dim", "  " + screen.pick(role))
        screen.line("  " + branch + head)
        inner = "  " + "   " * depth + ("│  " if not last else "   ")
        for text in _lines_of(certificate):
            screen.line(inner + screen.paint("dim", screen.pick(text)))


def draw_authority(screen: Screen, above: Sequence[bytes], issued: Sequence[bytes] = ()) -> None:
    """The tree from the root (first of `above`) through its intermediates to what the last of them issued."""
    rows = [_tree_row("   " * (depth - 1) + "└─ " if depth else "", data) for depth, data in enumerate(above)]
    inner = "   " * (len(above) - 1)
    rows += [_tree_row(inner + ("└─ " if data is issued[-1] else "├─ "), data) for data in issued]
    width = max(width_of(name) for name, _ in rows)
    for name, text in rows:
        screen.line("  " + pad(name, width) + screen.paint("dim", "   " + screen.pick(text)))


def _tree_row(branch: str, data: bytes) -> tuple[str, Text]:
    certificate = describe(data)
    return branch + certificate.name, _until(certificate)


def _until(certificate: Described) -> Text:
    until = Text(ko="{key}, {until:%Y-%m-%d}까지 유효", en="{key}, valid until {until:%Y-%m-%d}")
    return until.fill(key=certificate.key, until=certificate.not_after)


def _lines_of(certificate: Described) -> list[Text]:
    if not certificate.names:
        return [_until(certificate)]
    names = Text(ko="이름: {names}", en="names: {names}").fill(names=", ".join(certificate.names))
    return [names, _until(certificate)]


_LEAF = Text(ko="서버의 인증서", en="the server's own")
_INTERMEDIATE = Text(ko="중간 인증 기관", en="intermediate authority")
_ROOT = Text(ko="루트: 클라이언트가 이미 믿고 있는 인증서", en="root: the client trusted it beforehand")


def _short(name: bytes, alternatives: Sequence[GeneralName]) -> str:
    common = next((text for oid, text in attributes(name) if oid == COMMON_NAME), None)
    if common is None and alternatives:
        common = _name_text(alternatives[0])
    return neutralise(common) if common else "?"


def _name_text(name: GeneralName) -> str:
    if name.kind == IP_ADDRESS and len(name.value) in (4, 16):
        return str(ipaddress.ip_address(name.value))
    return neutralise(name.value.decode("ascii", "backslashreplace"))


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _key_text(certificate: ParsedCertificate) -> str:
    try:
        key = load_der_public_key(certificate.spki)
    except (ValueError, UnsupportedAlgorithm):
        return "?"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ECDSA " + _CURVES.get(key.curve.name, key.curve.name)
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    kind = type(key).__name__.removesuffix("PublicKey")
    return kind.replace("MLDSA", "ML-DSA-")


_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
