"""What a message says in this very conversation, in sentences: how things were chosen from what was offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from dojang.capture.chains import certificate_of
from dojang.capture.explain.catalogue.story import FACTS
from dojang.capture.explain.certificates import describe_certificate, describe_ocsp
from dojang.capture.explain.prose import Prose
from dojang.capture.explain.values import harmless
from dojang.capture.fingerprint import ja3, ja4
from dojang.capture.steps import Handshake, Message
from dojang.errors import DecodeError
from dojang.wire.codec import Struct
from dojang.wire.codes import ExtensionType, HandshakeType, OpenCode, Version
from dojang.wire.extensions import (
    CertificateStatus,
    KeyShareClientHello,
    KeyShareHelloRetryRequest,
    KeyShareServerHello,
    ProtocolNameList,
    ServerNameList,
    SupportedVersionList,
)
from dojang.wire.registry import suite_name

__all__ = ["alpn_of", "facts_of", "group_of", "server_name_of"]

_E = ExtensionType


def facts_of(message: Message) -> list[Prose]:
    """The facts of a message, the most telling first; nothing where it can't be read."""
    told = _FACTS.get(message.type)
    if told is None or message.value is None:
        return []
    try:
        return list(told(message))
    except DecodeError:  # an extension inside is malformed; its fields say where
        return []


def server_name_of(message: Message | None) -> str:
    """The name in SNI, made harmless; "" where there is none."""
    body = _body(message, _E.SERVER_NAME, ServerNameList)
    names = getattr(body, "server_name_list", ())
    return harmless(names[0].host_name) if names else ""


def alpn_of(handshake: Handshake) -> str:
    """The application protocol the server chose, "" where it can't be seen."""
    extension = handshake.extension(_E.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, sender="server")
    if extension is None:
        return ""
    try:
        names = ProtocolNameList.parse(extension.extension_data).protocol_name_list
    except DecodeError:
        return ""
    return harmless(names[0]) if names else ""


def group_of(handshake: Handshake) -> str:
    """The key exchange group, from the ServerHello's share or the ServerKeyExchange; "" where there is none."""
    body = _body(handshake.server_hello, _E.KEY_SHARE, KeyShareServerHello)
    body = body or _body(handshake.server_hello, _E.KEY_SHARE_DRAFT, KeyShareServerHello)
    if body is not None:
        return str(body.server_share.group.label)
    exchange = handshake.find(HandshakeType.SERVER_KEY_EXCHANGE)
    curve = getattr(exchange.value, "named_curve", None) if exchange is not None else None
    if curve is not None:
        return str(curve.label)
    prime = getattr(exchange.value, "dh_p", None) if exchange is not None else None
    return f"DH {int.from_bytes(prime, 'big').bit_length()}" if prime is not None else ""


def _fact(key: str, **details: object) -> Prose:
    return Prose(*FACTS[key]).fill(**details)


def _client_hello(message: Message) -> Iterator[Prose]:
    value = message.value
    name = server_name_of(message)
    yield _fact("sni", name=name) if name else _fact("no_sni")
    body = _body(message, _E.SUPPORTED_VERSIONS, SupportedVersionList)
    offered: Sequence[Version] = getattr(body, "versions", None) or (value.legacy_version,)
    yield _fact("versions", names=_labels(offered))
    suites = [s for s in value.cipher_suites if not s.is_grease]
    if suites:
        yield _fact("suites", count=len(suites), first=suite_name(suites[0]))
    shares = _body(message, _E.KEY_SHARE, KeyShareClientHello)
    if shares is not None:
        yield _fact("shares", names=_labels(share.group for share in shares.client_shares))
    names = getattr(
        _body(message, _E.APPLICATION_LAYER_PROTOCOL_NEGOTIATION, ProtocolNameList), "protocol_name_list", ()
    )
    if names:
        yield _fact("alpn_offer", names=", ".join(map(harmless, names)))
    for kind, key in ((_E.PRE_SHARED_KEY, "resumes"), (_E.EARLY_DATA, "early"), (_E.ENCRYPTED_CLIENT_HELLO, "ech")):
        if message.extension(kind) is not None:
            yield _fact(key)
    if any(s.is_grease for s in value.cipher_suites):
        yield _fact("grease")
    yield _fact("ja4", value=ja4(message))
    yield _fact("ja3", value=ja3(message))


