"""The record of a conversation, shown by the terminal, JSON and the page; docs/explain-schema.md fixes its keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dojang.capture.chains import chain_of
from dojang.capture.conversation import Conversation
from dojang.capture.dissect import Dissection
from dojang.capture.explain.catalogue.story import ENDS, SEEN
from dojang.capture.explain.certificates import describe_certificate
from dojang.capture.explain.facts import alpn_of, group_of, server_name_of
from dojang.capture.explain.keys import KeyNode, key_tree
from dojang.capture.explain.prose import Prose, step_prose, suite_prose
from dojang.capture.explain.steps import ExplainedStep, Say, explain_step, in_english
from dojang.capture.fingerprint import ja3, ja3s, ja4
from dojang.capture.recorder import Live
from dojang.capture.steps import AlertStep, ChangeCipherSpec, Data, Handshake
from dojang.capture.verify import checks_of, leaf_of
from dojang.wire.codes import Alert, AlertLevel, ExtensionType, HandshakeType, Version
from dojang.wire.registry import suite_name

__all__ = ["SCHEMA", "Record", "explain"]

SCHEMA = 1


@dataclass(slots=True)
class Record:
    """A conversation, explained. chain: the server's certificates; seen: by an eavesdropper; ends: what was done."""

    conversation: Conversation | Live
    tls: Dissection
    handshake: Handshake
    steps: list[ExplainedStep]
    keys: list[KeyNode]
    chain: list[dict[str, Any]]
    ends: list[Prose]
    seen: list[Prose]

    @property
    def server_name(self) -> str:
        """The name in SNI, "" where there is none."""
        return server_name_of(self.handshake.client_hello)

    def summary(self) -> dict[str, Any]:
        """The facts of the conversation, without its steps."""
        conversation, handshake = self.conversation, self.handshake
        chosen, hello = handshake.chosen, handshake.client_hello
        return {
            "number": conversation.number,
            "client": _endpoint(conversation.client),
            "server": _endpoint(conversation.server),
            "began": datetime.fromtimestamp(conversation.began, UTC).isoformat(),
            "duration": round(conversation.ended - conversation.began, 6),
            "round_trip": _rounded(conversation.round_trip),
            "handshake_time": _rounded(self._handshake_time()),
            "whole": conversation.whole,
            "lost": conversation.lost,
            "sizes": {"client": self._size("client"), "server": self._size("server")},
            "prefaces": [{"protocol": p.protocol, "target": p.target} for p in conversation.prefaces],
            "version": chosen.label if chosen is not None else None,
            "suite": suite_name(handshake.suite) if chosen is not None else None,
            "group": group_of(handshake) or None,
            "server_name": self.server_name or None,
            "alpn": alpn_of(handshake) or None,
            "resumed": handshake.resumed,
            "retried": handshake.retry is not None,
            "ja3": ja3(hello) or None if hello is not None else None,
            "ja3s": (ja3s(handshake.server_hello) or None) if handshake.server_hello is not None else None,
            "ja4": ja4(hello) or None if hello is not None else None,
        }

    def to_json(self) -> dict[str, Any]:
        """Plain values, stable keys."""
        began = self.conversation.began
        suite = suite_prose(self.handshake.suite).to_json() if self.handshake.chosen is not None else None
        return {
            "schema": SCHEMA,
            **self.summary(),
            "suite_meaning": suite,
            "chain": self.chain,
            "steps": [step.to_json(began) for step in self.steps],
            "untold": self.tls.untold,
            "keys": [node.to_json() for node in self.keys],
            "ends": [prose.to_json() for prose in self.ends],
            "seen": [prose.to_json() for prose in self.seen],
        }

    def _handshake_time(self) -> float | None:
        """Seconds from the first hello to the last Finished or, where that is hidden, ChangeCipherSpec."""
        hello = self.handshake.client_hello
        last = [m.time for m in self.handshake.messages if m.type is HandshakeType.FINISHED]
        last = last or [s.time for s in self.tls.steps if isinstance(s, ChangeCipherSpec)]
        return last[-1] - hello.time if hello is not None and last else None

    def _size(self, sender: str) -> int:
        return sum(step.step.size for step in self.steps if step.step.sender == sender)


def explain(conversation: Conversation | Live, say: Say = in_english) -> Record:
    """The record of a conversation that holds TLS. `say` gives an error's sentence in both languages."""
    tls = conversation.tls
    assert tls is not None, "there is no TLS in this conversation"
    handshake = tls.handshakes[0] if tls.handshakes else tls.handshake
    steps = [explain_step(number, step, say) for number, step in enumerate(tls.steps, 1)]
    for step in steps:
        if isinstance(step.step, ChangeCipherSpec) and handshake.is_tls13:
            step.what, step.why = step_prose("change_cipher_spec_13")
    record = Record(conversation, tls, handshake, steps, key_tree(handshake), _chain(handshake), [], [])
    record.ends = list(_ends(record))
    record.seen = list(_seen(record))
    return record


