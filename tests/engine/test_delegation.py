"""Delegated credentials (RFC 9345): made, used where the peer takes them, and judged. No vectors are published; the
peer that knows them (NSS) is met in tests/interop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dojang.crypto.signatures import sign
from dojang.engine import delegation as module
from dojang.engine.config import ClientAuth, Credential
from dojang.engine.credential import Delegation
from dojang.engine.delegation import DELEGATION_USAGE, delegate
from dojang.errors import AlertReceived, ApiMisuse, PeerMisbehaved
from dojang.pki.authority import Authority
from dojang.pki.keys import create_key, spki_of
from dojang.wire.codes import Alert, ExtensionType, SignatureScheme, Version
from dojang.wire.extensions import DelegatedCredential
from dojang.wire.messages13 import Certificate
from tests.pair import NAME, Notes, client_config, established, pair, pki, server_config, shake_to_errors

DAY = 86400
S = SignatureScheme


@cache
def authority() -> Authority:
    return Authority.create_root("delegating root")


def delegating(
    key: Any = None,
    *,
    usage: bool = True,
    signs: bool = True,
    before: datetime | None = None,
    client: bool = False,
    name: str = NAME,
) -> Credential:
    """A credential whose certificate may delegate, or lacks what it takes."""
    key = key or create_key("ecdsa-p256")
    start = before or datetime.now(UTC) - timedelta(days=1)
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
    flags = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    )
    issuer = authority()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "delegating")]))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=signs, key_encipherment=not signs, encipher_only=False, decipher_only=False, **flags
            ),
            critical=True,
        )
    )
    if usage:
        oid = x509.ObjectIdentifier(DELEGATION_USAGE)
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, b"\5\0"), critical=False)
    return Credential.from_pyca([builder.sign(issuer.key, hashes.SHA256())], key)


def asks(**settings: Any) -> Any:
    return client_config(**{"trust": authority().trust, "delegated_credentials": True, **settings})


def serves(credential: Credential, **settings: Any) -> Any:
    return server_config(credentials=(credential,), **settings)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "ecdsa-p384", "ed25519", "ed448", "ml-dsa-65"])
def test_a_delegated_key_signs(algorithm: str) -> None:
    key = create_key(algorithm)
    own = delegate(delegating(), key=key)
    notes = Notes()
    client, server = pair(asks(), serves(own), client_observer=notes)
    assert shake_to_errors(client, server) == (None, None)
    assert client.session is not None
    assert server.session is not None
    assert client.session.delegated
    assert server.session.delegated
    assert own.delegation is not None
    assert client.session.signature_scheme is own.delegation.scheme
    assert client.session.verified
    certificate = next(message for _, message, _, _ in notes.messages if isinstance(message, Certificate))
    kinds = [entry.extension_type for entry in certificate.certificate_list[0].extensions]
    assert kinds == [ExtensionType.DELEGATED_CREDENTIAL]


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ed25519"])
def test_any_kind_of_certificate_may_delegate(algorithm: str) -> None:
    client, _ = established(asks(), serves(delegate(delegating(create_key(algorithm)))))
    assert client.session is not None
    assert client.session.delegated


def test_the_certificate_s_key_signs_for_everybody_else() -> None:
    own = delegate(delegating(), key=create_key("ed25519"))
    for config, versions in (
        (asks(delegated_credentials=False), (Version.TLS13,)),
        (asks(signature_schemes=(S.ECDSA_SECP256R1_SHA256,)), (Version.TLS13,)),
        (asks(versions=(Version.TLS12,)), (Version.TLS12,)),
    ):
        client, server = established(config, serves(own, versions=versions))
        for end in (client, server):
            assert end.session is not None
            assert not end.session.delegated
            assert end.session.signature_scheme is S.ECDSA_SECP256R1_SHA256


def test_a_client_delegates_too() -> None:
    own = delegate(delegating(client=True), role="client")
    config: dict[str, Any] = {"client_auth": ClientAuth.REQUIRED, "client_trust": authority().trust}
    for takes in (True, False):
        client, server = established(
            client_config(credential=own), server_config(**config, delegated_credentials=takes)
        )
        assert client.session is not None
        assert server.session is not None
        assert server.session.verified
        assert own.delegation is not None
        schemes = {client.session.client_signature_scheme, server.session.client_signature_scheme}
        assert schemes == {S.ECDSA_SECP256R1_SHA256}


def test_the_server_stops_when_its_time_is_over() -> None:
    now = datetime.now(UTC).timestamp()
    own = delegate(delegating(), lifetime=3600, now=now)
    for after, delegated in ((3599, True), (3601, False)):
        client, _ = established(asks(clock=lambda t=after: now + t), serves(own, clock=lambda t=after: now + t))
        assert client.session is not None
        assert client.session.delegated is delegated


# What a client refuses.


def forged(credential: Credential, key: Any, role: str = "server", **changes: Any) -> Credential:
    """A delegation with something changed, signed by the certificate's key."""
    leaf = module._delegating(credential.chain[0])
    valid_time = int(datetime.now(UTC).timestamp() - leaf.not_before) + DAY
    values: dict[str, Any] = {
        "valid_time": valid_time,
        "dc_cert_verify_algorithm": S.ED25519,
        "subject_public_key_info": spki_of(key.public_key()),
        "algorithm": credential.schemes[0],
        "signature": b"\0",
    } | changes
    signer = values.pop("signer", credential.key)
    content = module._signed_content(role, credential.chain[0], DelegatedCredential(**values))
    values["signature"] = changes.get("signature") or sign(signer, credential.schemes[0], content)
    return replace(credential, delegation=Delegation(message=DelegatedCredential(**values), key=key))


