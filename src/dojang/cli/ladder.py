"""The record of one connection, step by step, as the engine's observer reports it: messages, alerts, keys, data.

Keeps labels and sizes of secrets, never their values. Knows nothing of how it is drawn (`drawing`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from dojang.cli.facts import alert_fact, facts_of
from dojang.cli.facts12 import Hellos, chose_tls12
from dojang.cli.language import Language, Text
from dojang.wire.codec import Struct
from dojang.wire.codes import Alert, AlertLevel
from dojang.wire.hello import ClientHello, HelloRetryRequest, ServerHello

__all__ = ["PLAINTEXT", "Keys", "Ladder", "Rung"]

PLAINTEXT, EARLY, APPLICATION = "plaintext", "early", "application"


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing that crossed: a handshake message, an alert, a run of application data.

    sender: ``client`` or ``server``. kind: ``foreign`` is what is no TLS at all.
    epoch: the keys that protected it: ``plaintext``, ``early``, ``handshake``, ``application``.
    size: bytes before protection.
    """

    sender: str
    kind: Literal["message", "alert", "change_cipher_spec", "data", "foreign"]
    name: str
    size: int
    epoch: str
    facts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets that came to exist at one point, by their RFC 9850 labels."""

    labels: tuple[str, ...]

    @property
    def family(self) -> str:
        """``ech``, ``early``, ``handshake``, ``application`` or ``main`` (TLS 1.2): what the first of them protects."""
        return next((family for pattern, family in _FAMILIES if re.match(pattern, self.labels[0])), "other")


@dataclass(slots=True)
class Ladder:
    """An observer for `Connection`; hand it in, and read `steps` when the connection is done."""

    steps: list[Rung | Keys] = field(default_factory=list)
    hellos: Hellos = field(default_factory=Hellos)

    def message(self, sender: str, message: Struct, raw: bytes, epoch: str) -> None:
        """A handshake message, whole."""
        if isinstance(message, ClientHello):
            self.hellos = Hellos(client=message)
        elif isinstance(message, ServerHello) and not isinstance(message, HelloRetryRequest):
            self.hellos = self.hellos._replace(server=message)
        name = type(message).__name__.removesuffix("12")
        self.steps.append(Rung(sender, "message", name, len(raw), epoch, tuple(facts_of(message, self.hellos))))

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None:
        """An alert; close_notify is one."""
        alert = Alert(description)
        fact = alert_fact(AlertLevel(level), alert)
        self.steps.append(Rung(sender, "alert", alert.label, 2, epoch, (fact,)))

    def change_cipher_spec(self, sender: str) -> None:
        """The record that changes keys in TLS 1.2, means nothing in TLS 1.3 and calms middleboxes."""
        server = self.hellos.server
        fact = _CHANGES_KEYS if server is not None and chose_tls12(server) else _CHANGE_CIPHER_SPEC
        self.steps.append(Rung(sender, "change_cipher_spec", "ChangeCipherSpec", 1, PLAINTEXT, (fact,)))

    def secret(self, label: str, _secret: bytes) -> None:
        """A secret came to exist. Those that come together are one step."""
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Keys):
            self.steps[-1] = Keys((*last.labels, label))
        else:
            self.steps.append(Keys((label,)))

    def application_data(self, sender: str, size: int) -> None:
        """Data of the application; what one side sends without pause is one step."""
        last = self.steps[-1] if self.steps else None
        if isinstance(last, Rung) and last.kind == "data" and last.sender == sender:
            self.steps[-1] = replace(last, size=last.size + size)
        else:
            name, epoch = ("early_data", EARLY) if self._is_early(sender) else ("application_data", APPLICATION)
            self.steps.append(Rung(sender, "data", name, size, epoch))

    def _is_early(self, sender: str) -> bool:
        """A client's data before its own Finished; a server may speak before the client's."""
        finished = any(isinstance(s, Rung) and (s.sender, s.name) == ("client", "Finished") for s in self.steps)
        return sender == "client" and self.hellos.client is not None and not finished

    def to_json(self, language: Language) -> list[dict[str, object]]:
        """Each step as an object; `facts` are sentences in `language`."""
        return [_step_to_json(step, language) for step in self.steps]


def _step_to_json(step: Rung | Keys, language: Language) -> dict[str, object]:
    if isinstance(step, Keys):
        return {"kind": "keys", "family": step.family, "labels": list(step.labels)}
    return {
        "kind": step.kind,
        "sender": step.sender,
        "name": step.name,
        "size": step.size,
        "epoch": step.epoch,
        "facts": [fact.pick(language) for fact in step.facts],
    }


_CHANGE_CIPHER_SPEC = Text(
    ko="TLS 1.3에서는 뜻이 없고, 오래된 중간 장비를 안심시킬 뿐입니다",
    en="means nothing in TLS 1.3; it keeps old middleboxes calm",
)

_CHANGES_KEYS = Text(
    ko="이쪽은 여기서부터 암호화하여 보냅니다",
    en="from here on this side encrypts",
)

_FAMILIES = (
    (r"CLIENT_EARLY|EARLY_EXPORTER", "early"),
    (r"(CLIENT|SERVER)_HANDSHAKE", "handshake"),
    (r"(CLIENT|SERVER)_TRAFFIC|EXPORTER", "application"),
    (r"CLIENT_RANDOM", "main"),
    (r"ECH", "ech"),
)
