"""Follow requests, notices of tweets, follower shards, days of activity."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.aws import dynamo, events, sdk
from shared.base.process import process
from shared.contracts import graph, profiles
from shared.contracts.follower_shards import ShardLimits
from tests.account_steps import signed
from tests.faults import intercepted
from tests.integration.users.graph.graph_support import (
    between,
    block,
    counts,
    listed,
    pair,
    protect,
)
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


def test_requests_are_listed_approved_and_denied(
    platform: Platform, published: list[events.Event]
) -> None:
    shy = platform.register()
    fans = sorted((platform.register() for _ in range(3)), key=lambda person: person.id)
    protect(shy)
    for fan in fans:
        for _ in range(2):
            fan.follow(shy)
    first = shy.ok("GET", "/1/follow_requests?max_results=2")
    token = first["meta"]["next_token"]
    second = shy.ok("GET", f"/1/follow_requests?max_results=2&pagination_token={token}")
    seen = [user["username"] for user in first["data"] + second["data"]]
    assert seen == [fan.username for fan in fans]
    fields = "?user.fields=connection_status"
    shown = shy.ok("GET", f"/2/users/{fans[0].id}{fields}")["data"]["connection_status"]
    assert shown == ["follow_request_received"]
    for _ in range(2):
        path = f"/1/follow_requests/{fans[0].id}/approve"
        assert shy.ok("POST", path)["data"] == {"approved": True}
        path = f"/1/follow_requests/{fans[1].id}/deny"
        assert shy.ok("POST", path)["data"] == {"denied": True}
    assert shy.call("POST", f"/1/follow_requests/{fans[1].id}/approve").status == 404
    assert listed(shy, "/1/follow_requests") == [fans[2].id]
    assert listed(fans[2], "/1/follow_requests") == []
    shown = fans[2].ok("GET", f"/2/users/{shy.id}{fields}")["data"]["connection_status"]
    assert shown == ["follow_request_sent"]
    assert listed(fans[0], f"/2/users/{shy.id}/followers") == [fans[0].id]
    assert fans[1].call("GET", f"/2/users/{shy.id}/followers").status == 403
    platform.settle()
    assert counts(shy) == (1, 0)
    assert Counter(between(published, shy, *fans)) == {
        **{("user.follow_requested", fan.id, shy.id): 1 for fan in fans},
        ("user.followed", fans[0].id, shy.id): 1,
    }


def test_requests_outlive_the_protection_and_end_with_a_follow_or_a_block(
    platform: Platform,
) -> None:
    shy, one, two = platform.register(), platform.register(), platform.register()
    protect(shy)
    one.follow(shy)
    two.follow(shy)
    shy.ok("PATCH", "/1/accounts/me", {"protected": False})
    process.reset()
    assert set(listed(shy, "/1/follow_requests")) == {one.id, two.id}
    one.follow(shy)
    assert pair(one, shy) == graph.Relation(one.id, shy.id, following=True)
    block(shy, two)
    assert not pair(two, shy).pending
    assert shy.call("POST", f"/1/follow_requests/{two.id}/approve").status == 404
    assert not pair(two, shy).following
    platform.settle()
    assert listed(shy, "/1/follow_requests") == []


def test_a_withdrawal_racing_the_approval_ends_in_one_of_both(platform: Platform) -> None:
    shy = platform.register()
    protect(shy)
    fans = [platform.register() for _ in range(4)]
    for fan in fans:
        fan.follow(shy)

    def act(number: int) -> int:
        fan = fans[number % 4]
        if number // 4 % 2:
            return fan.call("DELETE", f"/2/users/{fan.id}/following/{shy.id}").status
        deed = "deny" if number % 3 == 0 else "approve"
        return shy.call("POST", f"/1/follow_requests/{fan.id}/{deed}").status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(act, range(48))) <= {200, 404}
    platform.settle()
    holding = sorted(fan.id for fan in fans if pair(fan, shy).following)
    assert not any(pair(fan, shy).pending for fan in fans)
    assert graph.requester_ids(shy.id) == []
    assert graph.follower_ids(shy.id) == holding
    assert counts(shy)[0] == len(holding)


def test_notify_lasts_as_long_as_the_follow(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    path = f"/1/follows/{two.id}/notify"
    assert one.call("PUT", path, {"enabled": True}).status == 409
    one.follow(two)
    for _ in range(2):
        assert one.ok("PUT", path, {"enabled": True})["data"] == {"notify": True}
    assert one.ok("GET", path) == {"data": {"notify": True}}
    assert two.ok("GET", f"/1/follows/{one.id}/notify") == {"data": {"notify": False}}
    assert pair(one, two).notify
    assert graph.watcher_ids(two.id) == [one.id]
    for _ in range(2):
        assert one.ok("PUT", path, {"enabled": False})["data"] == {"notify": False}
    assert graph.watcher_ids(two.id) == []
    one.ok("PUT", path, {"enabled": True})
    one.ok("DELETE", f"/2/users/{one.id}/following/{two.id}")
    assert not pair(one, two).notify
    one.follow(two)
    one.ok("PUT", path, {"enabled": True})
    block(two, one)
    assert not pair(one, two).notify
    assert one.ok("GET", path) == {"data": {"notify": False}}
    platform.settle()
    assert graph.watcher_ids(two.id) == []


@pytest.fixture
def small_shards(platform: Platform) -> Iterator[None]:
    """Every follower counts, and shards double above two, at once."""
    from chalicelib.users.graph.shard_growth import GrowthLimits

    with process.limited(GrowthLimits(sample=1), ShardLimits(followers=2, settle_ms=0)):
        yield


def test_a_growing_account_gets_shards_and_stays_one_list(
    platform: Platform, small_shards: None
) -> None:
    from chalicelib.users.graph import removal

    star = platform.register()
    fans: list[Person] = []
    for _ in range(12):
        fans.append(platform.register())
        fans[-1].follow(star)
        platform.settle()
        # As readers in other processes after a minute.
        process.reset()
        assert graph.follower_ids(star.id) == sorted(fan.id for fan in fans)
    fans.sort(key=lambda fan: fan.id)
    item = sdk.client("dynamodb").get_item(
        TableName="rookery-dev-users-users", Key={"id": {"S": star.id}}
    )["Item"]
    assert int(item["follower_shards"]["N"]) >= 4
    keys = [{"user_id": fan.id, "target_id": star.id} for fan in fans]
    stored = dynamo.batch_get({graph.FOLLOWS.name: keys})[graph.FOLLOWS.name]
    assert len({one["followed_id"] for one in stored}) > 1
    path = f"/2/users/{star.id}/followers?max_results=5"
    body = star.ok("GET", path)
    seen = [user["id"] for user in body["data"]]
    process.reset()
    while token := body["meta"].get("next_token"):
        body = star.ok("GET", f"{path}&pagination_token={token}")
        # The last shards may be empty.
        seen += [user["id"] for user in body.get("data", ())]
    assert sorted(seen) == [fan.id for fan in fans]
    for first, last in ((2, 9), (0, 3)):
        process.reset()
        after = fans[first - 1].id if first else None
        got = graph.follower_ids(star.id, after=after, until=fans[last].id)
        assert got == [fan.id for fan in fans[first : last + 1]]
    tweet_id = star.tweet("to all shards")
    fans[0].ok("DELETE", f"/2/users/{fans[0].id}/following/{star.id}")
    block(star, fans[1])
    platform.settle()
    assert graph.follower_ids(star.id) == [fan.id for fan in fans[2:]]
    assert counts(star) == (10, 0)
    assert all(tweet_id in fan.home() for fan in fans[2:])
    assert removal.remove_all(star.id) == 11
    assert graph.follower_ids(star.id) == []


def test_activity_is_recorded_once_a_day(platform: Platform) -> None:
    from chalicelib.users.core import activity
    from chalicelib.users.core.models import USERS

    person = platform.register()
    profiles.forget(person.id)
    card = profiles.card(person.id)
    assert card is not None
    assert card.active_day == activity.today()
    version = card.item["version"]
    writes: list[str] = []

    def note(request: dict[str, Any]) -> None:
        if request["TableName"] == USERS.name:
            writes.append(request["Key"]["id"]["S"])

    with intercepted("dynamodb", "UpdateItem", note):
        for _ in range(3):
            person.ok("GET", "/2/users/me")
        assert writes == []
        with process.clock.ahead(24 * 3600):
            tomorrow, token = activity.today(), signed(person)
            for _ in range(3):
                assert platform.call("GET", "/2/users/me", token=token).status == 200
        assert writes == [person.id]
    profiles.forget(person.id)
    card = profiles.card(person.id)
    assert card is not None
    assert (card.active_day, card.item["version"]) == (tomorrow, version)
