"""`dojang verify FILE...`: judges a chain of files and says why, as a tree, as JSON, or for each client's own rules.

Nothing is fetched unless that is asked for.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from dojang.cli.arguments import Parser, add_common_options
from dojang.cli.failures import Exit, WrongUsage
from dojang.cli.language import Text
from dojang.cli.reports import draw_report, say_lint
from dojang.cli.terminal import Screen
from dojang.pki.keys import load_certificates_file
from dojang.pki.pem import pem_blocks, read_file
from dojang.pki.profiles import PROFILES, STANDARD, Purpose
from dojang.pki.report import Report
from dojang.pki.revocation import Policy, Revocation
from dojang.pki.sct import LogList, Transparency
from dojang.pki.store import TrustStore
from dojang.pki.verify import verify

__all__ = ["register", "run"]

PURPOSES = {
    "server": Purpose.SERVER,
    "client": Purpose.CLIENT,
    "email": Purpose.EMAIL,
    "code": Purpose.CODE_SIGNING,
    "any": Purpose.ANY,
}


def register(parser: Parser) -> None:
    """The command's arguments."""
    parser.epilog = _EPILOG.pick(parser.language)
    parser.option("files", nargs="+", metavar="FILE", help=_FILES)
    parser.option("--host", metavar="NAME", help=_HOST)
    parser.option("--ca", action="append", metavar="FILE|FOLDER", help=_CA)
    parser.option("--at", metavar="TIME", help=_AT)
    parser.option("--profile", choices=list(PROFILES), default=STANDARD.name, metavar="PROFILE", help=_PROFILE)
    parser.option("--purpose", choices=list(PURPOSES), default="server", help=_PURPOSE)
    parser.option("--lint", action="store_true", help=_LINT)
    parser.option("--crl", action="append", default=[], metavar="FILE", help=_CRL)
    parser.option("--ocsp", action="append", default=[], metavar="FILE", help=_OCSP)
    parser.option("--revocation", choices=[policy.value for policy in Policy], metavar="POLICY", help=_POLICY)
    parser.option("--online", action="store_true", help=_ONLINE)
    parser.option("--private", action="store_true", help=_PRIVATE)
    parser.option("--fetch-issuers", action="store_true", help=_ISSUERS)
    parser.option("--logs", metavar="FILE", help=_LOGS)
    add_common_options(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Judge and show; exit code 0 where the chain holds, 1 where it does not."""
    chain = [certificate for file in arguments.files for certificate in load_certificates_file(file)]
    ders = [certificate.public_bytes(Encoding.DER) for certificate in chain]
    report = _judged(arguments, ders, arguments.profile)
    lints = {name: _judged(arguments, ders, name) for name in PROFILES} if arguments.lint else {}
    if arguments.json:
        facts = report.as_json()
        if lints:
            facts["lint"] = {name: found.as_json()["failures"] for name, found in lints.items()}
        print(json.dumps(facts, ensure_ascii=False, indent=2), file=screen.out)
    else:
        draw_report(screen, report)
        if lints:
            say_lint(screen, lints)
    return Exit.DONE if report.ok else Exit.FAILED


def _judged(arguments: argparse.Namespace, ders: list[bytes], profile: str) -> Report:
    from dojang.net.fetch import HttpFetch, default_cache
    from dojang.pki.fetching import IssuerSource, OnlineSource

    fetch = HttpFetch(allow_private=arguments.private)
    policy = arguments.revocation or ("prefer" if arguments.crl or arguments.ocsp or arguments.online else "off")
    revocation = Revocation(
        crls=tuple(_der_of(file) for file in arguments.crl),
        policy=Policy(policy),
        responses=tuple(_der_of(file) for file in arguments.ocsp),
        source=OnlineSource(fetch, default_cache()) if arguments.online else None,
    )
    return verify(
        ders,
        _store(arguments.ca),
        name=arguments.host,
        purpose=PURPOSES[arguments.purpose],
        at=_moment(arguments.at),
        profile=PROFILES[profile],
        revocation=revocation,
        transparency=Transparency(LogList.from_json(read_file(arguments.logs))) if arguments.logs else None,
        issuers=IssuerSource(fetch, default_cache()) if arguments.fetch_issuers else None,
    )


def _store(names: list[str] | None) -> TrustStore:
    """All of them together; the system's where none is named. A folder with `cert9.db` is an NSS database."""
    if not names:
        return TrustStore.system()
    stores = [_one_store(name) for name in names]
    return TrustStore(
        (anchor for store in stores for anchor in store.anchors),
        {anchor: limits for store in reversed(stores) for anchor, limits in store.limits.items()},
    )


def _one_store(name: str) -> TrustStore:
    path = Path(name)
    if name in ("system", "certifi") and not path.exists():
        return TrustStore.system() if name == "system" else TrustStore.certifi()
    if (path / "root.pem").is_file() and (path / "ca.pem").is_file():
        return TrustStore.from_file(path / "root.pem")
    if (path / "cert9.db").is_file():
        return TrustStore.from_nss(path)
    return TrustStore.from_folder(path) if path.is_dir() else TrustStore.from_file(path)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(_NO_TIME, text=text) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _der_of(file: str) -> bytes:
    """What is in a file of DER or of one PEM block."""
    data = read_file(file)
    return next(pem_blocks(data, file)).data if b"-----BEGIN " in data else data


_EPILOG = Text(
    ko="예: dojang verify chain.pem --host books.test --ca my-ca/root.pem --lint",
    en="example: dojang verify chain.pem --host books.test --ca my-ca/root.pem --lint",
)
_FILES = Text(
    ko="인증서 파일. 첫 인증서가 확인할 대상이고 나머지는 순서가 없습니다",
    en="files of certificates: the first is the one to judge, the others in any order",
)
_HOST = Text(ko="인증서가 이 이름이나 주소의 것이어야 합니다", en="the name or address it must be for")
_CA = Text(
    ko="믿을 루트: 파일, 폴더, NSS 데이터베이스, system, certifi (여러 번 가능, 기본값: system)",
    en="the roots to trust: a file, a folder, an NSS database, system or certifi (may be repeated; default: system)",
)
_AT = Text(
    ko="이 시각을 기준으로 확인합니다 (예: 2026-11-21, 없으면 지금)",
    en="judge as of this time, 2026-11-21 (default: now)",
)
_PROFILE = Text(ko="적용할 규칙: {names} (기본값: standard)", en="rules to judge by: {names} (default: standard)").fill(
    names=", ".join(PROFILES)
)
_PURPOSE = Text(ko="쓰임새 (기본값: server)", en="what it is wanted for (default: server)")
_LINT = Text(
    ko="모든 규칙 묶음과 클라이언트별로 결과를 보여 줍니다",
    en="say for each profile and client whether it would be accepted",
)
_CRL = Text(ko="폐기 목록 파일 (여러 번 가능)", en="a revocation list (may be repeated)")
_OCSP = Text(ko="OCSP 응답 파일 (여러 번 가능)", en="an OCSP response (may be repeated)")
_POLICY = Text(
    ko="폐기 확인: off, prefer(모르면 통과하되 알림), require(모르면 거부)",
    en="revocation: off, prefer (unknown passes, and is said) or require (unknown fails)",
)
_ONLINE = Text(
    ko="인증서에 적힌 OCSP와 CRL 주소에 물어봅니다", en="ask the OCSP responders and fetch the lists it names"
)
_PRIVATE = Text(ko="내부 네트워크 주소에도 물어봅니다", en="ask addresses of private networks too")
_ISSUERS = Text(ko="빠진 중간 인증서를 받아 옵니다 (AIA)", en="fetch intermediates that are missing (AIA)")
_LOGS = Text(
    ko="인증서 로그 목록(log_list.json). 타임스탬프를 확인합니다",
    en="list of certificate logs (log_list.json): check timestamps",
)
_NO_TIME = Text(
    ko="{text:은/는} 시각이 아닙니다. 2026-11-21이나 2026-11-21T12:00:00Z처럼 적어 주세요.",
    en="{text} is no time; write 2026-11-21 or 2026-11-21T12:00:00Z.",
)
