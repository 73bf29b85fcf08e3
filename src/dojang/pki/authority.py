"""The certificate authority: roots, intermediates, and the certificates they issue.

What is put into a certificate is decided in `templates`; where an authority is kept is `folder`'s business. Nothing
here reads files or opens sockets.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import ApiMisuse, TlsError
from dojang.pki.certificate import parse_certificate
from dojang.pki.constraints import check_name_constraints
from dojang.pki.csr import alternative_names, check_csr, hash_for, requested_names
from dojang.pki.folder import load_folder, save_folder
from dojang.pki.keys import (
    PrivateKey,
    check_key_matches,
    create_key,
    dump_certificates,
    dump_private_key,
    spki_of,
)
from dojang.pki.ledger import Ledger
from dojang.pki.store import TrustStore
from dojang.pki.templates import (
    Places,
    Subject,
    authority_extensions,
    copied_extensions,
    leaf_extensions,
    organisation,
)

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

    chain: this authority's certificate first, the root last. key: its private key, or what `signer.key_of_signer`
    made. clock: asked for the time of issue. ledger: where all that it signs is recorded; None records nothing, and
    then nothing can be revoked. places: where certificates say that more is to be had.
    """

    def __init__(
        self,
        chain: Sequence[x509.Certificate],
        key: PrivateKey,
        *,
        clock: Clock = _now,
        ledger: Ledger | None = None,
        places: Places = Places(),  # noqa: B008  frozen
    ) -> None:
        if not chain:
            raise ApiMisuse("an authority needs its certificate")
        check_key_matches(chain[0], key)
        self.chain = tuple(chain)
        self.key = key
        self.clock = clock
        self.ledger = ledger
        self.places = places
        self.id = _identity(chain[0].subject, key)

    @classmethod
    def create_root(
        cls,
        name: str = "dojang root",
        *,
        algorithm: str = "ecdsa-p256",
        days: int = 3650,
        permitted: Sequence[str] = (),
        clock: Clock = _now,
        key: PrivateKey | None = None,
        ledger: Ledger | None = None,
        places: Places = Places(),  # noqa: B008  frozen
    ) -> Authority:
        """A new root that signs itself.

        algorithm: one of `keys.ALGORITHMS`. permitted: the names it may issue for (`.test` and below as `test`,
        addresses as `10.0.0.0/8`, `user@host` or `@host`, `uri:host`), none for no limit; `templates.DEVELOPMENT` for
        what nobody else can own. key: one that is there already, instead of a new one. Raises ApiMisuse.
        """
        own = key or create_key(algorithm)
        subject = organisation(name)
        extensions = authority_extensions(own.public_key(), own.public_key(), permitted=permitted)
        serial = _reserve(ledger, _identity(subject, own), "root")
        certificate = _build(subject, subject, own.public_key(), own, days, clock, extensions, serial=serial)
        authority = cls((certificate,), own, clock=clock, ledger=ledger, places=places)
        authority._record(certificate)
        return authority

    @classmethod
    def open(
        cls,
        folder: str | Path,
        password: str | bytes | None = None,
        *,
        clock: Clock = _now,
        ledger: Ledger | None = None,
        places: Places = Places(),  # noqa: B008  frozen
    ) -> Authority:
        """The authority that `save` put into a folder. Raises InputError."""
        chain, key = load_folder(Path(folder), password)
        return cls(chain, key, clock=clock, ledger=ledger, places=places)

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
        key: PrivateKey | None = None,
        places: Places | None = None,
    ) -> Authority:
        """A new authority below this one; it may have `path_length` further ones below itself.

        key: as for a root. places: the new authority's own; this one's by default.
        """
        own = key or create_key(algorithm)
        extensions = authority_extensions(
            own.public_key(), self.key.public_key(), path_length=path_length, permitted=permitted
        )
        certificate = self._sign(organisation(name), own.public_key(), days, extensions, "ca")
        above = (certificate, *self.chain)
        return Authority(above, own, clock=self.clock, ledger=self.ledger, places=places or self.places)

    def issue(
        self,
        names: Sequence[str],
        *,
        purpose: str = "server",
        algorithm: str = "ecdsa-p256",
        days: int = 90,
        common_name: str | None = None,
        must_staple: bool = False,
    ) -> Issued:
        """A new key and its certificate for `names`: hosts, wildcards, IP addresses, URIs, e-mail addresses.

        purpose: one of `templates.PURPOSES`: `server`, `client`, `both`, `email`, `code`, `ocsp`. must_staple: only
        with an OCSP staple is it to be believed. Raises ApiMisuse for what is no name or not permitted.
        """
        key = create_key(algorithm)
        subject = Subject(alternative_names(names), common_name)
        return Issued(self._issue_for(subject, key.public_key(), purpose, days, must_staple), key)

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
        return self._issue_for(Subject(checked), csr.public_key(), purpose, days)

    def sign_authority(
        self,
        csr: x509.CertificateSigningRequest,
        name: str,
        *,
        days: int = 1825,
        path_length: int | None = 0,
        permitted: Sequence[str] = (),
    ) -> tuple[x509.Certificate, ...]:
        """The chain (without the root) of an authority called `name`, whose key is the request's."""
        check_csr(csr)
        extensions = authority_extensions(
            csr.public_key(), self.key.public_key(), path_length=path_length, permitted=permitted
        )
        return self._with_chain(self._sign(organisation(name), csr.public_key(), days, extensions, "ca"))

    def renew(self, certificate: x509.Certificate, *, days: int = 90) -> tuple[x509.Certificate, ...]:
        """The same subject, names, purpose and key for another time. Raises ApiMisuse where another issued it."""
        return self._again(certificate, certificate.public_key(), days)

    def rekey(self, certificate: x509.Certificate, key: object, *, days: int = 90) -> tuple[x509.Certificate, ...]:
        """The same subject, names and purpose with another public key."""
        return self._again(certificate, key, days)

    def cross_sign(self, certificate: x509.Certificate, *, days: int = 1825) -> x509.Certificate:
        """Another authority's name and key under this one's signature: who trusts this one trusts that one too."""
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not basic.ca:
            raise ApiMisuse("only an authority's certificate can be cross-signed")
        extensions = copied_extensions(certificate, certificate.public_key(), self.certificate)
        return self._sign(certificate.subject, certificate.public_key(), days, extensions, "cross")

    def save(self, folder: str | Path, password: str | bytes | None = None, *, force: bool = False) -> None:
        """Writes certificates and key into a folder; the key encrypted with a password, or readable by its owner only.

        Raises InputError where an authority is there already and `force` is not given.
        """
        save_folder(Path(folder), self.chain, self.key, password, force=force)

    def _again(self, certificate: x509.Certificate, key: object, days: int) -> tuple[x509.Certificate, ...]:
        if certificate.issuer != self.certificate.subject:
            raise ApiMisuse("this authority did not issue that certificate")
        profile = "renewal"
        if self.ledger is not None:
            found = self.ledger.find(self.id, certificate.serial_number)
            if found is None or found.state == "revoked":
                raise ApiMisuse("only a certificate that this authority issued and did not revoke can be renewed")
            profile = found.profile
        extensions = copied_extensions(certificate, key, self.certificate)
        return self._with_chain(self._sign(certificate.subject, key, days, extensions, profile))

    def _issue_for(
        self, subject: Subject, key: object, purpose: str, days: int, must_staple: bool = False
    ) -> tuple[x509.Certificate, ...]:
        if not subject.names and not subject.common_name:
            raise ApiMisuse("a certificate needs at least one name")
        extensions = leaf_extensions(subject, key, self.certificate, purpose, must_staple=must_staple)
        return self._with_chain(self._sign(subject.distinguished, key, days, extensions, purpose))

    def _with_chain(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        return (certificate, *self.chain[:-1]) if len(self.chain) > 1 else (certificate,)

    def _sign(
        self, subject: x509.Name, key: object, days: int, extensions: Sequence[_Extension], profile: str
    ) -> x509.Certificate:
        """Announced before it is signed, recorded before anybody gets it."""
        above = self.certificate
        if any(_is_constrained(certificate) for certificate in self.chain):
            draft = _build(subject, above.subject, key, _dummy_key(), days, self.clock, extensions, above)
            self._check_constraints(draft)
        serial = _reserve(self.ledger, self.id, profile)
        every = [*extensions, *self.places.extensions(serial)]
        certificate = _build(subject, above.subject, key, self.key, days, self.clock, every, above, serial=serial)
        self._record(certificate)
        return certificate

    def _check_constraints(self, draft: x509.Certificate) -> None:
        """RFC 5280 section 4.2.1.10, on a draft that a throw-away key signed: nothing wrong is ever signed."""
        path = tuple(parse_certificate(each.public_bytes(Encoding.DER)) for each in (draft, *self.chain))
        fault = next(check_name_constraints(path, None), None)
        if fault is not None:
            rule, details = fault[1]
            reason = TlsError(None, rule.template)
            reason.details.update(details)
            raise ApiMisuse("this authority may not issue that: {fault}", fault=reason)

    def _record(self, certificate: x509.Certificate) -> None:
        if self.ledger is not None:
            end = int(certificate.not_valid_after_utc.timestamp())
            self.ledger.record(self.id, certificate.serial_number, certificate.public_bytes(Encoding.DER), end)


def _identity(subject: x509.Name, key: PrivateKey) -> str:
    """An authority is a name with a key; its certificate may be renewed or signed by others."""
    return hashlib.sha256(subject.public_bytes() + spki_of(key.public_key())).hexdigest()[:32]


def _reserve(ledger: Ledger | None, authority: str, profile: str) -> int:
    return _serial() if ledger is None else ledger.reserve(authority, _serial, profile)


@lru_cache(256)
def _is_constrained(certificate: x509.Certificate) -> bool:
    return any(isinstance(each.value, x509.NameConstraints) for each in certificate.extensions)


@lru_cache(1)
def _dummy_key() -> PrivateKey:
    return create_key()


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    key: object,
    signer: PrivateKey,
    days: int,
    clock: Clock,
    extensions: Sequence[_Extension],
    above: x509.Certificate | None = None,
    *,
    serial: int = 1,
) -> x509.Certificate:
    if days < 1:
        raise ApiMisuse("a certificate is valid for one day at least, not {days}", days=days)
    now = clock().astimezone(UTC).replace(microsecond=0, tzinfo=None)
    begin, end = now - _BACKDATED, min(now + timedelta(days=days), datetime(9999, 12, 31))
    if above is not None:
        # What outlives its issuer can't be verified: the issuer's end is the end.
        end = min(end, above.not_valid_after_utc.replace(tzinfo=None))
        begin = max(begin, min(now, above.not_valid_before_utc.replace(tzinfo=None)))
    builder = x509.CertificateBuilder(issuer, subject, key, serial, begin, end)  # type: ignore[arg-type]
    for extension in extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(signer, hash_for(signer))


def _serial() -> int:
    """RFC 5280 section 4.1.2.2 and the Baseline Requirements: positive, 64 bits of a CSPRNG at least; here 127."""
    return secrets.randbits(127) | 1 << 126


_Extension = x509.Extension[x509.ExtensionType]
_ISSUABLE = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier, x509.RFC822Name)
