"""The options that `connect` and `serve` share: versions, policies, and the old key exchange by its loud name."""

from __future__ import annotations

import argparse
from typing import Any

from dojang.cli.arguments import Parser
from dojang.cli.language import Text
from dojang.cli.terminal import Screen
from dojang.engine.policy import POLICIES
from dojang.wire.codes import Version

__all__ = ["add_protocol_options", "protocol_options", "warn_of_legacy"]


def add_protocol_options(parser: Parser) -> None:
    """--tls1.2, --tls1.3, --policy, --legacy-rsa."""
    versions = parser.add_mutually_exclusive_group()
    parser.option("--tls1.2", dest="tls12", action="store_true", help=_TLS12, group=versions)
    parser.option("--tls1.3", dest="tls13", action="store_true", help=_TLS13, group=versions)
    parser.option("--policy", choices=list(POLICIES), default="2026", help=_POLICY)
    parser.option("--legacy-rsa", action="store_true", help=_LEGACY)


def protocol_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What they set in a ClientConfig or ServerConfig."""
    options: dict[str, Any] = {"policy": arguments.policy, "legacy_key_exchange": arguments.legacy_rsa}
    if arguments.tls12 or arguments.tls13:
        options["versions"] = (Version.TLS12 if arguments.tls12 else Version.TLS13,)
    return options


def warn_of_legacy(screen: Screen) -> None:
    """What --legacy-rsa opens, said before anything happens."""
    screen.say(_DANGER, style="bad")
    screen.line()


_TLS12 = Text(ko="TLS 1.2만 씁니다", en="TLS 1.2 only")
_TLS13 = Text(ko="TLS 1.3만 씁니다", en="TLS 1.3 only")
_POLICY = Text(
    ko="버전, 암호 스위트, 그룹, 서명 방식의 이름 붙은 묶음 (기본값: 2026)",
    en="a named set of versions, suites, groups and signatures (default: 2026)",
)
_LEGACY = Text(
    ko="위험: TLS 1.2의 고정 RSA와 DHE 키 교환도 허용합니다. 고정 RSA에는 전방향 안전성이 없습니다",
    en="danger: also allow TLS 1.2's static RSA and DHE; static RSA has no forward secrecy",
)
_DANGER = Text(
    ko="주의: --legacy-rsa로 오래된 키 교환을 허용했습니다. 고정 RSA를 쓰게 되면 서버의 개인 키를 얻은 사람이 "
    "녹화해 둔 통신을 나중에라도 모두 읽을 수 있습니다. 배우거나 오래된 상대를 시험할 때만 쓰세요.",
    en="Careful: --legacy-rsa allows key exchanges of old. Where static RSA is used, whoever gets the server's private "
    "key can read every recording, even years later. It is for learning and for trying old peers, nothing else.",
)
