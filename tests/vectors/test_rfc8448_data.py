"""The RFC 8448 data against itself: what can be computed is computed again, with pyca and hmac only.

Knows nothing of dojang, so that an error in the data and one in the code cannot hide each other.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors import RFC8448_TRACES, rfc8448

Trace = dict[str, Any]
HELLO_RETRY_REQUEST = hashlib.sha256(b"HelloRetryRequest").digest()
CONTENT_TYPES = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}
KEY_SHARE, COOKIE, PRE_SHARED_KEY = 51, 44, 41

# Secrets that no record, binder or Finished in the traces depends on, as the RFC prints them.
EXPORTERS = {
    "simple_1rtt": "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50",
    "resumed_0rtt": "3fd93d4ffddc98e64b14dd107aedf8ee4add23f4510f58a4592d0b201bee56b4",
    "hello_retry_request": "7c06d3ae106a3a374ace4837b3985cac67780a6e2c5c04b58319d584df09d223",
    "client_authentication": "052e39795e5f2be6e4e0974cfdd86c6a7afe3e57e5589810a3cccf642958beb2",
    "compatibility_mode": "fb69121cea334db459e12272d179baca2369b643d11a6ac72b8b27a5c964feb1",
}
EARLY_EXPORTER = "b2026866610937d7423e5be90862ccf24c0e6091186d34f812089ff5be2ef7df"


@pytest.fixture(params=RFC8448_TRACES)
def trace(request: pytest.FixtureRequest) -> Trace:
    return rfc8448(request.param)


def test_private_keys_have_the_shares_in_the_hellos(trace: Trace) -> None:
    hellos = messages_of(trace, "ClientHello")
    assert len(hellos) == len(trace["client_private_keys"])
    for hello, key in zip(hellos, trace["client_private_keys"], strict=True):
        assert public_key(key) == key["public_key"]
        assert extensions(hello)[KEY_SHARE][6:].hex() == key["public_key"]
    server = trace["server_private_key"]
    assert public_key(server) == server["public_key"]
    assert extensions(messages_of(trace, "ServerHello")[0])[KEY_SHARE][4:].hex() == server["public_key"]
    assert server["group"] == trace["group"]
    assert shared_secret(trace).hex() == trace["secrets"]["ecdhe"]


def test_summary_fields_are_those_of_the_hellos(trace: Trace) -> None:
    server = messages_of(trace, "ServerHello")[0]
    assert trace["server_random"] == server[6:38].hex()
    for hello in messages_of(trace, "ClientHello"):
        assert trace["client_random"] == hello[6:38].hex()
        assert trace["legacy_session_id"] == hello[39 : 39 + hello[38]].hex()
        assert extensions(hello)[0][5:].decode() == trace["server_name"]
    # RFC 9846 4.2.3: the server echoes legacy_session_id.
    assert trace["legacy_session_id"] == server[39 : 39 + server[38]].hex()
    assert server[39 + server[38] : 41 + server[38]] == b"\x13\x01"
    assert trace["cipher_suite"] == "TLS_AES_128_GCM_SHA256"


def test_cookie_comes_back(trace: Trace) -> None:
    retries = messages_of(trace, "HelloRetryRequest")
    assert bool(retries) == (trace["cookie"] is not None)
    for message in [*retries, *messages_of(trace, "ClientHello2")]:
        assert extensions(message)[COOKIE][2:].hex() == trace["cookie"]


def test_records_open_to_the_payloads(trace: Trace) -> None:
    for record in trace["records"]:
        wire, payload = bytes.fromhex(record["record"]), bytes.fromhex(record["payload"])
        assert int.from_bytes(wire[3:5]) == len(wire) - 5
        if record["epoch"] == "plaintext":
            assert record["sequence_number"] is None
            assert (CONTENT_TYPES[wire[0]], wire[5:]) == (record["content_type"], payload)
            continue
        inner = open_record(wire, trace["traffic_keys"][record["epoch"]][record["sender"]], record)
        assert inner[:-1] == payload
        assert CONTENT_TYPES[inner[-1]] == record["content_type"]


def test_sequence_numbers_count_each_direction_and_epoch(trace: Trace) -> None:
    seen: dict[tuple[str, str], int] = {}
    for record in (r for r in trace["records"] if r["epoch"] != "plaintext"):
        direction = record["sender"], record["epoch"]
        assert record["sequence_number"] == seen.get(direction, 0)
        seen[direction] = record["sequence_number"] + 1


def test_messages_are_the_handshake_payloads(trace: Trace) -> None:
    for sender in ("client", "server"):
        sent = [r for r in trace["records"] if r["sender"] == sender]
        payloads = [r["payload"] for r in sent if r["content_type"] == "handshake"]
        listed = [m["message"] for m in trace["messages"] if m["sender"] == sender]
        assert "".join(payloads) == "".join(listed)
    for message in trace["messages"]:
        wire = bytes.fromhex(message["message"])
        assert int.from_bytes(wire[1:4]) == len(wire) - 4
        assert message_name(wire) == message["name"].rstrip("12")


def test_application_data_is_in_the_records(trace: Trace) -> None:
    expected: dict[str, str | None] = {"early": None, "client": None, "server": None}
    for record in (r for r in trace["records"] if r["content_type"] == "application_data"):
        expected["early" if record["epoch"] == "early" else record["sender"]] = record["payload"]
    assert trace["application_data"] == expected


def test_transcript_hashes(trace: Trace) -> None:
    assert trace["transcript_hashes"] == dict(transcript(trace))


def test_key_schedule(trace: Trace) -> None:
    assert trace["secrets"] == {name: secret.hex() for name, secret in key_schedule(trace).items()}


def test_exporter_secrets_are_the_printed_ones(trace: Trace) -> None:
    name = next(name for name in RFC8448_TRACES if rfc8448(name) is trace)
    assert trace["secrets"]["exporter"] == EXPORTERS[name]
    assert trace["secrets"].get("early_exporter") == (EARLY_EXPORTER if name == "resumed_0rtt" else None)


def test_traffic_keys(trace: Trace) -> None:
    for epoch, sides in trace["traffic_keys"].items():
        for side, keys in sides.items():
            secret = bytes.fromhex(trace["secrets"][f"{side}_{epoch}_traffic"])
            assert keys["key"] == expand_label(secret, "key", b"", 16).hex()
            assert keys["iv"] == expand_label(secret, "iv", b"", 12).hex()


def test_finished(trace: Trace) -> None:
    for side, finished in trace["finished"].items():
        base = bytes.fromhex(trace["secrets"][f"{side}_handshake_traffic"])
        key = expand_label(base, "finished", b"", 32)
        verify_data = hmac.digest(key, bytes.fromhex(finished["transcript_hash"]), "sha256")
        assert finished["base_key"] == base.hex()
        assert finished["finished_key"] == key.hex()
        assert finished["verify_data"] == verify_data.hex()
        assert message_from(trace, side, "Finished")[4:] == verify_data
        assert finished["transcript_hash"] == trace["transcript_hashes"][last_before_finished(trace, side)]


def test_certificate_verify(trace: Trace) -> None:
    for side in ("server", "client"):
        name = f"{side}_certificate"
        if not trace[f"{side}_certificates"]:
            assert trace[f"{side}_signature_scheme"] is None
            assert name not in trace["transcript_hashes"]
            continue
        certificate = message_from(trace, side, "Certificate")
        assert certificate[11:-2].hex() == trace[f"{side}_certificates"][0]
        verify = message_from(trace, side, "CertificateVerify")
        # RFC 9846 4.5.3: 64 spaces, the context string, a zero octet, the transcript hash.
        content = b" " * 64 + f"TLS 1.3, {side} CertificateVerify\0".encode()
        content += bytes.fromhex(trace["transcript_hashes"][name])
        check_signature(trace, side, verify[8:], content)


def test_server_rsa_key_is_whole_and_the_certificates(trace: Trace) -> None:
    if trace["server_signature_scheme"] != "rsa_pss_rsae_sha256":
        assert trace["server_rsa_key"] is None
        return
    key = rsa_private_key(trace["server_rsa_key"])
    certificate = x509.load_der_x509_certificate(bytes.fromhex(trace["server_certificates"][0]))
    assert certificate.public_key() == key.public_key()
    certificate.verify_directly_issued_by(certificate)


def test_tickets(trace: Trace) -> None:
    sent = messages_of(trace, "NewSessionTicket")
    assert [t["message"] for t in trace["tickets"]] == [m.hex() for m in sent]
    for ticket in trace["tickets"]:
        nonce = bytes.fromhex(ticket["nonce"])
        secret = bytes.fromhex(trace["secrets"]["resumption"])
        assert ticket["psk"] == expand_label(secret, "resumption", nonce, 32).hex()
        body = ticket["lifetime"].to_bytes(4) + ticket["age_add"].to_bytes(4) + bytes([len(nonce)]) + nonce
        body += (len(ticket["ticket"]) // 2).to_bytes(2) + bytes.fromhex(ticket["ticket"])
        body += b"\x00\x08\x00\x2a\x00\x04" + ticket["max_early_data_size"].to_bytes(4)
        assert bytes.fromhex(ticket["message"])[4:] == body


def test_psk_and_binder(trace: Trace) -> None:
    psk = trace["psk"]
    hello = messages_of(trace, "ClientHello")[-1]
    assert (psk is not None) == (PRE_SHARED_KEY in extensions(hello))
    if psk is None:
        return
    ticket = rfc8448(psk["ticket_from"])["tickets"][0]
    assert (psk["secret"], psk["identity"]) == (ticket["psk"], ticket["ticket"])
    # RFC 9846 4.3.11.2: the binder covers the hello up to the binders list, here 2 + 1 + 32 octets.
    binder_hash = hashlib.sha256(hello[:-35]).digest()
    key = expand_label(bytes.fromhex(trace["secrets"]["binder_key"]), "finished", b"", 32)
    assert (psk["binder_hash"], psk["binder_finished_key"]) == (binder_hash.hex(), key.hex())
    assert psk["binder"] == hmac.digest(key, binder_hash, "sha256").hex() == hello[-32:].hex()
    age = (psk["obfuscated_ticket_age"] - ticket["age_add"]) % 2**32
    assert age < ticket["lifetime"] * 1000
    assert extensions(hello)[PRE_SHARED_KEY][-39:-35] == psk["obfuscated_ticket_age"].to_bytes(4)


def test_extractions_and_key_pairs_in_the_steps(trace: Trace) -> None:
    for step in (s for s in trace["steps"] if "ikm" in s):
        salt, ikm, secret = (bytes.fromhex(step[name]) for name in ("salt", "ikm", "secret"))
        assert hmac.digest(salt or bytes(32), ikm, "sha256") == secret
        name = step["action"].split('"')[1].replace("master", "main")
        assert trace["secrets"][name] == step["secret"]
    for step in (s for s in trace["steps"] if "private_key" in s):
        assert public_key(step) == step["public_key"]
        keys = [*trace["client_private_keys"], trace["server_private_key"]]
        assert {name: step[name] for name in ("group", "private_key", "public_key")} in keys


def test_expansions_in_the_steps(trace: Trace) -> None:
    for step in (s for s in trace["steps"] if "expanded" in s):
        label = step["action"].split('"')[1].removeprefix("tls13 ")
        context = b"" if label == "finished" else bytes.fromhex(step["hash"])
        info = hkdf_label(label, context, 32)
        assert step["info"] == info.hex()
        assert step["expanded"] == expand(bytes.fromhex(step["prk"]), info, 32).hex()
        if label == "finished":
            verify_data = hmac.digest(bytes.fromhex(step["expanded"]), bytes.fromhex(step["hash"]), "sha256")
            assert step["finished"] == verify_data.hex() == trace["finished"][step["actor"]]["verify_data"]
        else:
            assert step["expanded"] in [*trace["secrets"].values(), *(t["psk"] for t in trace["tickets"])]


def test_traffic_keys_in_the_steps(trace: Trace) -> None:
    for step in (s for s in trace["steps"] if "key_info" in s):
        prk, actor = bytes.fromhex(step["prk"]), step["actor"]
        assert step["key_info"] == hkdf_label("key", b"", 16).hex()
        assert step["iv_info"] == hkdf_label("iv", b"", 12).hex()
        assert step["key"] == expand_label(prk, "key", b"", 16).hex()
        assert step["iv"] == expand_label(prk, "iv", b"", 12).hex()
        epoch = step["action"].removeprefix("derive write traffic keys for ").split()[0]
        assert trace["secrets"][f"{actor}_{epoch}_traffic"] == step["prk"]


def test_binder_in_the_steps(trace: Trace) -> None:
    steps = [s for s in trace["steps"] if s["action"] == "calculate PSK binder"]
    assert len(steps) == (trace["psk"] is not None)
    for step in steps:
        hello = messages_of(trace, "ClientHello")[0]
        assert step["client_hello_prefix"] == hello[:-35].hex()
        assert step["prk"] == trace["secrets"]["binder_key"]
        assert step["finished_info"] == hkdf_label("finished", b"", 32).hex()
        assert step["finished_key"] == trace["psk"]["binder_finished_key"]
        assert {k: step[k] for k in ("binder_hash", "binder")}.items() <= trace["psk"].items()


def test_steps_are_the_summary_in_order(trace: Trace) -> None:
    steps = trace["steps"]
    sent = [(s["actor"], s["payload"], s["complete_record"]) for s in steps if "complete_record" in s]
    assert sent == [(r["sender"], r["payload"], r["record"]) for r in trace["records"]]
    constructed = [(s["actor"], s["message"]) for s in steps if "message" in s]
    assert constructed == [(m["sender"], m["message"]) for m in trace["messages"]]
    keys = [(s["key"], s["iv"]) for s in steps if "key_info" in s]
    listed = [(k["key"], k["iv"]) for sides in trace["traffic_keys"].values() for k in sides.values()]
    assert sorted(keys) == sorted(listed)


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand (RFC 5869) for at most one block of SHA-256."""
    return hmac.digest(prk, info + b"\x01", "sha256")[:length]


