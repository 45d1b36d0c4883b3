"""Graph items: versions, blockers, their costs, other regions, rebuilds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench.fixtures import people, unread
from bench.meter import Meter, Request
from scripts.ops import rebuild
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.ids import new_id
from shared.base.process import process
from shared.contracts import follower_shards, graph, graph_state, profiles
from shared.contracts.graph_state import MAX_BLOCKERS
from tests.integration.users.graph.graph_support import block, listed, pair, unblock
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration
ELSEWHERE = "xx1"


@contextmanager
def measured() -> Iterator[Request]:
    """Calls of a block by this thread, in and outside of requests."""
    cost = Request()
    with remembering(), Meter() as meter:
        with meter.request():
            yield cost
        cost.calls = [call for request in meter.take()[0] for call in request.calls]


def stored(one: Person, other: Person) -> Item:
    keys = [{"user_id": one.id, "target_id": other.id}]
    return next(iter(graph.FOLLOWS.get_many(keys, consistent=True)), {})


def put(one: Person, other: Person, **members: Any) -> None:
    """Write a pair as replication does."""
    members = {"version": 1, "updated_at": now_ms(), "region": ELSEWHERE, **members}
    graph.FOLLOWS.batch_write([{"user_id": one.id, "target_id": other.id, **members}])


def version(person: Person) -> int:
    return graph.state_of(person.id).version


def blocked_by_many(person: Person, blockers: list[str]) -> None:
    """Let very many users block a person; some of them are in the table."""
    graph.GRAPH.update({"user_id": person.id}, "SET #many_blockers = :true", {"true": True})
    graph.FOLLOWS.batch_write(
        {"user_id": one, "target_id": person.id, "blocked": True, "version": 1, "updated_at": 1}
        for one in blockers
    )


def test_a_version_changes_with_what_a_home_page_shows(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    assert graph.state_of(one.id) == graph.GraphState(one.id)
    path, body = f"/2/users/{one.id}", {"target_user_id": two.id}
    notify = f"/1/follows/{two.id}/notify"
    steps = [
        ("POST", f"{path}/following", body, True),
        ("POST", f"{path}/following", body, False),
        ("PUT", notify, {"enabled": True}, False),
        ("POST", f"{path}/muting", body, True),
        ("DELETE", f"{path}/muting/{two.id}", None, True),
        ("DELETE", f"{path}/following/{two.id}", None, True),
        ("DELETE", f"{path}/following/{two.id}", None, False),
        ("POST", f"{path}/blocking", body, True),
        ("POST", f"{path}/blocking", body, False),
        ("DELETE", f"{path}/blocking/{two.id}", None, True),
    ]
    for method, where, sent, changes in steps:
        before = version(one)
        one.ok(method, where, sent)
        assert (version(one) > before) == changes, (method, where)
    assert version(one) > now_ms() - 600_000
    platform.settle()
    assert version(two) == 0


def test_a_block_holds_before_the_follow_is_ended(platform: Platform) -> None:
    """Nothing reads the stream: what follows from it is late."""
    fan, star = platform.register(), platform.register()
    with unread(platform, "follow_follows"):
        fan.follow(star)
        tweet_id = star.tweet("for fans")
        block(star, fan)
        assert stored(fan, star)["following"]
        assert "blocked_by" not in stored(fan, star)
        assert pair(fan, star) == graph.Relation(fan.id, star.id, blocked_by=True)
        assert tweet_id not in fan.home()
        assert fan.call("GET", f"/2/users/{star.id}/followers").status == 403
        status = fan.ok("GET", f"/2/users/{star.id}?user.fields=connection_status")["data"]
        assert status["connection_status"] == []
        assert star.ok("GET", f"/2/users/{fan.id}?user.fields=connection_status")["data"][
            "connection_status"
        ] == ["blocking"]
        # The follow from before the block must not come back with its end.
        unblock(star, fan)
        assert pair(fan, star) == graph.Relation(fan.id, star.id)
        fan.follow(star)
        assert pair(fan, star).following
    assert listed(star, f"/2/users/{star.id}/followers") == [fan.id]


def test_a_follow_and_a_block_cost_one_call(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    profiles.cards([one.id, two.id])
    # The first write of an account asks whether it is there.
    for person in (one, two):
        person.call("POST", "/2/tweets", {})
    with measured() as cost:
        one.ok("POST", f"/2/users/{one.id}/following", {"target_user_id": two.id})
    assert [(call.operation, call.wru) for call in cost.calls] == [("TransactWriteItems", 5)]
    with measured() as cost:
        one.ok("DELETE", f"/2/users/{one.id}/following/{two.id}")
    assert [(call.operation, call.wru) for call in cost.calls] == [("TransactWriteItems", 5)]
    with measured() as cost:
        block(two, one)
    assert [(call.operation, call.wru) for call in cost.calls] == [("TransactWriteItems", 6)]
    with measured() as cost:
        unblock(two, one)
    assert [call.operation for call in cost.calls] == ["BatchGetItem", "TransactWriteItems"]
    assert (cost.rru, cost.wru) == (3, 6)


def test_more_blockers_than_an_item_names_are_read_from_their_own(platform: Platform) -> None:
    from chalicelib.users.graph import blocks

    hated, third = platform.register(), platform.register()
    foes = [new_id() for _ in range(MAX_BLOCKERS + 2)]
    for foe in foes[:MAX_BLOCKERS]:
        blocks.block(foe, hated.id)
    assert graph.state_of(hated.id).blockers == set(foes[:MAX_BLOCKERS])
    blocks.block(foes[0], hated.id)
    for foe in foes[MAX_BLOCKERS:]:
        blocks.block(foe, hated.id)
    state = graph.state_of(hated.id)
    assert state.many_blockers
    assert state.blockers == frozenset()
    process.reset()
    found = graph.relations(hated.id, [*foes, third.id])
    assert {one for one, relation in found.items() if relation.blocked_by} == set(foes)
    # No write to the item of a user whom very many block.
    with measured() as cost:
        blocks.block(third.id, hated.id)
    assert cost.wru == 4
    assert (
        hated.call("POST", f"/2/users/{hated.id}/following", {"target_user_id": third.id}).status
        == 403
    )
    for foe in foes:
        blocks.unblock(foe, hated.id)
    unblock(third, hated)
    platform.settle()
    assert not any(one.severed for one in graph.relations(hated.id, foes).values())
    hated.follow(third)
    assert pair(hated, third).following


def test_a_hundred_thousand_blockers_cost_a_read_of_the_pairs(platform: Platform) -> None:
    hated, friend, foe = (platform.register() for _ in range(3))
    blocked_by_many(hated, [foe.id, *(new_id() for _ in range(50))])
    platform.settle()
    hated.follow(friend)
    targets = [friend.id, foe.id, *(new_id() for _ in range(97))]
    graph_state._many.clear()
    for calls, units in ((2, 99.5), (2, 99)):
        with measured() as cost:
            found = graph.relations(hated.id, targets)
        assert (len(cost.calls), cost.rru) == (calls, units)
        assert [one for one, relation in found.items() if relation.blocked_by] == [foe.id]
    with measured() as cost:
        assert set(graph.relations_of(hated.id)) == {friend.id}
    assert (len(cost.calls), cost.rru) == (1, 0.5)
    state = graph.state_of(hated.id)
    assert graph.blockers_among(state, targets) == {foe.id}
    hated.ok("DELETE", f"/2/users/{hated.id}/following/{friend.id}")
    platform.settle()
    graph_state._many.clear()
    for calls in (2, 1):
        profiles.cards([friend.id])
        with measured() as cost:
            hated.ok("POST", f"/2/users/{hated.id}/following", {"target_user_id": friend.id})
        assert len(cost.calls) == calls, [str(call) for call in cost.calls]
    path = f"/2/users/{hated.id}/following"
    assert hated.call("POST", path, {"target_user_id": foe.id}).status == 403


def test_very_many_relations_are_read_as_far_as_they_go(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = platform.register()
    others = sorted(new_id() for _ in range(5))
    graph.FOLLOWS.batch_write(
        {"user_id": one.id, "target_id": other, "muted": True, "version": 1, "updated_at": 1}
        for other in others
    )
    assert not graph.relations_of(one.id).truncated
    monkeypatch.setattr(graph, "MAX_RELATIONS", 3)
    found = graph.relations_of(one.id)
    assert (sorted(found), found.truncated) == (others[:3], True)
    monkeypatch.setattr(graph, "MAX_RELATIONS", 5)
    assert len(graph.relations_of(one.id, consistent=True)) == 5


def test_blocks_of_another_region_are_followed(platform: Platform) -> None:
    fan, star, other = (platform.register() for _ in range(3))
    fan.follow(star)
    fan.follow(other)
    # That follow was made in the other region, whose worker ends it.
    put(fan, other, **{**stored(fan, other), "region": ELSEWHERE})
    platform.settle()
    before = version(fan)
    put(star, fan, blocked=True, block_changes=1)
    put(other, fan, blocked=True, block_changes=1)
    platform.settle()
    assert graph.state_of(fan.id).blockers == {star.id, other.id}
    assert not stored(fan, star)["following"]
    assert stored(fan, star)["region"] == settings().region_code
    assert stored(fan, other)["following"]
    assert version(fan) > before
    assert not pair(fan, other).following
    put(star, fan, blocked=False, version=2, block_changes=2)
    put(other, fan, blocked=False, version=2, block_changes=2)
    platform.settle()
    assert graph.state_of(fan.id).blockers == frozenset()
    assert pair(fan, star) == graph.Relation(fan.id, star.id)
    # Mutes made elsewhere change the version, too.
    before = version(fan)
    put(fan, star, muted=True, version=9)
    platform.settle()
    assert version(fan) > before
    before = version(fan)
    put(fan, star, muted=True, version=9, updated_at=1)
    platform.settle()
    assert version(fan) == before


def test_a_block_that_replication_replaced_comes_back(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    block(one, two)
    platform.settle()
    assert stored(one, two)["version"] == 1
    # Two approved a request of one's at the same moment in the other region.
    put(one, two, following=True, followed_id=two.id, version=5)
    platform.settle()
    kept = stored(one, two)
    assert (kept["blocked"], kept["following"], kept["version"]) == (True, False, 6)
    assert "followed_id" not in kept
    assert graph.state_of(two.id).blockers == {one.id}
    assert not pair(two, one).following
    # An unblock in the other region has seen the block.
    put(one, two, blocked=False, version=7, block_changes=3)
    platform.settle()
    assert pair(one, two) == graph.Relation(one.id, two.id)
    assert graph.state_of(two.id).blockers == frozenset()


def test_graph_items_are_rebuilt_from_the_pairs(platform: Platform) -> None:
    one, two, three, gone = (platform.register() for _ in range(4))
    one.follow(two)
    block(two, three)
    platform.settle()
    before = version(one)
    for person in (one, three):
        graph.GRAPH.delete({"user_id": person.id})
    # Somebody who does not block two; an item of before that rule.
    graph.GRAPH.update({"user_id": two.id}, "ADD #blockers :one", {"one": {gone.id}})
    assert rebuild.rebuild("users-graph", say=lambda _: None) >= 2
    assert graph.state_of(three.id).blockers == {two.id}
    assert graph.state_of(two.id).blockers == frozenset()
    assert version(one) > before
    assert pair(one, two).following


def test_home_pages_leave_out_retweets_of_very_many_blockers(platform: Platform) -> None:
    hated, friend, foe, other = (platform.register() for _ in range(4))
    blocked_by_many(hated, [foe.id])
    hated.follow(friend)
    tweets = {person.id: person.tweet("again") for person in (foe, other)}
    platform.settle()
    retweets = {
        author: friend.ok("POST", f"/2/users/{friend.id}/retweets", {"tweet_id": tweet_id})
        for author, tweet_id in tweets.items()
    }
    platform.settle()
    shown = set(hated.home())
    assert len(shown) == 1, retweets
    assert hated.call("GET", f"/2/tweets/{tweets[foe.id]}").json().get("data") is None


def test_a_page_of_followers_of_64_shards_takes_eight_calls_at_most(platform: Platform) -> None:
    """Shards are almost empty here, the worst case."""
    star, reader = platform.register(), platform.register()
    fans = people(150)
    graph.FOLLOWS.batch_write(
        [
            *(follower_shards.marker(star.id, 2 << doubling) for doubling in range(6)),
            *(
                {"user_id": fan, "target_id": star.id, "following": True, "version": 1,
                 "updated_at": 1, "followed_id": follower_shards.key(star.id, number % 64)}
                for number, fan in enumerate(fans)
            ),
        ]
    )  # fmt: skip
    platform.settle()
    process.reset()
    seen: list[str] = []
    token = ""
    while True:
        path = f"/2/users/{star.id}/followers?max_results=100&user.fields=public_metrics"
        with measured() as cost:
            body = reader.ok("GET", path + (f"&pagination_token={token}" if token else ""))
        assert len(cost.calls) <= 8, [str(call) for call in cost.calls]
        seen += [user["id"] for user in body.get("data", ())]
        token = body["meta"].get("next_token", "")
        if not token:
            break
    assert sorted(seen) == sorted(fans)
