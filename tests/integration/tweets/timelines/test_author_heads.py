"""Author heads in their table: rebuilt, contended and throttled."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.base.domain import load_app
from shared.aws import sdk
from tests.faults import THROTTLED, error, intercepted
from tests.integration.tweets.tweets_support import forget_cached_tweets
from tests.platform import Platform

load_app("tweets")
from chalicelib.tweets.heads import store
from chalicelib.tweets.heads.heads import Line

pytestmark = pytest.mark.integration


def test_heads_are_rebuilt_from_the_index(platform: Platform) -> None:
    author = platform.register()
    tweets = [author.tweet(f"{n}") for n in range(3)]
    author.ok("DELETE", f"/2/tweets/{tweets[1]}")
    platform.settle()
    before = store.read(author.id)
    key = {"author_id": {"S": author.id}}
    sdk.client("dynamodb").delete_item(TableName="rookery-dev-tweets-heads", Key=key)
    forget_cached_tweets()
    living = [tweets[2], tweets[0]]
    loaded = store.load([author.id])[author.id]
    assert [str(line.position) for line in loaded.lines()] == living
    store.written.clear()
    rebuilt = store.rebuild(author.id)
    assert [str(line.position) for line in rebuilt.lines()] == living
    assert {line.position for line in before.lines()} >= {int(one) for one in living}


def test_heads_survive_workers_that_meet(platform: Platform) -> None:
    author = platform.register()
    first = store.merge(author.id, [Line(5, "tweet")])
    store.written.clear()
    store.merge(author.id, [Line(7, "tweet")])
    # A process that remembers the head before: its write is refused, and made on the new one.
    store.written.put(author.id, first)
    merged = store.merge(author.id, [Line(6, "tweet")])
    assert [line.position for line in merged.lines()] == [7, 6, 5]
    assert [line.position for line in store.read(author.id).lines()] == [7, 6, 5]


def test_throttled_heads_come_again(platform: Platform) -> None:
    author = platform.register()
    with (
        intercepted("dynamodb", "UpdateItem", lambda _: error(THROTTLED)),
        pytest.raises(ClientError, match=THROTTLED),
    ):
        store.merge(author.id, [Line(3, "tweet")])
    store.merge(author.id, [Line(3, "tweet")])
    assert [line.position for line in store.read(author.id).lines()] == [3]


def test_a_head_that_others_keep_changing_is_left_to_the_streams_retry(platform: Platform) -> None:
    refusals: list[str] = []

    def refuse(params: dict[str, Any]) -> dict[str, Any] | None:
        if params["TableName"] != "rookery-dev-tweets-heads":
            return None
        refusals.append(params["TableName"])
        return error("ConditionalCheckFailedException")

    with intercepted("dynamodb", "UpdateItem", refuse), pytest.raises(store.Contended):
        store.merge(platform.register().id, [Line(3, "tweet")])
    assert len(refusals) > 1
