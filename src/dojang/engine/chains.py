"""Which of several chains a peer can verify best: by who issued them, and by how they are signed.

Both are the peer's wishes (RFC 9846 sections 4.3.3 and 4.3.4): they order what there is, they forbid nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import cast

from dojang.engine.credential import Credential
from dojang.engine.negotiate import Bodies
from dojang.errors import DecodeError
from dojang.pki.certificate import parse_certificate
from dojang.pki.signature import SignatureAlgorithm, signature_algorithm
from dojang.wire import extensions as ext
from dojang.wire.codes import ExtensionType, SignatureScheme

__all__ = ["by_suitability", "named_authorities", "schemes_for_chains"]


def by_suitability(
    credentials: Iterable[Credential], authorities: Collection[bytes], schemes: Collection[SignatureScheme]
) -> tuple[Credential, ...]:
    """The same credentials, those first that the peer can verify.

    authorities: DER names that the peer trusts, none where it does not say. schemes: what it verifies in chains.
    """

    def misfit(credential: Credential) -> int:
        unnamed = bool(authorities) and not _issuers(credential.chain) & frozenset(authorities)
        unverifiable = bool(schemes) and not all(found & frozenset(schemes) for found in _signed_with(credential.chain))
        return 2 * unnamed + unverifiable

    return tuple(sorted(credentials, key=misfit))


def named_authorities(bodies: Bodies) -> tuple[bytes, ...]:
    """Section 4.3.4."""
    body = cast(ext.CertificateAuthorities | None, bodies.get(ExtensionType.CERTIFICATE_AUTHORITIES))
    return () if body is None else body.authorities


def schemes_for_chains(bodies: Bodies) -> tuple[SignatureScheme, ...]:
    """Section 4.3.3: signature_algorithms speaks for chains too where signature_algorithms_cert is not there."""
    for kind in (ExtensionType.SIGNATURE_ALGORITHMS_CERT, ExtensionType.SIGNATURE_ALGORITHMS):
        body = cast(ext.SignatureSchemeList | None, bodies.get(kind))
        if body is not None:
            return body.supported_signature_algorithms
    return ()


@lru_cache(64)
def _issuers(chain: tuple[bytes, ...]) -> frozenset[bytes]:
    """The names of all who issued a certificate of the chain."""
    return frozenset(_parsed_issuer(der) for der in chain)


def _parsed_issuer(der: bytes) -> bytes:
    try:
        return parse_certificate(der).issuer
    except DecodeError:
        return b""


@lru_cache(64)
def _signed_with(chain: tuple[bytes, ...]) -> tuple[frozenset[SignatureScheme], ...]:
    """For each certificate that somebody else signed, what that signature is called in TLS."""
    found = []
    for der in chain:
        try:
            certificate = parse_certificate(der)
            algorithm = signature_algorithm(certificate.outer_algorithm)
        except DecodeError:
            algorithm, certificate = None, None
        if certificate is None or not certificate.is_self_issued:
            found.append(frozenset() if algorithm is None else _names(algorithm))
    return tuple(found)


def _names(algorithm: SignatureAlgorithm) -> frozenset[SignatureScheme]:
    digest = algorithm.hash_name.upper()
    if algorithm.padding is not None:
        return frozenset(s for s in SignatureScheme if s.name.startswith("RSA_PSS") and s.name.endswith(digest))
    family = {"RSA": "RSA_PKCS1", "ECDSA": "ECDSA_SECP"}.get(algorithm.key_type)
    if family is None:
        plain = algorithm.label.replace("-", "").upper()
        return frozenset(s for s in SignatureScheme if s.name == plain)
    return frozenset(s for s in SignatureScheme if s.name.startswith(family) and s.name.endswith(digest))
