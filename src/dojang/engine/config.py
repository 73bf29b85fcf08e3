"""What an application decides before a connection: frozen, keyword-only, shared by any number of connections."""

from __future__ import annotations

import enum
import hashlib
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

from dojang.crypto.groups import GROUPS, Share
from dojang.crypto.signatures import SCHEMES
from dojang.crypto.suites import TLS12_SUITES, TLS13_SUITES
from dojang.engine.compression import compression_algorithms
from dojang.engine.credential import Credential, Signer
from dojang.engine.policy import CERTIFICATE_ONLY_SCHEMES, POLICIES, Policy
from dojang.engine.records import Padding
from dojang.engine.session_store import SessionStore
from dojang.engine.strikes import StrikeRegister
from dojang.engine.ticket import ExternalPsk, TicketCache
from dojang.engine.ticket_keys import TicketKeys
from dojang.errors import ApiMisuse
from dojang.pki.certificate import parse_certificate
from dojang.pki.fetching import IssuerSource
from dojang.pki.names import DnsName, IpName, name_of
from dojang.pki.revocation import Revocation
from dojang.pki.sct import Transparency
from dojang.pki.store import TrustStore
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CertificateCompressionAlgorithm, CipherSuite, NamedGroup, SignatureScheme, Version
from dojang.wire.extensions import Extension
from dojang.wire.hello import ClientHello

__all__ = [
    "CERTIFICATE_ONLY_SCHEMES",
    "ClientAuth",
    "ClientConfig",
    "Config",
    "Credential",
    "Entropy",
    "ServerConfig",
    "Signer",
    "pad_to_multiple_of",
]

