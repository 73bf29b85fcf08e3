"""What a reader of captures was given: key logs (RFC 9850), RSA private keys, pre-shared keys; and the sessions learnt.

Nothing here is ever printed or logged; who asks gets bytes.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dojang.capture.pcap import CaptureError

__all__ = ["Secrets"]

REMEMBERED = 4096  # sessions kept for their resumption
LARGEST_LOG = 2**28


class Secrets:
    """All secrets, looked up by what a connection shows of itself."""

    def __init__(self) -> None:
        self._by_random: dict[bytes, dict[str, bytes]] = {}
        self._pre_masters: dict[bytes, bytes] = {}
        self._masters: OrderedDict[bytes, bytes] = OrderedDict()
        self._rsa: list[rsa.RSAPrivateKey] = []
        self._psks: dict[bytes | None, bytes] = {}

    def __bool__(self) -> bool:
        return bool(self._by_random or self._pre_masters or self._masters or self._rsa or self._psks)

    @property
    def has_rsa_keys(self) -> bool:
        """Whether static RSA can be tried."""
        return bool(self._rsa)

    def add_keylog(self, text: bytes) -> int:
        """Take the lines of a key log; what is none is skipped, as RFC 9850 section 2 asks. Returns how many held."""
        if len(text) > LARGEST_LOG:
            raise CaptureError(None, "a key log of {size} bytes is too large", size=len(text))
        return sum(map(self._add_line, text.splitlines()))

    def add_rsa_key(self, key: object) -> None:
        """Take a server's private key. Raises CaptureError where it is no RSA key."""
        if not isinstance(key, rsa.RSAPrivateKey):
            raise CaptureError(
                None, "only an RSA private key opens recorded sessions, and only those with static RSA key exchange"
            )
        self._rsa.append(key)

    def add_psk(self, key: bytes, identity: bytes | None = None) -> None:
        """Take a pre-shared key, for one identity or for any."""
        self._psks[identity] = key

    def of(self, client_random: bytes) -> dict[str, bytes]:
        """Label to secret for a connection."""
        return self._by_random.get(client_random, {})

    def psk(self, identity: bytes) -> bytes | None:
        """The key of an identity, or the one for any."""
        return self._psks.get(identity, self._psks.get(None))

    def remember(self, names: Iterable[bytes], master: bytes) -> None:
        """Keep a master secret under its session ID and tickets, for resumptions later in the capture."""
        for name in names:
            if name:
                self._masters[name] = master
                self._masters.move_to_end(name)
        while len(self._masters) > REMEMBERED:
            self._masters.popitem(last=False)

    def resumed(self, *names: bytes) -> bytes | None:
        """The master secret of an earlier session."""
        return next((self._masters[name] for name in names if name in self._masters), None)

    def pre_master(self, encrypted: bytes, client_random: bytes) -> bytes | None:
        """The pre-master secret of static RSA: from a log, or decrypted with a private key that fits."""
        logged = self._pre_masters.get(encrypted[:8]) or self.of(client_random).get("PMS_CLIENT_RANDOM")
        if logged is not None:
            return logged
        for key in self._rsa:
            if len(encrypted) == (key.key_size + 7) // 8:
                try:
                    found = key.decrypt(encrypted, padding.PKCS1v15())
                except ValueError:
                    continue
                if len(found) == 48 and found[0] == 3:
                    return found
        return None

    def _add_line(self, line: bytes) -> bool:
        found = _LINE.match(line)
        if found:
            label, random, secret = found.groups()
            if len(random) == 16 and label == b"RSA":
                self._pre_masters[bytes.fromhex(random.decode())] = bytes.fromhex(secret.decode())
                return True
            if len(random) != 64:
                return False
            known = self._by_random.setdefault(bytes.fromhex(random.decode()), {})
            known[_ALIASES.get(label, label).decode()] = bytes.fromhex(secret.decode())
            return True
        session = _SESSION.match(line)
        if session:
            self._masters[bytes.fromhex(session[1].decode())] = bytes.fromhex(session[2].decode())
            return True
        return False


_LINE = re.compile(rb"\s*([A-Z0-9_]{1,64}) ((?:[0-9a-fA-F]{2})+) ((?:[0-9a-fA-F]{2}){1,512})\s*$")
_SESSION = re.compile(rb"\s*RSA Session-ID:((?:[0-9a-fA-F]{2})+) Master-Key:((?:[0-9a-fA-F]{2}){48})\s*$")
_ALIASES = {b"CLIENT_TRAFFIC_SECRET": b"CLIENT_TRAFFIC_SECRET_0", b"SERVER_TRAFFIC_SECRET": b"SERVER_TRAFFIC_SECRET_0"}
