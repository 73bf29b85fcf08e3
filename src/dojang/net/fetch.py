"""Fetching what certificates point to, over plain HTTP, bounded in every way, and a cache of it on disk.

What comes back is signed by whom it concerns, so http is enough; where it comes from was chosen by whoever made a
certificate, so nothing inside this machine's own network is reached unless that is allowed.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import re
import socket
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from dojang.pki.fetching import FetchFailed

__all__ = ["DiskCache", "HttpFetch", "default_cache"]

_REDIRECTS = (301, 302, 303, 307, 308)
_KEY = re.compile(r"[0-9a-f]{64}")


class HttpFetch:
    """A `pki.fetching.Fetch`.

    timeout: seconds for one answer altogether. largest: bytes of one. hops: redirects followed, http to http only.
    allow_private: loopback, private and link-local addresses may be asked: for an authority of one's own.
    """

    def __init__(
        self,
        *,
        timeout: float = 5.0,
        largest: int = 16 * 1024 * 1024,
        hops: int = 3,
        allow_private: bool = False,
    ) -> None:
        self.timeout = timeout
        self.largest = largest
        self.hops = hops
        self.allow_private = allow_private

    def __call__(self, url: str, body: bytes | None) -> bytes:
        """The body of the answer; raises FetchFailed."""
        deadline = time.monotonic() + self.timeout
        for _ in range(self.hops + 1):
            try:
                answer, target = self._once(url, body, deadline)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise FetchFailed("{url} did not answer: {fault}", url=url, fault=_reason(error)) from error
            if target is None:
                return answer
            url = urljoin(url, target)
        raise FetchFailed("{url} sends from one place to the next", url=url)

    def _once(self, url: str, body: bytes | None, deadline: float) -> tuple[bytes, str | None]:
        """(the body, None), or (b"", where to go instead)."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.username is not None:
            raise FetchFailed("{url} is no plain http address", url=url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80)
        with contextlib.closing(connection):
            connection.sock = sock = self._connected(url, parts.hostname, parts.port or 80, deadline)
            headers = {"Connection": "close", "Accept": "*/*", "User-Agent": "dojang"}
            if body is not None:
                headers["Content-Type"] = "application/ocsp-request"
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if body is None else "POST", path, body, headers)
            with contextlib.closing(connection.getresponse()) as response:
                if response.status in _REDIRECTS and response.getheader("Location"):
                    return b"", response.getheader("Location")
                if response.status != 200:
                    raise FetchFailed("{url} answered with status {status}", url=url, status=response.status)
                return self._body(url, sock, response, deadline), None

    def _body(self, url: str, sock: socket.socket, response: http.client.HTTPResponse, deadline: float) -> bytes:
        data = bytearray()
        while True:
            # A slow drip is not worth more time than a fast answer.
            sock.settimeout(_left(deadline))
            chunk = response.read1(65536)
            if not chunk:
                return bytes(data)
            data += chunk
            if len(data) > self.largest:
                raise FetchFailed("{url} sent more than {limit} bytes", url=url, limit=self.largest)

    def _connected(self, url: str, host: str, port: int, deadline: float) -> socket.socket:
        """A socket to an address that may be asked: looked up once, so that no second answer differs from the first."""
        refused = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            if not self.allow_private and not _is_public(str(address[0])):
                refused = FetchFailed(
                    "{url} leads to {address}, inside this machine's own network", url=url, address=str(address[0])
                )
                continue
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(_left(deadline))
                sock.connect(address)
            except OSError as error:
                sock.close()
                refused = FetchFailed("{url} did not answer: {fault}", url=url, fault=_reason(error))
                continue
            return sock
        raise refused or FetchFailed("{url} has no address", url=url)


class DiskCache:
    """A `pki.fetching.Cache` in a folder: one file an answer, named by its key, its end of life as the file's time.

    most: bytes altogether; the ones that end first go first. What can't be written is not kept, and nothing breaks.
    """

    def __init__(self, folder: str | os.PathLike[str], *, most: int = 64 * 1024 * 1024) -> None:
        self.folder = Path(folder)
        self.most = most

    def load(self, key: str, now: float) -> bytes | None:
        """What was kept under `key` and is still fresh."""
        path = self._path(key)
        try:
            if path.stat().st_mtime <= now:
                return None
            return path.read_bytes()
        except OSError:
            return None

    def keep(self, key: str, data: bytes, until: float) -> None:
        """Written whole or not at all."""
        if len(data) > self.most:
            return
        with contextlib.suppress(OSError, OverflowError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room(len(data))
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                os.utime(temporary, (until, until))
                os.replace(temporary, self._path(key))
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)

    def clear(self) -> None:
        """Forget everything."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self._files())
        total = size + sum(length for _, length, _ in files)
        for _, length, path in files:
            if total <= self.most:
                return
            path.unlink(missing_ok=True)
            total -= length

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*") if _KEY.fullmatch(path.name)] if self.folder.is_dir() else []

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a key of the cache is 64 hexadecimal digits")
        return self.folder / key


def default_cache() -> DiskCache:
    """The cache of this user, where the system keeps such things."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return DiskCache(base / "dojang" / "revocation")


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
