"""What both sides of TLS 1.3 do alike after the hellos: the key schedule's steps (RFC 9846 section 7.1), Certificate,
CertificateVerify and Finished (section 4.5)."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from functools import lru_cache, partial
from typing import Any, cast, overload

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dojang.crypto import schedule13
from dojang.crypto.signatures import SCHEMES, verify
from dojang.crypto.suites import Suite
from dojang.engine.compression import compressed, decompressed
from dojang.engine.delegation import check_delegation
from dojang.engine.flight import Established, Handshake, Later, Step, Update, export_from
from dojang.engine.negotiate import Bodies, check_answers
from dojang.engine.proof import Proof, peer_key, signature_of
from dojang.engine.session import Session
from dojang.errors import DecodeError, PeerMisbehaved
from dojang.pki.report import Report
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, CertificateCompressionAlgorithm, CertificateType, ExtensionType, SignatureScheme
from dojang.wire.extensions import (
    CertificateCompressionAlgorithms,
    Context,
    DelegatedCredential,
    Extension,
    constant_extension,
)
from dojang.wire.messages13 import (
    Certificate,
    CertificateEntry,
    CertificateRequest,
    CertificateVerify,
    CompressedCertificate,
    Finished,
)

__all__ = ["Flight13"]

_SERVER_CONTEXT = b" " * 64 + b"TLS 1.3, server CertificateVerify\0"
_CLIENT_CONTEXT = b" " * 64 + b"TLS 1.3, client CertificateVerify\0"


class Flight13(Handshake):
    """A handshake past its hellos: the suite is chosen, the transcript hashes."""

    def __init__(self, start: Handshake, suite: Suite) -> None:
        super().__init__(start.link, start.config)
        self.transcript = start.transcript
        self.client_random = start.client_random
        self.suite = suite
        self.peer_chain: tuple[bytes, ...] = ()
        self.peer_type = CertificateType.X509
        self.peer_delegation: DelegatedCredential | None = None
        self.report: Report | None = None
        self.client_scheme: SignatureScheme | None = None

    def derive_handshake_secrets(self, psk: bytes | None, shared: bytes | None) -> None:
        """Section 7.1, from pre-shared key and key exchange; the transcript ends with ServerHello."""
        hash_name = self.suite.hash_name
        early = schedule13.early_secret(psk, hash_name)
        self._handshake_secret = schedule13.handshake_secret(early, shared, hash_name)
        digest = self.transcript.digest()
        self.client_secret, self.server_secret = schedule13.derive_secrets(
            self._handshake_secret, ("c hs traffic", "s hs traffic"), digest, hash_name
        )
        self.log_secret("CLIENT_HANDSHAKE_TRAFFIC_SECRET", self.client_secret)
        self.log_secret("SERVER_HANDSHAKE_TRAFFIC_SECRET", self.server_secret)

    def derive_application_secrets(self) -> None:
        """Section 7.1, from the main secret; the transcript ends with the server's Finished."""
        hash_name = self.suite.hash_name
        self._main_secret = main = schedule13.main_secret(self._handshake_secret, hash_name)
        digest = self.transcript.digest()
        labels = ("c ap traffic", "s ap traffic", "exp master")
        self.client_application_secret, self.server_application_secret, self.exporter_secret = (
            schedule13.derive_secrets(main, labels, digest, hash_name)
        )
        self.log_secret("CLIENT_TRAFFIC_SECRET_0", self.client_application_secret)
        self.log_secret("SERVER_TRAFFIC_SECRET_0", self.server_application_secret)
        self.log_secret("EXPORTER_SECRET", self.exporter_secret)

    def established(self, session: Session, later: Later | None = None) -> Established:
        """What the connection goes on with; the transcript ends with the client's Finished."""
        hash_name = self.suite.hash_name
        resumption = schedule13.derive_secret(self._main_secret, "res master", self.transcript.digest(), hash_name)
        secrets = (self.client_application_secret, self.server_application_secret)
        write, read = secrets if self.link.role == "client" else secrets[::-1]
        exporter = partial(export_from, self.exporter_secret, hash_name)
        return Established(session, exporter, Update(self.suite, read, write, resumption), later=later)

    def send_certificate(
        self,
        chain: tuple[bytes, ...],
        context: bytes = b"",
        extensions: tuple[Extension, ...] = (),
        inflates: CertificateCompressionAlgorithms | None = None,
    ) -> None:
        """Section 4.5.1, or RFC 8879. `extensions` are the leaf's; `inflates`: what the peer can inflate."""
        theirs = inflates.algorithms if inflates is not None and chain else ()
        algorithm = next((own for own in self.config.certificate_compression if own in theirs), None)
        self.send(*_certificate(chain, context, extensions, algorithm))

    def send_proof(
        self,
        proof: Proof,
        context: bytes = b"",
        extensions: tuple[Extension, ...] = (),
        inflates: CertificateCompressionAlgorithms | None = None,
    ) -> Step[None]:
        """Sections 4.5.1 and 4.5.2: what is shown, and that its key is here; asks outside where the key is outside."""
        if proof.delegation is not None:
            delegated = constant_extension(ExtensionType.DELEGATED_CREDENTIAL, proof.delegation.message)
            extensions = (*extensions, delegated)
        self.send_certificate(proof.credential.shown, context, extensions, inflates)
        content = _signed_content(self.link.role, self.transcript.digest())
        signature = yield from signature_of(proof.signing, proof.scheme, content)
        self.send(CertificateVerify(proof.scheme, signature))

    def send_finished(self, base_key: bytes) -> None:
        """Section 4.5.3."""
        self.send(Finished(schedule13.finished_mac(base_key, self.transcript.digest(), self.suite.hash_name)))

    @overload
    def read_certificate(self) -> Step[Certificate]: ...

    @overload
    def read_certificate(self, other: type[CertificateRequest], /) -> Step[Certificate | CertificateRequest]: ...

    def read_certificate(self, *others: type[HandshakeMessage]) -> Step[Any]:
        """A Certificate, inflated where it came compressed as was allowed; or one of `others`."""
        offered = self.config.certificate_compression
        message = yield from self.receive_any((*others, Certificate, *[CompressedCertificate][: len(offered)]))
        if isinstance(message, CompressedCertificate):
            return decompressed(message, offered, self.link.peer)
        return message

    def take_certificate(self, message: Certificate, context: bytes, offered: Collection[int]) -> Bodies:
        """Section 4.5.1: what the peer shows, nothing judged yet; what it says about the leaf of what was `offered`."""
        if message.certificate_request_context != context:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the {peer}'s Certificate does not answer the request that was made",
                "RFC 9846 section 4.5.1",
                peer=self.link.peer,
            )
        entries = message.certificate_list
        if self.peer_type is CertificateType.RAW_PUBLIC_KEY and len(entries) > 1:
            raise PeerMisbehaved(Alert.ILLEGAL_PARAMETER, "more than one raw public key", "RFC 9846 section 4.5.1")
        answers = [check_answers(entry.extensions, Context.CERTIFICATE, offered) for entry in entries]
        self.peer_chain = tuple([entry.cert_data for entry in entries])
        if not answers:
            return {}
        delegated = answers[0].get(ExtensionType.DELEGATED_CREDENTIAL)
        self.peer_delegation = cast(DelegatedCredential | None, delegated)
        return answers[0]

    def read_certificate_verify(self) -> Step[SignatureScheme]:
        """The peer's proof that it holds the key it showed, or the key delegated to it; the scheme it used."""
        content = _signed_content(self.link.peer, self.transcript.digest())
        message = yield from self.receive(CertificateVerify)
        scheme = message.algorithm
        if scheme not in self.config.signature_schemes:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the {peer} signed with {scheme}, which was not offered for handshakes",
                "RFC 9846 section 4.5.2",
                peer=self.link.peer,
                scheme=scheme.label,
            )
        key = self.proving_key(scheme)
        if not SCHEMES[scheme].fits(key):
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the {peer} signed with {scheme}, which does not fit its certificate's key",
                "RFC 9846 section 4.5.2",
                peer=self.link.peer,
                scheme=scheme.label,
            )
        if not verify(key, scheme, message.signature, content):
            raise PeerMisbehaved(
                Alert.DECRYPT_ERROR,
                "the {peer}'s signature over the handshake is wrong: it does not hold the certificate's key",
                "RFC 9846 section 4.5.2",
                peer=self.link.peer,
            )
        return scheme

    def proving_key(self, scheme: SignatureScheme) -> PublicKeyTypes:
        """The key that must have signed."""
        delegated = self.peer_delegation
        if delegated is None:
            return peer_key(self.link.peer, self.peer_chain[0], self.peer_type)
        if scheme is not delegated.dc_cert_verify_algorithm:
            raise PeerMisbehaved(
                Alert.ILLEGAL_PARAMETER,
                "the {peer} signed with {scheme}, which is not its delegated credential's",
                "RFC 9345 section 4.1.3",
                peer=self.link.peer,
                scheme=scheme.label,
            )
        return check_delegation(self.config, self.peer_chain[0], delegated, self.link.peer)

    def read_finished(self, base_key: bytes) -> Step[None]:
        """Section 4.5.3: the peer saw the same handshake."""
        expected = schedule13.finished_mac(base_key, self.transcript.digest(), self.suite.hash_name)
        message = yield from self.receive(Finished)
        if len(message.verify_data) != len(expected):
            raise DecodeError("a Finished of {size} bytes", "RFC 9846 section 4.5.3", size=len(message.verify_data))
        if not hmac.compare_digest(message.verify_data, expected):
            raise PeerMisbehaved(
                Alert.DECRYPT_ERROR,
                "the {peer}'s Finished does not match: the two sides saw different handshakes",
                "RFC 9846 section 4.5.3",
                peer=self.link.peer,
            )


@lru_cache(maxsize=64)
def _certificate(
    chain: tuple[bytes, ...],
    context: bytes,
    extensions: tuple[Extension, ...],
    algorithm: CertificateCompressionAlgorithm | None,
) -> tuple[HandshakeMessage, bytes]:
    """The message and its bytes: a server sends the same thousands of times."""
    entries = [CertificateEntry(der, extensions if index == 0 else ()) for index, der in enumerate(chain)]
    plain = Certificate(context, tuple(entries))
    message = plain if algorithm is None else compressed(plain, algorithm)
    return message, message.frame()


def _signed_content(signer: str, transcript_hash: bytes) -> bytes:
    return (_CLIENT_CONTEXT if signer == "client" else _SERVER_CONTEXT) + transcript_hash
