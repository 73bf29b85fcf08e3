"""The certificate authority: roots, intermediates, and the certificates they issue.

What is put into a certificate is decided in `templates`; where an authority is kept is `folder`'s business. Nothing
here reads files or opens sockets.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from dojang.errors import ApiMisuse
from dojang.pki.csr import alternative_names, check_csr, hash_for, requested_names
from dojang.pki.folder import load_folder, save_folder
from dojang.pki.keys import (
    PrivateKey,
    check_key_matches,
    create_key,
    dump_certificates,
    dump_private_key,
)
from dojang.pki.store import TrustStore
from dojang.pki.templates import Subject, authority_extensions, leaf_extensions, organisation

__all__ = ["Authority", "Issued"]

Clock = Callable[[], datetime]

# Certificates begin a little before they are made: the clocks of others are slow.
_BACKDATED = timedelta(minutes=5)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key. chain: leaf first, then the intermediates, without the root."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def chain_pem(self) -> bytes:
        return dump_certificates(*self.chain)

    @property
    def key_pem(self) -> bytes:
        """PKCS#8, not encrypted."""
        return dump_private_key(self.key)


class Authority:
    """One CA certificate with its key and the certificates above it.

    chain: this authority's certificate first, the root last. key: its private key. clock: asked for the time of issue.
    """

    def __init__(self, chain: Sequence[x509.Certificate], key: PrivateKey, *, clock: Clock = _now) -> None:
        if not chain:
            raise ApiMisuse("an authority needs its certificate")
        check_key_matches(chain[0], key)
        self.chain = tuple(chain)
        self.key = key
        self.clock = clock

    @classmethod
    def create_root(
        cls,
        name: str = "dojang root",
        *,
        algorithm: str = "ecdsa-p256",
        days: int = 3650,
        permitted: Sequence[str] = (),
        clock: Clock = _now,
    ) -> Authority:
        """A new root that signs itself.

        algorithm: one of `keys.ALGORITHMS`. permitted: the names it may issue for (`.test` and below as `test`,
        addresses as `10.0.0.0/8`, `user@host` or `@host`), none for no limit. Raises ApiMisuse.
        """
        key = create_key(algorithm)
        subject = organisation(name)
        extensions = authority_extensions(key.public_key(), key.public_key(), permitted=permitted)
        certificate = _build(subject, subject, key.public_key(), key, days, clock, extensions)
        return cls((certificate,), key, clock=clock)

    @classmethod
    def open(cls, folder: str | Path, password: str | bytes | None = None, *, clock: Clock = _now) -> Authority:
        """The authority that `save` put into a folder. Raises InputError."""
        chain, key = load_folder(Path(folder), password)
        return cls(chain, key, clock=clock)

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def root(self) -> x509.Certificate:
        return self.chain[-1]

    @property
    def trust(self) -> TrustStore:
        """A store with this authority's root alone."""
        return TrustStore.from_pyca([self.root])

    def create_intermediate(
        self,
        name: str = "dojang intermediate",
        *,
        algorithm: str = "ecdsa-p256",
        days: int = 1825,
        path_length: int | None = 0,
        permitted: Sequence[str] = (),
    ) -> Authority:
        """A new authority below this one; it may have `path_length` further ones below itself."""
        key = create_key(algorithm)
        extensions = authority_extensions(
            key.public_key(), self.key.public_key(), path_length=path_length, permitted=permitted
        )
        certificate = self._sign(organisation(name), key.public_key(), days, extensions)
        return Authority((certificate, *self.chain), key, clock=self.clock)

    def issue(
        self,
        names: Sequence[str],
        *,
        purpose: str = "server",
        algorithm: str = "ecdsa-p256",
        days: int = 90,
        common_name: str | None = None,
    ) -> Issued:
        """A new key and its certificate for `names`: hosts, wildcards, IP addresses, URIs, e-mail addresses.

        purpose: `server`, `client` or `both`. Raises ApiMisuse for what is no name.
        """
        key = create_key(algorithm)
        chain = self._issue_for(alternative_names(names), key.public_key(), purpose, days, common_name)
        return Issued(chain, key)

    def sign(
        self,
        csr: x509.CertificateSigningRequest,
        names: Sequence[str] | None = None,
        *,
        purpose: str = "server",
        days: int = 90,
    ) -> tuple[x509.Certificate, ...]:
        """The chain (leaf first, without the root) for a request, whose proof of possession is checked.

        names: what the certificate is for; the names that the request asks for where None. Nothing else of the request
        but its key is taken over. Raises InputError, or ApiMisuse where no name is left.
        """
        check_csr(csr)
        wanted = list(requested_names(csr)) if names is None else alternative_names(names)
        if not all(isinstance(name, _ISSUABLE) for name in wanted):
            raise ApiMisuse("the request asks for a kind of name that is not issued here")
        # Through their text once more: what is written into a certificate is checked here, not by who asks.
        checked = alternative_names(str(name.value) for name in wanted)
        return self._issue_for(checked, csr.public_key(), purpose, days, None)

    def save(self, folder: str | Path, password: str | bytes | None = None, *, force: bool = False) -> None:
        """Writes certificates and key into a folder; the key encrypted with a password, or readable by its owner only.

        Raises InputError where an authority is there already and `force` is not given.
        """
        save_folder(Path(folder), self.chain, self.key, password, force=force)

    def _issue_for(
        self, names: list[x509.GeneralName], key: object, purpose: str, days: int, common_name: str | None
    ) -> tuple[x509.Certificate, ...]:
        if not names and not common_name:
            raise ApiMisuse("a certificate needs at least one name")
        subject = Subject(names, common_name)
        extensions = leaf_extensions(subject, key, self.certificate, purpose)
        certificate = self._sign(subject.distinguished, key, days, extensions)
        return (certificate, *self.chain[:-1]) if len(self.chain) > 1 else (certificate,)

    def _sign(
        self,
        subject: x509.Name,
        key: object,
        days: int,
        extensions: Sequence[x509.Extension[x509.ExtensionType]],
    ) -> x509.Certificate:
        return _build(subject, self.certificate.subject, key, self.key, days, self.clock, extensions, self.certificate)


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    key: object,
    signer: PrivateKey,
    days: int,
    clock: Clock,
    extensions: Sequence[x509.Extension[x509.ExtensionType]],
    above: x509.Certificate | None = None,
) -> x509.Certificate:
    if days < 1:
        raise ApiMisuse("a certificate is valid for one day at least, not {days}", days=days)
    now = clock().astimezone(UTC).replace(microsecond=0, tzinfo=None)
    begin, end = now - _BACKDATED, min(now + timedelta(days=days), datetime(9999, 12, 31))
    if above is not None:
        # What outlives its issuer can't be verified: the issuer's end is the end.
        end = min(end, above.not_valid_after_utc.replace(tzinfo=None))
        begin = max(begin, min(now, above.not_valid_before_utc.replace(tzinfo=None)))
    builder = x509.CertificateBuilder(issuer, subject, key, _serial(), begin, end)  # type: ignore[arg-type]
    for extension in extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(signer, hash_for(signer))


def _serial() -> int:
    """RFC 5280 section 4.1.2.2 and the Baseline Requirements: positive, 64 bits of a CSPRNG at least; here 127."""
    return secrets.randbits(127) | 1 << 126


_ISSUABLE = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier, x509.RFC822Name)
