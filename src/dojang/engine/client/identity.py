"""Judging the server's certificates: the verifier, asked with all that the handshake brought along."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from dojang.engine.config import ClientConfig
from dojang.engine.flight import Question, Step
from dojang.pki.names import DnsName, IpName
from dojang.pki.profiles import Purpose
from dojang.pki.report import Report
from dojang.pki.revocation import Revocation
from dojang.pki.verify import verify

__all__ = ["Extras", "judge_server"]


class Extras(NamedTuple):
    """What came beside the chain: an OCSP response, certificate timestamps."""

    staple: bytes | None
    timestamps: tuple[bytes, ...]


def judge_server(
    config: ClientConfig,
    chain: tuple[bytes, ...],
    name: DnsName | IpName | None,
    extras: Extras | None = None,
    *,
    staple_follows: bool = False,
) -> Step[Report]:
    """The report; raises CertificateError where it is bad and nobody said to go on.

    extras: None where the handshake could not bring any, as for the chain of a resumed session. staple_follows: in
    TLS 1.2 it comes after the chain, which is judged once more then.
    Where a source may have to be asked over a network, that is a question, and the engine does not wait.
    """
    revocation = None if staple_follows else config.revocation
    transparency = None if extras is None else config.transparency
    if extras is not None and revocation is not None:
        revocation = _with_staple(revocation, extras.staple, config.request_status)
    if extras is not None and transparency is not None and extras.timestamps:
        transparency = replace(transparency, sent=extras.timestamps)

    def judge() -> Report:
        return verify(
            chain,
            config.trusted,
            name=name,
            purpose=Purpose.SERVER,
            at=config.time(),
            revocation=revocation,
            transparency=transparency,
            issuers=config.issuers,
        )

    asks_outside = config.issuers is not None or (revocation is not None and revocation.source is not None)
    report: Report = (yield Question("revocation", judge, waits=True)) if asks_outside else judge()
    if not report.ok and not config.danger_accept_any_certificate and not _is_excepted(config, chain, name):
        report.raise_for_failure()
    return report


@lru_cache(64)
def _with_staple(revocation: Revocation, staple: bytes | None, asked: bool) -> Revocation:
    return replace(revocation, staple=staple, handshake=asked)


def _is_excepted(config: ClientConfig, chain: tuple[bytes, ...], name: DnsName | IpName | None) -> bool:
    """A callable that raises lets nobody in."""
    if config.exceptions is None or name is None or not chain:
        return False
    try:
        return config.exceptions(str(name), chain[0]) is True
    except Exception:
        return False
