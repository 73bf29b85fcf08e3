"""Post-handshake client authentication (RFC 9846 section 4.7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from dojang.crypto.signatures import sign
from dojang.engine.config import ClientAuth, Credential
from dojang.engine.connection import Connection
from dojang.engine.events import CertificateAnswered, DataReceived, Event
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import AlertReceived, ApiMisuse, CallbackFailed, CertificateError, PeerMisbehaved, TlsError
from dojang.pki.authority import Authority
from dojang.wire.codes import (
    Alert,
    CertificateCompressionAlgorithm,
    ContentType,
    HandshakeType,
    SignatureScheme,
    Version,
)
from dojang.wire.messages13 import CertificateRequest
from tests.pair import (
    NAME,
    Notes,
    answer_question,
    client_config,
    credential,
    established,
    gathered,
    pair,
    pki,
    server_config,
    shake,
    shake_to_errors,
)
from tests.scripted import check_refused, client_and_script, framed, receive_all

H = HandshakeType


def ends(client: dict[str, Any] | None = None, server: dict[str, Any] | None = None) -> tuple[Connection, Connection]:
    """A pair that has shaken hands; the client lets itself be asked, and has something to show."""
    own: dict[str, Any] = {"post_handshake_auth": True, "credential": pki().client_credential}
    return established(
        client_config(**own | (client or {})), server_config(client_trust=pki().root.trust, **server or {})
    )


def answers(events: list[Event]) -> list[CertificateAnswered]:
    return [event for event in events if isinstance(event, CertificateAnswered)]


def test_a_client_is_asked_later() -> None:
    client, server = ends()
    assert server.session is not None
    assert server.session.peer_chain == ()
    server.request_certificate()
    (answer,) = answers(shake(client, server)[1])
    assert answer.session is server.session
    assert server.session.peer_chain == pki().client_credential.chain
    assert server.session.verified
    assert server.session.client_signature_scheme is SignatureScheme.ED25519
    assert client.session is not None
    assert client.session.local_chain == pki().client_credential.chain
    assert client.session.client_signature_scheme is SignatureScheme.ED25519
    client.send(b"on we go")
    server.send(b"likewise")
    events = shake(client, server)
    assert gathered(events[0])[1] + gathered(events[1])[1] == b"likewise" + b"on we go"


def test_again_and_again_and_between_updates() -> None:
    client, server = ends()
    for number in range(5):
        if number % 2:
            client.update_keys()
        if number > 2:
            server.update_keys(request_peer=True)
        server.request_certificate()
        server.send(b"data behind the request")
        assert len(answers(shake(client, server)[1])) == 1


def test_the_messages_come_in_a_row() -> None:
    notes = Notes()
    client = Connection.client(
        client_config(post_handshake_auth=True, credential=pki().client_credential), NAME, observer=notes
    )
    server = Connection.server(server_config(client_trust=pki().root.trust))
    shake(client, server)
    before = len(notes.messages)
    server.request_certificate()
    shake(client, server)
    kinds = [raw[0] for _, _, raw, _ in notes.messages[before:]]
    assert kinds == [H.CERTIFICATE_REQUEST, H.CERTIFICATE, H.CERTIFICATE_VERIFY, H.FINISHED]
    request = notes.messages[before][1]
    assert isinstance(request, CertificateRequest)
    assert len(request.certificate_request_context) == 16


def test_data_may_come_before_the_answer() -> None:
    client, server = ends()
    server.request_certificate()
    client.send(b"said before the request was seen")
    events = server.receive(client.data_to_send())
    assert [type(event) for event in events] == [DataReceived]
    client.update_keys()
    assert len(answers(shake(client, server)[1])) == 1


def test_a_client_that_shows_nothing() -> None:
    client, server = ends({"credential": None})
    server.request_certificate(required=False)
    (answer,) = answers(shake(client, server)[1])
    assert answer.session.peer_chain == ()
    assert not answer.session.verified
    server.request_certificate()
    error, seen = shake_to_errors(server, client)
    assert isinstance(error, CertificateError)
    assert error.alert is Alert.CERTIFICATE_REQUIRED
    assert isinstance(seen, AlertReceived)


def test_an_earlier_identity_does_not_outlive_a_later_refusal_to_show_one() -> None:
    shown = [pki().client_credential, None]
    client, server = ends({"credential": lambda authorities, schemes: shown.pop(0)})
    for expected in (pki().client_credential.chain, ()):
        server.request_certificate(required=False)
        (answer,) = answers(shake(client, server)[1])
        assert answer.session.peer_chain == expected
        assert client.session is not None
        assert client.session.local_chain == expected


def test_a_certificate_nobody_vouches_for() -> None:
    stranger = Authority.create_root("stranger", algorithm="ed25519").issue(
        ["client.test"], purpose="client", algorithm="ed25519"
    )
    client, server = ends({"credential": Credential.from_pyca(stranger.chain, stranger.key)})
    server.request_certificate()
    error, _ = shake_to_errors(server, client)
    assert isinstance(error, CertificateError)
    assert error.alert is Alert.UNKNOWN_CA
    assert not answers(server._take_events())


def test_a_signer_elsewhere_is_asked() -> None:
    key = pki().client.key
    own = Credential.from_signer(pki().client.chain, lambda scheme, content: sign(key, scheme, content))
    client, server = ends({"credential": lambda authorities, schemes: own})
    server.request_certificate()
    client.receive(server.data_to_send())
    server.send(b"meanwhile")
    assert client.receive(server.data_to_send()) == []
    assert client.question is not None
    client.send(b"also meanwhile")
    events = shake(client, server)
    assert len(answers(events[1])) == 1
    assert gathered(events[0] + client.receive(b""))[1] == b"meanwhile"
    assert gathered(events[1])[1] == b"also meanwhile"


def test_a_signer_that_fails() -> None:
    def failing(*arguments: object) -> bytes:
        raise OSError("no token")

    client, server = ends({"credential": Credential.from_signer(pki().client.chain, failing)})
    server.request_certificate()
    client.receive(server.data_to_send())
    with pytest.raises(CallbackFailed):
        answer_question(client)
    with pytest.raises(AlertReceived):
        server.receive(client.data_to_send())


def test_compressed_too() -> None:
    algorithms = (CertificateCompressionAlgorithm.ZLIB,)
    client, server = ends({"certificate_compression": algorithms})
    server.request_certificate()
    assert answers(shake(client, server)[1])[0].session.verified


def test_a_resumed_session_may_be_asked_too() -> None:
    keys = RotatingTicketKeys()
    own = client_config(post_handshake_auth=True, credential=pki().client_credential)
    config = server_config(client_trust=pki().root.trust, ticket_keys=keys)
    client, server = pair(own, config)
    ticket = next(event.ticket for event in shake(client, server)[0] if hasattr(event, "ticket"))
    client, server = Connection.client(own, NAME, ticket=ticket), Connection.server(config)
    shake(client, server)
    assert server.session is not None
    assert server.session.resumed
    server.request_certificate()
    assert answers(shake(client, server)[1])[0].session.verified


def test_in_the_handshake_and_again_later() -> None:
    client, server = ends(server={"client_auth": ClientAuth.REQUIRED})
    assert server.session is not None
    assert server.session.verified
    server.request_certificate()
    assert answers(shake(client, server)[1])[0].session.verified


# Who may not ask.


@pytest.mark.parametrize(
    ("client", "server"),
    [
        ({"post_handshake_auth": False}, {}),
        ({"versions": (Version.TLS12,)}, {"versions": (Version.TLS12,)}),
        ({}, {"client_trust": None}),
    ],
    ids=["not offered", "TLS 1.2", "nobody to believe"],
)
def test_who_can_t_be_asked(client: dict[str, Any], server: dict[str, Any]) -> None:
    asked, asking = established(
        client_config(**{"post_handshake_auth": True, **client}),
        server_config(**{"client_trust": pki().root.trust, **server}),
    )
    for end in (asking, asked):
        with pytest.raises(ApiMisuse):
            end.request_certificate()
    assert asking.data_to_send() == b""


def test_one_request_at_a_time_and_none_after_closing() -> None:
    client, server = ends()
    server.request_certificate()
    with pytest.raises(ApiMisuse, match="yet to answer"):
        server.request_certificate()
    shake(client, server)
    server.request_certificate()
    shake(client, server)
    server.close()
    with pytest.raises(ApiMisuse):
        server.request_certificate()


def test_a_request_that_was_not_allowed() -> None:
    client, server = client_and_script()
    client.receive(b"".join(server.flight()))
    server.take(client.data_to_send())
    data = server.record(ContentType.HANDSHAKE, server.certificate_request().frame())
    check_refused(client, server, data, PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("kind", [H.CERTIFICATE, H.COMPRESSED_CERTIFICATE, H.CERTIFICATE_VERIFY, H.FINISHED])
def test_an_answer_that_nobody_asked_for(kind: HandshakeType) -> None:
    client, server = ends()
    client._write.send_message(framed(kind, b"\0\0\0\0"))
    with pytest.raises(PeerMisbehaved) as caught:
        server.receive(client.data_to_send())
    assert caught.value.alert is Alert.UNEXPECTED_MESSAGE


# What may go wrong within an answer.


class Unsent:
    """The client's answer to a request, held back: Certificate, CertificateVerify, Finished."""

    def __init__(self, **settings: Any) -> None:
        notes = Notes()
        own: dict[str, Any] = {"post_handshake_auth": True, "credential": pki().client_credential}
        self.client = Connection.client(client_config(**own | settings), NAME, observer=notes)
        self.server = Connection.server(server_config(client_trust=pki().root.trust))
        shake(self.client, self.server)
        before = len(notes.messages)
        self.server.request_certificate()
        self.client.receive(self.server.data_to_send())
        post = self.client._post
        assert post is not None
        post.send_due()
        self.messages = [raw for sender, _, raw, _ in notes.messages[before:] if sender == "client"]
        self.client._write._messages.clear()

    def deliver(self, *messages: bytes) -> TlsError:
        """What the server says to these messages, a record each; b"" is a record of data."""
        for raw in messages:
            if raw:
                self.client._write.send_message(raw)
                self.client._write.flush_messages()
            else:
                self.client.send(b"data")
        with pytest.raises(TlsError) as caught:
            receive_all(self.server, self.client.data_to_send(), b"")
        return caught.value


