"""What is trusted: anchors by their subject, from a file, a folder, bytes, pyca's objects or the system.

A store never changes; two stores with the same anchors have the same `fingerprint`. It says who is trusted and within
which limits, not whether a path to them holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.errors import DecodeError
from dojang.pki.certificate import ParsedCertificate, parse_certificate, subject_of
from dojang.pki.dn import NormalName, normal_name
from dojang.pki.extensions import NameConstraints
from dojang.pki.pem import InputError, certificate_blocks, read_file
from dojang.pki.profiles import Purpose

__all__ = ["AnchorLimits", "TrustStore"]


@dataclass(frozen=True, slots=True)
class AnchorLimits:
    """What an anchor is trusted for beyond what its certificate says (RFC 5914).

    purposes: None for all. name_constraints: as if they stood in its certificate. leaf_before: leaves whose notBefore
    (seconds since 1970) is later are not trusted, as browsers phase a root out.
    """

    purposes: frozenset[Purpose] | None = None
    name_constraints: NameConstraints | None = None
    leaf_before: int | None = None


class TrustStore:
    """An immutable set of trust anchors.

    anchors: DER of each certificate, in the order given and each once; limits: by DER, for those that have any.
    """

    def __init__(self, anchors: Iterable[bytes], limits: dict[bytes, AnchorLimits] | None = None) -> None:
        self.anchors = tuple(dict.fromkeys(anchors))
        self.limits = dict(limits or {})
        self.fingerprint = _fingerprint(self.anchors, self.limits)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> TrustStore:
        """The certificates of a PEM, DER or PKCS#7 file. Raises InputError naming the file and line."""
        return _store_of(read_file(path), str(path))

    @classmethod
    def from_bytes(cls, data: bytes) -> TrustStore:
        """The certificates of PEM, DER or PKCS#7 bytes. Raises InputError."""
        return _store_of(data, "")

    @classmethod
    def from_pyca(cls, certificates: Iterable[x509.Certificate]) -> TrustStore:
        return cls(certificate.public_bytes(Encoding.DER) for certificate in certificates)

    @classmethod
    def from_folder(cls, path: str | os.PathLike[str]) -> TrustStore:
        """Every certificate file (.pem .crt .cer .der, or OpenSSL's hashed names) in a folder. Raises InputError."""
        folder = Path(path)
        if not folder.is_dir():
            raise InputError("there is no folder {file}", file=str(path))
        files = sorted(entry for entry in folder.iterdir() if _holds_certificates(entry))
        return cls(anchor for entry in files for anchor in cls.from_file(entry).anchors)

    @classmethod
    def system(cls) -> TrustStore:
        """What this machine trusts. Raises InputError where no store is found."""
        return _system_store()

    @classmethod
    def from_nss(cls, folder: str | os.PathLike[str]) -> TrustStore:
        """What an NSS database (of Firefox, Chromium, ...) trusts for servers. Raises InputError."""
        from dojang.pki.nss import trusted_in

        return cls(trusted_in(Path(folder)))

    @classmethod
    def certifi(cls) -> TrustStore:
        """Mozilla's roots as the package `certifi` carries them. Raises InputError where it is not installed."""
        try:
            certifi = importlib.import_module("certifi")
        except ModuleNotFoundError as error:
            raise InputError("the package certifi is not installed: pip install certifi") from error
        return cls.from_file(certifi.where())

    def limited(self, limits: AnchorLimits) -> TrustStore:
        """The same anchors, all of them within `limits`."""
        return TrustStore(self.anchors, dict.fromkeys(self.anchors, limits))

    def issuers(self, name: NormalName) -> tuple[ParsedCertificate, ...]:
        """The anchors whose subject is `name`."""
        found = self._by_subject.get(name)
        return tuple(filter(None, map(_readable, (self.anchors[at] for at in found)))) if found else ()

    def __contains__(self, certificate: bytes) -> bool:
        return certificate in self._members

    def __len__(self) -> int:
        return len(self.anchors)

    def __iter__(self) -> Iterator[x509.Certificate]:
        return (parse_certificate(anchor).pyca() for anchor in self.anchors)

    def __or__(self, other: TrustStore) -> TrustStore:
        """Both stores together; the limits of an anchor in both are the left one's."""
        return TrustStore(self.anchors + other.anchors, {**other.limits, **self.limits})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrustStore) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"<TrustStore of {len(self)} anchors, {self.fingerprint.hex()[:12]}>"

    @cached_property
    def _members(self) -> frozenset[bytes]:
        return frozenset(self.anchors)

    @cached_property
    def _by_subject(self) -> dict[NormalName, list[int]]:
        """Made at the first question, so that opening a store that is never asked costs nothing."""
        index: dict[NormalName, list[int]] = {}
        for at, anchor in enumerate(self.anchors):
            try:
                index.setdefault(normal_name(subject_of(anchor)), []).append(at)
            except DecodeError:
                continue
        return index