def expand_label(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    return expand(secret, hkdf_label(label, context, length), length)


def hkdf_label(label: str, context: bytes, length: int) -> bytes:
    full = b"tls13 " + label.encode()
    return length.to_bytes(2) + bytes([len(full)]) + full + bytes([len(context)]) + context


def key_schedule(trace: Trace) -> dict[str, bytes]:
    """Every secret of the trace from its inputs alone (RFC 9846 7.1)."""
    at = {name: bytes.fromhex(value) for name, value in transcript(trace)}
    empty, psk = hashlib.sha256().digest(), trace["psk"]
    early = hmac.digest(bytes(32), bytes.fromhex(psk["secret"]) if psk else bytes(32), "sha256")
    found = {"early": early}
    if psk:
        found["binder_key"] = expand_label(early, "res binder", empty, 32)
        found["client_early_traffic"] = expand_label(early, "c e traffic", at["client_hello"], 32)
        found["early_exporter"] = expand_label(early, "e exp master", at["client_hello"], 32)
    found["ecdhe"] = shared_secret(trace)
    found["derived_for_handshake"] = expand_label(early, "derived", empty, 32)
    handshake = hmac.digest(found["derived_for_handshake"], found["ecdhe"], "sha256")
    found["handshake"] = handshake
    found["client_handshake_traffic"] = expand_label(handshake, "c hs traffic", at["server_hello"], 32)
    found["server_handshake_traffic"] = expand_label(handshake, "s hs traffic", at["server_hello"], 32)
    found["derived_for_main"] = expand_label(handshake, "derived", empty, 32)
    main = hmac.digest(found["derived_for_main"], bytes(32), "sha256")
    found["main"] = main
    found["client_application_traffic"] = expand_label(main, "c ap traffic", at["server_finished"], 32)
    found["server_application_traffic"] = expand_label(main, "s ap traffic", at["server_finished"], 32)
    found["exporter"] = expand_label(main, "exp master", at["server_finished"], 32)
    found["resumption"] = expand_label(main, "res master", at["client_finished"], 32)
    return found


def transcript(trace: Trace) -> Iterator[tuple[str, str]]:
    """The name of each transcript prefix and its hash, in the order of the handshake."""
    octets = b""
    for message in trace["messages"]:
        if message["name"] == "NewSessionTicket":
            continue
        if message["name"] == "HelloRetryRequest":
            octets = b"\xfe\x00\x00\x20" + hashlib.sha256(octets).digest()
        octets += bytes.fromhex(message["message"])
        yield prefix_name(message), hashlib.sha256(octets).hexdigest()


def prefix_name(message: dict[str, str]) -> str:
    by_either = ("Certificate", "CertificateVerify", "Finished")
    name = {"ClientHello2": "ClientHello"}.get(message["name"], message["name"])
    spaced = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    return f"{message['sender']}_{spaced}" if name in by_either else spaced


def last_before_finished(trace: Trace, side: str) -> str:
    names: list[str] = list(trace["transcript_hashes"])
    return names[names.index(f"{side}_finished") - 1]


def open_record(wire: bytes, keys: dict[str, str], record: dict[str, Any]) -> bytes:
    sequence = record["sequence_number"].to_bytes(12)
    nonce = bytes(a ^ b for a, b in zip(bytes.fromhex(keys["iv"]), sequence, strict=True))
    return AESGCM(bytes.fromhex(keys["key"])).decrypt(nonce, wire[5:], wire[:5])


def messages_of(trace: Trace, name: str) -> list[bytes]:
    """The messages of that name; "ClientHello" covers both hellos of a retry."""
    return [
        bytes.fromhex(m["message"])
        for m in trace["messages"]
        if m["name"] == name or (name == "ClientHello" and m["name"].startswith(name))
    ]


def message_from(trace: Trace, sender: str, name: str) -> bytes:
    found = (m["message"] for m in trace["messages"] if (m["sender"], m["name"]) == (sender, name))
    return bytes.fromhex(next(found))


def message_name(wire: bytes) -> str:
    names = {1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 5: "EndOfEarlyData"}
    names |= {8: "EncryptedExtensions", 11: "Certificate", 13: "CertificateRequest"}
    names |= {15: "CertificateVerify", 20: "Finished"}
    return "HelloRetryRequest" if wire[6:38] == HELLO_RETRY_REQUEST else names[wire[0]]


def extensions(hello: bytes) -> dict[int, bytes]:
    """The extensions of a ClientHello, ServerHello or HelloRetryRequest message."""
    at = 39 + hello[38]
    at += 2 + int.from_bytes(hello[at : at + 2]) + 2 if hello[0] == 1 else 3
    assert int.from_bytes(hello[at : at + 2]) == len(hello) - at - 2
    found, at = {}, at + 2
    while at < len(hello):
        kind, length = int.from_bytes(hello[at : at + 2]), int.from_bytes(hello[at + 2 : at + 4])
        found[kind] = hello[at + 4 : at + 4 + length]
        at += 4 + length
    return found


def public_key(key: dict[str, str]) -> str:
    if key["group"] == "x25519":
        return x25519_key(key).public_key().public_bytes_raw().hex()
    assert key["group"] == "secp256r1"
    encoding, point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return p256_key(key).public_key().public_bytes(encoding, point).hex()


def shared_secret(trace: Trace) -> bytes:
    ours, theirs = trace["server_private_key"], bytes.fromhex(trace["client_private_keys"][-1]["public_key"])
    if ours["group"] == "x25519":
        return x25519_key(ours).exchange(X25519PublicKey.from_public_bytes(theirs))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    return p256_key(ours).exchange(ec.ECDH(), point)


def x25519_key(key: dict[str, str]) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(key["private_key"]))


def p256_key(key: dict[str, str]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(key["private_key"], 16), ec.SECP256R1())


def rsa_private_key(parts: dict[str, str]) -> rsa.RSAPrivateKey:
    value = {name: int(hexadecimal, 16) for name, hexadecimal in parts.items()}
    public = rsa.RSAPublicNumbers(value["public_exponent"], value["modulus"])
    return rsa.RSAPrivateNumbers(
        p=value["prime1"],
        q=value["prime2"],
        d=value["private_exponent"],
        dmp1=value["exponent1"],
        dmq1=value["exponent2"],
        iqmp=value["coefficient"],
        public_numbers=public,
    ).private_key()


def check_signature(trace: Trace, side: str, signature: bytes, content: bytes) -> None:
    """Raises InvalidSignature unless the first certificate of that side made the signature."""
    certificate = x509.load_der_x509_certificate(bytes.fromhex(trace[f"{side}_certificates"][0]))
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        assert trace[f"{side}_signature_scheme"] == "rsa_pss_rsae_sha256"
        key.verify(signature, content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        return
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert trace[f"{side}_signature_scheme"] == "ecdsa_secp256r1_sha256"
    key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
