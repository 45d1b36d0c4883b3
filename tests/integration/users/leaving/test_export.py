"""Data export, from the request to the archive."""

import io
import itertools
import json
import threading
import urllib.request
import zipfile
from typing import Any

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import load_app
from scripts.deploy.provision import templates
from shared.aws import events, sdk, walks
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts import exporting
from shared.http.quotas import Quotas
from tests.data_subject import Lives, lead, object_keys
from tests.platform import PASSWORD, Answer, Person, Platform

load_app("tweets")
load_app("users")
from chalicelib.tweets.lifecycle import export as tweets_export
from chalicelib.users.exports import archives, jobs
from chalicelib.users.leaving import departures

pytestmark = pytest.mark.integration

PATH = "/1/accounts/me/exports"


def ask(person: Person) -> Answer:
    return person.call("POST", PATH, {"password": PASSWORD})


def fetch(person: Person, export_id: str) -> dict[str, Any]:
    """Files of a ready export by name, parts of a list together."""
    job = person.ok("GET", f"{PATH}/{export_id}")["data"]
    assert job["status"] == "ready", job
    with urllib.request.urlopen(job["url"]) as answer:
        content = answer.read()
    assert len(content) == job["size"]
    found: dict[str, Any] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in sorted(archive.namelist()):
            if name.endswith(".json"):
                section = name.removeprefix("data/").removesuffix(".json").partition("-part")[0]
                found.setdefault(section, []).extend(json.loads(archive.read(name)))
    return found


@pytest.fixture(scope="module")
def lives(platform: Platform) -> Lives:
    return lead(platform)


@pytest.fixture(scope="module")
def exported(platform: Platform, lives: Lives) -> str:
    """Ada's export in pages of two; handovers die, messages are doubled."""
    turn, lock = itertools.count(1), threading.Lock()

    def unsteady(domain: str, queue: str, messages: list[Any], **members: Any) -> int:
        with lock:
            number = next(turn)
        if number % 3 == 0:
            raise RuntimeError("killed between a slice and the next")
        return events.send(domain, queue, messages * 2 if number == 1 else messages, **members)

    small = (tweets_export.ExportLimits(page_size=2), archives.ArchiveLimits(part_bytes=1000))
    with pytest.MonkeyPatch.context() as patch, process.limited(*small):
        patch.setattr(walks, "send", unsteady)
        made = ask(lives.ada)
        assert made.status == 202
        export_id: str = made.json()["data"]["id"]
        data = {"user_id": lives.ada.id, "export_id": export_id}
        again = events.Event.of("users", "user.export_requested", export_id, 1, now_ms(), data)
        events.publish("users", [again])
        platform.settle(90)
    return export_id


def test_links_to_archives_have_a_quota_per_day(lives: Lives, exported: str) -> None:
    path = f"{PATH}/{exported}"
    size = lives.ada.ok("GET", path)["data"]["size"]
    with process.limited(Quotas(exports=size)):
        process.reset()
        answers = [lives.ada.call("GET", path) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 429]
        assert {"retry-after", "x-rate-limit-reset"} <= set(answers[1].headers)
        # Looking at the list gives no link away, and costs nothing.
        listed = lives.ada.ok("GET", PATH)["data"]
        assert [(one["status"], one["size"], "url" in one) for one in listed] == [
            ("ready", size, False)
        ]
    # Another number is another window.
    assert lives.ada.call("GET", path).status == 200


def test_the_archive_holds_what_is_hers_and_nothing_private_of_others(
    lives: Lives, exported: str
) -> None:
    ada, bob = lives.ada, lives.bob
    found = fetch(ada, exported)
    assert found["account"][0]["email"] == ada.email
    assert found["profile"][0]["username"] == ada.username
    assert {one["user_id"] for one in found["followers"]} == {bob.id}
    assert {"user_id": bob.id, "following": True} in found["relations"]
    own = {lives.tweets[name] for name in ("adas", "adas_poll", "adas_reply", "adas_quote")}
    tweets = [tweet["id"] for tweet in found["tweets"]]
    assert own < set(tweets) and len(tweets) == len(set(tweets)) == 6
    for section in ("likes", "bookmarks"):
        assert [one["tweet_id"] for one in found[section]] == [lives.tweets["bobs"]]
    assert [(one["tweet_id"], one["choice"]) for one in found["votes"]] == [
        (lives.tweets["bobs_poll"], 1)
    ]
    assert [(one["id"], one["member_ids"]) for one in found["lists"]] == [
        (lives.lists["adas"], [bob.id])
    ]
    assert found["lists-followed"] == [{"list_id": lives.lists["bobs"]}]
    assert len(found["media"]) == 3 and all(one["url"] for one in found["media"])
    assert [one["tweet"]["text"] for one in found["drafts"]] == ["ada drafts"]
    assert [one["tweet"]["text"] for one in found["scheduled"]] == ["ada plans"]
    assert found["scheduled"][0]["scheduled_at"]
    assert [one["name"] for one in found["bookmark-folders"]] == ["ada keeps"]
    assert {one["type"] for one in found["inbox"]} >= {"follow", "like", "retweet", "reply"}
    assert all("deliveries" in one for one in found["inbox"])
    (proof,) = [one for one in found["other-notifications"] if one["type"] == "verify_email"]
    assert [one["channel"] for one in proof["deliveries"]] == ["email"]
    assert found["topics"] == []
    assert found["contact"][0]["email"] == ada.email
    assert len(found["crawls"]) == 1 and found["crawl-pages"][0]["url"]
    assert [one["expression"] for one in found["crawl-schedules"]] == ["rate(9 days)"]
    assert found["sessions"] and found["apps"][0]["name"] == "adas app"
    everything = json.dumps(found)
    words = ("bob speaks", "bob asks", "bob shows", "bob drafts", "bob plans", "bob keeps")
    for private in (bob.email, *words, "bobs list", "bobs app", "blocked_by", *lives.media["bobs"]):
        assert private not in everything, private
    assert found["preferences"][0]["throttle"]["per_hour"] == 60
    # Preferences have digests of another kind.
    rest = json.dumps({name: section for name, section in found.items() if name != "preferences"})
    for secret in ("digest", "password_hash", 'secret"', ada.token):
        assert secret not in rest, secret


