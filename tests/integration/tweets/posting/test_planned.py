"""Drafts, scheduled tweets and the timers that post them and close polls."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.checks.permissions import running
from shared.base.clock import iso, now_ms
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.tweets.tweets_support import block, ids, walk
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

load_app("tweets")
from chalicelib.tweets.core.models import PLANNED, TIMERS
from chalicelib.tweets.posting import planned_items, timer_actions, timers

HOUR = 3_600_000
SCHEDULED = "/1/tweets/scheduled"
DRAFTS = "/1/tweets/drafts"


def schedule(author: Person, text: str, after_ms: int = HOUR, **members: Any) -> str:
    body = {"scheduled_at": iso(now_ms() + after_ms), "tweet": {"text": text, **members}}
    planned_id: str = author.ok("POST", SCHEDULED, body)["data"]["id"]
    return planned_id


def message(author: Person, planned_id: str) -> dict[str, Any]:
    """Return the message of the timer of a scheduled tweet."""
    item = PLANNED.get(planned_items.key(author.id, "scheduled", planned_id))
    assert item
    return {"kind": "post", "subject": f"{author.id}/{planned_id}", "due_at": item["due_at"]}


def ring_in(milliseconds: int) -> None:
    """Ring the timers as if it were later."""
    with process.clock.ahead(milliseconds / 1000), running("tweets", "ring_timers"):
        timers.ring()


def act(message: dict[str, Any]) -> None:
    """Run a due timer, as its function does."""
    with running("tweets", "act_on_timers"):
        timer_actions.act(message)


def tweets(author: Person) -> list[str]:
    return ids(author, f"/2/users/{author.id}/tweets")


def inbox(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.ok("GET", "/1/notifications/inbox").get("data", [])
    return found


def test_a_scheduled_tweet_is_posted_once(platform: Platform) -> None:
    author, follower = platform.register(), platform.register()
    follower.follow(author)
    platform.settle()
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    planned_id = schedule(author, f"Good morning @{follower.username}", poll=poll)
    again = message(author, planned_id)
    # Nobody else sees it, and nothing happens before its time.
    assert follower.call("GET", f"{SCHEDULED}/{planned_id}").status == 404
    timers.ring()
    platform.settle()
    assert tweets(author) == []
    ring_in(HOUR)
    ring_in(HOUR)
    platform.settle()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(act, [again] * 4))
    platform.settle()
    shown = author.ok("GET", f"{SCHEDULED}/{planned_id}")["data"]
    assert shown["status"] == "posted"
    assert tweets(author) == follower.home() == [shown["tweet_id"]]
    assert not [t for t in TIMERS.scan_page().items if f"{author.id}/" in t["due"]]
    changed = {"scheduled_at": iso(now_ms() + HOUR), "tweet": {"text": "late"}}
    assert author.call("PUT", f"{SCHEDULED}/{planned_id}", changed).status == 409


def test_a_schedule_that_was_moved_or_taken_back_rings_for_nothing(platform: Platform) -> None:
    author = platform.register()
    moved, gone = schedule(author, "first"), schedule(author, "never")
    old, vain = message(author, moved), message(author, gone)
    body = {"scheduled_at": iso(now_ms() + 2 * HOUR), "tweet": {"text": "second"}}
    author.ok("PUT", f"{SCHEDULED}/{moved}", body)
    author.ok("DELETE", f"{SCHEDULED}/{gone}")
    act(old)
    act(vain)
    assert tweets(author) == []
    act(message(author, moved))
    (posted,) = tweets(author)
    assert author.ok("GET", f"/2/tweets/{posted}")["data"]["text"] == "second"


def test_a_schedule_that_is_moved_while_it_is_posted_is_not_posted(platform: Platform) -> None:
    author = platform.register()
    planned_id = schedule(author, "first")
    due = message(author, planned_id)
    body = {"scheduled_at": iso(now_ms() + 2 * HOUR), "tweet": {"text": "second"}}
    moved: list[Any] = []

    def move(_: dict[str, Any]) -> None:
        if not moved:
            moved.append("being moved")
            # The author makes this call, not the function under test.
            owner = contextvars.Context()
            moved[0] = owner.run(author.ok, "PUT", f"{SCHEDULED}/{planned_id}", body)["data"]

    with intercepted("dynamodb", "TransactWriteItems", move):
        act(due)
    assert moved[0]["status"] == "scheduled"
    assert tweets(author) == []
    assert author.ok("GET", f"{SCHEDULED}/{planned_id}")["data"] == moved[0]


def test_what_cannot_be_posted_fails_for_all_to_see_who_may(platform: Platform) -> None:
    author, other = platform.register(), platform.register()
    target = other.tweet("answer me")
    planned_id = schedule(author, "I will", reply={"in_reply_to_tweet_id": target})
    assert [one["id"] for one in author.ok("GET", SCHEDULED)["data"]] == [planned_id]
    block(other, author)
    act(message(author, planned_id))
    platform.settle()
    shown = author.ok("GET", f"{SCHEDULED}/{planned_id}")["data"]
    # As if there were no such tweet: who blocks is nobody's to know.
    assert shown["status"] == "failed" and target in shown["failure"]
    (notification,) = inbox(author)
    assert (notification["type"], notification["text"]) == ("message", shown["failure"])
    body = {"scheduled_at": iso(now_ms() + HOUR), "tweet": {"text": "Then not"}}
    assert author.ok("PUT", f"{SCHEDULED}/{planned_id}", body)["data"]["status"] == "scheduled"


def test_a_poll_closes_and_those_who_took_part_are_told(platform: Platform) -> None:
    author, voter, other = (platform.register() for _ in range(3))
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    tweet_id, deleted = author.tweet("?", poll=poll), author.tweet("gone", poll=poll)
    for one in (tweet_id, deleted):
        voter.ok("POST", f"/1/tweets/{one}/votes", {"position": 1})
    author.ok("DELETE", f"/2/tweets/{deleted}")
    platform.settle()
    ring_in(5 * 60_000)
    platform.settle()
    act({"kind": "poll", "subject": tweet_id, "due_at": 0})
    platform.settle()
    for person in (author, voter):
        found = [n for n in inbox(person) if n["type"] == "poll"]
        assert [n["tweet_id"] for n in found] == [tweet_id]
    assert inbox(other) == []


def test_drafts_are_their_authors(platform: Platform) -> None:
    author, other = platform.register(), platform.register()
    made = [
        author.ok("POST", DRAFTS, {"tweet": {"text": f"draft {n}"}})["data"]["id"] for n in range(3)
    ]
    other.ok("POST", DRAFTS, {"tweet": {"text": "not mine"}})
    schedule(author, "not a draft")
    assert walk(author, f"{DRAFTS}?max_results=2") == made[::-1]
    path = f"{DRAFTS}/{made[0]}"
    assert other.call("GET", path).status == other.call("DELETE", path).status == 404
    assert other.call("PUT", path, {"tweet": {"text": "x"}}).status == 404
    replaced = author.ok("PUT", path, {"tweet": {"text": "better"}})["data"]
    assert author.ok("GET", path)["data"] == replaced
    assert replaced["tweet"] == {"text": "better"}
    author.ok("DELETE", path)
    assert author.call("GET", path).status == 404
    assert author.call("POST", DRAFTS, {"tweet": {}}).status == 400


@pytest.mark.parametrize(
    ("after_ms", "tweet"),
    [
        (-1000, {"text": "past"}),
        (600 * 24 * HOUR, {"text": "far"}),
        (HOUR, {"text": " "}),
        (HOUR, {"text": ""}),
        (HOUR, {"text": "x" * 281}),
        (HOUR, {"text": "?", "poll": {"options": ["same", "same"], "duration_minutes": 5}}),
    ],
)
def test_bad_schedules_are_refused(
    platform: Platform, after_ms: int, tweet: dict[str, Any]
) -> None:
    author = platform.register()
    body = {"scheduled_at": iso(now_ms() + after_ms), "tweet": tweet}
    assert author.call("POST", SCHEDULED, body).status == 400
