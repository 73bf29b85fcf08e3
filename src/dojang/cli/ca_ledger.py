"""`dojang ca revoke|crl|renew|rekey|cross|list|log|export|serve`: what an authority does after it has issued."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.cli.arguments import Parser
from dojang.cli.failures import Failed, WrongUsage
from dojang.cli.keyfiles import new_password, password_for
from dojang.cli.language import Text
from dojang.cli.office import open_authority, open_ledger
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise
from dojang.pki.authority import Authority, Issued
from dojang.pki.certificate import parse_certificate
from dojang.pki.crl import REASONS, parse_crl
from dojang.pki.folder import CERTIFICATE_FILE, write_file, write_private
from dojang.pki.keys import (
    ALGORITHMS,
    create_key,
    dump_certificates,
    dump_private_key,
    load_certificates_file,
    load_private_key_file,
)
from dojang.pki.pkcs12 import dump_pkcs12
from dojang.pki.publishing import publish_list, revoke

__all__ = ["ACTIONS"]


def _revoke_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("certificate", metavar="FILE|SERIAL", help=_WHICH)
    parser.option("--reason", default="unspecified", choices=sorted(REASONS.values()), metavar="REASON", help=_REASON)


def _revoke(arguments: argparse.Namespace, screen: Screen) -> None:
    with open_authority(Path(arguments.folder), screen) as authority:
        record = revoke(authority, _serial_of(arguments.certificate), arguments.reason)
    if arguments.json:
        _print(screen, serial=f"{record.serial:x}", state=record.state, reason=REASONS[record.reason])
        return
    screen.say(_REVOKED if record.state == "revoked" else _LIFTED, serial=f"{record.serial:x}")


def _list_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("--out", metavar="FILE", help=_LIST_OUT)
    parser.option("--days", type=float, default=7, metavar="N", help=_LIST_DAYS)
    parser.option("--delta", action="store_true", help=_DELTA)
    parser.option("--partition", type=int, default=0, metavar="N", help=_PARTITION)
    parser.option("--force", action="store_true", help=_FORCE)


def _publish(arguments: argparse.Namespace, screen: Screen) -> None:
    folder = Path(arguments.folder)
    with open_authority(folder, screen) as authority:
        data = publish_list(authority, partition=arguments.partition, days=arguments.days, delta=arguments.delta)
    file = Path(arguments.out) if arguments.out else folder / ("ca-delta.crl" if arguments.delta else "ca.crl")
    write_file(file, data, force=arguments.force or arguments.out is None)
    crl = parse_crl(data)
    if arguments.json:
        _print(screen, file=str(file), number=crl.number, base=crl.base, revoked=[f"{s:x}" for s in crl.serials])
        return
    screen.say(_PUBLISHED, file=file, number=crl.number, count=len(crl.serials))


def _renew_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("certificate", metavar="FILE", help=_RENEWED)
    parser.option("--days", type=int, default=90, metavar="N", help=_DAYS)
    parser.option("--out", metavar="FILE", help=_OUT)
    parser.option("--force", action="store_true", help=_FORCE)


def _renew(arguments: argparse.Namespace, screen: Screen) -> None:
    old = load_certificates_file(arguments.certificate)[0]
    with open_authority(Path(arguments.folder), screen) as authority:
        chain = authority.renew(old, days=arguments.days)
    _write_chain(arguments, screen, chain, Path(arguments.certificate))


def _rekey_arguments(parser: Parser) -> None:
    _renew_arguments(parser)
    parser.option("--algorithm", default="ecdsa-p256", choices=ALGORITHMS, metavar="KIND", help=_ALGORITHM)


def _rekey(arguments: argparse.Namespace, screen: Screen) -> None:
    old = load_certificates_file(arguments.certificate)[0]
    key = create_key(arguments.algorithm)
    with open_authority(Path(arguments.folder), screen) as authority:
        chain = authority.rekey(old, key.public_key(), days=arguments.days)
    file = Path(arguments.out) if arguments.out else Path(arguments.certificate)
    write_private(file.with_suffix(".key"), dump_private_key(key), force=arguments.force)
    _write_chain(arguments, screen, chain, file)


def _cross_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("certificate", metavar="FILE", help=_CROSSED)
    parser.option("--days", type=int, default=1825, metavar="N", help=_DAYS)
    parser.option("--out", required=True, metavar="FILE", help=_OUT)
    parser.option("--force", action="store_true", help=_FORCE)


def _cross(arguments: argparse.Namespace, screen: Screen) -> None:
    other = load_certificates_file(arguments.certificate)[0]
    with open_authority(Path(arguments.folder), screen) as authority:
        cross = authority.cross_sign(other, days=arguments.days)
    _write_chain(arguments, screen, (cross,), Path(arguments.out))


def _records_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)


def _records(arguments: argparse.Namespace, screen: Screen) -> None:
    with open_ledger(Path(arguments.folder)) as ledger:
        records = [record for record in ledger.records() if record.state != "reserved"]
    rows = [
        {
            "serial": f"{record.serial:x}",
            "subject": neutralise(parse_certificate(record.der).subject_text),
            "profile": record.profile,
            "not_after": _date(record.not_after),
            "state": record.state,
            "reason": REASONS[record.reason] if record.state == "revoked" else "",
        }
        for record in records
    ]
    if arguments.json:
        _print(screen, certificates=rows)
        return
    shown = [
        [
            row["serial"],
            row["subject"],
            row["profile"],
            row["not_after"],
            screen.pick(_STATES[row["state"]]),
            row["reason"],
        ]
        for row in rows
    ]
    if shown:
        screen.table(shown)
    else:
        screen.say(_NONE_ISSUED)


def _log_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("--check", action="store_true", help=_CHECK)


def _log(arguments: argparse.Namespace, screen: Screen) -> None:
    with open_ledger(Path(arguments.folder)) as ledger:
        entries = list(ledger.log())
        faults = ledger.check() if arguments.check else []
    lines = [[str(e.seq), _time(e.at), e.kind, e.serial, e.hash.hex()[:16]] for e in entries]
    if arguments.json:
        _print(screen, entries=[dict(zip(_LOG_KEYS, line, strict=True)) for line in lines], faults=faults)
    elif not arguments.check:
        screen.table(lines or [[""]])
    if faults:
        raise Failed(_BROKEN, faults="; ".join(faults))
    if arguments.check and not arguments.json:
        screen.say(_WHOLE, count=len(entries), head=entries[-1].hash.hex() if entries else "")


def _export_arguments(parser: Parser) -> None:
    parser.option("certificate", metavar="FILE", help=_EXPORTED)
    parser.option("--key", metavar="FILE", help=_EXPORT_KEY)
    parser.option("--out", required=True, metavar="FILE.p12|FILE.der|FILE.pem", help=_EXPORT_OUT)
    parser.option("--name", default="", metavar="NAME", help=_EXPORT_NAME)
    parser.option("--force", action="store_true", help=_FORCE)


def _export(arguments: argparse.Namespace, screen: Screen) -> None:
    chain, out = load_certificates_file(arguments.certificate), Path(arguments.out)
    if out.suffix.lower() in (".p12", ".pfx"):
        key_file = Path(arguments.key or Path(arguments.certificate).with_suffix(".key"))
        key = load_private_key_file(key_file, password_for(key_file, screen.language))
        name = arguments.name or parse_certificate(_der(chain[0])).subject_text
        write_private(out, dump_pkcs12(chain, key, new_password(screen.language), name), force=arguments.force)
    elif out.suffix.lower() in (".der", ".cer"):
        write_file(out, _der(chain[0]), force=arguments.force)
    else:
        write_file(out, dump_certificates(*chain), force=arguments.force)
    if arguments.json:
        _print(screen, file=str(out))
        return
    screen.say(_WRITTEN, file=out)


def _serve_arguments(parser: Parser) -> None:
    parser.option("folder", metavar="FOLDER", help=_CA_FOLDER)
    parser.option("--host", default="127.0.0.1", metavar="ADDRESS", help=_HOST)
    parser.option("--port", type=int, default=8080, metavar="PORT", help=_PORT)
    parser.option("--delegate", action="store_true", help=_DELEGATE)


def _serve(arguments: argparse.Namespace, screen: Screen) -> None:
    from dojang.net.publication import Publication, PublicationServer  # loads the stdlib's HTTP server

    with open_authority(Path(arguments.folder), screen) as authority:
        signer = _delegate(authority) if arguments.delegate else None
        with PublicationServer(Publication(authority, signer), arguments.host, arguments.port) as server:
            base = f"http://{_bracketed(arguments.host)}:{server.server_port}"
            if arguments.json:
                _print(screen, base=base, certificate=f"{base}/ca.cer", list=f"{base}/0.crl", ocsp=f"{base}/ocsp")
            else:
                screen.say(_SERVING, base=base)
                if authority.places.base not in ("", base):
                    screen.say(_ELSEWHERE, base=authority.places.base)
            screen.flush()
            server.serve_forever()


def _delegate(authority: Authority) -> Issued:
    """A responder of its own for a week: the authority's key is used once, and not for each answer."""
    return authority.issue([], common_name="OCSP responder", purpose="ocsp", days=7)


