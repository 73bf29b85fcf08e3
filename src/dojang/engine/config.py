"""What an application decides before a connection: frozen, keyword-only, shared by any number of connections."""

from __future__ import annotations

import enum
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from dojang.crypto.groups import GROUPS, Share
from dojang.crypto.signatures import SCHEMES, schemes_for
from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.records import Padding
from dojang.errors import ApiMisuse
from dojang.pki.certificate import parse_certificate
from dojang.pki.keys import load_certificates, load_certificates_file, load_private_key, load_private_key_file
from dojang.pki.names import DnsName, IpName, name_of
from dojang.pki.store import TrustStore
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CipherSuite, NamedGroup, SignatureScheme
from dojang.wire.hello import ClientHello

__all__ = ["ClientAuth", "ClientConfig", "Credential", "Entropy", "ServerConfig", "Signer", "pad_to_multiple_of"]

_MOST_AUTHORITIES = 16384

# Given a scheme and the bytes to sign, the signature: an HSM, a KMS, a smart card.
Signer = Callable[[SignatureScheme, bytes], bytes | Awaitable[bytes]]

DEFAULT_GROUPS = (
    NamedGroup.X25519MLKEM768,
    NamedGroup.X25519,
    NamedGroup.SECP256R1,
    NamedGroup.SECP384R1,
    NamedGroup.SECP521R1,
    NamedGroup.X448,
    NamedGroup.SECP256R1MLKEM768,
    NamedGroup.SECP384R1MLKEM1024,
)
DEFAULT_SUITES = (
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
)
DEFAULT_SCHEMES = tuple(code for code in SCHEMES if "PKCS1" not in code.name)
# What certificates may be signed with besides: PKCS#1 lives on there (RFC 9846 section 4.3.3).
CERTIFICATE_ONLY_SCHEMES = (
    SignatureScheme.RSA_PKCS1_SHA256,
    SignatureScheme.RSA_PKCS1_SHA384,
    SignatureScheme.RSA_PKCS1_SHA512,
)


class Entropy(Protocol):
    """Where randomness comes from; another source replays a handshake in tests."""

    def random(self, size: int) -> bytes: ...

    def start(self, group: NamedGroup) -> Share: ...

    def answer(self, group: NamedGroup, share: bytes) -> tuple[bytes, bytes]: ...


class SystemEntropy:
    """The operating system's generator and pyca's."""

    def random(self, size: int) -> bytes:
        """Unpredictable bytes."""
        return os.urandom(size)

    def start(self, group: NamedGroup) -> Share:
        """A fresh share."""
        return GROUPS[group].start()

    def answer(self, group: NamedGroup, share: bytes) -> tuple[bytes, bytes]:
        """A fresh share and the secret; ValueError for a bad share."""
        return GROUPS[group].answer(share)


class ClientAuth(enum.Enum):
    """Whether a server asks its clients for certificates, and takes none for an answer."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, kw_only=True, eq=False)
class Credential:
    """A certificate chain, leaf first, and what signs for it. Make one with a `from_` constructor.

    chain: DER. key: a pyca private key, or None where `signer` signs. schemes: what it signs with, preferred first.
    """

    chain: tuple[bytes, ...]
    key: PrivateKeyTypes | None = field(default=None, repr=False)
    signer: Signer | None = field(default=None, repr=False)
    schemes: tuple[SignatureScheme, ...] = ()

    def __post_init__(self) -> None:
        if not self.chain:
            raise ApiMisuse("a credential needs at least one certificate")
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

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The leaf."""
        return x509.load_der_x509_certificate(self.chain[0])

    @cached_property
    def public_key(self) -> PublicKeyTypes:
        """The leaf's key."""
        return self.certificate.public_key()

    @property
    def subject(self) -> str:
        """Whom the leaf names, for error messages."""
        return ", ".join(self.names) or self.certificate.subject.rfc4514_string() or "an unnamed subject"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The DNS names of the leaf, lower case; a wildcard as it stands."""
        try:
            san = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return ()
        return tuple(name.lower() for name in san.get_values_for_type(x509.DNSName))


@dataclass(frozen=True, kw_only=True, eq=False)
class Config:
    """What client and server decide alike.

    suites, groups, signature_schemes: what is spoken, preferred first.
    alpn: application protocols, preferred first.
    padding: for a record of n bytes of content, how many zeros to add.
    keylog: given each line of RFC 9850. Whoever reads those lines reads the connection.
    clock: seconds since the epoch. entropy: see Entropy.
    max_records_per_key: records sealed under one key before a KeyUpdate, where that is less than the suite's limit.
    danger_shape: has the last word on each hello, EncryptedExtensions and CertificateRequest before it is sent: to
        replay traces, to look like another client, to test a peer. What it breaks stays broken.
    """

    suites: tuple[CipherSuite, ...] = DEFAULT_SUITES
    groups: tuple[NamedGroup, ...] = DEFAULT_GROUPS
    signature_schemes: tuple[SignatureScheme, ...] = DEFAULT_SCHEMES
    alpn: tuple[str, ...] = ()
    padding: Padding | None = None
    keylog: Callable[[str], None] | None = None
    clock: Callable[[], float] = time.time
    entropy: Entropy = field(default_factory=SystemEntropy, repr=False)
    max_records_per_key: int | None = None
    danger_shape: Callable[[HandshakeMessage], HandshakeMessage] | None = None

    def __post_init__(self) -> None:
        _check_known("suite", self.suites, TLS13_SUITES)
        _check_known("group", self.groups, GROUPS)
        _check_known("signature scheme", self.signature_schemes, SCHEMES)
        for scheme in self.signature_schemes:
            if scheme in CERTIFICATE_ONLY_SCHEMES:
                raise ApiMisuse("{scheme} can't sign a TLS 1.3 handshake", scheme=scheme.label)
        for protocol in self.alpn:
            if not 1 <= len(protocol.encode()) <= 255:
                raise ApiMisuse("an ALPN name is 1 to 255 bytes long, {name} is not", name=repr(protocol))


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientConfig(Config):
    """A client's decisions.

    trust: whom to believe; None is the system's store.
    credential: what to show a server that asks, or a callable that chooses, given the names of the authorities it
        accepts (DER) and its signature schemes; sync or async; None declines.
    key_shares: groups to send a share for in the first hello; None takes the first group and, where that is a hybrid,
        the first plain one beside it.
    danger_accept_any_certificate: proceed although verification failed; the session's report says what was wrong.
    grease: send values that mean nothing, so that servers stay tolerant (RFC 8701).
    compatibility_mode: look like TLS 1.2 to boxes on the way (RFC 9846 appendix E.4).
    """

    trust: TrustStore | None = None
    credential: Credential | Callable[[tuple[bytes, ...], tuple[SignatureScheme, ...]], Any] | None = None
    key_shares: tuple[NamedGroup, ...] | None = None
    danger_accept_any_certificate: bool = False
    grease: bool = True
    compatibility_mode: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for group in self.key_shares or ():
            if group not in self.groups:
                raise ApiMisuse("a share for {group}, which is not among the groups", group=group.label)

    @cached_property
    def trusted(self) -> TrustStore:
        """The store in force."""
        return TrustStore.system() if self.trust is None else self.trust

    @cached_property
    def first_shares(self) -> tuple[NamedGroup, ...]:
        """The groups of the first hello's shares."""
        if self.key_shares is not None:
            return self.key_shares
        first = self.groups[0]
        if "MLKEM" not in first.name:
            return (first,)
        return (first, *[group for group in self.groups if "MLKEM" not in group.name][:1])