_MOST_AUTHORITIES = 16384
# RFC 8449 section 4.
LEAST_RECORD_SIZE = 64
_STAPLE_ONLY = Revocation()


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
class Config:
    """What client and server decide alike.

    policy: a dated name or a Policy; it fills what the next four leave open.
    versions, suites, groups, signature_schemes: what is spoken, preferred first; () is the policy's.
    legacy_key_exchange: TLS 1.2 without forward secrecy or with finite fields: static RSA and DHE. Whoever gets the
        server's RSA key later reads everything that static RSA protected.
    require_extended_master_secret: refuse TLS 1.2 peers that bind neither the master secret to the handshake (RFC 7627)
        nor a renegotiation to its connection (RFC 5746).
    resumption: whether sessions may be resumed at all.
    allow_psk_without_key_exchange: psk_ke: no forward secrecy for resumed sessions (RFC 9846 section 4.3.9).
    alpn: application protocols, preferred first.
    certificate_compression: what the peer may compress its certificates with, and this side does for a peer that can
        inflate it, preferred first (RFC 8879, TLS 1.3). By default a server takes what is installed, a client nothing.
    signature_algorithms_cert: what the peer's chain had best be signed with, where that is not what handshakes are
        signed with (RFC 9846 section 4.3.3); () does not say.
    raw_public_keys: keys (SubjectPublicKeyInfo, DER) that a peer may show instead of certificates, or a callable that
        is given the key and the host's name (None for a client) and says True (RFC 7250). None takes no such key.
    delegated_credentials: take, from peers that have one, a signature by a key that their certificate vouches for, for
        seven days at the most (RFC 9345).
    record_size_limit: the largest plaintext of a protected record that this side takes, 64 to 16385 bytes, in TLS 1.3
        with the content type and padding (RFC 8449); None: a client does not ask, a server takes what is legal.
    padding: for a record of n bytes of content, how many zeros to add.
    keylog: given each line of RFC 9850. Whoever reads those lines reads the connection.
    stopwatch: seconds since any moment, for the times that Connection.info tells.
    clock: seconds since the epoch. entropy: see Entropy.
    max_records_per_key: records sealed under one key before a KeyUpdate, where that is less than the suite's limit.
    danger_shape: has the last word on each hello, EncryptedExtensions and CertificateRequest before it is sent: to
        replay traces, to look like another client, to test a peer. What it breaks stays broken.
    """

    policy: str | Policy = "2026"
    versions: tuple[Version, ...] = ()
    suites: tuple[CipherSuite, ...] = ()
    groups: tuple[NamedGroup, ...] = ()
    signature_schemes: tuple[SignatureScheme, ...] = ()
    legacy_key_exchange: bool = False
    require_extended_master_secret: bool = True
    resumption: bool = True
    allow_psk_without_key_exchange: bool = False
    alpn: tuple[str, ...] = ()
    certificate_compression: tuple[CertificateCompressionAlgorithm, ...] = ()
    signature_algorithms_cert: tuple[SignatureScheme, ...] = ()
    raw_public_keys: Collection[bytes] | Callable[[bytes, str | None], bool] | None = None
    delegated_credentials: bool = False
    record_size_limit: int | None = None
    padding: Padding | None = None
    keylog: Callable[[str], None] | None = None
    stopwatch: Callable[[], float] = time.perf_counter
    clock: Callable[[], float] = time.time
    entropy: Entropy = field(default_factory=SystemEntropy, repr=False)
    max_records_per_key: int | None = None
    danger_shape: Callable[[HandshakeMessage], HandshakeMessage] | None = None

    def __post_init__(self) -> None:
        self._apply_policy()
        _check_known("version", self.versions, dict.fromkeys((Version.TLS13, Version.TLS12)))
        _check_known("suite", self.suites, {**TLS13_SUITES, **TLS12_SUITES})
        _check_known("group", self.groups, GROUPS)
        _check_known("signature scheme", self.signature_schemes, SCHEMES)
        if not self.suites_of(max(self.versions)):
            raise ApiMisuse("no cipher suite is left for {version}", version=max(self.versions).label)
        for algorithm in self.certificate_compression:
            if algorithm not in compression_algorithms():
                raise ApiMisuse("certificates can't be compressed with {algorithm} here", algorithm=algorithm.label)
        if self.record_size_limit is not None and not LEAST_RECORD_SIZE <= self.record_size_limit <= 2**14 + 1:
            raise ApiMisuse("record_size_limit is 64 to 16385 bytes, not {size}", size=self.record_size_limit)
        for protocol in self.alpn:
            if not 1 <= len(protocol.encode()) <= 255:
                raise ApiMisuse("an ALPN name is 1 to 255 bytes long, {name} is not", name=repr(protocol))
        if self.max_records_per_key is not None and self.max_records_per_key < 2:
            raise ApiMisuse("a key must be good for two records at least: one of data, one for its KeyUpdate")

    @cached_property
    def suites13(self) -> tuple[CipherSuite, ...]:
        """The suites of TLS 1.3 that are spoken."""
        return self.suites_of(Version.TLS13)

    @cached_property
    def suites12(self) -> tuple[CipherSuite, ...]:
        """The suites of TLS 1.2 that are spoken."""
        return self.suites_of(Version.TLS12)

    @cached_property
    def groups12(self) -> tuple[NamedGroup, ...]:
        """The curves that TLS 1.2 may use."""
        return tuple(group for group in self.groups if group < 256)

    @cached_property
    def schemes12(self) -> tuple[SignatureScheme, ...]:
        """What may sign a handshake of TLS 1.2, which knows no ML-DSA."""
        return tuple(scheme for scheme in self.all_schemes if "MLDSA" not in scheme.name)

    @cached_property
    def all_schemes(self) -> tuple[SignatureScheme, ...]:
        """What may sign certificates, and TLS 1.2's handshakes: PKCS#1 too."""
        return (*self.signature_schemes, *[s for s in CERTIFICATE_ONLY_SCHEMES if s not in self.signature_schemes])

    @cached_property
    def delegated_schemes(self) -> tuple[SignatureScheme, ...]:
        """What delegated keys may sign with: RFC 9345 section 4 leaves no room for ordinary RSA keys."""
        if not self.delegated_credentials:
            return ()
        return tuple(scheme for scheme in self.signature_schemes if not scheme.name.startswith("RSA"))

    def time(self) -> datetime:
        """The clock's time, as certificates measure it."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def suites_of(self, version: Version) -> tuple[CipherSuite, ...]:
        """The suites for one version, () where it is not spoken."""
        if version not in self.versions:
            return ()
        return tuple(code for code in self.suites if (code in TLS13_SUITES) == (version is Version.TLS13))

    def _apply_policy(self) -> None:
        policy = POLICIES.get(self.policy) if isinstance(self.policy, str) else self.policy
        if policy is None:
            raise ApiMisuse("there is no policy {name}", name=repr(self.policy))
        if policy.legacy_key_exchange:
            object.__setattr__(self, "legacy_key_exchange", True)
        for name in ("versions", "suites", "groups", "signature_schemes"):
            if not getattr(self, name):
                object.__setattr__(self, name, getattr(policy, name))
        legacy = tuple(code for code, suite in TLS12_SUITES.items() if suite.is_legacy)
        if not self.legacy_key_exchange:
            object.__setattr__(self, "suites", tuple(code for code in self.suites if code not in legacy))
        elif not any(code in legacy for code in self.suites):
            added = tuple(code for code in legacy if "CCM" not in code.name)
            object.__setattr__(self, "suites", self.suites + added)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientConfig(Config):
    """A client's decisions.

    trust: whom to believe; None is the system's store.
    credential: what to show a server that asks; of several the one that the server can verify best; or a callable that
        chooses, given the names of the authorities it accepts (DER) and its signature schemes; sync or async. None
        declines.
    certificate_authorities: names (DER) of authorities that the server's certificate had best come from.
    post_handshake_auth: let the server ask for the credential later too, whenever it likes (TLS 1.3).
    key_shares: groups to send a share for in the first hello; None takes the first group and, where that is a hybrid,
        the first plain one beside it.
    server_name: what SNI says instead of the host's name, "" for no SNI; the certificate still has to show the host.
    danger_accept_any_certificate: proceed although verification failed; the session's report says what was wrong.
    psks: keys that this client and its server had before.
    tickets: where tickets go, and where the ticket for a name is taken from; None keeps and resumes nothing by itself.
    max_fragment_length: ask for records of no more than 512, 1024, 2048 or 4096 bytes (RFC 6066); None does not ask.
    request_status: ask for an OCSP staple and for certificate timestamps.
    revocation: what is known about revoked certificates, and who is asked. By default the staple alone is looked at:
        one that says revoked ends the handshake, and so does a certificate that must have one and has none. None looks
        at nothing.
    transparency: which certificate logs' timestamps a server's certificate needs; None needs none.
    issuers: fetches intermediates that the server forgot to send; None fetches nothing.
    exceptions: asked, where verification failed, whether the application accepts this certificate (DER) for this name
        all the same, as a browser's "proceed anyway" does; the session's report says what was wrong.
    grease: send values that mean nothing, so that servers stay tolerant (RFC 8701).
    compatibility_mode: look like TLS 1.2 to boxes on the way (RFC 9846 appendix E.4).
    """

    trust: TrustStore | None = None
    credential: (
        Credential | tuple[Credential, ...] | Callable[[tuple[bytes, ...], tuple[SignatureScheme, ...]], Any] | None
    ) = None
    certificate_authorities: tuple[bytes, ...] = ()
    post_handshake_auth: bool = False
    key_shares: tuple[NamedGroup, ...] | None = None
    server_name: str | None = None
    danger_accept_any_certificate: bool = False
    psks: tuple[ExternalPsk, ...] = ()
    tickets: TicketCache | None = None
    max_fragment_length: int | None = None
    request_status: bool = True
    revocation: Revocation | None = _STAPLE_ONLY
    transparency: Transparency | None = None
    issuers: IssuerSource | None = None
    exceptions: Callable[[str, bytes], bool] | None = None
    grease: bool = True
    compatibility_mode: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for group in self.key_shares or ():
            if group not in self.groups:
                raise ApiMisuse("a share for {group}, which is not among the groups", group=group.label)
        if self.max_fragment_length not in (None, 512, 1024, 2048, 4096):
            raise ApiMisuse("max_fragment_length is 512, 1024, 2048 or 4096, not {size}", size=self.max_fragment_length)
        if self.server_name and not isinstance(name_of(self.server_name), DnsName):
            raise ApiMisuse("SNI holds names, no addresses: {name}", name=self.server_name)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What is configured, where no callable chooses."""
        if self.credential is None or callable(self.credential):
            return ()
        return (self.credential,) if isinstance(self.credential, Credential) else self.credential

    @cached_property
    def trusted(self) -> TrustStore:
        """The store in force."""
        return TrustStore.system() if self.trust is None else self.trust

    @cached_property
    def offers(self) -> dict[Any, tuple[Extension, ...]]:
        """What hellos of this configuration have in common, made once and kept by whoever makes them."""
        return {}

    def sni_for(self, name: DnsName | IpName | None) -> str | None:
        """What SNI says for a host; an address is never sent (RFC 6066 section 3)."""
        if self.server_name is not None:
            return str(name_of(self.server_name)) if self.server_name else None
        return str(name) if isinstance(name, DnsName) else None

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
    ticket_keys: seal tickets with these, so that the server need not remember. sessions: remember sessions, by TLS 1.2
        session ID and by TLS 1.3 tickets that are only names. Without either nothing is resumed.
    tickets_sent: how many tickets each TLS 1.3 handshake gives; ticket_lifetime: seconds, a week at the most.
    early_data_limit: bytes taken before the handshake is over; more than 0 needs `strikes`, which sees that no early
        data is taken twice.
    dh_group: prime and generator of the server's own Diffie-Hellman group, 2048 bits and more, where DHE is spoken at
        all; None takes RFC 7919's.
    psks: the keys shared beforehand, or a callable that finds one by its identity.
    """

    certificate_compression: tuple[CertificateCompressionAlgorithm, ...] = field(default_factory=compression_algorithms)
    credentials: tuple[Credential, ...] = ()
    choose_credential: Callable[[ClientHello], Any] | None = None
    unknown_name: str = "default"
    client_auth: ClientAuth = ClientAuth.NONE
    client_trust: TrustStore | None = None
    retry_cookie: bool = False
    ticket_keys: TicketKeys | None = None
    sessions: SessionStore | None = None
    tickets_sent: int = 2
    ticket_lifetime: int = 86400
    early_data_limit: int = 0
    strikes: StrikeRegister | None = None
    dh_group: tuple[int, int] | None = None
    psks: tuple[ExternalPsk, ...] | Callable[[bytes], ExternalPsk | None] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.credentials or self.choose_credential or self.psks):
            raise ApiMisuse("a server needs a credential or a callable that chooses one")
        if self.unknown_name not in ("default", "refuse"):
            raise ApiMisuse('unknown_name is "default" or "refuse", not {value}', value=repr(self.unknown_name))
        judges = self.client_trust is not None or self.raw_public_keys is not None
        if self.client_auth is not ClientAuth.NONE and not judges:
            raise ApiMisuse("client certificates are asked for, and nothing says whom to trust: set client_trust")
        if self.early_data_limit and self.strikes is None:
            raise ApiMisuse("early data needs a strike register, or it could be replayed")
        if self.dh_group is not None and self.dh_group[0].bit_length() < 2048:
            raise ApiMisuse("a Diffie-Hellman group needs at least 2048 bits")
        if not 0 < self.ticket_lifetime <= 604800:
            raise ApiMisuse("a ticket lives at most seven days, 604800 seconds")

    @property
    def requires_certificate(self) -> bool:
        """Whether a client that shows nothing is refused."""
        return self.client_auth is ClientAuth.REQUIRED

    @property
    def early_data_skipped(self) -> int:
        """How much early data is dropped when it is not taken: what was ever promised, and room for its records."""
        return max(self.early_data_limit, 2**14) + 2**14

    def credentials_for(self, name: str | None) -> tuple[Credential, ...]:
        """The credentials that may answer to `name`, preferred first; a raw key answers to any."""
        if name is None:
            return self.credentials
        named = self._by_name.get(name) or self._by_name.get("*." + name.partition(".")[2])
        if named:
            return named + self._raw
        return self.credentials if self.unknown_name == "default" else self._raw

    @cached_property
    def binding(self) -> bytes:
        """What a ticket is bound to besides its own content: whom this server lets in."""
        trust = self.client_trust.fingerprint if self.client_trust is not None else b""
        return hashlib.sha256(self.client_auth.value.encode() + b"\0" + trust).digest()

    @cached_property
    def client_authorities(self) -> tuple[bytes, ...]:
        """The DER names of `client_trust`'s anchors, for clients that can choose; none where they would be too many."""
        anchors = self.client_trust.anchors if self.client_trust else ()
        names = tuple(dict.fromkeys(parse_certificate(anchor).subject for anchor in anchors))
        return names if sum(map(len, names)) < _MOST_AUTHORITIES else ()

    @cached_property
    def _raw(self) -> tuple[Credential, ...]:
        return tuple(credential for credential in self.credentials if credential.raw_public_key)

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


def _check_known(what: str, values: Sequence[Any], known: Mapping[Any, object]) -> None:
    if not values:
        raise ApiMisuse("at least one {what} is needed", what=what)
    for value in values:
        if value not in known:
            raise ApiMisuse("dojang does not speak the {what} {value}", what=what, value=getattr(value, "label", value))
