"""The server's side of resumption: making states, sealing or storing them, and judging what a client brings back."""

from __future__ import annotations

import hmac
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from dojang.crypto import schedule13
from dojang.crypto.suites import TLS13_SUITES
from dojang.engine.client.resume import binder_key
from dojang.engine.config import ClientAuth, ServerConfig
from dojang.engine.flight import Question, Step
from dojang.engine.raw_keys import is_raw_key_accepted
from dojang.engine.session_store import SessionStore
from dojang.engine.ticket import ExternalPsk, SessionState
from dojang.engine.ticket_keys import open_ticket, seal_ticket
from dojang.errors import PeerMisbehaved, StoreUnavailable
from dojang.pki.profiles import Purpose
from dojang.pki.report import Report
from dojang.pki.verify import verify
from dojang.wire import extensions as ext
from dojang.wire.codes import Alert, CertificateType, Version

__all__ = [
    "AcceptedPsk",
    "check_binder",
    "consult",
    "drop_session",
    "find_psk",
    "keep_state",
    "recall_state",
    "report_of",
]

# Section 8.3: how far the age a client tells may be from the age the server measures, in milliseconds.
_AGE_WINDOW = 10_000
# A client has no reason to offer many keys; each costs an attempt to open it.
_MOST_IDENTITIES = 8


class AcceptedPsk(NamedTuple):
    """A pre-shared key the client offered and the server takes up; `state` is None for one shared by other means."""

    number: int
    identity: bytes
    secret: bytes
    binder_label: str
    state: SessionState | None
    is_timely: bool
    with_certificate: bool = False


def consult(subject: str, call: Callable[[], Any], missing: object = None) -> Step[Any]:
    """A store's answer, `missing` where it can't give one; a store that answers later makes this a question."""
    try:
        result = call()
    except Exception:  # a store that fails costs a full handshake, never the connection
        return missing
    if inspect.isawaitable(result):
        result = yield Question(subject, lambda: _settled(result, missing))
    return result


def drop_session(sessions: SessionStore, identity: bytes) -> None:
    """Forget a session; a store that fails, or that would have to be waited for, keeps it until it expires."""
    try:
        result: object = sessions.drop(identity)  # type: ignore[func-returns-value]
    except Exception:  # as in `consult`
        return
    if inspect.iscoroutine(result):
        result.close()


async def _settled(awaitable: Awaitable[Any], missing: object) -> Any:
    try:
        return await awaitable
    except Exception:  # as in `consult`
        return missing


def keep_state(config: ServerConfig, state: SessionState, now: float) -> Step[bytes | None]:
    """What the client gets to bring back: the state sealed, else its name in the store; None where neither works."""
    if config.ticket_keys is not None:
        try:
            return seal_ticket(config.ticket_keys, state.to_bytes(), config.binding, now, config.entropy.random)
        except StoreUnavailable:
            return None
    if config.sessions is None:
        return None
    sessions, identity = config.sessions, config.entropy.random(32)
    expires = now + state.lifetime

    stored = yield from consult(
        "session store", lambda: sessions.put(identity, state.to_bytes(), expires), missing=False
    )
    return None if stored is False else identity


def recall_state(config: ServerConfig, identity: bytes, *, version: Version) -> Step[SessionState | None]:
    """The state behind an identity that a client brought back, whatever it is worth now.

    TLS 1.3's names are taken, so that each serves once; TLS 1.2's session IDs stay.
    """
    sealed = None
    if config.ticket_keys is not None:
        sealed = open_ticket(config.ticket_keys, identity, config.binding, config.clock())
    if sealed is None and config.sessions is not None and len(identity) <= 32:
        sessions = config.sessions
        call = sessions.take if version is Version.TLS13 else sessions.look
        sealed = yield from consult("session store", lambda: call(identity))
    state = None if sealed is None else SessionState.from_bytes(sealed)
    return state if state is not None and state.version is version else None


def is_usable(config: ServerConfig, state: SessionState, name: str | None, now: float) -> bool:
    """Whether today's configuration would still accept what the state stands for."""
    if not config.resumption or not state.is_fresh(now) or state.server_name != (name or "").encode():
        return False
    if state.cipher_suite not in config.suites_of(state.version):
        return False
    if config.client_auth is ClientAuth.REQUIRED and not state.peer_chain:
        return False
    if state.peer_type is CertificateType.RAW_PUBLIC_KEY and not is_raw_key_accepted(config, state.peer_chain[0], None):
        return False
    report = report_of(config, state)
    return report is None or report.ok


def report_of(config: ServerConfig, state: SessionState) -> Report | None:
    """The client's identity, judged again; None where there is none, or where it is a raw key."""
    if not state.peer_chain or config.client_trust is None or state.peer_type is CertificateType.RAW_PUBLIC_KEY:
        return None
    return verify(state.peer_chain, config.client_trust, purpose=Purpose.CLIENT, at=config.time())


def find_psk(
    config: ServerConfig, offered: ext.OfferedPsks, hash_name: str, name: str | None
) -> Step[AcceptedPsk | None]:
    """The first of the client's keys that is known, fresh and of the suite's hash (section 4.3.11)."""
    if len(offered.identities) != len(offered.binders):
        raise PeerMisbehaved(
            Alert.ILLEGAL_PARAMETER, "not as many binders as pre-shared keys", "RFC 9846 section 4.3.11"
        )
    now = config.clock()
    for index, offer in enumerate(offered.identities[:_MOST_IDENTITIES]):
        external = find_external(config, offer.identity)
        if external is not None and external.hash_name == hash_name:
            return AcceptedPsk(
                index, offer.identity, external.key, external.binder_label, None, False, external.with_certificate
            )
        state = yield from recall_state(config, offer.identity, version=Version.TLS13)
        if state is None or not is_usable(config, state, name, now):
            continue
        if _hash_of(state) == hash_name:
            timely = is_timely(state, offer.obfuscated_ticket_age, now)
            return AcceptedPsk(index, offer.identity, state.secret, "res binder", state, timely)
    return None


def find_external(config: ServerConfig, identity: bytes) -> ExternalPsk | None:
    """A key shared beforehand."""
    if callable(config.psks):
        return config.psks(identity)
    return next((psk for psk in config.psks if hmac.compare_digest(psk.identity, identity)), None)


def is_timely(state: SessionState, obfuscated_age: int, now: float) -> bool:
    """Section 8.3: the age the client tells is the age the server sees, so this hello was not kept for later."""
    told = (obfuscated_age - state.age_add) & 0xFFFFFFFF
    return abs(int(now * 1000) - state.issued - told) <= _AGE_WINDOW


def check_binder(psk: AcceptedPsk, binders: tuple[bytes, ...], digest: bytes, hash_name: str) -> None:
    """Section 4.3.11.2: the client has the key, and this hello is its own."""
    key = binder_key(psk.secret, psk.binder_label, hash_name)
    expected = schedule13.finished_mac(key, digest, hash_name)
    if not hmac.compare_digest(binders[psk.number], expected):
        raise PeerMisbehaved(
            Alert.DECRYPT_ERROR,
            "the client's binder for its pre-shared key is wrong: it does not hold the key",
            "RFC 9846 section 4.3.11.2",
        )


def _hash_of(state: SessionState) -> str:
    return TLS13_SUITES[state.cipher_suite].hash_name
