"""The rules about form: what the documents ask of who issues a certificate, down to the letter.

Most change nothing of what a certificate means; profiles choose which of them count.
"""

from __future__ import annotations

from dojang.pki import kind
from dojang.pki.rule import NEW_CA, REISSUE, rule

__all__ = [
    "AUTHORITY_KEY_CRITICAL",
    "AUTHORITY_KEY_FIELDS",
    "AUTHORITY_KEY_MISMATCH",
    "AUTHORITY_KEY_MISSING",
    "BASIC_CONSTRAINTS_NOT_CRITICAL",
    "CA_KEY_USAGE_MISSING",
    "CERT_SIGN_WITHOUT_CA",
    "COMMON_NAME",
    "DUPLICATE_EXTENSION",
    "EXTENSION_CRITICAL",
    "EXTENSION_NOT_CRITICAL",
    "ISSUER_EMPTY",
    "LEAF_IS_CA",
    "NAMES_CRITICAL",
    "NAMES_NOT_CRITICAL",
    "NAME_CONSTRAINTS_EMPTY",
    "NAME_CONSTRAINTS_IN_LEAF",
    "NAME_CONSTRAINTS_NOT_CRITICAL",
    "NAME_CONSTRAINT_PERIOD",
    "NAME_SYNTAX",
    "PATH_LENGTH_WITHOUT_CA",
    "PURPOSE_ANY",
    "PURPOSE_CRITICAL",
    "PURPOSE_IN_ROOT",
    "PURPOSE_MISSING",
    "SERIAL",
    "SUBJECT_EMPTY",
    "SUBJECT_KEY_CRITICAL",
    "SUBJECT_KEY_MISSING",
    "VERSION",
]