@dataclass(frozen=True, kw_only=True, eq=False)
class ServerConfig(Config):
    """A server's decisions.

    credentials: chosen by the name the client asks for (exact, then wildcard) and by what it can verify, in this order.
    choose_credential: decides instead, given the ClientHello; sync or async; None refuses with unrecognized_name.
    unknown_name: "default" answers a name that fits no credential with the first ones, "refuse" with unrecognized_name.
    client_auth, client_trust: whether client certificates are asked for, and who vouches for them.
    retry_cookie: put a cookie into a HelloRetryRequest and check its echo.
    """

    credentials: tuple[Credential, ...] = ()
    choose_credential: Callable[[ClientHello], Any] | None = None
    unknown_name: str = "default"
    client_auth: ClientAuth = ClientAuth.NONE
    client_trust: TrustStore | None = None
    retry_cookie: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.credentials and self.choose_credential is None:
            raise ApiMisuse("a server needs a credential or a callable that chooses one")
        if self.unknown_name not in ("default", "refuse"):
            raise ApiMisuse('unknown_name is "default" or "refuse", not {value}', value=repr(self.unknown_name))
        if self.client_auth is not ClientAuth.NONE and self.client_trust is None:
            raise ApiMisuse("client certificates are asked for, and nothing says whom to trust: set client_trust")

    def credentials_for(self, name: str | None) -> tuple[Credential, ...]:
        """The credentials that may answer to `name`, preferred first."""
        if name is None:
            return self.credentials
        named = self._by_name.get(name) or self._by_name.get("*." + name.partition(".")[2])
        return named or (self.credentials if self.unknown_name == "default" else ())

    @cached_property
    def client_authorities(self) -> tuple[bytes, ...]:
        """The DER names of `client_trust`'s anchors, for clients that can choose; none where they would be too many."""
        anchors = self.client_trust.anchors if self.client_trust else ()
        names = tuple(dict.fromkeys(parse_certificate(anchor).subject for anchor in anchors))
        return names if sum(map(len, names)) < _MOST_AUTHORITIES else ()

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Credential, ...]]:
        found: dict[str, tuple[Credential, ...]] = {}
        for credential in self.credentials:
            for name in dict.fromkeys(credential.names):
                found[name] = (*found.get(name, ()), credential)
        return found


def pad_to_multiple_of(size: int) -> Padding:
    """A padding policy: every record's content grows to a multiple of `size` bytes."""
    return lambda length: -length % size


def server_name_of(name: str | None) -> DnsName | IpName | None:
    """A host as the application named it; an address is verified but never sent (RFC 6066 section 3)."""
    return None if name is None else name_of(name)


def _der(chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    from cryptography.hazmat.primitives.serialization import Encoding

    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def _same_key(private: PrivateKeyTypes, public: PublicKeyTypes) -> bool:
    own: object = private.public_key()
    return own == public


def _check_known(what: str, values: Sequence[Any], known: Mapping[Any, object]) -> None:
    if not values:
        raise ApiMisuse("at least one {what} is needed", what=what)
    for value in values:
        if value not in known:
            raise ApiMisuse("dojang does not speak the {what} {value}", what=what, value=getattr(value, "label", value))
