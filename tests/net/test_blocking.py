"""TLS over blocking sockets: a socket's methods, two threads at once, and every way to end."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
import time
from functools import partial

import pytest

from dojang.crypto.signatures import sign
from dojang.engine.config import Credential
from dojang.engine.connection import Connection
from dojang.errors import AlertReceived, ApiMisuse, CallbackFailed, CertificateError, NotTls, TlsError, Truncated
from dojang.net.blocking import TlsSocket, connect
from dojang.wire.codes import SignatureScheme
from tests.net.loopback import TIMEOUT, Background, accept, listening, read_all, tls_pair
from tests.pair import NAME, client_config, pki, server_config


def test_back_and_forth() -> None:
    with tls_pair() as (client, server):
        client.sendall(b"ping")
        assert server.recv() == b"ping"
        assert server.send(b"pong") == 4
        assert client.recv(2) == b"po"
        assert client.pending() == 2
        assert client.recv(100) == b"ng"
        assert client.session.verified
        assert server.session.server_name == NAME
        assert client.getpeername() == server.getsockname()
        assert client.fileno() > 0
        assert client.gettimeout() == TIMEOUT


def test_buffers_of_all_kinds() -> None:
    with tls_pair() as (client, server):
        client.sendall(memoryview(bytearray(range(16))).cast("I"))
        client.sendall(b"")
        into = bytearray(10)
        assert server.recv_into(into, 4) == 4
        assert server.recv_into(memoryview(into)[4:]) == 6
        assert into == bytearray(range(10))
        assert server.recv_into(bytearray(0)) == 0
        assert server.recv(0) == b""
        assert server.recv() == bytes(range(10, 16))


def test_context_manager_says_close_notify() -> None:
    with tls_pair() as (client, server):
        with client:
            client.sendall(b"bye")
        assert server.recv() == b"bye"
        assert server.recv() == b""
        assert server.recv() == b""
        assert server.recv_into(bytearray(5)) == 0


def test_ten_megabytes_to_a_slow_reader() -> None:
    size = 10 * 2**20
    with tls_pair() as (client, server):

        def write() -> None:
            client.sendall(bytes(size))
            client.shutdown_write()

        sender = Background(write)
        count = 0
        buffer = bytearray(30_000)
        while got := server.recv_into(buffer):
            count += got
            if count < 10**6:
                time.sleep(0.002)
        sender.result()
        assert count == size


def test_two_threads_at_each_end() -> None:
    """50 MB each way while keys are updated on both sides: all four threads at once."""
    chunk, rounds = bytes(range(256)) * 1024, 200

    def write(tls: TlsSocket) -> None:
        for number in range(rounds):
            tls.sendall(chunk)
            if number % 10 == 5:
                tls.update_keys(request_peer=number % 20 == 5)
        tls.shutdown_write()

    def read(tls: TlsSocket) -> str:
        digest = hashlib.sha256()
        while data := tls.recv(2**18):
            digest.update(data)
        return digest.hexdigest()

    with tls_pair() as (client, server):
        threads = [Background(partial(write, tls)) for tls in (client, server)]
        readers = [Background(partial(read, tls)) for tls in (client, server)]
        expected = hashlib.sha256(chunk * rounds).hexdigest()
        for thread in threads:
            thread.result(60)
        assert [reader.result(60) for reader in readers] == [expected, expected]


def test_key_update_asked_for_after_our_close() -> None:
    """It is never answered, and nobody spins over it."""
    with tls_pair() as (client, server):
        client.shutdown_write()
        server.update_keys(request_peer=True)
        server.sendall(b"x")
        reader = Background(client.recv)
        assert reader.result(5) == b"x"


def test_key_updates_between_two_that_only_write() -> None:
    """Both sides' buffers full, each reader owing a KeyUpdate: no reader may wait to send it."""
    with tls_pair() as (client, server):
        chunk = bytes(2**18)

        def write(tls: TlsSocket) -> None:
            for _ in range(60):
                tls.update_keys(request_peer=True)
                tls.sendall(chunk)
            tls.shutdown_write()

        writers = [Background(partial(write, tls)) for tls in (client, server)]
        time.sleep(0.2)
        readers = [Background(partial(read_all, tls)) for tls in (client, server)]
        for writer in writers:
            writer.result(30)
        assert [reader.result(30) for reader in readers] == [60 * len(chunk)] * 2


