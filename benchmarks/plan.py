"""What all contestants of one measurement must agree on: certificates, cipher suite, group."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["NAME", "SUITES", "Plan"]

NAME = "bench.test"
SUITES = {
    "aes128": "TLS_AES_128_GCM_SHA256",
    "chacha20": "TLS_CHACHA20_POLY1305_SHA256",
    "tls12": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`folder` holds root.pem, chain.pem (leaf first) and key.pem; suite and group carry IANA's names.

    resumes: whether servers give tickets and clients come back with them.
    """

    folder: str
    suite: str = SUITES["aes128"]
    group: str = "x25519"
    resumes: bool = False

    @property
    def is_tls12(self) -> bool:
        """The suite says which version it is of."""
        return self.suite == SUITES["tls12"]

    @property
    def root(self) -> Path:
        return Path(self.folder, "root.pem")

    @property
    def chain(self) -> Path:
        return Path(self.folder, "chain.pem")

    @property
    def key(self) -> Path:
        return Path(self.folder, "key.pem")

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        return cls(**json.loads(text))

    def environment(self) -> dict[str, str]:
        """Variables for a contestant's process.

        The stdlib's ssl and pyOpenSSL have no call that fixes the TLS 1.3 suite (or the group), OpenSSL's own
        configuration file does it for both alike.
        """
        file = Path(self.folder, f"{self.suite}-{self.group}-{self.resumes}.cnf")
        if not file.exists():
            suite = "" if self.is_tls12 else f"Ciphersuites = {self.suite}"
            version = "TLSv1.2" if self.is_tls12 else "TLSv1.3"
            tickets = 1 if self.resumes else 0
            # In TLS 1.2 OpenSSL wants the curve of the certificate's key among the groups.
            groups = f"{self.group}:P-256" if self.is_tls12 else self.group
            text = _OPENSSL_CONF.format(suite=suite, groups=groups, version=version, tickets=tickets)
            file.write_text(text, encoding="utf-8")
        return {**os.environ, "OPENSSL_CONF": str(file)}


_OPENSSL_CONF = """\
openssl_conf = openssl

[openssl]
ssl_conf = ssl

[ssl]
system_default = all

[all]
MinProtocol = {version}
MaxProtocol = {version}
{suite}
Groups = {groups}
NumTickets = {tickets}
"""
