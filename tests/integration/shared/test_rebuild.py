"""Derived tables are emptied and rebuilt from the truths of one community."""

from collections.abc import Callable
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


def items(name: str) -> list[Item]:
    pages = sdk.client("dynamodb").get_paginator("scan").paginate(TableName=f"rookery-dev-{name}")
    return [dynamo.decode_item(item) for page in pages for item in page["Items"]]


def empty(name: str) -> None:
    table = f"rookery-dev-{name}"
    schema = sdk.client("dynamodb").describe_table(TableName=table)["Table"]["KeySchema"]
    names = [one["AttributeName"] for one in schema]
    dynamo.batch_write(table, deletes=[{n: item[n] for n in names} for item in items(name)])
    assert items(name) == []
    # As in the operator's process, which has written nothing yet.
    process.reset()


@pytest.fixture(scope="module")
def people(platform: Platform) -> list[Person]:
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
    assert delivery_modes.switch(cleo.id, "pull")
    # One entry of the first generation of bob's inbox has been read, then all, then one came.
    bob.ok("POST", "/1/notifications/inbox/read", {"all": True})
    dan.follow(bob)
    platform.settle()
    return [ada, bob, cleo, dan]


COUNTS = {"batch", "event"}


def sums(name: str) -> dict[str, dict[str, int]]:
    """Counters that are not zero, without marks and approximations."""
    found = {}
    for item in items(name):
        if item["id"].partition("#")[0] not in COUNTS:
            left_out = {"id", "impressions", "recent_changes", "recent_seen"}
            kept = {n: v for n, v in item.items() if n not in left_out and isinstance(v, int) and v}
            if kept:
                found[item["id"]] = kept
    return found


def whole(name: str) -> list[str]:
    return sorted(map(repr, (dict(sorted(item.items())) for item in items(name))))


def lines_and_modes(name: str) -> dict[str, Any]:
    found = map(heads.of_item, items(name))
    return {one.author_id: (list(one.lines()), one.modes) for one in found if one.packed}


def last_switches(name: str) -> dict[str, Any]:
    found = {}
    for item in sorted(items(name), key=lambda item: item["at"]):
        if "mode" in item:
            found[item["at"].partition("#")[2]] = (item["mode"], item["first"])
    return found


def mentions(name: str) -> set[tuple[str, int]]:
    """Those of deleted tweets are left out by every read."""
    deleted = {int(item["id"]) for item in items("tweets-tweets") if item.get("deleted")}
    return {(one["user_id"], one["position"]) for one in items(name)} - {
        (one["user_id"], one["position"]) for one in items(name) if one["position"] in deleted
    }


VIEWS: dict[str, Callable[[str], Any]] = {
    "users-search": whole,
    "users-counters": sums,
    "tweets-heads": lines_and_modes,
    "tweets-switches": last_switches,
    "tweets-mentions": mentions,
    "tweets-timers": whole,
    "tweets-counters": sums,
    "notifications-counters": whole,
}


def test_every_table_with_a_rebuild_is_tested() -> None:
    assert {name for name, way in rebuilding.ways().items() if not isinstance(way, str)} == set(
        VIEWS
    )


@pytest.mark.parametrize("name", VIEWS)
def test_an_emptied_table_is_rebuilt_and_a_second_time_changes_nothing(
    platform: Platform, people: list[Person], name: str
) -> None:
    del platform, people
    before = VIEWS[name](name)
    assert before
    empty(name)
    said: list[str] = []
    rebuild(name, lag=0, say=said.append)
    assert VIEWS[name](name) == before
    assert said[-1].startswith(f"{name}: done")
    rebuild(name, lag=0, say=quiet)
    assert VIEWS[name](name) == before


def test_timelines_need_no_rebuild_because_the_next_page_fills_them(
    platform: Platform, people: list[Person]
) -> None:
    ada = people[0]
    path = f"/2/users/{ada.id}/timelines/reverse_chronological"
    before = [tweet["id"] for tweet in ada.ok("GET", path)["data"]]
    assert len(before) >= 4
    empty("tweets-timelines")
    rebuild("tweets-timelines", say=quiet)
    assert [tweet["id"] for tweet in ada.ok("GET", path)["data"]] == before
    platform.settle()
    assert [tweet["id"] for tweet in ada.ok("GET", path)["data"]] == before


def test_an_interrupted_rebuild_goes_on_where_it_was(
    platform: Platform, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    del platform, people
    monkeypatch.setattr(rebuilding, "SLICE", 2)
    monkeypatch.setattr(rebuilding, "_EVERY", 1)
    name, before = "users-search", whole("users-search")
    empty(name)

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as interrupted:
        rebuild(name, say=interrupt)
    token = str(interrupted.value).partition("FROM=")[2]
    assert 0 < len(whole(name)) < len(before)
    read = rebuild(name, start=token, say=quiet)
    assert whole(name) == before
    # The first slice was not read again.
    assert read == len(items("users-users")) - 2
    for bad in ("x", "W10", token[:-4]):
        with pytest.raises(LookupError):
            rebuild(name, start=bad, say=quiet)
