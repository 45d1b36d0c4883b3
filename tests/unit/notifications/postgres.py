"""A PostgreSQL server with TLS and a certificate of its own."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chalicelib.notifications.contacts.postgres import connection_settings
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from scripts.base.process import free_ports, wait_until

# Short: the path of a socket has a limit.
HOME = Path("/tmp") / f"rookery-postgres-{os.getpid()}"


def _program(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(candidates[-1]) if candidates else None


def _server_user() -> pwd.struct_passwd | None:
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL cannot run as root and there is no other user")


def as_admin(url: str, statement: str) -> None:
    connection = Connection(**connection_settings(url))
    connection.run(statement)
    connection.close()


def _certificate(place: Path) -> None:
    """A certificate of its own for ``localhost``, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (place / "server.crt").write_bytes(made.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "server.key").write_bytes(secret)
    (place / "server.key").chmod(0o600)


def _answers(url: str) -> bool:
    try:
        Connection(**connection_settings(url)).close()
    except (DatabaseError, InterfaceError):
        return False
    return True


@contextmanager
def postgres_server() -> Iterator[str]:
    """URL of a running server; skips the test if none is installed."""
    initdb, postgres = _program("initdb"), _program("postgres")
    if not initdb or not postgres:
        pytest.skip("no PostgreSQL server here (apt-get install postgresql)")
    user = _server_user()
    run_as: dict[str, Any] = {}
    if user:
        run_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    HOME.mkdir()
    if user:
        os.chown(HOME, user.pw_uid, user.pw_gid)
    data, log = HOME / "data", HOME / "log"
    port = free_ports(1)[0]
    subprocess.run(
        [initdb, "-D", data, "-U", "rookery", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
        check=True, capture_output=True, cwd=HOME, **run_as,
    )  # fmt: skip
    _certificate(data)
    if user:
        for name in ("server.crt", "server.key"):
            os.chown(data / name, user.pw_uid, user.pw_gid)
    with log.open("wb") as said:
        server = subprocess.Popen(
            [postgres, "-D", data, "-k", HOME, "-h", "127.0.0.1", "-p", str(port), "-F",
             "-c", "ssl=on"],
            cwd=HOME, stdout=said, stderr=said, **run_as,
        )  # fmt: skip
    url = f"postgresql://rookery@127.0.0.1:{port}/postgres"
    try:
        assert wait_until(lambda: _answers(url), 60, process=server), log.read_text()
        yield url
    finally:
        # A fast shutdown: it does not wait for connections that threads still hold.
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(HOME, ignore_errors=True)
