"""What `dojang connect` is pointed at: the host, its address, and the client's configuration that the options spell."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dojang.cli.failures import WrongUsage
from dojang.cli.keyfiles import keylog_into, password_for
from dojang.cli.language import Language, Text
from dojang.cli.protocol import protocol_options
from dojang.crypto.groups import GROUPS
from dojang.crypto.suites import TLS12_SUITES, TLS13_SUITES
from dojang.engine.config import ClientConfig, Credential
from dojang.engine.ticket import ExternalPsk, TicketCache
from dojang.pki.exceptions import default_exceptions
from dojang.pki.store import TrustStore
from dojang.wire.codes import CipherSuite

__all__ = ["Target", "client_config", "data_to_send"]

T = TypeVar("T")

HTTPS = 443


@dataclass(frozen=True, slots=True)
class Target:
    """A host by name or address, a port, and the address to use instead of asking DNS ("" to ask)."""

    host: str
    port: int
    address: str = ""

    @classmethod
    def parse(cls, text: str, resolve: Sequence[str] = (), port: int = HTTPS) -> Target:
        """``name``, ``name:port``, ``[::1]:port``, ``::1`` or an https URL; `resolve` as in curl's --resolve.

        port: where none is named.
        """
        host, port = _split(text.removeprefix("https://").partition("/")[0], port)
        for entry in resolve:
            wanted, number, address = _resolve_entry(entry)
            if wanted == host.lower() and number == port:
                return cls(host, port, address)
        return cls(host, port)

    def reach(self, timeout: float) -> socket.socket:
        """A TCP connection; OSError where there is none within `timeout` seconds."""
        sock = socket.create_connection((self.address or self.host, self.port), timeout=timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock


def client_config(
    arguments: argparse.Namespace, language: Language, stack: ExitStack, tickets: TicketCache | None = None
) -> ClientConfig:
    """The configuration that connect's options ask for; files it opens are closed with `stack`."""
    options: dict[str, Any] = {}
    if arguments.groups:
        options["groups"] = _named(arguments.groups, {group.label.lower(): group for group in GROUPS}, _NO_GROUP)
    if arguments.suites:
        options["suites"] = _named(arguments.suites, _SUITES, _NO_SUITE)
    if arguments.cert:
        key = arguments.key or arguments.cert
        options["credential"] = Credential.from_files(arguments.cert, key, password_for(Path(key), language))
    return ClientConfig(
        **protocol_options(arguments),
        trust=TrustStore.from_file(arguments.ca) if arguments.ca else None,
        server_name="" if arguments.no_sni else arguments.sni,
        alpn=tuple(filter(None, _protocols(arguments).split(","))),
        danger_accept_any_certificate=arguments.insecure,
        exceptions=_exceptions(arguments),
        psks=tuple(_shared_key(text) for text in arguments.psk),
        tickets=tickets,
        keylog=keylog_into(arguments.keylog, stack),
        **options,
    )


def _exceptions(arguments: argparse.Namespace) -> Callable[[str, bytes], bool]:
    """What this user accepted before; with --remember, what is met now as well, from now on."""
    known = default_exceptions()
    if arguments.remember is None:
        return known

    def accept(name: str, certificate: bytes) -> bool:
        if not known(name, certificate):
            known.remember(name, certificate, arguments.remember, days=arguments.remember_days)
        return True

    return accept


def _protocols(arguments: argparse.Namespace) -> str:
    """What --alpn says; for a conversation that began as something else there is no default."""
    if arguments.alpn is not None:
        return str(arguments.alpn)
    return "" if arguments.starttls else "http/1.1"


def _shared_key(text: str) -> ExternalPsk:
    """--psk's IDENTITY:HEXKEY, or the file after ``@`` that holds it."""
    if text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8").strip()
    identity, colon, key = text.rpartition(":")
    try:
        secret = bytes.fromhex(key)
    except ValueError:
        colon, secret = "", b""
    if not (colon and identity and secret):
        raise WrongUsage(_BAD_PSK)  # without the text: it may hold the key
    return ExternalPsk(identity.encode(), secret)


def data_to_send(text: str | None) -> bytes | None:
    """--send's bytes: the text with ``\\r \\n \\t \\\\`` understood, or the file after ``@``."""
    if text is None:
        return None
    if text.startswith("@"):
        return Path(text[1:]).read_bytes()
    for written, meant in (("\\\\", "\0"), ("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t"), ("\0", "\\")):
        text = text.replace(written, meant)
    return text.encode()


def _split(text: str, otherwise: int) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if not host:
        raise WrongUsage(_NO_HOST, text=text)
    return host, _port(port) if port else otherwise


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise WrongUsage(_NO_PORT, text=text)
    return int(text)


def _resolve_entry(text: str) -> tuple[str, int, str]:
    parts = text.split(":", 2)
    if len(parts) != 3 or not all(parts):
        raise WrongUsage(_BAD_RESOLVE, text=text)
    return parts[0].lower(), _port(parts[1]), parts[2].removeprefix("[").removesuffix("]")


def _named(text: str, known: Mapping[str, T], unknown: Text) -> tuple[T, ...]:
    """The values that a list with commas names."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            shown = ", ".join(str(getattr(value, "label", value)) for value in known.values())
            raise WrongUsage(unknown, name=name, known=shown)
    return tuple(known[name] for name in names)


_SUITES: dict[str, CipherSuite] = {code.label.lower(): code for code in (*TLS13_SUITES, *TLS12_SUITES)}

_NO_HOST = Text(ko="{text!r}에 호스트 이름이 없습니다.", en="{text!r} names no host.")
_NO_PORT = Text(ko="{text!r:은/는} 포트 번호가 아닙니다 (1~65535).", en="{text!r} is no port number (1 to 65535).")
_BAD_RESOLVE = Text(
    ko="--resolve {text}: HOST:PORT:ADDRESS 꼴이어야 합니다. 예: books.test:8443:127.0.0.1",
    en="--resolve {text}: it takes HOST:PORT:ADDRESS, such as books.test:8443:127.0.0.1",
)
_NO_GROUP = Text(
    ko="dojang은 {name} 그룹을 모릅니다. 아는 그룹: {known}",
    en="dojang does not know the group {name}. It knows {known}.",
)
_NO_SUITE = Text(
    ko="dojang은 {name} 암호 스위트를 쓰지 않습니다. 쓰는 것: {known}",
    en="dojang does not speak the cipher suite {name}. It speaks {known}.",
)
_BAD_PSK = Text(
    ko="--psk는 식별자:16진수키 꼴이거나 그것이 든 @파일이어야 합니다. 키는 16바이트(32자리) 이상입니다.",
    en="--psk takes IDENTITY:HEXKEY, or @FILE with it. The key has 16 bytes (32 digits) or more.",
)
