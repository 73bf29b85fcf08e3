"""The certificates that a side showed, also where they came compressed (RFC 8879).

zlib is at hand; Brotli and Zstandard are used where they are installed. Nothing is inflated beyond `LARGEST`.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any

from dojang.capture.steps import Handshake, Message
from dojang.errors import DecodeError
from dojang.wire.codes import CertificateCompressionAlgorithm, HandshakeType
from dojang.wire.messages13 import Certificate

__all__ = ["certificate_of", "chain_of"]

LARGEST = 2**20


def chain_of(handshake: Handshake, sender: str) -> tuple[bytes, ...]:
    """DER certificates, the sender's own first; nothing where none were seen or they can't be read."""
    message = handshake.find(HandshakeType.CERTIFICATE, sender)
    value = message.value if message is not None else None
    if value is None:
        compressed = handshake.find(HandshakeType.COMPRESSED_CERTIFICATE, sender)
        value = certificate_of(compressed) if compressed is not None else None
    entries = value.certificate_list if value is not None else ()
    return tuple(entry if isinstance(entry, bytes) else entry.cert_data for entry in entries)


def certificate_of(message: Message) -> Certificate | None:
    """The Certificate inside a CompressedCertificate, None where it can't be had."""
    value = message.value
    if value is None or value.uncompressed_length > LARGEST:
        return None
    inflate = _METHODS.get(value.algorithm)
    try:
        body = inflate(value.compressed_certificate_message, value.uncompressed_length) if inflate else None
        return Certificate.parse(body) if body is not None and len(body) == value.uncompressed_length else None
    except DecodeError:
        return None


def _zlib(data: bytes, size: int) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(data, size + 1)
    except zlib.error:
        return None


def _brotli(data: bytes, size: int) -> bytes | None:
    """Brotli 1.2 and later: older ones can't be told where to stop."""
    module = _installed("brotli")
    if module is None:
        return None
    inflater, body, more = module.Decompressor(), bytearray(), data
    try:
        while not inflater.is_finished() and len(body) <= size:
            found = inflater.process(more, output_buffer_limit=size + 1 - len(body))
            if not found:
                break
            body += found
            more = b""
    except (TypeError, module.error):
        return None
    return bytes(body)


def _zstd(data: bytes, size: int) -> bytes | None:
    module = _installed("zstandard")
    if module is None:
        return None
    try:
        reader = module.ZstdDecompressor(max_window_size=2**23).stream_reader(data)
        return bytes(reader.read(size + 1))
    except module.ZstdError:
        return None


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


_METHODS = {
    CertificateCompressionAlgorithm.ZLIB: _zlib,
    CertificateCompressionAlgorithm.BROTLI: _brotli,
    CertificateCompressionAlgorithm.ZSTD: _zstd,
}
