"""'Notify me': all watchers are notified of each tweet, once."""

import json
import random
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws import dynamo, sdk
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.process import process
from shared.contracts import profiles
from tests.faults import intercepted
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration


def watch(reader: Person, author: Person) -> None:
    reader.follow(author)
    reader.ok("PUT", f"/1/follows/{author.id}/notify", {"enabled": True})


def told(person: Person) -> list[tuple[str, str]]:
    page = person.ok("GET", "/1/notifications/inbox").get("data", [])
    return [(one["type"], one["tweet_id"]) for one in page if one.get("tweet_id")]


def test_watchers_hear_of_tweets_and_only_once(platform: Platform) -> None:
    author, reader, other = platform.register(), platform.register(), platform.register()
    watch(reader, author)
    other.follow(author)
    first = author.tweet("to those who watch")
    named = author.tweet(f"hello @{reader.username}")
    author.tweet("no news", reply={"in_reply_to_tweet_id": first})
    platform.settle()
    assert sorted(told(reader)) == sorted([("tweet", first), ("mention", named)])
    assert told(other) == []
    reader.ok("PUT", f"/1/follows/{author.id}/notify", {"enabled": False})
    author.tweet("unwatched")
    platform.settle()
    assert len(told(reader)) == 2


def test_very_many_are_told_in_ranges(platform: Platform) -> None:
    from chalicelib.notifications.accepting import watchers

    author = platform.register()
    first = random.randrange(10**18, 9 * 10**18)
    people = [str(first + number) for number in range(130)]
    follows = [
        {
            "user_id": user_id, "target_id": author.id, "watched_id": author.id,
            "notify": True, "muted": number == 7, "version": 1, "updated_at": 1,
        }
        for number, user_id in enumerate(people)
    ]  # fmt: skip
    dynamo.batch_write("rookery-dev-users-follows", puts=follows)
    sent: list[dict[str, Any]] = []

    def note(params: dict[str, Any]) -> None:
        if params["QueueUrl"].endswith("-notifications-watchers"):
            messages = [json.loads(one["MessageBody"]) for one in params["Entries"]]
            sent.extend(one for one in messages if one["step"] == "tell")

    limits = watchers.WatcherLimits(range_size=20, planned=60)
    with process.limited(limits), intercepted("sqs", "SendMessageBatch", note):
        tweet_id = author.tweet("to all of you")
        platform.settle(60)
    # Each planning slice queues three ranges; the planner itself notifies the last ten watchers.
    ends = [one["position"]["until"] for one in sent]
    assert ends == [people[end - 1] for end in range(20, 121, 20)]
    # A range that comes again, and out of order, changes nothing.
    with process.limited(limits):
        for message in reversed(sent):
            watchers.notify_range(message["job"], message["position"])
        platform.settle(60)
    entries = sdk.client("dynamodb").scan(TableName="rookery-dev-notifications-inbox")["Items"]
    got = [one["user_id"]["S"] for one in entries if one.get("tweet_id", {}).get("S") == tweet_id]
    assert sorted(got) == [user_id for user_id in people if user_id != people[7]]


@pytest.fixture
def one_highlight() -> Iterator[None]:
    """Only the most engaged follower is notified."""
    from chalicelib.notifications.accepting.highlights import HighlightLimits

    with process.limited(HighlightLimits(notified=1)):
        yield


