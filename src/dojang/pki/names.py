"""The names that a client knows a server by, and whether a certificate carries them (RFC 9525).

A common name is never looked at: RFC 9525 section 2 ended that. Nothing here knows of chains or trust.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.dn import name_text
from dojang.pki.extensions import DIRECTORY_NAME, DNS_NAME, EMAIL, IP_ADDRESS, URI, GeneralName
from dojang.pki.suffixes import is_public_suffix

__all__ = ["DnsName", "IpName", "Name", "is_dns_name", "matches", "name_of", "shown"]


@dataclass(frozen=True, slots=True)
class DnsName:
    """A host by name: `value` in lower case, A-labels, without the final dot."""

    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class IpName:
    """A host by address."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address

    @property
    def packed(self) -> bytes:
        """4 or 16 octets, as an iPAddress holds them."""
        return self.address.packed

    def __str__(self) -> str:
        return str(self.address)


Name = DnsName | IpName


@lru_cache(1024)
def name_of(text: str) -> Name:
    """The name a user wrote: a host (also with letters beyond ASCII, also with a final dot) or an IP address.

    `[::1]` is the address in brackets as a URI has it. Raises ApiMisuse for what is neither.
    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return IpName(ipaddress.ip_address(bare))
    except ValueError:
        pass
    value = _ascii(text.removesuffix(".")).lower()
    # RFC 9525 section 6.3 leaves syntax to the resolver; an underscore is in use although no host name has one.
    if not is_dns_name(value.replace("_", "a")) or value.rsplit(".", 1)[-1].isdigit():
        raise ApiMisuse("{name!r} is neither a host name nor an IP address", name=text)
    return DnsName(value)


def matches(name: Name, presented: Iterable[GeneralName], *, public_suffixes: bool = False) -> bool:
    """True where one of the names in a certificate is `name`; RFC 9525 section 6.

    public_suffixes: a wildcard directly below a suffix where anybody may register does not count.
    """
    if isinstance(name, IpName):
        return GeneralName(IP_ADDRESS, name.packed) in tuple(presented)
    reference = name.value.encode("ascii")
    found = (value for kind, value in presented if kind == DNS_NAME and _dns_matches(reference, value))
    return any(not (public_suffixes and _spans_a_registry(value)) for value in found)


def is_dns_name(text: str) -> bool:
    """The preferred name syntax of RFC 1034 section 3.5, as RFC 1123 relaxed it."""
    return len(text) <= 253 and _DNS.fullmatch(text) is not None


def shown(name: GeneralName) -> str:
    """The name for people: bare for a host or address, with its form in front for others."""
    kind, value = name
    if kind == IP_ADDRESS and len(value) in (4, 16):
        return str(ipaddress.ip_address(value))
    if kind == DIRECTORY_NAME:
        return _directory_text(value)
    if kind in (DNS_NAME, EMAIL, URI):
        text = "".join(letter if letter.isprintable() else "?" for letter in value.decode("ascii", "replace")[:253])
        # `8.8.8.8` as a DNS name is for nobody, and looks as if it were for that address.
        return f"dNSName:{text}" if kind == DNS_NAME and text[-1:].isdigit() else text
    return f"{_FORMS.get(kind, 'name')}:{value[:32].hex()}"


def _dns_matches(reference: bytes, presented: bytes) -> bool:
    """RFC 9525 section 6.3: label by label without regard to case; `*` alone stands for one whole leftmost label."""
    presented = presented.lower()
    if presented == reference:
        return b"*" not in presented
    if not presented.startswith(b"*."):
        return False
    parent = presented[1:]
    first, dot, rest = reference.partition(b".")
    # At least two labels must follow: `*.com` would stand for a registry's whole space.
    return bool(first) and dot + rest == parent and b"*" not in parent and parent.count(b".") >= 2


def _directory_text(value: bytes) -> str:
    try:
        return name_text(value)
    except DecodeError:
        return f"directoryName:{value[:32].hex()}"


def _spans_a_registry(presented: bytes) -> bool:
    return presented.startswith(b"*.") and is_public_suffix(presented[2:].decode("ascii"))


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    # IDNA 2003 and 2008 read these four differently, so one of them would lead to another host.
    if set(text) & set("\u00df\u03c2\u200c\u200d"):
        raise ApiMisuse("{name!r} has letters that IDNA 2003 and 2008 read differently: write its A-labels", name=text)
    try:
        return text.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ApiMisuse("{name!r} is no internationalised host name", name=text) from error


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

_FORMS = {
    0: "otherName",
    3: "x400Address",
    4: "directoryName",
    5: "ediPartyName",
    7: "iPAddress",
    8: "registeredID",
}
