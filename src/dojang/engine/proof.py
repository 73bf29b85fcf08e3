"""Who signs, with what, and whose key checks it: the same in both versions."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dojang.crypto.signatures import sign, verify
from dojang.engine.chains import by_suitability
from dojang.engine.config import ClientConfig, Credential
from dojang.engine.credential import Delegation
from dojang.engine.flight import Question, Step
from dojang.errors import CallbackFailed, CertificateError, DecodeError
from dojang.pki.keys import public_key_of
from dojang.pki.signature import load_public_key
from dojang.wire.codes import Alert, CertificateType, SignatureScheme

__all__ = ["Proof", "Wishes", "client_candidates", "peer_key", "signature_of"]


class Proof(NamedTuple):
    """What this side proves itself with: a credential, a scheme, and the delegated key where one signs."""

    credential: Credential
    scheme: SignatureScheme
    delegation: Delegation | None = None

    @property
    def signing(self) -> Credential | Delegation:
        """Whose key makes the signature."""
        return self.credential if self.delegation is None else self.delegation


class Wishes(NamedTuple):
    """What a server that asks for a certificate wants it to be.

    authorities: DER names, () for any. schemes: for the handshake. chain_schemes: for the chain.
    """

    authorities: tuple[bytes, ...]
    schemes: tuple[SignatureScheme, ...]
    chain_schemes: tuple[SignatureScheme, ...]
    certificate_type: CertificateType = CertificateType.X509


def signature_of(signing: Credential | Delegation, scheme: SignatureScheme, content: bytes) -> Step[bytes]:
    """The signature; asks outside where the key is outside, and does not believe the answer unchecked."""
    if signing.key is not None:
        return sign(signing.key, scheme, content)
    signer = signing.signer
    assert signer is not None
    signature = yield Question("signature", lambda: signer(scheme, content))
    if not isinstance(signature, bytes) or not verify(signing.public_key, scheme, signature, content):
        raise CallbackFailed(
            Alert.INTERNAL_ERROR,
            "the signer's answer is no {scheme} signature of the certificate's key",
            "",
            scheme=scheme.label,
        )
    return signature


def client_candidates(config: ClientConfig, wishes: Wishes) -> Step[tuple[Credential, ...]]:
    """What the client may show, best first: of the configured credentials, or what the callable chooses."""
    choose = config.credential
    if choose is None or not callable(choose):
        fitting = [own for own in config.credentials if own.certificate_type is wishes.certificate_type]
        return by_suitability(fitting, wishes.authorities, wishes.chain_schemes)
    chosen = yield Question("client certificate", lambda: choose(wishes.authorities, wishes.schemes))
    if chosen is None:
        return ()
    if not isinstance(chosen, Credential) or chosen.certificate_type is not wishes.certificate_type:
        raise CallbackFailed(Alert.INTERNAL_ERROR, "the callable for the client certificate gave no Credential")
    return (chosen,)


def peer_key(peer: str, leaf: bytes, kind: CertificateType = CertificateType.X509) -> PublicKeyTypes:
    """The key of the peer's certificate, or the raw one. Raises CertificateError where there is none to be used."""
    try:
        if kind is CertificateType.RAW_PUBLIC_KEY:
            key: PublicKeyTypes = load_public_key(leaf)
            return key
        return public_key_of(leaf)
    except (ValueError, DecodeError) as error:
        raise CertificateError(
            Alert.BAD_CERTIFICATE,
            "the {peer}'s certificate can't be read: {problem}",
            "RFC 5280 section 4.1",
            peer=peer,
            problem=error,
        ) from None
