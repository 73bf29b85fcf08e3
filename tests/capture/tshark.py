"""tshark as the oracle: what it reads from a capture, per sender, beside what dojang reads from it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from dojang.capture.conversation import Conversation
from dojang.capture.fingerprint import ja3, ja3s
from dojang.capture.steps import AlertStep, Message, Ssl2Hello
from dojang.wire.codes import ExtensionType, HandshakeType
from dojang.wire.extensions import ProtocolNameList, ServerNameList

Facts = dict[str, list[str]]  # field to its values in order
FIELDS = {
    "types": "tls.handshake.type",
    "versions": "tls.handshake.version",
    "suites": "tls.handshake.ciphersuite",
    "names": "tls.handshake.extensions_server_name",
    "alpn": "tls.handshake.extensions_alpn_str",
    "supported": "tls.handshake.extensions.supported_version",
    "extensions": "tls.handshake.extension.type",
    "groups": "tls.handshake.extensions_supported_group",
    "certificates": "tls.handshake.certificate",
    "alerts": "tls.alert_message.desc",
    "ja3": "tls.handshake.ja3",
    "ja3s": "tls.handshake.ja3s",
}
_HELLOS = (HandshakeType.CLIENT_HELLO, HandshakeType.SERVER_HELLO, HandshakeType.HELLO_RETRY_REQUEST)


def find_tshark() -> str:
    """tshark's path; a missing one is a failure where peers are required, else the test is skipped."""
    found = shutil.which("tshark")
    if found is None:
        if os.environ.get("DOJANG_REQUIRE_PEERS") == "1":
            pytest.fail("tshark is not installed")
        pytest.skip("tshark is not installed")
    return found


def by_tshark(path: Path, keylog: Path | None = None) -> dict[str, Facts]:
    """Sender (``address:port``) to what tshark reads."""
    command = [find_tshark(), "-n", "-2", "-r", str(path), "-Y", "tls && tcp", "-T", "fields", "-E", "separator=\t"]
    command += ["-E", "occurrence=a", "-E", "aggregator=,"]
    if keylog is not None:
        command += ["-o", f"tls.keylog_file:{keylog}"]
    names = ["ip.src", "ipv6.src", "tcp.srcport", *FIELDS.values()]
    for name in names:
        command += ["-e", name]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    found: dict[str, Facts] = defaultdict(lambda: {name: [] for name in FIELDS})
    for line in lines:
        four, six, port, *values = (line + "\t" * len(names)).split("\t")[: len(names)]
        facts = found[f"{(four or six).split(',')[-1]}:{port.split(',')[-1]}"]
        for name, value in zip(FIELDS, values, strict=True):
            facts[name] += [_normal(name, part) for part in value.split(",") if part]
    return {sender: facts for sender, facts in found.items() if any(facts.values())}


def by_dojang(conversations: Iterable[Conversation]) -> dict[str, Facts]:
    """The same from dojang's side."""
    found: dict[str, Facts] = {}
    for conversation in conversations:
        assert conversation.tls is not None
        for sender in ("client", "server"):
            end = conversation.client if sender == "client" else conversation.server
            facts: Facts = {name: [] for name in FIELDS}
            for step in conversation.tls.steps:
                if step.sender == sender:
                    _add(facts, step)
            if any(facts.values()):
                there = found.setdefault(f"{end.address}:{end.port}", {name: [] for name in FIELDS})
                for name, values in facts.items():
                    there[name] += values
    return found


def _normal(name: str, value: str) -> str:
    if name == "certificates":
        return hashlib.sha256(bytes.fromhex(value.replace(":", ""))).hexdigest()
    if name in ("versions", "suites", "supported", "groups"):
        return f"{int(value, 0):04x}"
    return value


def _add(facts: Facts, step: Any) -> None:
    if isinstance(step, AlertStep):
        facts["alerts"].append(str(int(step.description)))
    if isinstance(step, Ssl2Hello):
        facts["types"].append(str(step.value.msg_type))
        facts["versions"].append(f"{int(step.value.version):04x}")
    if not isinstance(step, Message):
        return
    facts["types"].append(str(int(step.type)))
    value = step.value
    if step.type in _HELLOS:
        _add_hello(facts, step)
    else:
        facts["extensions"] += [str(int(e.extension_type)) for e in step.extensions]
        _add_alpn(facts, step)
        _add_groups(facts, step)
    if step.type is HandshakeType.CERTIFICATE and value is not None:
        for entry in value.certificate_list:
            der = entry if isinstance(entry, bytes) else entry.cert_data
            facts["certificates"].append(hashlib.sha256(der).hexdigest())
            if not isinstance(entry, bytes):
                facts["extensions"] += [str(int(e.extension_type)) for e in entry.extensions]


def _add_hello(facts: Facts, hello: Message) -> None:
    value = hello.value
    if value is None:
        return
    version = getattr(value, "legacy_version", None) or getattr(value, "version", None) or value.server_version
    facts["versions"].append(f"{int(version):04x}")
    suites = getattr(value, "cipher_suites", None) or (value.cipher_suite,)
    facts["suites"] += [f"{int(suite):04x}" for suite in suites]
    facts["extensions"] += [str(int(e.extension_type)) for e in value.extensions]
    _add_names(facts, hello)
    _add_alpn(facts, hello)
    _add_groups(facts, hello)
    _add_supported(facts, hello)
    facts["ja3" if hello.sender == "client" else "ja3s"].append(ja3(hello) if hello.sender == "client" else ja3s(hello))


def _add_names(facts: Facts, hello: Message) -> None:
    extension = hello.extension(ExtensionType.SERVER_NAME)
    if extension is not None and extension.extension_data:
        names = ServerNameList.parse(extension.extension_data).server_name_list
        facts["names"] += [name.host_name.decode() for name in names]


def _add_alpn(facts: Facts, message: Message) -> None:
    extension = message.extension(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION)
    if extension is not None:
        body = ProtocolNameList.parse(extension.extension_data)
        facts["alpn"] += [name.decode() for name in body.protocol_name_list]


def _add_groups(facts: Facts, message: Message) -> None:
    spans, _ = message.spans()
    facts["groups"] += [f"{int(s.value):04x}" for s in spans if ".named_group_list[" in s.path]  # type: ignore[call-overload]


def _add_supported(facts: Facts, hello: Message) -> None:
    spans, _ = hello.spans()
    wanted = (s for s in spans if ".versions[" in s.path or s.path.endswith(".selected_version"))
    facts["supported"] += [f"{int(s.value):04x}" for s in wanted]  # type: ignore[call-overload]
