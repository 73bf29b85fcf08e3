"""The rules that decide whether a chain is trusted: names, signatures, authority, time, purpose.

Lower gravity is graver; the order is the one in which a browser would name the fault.
"""

from __future__ import annotations

from dojang.pki import kind
from dojang.pki.rule import NEW_CA, REISSUE, rule

__all__ = [
    "ALGORITHM_MISMATCH",
    "BAD_SIGNATURE",
    "CA_KEY_USAGE",
    "DISTRUSTED_PURPOSE",
    "DISTRUSTED_SINCE",
    "EMPTY_PURPOSE",
    "EXPIRED",
    "KEY_NOT_ALLOWED",
    "KEY_USAGE",
    "MALFORMED",
    "MALFORMED_EXTENSION",
    "MUST_STAPLE",
    "NAME_CONSTRAINTS_WORK",
    "NAME_CONSTRAINT_MALFORMED",
    "NAME_EXCLUDED",
    "NAME_FORM_UNSUPPORTED",
    "NAME_MISMATCH",
    "NAME_NOT_PERMITTED",
    "NOT_A_CA",
    "NOT_YET_VALID",
    "NO_CERTIFICATE",
    "NO_NAMES",
    "NO_POLICY",
    "PATH_LENGTH",
    "REVOCATION_UNKNOWN",
    "REVOKED",
    "SELF_SIGNED",
    "TOO_DEEP",
    "TOO_FEW_TIMESTAMPS",
    "UNKNOWN_CRITICAL",
    "UNKNOWN_ISSUER",
    "UNKNOWN_SIGNATURE_ALGORITHM",
    "UNTRUSTED_ROOT",
    "WEAK_HASH",
    "WEAK_KEY",
    "WORK_LIMIT",
    "WRONG_PURPOSE",
]

