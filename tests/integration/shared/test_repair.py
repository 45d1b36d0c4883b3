"""Repair of damaged counters, and publishing of lost events."""

import pytest

from scripts.ops import repair as repairing
from scripts.ops.republish import republish
from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


def stored(domain: str, key: str) -> dict[str, int]:
    table = f"rookery-dev-{domain}-counters"
    found = dynamo.batch_get({table: [{"id": key}]}, consistent=True)[table]
    return {n: v for n, v in found[0].items() if isinstance(v, int)} if found else {}


def damage(domain: str, key: str, **values: int) -> None:
    sdk.client("dynamodb").update_item(
        TableName=f"rookery-dev-{domain}-counters",
        Key={"id": {"S": key}},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
        ExpressionAttributeValues=dynamo.encode_item({f":{n}": v for n, v in values.items()}),
    )


@pytest.fixture
def people(platform: Platform) -> tuple[Person, Person, str]:
    one, two = platform.register(), platform.register()
    one.follow(two)
    tweet_id = two.tweet("count me")
    one.tweet("an answer", reply={"in_reply_to_tweet_id": tweet_id})
    one.ok("POST", f"/2/users/{one.id}/likes", {"tweet_id": tweet_id})
    one.ok("POST", f"/2/users/{one.id}/retweets", {"tweet_id": tweet_id})
    platform.settle()
    return one, two, tweet_id


def test_damaged_counters_are_repaired_and_right_ones_stay(
    platform: Platform, people: tuple[Person, Person, str]
) -> None:
    one, two, tweet_id = people
    keys = [("users", one.id), ("users", two.id), ("tweets", tweet_id)]
    before = [stored(*key) for key in keys]
    assert before[0]["following"] == before[1]["followers"] == before[2]["likes"] == 1
    damage("users", one.id, following=7, tweets=0, likes=9)
    damage("users", two.id, followers=-3)
    damage("tweets", tweet_id, likes=100, replies=0, retweets=5)
    damage("tweets", "424242", likes=3)
    for domain, wrong in (("users", {one.id, two.id}), ("tweets", {tweet_id, "424242"})):
        outcome = repairing.repair(domain, lag=0)
        assert wrong <= set(outcome.repaired) and not outcome.busy
        again = repairing.repair(domain, lag=0)
        assert not again.repaired and not again.busy and again.right
    assert [stored(*key) for key in keys] == before
    assert stored("tweets", "424242")["likes"] == 0


def test_a_counter_that_moves_meanwhile_is_looked_at_again(
    platform: Platform, people: tuple[Person, Person, str]
) -> None:
    _, two, _ = people
    fans = [platform.register() for _ in range(2)]
    damage("users", two.id, followers=50)

    def traffic(_: float) -> None:
        # Between the count and the correction somebody follows, and the stream is read.
        if fans:
            fans.pop().follow(two)
            platform.settle()

    outcome = repairing.repair("users", "follows", lag=0, wait=traffic)
    assert not outcome.busy and two.id in outcome.repaired
    assert stored("users", two.id)["followers"] == 3


def test_a_counter_that_never_rests_is_left_alone(
    platform: Platform, people: tuple[Person, Person, str]
) -> None:
    _, two, _ = people
    damage("users", two.id, followers=50)
    steps = iter(range(51, 60))

    def traffic(_: float) -> None:
        damage("users", two.id, followers=next(steps))

    outcome = repairing.repair("users", "follows", lag=0, wait=traffic)
    assert outcome.busy == [two.id]
    assert stored("users", two.id)["followers"] == 53


def test_nothing_to_repair_from(platform: Platform) -> None:
    with pytest.raises(LookupError):
        repairing.repair("users", "nothing", lag=0)
    with pytest.raises(LookupError):
        repairing.repair("crawler", lag=0)


def test_what_changed_is_published_again_and_heard_once(
    platform: Platform, people: tuple[Person, Person, str]
) -> None:
    one, two, _ = people
    inbox = [entry["type"] for entry in two.ok("GET", "/1/notifications/inbox")["data"]]
    counted = stored("users", one.id)
    found = republish("tweets", now_ms() - 60_000)
    assert found["rookery-dev-tweets-tweets"] >= 3
    assert republish("users", now_ms() - 60_000)["rookery-dev-users-follows"] >= 1
    platform.settle()
    assert [entry["type"] for entry in two.ok("GET", "/1/notifications/inbox")["data"]] == inbox
    assert stored("users", one.id) == counted
    with pytest.raises(LookupError):
        republish("nothing", 0)
