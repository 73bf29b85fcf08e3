"""Certificate compression, RFC 8879: zlib from the standard library, Brotli and Zstandard where they are installed.

Nothing is inflated beyond the announced length, nor beyond what a handshake message may have.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from dojang.errors import PeerMisbehaved
from dojang.wire.codes import Alert, CertificateCompressionAlgorithm
from dojang.wire.framing import MAX_MESSAGE
from dojang.wire.messages13 import Certificate, CompressedCertificate

__all__ = ["compressed", "compression_algorithms", "decompressed"]

# What a compressor may look back on: more than any certificate has, and a bound to what a decompressor may hold.
_WINDOW = 2**20


@dataclass(frozen=True, slots=True)
class _Method:
    """How to compress, and how to inflate to so many bytes and one more, at most; that raises what it likes."""

    compress: Callable[[bytes], bytes]
    inflate: Callable[[bytes, int], bytes]


@cache
def compression_algorithms() -> tuple[CertificateCompressionAlgorithm, ...]:
    """What can be used here, the best first."""
    return tuple(_methods())


def compressed(message: Certificate, algorithm: CertificateCompressionAlgorithm) -> CompressedCertificate:
    """Section 4."""
    body = message.encode()
    return CompressedCertificate(algorithm, len(body), _methods()[algorithm].compress(body))


def decompressed(
    message: CompressedCertificate, offered: tuple[CertificateCompressionAlgorithm, ...], peer: str
) -> Certificate:
    """Section 4; raises PeerMisbehaved for what was not offered or is not what it says."""
    if message.algorithm not in offered:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the {peer} compressed its certificate with {algorithm}, which was not offered",
            "RFC 8879 section 4",
            peer=peer,
            algorithm=message.algorithm.label,
        )
    if message.uncompressed_length > MAX_MESSAGE:
        raise _bad(peer)
    try:
        body = _methods()[message.algorithm].inflate(
            message.compressed_certificate_message, message.uncompressed_length
        )
    except Exception:  # each library has its own errors
        raise _bad(peer) from None
    if len(body) != message.uncompressed_length:
        raise _bad(peer)
    return Certificate.parse(body)


def _bad(peer: str) -> PeerMisbehaved:
    return PeerMisbehaved(
        Alert.BAD_CERTIFICATE,
        "the {peer}'s compressed certificate does not inflate to what it announces",
        "RFC 8879 section 4",
        peer=peer,
    )


@cache
def _methods() -> dict[CertificateCompressionAlgorithm, _Method]:
    found = {
        CertificateCompressionAlgorithm.BROTLI: _brotli(),
        CertificateCompressionAlgorithm.ZSTD: _zstd_of_python() or _zstandard(),
        CertificateCompressionAlgorithm.ZLIB: _Method(lambda data: zlib.compress(data, 9), _inflate_zlib),
    }
    return {algorithm: method for algorithm, method in found.items() if method is not None}


def _inflate_zlib(data: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj()
    body = inflater.decompress(data, size + 1)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("not one whole stream")
    return body


def _brotli() -> _Method | None:
    """Brotli 1.2 and later: older ones can't be told where to stop."""
    module = _installed("brotli")
    if module is None:
        return None
    try:
        module.Decompressor().process(b"", output_buffer_limit=1)
    except TypeError:
        return None

    def inflate(data: bytes, size: int) -> bytes:
        inflater, body = module.Decompressor(), bytearray()
        while not inflater.is_finished() and len(body) <= size:
            more = inflater.process(b"" if body else data, output_buffer_limit=size + 1 - len(body))
            if not more:
                break
            body += more
        if not inflater.is_finished():
            raise ValueError("not one whole stream")
        return bytes(body)

    return _Method(lambda data: bytes(module.compress(data, quality=11, lgwin=20)), inflate)


def _zstd_of_python() -> _Method | None:
    """Python's own, from 3.14 on."""
    module = _installed("compression.zstd")
    if module is None:
        return None

    def inflate(data: bytes, size: int) -> bytes:
        inflater = module.ZstdDecompressor(
            options={module.DecompressionParameter.window_log_max: _WINDOW.bit_length() - 1}
        )
        body: bytes = inflater.decompress(data, size + 1)
        if not inflater.eof or inflater.unused_data:
            raise ValueError("not one whole frame")
        return body

    return _Method(lambda data: bytes(module.compress(data, 19)), inflate)


def _zstandard() -> _Method | None:
    module = _installed("zstandard")
    if module is None:
        return None

    def inflate(data: bytes, size: int) -> bytes:
        inflater = module.ZstdDecompressor(max_window_size=_WINDOW)
        body: bytes = inflater.stream_reader(io.BytesIO(data)).read(size + 1)
        return body

    return _Method(lambda data: bytes(module.ZstdCompressor(level=19).compress(data)), inflate)


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None
