"""Quotas of bytes per user and day: uploads, crawls, exports."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws import sdk
from shared.base.clock import now_seconds
from shared.base.errors import Problem
from shared.base.process import process
from shared.http import quotas
from shared.http.quotas import Quotas
from shared.http.rate_limit import DAY_SECONDS
from tests.integration.crawler.crawler_support import Site, finished, start
from tests.media_support import png, send
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration
MB = 1024 * 1024


@pytest.fixture
def one_day() -> Iterator[None]:
    """Move away from midnight: no day begins during the test."""
    left = DAY_SECONDS - now_seconds() % DAY_SECONDS
    with process.clock.ahead(left + 1 if left < 300 else 0):
        process.reset()
        yield


@contextlib.contextmanager
def counted(table: str) -> Iterator[list[str]]:
    """Keys of the updates of a table of limits."""
    keys: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        if params["TableName"].endswith(table):
            keys.append(str(params["Key"]))

    events = sdk.client("dynamodb", best_effort=True).meta.events
    events.register("provide-client-params.dynamodb.UpdateItem", note)
    try:
        yield keys
    finally:
        events.unregister("provide-client-params.dynamodb.UpdateItem", note)


def upload(person: Person, content: bytes) -> Answer:
    return send(person, "/2/media/upload", {"media_category": "tweet_image"}, content)


def refused(answer: Answer) -> bool:
    """True for an answer of the quota, with the time of its reset."""
    if answer.status != 429:
        return False
    reset = int(answer.headers["x-rate-limit-reset"])
    assert reset % DAY_SECONDS == 0
    # The clock went on since the answer was made.
    passed = now_seconds() + int(answer.headers["retry-after"]) - reset
    assert 0 <= passed < 60
    assert "bytes per day is the quota" in answer.json()["detail"]
    return True


def test_uploads_have_a_quota_per_user_and_day(platform: Platform, one_day: None) -> None:
    ada, bob = platform.register(), platform.register()
    picture = png((60, 60)) + b"\0" * 30_000
    with process.limited(Quotas(uploads=100_000)):
        answers = [upload(ada, picture) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429], answers[0].body
        assert refused(answers[3])
        # A process that has just started knows it too, of every way to upload.
        process.reset()
        assert refused(upload(ada, picture))
        body = {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": 40_000}
        assert refused(ada.call("POST", "/1/media", body))
        made = ada.ok("POST", "/2/media/upload/initialize", body)["data"]["id"]
        path = f"/2/media/upload/{made}/append"
        assert refused(send(ada, path, {"segment_index": 0}, b"x" * 40_000))
        # What still fits is taken.
        assert upload(ada, png((10, 10))).status == 200
        assert upload(bob, picture).status == 200
        with process.clock.ahead(DAY_SECONDS):
            quotas.charge("tweets", ada.id, "uploads", 100_000)


def test_small_uploads_cost_no_call_and_large_ones_few(platform: Platform, one_day: None) -> None:
    person = platform.register()
    with counted("tweets-limits") as keys:
        for _ in range(5):
            assert upload(person, png()).status == 200
        assert not [key for key in keys if "bytes" in key]
        for _ in range(10):
            quotas.charge("tweets", person.id, "uploads", 4 * MB)
        assert len([key for key in keys if "bytes" in key]) <= 3


def test_processes_share_a_quota(platform: Platform, one_day: None) -> None:
    del platform
    user, taken = secrets.token_hex(8), 0
    with process.limited(Quotas(crawls=1_000_000)), contextlib.suppress(Problem):
        while True:
            # Each charge reaches a process that has just started, and loses its lease.
            process.reset()
            quotas.charge("crawler", user, "crawls", 20_000)
            taken += 20_000
    assert 900_000 <= taken <= 1_000_000


def test_a_crawl_beyond_the_quota_stops_and_says_so(
    platform: Platform, one_day: None, site: Site
) -> None:
    person = platform.register(verify=True)
    body = {"url": site.url, "allow_private": True}
    with process.limited(Quotas(crawls=5_000)):
        found = finished(platform, person, start(person, site))
        assert (found["status"], found["reason"]) == ("stopped", "byte_quota")
        # The root alone takes all of it.
        assert found["stats"]["bytes"] > 5_000
        assert found["stats"]["queued"] > 0
        process.reset()
        assert refused(person.call("POST", "/1/crawls", body))
    # Nothing of a refused crawl was written.
    assert person.ok("GET", "/1/crawls")["meta"]["result_count"] == 1


def test_a_quota_of_any_size_grants_one_of_everything(platform: Platform, one_day: None) -> None:
    del platform
    user = secrets.token_hex(8)
    with process.limited(Quotas(exports=1000)):
        quotas.charge("users", user, "exports", 5000)
        with pytest.raises(Problem) as caught:
            quotas.charge("users", user, "exports", 1)
    assert caught.value.headers["x-rate-limit-remaining"] == "0"


def test_numbers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_BYTES_PER_DAY", "5")
    assert Quotas().uploads == 5
