"""The fields of what X.509 writes down: name as the document has it, value, meaning in words, and where its bytes are.

Values of private keys are never among them: only which kind of key it is, and its public half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from dojang.cli.failures import WrongUsage
from dojang.cli.language import Text
from dojang.cli.text import neutralise
from dojang.cli.x509_words import EXTENSIONS, MEANINGS, OIDS
from dojang.errors import DecodeError
from dojang.pki import extensions as ext
from dojang.pki.crl import REASONS, Crl
from dojang.pki.dn import name_text
from dojang.pki.keys import load_private_key, spki_of
from dojang.pki.names import shown
from dojang.pki.ocsp import STATUSES, OcspResponse
from dojang.pki.signature import key_facts
from dojang.wire import der

__all__ = ["Field", "explained"]

_MOST_ENTRIES = 50


class Field(NamedTuple):
    """span: (start, end) of the whole element in the object's DER, None where the field has no bytes of its own."""

    name: str
    value: str
    depth: int
    span: tuple[int, int] | None
    meaning: Text | None = None


def explained(kind: str, data: bytes) -> Iterator[Field]:
    """Every field of an object of that kind, outer before inner. Raises DecodeError, InputError or WrongUsage."""
    try:
        yield from _READERS[kind](data)
    except (ValueError, IndexError, RuntimeError) as error:
        # More or fewer elements than the form has: unpacking says so (a StopIteration arrives as a RuntimeError).
        raise WrongUsage(_ANOTHER_FORM) from error


def _certificate(data: bytes) -> Iterator[Field]:
    start, end = der.whole(data, der.SEQUENCE)
    tbs, algorithm, signature = der.children(data, start, end)
    yield _field("tbsCertificate", "", 0, tbs)
    fields = list(der.children(data, tbs.content, tbs.end))
    if fields[0].tag == 0xA0:
        version = next(der.children(data, fields[0].content, fields[0].end))
        yield _field("version", f"v{1 + _integer(data, version)}", 1, fields.pop(0))
    serial, inner, issuer, validity, subject, key, *rest = fields
    yield _field("serialNumber", _serial(data, serial), 1, serial)
    yield _field("signature", _algorithm(data, inner), 1, inner)._replace(meaning=MEANINGS["signatureAlgorithm"])
    yield _field("issuer", _name(data, issuer), 1, issuer)
    yield _field("validity", "", 1, validity)
    for name, moment in zip(("notBefore", "notAfter"), der.children(data, validity.content, validity.end), strict=True):
        yield _field(name, _moment(data, moment), 2, moment)
    yield _field("subject", _name(data, subject), 1, subject)
    yield _field("subjectPublicKeyInfo", str(key_facts(data[key.start : key.end])), 1, key)
    for tlv in rest:
        if tlv.tag == 0xA3:
            yield from _extensions(data, tlv, 1)
    yield _field("signatureAlgorithm", _algorithm(data, algorithm), 0, algorithm)
    yield _field("signatureValue", _size(signature), 0, signature)


def _request(data: bytes) -> Iterator[Field]:
    start, end = der.whole(data, der.SEQUENCE)
    body, algorithm, signature = der.children(data, start, end)
    yield _field("certificationRequestInfo", "", 0, body)
    version, subject, key, attributes = der.children(data, body.content, body.end)
    yield _field("version", f"v{1 + _integer(data, version)}", 1, version)
    yield _field("subject", _name(data, subject), 1, subject)
    yield _field("subjectPKInfo", str(key_facts(data[key.start : key.end])), 1, key)
    yield _field("attributes", "", 1, attributes)
    for attribute in der.children(data, attributes.content, attributes.end):
        oid, values = der.children(data, attribute.content, attribute.end)
        name = der.oid_text(data[oid.content : oid.end])
        yield _field(OIDS.get(name, name), "", 2, attribute)
        if name == "1.2.840.113549.1.9.14":
            yield from _extensions(data, values, 2)
    yield _field("signatureAlgorithm", _algorithm(data, algorithm), 0, algorithm)
    yield _field("signature", _size(signature), 0, signature)


