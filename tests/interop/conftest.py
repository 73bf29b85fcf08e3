"""Fixtures of the interop tests, and the record of their outcomes that becomes docs/interop.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dojang.engine.config import ClientConfig, ServerConfig
from dojang.pki.store import TrustStore
from tests.interop.local import LocalServer, Meeting, Response, Rewrite, ask, credential, get
from tests.interop.peer import Answer, Feature, Peer, Request, Service
from tests.interop.peers import PEERS
from tests.interop.peers.applications import APPLICATIONS
from tests.interop.pki import Pki, make_pki
from tests.interop.processes import ROOT, Server
from tests.interop.table import Cell, Outcomes

Serve = Callable[..., Server]
MeetServer = Callable[..., Response]
MeetClient = Callable[..., tuple[Answer, Meeting]]
Test = TypeVar("Test", bound=Callable[..., None])
outcomes = pytest.StashKey[Outcomes]()
HELLO = "hello\n"
LARGE = "0123456789abcde\n" * 62_500

# pyca warns of each Diffie-Hellman key over finite fields.
finite_fields = pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")


def for_peers(direction: str, feature: Feature, peers: Iterable[Peer]) -> Callable[[Test], Test]:
    """One test for each peer; the outcomes go into a cell of docs/interop.md."""

    def decorate(test: Test) -> Test:
        each = pytest.mark.parametrize("peer", list(peers), indirect=True, ids=name)
        marked: Test = pytest.mark.cell(direction, feature)(each(test))
        return marked

    return decorate


def for_values(
    direction: str, feature: Feature, peers: Iterable[Peer], values: Callable[[Any], Iterable[str]]
) -> Callable[[Test], Test]:
    """One test for each peer and each of its values: groups, suites, ways to go wrong."""
    pairs = [(peer, value) for peer in peers for value in values(peer)]

    def decorate(test: Test) -> Test:
        each = pytest.mark.parametrize(("peer", "value"), pairs, indirect=["peer"], ids=name)
        marked: Test = pytest.mark.cell(direction, feature)(each(test))
        return marked

    return decorate


def name(parameter: object) -> str:
    return parameter.name if isinstance(parameter, Peer) else str(parameter)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every server serves: hello.txt, and large.bin of 1 MB."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "hello.txt").write_text(HELLO)
    (folder / "large.bin").write_text(LARGE)
    return folder


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> Peer:
    """The peer of an indirect parameter. A peer that is not installed skips its tests, or fails them."""
    chosen: Peer = request.param
    if missing := missing_program(chosen):
        sentence = f"{chosen.name} is not here: {missing} is missing (scripts/install-peers --all installs it)"
        if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return chosen


known: dict[str, str | None] = {}


def missing_program(peer: Peer) -> str | None:
    if peer.name not in known:
        known[peer.name] = peer.missing()
    return known[peer.name]


@pytest.fixture(scope="module")
def serve(pki: Pki, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """serve(peer, credential="ecdsa-p256", client_auth=..., alpn=...): a peer's server, shared by a module's tests."""
    running: dict[tuple[object, ...], Server] = {}
    with ExitStack() as stack:

        def start(peer: Peer, credential: str = "ecdsa-p256", **options: Any) -> Server:
            key = (peer.name, credential, *sorted(options.items()))
            if key not in running:
                service = Service(credential=pki[credential], files=files, **options)
                running[key] = stack.enter_context(peer.serve(service, tmp_path_factory.mktemp(peer.name)))
            return running[key]

        yield start


@pytest.fixture
def meet_server(pki: Pki, serve: Serve) -> MeetServer:
    """meet(peer, request=get(), server={...}, name="localhost", **client): dojang asks a peer's server."""

    def meet(peer: Peer, request: bytes = get(), *, server: Mapping[str, Any] | None = None, **asked: Any) -> Response:
        how = {word: asked.pop(word) for word in ("name", "update_keys", "early_data") if word in asked}
        config = ClientConfig(**{"trust": TrustStore.from_file(pki.root), **asked})
        return ask(serve(peer, **(server or {})).port, config, request, **how)

    return meet


@pytest.fixture
def meet_client(pki: Pki, files: Path) -> MeetClient:
    """meet(peer, shown="ecdsa-p256", server={...}, **request): a peer asks a dojang server; answer and meeting."""

    def meet(
        peer: Peer,
        *,
        shown: str = "ecdsa-p256",
        server: Mapping[str, Any] | None = None,
        update_keys: bool = False,
        rewrite: Rewrite | None = None,
        **asked: Any,
    ) -> tuple[Answer, Meeting]:
        config = ServerConfig(**{"credentials": (credential(pki[shown]),), **(server or {})})
        with LocalServer(config, files, update_keys=update_keys, rewrite=rewrite) as local:
            answer = peer.ask(Request(port=local.port, **{"trust": pki.root, **asked}))
        return answer, local.resumed_meeting if asked.get("again") else local.meeting

    return meet


@pytest.fixture(scope="package", autouse=True)
def open_peers() -> Iterator[None]:
    """Browsers stay open through these tests, not longer."""
    yield
    for each in PEERS:
        each.close()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "cell(direction, feature, peer): where in docs/interop.md a test's outcome belongs"
    )
    config.stash[outcomes] = Outcomes()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marker = item.get_closest_marker("cell")
    if marker and isinstance(item, pytest.Function) and (report.when == "call" or not report.passed):
        direction, feature, *named = marker.args
        peer, value = whom_and_what(item, *named)
        item.config.stash[outcomes].record(Cell(peer, direction, feature), value, report.outcome)
    return report


def whom_and_what(item: pytest.Function, peer: str = "") -> tuple[str, str]:
    """The peer and the value that a test's parameters hold; without a value, which of the parameters' sets it is."""
    parameters: dict[str, Any] = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    chosen = parameters.get("peer")
    if isinstance(chosen, Peer):
        return chosen.name, parameters.get("value", "")
    program = peer or parameters.get("client") or parameters["browser"]
    return program.removesuffix("-cli"), item.name


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("DOJANG_WRITE_DOCS") == "1":
        session.config.stash[outcomes].write(ROOT / "docs" / "interop.md", (*PEERS, *APPLICATIONS))
