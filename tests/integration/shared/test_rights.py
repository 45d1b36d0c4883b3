"""Rare work of functions, done once each: unused rights are removed.

Large accounts, keys and limits of every app, uploads that break off. The comparison at the
end of `make test` (`scripts.checks.permissions_check`) counts each as a call of its function.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.domain import domains, load_app
from scripts.checks.permissions import running
from shared.auth.scopes import user_access
from shared.aws import events, sdk
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts import exporting
from shared.http.rate_limit import RateLimits
from tests.integration.tweets.tweets_support import celebrities_from
from tests.integration.users.moderation.test_moderation import staff
from tests.media_support import photo, png, send
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration

load_app("tweets")
load_app("users")
from chalicelib.tweets.core.models import Media
from chalicelib.tweets.lifecycle import export
from chalicelib.tweets.media import object_store
from chalicelib.tweets.timelines.fanout import FanoutLimits
from chalicelib.users.exports import archives, jobs
from chalicelib.users.leaving import departures
from chalicelib.users.profiles import pictures


def own_route(domain: str) -> str:
    """A route of the domain that every user may read without parameters."""
    return next(
        endpoint.path
        for endpoint in load_app(domain).app.endpoints
        if endpoint.method == "GET"
        and endpoint.path.startswith("/1/")
        and not endpoint.access.public
        and endpoint.access == user_access(*endpoint.access.scopes)
        and "{" not in endpoint.path
        and not endpoint.query.get("required")
    )


ROUTES = {domain: own_route(domain) for domain in domains()}


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register()


def by_an_unknown_key(token: str) -> str:
    """The token as if a key had signed it that nobody has seen yet."""
    _, payload, signature = token.split(".")
    header = json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": "unknown"}).encode()
    return f"{base64.urlsafe_b64encode(header).decode().rstrip('=')}.{payload}.{signature}"


@pytest.mark.parametrize("domain", domains())
def test_every_app_looks_for_keys_around_a_rotation(
    platform: Platform, person: Person, domain: str
) -> None:
    process.reset()
    token = by_an_unknown_key(person.token)
    assert platform.call("GET", ROUTES[domain], token=token).status == 401
    assert platform.call("GET", ROUTES[domain], token=person.token).status == 200


@pytest.mark.parametrize("domain", domains())
def test_every_app_shares_its_limits(platform: Platform, person: Person, domain: str) -> None:
    process.reset()
    left = []
    with process.limited(RateLimits(multiplier=1000, exact=10**9)):
        for _ in range(2):
            answer = person.call("GET", ROUTES[domain])
            left.append(int(answer.headers["x-rate-limit-remaining"]))
            # Another process, which has just started.
            process.reset()
    assert left[1] == left[0] - 1


@pytest.mark.parametrize("name", ["export", "erasure"])
@pytest.mark.parametrize("domain", domains())
def test_work_for_large_accounts_goes_on_in_a_message_of_its_own(
    platform: Platform, domain: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = platform.modules[domain]
    if not hasattr(module, name):
        assert (domain, name) == ("users", "erasure")
        return
    walk, seen = getattr(module, name).walk, []

    def step(job: dict[str, Any], position: dict[str, Any] | None) -> dict[str, Any] | None:
        seen.append(position)
        return {"after": job["user_id"]} if position is None else None

    monkeypatch.setattr(walk, "steps", {"only": step})
    events.send(domain, walk.queue, [{"job": {"user_id": "1"}, "step": "only", "position": None}])
    platform.settle()
    assert seen == [None, {"after": "1"}]


def test_the_audit_log_of_tweets_is_read_as_a_whole(platform: Platform, person: Person) -> None:
    admin = staff(platform, "admin")
    tweet_id = person.tweet("to be removed")
    path = f"/1/admin/tweets/{tweet_id}/remove"
    admin.ok("POST", path, {"category": "spam", "reason": "the same again"})
    log = admin.ok("GET", "/1/admin/tweets/audit")["data"]
    assert tweet_id in json.dumps(log)


def test_the_fan_out_finds_who_has_become_famous(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.heads import store

    author, fan = platform.register(), platform.register()
    fan.follow(author)
    platform.settle()
    with celebrities_from(1), process.limited(FanoutLimits(inline_size=0)):
        author.tweet("to my first fan")
        platform.settle()
    assert store.read(author.id).mode == "pull"


def test_an_upload_that_breaks_off_leaves_no_parts(platform: Platform) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half a film"
        raise ConnectionError("the upload is gone")

    with running("tweets", "process_media"), pytest.raises(ConnectionError):
        object_store.put_large("media/broken", pieces(), "video/mp4")
    found = sdk.client("s3").list_multipart_uploads(Bucket=object_store.bucket())
    assert found.get("Uploads", []) == []


def test_segments_of_an_upload_that_nobody_finished_go_with_it(
    platform: Platform, person: Person
) -> None:
    body = {"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": 9000}
    media_id = str(person.ok("POST", "/2/media/upload/initialize", body)["data"]["id"])
    path = f"/2/media/upload/{media_id}/append"
    assert send(person, path, {"segment_index": 0}, png()).status == 200
    assert object_store.segments(media_id)
    # As if its day had passed.
    Media(media_id).delete()
    platform.settle()
    assert object_store.segments(media_id) == []


def test_an_export_has_signed_addresses_of_the_media_of_protected_accounts(
    platform: Platform,
) -> None:
    private = platform.register()
    private.ok("PATCH", "/1/accounts/me", {"protected": True})
    media_id = photo(private)
    # Waits for a video, and is nothing by itself.
    photo(private, b"00:00:01,000 --> 00:00:02,000\nCaw\n", "subtitles")
    # The key of the day is kept: this function asks for it itself, and so does the next one.
    process.reset()
    with running("tweets", "export_user"):
        found, after = export.media(private.id, None)
    process.reset()
    assert [one["media_key"] for one in found] == [f"3_{media_id}"] and after is None
    assert "/media/p/" in json.dumps(found)


def test_an_archive_that_cannot_be_made_leaves_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = platform.register()

    def broken(*_: Any) -> None:
        raise RuntimeError("a part cannot be read")

    job = type("Job", (), {"id": "1", "status": jobs.RUNNING})
    monkeypatch.setattr(jobs, "find", lambda _: job)
    monkeypatch.setattr(archives, "_add_files", broken)
    with running("users", "archive_exports"), pytest.raises(RuntimeError):
        archives.make({"user_id": owner.id, "export_id": "1"})
    found = sdk.client("s3").list_multipart_uploads(Bucket=exporting.bucket())
    assert found.get("Uploads", []) == []


def test_pictures_and_exports_go_with_an_account(platform: Platform) -> None:
    leaver = platform.register()
    s3 = sdk.client("s3")
    places = [
        (pictures.bucket(), f"media/u/{leaver.id}/x"),
        (pictures.bucket(), f"uploads/u/{leaver.id}/x"),
        (exporting.bucket(), f"archives/{leaver.id}/x.zip"),
    ]
    for bucket, key in places:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    leaver.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
    over = departures.DepartureLimits(grace_ms=-1000)
    with running("users", "remove_accounts"), process.limited(over):
        assert departures.erase(leaver.id)
    for bucket, key in places:
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=key)


def test_a_text_message_tells_of_an_actor_whom_its_worker_does_not_know(person: Person) -> None:
    from chalicelib.notifications.contacts.port import Contact
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import SOCIAL, Content
    from chalicelib.notifications.templates.rendering import render

    about = {"actor_id": person.id, "tweet_id": person.tweet("to be liked")}
    like = Content(fresh_id(now_ms()), person.id, "like", SOCIAL, ("sms",), now_ms(), **about)
    process.reset()
    with running("notifications", "deliver_sms"):
        assert person.username in render(like, "sms", Contact(person.id)).title
