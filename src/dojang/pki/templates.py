"""What stands in the certificates that dojang issues: subject and extensions per kind.

It follows RFC 5280 section 4.2 and the Baseline Requirements, so that every profile of the verifier, OpenSSL's strict
mode, Go and the browsers accept the result.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from dojang.errors import ApiMisuse
from dojang.pki.csr import subject_of
from dojang.pki.names import is_dns_name

__all__ = [
    "DEVELOPMENT",
    "PURPOSES",
    "Places",
    "Subject",
    "authority_extensions",
    "copied_extensions",
    "leaf_extensions",
    "organisation",
]

Extensions = list[x509.Extension[x509.ExtensionType]]

PURPOSES: dict[str, tuple[x509.ObjectIdentifier, ...]] = {
    "server": (ExtendedKeyUsageOID.SERVER_AUTH,),
    "client": (ExtendedKeyUsageOID.CLIENT_AUTH,),
    "both": (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    "email": (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    "code": (ExtendedKeyUsageOID.CODE_SIGNING,),
    "ocsp": (ExtendedKeyUsageOID.OCSP_SIGNING,),
}


# What a development authority may issue for: names that no one else can own, and addresses of one's own network.
DEVELOPMENT = (
    "test",
    "localhost",
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "@.test",
    "@localhost",
    "uri:.test",
    "uri:localhost",
)


@dataclass(frozen=True)
class Places:
    """Where an authority tells about its certificates. base: `http://ca.test:8080`, "" for nowhere.

    partitions: lists among which serial numbers are divided by their remainder.
    """

    base: str = ""
    partitions: int = 1

    def list_url(self, partition: int) -> str:
        """The complete list of a partition."""
        return f"{self.base}/{partition}.crl"

    def delta_url(self, partition: int) -> str:
        """What changed since."""
        return f"{self.base}/{partition}-delta.crl"

    def extensions(self, serial: int) -> Extensions:
        """What points there from a certificate."""
        if not self.base:
            return []
        methods = (AuthorityInformationAccessOID.OCSP, "/ocsp"), (AuthorityInformationAccessOID.CA_ISSUERS, "/ca.cer")
        access = [x509.AccessDescription(oid, _uri(self.base + path)) for oid, path in methods]
        point = x509.DistributionPoint([_uri(self.list_url(serial % self.partitions))], None, None, None)
        return [
            _extension(x509.AuthorityInformationAccess(access)),
            _extension(x509.CRLDistributionPoints([point])),
        ]


@dataclass(frozen=True)
class Subject:
    """Who a leaf is for: alternative names, and a CN for people where one is given or the names leave none."""

    names: list[x509.GeneralName]
    common_name: str | None = None

    @property
    def distinguished(self) -> x509.Name:
        """A CN that copies the first host name (Baseline Requirements section 7.1.4.3), or the empty name."""
        if self.common_name is not None:
            return subject_of(self.common_name)
        hosts = [str(name.value) for name in self.names if isinstance(name, x509.DNSName | x509.IPAddress)]
        return subject_of(next((host for host in hosts if len(host) <= 64), None))


def organisation(name: str) -> x509.Name:
    """The name of an authority. Raises ApiMisuse where X.520 does not allow it."""
    if not name.strip():
        raise ApiMisuse("an authority needs a name")
    common = subject_of(name)
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dojang"), *common])


def authority_extensions(
    key: Any, issuer_key: Any, *, path_length: int | None = None, permitted: Sequence[str] = ()
) -> Extensions:
    """Of a root (both keys the same) or an intermediate."""
    extensions: Extensions = [
        _extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True),
        _extension(_key_usage(key_cert_sign=True, crl_sign=True, digital_signature=True), critical=True),
        _extension(x509.SubjectKeyIdentifier.from_public_key(key)),
        _extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)),
    ]
    if permitted:
        extensions.append(_extension(_name_constraints(permitted), critical=True))
    return extensions


def leaf_extensions(
    subject: Subject, key: Any, issuer: x509.Certificate, purpose: str, *, must_staple: bool = False
) -> Extensions:
    """Of an end entity; raises ApiMisuse for an unknown purpose."""
    if purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise ApiMisuse("{purpose!r} is no purpose; there are {known}", purpose=purpose, known=known)
    encipherment = isinstance(key, rsa.RSAPublicKey) and purpose in ("server", "both", "email")
    extensions: Extensions = [
        _extension(x509.BasicConstraints(ca=False, path_length=None), critical=True),
        _extension(_key_usage(digital_signature=True, key_encipherment=encipherment), critical=True),
        _extension(x509.ExtendedKeyUsage(PURPOSES[purpose])),
        _extension(x509.SubjectKeyIdentifier.from_public_key(key)),
        _extension(_authority_key(issuer)),
    ]
    if subject.names:
        # RFC 5280 section 4.2.1.6: critical exactly where the subject is empty.
        empty = not list(subject.distinguished)
        extensions.append(_extension(x509.SubjectAlternativeName(subject.names), critical=empty))
    if purpose == "ocsp":
        extensions.append(_extension(x509.OCSPNoCheck()))
    if must_staple:
        extensions.append(_extension(x509.TLSFeature([x509.TLSFeatureType.status_request])))
    return extensions


def copied_extensions(certificate: x509.Certificate, key: Any, issuer: x509.Certificate) -> Extensions:
    """Those of another certificate, for a new one of the same subject: identifiers and places are not taken over."""
    copied = [each for each in certificate.extensions if not isinstance(each.value, _OWN)]
    own = x509.SubjectKeyIdentifier.from_public_key(key)
    if _spki(certificate.public_key()) == _spki(key):
        kept = [each.value for each in certificate.extensions if isinstance(each.value, x509.SubjectKeyIdentifier)]
        own = kept[0] if kept else own
    return [*copied, _extension(own), _extension(_authority_key(issuer))]


def _spki(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


_OWN = (
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
    x509.AuthorityInformationAccess,
    x509.CRLDistributionPoints,
)


def _authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """RFC 5280 section 4.2.1.2: the issuer's own subjectKeyIdentifier, however it was made."""
    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        key: Any = issuer.public_key()
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _name_constraints(permitted: Sequence[str]) -> x509.NameConstraints:
    return x509.NameConstraints([_subtree(text) for text in permitted], None)


def _subtree(text: str) -> x509.GeneralName:
    """A domain with all below it, a range of addresses, the mailboxes of a host, or one mailbox."""
    try:
        return x509.IPAddress(ipaddress.ip_network(text, strict=False))
    except ValueError:
        pass
    if "@" in text:
        return x509.RFC822Name(text.removeprefix("@"))
    if text.startswith("uri:"):
        return x509.UniformResourceIdentifier(text.removeprefix("uri:"))
    domain = text.removeprefix(".").lower()
    if not is_dns_name(domain):
        raise ApiMisuse("{text!r} is no domain, range of addresses or mailbox to limit an authority to", text=text)
    return x509.DNSName(domain)


def _key_usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _extension(value: x509.ExtensionType, *, critical: bool = False) -> x509.Extension[x509.ExtensionType]:
    return x509.Extension(value.oid, critical, value)
