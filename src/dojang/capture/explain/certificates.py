"""A certificate in a capture: whom it names, who signed it, until when; and every element of its DER with its place."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import ocsp

from dojang.capture.explain.values import harmless, hexadecimal
from dojang.errors import DecodeError, TlsError
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.dn import COMMON_NAME, attributes
from dojang.wire import der

__all__ = ["describe_certificate", "describe_ocsp", "describe_sct", "elements_of"]

MOST_ELEMENTS = 600


def describe_certificate(data: bytes, *, elements: bool = True) -> dict[str, Any]:
    """Plain values; ``error`` where the bytes are no certificate. Times in UTC."""
    found: dict[str, Any] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    try:
        found |= _described(parse_certificate(data))
    except TlsError as error:
        found["error"] = error.reason
    if elements:
        found["der"] = elements_of(data)
    return found


def elements_of(data: bytes) -> list[dict[str, Any]]:
    """Each element of DER: depth, tag's name, place, value; as far as it can be read."""
    found: list[dict[str, Any]] = []
    try:
        for depth, tlv in der.walk(data):
            element = {"depth": depth, "tag": _TAGS.get(tlv.tag, f"[0x{tlv.tag:02x}]"), "start": tlv.start}
            value = "" if tlv.is_constructed else _value(tlv.tag, data[tlv.content : tlv.end])
            found.append({**element, "stop": tlv.end, "value": value})
            if len(found) >= MOST_ELEMENTS:
                break
    except DecodeError as error:
        found.append({"depth": 0, "tag": "error", "start": error.offset or 0, "stop": len(data), "value": error.reason})
    return found


def describe_ocsp(data: bytes) -> dict[str, Any]:
    """What a stapled response says; ``error`` where it can't be read."""
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return {"response": response.response_status.name.lower()}
        until = response.next_update_utc
        return {
            "response": "successful",
            "status": response.certificate_status.name.lower(),
            "this_update": response.this_update_utc.isoformat(),
            "next_update": until.isoformat() if until is not None else None,
            "serial": f"{response.serial_number:x}",
        }
    except (ValueError, TypeError) as error:
        return {"error": harmless(str(error))}


def describe_sct(data: bytes) -> dict[str, Any]:
    """RFC 6962 section 3.2: which log promised what, when."""
    if len(data) < 43:
        return {"error": "too short"}
    stamp = int.from_bytes(data[33:41], "big") / 1000
    try:
        time = datetime.fromtimestamp(stamp, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        time = ""
    return {"version": data[0] + 1, "log_id": data[1:33].hex(), "time": time}


def _described(parsed: ParsedCertificate) -> dict[str, Any]:
    names = [harmless(_name(name.value, name.kind)) for name in parsed.names[:200]]
    return {
        "name": _short_name(parsed) or (names[0] if names else "") or harmless(parsed.subject_text),
        "subject": harmless(parsed.subject_text),
        "issuer": harmless(parsed.issuer_text),
        "names": names,
        "serial": f"{parsed.serial:x}",
        "not_before": _time(parsed.not_before),
        "not_after": _time(parsed.not_after),
        "ca": parsed.is_ca,
        "key": _key(parsed.spki),
        "signature_algorithm": _algorithm(parsed.outer_algorithm),
    }


def _short_name(parsed: ParsedCertificate) -> str:
    try:
        return next((harmless(value) for oid, value in attributes(parsed.subject) if oid == COMMON_NAME), "")
    except (DecodeError, ValueError):
        return ""


def _key(spki: bytes) -> str:
    """``RSA 2048``, ``EllipticCurve secp256r1``; "" where the library does not know it."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    size = getattr(key, "key_size", None)
    kind = type(key).__name__.removesuffix("PublicKey").strip("_")
    curve = getattr(getattr(key, "curve", None), "name", "")
    return " ".join(filter(None, (kind, curve or (str(size) if size else ""))))


def _algorithm(identifier: bytes) -> str:
    try:
        start, end = der.whole(identifier, der.SEQUENCE)
        first, last = der.expect(identifier, start, end, der.OID)
        return str(x509.ObjectIdentifier(der.oid_text(identifier[first:last]))._name)
    except (DecodeError, ValueError):
        return ""


def _name(value: bytes, kind: int) -> str:
    if kind == 7 and len(value) in (4, 16):
        from ipaddress import ip_address

        return str(ip_address(value))
    return value.decode("utf-8", "backslashreplace")


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _value(tag: int, content: bytes) -> str:
    try:
        if tag == der.OID:
            dotted = der.oid_text(content)
            name = x509.ObjectIdentifier(dotted)._name
            return dotted if name == "Unknown OID" else f"{name} ({dotted})"
        if tag == der.INTEGER and len(content) <= 8:
            return str(der.integer_of(content))
        if tag in (der.UTC_TIME, der.GENERALIZED_TIME):
            return _time(der.time_of(tag, content))
        if tag in _TEXTS:
            return harmless(content)
    except (DecodeError, ValueError):
        pass
    return hexadecimal(content, 32)


_TEXTS = (der.UTF8_STRING, der.PRINTABLE_STRING, der.IA5_STRING, 0x14, 0x82)
_TAGS = {
    0x01: "BOOLEAN",
    0x02: "INTEGER",
    0x03: "BIT STRING",
    0x04: "OCTET STRING",
    0x05: "NULL",
    0x06: "OBJECT IDENTIFIER",
    0x0A: "ENUMERATED",
    0x0C: "UTF8String",
    0x13: "PrintableString",
    0x14: "TeletexString",
    0x16: "IA5String",
    0x17: "UTCTime",
    0x18: "GeneralizedTime",
    0x1E: "BMPString",
    0x30: "SEQUENCE",
    0x31: "SET",
}
