"""Erased accounts leave only the tombstones of docs/privacy.md."""

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.domain import domains, load_app
from shared.aws import dynamo, events, walks
from shared.base.clock import now_ms
from shared.base.process import process
from tests.data_subject import Lives, all_keys, lead, number_of, traces
from tests.platform import PASSWORD, Platform

load_app("tweets")
from chalicelib.tweets.core.models import TimelineEntry
from chalicelib.tweets.lifecycle import erasure

pytestmark = pytest.mark.integration

# Nobody else's texts begin so: another test's Ada is not erased.
NAME = "augusta"
# What may still name an erased user by id, and why: docs/privacy.md.
TOMBSTONES = {
    ("users-users", "id"),
    ("users-counters", "id"),
    ("users-revocations", "at"),
    ("users-follows", "target_id"),
    ("users-search", "prefix"),
    ("tweets-tweets", "author_id"),
    ("tweets-tweets", "in_reply_to_user_id"),
    ("tweets-tweets", "quoted_user_id"),
    ("tweets-tweets", "retweeted_user_id"),
    ("tweets-engagements", "author_id"),
    ("tweets-timelines", "author_id"),
    ("tweets-heads", "author_id"),
    ("tweets-timers", "due"),
    ("contacts", "contacts"),
    ("contacts", "contacts_pending"),
    ("contacts", "contacts_former"),
    ("notifications-inbox", "actor_id"),
    ("notifications-notifications", "actor_id"),
    *((f"{domain}-limits", "key") for domain in domains()),
}


@pytest.fixture(scope="module")
def erased(platform: Platform) -> Iterator[Lives]:
    """Ada after her erasure in slices of two; every third handover dies."""
    from chalicelib.users.leaving import departures

    lives, turn = lead(platform, NAME), itertools.count(1)
    lock = threading.Lock()

    def dying(*arguments: Any, **members: Any) -> int:
        with lock:
            if next(turn) % 3 == 0:
                raise RuntimeError("killed between a slice and the next")
        return events.send(*arguments, **members)

    # What was delivered to her.
    entry = {"user_id": lives.ada.id, "position": int(lives.tweets["bobs"]), "kind": "tweet"}
    dynamo.batch_write(TimelineEntry.Meta.table_name, [{**entry, "author_id": lives.bob.id}])
    small = erasure.ErasureLimits(slice_size=2)
    over = departures.DepartureLimits(grace_ms=-1000)
    with pytest.MonkeyPatch.context() as patch, process.limited(over, small):
        patch.setattr(walks, "send", dying)
        lives.ada.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
        users = next(pump for pump in platform.pumps if pump.domain == "users")
        # Other tests may have left somebody who has left.
        assert users.fire("remove_accounts") >= 1
        platform.settle(60)
        assert next(turn) > 6
    yield lives


def test_nothing_names_the_erased_but_tombstones(platform: Platform, erased: Lives) -> None:
    ada, (used, unused) = erased.ada, erased.media["adas"]
    words: tuple[str, ...] = ("was here", "replies", "quotes", "shows", "drafts", "plans", "keeps")
    words += ("errands", "awaits", "cancels")
    nowhere = [f"{NAME} {word}" for word in words]
    nowhere += [f"{NAME}s list", f"{NAME}s app", used, unused, ada.email, number_of(ada)]
    found = traces(ada.id, ada.username, *nowhere)
    assert found[ada.id] <= TOMBSTONES
    # What somebody else wrote is theirs, the name in it too.
    assert found[ada.username] <= {("tweets-tweets", "text")}
    assert {word: places for word, places in found.items() if word in nowhere and places} == {}


def test_media_objects_go_and_those_of_others_stay(platform: Platform, erased: Lives) -> None:
    keys = all_keys()
    assert len(erased.objects["adas"]) >= 2 and keys.isdisjoint(erased.objects["adas"])
    assert keys >= set(erased.objects["bobs"])
    bob = erased.bob
    for kind, text in (("drafts", "bob drafts"), ("scheduled", "bob plans")):
        kept = bob.ok("GET", f"/1/tweets/{kind}")["data"]
        assert [one["tweet"]["text"] for one in kept] == [text]


