"""Fixtures of several integration tests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws.events import Event
from tests.faults import intercepted
from tests.integration.crawler.crawler_support import Site


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let follows, returns and switches take effect at this moment instead of in a minute.

    Whoever uses it settles the platform before and after each of them.
    """
    from chalicelib.tweets.heads import delivery_modes
    from chalicelib.tweets.timelines import home, reader_state, rebuild

    monkeypatch.setattr(delivery_modes, "LEAD_MS", 0)
    monkeypatch.setattr(delivery_modes, "READ_MS", 0)
    monkeypatch.setattr(reader_state, "SETTLE_MS", 0)
    monkeypatch.setattr(rebuild, "LAG_MS", 0)
    monkeypatch.setattr(home, "_asked", {})


@pytest.fixture
def small_and_at_once(at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """And let heads hold four tweets, rebuilds fill in four, and pages look no further ahead."""
    from chalicelib.tweets.heads import heads
    from chalicelib.tweets.pages import skeletons
    from chalicelib.tweets.timelines import head_skeletons, home, rebuild

    monkeypatch.setattr(heads, "MAX_ENTRIES", 4)
    monkeypatch.setattr(rebuild, "SIZE", 4)
    monkeypatch.setattr(home, "REBUILD_HEADS", 0)
    for module in (home, head_skeletons, skeletons):
        monkeypatch.setattr(module, "OVERREAD", 1)


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
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.close()
