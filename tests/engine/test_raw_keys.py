"""Raw public keys (RFC 7250): both sides, both versions, never accepted unless named."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from dojang.engine.config import ClientAuth, Credential
from dojang.engine.connection import Connection
from dojang.engine.events import TicketReceived
from dojang.engine.session_store import MemorySessions
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import AlertReceived, ApiMisuse, CallbackFailed, CertificateError, PeerIncompatible, PeerMisbehaved
from dojang.pki.keys import create_key, spki_of
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CertificateType, ExtensionType, Version
from dojang.wire.messages13 import CertificateEntry
from tests.engine.wrongs import Alter, altering, fields, more
from tests.pair import NAME, client_config, established, pair, pki, server_config, shake, shake_to_errors
from tests.scripted import check_refused, client_and_script, extension

RAW = CertificateType.RAW_PUBLIC_KEY
BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)
SERVER_KEY: PrivateKeyTypes = create_key("ecdsa-p256")
CLIENT_KEY: PrivateKeyTypes = create_key("ed25519")
SERVER, CLIENT = spki_of(SERVER_KEY.public_key()), spki_of(CLIENT_KEY.public_key())


def raw_client(version: Version = Version.TLS13, **settings: Any) -> Any:
    return client_config(**{"versions": (version,), "raw_public_keys": (SERVER,), **settings})


def raw_server(version: Version = Version.TLS13, **settings: Any) -> Any:
    own = {"versions": (version,), "credentials": (Credential.from_raw_key(SERVER_KEY),)}
    return server_config(**{**own, **settings})


@BOTH
@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-2048", "ed25519"])
def test_a_server_s_key(version: Version, algorithm: str) -> None:
    key = create_key(algorithm)
    spki = spki_of(key.public_key())
    client, server = established(
        raw_client(version, raw_public_keys=(SERVER, spki)),
        raw_server(version, credentials=(Credential.from_raw_key(key),)),
    )
    assert client.session is not None
    assert server.session is not None
    assert client.session.peer_chain == (spki,) == server.session.local_chain
    assert client.session.peer_type is RAW
    assert client.session.verified
    assert client.session.report is None
    assert client.session.version is version


@BOTH
def test_both_show_keys(version: Version) -> None:
    client, server = established(
        raw_client(version, credential=Credential.from_raw_key(CLIENT_KEY)),
        raw_server(version, client_auth=ClientAuth.REQUIRED, raw_public_keys={CLIENT}),
    )
    assert server.session is not None
    assert client.session is not None
    assert server.session.peer_chain == (CLIENT,) == client.session.local_chain
    assert server.session.peer_type is RAW
    assert server.session.verified
    assert server.session.client_signature_scheme is client.session.client_signature_scheme is not None


@BOTH
def test_one_shows_a_key_the_other_a_certificate(version: Version) -> None:
    client, server = established(
        raw_client(version, credential=pki().client_credential),
        raw_server(version, client_auth=ClientAuth.REQUIRED, client_trust=pki().root.trust, raw_public_keys=(CLIENT,)),
    )
    assert server.session is not None
    assert server.session.peer_type is CertificateType.X509
    assert server.session.verified
    client, server = established(
        client_config(versions=(version,), credential=Credential.from_raw_key(CLIENT_KEY)),
        server_config(versions=(version,), client_auth=ClientAuth.REQUIRED, raw_public_keys=(CLIENT,)),
    )
    assert client.session is not None
    assert client.session.report is not None
    assert server.session is not None
    assert server.session.peer_type is RAW


@BOTH
def test_a_server_that_has_both(version: Version) -> None:
    both = server_config(
        versions=(version,), credentials=(pki().server_credential, Credential.from_raw_key(SERVER_KEY))
    )
    for config, kind in ((raw_client(version), RAW), (client_config(versions=(version,)), CertificateType.X509)):
        client, _ = established(config, both)
        assert client.session is not None
        assert client.session.peer_type is kind
        assert client.session.verified


@BOTH
def test_a_client_that_takes_keys_still_verifies_certificates(version: Version) -> None:
    client, _ = established(raw_client(version), server_config(versions=(version,)))
    assert client.session is not None
    assert client.session.peer_type is CertificateType.X509
    assert client.session.report is not None
    wrong = pair(raw_client(version), server_config(versions=(version,)), "other.test")
    assert isinstance(shake_to_errors(*wrong)[0], CertificateError)


@BOTH
@pytest.mark.parametrize("danger", [False, True])
def test_a_key_nobody_named(version: Version, danger: bool) -> None:
    """Not even a client that accepts any certificate accepts any key."""
    config = raw_client(version, raw_public_keys=(CLIENT,), danger_accept_any_certificate=danger)
    error, seen = shake_to_errors(*pair(config, raw_server(version)))
    assert isinstance(error, CertificateError)
    assert error.alert is Alert.CERTIFICATE_UNKNOWN
    assert isinstance(seen, AlertReceived)


@BOTH
def test_a_client_s_key_nobody_named(version: Version) -> None:
    _, error = shake_to_errors(
        *pair(
            raw_client(version, credential=Credential.from_raw_key(SERVER_KEY)),
            raw_server(version, client_auth=ClientAuth.OPTIONAL, raw_public_keys=(CLIENT,)),
        )
    )
    assert isinstance(error, CertificateError)
    assert error.alert is Alert.CERTIFICATE_UNKNOWN


@BOTH
def test_a_callable_judges_keys_and_only_true_is_yes(version: Version) -> None:
    asked: list[tuple[bytes, str | None]] = []

    def judge(answer: object) -> Any:
        def judged(key: bytes, name: str | None) -> object:
            asked.append((key, name))
            return answer

        return judged

    established(
        raw_client(version, raw_public_keys=judge(True), credential=Credential.from_raw_key(CLIENT_KEY)),
        raw_server(version, raw_public_keys=judge(True), client_auth=ClientAuth.REQUIRED),
    )
    assert asked == [(SERVER, NAME), (CLIENT, None)]
    for answer in (False, None, 1, "yes"):
        error, _ = shake_to_errors(*pair(raw_client(version, raw_public_keys=judge(answer)), raw_server(version)))
        assert isinstance(error, CertificateError)

    def failing(key: bytes, name: str | None) -> bool:
        raise OSError("the list is gone")

    error, _ = shake_to_errors(*pair(raw_client(version, raw_public_keys=failing), raw_server(version)))
    assert isinstance(error, CallbackFailed)


@BOTH
def test_nothing_in_common(version: Version) -> None:
    _, error = shake_to_errors(*pair(client_config(versions=(version,)), raw_server(version)))
    assert isinstance(error, PeerIncompatible)
    assert error.alert is Alert.UNSUPPORTED_CERTIFICATE
    _, error = shake_to_errors(
        *pair(
            client_config(versions=(version,), credential=Credential.from_raw_key(CLIENT_KEY)),
            server_config(versions=(version,), client_auth=ClientAuth.REQUIRED, client_trust=pki().root.trust),
        )
    )
    assert isinstance(error, PeerIncompatible)
    assert error.alert is Alert.UNSUPPORTED_CERTIFICATE


@BOTH
def test_a_server_that_can_do_without_asks_for_nothing_it_can_t_judge(version: Version) -> None:
    client, server = established(
        client_config(versions=(version,), credential=Credential.from_raw_key(CLIENT_KEY)),
        server_config(versions=(version,), client_auth=ClientAuth.OPTIONAL, client_trust=pki().root.trust),
    )
    assert server.session is not None
    assert server.session.peer_chain == ()
    assert client.session is not None
    assert client.session.local_chain == ()


@BOTH
def test_a_client_with_nothing_to_show(version: Version) -> None:
    own = {"client_auth": ClientAuth.OPTIONAL, "raw_public_keys": (CLIENT,), "client_trust": pki().root.trust}
    _, server = established(raw_client(version), raw_server(version, **own))
    assert server.session is not None
    assert not server.session.verified


@pytest.mark.parametrize("store", ["tickets", "sessions"])
@BOTH
def test_a_resumed_session_keeps_the_key_and_today_s_list_judges_it(version: Version, store: str) -> None:
    kept: dict[str, Any] = (
        {"ticket_keys": RotatingTicketKeys()} if store == "tickets" else {"sessions": MemorySessions()}
    )
    known: set[bytes] = {CLIENT}
    config = raw_server(version, client_auth=ClientAuth.REQUIRED, raw_public_keys=known, **kept)
    accepted: set[bytes] = {SERVER}
    own = raw_client(version, credential=Credential.from_raw_key(CLIENT_KEY), raw_public_keys=accepted)

    def visit(ticket: Any = None) -> tuple[Connection, Connection, Any]:
        client, server = Connection.client(own, NAME, ticket=ticket), Connection.server(config)
        tickets = [event.ticket for event in shake(client, server)[0] if isinstance(event, TicketReceived)]
        client.send(b"x")
        shake(client, server)
        return client, server, next(iter(tickets), None)

    _, _, ticket = visit()
    client, server, again = visit(ticket)
    ticket = again or ticket
    for end, key in ((client, SERVER), (server, CLIENT)):
        assert end.session is not None
        assert end.session.resumed
        assert end.session.peer_chain == (key,)
        assert end.session.peer_type is RAW
        assert end.session.verified
    known.clear()
    with pytest.raises(CertificateError):
        visit(ticket)
    known.add(CLIENT)
    accepted.clear()
    with pytest.raises(CertificateError):
        visit(ticket)


def test_asked_for_after_the_handshake() -> None:
    client, server = established(
        raw_client(credential=Credential.from_raw_key(CLIENT_KEY), post_handshake_auth=True),
        raw_server(raw_public_keys=(CLIENT,)),
    )
    server.request_certificate()
    shake(client, server)
    assert server.session is not None
    assert server.session.peer_chain == (CLIENT,)
    assert server.session.verified


# What a server may do wrong.


def choice(kind: int) -> ext.Extension:
    return extension(ExtensionType.SERVER_CERTIFICATE_TYPE, ext.CertificateTypeChoice(CertificateType(kind)))


@pytest.mark.parametrize(
    ("answer", "alert"),
    [
        (choice(1), Alert.ILLEGAL_PARAMETER),
        (choice(7), Alert.ILLEGAL_PARAMETER),
        (extension(ExtensionType.CLIENT_CERTIFICATE_TYPE, ext.CertificateTypeChoice(RAW)), Alert.UNSUPPORTED_EXTENSION),
    ],
)
def test_wrong_choices(answer: ext.Extension, alert: Alert) -> None:
    client, server = client_and_script(raw_client(), altering("encrypted_extensions", more(answer)))
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, alert)


def test_a_choice_that_was_not_offered() -> None:
    client, server = client_and_script(None, altering("encrypted_extensions", more(choice(2))))
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, Alert.UNSUPPORTED_EXTENSION)


def scripted(*keys: bytes) -> Any:
    """A scripted server that shows these and signs with SERVER_KEY."""
    to_raw: Alter = more(choice(2))
    to_keys: Alter = fields(certificate_list=tuple(CertificateEntry(key) for key in keys))
    first, second = altering("encrypted_extensions", to_raw), altering("certificate", to_keys)
    return lambda name, raw: second(name, first(name, raw))


@pytest.mark.parametrize(
    ("keys", "kind", "alert"),
    [
        ((SERVER, SERVER), PeerMisbehaved, Alert.ILLEGAL_PARAMETER),
        ((SERVER, CLIENT), PeerMisbehaved, Alert.ILLEGAL_PARAMETER),
        ((SERVER[:-1],), CertificateError, Alert.CERTIFICATE_UNKNOWN),
        ((b"garbage",), CertificateError, Alert.CERTIFICATE_UNKNOWN),
        ((SERVER,), PeerMisbehaved, Alert.ILLEGAL_PARAMETER),  # signed by the Ed25519 key of the certificate
    ],
)
def test_wrong_keys(keys: tuple[bytes, ...], kind: Any, alert: Alert) -> None:
    client, server = client_and_script(raw_client(), scripted(*keys))
    check_refused(client, server, b"".join(server.flight()), kind, alert)


def test_a_key_that_is_named_but_can_t_be_read() -> None:
    client, server = client_and_script(raw_client(raw_public_keys=(b"garbage",)), scripted(b"garbage"))
    check_refused(client, server, b"".join(server.flight()), CertificateError, Alert.BAD_CERTIFICATE)


def test_another_s_key() -> None:
    key = spki_of(pki().client.key.public_key())
    client, server = client_and_script(raw_client(raw_public_keys=(key,)), scripted(key))
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, Alert.DECRYPT_ERROR)


def test_credentials_are_one_or_the_other() -> None:
    with pytest.raises(ApiMisuse):
        Credential(key=SERVER_KEY)
    with pytest.raises(ApiMisuse):
        Credential(chain=pki().server_credential.chain, raw_public_key=SERVER, key=pki().server.key)
    with pytest.raises(ApiMisuse, match="a raw public key"):
        Credential(raw_public_key=SERVER, key=CLIENT_KEY)
    with pytest.raises(ApiMisuse):
        server_config(client_auth=ClientAuth.REQUIRED)
