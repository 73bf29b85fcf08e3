"""Every published capture, field by field, against tshark: what it names, dojang names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.corpus import CAPTURES, NAMES, dissect, needs_captures
from tests.capture.tshark import FIELDS, Facts, by_dojang, by_tshark

pytestmark = needs_captures

# Where tshark 4.0 says less than the capture holds; the fields that may differ, or None for a whole conversation.
BEHIND = {
    # The proxy's port is not known to be one, so tshark does not look behind the SOCKS 4 request.
    ("socks4-https.pcap", "10.0.0.2:9901"): None,
    # IRC is taken for IRC to its end; STARTTLS is not known there.
    ("irc-starttls.pcap", "185.18.76.170:6667"): None,
    ("irc-starttls.pcap", "203.143.168.47:55123"): None,
    # A Certificate in some three hundred records is more than tshark puts together.
    ("tls-fragmented-handshake.pcap.gz", "104.236.167.107:4433"): ("types", "certificates"),
    # Behind the message that lies about its length tshark takes the ServerHelloDone for something encrypted.
    ("tls1.2-protocol-violation.pcap", "68.233.76.12:443"): ("types",),
}


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_what_tshark_names_dojang_names(path: Path) -> None:
    keylog = path.with_suffix(".keylog")
    logged = keylog if keylog.exists() else None
    theirs = by_tshark(path, logged)
    ours = by_dojang(dissect(path, logged.read_bytes() if logged else b""))
    assert set(theirs) <= set(ours)
    assert differences(path.name, theirs, ours) == []


def differences(name: str, theirs: dict[str, Facts], ours: dict[str, Facts]) -> list[str]:
    found = []
    for sender, facts in ours.items():
        allowed = BEHIND.get((name, sender), ())
        if sender not in theirs:
            found += [] if allowed is None else [f"{sender}: only dojang sees it"]
            continue
        for field in FIELDS:
            if theirs[sender][field] != facts[field] and field not in (allowed or ()):
                found.append(f"{sender} {field}: tshark {theirs[sender][field]}, dojang {facts[field]}")
    return found


def test_where_tshark_is_behind_dojang_says_more() -> None:
    for (name, sender), fields in BEHIND.items():
        path = next((p for p in CAPTURES if p.name == name), None)
        if path is None:
            continue
        facts = by_dojang(dissect(path))[sender]
        assert all(facts[field] for field in fields or ("types",))
