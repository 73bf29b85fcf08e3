"""Who signs, with what, and whose key checks it: the same in both versions."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from dojang.crypto.signatures import sign, verify
from dojang.engine.config import ClientConfig, Credential
from dojang.engine.flight import Question, Step
from dojang.errors import CallbackFailed, CertificateError, DecodeError
from dojang.pki.keys import public_key_of
from dojang.wire.codes import Alert, SignatureScheme

__all__ = ["choose_client_credential", "peer_key", "signature_of"]


def signature_of(credential: Credential, scheme: SignatureScheme, content: bytes) -> Step[bytes]:
    """The credential's signature; asks outside where the key is outside, and does not believe the answer unchecked."""
    if credential.key is not None:
        return sign(credential.key, scheme, content)
    signer = credential.signer
    assert signer is not None
    signature = yield Question("signature", lambda: signer(scheme, content))
    if not isinstance(signature, bytes) or not verify(credential.public_key, scheme, signature, content):
        raise CallbackFailed(
            Alert.INTERNAL_ERROR,
            "the signer's answer is no {scheme} signature of the certificate's key",
            "",
            scheme=scheme.label,
        )
    return signature


def choose_client_credential(
    config: ClientConfig, authorities: tuple[bytes, ...], schemes: tuple[SignatureScheme, ...]
) -> Step[Credential | None]:
    """The configured credential, or what the configured callable chooses."""
    choice = config.credential
    if choice is None or isinstance(choice, Credential):
        return choice
    chosen = yield Question("client certificate", lambda: choice(authorities, schemes))
    if chosen is not None and not isinstance(chosen, Credential):
        raise CallbackFailed(Alert.INTERNAL_ERROR, "the callable for the client certificate gave no Credential")
    return chosen


def peer_key(peer: str, leaf: bytes) -> PublicKeyTypes:
    """The key of the peer's certificate. Raises CertificateError where there is none that can be used."""
    try:
        return public_key_of(leaf)
    except (ValueError, DecodeError) as error:
        raise CertificateError(
            Alert.BAD_CERTIFICATE,
            "the {peer}'s certificate can't be read: {problem}",
            "RFC 5280 section 4.1",
            peer=peer,
            problem=error,
        ) from None
