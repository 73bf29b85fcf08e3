"""What an authority tells about its certificates: revocation lists, complete and delta, in one part or several, and
answers to OCSP requests. Both come from its ledger; how they travel is `dojang.net.publication`'s business.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.authority import Authority, Issued
from dojang.pki.certificate import parse_certificate
from dojang.pki.crl import REASONS
from dojang.pki.csr import hash_for
from dojang.pki.ledger import Ledger, Record
from dojang.pki.ocsp import NONCE_OCTETS, CertId, cert_id, parse_request

__all__ = ["Responder", "publish_list", "revoke"]

_FLAGS = {flag.value: flag for flag in x509.ReasonFlags}
_MOST_KEPT = 4096


def revoke(authority: Authority, serial: int, reason: str = "unspecified", at: datetime | None = None) -> Record:
    """Revokes what this authority issued; the next list and every OCSP answer from now on say so.

    reason: a name of RFC 5280 section 5.3.1; `certificateHold` can be taken back with `removeFromCRL`.
    Raises ApiMisuse.
    """
    return _ledger(authority).revoke(authority.id, serial, reason, int(at.timestamp()) if at else None)


def publish_list(authority: Authority, *, partition: int = 0, days: float = 7, delta: bool = False) -> bytes:
    """A new list in DER, numbered, signed and recorded. delta: only what changed since the last complete one."""
    ledger, places = _ledger(authority), authority.places
    if not 0 <= partition < places.partitions:
        raise ApiMisuse("there are {count} partitions, counted from 0", count=places.partitions)
    draft = ledger.draft_list(authority.id, partition, places.partitions, delta=delta)
    now = authority.clock().astimezone(UTC).replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject, now, now + timedelta(days=days))
    for record in draft.revoked:
        builder = builder.add_revoked_certificate(_entry(record))
    builder = builder.add_extension(x509.CRLNumber(draft.number), critical=False)
    builder = builder.add_extension(_authority_key(authority), critical=False)
    if draft.base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(draft.base), critical=True)
    if places.partitions > 1:
        builder = builder.add_extension(_scope(places.list_url(partition)), critical=True)
    if places.base and not delta:
        newest = [x509.UniformResourceIdentifier(places.delta_url(partition))]
        point = x509.DistributionPoint(newest, None, None, None)
        builder = builder.add_extension(x509.FreshestCRL([point]), critical=False)
    signed = builder.sign(authority.key, hash_for(authority.key)).public_bytes(Encoding.DER)
    ledger.record_list(authority.id, draft, signed)
    return signed


class Responder:
    """Answers OCSP requests for an authority.

    signer: an `ocsp` certificate of that authority with its key; without it the authority signs itself. hours: how
    long an answer holds. An answer without a nonce is signed once and handed out again for half of that time, or until
    the ledger says otherwise.
    """

    def __init__(self, authority: Authority, signer: Issued | None = None, *, hours: float = 12) -> None:
        self.authority = authority
        self.signer = signer
        self.hours = hours
        self._ledger = _ledger(authority)
        self._issuer = parse_certificate(authority.certificate.public_bytes(Encoding.DER))
        self._kept: dict[tuple[CertId, int, str], tuple[datetime, bytes]] = {}
        self._lock = threading.Lock()

    def answer(self, request: bytes) -> bytes:
        """An OCSPResponse in DER for any bytes; it does not raise for what a client sent."""
        try:
            asked = parse_request(request)
        except DecodeError:
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        identity = asked.ids[0]
        # One answer each: RFC 5019 section 2.1.1; a request for several gets the first.
        if identity.hash not in _HASHES or not self._is_mine(identity):
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        record = self._ledger.find(self.authority.id, identity.serial)
        if record is None or record.state == "reserved":
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        now = self.authority.clock().astimezone(UTC).replace(microsecond=0)
        if asked.nonce is not None:
            return self._signed(identity, record, now, asked.nonce)
        key = identity, record.changed, record.state
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or now - kept[0] > timedelta(hours=self.hours / 2) or now < kept[0]:
            kept = now, self._signed(identity, record, now, None)
            with self._lock:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = kept
        return kept[1]

    def staple(self, certificate: x509.Certificate) -> bytes:
        """The response for a server to send along with that certificate. Raises ApiMisuse where another issued it."""
        leaf = parse_certificate(certificate.public_bytes(Encoding.DER))
        record = self._ledger.find(self.authority.id, leaf.serial)
        if record is None or record.state == "reserved":
            raise ApiMisuse("this authority did not issue that certificate")
        now = self.authority.clock().astimezone(UTC).replace(microsecond=0)
        return self._signed(cert_id(leaf, self._issuer), record, now, None)

    def _is_mine(self, identity: CertId) -> bool:
        own = cert_id(self._issuer, self._issuer, identity.hash)
        name = hashes.Hash(_HASHES[identity.hash]())
        name.update(self._issuer.subject)
        return identity.key_hash == own.key_hash and identity.name_hash == name.finalize()

    def _signed(self, identity: CertId, record: Record, now: datetime, nonce: bytes | None) -> bytes:
        revoked = record.state == "revoked"
        certificate, key = self.authority.certificate, self.authority.key
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            identity.name_hash,
            identity.key_hash,
            identity.serial,
            _HASHES[identity.hash](),
            ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            now,
            now + timedelta(hours=self.hours),
            datetime.fromtimestamp(record.revoked_at, UTC) if revoked else None,
            _FLAGS.get(REASONS[record.reason]) if revoked else None,
        )
        if self.signer is not None:
            certificate, key = self.signer.certificate, self.signer.key
            builder = builder.certificates([certificate])
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
        if nonce is not None and nonce[:2] and len(nonce) <= NONCE_OCTETS + 2:
            builder = builder.add_extension(x509.OCSPNonce(nonce[2:]), critical=False)
        response = builder.sign(key, hash_for(key)).public_bytes(Encoding.DER)
        self._ledger.note("response", self.authority.id, response)
        return response


def _entry(record: Record) -> x509.RevokedCertificate:
    at = datetime.fromtimestamp(record.revoked_at, UTC)
    builder = x509.RevokedCertificateBuilder(record.serial, at)
    # RFC 5280 section 5.3.1: the reason is left out rather than said to be unspecified.
    flag = _FLAGS.get(REASONS[record.reason])
    if flag is not None and flag is not x509.ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()


def _authority_key(authority: Authority) -> x509.AuthorityKeyIdentifier:
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _scope(url: str) -> x509.IssuingDistributionPoint:
    name = [x509.UniformResourceIdentifier(url)]
    return x509.IssuingDistributionPoint(name, None, False, False, None, False, False)


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _ledger(authority: Authority) -> Ledger:
    if authority.ledger is None:
        raise ApiMisuse("an authority without a ledger remembers nothing, and so can't revoke")
    return authority.ledger


_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
