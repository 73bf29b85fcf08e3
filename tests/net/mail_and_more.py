"""The servers that begin in the clear, each started with TLS or without it on a port of the kernel's choice.

Their folders are readable by all, for most of them run as users of their own; the keys in there are of the tests only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.interop.pki import Pki
from tests.interop.processes import Server, wait_until
from tests.net.processes import listening, need

POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
IS_ROOT = os.name == "posix" and os.geteuid() == 0


@dataclass(frozen=True)
class Place:
    """Where a server finds its certificate, and a folder of its own. tls: whether it is to offer TLS."""

    pki: Pki
    folder: Path
    tls: bool = True

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return str(path)

    def make(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path


Running = AbstractContextManager[Server]


def dovecot(place: Place, protocol: str) -> Running:
    program, _ = need("dovecot", "doveconf")
    if not Path(f"/usr/lib/dovecot/{protocol}-login").exists():
        need(f"{protocol}-login")
    pair = place.pki["ecdsa-p256"]
    tls = f"ssl = yes\nssl_cert = <{pair.chain}\nssl_key = <{pair.key}\n" if place.tls else "ssl = no\n"
    stats = "service stats {\n client_limit = 100\n}\n"

    def command(port: int) -> list[str]:
        text = (
            f"protocols = {protocol}\nbase_dir = {place.make('run')}\nstate_dir = {place.make('state')}\n"
            f"listen = 127.0.0.1\nlog_path = {place.folder}/dovecot.log\n{tls}{stats}"
            f"service {protocol}-login {{\n inet_listener {protocol} {{\n port = {port}\n }}\n"
            f" inet_listener {protocol}s {{\n port = 0\n }}\n}}\n"
            "passdb {\n driver = static\n args = password=pw\n}\nuserdb {\n driver = static\n args = home=/tmp\n}\n"
        )
        return [program, "-F", "-c", place.write("dovecot.conf", text)]

    return listening(command, place.folder)


def imap(place: Place) -> Running:
    return dovecot(place, "imap")


def pop3(place: Place) -> Running:
    return dovecot(place, "pop3")


def smtp(place: Place) -> Running:
    (program,) = need("exim4")
    pair = place.pki["ecdsa-p256"]
    spool = place.make("spool")
    if IS_ROOT:
        shutil.chown(spool, "Debian-exim", "Debian-exim")
    tls = (
        f"tls_advertise_hosts = *\ntls_certificate = {pair.chain}\ntls_privatekey = {pair.key}\n"
        if place.tls
        else "tls_advertise_hosts =\n"
    )
    text = (
        f"primary_hostname = localhost\nspool_directory = {spool}\nlog_file_path = {spool}/%slog\n"
        f"pid_file_path = {spool}/pid\n{tls}acl_smtp_rcpt = accept\nqueue_only = true\nkeep_environment =\n"
    )
    config = place.write("exim.conf", text)
    return listening(lambda port: [program, "-C", config, "-bdf", "-oX", f"127.0.0.1.{port}"], place.folder)


def ftp(place: Place) -> Running:
    (program,) = need("vsftpd")
    pair = place.pki["rsa-2048"]
    tls = f"ssl_enable=YES\nallow_anon_ssl=YES\nrsa_cert_file={pair.chain}\nrsa_private_key_file={pair.key}\n"
    common = (
        f"listen=YES\nlisten_address=127.0.0.1\nbackground=NO\nanonymous_enable=YES\nanon_root={place.make('root')}\n"
        f"secure_chroot_dir={place.make('empty')}\nseccomp_sandbox=NO\nxferlog_enable=NO\n"
    )

    def command(port: int) -> list[str]:
        text = common + f"listen_port={port}\n" + (tls if place.tls else "ssl_enable=NO\n")
        return [program, place.write("vsftpd.conf", text)]

    return listening(command, place.folder)


def ldap(place: Place) -> Running:
    (program,) = need("slapd")
    pair = place.pki["ecdsa-p256"]
    tls = (
        f"TLSCertificateFile {pair.chain}\nTLSCertificateKeyFile {pair.key}\nTLSCACertificateFile {place.pki.root}\n"
        if place.tls
        else ""
    )
    text = (
        f"include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n{tls}"
        f"database mdb\nsuffix dc=test\ndirectory {place.make('data')}\n"
    )
    config = place.write("slapd.conf", text)
    return listening(lambda port: [program, "-d", "0", "-f", config, "-h", f"ldap://127.0.0.1:{port}/"], place.folder)


def xmpp(place: Place) -> Running:
    (program,) = need("prosody")
    pair = place.pki["ecdsa-p256"]
    tls = f'ssl = {{ key = "{pair.key}", certificate = "{pair.chain}" }}' if place.tls else ""
    offered, withheld = ('"tls"', '"s2s"') if place.tls else ("", '"s2s", "tls"')

    def command(port: int) -> list[str]:
        text = (
            f'run_as_root = true\ndaemonize = false\npidfile = "{place.folder}/pid"\n'
            f'data_path = "{place.make("data")}"\n'
            f"modules_enabled = {{ {offered} }}\nmodules_disabled = {{ {withheld} }}\n"
            f'interfaces = {{ "127.0.0.1" }}\nc2s_ports = {{ {port} }}\nc2s_direct_tls_ports = {{ }}\n'
            f"legacy_ssl_ports = {{ }}\ns2s_ports = {{ }}\nc2s_require_encryption = {str(place.tls).lower()}\n"
            f'log = {{ info = "{place.folder}/prosody.log" }}\ncertificates = "{place.make("none")}"\n'
            f'VirtualHost "localhost"\n{tls}\n'
        )
        return [program, "--config", place.write("prosody.cfg.lua", text), "-F"]

    return listening(command, place.folder)


def mysql(place: Place) -> Running:
    (program,) = need("mariadbd")
    pair = place.pki["ecdsa-p256"]
    tls = [f"--ssl-cert={pair.chain}", f"--ssl-key={pair.key}"] if place.tls else ["--skip-ssl"]
    words = [
        f"--datadir={place.make('data')}",
        f"--socket={place.folder}/s",
        f"--pid-file={place.folder}/pid",
        "--skip-grant-tables",
    ]
    user = ["--user=root"] if IS_ROOT else []

    def command(port: int) -> list[str]:
        return [program, "--no-defaults", *user, *words, "--bind-address=127.0.0.1", f"--port={port}", *tls]

    return listening(command, place.folder)


@contextmanager
def postgres(place: Place) -> Iterator[Server]:
    programs = POSTGRES or Path(need("postgres")[0]).parent
    data = postgres_data(place, programs)
    pair = place.pki["ecdsa-p256"]
    for name, source in (("server.crt", pair.chain), ("server.key", pair.key)):
        shutil.copy(source, data / name)
        (data / name).chmod(0o600)
        if IS_ROOT:
            shutil.chown(data / name, "postgres", "postgres")
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"ssl={'on' if place.tls else 'off'}", "-k", ""]

    def command(port: int) -> list[str]:
        return [*as_postgres(), str(programs / "postgres"), "-D", str(data), "-p", str(port), *options]

    with listening(command, place.folder) as server:
        try:
            server.wait_for(b"ready to accept connections", 15)
            yield server
        finally:
            stop_postgres(data)


def stop_postgres(data: Path) -> None:
    """Ask it to stop, for a killed one leaves shared memory behind."""
    with suppress(OSError, ValueError):
        number = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGINT)
        wait_until(lambda: not (data / "postmaster.pid").exists(), 10)


def as_postgres() -> list[str]:
    """PostgreSQL does not run as root."""
    return ["runuser", "-u", "postgres", "--"] if IS_ROOT else []


def postgres_data(place: Place, programs: Path) -> Path:
    """A new data folder."""
    data = place.make("data")
    data.chmod(0o700)
    if IS_ROOT:
        shutil.chown(data, "postgres", "postgres")
    words = [*as_postgres(), str(programs / "initdb"), "-D", str(data), "-A", "trust", "--no-sync"]
    made = subprocess.run(words, capture_output=True, timeout=60, check=False, cwd="/")
    if made.returncode:
        raise RuntimeError((made.stdout + made.stderr).decode(errors="replace"))
    return data


SERVERS: dict[str, Callable[[Place], Running]] = {
    "smtp": smtp,
    "imap": imap,
    "pop3": pop3,
    "ftp": ftp,
    "xmpp": xmpp,
    "ldap": ldap,
    "postgres": postgres,
    "mysql": mysql,
}
