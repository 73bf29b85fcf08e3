"""Which declaration of `wire` a handshake message has, and where each of its fields stands.

That depends on the version, the suite's key exchange and who sent it; all of it is looked up here, once per kind.
"""

from __future__ import annotations

from functools import lru_cache

from dojang.capture.suites import SuiteShape, suite_shape
from dojang.errors import DecodeError
from dojang.wire import messages12, messages13
from dojang.wire import messages_captured as captured
from dojang.wire.codec import HandshakeMessage, Struct
from dojang.wire.codes import ExtensionType, HandshakeType
from dojang.wire.extensions import Context, Extension, OfferedPsks
from dojang.wire.extensions_captured import body_of
from dojang.wire.hello import (
    HELLO_RETRY_REQUEST_RANDOM,
    ClientHello,
    EncryptedExtensions,
    HelloRetryRequest,
    ServerHello,
)
from dojang.wire.reader import Span, TracingReader

__all__ = ["Form", "context_of", "draft_of", "form_of", "is_tls13", "trace", "trace_struct"]

SSL3, TLS12, TLS13 = 0x0300, 0x0303, 0x0304

Form = type[HandshakeMessage]


def is_tls13(version: int) -> bool:
    """TLS 1.3, its drafts and experiments."""
    return version == TLS13 or version >> 8 in (0x7F, 0x7E, 0xFB)


def draft_of(version: int) -> int | None:
    """The draft's number; None for a version that is none."""
    return version & 0xFF if version >> 8 == 0x7F else None


def form_of(kind: int, raw: bytes, version: int, suite: int) -> Form:
    """The declaration for a message of that type; `raw` with its header, since hellos tell their form themselves."""
    if kind == HandshakeType.CLIENT_HELLO:
        return ClientHello
    if kind == HandshakeType.SERVER_HELLO:
        if raw[4:5] == b"\x7f":
            return captured.ServerHelloDraft
        return HelloRetryRequest if raw[6:38] == HELLO_RETRY_REQUEST_RANDOM else ServerHello
    return _form(kind, version, suite)


@lru_cache(maxsize=1024)
def _form(kind: int, version: int, suite: int) -> Form:
    if is_tls13(version):
        if kind == HandshakeType.NEW_SESSION_TICKET and (draft_of(version) or 99) <= 20:
            return captured.NewSessionTicketDraft
        return _FORMS13.get(kind, captured.UnknownMessage)
    if kind == HandshakeType.CERTIFICATE_REQUEST:
        return messages12.CertificateRequest12 if version >= TLS12 else messages12.CertificateRequestOld
    if kind == HandshakeType.CERTIFICATE_VERIFY:
        return messages12.CertificateVerify12 if version >= TLS12 else messages12.CertificateVerifyOld
    if kind == HandshakeType.FINISHED and version == SSL3:
        return captured.FinishedSsl3
    if kind == HandshakeType.SERVER_KEY_EXCHANGE:
        return _server_key_exchange(suite_shape(suite), version)
    if kind == HandshakeType.CLIENT_KEY_EXCHANGE:
        return _client_key_exchange(suite_shape(suite), version)
    return _FORMS12.get(kind, captured.UnknownMessage)


def _server_key_exchange(shape: SuiteShape, version: int) -> Form:
    if shape.signs == "anon":
        anonymous = {"dh": captured.ServerDhKeyExchangeAnon, "ecdh": captured.ServerEcdhKeyExchangeAnon}
        return anonymous.get(shape.exchange, captured.UnknownMessage)
    if shape.export and shape.exchange == "rsa":
        return captured.ServerRsaExportKeyExchange
    signed = version >= TLS12
    forms: dict[str, Form] = {
        "ecdhe": captured.ServerEcdhKeyExchange12 if signed else captured.ServerEcdhKeyExchangeOld,
        "dhe": captured.ServerDhKeyExchange12 if signed else captured.ServerDhKeyExchangeOld,
        "psk": captured.ServerPskKeyExchange,
        "rsa_psk": captured.ServerPskKeyExchange,
        "dhe_psk": captured.ServerDhPskKeyExchange,
        "ecdhe_psk": captured.ServerEcdhPskKeyExchange,
        "srp": captured.ServerSrpKeyExchange,
    }
    return forms.get(shape.exchange, messages12.ServerKeyExchange)


def _client_key_exchange(shape: SuiteShape, version: int) -> Form:
    forms: dict[str, Form] = {
        "rsa": captured.ClientRsaKeyExchangeSsl3 if version == SSL3 else captured.ClientRsaKeyExchange,
        "ecdhe": captured.ClientEcdhKeyExchange,
        "ecdh": captured.ClientEcdhKeyExchange,
        "dhe": captured.ClientDhKeyExchange,
        "dh": captured.ClientDhKeyExchange,
        "psk": captured.ClientPskKeyExchange,
        "rsa_psk": captured.ClientRsaPskKeyExchange,
        "dhe_psk": captured.ClientDhPskKeyExchange,
        "ecdhe_psk": captured.ClientEcdhPskKeyExchange,
        "srp": captured.ClientSrpKeyExchange,
    }
    return forms.get(shape.exchange, messages12.ClientKeyExchange)


