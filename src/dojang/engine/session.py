"""Session: what a handshake established, as plain frozen facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from dojang.pki.report import Report
from dojang.wire.codes import CertificateType, CipherSuite, NamedGroup, SignatureScheme, Version

__all__ = ["Session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The facts of a connection.

    group: the key exchange. signature_scheme: how the server proved its key; client_signature_scheme: the client.
    server_name: what SNI said, None where it was not sent. alpn: the protocol agreed on, or None.
    peer_chain: DER certificates as the peer sent them, leaf first; empty where it sent none.
    peer_type: what peer_chain holds: certificates, or one raw public key (DER), which the application had named.
    delegated: whether the server signed with a delegated credential (RFC 9345).
    report: the verifier's account of peer_chain, None where there was nothing to verify.
    retried: whether a HelloRetryRequest was needed.
    resumed: how an earlier session or a shared key took the place of certificates: "psk", "external psk", "session id",
        "session ticket", or None. The peer's chain is then the one verified at first.
    early_data: None where none was offered, else whether the server took it.
    staple: the OCSP response that came with the certificate, DER, not verified yet. scts: likewise timestamps.
    extended_master_secret: TLS 1.2 only.
    """

    version: Version
    suite: CipherSuite
    group: NamedGroup | None
    signature_scheme: SignatureScheme | None
    client_signature_scheme: SignatureScheme | None = None
    server_name: str | None = None
    alpn: str | None = None
    peer_chain: tuple[bytes, ...] = field(default=(), repr=False)
    peer_type: CertificateType = CertificateType.X509
    delegated: bool = False
    local_chain: tuple[bytes, ...] = field(default=(), repr=False)
    report: Report | None = field(default=None, repr=False)
    retried: bool = False
    resumed: str | None = None
    early_data: bool | None = None
    staple: bytes | None = field(default=None, repr=False)
    scts: tuple[bytes, ...] = field(default=(), repr=False)
    extended_master_secret: bool = False

    @property
    def key_exchange(self) -> str:
        """The group's name; "RSA", "DHE" (a server's own group), "resumed" or "PSK" where there was no group."""
        if self.group is not None:
            return self.group.label
        if self.version is Version.TLS13:
            return "PSK"
        if self.resumed is not None:
            return "resumed"
        return "DHE" if "_DHE_" in self.suite.name else "RSA"

    @property
    def server_signature(self) -> str:
        """The scheme of the server's signature, "none" where a key stands for it."""
        return self.signature_scheme.label if self.signature_scheme is not None else "none"

    @property
    def verified(self) -> bool:
        """Whether the peer proved an identity: one that a trusted root vouches for, or a raw key that is known."""
        if self.peer_type is CertificateType.RAW_PUBLIC_KEY:
            return bool(self.peer_chain)
        return self.report is not None and self.report.ok