def test_half_close() -> None:
    with tls_pair() as (client, server):
        client.sendall(b"request")
        client.shutdown_write()
        client.shutdown_write()
        assert server.recv() == b"request"
        assert server.recv() == b""
        server.sendall(b"answer")
        server.shutdown_write()
        assert client.recv() == b"answer"
        assert client.recv() == b""
        with pytest.raises(ApiMisuse):
            client.sendall(b"more")


# Files.


def test_text_file() -> None:
    with tls_pair() as (client, server):
        with client.makefile("w", encoding="utf-8", newline="\n") as out:
            out.write("도장\nzweite Zeile\n")
        client.shutdown_write()
        with server.makefile("r", encoding="utf-8") as lines:
            assert list(lines) == ["도장\n", "zweite Zeile\n"]


def test_binary_file() -> None:
    with tls_pair() as (client, server), client.makefile("rwb") as both:
        both.write(b"line one\r\nrest")
        both.flush()
        with server.makefile("rb") as file:
            assert file.readline() == b"line one\r\n"
            assert file.read(4) == b"rest"
        server.sendall(b"x" * 100_000)
        assert len(both.read(100_000)) == 100_000


def test_unbuffered_file() -> None:
    with tls_pair() as (client, server):
        client.sendall(b"abc")
        with server.makefile("rb", buffering=0) as file:
            assert file.read(2) == b"ab"
            assert file.read(2) == b"c"


def test_socket_stays_open_until_its_files_are_closed() -> None:
    with tls_pair() as (client, server):
        file = client.makefile("rb")
        client.close()
        server.sendall(b"still\n")
        assert file.readline() == b"still\n"
        file.close()
        assert server.recv() == b""
        assert client.fileno() == -1


# Time.


def test_timeout_of_a_read() -> None:
    with tls_pair() as (client, server):
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv()
        server.sendall(b"late")
        assert client.recv() == b"late"


def test_timeout_of_a_write_goes_on_where_it_stopped() -> None:
    with tls_pair() as (client, server):
        client.settimeout(0.05)
        data = bytes(range(256)) * 4096
        sent = send_until_it_fails(client, data, TimeoutError)
        client.settimeout(TIMEOUT)
        reader = Background(lambda: read_all(server))
        client.sendall(b"the rest goes first")
        client.shutdown_write()
        # Of the data whose sendall ran out of time, the rounds that were sealed arrive, whole.
        assert sent + 19 < reader.result() <= sent + len(data) + 19


def send_until_it_fails(tls: TlsSocket, data: bytes, kinds: type[Exception] | tuple[type[Exception], ...]) -> int:
    """How many bytes went well before one of these errors."""
    sent = 0
    for _ in range(200):
        try:
            tls.sendall(data)
        except kinds:
            return sent
        sent += len(data)
    raise AssertionError("it never fails")


def test_timeout_of_the_handshake() -> None:
    with listening() as silent, pytest.raises(TimeoutError):
        connect(NAME, silent.getsockname()[1], client_config(), address="127.0.0.1", timeout=0.05)


# Ends.


def test_truncation_is_no_clean_end() -> None:
    with tls_pair() as (client, server):
        client.sendall(b"half")
        client.detach().shutdown(socket.SHUT_WR)
        assert server.recv() == b"half"
        for _ in range(2):
            with pytest.raises(Truncated):
                server.recv()
        with pytest.raises(Truncated):
            server.sendall(b"x")


