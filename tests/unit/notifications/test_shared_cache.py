"""Contacts in the shared cache, on a real redis-server."""

from collections.abc import Iterator

import pytest
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.directory import CachedContacts
from chalicelib.notifications.core import cache

from shared.base.process import process
from tests.valkey_server import free_port, valkey_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["up", "down"])
def cache_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = f"redis://127.0.0.1:{free_port()}/0"
    if request.param == "up":
        url = request.getfixturevalue("server")
    monkeypatch.setenv("CACHE_URL", url)
    process.restart()
    if request.param == "up":
        for values in (cache.contacts(), cache.inboxes()):
            values.clear()
    yield request.param
    monkeypatch.undo()
    process.restart()


@pytest.fixture
def two(tmp_path) -> tuple[CachedContacts, CachedContacts]:
    """Two processes with one store."""
    url = f"sqlite:///{tmp_path / 'contacts.db'}"
    return CachedContacts(directory.open_store(url)), CachedContacts(directory.open_store(url), 0.0)


def test_a_change_is_seen_at_once_by_processes_that_read_the_shared_cache(cache_url, two):
    writer, reader = two
    writer.set_email("1", "a@example.org", 1)
    assert reader.find("1").email == "a@example.org"
    writer.set_email("1", "b@example.org", 2)
    assert reader.find("1").email == "b@example.org"
    writer.set_verified("1", 3)
    assert reader.find("1").email_verified
    writer.forget("1")
    assert reader.find("1") is None


def test_what_one_process_read_another_need_not(cache_url, two):
    writer, reader = two
    writer._inner.set_email("1", "a@example.org", 1)
    assert writer.find("1").email == "a@example.org"
    # Behind the caches' back.
    writer._inner.set_email("1", "b@example.org", 2)
    expected = "a@example.org" if cache_url == "up" else "b@example.org"
    assert reader.find("1").email == expected


def test_a_fill_that_began_before_a_change_is_refused(cache_url):
    values = cache.contacts()
    values.changed(["7"])
    values.fill("7", {"user_id": "7", "email": "old@example.org"})
    assert values.get("7") is None
    # Of another key, and so of this one once its mark has expired, it is kept.
    values.fill("8", {"user_id": "8"})
    assert values.get("8") == ({"user_id": "8"} if cache_url == "up" else None)


def test_many_values_are_as_single_ones(cache_url):
    values = cache.contacts()
    values.changed(["1"])
    values.fill("2", {"n": 2})
    values.fill_many({"1": {"n": 0}, "2": {"n": 0}, "3": {}})
    known = {"2": {"n": 2}, "3": {}} if cache_url == "up" else {}
    assert values.get_many(["1", "2", "3", "4"]) == known
    assert values.get_many([]) == {}


def test_values_and_marks_expire(cache_url):
    if cache_url == "down":
        pytest.skip("nothing is kept")
    values = cache.contacts()
    values.fill("9", {})
    values.changed(["10"])
    kept = {key.rpartition(b"#")[2]: values._client.ttl(key) for key in [*values.keys()]}
    assert 0 < kept[b"10"] <= 15 < kept[b"9"] <= cache.SHARED_SECONDS
