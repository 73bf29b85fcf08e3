"""A verifier's report on a terminal: the path as a tree, each fault beside its certificate, what others call it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dojang.cli.certificates import describe
from dojang.cli.language import Text
from dojang.cli.sentences import clause_in, sentence_of
from dojang.cli.terminal import Screen
from dojang.cli.text import neutralise
from dojang.errors import TlsError
from dojang.pki.report import Failure, PathReport, Report
from dojang.pki.status import Good, Revoked, Status, Unknown

__all__ = ["draw_report", "say_lint"]

_CLIENTS = {
    "OpenSSL": "compat",
    "Python 3.13": "python-strict",
    "Chrome, Firefox": "webpki",
}


def draw_report(screen: Screen, report: Report) -> None:
    """The verdict, every path tried with its faults, and what to do about them."""
    verdict = (_GOOD if report.ok else _BAD).fill(**_asked(screen, report))
    screen.say(verdict, style="good" if report.ok else "bad")
    for number, path in enumerate(report.paths, 1):
        screen.line()
        if len(report.paths) > 1:
            screen.say(_PATH, number=number, count=len(report.paths))
        _draw_path(screen, path, report.at)
    if not report.paths:
        for failure in report.failures:
            _draw_failure(screen, failure, "")
    if report.failures:
        _say_names(screen, report.failures[0])


def say_lint(screen: Screen, reports: Mapping[str, Report]) -> None:
    """One line for each profile and the clients that judge like it."""
    screen.title(_LINT_TITLE)
    for name, report in reports.items():
        clients = ", ".join(client for client, profile in _CLIENTS.items() if profile == name)
        head = f"{name} ({clients})" if clients else name
        codes = ", ".join(dict.fromkeys(failure.code for failure in report.failures))
        text = screen.pick(_LINT_GOOD if report.ok else _LINT_BAD, codes=codes)
        screen.mark("✓" if report.ok else "✗", f"{head}: {text}", style="good" if report.ok else "bad")
        for failure in report.failures:
            screen.say(_sentence(screen, failure), indent="      ")


def _draw_path(screen: Screen, path: PathReport, at: datetime) -> None:
    failures: dict[int, list[Failure]] = {}
    for failure in path.failures:
        failures.setdefault(failure.index, []).append(failure)
    for depth, certificate in enumerate(path.certificates):
        branch = "   " * (depth - 1) + "└─ " if depth else ""
        inner = "  " + "   " * depth
        sign = "✗" if depth in failures else "✓"
        screen.line(f"  {branch}{sign} " + screen.paint("bold", _name(certificate.der, certificate.subject_text)))
        screen.say(_VALID, indent=inner + "  ", begin=_day(certificate.not_before), end=_day(certificate.not_after))
        if depth < len(path.revocation):
            screen.say(_status(screen, path.revocation[depth], at), indent=inner + "  ")
        for failure in failures.get(depth, ()):
            _draw_failure(screen, failure, inner + "  ")
    for result in path.timestamps or ():
        log = result.log.description if result.log else result.timestamp.log.hex()[:16]
        screen.say(_LOG_GOOD if result.ok else _LOG_BAD, indent="  ", log=neutralise(log), fault=result.fault)


def _draw_failure(screen: Screen, failure: Failure, indent: str) -> None:
    screen.say("✗ " + _sentence(screen, failure), indent=indent, style="bad")
    remedy = sentence_of(failure.rule.remedy, dict(failure.details), screen.language)
    screen.say(_REMEDY, indent=indent + "  ", remedy=remedy)


def _sentence(screen: Screen, failure: Failure) -> str:
    said = sentence_of(failure.template, dict(failure.details), screen.language)
    return f"{said} ({clause_in(failure.clause, screen.language)})" if failure.clause else said


def _say_names(screen: Screen, failure: Failure) -> None:
    screen.line()
    screen.say(_CALLED)
    rows = [("Chrome", failure.names["chrome"]), ("Firefox", failure.names["firefox"])]
    rows += [("OpenSSL", failure.names["openssl"]), ("Go", failure.names["go"])]
    screen.table([(client, name) for client, name in [*rows, ("dojang", failure.code)] if name])


def _status(screen: Screen, status: Status, at: datetime) -> str:
    if isinstance(status, Unknown):
        return screen.pick(_UNKNOWN, why=sentence_of("{why}", {"why": status.why}, screen.language))
    text = _FORMS[status.source.form]
    details = {"source": screen.pick(text, issuer=neutralise(status.source.issuer)), "hours": _hours(status, at)}
    if isinstance(status, Revoked):
        return screen.pick(_REVOKED, since=_day(status.since), reason=status.reason, **details)
    return screen.pick(_NOT_REVOKED, **details)


def _hours(status: Good | Revoked, at: datetime) -> str:
    return f"{max(0.0, status.age(at.timestamp())) / 3600:.1f}"


def _asked(screen: Screen, report: Report) -> dict[str, object]:
    """For which name, when, by which rules."""
    name = screen.pick(_FOR, name=report.name) if report.name else ""
    return {"name": name, "at": f"{report.at:%Y-%m-%d %H:%M} UTC", "profile": report.profile.name}


def _name(data: bytes, subject: str) -> str:
    try:
        return neutralise(subject) or describe(data).name
    except TlsError:
        return "?"


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


_GOOD = Text(
    ko="{name}이 체인은 유효합니다. ({at}, 규칙 {profile})",
    en="This chain holds{name}. ({at}, by the rules of {profile})",
)
_BAD = Text(
    ko="{name}이 체인은 유효하지 않습니다. ({at}, 규칙 {profile})",
    en="This chain does not hold{name}. ({at}, by the rules of {profile})",
)
_FOR = Text(ko="{name}에 대해 ", en=" for {name}")
_PATH = Text(ko="경로 {number}/{count}:", en="Path {number} of {count}:")
_VALID = Text(ko="유효 기간 {begin} – {end}", en="valid {begin} – {end}")
_REMEDY = Text(ko="해결: {remedy}", en="To mend it: {remedy}")
_CALLED = Text(ko="가장 심각한 문제를 다른 프로그램은 이렇게 부릅니다:", en="What others call the gravest fault:")
_UNKNOWN = Text(ko="폐기 여부를 알 수 없음: {why}", en="revocation unknown: {why}")
_NOT_REVOKED = Text(
    ko="폐기되지 않음: {source}, {hours}시간 전", en="not revoked, says the {source}, {hours} hours old"
)
_REVOKED = Text(
    ko="{since}에 폐기됨, 사유 {reason}: {source}, {hours}시간 전",
    en="revoked on {since} for {reason}, says the {source}, {hours} hours old",
)
_FORMS = {
    "list": Text(ko="{issuer}의 폐기 목록", en="list of {issuer}"),
    "response": Text(ko="{issuer}의 OCSP 응답", en="OCSP response of {issuer}"),
    "staple": Text(ko="{issuer}의 OCSP 스테이플", en="OCSP staple of {issuer}"),
}
_LOG_GOOD = Text(
    ko="인증서 로그 {log}: 타임스탬프가 올바릅니다{fault}", en="certificate log {log}: a true timestamp{fault}"
)
_LOG_BAD = Text(
    ko="인증서 로그 {log}: 타임스탬프를 인정하지 않습니다 ({fault})",
    en="certificate log {log}: the timestamp does not count, {fault}",
)
_LINT_TITLE = Text(ko="규칙별 결과", en="By each set of rules")
_LINT_GOOD = Text(ko="받아들입니다{codes}", en="accepted{codes}")
_LINT_BAD = Text(ko="거부합니다 ({codes})", en="refused ({codes})")
