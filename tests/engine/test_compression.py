"""Certificate compression (RFC 8879): every algorithm both ways, bounds, and a peer that lies about what it sends."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from dojang.engine import flight13
from dojang.engine.compression import compressed, compression_algorithms, decompressed
from dojang.engine.config import ClientAuth
from dojang.errors import ApiMisuse, PeerMisbehaved
from dojang.wire.codes import Alert, CertificateCompressionAlgorithm, ExtensionType
from dojang.wire.extensions import find
from dojang.wire.framing import MAX_MESSAGE
from dojang.wire.hello import ClientHello
from dojang.wire.messages13 import Certificate, CertificateEntry, CertificateRequest, CompressedCertificate
from tests.pair import NAME, Notes, client_config, pair, pki, server_config, shake
from tests.scripted import check_refused, client_and_script

A = CertificateCompressionAlgorithm
ALL = (A.BROTLI, A.ZSTD, A.ZLIB)


def kinds(notes: Notes, sender: str) -> list[type]:
    return [type(message) for who, message, _, _ in notes.messages if who == sender]


def test_all_three_are_installed_where_the_tests_run() -> None:
    assert compression_algorithms() == ALL


@pytest.mark.parametrize("algorithm", ALL, ids=lambda algorithm: algorithm.label)
def test_both_certificates_come_compressed(algorithm: A) -> None:
    notes = Notes()
    client, server = pair(
        client_config(credential=pki().client_credential, certificate_compression=(algorithm,)),
        server_config(client_auth=ClientAuth.REQUIRED, client_trust=pki().root.trust),
        client_observer=notes,
    )
    shake(client, server)
    assert client.session is not None
    assert server.session is not None
    assert client.session.peer_chain == pki().server_credential.chain
    assert server.session.peer_chain == pki().client_credential.chain
    for sender in ("client", "server"):
        assert CompressedCertificate in kinds(notes, sender)
        assert Certificate not in kinds(notes, sender)


@pytest.mark.parametrize(
    ("offered", "known"), [((), ALL), (ALL, ()), ((A.ZLIB,), (A.BROTLI,))], ids=["client", "server", "nothing common"]
)
def test_nothing_is_compressed_for_a_peer_that_did_not_say_it_can(offered: Any, known: Any) -> None:
    notes = Notes()
    ends = pair(
        client_config(certificate_compression=offered, credential=pki().client_credential),
        server_config(certificate_compression=known, client_auth=ClientAuth.REQUIRED, client_trust=pki().root.trust),
        client_observer=notes,
    )
    shake(*ends)
    assert CompressedCertificate not in kinds(notes, "server") + kinds(notes, "client")
    hello = notes.messages[0][1]
    assert isinstance(hello, ClientHello)
    assert (find(hello.extensions, ExtensionType.COMPRESS_CERTIFICATE) is not None) == bool(offered)
    request = next(message for _, message, _, _ in notes.messages if isinstance(message, CertificateRequest))
    assert (find(request.extensions, ExtensionType.COMPRESS_CERTIFICATE) is not None) == bool(known)


def test_the_server_prefers_and_compresses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[A] = []

    def counted(message: Certificate, algorithm: A) -> CompressedCertificate:
        made.append(algorithm)
        return compressed(message, algorithm)

    monkeypatch.setattr(flight13, "compressed", counted)
    flight13._certificate.cache_clear()
    server = server_config(certificate_compression=(A.ZSTD, A.ZLIB))
    for _ in range(3):
        shake(*pair(client_config(certificate_compression=(A.ZLIB, A.ZSTD)), server))
    assert made == [A.ZSTD]


def test_an_algorithm_that_is_not_here_is_refused_by_the_configuration() -> None:
    with pytest.raises(ApiMisuse, match="can't be compressed"):
        client_config(certificate_compression=(A(9),))


# What a peer may do wrong.


def certificate(size: int = 1000) -> Certificate:
    return Certificate(b"", (CertificateEntry(bytes(size)),))


@pytest.mark.parametrize("algorithm", ALL, ids=lambda algorithm: algorithm.label)
def test_inflation_stops_at_the_announced_length(algorithm: A) -> None:
    bomb = compressed(certificate(2**24 - 100), algorithm)
    assert len(bomb.compressed_certificate_message) < 100_000
    for length in (0, 1, 1000, MAX_MESSAGE, MAX_MESSAGE + 1, 2**24 - 1):
        message = CompressedCertificate(algorithm, length, bomb.compressed_certificate_message)
        with pytest.raises(PeerMisbehaved) as caught:
            decompressed(message, ALL, "server")
        assert caught.value.alert is Alert.BAD_CERTIFICATE


@pytest.mark.parametrize("algorithm", ALL, ids=lambda algorithm: algorithm.label)
def test_what_does_not_inflate_to_exactly_what_it_says(algorithm: A) -> None:
    right = compressed(certificate(), algorithm)
    assert decompressed(right, (algorithm,), "server") == certificate()
    size, data = right.uncompressed_length, right.compressed_certificate_message
    for length, body in (
        (size - 1, data),
        (size + 1, data),
        (size, data[:-1]),
        (size, data[: len(data) // 2]),
        (size, b"garbage"),
        (size, b"\0"),
        (size, data[1:]),
    ):
        with pytest.raises(PeerMisbehaved) as caught:
            decompressed(CompressedCertificate(algorithm, length, body), ALL, "server")
        assert caught.value.alert is Alert.BAD_CERTIFICATE, (length, body)


def swapped(algorithm: A = A.ZLIB, **changes: Any) -> Any:
    """The server's Certificate, compressed, with something changed."""

    def edit(name: str, raw: bytes) -> bytes:
        if name != "certificate":
            return raw
        whole = compressed(Certificate.parse(raw[4:]), A.ZLIB)
        values: dict[str, Any] = {**whole.__dict__, "algorithm": algorithm, **changes}
        return CompressedCertificate(**values).frame()

    return edit


def test_a_scripted_server_compresses() -> None:
    client, server = client_and_script(client_config(certificate_compression=(A.ZLIB,)), swapped())
    client.receive(b"".join(server.flight()))
    assert client.session is not None
    assert client.session.peer_chain == pki().server_credential.chain


@pytest.mark.parametrize(
    ("changes", "alert"),
    [
        ({"algorithm": A.BROTLI}, Alert.ILLEGAL_PARAMETER),
        ({"algorithm": A(77)}, Alert.ILLEGAL_PARAMETER),
        ({"uncompressed_length": 5}, Alert.BAD_CERTIFICATE),
        ({"uncompressed_length": 2**24 - 1}, Alert.BAD_CERTIFICATE),
        ({"compressed_certificate_message": zlib.compress(bytes(10**7))}, Alert.BAD_CERTIFICATE),
        ({"compressed_certificate_message": b"x"}, Alert.BAD_CERTIFICATE),
    ],
)
def test_a_server_that_lies(changes: Any, alert: Alert) -> None:
    client, server = client_and_script(client_config(certificate_compression=(A.ZLIB,)), swapped(**changes))
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, alert)


def test_compressed_although_nothing_was_offered() -> None:
    client, server = client_and_script(None, swapped())
    check_refused(client, server, b"".join(server.flight()), PeerMisbehaved, Alert.UNEXPECTED_MESSAGE)


def test_the_name_is_still_verified() -> None:
    assert NAME in pki().server_credential.names
    client, server = pair(client_config(certificate_compression=ALL), name="other.test")
    with pytest.raises(Exception, match="certificate"):
        shake(client, server)