def _chain(handshake: Handshake) -> list[dict[str, Any]]:
    return [describe_certificate(der) for der in chain_of(handshake, "server")[:16]]


def _ends(record: Record) -> Iterator[Prose]:
    handshake = record.handshake
    if handshake.server_hello is None:
        yield _failure(record) or _end("unanswered" if handshake.client_hello is not None else "unfinished")
        return
    if handshake.version < Version.TLS12:
        yield _end("weak", name=Version.of(handshake.version).label)
    failure = _failure(record)
    if failure is not None:
        yield failure
    else:
        yield from _proofs(record)
    yield from _secrecy(record)
    if any(isinstance(s, AlertStep) and s.description == Alert.CLOSE_NOTIFY for s in record.tls.steps):
        yield _end("closed")


def _failure(record: Record) -> Prose | None:
    """The alert that ended a handshake which never came to data."""
    if any(isinstance(s, Data) for s in record.tls.steps):
        return None
    fatal = [s for s in record.tls.steps if isinstance(s, AlertStep) and s.level == AlertLevel.FATAL]
    return _end("failed", alert=fatal[0].description.label) if fatal else None


def _proofs(record: Record) -> Iterator[Prose]:
    handshake = record.handshake
    server = _name_in(leaf_of(handshake, "server"))
    if handshake.resumed:
        yield _end("resumed")
    elif handshake.shape.signs == "anon":
        yield _end("server_anonymous")
    elif server and handshake.shape.exchange == "rsa":
        yield _end("server_rsa", name=server)
    elif server:
        yield _end("server_proved", name=server)
    elif handshake.is_tls13:
        yield _end("server_hidden")
    client = _name_in(leaf_of(handshake, "client"))
    if client:
        yield _end("client_proved", name=client)
    elif not handshake.is_tls13 or handshake.finished:
        yield _end("client_anonymous")
    checked = [c.right for m in handshake.messages for c in checks_of(m) if c.what == "finished"]
    if len(checked) >= 2 and all(checked):
        yield _end("confirmed")


def _secrecy(record: Record) -> Iterator[Prose]:
    handshake = record.handshake
    shape = handshake.shape
    if shape.exchange not in ("none", "null"):
        yield _end("forward_secret" if shape.forward_secret else "not_forward_secret")
    size = sum(s.size for s in record.tls.steps if isinstance(s, Data))
    if size:
        yield _end("opened", size=size)
    elif shape.exchange == "rsa":
        yield _end("rsa_needs_key")
    elif shape.forward_secret:
        yield _end("ecdhe_needs_log")


def _seen(record: Record) -> Iterator[Prose]:
    conversation, handshake = record.conversation, record.handshake
    yield _sight("addresses", client=conversation.client, server=conversation.server)
    if conversation.prefaces:
        names = ", ".join(f"{p.protocol} {p.target}".strip() for p in conversation.prefaces)
        yield _sight("preface", names=names)
    hello = handshake.client_hello
    if hello is not None:
        yield _sight("sni", name=record.server_name) if record.server_name else _sight("no_sni")
        if hello.extension(ExtensionType.ENCRYPTED_CLIENT_HELLO) is not None:
            yield _sight("ech")
        yield _sight("fingerprint", value=ja4(hello))
    if handshake.server_hello is not None:
        server = "" if handshake.is_tls13 else _name_in(leaf_of(handshake, "server"))
        yield _sight("certificate", name=server) if server else _sight("no_certificate")
        client = "" if handshake.is_tls13 else _name_in(leaf_of(handshake, "client"))
        if client:
            yield _sight("client_certificate", name=client)
    yield _sight("sizes", client=conversation.sent[0], server=conversation.sent[1])
    if handshake.shape.cipher == "NULL" and handshake.server_hello is not None:
        yield _sight("content")


def _name_in(data: bytes | None) -> str:
    """Whom a certificate is for: its first name, else its subject."""
    if data is None:
        return ""
    found = describe_certificate(data, elements=False)
    return str(found.get("name") or "?")


def _end(key: str, **details: object) -> Prose:
    return Prose(*ENDS[key]).fill(**details)


def _sight(key: str, **details: object) -> Prose:
    return Prose(*SEEN[key]).fill(**details)


def _endpoint(endpoint: Any) -> dict[str, Any]:
    return {"address": endpoint.address, "port": endpoint.port}


def _rounded(seconds: float | None) -> float | None:
    return round(seconds, 6) if seconds is not None else None
