"""Files and PEM: the way in for certificates and keys, with errors that name the file and the line.

It knows labels and base64, not what is inside them.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.certificate import parse_certificate
from dojang.wire import der

__all__ = ["InputError", "PemBlock", "certificate_blocks", "pem_blocks", "read_file"]

# A file larger than this holds no certificates that anyone means.
_LARGEST = 64 * 1024 * 1024


class InputError(ApiMisuse):
    """A file or bytes from the user that can't be used; `file` and `line` where they are known.

    file: "" where bytes were given and not a path. line: counts from 1, None where no line is to blame.
    """

    def __init__(self, template: str, *, file: str = "", line: int | None = None, **details: object) -> None:
        super().__init__(template, file=file, line=line, **details)
        self.file = file
        self.line = line

    @property
    def reason(self) -> str:
        """`ca.pem:3: ...` in the form that editors jump to."""
        where = self.file + (f":{self.line}" if self.line is not None else "")
        if self.line is not None and not self.file:
            where = f"line {self.line}"
        sentence = super().reason
        if where and "{file}" not in self.template:
            return f"{where}: {sentence}"
        return sentence


class PemBlock(NamedTuple):
    """One block: its label (`CERTIFICATE`), the DER in it, the line of its first dash, and its text as it stands."""

    label: str
    data: bytes
    line: int
    text: bytes


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file; InputError says why there are none."""
    name = str(path)
    try:
        if Path(path).stat().st_size > _LARGEST:
            raise InputError("the file {file} is larger than 64 MiB", file=name)
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError("there is no file {file}", file=name) from error
    except IsADirectoryError as error:
        raise InputError("{file} is a folder, not a file", file=name) from error
    except PermissionError as error:
        raise InputError("the file {file} may not be read by this user", file=name) from error
    except OSError as error:
        raise InputError("the file {file} can't be read: {fault}", file=name, fault=error.strerror) from error


def pem_blocks(data: bytes, source: str = "") -> Iterator[PemBlock]:
    """Every block of a PEM text, whatever stands around them; RFC 7468. Raises InputError with the line."""
    label, begin, body = "", 0, list[bytes]()
    for number, raw in enumerate(data.splitlines(), 1):
        line = raw.strip()
        edge = _EDGE.fullmatch(line)
        if edge is None:
            if begin:
                body.append(line)
            continue
        word, found = edge.group(1), edge.group(2).decode("ascii", "replace")
        if (word == b"BEGIN") == bool(begin) or (word == b"END" and found != label):
            raise InputError("a PEM block that was begun is not ended by this line", file=source, line=number)
        if word == b"BEGIN":
            label, begin, body = found, number, []
        else:
            yield PemBlock(label, _decode(body, begin, source), begin, b"\n".join(_lines(data, begin, number)))
            begin = 0
    if begin:
        raise InputError("the PEM block {label} is not ended", file=source, line=begin, label=label)


def certificate_blocks(data: bytes, source: str = "") -> tuple[bytes, ...]:
    """The DER of every certificate in PEM (several, text around them), DER or PKCS#7. Raises InputError."""
    if not data.strip():
        raise InputError("nothing is in it", file=source)
    if b"-----BEGIN " not in data:
        return _from_der(data, source)
    quick = _plain_bundle(data)
    if quick:
        return quick
    found: list[bytes] = []
    for block in pem_blocks(data, source):
        if block.label in ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"):
            found.append(_outer(block.data, source, block.line))
        elif block.label in ("PKCS7", "CMS"):
            found += _from_pkcs7(block.data, source, block.line)
    if not found:
        raise InputError("no certificate is in it", file=source)
    return tuple(found)


def _plain_bundle(data: bytes) -> tuple[bytes, ...]:
    """Of a bundle of nothing but certificates, all in order, ten times faster; else empty, for the careful way."""
    bodies = _CERTIFICATE.findall(data)
    if len(bodies) != data.count(b"-----BEGIN "):
        return ()
    try:
        blocks = tuple([base64.b64decode(b"".join(body.split()), validate=True) for body in bodies])
        ends = [der.expect(block, 0, len(block), der.SEQUENCE)[1] for block in blocks]
    except (binascii.Error, DecodeError):
        return ()
    return blocks if all(end == len(block) for end, block in zip(ends, blocks, strict=True)) else ()


def _decode(body: list[bytes], begin: int, source: str) -> bytes:
    """Base64 of the lines of a block; headers (Proc-Type: ...) and the blank line after them are left out."""
    skip = next((at + 1 for at, line in enumerate(body) if not line), 0) if body and b":" in body[0] else 0
    for at, line in enumerate(body[skip:], skip):
        if _BASE64.fullmatch(line) is None:
            raise InputError("this line of a PEM block is not base64", file=source, line=begin + 1 + at)
    try:
        return base64.b64decode(b"".join(body[skip:]), validate=True)
    except binascii.Error as error:
        raise InputError(
            "the base64 of the PEM block that begins here is cut short", file=source, line=begin
        ) from error


def _lines(data: bytes, first: int, last: int) -> list[bytes]:
    return [line.strip() for line in data.splitlines()[first - 1 : last]]


def _outer(data: bytes, source: str, line: int) -> bytes:
    """The first element of `data`: a TRUSTED CERTIFICATE carries OpenSSL's own settings after it."""
    try:
        _, end = der.expect(data, 0, len(data), der.SEQUENCE)
    except DecodeError as error:
        raise InputError("the PEM block that begins here holds no certificate", file=source, line=line) from error
    return data[:end]


def _from_der(data: bytes, source: str) -> tuple[bytes, ...]:
    try:
        return (parse_certificate(data).der,)
    except DecodeError:
        pass
    try:
        return tuple(_from_pkcs7(data, source, None))
    except InputError:
        raise InputError("it is neither PEM nor a DER certificate", file=source) from None


def _from_pkcs7(data: bytes, source: str, line: int | None) -> list[bytes]:
    from cryptography.hazmat.primitives.serialization import pkcs7  # loads the e-mail packages

    try:
        return [item.public_bytes(Encoding.DER) for item in pkcs7.load_der_pkcs7_certificates(data)]
    except ValueError as error:
        raise InputError("the PKCS#7 in it can't be read", file=source, line=line) from error


_EDGE = re.compile(rb"-----(BEGIN|END) ([^-]+)-----")
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[ \t]*\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
