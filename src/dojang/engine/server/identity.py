"""Judging what a client shows: its certificates, or its bare key."""

from __future__ import annotations

from dojang.engine.config import ServerConfig
from dojang.engine.raw_keys import check_raw_key
from dojang.pki.profiles import Purpose
from dojang.pki.report import Report
from dojang.pki.verify import verify
from dojang.wire.codes import CertificateType

__all__ = ["judge_client"]


def judge_client(config: ServerConfig, chain: tuple[bytes, ...], kind: CertificateType) -> Report | None:
    """The report on certificates, None for a raw key; raises CertificateError where it is bad."""
    if kind is CertificateType.RAW_PUBLIC_KEY:
        check_raw_key(config, chain[0], None, "client")
        return None
    assert config.client_trust is not None
    report = verify(chain, config.client_trust, purpose=Purpose.CLIENT, at=config.time())
    report.raise_for_failure()
    return report
