"""Raw public keys (RFC 7250): which kinds of certificate each side shows, and whether a bare key is one we know.

A raw key proves itself and nothing else: no authority, no name, no date. It counts only where the application named it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from dojang.engine.config import ClientConfig, Config, Credential, ServerConfig
from dojang.engine.negotiate import Bodies
from dojang.errors import CertificateError, PeerIncompatible, PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CertificateType, ExtensionType
from dojang.wire.extensions import Extension, constant_extension

__all__ = [
    "check_raw_key",
    "choose_client_type",
    "is_raw_key_accepted",
    "of_types",
    "offer_types",
    "offered_types",
    "read_type",
    "type_answer",
]

_CLIENT, _SERVER = ExtensionType.CLIENT_CERTIFICATE_TYPE, ExtensionType.SERVER_CERTIFICATE_TYPE
_DEFAULT = (CertificateType.X509,)


def offer_types(config: ClientConfig) -> list[Extension]:
    """Section 4.1: what the client can show and what it takes; nothing where that is certificates alone."""
    entries = []
    for kind, types in ((_CLIENT, own_types(config)), (_SERVER, accepted_types(config))):
        if types != _DEFAULT:
            entries.append(constant_extension(kind, ext.CertificateTypeList(types)))
    return entries


def own_types(config: ClientConfig) -> tuple[CertificateType, ...]:
    """What the configured credentials are, in their order."""
    return tuple(dict.fromkeys(credential.certificate_type for credential in config.credentials)) or _DEFAULT


def accepted_types(config: ClientConfig) -> tuple[CertificateType, ...]:
    """What a client takes from servers: keys it knows rather than certificates."""
    return _DEFAULT if config.raw_public_keys is None else (CertificateType.RAW_PUBLIC_KEY, *_DEFAULT)


def offered_types(offer: Bodies, kind: ExtensionType) -> tuple[CertificateType, ...]:
    """What the client said under `kind`, certificates where it said nothing."""
    types = cast(ext.CertificateTypeList | None, offer.get(kind))
    return _DEFAULT if types is None else types.certificate_types


def of_types(candidates: Sequence[Credential], types: Sequence[CertificateType]) -> tuple[Credential, ...]:
    """Those credentials that the client takes, its favourite kind first (section 4.2)."""
    found = [credential for kind in types for credential in candidates if credential.certificate_type is kind]
    if candidates and not found:
        raise _nothing_in_common(types)
    return tuple(found)


def choose_client_type(config: ServerConfig, offer: Bodies) -> CertificateType | None:
    """What the client is to show: the first of its kinds that this server can judge.

    None where there is none and the server can do without; section 4.2 has it refuse where it can't.
    """
    types = offered_types(offer, _CLIENT)
    for kind in types:
        if kind is CertificateType.RAW_PUBLIC_KEY and config.raw_public_keys is not None:
            return kind
        if kind is CertificateType.X509 and config.client_trust is not None:
            return kind
    if config.requires_certificate:
        raise _nothing_in_common(types)
    return None


def type_answer(offer: Bodies, kind: ExtensionType, chosen: CertificateType) -> list[Extension]:
    """The server's choice, for a client that offered one."""
    return [constant_extension(kind, ext.CertificateTypeChoice(chosen))] if kind in offer else []


def read_type(config: ClientConfig, answers: Bodies, kind: ExtensionType) -> CertificateType:
    """The server's choice under `kind`, which must have been offered."""
    answer = cast(ext.CertificateTypeChoice | None, answers.get(kind))
    if answer is None:
        return CertificateType.X509
    offered = own_types(config) if kind is _CLIENT else accepted_types(config)
    if answer.certificate_type not in offered:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the server chose the certificate type {type}, which was not offered",
            "RFC 7250 section 4.2",
            type=answer.certificate_type.label,
        )
    return answer.certificate_type


def is_raw_key_accepted(config: Config, key: bytes, name: str | None) -> bool:
    """Whether the application named this key (DER); a callable's word counts only where it is True."""
    known = config.raw_public_keys
    if known is None:
        return False
    return known(key, name) is True if callable(known) else key in known


def check_raw_key(config: Config, key: bytes, name: str | None, peer: str) -> None:
    """Section 6: without a certificate, who the peer is must be known by other means."""
    if not is_raw_key_accepted(config, key, name):
        raise CertificateError(
            Alert.CERTIFICATE_UNKNOWN,
            "the {peer}'s raw public key is none of those that are accepted",
            "RFC 7250 section 6",
            peer=peer,
        )


def _nothing_in_common(types: Iterable[CertificateType]) -> PeerIncompatible:
    return PeerIncompatible(
        Alert.UNSUPPORTED_CERTIFICATE,
        "no certificate type in common: the client offers {offered}",
        "RFC 7250 section 4.2",
        offered=", ".join([kind.label for kind in types]),
    )
