"""The sites of `dojang serve`: names, folders, certificates; and all that a worker needs to know, as values."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509 import ocsp

from dojang.cli.failures import WrongUsage
from dojang.cli.keyfiles import keylog_into, password_for
from dojang.cli.language import Language, Text
from dojang.cli.protocol import protocol_options
from dojang.cli.resuming import resumption_options
from dojang.engine.config import ClientAuth, Credential, ServerConfig
from dojang.pki.authority import Authority
from dojang.pki.folder import KEY_FILE
from dojang.pki.store import TrustStore

__all__ = ["Packed", "Plan", "Site", "server_config"]


@dataclass(frozen=True, slots=True)
class Site:
    """The names a site answers to, and the folder it shows; None is the echo page."""

    names: tuple[str, ...]
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Packed:
    """A credential as bytes, for a worker process. key: PKCS #8, in the clear."""

    chain: tuple[bytes, ...]
    key: bytes
    staple: bytes | None

    @classmethod
    def of(cls, credential: Credential) -> Packed:
        """The credential's bytes."""
        assert credential.key is not None
        key = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return cls(credential.chain, key, credential.staple)

    def unpack(self) -> Credential:
        """The credential again."""
        return Credential(chain=self.chain, key=load_der_private_key(self.key, None), staple=self.staple)

    def __repr__(self) -> str:
        return f"<Packed of {len(self.chain)} certificates>"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to serve. credentials are made once and shared by all workers; `shared` is the workers' common folder."""

    arguments: argparse.Namespace
    sites: tuple[Site, ...]
    credentials: tuple[Packed, ...]
    shared: str | None = None

    @classmethod
    def of(cls, arguments: argparse.Namespace, language: Language) -> Plan:
        """Reads what the options name, asks for passwords, issues certificates."""
        sites = _sites(arguments)
        credentials = _stapled(_credentials(arguments, sites, language), arguments.stapling)
        return cls(arguments, sites, tuple(map(Packed.of, credentials)))


def server_config(plan: Plan, stack: ExitStack) -> ServerConfig:
    """The configuration that serve's options ask for; files it opens are closed with `stack`."""
    arguments = plan.arguments
    trust = TrustStore.from_file(arguments.client_ca) if arguments.client_ca else None
    resumption = resumption_options(
        wanted=not arguments.no_tickets,
        keys=arguments.ticket_keys,
        period=arguments.ticket_period,
        folder=plan.shared,
        early_data=arguments.early_data,
    )
    return ServerConfig(
        **protocol_options(arguments),
        **resumption,
        credentials=tuple(packed.unpack() for packed in plan.credentials),
        unknown_name=arguments.unknown_name,
        client_auth=ClientAuth(arguments.client_auth) if trust else ClientAuth.NONE,
        client_trust=trust,
        alpn=("http/1.1",),
        keylog=keylog_into(arguments.keylog, stack),
    )


def _sites(arguments: argparse.Namespace) -> tuple[Site, ...]:
    default = _folder(arguments.folder)
    sites = tuple(_site(text, default) for text in arguments.site)
    return sites or (Site(_local_names(arguments.host), default),)


def _site(text: str, default: Path | None) -> Site:
    names, equals, folder = text.partition("=")
    if not names:
        raise WrongUsage(_EMPTY_SITE, text=text)
    return Site(tuple(name.strip().lower() for name in names.split(",")), _folder(folder) if equals else default)


def _folder(text: str | None) -> Path | None:
    if text is None:
        return None
    folder = Path(text)
    if not folder.exists():
        raise FileNotFoundError(2, "", text)
    if not folder.is_dir():
        raise NotADirectoryError(20, "", text)
    return folder.resolve()


def _local_names(host: str) -> tuple[str, ...]:
    names = ["localhost", "127.0.0.1", "::1"]
    if host not in (*names, "", "0.0.0.0", "::"):
        names.insert(0, host)
    return tuple(names)


def _credentials(arguments: argparse.Namespace, sites: tuple[Site, ...], language: Language) -> tuple[Credential, ...]:
    if len(arguments.cert) != len(arguments.key):
        raise WrongUsage(_PAIRS, certificates=len(arguments.cert), keys=len(arguments.key))
    pairs = zip(arguments.cert, arguments.key, strict=True)
    given = tuple(
        Credential.from_files(certificate, key, password_for(Path(key), language)) for certificate, key in pairs
    )
    if not arguments.ca:
        if not given:
            raise WrongUsage(_NO_CERTIFICATE)
        return given
    password = password_for(Path(arguments.ca) / KEY_FILE, language)
    authority = Authority.open(arguments.ca, password)
    return (*given, *_issued(authority, sites, given, legacy=arguments.legacy_rsa or arguments.policy == "legacy-rsa"))


def _issued(
    authority: Authority, sites: tuple[Site, ...], given: tuple[Credential, ...], *, legacy: bool
) -> Iterator[Credential]:
    """A certificate on the spot for each site that no given one names; static RSA needs one with an RSA key as well."""
    named = {name for credential in given for name in credential.names}
    for site in sites:
        if not named.issuperset(site.names):
            for algorithm in ("ecdsa-p256", "rsa-2048") if legacy else ("ecdsa-p256",):
                issued = authority.issue(site.names, algorithm=algorithm)
                yield Credential.from_pyca(issued.chain, issued.key)


def _stapled(credentials: tuple[Credential, ...], files: Sequence[str]) -> tuple[Credential, ...]:
    """Each OCSP response goes with the certificate that it speaks of."""
    for file in files:
        data = Path(file).read_bytes()
        number = _serial_in(data, file)
        fitting = [credential for credential in credentials if credential.certificate.serial_number == number]
        if not fitting:
            raise WrongUsage(_STRAY_STAPLE, file=file, serial=f"{number:x}")
        credentials = tuple(replace(c, staple=data) if c in fitting else c for c in credentials)
    return credentials


def _serial_in(data: bytes, file: str | os.PathLike[str]) -> int:
    try:
        return ocsp.load_der_ocsp_response(data).serial_number
    except ValueError:
        raise WrongUsage(_NO_STAPLE, file=file) from None


_EMPTY_SITE = Text(ko="--site {text}: 이름이 비었습니다.", en="--site {text}: the name is empty.")
_PAIRS = Text(
    ko="--cert와 --key는 짝을 이루어야 합니다. 인증서는 {certificates}개, 키는 {keys}개입니다.",
    en="--cert and --key come in pairs; there are {certificates} certificates and {keys} keys.",
)
_NO_CERTIFICATE = Text(
    ko="서버에 인증서가 필요합니다. `dojang ca init my-ca`로 인증 기관을 만들고 --ca my-ca를 주거나, "
    "--cert와 --key로 파일을 주세요.",
    en="A server needs a certificate. Make an authority with `dojang ca init my-ca` and pass --ca my-ca, "
    "or name files with --cert and --key.",
)
_NO_STAPLE = Text(
    ko="{file:은/는} 성공한 OCSP 응답(DER)이 아닙니다.",
    en="{file} is no successful OCSP response (DER).",
)
_STRAY_STAPLE = Text(
    ko="{file}의 OCSP 응답은 일련번호 {serial} 인증서에 대한 것인데, 이 서버에는 그런 인증서가 없습니다.",
    en="{file} speaks of the certificate with serial number {serial}, which this server does not have.",
)
