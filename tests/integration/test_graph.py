"""Blocks, mutes, requests, 'notify me', search and activity on the real tables and streams."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared import aws, dynamo, events, follower_shards, graph, profiles
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

METRICS = "?user.fields=public_metrics,connection_status"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """Every event published from here on."""
    seen: list[events.Event] = []
    parse = events.asdict

    def note(event: events.Event) -> dict[str, Any]:
        seen.append(event)
        return parse(event)

    monkeypatch.setattr(events, "asdict", note)
    return seen


def between(seen: list[events.Event], *people: Person) -> list[tuple[str, str, str]]:
    ids = {person.id for person in people}
    return [
        (event.type, event.data["user_id"], event.data["target_id"])
        for event in seen
        if {event.data.get("user_id"), event.data.get("target_id")} <= ids
    ]


def pair(one: Person, other: Person) -> graph.Relation:
    return graph.relations(one.id, [other.id])[other.id]


def block(one: Person, other: Person) -> Any:
    return one.ok("POST", f"/2/users/{one.id}/blocking", {"target_user_id": other.id})["data"]


def unblock(one: Person, other: Person) -> Any:
    return one.ok("DELETE", f"/2/users/{one.id}/blocking/{other.id}")["data"]


def protect(person: Person) -> None:
    person.ok("PATCH", "/1/accounts/me", {"protected": True})
    profiles.reset()


def counts(person: Person) -> tuple[int, int]:
    shown = person.ok("GET", f"/2/users/me{METRICS}")["data"]["public_metrics"]
    return shown["followers_count"], shown["following_count"]


def listed(person: Person, path: str) -> list[str]:
    return [user["id"] for user in person.ok("GET", path).get("data", [])]


# Blocks


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


def test_an_unblock_of_a_stranger_leaves_no_item(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    unblock(one, two)
    one.ok("DELETE", f"/2/users/{one.id}/muting/{two.id}")
    keys = [{"user_id": one.id, "target_id": two.id}, {"user_id": two.id, "target_id": one.id}]
    assert dynamo.batch_get({graph.follows_table(): keys})[graph.follows_table()] == []


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


def test_changes_that_meet_inside_dynamodb_are_tried_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = platform.register(), platform.register()
    client = aws.client("dynamodb")
    call = client._make_api_call
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    errors: dict[str, Any] = {
        "UpdateItem": {"Error": {"Code": "TransactionConflictException"}},
        "TransactWriteItems": {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": reasons,
        },
    }
    met: list[str] = []

    def meets_another_once(operation: str, arguments: dict[str, Any]) -> Any:
        if operation in errors and operation not in met and "users-follows" in str(arguments):
            met.append(operation)
            raise ClientError(errors[operation], operation)
        return call(operation, arguments)

    monkeypatch.setattr(client, "_make_api_call", meets_another_once)
    one.follow(two)
    assert pair(one, two).following
    block(two, one)
    assert met == ["UpdateItem", "TransactWriteItems"]
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


# Mutes


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


# Removal


def test_with_an_account_go_its_pairs_in_both_directions(platform: Platform) -> None:
    from chalicelib.users import pair_removal

    leaver, followed, fan, shy, foe, judge = (platform.register() for _ in range(6))
    leaver.follow(followed)
    fan.follow(leaver)
    protect(shy)
    leaver.follow(shy)
    block(leaver, foe)
    block(judge, leaver)
    platform.settle()
    assert counts(followed) == (1, 0)
    assert pair_removal.remove_all(leaver.id) == 7
    platform.settle()
    assert counts(followed) == counts(fan) == (0, 0)
    assert listed(shy, "/1/follow_requests") == []
    assert listed(judge, f"/2/users/{judge.id}/blocking") == []
    assert graph.relations_of(leaver.id) == {}
    assert graph.follower_ids(leaver.id) == []
    assert pair_removal.remove_all(leaver.id) == 0


# Requests


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
    profiles.reset()
    assert set(listed(shy, "/1/follow_requests")) == {one.id, two.id}
    one.follow(shy)
    assert pair(one, shy) == graph.Relation(one.id, shy.id, following=True)
    block(shy, two)
    assert listed(shy, "/1/follow_requests") == []
    assert shy.call("POST", f"/1/follow_requests/{two.id}/approve").status == 404
    assert not pair(two, shy).following


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


# Notify me


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
    assert graph.watcher_ids(two.id) == []


# Shards of followers


def test_a_growing_account_gets_shards_and_stays_one_list(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.users import pair_removal, shard_growth

    monkeypatch.setattr(shard_growth, "SAMPLE", 1)
    monkeypatch.setattr(follower_shards, "SHARD_FOLLOWERS", 2)
    monkeypatch.setattr(follower_shards, "SETTLE_MS", 0)
    star = platform.register()
    fans: list[Person] = []
    for _ in range(12):
        fans.append(platform.register())
        fans[-1].follow(star)
        platform.settle()
        # As readers in other processes after a minute.
        follower_shards.reset()
        assert graph.follower_ids(star.id) == sorted(fan.id for fan in fans)
    fans.sort(key=lambda fan: fan.id)
    item = aws.client("dynamodb").get_item(
        TableName="rookery-dev-users-users", Key={"id": {"S": star.id}}
    )["Item"]
    assert int(item["follower_shards"]["N"]) >= 4
    keys = [{"user_id": fan.id, "target_id": star.id} for fan in fans]
    stored = dynamo.batch_get({graph.follows_table(): keys})[graph.follows_table()]
    assert len({one["followed_id"] for one in stored}) > 1
    path = f"/2/users/{star.id}/followers?max_results=5"
    body = star.ok("GET", path)
    seen = [user["id"] for user in body["data"]]
    follower_shards.reset()
    while token := body["meta"].get("next_token"):
        body = star.ok("GET", f"{path}&pagination_token={token}")
        seen += [user["id"] for user in body["data"]]
    assert seen == [fan.id for fan in fans]
    for first, last in ((2, 9), (0, 3)):
        follower_shards.reset()
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
    assert pair_removal.remove_all(star.id) == 12
    assert graph.follower_ids(star.id) == []


# Search


def test_search_by_name_and_username(platform: Platform) -> None:
    me = platform.register("Zqx_Seeker")
    exact, other = platform.register("zqxada"), platform.register("zqxadams")
    me.ok("PATCH", "/1/accounts/me", {"name": "Zqxåda Löve Ëmpty"})
    fan = platform.register()
    fan.follow(other)
    platform.settle()

    def found(query: str) -> list[str]:
        return listed(me, f"/2/users/search?query={query}")

    assert found("zqxada") == [exact.id, other.id, me.id]
    assert found("ZQXAD") == [other.id, *sorted([exact.id, me.id])]
    assert found("l%C3%B6v%20ZqxA") == [me.id]
    assert found("%40zqx_seeker") == [me.id]
    assert found("zqxadamsx") == found("%21%21") == []
    assert me.ok("GET", "/2/users/search?query=zqxnobody") == {"meta": {"result_count": 0}}
    body = me.ok("GET", "/2/users/search?query=zqxadams&user.fields=public_metrics")
    assert body["data"][0]["public_metrics"]["followers_count"] == 1
    assert me.call("GET", "/2/users/search").status == 400
    assert me.call("GET", f"/2/users/search?query={'x' * 51}").status == 400


def test_search_forgets_old_names_and_stays_right_when_records_come_again(
    platform: Platform,
) -> None:
    me = platform.register()
    platform.settle()
    index = platform.modules["users"].index_users

    def record(version: int, name: str, old: str | None) -> dict[str, Any]:
        def image(version: int, name: str) -> dict[str, Any]:
            item = {"id": me.id, "username": me.username, "name": name, "version": version}
            return dict(dynamo.encode_item(item))

        body = {"Keys": {"id": {"S": me.id}}, "NewImage": image(version, name)}
        if old is not None:
            body["OldImage"] = image(version - 1, old)
        return {"eventID": f"{version}", "eventName": "MODIFY", "dynamodb": body}

    def found(word: str) -> bool:
        return me.id in listed(me, f"/2/users/search?query={word}")

    names = ["Vwxone First", "Vwxtwo Second", "Vwxthree Third"]
    records = [record(n + 10, name, None) for n, name in enumerate(names)]
    records += [record(11, names[1], names[0]), record(12, names[2], names[1])]
    for order in (records, records[::-1], [*records, *records]):
        index({"Records": order}, None)
        # The words are what they were at the newest version, in whatever order it is told.
        shown = me.call("GET", "/2/users/search?query=vwx").json()
        assert shown["meta"]["result_count"] == 1
        assert found("vwxthree")
        assert not found("vwxone")
        assert not found("first")
    gone = {"eventID": "gone", "eventName": "REMOVE", "dynamodb": {"Keys": {"id": {"S": me.id}}}}
    for _ in range(2):
        index({"Records": [gone]}, None)
    assert not found("vwxthree")


def test_search_is_paged_without_doubles(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.users import search

    people = [platform.register(f"Qwk{n}") for n in range(7)]
    for person in people:
        person.ok("PATCH", "/1/accounts/me", {"name": "Qwkman Qwkman Qwkmore"})
    platform.settle()
    monkeypatch.setattr(search, "WINDOW", 4)
    for path in ("/2/users/search?query=qwk", "/2/users/search?query=qwk3"):
        for size in (1, 2, 3, 50):
            seen: list[str] = []
            token = ""
            for _ in range(30):
                body = people[0].ok("GET", f"{path}&max_results={size}{token}")
                seen += [user["id"] for user in body.get("data", [])]
                if "next_token" not in body["meta"]:
                    break
                token = f"&next_token={body['meta']['next_token']}"
            wanted = {person.id for person in people} if path.endswith("qwk") else {people[3].id}
            assert sorted(seen) == sorted(wanted)
    stolen = people[0].call("GET", f"/2/users/search?query=other{token or '&next_token=e30'}")
    assert stolen.status == 400


# Activity


def test_activity_is_recorded_once_a_day(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.users import activity
    from chalicelib.users.models import User

    person = platform.register()
    profiles.reset()
    card = profiles.card(person.id)
    assert card is not None
    assert card.active_day == activity.today()
    version = card.item["version"]
    writes: list[str] = []
    update = User.update

    def noted(user: User, *args: Any, **kwargs: Any) -> Any:
        writes.append(user.id)
        return update(user, *args, **kwargs)

    monkeypatch.setattr(User, "update", noted)
    for _ in range(3):
        person.ok("GET", "/2/users/me")
    assert writes == []
    tomorrow = activity.today() + 1
    monkeypatch.setattr(activity, "today", lambda: tomorrow)
    for _ in range(3):
        person.ok("GET", "/2/users/me")
    assert writes == [person.id]
    profiles.reset()
    card = profiles.card(person.id)
    assert card is not None
    assert (card.active_day, card.item["version"]) == (tomorrow, version)
