"""The prose is complete: every field, message, extension, alert and suite has its entry, in Korean and in English."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from types import ModuleType

import pytest

from dojang.capture.explain import prose
from dojang.capture.explain.catalogue import (
    alerts,
    extensions,
    fields_exchange,
    fields_extensions,
    fields_hello,
    keys,
    messages,
    story,
    suites,
)
from dojang.capture.suites import suite_shape
from dojang.wire import (
    extensions as wire_extensions,
)
from dojang.wire import (
    extensions_captured,
    hello,
    messages12,
    messages13,
    messages_captured,
)
from dojang.wire.codec import Struct
from dojang.wire.codes import (
    Alert,
    AlertLevel,
    CipherSuite,
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
    SignatureScheme,
)
from dojang.wire.registry import SUITES, UNREGISTERED

DECLARATIONS = (hello, messages12, messages13, messages_captured, wire_extensions, extensions_captured)
CATALOGUES = (
    alerts,
    extensions,
    fields_exchange,
    fields_extensions,
    fields_hello,
    keys,
    messages,
    story,
    suites,
)
HANGUL = re.compile("[가-힣]")


def structs() -> list[type[Struct]]:
    found = [value for module in DECLARATIONS for value in vars(module).values() if isinstance(value, type)]
    return sorted({s for s in found if issubclass(s, Struct) and s._names}, key=lambda s: s.__name__)


def passages(module: ModuleType) -> Iterator[tuple[str, tuple[str, str]]]:
    """(place, (Korean, English)) of every passage in a catalogue."""
    for name, value in vars(module).items():
        if name.isupper():
            yield from pairs(f"{module.__name__.rpartition('.')[2]}.{name}", value)


def pairs(place: str, value: object) -> Iterator[tuple[str, tuple[str, str]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from pairs(f"{place}[{key}]", inner)
    elif isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value):
        yield place, value
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from pairs(f"{place}.{number}", inner)


ALL = [passage for module in CATALOGUES for passage in passages(module)]


def test_there_is_prose_to_look_at() -> None:
    assert len(ALL) > 350


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: struct.__name__)
def test_every_field_has_its_meaning(struct: type[Struct]) -> None:
    assert [name for name in struct._names if prose.field_prose(struct, name) is None] == []


def test_no_field_is_explained_that_does_not_exist() -> None:
    real = {f"{struct.__name__}.{name}" for struct in structs() for name in struct._names}
    real |= {f"*.{name}" for struct in structs() for name in struct._names}
    assert set(prose.FIELDS) - real == set()


def test_every_message_type_is_explained() -> None:
    assert {kind.label for kind in HandshakeType} - set(messages.MESSAGES) == set()
    assert set(messages.MESSAGES) - {kind.label for kind in HandshakeType} == set()


def test_every_extension_is_explained() -> None:
    assert {kind.label for kind in ExtensionType} == set(extensions.EXTENSIONS)


def test_every_alert_and_level_is_explained() -> None:
    assert {alert.label for alert in Alert} == set(alerts.ALERTS)
    assert {level.label for level in AlertLevel} == set(alerts.LEVELS)


def test_every_content_type_is_explained() -> None:
    assert {kind.label for kind in ContentType} == set(messages.CONTENT_TYPES)


@pytest.mark.parametrize("code", sorted({*SUITES, *UNREGISTERED}), ids=lambda code: f"{code:04x}")
def test_every_suite_is_explained(code: int) -> None:
    said = prose.suite_prose(code)
    assert said.ko
    assert said.en
    shape = suite_shape(code)
    assert shape.exchange in suites.EXCHANGES


def test_whatever_number_a_suite_has_something_is_said() -> None:
    assert all(prose.suite_prose(code).en for code in range(0x10000))


def test_every_group_and_scheme_is_explained() -> None:
    assert all(prose.group_prose(group) for group in NamedGroup)
    assert [s.label for s in SignatureScheme if prose.scheme_prose(s) == extensions.UNKNOWN] == []


def test_what_nobody_registered_is_called_so() -> None:
    assert prose.extension_prose(ExtensionType.of(0x0A0A)) == extensions.GREASE
    assert prose.extension_prose(ExtensionType.of(0x9999)) == extensions.UNKNOWN
    assert prose.suite_prose(CipherSuite.of(0x2A2A)) == extensions.GREASE


def test_each_language_is_itself() -> None:
    assert [place for place, (ko, en) in ALL if HANGUL.search(en)] == []
    assert [place for place, (ko, en) in ALL if not HANGUL.search(ko)] == []


def test_both_languages_fill_the_same_placeholders() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [place for place, (ko, en) in ALL if holes(ko) != holes(en)] == []


def test_no_sentence_shouts_and_no_particle_is_left_open() -> None:
    assert [
        place for place, (ko, en) in ALL if "!" in ko + en or re.search(r"[가-힣]\((을|를|은|는|이|가|로|와|과)\)", ko)
    ] == []
