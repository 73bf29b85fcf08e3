"""Credential: a certificate chain and what signs for it, from files, bytes, pyca's objects or a key kept elsewhere;
or a bare public key, where the peer knows it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.crypto.signatures import schemes_for
from dojang.errors import ApiMisuse
from dojang.pki.keys import (
    load_certificates,
    load_certificates_file,
    load_private_key,
    load_private_key_file,
    spki_of,
)
from dojang.pki.signature import load_public_key
from dojang.wire.codes import CertificateType, SignatureScheme
from dojang.wire.extensions import DelegatedCredential

__all__ = ["Credential", "Delegation", "Signer"]

# Given a scheme and the bytes to sign, the signature: an HSM, a KMS, a smart card.
Signer = Callable[[SignatureScheme, bytes], bytes | Awaitable[bytes]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Delegation:
    """A delegated credential (RFC 9345) and its private key; `dojang.engine.delegation.delegate` makes one."""

    message: DelegatedCredential
    key: PrivateKeyTypes = field(repr=False)
    signer: Signer | None = field(default=None, init=False, repr=False)

    @cached_property
    def public_key(self) -> PublicKeyTypes:
        """The delegated key."""
        return self.key.public_key()

    @property
    def scheme(self) -> SignatureScheme:
        """The one scheme that it signs with."""
        return self.message.dc_cert_verify_algorithm


@dataclass(frozen=True, kw_only=True, eq=False)
class Credential:
    """A certificate chain, leaf first, and what signs for it. Make one with a `from_` constructor.

    raw_public_key: in place of a chain, a SubjectPublicKeyInfo (DER) that is shown bare (RFC 7250).
    delegation: a key for a few days that signs instead, for peers that take it.
    chain: DER. key: a pyca private key, or None where `signer` signs. schemes: what it signs with, preferred first.
    staple: an OCSP response for the leaf, DER. scts: certificate timestamps. Set them with dataclasses.replace.
    """

    chain: tuple[bytes, ...] = ()
    raw_public_key: bytes = b""
    key: PrivateKeyTypes | None = field(default=None, repr=False)
    signer: Signer | None = field(default=None, repr=False)
    schemes: tuple[SignatureScheme, ...] = ()
    staple: bytes | None = field(default=None, repr=False)
    scts: tuple[bytes, ...] = field(default=(), repr=False)
    delegation: Delegation | None = None

    def __post_init__(self) -> None:
        if bool(self.chain) == bool(self.raw_public_key):
            raise ApiMisuse("a credential needs either certificates or a raw public key")
        if (self.key is None) == (self.signer is None):
            raise ApiMisuse("a credential needs either a private key or a signer")
        if self.key is not None and not _same_key(self.key, self.public_key):
            raise ApiMisuse("the private key does not belong to the certificate of {subject}", subject=self.subject)
        if not self.schemes:
            object.__setattr__(self, "schemes", schemes_for(self.public_key))
        if not self.schemes:
            raise ApiMisuse("no TLS 1.3 signature scheme fits the key of {subject}", subject=self.subject)

    @classmethod
    def from_files(
        cls, certificates: str | os.PathLike[str], key: str | os.PathLike[str], password: str | bytes | None = None
    ) -> Credential:
        """From a file of certificates (PEM, leaf first, or DER) and one of a private key."""
        chain = load_certificates_file(Path(certificates))
        return cls.from_pyca(chain, load_private_key_file(Path(key), password))

    @classmethod
    def from_bytes(cls, certificates: bytes, key: bytes, password: str | bytes | None = None) -> Credential:
        """The same from memory."""
        return cls.from_pyca(load_certificates(certificates), load_private_key(key, password))

    @classmethod
    def from_pyca(cls, chain: Sequence[x509.Certificate], key: PrivateKeyTypes) -> Credential:
        """From pyca's objects."""
        return cls(chain=_der(chain), key=key)

    @classmethod
    def from_signer(
        cls,
        chain: bytes | Sequence[x509.Certificate],
        signer: Signer,
        schemes: Sequence[SignatureScheme] | None = None,
    ) -> Credential:
        """A chain whose private key is elsewhere. `schemes` narrows what the signer is asked for."""
        certificates = load_certificates(chain) if isinstance(chain, bytes) else chain
        return cls(chain=_der(certificates), signer=signer, schemes=tuple(schemes or ()))

    @classmethod
    def from_raw_key(cls, key: PrivateKeyTypes) -> Credential:
        """A key that is shown without a certificate."""
        return cls(raw_public_key=spki_of(key.public_key()), key=key)

    @property
    def certificate_type(self) -> CertificateType:
        """What it is in the terms of RFC 7250."""
        return CertificateType.RAW_PUBLIC_KEY if self.raw_public_key else CertificateType.X509

    @property
    def shown(self) -> tuple[bytes, ...]:
        """What a Certificate message holds: the chain, or the key."""
        return self.chain or (self.raw_public_key,)

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The leaf."""
        return x509.load_der_x509_certificate(self.chain[0])

    @cached_property
    def public_key(self) -> PublicKeyTypes:
        """The leaf's key, or the raw one."""
        if self.raw_public_key:
            key: PublicKeyTypes = load_public_key(self.raw_public_key)
            return key
        return self.certificate.public_key()

    @property
    def subject(self) -> str:
        """Whom the leaf names, for error messages."""
        if self.raw_public_key:
            return "a raw public key"
        return ", ".join(self.names) or self.certificate.subject.rfc4514_string() or "an unnamed subject"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The DNS names of the leaf, lower case; a wildcard as it stands."""
        if self.raw_public_key:
            return ()
        try:
            san = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return ()
        return tuple(name.lower() for name in san.get_values_for_type(x509.DNSName))


def _der(chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def _same_key(private: PrivateKeyTypes, public: PublicKeyTypes) -> bool:
    own: object = private.public_key()
    return own == public
