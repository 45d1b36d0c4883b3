"""One contract for every store of contacts: SQLite always, PostgreSQL where there is one."""

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chalicelib.notifications import contacts, contacts_postgres
from chalicelib.notifications.contacts import CachedContacts, ConfigurationError, Contact
from chalicelib.notifications.contacts_postgres import connection_settings
from chalicelib.notifications.contacts_sql import SqlContacts
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

# Short: the path of a socket has a limit.
HOME = Path("/tmp") / f"rookery-postgres-{os.getpid()}"


def _program(name):
    found = shutil.which(name)
    if found:
        return found
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(candidates[-1]) if candidates else None


def _server_user():
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL cannot run as root and there is no other user")


def _as_admin(url, statement):
    connection = Connection(**connection_settings(url))
    connection.run(statement)
    connection.close()


def _certificate(place):
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


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    initdb, postgres = _program("initdb"), _program("postgres")
    if not initdb or not postgres:
        pytest.skip("no PostgreSQL server here (apt-get install postgresql)")
    user = _server_user()
    run_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    home = HOME
    home.mkdir()
    if user:
        os.chown(home, user.pw_uid, user.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = home / "data"
    subprocess.run(
        [initdb, "-D", data, "-U", "rookery", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
        check=True, capture_output=True, cwd=home, **run_as,
    )  # fmt: skip
    _certificate(data)
    for name in ("server.crt", "server.key") if user else ():
        os.chown(data / name, user.pw_uid, user.pw_gid)
    server = subprocess.Popen(
        [postgres, "-D", data, "-k", home, "-h", "127.0.0.1", "-p", str(port), "-F",
         "-c", "ssl=on"],
        cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run_as,
    )  # fmt: skip
    url = f"postgresql://rookery@127.0.0.1:{port}/postgres"
    try:
        for _ in range(200):
            try:
                Connection(**connection_settings(url)).close()
                break
            except (DatabaseError, InterfaceError):
                threading.Event().wait(0.05)
        yield url
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'contacts.db'}"
    base = request.getfixturevalue("postgres_url")
    _as_admin(base, "DROP TABLE IF EXISTS contacts, contacts_pending, contacts_migrations")
    return base


@pytest.fixture
def store(url):
    return contacts.open_store(url)


def test_nobody_is_known_at_first(store):
    assert store.find("1") is None


def test_a_registration_and_its_proof(store):
    store.set_email("1", "ada@example.org", 1)
    store.set_name("1", "ada", "Ada", 0)
    assert store.find("1") == Contact("1", "ada@example.org", False, "ada", "Ada")
    store.set_verified("1", 2)
    assert store.find("1").email_verified


def test_late_events_change_nothing(store):
    store.set_email("1", "new@example.org", 5)
    store.set_email("1", "old@example.org", 4)
    store.set_email("1", "same@example.org", 5)
    store.set_name("1", "new", "New", 3)
    store.set_name("1", "old", "Old", 2)
    store.set_name("1", "guess", "Guess", 0)
    assert store.find("1") == Contact("1", "new@example.org", False, "new", "New")


def test_events_in_the_wrong_order_come_to_the_same(store):
    store.set_name("1", "ada", "Countess", 2)
    store.set_verified("1", 2)
    assert store.find("1") == Contact("1", None, False, "ada", "Countess")
    store.set_email("1", "ada@example.org", 1)
    store.set_name("1", "ada", "Ada", 0)
    assert store.find("1") == Contact("1", "ada@example.org", True, "ada", "Countess")


def test_a_new_address_has_to_be_proved_again(store):
    store.set_email("1", "old@example.org", 1)
    store.set_verified("1", 2)
    store.set_email("1", "new@example.org", 3)
    assert not store.find("1").email_verified
    store.set_verified("1", 4)
    assert store.find("1").email_verified


def test_forgetting_leaves_nothing(store):
    store.set_email("1", "ada@example.org", 1)
    store.forget("1")
    store.forget("1")
    assert store.find("1") is None


def test_what_comes_late_does_not_bring_a_forgotten_person_back(store):
    store.set_email("1", "ada@example.org", 1)
    store.set_pending("1", "new@example.org", 5)
    store.forget("1")
    store.forget("2")
    for user_id in ("1", "2"):
        store.set_email(user_id, "ada@example.org", 9)
        store.set_verified(user_id, 9)
        store.set_name(user_id, "ada", "Ada", 9)
        store.set_name(user_id, "ada", "Ada", 0)
        store.set_pending(user_id, "new@example.org", 9)
        assert store.find(user_id) is None
        assert store.find_pending(user_id) is None


def test_a_pending_address_is_the_newest_and_not_the_contact(store):
    store.set_email("1", "ada@example.org", 1)
    assert store.find_pending("1") is None
    store.set_pending("1", "newer@example.org", 7)
    store.set_pending("1", "new@example.org", 6)
    assert store.find_pending("1") == "newer@example.org"
    assert store.find("1").email == "ada@example.org"


def test_values_are_never_sql(store):
    evil = "a'; DROP TABLE contacts; -- %s %(x)s :user_id"
    store.set_email("1", evil, 1)
    store.set_name("1", evil, "Zoë 日本 🐦", 1)
    assert store.find("1") == Contact("1", evil, False, evil, "Zoë 日本 🐦")


def test_opening_again_finds_everything_and_migrates_nothing(url, store):
    store.set_email("1", "ada@example.org", 1)
    again = contacts.open_store(url)
    assert again.migrate() == []
    assert again.find("1").email == "ada@example.org"


def test_many_may_open_a_new_store_at_once(url):
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: contacts.open_store(url), range(8)))
    stores[0].set_email("1", "ada@example.org", 1)
    assert stores[7].find("1").email == "ada@example.org"


