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
CLIENTS = tuple(peer for peer in PEERS if peer.client)
SERVERS = tuple(peer for peer in PEERS if peer.server)