def flipped(raw: bytes) -> bytes:
    return raw[:-1] + bytes((raw[-1] ^ 1,))


def test_held_back_it_is_what_would_have_been_sent() -> None:
    unsent = Unsent()
    for raw in unsent.messages:
        unsent.client._write.send_message(raw)
    assert len(answers(unsent.server.receive(unsent.client.data_to_send()))) == 1


@pytest.mark.parametrize(
    ("order", "alert"),
    [
        ("CF", Alert.UNEXPECTED_MESSAGE),
        ("VF", Alert.UNEXPECTED_MESSAGE),
        ("CCVF", Alert.UNEXPECTED_MESSAGE),
        ("CUVF", Alert.UNEXPECTED_MESSAGE),
        ("CVUF", Alert.UNEXPECTED_MESSAGE),
        ("CDVF", Alert.UNEXPECTED_MESSAGE),
        ("CVDF", Alert.UNEXPECTED_MESSAGE),
        ("CvF", Alert.DECRYPT_ERROR),
        ("CVf", Alert.DECRYPT_ERROR),
        ("EF", Alert.CERTIFICATE_REQUIRED),
        ("XVF", Alert.ILLEGAL_PARAMETER),
        ("CVFC", Alert.UNEXPECTED_MESSAGE),
        ("CVFF", Alert.UNEXPECTED_MESSAGE),
    ],
)
def test_answers_out_of_order(order: str, alert: Alert) -> None:
    """Certificate, certificateVerify, Finished; Update of keys, Data, an Empty certificate, another conteXt."""
    unsent = Unsent()
    certificate, verify, finished = unsent.messages
    context = certificate[5:21]
    parts = {
        "C": certificate,
        "V": verify,
        "F": finished,
        "U": framed(H.KEY_UPDATE, b"\0"),
        "D": b"",
        "v": flipped(verify),
        "f": flipped(finished),
        "E": framed(H.CERTIFICATE, b"\x10" + context + b"\0\0\0"),
        "X": certificate[:5] + bytes(16) + certificate[21:],
    }
    assert unsent.deliver(*[parts[letter] for letter in order]).alert is alert