def test_a_celebritys_tweet_is_told_to_its_most_engaged_followers(
    platform: Platform, one_highlight: None
) -> None:
    from chalicelib.notifications.accepting import highlights

    from bench.meter import Meter

    author = platform.register()
    best, second, silent, stranger, off, muting, away = (platform.register() for _ in range(7))
    tweets = [author.tweet(f"number {number}") for number in range(2)]
    for fan in (best, second, silent, off, muting, away):
        fan.follow(author)
    off.ok("PUT", f"/1/follows/{author.id}/notify", {"enabled": False})
    muting.ok("POST", f"/2/users/{muting.id}/muting", {"target_user_id": author.id})
    # The last to like would win a tie: these must not be notified.
    for fan, likes in ((best, 2), (second, 1), (stranger, 2), (off, 2), (muting, 2), (away, 2)):
        for tweet_id in tweets[:likes]:
            fan.ok("POST", f"/2/users/{fan.id}/likes", {"tweet_id": tweet_id})
    platform.settle()
    # So much that she would be first, were she there.
    for _ in range(4):
        away.tweet("more", reply={"in_reply_to_tweet_id": tweets[0]})
    platform.settle()
    long_ago = now_seconds() // 86_400 - 15
    profiles.USERS.update({"id": away.id}, "SET #active_day = :day", {"day": long_ago})
    author.tweet("to nobody yet")
    platform.settle()
    assert not any(told(fan) for fan in (best, second, silent, stranger, off, muting, away))
    count = {"id": author.id, "followers": settings().celebrity_followers}
    dynamo.batch_write("rookery-dev-users-counters", puts=[count])
    highlights._follower_counts.clear()
    with remembering(), Meter() as meter:
        tweet_id = author.tweet("to the best")
        platform.settle()
        spent = [one for one in meter.take()[1] if one.handler == "notify_watchers"]
    assert told(best) == [("tweet", tweet_id)]
    assert not any(told(fan) for fan in (second, silent, stranger, off, muting, away))
    # The cap: the watchers, the count, the day, the inbox, the candidates; the day and one put;
    # and the preferences of the chosen, unless they are cached.
    assert [one.operation for one in spent].count("Query") == 2
    assert sum(one.rru for one in spent) <= 12
    needed = [one for one in spent if one.target != "notifications-preferences"]
    assert len(needed) == 7 and len(spent) <= 8
    # The same tweet again finds the same followers, whatever happened since.
    assert highlights.choose(author.id, tweet_id, [second.id]) == [best.id]
    with remembering(), Meter() as meter:
        author.tweet("again, on the same day")
        platform.settle()
        spent = [one for one in meter.take()[1] if one.handler == "notify_watchers"]
    assert told(best) == [("tweet", tweet_id)]
    # The day and the watchers; the inbox is not read again.
    assert [one.operation for one in spent] == ["GetItem", "Query"]


def test_watchers_and_chosen_followers_are_pushed_to_as_they_prefer(
    platform: Platform, one_highlight: None
) -> None:
    from chalicelib.notifications.accepting import highlights

    author, watcher, plain, quiet, fan = (platform.register() for _ in range(5))
    for one in (watcher, plain, quiet):
        watch(one, author)
    for one in (watcher, quiet, fan):
        one.ok("POST", "/1/devices", {"platform": "ios", "token": secrets.token_hex(32)})
    everywhere: tuple[dict[str, Any], ...] = (
        {"platform": "android", "token": f"fcm:{secrets.token_hex(32)}"},
        {"platform": "webpush", "subscription": platform.providers.web_push.subscribe()},
        {"platform": "webhook", "url": f"{platform.providers.url}/hooks/{watcher.id}"},
    )
    for device in everywhere:
        watcher.ok("POST", "/1/devices", device)
    on = {"categories": {"posts": {"webhook": True}}}
    watcher.ok("PUT", "/1/notifications/preferences", on)
    off = {"categories": {"posts": {"ios": False}}}
    quiet.ok("PUT", "/1/notifications/preferences", off)
    fan.follow(author)
    fan.ok("POST", f"/2/users/{fan.id}/likes", {"tweet_id": author.tweet("likeable")})
    platform.settle()
    count = {"id": author.id, "followers": settings().celebrity_followers}
    dynamo.batch_write("rookery-dev-users-counters", puts=[count])
    highlights._follower_counts.clear()
    author.tweet("to all of you")
    platform.settle()
    every = ("ios", "android", "webpush", "webhook")
    for person, pushes in ((watcher, every), (plain, ()), (quiet, ()), (fan, ("ios",))):
        (entry,) = person.ok("GET", "/1/notifications/inbox?max_results=1")["data"]
        channels = person.ok("GET", f"/1/notifications/{entry['id']}")["data"]["channels"]
        states = {one["channel"]: one["status"] for one in channels}
        assert states == dict.fromkeys(("inbox", *pushes), "sent"), person.id
