"""Every error dojang raises on purpose, each knowing the alert that tells the peer.

Errors are sorted by who is to blame. One statement carries the alert, the sentence and the clause:

    raise PeerMisbehaved(Alert.ILLEGAL_PARAMETER, "the server changed {field}", "RFC 9846 section 4.2.4", field=...)

The sentence is a template so that it can be shown in another language: ``template`` and ``details`` stay apart.
This module knows nothing but alert numbers.
"""

from __future__ import annotations

from dojang.wire.codes import Alert

__all__ = [
    "AlertReceived",
    "ApiMisuse",
    "CallbackFailed",
    "CertificateError",
    "DecodeError",
    "NotTls",
    "PeerIncompatible",
    "PeerMisbehaved",
    "StoreUnavailable",
    "TlsError",
    "Truncated",
]


class TlsError(Exception):
    """The root of the family.

    alert: what is sent to the peer, or None when nothing may be sent.
    template, details: the English sentence with its ``{placeholders}`` and their values.
    clause: the document and section that the error rests on, "" where there is none.
    """

    def __init__(self, alert: Alert | None, template: str, clause: str = "", **details: object) -> None:
        super().__init__(template)
        self.alert = alert
        self.template = template
        self.clause = clause
        self.details = details

    @property
    def reason(self) -> str:
        """The sentence in English, without the clause."""
        return self.template.format(**self.details) if self.details else self.template

    def __str__(self) -> str:
        return f"{self.reason} ({self.clause})" if self.clause else self.reason


class DecodeError(TlsError):
    """Bytes that do not have the shape the document gives them; `offset` counts from the start of what was parsed."""

    def __init__(self, template: str, clause: str = "", *, offset: int | None = None, **details: object) -> None:
        super().__init__(Alert.DECODE_ERROR, template, clause, **details)
        self.offset = offset


class PeerMisbehaved(TlsError):
    """The peer broke a rule of the protocol."""


class PeerIncompatible(TlsError):
    """The peer follows the rules, yet the two sides have nothing in common."""


class NotTls(TlsError):
    """What answered does not speak TLS."""


class CertificateError(TlsError):
    """The peer's certificates were refused.

    report: the verifier's account of it (`dojang.pki.report.Report`), or None when the fault came before verification.
    """

    def __init__(
        self, alert: Alert, template: str, clause: str = "", *, report: object | None = None, **details: object
    ) -> None:
        super().__init__(alert, template, clause, **details)
        self.report = report


class AlertReceived(TlsError):
    """The peer ended the connection and said why."""

    def __init__(self, description: Alert, sender: str) -> None:
        super().__init__(
            None,
            "the {sender} sent the alert {description}",
            "RFC 9846 section 6.2",
            sender=sender,
            description=description.label,
        )
        self.description = description


class Truncated(TlsError):
    """The transport ended without close_notify: data may be missing."""


class CallbackFailed(TlsError):
    """A callable of the application (signer, certificate choice, ...) raised or gave a wrong answer."""


class ApiMisuse(TlsError):
    """The caller asked for what can't be done; nothing was sent."""

    def __init__(self, template: str, **details: object) -> None:
        super().__init__(None, template, "", **details)


class StoreUnavailable(TlsError):
    """What processes or machines share (ticket keys, strikes, sessions) can't answer now; connections go on without."""

    def __init__(self, template: str, **details: object) -> None:
        super().__init__(None, template, "", **details)
