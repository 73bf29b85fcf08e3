"""The Online Certificate Status Protocol, RFC 6960: requests written and read, responses read and judged.

It fetches nothing. A response is believed when the issuer signed it, or a responder to whom the issuer delegated that
(section 4.2.2.2); everything else about it is said in words, never passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dojang.errors import DecodeError
from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.crl import REASONS, read_extension_list
from dojang.pki.dn import name_text, normal_name
from dojang.pki.path import signed_by
from dojang.pki.signature import is_signed
from dojang.pki.status import Good, Origin, Revoked, Status, Unknown
from dojang.wire import der

__all__ = [
    "NONCE_OCTETS",
    "CertId",
    "OcspRequest",
    "OcspResponse",
    "SingleResponse",
    "cert_id",
    "encode_request",
    "ocsp_status",
    "parse_request",
    "parse_response",
    "response_ends",
]

_RFC = "RFC 6960 section 4.2.1"
_BASIC = "1.3.6.1.5.5.7.48.1.1"
NONCE = "1.3.6.1.5.5.7.48.1.2"
_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
# Clocks differ; the one who signs may be ahead by this many seconds.
SKEW = 300
# RFC 9654 section 2.1: a nonce has 128 octets at most.
NONCE_OCTETS = 128
# Without nextUpdate newer word is always to be had (section 4.2.2.1): what is older than a week is not looked at.
_OLDEST = 7 * 86400

_HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_OIDS = {name: oid for oid, name in _HASHES.items()}

STATUSES = {1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized"}


class CertId(NamedTuple):
    """Which certificate is meant: hashes of its issuer's name and key, and its serial number. hash: `sha1`, ..."""

    hash: str
    name_hash: bytes
    key_hash: bytes
    serial: int


class SingleResponse(NamedTuple):
    """One answer. state: `good`, `revoked`, `unknown`; times: seconds since 1970; reason: a number of REASONS."""

    id: CertId
    state: str
    since: int
    reason: int
    this_update: int
    next_update: int | None
    critical: tuple[str, ...]


class OcspRequest(NamedTuple):
    """ids: the certificates asked about; nonce: as it stands in the extension, None where there is none."""

    ids: tuple[CertId, ...]
    nonce: bytes | None


