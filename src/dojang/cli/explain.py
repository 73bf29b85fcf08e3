"""`dojang explain FILE`: a capture explained: the ladder, each message to its bytes, the key schedule, what was proved.

Reading is the capture floor's work; here the command line is read and a face chosen: terminal, JSON, or one HTML file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dojang.capture.conversation import conversations
from dojang.capture.explain.prose import Prose
from dojang.capture.explain.record import Record, explain
from dojang.capture.pcap import CaptureFile
from dojang.capture.secrets import Secrets
from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.explained import draw_keys, draw_record, draw_step, one_line
from dojang.cli.failures import Exit, Failed, WrongUsage
from dojang.cli.keyfiles import password_for
from dojang.cli.language import Language, Text
from dojang.cli.sentences import sentence
from dojang.cli.terminal import Screen
from dojang.errors import TlsError
from dojang.pki.keys import load_private_key_file

__all__ = ["register", "run", "say_both"]

LARGE = 20_000_000  # bytes from which on a progress bar is worth its line
MOST_ON_A_PAGE = 30


def register(parser: Parser) -> None:
    """The command's arguments."""
    parser.epilog = _EPILOG.pick(parser.language)
    parser.option("file", metavar="FILE", help=_FILE)
    parser.option("--keylog", action="append", default=[], metavar="FILE", help=_KEYLOG)
    parser.option("--rsa-key", action="append", default=[], metavar="FILE", help=_RSA_KEY)
    parser.option("--psk", action="append", default=[], metavar="HEX", help=_PSK)
    parser.option("--conversation", type=int, metavar="N", help=_CONVERSATION)
    parser.option("--message", type=int, metavar="N", help=_MESSAGE)
    parser.option("--bytes", action="store_true", help=_BYTES)
    parser.option("--keys", action="store_true", help=_KEYS)
    parser.option("--html", metavar="FILE", help=_HTML)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Read, explain, show. Raises WrongUsage for files that can't be used, CaptureError for one that is no capture."""
    _check_reader()
    capture = CaptureFile(arguments.file)
    secrets = _secrets(arguments, screen.language)
    records = _records(capture, secrets, arguments.conversation)
    if arguments.html:
        _write_page(arguments, screen, capture, records)
    elif arguments.json:
        _print_json(arguments, screen, capture, records)
    elif arguments.message is not None or arguments.conversation is not None:
        _show_one(arguments, screen, records)
    else:
        _show_all(arguments, screen, records)
    if capture.broken is not None and not arguments.json:
        screen.line()
        screen.say(sentence(capture.broken, screen.language), style="bad")
    return Exit.DONE


def say_both(error: TlsError) -> Prose:
    """An error's sentence in both languages."""
    return Prose(sentence(error, Language.KO), sentence(error, Language.EN))


def _records(capture: CaptureFile, secrets: Secrets, wanted: int | None) -> Iterator[Record]:
    progress = _progress(capture) if capture.size > LARGE and sys.stderr.isatty() else None
    for conversation in conversations(capture, secrets, progress=progress):
        if wanted in (None, conversation.number):
            yield explain(conversation, say_both)
    if progress is not None:
        print("\r" + " " * 60, end="\r", file=sys.stderr)


def _progress(capture: CaptureFile) -> Callable[[], None]:
    def show() -> None:
        part = min(1.0, capture.position / max(1, capture.size))
        bar = ("=" * int(part * 40)).ljust(40)
        print(f"\r[{bar}] {part:4.0%}", end="", file=sys.stderr, flush=True)

    return show


def _secrets(arguments: argparse.Namespace, language: Language) -> Secrets:
    secrets = Secrets()
    for path in arguments.keylog:
        if not secrets.add_keylog(Path(path).read_bytes()):
            raise WrongUsage(_EMPTY_LOG, name=path)
    for path in arguments.rsa_key:
        secrets.add_rsa_key(load_private_key_file(path, password_for(Path(path), language)))
    for text in arguments.psk:
        try:
            secrets.add_psk(bytes.fromhex(text))
        except ValueError:
            raise WrongUsage(_NOT_HEX) from None
    return secrets


def _show_all(arguments: argparse.Namespace, screen: Screen, records: Iterator[Record]) -> None:
    """The one conversation in full, or a line for each of many."""
    first, second = next(records, None), next(records, None)
    if first is None:
        raise Failed(_NOTHING)
    if second is None:
        _show(arguments, screen, first)
        return
    for record in (first, second):
        one_line(screen, record)
    for record in records:
        one_line(screen, record)
    screen.line()
    screen.say(_CHOOSE, number=first.conversation.number)


def _show_one(arguments: argparse.Namespace, screen: Screen, records: Iterator[Record]) -> None:
    record = next(records, None)
    if record is None:
        raise Failed(_NOTHING)
    if arguments.message is None:
        _show(arguments, screen, record)
        return
    steps = {step.number: step for step in record.steps}
    if arguments.message not in steps:
        raise WrongUsage(_NO_MESSAGE, number=arguments.message, last=len(steps))
    draw_step(screen, steps[arguments.message], with_bytes=arguments.bytes)
    if arguments.keys:
        draw_keys(screen, record)


