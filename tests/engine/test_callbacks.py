"""Callables of the application: asked at the right moment, and closed at the first wrong answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dojang.crypto.signatures import sign
from dojang.engine.config import ClientAuth, Credential
from dojang.engine.connection import Connection
from dojang.errors import AlertReceived, ApiMisuse, CallbackFailed, CertificateError, PeerIncompatible, TlsError
from dojang.wire.codes import Alert, ExtensionType, SignatureScheme
from dojang.wire.hello import ClientHello
from tests.pair import (
    NAME,
    Notes,
    client_config,
    credential,
    issued,
    pair,
    pki,
    server_config,
    shake,
    shake_to_errors,
)


def failing(*arguments: object) -> Any:
    raise OSError("the token was pulled out")


def right_signer(side: str) -> Callable[[SignatureScheme, bytes], bytes]:
    key = pki().server.key if side == "server" else pki().client.key
    return lambda scheme, content: sign(key, scheme, content)


def outside(side: str, signer: Callable[..., Any], **settings: Any) -> Credential:
    chain = pki().server.chain if side == "server" else pki().client.chain
    return Credential.from_signer(chain, signer, **settings)


def configs(**callables: Any) -> tuple[Connection, Connection]:
    """A pair with mutual authentication and one callable replaced."""
    server_credential = callables.get("server_signer")
    return pair(
        client_config(
            credential=callables.get("choose_client")
            or (outside("client", callables["client_signer"]) if "client_signer" in callables else None)
            or pki().client_credential
        ),
        server_config(
            credentials=(outside("server", server_credential) if server_credential else pki().server_credential,),
            choose_credential=callables.get("choose_server"),
            client_auth=ClientAuth.REQUIRED,
            client_trust=pki().root.trust,
        ),
    )


@pytest.mark.parametrize("which", ["server_signer", "client_signer", "choose_server", "choose_client"])
def test_a_callable_that_raises(which: str) -> None:
    client, server = configs(**{which: failing})
    errors = dict(zip(("client", "server"), shake_to_errors(client, server), strict=True))
    side = "client" if "client" in which else "server"
    error, seen = errors[side], errors["client" if side == "server" else "server"]
    assert isinstance(error, CallbackFailed)
    assert error.alert is Alert.INTERNAL_ERROR
    assert "the token was pulled out" in str(error)
    assert isinstance(error.__cause__, OSError)
    assert isinstance(seen, AlertReceived)
    assert seen.description is Alert.INTERNAL_ERROR


WRONG_ANSWERS: list[tuple[str, Any]] = [
    ("server_signer", None),
    ("server_signer", b""),
    ("server_signer", b"x" * 64),
    ("server_signer", "text"),
    ("server_signer", 5),
    ("client_signer", None),
    ("client_signer", b"x" * 64),
    ("choose_server", "a credential"),
    ("choose_server", 0),
    ("choose_client", "a credential"),
    ("choose_client", False),
]


@pytest.mark.parametrize(("which", "answer"), WRONG_ANSWERS)
def test_a_wrong_answer(which: str, answer: Any) -> None:
    client, server = configs(**{which: lambda *arguments: answer})
    errors = dict(zip(("client", "server"), shake_to_errors(client, server), strict=True))
    side = "client" if "client" in which else "server"
    error, seen = errors[side], errors["client" if side == "server" else "server"]
    assert isinstance(error, CallbackFailed)
    assert error.alert is Alert.INTERNAL_ERROR
    assert isinstance(seen, AlertReceived)


def test_a_signature_by_another_key_never_leaves() -> None:
    client, server = configs(server_signer=right_signer("client"))
    error = shake_to_errors(client, server)[1]
    assert isinstance(error, CallbackFailed)


def test_signers_are_given_scheme_and_content() -> None:
    asked = []

    def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        asked.append((scheme, content))
        return right_signer("server")(scheme, content)

    client, server = configs(server_signer=signer)
    shake(client, server)
    assert client.session is not None
    ((scheme, content),) = asked
    assert scheme is SignatureScheme.ED25519
    assert content.startswith(b" " * 64 + b"TLS 1.3, server CertificateVerify\0")
    assert len(content) == 64 + 34 + 32


def test_a_signer_can_be_narrowed() -> None:
    made = issued("rsa-2048")
    wanted = SignatureScheme.RSA_PSS_RSAE_SHA512
    own = Credential.from_signer(made.chain, lambda s, c: sign(made.key, s, c), schemes=(wanted,))
    client, server = pair(None, server_config(credentials=(own,)))
    shake(client, server)
    assert client.session is not None
    assert client.session.signature_scheme is wanted


def test_the_server_sees_the_hello_when_it_chooses() -> None:
    seen: list[ClientHello] = []

    def choose(hello: ClientHello) -> Credential:
        seen.append(hello)
        return pki().server_credential

    client, server = pair(client_config(alpn=("h2",)), server_config(choose_credential=choose, credentials=()))
    shake(client, server)
    assert server.session is not None
    assert len(seen) == 1
    kinds = [entry.extension_type for entry in seen[0].extensions]
    assert ExtensionType.SERVER_NAME in kinds
    assert ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION in kinds


def test_none_refuses_the_name() -> None:
    client, server = pair(None, server_config(choose_credential=lambda hello: None))
    seen, error = shake_to_errors(client, server)
    assert isinstance(error, PeerIncompatible)
    assert error.alert is Alert.UNRECOGNIZED_NAME
    assert isinstance(seen, AlertReceived)


def test_a_tls_error_of_a_callable_is_sent_as_it_is() -> None:
    def choose(hello: ClientHello) -> Credential:
        raise PeerIncompatible(Alert.ACCESS_DENIED, "not you")

    client, server = pair(None, server_config(choose_credential=choose))
    seen, error = shake_to_errors(client, server)
    assert isinstance(error, PeerIncompatible)
    assert isinstance(seen, AlertReceived)
    assert seen.description is Alert.ACCESS_DENIED


def test_the_client_chooses_by_authorities_and_schemes() -> None:
    asked: list[tuple[tuple[bytes, ...], tuple[SignatureScheme, ...]]] = []

    def choose(authorities: tuple[bytes, ...], schemes: tuple[SignatureScheme, ...]) -> Credential:
        asked.append((authorities, schemes))
        return pki().client_credential

    client, server = configs(choose_client=choose)
    shake(client, server)
    assert server.session is not None
    assert server.session.verified
    ((authorities, schemes),) = asked
    assert authorities == (pki().root.certificate.subject.public_bytes(),)
    assert SignatureScheme.ED25519 in schemes


def test_the_client_may_decline() -> None:
    client, server = configs(choose_client=lambda authorities, schemes: None)
    error = shake_to_errors(client, server)[1]
    assert isinstance(error, CertificateError)
    assert error.alert is Alert.CERTIFICATE_REQUIRED


def test_a_key_that_the_server_does_not_verify_is_not_shown() -> None:
    own = credential("ed448", "client.test", purpose="client")
    config = server_config(
        client_auth=ClientAuth.OPTIONAL,
        client_trust=pki().root.trust,
        signature_schemes=(SignatureScheme.ED25519,),
    )
    client, server = pair(client_config(credential=own), config)
    shake(client, server)
    assert server.session is not None
    assert server.session.peer_chain == ()


def test_no_answer_no_handshake() -> None:
    """While a question waits nothing is read and nothing sent; what came meanwhile is read after the answer."""
    client, server = configs(client_signer=right_signer("client"))
    server.receive(client.data_to_send())
    client.receive(server.data_to_send())
    assert client.question is not None
    assert client.question.subject
    assert client.session is None
    assert client.receive(b"") == []
    question = client.question
    client.answer(question.ask())
    with pytest.raises(ApiMisuse):
        client.answer(b"again")
    shake(client, server)
    assert server.session is not None


@pytest.mark.parametrize(
    ("side", "which"),
    # A client shapes its hello before there is a connection: see below.
    [
        ("server", "shape"),
        *[(side, which) for side in ("client", "server") for which in ("keylog", "observer", "clock")],
    ],
)
def test_whatever_else_raises_ends_it(side: str, which: str) -> None:
    class Broken(Notes):
        def secret(self, label: str, secret: bytes) -> None:
            failing()

    own: dict[str, Any] = {} if which == "observer" else {{"shape": "danger_shape"}.get(which, which): failing}
    more: dict[str, Any] = {"client_auth": ClientAuth.REQUIRED, "client_trust": pki().root.trust}
    client, server = pair(
        client_config(credential=pki().client_credential, **(own if side == "client" else {})),
        server_config(**more, **(own if side == "server" else {})),
        client_observer=Broken() if (side, which) == ("client", "observer") else None,
        server_observer=Broken() if (side, which) == ("server", "observer") else None,
    )
    errors = dict(zip(("client", "server"), shake_to_errors(client, server), strict=True))
    error = errors.pop(side)
    assert isinstance(error, CallbackFailed)
    assert error.alert is Alert.INTERNAL_ERROR
    (seen,) = errors.values()
    assert isinstance(seen, AlertReceived)
    end = client if side == "client" else server
    with pytest.raises(TlsError) as again:
        end.receive(b"")
    assert again.value is error


def test_a_shape_that_raises_makes_no_client() -> None:
    with pytest.raises(OSError, match="pulled out"):
        Connection.client(client_config(danger_shape=failing), NAME)