class OcspResponse:
    """One OCSPResponse.

    status: 0 where it was answered, else a number of STATUSES (and then all the rest is empty).
    responder_name, responder_key: DER of the responder's name or the SHA-1 of its key, the other one None.
    certificates: DER of those sent along.
    """

    def __init__(self, data: bytes) -> None:
        """Raises DecodeError where `data` is not one whole response of the basic type."""
        self.der = data
        self.singles: tuple[SingleResponse, ...] = ()
        self.certificates: tuple[bytes, ...] = ()
        self.critical: tuple[str, ...] = ()
        self.nonce: bytes | None = None
        self.responder_name: bytes | None = None
        self.responder_key: bytes | None = None
        self.produced_at = 0
        at, end = der.whole(data, der.SEQUENCE)
        content, after = der.expect(data, at, end, der.ENUMERATED)
        self.status = der.integer_of(data[content:after])
        if self.status == 0:
            self._read_basic(data, after, end)

    def find(self, certificate: ParsedCertificate, issuer: ParsedCertificate) -> SingleResponse | None:
        """The newest answer about that certificate."""
        known = (single for single in self.singles if single.id.hash in _OIDS)
        mine = [single for single in known if single.id == cert_id(certificate, issuer, single.id.hash)]
        return max(mine, key=lambda single: single.this_update, default=None)

    def _read_basic(self, data: bytes, at: int, end: int) -> None:
        content, after = der.expect(data, at, end, 0xA0)
        if after != end:
            raise DecodeError("bytes after an OCSP response", _RFC, offset=after)
        content, _ = der.expect(data, content, after, der.SEQUENCE)
        start, content = der.expect(data, content, after, der.OID)
        if der.oid_text(data[start:content]) != _BASIC:
            raise DecodeError("an OCSP response of another type than basic", _RFC, offset=start)
        content, end = der.expect(data, content, after, der.OCTET_STRING)
        content, end = der.expect(data, content, end, der.SEQUENCE)
        body, after = der.expect(data, content, end, der.SEQUENCE)
        self.tbs = data[content:after]
        _, signature_at = der.expect(data, after, end, der.SEQUENCE)
        self.algorithm = data[after:signature_at]
        start, last = der.expect(data, signature_at, end, der.BIT_STRING)
        self.signature, _ = der.bits_of(data[start:last])
        if last < end:
            start, last = der.expect(data, last, end, 0xA0)
            start, last = der.expect(data, start, last, der.SEQUENCE)
            self.certificates = tuple([data[t.start : t.end] for t in der.children(data, start, last)][:16])
        self._read_data(data, body, after)

    def _read_data(self, data: bytes, at: int, end: int) -> None:
        """ResponseData."""
        tag, content, after = der.read_header(data, at, end)
        if tag == 0xA0:
            tag, content, after = der.read_header(data, after, end)
        if tag == 0xA1:
            self.responder_name = data[content:after]
            normal_name(self.responder_name)
        elif tag == 0xA2:
            start, stop = der.expect(data, content, after, der.OCTET_STRING)
            self.responder_key = data[start:stop]
        else:
            raise DecodeError("an OCSP response that names no responder", _RFC, offset=at)
        tag, content, at = der.read_header(data, after, end)
        self.produced_at = der.time_of(tag, data[content:at])
        content, at = der.expect(data, at, end, der.SEQUENCE)
        self.singles = tuple([_read_single(data, tlv) for tlv in der.children(data, content, at)])
        if at < end:
            content, end = der.expect(data, at, end, 0xA1)
            found = read_extension_list(data, content, end)
            self.critical = tuple(oid for oid, (critical, _) in found.items() if critical)
            self.nonce = found[NONCE][1] if NONCE in found else None


@lru_cache(256)
def parse_response(data: bytes) -> OcspResponse:
    """The response of `data`, remembered by its exact octets; raises DecodeError."""
    return OcspResponse(data)


def ocsp_status(
    data: bytes,
    certificate: ParsedCertificate,
    issuer: ParsedCertificate,
    at: int,
    *,
    form: str = "response",
    nonce: bytes | None = None,
) -> Status | None:
    """What a response says about `certificate` at that time (seconds since 1970); None where it speaks of others.

    form: `response` or `staple`, for the answer. nonce: what the request held; another one in the response is refused,
    none at all is how most responders answer (RFC 9654 section 2.1).
    """
    try:
        response = parse_response(data)
        single = response.find(certificate, issuer)
    except DecodeError:
        return Unknown("an OCSP response can't be read", found=True)
    if response.status:
        return Unknown(f"the responder answered {STATUSES.get(response.status, response.status)}", found=False)
    if single is None:
        return None
    fault = next(_faults(response, single, issuer, at, nonce), "")
    if fault:
        # A server that staples an old response is careless and gains nothing: whoever hides something staples none.
        return Unknown(fault, found=not (form == "staple" and fault == _OLD))
    origin = Origin(form, _responder_text(response, issuer))
    if single.state == "good":
        return Good(origin, single.this_update, _until(single))
    if single.state == "unknown":
        return Unknown("the responder does not know it", found=True)
    reason = REASONS.get(single.reason, str(single.reason))
    return Revoked(origin, single.since, reason, single.this_update, _until(single))


def response_ends(data: bytes) -> Iterator[int]:
    """The moments at which what a response says may begin or cease to count."""
    try:
        for single in parse_response(data).singles:
            yield single.this_update - SKEW
            yield _until(single) + 1
    except DecodeError:
        return


