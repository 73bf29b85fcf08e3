"""The name under which a browser (Chromium) would show a failure: the word that people search for."""

from __future__ import annotations

import socket

from dojang.errors import AlertReceived, CertificateError, NotTls, PeerIncompatible, Truncated
from dojang.pki.report import Report
from dojang.wire.codes import Alert

__all__ = ["browser_name"]


def browser_name(error: BaseException) -> str:
    """``ERR_...``; each as Chromium says it, where it has a name for such a failure."""
    if isinstance(error, CertificateError) and isinstance(error.report, Report):
        return error.report.chrome
    if isinstance(error, AlertReceived):
        return _ALERTS.get(error.description, _PROTOCOL)
    return next((name for kind, name in _ERRORS if isinstance(error, kind)), _PROTOCOL)


_PROTOCOL = "ERR_SSL_PROTOCOL_ERROR"
_MISMATCH = "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"
_CLIENT_CERTIFICATE = "ERR_BAD_SSL_CLIENT_AUTH_CERT"

_ERRORS: tuple[tuple[type[BaseException], str], ...] = (
    (CertificateError, "ERR_CERT_INVALID"),
    (PeerIncompatible, _MISMATCH),
    (NotTls, _PROTOCOL),
    (Truncated, "ERR_CONNECTION_CLOSED"),
    (socket.gaierror, "ERR_NAME_NOT_RESOLVED"),
    (ConnectionRefusedError, "ERR_CONNECTION_REFUSED"),
    (ConnectionResetError, "ERR_CONNECTION_RESET"),
    (TimeoutError, "ERR_TIMED_OUT"),
    (OSError, "ERR_CONNECTION_FAILED"),
)

_ALERTS = {
    Alert.HANDSHAKE_FAILURE: _MISMATCH,
    Alert.PROTOCOL_VERSION: _MISMATCH,
    Alert.UNRECOGNIZED_NAME: "ERR_SSL_UNRECOGNIZED_NAME_ALERT",
    Alert.CERTIFICATE_REQUIRED: _CLIENT_CERTIFICATE,
    Alert.BAD_CERTIFICATE: _CLIENT_CERTIFICATE,
    Alert.CERTIFICATE_EXPIRED: _CLIENT_CERTIFICATE,
    Alert.UNKNOWN_CA: _CLIENT_CERTIFICATE,
    Alert.CERTIFICATE_UNKNOWN: _CLIENT_CERTIFICATE,
    Alert.UNSUPPORTED_CERTIFICATE: _CLIENT_CERTIFICATE,
}
