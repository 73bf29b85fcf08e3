"""What a cipher suite's name says: key exchange, authentication, cipher, mode, MAC, PRF. For every suite there is.

The engine has rows for what it speaks (`dojang.crypto.suites`); a capture may show any of the registry's four hundred.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from dojang.wire.registry import SUITES, suite_name

__all__ = ["SuiteShape", "suite_shape"]


class SuiteShape(NamedTuple):
    """A suite taken apart.

    exchange: ``ecdhe``, ``dhe``, ``rsa``, ``dh``, ``ecdh``, ``psk``, ``dhe_psk``, ``rsa_psk``, ``ecdhe_psk``, ``srp``,
    ``krb5``, ``gost``, ``eccpwd``, ``ecjpake``, ``cecpq1``, ``fortezza``, ``tls13`` (negotiated elsewhere), ``none``.
    signs: who vouches for the server: ``rsa``, ``ecdsa``, ``dss``, ``anon``, ``psk``, ``gost``, ...
    cipher: ``AES_128``, ``3DES_EDE``, ``CHACHA20``, ``NULL``; mode: ``GCM``, ``CCM_8``, ``CBC``, ``STREAM``, ...
    key_size: of the cipher in bytes, 0 where it is unknown or there is none.
    mac: hashlib's name of the MAC's hash, "" for AEAD; prf: of the PRF of TLS 1.2 or the HKDF of TLS 1.3.
    export: whether the keys were made weak for export.
    """

    code: int
    name: str
    exchange: str
    signs: str
    cipher: str
    mode: str
    key_size: int
    mac: str
    prf: str
    export: bool

    @property
    def is_aead(self) -> bool:
        """Whether encryption and integrity are one operation."""
        return self.mode in ("GCM", "CCM", "CCM_8", "POLY1305", "MGM", "AEGIS")

    @property
    def forward_secret(self) -> bool:
        """Whether a recorded session stays closed when the long-term key is lost."""
        return self.exchange in ("ecdhe", "dhe", "ecdhe_psk", "dhe_psk", "tls13", "eccpwd", "ecjpake", "cecpq1", "srp")


@lru_cache(maxsize=1024)
def suite_shape(code: int) -> SuiteShape:
    """The shape that the suite's name tells; a suite without a name is unknown in every part."""
    name = suite_name(code)
    bare = name.removeprefix("TLS_").removeprefix("SSL_").removesuffix("_OLD")
    exchange, found, protection = bare.partition("_WITH_")
    if not found:
        if code in SUITES and (code >> 8 == 0x13 or code in _TLS13_ELSEWHERE):
            exchange, protection = "tls13", bare
        else:
            return SuiteShape(code, name, "none", "none", "NULL", "NULL", 0, "", "sha256", False)
    kind, signs, export = _exchange(exchange)
    cipher, mode, mac = _protection(protection)
    prf = "sha384" if bare.endswith("SHA384") else "sha512" if bare.endswith("SHA512") else "sha256"
    prf = "sm3" if bare.endswith("SM3") else prf
    aead = mode in ("GCM", "CCM", "CCM_8", "POLY1305", "MGM", "AEGIS")
    return SuiteShape(code, name, kind, signs, cipher, mode, _key_size(cipher), "" if aead else mac, prf, export)


_TLS13_ELSEWHERE = (0x00C6, 0x00C7, 0xC0B4, 0xC0B5)


def _exchange(text: str) -> tuple[str, str, bool]:
    """(exchange, who signs, export) of what stands before WITH."""
    export = "EXPORT" in text
    text = re.sub(r"_EXPORT(1024)?|_FIPS", "", text)
    if text == "tls13":
        return "tls13", "tls13", False
    if text.startswith("GOST"):
        return "gost", "gost", False
    if text.startswith("SRP"):
        return "srp", {"RSA": "rsa", "DSS": "dss"}.get(text[-3:], "srp"), False
    if "PSK" in text:
        rest = text.replace("PSK", "").strip("_").lower()
        return (f"{rest}_psk" if rest else "psk"), ("rsa" if rest == "rsa" else "psk"), export
    if text in ("KRB5", "FORTEZZA_KEA", "ECCPWD", "ECJPAKE"):
        kind = text.split("_")[0].lower()
        return kind, kind, export
    kind, _, signs = text.lower().partition("_")
    return kind, signs or kind, export


def _protection(text: str) -> tuple[str, str, str]:
    """(cipher, mode, hashlib's name of the last hash) of what stands behind WITH."""
    for pattern, cipher, mode in _CIPHERS:
        found = re.match(pattern, text)
        if found:
            rest = text[found.end() :].strip("_")
            return (found[1] if cipher is None else cipher), mode, _HASHES.get(rest, "sha1" if not rest else "")
    return text, "UNKNOWN", ""


def _key_size(cipher: str) -> int:
    sizes = {"3DES_EDE": 24, "DES": 8, "SEED": 16, "IDEA": 16, "CHACHA20": 32, "SM4": 16, "RC4_128": 16, "28147": 32}
    if cipher in sizes:
        return sizes[cipher]
    found = re.fullmatch(r"(?:AES|CAMELLIA|ARIA)_(128|256)", cipher)
    return int(found[1]) // 8 if found else 0


_HASHES = {
    "SHA": "sha1",
    "SHA1": "sha1",
    "MD5": "md5",
    "SHA256": "sha256",
    "SHA384": "sha384",
    "SHA512": "sha512",
    "SM3": "sm3",
    "GOSTR3411": "gost",
    "IMIT": "gost",
    "OMAC": "gost",
}

# The order matters: the longer mode first.
_CIPHERS: tuple[tuple[str, str | None, str], ...] = (
    (r"((?:AES|CAMELLIA|ARIA)_(?:128|256))_GCM", None, "GCM"),
    (r"((?:AES|CAMELLIA|ARIA)_(?:128|256))_CCM_8", None, "CCM_8"),
    (r"((?:AES|CAMELLIA|ARIA)_(?:128|256))_CCM", None, "CCM"),
    (r"((?:AES|CAMELLIA|ARIA)_(?:128|256))_CBC", None, "CBC"),
    (r"(SM4)_GCM", None, "GCM"),
    (r"(SM4)_CCM", None, "CCM"),
    (r"CHACHA20_POLY1305", "CHACHA20", "POLY1305"),
    (r"(AEGIS_256|AEGIS_128L)", None, "AEGIS"),
    (r"3DES_EDE_CBC", "3DES_EDE", "CBC"),
    (r"DES_CBC_40|DES40_CBC", "DES40", "CBC"),
    (r"DES_CBC", "DES", "CBC"),
    (r"(RC2)_CBC_(?:40|56)", None, "CBC"),
    (r"(IDEA|SEED|FORTEZZA)_CBC", None, "CBC"),
    (r"(RC4_(?:40|56|128))", None, "STREAM"),
    (r"(28147)_CNT", None, "STREAM"),
    (r"(KUZNYECHIK|MAGMA)_CTR", None, "STREAM"),
    (r"(KUZNYECHIK|MAGMA)_MGM_[LS]", None, "MGM"),
    (r"(?:ESTREAM_)?(SALSA20)", None, "STREAM"),
    (r"NULL", "NULL", "NULL"),
    (r"(SHA256|SHA384)(?=_)", "NULL", "INTEGRITY"),
)