def _server_hello(message: Message) -> Iterator[Prose]:
    handshake, value = message.handshake, message.value
    if message is handshake.retry:
        body = _body(message, _E.KEY_SHARE, KeyShareHelloRetryRequest)
        body = body or _body(message, _E.KEY_SHARE_DRAFT, KeyShareHelloRetryRequest)
        if body is not None:
            yield _fact("retry_group", name=body.selected_group.label)
        return
    yield _fact("chosen_version", name=Version.of(handshake.version).label)
    yield _chosen_suite(handshake)
    group = group_of(handshake)
    if group:
        yield _fact("chosen_group", name=group)
    if not handshake.is_tls13:
        alpn = alpn_of(handshake)
        if alpn:
            yield _fact("alpn", name=alpn)
    if value.random[24:31] == b"DOWNGRD":
        yield _fact("downgrade")
    if handshake.resumed:
        yield _fact("resumed")


def _chosen_suite(handshake: Handshake) -> Prose:
    hello = handshake.client_hello
    value = hello.value if hello is not None else None
    offered = [int(s) for s in value.cipher_suites if not s.is_grease] if value is not None else []
    name = suite_name(handshake.suite)
    if handshake.suite not in offered:
        return _fact("suite_not_offered", name=name) if offered else Prose(name, name)
    return _fact("chosen_suite", name=name, place=offered.index(handshake.suite) + 1)


def _encrypted_extensions(message: Message) -> Iterator[Prose]:
    alpn = alpn_of(message.handshake)
    if alpn:
        yield _fact("alpn", name=alpn)


def _certificate(message: Message) -> Iterator[Prose]:
    value = certificate_of(message) if message.type is HandshakeType.COMPRESSED_CERTIFICATE else message.value
    if value is None:
        return
    chain = value.certificate_list
    if not chain:
        yield _fact("no_certificate")
        return
    first = chain[0]
    leaf = describe_certificate(first if isinstance(first, bytes) else first.cert_data, elements=False)
    if "subject" in leaf:
        yield _fact("leaf", subject=leaf["subject"] or "?", issuer=leaf["issuer"] or "?")
        if leaf["names"]:
            yield _fact("names", names=", ".join(leaf["names"][:12]))
        yield _fact("validity", not_before=leaf["not_before"][:10], not_after=leaf["not_after"][:10])
        if not _in_time(leaf, message.time):
            yield _fact("expired")
    yield _fact("chain", count=len(chain)) if len(chain) > 1 else _fact("chain_one")
    for extension in getattr(first, "extensions", ()):
        if extension.extension_type is _E.STATUS_REQUEST:
            yield from _ocsp(CertificateStatus.parse(extension.extension_data).response)


def _in_time(leaf: dict[str, Any], time: float) -> bool:
    if not time or not leaf["not_before"] or not leaf["not_after"]:
        return True
    return (
        datetime.fromisoformat(leaf["not_before"]).timestamp()
        <= time
        <= (datetime.fromisoformat(leaf["not_after"]).timestamp())
    )


def _certificate_status(message: Message) -> Iterator[Prose]:
    yield from _ocsp(message.value.response)


def _ocsp(response: bytes) -> Iterator[Prose]:
    found = describe_ocsp(response)
    if "status" in found:
        yield _fact("ocsp", status=found["status"], this_update=found["this_update"][:10])


def _signed(message: Message) -> Iterator[Prose]:
    group = group_of(message.handshake) if message.type is HandshakeType.SERVER_KEY_EXCHANGE else ""
    if group:
        yield _fact("chosen_group", name=group)
    algorithm = getattr(message.value, "algorithm", None)
    if algorithm is not None:
        yield _fact("scheme", name=algorithm.label)


def _ticket(message: Message) -> Iterator[Prose]:
    value = message.value
    seconds = getattr(value, "ticket_lifetime", None)
    yield _fact("lifetime", seconds=value.ticket_lifetime_hint if seconds is None else seconds)


_FACTS: dict[int, Callable[[Message], Iterator[Prose]]] = {
    HandshakeType.CLIENT_HELLO: _client_hello,
    HandshakeType.SERVER_HELLO: _server_hello,
    HandshakeType.HELLO_RETRY_REQUEST: _server_hello,
    HandshakeType.ENCRYPTED_EXTENSIONS: _encrypted_extensions,
    HandshakeType.CERTIFICATE: _certificate,
    HandshakeType.COMPRESSED_CERTIFICATE: _certificate,
    HandshakeType.CERTIFICATE_STATUS: _certificate_status,
    HandshakeType.CERTIFICATE_VERIFY: _signed,
    HandshakeType.SERVER_KEY_EXCHANGE: _signed,
    HandshakeType.NEW_SESSION_TICKET: _ticket,
}


def _body(message: Message | None, kind: ExtensionType, form: type[Struct]) -> Any:
    extension = message.extension(kind) if message is not None else None
    if extension is None or not extension.extension_data:
        return None
    try:
        return form.parse(extension.extension_data)
    except DecodeError:
        return None


def _labels(codes: Any) -> str:
    return ", ".join(code.label for code in codes if isinstance(code, OpenCode) and not code.is_grease)
