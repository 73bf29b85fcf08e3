"""Lines of a key log file, RFC 9850. Writing them anywhere is the application's explicit wish."""

from __future__ import annotations

__all__ = ["keylog_line"]


def keylog_line(label: str, client_random: bytes, secret: bytes) -> str:
    """``LABEL client_random secret`` in hexadecimal, without a line end."""
    return f"{label} {client_random.hex()} {secret.hex()}"
