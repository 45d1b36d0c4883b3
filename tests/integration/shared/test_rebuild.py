"""Derived tables are emptied and rebuilt from the truths of one community."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.ops import rebuild as rebuilding
from scripts.ops.rebuild import Interrupted, rebuild
from shared.aws import dynamo, sdk
from shared.base.process import process
from tests.platform import Person, Platform

load_app("tweets")
from chalicelib.tweets.heads import delivery_modes, heads

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

Item = dict[str, Any]


def quiet(_: str) -> None:
    """Take progress and show none."""


@dataclass
class Community:
    """People, and what they made: other tests' items are none of ours."""

    people: list[Person]
    ids: set[str]
    tweets: set[str]
    lists: set[str]

    def made(self, name: str) -> list[Item]:
        """Items of a table that are about the community."""
        return [item for item in items(name) if self._is_about(item)]

    def _is_about(self, item: Item) -> bool:
        told = {str(value) for value in item.values()} | {str(item.get("prefix"))[5:]}
        told |= set(str(item.get("due", item.get("at", ""))).replace("/", "#").split("#"))
        return bool(told & (self.ids | self.tweets | self.lists))


def items(name: str) -> list[Item]:
    pages = sdk.client("dynamodb").get_paginator("scan").paginate(TableName=f"rookery-dev-{name}")
    return [dynamo.decode_item(item) for page in pages for item in page["Items"]]


def empty(name: str, ours: Community) -> None:
    """Delete the community's items."""
    table = f"rookery-dev-{name}"
    schema = sdk.client("dynamodb").describe_table(TableName=table)["Table"]["KeySchema"]
    names = [one["AttributeName"] for one in schema]
    dynamo.batch_write(table, deletes=[{n: item[n] for n in names} for item in ours.made(name)])
    assert ours.made(name) == []
    # As in the operator's process, which has written nothing yet.
    process.reset()


