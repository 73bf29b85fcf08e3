"""One step of a conversation, explained: what it is, why now, how it was chosen, what could go wrong, its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dojang.capture.explain.application import look_at
from dojang.capture.explain.catalogue.alerts import LEVELS
from dojang.capture.explain.catalogue.messages import CONTENT_TYPES
from dojang.capture.explain.catalogue.story import CHECKS, FACTS
from dojang.capture.explain.facts import facts_of
from dojang.capture.explain.fields import Field, fields_of, fields_of_struct
from dojang.capture.explain.prose import Prose, alert_prose, message_prose, step_prose
from dojang.capture.explain.values import hexadecimal
from dojang.capture.steps import (
    AlertStep,
    Broken,
    ChangeCipherSpec,
    Data,
    Foreign,
    HeartbeatStep,
    Message,
    Sealed,
    Ssl2Hello,
    Step,
)
from dojang.capture.verify import checks_of
from dojang.errors import TlsError
from dojang.wire.codes import HandshakeType
from dojang.wire.messages_captured import Heartbeat
from dojang.wire.registry import SSL2_CIPHERS, suite_name

__all__ = ["ExplainedStep", "Say", "explain_step", "in_english"]

MOST_BYTES = 2**16

Say = Callable[[TlsError], Prose]


@dataclass(slots=True)
class ExplainedStep:
    """A step with its prose. data: its bytes (a message with its header), as much as is kept.

    error: why it can't be read; error_at: the byte of `data` where it breaks. checks: (right, sentence).
    """

    number: int
    step: Step
    name: str
    what: Prose
    why: Prose
    risk: Prose | None = None
    clause: str = ""
    facts: list[Prose] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    checks: list[tuple[bool | None, Prose]] = field(default_factory=list)
    error: Prose | None = None
    error_at: int | None = None
    data: bytes = b""

    def to_json(self, began: float) -> dict[str, Any]:
        """Stable keys; see docs/explain-schema.md. Times are seconds since the conversation began."""
        step = self.step
        return {
            "number": self.number,
            "kind": step.kind,
            "name": self.name,
            "sender": step.sender,
            "time": round(step.time - began, 6),
            "packet": step.packet,
            "epoch": step.epoch,
            "size": step.size,
            "records": step.records,
            "wire_size": step.sealed_size,
            "what": self.what.to_json(),
            "why": self.why.to_json(),
            "risk": self.risk.to_json() if self.risk else None,
            "clause": self.clause,
            "facts": [fact.to_json() for fact in self.facts],
            "checks": [{"right": right, "said": said.to_json()} for right, said in self.checks],
            "error": {"said": self.error.to_json(), "at": self.error_at} if self.error else None,
            "fields": [each.to_json() for each in self.fields],
            "bytes": self.data.hex(),
        }


def in_english(error: TlsError) -> Prose:
    """An error's sentence where no translator is at hand."""
    return Prose(str(error), str(error))


def explain_step(number: int, step: Step, say: Say = in_english) -> ExplainedStep:
    """The step's record. `say` gives an error's sentence in both languages."""
    explained = _explain(number, step, say)
    if step.records > 1 and not isinstance(step, Data | Sealed):
        explained.facts.append(Prose(*FACTS["records_of"]).fill(records=step.records))
    return explained


def _explain(number: int, step: Step, say: Say) -> ExplainedStep:
    match step:
        case Message():
            return _message(number, step, say)
        case AlertStep():
            return _alert(number, step)
        case ChangeCipherSpec():
            what, why = step_prose("change_cipher_spec_12")
            return ExplainedStep(number, step, "change_cipher_spec", what, why, data=step.content)
        case Data():
            return _data(number, step)
        case Sealed():
            return _sealed(number, step, say)
        case HeartbeatStep():
            return _heartbeat(number, step)
        case Ssl2Hello():
            return _ssl2(number, step)
        case Broken():
            what, why = step_prose("broken")
            at = getattr(step.error, "offset", None)
            return ExplainedStep(
                number, step, "broken", what, why, error=say(step.error), error_at=at, data=step.content
            )
        case Foreign():
            what, why = step_prose("foreign")
            look = look_at(step.content)
            fact = Prose(*FACTS[look.kind]).fill(line=look.summary, names=look.summary)
            return ExplainedStep(number, step, "foreign", what, why, facts=[fact], data=step.content)
    what, why = step_prose("lost")
    return ExplainedStep(number, step, "lost", what, why)


