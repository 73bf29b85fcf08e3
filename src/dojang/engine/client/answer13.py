"""The client's answer to a CertificateRequest, within the handshake and after it (RFC 9846 sections 4.5 and 4.7.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from dojang.crypto import schedule13
from dojang.engine.chains import named_authorities, schemes_for_chains
from dojang.engine.config import ClientConfig
from dojang.engine.delegation import choose_delegation
from dojang.engine.flight import Step
from dojang.engine.flight13 import Flight13
from dojang.engine.negotiate import Bodies, choose_scheme, read_bodies
from dojang.engine.proof import Proof, Wishes, client_candidates
from dojang.engine.session import Session
from dojang.errors import PeerMisbehaved
from dojang.wire import extensions as ext
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import Alert, CertificateType, ExtensionType, HandshakeType
from dojang.wire.extensions import Context
from dojang.wire.messages13 import CertificateRequest, Finished

__all__ = ["AnsweringFlight", "LateAnswer"]


class AnsweringFlight(Flight13):
    """What a client shows."""

    config: ClientConfig

    local_chain: tuple[bytes, ...] = ()
    local_type = CertificateType.X509

    def answer_request(self, request: CertificateRequest) -> Step[None]:
        """A certificate that the server can verify and the proof, or an empty one (section 4.5.1)."""
        bodies = read_bodies(request.extensions, Context.CERTIFICATE_REQUEST)
        context = request.certificate_request_context
        proof = yield from self.choose_proof(bodies)
        if proof is None:
            self.send_certificate((), context)
            return
        inflates = cast(ext.CertificateCompressionAlgorithms | None, bodies.get(ExtensionType.COMPRESS_CERTIFICATE))
        self.local_chain, self.client_scheme = proof.credential.shown, proof.scheme
        yield from self.send_proof(proof, context, (), inflates)

    def choose_proof(self, bodies: Bodies) -> Step[Proof | None]:
        """Of what there is, what the server can verify; its wishes for authorities only put it in order."""
        schemes = cast(ext.SignatureSchemeList | None, bodies.get(ExtensionType.SIGNATURE_ALGORITHMS))
        if schemes is None:
            raise PeerMisbehaved(
                Alert.MISSING_EXTENSION,
                "a CertificateRequest without signature_algorithms",
                "RFC 9846 section 4.4.2",
            )
        offered = schemes.supported_signature_algorithms
        wishes = Wishes(named_authorities(bodies), offered, schemes_for_chains(bodies), self.local_type)
        delegable = cast(ext.SignatureSchemeList | None, bodies.get(ExtensionType.DELEGATED_CREDENTIAL))
        for credential in (yield from client_candidates(self.config, wishes)):
            delegation = choose_delegation(credential, self.config, delegable, offered)
            if delegation is not None:
                return Proof(credential, delegation.scheme, delegation)
            scheme = choose_scheme(credential, self.config, offered)
            if scheme is not None:
                return Proof(credential, scheme)
        return None


class LateAnswer(AnsweringFlight):
    """The same after the handshake. What is read is answered here; what is written, by whoever writes."""

    def __init__(self, flight: AnsweringFlight, session: Session) -> None:
        super().__init__(flight, flight.suite)
        self.session = session
        self.local_type = flight.local_type
        self.handshake = flight.transcript.fork()
        self.queue: list[tuple[HandshakeMessage, bytes]] = []
        self.due: list[Callable[[bytes], None]] = []

    def begins_with(self, handshake_type: HandshakeType) -> bool:
        return handshake_type is HandshakeType.CERTIFICATE_REQUEST

    def run(self, read_secret: bytes) -> Step[Session]:  # noqa: ARG002
        """Section 4.7.2: each request is answered for itself, over the handshake's transcript and its own."""
        self.transcript, self.queue = self.handshake.fork(), []
        self.local_chain, self.client_scheme = (), None
        request = yield from self.receive(CertificateRequest)
        yield from self.answer_request(request)
        queue, digest = self.queue, self.transcript.digest()
        self.due.append(lambda secret: self.deliver(queue, digest, secret))
        self.session = replace(self.session, local_chain=self.local_chain, client_signature_scheme=self.client_scheme)
        return self.session

    @property
    def owes(self) -> bool:
        return bool(self.due)

    def send_due(self, write_secret: bytes) -> None:
        """What is owed, all of an answer in a row."""
        while self.due:
            self.due.pop(0)(write_secret)

    def send(self, message: HandshakeMessage, raw: bytes | None = None) -> bytes:
        """Only into the transcript and the queue: the keys it will be under are the writing half's."""
        raw = message.frame() if raw is None else raw
        self.transcript.add(raw)
        self.queue.append((message, raw))
        return raw

    def deliver(self, queue: list[tuple[HandshakeMessage, bytes]], digest: bytes, secret: bytes) -> None:
        """One answer and its Finished."""
        finished = Finished(schedule13.finished_mac(secret, digest, self.suite.hash_name))
        for message, raw in (*queue, (finished, finished.frame())):
            self.link.write.send_message(raw)
            if self.link.observer is not None:
                self.link.observer.message(self.link.role, message, raw, self.link.write_epoch)