def test_reset_is_an_os_error() -> None:
    with tls_pair() as (client, server):
        raw = client.detach()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        with pytest.raises(OSError, match=r"."):
            server.recv()


@pytest.mark.parametrize("timeout", [None, 10.0])
def test_close_wakes_a_reader(timeout: float | None) -> None:
    with tls_pair() as (client, server):
        client.settimeout(timeout)
        reader = Background(client.recv)
        time.sleep(0.1)
        client.close()
        with pytest.raises(OSError, match="closed"):
            reader.result(5)
        assert server.recv() == b""


def test_close_while_a_writer_waits_for_a_peer_that_does_not_read() -> None:
    with tls_pair() as (client, _):
        client.settimeout(None)

        def write() -> None:
            while True:
                client.sendall(bytes(2**20))

        writer = Background(write)
        time.sleep(0.3)
        closer = Background(client.close)
        closer.result(5)
        with pytest.raises((OSError, ApiMisuse)):
            writer.result(5)


def test_close_twice_and_use_after_close() -> None:
    with tls_pair() as (client, server):
        client.close()
        client.close()
        with pytest.raises((OSError, ApiMisuse)):
            client.sendall(b"x")
        with pytest.raises(OSError, match=r"."):
            client.recv()
        assert server.recv() == b""


def test_peer_that_closes_while_we_write() -> None:
    with tls_pair() as (client, server):
        server.close()
        send_until_it_fails(client, bytes(2**20), (OSError, TlsError))


# Handshakes that fail.


def test_refused_certificate_is_told_to_both() -> None:
    with listening() as listener:
        accepted = Background(lambda: accept(listener))
        with pytest.raises(CertificateError):
            connect("other.test", listener.getsockname()[1], client_config(), address="127.0.0.1", timeout=TIMEOUT)
        with pytest.raises(AlertReceived) as caught:
            accepted.result()
        assert caught.value.details["sender"] == "client"


def test_server_that_speaks_http() -> None:
    with listening() as listener:

        def answer() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                sock.recv(10_000)

        accepted = Background(answer)
        with pytest.raises(NotTls, match="HTTP"):
            connect(NAME, listener.getsockname()[1], client_config(), address="127.0.0.1", timeout=TIMEOUT)
        accepted.result()


def test_nobody_listens() -> None:
    with listening() as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        connect(NAME, port, client_config(), address="127.0.0.1", timeout=TIMEOUT)


def test_session_before_the_handshake() -> None:
    one, other = socket.socketpair()
    with one, other:
        tls = TlsSocket(one, Connection.client(client_config(), NAME))
        with pytest.raises(ApiMisuse):
            _ = tls.session


def test_socket_pair() -> None:
    """Any connected stream socket will do."""
    one, other = socket.socketpair()
    one.settimeout(TIMEOUT)
    other.settimeout(TIMEOUT)
    accepted = Background(lambda: TlsSocket.server(other, server_config()))
    with TlsSocket.client(one, client_config(), NAME) as client, accepted.result() as server:
        client.sendall(b"x")
        assert server.recv() == b"x"


# Signers that are coroutines are run to their end.


def signing(answer: bytes | None = None) -> Credential:
    async def signer(scheme: SignatureScheme, content: bytes) -> bytes:
        await asyncio.sleep(0.01)
        return sign(pki().server.key, scheme, content) if answer is None else answer

    return Credential.from_signer(pki().server.chain, signer)


def test_async_signer() -> None:
    with tls_pair(None, server_config(credentials=(signing(),))) as (client, server):
        client.sendall(b"x")
        assert server.recv() == b"x"


def test_async_signer_that_is_wrong() -> None:
    with listening() as listener:
        accepted = Background(lambda: accept(listener, server_config(credentials=(signing(b"nonsense"),))))
        with pytest.raises(AlertReceived):
            connect(NAME, listener.getsockname()[1], client_config(), address="127.0.0.1", timeout=TIMEOUT)
        with pytest.raises(CallbackFailed):
            accepted.result()
