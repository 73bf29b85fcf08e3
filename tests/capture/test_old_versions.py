"""SSL 3.0, 3DES and RC4, which OpenSSL has dropped: recorded between two ends of tlslite-ng, opened with its key."""

from __future__ import annotations

import socket
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dojang.capture.dissect import Dissection
from dojang.capture.secrets import Secrets
from dojang.capture.steps import Data, Sealed
from dojang.capture.verify import checks_of
from dojang.pki.authority import Authority
from dojang.pki.keys import dump_certificates

tlslite = pytest.importorskip("tlslite.api", reason="tlslite-ng is not installed")


class Tap:
    """A socket that writes down what is sent through it."""

    def __init__(self, sock: socket.socket, name: str, said: list[tuple[str, bytes]]) -> None:
        self._sock, self._name, self._said = sock, name, said

    def sendall(self, data: bytes) -> None:
        self._said.append((self._name, bytes(data)))  # before it is sent: the answer must not overtake it
        self._sock.sendall(data)

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def record(version: tuple[int, int], cipher: str, outside: bool) -> tuple[list[tuple[str, bytes]], bytes]:
    """What crossed, and the server's key in PEM."""
    issued = Authority.create_root("Old Root").issue(["old.test"], algorithm="rsa-2048")
    settings = tlslite.HandshakeSettings()
    settings.minVersion = settings.maxVersion = version
    settings.cipherNames, settings.keyExchangeNames, settings.macNames = [cipher], ["rsa"], ["sha"]
    settings.useEncryptThenMAC = outside
    chain = tlslite.X509CertChain()
    chain.parsePemList(dump_certificates(issued.certificate).decode())
    key = tlslite.parsePEMKey(issued.key_pem.decode(), private=True)
    said: list[tuple[str, bytes]] = []
    left, right = socket.socketpair()
    left.settimeout(20)
    right.settimeout(20)

    def serve() -> None:
        server = tlslite.TLSConnection(Tap(right, "server", said))
        server.handshakeServer(certChain=chain, privateKey=key, settings=settings)
        server.write(b"answer to " + server.read(min=8, max=8))
        server.close()

    thread = threading.Thread(target=serve)
    with left, right:
        thread.start()
        client = tlslite.TLSConnection(Tap(left, "client", said))
        client.handshakeClientCert(settings=settings)
        client.write(b"question")
        assert bytes(client.read(min=18, max=18)) == b"answer to question"
        client.close()
        thread.join(20)
    return said, issued.key_pem


SSL3, TLS10, TLS11, TLS12 = (3, 0), (3, 1), (3, 2), (3, 3)


@pytest.mark.parametrize(
    ("version", "cipher", "outside"),
    [
        (SSL3, "3des", False),
        (SSL3, "aes128", False),
        (SSL3, "rc4", False),
        (TLS10, "rc4", False),
        (TLS10, "3des", True),
        (TLS11, "3des", False),
        (TLS12, "3des", True),
        (TLS12, "rc4", False),
    ],
)
def test_it_opens(version: tuple[int, int], cipher: str, outside: bool, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said, key = record(version, cipher, outside)
    secrets = Secrets()
    secrets.add_rsa_key(load_pem_private_key(key, None))
    dissection = Dissection(secrets)
    for sender, data in said:
        dissection.feed(sender, data, (0.0, 1))
    dissection.finish()
    assert [s for s in dissection.steps if isinstance(s, Sealed)] == []
    told = {
        s: b"".join(bytes(d.content) for d in dissection.steps if isinstance(d, Data) and d.sender == s)
        for s in ("client", "server")
    }
    assert told == {"client": b"question", "server": b"answer to question"}
    checks = [c for m in dissection.handshake.messages for c in checks_of(m)]
    assert [c.right for c in checks if c.what == "finished"] == [True, True]
