"""Channel bindings: values that name one connection, for whoever authenticates inside it (RFC 5929, RFC 9266)."""

from __future__ import annotations

import hashlib

from dojang.engine.flight import Established
from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.certificate import parse_certificate
from dojang.pki.signature import signature_algorithm
from dojang.wire.codes import Version

__all__ = ["CHANNEL_BINDINGS", "channel_binding"]

CHANNEL_BINDINGS = ("tls-exporter", "tls-unique", "tls-server-end-point")


def channel_binding(kind: str, established: Established, role: str) -> bytes:
    """The binding of that kind, the same at both ends. Raises ApiMisuse where it is not defined for this connection."""
    if kind == "tls-exporter":
        return _exporter(established)
    if kind == "tls-unique":
        return _unique(established)
    if kind == "tls-server-end-point":
        return _server_end_point(established, role)
    raise ApiMisuse(
        "there is no channel binding {kind}; there are {known}", kind=kind, known=", ".join(CHANNEL_BINDINGS)
    )


def _exporter(established: Established) -> bytes:
    """RFC 9266 section 2; section 4.2: in TLS 1.2 only with the extended master secret."""
    _check_bound(established)
    return established.exporter("EXPORTER-Channel-Binding", b"", 32)


def _unique(established: Established) -> bytes:
    """RFC 5929 section 3: the first Finished. RFC 9846 appendix C.5: TLS 1.3 has none."""
    if established.session.version is Version.TLS13:
        raise ApiMisuse("TLS 1.3 has no channel binding tls-unique; tls-exporter takes its place")
    _check_bound(established)
    return established.first_finished


def _server_end_point(established: Established, role: str) -> bytes:
    """RFC 5929 section 4.1: the certificate, hashed as its signature hashes, though never with MD5 or SHA-1."""
    session = established.session
    chain = session.peer_chain if role == "client" else session.local_chain
    if not chain:
        raise ApiMisuse("this connection has no server certificate to bind to")
    try:
        algorithm = signature_algorithm(parse_certificate(chain[0]).outer_algorithm)
    except DecodeError:
        algorithm = None
    if algorithm is None or not algorithm.hash_name:
        raise ApiMisuse("the server certificate's signature has no hash that tls-server-end-point could take")
    name = "sha256" if algorithm.hash_name in ("md5", "sha1") else algorithm.hash_name
    return hashlib.new(name, chain[0]).digest()


def _check_bound(established: Established) -> None:
    """RFC 7627 section 6.2: without it, two connections of an attacker's can have the same keys."""
    if established.update is None and not established.session.extended_master_secret:
        raise ApiMisuse("without the extended master secret, this connection can't be told from another")
