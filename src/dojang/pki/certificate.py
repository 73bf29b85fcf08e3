"""A certificate read into the values that a verifier asks for, from its DER and nothing else.

It reads what other parsers refuse (a serial of zero, a wrong version, an extension twice) so that `rules` can say what
is wrong with it. Whether anything it holds is legal or trusted is not known here.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

from cryptography import x509

from dojang.errors import DecodeError, TlsError
from dojang.pki import extensions as ext
from dojang.pki.dn import name_text, normal_name
from dojang.pki.memory import remembered
from dojang.wire import der

__all__ = ["Extension", "ParsedCertificate", "parse_certificate", "subject_of"]


class Extension(NamedTuple):
    """One extension as it stands: `value` is the content of extnValue."""

    oid: str
    critical: bool
    value: bytes


class ParsedCertificate:
    """RFC 5280 section 4.1, field by field.

    der, tbs, signature, spki, issuer, subject: octets as they stand (names and spki with their headers).
    algorithm, outer_algorithm: the AlgorithmIdentifier inside and outside of what is signed.
    version: 1, 2, 3 as people count (any integer may stand there); serial: signed, as it stands.
    serial_length: octets of the serial number.
    not_before, not_after: whole seconds since 1970, UTC.
    extensions: by OID, the first of each; duplicates: the OIDs that came more than once.
    values: the decoded extensions of `dojang.pki.extensions`; unreadable: OID to the fault of those that could not be.
    """

    __slots__ = (
        "_static",
        "algorithm",
        "der",
        "duplicates",
        "extensions",
        "issuer",
        "not_after",
        "not_before",
        "outer_algorithm",
        "serial",
        "serial_length",
        "signature",
        "spki",
        "subject",
        "tbs",
        "unreadable",
        "values",
        "version",
    )

    def __init__(self, data: bytes) -> None:
        """Raises DecodeError where `data` is not one whole certificate."""
        self.der = data
        self._static: dict[Any, Any] = {}
        start, end = der.whole(data, der.SEQUENCE)
        body, after = der.expect(data, start, end, der.SEQUENCE)
        self.tbs = data[start:after]
        _, signature_at = der.expect(data, after, end, der.SEQUENCE)
        self.outer_algorithm = data[after:signature_at]
        content, last = der.expect(data, signature_at, end, der.BIT_STRING)
        self.signature, unused = der.bits_of(data[content:last])
        if last != end or unused:
            raise DecodeError("a certificate that does not end with its signature", "RFC 5280 section 4.1", offset=last)
        self._read_fields(data, body, after)

    @property
    def subject_text(self) -> str:
        """The subject for people, or the first name of the subjectAltName where the subject is empty."""
        text = name_text(self.subject)
        if not text and self.names:
            return self.names[0].value.decode("ascii", "replace")
        return text

    @property
    def issuer_text(self) -> str:
        return name_text(self.issuer)

    @property
    def names(self) -> tuple[ext.GeneralName, ...]:
        """The subjectAltName, empty where there is none."""
        names: tuple[ext.GeneralName, ...] = self.values.get(ext.SUBJECT_ALT_NAME, ())
        return names

    @property
    def basic_constraints(self) -> ext.BasicConstraints | None:
        value: ext.BasicConstraints | None = self.values.get(ext.BASIC_CONSTRAINTS)
        return value

    @property
    def key_usage(self) -> int | None:
        """The bits of `dojang.pki.extensions`, None where the extension is absent."""
        value: int | None = self.values.get(ext.KEY_USAGE)
        return value

    @property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        value: tuple[str, ...] | None = self.values.get(ext.EXTENDED_KEY_USAGE)
        return value

    @property
    def subject_key_identifier(self) -> bytes | None:
        value: bytes | None = self.values.get(ext.SUBJECT_KEY_IDENTIFIER)
        return value

    @property
    def authority_key_identifier(self) -> ext.AuthorityKeyIdentifier | None:
        value: ext.AuthorityKeyIdentifier | None = self.values.get(ext.AUTHORITY_KEY_IDENTIFIER)
        return value

    @property
    def name_constraints(self) -> ext.NameConstraints | None:
        value: ext.NameConstraints | None = self.values.get(ext.NAME_CONSTRAINTS)
        return value

    @property
    def is_self_issued(self) -> bool:
        """RFC 5280 section 6.1: the same name in subject and issuer."""
        return self.subject == self.issuer or normal_name(self.subject) == normal_name(self.issuer)

    @property
    def is_ca(self) -> bool:
        """basicConstraints says so."""
        constraints = self.basic_constraints
        return constraints is not None and constraints.ca

    def is_critical(self, oid: str) -> bool:
        extension = self.extensions.get(oid)
        return extension is not None and extension.critical

    def pyca(self) -> x509.Certificate:
        """The same certificate as pyca's object; raises TlsError where pyca can't read it."""
        try:
            with warnings.catch_warnings():
                # It warns of serial numbers that are not positive; several roots in use have the number 0.
                if self.serial <= 0:
                    warnings.simplefilter("ignore")
                return x509.load_der_x509_certificate(self.der)
        except (ValueError, x509.InvalidVersion) as error:
            raise TlsError(None, "pyca can't read this certificate: {fault}", fault=str(error)) from error

    def _read_fields(self, data: bytes, at: int, end: int) -> None:
        """TBSCertificate in data[at:end]."""
        self.version = 1
        if data[at] == 0xA0:
            content, at = der.expect(data, at, end, 0xA0)
            start, stop = der.expect(data, content, at, der.INTEGER)
            self.version = 1 + der.integer_of(data[start:stop])
        start, stop = der.expect(data, at, end, der.INTEGER)
        self.serial, self.serial_length = der.integer_of(data[start:stop]), stop - start
        _, at = der.expect(data, stop, end, der.SEQUENCE)
        self.algorithm = data[stop:at]
        _, after = der.expect(data, at, end, der.SEQUENCE)
        self.issuer = data[at:after]
        content, at = der.expect(data, after, end, der.SEQUENCE)
        self._read_validity(data, content, at)
        _, after = der.expect(data, at, end, der.SEQUENCE)
        self.subject = data[at:after]
        _, at = der.expect(data, after, end, der.SEQUENCE)
        self.spki = data[after:at]
        normal_name(self.issuer), normal_name(self.subject)
        self._read_extensions(data, at, end)

    def _read_validity(self, data: bytes, at: int, end: int) -> None:
        tag, content, middle = der.read_header(data, at, end)
        self.not_before = der.time_of(tag, data[content:middle])
        tag, content, after = der.read_header(data, middle, end)
        self.not_after = der.time_of(tag, data[content:after])
        if after != end:
            raise DecodeError("a validity with more than two times", "RFC 5280 section 4.1.2.5", offset=after)

    def _read_extensions(self, data: bytes, at: int, end: int) -> None:
        self.extensions: dict[str, Extension] = {}
        self.values: dict[str, Any] = {}
        self.unreadable: dict[str, DecodeError] = {}
        self.duplicates: dict[str, None] = {}
        for tlv in der.children(data, at, end):
            if tlv.tag == 0xA3:
                content, after = der.expect(data, tlv.content, tlv.end, der.SEQUENCE)
                while content < after:
                    content = self._read_extension(data, content, after)
            # Version 2's unique identifiers, RFC 5280 section 4.1.2.8, carry nothing that is used.
            elif tlv.tag not in (0x81, 0x82):
                raise DecodeError("an unknown field after the public key", "RFC 5280 section 4.1", offset=tlv.start)

    def _read_extension(self, data: bytes, at: int, limit: int) -> int:
        """Files one Extension and returns where the next begins."""
        start, end = der.expect(data, at, limit, der.SEQUENCE)
        content, start = der.expect(data, start, end, der.OID)
        oid = der.oid_text(data[content:start])
        tag, content, after = der.read_header(data, start, end)
        critical = False
        if tag == der.BOOLEAN:
            critical = der.boolean_of(data[content:after])
            tag, content, after = der.read_header(data, after, end)
        if tag != der.OCTET_STRING or after != end:
            raise DecodeError("an extension of another form", "RFC 5280 section 4.1", offset=at)
        if oid in self.extensions:
            self.duplicates[oid] = None
            return end
        value = data[content:after]
        self.extensions[oid] = Extension(oid, critical, value)
        reader = ext.READERS.get(oid)
        if reader is not None:
            try:
                self.values[oid] = reader(value)
            except DecodeError as error:
                self.unreadable[oid] = error
        return end


@remembered(512)
def parse_certificate(data: bytes) -> ParsedCertificate:
    """The certificate of `data`, remembered by its exact octets; raises DecodeError."""
    return ParsedCertificate(data)


def subject_of(data: bytes) -> bytes:
    """The subject alone, a tenth of the work: for an index of many. Raises DecodeError."""
    start, end = der.whole(data, der.SEQUENCE)
    at, end = der.expect(data, start, end, der.SEQUENCE)
    if data[at : at + 1] == b"\xa0":
        _, at = der.expect(data, at, end, 0xA0)
    for tag in (der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.SEQUENCE):
        _, at = der.expect(data, at, end, tag)
    _, after = der.expect(data, at, end, der.SEQUENCE)
    return data[at:after]
