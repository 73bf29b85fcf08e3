"""Certificate Transparency, RFC 6962: timestamps embedded in a certificate or sent beside it, verified against a list
of logs in the form that Google publishes (log_list.json, version 3).

It says which timestamps are true and whether there are enough of them; it fetches neither lists nor proofs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from dojang.errors import DecodeError
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.pem import InputError
from dojang.pki.signature import load_public_key
from dojang.wire import der
from dojang.wire.reader import Reader

__all__ = ["Log", "LogList", "Timestamp", "TimestampResult", "Transparency", "check_timestamps", "embedded_timestamps"]

EMBEDDED = "1.3.6.1.4.1.11129.2.4.2"
_RFC = "RFC 6962 section 3.2"
_DAY = 86400


class Log(NamedTuple):
    """One log. key: its SubjectPublicKeyInfo; state: `usable`, `retired`, ...; until: for a retired one, the last
    moment (seconds since 1970) whose timestamps still count."""

    id: bytes
    key: bytes
    description: str
    operator: str
    state: str
    until: float | None


class Timestamp(NamedTuple):
    """A SignedCertificateTimestamp; at: milliseconds since 1970."""

    log: bytes
    at: int
    extensions: bytes
    hash: int
    algorithm: int
    signature: bytes


class TimestampResult(NamedTuple):
    """A timestamp, its log (None where the list has no such log), and why it does not count, "" where it does."""

    timestamp: Timestamp
    log: Log | None
    fault: str

    @property
    def ok(self) -> bool:
        return not self.fault


class LogList:
    """The logs that are known, by their IDs."""

    def __init__(self, logs: Sequence[Log]) -> None:
        self.logs = {log.id: log for log in logs}

    @classmethod
    def from_json(cls, data: bytes | str) -> LogList:
        """Version 3 of Google's form. Raises InputError where it has another."""
        try:
            return cls(list(_logs_in(json.loads(data))))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError("this is no list of certificate logs: {fault}", fault=str(error)) from error


@dataclass(frozen=True, eq=False)
class Transparency:
    """What is asked of a leaf. least: timestamps of different logs needed; None asks two for a certificate of 180 days
    or less and three for a longer one, of two operators at least, as Chrome and Apple do.

    sent: timestamps that came in the handshake or a staple (each as it stands in its list).
    """

    logs: LogList
    least: int | None = None
    sent: tuple[bytes, ...] = ()

    def needed(self, leaf: ParsedCertificate) -> int:
        """How many timestamps that certificate needs."""
        if self.least is not None:
            return self.least
        return 2 if leaf.not_after - leaf.not_before <= 180 * _DAY else 3

    def enough(self, leaf: ParsedCertificate, results: Sequence[TimestampResult]) -> bool:
        """Enough logs, and not all of them one operator's."""
        logs = {result.log for result in results if result.ok and result.log}
        operators = {log.operator for log in logs}
        needed = self.needed(leaf)
        return len(logs) >= needed and (self.least is not None or needed < 2 or len(operators) >= 2)

    @cached_property
    def sent_timestamps(self) -> tuple[Timestamp, ...]:
        """Those of `sent` that can be read."""
        found = []
        for data in self.sent:
            try:
                found.append(_read_timestamp(data))
            except DecodeError:
                continue
        return tuple(found)


def check_timestamps(
    leaf: ParsedCertificate, issuer: ParsedCertificate, asked: Transparency, at: float
) -> tuple[TimestampResult, ...]:
    """Each timestamp of the leaf with what is wrong with it; at: seconds since 1970."""
    try:
        embedded = embedded_timestamps(leaf)
        precertificate = _entry(1, hashlib.sha256(issuer.spki).digest() + _opaque24(_without_timestamps(leaf)))
    except DecodeError:
        embedded, precertificate = (), b""
    whole = _entry(0, _opaque24(leaf.der))
    return (
        *(_checked(each, precertificate, asked.logs, at) for each in embedded),
        *(_checked(each, whole, asked.logs, at) for each in asked.sent_timestamps),
    )


