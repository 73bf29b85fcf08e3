"""Installing a root everywhere, and taking it back: over all kinds of stores, with a journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dojang.pki.keys import InputError
from dojang.pki.trust.java import JavaStore
from dojang.pki.trust.nss import NssStore
from dojang.pki.trust.record import Change, Journal
from dojang.pki.trust.system import SystemStore, fingerprint_of

__all__ = ["Outcome", "Store", "all_stores", "install", "uninstall"]


class Store(Protocol):
    """One kind of trust store."""

    name: str

    def places(self) -> Iterator[str]: ...

    def change(self, place: str, pem: bytes, fingerprint: str) -> Change | None: ...

    def install(self, change: Change, pem: bytes) -> None: ...

    def uninstall(self, change: Change) -> None: ...


class Outcome(NamedTuple):
    """What became of one place. result: `installed`, `present`, `removed`, or `failed` with the error."""

    store: str
    place: str
    result: str
    error: InputError | None = None


def all_stores() -> tuple[Store, ...]:
    """Every kind there is."""
    return SystemStore(), NssStore(), JavaStore()


def install(certificate: x509.Certificate, stores: Sequence[Store], journal: Journal) -> list[Outcome]:
    """Adds a root to every place of the stores; what fails in one place does not keep it from the others."""
    basic = [each.value for each in certificate.extensions if isinstance(each.value, x509.BasicConstraints)]
    if not basic or not basic[0].ca:
        raise InputError("only an authority's certificate can be trusted as a root")
    pem = certificate.public_bytes(Encoding.PEM)
    fingerprint = fingerprint_of(certificate.public_bytes(Encoding.DER))
    places = [(store, place) for store in stores for place in store.places()]
    return [_installed(store, place, pem, fingerprint, journal) for store, place in places]


def uninstall(fingerprint: str | None, stores: Sequence[Store], journal: Journal) -> list[Outcome]:
    """Takes back what the journal says was done: for the certificate of that SHA-256, or all of it."""
    by_name = {store.name: store for store in stores}
    outcomes = []
    for change in reversed(journal.changes()):
        if fingerprint is not None and not change.fingerprint.startswith(fingerprint):
            continue
        if change.store in by_name:
            outcomes.append(_removed(by_name[change.store], change, journal))
    return outcomes


def _installed(store: Store, place: str, pem: bytes, fingerprint: str, journal: Journal) -> Outcome:
    change = None
    try:
        change = store.change(place, pem, fingerprint)
        if change is None:
            return Outcome(store.name, place, "present")
        journal.add(change)
        store.install(change, pem)
    except InputError as error:
        if change is not None:
            _removed(store, change, journal)
        return Outcome(store.name, place, "failed", error)
    return Outcome(store.name, place, "installed")


def _removed(store: Store, change: Change, journal: Journal) -> Outcome:
    try:
        store.uninstall(change)
    except InputError as error:
        return Outcome(store.name, change.place, "failed", error)
    journal.remove(change)
    return Outcome(store.name, change.place, "removed")
