"""`dojang x509 FILE`: a certificate, request, revocation list, OCSP response or key, field by field, with its bytes.

It explains; it does not judge. What the fields are is in `x509_fields`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import NamedTuple

from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.failures import Exit, WrongUsage
from dojang.cli.language import Text
from dojang.cli.terminal import Screen
from dojang.cli.x509_fields import Field, explained
from dojang.errors import DecodeError
from dojang.pki.pem import pem_blocks, read_file
from dojang.wire import der

__all__ = ["register", "run"]


class Object(NamedTuple):
    """kind: `certificate`, `request`, `list`, `response`, `public-key`, `private-key`; data: its DER."""

    kind: str
    data: bytes


def register(parser: Parser) -> None:
    """The command's arguments."""
    parser.option("file", metavar="FILE", help=_FILE)
    parser.option("--bytes", action="store_true", help=_BYTES)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Show every object in the file."""
    objects = list(_objects(read_file(arguments.file), arguments.file))
    if arguments.json:
        found = [
            {"kind": each.kind, "fields": [_json(f, each.data, screen) for f in explained(*each)]} for each in objects
        ]
        print(json.dumps({"objects": found}, ensure_ascii=False, indent=2), file=screen.out)
        return Exit.DONE
    for each in objects:
        screen.title(_KINDS[each.kind])
        for field in explained(*each):
            _draw(screen, field, each.data, with_bytes=arguments.bytes)
    return Exit.DONE


def _objects(data: bytes, source: str) -> Iterator[Object]:
    if b"-----BEGIN " not in data:
        yield Object(_kind_of(data), data)
        return
    for block in pem_blocks(data, source):
        kind = _LABELS.get(block.label)
        if kind is not None:
            yield Object(kind, block.data)


def _kind_of(data: bytes) -> str:
    """By shape: the few objects that come in DER differ in their first elements."""
    try:
        start, end = der.whole(data, der.SEQUENCE)
        tags = [tlv.tag for tlv in der.children(data, start, end)]
        inner = [tlv.tag for tlv in der.children(data, *der.expect(data, start, end, tags[0]))] if tags else []
    except DecodeError:
        raise WrongUsage(_NOTHING_KNOWN) from None
    if tags[:1] == [der.ENUMERATED]:
        return "response"
    if tags[:2] == [der.INTEGER, der.SEQUENCE]:
        return "private-key"
    if tags == [der.SEQUENCE, der.BIT_STRING]:
        return "public-key"
    if tags != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise WrongUsage(_NOTHING_KNOWN)
    if inner[:1] == [0xA0] or inner[:5] == [der.INTEGER, *[der.SEQUENCE] * 4]:
        return "certificate"
    if inner[-1:] == [0xA0] and len(inner) == 4:
        return "request"
    return "list"


def _draw(screen: Screen, field: Field, data: bytes, *, with_bytes: bool) -> None:
    indent = "  " * (field.depth + 1)
    head = screen.paint("bold", field.name)
    screen.line(f"{indent}{head}{': ' if field.value else ''}{field.value}")
    if field.meaning is not None:
        screen.say(field.meaning, indent=indent + "  ", style="dim")
    if with_bytes and field.span is not None:
        for line in _dump(data, *field.span):
            screen.line(indent + "  " + screen.paint("key", line))


def _dump(data: bytes, start: int, end: int) -> Iterator[str]:
    """Offsets and hexadecimal, sixteen bytes a line."""
    for at in range(start, end, 16):
        yield f"{at:6}  {data[at : min(at + 16, end)].hex(' ')}"


def _json(field: Field, data: bytes, screen: Screen) -> dict[str, object]:
    facts: dict[str, object] = {"name": field.name, "value": field.value, "depth": field.depth}
    if field.meaning is not None:
        facts["meaning"] = screen.pick(field.meaning)
    if field.span is not None:
        facts["start"], facts["end"] = field.span
        facts["bytes"] = data[field.span[0] : field.span[1]].hex()
    return facts


_FILE = Text(
    ko="인증서, CSR, CRL, OCSP 응답 또는 키 (PEM이나 DER)",
    en="a certificate, request, revocation list, OCSP response or key, in PEM or DER",
)
_BYTES = Text(ko="각 필드의 바이트도 보여 줍니다", en="show the bytes of each field too")
_NOTHING_KNOWN = Text(
    ko="인증서도, CSR도, CRL도, OCSP 응답도, 키도 아닙니다.",
    en="This is no certificate, request, revocation list, OCSP response or key.",
)
_KINDS = {
    "certificate": Text(ko="인증서", en="Certificate"),
    "request": Text(ko="인증서 요청(CSR)", en="Certificate signing request"),
    "list": Text(ko="폐기 목록(CRL)", en="Certificate revocation list"),
    "response": Text(ko="OCSP 응답", en="OCSP response"),
    "public-key": Text(ko="공개 키", en="Public key"),
    "private-key": Text(ko="개인 키", en="Private key"),
    "encrypted-key": Text(ko="암호화된 개인 키", en="Encrypted private key"),
}
_LABELS = {
    "CERTIFICATE": "certificate",
    "X509 CERTIFICATE": "certificate",
    "TRUSTED CERTIFICATE": "certificate",
    "CERTIFICATE REQUEST": "request",
    "NEW CERTIFICATE REQUEST": "request",
    "X509 CRL": "list",
    "OCSP RESPONSE": "response",
    "PUBLIC KEY": "public-key",
    "PRIVATE KEY": "private-key",
    "EC PRIVATE KEY": "private-key",
    "RSA PRIVATE KEY": "private-key",
    "ENCRYPTED PRIVATE KEY": "encrypted-key",
}
