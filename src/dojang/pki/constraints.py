"""Name constraints, RFC 5280 section 4.2.1.10: which names an authority may issue for.

It compares names with subtrees, form by form. Which certificates of a path are compared is decided in
`check_name_constraints`; nothing here knows of keys, time or trust.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from dojang.errors import DecodeError
from dojang.pki import duties, reasons
from dojang.pki import extensions as ext
from dojang.pki.certificate import ParsedCertificate
from dojang.pki.dn import EMAIL_ADDRESS, attributes, normal_name
from dojang.pki.extensions import GeneralName, NameConstraints
from dojang.pki.names import is_dns_name, shown
from dojang.pki.rule import Fault

__all__ = ["check_constraint_form", "check_name_constraints"]

# Names times subtrees on one path; beyond it the comparison itself is the attack.
_MOST_COMPARISONS = 250_000


def check_name_constraints(
    path: Sequence[ParsedCertificate], anchor_limits: NameConstraints | None = None
) -> Iterator[tuple[int, Fault]]:
    """(index, fault) for each name on the path (leaf first) that an authority above it may not issue for.

    anchor_limits: constraints that the store lays on the anchor beside those in its certificate.
    """
    limits = [(at, path[at].name_constraints) for at in range(len(path) - 1, 0, -1)]
    constrained = [(at, found) for at, found in [(len(path) - 1, anchor_limits), *limits] if found is not None]
    if not constrained:
        return
    names = {at: _names(path[at]) for at in range(len(path) - 1) if at == 0 or not path[at].is_self_issued}
    for at, found in constrained:
        below = sum(len(names[lower]) for lower in names if lower < at)
        bases = len(found.permitted or ()) + len(found.excluded or ())
        if below * bases > _MOST_COMPARISONS:
            yield at, (reasons.NAME_CONSTRAINTS_WORK, {"names": below, "constraints": bases})
            return
    for at, found in constrained:
        for lower in names:
            if lower < at:
                yield from ((lower, fault) for fault in _faults(path[at], found, path[lower], names[lower]))


def check_constraint_form(subject: str, base: GeneralName) -> Iterator[Fault]:
    """The faults of one subtree's own syntax."""
    kind, value = base
    form = _CONSTRAINT_FORMS.get(kind)
    if form is None:
        return
    name, well_formed = form
    if kind == ext.DNS_NAME and value.startswith(b"."):
        yield duties.NAME_CONSTRAINT_PERIOD, {"subject": subject, "constraint": shown(base)}
        value = value[1:]
    if not well_formed(value):
        yield reasons.NAME_CONSTRAINT_MALFORMED, {"subject": subject, "constraint": shown(base), "form": name}


def _faults(
    issuer: ParsedCertificate,
    limits: NameConstraints,
    certificate: ParsedCertificate,
    names: list[GeneralName],
) -> Iterator[Fault]:
    permitted = _by_kind(limits.permitted or ())
    excluded = _by_kind(limits.excluded or ())
    for name in names:
        allowed, forbidden = permitted.get(name.kind, ()), excluded.get(name.kind, ())
        if not allowed and not forbidden:
            continue
        within = _WITHIN.get(name.kind)
        if within is None:
            form = _FORMS.get(name.kind, "unknown")
            details = {"issuer": issuer.subject_text, "subject": certificate.subject_text, "form": form}
            yield reasons.NAME_FORM_UNSUPPORTED, details
            continue
        hit = next((base for base in forbidden if within(name.value, base, True)), None)
        if hit is not None:
            excluded_by = _shown(GeneralName(name.kind, hit))
            details = {"issuer": issuer.subject_text, "name": _shown(name), "excluded": excluded_by}
            yield reasons.NAME_EXCLUDED, details
        elif allowed and not any(within(name.value, base, False) for base in allowed):
            bases = ", ".join(_shown(GeneralName(name.kind, base)) for base in allowed[:4])
            yield (
                reasons.NAME_NOT_PERMITTED,
                {
                    "issuer": issuer.subject_text,
                    "name": _shown(name),
                    "permitted": bases + (", ..." if len(allowed) > 4 else ""),
                },
            )


def _names(certificate: ParsedCertificate) -> list[GeneralName]:
    """Every name of a certificate that a constraint may apply to."""
    names = list(certificate.names)
    if certificate.subject == b"\x30\x00":
        return names
    names.append(GeneralName(ext.DIRECTORY_NAME, certificate.subject))
    if not any(name.kind == ext.EMAIL for name in names):
        # Section 4.2.1.10: the attribute counts where the alternative names hold no mailbox.
        for oid, text in attributes(certificate.subject):
            if oid == EMAIL_ADDRESS:
                names.append(GeneralName(ext.EMAIL, text.encode("utf-8", "replace")))
    return names


def _by_kind(bases: Sequence[GeneralName]) -> dict[int, list[bytes]]:
    kinds: dict[int, list[bytes]] = {}
    for kind, value in bases:
        kinds.setdefault(kind, []).append(value)
    return kinds


