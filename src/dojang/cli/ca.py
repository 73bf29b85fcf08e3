"""`dojang ca init|request|issue|sign|show`: a certificate authority of one's own, kept in a folder.

The folder holds the intermediate that issues (`ca.pem`, `ca.key`), the root to hand out (`root.pem`), and in `root/`
the root's own key, which may be taken away and locked up: daily work doesn't need it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.cli import ca_ledger
from dojang.cli.arguments import Parser, add_common_options, add_language_option
from dojang.cli.certificates import Described, describe, draw_authority
from dojang.cli.failures import Exit, WrongUsage
from dojang.cli.keyfiles import new_password
from dojang.cli.language import Text
from dojang.cli.office import make_ledger, open_authority
from dojang.cli.terminal import Screen
from dojang.pki.authority import Authority
from dojang.pki.csr import create_csr, load_csr_file
from dojang.pki.folder import CERTIFICATE_FILE, KEY_FILE, write_file, write_private
from dojang.pki.keys import (
    ALGORITHMS,
    create_key,
    dump_certificates,
    dump_private_key,
    load_certificates_file,
)
from dojang.pki.pem import InputError
from dojang.pki.templates import DEVELOPMENT, PURPOSES

__all__ = ["register", "run"]

ROOT_FILE = "root.pem"
ROOT_FOLDER = "root"
ISSUED_FOLDER = "issued"


def register(parser: Parser) -> None:
    """One sub-command each for making an authority, asking it, issuing, signing and looking."""
    parser.epilog = _EPILOG.pick(parser.language)
    add_language_option(parser)
    actions = parser.add_subparsers(dest="action", required=True, metavar=_ACTION.pick(parser.language))
    for name, (summary, arguments, _) in _ACTIONS.items():
        text = summary.pick(parser.language)
        sub = actions.add_parser(name, help=text, description=text + ".", language=parser.language)
        arguments(sub)
        add_common_options(sub)


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    """Run the sub-command."""
    _, _, action = _ACTIONS[arguments.action]
    action(arguments, screen)
    return Exit.DONE


def _init_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_NEW_FOLDER)
    parser.option("--name", default="dojang", metavar="NAME", help=_NAME)
    parser.option("--algorithm", default="ecdsa-p256", choices=ALGORITHMS, metavar="KIND", help=_ALGORITHM)
    parser.option("--days", type=int, default=3650, metavar="N", help=_ROOT_DAYS)
    limits = parser.add_mutually_exclusive_group()
    parser.option("--permit", action="append", default=[], metavar="NAME", help=_PERMIT, group=limits)
    parser.option("--unlimited", action="store_true", help=_UNLIMITED, group=limits)
    parser.option("--store", metavar="URL", help=_STORE)
    parser.option("--base", default="", metavar="URL", help=_BASE)
    parser.option("--partitions", type=int, default=1, metavar="N", help=_PARTITIONS)
    parser.option("--encrypt", action="store_true", help=_ENCRYPT)
    parser.option("--force", action="store_true", help=_FORCE)


def _init(arguments: argparse.Namespace, screen: Screen) -> None:
    folder, force = Path(arguments.folder), arguments.force
    password = new_password(screen.language) if arguments.encrypt else None
    _check_free(folder, force)
    # In both certificates: Java does not look at the constraints of a root.
    permitted = () if arguments.unlimited else tuple(arguments.permit) or DEVELOPMENT
    kind, days = arguments.algorithm, max(1, arguments.days // 2)
    ledger = make_ledger(folder, arguments.store, arguments.base, arguments.partitions, force=force)
    root = Authority.create_root(
        f"{arguments.name} root", algorithm=kind, days=arguments.days, permitted=permitted, ledger=ledger
    )
    middle = root.create_intermediate(f"{arguments.name} intermediate", algorithm=kind, days=days, permitted=permitted)
    middle.save(folder, password, force=force)
    root.save(folder / ROOT_FOLDER, password, force=force)
    write_file(folder / ROOT_FILE, dump_certificates(root.certificate), force=force)
    ledger.close()
    if arguments.json:
        _print_json(screen, folder=str(folder), root=str(folder / ROOT_FILE), chain=_chain_json(middle.chain))
        return
    draw_authority(screen, [_der(certificate) for certificate in reversed(middle.chain)])
    screen.line()
    screen.say(_MADE, root=folder / ROOT_FILE, key=folder / ROOT_FOLDER / KEY_FILE)
    if permitted:
        screen.say(_LIMITED, names=", ".join(name for name in permitted if "@" not in name and ":" not in name))
    screen.say(_NEXT, folder=folder)


def _check_free(folder: Path, force: bool) -> None:
    """Before a ledger is touched: nothing is overwritten by accident."""
    if not force and ((folder / CERTIFICATE_FILE).exists() or (folder / KEY_FILE).exists()):
        raise InputError("an authority is already in {file}; nothing was overwritten", file=str(folder))


def _request_arguments(parser: Parser) -> None:
    parser.option("names", nargs="+", metavar="NAME", help=_NAMES)
    parser.option("--algorithm", default="ecdsa-p256", choices=ALGORITHMS, metavar="KIND", help=_ALGORITHM)
    parser.option("--out", metavar="PREFIX", help=_REQUEST_OUT)
    parser.option("--encrypt", action="store_true", help=_ENCRYPT)
    parser.option("--force", action="store_true", help=_FORCE)


def _request(arguments: argparse.Namespace, screen: Screen) -> None:
    prefix = arguments.out or _file_name(arguments.names[0])
    key = create_key(arguments.algorithm)
    csr = create_csr(key, arguments.names)
    password = new_password(screen.language) if arguments.encrypt else None
    request_file, key_file = Path(f"{prefix}.csr"), Path(f"{prefix}.key")
    write_private(key_file, dump_private_key(key, password), force=arguments.force)
    write_file(request_file, csr.public_bytes(Encoding.PEM), force=arguments.force)
    if arguments.json:
        _print_json(screen, request=str(request_file), key=str(key_file))
        return
    screen.say(_REQUESTED, request=request_file, key=key_file)


def _issue_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("names", nargs="+", metavar="NAME", help=_NAMES)
    parser.option("--purpose", choices=list(PURPOSES), default="server", help=_PURPOSE)
    parser.option("--algorithm", default="ecdsa-p256", choices=ALGORITHMS, metavar="KIND", help=_ALGORITHM)
    parser.option("--days", type=int, default=90, metavar="N", help=_DAYS)
    parser.option("--must-staple", action="store_true", help=_MUST_STAPLE)
    parser.option("--out", metavar="PREFIX", help=_ISSUE_OUT)
    parser.option("--force", action="store_true", help=_FORCE)


def _issue(arguments: argparse.Namespace, screen: Screen) -> None:
    with open_authority(Path(arguments.folder), screen) as authority:
        issued = authority.issue(
            arguments.names,
            purpose=arguments.purpose,
            algorithm=arguments.algorithm,
            days=arguments.days,
            must_staple=arguments.must_staple,
        )
    prefix = arguments.out or str(Path(arguments.folder) / ISSUED_FOLDER / _file_name(arguments.names[0]))
    chain_file, key_file = Path(f"{prefix}.pem"), Path(f"{prefix}.key")
    write_private(key_file, issued.key_pem, force=arguments.force)
    write_file(chain_file, issued.chain_pem, force=arguments.force)
    if arguments.json:
        _print_json(screen, certificate=str(chain_file), key=str(key_file), chain=_chain_json(issued.chain))
        return
    _show_leaf(screen, issued.chain)
    screen.say(_ISSUED, certificate=chain_file, key=key_file)


def _sign_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("request", metavar="REQUEST", help=_REQUEST)
    parser.option("--name", action="append", dest="names", metavar="NAME", help=_SIGN_NAMES)
    parser.option("--purpose", choices=list(PURPOSES), default="server", help=_PURPOSE)
    parser.option("--days", type=int, default=90, metavar="N", help=_DAYS)
    parser.option("--authority", metavar="NAME", help=_SIGN_AUTHORITY)
    parser.option("--out", metavar="FILE", help=_SIGN_OUT)
    parser.option("--force", action="store_true", help=_FORCE)


def _sign(arguments: argparse.Namespace, screen: Screen) -> None:
    csr = load_csr_file(arguments.request)
    with open_authority(Path(arguments.folder), screen) as authority:
        if arguments.authority:
            chain = authority.sign_authority(csr, arguments.authority, days=arguments.days)
        else:
            chain = authority.sign(csr, arguments.names, purpose=arguments.purpose, days=arguments.days)
    file = Path(arguments.out) if arguments.out else Path(arguments.request).with_suffix(".pem")
    write_file(file, dump_certificates(*chain), force=arguments.force)
    if arguments.json:
        _print_json(screen, certificate=str(file), chain=_chain_json(chain))
        return
    _show_leaf(screen, chain)
    screen.say(_SIGNED, certificate=file)


def _show_arguments(parser: Parser) -> None:
    parser.option("path", metavar="FOLDER|FILE", help=_SHOWN)


def _show(arguments: argparse.Namespace, screen: Screen) -> None:
    path = Path(arguments.path)
    file = path / CERTIFICATE_FILE if path.is_dir() else path
    if path.is_dir() and not file.exists():
        raise WrongUsage(_NO_AUTHORITY, folder=path)
    chain = load_certificates_file(file)
    if arguments.json:
        _print_json(screen, file=str(file), chain=_chain_json(chain))
        return
    for certificate in chain:
        _show_details(screen, describe(_der(certificate)))


def _show_leaf(screen: Screen, chain: Sequence[x509.Certificate]) -> None:
    _show_details(screen, describe(_der(chain[0])))


def _show_details(screen: Screen, certificate: Described) -> None:
    screen.line(screen.paint("bold", certificate.name))
    validity = f"{certificate.not_before:%Y-%m-%d} – {certificate.not_after:%Y-%m-%d}"
    rows = [
        (_ROW_NAMES, ", ".join(certificate.names)),
        (_ROW_SUBJECT, certificate.subject),
        (_ROW_ISSUER, certificate.issuer),
        (_ROW_KEY, certificate.key),
        (_ROW_VALIDITY, validity),
        (_ROW_ROLE, screen.pick(_AUTHORITY if certificate.is_ca else _END_ENTITY)),
        (_ROW_FINGERPRINT, certificate.sha256),
    ]
    screen.table([(screen.pick(label), value) for label, value in rows if value])
    screen.line()


def _file_name(name: str) -> str:
    """A name as a file's: a wildcard's star and what no file system likes are spelled out."""
    spelled = "".join(c if c.isalnum() or c in ".-_" else "_" for c in name.replace("*", "wildcard"))
    return spelled.lstrip(".") or "name"


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _chain_json(chain: Sequence[x509.Certificate]) -> list[dict[str, object]]:
    return [describe(_der(certificate)).to_json() for certificate in chain]


def _print_json(screen: Screen, **facts: object) -> None:
    print(json.dumps(facts, ensure_ascii=False, indent=2), file=screen.out)


_EPILOG = Text(
    ko="예: dojang ca init my-ca && dojang ca issue my-ca books.test",
    en="example: dojang ca init my-ca && dojang ca issue my-ca books.test",
)
_ACTION = Text(ko="할 일", en="ACTION")
_NEW_FOLDER = Text(ko="인증 기관을 만들 폴더", en="folder to make the authority in")
_CA_FOLDER = Text(ko="인증 기관의 폴더", en="the authority's folder")
_NAME = Text(ko="인증 기관의 이름 (기본값: dojang)", en="the authority's name (default: dojang)")
_ALGORITHM = Text(
    ko="키의 종류: {kinds} (기본값: ecdsa-p256)",
    en="kind of key: {kinds} (default: ecdsa-p256)",
).fill(kinds=", ".join(ALGORITHMS))
_ROOT_DAYS = Text(
    ko="루트가 유효한 날수. 중간 인증 기관은 그 절반 (기본값: 3650)",
    en="days the root is valid, the intermediate half of it (default: 3650)",
)
_DAYS = Text(ko="인증서가 유효한 날수 (기본값: 90)", en="days the certificate is valid (default: 90)")
_PERMIT = Text(
    ko="이 이름에만 발급할 수 있게 제한합니다: 도메인과 그 아래, 주소 범위, @메일 호스트 (여러 번 가능). "
    "기본값은 .test, .localhost와 사설 주소입니다",
    en="limit it to this name: a domain with all below it, a range of addresses, the mail of an @host (may be "
    "repeated); without it, .test, .localhost and private addresses",
)
_UNLIMITED = Text(
    ko="아무 이름에나 발급할 수 있게 합니다. 키를 도둑맞으면 모든 사이트를 사칭할 수 있습니다",
    en="let it issue for any name; whoever steals its key can then impersonate any site",
)
_STORE = Text(
    ko="장부를 둘 곳: postgresql://... (기본값: 폴더의 SQLite)",
    en="where to keep the ledger: postgresql://... (default: SQLite in the folder)",
)
_BASE = Text(
    ko="인증서에 적을 CRL·OCSP 주소, `dojang ca serve`가 제공합니다: http://ca.test:8080",
    en="address of lists and OCSP to write into certificates, which `dojang ca serve` answers: http://ca.test:8080",
)
_PARTITIONS = Text(ko="폐기 목록을 나눌 수 (기본값: 1)", en="lists to divide revocations among (default: 1)")
_MUST_STAPLE = Text(
    ko="OCSP 스테이플 없이는 믿지 말라고 인증서에 적습니다 (RFC 7633)",
    en="say in the certificate that it is not to be believed without an OCSP staple (RFC 7633)",
)
_SIGN_AUTHORITY = Text(
    ko="이 이름의 하위 인증 기관으로 발급합니다", en="make it an authority of this name below this one"
)
_LIMITED = Text(
    ko="이 인증 기관은 {names}에만 발급할 수 있습니다. 다른 이름은 --permit으로 정합니다.",
    en="It can issue for {names} only; --permit names others.",
)
_ENCRYPT = Text(
    ko="개인 키를 비밀번호로 잠급니다. 없으면 소유자만 읽을 수 있는 파일로 둡니다",
    en="lock private keys with a password; without it they are files that only their owner can read",
)
_FORCE = Text(ko="이미 있는 파일을 덮어씁니다", en="overwrite what is there")
_NAMES = Text(ko="이름, 와일드카드 또는 IP 주소", en="host name, wildcard or IP address")
_REQUEST_OUT = Text(
    ko="PREFIX.csr와 PREFIX.key로 씁니다 (기본값: 첫 이름)",
    en="write PREFIX.csr and PREFIX.key (default: the first name)",
)
_PURPOSE = Text(ko="쓰임새 (기본값: server)", en="what it is for (default: server)")
_ISSUE_OUT = Text(
    ko="PREFIX.pem과 PREFIX.key로 씁니다 (기본값: 인증 기관 폴더의 issued/이름)",
    en="write PREFIX.pem and PREFIX.key (default: issued/NAME in the authority's folder)",
)
_REQUEST = Text(ko="인증서 요청(CSR) 파일", en="the certificate signing request (CSR)")
_SIGN_NAMES = Text(
    ko="요청에 적힌 이름 대신 이 이름으로 발급합니다 (여러 번 가능)",
    en="issue for this name instead of those in the request (may be repeated)",
)
_SIGN_OUT = Text(
    ko="체인을 쓸 파일 (기본값: 요청 파일 옆의 .pem)",
    en="file for the chain (default: .pem beside the request)",
)
_SHOWN = Text(ko="인증 기관의 폴더 또는 인증서 파일", en="an authority's folder, or a file of certificates")
_MADE = Text(
    ko="이 인증 기관을 믿게 할 곳에는 {root} 파일을 주세요. 루트의 개인 키 {key:은/는} 평소에 쓰이지 않으니 "
    "따로 옮겨 두는 것이 좋습니다.",
    en="Give {root} to whoever shall trust this authority. The root's private key, {key}, is not needed from day "
    "to day and is better kept elsewhere.",
)
_NEXT = Text(
    ko="이제 발급할 수 있습니다: dojang ca issue {folder} books.test",
    en="Now it can issue: dojang ca issue {folder} books.test",
)
_REQUESTED = Text(
    ko="{request:을/를} 인증 기관에 보내세요. 개인 키 {key:은/는} 아무에게도 보내지 않습니다.",
    en="Send {request} to an authority. The private key, {key}, goes to nobody.",
)
_ISSUED = Text(
    ko="인증서 체인은 {certificate}, 개인 키는 {key}에 있습니다.",
    en="The chain is in {certificate}, the private key in {key}.",
)
_SIGNED = Text(ko="인증서 체인은 {certificate}에 있습니다.", en="The chain is in {certificate}.")
_NO_AUTHORITY = Text(
    ko="{folder} 폴더에는 인증 기관이 없습니다. `dojang ca init {folder}`로 만들 수 있습니다.",
    en="There is no authority in {folder}. `dojang ca init {folder}` makes one.",
)
_ROW_NAMES = Text(ko="이름", en="names")
_ROW_SUBJECT = Text(ko="주체", en="subject")
_ROW_ISSUER = Text(ko="발급자", en="issuer")
_ROW_KEY = Text(ko="키", en="key")
_ROW_VALIDITY = Text(ko="유효 기간", en="validity")
_ROW_ROLE = Text(ko="역할", en="role")
_ROW_FINGERPRINT = Text(ko="SHA-256 지문", en="SHA-256")
_AUTHORITY = Text(ko="인증 기관", en="authority")
_END_ENTITY = Text(ko="서버나 클라이언트", en="server or client")

_Arguments = Callable[[Parser], None]
_Action = Callable[[argparse.Namespace, Screen], None]

_ACTIONS: dict[str, tuple[Text, _Arguments, _Action]] = {
    "init": (
        Text(ko="루트와 중간 인증 기관을 만듭니다", en="make a root and an intermediate"),
        _init_arguments,
        _init,
    ),
    "request": (
        Text(ko="키를 만들고 인증서 요청(CSR)을 씁니다", en="make a key and write a signing request (CSR)"),
        _request_arguments,
        _request,
    ),
    "issue": (
        Text(ko="새 키와 그 인증서를 발급합니다", en="issue a new key and its certificate"),
        _issue_arguments,
        _issue,
    ),
    "sign": (
        Text(ko="CSR에 서명하여 인증서를 발급합니다", en="sign a CSR and issue its certificate"),
        _sign_arguments,
        _sign,
    ),
    "show": (
        Text(ko="인증 기관이나 인증서의 내용을 보여 줍니다", en="show an authority or certificates"),
        _show_arguments,
        _show,
    ),
    **ca_ledger.ACTIONS,
}
