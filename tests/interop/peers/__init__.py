"""Every peer, by name."""

from __future__ import annotations

from tests.interop.peer import Peer
from tests.interop.peers.browsers import Chromium, Firefox
from tests.interop.peers.gnutls import GnuTls
from tests.interop.peers.nss import Nss
from tests.interop.peers.openssl import Curl, Nginx, OpenSsl
from tests.interop.peers.programs import Bun, Deno, Go, Java, Node, PyOpenSsl, StandardSsl

PEERS: tuple[Peer, ...] = (
    OpenSsl(),
    Curl(),
    Nginx(),
    StandardSsl(),
    Node(),
    PyOpenSsl(),
    Bun(),
    Deno(),
    Go(),
    GnuTls(),
    Nss(),
    Java(),
    Chromium(),
    Firefox(),
)
# Who speaks TLS 1.3, and who speaks TLS 1.2.
CLIENTS = tuple(peer for peer in PEERS if peer.client and "1.3" in peer.client.versions)
SERVERS = tuple(peer for peer in PEERS if peer.server and "1.3" in peer.server.versions)
CLIENTS12 = tuple(peer for peer in PEERS if peer.client)
SERVERS12 = tuple(peer for peer in PEERS if peer.server)
