"""What docs/interop.md says besides the outcomes: what no peer here can show, and how peers differ."""

from __future__ import annotations

ALONE = """\
## What no peer here can show, or not each

"tests/engine" is two ends of dojang in memory, or an RFC's own vectors.
"""

# What, why no peer shows it, where it is shown.
UNSHOWN: tuple[tuple[str, str, str], ...] = (
    ("PSK importer (RFC 9258)", "OpenSSL, GnuTLS and NSS take external PSKs as they are", "tests/engine"),
    ("external PSK with a certificate (RFC 8773)", "no peer offers or accepts it", "tests/engine"),
    (
        "early data with Go, rustls, Node, JSSE, Python's ssl",
        "they have none, or no call for it",
        "openssl, GnuTLS, NSS",
    ),
    (
        "early data refused by gnutls-serv",
        "it refuses none, and fails after a HelloRetryRequest",
        "OpenSSL, nginx, NSS",
    ),
    ("sessions by ID with Go, rustls and as a server BoringSSL in bun", "they keep none", "the other peers"),
    ("sessions resumed by rustls as a client", "Deno's node:tls keeps none from visit to visit", "rustls as a server"),
    ("a staple for NSS's server to send", "selfserv signs its own", "the other peers"),
    ("client certificates of Chromium", "it would need a policy file of the system's", "Firefox, bun"),
    ("a compressed certificate from a client", "no peer sends one", "tests/engine"),
    ("a delegated credential shown to dojang", "no server here has one", "tests/engine"),
    ("renegotiation asked for by most servers", "only s_server and gnutls-serv have a command for it", "those two"),
    ("fallback SCSV sent by dojang", "it never falls back", "nowhere: there is nothing to show"),
)

SEEN = """\
## Seen on the way

- OpenSSL, nginx, Node, bun, GnuTLS and NSS give no new ticket when they resume a TLS 1.2 session by ticket. dojang uses
  a ticket once, so that every other visit to them is a full handshake.
- GnuTLS 3.7: after early data and a HelloRetryRequest, gnutls-cli encrypts its second ClientHello, and gnutls-serv
  answers the second ClientHello with bad_record_mac. gnutls-serv takes the same early data twice.
- NSS's server takes no early data in the ten seconds after its start, and lets external PSKs pass by that its own
  client offers. nginx leaves it to the application to tell early data that is sent twice.
- OpenSSL's server forgets a session that allows early data as soon as a first ClientHello names it: after a
  HelloRetryRequest nothing is resumed.
- curl resumes TLS 1.2 by session ID only, Firefox by ticket only, and never where it showed a certificate. PostgreSQL
  keeps no sessions.
- Debian's Caddy (2.6, built with an older Go) and wget do not know the extended master secret: in TLS 1.2 they meet
  dojang only with `require_extended_master_secret=False`.
- In TLS 1.2 the groups that a client offers must hold the curve of an ECDSA certificate too: OpenSSL, NSS and JSSE
  refuse a client of x25519 alone when their certificate's key is on P-256.
"""
