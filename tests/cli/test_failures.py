"""Each failure ends in one sentence and its exit code; a bug of dojang's own is not hidden."""

from __future__ import annotations

import errno
import io
import socket

import pytest

from dojang.cli.browser import browser_name
from dojang.cli.failures import Exit, Failed, WrongUsage, explain
from dojang.cli.language import Language, Text
from dojang.cli.terminal import Screen
from dojang.errors import (
    AlertReceived,
    ApiMisuse,
    CertificateError,
    DecodeError,
    NotTls,
    PeerIncompatible,
    PeerMisbehaved,
    TlsError,
    Truncated,
)
from dojang.wire.codes import Alert

TEXT = Text(ko="{name:이/가} 없습니다", en="no {name}")

FAILURES: list[tuple[BaseException, Exit]] = [
    (WrongUsage(TEXT, name="x"), Exit.WRONG_USAGE),
    (Failed(TEXT, name="x"), Exit.FAILED),
    (ApiMisuse("nothing was asked"), Exit.WRONG_USAGE),
    (PeerMisbehaved(Alert.DECODE_ERROR, "a second HelloRetryRequest"), Exit.FAILED),
    (KeyboardInterrupt(), Exit.INTERRUPTED),
    (BrokenPipeError(), Exit.BROKEN_PIPE),
    (FileNotFoundError(2, "No such file", "a.pem"), Exit.WRONG_USAGE),
    (IsADirectoryError(21, "Is a directory", "a"), Exit.WRONG_USAGE),
    (NotADirectoryError(20, "Not a directory", "a"), Exit.WRONG_USAGE),
    (PermissionError(13, "Permission denied", "a.key"), Exit.WRONG_USAGE),
    (PermissionError(13, "Permission denied"), Exit.WRONG_USAGE),
    (FileExistsError(17, "File exists", "a"), Exit.WRONG_USAGE),
    (OSError(errno.EADDRINUSE, "Address already in use"), Exit.WRONG_USAGE),
    (OSError(errno.EADDRNOTAVAIL, "Cannot assign"), Exit.WRONG_USAGE),
    (OSError(errno.ENOSPC, "No space left"), Exit.WRONG_USAGE),
    (OSError(errno.EIO, "I/O error", "disk"), Exit.WRONG_USAGE),
    (OSError(errno.EHOSTUNREACH, "No route"), Exit.FAILED),
    (OSError(errno.ENETUNREACH, "Unreachable"), Exit.FAILED),
    (OSError(errno.EIO, "I/O error"), Exit.FAILED),
    (ConnectionRefusedError(), Exit.FAILED),
    (ConnectionResetError(errno.ECONNRESET, "reset"), Exit.FAILED),
    (TimeoutError(), Exit.FAILED),
    (socket.gaierror(-2, "Name or service not known"), Exit.FAILED),
]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("error", "code"), FAILURES, ids=lambda value: repr(value)[:40])
def test_one_sentence_and_the_right_code(error: BaseException, code: Exit, language: Language) -> None:
    out = io.StringIO()
    assert explain(error, Screen(out, language)) is code
    assert out.getvalue().strip()
    assert "{" not in out.getvalue()


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        explain(ZeroDivisionError(), Screen(io.StringIO(), Language.EN))


def test_a_file_s_name_can_t_steer_the_terminal() -> None:
    out = io.StringIO()
    explain(FileNotFoundError(2, "", "a\x1b[2J.pem"), Screen(out, Language.EN))
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (NotTls(Alert.UNEXPECTED_MESSAGE, "x"), "ERR_SSL_PROTOCOL_ERROR"),
        (PeerMisbehaved(Alert.DECODE_ERROR, "x"), "ERR_SSL_PROTOCOL_ERROR"),
        (DecodeError("x"), "ERR_SSL_PROTOCOL_ERROR"),
        (PeerIncompatible(Alert.PROTOCOL_VERSION, "x"), "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"),
        (AlertReceived(Alert.HANDSHAKE_FAILURE, "server"), "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"),
        (AlertReceived(Alert.UNRECOGNIZED_NAME, "server"), "ERR_SSL_UNRECOGNIZED_NAME_ALERT"),
        (AlertReceived(Alert.CERTIFICATE_REQUIRED, "server"), "ERR_BAD_SSL_CLIENT_AUTH_CERT"),
        (AlertReceived(Alert.INTERNAL_ERROR, "server"), "ERR_SSL_PROTOCOL_ERROR"),
        (CertificateError(Alert.BAD_CERTIFICATE, "x"), "ERR_CERT_INVALID"),
        (Truncated(None, "x"), "ERR_CONNECTION_CLOSED"),
        (ConnectionRefusedError(), "ERR_CONNECTION_REFUSED"),
        (TimeoutError(), "ERR_TIMED_OUT"),
        (socket.gaierror(), "ERR_NAME_NOT_RESOLVED"),
    ],
)
def test_the_browser_s_word(error: TlsError | OSError, name: str) -> None:
    assert browser_name(error) == name
