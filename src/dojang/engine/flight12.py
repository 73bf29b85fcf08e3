"""What both sides of TLS 1.2 do alike: secrets, the change of keys, Finished (RFC 5246 sections 6.3, 7.1, 7.4.9)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dojang.crypto import schedule12
from dojang.crypto.protection12 import Opener12, Sealer12
from dojang.crypto.suites import Suite12
from dojang.engine.flight import Epoch, Established, Expect, Handshake, Step
from dojang.engine.negotiate import Bodies
from dojang.engine.records import ChangeCipherSpec
from dojang.engine.session import Session
from dojang.engine.ticket import Ticket
from dojang.errors import PeerIncompatible, PeerMisbehaved
from dojang.pki.report import Report
from dojang.wire.codes import Alert, CertificateType, ExtensionType, SignatureScheme
from dojang.wire.extensions import ECPointFormatList
from dojang.wire.messages12 import Certificate12, Finished12, RawPublicKey12

__all__ = ["Flight12", "certificate_kind", "check_point_formats", "key_fits_suite", "padded_dh"]


class Flight12(Handshake):
    """A handshake of TLS 1.2 past its hellos."""

    def __init__(self, start: Handshake, suite: Suite12, server_random: bytes) -> None:
        super().__init__(start.link, start.config)
        self.transcript = start.transcript
        self.client_random = start.client_random
        self.server_random = server_random
        self.suite = suite
        self.master = b""
        self.extended = False
        self.peer_chain: tuple[bytes, ...] = ()
        self.peer_type = CertificateType.X509
        self.report: Report | None = None
        self.server_scheme: SignatureScheme | None = None
        self.client_scheme: SignatureScheme | None = None
        self.first_finished = b""
        self.link.read.change_cipher_spec = ChangeCipherSpec.DELIVERED

    def derive_master_secret(self, pre_master: bytes) -> None:
        """RFC 7627 section 4, or RFC 5246 section 8.1; the transcript ends with ClientKeyExchange."""
        hash_name = self.suite.hash_name
        if self.extended:
            self.master = schedule12.extended_master_secret(pre_master, self.transcript.digest(), hash_name)
        else:
            self.master = schedule12.master_secret(pre_master, self.client_random, self.server_random, hash_name)

    def derive_keys(self) -> None:
        """RFC 5246 section 6.3."""
        self.log_secret("CLIENT_RANDOM", self.master)
        sizes = (self.suite.key_size, self.suite.iv_size)
        self.keys = schedule12.key_block(
            self.master, self.client_random, self.server_random, sizes, self.suite.hash_name
        )

    def send_finished(self) -> None:
        """Change keys, then prove with them that both saw the same handshake (RFC 5246 section 7.4.9)."""
        self.send_change_cipher_spec()
        keys = self.keys.client if self.link.role == "client" else self.keys.server
        self.link.write.install(Sealer12(self.suite, keys))
        self.link.write_epoch = Epoch.APPLICATION
        verify_data = self.finished(self.link.role)
        self.send(Finished12(verify_data))

    def read_finished(self) -> Step[None]:
        """The peer's change of keys and its proof."""
        yield Expect((), change_cipher_spec=True)
        keys = self.keys.server if self.link.role == "client" else self.keys.client
        self.link.read.install(Opener12(self.suite, keys))
        self.link.read_epoch = Epoch.APPLICATION
        expected = self.finished(self.link.peer)
        message = yield from self.receive(Finished12)
        if not hmac.compare_digest(message.verify_data, expected):
            raise PeerMisbehaved(
                Alert.DECRYPT_ERROR,
                "the {peer}'s Finished does not match: the two sides saw different handshakes",
                "RFC 5246 section 7.4.9",
                peer=self.link.peer,
            )

    def finished(self, sender: str) -> bytes:
        """verify_data; the first of a connection is also its channel binding (RFC 5929 section 3)."""
        data = schedule12.finished12(self.master, sender, self.transcript.digest(), self.suite.hash_name)
        self.first_finished = self.first_finished or data
        return data

    def send_certificate(self, shown: tuple[bytes, ...], kind: CertificateType) -> None:
        """RFC 5246 section 7.4.2, RFC 7250 section 3; nothing to show is shown empty."""
        if kind is CertificateType.RAW_PUBLIC_KEY:
            self.send(RawPublicKey12(b"".join(shown)))
        else:
            self.send(Certificate12(shown))

    def read_certificate(self) -> Step[tuple[bytes, ...]]:
        """The peer's chain, or its raw key alone; () where it shows nothing."""
        if self.peer_type is CertificateType.RAW_PUBLIC_KEY:
            raw = yield from self.receive(RawPublicKey12)
            return (raw.subject_public_key_info,) if raw.subject_public_key_info else ()
        message = yield from self.receive(Certificate12)
        return message.certificate_list

    def check_extended_master_secret(self) -> None:
        """RFC 7627 section 5: required unless the configuration says otherwise."""
        if not self.extended and self.config.require_extended_master_secret:
            raise PeerIncompatible(
                Alert.HANDSHAKE_FAILURE,
                "the {peer} does not bind the master secret to the handshake (extended_master_secret)",
                "RFC 7627 section 5",
                peer=self.link.peer,
            )

    def established(
        self, session: Session, tickets: tuple[Ticket, ...] = (), forget: Callable[[], None] | None = None
    ) -> Established:
        """What the connection goes on with."""
        self.link.read.change_cipher_spec = ChangeCipherSpec.REFUSED
        exporter = partial(_export, self.master, (self.client_random, self.server_random), self.suite.hash_name)
        established = Established(session, exporter, None, tickets, first_finished=self.first_finished)
        return established if forget is None else established._replace(forget=forget)


def key_fits_suite(key: PublicKeyTypes, suite: Suite12) -> bool:
    """Whether a certificate's key can do what the suite says (RFC 5246 section 7.4.2, RFC 8422 section 2)."""
    curves = (ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)
    return isinstance(key, rsa.RSAPublicKey if suite.signs == "rsa" else curves)


def certificate_kind(key: PublicKeyTypes) -> int:
    """RFC 5246 section 7.4.4, RFC 8422 section 5.5: rsa_sign, or ecdsa_sign, which EdDSA goes by too."""
    return 1 if isinstance(key, rsa.RSAPublicKey) else 64


def check_point_formats(bodies: Bodies, peer: str) -> None:
    """RFC 8422 section 5.1.2: whoever names formats must name the one that there is."""
    formats = cast(ECPointFormatList | None, bodies.get(ExtensionType.EC_POINT_FORMATS))
    if formats is not None and 0 not in formats.ec_point_format_list:
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER,
            "the {peer} does not know uncompressed points",
            "RFC 8422 section 5.1.2",
            peer=peer,
        )


def padded_dh(value: bytes, size: int) -> bytes:
    """A Diffie-Hellman value at full length: RFC 5246 leaves it to the sender whether leading zeros stay."""
    return value.lstrip(b"\0").rjust(size, b"\0")


def _export(
    master: bytes, randoms: tuple[bytes, bytes], hash_name: str, label: str, context: bytes | None, length: int
) -> bytes:
    return schedule12.export12(master, label, randoms, context, length, hash_name)