def _list(data: bytes) -> Iterator[Field]:
    crl = Crl(data)
    start, end = der.whole(data, der.SEQUENCE)
    body, algorithm, signature = der.children(data, start, end)
    yield _field("tbsCertList", "", 0, body)
    fields = list(der.children(data, body.content, body.end))
    if fields[0].tag == der.INTEGER:
        yield _field("version", f"v{crl.version}", 1, fields.pop(0))
    algorithm_inside = _field("signature", _algorithm(data, fields[0]), 1, fields[0])
    yield algorithm_inside._replace(meaning=MEANINGS["signatureAlgorithm"])
    yield _field("issuer", _name(data, fields[1]), 1, fields[1])
    yield _field("thisUpdate", _moment(data, fields[2]), 1, fields[2])
    for tlv in fields[3:]:
        if tlv.tag in (der.UTC_TIME, der.GENERALIZED_TIME):
            yield _field("nextUpdate", _moment(data, tlv), 1, tlv)
        elif tlv.tag == der.SEQUENCE:
            yield _field("revokedCertificates", str(len(crl.serials)), 1, tlv)
            yield from _entries(data, tlv, crl)
        elif tlv.tag == 0xA0:
            yield from _extensions(data, tlv, 1)
    yield _field("signatureAlgorithm", _algorithm(data, algorithm), 0, algorithm)
    yield _field("signatureValue", _size(signature), 0, signature)


def _entries(data: bytes, rows: der.Tlv, crl: Crl) -> Iterator[Field]:
    for at, row in enumerate(der.children(data, rows.content, rows.end)):
        if at == _MOST_ENTRIES:
            yield Field("…", "", 2, None)
            return
        serial = next(der.children(data, row.content, row.end))
        entry = crl.entry(_integer(data, serial))
        when = f"{_text(entry.since)}, {REASONS.get(entry.reason, entry.reason)}" if entry else ""
        yield _field("userCertificate", f"{_serial(data, serial)}  {when}", 2, row)


def _response(data: bytes) -> Iterator[Field]:
    response = OcspResponse(data)
    start, end = der.whole(data, der.SEQUENCE)
    status = next(der.children(data, start, end))
    word = STATUSES.get(response.status, str(response.status)) if response.status else "successful"
    yield _field("responseStatus", word, 0, status)
    if response.status:
        return
    responder = response.responder_key.hex() if response.responder_key else name_text(response.responder_name or b"")
    yield _plain("responderID", neutralise(responder), 0)
    yield _plain("producedAt", _text(response.produced_at), 0)
    for single in response.singles:
        yield _plain("certID", f"{single.id.serial:x} ({single.id.hash})", 0)
        detail = f", {_text(single.since)}, {REASONS.get(single.reason, single.reason)}" if single.since else ""
        yield _plain("certStatus", single.state + detail, 1)
        yield _plain("thisUpdate", _text(single.this_update), 1)
        if single.next_update is not None:
            yield _plain("nextUpdate", _text(single.next_update), 1)
    if response.nonce is not None:
        yield _plain("nonce", response.nonce.hex(), 0)
    at = data.find(response.signature)
    yield Field(
        "signature", f"{len(response.signature)} B", 0, (at, at + len(response.signature)), MEANINGS["signature"]
    )
    for certificate in response.certificates:
        at = data.find(certificate)
        yield Field("certs", f"{len(certificate)} B", 0, (at, at + len(certificate)), MEANINGS["certs"])


def _public_key(data: bytes) -> Iterator[Field]:
    start, end = der.whole(data, der.SEQUENCE)
    algorithm, key = der.children(data, start, end)
    yield _field("algorithm", str(key_facts(data)), 0, algorithm)
    yield _field("subjectPublicKey", _size(key), 0, key)