def _readable(anchor: bytes) -> ParsedCertificate | None:
    """What can't be read can't be anybody's issuer."""
    try:
        return parse_certificate(anchor)
    except DecodeError:
        return None


def _fingerprint(anchors: tuple[bytes, ...], limits: dict[bytes, AnchorLimits]) -> bytes:
    """SHA-256 over the anchors' own hashes, in an order that does not depend on the file's."""
    digests = sorted(hashlib.sha256(anchor).digest() + _limits_tag(limits.get(anchor)) for anchor in anchors)
    return hashlib.sha256(b"".join(digests)).digest()


def _limits_tag(limits: AnchorLimits | None) -> bytes:
    if limits is None:
        return b""
    purposes = sorted(purpose.name for purpose in limits.purposes) if limits.purposes is not None else None
    return repr((purposes, limits.name_constraints, limits.leaf_before)).encode()


@lru_cache(16)
def _store_of(data: bytes, source: str) -> TrustStore:
    """A bundle read before is not read again: the key is its exact bytes."""
    return TrustStore(certificate_blocks(data, source))


def _holds_certificates(path: Path) -> bool:
    hashed = len(path.stem) == 8 and path.suffix[1:].isdigit()
    return path.is_file() and (hashed or path.suffix.lower() in {".pem", ".crt", ".cer", ".der"})


def _system_store() -> TrustStore:
    roots = _windows_roots() or _mac_roots()
    if roots:
        return TrustStore(roots)
    for file in _system_bundles():
        if file.is_file():
            return TrustStore.from_file(file)
    for folder in (os.environ.get("SSL_CERT_DIR"), "/etc/ssl/certs", "/system/etc/security/cacerts"):
        if folder and Path(folder).is_dir():
            return TrustStore.from_folder(folder)
    raise InputError("this machine has no trust store where one is looked for: name one with --ca or SSL_CERT_FILE")


def _system_bundles() -> Iterator[Path]:
    """The environment first, as OpenSSL does, then where Linux, macOS and the BSDs keep theirs."""
    named = os.environ.get("SSL_CERT_FILE")
    if named:
        yield Path(named)
    yield from map(Path, _BUNDLES)


def _windows_roots() -> list[bytes]:
    """The certificates of Windows' ROOT store that are trusted to authenticate servers; empty elsewhere."""
    roots: list[bytes] = []
    if sys.platform == "win32":
        import ssl

        for data, encoding, trust in ssl.enum_certificates("ROOT"):
            if encoding == "x509_asn" and (trust is True or Purpose.SERVER.value in trust):
                roots.append(data)
    return roots


def _mac_roots() -> list[bytes]:
    """The roots of macOS and what its administrators added; empty elsewhere, and where the environment names others."""
    roots: list[bytes] = []
    if sys.platform == "darwin" and not os.environ.get("SSL_CERT_FILE"):
        command = ["/usr/bin/security", "find-certificate", "-a", "-p", *_KEYCHAINS]
        with contextlib.suppress(OSError, subprocess.SubprocessError, InputError):
            found = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
            roots += certificate_blocks(found)
    return roots


_KEYCHAINS = (
    "/System/Library/Keychains/SystemRootCertificates.keychain",
    "/Library/Keychains/System.keychain",
)

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
)
