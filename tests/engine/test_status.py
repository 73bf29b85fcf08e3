"""OCSP staples (RFC 6066 section 8) and certificate timestamps (RFC 6962): both versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dojang.engine.connection import Connection
from dojang.engine.session_store import MemorySessions
from dojang.wire import extensions as ext
from dojang.wire.codec import HandshakeMessage
from dojang.wire.codes import CertificateStatusType, ExtensionType, Version
from dojang.wire.hello import ClientHello, ServerHello
from dojang.wire.messages12 import CertificateStatus12
from dojang.wire.messages13 import Certificate
from tests.pair import NAME, Notes, client_config, pair, pki, server_config, shake

BOTH = pytest.mark.parametrize("version", [Version.TLS13, Version.TLS12], ids=lambda version: version.label)
STAPLE, TIMESTAMPS = b"an OCSP response", (b"first timestamp", b"second")
E = ExtensionType


def visit(version: Version, client: dict[str, Any], *, staple: bool = True, scts: bool = True) -> tuple[Any, Notes]:
    notes = Notes()
    own = replace(pki().server_credential, staple=STAPLE if staple else None, scts=TIMESTAMPS if scts else ())
    ends = pair(
        client_config(versions=(version,), **{"revocation": None, **client}),
        server_config(versions=(version,), credentials=(own,)),
        client_observer=notes,
    )
    shake(*ends)
    assert ends[0].session is not None
    return ends[0].session, notes


@BOTH
@pytest.mark.parametrize("staple", [True, False])
@pytest.mark.parametrize("scts", [True, False])
def test_what_there_is_is_given(version: Version, staple: bool, scts: bool) -> None:
    session, notes = visit(version, {}, staple=staple, scts=scts)
    assert session.staple == (STAPLE if staple else None)
    assert session.scts == (TIMESTAMPS if scts else ())
    sent = [type(message) for _, message, _, _ in notes.messages]
    assert (CertificateStatus12 in sent) == (staple and version is Version.TLS12)


@BOTH
def test_who_does_not_ask_gets_nothing(version: Version) -> None:
    session, notes = visit(version, {"request_status": False})
    assert session.staple is None
    assert session.scts == ()
    kinds = set()
    for _, message, _, _ in notes.messages:
        if isinstance(message, ClientHello | ServerHello):
            kinds |= {entry.extension_type for entry in message.extensions}
        if isinstance(message, Certificate):
            kinds |= {entry.extension_type for each in message.certificate_list for entry in each.extensions}
    assert not kinds & {E.STATUS_REQUEST, E.SIGNED_CERTIFICATE_TIMESTAMP}


def test_tls13_gives_it_with_the_leaf_alone() -> None:
    _, notes = visit(Version.TLS13, {})
    certificate = next(message for _, message, _, _ in notes.messages if isinstance(message, Certificate))
    leaf, *others = certificate.certificate_list
    assert {entry.extension_type for entry in leaf.extensions} == {E.STATUS_REQUEST, E.SIGNED_CERTIFICATE_TIMESTAMP}
    assert not any(entry.extensions for entry in others)


def test_a_server_may_announce_a_staple_and_send_none() -> None:
    """RFC 6066 section 8: CertificateStatus may be left out although status_request was answered."""

    def shape(message: HandshakeMessage) -> HandshakeMessage:
        if isinstance(message, ServerHello):
            announced = ext.extension(E.STATUS_REQUEST, ext.Empty())
            return ServerHello(**{**message.__dict__, "extensions": (*message.extensions, announced)})
        return message

    client, server = pair(
        client_config(versions=(Version.TLS12,)), server_config(versions=(Version.TLS12,), danger_shape=shape)
    )
    shake(client, server)
    assert client.session is not None
    assert client.session.staple is None


def test_a_resumed_session_of_tls12_carries_none() -> None:
    own = replace(pki().server_credential, staple=STAPLE, scts=TIMESTAMPS)
    config = server_config(versions=(Version.TLS12,), credentials=(own,), sessions=MemorySessions())
    asks, notes = client_config(versions=(Version.TLS12,), revocation=None), Notes()
    ticket = next(e.ticket for e in shake(*pair(asks, config))[0] if hasattr(e, "ticket"))
    client = Connection.client(asks, NAME, ticket=ticket, observer=notes)
    shake(client, Connection.server(config))
    assert client.session is not None
    assert client.session.resumed == "session id"
    assert client.session.staple is None
    hello = next(message for _, message, _, _ in notes.messages if isinstance(message, ServerHello))
    assert not {e.extension_type for e in hello.extensions} & {E.STATUS_REQUEST, E.SIGNED_CERTIFICATE_TIMESTAMP}


def test_the_request_is_well_formed() -> None:
    _, notes = visit(Version.TLS13, {})
    hello = notes.messages[0][1]
    assert isinstance(hello, ClientHello)
    found = ext.find(hello.extensions, E.STATUS_REQUEST)
    assert found is not None
    request = ext.CertificateStatusRequest.parse(found.extension_data)
    assert request.status_type is CertificateStatusType.OCSP
    assert request.request == b"\0\0\0\0"