def test_threads_write_side_by_side_and_the_newest_wins(store):
    versions = list(range(1, 41))

    def write(version):
        store.set_email("shared", f"v{version}@example.org", version)
        store.set_email(f"own{version}", "x@example.org", 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [*versions[::2], *reversed(versions)]))
    assert store.find("shared").email == "v40@example.org"
    assert all(store.find(f"own{version}") for version in versions)


def test_lost_connections_and_conflicts_are_survived(postgres_url, monkeypatch):
    store = contacts.open_store(postgres_url)
    store.set_email("lost", "a@example.org", 1)
    _as_admin(
        postgres_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'",
    )
    store.set_email("lost", "b@example.org", 2)
    assert store.find("lost").email == "b@example.org"

    engine = contacts_postgres.PostgresEngine(postgres_url)
    real = engine._connection()
    refused: list[Any] = []

    class Conflicting:
        def run(self, sql, **parameters):
            if len(refused) < 2:
                refused.append(sql)
                raise DatabaseError({"S": "ERROR", "C": "40001", "M": "change conflicts (OC000)"})
            return real.run(sql, **parameters)

    monkeypatch.setattr(contacts_postgres, "pause", lambda attempt: None)
    monkeypatch.setattr(engine, "_connection", Conflicting)
    store = SqlContacts(engine)
    store.set_email("lost", "c@example.org", 3)
    assert len(refused) == 2
    assert store.find("lost").email == "c@example.org"


def test_a_server_is_known_by_its_certificate(postgres_url):
    port = connection_settings(postgres_url)["port"]
    trusted = HOME / "data" / "server.crt"
    verified = f"postgresql://rookery@localhost:{port}/postgres?sslmode=verify-full"

    def encrypted(url):
        connection = Connection(**connection_settings(url))
        found = connection.run("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        connection.close()
        return found

    assert encrypted(f"{verified}&sslrootcert={trusted}") == [[True]]
    assert encrypted(verified.replace("verify-full", "require")) == [[True]]
    assert encrypted(postgres_url) == [[False]]
    with pytest.raises(ssl.SSLCertVerificationError):
        encrypted(verified)
    with pytest.raises(ssl.SSLCertVerificationError):
        encrypted(f"{verified}&sslrootcert={trusted}".replace("localhost", "127.0.0.1"))


def test_a_server_elsewhere_is_verified_unless_the_url_says_otherwise():
    found = connection_settings("postgresql://me:p%40ss%2F@db.example:6432/people")
    assert (found["user"], found["password"], found["host"]) == ("me", "p@ss/", "db.example")
    assert (found["port"], found["database"]) == (6432, "people")
    assert found["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert found["ssl_context"].check_hostname
    assert connection_settings("postgresql://me@localhost/x")["ssl_context"] is False


class Counting:
    def __init__(self, known):
        self.known, self.finds = known, 0

    def find(self, user_id):
        self.finds += 1
        return self.known.get(user_id)

    def set_email(self, user_id, email, version):
        self.known[user_id] = Contact(user_id, email)

    def set_verified(self, user_id, version):
        self.known[user_id] = Contact(user_id, "v@example.org", True)

    def set_name(self, user_id, username, name, version):
        self.known[user_id] = Contact(user_id, None, False, username, name)

    def forget(self, user_id):
        self.known.pop(user_id, None)


def test_cache_saves_reads_but_never_hides_own_writes():
    inner = Counting({"1": Contact("1", "a@example.org")})
    cached = CachedContacts(inner)
    assert cached.find("1") == cached.find("1")
    assert inner.finds == 1
    cached.set_email("1", "b@example.org", 2)
    assert cached.find("1").email == "b@example.org"
    cached.set_verified("1", 3)
    assert cached.find("1").email_verified
    cached.set_name("1", "ada", "Ada", 4)
    assert cached.find("1").username == "ada"
    cached.forget("1")
    assert cached.find("1") is None


def test_cache_does_not_remember_absence():
    inner = Counting({})
    cached = CachedContacts(inner)
    assert cached.find("1") is None
    inner.known["1"] = Contact("1", "a@example.org")
    assert cached.find("1").email == "a@example.org"


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "mysql://root:secret@db/x", "sqlite:///", "postgresql://"),
        *(
            "postgresql://:secret@db/x",
            "postgresql://me:secret@/x",
            "postgresql://me:secret@db:p/x",
        ),
        *("postgresql://me:secret@db/x?sslmode=prefer", "postgresql://me:secret@db/x?options=-c"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(wrong):
    with pytest.raises(ConfigurationError) as error:
        contacts.open_store(wrong)
    assert "CONTACTS_URL" in str(error.value)
    assert "secret" not in str(error.value)
