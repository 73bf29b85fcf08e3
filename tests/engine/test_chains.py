"""certificate_authorities and signature_algorithms_cert (RFC 9846 sections 4.3.3, 4.3.4): asked for and honoured."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from dojang.engine.config import ClientAuth, Credential
from dojang.pki.authority import Authority
from dojang.pki.certificate import parse_certificate
from dojang.pki.store import TrustStore
from dojang.wire import extensions as ext
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import ExtensionType, SignatureScheme, Version
from dojang.wire.hello import ClientHello
from dojang.wire.messages13 import CertificateRequest
from tests.pair import NAME, client_config, established, server_config

S = SignatureScheme
BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)
ROOTS = ("ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519")


@cache
def root(algorithm: str) -> Authority:
    return Authority.create_root(f"root with {algorithm}", algorithm=algorithm)


@cache
def credential(algorithm: str, purpose: str = "server") -> Credential:
    """A P-256 leaf and an intermediate, signed by an authority with that kind of key."""
    issued = (
        root(algorithm).create_intermediate(f"under {algorithm}", algorithm=algorithm).issue([NAME], purpose=purpose)
    )
    return Credential.from_pyca(issued.chain, issued.key)


@cache
def trust() -> TrustStore:
    return TrustStore.from_pyca([root(algorithm).certificate for algorithm in ROOTS])


def name_of(algorithm: str) -> bytes:
    return parse_certificate(root(algorithm).trust.anchors[0]).subject


def shown(version: Version, **settings: Any) -> str:
    """Under which root the chain is that a server with all of them shows."""
    client, _ = established(
        client_config(versions=(version,), trust=trust(), **settings),
        server_config(versions=(version,), credentials=tuple(credential(algorithm) for algorithm in ROOTS)),
    )
    assert client.session is not None
    chain = client.session.peer_chain
    return next(algorithm for algorithm in ROOTS if credential(algorithm).chain == chain)


@BOTH
def test_a_server_takes_the_first_for_a_client_that_wishes_nothing(version: Version) -> None:
    assert shown(version) == "ecdsa-p256"


@BOTH
@pytest.mark.parametrize("algorithm", ROOTS)
def test_a_server_shows_the_chain_of_an_authority_that_is_named(version: Version, algorithm: str) -> None:
    assert shown(version, certificate_authorities=(b"\x30\0", name_of(algorithm))) == algorithm


@BOTH
@pytest.mark.parametrize(
    ("schemes", "algorithm"),
    [
        ((S.ECDSA_SECP384R1_SHA384,), "ecdsa-p384"),
        ((S.RSA_PKCS1_SHA256, S.RSA_PKCS1_SHA384), "rsa-2048"),
        ((S.ED25519,), "ed25519"),
        ((S.ED25519, S.ECDSA_SECP256R1_SHA256), "ecdsa-p256"),
        ((S.MLDSA44,), "ecdsa-p256"),
    ],
)
def test_a_server_shows_a_chain_that_can_be_verified(version: Version, schemes: Any, algorithm: str) -> None:
    assert shown(version, signature_algorithms_cert=schemes) == algorithm


@BOTH
def test_authorities_go_before_algorithms_and_wishes_that_can_t_be_met_hinder_nothing(version: Version) -> None:
    wishes: dict[str, Any] = {"signature_algorithms_cert": (S.ED25519,)}
    assert shown(version, certificate_authorities=(name_of("rsa-2048"),), **wishes) == "rsa-2048"
    assert shown(version, certificate_authorities=(b"\x30\0",), **wishes) == "ed25519"


@BOTH
@pytest.mark.parametrize("algorithm", ROOTS)
def test_a_client_shows_what_the_server_s_authorities_vouch_for(version: Version, algorithm: str) -> None:
    client, server = established(
        client_config(
            versions=(version,),
            trust=trust(),
            credential=tuple(credential(each, "client") for each in ROOTS),
        ),
        server_config(
            versions=(version,),
            credentials=(credential("ecdsa-p256"),),
            client_auth=ClientAuth.REQUIRED,
            client_trust=root(algorithm).trust,
        ),
    )
    assert server.session is not None
    assert client.session is not None
    assert client.session.local_chain == credential(algorithm, "client").chain == server.session.peer_chain


def test_a_client_heeds_the_algorithms_too() -> None:
    client, _ = established(
        client_config(trust=trust(), credential=tuple(credential(each, "client") for each in ROOTS)),
        server_config(
            credentials=(credential("ecdsa-p256"),),
            client_auth=ClientAuth.REQUIRED,
            client_trust=trust(),
            signature_algorithms_cert=(S.ED25519,),
        ),
    )
    assert client.session is not None
    assert client.session.local_chain == credential("ed25519", "client").chain


def test_what_is_sent() -> None:
    seen: dict[type, HandshakeMessage] = {}

    def shape(message: HandshakeMessage) -> HandshakeMessage:
        seen[type(message)] = message
        return message

    settings: dict[str, Any] = {"signature_algorithms_cert": (S.ED25519, S.RSA_PKCS1_SHA256), "danger_shape": shape}
    established(
        client_config(certificate_authorities=(b"\x30\0",), trust=trust(), **settings),
        server_config(
            client_auth=ClientAuth.OPTIONAL,
            client_trust=trust(),
            credentials=(credential("ed25519"),),
            **settings,
        ),
    )
    for kind in (ClientHello, CertificateRequest):
        message = seen[kind]
        assert isinstance(message, ClientHello | CertificateRequest)
        found = ext.find(message.extensions, ExtensionType.SIGNATURE_ALGORITHMS_CERT)
        assert found is not None
        assert ext.SignatureSchemeList.parse(found.extension_data).supported_signature_algorithms == (
            S.ED25519,
            S.RSA_PKCS1_SHA256,
        )
        assert ext.find(message.extensions, ExtensionType.CERTIFICATE_AUTHORITIES) is not None
