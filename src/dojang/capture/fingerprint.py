"""JA3 and JA4: what a ClientHello tells about the program that sent it, whoever that says it is.

JA3 is Salesforce's (2017): the lists in order, through MD5. JA4 is FoxIO's (2023): the lists sorted, through SHA-256,
so that browsers which shuffle their extensions stay recognisable. GREASE counts in neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from dojang.capture.steps import Message
from dojang.errors import DecodeError
from dojang.wire.codec import Struct
from dojang.wire.codes import ExtensionType, OpenCode, Version
from dojang.wire.extensions import (
    ECPointFormatList,
    NamedGroupList,
    ProtocolNameList,
    SignatureSchemeList,
    SupportedVersionList,
)
from dojang.wire.hello import ClientHello, ServerHello
from dojang.wire.messages_captured import ServerHelloDraft

__all__ = ["ja3", "ja3_full", "ja3s", "ja3s_full", "ja4", "ja4_raw"]


def ja3_full(hello: Message) -> str:
    """``771,4865-4866,0-23-65281,29-23,0``; "" where the hello can't be read."""
    value = hello.value
    if not isinstance(value, ClientHello):
        return ""
    groups = getattr(_body(hello, ExtensionType.SUPPORTED_GROUPS, NamedGroupList), "named_group_list", ())
    formats = getattr(_body(hello, ExtensionType.EC_POINT_FORMATS, ECPointFormatList), "ec_point_format_list", b"")
    lists = (value.cipher_suites, _types(hello), groups, formats)
    return ",".join([str(int(value.legacy_version)), *("-".join(map(str, _no_grease(each))) for each in lists)])


def ja3(hello: Message) -> str:
    """The MD5 of `ja3_full`."""
    return _md5(ja3_full(hello))


def ja3s_full(hello: Message) -> str:
    """The same for a ServerHello: version, suite, extensions."""
    value = hello.value
    if not isinstance(value, ServerHello | ServerHelloDraft):
        return ""
    extensions = "-".join(str(int(kind)) for kind in _types(hello))
    version = value.legacy_version if isinstance(value, ServerHello) else value.version
    return f"{int(version)},{int(value.cipher_suite)},{extensions}"


def ja3s(hello: Message) -> str:
    """The MD5 of `ja3s_full`."""
    return _md5(ja3s_full(hello))


def ja4(hello: Message) -> str:
    """``t13d1516h2_8daaf6152771_e5627efa2ab1``; "" where the hello can't be read."""
    parts = _ja4_parts(hello)
    return "_".join([parts[0], _sha12(parts[1]), _sha12(parts[2])]) if parts else ""


def ja4_raw(hello: Message) -> str:
    """The same with its lists readable: FoxIO's JA4_r."""
    return "_".join(_ja4_parts(hello))


def _ja4_parts(hello: Message) -> tuple[str, str, str] | tuple[()]:
    value = hello.value
    if not isinstance(value, ClientHello):
        return ()
    suites = [f"{suite:04x}" for suite in _no_grease(value.cipher_suites)]
    kinds = list(_no_grease(_types(hello)))
    named = ExtensionType.SERVER_NAME in kinds
    head = f"t{_version(hello)}{'d' if named else 'i'}{min(len(suites), 99):02}{min(len(kinds), 99):02}{_alpn(hello)}"
    inner = (ExtensionType.SERVER_NAME, ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION)
    extensions = ",".join(sorted(f"{kind:04x}" for kind in kinds if kind not in inner))
    body = _body(hello, ExtensionType.SIGNATURE_ALGORITHMS, SignatureSchemeList)
    schemes = [f"{s:04x}" for s in _no_grease(getattr(body, "supported_signature_algorithms", ()))]
    return head, ",".join(sorted(suites)), "_".join([extensions, ",".join(schemes)] if schemes else [extensions])


def _version(hello: Message) -> str:
    body = _body(hello, ExtensionType.SUPPORTED_VERSIONS, SupportedVersionList)
    offered = _no_grease(getattr(body, "versions", ())) or (hello.value.legacy_version,)
    return _VERSIONS.get(max(map(int, offered)), "00")


_VERSIONS: dict[int, str] = {
    Version.TLS13: "13",
    Version.TLS12: "12",
    Version.TLS11: "11",
    Version.TLS10: "10",
    Version.SSL3: "s3",
    Version.SSL2: "s2",
}


def _alpn(hello: Message) -> str:
    """First and last character of the first protocol; where one of them is no letter or digit, of its hexadecimal."""
    body = _body(hello, ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, ProtocolNameList)
    names = getattr(body, "protocol_name_list", ())
    if not names or not names[0]:
        return "00"
    first: bytes = names[0]
    text = first.decode("latin-1")
    if not (text[0].isascii() and text[0].isalnum() and text[-1].isascii() and text[-1].isalnum()):
        text = first.hex()
    return text[0] + text[-1]


def _types(hello: Message) -> tuple[ExtensionType, ...]:
    return tuple(extension.extension_type for extension in hello.extensions)


def _body(hello: Message, kind: ExtensionType, form: type[Struct]) -> Any:
    extension = hello.extension(kind)
    try:
        return form.parse(extension.extension_data) if extension is not None else None
    except DecodeError:
        return None


def _no_grease(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(v for v in values if not (isinstance(v, OpenCode) and v.is_grease))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() if text else ""


def _sha12(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12
