"""Hellos in the form of SSL 2.0, sent by clients of the nineties to be understood by all: RFC 5246 appendix E.2."""

from __future__ import annotations

from typing import Any, NamedTuple

from dojang.wire.messages_captured import Ssl2ClientHello, Ssl2ServerHello

__all__ = ["Ssl2", "looks_like_ssl2", "read_ssl2"]


class Ssl2(NamedTuple):
    """size: with the two-byte header. ciphers: numbers of three octets; the high octet 0 means a TLS suite."""

    size: int
    value: Any
    ciphers: tuple[int, ...]
    challenge: bytes


def looks_like_ssl2(data: bytes) -> bool:
    """Whether a client's stream begins so: the lengths must agree to the byte."""
    if len(data) < 11 or not data[0] & 0x80 or data[2] != 1 or data[3:5] not in _VERSIONS:
        return False
    size = (data[0] & 0x7F) << 8 | data[1]
    ciphers, session, challenge = (int.from_bytes(data[at : at + 2], "big") for at in (5, 7, 9))
    return not ciphers % 3 and ciphers > 0 and 16 <= challenge <= 32 and 9 + ciphers + session + challenge == size


def read_ssl2(data: bytes, sender: str) -> Ssl2 | None:
    """The hello at the start of `data`, or None."""
    size = ((data[0] & 0x7F) << 8 | data[1]) + 2 if len(data) > 2 else 0
    if sender == "client":
        if not looks_like_ssl2(data) or len(data) < size:
            return None
        hello = Ssl2ClientHello.parse(data[2:size])
        cut = hello.cipher_spec_length
        return Ssl2(size, hello, _numbers(hello.bodies[:cut]), hello.bodies[-hello.challenge_length :])
    if len(data) < 13 or not data[0] & 0x80 or data[2] != 4 or data[5:7] != b"\x00\x02" or len(data) < size:
        return None
    answer = Ssl2ServerHello.parse(data[2:size])
    begin = answer.certificate_length
    return Ssl2(size, answer, _numbers(answer.bodies[begin : begin + answer.cipher_specs_length]), b"")


_VERSIONS = (b"\x00\x02", b"\x03\x00", b"\x03\x01", b"\x03\x02", b"\x03\x03")


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 3], "big") for at in range(0, len(data) - 2, 3))