def test_what_others_have_stays_and_their_counts_are_right(
    platform: Platform, erased: Lives
) -> None:
    bob, made = erased.bob, erased.tweets
    shown = bob.ok("GET", f"/2/tweets/{made['bobs']}?tweet.fields=public_metrics,entities")["data"]
    assert "mentions" not in shown.get("entities", {})
    metrics = shown["public_metrics"]
    assert {metrics[f"{name}_count"] for name in ("like", "retweet", "reply", "quote")} == {0}
    assert metrics["bookmark_count"] == 0
    fields = "expansions=attachments.poll_ids"
    poll = bob.ok("GET", f"/2/tweets/{made['bobs_poll']}?{fields}")["includes"]["polls"][0]
    assert [option["votes"] for option in poll["options"]] == [0, 0]
    assert bob.call("GET", f"/2/tweets/{made['adas']}").status == 404
    assert bob.ok("GET", f"/2/tweets/{made['bobs_reply']}")["data"]["text"] == "bob replies"
    mine = bob.ok("GET", f"/2/lists/{erased.lists['bobs']}?list.fields=member_count,follower_count")
    assert (mine["data"]["member_count"], mine["data"]["follower_count"]) == (0, 0)
    assert bob.call("GET", f"/2/lists/{erased.lists['adas']}").status == 404
    assert len(bob.ok("GET", "/1/crawls")["data"]) == 1
    assert len(bob.ok("GET", "/1/crawl_schedules")["data"]) == 1
    me = bob.ok("GET", "/2/users/me?user.fields=public_metrics")["data"]["public_metrics"]
    assert (me["followers_count"], me["following_count"]) == (0, 0)
    kept = bob.ok("GET", f"/2/users/{bob.id}/tweets?max_results=20")["data"]
    assert {tweet["id"] for tweet in kept} >= {made["bobs"], made["bobs_poll"], made["bobs_quote"]}


def test_the_event_again_and_doubled_changes_nothing(platform: Platform, erased: Lives) -> None:
    def state() -> Any:
        path = f"/2/tweets/{erased.tweets['bobs']}?tweet.fields=public_metrics"
        return traces(erased.ada.id), erased.bob.ok("GET", path)

    before = state()
    data = {"user_id": erased.ada.id}
    again = events.Event.of("users", "user.deleted", erased.ada.id, 99, now_ms(), data)
    events.publish("users", [again, again])
    platform.settle(60)
    assert state() == before


def test_nothing_is_delivered_to_the_erased(platform: Platform, erased: Lives) -> None:
    """A timer and a message come after the erasure, or during it."""
    from chalicelib.notifications.contacts import directory
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.core.planning_models import PREFERENCES
    from chalicelib.notifications.delivery import due, timers, worker
    from chalicelib.notifications.history import ledger, notifications, states
    from chalicelib.notifications.inbox import entries
    from chalicelib.notifications.planning import preferences

    ada, at = erased.ada.id, now_ms() - 2 * worker.FRESH_MS
    assert directory.store().erased_among([ada, erased.bob.id]) == {ada}
    with process.clock.ahead(11 * 86_400):
        timers.ring()
        platform.settle()
    # The walk has not found this one yet; no pump delivers to a channel without a queue.
    late = Content(
        fresh_id(at), ada, "message", "message", ("none",), at, title="late", text="late"
    )
    notifications.create(late)
    key = ledger.target_key("inbox")
    ledger.record(late.id, key, states.DEFERRED, due_at=at)
    due.deliver(f"{late.id}/inbox", at)
    assert worker.worker("inbox")([{"notification_id": late.id}]) == {}
    platform.settle()
    assert [one["state"] for one in ledger.entries(late.id)] == [states.DEFERRED]
    assert entries.page(ada, None, 10) == [] and entries.counter(ada) == (0, 0)
    # A link in an old mail.
    preferences.unsubscribe(ada, "mentions", "email")
    assert preferences.change(ada, {"throttle": {"per_hour": 3}})["throttle"]["per_hour"] == 3
    assert PREFERENCES.get({"recipient_id": ada}) is None
    # The walk again finds it.
    data = {"user_id": ada}
    events.publish("users", [events.Event.of("users", "user.deleted", ada, 100, now_ms(), data)])
    platform.settle(60)
    assert notifications.find(late.id) is None and ledger.entries(late.id) == []