def cert_id(certificate: ParsedCertificate, issuer: ParsedCertificate, hash_name: str = "sha1") -> CertId:
    """Section 4.1.1. SHA-1 names here and protects nothing; it is what every responder knows (RFC 5019)."""
    key_hash = hashlib.new(hash_name, _key_bits(issuer.spki), usedforsecurity=False).digest()
    name_hash = hashlib.new(hash_name, certificate.issuer, usedforsecurity=False).digest()
    return CertId(hash_name, name_hash, key_hash, certificate.serial)


def encode_request(certificate: ParsedCertificate, issuer: ParsedCertificate, nonce: bytes | None = None) -> bytes:
    """An OCSPRequest about one certificate, not signed; nonce: 1 to 128 random octets (RFC 9654)."""
    name, name_hash, key_hash, serial = cert_id(certificate, issuer)
    octets = [der.encode(der.OCTET_STRING, each) for each in (name_hash, key_hash)]
    algorithm = der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes(_OIDS[name])), b"\x05\x00")
    identity = der.encode(der.SEQUENCE, algorithm, *octets, der.encode_integer(serial))
    body = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, identity))
    if nonce is not None:
        value = der.encode(der.OCTET_STRING, der.encode(der.OCTET_STRING, nonce))
        extension = der.encode(der.SEQUENCE, der.encode(der.OID, der.oid_bytes(NONCE)), value)
        body += der.encode(0xA2, der.encode(der.SEQUENCE, extension))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, body))


def parse_request(data: bytes) -> OcspRequest:
    """What an OCSPRequest asks; raises DecodeError. A signature on it is not looked at (section 4.1.2 is optional)."""
    at, end = der.whole(data, der.SEQUENCE)
    at, end = der.expect(data, at, end, der.SEQUENCE)
    ids, nonce = list[CertId](), None
    for tlv in der.children(data, at, end):
        if tlv.tag == der.SEQUENCE:
            for one in der.children(data, tlv.content, tlv.end):
                content, stop = der.expect(data, one.content, one.end, der.SEQUENCE)
                ids.append(_read_id(data, content, stop))
        elif tlv.tag == 0xA2:
            found = read_extension_list(data, tlv.content, tlv.end)
            nonce = found[NONCE][1] if NONCE in found else None
        elif tlv.tag not in (0xA0, 0xA1):
            raise DecodeError("an unknown field in an OCSP request", "RFC 6960 section 4.1.1", offset=tlv.start)
    if not ids:
        raise DecodeError("an OCSP request that asks nothing", "RFC 6960 section 4.1.1", offset=at)
    return OcspRequest(tuple(ids), nonce)


def _read_single(data: bytes, tlv: der.Tlv) -> SingleResponse:
    content, at = der.expect(data, tlv.content, tlv.end, der.SEQUENCE)
    identity = _read_id(data, content, at)
    tag, content, after = der.read_header(data, at, tlv.end)
    state = _STATES.get(tag)
    if state is None:
        raise DecodeError("tag 0x{found:02X} is no certStatus", _RFC, offset=at, found=tag)
    since, reason = _read_revoked(data, content, after) if state == "revoked" else (0, 0)
    tag, content, at = der.read_header(data, after, tlv.end)
    this_update = der.time_of(tag, data[content:at])
    next_update, critical = None, tuple[str, ...]()
    for field in der.children(data, at, tlv.end):
        if field.tag == 0xA0:
            tag, content, after = der.read_header(data, field.content, field.end)
            next_update = der.time_of(tag, data[content:after])
        elif field.tag == 0xA1:
            found = read_extension_list(data, field.content, field.end)
            critical = tuple(oid for oid, (is_critical, _) in found.items() if is_critical)
    return SingleResponse(identity, state, since, reason, this_update, next_update, critical)


def _read_revoked(data: bytes, at: int, end: int) -> tuple[int, int]:
    tag, content, at = der.read_header(data, at, end)
    since, reason = der.time_of(tag, data[content:at]), 0
    if at < end:
        content, after = der.expect(data, at, end, 0xA0)
        content, after = der.expect(data, content, after, der.ENUMERATED)
        reason = der.integer_of(data[content:after])
    return since, reason


