"""Info: everything there is to say of a connection, as one frozen object that can be printed as JSON."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dojang.engine.flight import Link
from dojang.engine.session import Session
from dojang.errors import DecodeError
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.report import Report
from dojang.wire.codes import CertificateType, CipherSuite, NamedGroup, SignatureScheme, Version

__all__ = ["Flight", "Flow", "Info", "info_of"]


class Flow(NamedTuple):
    """One direction. bytes: of the transport's, with all overhead. record_limit: content that a record may hold."""

    bytes: int
    records: int
    record_limit: int


class Flight(NamedTuple):
    """Handshake messages that one side sent in a row. began, ended: seconds since the connection was made."""

    sender: str
    messages: tuple[str, ...]
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """The facts of a connection so far. What Session says of its fields holds here too.

    verified: whether the peer proved an identity. verified_path: the certificates that vouch for it, leaf to root, DER.
    client_chain: what the client showed, whichever side this is; client_identity: whom its leaf names, "" for nobody.
    sent, received: what went each way until now. handshake_time: seconds.
    """

    role: str
    version: Version
    suite: CipherSuite
    group: NamedGroup | None
    key_exchange: str
    signature_scheme: SignatureScheme | None
    client_signature_scheme: SignatureScheme | None
    delegated: bool
    server_name: str | None
    alpn: str | None
    resumed: str | None
    early_data: bool | None
    retried: bool
    extended_master_secret: bool
    peer_type: CertificateType
    peer_chain: tuple[bytes, ...] = field(repr=False)
    verified: bool
    verified_path: tuple[bytes, ...] = field(repr=False)
    report: Report | None = field(repr=False)
    staple: bytes | None = field(repr=False)
    scts: tuple[bytes, ...] = field(repr=False)
    client_chain: tuple[bytes, ...] = field(repr=False)
    client_identity: str
    sent: Flow
    received: Flow
    flights: tuple[Flight, ...] = field(repr=False)
    handshake_time: float

    def to_json(self) -> dict[str, Any]:
        """The same as numbers, texts, lists and dicts; certificates by what names them."""
        plain = {name: _plain(getattr(self, name)) for name in self.__slots__ if name not in _SPECIAL}
        return {
            **plain,
            "peer_chain": [_told(der) for der in self.peer_chain],
            "verified_path": [_told(der) for der in self.verified_path],
            "client_chain": [_told(der) for der in self.client_chain],
            "report": None if self.report is None else self.report.as_json(),
            "staple": None if self.staple is None else self.staple.hex(),
            "scts": [timestamp.hex() for timestamp in self.scts],
            "sent": self.sent._asdict(),
            "received": self.received._asdict(),
            "flights": [flight._asdict() for flight in self.flights],
        }


def info_of(link: Link, session: Session) -> Info:
    """What the connection knows, gathered when it is asked for."""
    client_chain = session.local_chain if link.role == "client" else session.peer_chain
    flights = tuple(
        Flight(sender, tuple([kind.label for kind in kinds]), began - link.started, ended - link.started)
        for sender, kinds, began, ended in link.flights
    )
    return Info(
        role=link.role,
        version=session.version,
        suite=session.suite,
        group=session.group,
        key_exchange=session.key_exchange,
        signature_scheme=session.signature_scheme,
        client_signature_scheme=session.client_signature_scheme,
        delegated=session.delegated,
        server_name=session.server_name,
        alpn=session.alpn,
        resumed=session.resumed,
        early_data=session.early_data,
        retried=session.retried,
        extended_master_secret=session.extended_master_secret,
        peer_type=session.peer_type,
        peer_chain=session.peer_chain,
        verified=session.verified,
        verified_path=_path_of(session.report),
        report=session.report,
        staple=session.staple,
        scts=session.scts,
        client_chain=client_chain,
        client_identity=_named(client_chain),
        sent=Flow(link.write.delivered, link.write.records, link.write.fragment),
        received=Flow(link.read.received, link.read.records, link.read.fragment),
        flights=flights,
        handshake_time=link.established - link.started,
    )


def _path_of(report: Report | None) -> tuple[bytes, ...]:
    """The verifier's path, where one holds."""
    if report is None or not report.ok or not report.paths:
        return ()
    return tuple([certificate.der for certificate in report.paths[0].certificates])


def _named(chain: tuple[bytes, ...]) -> str:
    certificate = _parsed(chain[0]) if chain else None
    return "" if certificate is None else certificate.subject_text


def _told(der: bytes) -> dict[str, str]:
    """What names a certificate; of a raw public key there is but its digest."""
    told = {"sha256": hashlib.sha256(der).hexdigest()}
    certificate = _parsed(der)
    if certificate is not None:
        told |= {"subject": certificate.subject_text, "issuer": certificate.issuer_text}
    return told


def _parsed(der: bytes) -> ParsedCertificate | None:
    try:
        return parse_certificate(der)
    except DecodeError:
        return None


def _plain(value: Any) -> Any:
    """A code's name, anything else as it is."""
    return getattr(value, "label", value)


_SPECIAL = frozenset(
    (
        "peer_chain",
        "verified_path",
        "client_chain",
        "report",
        "staple",
        "scts",
        "sent",
        "received",
        "flights",
    )
)
