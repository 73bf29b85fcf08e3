"""Programs that use TLS for something: dojang's client at their servers, and their clients at dojang's server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dojang.engine.config import ClientAuth, ClientConfig, ServerConfig
from dojang.engine.session import Session
from dojang.engine.session_store import MemorySessions
from dojang.engine.ticket import MemoryTickets
from dojang.engine.ticket_keys import RotatingTicketKeys
from dojang.errors import CertificateError
from dojang.net.blocking import TlsSocket
from dojang.wire.codes import Alert, Version
from tests.interop.conftest import for_peers
from tests.interop.local import LocalServer, Meeting, credential, trust
from tests.interop.peer import Answer, Application, Request, Service
from tests.interop.peers.applications import APPLICATIONS, Program
from tests.interop.pki import Pki
from tests.interop.processes import Server
from tests.interop.table import CONNECTS, SERVES

Reach = Callable[..., Session]
Meet = Callable[..., tuple[Answer, Meeting]]


def serving(what: Application) -> list[Program]:
    return [program for program in APPLICATIONS if what in program.serves]


def asking(what: Application) -> list[Program]:
    return [program for program in APPLICATIONS if what in program.asks]


@pytest.fixture(scope="module")
def start(pki: Pki, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Program], Server]]:
    """Each program's server, once for the module; it asks for client certificates and lives without them."""
    running: dict[str, Server] = {}
    with ExitStack() as stack:

        def started(program: Program) -> Server:
            if program.name not in running:
                service = Service(credential=pki["ecdsa-p256"], files=files, client_trust=pki.root, pki=pki)
                folder = tmp_path_factory.mktemp(program.name)
                running[program.name] = stack.enter_context(program.serve(service, folder))
            return running[program.name]

        yield started


@pytest.fixture
def reach(pki: Pki, start: Callable[[Program], Server]) -> Reach:
    """reach(program, **client): dojang says a few words to a program's server, in that program's protocol."""

    def reach(program: Program, **client: Any) -> Session:
        config = ClientConfig(**{"trust": trust(pki.root), **client})
        with (
            program.open(start(program).port) as sock,
            TlsSocket.client(sock, config, "localhost") as tls,
        ):
            program.say(tls)
            return tls.session

    return reach


@pytest.fixture
def meet(pki: Pki, files: Path) -> Meet:
    """meet(program, server={...}, **request): a program's client at dojang's server."""

    def meet(program: Program, server: dict[str, Any] | None = None, **asked: Any) -> tuple[Answer, Meeting]:
        config = ServerConfig(**{"credentials": (credential(pki["ecdsa-p256"]),), **(server or {})})
        with LocalServer(config, files, converse=program.answer) as local:
            answer = program.ask(Request(port=local.port, **{"trust": pki.root, **asked}))
        return answer, local.resumed_meeting

    return meet


@for_peers(CONNECTS, Application.TLS13, serving(Application.TLS13))
def test_connects(peer: Program, reach: Reach) -> None:
    session = reach(peer)
    assert session.version is Version.TLS13
    assert session.verified


@for_peers(CONNECTS, Application.TLS12, serving(Application.TLS12))
def test_connects_in_tls12(peer: Program, reach: Reach) -> None:
    session = reach(peer, versions=(Version.TLS12,), require_extended_master_secret=peer.extended)
    assert session.version is Version.TLS12
    assert session.extended_master_secret is peer.extended
    assert session.verified


@for_peers(CONNECTS, Application.RESUMED, serving(Application.RESUMED))
def test_connects_again(peer: Program, reach: Reach) -> None:
    tickets = MemoryTickets()
    assert reach(peer, tickets=tickets).resumed is None
    assert reach(peer, tickets=tickets).resumed in ("psk", "session ticket", "session id")


@for_peers(CONNECTS, Application.CLIENT_CERTIFICATE, serving(Application.CLIENT_CERTIFICATE))
def test_connects_with_a_certificate(peer: Program, reach: Reach, pki: Pki) -> None:
    session = reach(peer, credential=credential(pki["client"]))
    assert session.client_signature_scheme is not None


@for_peers(CONNECTS, Application.REFUSAL, serving(Application.REFUSAL))
def test_connects_and_refuses(peer: Program, reach: Reach, pki: Pki) -> None:
    with pytest.raises(CertificateError) as caught:
        reach(peer, trust=trust(pki.other_root))
    assert caught.value.alert is Alert.UNKNOWN_CA


@for_peers(SERVES, Application.TLS13, asking(Application.TLS13))
def test_serves(peer: Program, meet: Meet) -> None:
    answer, meeting = meet(peer)
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.version is Version.TLS13


@for_peers(SERVES, Application.TLS12, asking(Application.TLS12))
def test_serves_in_tls12(peer: Program, meet: Meet) -> None:
    answer, meeting = meet(peer, {"versions": (Version.TLS12,), "require_extended_master_secret": peer.extended})
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.version is Version.TLS12
    assert meeting.session.extended_master_secret is peer.extended


@for_peers(SERVES, Application.RESUMED, asking(Application.RESUMED))
def test_serves_again(peer: Program, meet: Meet) -> None:
    answer, meeting = meet(peer, {"ticket_keys": RotatingTicketKeys(), "sessions": MemorySessions()}, again=True)
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.resumed == "psk"


@for_peers(SERVES, Application.CLIENT_CERTIFICATE, asking(Application.CLIENT_CERTIFICATE))
def test_serves_by_certificate(peer: Program, meet: Meet, pki: Pki) -> None:
    server = {"client_auth": ClientAuth.REQUIRED, "client_trust": trust(pki.root)}
    answer, meeting = meet(peer, server, credential=pki["client"])
    assert answer.ok, (answer.output, meeting)
    assert meeting.session is not None
    assert meeting.session.verified


@for_peers(SERVES, Application.REFUSAL, asking(Application.REFUSAL))
def test_serves_and_is_refused(peer: Program, meet: Meet, pki: Pki) -> None:
    answer, meeting = meet(peer, trust=pki.other_root)
    assert not answer.ok, (answer.output, meeting)
    assert not meeting.answered