def _private_key(data: bytes) -> Iterator[Field]:
    public = spki_of(load_private_key(data).public_key())
    yield _plain("privateKeyAlgorithm", str(key_facts(public)), 0)
    yield _plain("privateKey", "…", 0)
    yield _plain("subjectPublicKeyInfo", public.hex(), 0)


def _encrypted_key(data: bytes) -> Iterator[Field]:
    start, end = der.whole(data, der.SEQUENCE)
    algorithm, sealed = der.children(data, start, end)
    yield _field("encryptionAlgorithm", _algorithm(data, algorithm), 0, algorithm)
    for _, tlv in der.walk(data[algorithm.start : algorithm.end]):
        if tlv.tag == der.OID:
            oid = der.oid_text(data[algorithm.start + tlv.content : algorithm.start + tlv.end])
            yield Field(OIDS.get(oid, oid), "", 1, (algorithm.start + tlv.start, algorithm.start + tlv.end))
    yield _field("encryptedData", _size(sealed), 0, sealed)


def _extensions(data: bytes, holder: der.Tlv, depth: int) -> Iterator[Field]:
    """Of [0], [3] or a SET that holds one SEQUENCE of them."""
    rows = next(der.children(data, holder.content, holder.end))
    yield _field("extensions", "", depth, holder)
    for row in der.children(data, rows.content, rows.end):
        parts = list(der.children(data, row.content, row.end))
        oid = der.oid_text(data[parts[0].content : parts[0].end])
        critical = len(parts) == 3
        value = data[parts[-1].content : parts[-1].end]
        mark = " (critical)" if critical else ""
        name = OIDS.get(oid, oid) + mark
        yield Field(name, _value(oid, value), depth + 1, (row.start, row.end), EXTENSIONS.get(oid))


def _value(oid: str, value: bytes) -> str:
    """An extension's value in a line; hexadecimal where it is not known or not well-formed."""
    try:
        shower = _SHOWERS.get(oid)
        return shower(value) if shower else value.hex()
    except (DecodeError, ValueError, IndexError):
        return value.hex()


def _read(oid: str, value: bytes) -> object:
    return ext.READERS[oid](value)


def _show_names(value: bytes) -> str:
    return ", ".join(shown(name) for name in ext.read_general_names(value, *der.whole(value, der.SEQUENCE)))


def _show_usage(value: bytes) -> str:
    bits = _read(ext.KEY_USAGE, value)
    assert isinstance(bits, int)
    return ", ".join(name for at, name in enumerate(_USAGES) if bits >> at & 1)


def _show_oids(value: bytes) -> str:
    found = [der.oid_text(value[t.content : t.end]) for _, t in der.walk(value) if t.tag == der.OID]
    return ", ".join(OIDS.get(oid, oid) for oid in found)


def _show_access(value: bytes) -> str:
    return "; ".join(f"{OIDS.get(oid, oid)} {shown(name)}" for oid, name in _read_access(value))


def _read_access(value: bytes) -> tuple[tuple[str, ext.GeneralName], ...]:
    found = ext.READERS[ext.AUTHORITY_INFORMATION_ACCESS](value)
    assert isinstance(found, tuple)
    return found


def _show_points(value: bytes) -> str:
    from dojang.pki.crl import distribution_points

    return "; ".join(", ".join(shown(name) for name in point.names) for point in distribution_points(value))


def _show_basic(value: bytes) -> str:
    found = _read(ext.BASIC_CONSTRAINTS, value)
    assert isinstance(found, ext.BasicConstraints)
    limit = f", pathLenConstraint {found.path_length}" if found.path_length is not None else ""
    return f"cA {'TRUE' if found.ca else 'FALSE'}{limit}"


def _show_octets(value: bytes) -> str:
    start, end = der.whole(value, der.OCTET_STRING)
    return value[start:end].hex(":")


def _show_authority_key(value: bytes) -> str:
    found = _read(ext.AUTHORITY_KEY_IDENTIFIER, value)
    assert isinstance(found, ext.AuthorityKeyIdentifier)
    return found.key_identifier.hex(":") if found.key_identifier else ""


