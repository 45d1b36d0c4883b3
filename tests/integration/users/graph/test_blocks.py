"""Blocks and mutes between users: races, lists, and their end."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.aws import dynamo, events
from shared.contracts import graph
from tests.account_steps import calls
from tests.faults import error, intercepted
from tests.integration.users.graph.graph_support import (
    METRICS,
    between,
    block,
    counts,
    listed,
    pair,
    protect,
    unblock,
)
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration


def test_a_block_severs_both_ways_and_an_unblock_restores_nothing(
    platform: Platform, published: list[events.Event]
) -> None:
    one, two = platform.register(), platform.register()
    one.follow(two)
    two.follow(one)
    platform.settle()
    published.clear()
    for _ in range(2):
        assert block(one, two) == {"blocking": True}
    assert not pair(one, two).following
    assert not pair(two, one).following
    assert pair(one, two).blocked
    assert pair(two, one).blocked_by
    for person, other in ((one, two), (two, one)):
        refused = person.call(
            "POST", f"/2/users/{person.id}/following", {"target_user_id": other.id}
        )
        assert refused.status == 403
    platform.settle()
    assert counts(one) == counts(two) == (0, 0)
    assert listed(one, f"/2/users/{one.id}/blocking") == [two.id]
    for _ in range(2):
        assert unblock(one, two) == {"blocking": False}
    assert listed(one, f"/2/users/{one.id}/blocking") == []
    two.follow(one)
    platform.settle()
    assert counts(one) == (1, 0)
    assert Counter(between(published, one, two)) == {
        ("user.unfollowed", one.id, two.id): 1,
        ("user.unfollowed", two.id, one.id): 1,
        ("user.blocked", one.id, two.id): 1,
        ("user.unblocked", one.id, two.id): 1,
        ("user.followed", two.id, one.id): 1,
    }


def test_blocks_of_both_are_taken_back_one_by_one(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    block(one, two)
    block(two, one)
    unblock(one, two)
    assert pair(one, two) == graph.Relation(one.id, two.id, blocked_by=True)
    assert pair(two, one) == graph.Relation(two.id, one.id, blocked=True)
    path = f"/2/users/{two.id}/following"
    assert two.call("POST", path, {"target_user_id": one.id}).status == 403


def test_an_unblock_of_a_stranger_or_of_oneself_leaves_no_item(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    for target in (two, one):
        assert unblock(one, target) == {"blocking": False}
        one.ok("DELETE", f"/2/users/{one.id}/muting/{target.id}")
        one.ok("DELETE", f"/2/users/{one.id}/following/{target.id}")
    pairs = [(one.id, two.id), (two.id, one.id), (one.id, one.id)]
    keys = [{"user_id": user_id, "target_id": target_id} for user_id, target_id in pairs]
    assert dynamo.batch_get({graph.FOLLOWS.name: keys})[graph.FOLLOWS.name] == []


def test_racing_follows_unfollows_and_blocks_never_follow_across_a_block(
    platform: Platform, published: list[events.Event]
) -> None:
    one, two = platform.register(), platform.register()
    people = {one.id: two, two.id: one}
    deeds = [(random.choice([one, two]), deed) for deed in ("f", "f", "u", "b", "x") * 10]
    random.shuffle(deeds)

    def act(drawn: tuple[Person, str]) -> int:
        me, deed = drawn
        other, path = people[me.id], f"/2/users/{me.id}"
        body = {"target_user_id": other.id}
        match deed:
            case "f":
                return me.call("POST", f"{path}/following", body).status
            case "u":
                return me.call("DELETE", f"{path}/following/{other.id}").status
            case "b":
                return me.call("POST", f"{path}/blocking", body).status
        return me.call("DELETE", f"{path}/blocking/{other.id}").status

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(act, deeds))
    assert set(statuses) <= {200, 403}
    forth, back = pair(one, two), pair(two, one)
    assert (forth.blocked, forth.blocked_by) == (back.blocked_by, back.blocked)
    for relation in (forth, back):
        assert not (relation.following and relation.severed)
    platform.settle()
    assert counts(one) == (int(back.following), int(forth.following))
    assert counts(two) == (int(forth.following), int(back.following))
    assert graph.follower_ids(one.id) == ([two.id] if back.following else [])
    # The events tell the same story: no change twice, and the balance is what holds now.
    told = between(published, one, two)
    for me, other, relation in ((one, two, forth), (two, one, back)):
        for begun, ended, holds in (
            ("user.followed", "user.unfollowed", relation.following),
            ("user.blocked", "user.unblocked", relation.blocked),
        ):
            balance = told.count((begun, me.id, other.id)) - told.count((ended, me.id, other.id))
            assert balance == int(holds)


def test_follows_racing_blocks_on_many_pairs_leave_the_counts_right(platform: Platform) -> None:
    target = platform.register()
    people = [platform.register() for _ in range(5)]

    def act(number: int) -> None:
        me = people[number % 5]
        if number // 5 % 3 == 2:
            block(target, me)
            unblock(target, me)
        else:
            me.call("POST", f"/2/users/{me.id}/following", {"target_user_id": target.id})

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(act, range(50)))
    platform.settle()
    holding = [person.id for person in people if pair(person, target).following]
    assert counts(target)[0] == len(holding)
    assert graph.follower_ids(target.id) == sorted(holding)


def test_mutes_and_notices_leave_the_version_that_names_the_follow(platform: Platform) -> None:
    """Publishing the pair again must not make a second event of its follow."""
    one, two, stranger = platform.register(), platform.register(), platform.register()

    def version(target: Person) -> int:
        key = {"user_id": one.id, "target_id": target.id}
        found = dynamo.batch_get({graph.FOLLOWS.name: [key]}, consistent=True)
        stored: int = found[graph.FOLLOWS.name][0]["version"]
        return stored

    one.follow(two)
    for target in (two, stranger):
        one.ok("POST", f"/2/users/{one.id}/muting", {"target_user_id": target.id})
    one.ok("PUT", f"/1/follows/{two.id}/notify", {"enabled": True})
    one.ok("DELETE", f"/2/users/{one.id}/muting/{two.id}")
    assert (version(two), version(stranger)) == (1, 1)
    one.ok("DELETE", f"/2/users/{one.id}/following/{two.id}")
    assert version(two) == 2


def test_a_refused_follow_and_a_repeated_one_cost_one_call(platform: Platform) -> None:
    """The write that is refused tells the stored pair."""
    one, two, third = platform.register(), platform.register(), platform.register()
    block(two, one)
    one.follow(third)
    with remembering():
        for target, status in ((two, 403), (third, 200)):
            path, body = f"/2/users/{one.id}/following", {"target_user_id": target.id}
            one.call("POST", path, body)
            with calls() as seen:
                assert one.call("POST", path, body).status == status
            assert seen == ["TransactWriteItems"]


def test_changes_that_meet_inside_dynamodb_are_tried_again(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    canceled = error(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "None"}, {"Code": "TransactionConflict"}],
    )
    met: list[str] = []

    def once(deed: str, operation: str, answer: dict[str, Any]) -> Any:
        def meets_another(request: dict[str, Any]) -> dict[str, Any] | None:
            if deed in met or "users-follows" not in str(request):
                return None
            met.append(deed)
            return answer

        return intercepted("dynamodb", operation, meets_another)

    conflict = error("TransactionConflictException")
    with once("follow", "TransactWriteItems", canceled):
        one.follow(two)
    assert pair(one, two).following
    with once("notify", "UpdateItem", conflict):
        one.ok("PUT", f"/1/follows/{two.id}/notify", {"enabled": True})
    with once("block", "TransactWriteItems", canceled):
        block(two, one)
    assert met == ["follow", "notify", "block"]
    assert pair(one, two) == graph.Relation(one.id, two.id, blocked_by=True)


def test_lists_are_hidden_from_the_blocked(platform: Platform) -> None:
    one, two, third = platform.register(), platform.register(), platform.register()
    block(one, two)
    for kind in ("followers", "following"):
        assert two.call("GET", f"/2/users/{one.id}/{kind}").status == 403
        assert third.call("GET", f"/2/users/{one.id}/{kind}").status == 200
        assert one.call("GET", f"/2/users/{two.id}/{kind}").status == 200


@pytest.mark.parametrize("kind", ["blocking", "muting"])
def test_blocking_and_muting_refuse_self_strangers_and_other_peoples_paths(
    platform: Platform, kind: str
) -> None:
    one, two = platform.register(), platform.register()
    path = f"/2/users/{one.id}/{kind}"
    assert one.call("POST", path, {"target_user_id": one.id}).status == 400
    assert one.call("POST", path, {"target_user_id": "999999999999"}).status == 404
    assert one.call("POST", path, {"target_user_id": "x"}).status == 400
    assert one.call("POST", path, {}).status == 400
    assert two.call("POST", path, {"target_user_id": two.id}).status == 403
    assert two.call("GET", path).status == 403
    assert two.call("DELETE", f"{path}/{two.id}").status == 403


def test_mute_keeps_the_follow_and_tells_nobody(
    platform: Platform, published: list[events.Event]
) -> None:
    one, two = platform.register(), platform.register()
    one.follow(two)
    platform.settle()
    published.clear()
    path = f"/2/users/{one.id}/muting"
    for _ in range(2):
        assert one.ok("POST", path, {"target_user_id": two.id})["data"] == {"muting": True}
    assert listed(one, path) == [two.id]
    assert pair(one, two).following
    status = one.ok("GET", f"/2/users/{two.id}{METRICS}")["data"]["connection_status"]
    assert status == ["following", "muting"]
    for _ in range(2):
        assert one.ok("DELETE", f"{path}/{two.id}")["data"] == {"muting": False}
    assert listed(one, path) == []
    platform.settle()
    assert between(published, one, two) == []


@pytest.mark.parametrize("kind", ["blocking", "muting"])
def test_lists_are_paged(platform: Platform, kind: str) -> None:
    me = platform.register()
    others = sorted((platform.register() for _ in range(5)), key=lambda person: person.id)
    me.follow(others[0])
    path = f"/2/users/{me.id}/{kind}"
    for other in others[1:]:
        me.ok("POST", path, {"target_user_id": other.id})
    first = me.ok("GET", f"{path}?max_results=2")
    token = first["meta"]["next_token"]
    me.ok("DELETE", f"{path}/{others[1].id}")
    second = me.ok("GET", f"{path}?max_results=2&pagination_token={token}")
    assert first["meta"]["result_count"] == second["meta"]["result_count"] == 2
    assert "next_token" not in second["meta"]
    seen = [user["id"] for user in first["data"] + second["data"]]
    assert seen == [other.id for other in others[1:]]
    assert me.call("GET", f"{path}?max_results=1001").status == 400


def test_with_an_account_go_its_pairs_in_both_directions(platform: Platform) -> None:
    from chalicelib.users.graph import removal

    leaver, followed, fan, shy, foe, judge = (platform.register() for _ in range(6))
    leaver.follow(followed)
    fan.follow(leaver)
    protect(shy)
    leaver.follow(shy)
    block(leaver, foe)
    block(judge, leaver)
    platform.settle()
    assert counts(followed) == (1, 0)
    assert removal.remove_all(leaver.id) == 5
    platform.settle()
    assert counts(followed) == counts(fan) == (0, 0)
    assert listed(shy, "/1/follow_requests") == []
    assert listed(judge, f"/2/users/{judge.id}/blocking") == []
    assert graph.relations_of(leaver.id) == {}
    assert graph.state_of(leaver.id) == graph.GraphState(leaver.id)
    assert graph.state_of(foe.id).blockers == frozenset()
    assert graph.follower_ids(leaver.id) == []
    assert removal.remove_all(leaver.id) == 0
