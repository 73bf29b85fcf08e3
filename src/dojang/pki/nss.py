"""NSS databases (`cert9.db` of Firefox, Chromium and others): which certificates they trust, read and nothing else.

The file is SQLite; attributes of PKCS#11 objects are columns named by their number.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from dojang.pki.pem import InputError

__all__ = ["trusted_in"]

# CKO_CERTIFICATE, CKO_NSS_TRUST, CKT_NSS_TRUSTED_DELEGATOR; numbers lie there as four octets, big-endian.
_CERTIFICATE = (1).to_bytes(4, "big")
_TRUST = (0xCE534353).to_bytes(4, "big")
_TRUSTED = (0xCE534352).to_bytes(4, "big")

# CKA_CLASS, CKA_VALUE; CKA_CERT_SHA1_HASH; CKA_TRUST_SERVER_AUTH.
_CERTIFICATES = "SELECT a11 FROM nssPublic WHERE a0 = ?"
_TRUSTS = "SELECT ace5363b4 FROM nssPublic WHERE a0 = ? AND ace536358 = ?"


def trusted_in(folder: Path) -> list[bytes]:
    """DER of the certificates in that folder's database that may vouch for servers. Raises InputError."""
    path = folder / "cert9.db"
    if not path.is_file():
        raise InputError("there is no NSS database in {file}", file=str(folder))
    connection = None
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        hashes = {bytes(row[0]) for row in connection.execute(_TRUSTS, (_TRUST, _TRUSTED)) if row[0]}
        found = [bytes(row[0]) for row in connection.execute(_CERTIFICATES, (_CERTIFICATE,)) if row[0]]
    except sqlite3.Error as error:
        raise InputError("the NSS database {file} can't be read: {fault}", file=str(path), fault=str(error)) from error
    finally:
        if connection is not None:
            connection.close()
    return [data for data in found if hashlib.sha1(data, usedforsecurity=False).digest() in hashes]
