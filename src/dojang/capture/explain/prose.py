"""Looking prose up: from a field, a code point or a step to its sentences in both languages."""

from __future__ import annotations

from typing import NamedTuple

from dojang.capture.explain.catalogue import alerts, extensions, messages, suites
from dojang.capture.explain.catalogue.fields_exchange import FIELDS as EXCHANGE
from dojang.capture.explain.catalogue.fields_extensions import FIELDS as INSIDE
from dojang.capture.explain.catalogue.fields_hello import FIELDS as HELLO
from dojang.capture.suites import suite_shape
from dojang.wire.codec import Struct
from dojang.wire.codes import Alert, CipherSuite, ExtensionType, HandshakeType, NamedGroup, OpenCode, SignatureScheme

__all__ = [
    "Prose",
    "alert_prose",
    "extension_prose",
    "field_prose",
    "group_prose",
    "message_prose",
    "scheme_prose",
    "step_prose",
    "suite_prose",
    "value_prose",
]

FIELDS: dict[str, tuple[str, str]] = {**HELLO, **EXCHANGE, **INSIDE}


class Prose(NamedTuple):
    """One passage, twice."""

    ko: str
    en: str

    def fill(self, **details: object) -> Prose:
        """Its placeholders filled in both languages; a Prose among `details` in its own."""
        korean = {name: value.ko if isinstance(value, Prose) else value for name, value in details.items()}
        english = {name: value.en if isinstance(value, Prose) else value for name, value in details.items()}
        return Prose(self.ko.format(**korean), self.en.format(**english))

    def to_json(self) -> dict[str, str]:
        """``{"ko": ..., "en": ...}``."""
        return {"ko": self.ko, "en": self.en}


def field_prose(struct: type[Struct], field: str) -> Prose | None:
    """What a field means: by its own struct, then by what that derives from, then by its name alone."""
    for owner in struct.__mro__:
        found = FIELDS.get(f"{owner.__name__}.{field}")
        if found is not None:
            return Prose(*found)
        if owner is Struct:
            break
    found = FIELDS.get(f"*.{field}")
    return Prose(*found) if found is not None else None


def message_prose(kind: HandshakeType) -> tuple[Prose, Prose, Prose]:
    """What the message is, why it comes now, what could go wrong."""
    what, why, risk = messages.MESSAGES.get(kind.label, messages.UNKNOWN_MESSAGE)
    return Prose(*what), Prose(*why), Prose(*risk)


def step_prose(name: str) -> tuple[Prose, Prose]:
    """What a step that is no handshake message is, and why."""
    what, why = messages.STEPS[name]
    return Prose(*what), Prose(*why)


def extension_prose(kind: ExtensionType) -> Prose:
    """What an extension is for."""
    if kind.is_grease:
        return Prose(*extensions.GREASE)
    return Prose(*extensions.EXTENSIONS.get(kind.label, extensions.UNKNOWN))


def alert_prose(alert: Alert) -> Prose:
    """What an alert says."""
    return Prose(*alerts.ALERTS.get(alert.label, extensions.UNKNOWN))


def suite_prose(code: int) -> Prose:
    """A suite, part by part."""
    if CipherSuite.of(code).is_grease:
        return Prose(*extensions.GREASE)
    shape = suite_shape(code)
    parts = [suites.EXCHANGES[shape.exchange]]
    if shape.exchange != "none":
        parts += [suites.SIGNERS[shape.signs], suites.CIPHERS[shape.cipher], suites.MODES[shape.mode]]
        parts.append(suites.HASHES[shape.prf])
    return Prose(" ".join(part[0] for part in parts), " ".join(part[1] for part in parts))


def group_prose(group: NamedGroup) -> Prose:
    """A key exchange group, by its family."""
    return Prose(*extensions.GREASE) if group.is_grease else Prose(*suites.GROUPS[_group_family(group)])


def scheme_prose(scheme: SignatureScheme) -> Prose:
    """A signature scheme, by its family."""
    if scheme.is_grease:
        return Prose(*extensions.GREASE)
    family = _scheme_family(scheme.label)
    return Prose(*suites.SCHEMES[family]) if family else Prose(*extensions.UNKNOWN)


def value_prose(value: object) -> Prose | None:
    """What a code point means, beyond its name."""
    if isinstance(value, CipherSuite):
        return suite_prose(value)
    if isinstance(value, ExtensionType):
        return extension_prose(value)
    if isinstance(value, NamedGroup):
        return group_prose(value)
    if isinstance(value, SignatureScheme):
        return scheme_prose(value)
    if isinstance(value, OpenCode) and value.is_grease:
        return Prose(*extensions.GREASE)
    return None


def _group_family(group: NamedGroup) -> str:
    name = group.name
    if "KYBER" in name:
        return "draft"
    if "MLKEM" in name:
        return "mlkem" if name.startswith("MLKEM") else "hybrid"
    for start, family in (("X", "x"), ("FFDHE", "ffdhe"), ("BRAINPOOL", "brainpool"), ("GC", "national")):
        if name.startswith(start):
            return family
    if name == "CURVESM2":
        return "national"
    return "nist" if name in ("SECP256R1", "SECP384R1", "SECP521R1") else "old"


def _scheme_family(label: str) -> str:
    for part, family in _SCHEME_FAMILIES:
        if part in label:
            return family
    return ""


_SCHEME_FAMILIES = (
    ("mldsa", "mldsa"),
    ("sm2", "sm2"),
    ("md5", "md5"),
    ("sha1", "sha1"),
    ("pss", "pss"),
    ("pkcs1", "pkcs1"),
    ("ecdsa", "ecdsa"),
    ("ed25519", "ed"),
    ("ed448", "ed"),
    ("dsa", "dsa"),
)