def _read_id(data: bytes, at: int, end: int) -> CertId:
    content, at = der.expect(data, at, end, der.SEQUENCE)
    start, stop = der.expect(data, content, at, der.OID)
    oid = der.oid_text(data[start:stop])
    hashes = []
    for _ in range(2):
        content, at = der.expect(data, at, end, der.OCTET_STRING)
        hashes.append(data[content:at])
    content, at = der.expect(data, at, end, der.INTEGER)
    return CertId(_HASHES.get(oid, oid), hashes[0], hashes[1], der.integer_of(data[content:at]))


def _faults(
    response: OcspResponse, single: SingleResponse, issuer: ParsedCertificate, at: int, nonce: bytes | None
) -> Iterator[str]:
    """Why a response is not to be believed, section 3.2."""
    signer = _signer(response, issuer, at)
    if isinstance(signer, str):
        yield signer
    elif not is_signed(signer.spki, response.algorithm, response.signature, response.tbs):
        yield "its signature was not made with the responder's key"
    if response.critical or single.critical:
        yield "the response has a critical extension that is not known here"
    if nonce is not None and response.nonce not in (None, der.encode(der.OCTET_STRING, nonce)):
        yield "the response answers another request"
    if at < single.this_update - SKEW:
        yield "the response is from the future"
    if at > _until(single):
        yield _OLD


def _signer(response: OcspResponse, issuer: ParsedCertificate, at: int) -> ParsedCertificate | str:
    """The certificate whose key signed, or why there is none that may; section 4.2.2.2."""
    if _is_responder(response, issuer):
        return issuer
    fault = "the responder is neither the issuer nor one whose certificate was sent along"
    for data in response.certificates:
        try:
            candidate = parse_certificate(data)
        except DecodeError:
            continue
        if _is_responder(response, candidate):
            fault = _delegation_fault(candidate, issuer, at)
            if not fault:
                return candidate
    return fault


def _delegation_fault(candidate: ParsedCertificate, issuer: ParsedCertificate, at: int) -> str:
    if candidate.spki == issuer.spki:
        return ""
    if not signed_by(candidate, issuer) or normal_name(candidate.issuer) != normal_name(issuer.subject):
        return "the responder's certificate was not issued by the certificate's issuer"
    if _OCSP_SIGNING not in (candidate.extended_key_usage or ()):
        return "the responder's certificate is not for OCSP signing"
    if candidate.key_usage is not None and not candidate.key_usage & ext.DIGITAL_SIGNATURE:
        return "keyUsage does not allow the responder to sign"
    if not candidate.not_before <= at <= candidate.not_after:
        return "the responder's certificate is not valid now"
    return ""


def _is_responder(response: OcspResponse, candidate: ParsedCertificate) -> bool:
    if response.responder_name is not None:
        return normal_name(response.responder_name) == normal_name(candidate.subject)
    return response.responder_key == hashlib.sha1(_key_bits(candidate.spki), usedforsecurity=False).digest()


def _responder_text(response: OcspResponse, issuer: ParsedCertificate) -> str:
    return name_text(response.responder_name) if response.responder_name is not None else issuer.subject_text


def _until(single: SingleResponse) -> int:
    return single.this_update + _OLDEST if single.next_update is None else single.next_update


@lru_cache(256)
def _key_bits(spki: bytes) -> bytes:
    """The subjectPublicKey without its count of unused bits."""
    start, end = der.whole(spki, der.SEQUENCE)
    _, at = der.expect(spki, start, end, der.SEQUENCE)
    content, after = der.expect(spki, at, end, der.BIT_STRING)
    return spki[content + 1 : after]


_OLD = "the response is out of date"
_STATES = {0x80: "good", 0xA1: "revoked", 0x82: "unknown"}
