"""The shared cache against a real redis-server."""

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.base.process import process
from tests.integration.tweets.tweets_support import forget_cached_tweets
from tests.valkey_server import free_port, valkey_server

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    load_app("tweets")
    with valkey_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def cache(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from chalicelib.tweets.core import cache

    monkeypatch.setenv("CACHE_URL", server)
    process.restart()
    cache.tweets().shared.clear()
    yield cache
    monkeypatch.undo()
    process.restart()


def tweet(version: int, **members: Any) -> dict[str, Any]:
    return {"id": "1", "version": version, **members}


def test_processes_share_what_one_has_read(cache: Any) -> None:
    item = tweet(1, text="hello", entities={"urls": [{"start": 0}]})
    head = {"author_id": "7", "packed": b"\x00\xff", "floor": 1, "version": 3, "modes": []}
    cache.tweets().renew([item])
    cache.heads().renew([head])
    forget_cached_tweets()
    assert cache.tweets().get(["1", "2"]) == {"1": item}
    assert cache.heads().get(["7"]) == {"7": head}
    name = cache.tweets().shared._prefix + "1"
    assert 0 < cache.tweets().shared._client.ttl(name) <= cache.CacheLimits().shared_seconds


def test_an_older_version_never_replaces_a_newer_one(cache: Any) -> None:
    worker, reader = cache.ItemCache("id", "tweets"), cache.ItemCache("id", "tweets")
    reader.renew([tweet(1, text="hello")])
    worker.renew([tweet(10, deleted=True)])
    # A page that read the table before the deletion fills the cache after it.
    reader.renew([tweet(9, text="hello")])
    forget_cached_tweets()
    assert cache.tweets().get(["1"]) == {"1": tweet(10, deleted=True)}


def test_a_cache_that_is_gone_costs_nothing_but_its_help(
    cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_URL", f"redis://127.0.0.1:{free_port()}/0")
    process.restart()
    cache.tweets().renew([tweet(1)])
    assert cache.tweets().get(["1", "2"]) == {"1": tweet(1)}
    assert cache.ItemCache("id", "tweets").get(["1"]) == {}


def test_the_shared_cache_follows_tweets_through_the_stream(cache: Any, platform: Any) -> None:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    tweet_id = author.tweet("seen by many")
    platform.settle()
    assert reader.home() == [tweet_id]
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    platform.settle()
    # Another process, which knows only the shared level.
    forget_cached_tweets()
    assert cache.tweets().get([tweet_id])[tweet_id]["deleted"] is True
    assert reader.home() == []
