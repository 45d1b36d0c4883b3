"""Lists of people: whom each shows to whom, cell by cell.

The table stands in docs/security.md, "Lists of people".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from shared.aws import sdk
from shared.base.process import process
from tests.account_steps import log_in
from tests.integration.tweets.tweets_support import ids
from tests.integration.users.moderation.test_moderation import WHY, staff
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration

# Relations of the listed person to the viewer, and states of the account.
PEOPLE = (
    "public", "followed", "muted", "protected", "protected and followed", "blocks the viewer",
    "is blocked", "suspended", "deactivated",
)  # fmt: skip
_NEVER = {"blocks the viewer", "is blocked", "suspended", "deactivated"}
MEMBERS = {*PEOPLE} - _NEVER
ACTS = MEMBERS - {"protected"}


@dataclass
class World:
    """A viewer, and one person of each kind on every list of people."""

    viewer: Person
    star: Person
    people: dict[str, Person]
    tweet: str
    list_id: str


@pytest.fixture(scope="module")
def world(platform: Platform) -> Iterator[World]:
    viewer, star = platform.register(), platform.register()
    people = {kind: platform.register() for kind in PEOPLE}
    tweet = star.tweet("like me")
    list_id: str = star.ok("POST", "/2/lists", {"name": "x"})["data"]["id"]
    for one in people.values():
        for what in ("likes", "retweets"):
            one.ok("POST", f"/2/users/{one.id}/{what}", {"tweet_id": tweet})
        one.ok("POST", f"/2/users/{one.id}/followed_lists", {"list_id": list_id})
        star.ok("POST", f"/2/lists/{list_id}/members", {"user_id": one.id})
        one.tweet("quoting", quote_tweet_id=tweet)
        one.follow(star)
        star.follow(one)
        name = {"name": f"Zq{star.id[-6:]} Someone"}
        one.ok("PATCH", "/1/accounts/me", name)
    for kind in ("followed", "protected and followed"):
        viewer.follow(people[kind])
    for kind in ("protected", "protected and followed"):
        people[kind].ok("PATCH", "/1/accounts/me", {"protected": True})
    _decide(viewer, "muting", people["muted"])
    _decide(viewer, "blocking", people["is blocked"])
    _decide(people["blocks the viewer"], "blocking", viewer)
    suspend = f"/1/admin/users/{people['suspended'].id}/suspend"
    staff(platform, "moderator").ok("POST", suspend, WHY)
    people["deactivated"].ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
    platform.settle()
    process.reset()
    yield World(viewer, star, people, tweet, list_id)
    # Back again: other tests count who is to be erased.
    log_in(platform, people["deactivated"])


def _decide(one: Person, what: str, other: Person) -> None:
    one.ok("POST", f"/2/users/{one.id}/{what}", {"target_user_id": other.id})


def _authors(world: World, path: str) -> set[str]:
    query = f"{path}?tweet.fields=author_id&max_results=100"
    return {one["author_id"] for one in world.viewer.ok("GET", query).get("data", [])}


def _v1(world: World, name: str) -> set[str]:
    path = f"/1.1/{name}.json?user_id={world.star.id}&count=100"
    body = world.viewer.ok("GET", path)
    return {str(one) for one in body.get("ids", ())} | {u["id_str"] for u in body.get("users", ())}


# Each list: how it is read, and the kinds of people that it shows.
Read = Callable[[World], set[str]]
LISTS: dict[str, tuple[Read, set[str]]] = {
    "likes": (lambda w: {*ids(w.viewer, f"/2/tweets/{w.tweet}/liking_users")}, ACTS),
    "retweets": (lambda w: {*ids(w.viewer, f"/2/tweets/{w.tweet}/retweeted_by")}, ACTS),
    "retweeting tweets": (lambda w: _authors(w, f"/2/tweets/{w.tweet}/retweets"), ACTS),
    "quote authors": (lambda w: _authors(w, f"/2/tweets/{w.tweet}/quote_tweets"), ACTS),
    "list followers": (lambda w: {*ids(w.viewer, f"/2/lists/{w.list_id}/followers")}, ACTS),
    "list members": (lambda w: {*ids(w.viewer, f"/2/lists/{w.list_id}/members")}, MEMBERS),
    "followers": (lambda w: {*ids(w.viewer, f"/2/users/{w.star.id}/followers")}, MEMBERS),
    "following": (lambda w: {*ids(w.viewer, f"/2/users/{w.star.id}/following")}, MEMBERS),
    "followers with relations": (
        lambda w: {
            *ids(
                w.viewer, f"/2/users/{w.star.id}/followers?user.fields=connection_status,protected"
            )
        },
        MEMBERS,
    ),
    "followers of API 1.1": (lambda w: _v1(w, "followers/list"), MEMBERS),
    "friends of API 1.1": (lambda w: _v1(w, "friends/list"), MEMBERS),
    "ids of followers of API 1.1": (lambda w: _v1(w, "followers/ids"), MEMBERS),
    "ids of friends of API 1.1": (lambda w: _v1(w, "friends/ids"), MEMBERS),
    "search": (
        lambda w: {*ids(w.viewer, f"/2/users/search?query=Zq{w.star.id[-6:]}&max_results=100")},
        MEMBERS,
    ),
    "own blocks": (
        lambda w: {*ids(w.viewer, f"/2/users/{w.viewer.id}/blocking")},
        {"is blocked"},
    ),
    "own mutes": (lambda w: {*ids(w.viewer, f"/2/users/{w.viewer.id}/muting")}, {"muted"}),
}


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_a_person_or_not(world: World, name: str, person: str) -> None:
    read, shown = LISTS[name]
    assert (world.people[person].id in read(world)) == (person in shown)


def test_the_number_of_results_is_the_number_shown(world: World) -> None:
    body = world.viewer.ok("GET", f"/2/tweets/{world.tweet}/liking_users")
    assert body["meta"]["result_count"] == len(body["data"]) == len(ACTS)


def test_the_protected_see_themselves(world: World) -> None:
    protected = world.people["protected"]
    assert protected.id in ids(protected, f"/2/tweets/{world.tweet}/liking_users")


def test_own_decisions_are_listed_through_blocks(platform: Platform) -> None:
    one, other = platform.register(), platform.register()
    _decide(one, "blocking", other)
    _decide(one, "muting", other)
    _decide(other, "blocking", one)
    for what in ("blocking", "muting"):
        assert ids(one, f"/2/users/{one.id}/{what}") == [other.id], what


# Lists of others, and blocks.


@pytest.mark.parametrize("blocker", ["owner", "reader"])
def test_a_block_ends_the_roles_in_lists_both_ways(platform: Platform, blocker: str) -> None:
    from chalicelib.tweets.lists.blocks import BlockLimits

    owner, reader = platform.register(), platform.register()
    lists = {
        person.id: [
            person.ok("POST", "/2/lists", {"name": f"list {n}"})["data"]["id"] for n in range(5)
        ]
        for person in (owner, reader)
    }
    kept = platform.register().ok("POST", "/2/lists", {"name": "a third's"})["data"]["id"]
    for one, other in ((owner, reader), (reader, owner)):
        for list_id in (*lists[other.id], kept):
            one.ok("POST", f"/2/users/{one.id}/followed_lists", {"list_id": list_id})
            one.ok("POST", f"/2/users/{one.id}/pinned_lists", {"list_id": list_id})
        for list_id in lists[one.id]:
            one.ok("POST", f"/2/lists/{list_id}/members", {"user_id": other.id})
    one, other = (owner, reader) if blocker == "owner" else (reader, owner)
    with process.limited(BlockLimits(page=2)):
        _decide(one, "blocking", other)
        platform.settle()
    for person in (one, other):
        for list_id in lists[person.id]:
            assert roles(list_id) == set(), "a role outlives the block"
    assert roles(kept) == {f"{r}#{p.id}" for r in ("follower", "pin") for p in (one, other)}
    shown = owner.ok(
        "GET", f"/2/lists/{lists[owner.id][0]}?list.fields=follower_count,member_count"
    )
    assert (shown["data"]["follower_count"], shown["data"]["member_count"]) == (0, 0)


def roles(list_id: str) -> set[str]:
    """Return the stored roles in a list."""
    found = sdk.client("dynamodb").query(
        TableName="rookery-dev-tweets-lists",
        KeyConditionExpression="list_id = :l",
        ExpressionAttributeValues={":l": {"S": list_id}},
    )
    return {one["entry"]["S"] for one in found["Items"]} - {"list"}


def test_roles_from_after_the_block_stay(platform: Platform) -> None:
    """An event may come after the block was removed again."""
    from chalicelib.tweets.lists import blocks

    owner, reader = platform.register(), platform.register()
    list_id = owner.ok("POST", "/2/lists", {"name": "x"})["data"]["id"]
    message = {"owner_id": owner.id, "user_id": reader.id}
    path = f"/2/users/{reader.id}/followed_lists"
    reader.ok("POST", path, {"list_id": list_id})
    blocks.end_roles({**message, "at": 1})
    assert roles(list_id) == {f"follower#{reader.id}"}
    for _ in range(2):
        blocks.end_roles({**message, "at": 2**62})
        assert roles(list_id) == set()


@pytest.mark.parametrize("blocker", ["owner", "reader"])
def test_a_list_takes_nobody_through_a_block(platform: Platform, blocker: str) -> None:
    owner, reader = platform.register(), platform.register()
    list_id = owner.ok("POST", "/2/lists", {"name": "x"})["data"]["id"]
    one, other = (owner, reader) if blocker == "owner" else (reader, owner)
    _decide(one, "blocking", other)
    for what in ("followed_lists", "pinned_lists"):
        path = f"/2/users/{reader.id}/{what}"
        assert reader.call("POST", path, {"list_id": list_id}).status == 404, what
    for part in ("", "/members", "/followers", "/tweets"):
        assert reader.call("GET", f"/2/lists/{list_id}{part}").status == 404, part
    added = owner.call("POST", f"/2/lists/{list_id}/members", {"user_id": reader.id})
    assert added.status == 403
    assert roles(list_id) == set()


def test_a_list_of_a_suspended_account_takes_nobody(platform: Platform) -> None:
    owner, gone = platform.register(), platform.register()
    list_id = owner.ok("POST", "/2/lists", {"name": "x"})["data"]["id"]
    staff(platform, "moderator").ok("POST", f"/1/admin/users/{gone.id}/suspend", WHY)
    platform.settle()
    path = f"/2/lists/{list_id}/members"
    assert owner.call("POST", path, {"user_id": gone.id}).status == 403
    assert owner.call("POST", path, {"user_id": "123"}).status == 404


def test_pinning_what_one_may_not_see_says_that_it_is_not_there(platform: Platform) -> None:
    shy, reader = platform.register(), platform.register()
    tweet_id = shy.tweet("for followers")
    path, body = "/1/accounts/me/pinned_tweet", {"tweet_id": tweet_id}
    assert reader.call("PUT", path, body).status == 403
    shy.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    assert reader.call("PUT", path, body).status == 404
