"""Delegated credentials (RFC 9345): a key for a few days, vouched for by a certificate whose own key is elsewhere."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dojang.crypto.signatures import SCHEMES, schemes_for, sign, verify
from dojang.engine.config import Config
from dojang.engine.credential import Credential, Delegation
from dojang.errors import ApiMisuse, PeerMisbehaved
from dojang.pki.keys import PrivateKey, create_key, public_key_of, spki_of
from dojang.pki.signature import load_public_key
from dojang.wire.codes import Alert, SignatureScheme
from dojang.wire.extensions import DelegatedCredential, SignatureSchemeList

__all__ = ["DELEGATION_USAGE", "LONGEST_DELEGATION", "check_delegation", "choose_delegation", "delegate"]

# Section 4.2: the certificate's leave to delegate.
DELEGATION_USAGE = "1.3.6.1.4.1.44363.44"
# Section 4.1.3, in seconds.
LONGEST_DELEGATION = 7 * 86400


def delegate(
    credential: Credential,
    *,
    role: str = "server",
    key: PrivateKey | None = None,
    lifetime: int = 86400,
    now: float | None = None,
) -> Credential:
    """The same credential with a delegated key, which signs for peers that know delegation.

    role: "server" or "client", for which it is good. key: a new P-256 key where it is None; RSA can't be delegated to.
    lifetime: seconds from now, seven days at the most. Needs the certificate's own private key.
    """
    leaf = _delegating(credential.chain[0]) if credential.chain else None
    if leaf is None or not leaf.may_delegate or credential.key is None:
        raise ApiMisuse(
            "the certificate of {subject} may not delegate, or its key is not here", subject=credential.subject
        )
    if not 0 < lifetime <= LONGEST_DELEGATION:
        raise ApiMisuse("a delegated credential lives at most seven days, 604800 seconds")
    own = create_key() if key is None else key
    schemes = [scheme for scheme in schemes_for(own.public_key()) if _is_delegable(scheme)]
    if not schemes:
        raise ApiMisuse("no delegated credential can be made for this kind of key")
    valid_time = int((time.time() if now is None else now) - leaf.not_before) + lifetime
    algorithm = credential.schemes[0]
    unsigned = DelegatedCredential(valid_time, schemes[0], spki_of(own.public_key()), algorithm, b"\0")
    signature = sign(credential.key, algorithm, _signed_content(role, credential.chain[0], unsigned))
    message = DelegatedCredential(valid_time, schemes[0], unsigned.subject_public_key_info, algorithm, signature)
    return replace(credential, delegation=Delegation(message=message, key=own))


def choose_delegation(
    credential: Credential,
    config: Config,
    wanted: SignatureSchemeList | None,
    schemes: tuple[SignatureScheme, ...],
) -> Delegation | None:
    """The credential's delegation, where the peer takes it and its time has not run out (section 4.1.1).

    wanted: what the peer's delegated_credential extension says; schemes: its signature_algorithms.
    """
    own = credential.delegation
    if own is None or wanted is None:
        return None
    leaf, message = _delegating(credential.chain[0]), own.message
    fits = own.scheme in wanted.supported_signature_algorithms and message.algorithm in schemes
    return own if fits and config.clock() < leaf.not_before + message.valid_time else None


def check_delegation(config: Config, leaf: bytes, message: DelegatedCredential, peer: str) -> PublicKeyTypes:
    """Section 4.1.3: the delegated key. The leaf itself has been verified before."""
    problem, key = _judge(config, leaf, message, peer)
    if problem or key is None:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the {peer}'s delegated credential is not valid: {problem}",
            "RFC 9345 section 4.1.3",
            peer=peer,
            problem=problem,
        )
    return key


def _judge(config: Config, leaf: bytes, message: DelegatedCredential, peer: str) -> tuple[str, PublicKeyTypes | None]:
    certificate, now = _delegating(leaf), config.clock()
    expires = certificate.not_before + message.valid_time
    if not certificate.may_delegate:
        return "its certificate may not delegate", None
    if now >= expires:
        return "its time is over", None
    if expires - now > LONGEST_DELEGATION:
        return "it would live longer than seven days", None
    if message.dc_cert_verify_algorithm not in config.delegated_schemes:
        return "its signature scheme was not offered", None
    own = public_key_of(leaf)
    if message.algorithm not in config.signature_schemes or not SCHEMES[message.algorithm].fits(own):
        return "it is signed with a scheme that was not offered or does not fit the certificate's key", None
    if not verify(own, message.algorithm, message.signature, _signed_content(peer, leaf, message)):
        return "its signature is wrong", None
    try:
        key: PublicKeyTypes = load_public_key(message.subject_public_key_info)
    except ValueError:
        return "its key can't be read", None
    fits = SCHEMES[message.dc_cert_verify_algorithm].fits(key)
    return ("", key) if fits else ("its key does not fit its signature scheme", None)


def _is_delegable(scheme: SignatureScheme) -> bool:
    return not scheme.name.startswith("RSA")


def _signed_content(role: str, leaf: bytes, message: DelegatedCredential) -> bytes:
    """Section 4: all of the structure but the signature, behind the certificate."""
    body = message.encode()[: -2 - len(message.signature)]
    return b" " * 64 + f"TLS, {role} delegated credentials\0".encode() + leaf + body


class _Delegating(NamedTuple):
    """What matters of a certificate: whether it may delegate, and when its time begins, which all is counted from."""

    may_delegate: bool
    not_before: float


@lru_cache(64)
def _delegating(leaf: bytes) -> _Delegating:
    certificate = x509.load_der_x509_certificate(leaf)
    try:
        certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(DELEGATION_USAGE))
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except (x509.ExtensionNotFound, ValueError):
        usage = False
    return _Delegating(usage, certificate.not_valid_before_utc.timestamp())
