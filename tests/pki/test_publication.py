"""What an authority publishes, over real HTTP, believed by OpenSSL's tools and by dojang's own client."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dojang.engine.config import ClientConfig, Credential, ServerConfig
from dojang.engine.connection import Connection
from dojang.errors import CertificateError
from dojang.net.fetch import HttpFetch
from dojang.net.publication import Publication, PublicationServer
from dojang.pki.authority import Authority, Issued
from dojang.pki.crl import parse_crl
from dojang.pki.database import SqliteDatabase
from dojang.pki.fetching import IssuerSource, OnlineSource
from dojang.pki.keys import create_key, dump_certificates
from dojang.pki.ledger import Ledger
from dojang.pki.publishing import Responder, publish_list, revoke
from dojang.pki.revocation import Good, Policy, Revocation, Revoked
from dojang.pki.signer import key_of_signer
from dojang.pki.templates import DEVELOPMENT, Places
from dojang.pki.verify import forget, verify

LOCAL = HttpFetch(allow_private=True)


@contextmanager
def published(*, partitions: int = 1, delegated: bool = False) -> Iterator[tuple[Authority, Authority]]:
    """(root, the authority that issues) with everything served on loopback."""
    ledger = Ledger(SqliteDatabase(":memory:"))
    root = Authority.create_root(ledger=ledger, permitted=DEVELOPMENT)
    middle = root.create_intermediate()
    signer = middle.issue([], common_name="responder", purpose="ocsp") if delegated else None
    middle.places = Places("", partitions)
    server = PublicationServer(Publication(middle, signer), port=0)
    middle.places = Places(f"http://127.0.0.1:{server.server_port}", partitions)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield root, middle
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        ledger.close()


def judge(issued: Issued, root: Authority, source: OnlineSource) -> list[object]:
    forget()
    revocation = Revocation(policy=Policy.PREFER, source=source)
    return list(verify(_ders(issued), root.trust, name="a.test", revocation=revocation).paths[0].revocation)


def _ders(issued: Issued) -> list[bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding

    return [each.public_bytes(Encoding.DER) for each in issued.chain]


@pytest.mark.parametrize("delegated", [False, True])
def test_the_responder_is_believed_and_tells_of_revocation_at_once(delegated: bool) -> None:
    with published(delegated=delegated) as (root, middle):
        issued = middle.issue(["a.test"])
        assert isinstance(judge(issued, root, OnlineSource(LOCAL, crls=False))[0], Good)
        revoke(middle, issued.certificate.serial_number, "keyCompromise")
        status = judge(issued, root, OnlineSource(LOCAL, crls=False, nonce=True))[0]
        assert isinstance(status, Revoked)
        assert status.reason == "keyCompromise"


@pytest.mark.parametrize("partitions", [1, 4])
def test_lists_are_found_where_the_certificate_says(partitions: int) -> None:
    with published(partitions=partitions) as (root, middle):
        issued, other = middle.issue(["a.test"]), middle.issue(["a.test"])
        lists = OnlineSource(LOCAL, ocsp=False)
        assert isinstance(judge(issued, root, lists)[0], Good)
        revoke(middle, issued.certificate.serial_number)
        assert isinstance(judge(issued, root, OnlineSource(LOCAL, ocsp=False))[0], Revoked)
        assert isinstance(judge(other, root, OnlineSource(LOCAL, ocsp=False))[0], Good)


def test_a_delta_is_found_through_its_complete_list() -> None:
    with published() as (root, middle):
        issued = middle.issue(["a.test"])
        complete = publish_list(middle)
        revoke(middle, issued.certificate.serial_number)
        assert "2.5.29.46" in parse_crl(complete).extensions
        delta = publish_list(middle, delta=True)
        report = verify(_ders(issued), root.trust, name="a.test", revocation=Revocation((complete, delta)))
        assert [failure.code for failure in report.failures] == ["revoked"]
        assert verify(_ders(issued), root.trust, name="a.test", revocation=Revocation((complete,))).ok


def test_the_intermediate_is_found_by_authority_information_access() -> None:
    with published() as (root, middle):
        leaf = _ders(middle.issue(["a.test"]))[:1]
        assert not verify(leaf, root.trust, name="a.test").ok
        assert verify(leaf, root.trust, name="a.test", issuers=IssuerSource(LOCAL)).ok


def openssl(folder: Path, *arguments: str) -> tuple[int, str]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    run = subprocess.run([program, *arguments], cwd=folder, check=False, capture_output=True, text=True, timeout=30)
    return run.returncode, run.stdout + run.stderr


def test_openssl_believes_lists_and_responses(tmp_path: Path) -> None:
    with published(delegated=True) as (root, middle):
        issued = middle.issue(["a.test"])
        (tmp_path / "root.pem").write_bytes(dump_certificates(root.certificate))
        (tmp_path / "middle.pem").write_bytes(dump_certificates(middle.certificate))
        (tmp_path / "leaf.pem").write_bytes(issued.chain_pem)
        root.places = Places()
        for name, which in (("root.crl", root), ("middle.crl", middle)):
            (tmp_path / name).write_bytes(publish_list(which))
        checked = ["verify", "-x509_strict", "-crl_check_all", "-CAfile", "root.pem", "-untrusted", "middle.pem"]
        checked += ["-CRLfile", "root.crl", "-CRLfile", "middle.crl", "leaf.pem"]
        asked = ["ocsp", "-issuer", "middle.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-url"]
        asked += [middle.places.base + "/ocsp", "-header", "Host=127.0.0.1"]
        assert openssl(tmp_path, *checked)[0] == 0
        code, said = openssl(tmp_path, *asked)
        assert code == 0
        assert "Response verify OK" in said
        assert "leaf.pem: good" in said
        revoke(middle, issued.certificate.serial_number, "superseded")
        (tmp_path / "middle.crl").write_bytes(publish_list(middle))
        code, said = openssl(tmp_path, *checked)
        assert code != 0
        assert "certificate revoked" in said
        assert "leaf.pem: revoked" in openssl(tmp_path, *asked)[1]


def handshake(client: ClientConfig, server: ServerConfig) -> Connection:
    one, other = Connection.client(client, "a.test"), Connection.server(server)
    for _ in range(4):
        other.receive(one.data_to_send())
        one.receive(other.data_to_send())
    return one


@pytest.mark.parametrize("version", ["TLS13", "TLS12"])
def test_the_engine_looks_at_staples(version: str) -> None:
    from dataclasses import replace

    from dojang.wire.codes import Version

    versions = (Version[version],)
    with published() as (root, middle):
        issued = middle.issue(["a.test"], must_staple=True)
        bare = Credential.from_pyca(issued.chain, issued.key)
        stapled = replace(bare, staple=Responder(middle).staple(issued.certificate))
        client = ClientConfig(trust=root.trust, versions=versions)
        assert handshake(client, ServerConfig(credentials=(stapled,), versions=versions)).session is not None
        with pytest.raises(CertificateError, match="promises an OCSP response") as caught:
            handshake(client, ServerConfig(credentials=(bare,), versions=versions))
        assert caught.value.alert is not None
        assert caught.value.alert.label == "bad_certificate_status_response"
        revoke(middle, issued.certificate.serial_number, "keyCompromise")
        revoked = replace(bare, staple=Responder(middle).staple(issued.certificate))
        with pytest.raises(CertificateError, match="was revoked"):
            handshake(client, ServerConfig(credentials=(revoked,), versions=versions))
        trusting = ClientConfig(trust=root.trust, versions=versions, revocation=None)
        assert handshake(trusting, ServerConfig(credentials=(revoked,), versions=versions)).session is not None


def test_a_key_that_is_elsewhere_signs_certificates_lists_and_answers() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    from dojang.wire.codes import SignatureScheme

    key = create_key()
    asked: list[SignatureScheme] = []

    def sign(scheme: SignatureScheme, data: bytes) -> bytes:
        asked.append(scheme)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.sign(data, ec.ECDSA(hashes.SHA256()))

    ledger = Ledger(SqliteDatabase(":memory:"))
    root = Authority.create_root(key=key_of_signer(key.public_key(), sign), ledger=ledger)
    issued = root.issue(["a.test"])
    responses = (Responder(root).staple(issued.certificate),)
    revocation = Revocation((publish_list(root),), Policy.REQUIRE, responses)
    assert verify(issued.chain, root.trust, name="a.test", revocation=revocation).ok
    assert asked == [SignatureScheme.ECDSA_SECP256R1_SHA256] * 4
    ledger.close()


def test_renewal_new_keys_and_cross_signatures() -> None:
    ledger = Ledger(SqliteDatabase(":memory:"))
    root = Authority.create_root("one", ledger=ledger)
    issued = root.issue(["a.test", "b.test"], must_staple=True)
    renewed = root.renew(issued.certificate, days=400)
    assert verify(renewed, root.trust, name="b.test").ok
    assert renewed[0].public_key() == issued.certificate.public_key()
    assert renewed[0].serial_number != issued.certificate.serial_number
    fresh = create_key()
    rekeyed = root.rekey(issued.certificate, fresh.public_key())
    assert rekeyed[0].public_key() == fresh.public_key()
    assert verify(rekeyed, root.trust, name="a.test").ok
    other = Authority.create_root("two")
    cross = root.cross_sign(other.certificate)
    assert verify([*other.issue(["c.test"]).chain, cross], root.trust, name="c.test").ok
    assert ledger.check() == []
    ledger.close()