def embedded_timestamps(certificate: ParsedCertificate) -> tuple[Timestamp, ...]:
    """Those in the certificate itself; raises DecodeError where they can't be read."""
    extension = certificate.extensions.get(EMBEDDED)
    if extension is None:
        return ()
    start, end = der.whole(extension.value, der.OCTET_STRING)
    rows = Reader(_whole_vector(extension.value[start:end]))
    found = []
    while rows.remaining:
        found.append(_read_timestamp(rows.opaque(2, 1, 65535)))
    return tuple(found)


def _whole_vector(data: bytes) -> bytes:
    reader = Reader(data)
    content = reader.opaque(2, 1, 65535)
    if reader.remaining:
        raise DecodeError("bytes after a list of certificate timestamps", _RFC, offset=reader.offset)
    return content


def _read_timestamp(data: bytes) -> Timestamp:
    reader = Reader(data)
    if reader.uint(1) != 0:
        raise DecodeError("a certificate timestamp of an unknown version", _RFC, offset=0)
    log, at, extensions = reader.take(32), reader.uint(8), reader.opaque(2, 0, 65535)
    hash_code, algorithm, signature = reader.uint(1), reader.uint(1), reader.opaque(2, 0, 65535)
    if reader.remaining:
        raise DecodeError("bytes after a certificate timestamp", _RFC, offset=reader.offset)
    return Timestamp(log, at, extensions, hash_code, algorithm, signature)


def _checked(timestamp: Timestamp, entry: bytes, logs: LogList, at: float) -> TimestampResult:
    log = logs.logs.get(timestamp.log)
    if log is None:
        return TimestampResult(timestamp, None, "its log is not in the list")
    fault = ""
    if timestamp.at / 1000 > at:
        fault = "it is from the future"
    elif log.state in ("pending", "rejected"):
        fault = "its log is not trusted"
    elif log.until is not None and timestamp.at / 1000 >= log.until:
        fault = "its log had been retired"
    elif not _is_signed(timestamp, log, entry):
        fault = "its signature is not the log's"
    return TimestampResult(timestamp, log, fault)


def _is_signed(timestamp: Timestamp, log: Log, entry: bytes) -> bool:
    """RFC 6962 section 3.2: SHA-256 with ECDSA (3) or RSA (1)."""
    octets = timestamp.at.to_bytes(8, "big")
    extensions = len(timestamp.extensions).to_bytes(2, "big") + timestamp.extensions
    data = b"\0\0" + octets + entry + extensions
    if timestamp.hash != 4:
        return False
    try:
        key = load_public_key(log.key)
        if timestamp.algorithm == 3 and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(timestamp.signature, data, ec.ECDSA(hashes.SHA256()))
        elif timestamp.algorithm == 1 and isinstance(key, rsa.RSAPublicKey):
            key.verify(timestamp.signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _without_timestamps(leaf: ParsedCertificate) -> bytes:
    """The TBSCertificate that the logs saw: this one without the extension that holds their answers."""
    start, end = der.whole(leaf.tbs, der.SEQUENCE)
    fields = []
    for tlv in der.children(leaf.tbs, start, end):
        field = leaf.tbs[tlv.start : tlv.end]
        fields.append(_fewer_extensions(field) if tlv.tag == 0xA3 else field)
    return der.encode(der.SEQUENCE, *fields)


def _fewer_extensions(field: bytes) -> bytes:
    content, end = der.whole(field, 0xA3)
    start, end = der.expect(field, content, end, der.SEQUENCE)
    oid = der.encode(der.OID, der.oid_bytes(EMBEDDED))
    rows = [(field[t.start : t.end], field[t.content : t.content + len(oid)]) for t in der.children(field, start, end)]
    return der.encode(0xA3, der.encode(der.SEQUENCE, *[row for row, first in rows if first != oid]))


def _entry(kind: int, data: bytes) -> bytes:
    return kind.to_bytes(2, "big") + data


def _opaque24(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def _logs_in(document: Any) -> Iterator[Log]:
    for operator in document["operators"]:
        for row in operator.get("logs", []) + operator.get("tiled_logs", []):
            key = base64.b64decode(row["key"], validate=True)
            state, facts = next(iter(row.get("state", {"usable": {}}).items()))
            until = _seconds(facts["timestamp"]) if state == "retired" else None
            yield Log(
                hashlib.sha256(key).digest(), key, str(row.get("description", "")), operator["name"], state, until
            )


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
