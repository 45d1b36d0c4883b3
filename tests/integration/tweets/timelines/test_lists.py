"""X's lists: their owners, members, followers, pins and timelines."""

from typing import Any

import pytest

from shared.aws import sdk
from tests.integration.tweets.tweets_support import block, ids, walk
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

FIELDS = "list.fields=created_at,description,follower_count,member_count,owner_id,private"


def make(owner: Person, name: str = "A list", **members: Any) -> str:
    answer = owner.call("POST", "/2/lists", {"name": name, **members})
    assert answer.status == 201, answer.body
    data = answer.json()["data"]
    assert data["name"] == name
    list_id: str = data["id"]
    return list_id


def add(owner: Person, list_id: str, *members: Person) -> None:
    for member in members:
        answer = owner.ok("POST", f"/2/lists/{list_id}/members", {"user_id": member.id})
        assert answer == {"data": {"is_member": True}}


def test_a_lists_life(platform: Platform) -> None:
    owner, other = platform.register(), platform.register()
    list_id = make(owner, "Birds", description="Corvids")
    path = f"/2/lists/{list_id}"
    assert other.ok("GET", path) == {"data": {"id": list_id, "name": "Birds"}}
    body = other.ok("GET", f"{path}?{FIELDS}&expansions=owner_id&user.fields=verified")
    assert body["includes"]["users"][0]["id"] == owner.id
    data = body["data"]
    assert data.pop("created_at").endswith("Z")
    assert data == {
        "id": list_id, "name": "Birds", "description": "Corvids", "follower_count": 0,
        "member_count": 0, "owner_id": owner.id, "private": False,
    }  # fmt: skip
    assert owner.ok("PUT", path, {"name": "Rooks"}) == {"data": {"updated": True}}
    assert other.ok("GET", f"{path}?list.fields=description")["data"] == {
        "id": list_id, "name": "Rooks", "description": "Corvids",
    }  # fmt: skip
    for method, body in (("PUT", {"name": "mine"}), ("DELETE", None)):
        assert other.call(method, path, body).status == 403
        assert other.call(method, "/2/lists/123", body).status == 404
    for bad in ({}, {"name": ""}, {"name": "x" * 26}, {"name": "x", "description": "y" * 101}):
        assert owner.call("POST", "/2/lists", bad).status == 400
    assert owner.ok("DELETE", path) == {"data": {"deleted": True}}
    assert owner.call("GET", path).status == owner.call("DELETE", path).status == 404


def test_members_followers_and_counts(platform: Platform) -> None:
    owner, one, two, blocker = (platform.register() for _ in range(4))
    list_id = make(owner)
    members = f"/2/lists/{list_id}/members"
    add(owner, list_id, one, two, one)
    assert walk(two, f"{members}?max_results=1") == sorted([one.id, two.id])
    assert one.call("POST", members, {"user_id": one.id}).status == 403
    assert owner.call("POST", members, {"user_id": "123"}).status == 404
    block(blocker, owner)
    assert owner.call("POST", members, {"user_id": blocker.id}).status == 403
    follow = f"/2/users/{one.id}/followed_lists"
    for _ in range(2):
        assert one.ok("POST", follow, {"list_id": list_id}) == {"data": {"following": True}}
    assert two.call("POST", follow, {"list_id": list_id}).status == 403
    assert ids(two, f"/2/lists/{list_id}/followers") == [one.id]
    assert ids(two, follow) == ids(two, f"/2/users/{one.id}/list_memberships") == [list_id]
    assert ids(two, f"/2/users/{owner.id}/owned_lists") == [list_id]
    platform.settle()
    shown = two.ok("GET", f"/2/users/{owner.id}/owned_lists?{FIELDS}")["data"][0]
    assert (shown["member_count"], shown["follower_count"]) == (2, 1)
    for _ in range(2):
        assert owner.ok("DELETE", f"{members}/{one.id}") == {"data": {"is_member": False}}
        assert one.ok("DELETE", f"{follow}/{list_id}") == {"data": {"following": False}}
    platform.settle()
    shown = two.ok("GET", f"/2/lists/{list_id}?{FIELDS}")["data"]
    assert (shown["member_count"], shown["follower_count"]) == (1, 0)


def test_private_lists_are_their_owners_alone(platform: Platform) -> None:
    owner, member = platform.register(), platform.register()
    secret, public = make(owner, "Secret", private=True), make(owner, "Public")
    add(owner, secret, member)
    add(owner, public, member)
    base = f"/2/lists/{secret}"
    for path in (base, f"{base}/members", f"{base}/followers", f"{base}/tweets"):
        assert member.call("GET", path).status == 404, path
        assert owner.call("GET", path).status == 200, path
    follow = f"/2/users/{member.id}/followed_lists"
    assert member.call("POST", follow, {"list_id": secret}).status == 404
    assert member.call("PUT", base, {"name": "x"}).status == 404
    assert ids(owner, f"/2/users/{owner.id}/owned_lists") == [public, secret]
    page = owner.ok("GET", f"/2/users/{owner.id}/owned_lists?max_results=2")
    assert page["meta"] == {"result_count": 2}
    assert ids(member, f"/2/users/{owner.id}/owned_lists") == [public]
    assert walk(member, f"/2/users/{member.id}/list_memberships?max_results=1") == [public]
    member.ok("POST", follow, {"list_id": public})
    owner.ok("PUT", f"/2/lists/{public}", {"private": True})
    assert ids(member, follow) == []


def test_pins_are_private_and_deleted_lists_leave_nothing(platform: Platform) -> None:
    owner, reader = platform.register(), platform.register()
    first, second = make(owner, "one"), make(owner, "two")
    pins = f"/2/users/{reader.id}/pinned_lists"
    for list_id in (first, second):
        assert reader.ok("POST", pins, {"list_id": list_id}) == {"data": {"pinned": True}}
    assert ids(reader, pins) == [second, first]
    assert owner.call("GET", pins).status == 403
    assert reader.ok("DELETE", f"{pins}/{second}") == {"data": {"pinned": False}}
    add(owner, first, reader)
    owner.ok("DELETE", f"/2/lists/{first}")
    assert reader.ok("GET", pins) == {"meta": {"result_count": 0}}
    platform.settle()
    left = sdk.client("dynamodb").query(
        TableName="rookery-dev-tweets-lists",
        KeyConditionExpression="list_id = :l",
        ExpressionAttributeValues={":l": {"S": first}},
    )
    assert left["Items"] == []


def test_the_timeline_merges_members_and_pages_through_all(platform: Platform) -> None:
    owner, quiet, loud, locked = (platform.register() for _ in range(4))
    list_id = make(owner)
    path = f"/2/lists/{list_id}/tweets"
    assert owner.ok("GET", path) == {"meta": {"result_count": 0}}
    add(owner, list_id, quiet, loud, locked)
    tweets = [quiet.tweet("seldom")]
    tweets += [loud.tweet(f"often {n}") for n in range(23)]
    tweets += [quiet.tweet("again"), locked.tweet("for followers")]
    platform.settle()
    assert ids(owner, path) == tweets[::-1]
    assert walk(owner, f"{path}?max_results=4") == tweets[::-1]
    locked.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    assert walk(owner, f"{path}?max_results=10") == tweets[-2::-1]
    assert ids(locked, path)[0] == tweets[-1]
    owner.ok("DELETE", f"/2/lists/{list_id}/members/{loud.id}")
    quiet.ok("DELETE", f"/2/tweets/{tweets[0]}")
    assert ids(owner, path) == [tweets[-2]]
