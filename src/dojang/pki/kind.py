"""Kinds of faults: what Chrome, Firefox, OpenSSL and Go call each, the alert that tells the peer, and its gravity."""

from __future__ import annotations

from dojang.wire.codes import Alert

__all__ = [
    "AUTHORITY",
    "CA",
    "CONSTRAINT",
    "DATE",
    "FORM",
    "INVALID",
    "Kind",
    "NAME",
    "POLICY",
    "PURPOSE",
    "REVOKED",
    "SIGNATURE",
    "STAPLE",
    "TRANSPARENCY",
    "WEAK",
]

# gravity (lower is graver), alert, and the names of Chrome, Firefox, OpenSSL and Go.
Kind = tuple[int, Alert, str, str, str, str]
INVALID: Kind = (
    10,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_BAD_DER",
    "X509_V_ERR_UNSPECIFIED",
    "x509: malformed certificate",
)
SIGNATURE: Kind = (
    12,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_AUTHORITY_INVALID",
    "SEC_ERROR_BAD_SIGNATURE",
    "X509_V_ERR_CERT_SIGNATURE_FAILURE",
    "x509.UnknownAuthorityError",
)
REVOKED: Kind = (
    15,
    Alert.CERTIFICATE_REVOKED,
    "ERR_CERT_REVOKED",
    "SEC_ERROR_REVOKED_CERTIFICATE",
    "X509_V_ERR_CERT_REVOKED",
    "",
)
STAPLE: Kind = (
    17,
    Alert.BAD_CERTIFICATE_STATUS_RESPONSE,
    "ERR_CERT_UNABLE_TO_CHECK_REVOCATION",
    "MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING",
    "X509_V_ERR_OCSP_VERIFY_NEEDED",
    "",
)
TRANSPARENCY: Kind = (
    45,
    Alert.BAD_CERTIFICATE,
    "ERR_CERTIFICATE_TRANSPARENCY_REQUIRED",
    "MOZILLA_PKIX_ERROR_INSUFFICIENT_CERTIFICATE_TRANSPARENCY",
    "X509_V_ERR_NO_VALID_SCTS",
    "",
)
AUTHORITY: Kind = (
    20,
    Alert.UNKNOWN_CA,
    "ERR_CERT_AUTHORITY_INVALID",
    "SEC_ERROR_UNKNOWN_ISSUER",
    "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "x509.UnknownAuthorityError",
)
CA: Kind = (
    25,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_CA_CERT_INVALID",
    "X509_V_ERR_INVALID_CA",
    "x509.CertificateInvalidError (NotAuthorizedToSign)",
)
NAME: Kind = (
    30,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_COMMON_NAME_INVALID",
    "SSL_ERROR_BAD_CERT_DOMAIN",
    "X509_V_ERR_HOSTNAME_MISMATCH",
    "x509.HostnameError",
)
CONSTRAINT: Kind = (
    35,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_NAME_CONSTRAINT_VIOLATION",
    "SEC_ERROR_CERT_NOT_IN_NAME_SPACE",
    "X509_V_ERR_PERMITTED_VIOLATION",
    "x509.CertificateInvalidError (CANotAuthorizedForThisName)",
)
WEAK: Kind = (
    40,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_WEAK_KEY",
    "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE",
    "X509_V_ERR_EE_KEY_TOO_SMALL",
    "",
)
DATE: Kind = (
    50,
    Alert.CERTIFICATE_EXPIRED,
    "ERR_CERT_DATE_INVALID",
    "SEC_ERROR_EXPIRED_CERTIFICATE",
    "X509_V_ERR_CERT_HAS_EXPIRED",
    "x509.CertificateInvalidError (Expired)",
)
PURPOSE: Kind = (
    55,
    Alert.UNSUPPORTED_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_INADEQUATE_CERT_TYPE",
    "X509_V_ERR_INVALID_PURPOSE",
    "x509.CertificateInvalidError (IncompatibleUsage)",
)
POLICY: Kind = (
    60,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_POLICY_VALIDATION_FAILED",
    "X509_V_ERR_NO_EXPLICIT_POLICY",
    "x509.CertificateInvalidError (NoValidChains)",
)
FORM: Kind = (
    70,
    Alert.BAD_CERTIFICATE,
    "ERR_CERT_INVALID",
    "SEC_ERROR_EXTENSION_VALUE_INVALID",
    "X509_V_ERR_INVALID_EXTENSION",
    "",
)