def _show_constraints(value: bytes) -> str:
    found = _read(ext.NAME_CONSTRAINTS, value)
    assert isinstance(found, ext.NameConstraints)
    rows = (("permitted", found.permitted), ("excluded", found.excluded))
    return "; ".join(f"{word} {', '.join(map(_subtree, names))}" for word, names in rows if names)


def _subtree(name: ext.GeneralName) -> str:
    if name.kind == ext.IP_ADDRESS and len(name.value) in (8, 32):
        import ipaddress

        half = len(name.value) // 2
        bits = int.from_bytes(name.value[half:], "big").bit_count()
        return f"{ipaddress.ip_address(name.value[:half])}/{bits}"
    return shown(name)


def _show_timestamps(value: bytes) -> str:
    start, end = der.whole(value, der.OCTET_STRING)
    return f"{end - start} B"


def _show_integer(value: bytes) -> str:
    start, end = der.whole(value, value[0])
    number = der.integer_of(value[start:end])
    return REASONS.get(number, str(number)) if value[0] == der.ENUMERATED else str(number)


def _field(name: str, value: str, depth: int, tlv: der.Tlv) -> Field:
    return Field(name, value, depth, (tlv.start, tlv.end), MEANINGS.get(name))


def _plain(name: str, value: str, depth: int) -> Field:
    return Field(name, value, depth, None, MEANINGS.get(name))


def _integer(data: bytes, tlv: der.Tlv) -> int:
    return der.integer_of(data[tlv.content : tlv.end])


def _serial(data: bytes, tlv: der.Tlv) -> str:
    return data[tlv.content : tlv.end].hex(":")


def _algorithm(data: bytes, tlv: der.Tlv) -> str:
    oid = next(der.children(data, tlv.content, tlv.end))
    text = der.oid_text(data[oid.content : oid.end])
    return OIDS.get(text, text)


def _name(data: bytes, tlv: der.Tlv) -> str:
    return neutralise(name_text(data[tlv.start : tlv.end]))


def _moment(data: bytes, tlv: der.Tlv) -> str:
    return _text(der.time_of(tlv.tag, data[tlv.content : tlv.end]))


def _text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _size(tlv: der.Tlv) -> str:
    return f"{tlv.end - tlv.content - 1} B"


_ANOTHER_FORM = Text(
    ko="필드의 수가 규격과 달라 설명할 수 없습니다.",
    en="It has more or fewer fields than its form allows, and can't be explained.",
)
_USAGES = (
    "digitalSignature",
    "contentCommitment",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
_SHOWERS: dict[str, Callable[[bytes], str]] = {
    ext.SUBJECT_ALT_NAME: _show_names,
    "2.5.29.18": _show_names,
    ext.KEY_USAGE: _show_usage,
    ext.EXTENDED_KEY_USAGE: _show_oids,
    ext.CERTIFICATE_POLICIES: _show_oids,
    ext.AUTHORITY_INFORMATION_ACCESS: _show_access,
    "2.5.29.31": _show_points,
    "2.5.29.46": _show_points,
    ext.BASIC_CONSTRAINTS: _show_basic,
    ext.SUBJECT_KEY_IDENTIFIER: _show_octets,
    ext.AUTHORITY_KEY_IDENTIFIER: _show_authority_key,
    ext.NAME_CONSTRAINTS: _show_constraints,
    "1.3.6.1.4.1.11129.2.4.2": _show_timestamps,
    "2.5.29.20": _show_integer,
    "2.5.29.27": _show_integer,
    "2.5.29.21": _show_integer,
}
_READERS: dict[str, Callable[[bytes], Iterator[Field]]] = {
    "certificate": _certificate,
    "request": _request,
    "list": _list,
    "response": _response,
    "public-key": _public_key,
    "private-key": _private_key,
    "encrypted-key": _encrypted_key,
}
