"""Certificate logs' timestamps: signed by logs of the tests' own, embedded and sent beside, true and false."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import random
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from dojang.errors import DecodeError
from dojang.pki.keys import spki_of
from dojang.pki.pem import InputError
from dojang.pki.report import Report
from dojang.pki.sct import EMBEDDED, LogList, Transparency, embedded_timestamps
from dojang.pki.verify import verify
from dojang.wire import der
from tests.pki.forge import NOW, Forged, forge, root

ROOT = root()
KEYS: list[Any] = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)] + [rsa.generate_private_key(65537, 2048)]
WHEN = int(NOW.timestamp() * 1000) - 1000


def log_list(**changes: Any) -> LogList:
    logs = [
        {
            "key": base64.b64encode(spki_of(key.public_key())).decode(),
            "description": f"log {at}",
            "state": {"usable": {}},
        }
        for at, key in enumerate(KEYS)
    ]
    for at, state in changes.items():
        logs[int(at[1:])]["state"] = state
    operators = [{"name": "one", "logs": logs[:2]}, {"name": "two", "logs": logs[2:3], "tiled_logs": logs[3:]}]
    return LogList.from_json(json.dumps({"operators": operators}))


def timestamp(key: Any, entry: bytes, when: int = WHEN) -> bytes:
    data = b"\0\0" + when.to_bytes(8, "big") + entry + b"\0\0"
    if isinstance(key, rsa.RSAPrivateKey):
        kind, signature = 1, key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    else:
        kind, signature = 3, key.sign(data, ec.ECDSA(hashes.SHA256()))
    log = hashlib.sha256(spki_of(key.public_key())).digest()
    head = b"\0" + log + when.to_bytes(8, "big") + b"\0\0" + bytes((4, kind))
    return head + len(signature).to_bytes(2, "big") + signature


def logged(*keys: Any, when: int = WHEN) -> Forged:
    """A certificate that these logs saw: made once without and once with what they answered."""
    options: dict[str, Any] = {"names": ["a.test"], "serial": 77}
    bare = forge("a.test", ROOT, **options).parsed.tbs
    entry = b"\0\1" + hashlib.sha256(ROOT.parsed.spki).digest() + len(bare).to_bytes(3, "big") + bare
    stamps = [timestamp(key, entry, when) for key in keys]
    rows = b"".join(len(each).to_bytes(2, "big") + each for each in stamps)
    value = der.encode(der.OCTET_STRING, len(rows).to_bytes(2, "big") + rows)
    return forge(
        "a.test", ROOT, **options, extra=[(x509.UnrecognizedExtension(x509.ObjectIdentifier(EMBEDDED), value), False)]
    )


def judge(end: Forged, logs: LogList, **options: Any) -> Report:
    return verify([end.der], ROOT.store, name="a.test", at=NOW, transparency=Transparency(logs, **options))


def faults(report: Report) -> list[str]:
    return [result.fault for result in report.paths[0].timestamps or ()]


def test_two_logs_of_two_operators_are_enough() -> None:
    report = judge(logged(KEYS[0], KEYS[2]), log_list())
    assert report.ok
    assert faults(report) == ["", ""]
    assert judge(logged(KEYS[1], KEYS[3]), log_list()).ok, "an RSA log too"
    assert [row["log"] for row in report.as_json()["paths"][0]["timestamps"]] == ["log 0", "log 2"]


@pytest.mark.parametrize(
    ("keys", "options"), [((), {}), ((0,), {}), ((0, 1), {}), ((0, 0), {}), ((0, 2), {"least": 3})]
)
def test_too_few(keys: tuple[int, ...], options: dict[str, Any]) -> None:
    end = logged(*(KEYS[at] for at in keys)) if keys else forge("a.test", ROOT, names=["a.test"])
    report = judge(end, log_list(), **options)
    assert [failure.code for failure in report.failures] == ["too-few-timestamps"]
    assert report.chrome == "ERR_CERTIFICATE_TRANSPARENCY_REQUIRED"


def test_what_does_not_count() -> None:
    end = logged(KEYS[0], KEYS[2])
    assert "future" in faults(judge(logged(KEYS[0], KEYS[2], when=WHEN + 10**7), log_list()))[0]
    retired = {"retired": {"timestamp": "2020-01-01T00:00:00Z"}}
    assert faults(judge(end, log_list(_0=retired))) == ["its log had been retired", ""]
    assert judge(end, log_list(_0={"retired": {"timestamp": "2030-01-01T00:00:00Z"}})).ok
    assert faults(judge(end, log_list(_0={"rejected": {"timestamp": "2020-01-01T00:00:00Z"}})))[0]
    assert "not in the list" in faults(judge(end, LogList([])))[0]
    other = forge("a.test", ROOT, names=["a.test", "b.test"], serial=78, extra=[
        (x509.UnrecognizedExtension(x509.ObjectIdentifier(EMBEDDED), end.parsed.extensions[EMBEDDED].value), False)
    ])  # fmt: skip
    assert faults(judge(other, log_list())) == ["its signature is not the log's"] * 2


def test_timestamps_that_came_beside_the_certificate() -> None:
    end = forge("a.test", ROOT, names=["a.test"])
    entry = b"\0\0" + len(end.der).to_bytes(3, "big") + end.der
    sent = tuple(timestamp(KEYS[at], entry) for at in (0, 2))
    assert judge(end, log_list(), sent=sent).ok
    assert not judge(end, log_list(), sent=(sent[0], b"\1nonsense")).ok


def test_without_being_asked_nothing_is_said() -> None:
    assert verify([logged().der], ROOT.store, name="a.test", at=NOW).paths[0].timestamps is None


def test_broken_ones_are_refused_in_words() -> None:
    source = random.Random(int(os.environ.get("DOJANG_FUZZ_SEED", "20261121")))
    value = bytearray(logged(KEYS[0], KEYS[2]).parsed.extensions[EMBEDDED].value)
    for _ in range(300):
        mutant = bytearray(value)
        mutant[source.randrange(len(mutant))] = source.randrange(256)
        extra = [(x509.UnrecognizedExtension(x509.ObjectIdentifier(EMBEDDED), bytes(mutant)), False)]
        end = forge("a.test", ROOT, names=["a.test"], serial=77, extra=extra)
        with contextlib.suppress(DecodeError):
            embedded_timestamps(end.parsed)
        assert judge(end, log_list()).as_json()
    with pytest.raises(InputError, match="no list of certificate logs"):
        LogList.from_json("{}")
