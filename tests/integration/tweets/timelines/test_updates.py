"""Polls of an open page: cheap without news, and never a hidden tweet."""

from typing import Any

import pytest

from bench import fixtures
from bench.meter import Meter, Request
from scripts.base.domain import load_app
from shared.aws.dynamo import Item
from shared.base.ids import MAX_ID
from shared.contracts import unread_counts
from tests.faults import error, intercepted
from tests.integration.tweets.tweets_support import block, forget_cached_tweets, mute
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration

load_app("tweets")
from chalicelib.tweets.engagement import views
from chalicelib.tweets.timelines import updates

FIELDS = "tweet.fields=author_id,referenced_tweets"


def poll(reader: Person, since: str, *known: str, full: bool = False) -> Item:
    query = f"since_id={since}&{FIELDS}" + (f"&known_ids={','.join(known)}" if known else "")
    body: Item = reader.ok("GET", f"/1/updates?{query}" + ("&full=true" if full else ""))
    return body


def ids(body: Item) -> list[str]:
    return [tweet["id"] for tweet in body.get("data", ())]


def new_process() -> None:
    forget_cached_tweets()
    updates._seen_heads.clear()


def cost(meter: Meter) -> Request:
    requests, _ = meter.take()
    return requests[-1]


def test_nothing_new_costs_two_calls_and_two_units(platform: Platform, at_once: None) -> None:
    authors = [platform.register() for _ in range(6)]
    reader, pushed = platform.register(), platform.register()
    for author in (*authors, pushed):
        reader.follow(author)
    platform.settle()
    fixtures.celebrate(author.id for author in authors)
    newest = [author.tweet("pulled") for author in authors][-1]
    platform.settle()
    assert newest in reader.home()
    with remembering(), Meter() as meter:
        new_process()
        poll(reader, newest)
        cold = cost(meter)
        for _ in range(8):
            poll(reader, newest)
        warm, _ = meter.take()
    assert (len(cold.calls), cold.rru, cold.wru) == (2, 2.0, 0)
    assert all(len(one.calls) <= 2 and one.rru <= 2 and one.wru == 0 for one in warm)


def test_pushed_and_pulled_tweets_are_told_until_they_are_known(
    platform: Platform, at_once: None
) -> None:
    reader, friend, star = (platform.register() for _ in range(3))
    for author in (friend, star):
        reader.follow(author)
    platform.settle()
    fixtures.celebrate([star.id])
    first = friend.tweet("first")
    star.tweet("builds the head")
    platform.settle()
    since = max(reader.home(), key=int)
    by_push = friend.tweet("by push")
    platform.settle()
    found = poll(reader, since)
    assert ids(found) == [by_push]
    # Within the time that fan-out may be late, the same is asked again.
    assert found["meta"]["since_id"] == since
    assert ids(poll(reader, since, by_push)) == []
    by_pull = star.tweet("by pull")
    platform.settle()
    new_process()
    assert ids(poll(reader, since, by_push)) == [by_pull]
    assert ids(poll(reader, since, by_push, by_pull)) == []
    assert first not in ids(poll(reader, since))


def test_heads_take_turns(platform: Platform, at_once: None, monkeypatch: Any) -> None:
    authors = [platform.register() for _ in range(5)]
    reader = platform.register()
    for author in authors:
        reader.follow(author)
    platform.settle()
    fixtures.celebrate(author.id for author in authors)
    since = [author.tweet("before") for author in authors][-1]
    platform.settle()
    reader.home()
    new_process()
    latest = authors[4].tweet("after")
    platform.settle()
    forget_cached_tweets()
    turn = updates.UpdateLimits().turn_ms
    found: list[str] = []
    for number in range(3):
        # Each poll meets another process, which has looked at no head yet.
        new_process()
        monkeypatch.setattr(updates, "now_ms", lambda at=turn * number: at)
        found += ids(poll(reader, since, *found))
    assert found == [latest]


@pytest.mark.parametrize("hide", [mute, block])
def test_hidden_tweets_are_never_told(platform: Platform, at_once: None, hide: Any) -> None:
    reader, loud, gone = (platform.register() for _ in range(3))
    for author in (loud, gone):
        reader.follow(author)
    since = loud.tweet("before")
    platform.settle()
    reader.home()
    loud.tweet("not for you")
    deleted = gone.tweet("not for anybody")
    platform.settle()
    gone.ok("DELETE", f"/2/tweets/{deleted}")
    hide(reader, loud)
    found = poll(reader, since)
    assert found.keys() == {"meta"}
    assert found["meta"].keys() == {"result_count", "since_id", "unread_count"}
    assert found["meta"]["result_count"] == 0


def test_a_full_poll_finds_whom_the_state_does_not_name(platform: Platform, at_once: None) -> None:
    reader, star = platform.register(), platform.register()
    platform.settle()
    fixtures.celebrate([star.id])
    since = reader.tweet("before")
    reader.home()
    reader.follow(star)
    latest = star.tweet("after")
    platform.settle()
    new_process()
    assert ids(poll(reader, since)) == []
    assert ids(poll(reader, since, full=True)) == [latest]


def test_unread_notifications(platform: Platform) -> None:
    reader, friend = platform.register(), platform.register()
    tweet_id = reader.tweet("like me")
    assert reader.ok("GET", "/1/updates")["meta"] == {"result_count": 0, "unread_count": 0}
    friend.ok("POST", f"/2/users/{friend.id}/likes", {"tweet_id": tweet_id})
    platform.settle()
    assert reader.ok("GET", "/1/updates")["meta"]["unread_count"] == 1
    assert poll(reader, tweet_id)["meta"]["unread_count"] == 1
    reader.ok("POST", "/1/notifications/inbox/read", {"all": True})
    assert reader.ok("GET", "/1/updates")["meta"]["unread_count"] == 0


def test_a_stage_without_notifications(platform: Platform) -> None:
    reader = platform.register()
    since = reader.tweet("alone")
    asked: list[str] = []

    def absent(params: dict[str, Any]) -> dict[str, Any] | None:
        if unread_counts.COUNTERS.name not in params["RequestItems"]:
            return None
        asked.append(unread_counts.COUNTERS.name)
        return error("ResourceNotFoundException")

    with intercepted("dynamodb", "BatchGetItem", absent):
        for _ in range(2):
            assert poll(reader, since)["meta"] == {"result_count": 0, "since_id": since}
    # The second poll knows.
    assert len(asked) == 1
    updates._no_counts.clear()


def test_polls_count_no_views(
    platform: Platform, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    since = author.tweet("before")
    platform.settle()
    reader.home()
    views.buffer().flush()
    sent: list[Item] = []
    monkeypatch.setattr(views, "offer", lambda *message: sent.append(message[2]))
    tweet_id = author.tweet("after")
    platform.settle()
    for _ in range(3):
        assert ids(poll(reader, since)) == [tweet_id]
    views.buffer().flush()
    assert sent == []
    # A client that asks for the page itself shows the tweet, once.
    for _ in range(3):
        assert reader.home(f"?since_id={since}&tweet.fields=public_metrics") == [tweet_id]
    views.buffer().flush()
    assert sent == [{tweet_id: 1}]


def test_an_id_that_is_too_large(platform: Platform) -> None:
    reader = platform.register()
    answer = reader.call("GET", f"/1/updates?since_id={MAX_ID + 1}")
    assert answer.status == 400