_FORMS13: dict[int, Form] = {
    HandshakeType.ENCRYPTED_EXTENSIONS: EncryptedExtensions,
    HandshakeType.CERTIFICATE_REQUEST: messages13.CertificateRequest,
    HandshakeType.CERTIFICATE: messages13.Certificate,
    HandshakeType.COMPRESSED_CERTIFICATE: messages13.CompressedCertificate,
    HandshakeType.CERTIFICATE_VERIFY: messages13.CertificateVerify,
    HandshakeType.FINISHED: messages13.Finished,
    HandshakeType.END_OF_EARLY_DATA: messages13.EndOfEarlyData,
    HandshakeType.NEW_SESSION_TICKET: messages13.NewSessionTicket,
    HandshakeType.KEY_UPDATE: messages13.KeyUpdate,
    HandshakeType.HELLO_RETRY_REQUEST: captured.HelloRetryRequestDraft,
}
_FORMS12: dict[int, Form] = {
    HandshakeType.HELLO_REQUEST: messages12.HelloRequest,
    HandshakeType.CERTIFICATE: messages12.Certificate12,
    HandshakeType.SERVER_HELLO_DONE: messages12.ServerHelloDone,
    HandshakeType.FINISHED: messages12.Finished12,
    HandshakeType.CERTIFICATE_STATUS: messages12.CertificateStatus12,
    HandshakeType.NEW_SESSION_TICKET: messages12.NewSessionTicket12,
    HandshakeType.NEXT_PROTOCOL: messages12.NextProtocol,
    HandshakeType.SUPPLEMENTAL_DATA: messages12.SupplementalData,
    HandshakeType.HELLO_RETRY_REQUEST: captured.HelloRetryRequestDraft,
}

_CONTEXTS: dict[type[Struct], Context] = {
    ClientHello: Context.CLIENT_HELLO,
    HelloRetryRequest: Context.HELLO_RETRY_REQUEST,
    captured.HelloRetryRequestDraft: Context.HELLO_RETRY_REQUEST,
    captured.ServerHelloDraft: Context.SERVER_HELLO,
    EncryptedExtensions: Context.ENCRYPTED_EXTENSIONS,
    messages13.Certificate: Context.CERTIFICATE,
    messages13.CertificateRequest: Context.CERTIFICATE_REQUEST,
    messages13.NewSessionTicket: Context.NEW_SESSION_TICKET,
    captured.NewSessionTicketDraft: Context.NEW_SESSION_TICKET,
}


def context_of(form: type[Struct], version: int) -> Context | None:
    """Where the extensions of a message stand, for the table of their bodies."""
    if form is ServerHello:
        return Context.SERVER_HELLO if is_tls13(version) else Context.SERVER_HELLO_12
    return _CONTEXTS.get(form)


def trace(form: type[Struct], body: bytes, version: int) -> tuple[list[Span], DecodeError | None]:
    """Every field of a message with its place in `body`, extensions opened; and the error where it breaks.

    A span's path begins with a dot; what is inside an extension follows behind ``.extension_data``.
    """
    spans, error = trace_struct(form, body)
    context = context_of(form, version)
    if context is None:
        return spans, error
    opened: list[Span] = []
    for span in spans:
        if isinstance(span.value, Extension):
            inside, broken = _trace_extension(span.value, span, context)
            opened += inside
            error = error or broken
        opened.append(span)
    return opened, error


def trace_struct(
    form: type[Struct], data: bytes, start: int = 0, stop: int | None = None, path: str = ""
) -> tuple[list[Span], DecodeError | None]:
    """The same for any struct that fills data[start:stop]."""
    reader = TracingReader(data, start, stop, what=form.__name__, path=path)
    try:
        form.read(reader)
        reader.finish()
    except DecodeError as error:
        return reader.spans, error
    return reader.spans, None


def _trace_extension(extension: Extension, span: Span, context: Context) -> tuple[list[Span], DecodeError | None]:
    form = body_of(extension, context)
    if form is None:
        return [], None
    size = len(extension.extension_data)
    reader_data = bytes(span.stop - size) + extension.extension_data  # so that offsets count from the message
    return trace_struct(form, reader_data, span.stop - size, span.stop, span.path + ".extension_data")


def psk_identities(extensions: tuple[Extension, ...]) -> tuple[bytes, ...]:
    """The identities a ClientHello offers, none where it offers none or they can't be read."""
    for extension in extensions:
        if extension.extension_type == ExtensionType.PRE_SHARED_KEY:
            try:
                return tuple(i.identity for i in OfferedPsks.parse(extension.extension_data).identities)
            except DecodeError:
                return ()
    return ()
