"""Media of drafts, scheduled and edited tweets.

They are kept as long as something uses them.
"""

from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.checks.permissions import running
from shared.base.clock import iso, now_ms
from tests.media_support import attached, included, photo, stored
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

load_app("tweets")
from chalicelib.tweets.core.models import PLANNED
from chalicelib.tweets.posting import planned_items, timer_actions

SCHEDULED = "/1/tweets/scheduled"
DRAFTS = "/1/tweets/drafts"


def later(media_id: str, hours: int = 48) -> dict[str, Any]:
    return {"scheduled_at": iso(now_ms() + hours * 3_600_000), "tweet": attached(media_id)}


def post(author: Person, planned_id: str) -> str:
    item = PLANNED.get(planned_items.key(author.id, "scheduled", planned_id))
    assert item
    message = {"kind": "post", "subject": f"{author.id}/{planned_id}", "due_at": item["due_at"]}
    with running("tweets", "act_on_timers"):
        timer_actions.act(message)
    shown = author.ok("GET", f"{SCHEDULED}/{planned_id}")["data"]
    assert shown["status"] == "posted", shown
    tweet_id: str = shown["tweet_id"]
    return tweet_id


def test_a_schedule_keeps_its_media_until_it_is_posted(platform: Platform) -> None:
    author = platform.register()
    first, second = photo(author), photo(author)
    planned_id = author.ok("POST", SCHEDULED, later(first))["data"]["id"]
    platform.settle()
    assert "expires_at" not in stored(first)
    # Others cannot see the picture before the tweet is posted.
    other = platform.register()
    assert "data" not in other.ok("GET", f"/2/media?media_keys=3_{first}")
    author.ok("PUT", f"{SCHEDULED}/{planned_id}", later(second, 72))
    platform.settle()
    assert "expires_at" in stored(first) and "expires_at" not in stored(second)
    tweet_id = post(author, planned_id)
    platform.settle()
    assert [one["media_key"] for one in included(other, tweet_id)] == [f"3_{second}"]
    assert stored(second)["tweet_ids"] == {tweet_id}
    assert "expires_at" not in stored(second)


def test_a_draft_keeps_its_media_and_lets_them_go(platform: Platform) -> None:
    author, other = platform.register(), platform.register()
    media_id = photo(author)
    assert other.call("POST", DRAFTS, {"tweet": attached(media_id)}).status == 400
    assert other.call("POST", SCHEDULED, later(media_id)).status == 400
    draft_id = author.ok("POST", DRAFTS, {"tweet": attached(media_id)})["data"]["id"]
    platform.settle()
    # A tweet with the same picture is posted and deleted: the draft still has it.
    tweet_id = author.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    platform.settle()
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    platform.settle()
    assert stored(media_id)["state"] == "succeeded"
    assert "expires_at" not in stored(media_id)
    author.ok("DELETE", f"{DRAFTS}/{draft_id}")
    platform.settle()
    assert "expires_at" in stored(media_id)
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    assert author.call("POST", DRAFTS, {"tweet": {"poll": poll}}).status == 201


def test_an_edited_tweet_has_its_media_still(platform: Platform) -> None:
    author, reader = platform.register(), platform.register()
    media_id = photo(author)
    first = author.ok("POST", "/2/tweets", attached(media_id))["data"]["id"]
    platform.settle()
    body = {"text": "with words now", "edit_options": {"previous_post_id": first}}
    second = author.ok("POST", "/2/tweets", body)["data"]["id"]
    third = author.ok(
        "POST", "/2/tweets", {"text": "again", "edit_options": {"previous_post_id": second}}
    )["data"]["id"]
    platform.settle()
    for version in (first, second, third):
        assert [one["media_key"] for one in included(reader, version)] == [f"3_{media_id}"]
    assert stored(media_id)["tweet_ids"] == {first, second, third}
    author.ok("DELETE", f"/2/tweets/{third}")
    platform.settle()
    assert stored(media_id)["state"] == "removed"
