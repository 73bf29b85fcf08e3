"""Every sentence that an error can say has its Korean, found by reading the source, with the same placeholders."""

from __future__ import annotations

import ast
import inspect
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import dojang.pki.verify  # noqa: F401  imports every module that has rules
from dojang import errors
from dojang.cli.korean import SENTENCES
from dojang.cli.language import Language
from dojang.cli.sentences import clause_in, sentence, sentence_of
from dojang.errors import AlertReceived, DecodeError, PeerMisbehaved, TlsError
from dojang.pki.rule import RULES
from dojang.wire.codes import Alert, NamedGroup

SOURCE = Path(__file__).parents[2] / "src" / "dojang"


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(SOURCE.rglob("*.py")):
        if "cli" not in file.relative_to(SOURCE).parts:
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def family() -> dict[str, int]:
    """Class name to the position of `template` among its arguments, for TlsError and all that derive from it."""
    known = {"TlsError": 1}
    definitions = [n for _, tree in trees() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    while True:
        fresh = {
            node.name: template_position(node, known)
            for node in definitions
            if node.name not in known and base_in(node, known)
        }
        if not fresh:
            return known
        known |= fresh


def base_in(node: ast.ClassDef, known: dict[str, int]) -> str | None:
    return next((base.id for base in node.bases if isinstance(base, ast.Name) and base.id in known), None)


def template_position(node: ast.ClassDef, known: dict[str, int]) -> int:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            names = [argument.arg for argument in item.args.args[1:]]
            return names.index("template") if "template" in names else -1
    return known[str(base_in(node, known))]


def templates() -> Iterator[tuple[str, str | None]]:
    """(place, template) for each error made in the source; None where the template is not written out there."""
    known = family()
    for file, tree in trees():
        for scope in ast.walk(tree):
            if isinstance(scope, ast.ClassDef) and scope.name in known:
                yield from super_calls(file, scope, known)
            if isinstance(scope, ast.Call) and isinstance(scope.func, ast.Name) and known.get(scope.func.id, -1) >= 0:
                yield from template_of(file, scope, known[scope.func.id])


def super_calls(file: Path, scope: ast.ClassDef, known: dict[str, int]) -> Iterator[tuple[str, str | None]]:
    """A class that has a sentence of its own hands it to super().__init__."""
    base = base_in(scope, known)
    if base is None or known[scope.name] >= 0:
        return
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            yield from template_of(file, node, known[base])


def template_of(file: Path, call: ast.Call, position: int) -> Iterator[tuple[str, str | None]]:
    place = f"{file.relative_to(SOURCE)}:{call.lineno}"
    named = [keyword.value for keyword in call.keywords if keyword.arg == "template"]
    if len(call.args) <= position and not named:
        return
    for value in written_out(named[0] if named else call.args[position]):
        yield place, value


def written_out(node: ast.expr) -> Iterator[str | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from written_out(node.body)
        yield from written_out(node.orelse)
    elif not (isinstance(node, ast.Attribute) and node.attr == "template"):  # another error's, handed on
        yield None


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_the_family_is_the_one_of_errors() -> None:
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, TlsError)}
    assert classes <= set(family())


def test_every_sentence_has_its_korean() -> None:
    missing = sorted({f"{place}: {template}" for place, template in templates() if template not in SENTENCES})
    assert missing == []


def test_no_korean_without_its_sentence() -> None:
    assert sorted(set(SENTENCES) - {template for _, template in all_templates()}) == []


def all_templates() -> Iterator[tuple[str, str | None]]:
    yield from templates()
    yield from pki_rules()


def pki_rules() -> Iterator[tuple[str, str]]:
    for rule in RULES.values():
        yield rule.code, rule.template
        yield rule.code, rule.remedy


def test_korean_and_english_fill_the_same_placeholders() -> None:
    assert {en: ko for en, ko in SENTENCES.items() if placeholders(en) != placeholders(ko)} == {}


def test_the_clause_follows_in_parentheses() -> None:
    error = PeerMisbehaved(Alert.ILLEGAL_PARAMETER, "{what} is wrong", "RFC 9846 section 4.2.2", what="random")
    assert sentence(error, Language.EN) == "random is wrong (RFC 9846 section 4.2.2)"


@pytest.mark.parametrize(
    ("clause", "korean"),
    [
        ("RFC 9846 section 4.2.2", "RFC 9846 4.2.2절"),
        ("RFC 5280 section 6.1.3 (a)(1)", "RFC 5280 6.1.3절 (a)(1)"),
        ("RFC 9846 sections 4.4 and 4.5", "RFC 9846 4.4·4.5절"),
        ("RFC 9846 sections 4.4 to 4.7", "RFC 9846 4.4–4.7절"),
        ("RFC 9846 appendix D.4", "RFC 9846 부록 D.4"),
        ("RFC 8701", "RFC 8701"),
    ],
)
def test_a_clause_reads_as_korean_does(clause: str, korean: str) -> None:
    assert clause_in(clause, Language.KO) == korean
    assert clause_in(clause, Language.EN) == clause


def test_values_from_a_peer_can_t_steer_the_terminal() -> None:
    said = sentence_of("the name {name}", {"name": "a\x1b]0;b\x07"}, Language.EN)
    assert said == "the name a\\x1b]0;b\\x07"


def test_codes_are_shown_by_their_label_and_bytes_in_hexadecimal() -> None:
    both = (NamedGroup.X25519, NamedGroup.X448)
    details: dict[str, object] = {"group": both[0], "groups": both, "raw": b"\xab"}
    assert sentence_of("{group} {groups} {raw}", details, Language.EN) == "x25519 x25519, x448 ab"


def test_an_alert_says_who_sent_it_in_both_languages() -> None:
    error = AlertReceived(Alert.HANDSHAKE_FAILURE, "server")
    assert sentence(error, Language.EN).startswith("the server sent the alert handshake_failure")
    assert sentence(error, Language.KO).startswith("서버가 handshake_failure 경보를 보냈습니다")


def test_a_fault_in_a_file_begins_with_file_and_line() -> None:
    error = DecodeError("nothing is in it", file="ca.pem", line=3)
    assert sentence(error, Language.EN) == "ca.pem:3: nothing is in it"
