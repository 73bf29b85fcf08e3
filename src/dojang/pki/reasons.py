"""Every rule that a certificate chain can break: its code, its sentence, its clause, and what others call it.

Codes are stable: programs may compare them. A sentence is a template, so that it can be shown in another language
(`dojang.pki.korean` has each in Korean); a remedy says what the one who runs the server can do.
Lower gravity is graver; the order is the one in which a browser would name the fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dojang.wire.codes import Alert

__all__ = ["RULES", "Fault", "Rule"]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule, one object: compare with `is`, or by `code`."""

    code: str
    gravity: int
    template: str
    clause: str
    alert: Alert
    chrome: str
    firefox: str
    openssl: str
    go: str
    remedy: str


RULES: dict[str, Rule] = {}

# A rule broken, with the values for its sentence.
Fault = tuple[Rule, Mapping[str, object]]

# What Chrome, Firefox, OpenSSL and Go call a fault of each kind, and the alert that tells the peer.
_Kind = tuple[int, Alert, str, str, str, str]
_INVALID: _Kind = (
    10,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_BAD_DER",
    "X509_V_ERR_UNSPECIFIED",
    "x509: malformed certificate",
)
_SIGNATURE: _Kind = (
    12,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_AUTHORITY_INVALID",
    "SEC_ERROR_BAD_SIGNATURE",
    "X509_V_ERR_CERT_SIGNATURE_FAILURE",
    "x509.UnknownAuthorityError",
)
_REVOKED: _Kind = (
    15,
    Alert.CERTIFICATE_REVOKED,
    "ERR_CERT_REVOKED",
    "SEC_ERROR_REVOKED_CERTIFICATE",
    "X509_V_ERR_CERT_REVOKED",
    "",
)
_AUTHORITY: _Kind = (
    20,
    Alert.UNKNOWN_CA,
    "ERR_CERT_AUTHORITY_INVALID",
    "SEC_ERROR_UNKNOWN_ISSUER",
    "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "x509.UnknownAuthorityError",
)
_CA: _Kind = (
    25,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_CA_CERT_INVALID",
    "X509_V_ERR_INVALID_CA",
    "x509.CertificateInvalidError (NotAuthorizedToSign)",
)
_NAME: _Kind = (
    30,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_COMMON_NAME_INVALID",
    "SSL_ERROR_BAD_CERT_DOMAIN",
    "X509_V_ERR_HOSTNAME_MISMATCH",
    "x509.HostnameError",
)
_CONSTRAINT: _Kind = (
    35,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_NAME_CONSTRAINT_VIOLATION",
    "SEC_ERROR_CERT_NOT_IN_NAME_SPACE",
    "X509_V_ERR_PERMITTED_VIOLATION",
    "x509.CertificateInvalidError (CANotAuthorizedForThisName)",
)
_WEAK: _Kind = (
    40,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_WEAK_KEY",
    "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE",
    "X509_V_ERR_EE_KEY_TOO_SMALL",
    "",
)
_DATE: _Kind = (
    50,
    Alert.CERTIFICATE_EXPIRED,
    "ERR_CERT_DATE_INVALID",
    "SEC_ERROR_EXPIRED_CERTIFICATE",
    "X509_V_ERR_CERT_HAS_EXPIRED",
    "x509.CertificateInvalidError (Expired)",
)
_PURPOSE: _Kind = (
    55,
    Alert.UNSUPPORTED_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_INADEQUATE_CERT_TYPE",
    "X509_V_ERR_INVALID_PURPOSE",
    "x509.CertificateInvalidError (IncompatibleUsage)",
)
_POLICY: _Kind = (
    60,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_POLICY_VALIDATION_FAILED",
    "X509_V_ERR_NO_EXPLICIT_POLICY",
    "x509.CertificateInvalidError (NoValidChains)",
)
_FORM: _Kind = (
    70,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_EXTENSION_VALUE_INVALID",
    "X509_V_ERR_INVALID_EXTENSION",
    "",
)