def _message(number: int, step: Message, say: Say) -> ExplainedStep:
    what, why, risk = message_prose(step.type)
    label = "hello_retry_request" if step.form.__name__.startswith("HelloRetryRequest") else step.type.label
    if label != step.type.label:
        what, why, risk = message_prose(HandshakeType.HELLO_RETRY_REQUEST)
    fields, error = fields_of(step)
    explained = ExplainedStep(number, step, label, what, why, risk, clause_of(step), fields=fields)
    explained.data = step.raw[:MOST_BYTES]
    explained.facts = facts_of(step)
    explained.checks = list(_checks(step))
    if error is not None:
        explained.error = say(error)
        explained.error_at = None if error.offset is None else error.offset + 4
    return explained


def clause_of(message: Message) -> str:
    """The section that declares the message: what its struct's docstring begins with."""
    first = (message.form.__doc__ or "").split("\n")[0]
    return first.split(":")[0].split(";")[0].split(", ")[0].strip().rstrip(".")


def _checks(step: Message) -> Iterator[tuple[bool | None, Prose]]:
    for check in checks_of(step):
        key = check.why if check.right is None else f"{check.what}_{str(check.right).lower()}"
        yield check.right, Prose(*CHECKS[key])


def _alert(number: int, step: AlertStep) -> ExplainedStep:
    what, why = step_prose("alert")
    explained = ExplainedStep(number, step, step.description.label, what, why, clause="RFC 9846 section 6")
    level = LEVELS.get(step.level.label)
    explained.facts = [alert_prose(step.description)]
    if level is not None:
        explained.facts.append(Prose(*level))
    explained.data = bytes((step.level, step.description))
    return explained


def _data(number: int, step: Data) -> ExplainedStep:
    what, why = step_prose("early" if step.epoch == "early" else "data")
    content = bytes(step.content)
    look = look_at(content)
    facts = [_amount(step)]
    if content:
        facts.append(Prose(*FACTS[look.kind]).fill(line=look.summary, names=look.summary))
    return ExplainedStep(number, step, "application_data", what, why, facts=facts, data=content)


def _sealed(number: int, step: Sealed, say: Say) -> ExplainedStep:
    what, why = step_prose("sealed")
    facts = [_amount(step)]
    content = CONTENT_TYPES.get(step.content_type.label)
    if content is not None:
        facts.append(Prose(*content))
    explained = ExplainedStep(number, step, f"protected {step.content_type.label}", what, why, facts=facts)
    if step.error is not None:
        explained.error = say(step.error)
    return explained


def _amount(step: Step) -> Prose:
    return Prose(*FACTS["bytes_one" if step.records == 1 else "bytes"]).fill(size=step.size, records=step.records)


def _heartbeat(number: int, step: HeartbeatStep) -> ExplainedStep:
    what, why = step_prose("heartbeat")
    data = bytes((2 if step.response else 1,)) + step.claimed.to_bytes(2, "big") + step.content
    fields, _ = fields_of_struct(Heartbeat, data)
    explained = ExplainedStep(number, step, "heartbeat", what, why, fields=fields, clause="RFC 6520 section 4")
    explained.data = data[:MOST_BYTES]
    if step.claimed > len(step.content):
        explained.facts.append(Prose(*FACTS["heartbleed"]).fill(claimed=step.claimed, size=len(step.content)))
    elif step.claimed + 16 > len(step.content):
        explained.facts.append(Prose(*FACTS["heartbeat_padding"]))
    return explained


def _ssl2(number: int, step: Ssl2Hello) -> ExplainedStep:
    what, why = step_prose("ssl2")
    fields, _ = fields_of_struct(type(step.value), step.raw[2:], 2)
    names = ", ".join(_ssl2_cipher(cipher) for cipher in step.ciphers[:40])
    explained = ExplainedStep(number, step, "ssl2_hello", what, why, fields=fields, clause="RFC 5246 appendix E.2")
    explained.facts = [Prose(*FACTS["ssl2_ciphers"]).fill(names=names)]
    explained.data = step.raw
    return explained


def _ssl2_cipher(cipher: int) -> str:
    return suite_name(cipher) if cipher < 0x10000 else SSL2_CIPHERS.get(cipher, hexadecimal(cipher.to_bytes(3, "big")))
