"""One contract for all stores of contacts: SQLite, and PostgreSQL if any."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalicelib.notifications.contacts import directory, postgres
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.contacts.postgres import connection_settings
from chalicelib.notifications.contacts.sql import SqlContacts
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from tests.unit.notifications.postgres import HOME, as_admin


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
    again = directory.open_store(url)
    assert again.migrate() == []
    assert again.find("1").email == "ada@example.org"


def test_many_may_open_a_new_store_at_once(url):
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: directory.open_store(url), range(8)))
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


def test_lost_connections_and_conflicts_are_survived(postgres_url):
    store = directory.open_store(postgres_url)
    store.set_email("lost", "a@example.org", 1)
    as_admin(
        postgres_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'",
    )
    store.set_email("lost", "b@example.org", 2)
    assert store.find("lost").email == "b@example.org"

    refused: list[Any] = []

    class Conflicting(Connection):
        def run(self, sql, **parameters):
            if len(refused) < 2:
                refused.append(sql)
                raise DatabaseError({"S": "ERROR", "C": "40001", "M": "change conflicts (OC000)"})
            return super().run(sql, **parameters)

    store = SqlContacts(postgres.PostgresEngine(postgres_url, Conflicting))
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