@pytest.fixture(scope="module")
def ours(platform: Platform) -> Community:
    """A community whose derived tables all hold something."""
    ada, bob, cleo, dan = (platform.register(verify=True) for _ in range(4))
    for fan in (ada, bob, dan):
        fan.follow(cleo)
    ada.follow(bob)
    ada.ok("GET", f"/2/users/{ada.id}/timelines/reverse_chronological")
    platform.settle()
    first = cleo.tweet(f"hello @{ada.username}")
    gone = bob.tweet(f"soon gone, @{cleo.username}")
    answer = bob.tweet("an answer", reply={"in_reply_to_tweet_id": first})
    bob.tweet("a quote", quote_tweet_id=first)
    poll = cleo.tweet("which?", poll={"options": ["a", "b"], "duration_minutes": 600})
    bob.ok("DELETE", f"/2/tweets/{gone}")
    for fan in (ada, bob):
        fan.ok("POST", f"/2/users/{fan.id}/likes", {"tweet_id": first})
    ada.ok("POST", f"/2/users/{ada.id}/retweets", {"tweet_id": answer})
    ada.ok("POST", f"/2/users/{ada.id}/bookmarks", {"tweet_id": poll})
    birds = ada.ok("POST", "/2/lists", {"name": "birds"})["data"]["id"]
    ada.ok("POST", f"/2/lists/{birds}/members", {"user_id": bob.id})
    later = (datetime.now(UTC) + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ada.ok("POST", "/1/tweets/scheduled", {"tweet": {"text": "later"}, "scheduled_at": later})
    platform.settle()
    dan.ok("POST", f"/2/users/{dan.id}/blocking", {"target_user_id": ada.id})
    assert delivery_modes.switch(cleo.id, "pull")
    # One entry of the first generation of bob's inbox has been read, then all, then one came.
    bob.ok("POST", "/1/notifications/inbox/read", {"all": True})
    dan.follow(bob)
    platform.settle()
    ids = {one.id for one in (ada, bob, cleo, dan)}
    tweets = {one["id"] for one in items("tweets-tweets") if one["author_id"] in ids}
    return Community([ada, bob, cleo, dan], ids, tweets, {f"list#{birds}"})


def sums(name: str, ours: Community) -> dict[str, dict[str, int]]:
    """Counters that are not zero, without approximations."""
    left_out = {"id", "impressions", "recent_changes", "recent_seen"}
    found = {}
    for item in ours.made(name):
        numbers = {n: v for n, v in item.items() if n not in left_out and isinstance(v, int) and v}
        if numbers:
            found[item["id"]] = numbers
    return found


def whole(name: str, ours: Community) -> list[str]:
    return sorted(map(repr, (dict(sorted(item.items())) for item in ours.made(name))))


def lines_and_modes(name: str, ours: Community) -> dict[str, Any]:
    found = map(heads.of_item, ours.made(name))
    return {one.author_id: (list(one.lines()), one.modes) for one in found if one.packed}


def last_switches(name: str, ours: Community) -> dict[str, Any]:
    found = {}
    for item in sorted(ours.made(name), key=lambda item: item["at"]):
        if "mode" in item:
            found[item["at"].partition("#")[2]] = (item["mode"], item["first"])
    return found


def mentions(name: str, ours: Community) -> set[tuple[str, int]]:
    """Those of deleted tweets are left out by every read."""
    deleted = {int(item["id"]) for item in items("tweets-tweets") if item.get("deleted")}
    found = ((one["user_id"], one["position"]) for one in ours.made(name))
    return {one for one in found if one[1] not in deleted}


def unread(name: str, ours: Community) -> dict[str, Any]:
    """Counts of unread entries; what was counted lately is forgotten."""
    return {
        item["user_id"]: (item.get("unread", 0), item.get("generation", 0))
        for item in ours.made(name)
    }


def blockers(name: str, ours: Community) -> dict[str, Any]:
    """Blockers of each user; versions are new after a rebuild."""
    return {item["user_id"]: item["blockers"] for item in ours.made(name) if item.get("blockers")}


VIEWS: dict[str, Callable[[str, Community], Any]] = {
    "users-search": whole,
    "users-counters": sums,
    "users-graph": blockers,
    "tweets-heads": lines_and_modes,
    "tweets-switches": last_switches,
    "tweets-mentions": mentions,
    "tweets-timers": whole,
    "tweets-counters": sums,
    "notifications-counters": unread,
}


def test_every_table_with_a_rebuild_is_tested() -> None:
    assert {name for name, way in rebuilding.ways().items() if not isinstance(way, str)} == set(
        VIEWS
    )


@pytest.mark.parametrize("name", VIEWS)
def test_an_emptied_table_is_rebuilt_and_a_second_time_changes_nothing(
    ours: Community, name: str
) -> None:
    before = VIEWS[name](name, ours)
    assert before
    empty(name, ours)
    said: list[str] = []
    rebuild(name, lag=0, say=said.append)
    assert VIEWS[name](name, ours) == before
    assert said[-1].startswith(f"{name}: done")
    rebuild(name, lag=0, say=quiet)
    assert VIEWS[name](name, ours) == before


def test_timelines_need_no_rebuild_because_the_next_page_fills_them(
    platform: Platform, ours: Community
) -> None:
    ada = ours.people[0]
    path = f"/2/users/{ada.id}/timelines/reverse_chronological"
    before = [tweet["id"] for tweet in ada.ok("GET", path)["data"]]
    assert len(before) >= 4
    empty("tweets-timelines", ours)
    rebuild("tweets-timelines", say=quiet)
    assert [tweet["id"] for tweet in ada.ok("GET", path)["data"]] == before
    platform.settle()
    assert [tweet["id"] for tweet in ada.ok("GET", path)["data"]] == before


def test_an_interrupted_rebuild_goes_on_where_it_was(
    ours: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "SLICE", 2)
    monkeypatch.setattr(rebuilding, "_EVERY", 1)
    name, before = "users-search", whole("users-search", ours)
    empty(name, ours)

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as interrupted:
        rebuild(name, say=interrupt)
    token = str(interrupted.value).partition("FROM=")[2]
    assert whole(name, ours) != before
    read = rebuild(name, start=token, say=quiet)
    assert whole(name, ours) == before
    # The first slice was not read again.
    assert read == len(items("users-users")) - 2
    for bad in ("x", "W10", token[:-4]):
        with pytest.raises(LookupError):
            rebuild(name, start=bad, say=quiet)