def test_she_is_told_once_and_without_a_link(
    platform: Platform, lives: Lives, exported: str
) -> None:
    told = [
        one
        for one in lives.ada.ok("GET", "/1/notifications/inbox")["data"]
        if one.get("title") == "Your data export is ready"
    ]
    assert len(told) == 1
    mails = [mail for mail in platform.mails(lives.ada.email) if "export" in mail["Subject"]]
    assert len(mails) == 1
    for text in (json.dumps(told), mails[0]["BodyText"]):
        assert "X-Amz" not in text and "archives/" not in text


def test_only_the_owner_sees_it(platform: Platform, lives: Lives, exported: str) -> None:
    job = jobs.find(lives.ada.id)
    assert job is not None and job.id == exported
    assert lives.bob.call("GET", f"{PATH}/{job.id}").status == 404
    assert platform.call("GET", f"{PATH}/{job.id}").status == 401
    assert [one["id"] for one in lives.ada.ok("GET", PATH)["data"]] == [job.id]
    assert lives.bob.ok("GET", PATH)["data"] == []
    url = lives.ada.ok("GET", f"{PATH}/{job.id}")["data"]["url"]
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url and "X-Amz-Expires=300" in url
    # The emulator passes over the bucket's encryption, so it is looked up where it is written.
    bucket = load_template(templates()["users"])["Resources"]["ExportsBucket"]["Properties"]
    rule = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert {r.get("ExpirationInDays", 7) for r in bucket["LifecycleConfiguration"]["Rules"]} == {7}


def test_asking_takes_the_password_and_is_limited(platform: Platform) -> None:
    person = platform.register()
    assert person.call("POST", PATH, {"password": "wrong"}).status == 403
    assert person.call("POST", PATH).status == 400
    first = ask(person).json()["data"]["id"]
    assert ask(person).status == 409
    platform.settle(90)
    assert ask(person).status == 202
    platform.settle(90)
    assert person.call("GET", f"{PATH}/{first}").status == 404
    third = ask(person)
    assert third.status == 429
    assert 86_000 < int(third.headers["retry-after"]) <= 86_401
    with process.limited(jobs.ExportLimits(window_ms=-1000)):
        assert ask(person).status == 202
    platform.settle(90)


def test_a_part_that_fails_is_told_and_a_late_one_still_counts(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = platform.register()
    walk = platform.modules["tweets"].export.walk

    def broken(*_: Any) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setitem(walk.steps, "likes", broken)
        export_id = ask(person).json()["data"]["id"]
        platform.settle(60)
        seen = person.ok("GET", f"{PATH}/{export_id}")["data"]
        assert (seen["status"], seen["waiting_for"]) == ("running", ["tweets"])
        with process.limited(jobs.ExportLimits(patience_ms=-1000)):
            shown = person.ok("GET", f"{PATH}/{export_id}")["data"]
        assert shown["status"] == "failed"
    sqs = sdk.client("sqs")
    url = sqs.get_queue_url(QueueName="rookery-dev-tweets-exports-dlq")["QueueUrl"]
    dead = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    events.send("tweets", "exports", [json.loads(message["Body"]) for message in dead])
    sqs.purge_queue(QueueUrl=url)
    platform.settle(60)
    assert fetch(person, export_id)["likes"] == []


def test_an_erased_account_leaves_no_export(platform: Platform) -> None:
    person = platform.register()
    ask(person)
    platform.settle(90)
    assert any(person.id in key for key in object_keys(exporting.bucket()))
    person.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
    with process.limited(departures.DepartureLimits(grace_ms=-1000)):
        assert departures.erase(person.id)
    assert jobs.find(person.id) is None
    assert not any(person.id in key for key in object_keys(exporting.bucket()))
