"""`dojang trust install|uninstall|list`: a root in the stores of the system, NSS and Java, and out of them again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256

from dojang.cli.arguments import Parser, add_common_options, add_language_option
from dojang.cli.failures import Exit
from dojang.cli.language import Text
from dojang.cli.sentences import sentence
from dojang.cli.terminal import Screen
from dojang.pki.keys import load_certificates_file
from dojang.pki.trust.java import JavaStore
from dojang.pki.trust.nss import NssStore
from dojang.pki.trust.record import Journal, default_journal
from dojang.pki.trust.stores import Outcome, Store, install, uninstall
from dojang.pki.trust.system import SystemStore

__all__ = ["register", "run"]

_STORES = ("system", "nss", "java")


def register(parser: Parser) -> None:
    """install, uninstall, list."""
    add_language_option(parser)
    actions = parser.add_subparsers(dest="action", required=True, metavar=_ACTION.pick(parser.language))
    for name, summary in _SUMMARIES.items():
        text = summary.pick(parser.language)
        sub = actions.add_parser(name, help=text, description=text + ".", language=parser.language)
        if name != "list":
            sub.option("ca", metavar="FILE|FOLDER", nargs="?" if name == "uninstall" else None, help=_CA)
        sub.option("--store", action="append", choices=_STORES, help=_STORE)
        sub.option("--home", metavar="FOLDER", help=_HOME)
        sub.option("--keystore", metavar="FILE", help=_KEYSTORE)
        sub.option("--root", default="/", metavar="FOLDER", help=_ROOT)
        sub.option("--journal", metavar="FILE", help=_JOURNAL)
        add_common_options(sub)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Exit code 1 where any place failed."""
    journal = Journal(arguments.journal) if arguments.journal else default_journal()
    if arguments.action == "list":
        _list(arguments, screen, journal)
        return Exit.DONE
    stores = _chosen(arguments)
    if arguments.action == "install":
        outcomes = install(load_certificates_file(_file(arguments.ca))[0], stores, journal)
    else:
        outcomes = uninstall(_fingerprint(arguments.ca) if arguments.ca else None, stores, journal)
    _show(arguments, screen, outcomes)
    return Exit.FAILED if any(outcome.result == "failed" for outcome in outcomes) else Exit.DONE


def _chosen(arguments: argparse.Namespace) -> list[Store]:
    made: dict[str, Store] = {
        "system": SystemStore(arguments.root),
        "nss": NssStore(arguments.home),
        "java": JavaStore(arguments.keystore),
    }
    return [made[name] for name in arguments.store or _STORES]


def _list(arguments: argparse.Namespace, screen: Screen, journal: Journal) -> None:
    changes = journal.changes()
    if arguments.json:
        rows = [{"store": c.store, "place": c.place, "name": c.name, "sha256": c.fingerprint} for c in changes]
        print(json.dumps({"installed": rows}, ensure_ascii=False, indent=2), file=screen.out)
    elif changes:
        screen.table([(change.store, change.place, change.name) for change in changes])
    else:
        screen.say(_NOTHING)


def _show(arguments: argparse.Namespace, screen: Screen, outcomes: list[Outcome]) -> None:
    if arguments.json:
        rows = [
            {"store": o.store, "place": o.place, "result": o.result, "error": str(o.error) if o.error else None}
            for o in outcomes
        ]
        print(json.dumps({"outcomes": rows}, ensure_ascii=False, indent=2), file=screen.out)
        return
    for outcome in outcomes:
        failed = outcome.result == "failed"
        said = screen.pick(_RESULTS[outcome.result], place=outcome.place)
        if outcome.error is not None:
            said += f" ({sentence(outcome.error, screen.language)})"
        screen.mark("✗" if failed else "✓", f"{outcome.store}: {said}", style="bad" if failed else "good")
    if not outcomes:
        screen.say(_NOWHERE)


def _file(name: str) -> Path:
    """An authority's folder stands for its root."""
    path = Path(name)
    return path / "root.pem" if path.is_dir() else path


def _fingerprint(name: str) -> str:
    return load_certificates_file(_file(name))[0].fingerprint(SHA256()).hex()


_ACTION = Text(ko="할 일", en="ACTION")
_SUMMARIES = {
    "install": Text(ko="루트를 믿게 합니다", en="have a root trusted"),
    "uninstall": Text(ko="더한 루트를 정확히 되돌립니다", en="take back exactly what was added"),
    "list": Text(ko="무엇을 더했는지 보여 줍니다", en="show what was added"),
}
_CA = Text(
    ko="루트 인증서 파일이나 인증 기관의 폴더. uninstall에서 빼면 더한 것을 모두 되돌립니다",
    en="the root's file or an authority's folder; uninstall without it takes back everything",
)
_STORE = Text(
    ko="이 저장소만 (여러 번 가능, 기본값: 모두)", en="this kind of store only (may be repeated; default: all)"
)
_HOME = Text(ko="NSS 데이터베이스를 찾을 홈 폴더", en="home folder to look for NSS databases in")
_KEYSTORE = Text(ko="cacerts 대신 쓸 Java 키 저장소", en="a Java keystore instead of cacerts")
_ROOT = Text(
    ko="시스템 저장소가 있는 파일 시스템의 시작 (기본값: /)", en="where the system's file tree begins (default: /)"
)
_JOURNAL = Text(ko="무엇을 바꾸었는지 적는 파일", en="file that records what was changed")
_NOTHING = Text(ko="더한 루트가 없습니다.", en="No root was added.")
_NOWHERE = Text(ko="해당하는 저장소가 없습니다.", en="There is no store to change.")
_RESULTS = {
    "installed": Text(ko="{place}에 더했습니다", en="added to {place}"),
    "present": Text(ko="{place}에 이미 있습니다", en="is in {place} already"),
    "removed": Text(ko="{place}에서 되돌렸습니다", en="taken back from {place}"),
    "failed": Text(ko="{place:을/를} 바꾸지 못했습니다", en="{place} could not be changed"),
}