NO_CERTIFICATE = rule(
    "no-certificate",
    kind.INVALID,
    "no certificate was sent",
    "RFC 9846 section 4.5.2",
    "configure a certificate and its key",
    gravity=1,
)
MALFORMED = rule(
    "malformed",
    kind.INVALID,
    "the certificate is not well-formed: {fault}",
    "RFC 5280 section 4.1",
    REISSUE,
    gravity=2,
)
MALFORMED_EXTENSION = rule(
    "malformed-extension",
    kind.INVALID,
    "the extension {extension} is not well-formed: {fault}",
    "RFC 5280 section 4.2",
    REISSUE,
    openssl="X509_V_ERR_INVALID_EXTENSION",
)
BAD_SIGNATURE = rule(
    "bad-signature",
    kind.SIGNATURE,
    "the signature on the certificate of {subject} was not made with the key of {issuer}",
    "RFC 5280 section 6.1.3 (a)(1)",
    "send the intermediate that really signed this certificate, or have it issued again",
)
UNKNOWN_SIGNATURE_ALGORITHM = rule(
    "unknown-signature-algorithm",
    kind.SIGNATURE,
    "the certificate is signed with {algorithm}, which is not known here",
    "RFC 5280 section 4.1.1.2",
    "have the certificate signed with ECDSA, RSA, EdDSA or ML-DSA",
    firefox="SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED",
    openssl="X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM",
)
ALGORITHM_MISMATCH = rule(
    "signature-algorithm-mismatch",
    kind.INVALID,
    "the signature algorithm inside the certificate differs from the one outside",
    "RFC 5280 section 4.1.1.2",
    REISSUE,
    openssl="X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY",
    firefox="MOZILLA_PKIX_ERROR_SIGNATURE_ALGORITHM_MISMATCH",
)
REVOKED = rule(
    "revoked",
    kind.REVOKED,
    "the certificate of {subject} was revoked on {date}: {reason}",
    "RFC 5280 section 6.3",
    "replace the certificate; a revoked one does not come back",
)
REVOCATION_UNKNOWN = rule(
    "revocation-unknown",
    kind.REVOKED,
    "whether the certificate of {subject} was revoked can't be told: {why}",
    "RFC 5280 section 6.3",
    "provide a current CRL or OCSP response of its issuer",
    openssl="X509_V_ERR_UNABLE_TO_GET_CRL",
    firefox="SEC_ERROR_UNKNOWN_CERT",
    chrome="ERR_CERT_UNABLE_TO_CHECK_REVOCATION",
    gravity=18,
)
MUST_STAPLE = rule(
    "must-staple",
    kind.STAPLE,
    "the certificate of {subject} promises an OCSP response in the handshake, and none came",
    "RFC 7633 section 4.2.3.1",
    "switch OCSP stapling on, or have the certificate issued without this promise",
)
TOO_FEW_TIMESTAMPS = rule(
    "too-few-timestamps",
    kind.TRANSPARENCY,
    "the certificate of {subject} carries {found} true timestamps of certificate logs; {needed} are needed",
    "RFC 6962 section 3.3",
    "have the certificate issued by an authority that logs what it issues",
)
UNKNOWN_ISSUER = rule(
    "unknown-issuer",
    kind.AUTHORITY,
    "no trusted authority stands behind {subject}: its issuer {issuer} is neither trusted nor sent along",
    "RFC 5280 section 6.1",
    "send the missing intermediate, or trust the root that issued this chain",
)
SELF_SIGNED = rule(
    "self-signed",
    kind.AUTHORITY,
    "the certificate of {subject} is signed by itself and is not trusted here",
    "RFC 5280 section 6.1",
    "have it issued by an authority that the client trusts, or trust this certificate",
    openssl="X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT",
    firefox="MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
)
UNTRUSTED_ROOT = rule(
    "untrusted-root",
    kind.AUTHORITY,
    "the chain ends in the root {subject}, which is not trusted here",
    "RFC 5280 section 6.1",
    "trust this root, if you know whose it is, or use an authority that the client trusts",
    openssl="X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN",
)
WORK_LIMIT = rule(
    "work-limit",
    kind.AUTHORITY,
    "the search for a path was ended after {limit} {unit}: these certificates form no ordinary chain",
    "",
    "send only the certificates that lead from the leaf to the root",
    openssl="X509_V_ERR_CERT_CHAIN_TOO_LONG",
    go="x509: signature check attempts limit reached while verifying certificate chain",
    gravity=24,
)
NOT_A_CA = rule(
    "not-a-ca",
    kind.CA,
    "{subject} issued the next certificate and yet is no certificate authority",
    "RFC 5280 section 6.1.4 (k)",
    "have the certificate issued by an authority",
)
CA_KEY_USAGE = rule(
    "ca-key-usage",
    kind.CA,
    "keyUsage does not allow {subject} to sign certificates",
    "RFC 5280 section 6.1.4 (n)",
    NEW_CA,
    openssl="X509_V_ERR_KEYUSAGE_NO_CERTSIGN",
)
PATH_LENGTH = rule(
    "path-length",
    kind.CA,
    "{subject} allows {allowed} intermediates below itself; there are {found}",
    "RFC 5280 section 6.1.4 (l)",
    "have the chain issued from an authority that may have intermediates",
    openssl="X509_V_ERR_PATH_LENGTH_EXCEEDED",
    firefox="SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID",
    go="x509.CertificateInvalidError (TooManyIntermediates)",
)
TOO_DEEP = rule(
    "too-deep",
    kind.AUTHORITY,
    "the path has {found} intermediates, more than the {allowed} allowed",
    "RFC 5280 section 6.1",
    "use a shorter chain, or allow more intermediates",
    openssl="X509_V_ERR_CERT_CHAIN_TOO_LONG",
    gravity=24,
)
NAME_MISMATCH = rule(
    "name-mismatch",
    kind.NAME,
    "the certificate is for {names}, not for {name}",
    "RFC 9525 section 6",
    "connect by a name that is in the certificate, or have {name} added to it",
)
NO_NAMES = rule(
    "no-names",
    kind.NAME,
    "the certificate names no host at all in subjectAltName, so it can't be for {name}; the common name does not count",
    "RFC 9525 section 2",
    "have the certificate issued with {name} in subjectAltName",
)
NAME_NOT_PERMITTED = rule(
    "name-not-permitted",
    kind.CONSTRAINT,
    "{issuer} may only issue for {permitted}, and {name} is not among them",
    "RFC 5280 section 4.2.1.10",
    "have the certificate issued by an authority that may issue for this name",
)
NAME_EXCLUDED = rule(
    "name-excluded",
    kind.CONSTRAINT,
    "{issuer} may not issue for {name}: it is excluded by {excluded}",
    "RFC 5280 section 4.2.1.10",
    "have the certificate issued by an authority that may issue for this name",
    openssl="X509_V_ERR_EXCLUDED_VIOLATION",
)
NAME_FORM_UNSUPPORTED = rule(
    "name-form-unsupported",
    kind.CONSTRAINT,
    "{issuer} limits names of the form {form}, {subject} has one, and whether it fits can't be judged",
    "RFC 5280 section 4.2.1.10",
    REISSUE,
    openssl="X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE",
)
NAME_CONSTRAINT_MALFORMED = rule(
    "name-constraint-malformed",
    kind.CONSTRAINT,
    "nameConstraints of {subject} holds {constraint}, which is no {form} constraint",
    "RFC 5280 section 4.2.1.10",
    NEW_CA,
    openssl="X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX",
)
NAME_CONSTRAINTS_WORK = rule(
    "name-constraints-work",
    kind.CONSTRAINT,
    "{names} names against {constraints} constraints are more than a chain needs; the comparison was not begun",
    "",
    "use fewer names or fewer constraints",
    openssl="X509_V_ERR_UNSPECIFIED",
)
WEAK_KEY = rule(
    "weak-key",
    kind.WEAK,
    "the key of {subject} is too weak: {key}",
    "CA/B BR section 6.1.5",
    "make a new key: ECDSA P-256, or RSA with 2048 bits or more",
)
KEY_NOT_ALLOWED = rule(
    "key-not-allowed",
    kind.WEAK,
    "the key of {subject} is {key}, which is not allowed",
    "CA/B BR section 6.1.5",
    "make a key of an allowed kind: ECDSA P-256, or RSA with 2048 bits or more",
)
WEAK_HASH = rule(
    "weak-hash",
    kind.WEAK,
    "the certificate of {subject} is signed over {hash}, which can be forged",
    "CA/B BR section 7.1.3.2",
    "have the certificate issued again with SHA-256 or better",
    chrome="ERR_CERT_WEAK_SIGNATURE_ALGORITHM",
    firefox="SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED",
    openssl="X509_V_ERR_CA_MD_TOO_WEAK",
    go="x509.InsecureAlgorithmError",
    gravity=38,
)
EXPIRED = rule(
    "expired",
    kind.DATE,
    "the certificate of {subject} expired on {date}",
    "RFC 5280 section 6.1.3 (a)(2)",
    "renew the certificate",
)
NOT_YET_VALID = rule(
    "not-yet-valid",
    kind.DATE,
    "the certificate of {subject} is not valid before {date}",
    "RFC 5280 section 6.1.3 (a)(2)",
    "check the clocks of both sides, or wait",
    firefox="MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE",
    openssl="X509_V_ERR_CERT_NOT_YET_VALID",
)
DISTRUSTED_PURPOSE = rule(
    "distrusted-purpose",
    kind.AUTHORITY,
    "the root {subject} is trusted only for {purposes}",
    "RFC 5914 section 2",
    "use an authority that the client trusts for this",
    openssl="X509_V_ERR_CERT_UNTRUSTED",
    firefox="SEC_ERROR_UNTRUSTED_ISSUER",
)
DISTRUSTED_SINCE = rule(
    "distrusted-since",
    kind.AUTHORITY,
    "the root {subject} is trusted only for certificates issued before {date}",
    "RFC 5914 section 2",
    "use an authority that the client trusts for this",
    openssl="X509_V_ERR_CERT_UNTRUSTED",
    firefox="SEC_ERROR_UNTRUSTED_ISSUER",
)
WRONG_PURPOSE = rule(
    "wrong-purpose",
    kind.PURPOSE,
    "extendedKeyUsage of {subject} allows {found}, not {wanted}",
    "RFC 5280 section 4.2.1.12",
    "have the certificate issued for this purpose",
)
EMPTY_PURPOSE = rule(
    "purpose-empty",
    kind.PURPOSE,
    "extendedKeyUsage of {subject} lists no purpose",
    "RFC 5280 section 4.2.1.12",
    REISSUE,
)
KEY_USAGE = rule(
    "key-usage",
    kind.PURPOSE,
    "keyUsage of {subject} does not allow signatures in a handshake",
    "RFC 9846 section 4.5.2.2",
    "have the certificate issued with digitalSignature",
    firefox="SEC_ERROR_INADEQUATE_KEY_USAGE",
)
NO_POLICY = rule(
    "no-valid-policy",
    kind.POLICY,
    "a policy is required below {subject} and none is valid along the path",
    "RFC 5280 section 6.1.5 (g)",
    "have the chain issued under a policy that its authorities name",
)
UNKNOWN_CRITICAL = rule(
    "unknown-critical-extension",
    kind.FORM,
    "{subject} has a critical extension that is not known here: {extension}",
    "RFC 5280 section 4.2",
    "have the certificate issued without it, or not marked critical",
    openssl="X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION",
    firefox="SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION",
    go="x509.UnhandledCriticalExtension",
    gravity=28,
)
