"""Certificate signing requests, RFC 2986: made, read, checked for possession of the key, and asked what they want."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from dojang.errors import ApiMisuse
from dojang.pki.keys import PrivateKey
from dojang.pki.names import IpName, is_dns_name, name_of
from dojang.pki.pem import InputError, pem_blocks, read_file

__all__ = [
    "alternative_names",
    "check_csr",
    "create_csr",
    "hash_for",
    "load_csr",
    "load_csr_file",
    "requested_names",
    "subject_of",
]


def create_csr(key: PrivateKey, names: Sequence[str], common_name: str | None = None) -> x509.CertificateSigningRequest:
    """A request for `names` (hosts, wildcards, IP addresses, URIs, e-mail addresses), signed with `key`.

    common_name: for people only; the subject is empty without it. Raises ApiMisuse for what is no name.
    """
    subject = subject_of(common_name)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        alternative = x509.SubjectAlternativeName(alternative_names(names))
        builder = builder.add_extension(alternative, critical=not list(subject))
    return builder.sign(key, hash_for(key))


def load_csr(data: bytes, *, source: str = "") -> x509.CertificateSigningRequest:
    """A request in PEM or DER. Raises InputError."""
    line = None
    if b"-----BEGIN " in data:
        labels = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
        block = next((block for block in pem_blocks(data, source) if block.label in labels), None)
        if block is None:
            raise InputError("no certificate signing request is in it", file=source)
        data, line = block.data, block.line
    try:
        return x509.load_der_x509_csr(data)
    except (ValueError, x509.InvalidVersion) as error:
        raise InputError("the certificate signing request can't be read", file=source, line=line) from error


def load_csr_file(path: str | os.PathLike[str]) -> x509.CertificateSigningRequest:
    """A request from a file. Raises InputError naming the file and the line."""
    return load_csr(read_file(path), source=str(path))


def check_csr(csr: x509.CertificateSigningRequest) -> None:
    """Proof of possession: raises InputError where the request is not signed with the key that it asks for."""
    try:
        valid = csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise InputError("the request's key or signature is of a kind not known here") from error
    if not valid:
        raise InputError("the request is not signed with its own key")


def requested_names(csr: x509.CertificateSigningRequest) -> tuple[x509.GeneralName, ...]:
    """The subjectAltName it asks for, empty where it asks for none. Raises InputError where it can't be read."""
    try:
        return tuple(csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise InputError("the request's extensions can't be read: {fault}", fault=str(error)) from error


def alternative_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Each name in the form that its text shows it to have; the same one twice counts once. Raises ApiMisuse."""
    return list(dict.fromkeys(_general_name(name) for name in names))


def subject_of(common_name: str | None) -> x509.Name:
    """A name with that CN, or the empty one. Raises ApiMisuse for a CN that X.520 does not allow."""
    if not common_name:
        return x509.Name([])
    # X.520 allows 64 letters; a longer host name goes without (it is in subjectAltName anyway).
    if len(common_name) > 64:
        raise ApiMisuse("a common name has at most 64 letters, {name!r} has more", name=common_name)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def hash_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The hash to sign with: as strong as the key, None for algorithms with one of their own."""
    if isinstance(key, rsa.RSAPrivateKey):
        return hashes.SHA256()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return hashes.SHA256() if key.key_size <= 256 else hashes.SHA384() if key.key_size <= 384 else hashes.SHA512()
    return None


def _general_name(text: str) -> x509.GeneralName:
    if _URI.match(text):
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    if "/" in text:
        raise ApiMisuse("{name!r} is a range of addresses, and a certificate is for single ones", name=text)
    wildcard = text.startswith("*.")
    name = name_of(text[2:] if wildcard else text)
    if not isinstance(name, IpName):
        if not is_dns_name(name.value):
            raise ApiMisuse("{name!r} has an underscore, which no certificate may carry", name=text)
        return x509.DNSName(("*." if wildcard else "") + name.value)
    if wildcard:
        raise ApiMisuse("{name!r} puts a wildcard before an address", name=text)
    return x509.IPAddress(ipaddress.ip_address(str(name)))


# With an authority, or of a scheme that is known to have none: an IPv6 address has a colon too.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:urn|tag|sip|did|mailto):")
