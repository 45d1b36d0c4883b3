"""The shared cache against a real redis-server."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.base.process import process

pytestmark = pytest.mark.integration

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if SERVER is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    load_app("tweets")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("redis")
    command = [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    process = subprocess.Popen([*command, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "Ready to accept connections" in line or "now ready to accept" in line:
            break
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


@pytest.fixture
def cache(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from chalicelib.tweets.core import cache

    monkeypatch.setenv("CACHE_URL", server)
    process.restart()
    cache.reset()
    cache.tweets().shared.clear()
    yield cache
    monkeypatch.undo()
    process.restart()
    cache.reset()


def tweet(version: int, **members: Any) -> dict[str, Any]:
    return {"id": "1", "version": version, **members}


def test_processes_share_what_one_has_read(cache: Any) -> None:
    item = tweet(1, text="hello", entities={"urls": [{"start": 0}]})
    head = {"author_id": "7", "packed": b"\x00\xff", "floor": 1, "version": 3, "modes": []}
    cache.tweets().renew([item])
    cache.heads().renew([head])
    cache.reset()
    assert cache.tweets().get(["1", "2"]) == {"1": item}
    assert cache.heads().get(["7"]) == {"7": head}
    name = cache.tweets().shared._prefix + "1"
    assert 0 < cache.tweets().shared._client.ttl(name) <= cache.SHARED_SECONDS


def test_an_older_version_never_replaces_a_newer_one(cache: Any) -> None:
    worker, reader = cache.Cache("id", "tweets"), cache.Cache("id", "tweets")
    reader.renew([tweet(1, text="hello")])
    worker.renew([tweet(10, deleted=True)])
    # A page that read the table before the deletion fills the cache after it.
    reader.renew([tweet(9, text="hello")])
    cache.reset()
    assert cache.tweets().get(["1"]) == {"1": tweet(10, deleted=True)}


def test_a_cache_that_is_gone_costs_nothing_but_its_help(
    cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
    monkeypatch.setenv("CACHE_URL", url)
    process.restart()
    cache.reset()
    cache.tweets().renew([tweet(1)])
    assert cache.tweets().get(["1", "2"]) == {"1": tweet(1)}
    assert cache.Cache("id", "tweets").get(["1"]) == {}


def test_the_shared_cache_follows_tweets_through_the_stream(cache: Any, platform: Any) -> None:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    tweet_id = author.tweet("seen by many")
    platform.settle()
    assert reader.home() == [tweet_id]
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    platform.settle()
    # Another process, which knows only the shared level.
    cache.reset()
    assert cache.tweets().get([tweet_id])[tweet_id]["deleted"] is True
    assert reader.home() == []