def _write_chain(
    arguments: argparse.Namespace, screen: Screen, chain: tuple[x509.Certificate, ...], default: Path
) -> None:
    file = Path(arguments.out) if arguments.out else default
    write_file(file, dump_certificates(*chain), force=arguments.force)
    if arguments.json:
        _print(screen, certificate=str(file), serial=f"{chain[0].serial_number:x}")
        return
    screen.say(_WRITTEN, file=file)


def _serial_of(text: str) -> int:
    """A serial number in hexadecimal, or the one of the first certificate in a file."""
    path = Path(text)
    if path.exists():
        file = path / CERTIFICATE_FILE if path.is_dir() else path
        return load_certificates_file(file)[0].serial_number
    try:
        return int(text.replace(":", ""), 16)
    except ValueError:
        raise WrongUsage(_NO_SERIAL, text=text) from None


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _date(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _print(screen: Screen, **facts: object) -> None:
    print(json.dumps(facts, ensure_ascii=False, indent=2), file=screen.out)


_LOG_KEYS = ("seq", "at", "kind", "serial", "hash")
_CA_FOLDER = Text(ko="인증 기관의 폴더", en="the authority's folder")
_WHICH = Text(
    ko="폐기할 인증서 파일 또는 16진수 일련번호", en="the certificate's file, or its serial number in hexadecimal"
)
_REASON = Text(
    ko="폐기 사유 (기본값: unspecified). certificateHold는 removeFromCRL로 되돌릴 수 있습니다",
    en="why (default: unspecified); certificateHold can be taken back with removeFromCRL",
)
_LIST_OUT = Text(
    ko="목록을 쓸 파일(DER). 없으면 폴더의 ca.crl", en="file for the list, in DER (default: ca.crl in the folder)"
)
_LIST_DAYS = Text(ko="목록이 유효한 날수 (기본값: 7)", en="days the list is valid (default: 7)")
_DELTA = Text(ko="마지막 전체 목록 뒤에 바뀐 것만 담습니다", en="only what changed since the last complete list")
_PARTITION = Text(ko="분할 목록의 번호 (기본값: 0)", en="which partition (default: 0)")
_FORCE = Text(ko="이미 있는 파일을 덮어씁니다", en="overwrite what is there")
_RENEWED = Text(ko="이 인증 기관이 발급한 인증서", en="a certificate that this authority issued")
_DAYS = Text(ko="인증서가 유효한 날수", en="days the certificate is valid")
_OUT = Text(
    ko="체인을 쓸 파일 (기본값: 같은 파일, --force와 함께)",
    en="file for the chain (default: the same file, with --force)",
)
_ALGORITHM = Text(ko="새 키의 종류 (기본값: ecdsa-p256)", en="kind of the new key (default: ecdsa-p256)")
_CROSSED = Text(ko="교차 서명할 다른 인증 기관의 인증서", en="the other authority's certificate")
_CHECK = Text(
    ko="로그의 해시 사슬과 표를 대조해 확인합니다", en="check the log's chain of hashes, and the tables against it"
)
_EXPORTED = Text(ko="인증서 체인 파일", en="file of the chain")
_EXPORT_KEY = Text(
    ko="그 개인 키 (기본값: 이름이 같은 .key 파일)", en="its private key (default: the .key of the same name)"
)
_EXPORT_OUT = Text(
    ko="쓸 파일. 이름의 끝이 형식을 정합니다: PKCS#12, DER 또는 PEM",
    en="file to write; its ending says the form: PKCS#12, DER or PEM",
)
_EXPORT_NAME = Text(ko="PKCS#12 안에서 쓰일 이름", en="what the entry in PKCS#12 is called")
_HOST = Text(ko="열 주소 (기본값: 127.0.0.1)", en="address to listen on (default: 127.0.0.1)")
_PORT = Text(ko="열 포트 (기본값: 8080, 0이면 빈 포트)", en="port to listen on (default: 8080; 0 for any free one)")
_DELEGATE = Text(
    ko="OCSP 응답에 따로 발급한 응답자 인증서로 서명합니다",
    en="sign OCSP answers with a responder's certificate issued for that",
)
_REVOKED = Text(
    ko="{serial}번 인증서를 폐기했습니다. 다음 목록과 OCSP 응답부터 반영됩니다.",
    en="{serial} is revoked; the next list and every OCSP answer say so.",
)
_LIFTED = Text(ko="{serial}번 인증서의 보류를 풀었습니다.", en="{serial} is no longer on hold.")
_PUBLISHED = Text(
    ko="{number}번 폐기 목록을 {file}에 썼습니다. 항목은 {count}개입니다.",
    en="List number {number} is in {file}; it has {count} entries.",
)
_NONE_ISSUED = Text(ko="아직 아무것도 발급하지 않았습니다.", en="Nothing was issued yet.")
_BROKEN = Text(ko="장부가 온전하지 않습니다: {faults}", en="The ledger does not hold together: {faults}")
_WHOLE = Text(
    ko="장부가 온전합니다. 기록 {count}개, 마지막 해시 {head}",
    en="The ledger holds together: {count} entries, the last hash is {head}",
)
_WRITTEN = Text(ko="{file}에 썼습니다.", en="It is in {file}.")
_SERVING = Text(
    ko="{base}에서 인증서(/ca.cer), 폐기 목록(/0.crl), OCSP(/ocsp)를 제공합니다. Ctrl-C로 멈춥니다.",
    en="Serving the certificate (/ca.cer), the revocation list (/0.crl) and OCSP (/ocsp) at {base}. Ctrl-C stops.",
)
_ELSEWHERE = Text(
    ko="발급한 인증서에는 {base} 주소가 적혀 있습니다. 그 주소로 들어온 요청이 여기에 닿아야 합니다.",
    en="The certificates it issues point to {base}; requests to there have to arrive here.",
)
_NO_SERIAL = Text(
    ko="{text:은/는} 파일도 16진수 일련번호도 아닙니다.",
    en="{text} is neither a file nor a serial number in hexadecimal.",
)
_STATES = {
    "issued": Text(ko="유효", en="issued"),
    "revoked": Text(ko="폐기", en="revoked"),
}

ACTIONS = {
    "revoke": (Text(ko="발급한 인증서를 폐기합니다", en="revoke a certificate it issued"), _revoke_arguments, _revoke),
    "crl": (Text(ko="폐기 목록(CRL)을 발행합니다", en="publish a revocation list"), _list_arguments, _publish),
    "renew": (
        Text(ko="같은 키로 인증서를 갱신합니다", en="issue a certificate again for the same key"),
        _renew_arguments,
        _renew,
    ),
    "rekey": (
        Text(ko="새 키로 인증서를 다시 발급합니다", en="issue a certificate again for a new key"),
        _rekey_arguments,
        _rekey,
    ),
    "cross": (Text(ko="다른 인증 기관에 교차 서명합니다", en="cross-sign another authority"), _cross_arguments, _cross),
    "list": (Text(ko="발급한 인증서를 모두 보여 줍니다", en="show all that it issued"), _records_arguments, _records),
    "log": (
        Text(ko="서명한 것의 로그를 보여 주고 확인합니다", en="show and check the log of what it signed"),
        _log_arguments,
        _log,
    ),
    "export": (Text(ko="PKCS#12, DER, PEM으로 내보냅니다", en="write PKCS#12, DER or PEM"), _export_arguments, _export),
    "serve": (
        Text(ko="CRL, OCSP, 인증서를 HTTP로 제공합니다", en="serve lists, OCSP and its certificate over HTTP"),
        _serve_arguments,
        _serve,
    ),
}
