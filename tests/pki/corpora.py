"""The published corpora: where they lie, and how a case of each is put to the verifier.

They are not in the repository: DOJANG_VECTORS names their folder, else ../shared/vectors beside the repository is
looked at.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from dojang.pki import reasons
from dojang.pki.certificate import parse_certificate
from dojang.pki.pem import certificate_blocks, pem_blocks
from dojang.pki.profiles import BASELINE, RFC5280, STANDARD, WEBPKI, Profile, Purpose
from dojang.pki.report import Report
from dojang.pki.revocation import Revocation
from dojang.pki.store import TrustStore
from dojang.pki.verify import verify

Case = dict[str, Any]

_BESIDE = Path(__file__).parents[2].parent / "shared" / "vectors"
FOLDER = Path(os.environ.get("DOJANG_VECTORS") or _BESIDE)


def cases_of(name: str) -> dict[str, Any]:
    """The corpus, or a skip that says where it was looked for."""
    found = load(name)
    if found is None:
        pytest.skip(f"{FOLDER / name} is not there: set DOJANG_VECTORS to the folder of the corpora")
    return found


@lru_cache(2)
def load(name: str) -> dict[str, Any] | None:
    """The corpus gzipped, or as its authors publish it."""
    for path in (FOLDER / name, FOLDER / name.removesuffix(".gz")):
        if path.is_file():
            data = path.read_bytes()
            found: dict[str, Any] = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
            return found
    return None


def limbo_profile(case: Case) -> Profile:
    """The document that a case is drawn from decides: limbo puts it first in the id, and says so in its features.

    The chapter `cn` is about a duty of issuers in the Baseline Requirements that browsers do not look at, and that
    limbo's own other chapters break, so it has a profile of its own. A case that lists keyUsage wants it checked.
    """
    document, chapter, *_ = case["id"].split("::")
    pedantic_web = any(feature.startswith("pedantic-webpki") for feature in case["features"])
    if document == "webpki" or pedantic_web or "pedantic-public-suffix-wildcard" in case["features"]:
        return BASELINE if chapter == "cn" else WEBPKI
    if "digitalSignature" in case["key_usage"]:
        return replace(RFC5280, off=RFC5280.off - {reasons.KEY_USAGE})
    return RFC5280


def limbo_purpose(case: Case) -> Purpose:
    """What extendedKeyUsage is asked for, else what the kind of validation is for."""
    purposes = {"serverAuth": Purpose.SERVER, "clientAuth": Purpose.CLIENT, "emailProtection": Purpose.EMAIL}
    purposes |= {"codeSigning": Purpose.CODE_SIGNING, "timeStamping": Purpose.TIME_STAMPING}
    asked = [purposes[each] for each in case["extended_key_usage"] if each in purposes]
    return asked[0] if asked else Purpose.CLIENT if case["validation_kind"] == "CLIENT" else Purpose.SERVER


def judge_limbo(case: Case) -> Report:
    """One case of x509-limbo as its schema means it."""
    anchors = [block for pem in case["trusted_certs"] for block in certificate_blocks(pem.encode())]
    sent = [case["peer_certificate"], *case["untrusted_intermediates"]]
    lists = tuple(next(pem_blocks(pem.encode())).data for pem in case["crls"])
    name = case["expected_peer_name"]
    at = case["validation_time"]
    return verify(
        [certificate_blocks(pem.encode())[0] for pem in sent],
        TrustStore(anchors),
        name=name["value"] if name and name["kind"] in ("DNS", "IP") else None,
        purpose=limbo_purpose(case),
        at=datetime.fromisoformat(at) if at else datetime.now(UTC),
        profile=limbo_profile(case),
        max_depth=case["max_chain_depth"],
        revocation=Revocation(lists) if lists else None,
    )


def judge_bettertls(case: Case, store: TrustStore, profile: Profile = STANDARD) -> Report:
    """One case of BetterTLS, within the life of its leaf unless the case is about an expired one."""
    chain = [base64.b64decode(data) for data in case["certificates"]]
    leaf = parse_certificate(chain[0])
    late = "INVALID_REASON_EXPIRED" in case["requiredFeatures"] and case["expected"] == "REJECT"
    moment = leaf.not_after + 1 if late else (leaf.not_before + leaf.not_after) // 2
    return verify(chain, store, name=case["hostname"], at=datetime.fromtimestamp(moment, UTC), profile=profile)
