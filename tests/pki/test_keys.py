"""Keys of every algorithm, in and out of files, and the errors that name file and line."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)

from dojang.errors import ApiMisuse, DecodeError
from dojang.pki.authority import Authority
from dojang.pki.keys import (
    ALGORITHMS,
    InputError,
    check_key_matches,
    create_key,
    dump_certificates,
    dump_private_key,
    load_certificates,
    load_certificates_file,
    load_private_key,
    load_private_key_file,
    public_key_of,
    spki_of,
)
from tests.pki.forge import KEY, forge, root

QUICK = [name for name in ALGORITHMS if name not in ("rsa-3072", "rsa-4096")]


@pytest.mark.parametrize("algorithm", QUICK)
@pytest.mark.parametrize("password", [None, "비밀번호"])
def test_every_key_comes_back(algorithm: str, password: str | None) -> None:
    key = create_key(algorithm)
    text = dump_private_key(key, password)
    assert (b"ENCRYPTED" in text) == bool(password)
    assert spki_of(load_private_key(text, password).public_key()) == spki_of(key.public_key())


def test_openssl_reads_the_encrypted_key(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    file = tmp_path / "key.pem"
    file.write_bytes(dump_private_key(KEY, "secret"))
    command = [openssl, "pkey", "-in", str(file), "-passin", "pass:secret", "-noout"]
    assert subprocess.run(command, check=False, timeout=30).returncode == 0


def test_an_unknown_algorithm_is_named() -> None:
    with pytest.raises(InputError, match="rot13"):
        create_key("rot13")


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL, PrivateFormat.OpenSSH])
def test_other_forms_are_read(form: PrivateFormat) -> None:
    text = KEY.private_bytes(Encoding.PEM, form, NoEncryption())
    assert spki_of(load_private_key(text).public_key()) == spki_of(KEY.public_key())


def test_der_is_read_and_text_around_pem() -> None:
    data = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert spki_of(load_private_key(data).public_key()) == spki_of(KEY.public_key())
    text = b"Bag Attributes\n" + dump_certificates(root().pyca) + b"and the key:\r\n" + dump_private_key(KEY)
    assert spki_of(load_private_key(text).public_key()) == spki_of(KEY.public_key())
    assert len(load_certificates(text)) == 1


def test_a_key_encrypted_the_old_way_is_read() -> None:
    text = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"pw"))
    assert b"Proc-Type" in text
    assert spki_of(load_private_key(text, "pw").public_key()) == spki_of(KEY.public_key())


def broken(tmp_path: Path, data: bytes) -> Path:
    file = tmp_path / "broken.pem"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", None, "nothing"),
        (b"garbage", None, "neither PEM nor"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\nA!AA\n-----END CERTIFICATE-----\n", 3, "not base64"),
        (b"\n-----BEGIN CERTIFICATE-----\nAAAAA\n-----END CERTIFICATE-----\n", 2, "cut short"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", 1, "not ended"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END X-----\n", 3, "not ended by this line"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----\n", 3, "not ended by this line"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 1, "no certificate"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", None, "no certificate"),
        (b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", 1, "PKCS#7"),
    ],
)
def test_unreadable_certificates_name_file_and_line(tmp_path: Path, data: bytes, line: int | None, words: str) -> None:
    file = broken(tmp_path, data)
    with pytest.raises(InputError) as caught:
        load_certificates_file(file)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert words in str(caught.value)
    assert isinstance(caught.value, ApiMisuse)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        load_certificates_file(tmp_path / "nothing.pem")
    with pytest.raises(InputError, match="folder"):
        load_private_key_file(tmp_path)


def test_passwords(tmp_path: Path) -> None:
    file = broken(tmp_path, dump_private_key(KEY, "right"))
    with pytest.raises(InputError, match=r"broken.pem:1: .*give its password"):
        load_private_key_file(file)
    with pytest.raises(InputError, match="does not open"):
        load_private_key_file(file, "wrong")
    with pytest.raises(InputError, match="not encrypted"):
        load_private_key(dump_private_key(KEY), "needless")
    assert spki_of(load_private_key_file(file, b"right").public_key()) == spki_of(KEY.public_key())


def test_keys_that_can_not_sign_or_be_read() -> None:
    exchange = x25519.X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(InputError, match="can't sign"):
        load_private_key(exchange)
    with pytest.raises(InputError, match="no private key"):
        load_private_key(dump_certificates(root().pyca))
    with pytest.raises(InputError, match="can't be read"):
        load_private_key(b"\x30\x03\x02\x01\x00")


def test_the_key_of_another_certificate() -> None:
    check_key_matches(root().pyca, KEY)
    with pytest.raises(InputError, match="CN=root"):
        check_key_matches(root().pyca, create_key())


def test_certificates_in_der_and_pkcs7() -> None:
    forged = root()
    assert load_certificates(forged.der) == (forged.pyca,)
    for encoding in (Encoding.PEM, Encoding.DER):
        bundle = pkcs7.serialize_certificates([forged.pyca, forge("a", forged).pyca], encoding)
        assert len(load_certificates(bundle)) == 2


def test_openssls_own_trusted_form_is_read() -> None:
    body = base64.encodebytes(root().der + b"\x30\x00").decode()
    text = f"-----BEGIN TRUSTED CERTIFICATE-----\n{body}-----END TRUSTED CERTIFICATE-----\n"
    assert len(load_certificates(text.encode())) == 1


def test_public_keys_are_remembered() -> None:
    forged = Authority.create_root().certificate.public_bytes(Encoding.DER)
    assert public_key_of(forged) is public_key_of(bytes(forged))
    with pytest.raises(DecodeError):
        public_key_of(b"nothing")
