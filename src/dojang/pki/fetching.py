"""Fetching what a certificate points to: OCSP responses, lists, missing intermediates. How bytes travel is injected.

Answers are kept in a cache as long as they themselves say; whether one is believed is decided where it is judged, so a
poisoned cache can hide nothing and prove nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from dojang.errors import DecodeError, TlsError
from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate, parse_certificate
from dojang.pki.crl import distribution_points, parse_crl
from dojang.pki.lists import CRL_POINTS, FRESHEST
from dojang.pki.ocsp import encode_request, ocsp_status, response_ends
from dojang.pki.pem import InputError, certificate_blocks
from dojang.pki.revocation import Evidence
from dojang.pki.status import Unknown

__all__ = ["Cache", "Fetch", "FetchFailed", "IssuerSource", "MemoryCache", "OnlineSource", "access_urls"]

OCSP = "1.3.6.1.5.5.7.48.1"
CA_ISSUERS = "1.3.6.1.5.5.7.48.2"

# A server that did not answer is not asked again for so many seconds.
_SULKS = 60.0
_MOST_URLS = 4

# Given a URL and a request to post (None to get), the body of the answer; raises FetchFailed.
Fetch = Callable[[str, bytes | None], bytes]


class FetchFailed(TlsError):
    """A URL gave nothing that can be used."""

    def __init__(self, template: str, **details: object) -> None:
        super().__init__(None, template, "", **details)


class Cache(Protocol):
    """Remembers bytes by a key (hexadecimal) until a time (seconds since 1970)."""

    def load(self, key: str, now: float) -> bytes | None: ...

    def keep(self, key: str, data: bytes, until: float) -> None: ...


class MemoryCache:
    """A bounded cache of this process alone."""

    def __init__(self, entries: int = 256) -> None:
        self._kept: dict[str, tuple[bytes, float]] = {}
        self._entries = entries

    def load(self, key: str, now: float) -> bytes | None:
        """What was kept under `key` and is still fresh."""
        found = self._kept.get(key)
        return found[0] if found is not None and found[1] > now else None

    def keep(self, key: str, data: bytes, until: float) -> None:
        """Oldest out first."""
        while len(self._kept) >= self._entries:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[key] = data, until


class OnlineSource:
    """An `EvidenceSource` that asks OCSP responders first and fetches lists where they do not help.

    ocsp, crls: whether each is asked at all. nonce: send one, and so get an answer made for this question alone; it
    makes every answer slower, and most responders ignore it.
    """

    def __init__(
        self, fetch: Fetch, cache: Cache | None = None, *, ocsp: bool = True, crls: bool = True, nonce: bool = False
    ) -> None:
        self.fetch = _Patient(fetch)
        self.cache = cache or MemoryCache()
        self.ocsp = ocsp
        self.crls = crls
        self.nonce = nonce

    def evidence(self, certificate: ParsedCertificate, issuer: ParsedCertificate, at: int) -> Evidence:
        """What can be had now; `why` names the last thing that failed."""
        failures: list[str] = []
        if self.ocsp:
            for url in access_urls(certificate, OCSP):
                response = self._ask(url, certificate, issuer, at, failures)
                if response is not None:
                    return Evidence(responses=(response,))
        lists = tuple(self._lists(certificate, at, failures)) if self.crls else ()
        why = failures[-1] if failures else "" if lists else "it does not say where to ask"
        return Evidence(lists, why=why)

    def _ask(
        self, url: str, certificate: ParsedCertificate, issuer: ParsedCertificate, at: int, failures: list[str]
    ) -> bytes | None:
        """A response of that responder that can be believed and tells something."""
        nonce = secrets.token_bytes(32) if self.nonce else None
        request = encode_request(certificate, issuer, nonce)
        key = _key(url, request)
        known = None if nonce else self.cache.load(key, at)
        try:
            data = known or self.fetch(url, request)
        except FetchFailed as failure:
            failures.append(failure.reason)
            return None
        status = ocsp_status(data, certificate, issuer, at, nonce=nonce)
        if status is None or isinstance(status, Unknown):
            failures.append(status.why if status else "the response speaks of another certificate")
            return None
        if known is None and nonce is None:
            self.cache.keep(key, data, min(filter(lambda end: end > at, response_ends(data)), default=at))
        return data

    def _lists(self, certificate: ParsedCertificate, at: int, failures: list[str]) -> Iterator[bytes]:
        """The list of each distribution point, and the deltas that go with them."""
        urls = [*_point_urls(certificate), *_point_urls(certificate, FRESHEST)][:_MOST_URLS]
        for url in urls:
            key = _key(url, b"")
            known = self.cache.load(key, at)
            try:
                data = known or self.fetch(url, None)
                crl = parse_crl(data)
            except FetchFailed as failure:
                failures.append(failure.reason)
                continue
            except DecodeError:
                failures.append("a list can't be read")
                continue
            if known is None and crl.next_update is not None and crl.next_update > at:
                self.cache.keep(key, data, crl.next_update)
            # A complete list may say where its delta is (RFC 5280 section 5.2.6).
            if FRESHEST in crl.extensions and len(urls) < _MOST_URLS:
                urls += _http_urls(crl.extensions[FRESHEST][1])
            yield data


class IssuerSource:
    """Fetches missing intermediates by authorityInfoAccess (RFC 5280 section 4.2.2.1), and remembers them.

    Only for whoever asks for it: a server that needs this is misconfigured, and each fetch tells a stranger who asks.
    """

    def __init__(self, fetch: Fetch, cache: Cache | None = None, *, deepest: int = 4) -> None:
        self.fetch = _Patient(fetch)
        self.cache = cache or MemoryCache()
        self.deepest = deepest

    def issuers(self, certificate: ParsedCertificate, now: float) -> tuple[bytes, ...]:
        """DER of certificates that may have issued `certificate`; empty where none can be had."""
        found: list[bytes] = []
        for url in access_urls(certificate, CA_ISSUERS):
            key = _key(url, b"")
            try:
                data = self.cache.load(key, now) or self.fetch(url, None)
                read = certificate_blocks(data)
            except (FetchFailed, InputError):
                continue
            self.cache.keep(key, data, now + 30 * 86400)
            found += [der for der in read[:16] if _is_certificate(der)]
        return tuple(found)


def access_urls(certificate: ParsedCertificate, method: str) -> tuple[str, ...]:
    """The http URLs of an access method in authorityInfoAccess, a few at the most."""
    described = certificate.values.get(ext.AUTHORITY_INFORMATION_ACCESS, ())
    urls = (name.value.decode("ascii") for oid, name in described if oid == method and name.kind == ext.URI)
    return tuple([url for url in urls if _is_http(url)][:_MOST_URLS])


class _Patient:
    """Does not ask again at once where nothing came."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._failed: dict[str, tuple[float, FetchFailed]] = {}

    def __call__(self, url: str, body: bytes | None) -> bytes:
        failed = self._failed.get(url)
        if failed is not None and time.monotonic() < failed[0]:
            raise failed[1]
        try:
            return self._fetch(url, body)
        except FetchFailed as failure:
            if len(self._failed) >= 256:
                self._failed.clear()
            self._failed[url] = time.monotonic() + _SULKS, failure
            raise


def _point_urls(certificate: ParsedCertificate, oid: str = CRL_POINTS) -> list[str]:
    extension = certificate.extensions.get(oid)
    return _http_urls(extension.value) if extension else []


def _http_urls(points: bytes) -> list[str]:
    """The http URLs in distribution points, none where they can't be read."""
    try:
        names = [name for point in distribution_points(points) for name in point.names if name.kind == ext.URI]
    except DecodeError:
        return []
    return [url for url in (name.value.decode("ascii") for name in names) if _is_http(url)]


def _is_http(url: str) -> bool:
    """Nothing but http: https would need what is being decided here, and other schemes reach what no CA means."""
    return url[:7].lower() == "http://" and url.isprintable() and " " not in url


def _is_certificate(data: bytes) -> bool:
    try:
        parse_certificate(data)
    except DecodeError:
        return False
    return True


def _key(url: str, request: bytes) -> str:
    return hashlib.sha256(url.encode() + b"\0" + request).hexdigest()
