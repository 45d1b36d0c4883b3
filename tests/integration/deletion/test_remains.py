"""Lists, scheduled tweets and exports after an end."""

from datetime import UTC, datetime, timedelta

import pytest

from scripts.base.domain import load_app
from shared.aws import sdk
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts import exporting
from tests.faults import intercepted
from tests.integration.deletion.deletion_support import by_erasure, delete, metrics
from tests.platform import PASSWORD, Person, Platform

load_app("tweets")
load_app("users")
from chalicelib.tweets.core.models import LISTS
from chalicelib.users.core.models import EXPORTS

pytestmark = pytest.mark.integration


def test_a_list_leaves_no_counts_behind(platform: Platform, pair: tuple[Person, Person]) -> None:
    owner, member = pair
    list_id = owner.ok("POST", "/2/lists", {"name": "short"})["data"]["id"]
    owner.ok("POST", f"/2/lists/{list_id}/members", {"user_id": member.id})
    platform.settle(60)
    assert metrics(member)["listed_count"] == 1
    owner.ok("DELETE", f"/2/lists/{list_id}")
    platform.settle(60)
    assert metrics(member)["listed_count"] == 0
    # A request that read the list before it was deleted.
    key = {"list_id": list_id, "entry": f"member#{member.id}"}
    late = {"user_key": key["entry"], "position": int(list_id), "owner_id": owner.id}
    LISTS.insert({**key, **late, "version": 1, "updated_at": now_ms()})
    platform.settle(60)
    assert LISTS.get(key, consistent=True) is None
    assert metrics(member)["listed_count"] == 0


def test_a_scheduled_answer_to_a_deleted_tweet_fails_in_words(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("ask me")
    soon = datetime.now(UTC) + timedelta(minutes=10)
    body = {"text": "later", "reply": {"in_reply_to_tweet_id": tweet_id}}
    other.ok("POST", "/1/tweets/scheduled", {"tweet": body, "scheduled_at": soon.isoformat()})
    delete(platform, author, tweet_id)
    tweets = next(pump for pump in platform.pumps if pump.domain == "tweets")
    with process.clock.ahead(660):
        tweets.fire("ring_timers")
        platform.settle(60)
    (entry,) = other.ok("GET", "/1/notifications/inbox")["data"]
    assert entry["title"] == "A scheduled tweet was not posted"


def files(prefix: str) -> list[str]:
    found = sdk.client("s3").list_objects_v2(Bucket=exporting.bucket(), Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", ())]


def test_export_parts_that_come_after_the_erasure_are_deleted(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    person, other = pair
    job = person.ok("POST", "/1/accounts/me/exports", {"password": PASSWORD})["data"]
    platform.settle(60)
    assert files(f"archives/{person.id}/")
    by_erasure(platform, person, other, "")
    prefix = f"parts/{person.id}/{job['id']}/"
    for name in ("data/tweets.json", f"tweets{exporting.MARK}"):
        sdk.client("s3").put_object(Bucket=exporting.bucket(), Key=prefix + name, Body=b"[]")
    platform.settle(60)
    assert files(f"parts/{person.id}/") == files(f"archives/{person.id}/") == []


def test_an_archive_of_an_account_erased_meanwhile_is_deleted(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    person, _ = pair

    def erase(_: object) -> None:
        EXPORTS.delete({"user_id": person.id})

    with intercepted("s3", "CompleteMultipartUpload", erase):
        person.ok("POST", "/1/accounts/me/exports", {"password": PASSWORD})
        platform.settle(60)
    assert files(f"archives/{person.id}/") == []
