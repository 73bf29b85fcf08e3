"""What `dojang connect` is pointed at: the host, its address, and the client's configuration that the options spell."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dojang.cli.failures import WrongUsage
from dojang.cli.keyfiles import keylog_into, password_for
from dojang.cli.language import Language, Text
from dojang.crypto.groups import GROUPS
from dojang.engine.config import ClientConfig, Credential
from dojang.pki.store import TrustStore
from dojang.wire.codes import ExtensionType, NamedGroup, NameType
from dojang.wire.extensions import Extension, ServerName, ServerNameList, extension
from dojang.wire.hello import ClientHello

__all__ = ["Target", "client_config", "data_to_send"]

HTTPS = 443


@dataclass(frozen=True, slots=True)
class Target:
    """A host by name or address, a port, and the address to use instead of asking DNS ("" to ask)."""

    host: str
    port: int
    address: str = ""

    @classmethod
    def parse(cls, text: str, resolve: Sequence[str] = ()) -> Target:
        """``name``, ``name:port``, ``[::1]:port``, ``::1`` or an https URL; `resolve` as in curl's --resolve."""
        host, port = _split(text.removeprefix("https://").partition("/")[0])
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


def client_config(arguments: argparse.Namespace, language: Language, stack: ExitStack) -> ClientConfig:
    """The configuration that connect's options ask for; files it opens are closed with `stack`."""
    options: dict[str, Any] = {}
    if arguments.groups:
        options["groups"] = _groups(arguments.groups)
    if arguments.sni or arguments.no_sni:
        options["danger_shape"] = _naming(arguments.sni)
    if arguments.cert:
        key = arguments.key or arguments.cert
        options["credential"] = Credential.from_files(arguments.cert, key, password_for(Path(key), language))
    return ClientConfig(
        trust=TrustStore.from_file(arguments.ca) if arguments.ca else None,
        alpn=tuple(filter(None, arguments.alpn.split(","))),
        danger_accept_any_certificate=arguments.insecure,
        keylog=keylog_into(arguments.keylog, stack),
        **options,
    )


def data_to_send(text: str | None) -> bytes | None:
    """--send's bytes: the text with ``\\r \\n \\t \\\\`` understood, or the file after ``@``."""
    if text is None:
        return None
    if text.startswith("@"):
        return Path(text[1:]).read_bytes()
    for written, meant in (("\\\\", "\0"), ("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t"), ("\0", "\\")):
        text = text.replace(written, meant)
    return text.encode()


def _split(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if not host:
        raise WrongUsage(_NO_HOST, text=text)
    return host, _port(port) if port else HTTPS


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise WrongUsage(_NO_PORT, text=text)
    return int(text)


def _resolve_entry(text: str) -> tuple[str, int, str]:
    parts = text.split(":", 2)
    if len(parts) != 3 or not all(parts):
        raise WrongUsage(_BAD_RESOLVE, text=text)
    return parts[0].lower(), _port(parts[1]), parts[2].removeprefix("[").removesuffix("]")


def _groups(text: str) -> tuple[NamedGroup, ...]:
    known = {group.label.lower(): group for group in GROUPS}
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise WrongUsage(_NO_GROUP, name=name, known=", ".join(group.label for group in GROUPS))
    return tuple(known[name] for name in names)


def _naming(name: str | None) -> Any:
    """What makes a ClientHello ask for `name`, or with None for no name at all."""

    def shape(message: object) -> object:
        if not isinstance(message, ClientHello):
            return message
        kept = [entry for entry in message.extensions if entry.extension_type != ExtensionType.SERVER_NAME]
        return _with_extensions(message, [*_server_name(name), *kept])

    return shape


def _server_name(name: str | None) -> list[Extension]:
    if name is None:
        return []
    names = ServerNameList((ServerName(NameType.HOST_NAME, name.encode("idna")),))
    return [extension(ExtensionType.SERVER_NAME, names)]


def _with_extensions(hello: ClientHello, extensions: Sequence[Extension]) -> ClientHello:
    return ClientHello(
        hello.legacy_version,
        hello.random,
        hello.legacy_session_id,
        hello.cipher_suites,
        hello.legacy_compression_methods,
        tuple(extensions),
    )


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
