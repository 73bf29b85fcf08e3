"""How large records may be: record_size_limit (RFC 8449) and max_fragment_length (RFC 6066 section 4).

The first is what each side takes, the second one size for both ways; where both are offered, only the first counts.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from dojang.engine.config import LEAST_RECORD_SIZE, ClientConfig, ServerConfig
from dojang.engine.flight import Epoch, Link
from dojang.engine.negotiate import Bodies
from dojang.errors import PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, ExtensionType, Version
from dojang.wire.extensions import Extension, constant_extension
from dojang.wire.framing import MAX_PLAINTEXT

__all__ = ["Limits", "answer_limits", "impose_limits", "offer_limits", "read_limits"]

# RFC 6066 section 4: 1 to 4 stand for these.
_FRAGMENTS = {1: 2**9, 2: 2**10, 3: 2**11, 4: 2**12}


class Limits(NamedTuple):
    """Bytes of content that a record may hold, of those this side sends and of those it receives."""

    sent: int
    received: int


def offer_limits(config: ClientConfig) -> list[Extension]:
    """What a client asks for."""
    entries = []
    if config.record_size_limit is not None:
        entries.append(_size_extension(config.record_size_limit, max(config.versions)))
    if config.max_fragment_length is not None:
        code = next(code for code, size in _FRAGMENTS.items() if size == config.max_fragment_length)
        entries.append(constant_extension(ExtensionType.MAX_FRAGMENT_LENGTH, ext.MaxFragmentLength(code)))
    return entries


def answer_limits(config: ServerConfig, offer: Bodies, version: Version) -> tuple[list[Extension], Limits | None]:
    """The server's answer, and what is agreed on with it; nothing where the client asks for nothing."""
    limit = cast(ext.RecordSizeLimit | None, offer.get(ExtensionType.RECORD_SIZE_LIMIT))
    fragment = cast(ext.MaxFragmentLength | None, offer.get(ExtensionType.MAX_FRAGMENT_LENGTH))
    own = config.record_size_limit or MAX_PLAINTEXT + 1
    if limit is not None:
        check_size(limit.record_size_limit, "client")
        agreed = Limits(_content(limit.record_size_limit, version), _content(own, version))
        return [_size_extension(own, version)], agreed
    if fragment is None:
        return [], None
    size = _FRAGMENTS.get(fragment.max_fragment_length)
    if size is None:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the client asks for the fragment length {code}, which means nothing",
            "RFC 6066 section 4",
            code=fragment.max_fragment_length,
        )
    return [constant_extension(ExtensionType.MAX_FRAGMENT_LENGTH, fragment)], Limits(size, size)


def read_limits(config: ClientConfig, answers: Bodies, version: Version) -> Limits | None:
    """What the server agreed to, of what was offered."""
    limit = cast(ext.RecordSizeLimit | None, answers.get(ExtensionType.RECORD_SIZE_LIMIT))
    fragment = cast(ext.MaxFragmentLength | None, answers.get(ExtensionType.MAX_FRAGMENT_LENGTH))
    if limit is not None and fragment is not None:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the server answered both record_size_limit and max_fragment_length",
            "RFC 8449 section 5",
        )
    if limit is not None:
        check_size(limit.record_size_limit, "server")
        own = config.record_size_limit or MAX_PLAINTEXT + 1
        return Limits(_content(limit.record_size_limit, version), _content(own, version))
    if fragment is None:
        return None
    size = _FRAGMENTS.get(fragment.max_fragment_length)
    if size is None or size != config.max_fragment_length:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the server answered another fragment length than it was asked for",
            "RFC 6066 section 4",
        )
    return Limits(size, size)


def check_size(limit: int, peer: str) -> None:
    """RFC 8449 section 4: small ones are illegal, and too large ones mean the largest."""
    if limit < LEAST_RECORD_SIZE:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the {peer} takes records of {limit} bytes at most; {least} is the least there may be",
            "RFC 8449 section 4",
            peer=peer,
            limit=limit,
            least=LEAST_RECORD_SIZE,
        )


def impose_limits(link: Link, limits: Limits | None) -> None:
    """From here on; records under early keys were sent before anything was agreed on."""
    if limits is None:
        return
    link.write.fragment, link.read.fragment = limits
    if link.read.opener is not None and link.read_epoch != Epoch.EARLY:
        link.read.opener.fragment = limits.received


def _size_extension(limit: int, version: Version) -> Extension:
    most = MAX_PLAINTEXT + (version is Version.TLS13)
    return constant_extension(ExtensionType.RECORD_SIZE_LIMIT, ext.RecordSizeLimit(min(limit, most)))


def _content(limit: int, version: Version) -> int:
    """TLS 1.3 counts the content type and the padding too."""
    return min(limit - (version is Version.TLS13), MAX_PLAINTEXT)