def _rule(
    code: str,
    kind: _Kind,
    template: str,
    clause: str,
    remedy: str,
    *,
    openssl: str = "",
    firefox: str = "",
    chrome: str = "",
    go: str = "",
    gravity: int | None = None,
) -> Rule:
    base, alert, kind_chrome, kind_firefox, kind_openssl, kind_go = kind
    rule = Rule(
        code,
        base if gravity is None else gravity,
        template,
        clause,
        alert,
        chrome or kind_chrome,
        firefox or kind_firefox,
        openssl or kind_openssl,
        go or kind_go,
        remedy,
    )
    return RULES.setdefault(code, rule)


_REISSUE = "have the certificate issued again without this fault"
_NEW_CA = "have the CA's certificate replaced by its operator; nothing on the server can mend it"

NO_CERTIFICATE = _rule(
    "no-certificate",
    _INVALID,
    "no certificate was sent",
    "RFC 9846 section 4.5.2",
    "configure a certificate and its key",
    gravity=1,
)
MALFORMED = _rule(
    "malformed",
    _INVALID,
    "the certificate is not well-formed: {fault}",
    "RFC 5280 section 4.1",
    _REISSUE,
    gravity=2,
)
MALFORMED_EXTENSION = _rule(
    "malformed-extension",
    _INVALID,
    "the extension {extension} is not well-formed: {fault}",
    "RFC 5280 section 4.2",
    _REISSUE,
    openssl="X509_V_ERR_INVALID_EXTENSION",
)
BAD_SIGNATURE = _rule(
    "bad-signature",
    _SIGNATURE,
    "the signature on the certificate of {subject} was not made with the key of {issuer}",
    "RFC 5280 section 6.1.3 (a)(1)",
    "send the intermediate that really signed this certificate, or have it issued again",
)
UNKNOWN_SIGNATURE_ALGORITHM = _rule(
    "unknown-signature-algorithm",
    _SIGNATURE,
    "the certificate is signed with {algorithm}, which is not known here",
    "RFC 5280 section 4.1.1.2",
    "have the certificate signed with ECDSA, RSA, EdDSA or ML-DSA",
    firefox="SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED",
    openssl="X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM",
)
ALGORITHM_MISMATCH = _rule(
    "signature-algorithm-mismatch",
    _INVALID,
    "the signature algorithm inside the certificate differs from the one outside",
    "RFC 5280 section 4.1.1.2",
    _REISSUE,
    openssl="X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY",
    firefox="MOZILLA_PKIX_ERROR_SIGNATURE_ALGORITHM_MISMATCH",
)
REVOKED = _rule(
    "revoked",
    _REVOKED,
    "the certificate of {subject} was revoked on {date}: {reason}",
    "RFC 5280 section 6.3",
    "replace the certificate; a revoked one does not come back",
)
REVOCATION_UNKNOWN = _rule(
    "revocation-unknown",
    _REVOKED,
    "whether the certificate of {subject} was revoked can't be told: {why}",
    "RFC 5280 section 6.3",
    "provide a current CRL or OCSP response of its issuer",
    openssl="X509_V_ERR_UNABLE_TO_GET_CRL",
    firefox="SEC_ERROR_UNKNOWN_CERT",
    chrome="ERR_CERT_UNABLE_TO_CHECK_REVOCATION",
    gravity=18,
)
UNKNOWN_ISSUER = _rule(
    "unknown-issuer",
    _AUTHORITY,
    "no trusted authority stands behind {subject}: its issuer {issuer} is neither trusted nor sent along",
    "RFC 5280 section 6.1",
    "send the missing intermediate, or trust the root that issued this chain",
)
SELF_SIGNED = _rule(
    "self-signed",
    _AUTHORITY,
    "the certificate of {subject} is signed by itself and is not trusted here",
    "RFC 5280 section 6.1",
    "have it issued by an authority that the client trusts, or trust this certificate",
    openssl="X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT",
    firefox="MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
)
UNTRUSTED_ROOT = _rule(
    "untrusted-root",
    _AUTHORITY,
    "the chain ends in the root {subject}, which is not trusted here",
    "RFC 5280 section 6.1",
    "trust this root, if you know whose it is, or use an authority that the client trusts",
    openssl="X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN",
)
WORK_LIMIT = _rule(
    "work-limit",
    _AUTHORITY,
    "the search for a path was ended after {limit} {unit}: these certificates form no ordinary chain",
    "",
    "send only the certificates that lead from the leaf to the root",
    openssl="X509_V_ERR_CERT_CHAIN_TOO_LONG",
    go="x509: signature check attempts limit reached while verifying certificate chain",
    gravity=24,
)
NOT_A_CA = _rule(
    "not-a-ca",
    _CA,
    "{subject} issued the next certificate and yet is no certificate authority",
    "RFC 5280 section 6.1.4 (k)",
    "have the certificate issued by an authority",
)
BASIC_CONSTRAINTS_NOT_CRITICAL = _rule(
    "basic-constraints-not-critical",
    _CA,
    "basicConstraints of {subject} is not marked critical",
    "RFC 5280 section 4.2.1.9",
    _NEW_CA,
    openssl="X509_V_ERR_CA_BCONS_NOT_CRITICAL",
    gravity=71,
)
CA_KEY_USAGE = _rule(
    "ca-key-usage",
    _CA,
    "keyUsage does not allow {subject} to sign certificates",
    "RFC 5280 section 6.1.4 (n)",
    _NEW_CA,
    openssl="X509_V_ERR_KEYUSAGE_NO_CERTSIGN",
)
CA_KEY_USAGE_MISSING = _rule(
    "ca-key-usage-missing",
    _CA,
    "the authority {subject} has no keyUsage",
    "RFC 5280 section 4.2.1.3",
    _NEW_CA,
    openssl="X509_V_ERR_CA_CERT_MISSING_KEY_USAGE",
    gravity=71,
)
CERT_SIGN_WITHOUT_CA = _rule(
    "cert-sign-without-ca",
    _FORM,
    "keyUsage of {subject} allows to sign certificates although it is no authority",
    "RFC 5280 section 4.2.1.9",
    _REISSUE,
    openssl="X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA",
)
PATH_LENGTH_WITHOUT_CA = _rule(
    "path-length-without-ca",
    _FORM,
    "{subject} sets a path length without being an authority that may sign certificates",
    "RFC 5280 section 4.2.1.9",
    _REISSUE,
    openssl="X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA",
)
PATH_LENGTH = _rule(
    "path-length",
    _CA,
    "{subject} allows {allowed} intermediates below itself; there are {found}",
    "RFC 5280 section 6.1.4 (l)",
    "have the chain issued from an authority that may have intermediates",
    openssl="X509_V_ERR_PATH_LENGTH_EXCEEDED",
    firefox="SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID",
    go="x509.CertificateInvalidError (TooManyIntermediates)",
)
TOO_DEEP = _rule(
    "too-deep",
    _AUTHORITY,
    "the path has {found} intermediates, more than the {allowed} allowed",
    "RFC 5280 section 6.1",
    "use a shorter chain, or allow more intermediates",
    openssl="X509_V_ERR_CERT_CHAIN_TOO_LONG",
    gravity=24,
)
LEAF_IS_CA = _rule(
    "leaf-is-ca",
    _PURPOSE,
    "the certificate of {subject} is an authority's and may not stand for a server or client",
    "CA/B BR section 7.1.2.7.8",
    "have a certificate issued for the server itself",
    firefox="SEC_ERROR_CA_CERT_USED_AS_END_ENTITY",
)
NAME_MISMATCH = _rule(
    "name-mismatch",
    _NAME,
    "the certificate is for {names}, not for {name}",
    "RFC 9525 section 6",
    "connect by a name that is in the certificate, or have {name} added to it",
)
NO_NAMES = _rule(
    "no-names",
    _NAME,
    "the certificate names no host at all in subjectAltName, so it can't be for {name}; the common name does not count",
    "RFC 9525 section 2",
    "have the certificate issued with {name} in subjectAltName",
)
NAME_NOT_PERMITTED = _rule(
    "name-not-permitted",
    _CONSTRAINT,
    "{issuer} may only issue for {permitted}, and {name} is not among them",
    "RFC 5280 section 4.2.1.10",
    "have the certificate issued by an authority that may issue for this name",
)
NAME_EXCLUDED = _rule(
    "name-excluded",
    _CONSTRAINT,
    "{issuer} may not issue for {name}: it is excluded by {excluded}",
    "RFC 5280 section 4.2.1.10",
    "have the certificate issued by an authority that may issue for this name",
    openssl="X509_V_ERR_EXCLUDED_VIOLATION",
)
NAME_FORM_UNSUPPORTED = _rule(
    "name-form-unsupported",
    _CONSTRAINT,
    "{issuer} limits names of the form {form}, {subject} has one, and whether it fits can't be judged",
    "RFC 5280 section 4.2.1.10",
    _REISSUE,
    openssl="X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE",
)
NAME_CONSTRAINT_MALFORMED = _rule(
    "name-constraint-malformed",
    _CONSTRAINT,
    "nameConstraints of {subject} holds {constraint}, which is no {form} constraint",
    "RFC 5280 section 4.2.1.10",
    _NEW_CA,
    openssl="X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX",
)
NAME_CONSTRAINT_PERIOD = _rule(
    "name-constraint-period",
    _FORM,
    "nameConstraints of {subject} holds {constraint}: a DNS constraint does not begin with a period",
    "RFC 5280 section 4.2.1.10",
    _NEW_CA,
)
NAME_CONSTRAINTS_EMPTY = _rule(
    "name-constraints-empty",
    _CONSTRAINT,
    "nameConstraints of {subject} limits nothing",
    "RFC 5280 section 4.2.1.10",
    _NEW_CA,
    gravity=71,
)
NAME_CONSTRAINTS_NOT_CRITICAL = _rule(
    "name-constraints-not-critical",
    _FORM,
    "nameConstraints of {subject} is not marked critical",
    "RFC 5280 section 4.2.1.10",
    _NEW_CA,
)
NAME_CONSTRAINTS_IN_LEAF = _rule(
    "name-constraints-in-leaf",
    _FORM,
    "{subject} is no authority and yet carries nameConstraints",
    "RFC 5280 section 4.2.1.10",
    _REISSUE,
)
NAME_CONSTRAINTS_WORK = _rule(
    "name-constraints-work",
    _CONSTRAINT,
    "{names} names against {constraints} constraints are more than a chain needs; the comparison was not begun",
    "",
    "use fewer names or fewer constraints",
    openssl="X509_V_ERR_UNSPECIFIED",
)
WEAK_KEY = _rule(
    "weak-key",
    _WEAK,
    "the key of {subject} is too weak: {key}",
    "CA/B BR section 6.1.5",
    "make a new key: ECDSA P-256, or RSA with 2048 bits or more",
)
KEY_NOT_ALLOWED = _rule(
    "key-not-allowed",
    _WEAK,
    "the key of {subject} is {key}, which is not allowed",
    "CA/B BR section 6.1.5",
    "make a key of an allowed kind: ECDSA P-256, or RSA with 2048 bits or more",
)
WEAK_HASH = _rule(
    "weak-hash",
    _WEAK,
    "the certificate of {subject} is signed over {hash}, which can be forged",
    "CA/B BR section 7.1.3.2",
    "have the certificate issued again with SHA-256 or better",
    chrome="ERR_CERT_WEAK_SIGNATURE_ALGORITHM",
    firefox="SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED",
    openssl="X509_V_ERR_CA_MD_TOO_WEAK",
    go="x509.InsecureAlgorithmError",
    gravity=38,
)
EXPIRED = _rule(
    "expired",
    _DATE,
    "the certificate of {subject} expired on {date}",
    "RFC 5280 section 6.1.3 (a)(2)",
    "renew the certificate",
)
NOT_YET_VALID = _rule(
    "not-yet-valid",
    _DATE,
    "the certificate of {subject} is not valid before {date}",
    "RFC 5280 section 6.1.3 (a)(2)",
    "check the clocks of both sides, or wait",
    firefox="MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE",
    openssl="X509_V_ERR_CERT_NOT_YET_VALID",
)
DISTRUSTED = _rule(
    "distrusted",
    _AUTHORITY,
    "the root {subject} is trusted only {limit}",
    "RFC 5914 section 2",
    "use an authority that the client trusts for this",
    openssl="X509_V_ERR_CERT_UNTRUSTED",
    firefox="SEC_ERROR_UNTRUSTED_ISSUER",
)
WRONG_PURPOSE = _rule(
    "wrong-purpose",
    _PURPOSE,
    "extendedKeyUsage of {subject} allows {found}, not {wanted}",
    "RFC 5280 section 4.2.1.12",
    "have the certificate issued for this purpose",
)
PURPOSE_MISSING = _rule(
    "purpose-missing",
    _PURPOSE,
    "{subject} has no extendedKeyUsage",
    "CA/B BR section 7.1.2.7.6",
    _REISSUE,
    gravity=72,
)
PURPOSE_ANY = _rule(
    "purpose-any",
    _PURPOSE,
    "extendedKeyUsage of {subject} holds anyExtendedKeyUsage",
    "CA/B BR section 7.1.2.7.10",
    _REISSUE,
    gravity=72,
)
PURPOSE_IN_ROOT = _rule(
    "purpose-in-root",
    _FORM,
    "the root {subject} carries extendedKeyUsage",
    "CA/B BR section 7.1.2.1.2",
    _NEW_CA,
)
PURPOSE_CRITICAL = _rule(
    "purpose-critical",
    _FORM,
    "extendedKeyUsage of {subject} is marked critical",
    "CA/B BR section 7.1.2.7.6",
    _REISSUE,
)
EMPTY_PURPOSE = _rule(
    "purpose-empty",
    _PURPOSE,
    "extendedKeyUsage of {subject} lists no purpose",
    "RFC 5280 section 4.2.1.12",
    _REISSUE,
)
KEY_USAGE = _rule(
    "key-usage",
    _PURPOSE,
    "keyUsage of {subject} does not allow signatures in a handshake",
    "RFC 9846 section 4.5.2.2",
    "have the certificate issued with digitalSignature",
    firefox="SEC_ERROR_INADEQUATE_KEY_USAGE",
)
NO_POLICY = _rule(
    "no-valid-policy",
    _POLICY,
    "a policy is required below {subject} and none is valid along the path",
    "RFC 5280 section 6.1.5 (g)",
    "have the chain issued under a policy that its authorities name",
)
UNKNOWN_CRITICAL = _rule(
    "unknown-critical-extension",
    _FORM,
    "{subject} has a critical extension that is not known here: {extension}",
    "RFC 5280 section 4.2",
    "have the certificate issued without it, or not marked critical",
    openssl="X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION",
    firefox="SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION",
    go="x509.UnhandledCriticalExtension",
    gravity=28,
)
DUPLICATE_EXTENSION = _rule(
    "duplicate-extension",
    _INVALID,
    "{subject} carries the extension {extension} more than once",
    "RFC 5280 section 4.2",
    _REISSUE,
    go="x509: certificate contains duplicate extensions",
)
VERSION = _rule(
    "version",
    _FORM,
    "{subject} is an X.509 version {version} certificate, not version 3",
    "RFC 5280 section 4.1.2.1",
    _REISSUE,
)
SERIAL = _rule(
    "serial-number",
    _FORM,
    "the serial number of {subject} is not a positive number of at most 20 octets",
    "RFC 5280 section 4.1.2.2",
    _REISSUE,
)
ISSUER_EMPTY = _rule(
    "issuer-empty",
    _FORM,
    "the issuer of {subject} has an empty name",
    "RFC 5280 section 4.1.2.4",
    _REISSUE,
    openssl="X509_V_ERR_ISSUER_NAME_EMPTY",
)
SUBJECT_EMPTY = _rule(
    "subject-empty",
    _FORM,
    "an authority has an empty name",
    "RFC 5280 section 4.1.2.6",
    _NEW_CA,
    openssl="X509_V_ERR_SUBJECT_NAME_EMPTY",
)
NAMES_NOT_CRITICAL = _rule(
    "names-not-critical",
    _FORM,
    "the subject is empty and subjectAltName is not marked critical",
    "RFC 5280 section 4.2.1.6",
    _REISSUE,
    openssl="X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL",
)
NAMES_CRITICAL = _rule(
    "names-critical",
    _FORM,
    "subjectAltName of {subject} is marked critical although the subject is not empty",
    "CA/B BR section 7.1.2.7.12",
    _REISSUE,
)
NAME_SYNTAX = _rule(
    "name-syntax",
    _FORM,
    "subjectAltName of {subject} holds {name}, which is no {form}",
    "RFC 5280 section 4.2.1.6",
    _REISSUE,
    openssl="X509_V_ERR_UNSUPPORTED_NAME_SYNTAX",
)
COMMON_NAME = _rule(
    "common-name",
    _FORM,
    "the common name {name} of the certificate is not a copy of one of its alternative names",
    "CA/B BR section 7.1.4.3",
    _REISSUE,
)
AUTHORITY_KEY_MISSING = _rule(
    "authority-key-missing",
    _FORM,
    "{subject} does not say which key signed it (authorityKeyIdentifier)",
    "RFC 5280 section 4.2.1.1",
    _REISSUE,
    openssl="X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER",
)
AUTHORITY_KEY_CRITICAL = _rule(
    "authority-key-critical",
    _FORM,
    "authorityKeyIdentifier of {subject} is marked critical",
    "RFC 5280 section 4.2.1.1",
    _REISSUE,
    openssl="X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL",
)
AUTHORITY_KEY_FIELDS = _rule(
    "authority-key-fields",
    _FORM,
    "authorityKeyIdentifier of {subject} names the issuer and serial number of a certificate",
    "CA/B BR section 7.1.2.11.1",
    _NEW_CA,
)
AUTHORITY_KEY_MISMATCH = _rule(
    "authority-key-mismatch",
    _FORM,
    "{subject} says that another key signed it than the one of {issuer}",
    "RFC 5280 section 4.2.1.1",
    _REISSUE,
    openssl="X509_V_ERR_AKID_SKID_MISMATCH",
)
SUBJECT_KEY_MISSING = _rule(
    "subject-key-missing",
    _FORM,
    "the authority {subject} does not name its key (subjectKeyIdentifier)",
    "RFC 5280 section 4.2.1.2",
    _NEW_CA,
    openssl="X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER",
)
SUBJECT_KEY_CRITICAL = _rule(
    "subject-key-critical",
    _FORM,
    "subjectKeyIdentifier of {subject} is marked critical",
    "RFC 5280 section 4.2.1.2",
    _NEW_CA,
    openssl="X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL",
)
EXTENSION_CRITICAL = _rule(
    "extension-critical",
    _FORM,
    "the extension {extension} of {subject} is marked critical and must not be",
    "RFC 5280 section 4.2",
    _REISSUE,
)
EXTENSION_NOT_CRITICAL = _rule(
    "extension-not-critical",
    _FORM,
    "the extension {extension} of {subject} is not marked critical and must be",
    "RFC 5280 section 4.2",
    _REISSUE,
)
