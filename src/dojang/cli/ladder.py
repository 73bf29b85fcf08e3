"""The record of one connection, step by step, as the engine's observer reports it: messages, alerts, keys, data.

Keeps labels and sizes of secrets, never their values. Knows nothing of how it is drawn (`drawing`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from dojang.cli.facts import alert_fact, facts_of
from dojang.cli.language import Language, Text
from dojang.wire.codec import Struct
from dojang.wire.codes import Alert, AlertLevel

__all__ = ["PLAINTEXT", "Keys", "Ladder", "Rung"]

PLAINTEXT, APPLICATION = "plaintext", "application"


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

    def message(self, sender: str, message: Struct, raw: bytes, epoch: str) -> None:
        """A handshake message, whole."""
        name = type(message).__name__
        self.steps.append(Rung(sender, "message", name, len(raw), epoch, tuple(facts_of(message))))

    def alert(self, sender: str, level: int, description: int, epoch: str) -> None:
        """An alert; close_notify is one."""
        alert = Alert(description)
        fact = alert_fact(AlertLevel(level), alert)
        self.steps.append(Rung(sender, "alert", alert.label, 2, epoch, (fact,)))

    def change_cipher_spec(self, sender: str) -> None:
        """The record that means nothing in TLS 1.3 and calms middleboxes."""
        self.steps.append(Rung(sender, "change_cipher_spec", "ChangeCipherSpec", 1, PLAINTEXT, (_CHANGE_CIPHER_SPEC,)))

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
            self.steps.append(Rung(sender, "data", "application_data", size, APPLICATION))

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

_FAMILIES = (
    (r"CLIENT_EARLY|EARLY_EXPORTER", "early"),
    (r"(CLIENT|SERVER)_HANDSHAKE", "handshake"),
    (r"(CLIENT|SERVER)_TRAFFIC|EXPORTER", "application"),
    (r"CLIENT_RANDOM", "main"),
    (r"ECH", "ech"),
)
