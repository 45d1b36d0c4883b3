"""Calls, units and keys of a tweet that very many users like."""

from typing import Any

import pytest

from bench import fixtures
from bench.meter import Meter
from shared.aws import dynamo, sdk
from shared.base.process import process
from shared.contracts import profiles
from shared.contracts.follower_shards import key, shard
from tests.faults import error, intercepted
from tests.integration.tweets.tweets_support import walk
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration

SHARDS = 4
ENGAGEMENTS = "rookery-dev-tweets-engagements"


def enlarge(author: Person) -> None:
    """Give an account the shards that a hundred thousand followers bring."""
    sdk.client("dynamodb").update_item(
        TableName="rookery-dev-users-users",
        Key={"id": {"S": author.id}},
        UpdateExpression="SET follower_shards = :n",
        ExpressionAttributeValues={":n": {"N": str(SHARDS)}},
    )
    process.reset()


def keys_of(tweet_id: str) -> set[str]:
    items = sdk.client("dynamodb").scan(TableName=ENGAGEMENTS)["Items"]
    found = map(dynamo.decode_item, items)
    return {i["tweet_kind"] for i in found if i["tweet_id"] == tweet_id and "tweet_kind" in i}


def test_likes_of_a_large_account_are_spread_and_listed_as_one(platform: Platform) -> None:
    from chalicelib.tweets.engagement import polls

    author = platform.register()
    people = [platform.register() for _ in range(5)]
    # One of 64 times all three who come after the growth belong to the first shard.
    while not any(shard({"follower_shards": SHARDS}, one.id, 0) for one in people[2:]):
        people[4] = platform.register()
    tweet_id = author.tweet("before and after growth")

    def like(person: Person) -> None:
        person.ok("POST", f"/2/users/{person.id}/likes", {"tweet_id": tweet_id})

    for person in people[:2]:
        like(person)
    assert keys_of(tweet_id) == {f"{tweet_id}#like"}
    enlarge(author)
    platform.settle()
    profiles.cards([author.id])
    with remembering(), Meter() as meter:
        for person in people[2:]:
            like(person)
        requests, _ = meter.take()
    # The budget of a like, whatever the account's size (cards and relations are kept for seconds).
    for request in requests:
        own = [call for call in request.calls if call.target.startswith("tweets-")]
        assert len(own) <= 2 and request.wru <= 2.2, [str(call) for call in request.calls]
    assert len(keys_of(tweet_id)) > 1
    everybody = sorted(person.id for person in people)
    for size in (1, 3, 100):
        path = f"/2/tweets/{tweet_id}/liking_users?max_results={size}"
        assert sorted(walk(author, path)) == everybody
    for person in people:
        person.ok("POST", f"/2/users/{person.id}/retweets", {"tweet_id": tweet_id})
    assert sorted(walk(author, f"/2/tweets/{tweet_id}/retweeted_by?max_results=2")) == everybody
    people[4].ok("DELETE", f"/2/users/{people[4].id}/likes/{tweet_id}")
    everybody.remove(people[4].id)
    assert sorted(walk(author, f"/2/tweets/{tweet_id}/liking_users?max_results=2")) == everybody
    platform.settle()
    shown = author.ok("GET", f"/2/tweets/{tweet_id}?tweet.fields=public_metrics")["data"]
    assert shown["public_metrics"]["like_count"] == 4
    assert shown["public_metrics"]["retweet_count"] == 5
    poll = author.tweet("?", poll={"options": ["a", "b"], "duration_minutes": 5})
    for person in people:
        person.ok("POST", f"/1/tweets/{poll}/votes", {"position": 1})
    numbers = {shard({"follower_shards": SHARDS}, one.id, 0) for one in people}
    assert keys_of(poll) == {key(f"{poll}#vote", number) for number in numbers}
    assert polls.voters(poll, author.id) == sorted(person.id for person in people)


def test_likers_of_one_tweet_do_not_all_read_its_key(platform: Platform) -> None:
    from chalicelib.tweets.engagement import engagements

    author, liker = platform.register(), platform.register()
    tweet_id = author.tweet("hot")
    platform.settle()
    fixtures.cold()
    with Meter() as meter, meter.request() as cost:
        for _ in range(50):
            assert engagements.target(liker.id, tweet_id, cached=True)["id"] == tweet_id
    reads = [call for call in cost.calls if call.target == "tweets-tweets"]
    # Once in five seconds, which a busy machine may need several of.
    assert 1 <= len(reads) < 10


def likes(tweet_id: str, count: int) -> dict[str, Any]:
    """A stream batch of so many people's likes."""
    return {
        "Records": [
            {
                "eventID": f"{tweet_id}-{number}",
                "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {"user_id": {"S": str(number)}, "entry": {"S": "x"}},
                    "NewImage": dynamo.encode_item(
                        {
                            "kind": "like",
                            "active": True,
                            "tweet_id": tweet_id,
                            "user_id": str(number),
                            "author_id": str(number),
                            "version": 1,
                            "updated_at": 1,
                        }
                    ),
                },
            }
            for number in range(count)
        ]
    }


def test_a_hot_tweets_likes_are_counted_in_batches(platform: Platform) -> None:
    """10,000 likes write their counter 100 times, and wait for others."""
    module = platform.modules["tweets"]
    count = module.follow_engagements
    sources = {one.name: one for one in module.app.event_sources}
    batch = sources["follow_engagements"].batch_size
    tweet_id = platform.register().tweet("hot")
    platform.settle()
    tries: list[int] = []

    def contended(params: dict[str, Any]) -> dict[str, Any] | None:
        tries.append(len(params["TransactItems"]))
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        canceled = error("TransactionCanceledException", CancellationReasons=reasons)
        return canceled if len(tries) < 3 else None

    with intercepted("dynamodb", "TransactWriteItems", contended):
        count(likes(tweet_id, batch), None)
    assert tries == [2, 2, 2]
    client = sdk.client("dynamodb")
    found = client.get_item(TableName="rookery-dev-tweets-counters", Key={"id": {"S": tweet_id}})[
        "Item"
    ]
    assert found["likes"] == {"N": str(batch)}
    # Two units a transaction: of what the counter's key takes a second, less than a quarter.
    assert 10_000 / batch * 2 < 1_000 / 4


def test_a_hot_tweets_counters_are_read_once_in_seconds(platform: Platform) -> None:
    from chalicelib.tweets.core import cache

    cache.busy_counters()
    author, reader = platform.register(), platform.register()
    hot, quiet = author.tweet("hot"), author.tweet("quiet")
    counters = "rookery-dev-tweets-counters"
    given = [{"id": hot, "likes": 900, "impressions": 100}, {"id": quiet, "likes": 999}]
    dynamo.batch_write(counters, puts=given)
    read: list[str] = []

    def note(params: dict[str, Any]) -> None:
        keys = params["RequestItems"].get(counters, {"Keys": []})["Keys"]
        read.extend(key["id"]["S"] for key in keys)

    def likes_seen() -> list[int]:
        path = f"/2/tweets?ids={hot},{quiet}&tweet.fields=public_metrics"
        return [one["public_metrics"]["like_count"] for one in reader.ok("GET", path)["data"]]

    with remembering(), intercepted("dynamodb", "BatchGetItem", note):
        assert [likes_seen() for _ in range(3)] == [[900, 999]] * 3
    assert (read.count(hot), read.count(quiet)) == (1, 3)
