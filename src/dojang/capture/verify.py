"""Finished values and signatures, checked again by a reader of the capture.

Each check recomputes what the peers computed; where a secret or a key is missing, the check says so and claims nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from dojang.capture.chains import chain_of
from dojang.capture.messages import psk_identities
from dojang.capture.old_prf import finished_value
from dojang.capture.steps import Handshake, Message
from dojang.capture.transcript import hash_name_of
from dojang.crypto.schedule13 import derive_secret, early_secret, finished_mac
from dojang.crypto.signatures import SCHEMES, verify
from dojang.errors import TlsError
from dojang.pki.certificate import parse_certificate
from dojang.wire.codes import ExtensionType, HandshakeType, SignatureScheme
from dojang.wire.extensions import OfferedPsks

__all__ = ["Check", "checks_of", "leaf_of"]

_CONTEXT = {
    "server": b"TLS 1.3, server CertificateVerify",
    "client": b"TLS 1.3, client CertificateVerify",
}


class Check(NamedTuple):
    """what: ``finished``, ``signature``, ``binder``. right: None where it can't be known, and then `why` says it.

    why: ``no_secret``, ``no_certificate``, ``unsupported``, ``incomplete``, "" where it was checked.
    """

    what: str
    right: bool | None
    why: str = ""


def checks_of(message: Message) -> list[Check]:
    """What can be checked of a message; nothing for most."""
    check = _CHECKS.get(message.type)
    if check is None or message.value is None:
        return []
    found = check(message)
    return [found] if found is not None else []


def leaf_of(handshake: Handshake, sender: str) -> bytes | None:
    """The DER of one side's own certificate."""
    chain = chain_of(handshake, sender)
    return chain[0] if chain else None


def _finished(message: Message) -> Check | None:
    handshake, value = message.handshake, message.value
    if handshake.is_tls13:
        secret = handshake.traffic.get(f"{message.sender.upper()}_HANDSHAKE_TRAFFIC_SECRET")
        if secret is None:
            return Check("finished", None, "no_secret")
        if not _is_whole(handshake):
            return Check("finished", None, "incomplete")
        name = hash_name_of(handshake)
        digest = hashlib.new(name, handshake.transcript(message)).digest()
        return Check("finished", hmac.compare_digest(finished_mac(secret, digest, name), value.verify_data))
    if handshake.master is None:
        return Check("finished", None, "no_secret")
    if not _is_whole(handshake):
        return Check("finished", None, "incomplete")
    said = value.verify_data if hasattr(value, "verify_data") else value.md5_hash + value.sha_hash
    name, messages = hash_name_of(handshake), handshake.transcript(message)
    right = finished_value(handshake.version, name, handshake.master, message.sender, messages)
    return Check("finished", hmac.compare_digest(right, said))


def _is_whole(handshake: Handshake) -> bool:
    """Whether every message that was hashed is here."""
    return (handshake.client_hello is not None or bool(handshake.prefix)) and handshake.server_hello is not None


def _certificate_verify(message: Message) -> Check:
    handshake, value = message.handshake, message.value
    der = leaf_of(handshake, message.sender)
    if der is None:
        return Check("signature", None, "no_certificate")
    if not _is_whole(handshake):
        return Check("signature", None, "incomplete")
    if handshake.is_tls13:
        digest = hashlib.new(hash_name_of(handshake), handshake.transcript(message)).digest()
        signed = b" " * 64 + _CONTEXT[message.sender] + b"\0" + digest
    else:
        signed = handshake.transcript(message)
    return _signature(der, getattr(value, "algorithm", None), value.signature, signed)


def _server_key_exchange(message: Message) -> Check | None:
    handshake, value = message.handshake, message.value
    signature = getattr(value, "signature", None)
    if signature is None:
        return None
    der = leaf_of(handshake, "server")
    if der is None:
        return Check("signature", None, "no_certificate")
    if not (handshake.client_random and handshake.server_random):
        return Check("signature", None, "incomplete")
    algorithm = getattr(value, "algorithm", None)
    trailer = len(signature) + 2 + (2 if algorithm is not None else 0)
    params = message.raw[4:-trailer]
    return _signature(der, algorithm, signature, handshake.client_random + handshake.server_random + params)


def _signature(der: bytes, algorithm: SignatureScheme | None, signature: bytes, signed: bytes) -> Check:
    """Against the key of a certificate; without an algorithm, as it was before TLS 1.2."""
    try:
        key = load_der_public_key(parse_certificate(der).spki)
        if algorithm is None:
            return Check("signature", _old_signature(key, signature, signed))
        scheme = SCHEMES.get(algorithm)
        if scheme is None and algorithm in _SHA1:
            return Check("signature", _sha1_signature(key, signature, signed))
        if scheme is None or not scheme.fits(key, bind_curve=False):
            return Check("signature", None, "unsupported")
        return Check("signature", verify(key, algorithm, signature, signed))
    except InvalidSignature:
        return Check("signature", False)
    except (TlsError, ValueError, TypeError, UnsupportedAlgorithm):
        return Check("signature", None, "unsupported")


def _old_signature(key: object, signature: bytes, signed: bytes) -> bool | None:
    """RFC 4346 section 4.7: RSA over MD5 and SHA-1 side by side, without naming a hash; ECDSA over SHA-1."""
    if isinstance(key, rsa.RSAPublicKey):
        both = hashlib.md5(signed, usedforsecurity=False).digest()
        both += hashlib.sha1(signed, usedforsecurity=False).digest()
        recovered = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
        return hmac.compare_digest(recovered, both)
    return _sha1_signature(key, signature, signed)


def _sha1_signature(key: object, signature: bytes, signed: bytes) -> bool | None:
    digest = hashlib.sha1(signed, usedforsecurity=False).digest()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA1()))
        return True
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA1())))
        return True
    raise UnsupportedAlgorithm("no such key here")


_SHA1 = (SignatureScheme.RSA_PKCS1_SHA1, SignatureScheme.ECDSA_SHA1)


def _binder(message: Message) -> Check | None:
    """The first binder of a ClientHello, where its PSK was given; RFC 9846 section 4.3.11.2."""
    handshake = message.handshake
    extension = message.extension(ExtensionType.PRE_SHARED_KEY)
    if extension is None or not psk_identities(message.extensions):
        return None
    if handshake.psk is None:
        return Check("binder", None, "no_secret")
    offered = OfferedPsks.parse(extension.extension_data)
    size = 2 + sum(1 + len(binder) for binder in offered.binders)
    binder = offered.binders[0]
    name = {32: "sha256", 48: "sha384"}.get(len(binder))
    if name is None:
        return Check("binder", None, "unsupported")
    partial = handshake.transcript(message) + message.raw[:-size]
    digest, early = hashlib.new(name, partial).digest(), early_secret(handshake.psk, name)
    for label in ("ext binder", "res binder"):
        key = derive_secret(early, label, hashlib.new(name).digest(), name)
        if hmac.compare_digest(finished_mac(key, digest, name), binder):
            return Check("binder", True)
    return Check("binder", False)


_CHECKS = {
    HandshakeType.FINISHED: _finished,
    HandshakeType.CERTIFICATE_VERIFY: _certificate_verify,
    HandshakeType.SERVER_KEY_EXCHANGE: _server_key_exchange,
    HandshakeType.CLIENT_HELLO: _binder,
}