BASIC_CONSTRAINTS_NOT_CRITICAL = rule(
    "basic-constraints-not-critical",
    kind.CA,
    "basicConstraints of {subject} is not marked critical",
    "RFC 5280 section 4.2.1.9",
    NEW_CA,
    openssl="X509_V_ERR_CA_BCONS_NOT_CRITICAL",
    gravity=71,
)
CA_KEY_USAGE_MISSING = rule(
    "ca-key-usage-missing",
    kind.CA,
    "the authority {subject} has no keyUsage",
    "RFC 5280 section 4.2.1.3",
    NEW_CA,
    openssl="X509_V_ERR_CA_CERT_MISSING_KEY_USAGE",
    gravity=71,
)
CERT_SIGN_WITHOUT_CA = rule(
    "cert-sign-without-ca",
    kind.FORM,
    "keyUsage of {subject} allows to sign certificates although it is no authority",
    "RFC 5280 section 4.2.1.9",
    REISSUE,
    openssl="X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA",
)
PATH_LENGTH_WITHOUT_CA = rule(
    "path-length-without-ca",
    kind.FORM,
    "{subject} sets a path length without being an authority that may sign certificates",
    "RFC 5280 section 4.2.1.9",
    REISSUE,
    openssl="X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA",
)
LEAF_IS_CA = rule(
    "leaf-is-ca",
    kind.PURPOSE,
    "the certificate of {subject} is an authority's and may not stand for a server or client",
    "CA/B BR section 7.1.2.7.8",
    "have a certificate issued for the server itself",
    firefox="SEC_ERROR_CA_CERT_USED_AS_END_ENTITY",
)
NAME_CONSTRAINT_PERIOD = rule(
    "name-constraint-period",
    kind.FORM,
    "nameConstraints of {subject} holds {constraint}: a DNS constraint does not begin with a period",
    "RFC 5280 section 4.2.1.10",
    NEW_CA,
)
NAME_CONSTRAINTS_EMPTY = rule(
    "name-constraints-empty",
    kind.CONSTRAINT,
    "nameConstraints of {subject} limits nothing",
    "RFC 5280 section 4.2.1.10",
    NEW_CA,
    gravity=71,
)
NAME_CONSTRAINTS_NOT_CRITICAL = rule(
    "name-constraints-not-critical",
    kind.FORM,
    "nameConstraints of {subject} is not marked critical",
    "RFC 5280 section 4.2.1.10",
    NEW_CA,
)
NAME_CONSTRAINTS_IN_LEAF = rule(
    "name-constraints-in-leaf",
    kind.FORM,
    "{subject} is no authority and yet carries nameConstraints",
    "RFC 5280 section 4.2.1.10",
    REISSUE,
)
PURPOSE_MISSING = rule(
    "purpose-missing",
    kind.PURPOSE,
    "{subject} has no extendedKeyUsage",
    "CA/B BR section 7.1.2.7.6",
    REISSUE,
    gravity=72,
)
PURPOSE_ANY = rule(
    "purpose-any",
    kind.PURPOSE,
    "extendedKeyUsage of {subject} holds anyExtendedKeyUsage",
    "CA/B BR section 7.1.2.7.10",
    REISSUE,
    gravity=72,
)
PURPOSE_IN_ROOT = rule(
    "purpose-in-root",
    kind.FORM,
    "the root {subject} carries extendedKeyUsage",
    "CA/B BR section 7.1.2.1.2",
    NEW_CA,
)
PURPOSE_CRITICAL = rule(
    "purpose-critical",
    kind.FORM,
    "extendedKeyUsage of {subject} is marked critical",
    "CA/B BR section 7.1.2.7.6",
    REISSUE,
)
DUPLICATE_EXTENSION = rule(
    "duplicate-extension",
    kind.INVALID,
    "{subject} carries the extension {extension} more than once",
    "RFC 5280 section 4.2",
    REISSUE,
    go="x509: certificate contains duplicate extensions",
)
VERSION = rule(
    "version",
    kind.FORM,
    "{subject} is an X.509 version {version} certificate, not version 3",
    "RFC 5280 section 4.1.2.1",
    REISSUE,
)
SERIAL = rule(
    "serial-number",
    kind.FORM,
    "the serial number of {subject} is not a positive number of at most 20 octets",
    "RFC 5280 section 4.1.2.2",
    REISSUE,
)
ISSUER_EMPTY = rule(
    "issuer-empty",
    kind.FORM,
    "the issuer of {subject} has an empty name",
    "RFC 5280 section 4.1.2.4",
    REISSUE,
    openssl="X509_V_ERR_ISSUER_NAME_EMPTY",
)
SUBJECT_EMPTY = rule(
    "subject-empty",
    kind.FORM,
    "an authority has an empty name",
    "RFC 5280 section 4.1.2.6",
    NEW_CA,
    openssl="X509_V_ERR_SUBJECT_NAME_EMPTY",
)
NAMES_NOT_CRITICAL = rule(
    "names-not-critical",
    kind.FORM,
    "the subject is empty and subjectAltName is not marked critical",
    "RFC 5280 section 4.2.1.6",
    REISSUE,
    openssl="X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL",
)
NAMES_CRITICAL = rule(
    "names-critical",
    kind.FORM,
    "subjectAltName of {subject} is marked critical although the subject is not empty",
    "CA/B BR section 7.1.2.7.12",
    REISSUE,
)
NAME_SYNTAX = rule(
    "name-syntax",
    kind.FORM,
    "subjectAltName of {subject} holds {name}, which is no {form}",
    "RFC 5280 section 4.2.1.6",
    REISSUE,
    openssl="X509_V_ERR_UNSUPPORTED_NAME_SYNTAX",
)
COMMON_NAME = rule(
    "common-name",
    kind.FORM,
    "the common name {name} of the certificate is not a copy of one of its alternative names",
    "CA/B BR section 7.1.4.3",
    REISSUE,
)
AUTHORITY_KEY_MISSING = rule(
    "authority-key-missing",
    kind.FORM,
    "{subject} does not say which key signed it (authorityKeyIdentifier)",
    "RFC 5280 section 4.2.1.1",
    REISSUE,
    openssl="X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER",
)
AUTHORITY_KEY_CRITICAL = rule(
    "authority-key-critical",
    kind.FORM,
    "authorityKeyIdentifier of {subject} is marked critical",
    "RFC 5280 section 4.2.1.1",
    REISSUE,
    openssl="X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL",
)
AUTHORITY_KEY_FIELDS = rule(
    "authority-key-fields",
    kind.FORM,
    "authorityKeyIdentifier of {subject} names the issuer and serial number of a certificate",
    "CA/B BR section 7.1.2.11.1",
    NEW_CA,
)
AUTHORITY_KEY_MISMATCH = rule(
    "authority-key-mismatch",
    kind.FORM,
    "{subject} says that another key signed it than the one of {issuer}",
    "RFC 5280 section 4.2.1.1",
    REISSUE,
    openssl="X509_V_ERR_AKID_SKID_MISMATCH",
)
SUBJECT_KEY_MISSING = rule(
    "subject-key-missing",
    kind.FORM,
    "the authority {subject} does not name its key (subjectKeyIdentifier)",
    "RFC 5280 section 4.2.1.2",
    NEW_CA,
    openssl="X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER",
)
SUBJECT_KEY_CRITICAL = rule(
    "subject-key-critical",
    kind.FORM,
    "subjectKeyIdentifier of {subject} is marked critical",
    "RFC 5280 section 4.2.1.2",
    NEW_CA,
    openssl="X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL",
)
EXTENSION_CRITICAL = rule(
    "extension-critical",
    kind.FORM,
    "the extension {extension} of {subject} is marked critical and must not be",
    "RFC 5280 section 4.2",
    REISSUE,
)
EXTENSION_NOT_CRITICAL = rule(
    "extension-not-critical",
    kind.FORM,
    "the extension {extension} of {subject} is not marked critical and must be",
    "RFC 5280 section 4.2",
    REISSUE,
)
