"""Public suffixes: the domains directly below which anybody may register a name.

The list is Mozilla's (publicsuffix.org), kept beside this file as it is published, both its sections. It is read when
it is first asked.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["is_public_suffix"]


def is_public_suffix(host: str) -> bool:
    """True where `host` (lower case, A-labels) is itself a public suffix; an unlisted name without a dot is one."""
    rules = _rules()
    if "!" + host in rules:
        return False
    parent = host.partition(".")[2]
    return not parent or host in rules or "*." + parent in rules


@lru_cache(1)
def _rules() -> frozenset[str]:
    """Every rule in A-labels: `com`, `*.ck`, `!www.ck`."""
    from importlib.resources import files  # costs milliseconds that only a wildcard is worth

    text = (files("dojang.pki") / "data" / "public_suffix_list.dat").read_text("utf-8")
    lines = (line.split(maxsplit=1)[0] for line in text.splitlines() if line.strip() and not line.startswith("//"))
    return frozenset(rule if rule.isascii() else _a_labels(rule) for rule in lines)


def _a_labels(rule: str) -> str:
    try:
        return rule.encode("idna").decode("ascii")
    except UnicodeError:
        return rule
