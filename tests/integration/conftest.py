"""Fixtures of several integration tests."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.aws.events import Event
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.crawler.crawler_support import Site


@pytest.fixture
def at_once() -> Iterator[None]:
    """Let follows, returns and switches take effect now, not in a minute.

    Tests settle the platform before and after each of them.
    """
    from chalicelib.tweets.core.announcements import AnnouncementLimits
    from chalicelib.tweets.timelines.reader_state import ReaderLimits
    from chalicelib.tweets.timelines.rebuild import RebuildLimits

    switches, readers = AnnouncementLimits(lead_ms=0, refresh_ms=0), ReaderLimits(settle_ms=0)
    with process.limited(switches, readers, RebuildLimits(lag_ms=0)):
        yield


@pytest.fixture
def small_and_at_once(at_once: None) -> Iterator[None]:
    """Also let heads hold four tweets, rebuilds fill four, pages overread one."""
    from chalicelib.tweets.heads.heads import HeadLimits
    from chalicelib.tweets.pipeline.window import PageLimits
    from chalicelib.tweets.timelines.rebuild import RebuildLimits

    rebuilds = replace(process.limits(RebuildLimits), entries=4, heads=0)
    with process.limited(HeadLimits(entries=4), PageLimits(overread=1), rebuilds):
        yield


@pytest.fixture
def published(platform: object) -> Iterator[list[Event]]:
    """Return every event published from here on."""
    seen: list[Event] = []

    def note(params: dict[str, Any]) -> None:
        entries = params["PublishBatchRequestEntries"]
        seen.extend(Event(**json.loads(entry["Message"])) for entry in entries)

    with intercepted("sns", "PublishBatch", note):
        yield seen


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site to crawl; pages that fail are tried again at once."""
    from chalicelib.crawler.core import limits

    monkeypatch.setattr(limits, "RETRY_SECONDS", (0, 0, 0, 0))
    running = Site()
    yield running
    running.close()
