"""The key schedule as a tree: where each secret comes from, by which function and label, its value where known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from dojang.capture.explain.catalogue.keys import KEYS, UNKNOWN_VALUE
from dojang.capture.explain.prose import Prose
from dojang.capture.old_prf import prf_of
from dojang.capture.steps import Handshake
from dojang.capture.transcript import hash_name_of
from dojang.crypto.hkdf import expand_label
from dojang.crypto.old_protection import CIPHERS
from dojang.crypto.schedule13 import early_secret, handshake_secret, main_secret
from dojang.wire.codes import ExtensionType

__all__ = ["KeyNode", "key_tree"]

_IV = ("GCM", "CCM", "CCM_8")


@dataclass(slots=True)
class KeyNode:
    """name: the document's; how: the function with its inputs; value: hexadecimal, None where it can't be known."""

    name: str
    how: str
    clause: str
    value: str | None
    meaning: Prose
    children: list[KeyNode] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """Stable keys; see docs/explain-schema.md."""
        return {
            "name": self.name,
            "how": self.how,
            "clause": self.clause,
            "value": self.value,
            "meaning": self.meaning.to_json(),
            "children": [child.to_json() for child in self.children],
        }


def key_tree(handshake: Handshake) -> list[KeyNode]:
    """The schedule of a handshake; empty where no suite was chosen."""
    if handshake.server_hello is None:
        return []
    return _tree13(handshake) if handshake.is_tls13 else _tree12(handshake)


def _node(name: str, how: str, clause: str, value: bytes | None, *children: KeyNode) -> KeyNode:
    meaning = Prose(*KEYS[name])
    if value is None:
        unknown = Prose(*UNKNOWN_VALUE)
        meaning = Prose(f"{meaning.ko} {unknown.ko}", f"{meaning.en} {unknown.en}")
    return KeyNode(name, how, clause, value.hex() if value is not None else None, meaning, list(children))


def _tree13(handshake: Handshake) -> list[KeyNode]:
    name = hash_name_of(handshake)
    psk = handshake.psk
    uses_psk = handshake.resumed
    early = early_secret(psk, name) if psk is not None or not uses_psk else None
    hello = handshake.server_hello
    mixes = hello is not None and hello.extension(ExtensionType.KEY_SHARE, ExtensionType.KEY_SHARE_DRAFT) is not None
    handshaken = handshake_secret(early, None, name) if early is not None and not mixes else None
    main = main_secret(handshaken, name) if handshaken is not None else None

    def traffic(label: str, short: str) -> KeyNode:
        return _traffic(handshake, label, short, name)

    third = _node(
        "main_secret",
        'HKDF-Extract(Derive-Secret(handshake_secret, "derived"), 0)',
        "RFC 9846 section 7.1",
        main,
        traffic("CLIENT_TRAFFIC_SECRET_0", "c ap traffic"),
        traffic("SERVER_TRAFFIC_SECRET_0", "s ap traffic"),
        traffic("EXPORTER_SECRET", "exp master"),
    )
    second = _node(
        "handshake_secret",
        'HKDF-Extract(Derive-Secret(early_secret, "derived"), shared_secret)',
        "RFC 9846 section 7.1",
        handshaken,
        _node("shared_secret", "key exchange of both key_shares", "RFC 9846 section 7.4", None if mixes else b""),
        traffic("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "c hs traffic"),
        traffic("SERVER_HANDSHAKE_TRAFFIC_SECRET", "s hs traffic"),
        third,
    )
    first = _node("early_secret", "HKDF-Extract(0, PSK)", "RFC 9846 section 7.1", early)
    if uses_psk:
        first.children.append(_node("psk", "from the ticket or from outside", "RFC 9846 section 4.7.1", psk))
    if handshake.extension(ExtensionType.EARLY_DATA, sender="client") is not None:
        first.children.append(traffic("CLIENT_EARLY_TRAFFIC_SECRET", "c e traffic"))
    first.children.append(second)
    return [first]


def _traffic(handshake: Handshake, label: str, short: str, name: str) -> KeyNode:
    secret = handshake.traffic.get(label)
    how = f'Derive-Secret(., "{short}", messages)'
    node = _node(label, how, "RFC 9846 section 7.1", secret)
    if label == "EXPORTER_SECRET":
        return node
    size = handshake.shape.key_size
    parts = [("key", "key", size), ("iv", "iv", 12)]
    if "HANDSHAKE" in label:
        parts.append(("finished", "finished", hashlib.new(name).digest_size))
    for part, said, length in parts:
        value = expand_label(secret, said, b"", length, name) if secret is not None else None
        how = f'HKDF-Expand-Label(., "{said}", "", {length})'
        node.children.append(_node(part, how, "RFC 9846 section 7.3", value))
    return node


def _tree12(handshake: Handshake) -> list[KeyNode]:
    shape, name, master = handshake.shape, hash_name_of(handshake), handshake.master
    extended = all(
        handshake.extension(ExtensionType.EXTENDED_MASTER_SECRET, sender=side) is not None
        for side in ("client", "server")
    )
    how = (
        'PRF(pre_master_secret, "extended master secret", session_hash)[0..47]'
        if extended
        else ('PRF(pre_master_secret, "master secret", client_random + server_random)[0..47]')
    )
    clause = "RFC 7627 section 4" if extended else "RFC 5246 section 8.1"
    root = _node("pre_master_secret", f"key exchange: {shape.exchange}", "RFC 5246 section 8.1", handshake.pre_master)
    grown = _node("master_secret", how, clause, master)
    root.children.append(grown)
    sizes = _sizes(handshake)
    if not sizes:
        return [root]
    length = sum(size for _, size in sizes)
    block = None
    if master is not None:
        seed = handshake.server_random + handshake.client_random
        block = prf_of(handshake.version, name)(master, b"key expansion", seed, length)
    how = f'PRF(master_secret, "key expansion", server_random + client_random)[0..{length - 1}]'
    cut = _node("key_block", how, "RFC 5246 section 6.3", block)
    grown.children.append(cut)
    at = 0
    for part, size in sizes:
        value = block[at : at + size] if block is not None else None
        cut.children.append(_node(part, f"key_block[{at}..{at + size - 1}]", "RFC 5246 section 6.3", value))
        at += size
    return [root]


def _sizes(handshake: Handshake) -> list[tuple[str, int]]:
    """How the key block is cut; empty parts are left out."""
    shape = handshake.shape
    mac = hashlib.new(shape.mac).digest_size if shape.mac in ("md5", "sha1", "sha256", "sha384") else 0
    if shape.is_aead:
        iv = 4 if shape.mode in _IV else 12
    else:
        cipher = CIPHERS.get(shape.cipher)
        iv = cipher.block if cipher is not None and handshake.version < 0x0302 else 0
    sizes = [("MAC_key", mac), ("key", shape.key_size), ("IV", iv)]
    return [(f"{side}_write_{part}", size) for part, size in sizes for side in ("client", "server") if size]