def refused(own: Credential, monkeypatch: pytest.MonkeyPatch, config: Any = None) -> str:
    """The client's reason. The server uses the delegation whatever it thinks of it."""
    from dojang.engine.server import hello

    monkeypatch.setattr(hello, "choose_delegation", lambda credential, *_: credential.delegation)
    error, seen = shake_to_errors(*pair(config or asks(), serves(own)))
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.ILLEGAL_PARAMETER
    assert isinstance(seen, AlertReceived)
    return str(error)


def test_forged_as_it_should_be_it_is_taken() -> None:
    client, _ = established(asks(), serves(forged(delegating(), create_key("ed25519"))))
    assert client.session is not None
    assert client.session.delegated


@pytest.mark.parametrize(
    ("certificate", "changes", "reason"),
    [
        ({"usage": False}, {}, "may not delegate"),
        ({}, {"valid_time": 3600}, "time is over"),
        ({}, {"valid_time": 0}, "time is over"),
        ({}, {"valid_time": DAY + 8 * DAY}, "seven days"),
        ({}, {"valid_time": 2**32 - 1}, "seven days"),
        ({}, {"signature": b"x" * 70}, "signature is wrong"),
        ({}, {"signer": create_key("ecdsa-p256")}, "signature is wrong"),
        ({}, {"role": "client"}, "signature is wrong"),
        ({}, {"algorithm": S.ECDSA_SECP384R1_SHA384}, "does not fit"),
        ({}, {"algorithm": S.ECDSA_SHA1}, "not offered"),
        ({}, {"subject_public_key_info": b"garbage"}, "can't be read"),
        ({}, {"dc_cert_verify_algorithm": S.ED448}, "is not its delegated credential's"),
    ],
)
def test_what_a_client_refuses(certificate: Any, changes: Any, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = forged(delegating(**certificate), create_key("ed25519"), **changes)
    if "dc_cert_verify_algorithm" in changes:
        monkeypatch.setattr(Delegation, "scheme", property(lambda self: S.ED25519))
    assert reason in refused(own, monkeypatch)


def test_ordinary_rsa_keys_can_t_be_delegated_to(monkeypatch: pytest.MonkeyPatch) -> None:
    own = forged(delegating(), create_key("rsa-2048"), dc_cert_verify_algorithm=S.RSA_PSS_RSAE_SHA256)
    assert "was not offered" in refused(own, monkeypatch)


def test_a_key_that_does_not_fit_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    spki = spki_of(create_key("ed448").public_key())
    own = forged(delegating(), create_key("ed25519"), subject_public_key_info=spki)
    assert "does not fit" in refused(own, monkeypatch)


def test_another_certificate_s_delegation(monkeypatch: pytest.MonkeyPatch) -> None:
    key = create_key("ecdsa-p256")
    first = forged(delegating(key), create_key("ed25519"))
    own = replace(delegating(key), delegation=first.delegation)
    assert "signature is wrong" in refused(own, monkeypatch)


def test_a_delegation_nobody_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from dojang.engine.server import hello

    monkeypatch.setattr(hello, "choose_delegation", lambda credential, *_: credential.delegation)
    own = delegate(delegating())
    error, _ = shake_to_errors(*pair(asks(delegated_credentials=False), serves(own)))
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.UNSUPPORTED_EXTENSION


def test_a_delegation_does_not_mend_a_certificate() -> None:
    error, _ = shake_to_errors(*pair(asks(trust=pki().root.trust), serves(delegate(delegating()))))
    assert error is not None
    assert error.alert is Alert.UNKNOWN_CA


@pytest.mark.parametrize(
    ("certificate", "arguments"),
    [
        ({"usage": False}, {}),
        ({"signs": False}, {}),
        ({}, {"lifetime": 0}),
        ({}, {"lifetime": 7 * DAY + 1}),
        ({}, {"key": create_key("rsa-2048")}),
    ],
)
def test_what_can_t_be_delegated(certificate: Any, arguments: Any) -> None:
    with pytest.raises(ApiMisuse):
        delegate(delegating(**certificate), **arguments)


def test_a_raw_key_can_t_delegate() -> None:
    with pytest.raises(ApiMisuse):
        delegate(Credential.from_raw_key(create_key()))
