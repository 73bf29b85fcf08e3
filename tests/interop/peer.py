"""What a peer is: a TLS program described once, that can be asked as a client, started as a server, or both."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from tests.interop.pki import Files, Pki
from tests.interop.processes import NotStarted, Server, find_program, free_port, run, serving


class Feature(Enum):
    """What a peer can do; a column of docs/interop.md. Each subclass is a table."""


class Tls13(Feature):
    """TLS 1.3 beyond a default handshake."""

    REQUEST = "request and close"
    SUITES = "suites"
    GROUPS = "groups"
    RETRY = "HelloRetryRequest"
    CERTIFICATES = "certificate kinds"
    CLIENT_CERTIFICATE = "client certificate"
    ALPN = "ALPN"
    KEY_UPDATE = "KeyUpdate, dojang asks"
    PEER_KEY_UPDATE = "KeyUpdate, peer asks"
    REFUSAL = "bad certificates refused"
    DOWNLOAD = "1 MB to the client"
    UPLOAD = "1 MB to the server"


class Tls12(Feature):
    """TLS 1.2, and how a version is agreed on."""

    REQUEST = "request and close"
    SUITES = "ECDHE suites"
    LEGACY = "DHE and static RSA"
    GROUPS = "groups"
    CERTIFICATES = "certificate kinds"
    CLIENT_CERTIFICATE = "client certificate"
    ALPN = "ALPN"
    EXTENDED = "without extended master secret"
    RENEGOTIATION = "renegotiation refused"
    REFUSAL = "bad certificates refused"
    TRANSFER = "1 MB each way"
    VERSIONS = "version agreed on"
    DOWNGRADE = "downgrade noticed"
    OLD = "TLS 1.1 refused"
    FALLBACK = "fallback SCSV"


class Again(Feature):
    """What rests on something earlier: sessions resumed, data sent at once, keys and answers had beforehand."""

    SESSION_ID = "1.2 by session ID"
    TICKET = "1.2 by ticket"
    PSK = "1.3 by ticket"
    RETRY = "1.3 by ticket, HelloRetryRequest"
    EARLY_DATA = "early data"
    EARLY_DATA_REFUSED = "early data refused"
    EXTERNAL_PSK = "external PSK"
    STAPLE12 = "OCSP staple in 1.2"
    STAPLE13 = "OCSP staple in 1.3"


class Further(Feature):
    """What may be asked besides."""

    COMPRESSION = "certificate compression"
    RECORD_SIZE = "record_size_limit"
    FRAGMENT = "max_fragment_length"
    RAW_KEYS = "raw public keys"
    LATE = "certificate asked for later"
    DELEGATED = "delegated credential"
    AUTHORITIES = "authorities named"
    BINDING = "channel binding"
    KEY_LOG = "the same key log"


class Application(Feature):
    """Programs that have a use for TLS, and speak something of their own inside it."""

    TLS13 = "TLS 1.3"
    TLS12 = "TLS 1.2"
    RESUMED = "resumed"
    CLIENT_CERTIFICATE = "client certificate"
    REFUSAL = "unknown root refused"


GCM = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")
SUITES = (*GCM, "TLS_CHACHA20_POLY1305_SHA256")
CCM = ("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256")
SUITES12 = tuple(
    f"TLS_ECDHE_{kind}_WITH_{aead}"
    for kind in ("ECDSA", "RSA")
    for aead in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
)
CCM12 = ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")
STATIC = ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384")
DHE = ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384")
DHE_CHACHA20 = "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
LISTENING = r"listening (\d+)\s"
NIST = ("secp256r1", "secp384r1")
ELLIPTIC = ("x25519", *NIST)
KEYS = ("ecdsa-p256", "ecdsa-p384", "rsa-2048")
EDWARDS = (*KEYS, "ed25519", "ed448")
LATTICE = (*EDWARDS, "ml-dsa-44", "ml-dsa-65")
RESUMED = (Again.TICKET, Again.PSK)
RESUMED_AND_ID = (Again.SESSION_ID, *RESUMED)
EARLY = (Again.EARLY_DATA, Again.EARLY_DATA_REFUSED)
STAPLES = (Again.STAPLE12, Again.STAPLE13)
EVERYTHING = tuple(Again)
# What an external PSK is in these tests, on both sides.
PSK_IDENTITY = "shared"
PSK_KEY = bytes(range(32))


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What one side of a peer supports without being told, and which options it has.

    `says_why`: a client sends an alert when it refuses a certificate, whatever was wrong with it. `files`: GETs are
    answered with the file that is asked for, not with a page of the server's own. `upload` says where 1 MB sent to a
    server can be seen: "digest" (in its answer), "print" (in its output), "echo" (comes back), "put" (in its folder).
    `versions`: what it speaks, `held`: which of them it
    can be told to speak alone, TLS 1.1 too. `legacy`: suites without ECDHE. `again`: what it can do of that table.
    `resumes_known`: it resumes sessions in which it showed a certificate.
    `refuses`: a client ends what it finds wrong.
    `bare`: its extended master secret can be switched off. `falls_back`: it can send the fallback SCSV.
    """

    suites: tuple[str, ...] = SUITES
    suites12: tuple[str, ...] = SUITES12
    legacy: tuple[str, ...] = ()
    groups: tuple[str, ...] = ELLIPTIC
    certificates: tuple[str, ...] = KEYS
    versions: tuple[str, ...] = ("1.2", "1.3")
    held: tuple[str, ...] = ("1.2", "1.3")
    again: tuple[Again, ...] = ()
    client_certificate: bool = True
    resumes_known: bool = True
    alpn: bool = True
    key_update: bool = False
    renegotiates: bool = False
    bare: bool = False
    falls_back: bool = False
    refuses: bool = True
    checks_names: bool = True
    says_why: bool = True
    files: bool = True
    upload: str | None = "digest"

    @property
    def groups12(self) -> tuple[str, ...]:
        """The curves among the groups."""
        return tuple(name for name in self.groups if "MLKEM" not in name and "ffdhe" not in name)

    @property
    def certificates12(self) -> tuple[str, ...]:
        """The certificates that TLS 1.2 has signatures for, but for those that its suites show anyway."""
        return tuple(name for name in self.certificates if name not in ("ecdsa-p256", "rsa-2048", *LATTICE[5:]))


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client is asked to do: connect to 127.0.0.1, expect `name`, GET `path` or POST the file `upload`.

    `version`: the only one to speak, "1.1", "1.2" or "1.3". `again`: ask, then ask again in a resumed session; with
    `early_data` the second request is sent early, with `replay` a second time so. `psk`: with the external PSK,
    `psk_alone`: without a key exchange.
    `staple`: ask for an OCSP response. `renegotiate` before the request. `bare`: without extended master secret.
    `fallback`: with the SCSV for it.
    """

    port: int
    trust: Path
    name: str = "localhost"
    path: str = "/hello.txt"
    upload: Path | None = None
    credential: Files | None = None
    alpn: tuple[str, ...] = ()
    key_update: bool = False
    version: str = ""
    again: bool = False
    early_data: bool = False
    replay: bool = False
    psk: bool = False
    psk_alone: bool = False
    staple: bool = False
    renegotiate: bool = False
    bare: bool = False
    fallback: bool = False

    def http(self) -> bytes:
        """The request as HTTP/1.0."""
        host = f"Host: {self.name}\r\n"
        if self.upload is None:
            return f"GET {self.path} HTTP/1.0\r\n{host}\r\n".encode()
        body = self.upload.read_bytes()
        return f"POST {self.path} HTTP/1.0\r\n{host}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a request. `told` holds what the client says was negotiated: version, suite, group, alpn."""

    ok: bool
    output: str
    length: int = 0
    sha256: str = ""
    body: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_http(cls, response: bytes, output: str, told: Mapping[str, Any] | None = None) -> Answer:
        """Cut the response out of what a program printed. No response: not ok."""
        _, found, rest = response.partition(b"HTTP/1.")
        head, _, body = rest.partition(b"\r\n\r\n")
        ok = bool(found) and b" 200 " in head.split(b"\r\n")[0]
        text = body[:1000].decode("latin-1")
        digest = hashlib.sha256(body).hexdigest()
        return cls(ok=ok, output=output, length=len(body), sha256=digest, body=text, told=told or {})

    @classmethod
    def from_json(cls, ended_text: str) -> Answer:
        """Read the one line of JSON that the programs in programs/ print."""
        lines = [line for line in ended_text.splitlines() if line.startswith("{")]
        told: dict[str, Any] = json.loads(lines[-1]) if lines else {"ok": False}
        return cls(
            ok=told["ok"] and " 200" in told["status"],
            output=ended_text,
            length=told.get("length", 0),
            sha256=told.get("sha256", ""),
            body=told.get("body", ""),
            told=told,
        )


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a server is to do: show `credential`, serve the files of `files`, ask for client certificates or not.

    `client_auth` is "none", "optional" or "required"; `alpn` in order of preference; `key_update`: the server
    updates its keys by itself; `talk`: no HTTP, it prints or echoes what it receives and sends what it is told.
    `version`: the only one to speak. `tickets`: without them sessions go by their ID. `early_data` is taken; `psk`: the
    external PSK is, `psk_alone`: without a key exchange; `staple`: the credential's OCSP response is given. `bare`: no
    extended master secret. `pki`: all of it, for servers that are set up elsewhere.
    """

    credential: Files
    files: Path
    client_auth: str = "none"
    client_trust: Path | None = None
    alpn: tuple[str, ...] = ()
    key_update: bool = False
    talk: bool = False
    version: str = ""
    tickets: bool = True
    early_data: bool = False
    psk: bool = False
    psk_alone: bool = False
    staple: bool = False
    bare: bool = False
    pki: Pki | None = None


class Peer:
    """One TLS program. `client` and `server` are None when it has no such side."""

    name: str
    stack: str
    programs: tuple[str, ...]
    version_command: tuple[str, ...]
    version_pattern = r"\d+\.\d+(\.\d+)*"
    client: Abilities | None = None
    server: Abilities | None = None

    def missing(self) -> str | None:
        """Which of its programs is not installed."""
        return next((program for program in self.programs if find_program(program) is None), None)

    def version(self) -> str:
        """What it says its version is."""
        program, *words = self.version_command
        ended = run([find_program(program) or program, *words])
        found = re.search(self.version_pattern, ended.text)
        return found[0] if found else "unknown"

    def ask(self, request: Request) -> Answer:
        raise NotImplementedError

    def close(self) -> None:
        """End what it keeps running between requests."""

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        """The command line of its server; `folder` is scratch space and becomes its working directory."""
        raise NotImplementedError

    announcement: str | None = None

    @contextmanager
    def serve(self, service: Service, folder: Path) -> Iterator[Server]:
        """Its server, listening. A port that was taken between choosing and binding is chosen again."""
        for attempt in range(3):
            port = 0 if self.announcement else free_port()
            argv = self.serve_on(service, port, folder)
            try:
                with serving(argv, port, folder, announcement=self.announcement) as server:
                    yield server
                    return
            except NotStarted as failure:
                if attempt == 2:
                    raise RuntimeError(f"{self.name} did not start: {failure}") from failure


class ProgramPeer(Peer):
    """A peer through one of the programs in programs/, which share one command line."""

    announcement = LISTENING

    def command(self) -> list[str | Path]:
        """The words before "client" or "server"."""
        raise NotImplementedError

    def ask(self, request: Request) -> Answer:
        words = [*self.command(), "client", "--port", str(request.port), "--ca", request.trust]
        words += ["--name", request.name, "--path", request.path]
        if request.upload:
            words += ["--upload", request.upload]
        if request.credential:
            words += ["--cert", request.credential.chain, "--key", request.credential.key]
        words += switches(again=request.again, staple=request.staple, renegotiate=request.renegotiate)
        return Answer.from_json(run([*words, *options(request)]).text)

    def serve_on(self, service: Service, port: int, folder: Path) -> list[str | Path]:
        words = [*self.command(), "server", "--cert", service.credential.chain, "--key", service.credential.key]
        words += ["--files", service.files, "--client-auth", service.client_auth]
        if service.client_trust:
            words += ["--client-ca", service.client_trust]
        if service.staple:
            words += ["--staple", service.credential.staple]
        return [*words, *switches(session_ids=not service.tickets), *options(service)]


def options(wanted: Request | Service) -> list[str | Path]:
    """What clients and servers have in common."""
    words: list[str | Path] = ["--alpn", ",".join(wanted.alpn)] if wanted.alpn else []
    words += ["--version", wanted.version] if wanted.version else []
    return [*words, *switches(key_update=wanted.key_update, bare=wanted.bare)]


def switches(**wanted: bool) -> list[str | Path]:
    """Options that are "yes" or left out."""
    return [word for name, on in wanted.items() if on for word in (f"--{name.replace('_', '-')}", "yes")]


def pem_bundle(folder: Path, name: str, *parts: Path) -> Path:
    """Several PEM files as one, in a scratch folder."""
    bundle = folder / name
    bundle.write_bytes(b"".join(part.read_bytes() for part in parts))
    return bundle


def must_run(argv: list[str | Path], **keywords: Any) -> bytes:
    """Run a preparatory step; raises CalledProcessError with what it printed."""
    ended = run(argv, **keywords)
    if ended.returncode != 0:
        raise subprocess.CalledProcessError(ended.returncode or -1, [str(w) for w in argv], ended.text)
    return ended.stdout