def _dns_within(name: bytes, base: bytes, excluding: bool) -> bool:
    """Zero or more labels added on the left satisfy the constraint; a wildcard stands for all that it may match."""
    name, base = name.lower().rstrip(b"."), base.lower().rstrip(b".")
    if not name.startswith(b"*."):
        return _host_within(name, base) and (excluding or is_dns_name(name.decode("ascii").replace("_", "a")))
    parent = name[2:]
    if _host_within(parent, base) or base == b"." + parent:
        return True
    # An excluded host one label below is among those the wildcard matches.
    return excluding and base.lstrip(b".").partition(b".")[2] == parent


def _host_within(name: bytes, base: bytes) -> bool:
    if not base or base == name:
        return True
    return name.endswith(base if base.startswith(b".") else b"." + base)


def _ip_within(value: bytes, base: bytes, excluding: bool) -> bool:
    if len(value) not in (4, 16) or len(base) not in (8, 32):
        return excluding
    if len(base) != 2 * len(value):
        return False
    mask = int.from_bytes(base[len(value) :], "big")
    return int.from_bytes(value, "big") & mask == int.from_bytes(base[: len(value)], "big") & mask


def _email_within(value: bytes, base: bytes, excluding: bool) -> bool:
    """A mailbox, all mailboxes of a host, or (with a leading period) of all hosts below a domain."""
    local, at, host = value.rpartition(b"@")
    if not at or not local or b"@" in local or not is_dns_name(host.decode("ascii", "replace")):
        return excluding
    if b"@" in base:
        base_local, _, base_host = base.rpartition(b"@")
        return local == base_local and host.lower() == base_host.lower()
    return _exact_host(host, base)


def _uri_within(value: bytes, base: bytes, excluding: bool) -> bool:
    """The host of the URI; one without a host name can't be judged and so is never in order."""
    try:
        host = urlsplit(value.decode("ascii")).hostname or ""
    except ValueError:
        return excluding
    if not is_dns_name(host) or host.rsplit(".", 1)[-1].isdigit():
        return excluding
    return _exact_host(host.encode("ascii"), base)


def _exact_host(host: bytes, base: bytes) -> bool:
    host, base = host.lower(), base.lower()
    return not base or (host.endswith(base) if base.startswith(b".") else host == base)


def _directory_within(value: bytes, base: bytes, excluding: bool) -> bool:
    try:
        name, prefix = normal_name(value), normal_name(base)
    except DecodeError:
        return excluding
    return name[: len(prefix)] == prefix


def _is_ip_range(value: bytes) -> bool:
    """Address and mask, RFC 4632: the ones of the mask come first."""
    if len(value) not in (8, 32):
        return False
    size = len(value) // 2
    inverted = int.from_bytes(value[size:], "big") ^ ((1 << 8 * size) - 1)
    return inverted & inverted + 1 == 0


def _is_host(value: bytes) -> bool:
    return not value or is_dns_name(value.decode("ascii", "replace").replace("_", "a"))


def _is_host_or_domain(value: bytes) -> bool:
    return _is_host(value.removeprefix(b"."))


def _is_mailbox_constraint(value: bytes) -> bool:
    if b"@" in value:
        return _MAILBOX.fullmatch(value) is not None and _is_host(value.rpartition(b"@")[2])
    return _is_host_or_domain(value)


def _is_directory_name(value: bytes) -> bool:
    try:
        normal_name(value)
    except DecodeError:
        return False
    return True


def _shown(name: GeneralName) -> str:
    if name.kind == ext.IP_ADDRESS and len(name.value) in (8, 32):
        size = len(name.value) // 2
        ones = int.from_bytes(name.value[size:], "big").bit_count()
        return f"{shown(GeneralName(ext.IP_ADDRESS, name.value[:size]))}/{ones}"
    return shown(name)


_MAILBOX = re.compile(rb"[^@\s]+@[^@]+")

# (value, base, excluding): where a name can't be judged, it counts as excluded and as not permitted.
_WITHIN: dict[int, Callable[[bytes, bytes, bool], bool]] = {
    ext.EMAIL: _email_within,
    ext.DNS_NAME: _dns_within,
    ext.DIRECTORY_NAME: _directory_within,
    ext.URI: _uri_within,
    ext.IP_ADDRESS: _ip_within,
}

_CONSTRAINT_FORMS: dict[int, tuple[str, Callable[[bytes], bool]]] = {
    ext.EMAIL: ("e-mail", _is_mailbox_constraint),
    ext.DNS_NAME: ("DNS name", _is_host),
    ext.DIRECTORY_NAME: ("directory name", _is_directory_name),
    ext.URI: ("URI host", _is_host_or_domain),
    ext.IP_ADDRESS: ("address range", _is_ip_range),
}

_FORMS = {0: "otherName", 3: "x400Address", 5: "ediPartyName", 8: "registeredID"}