def test_an_answer_to_another_connection_s_request() -> None:
    one, other = Unsent(), Unsent()
    assert one.deliver(*other.messages).alert is Alert.ILLEGAL_PARAMETER


def test_the_handshake_s_proof_is_no_proof_later() -> None:
    """Each answer covers its own request: an earlier one, shown again under the same context, does not verify."""
    unsent = Unsent()
    certificate, verify, finished = unsent.messages
    again = Unsent()
    swapped = again.messages[0][:5] + again.messages[0][5:21] + certificate[21:]
    assert again.deliver(swapped, verify, finished).alert is Alert.DECRYPT_ERROR


def test_requests_without_end() -> None:
    client, server = ends({"credential": None})
    for _ in range(32):
        server.request_certificate(required=False)
        shake(client, server)
    server.request_certificate(required=False)
    error, _ = shake_to_errors(client, server)
    assert isinstance(error, PeerMisbehaved)
    assert error.alert is Alert.UNEXPECTED_MESSAGE


def test_another_kind_of_key() -> None:
    client, server = ends({"credential": credential("ecdsa-p384", "client.test", purpose="client")})
    server.request_certificate()
    scheme = answers(shake(client, server)[1])[0].session.client_signature_scheme
    assert scheme is SignatureScheme.ECDSA_SECP384R1_SHA384