def _show(arguments: argparse.Namespace, screen: Screen, record: Record) -> None:
    draw_record(screen, record)
    if arguments.bytes:
        for step in record.steps:
            draw_step(screen, step, with_bytes=True)
    if arguments.keys:
        draw_keys(screen, record)


def _print_json(arguments: argparse.Namespace, screen: Screen, capture: CaptureFile, records: Iterator[Record]) -> None:
    """Written conversation by conversation, for a capture may hold thousands."""
    out, between = screen.out, ""
    out.write(f'{{"schema": 1, "file": {json.dumps(capture.path.name)}, "conversations": [')
    for record in records:
        out.write(f"{between}\n{json.dumps(record_json(record, keys=arguments.keys), ensure_ascii=False)}")
        between = ","
    broken = say_both(capture.broken).to_json() if capture.broken is not None else None
    out.write(f'\n], "broken": {json.dumps(broken, ensure_ascii=False)}}}\n')


def record_json(record: Record, *, keys: bool) -> dict[str, Any]:
    """The record, without the values of secrets unless they were asked for."""
    found = record.to_json()
    if not keys:
        found["keys"] = [_without_value(node) for node in found["keys"]]
    return found


def _without_value(node: dict[str, Any]) -> dict[str, Any]:
    return {**node, "value": None, "children": [_without_value(child) for child in node["children"]]}


def _write_page(arguments: argparse.Namespace, screen: Screen, capture: CaptureFile, records: Iterator[Record]) -> None:
    from dojang.web.explain import page

    told = []
    for record in records:
        told.append(record_json(record, keys=arguments.keys))
        if len(told) == MOST_ON_A_PAGE:
            break
    if not told:
        raise Failed(_NOTHING)
    target = Path(arguments.html)
    target.write_text(page(capture.path.name, told, screen.language.value), encoding="utf-8")
    screen.say(_WRITTEN, name=target.name, count=len(told))


def _check_reader() -> None:
    try:
        import dpkt  # noqa: F401
    except ImportError:
        raise WrongUsage(_NO_READER) from None


_EPILOG = Text(
    ko="예: dojang explain capture.pcapng --keylog keys.log --message 3 --bytes",
    en="example: dojang explain capture.pcapng --keylog keys.log --message 3 --bytes",
)
_FILE = Text(ko="캡처 파일 (pcap, pcapng, gzip으로 압축한 것도 됨)", en="the capture: pcap or pcapng, also inside gzip")
_KEYLOG = Text(
    ko="연결할 때 적어 둔 키 로그 (RFC 9850, SSLKEYLOGFILE)",
    en="a key log written at the time (RFC 9850, SSLKEYLOGFILE)",
)
_RSA_KEY = Text(
    ko="서버의 RSA 개인 키. 고정 RSA 키 교환을 쓴 연결만 열 수 있습니다",
    en="the server's RSA private key; opens static RSA key exchange only",
)
_PSK = Text(ko="사전 공유 키 (16진수)", en="a pre-shared key, in hexadecimal")
_CONVERSATION = Text(ko="N번째 대화만 봅니다", en="only conversation N")
_MESSAGE = Text(ko="N번째 메시지를 칸마다 풀어 봅니다", en="open message N, field by field")
_BYTES = Text(ko="뜻 옆에 바이트를 함께 보입니다", en="bytes beside their meaning")
_KEYS = Text(ko="키 스케줄과 그 값을 보입니다", en="the key schedule with its values")
_HTML = Text(ko="혼자서 열리는 HTML 파일 하나로 씁니다", en="write one self-contained HTML file")
_EMPTY_LOG = Text(ko="{name}에는 키 로그 줄이 없습니다.", en="{name} has no lines of a key log.")
_NOT_HEX = Text(ko="사전 공유 키는 16진수여야 합니다.", en="A pre-shared key has to be hexadecimal.")
_NOTHING = Text(ko="이 캡처에는 TLS 대화가 없습니다.", en="There is no TLS conversation in this capture.")
_NO_MESSAGE = Text(
    ko="{number}번 메시지가 없습니다. 마지막은 {last}번입니다.",
    en="There is no message {number}; the last one is {last}.",
)
_CHOOSE = Text(
    ko="하나를 자세히 보려면 --conversation {number}처럼 번호를 주세요.",
    en="For one of them in full: --conversation {number}",
)
_WRITTEN = Text(ko="{name}에 대화 {count}개를 썼습니다.", en="Wrote {name}; conversations in it: {count}.")
_NO_READER = Text(
    ko='캡처를 읽는 라이브러리가 없습니다. pip install "dojang[capture]"로 설치하세요.',
    en='The library that reads captures is missing: pip install "dojang[capture]"',
)
