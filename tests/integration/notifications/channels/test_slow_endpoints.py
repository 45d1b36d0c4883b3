"""Servers of web push and webhooks that keep a worker waiting."""

import socket
from collections.abc import Iterator

import pytest
from chalicelib.notifications.contacts import devices
from chalicelib.notifications.core.caused_ids import fresh_id
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.delivery.sender import SenderLimits
from chalicelib.notifications.delivery.worker import worker
from chalicelib.notifications.history import ledger, notifications
from chalicelib.notifications.operating import channels

from shared.base import ids
from shared.base.clock import now_ms
from shared.base.process import process
from tests.integration.notifications.channels.channels_support import SECRET

pytestmark = pytest.mark.integration


@pytest.fixture
def silent() -> Iterator[str]:
    """Address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def told(*urls: str) -> str:
    """Id of a notification to somebody with webhooks, for this test alone."""
    person, now = ids.new_id(), now_ms()
    for number, url in enumerate(urls):
        devices.store().register(
            person, f"{person}-{number}", "webhook", url, {"url": url, "secret": SECRET}
        )
    made = Content(
        fresh_id(now), person, "message", "message", ("inbox",), now, title="T", text="t"
    )
    assert notifications.create(made)
    return made.id


def deliveries(notification_id: str) -> list[dict]:
    return [one for one in ledger.entries(notification_id) if "webhook" in one["target"]]


def test_slow_servers_hold_up_nobody_elses_messages(platform, providers, silent):
    slow = told(*(f"{silent}/{number}" for number in range(12)))
    single = told(f"{providers.url}/hooks/single")
    many = told(*(f"{providers.url}/hooks/many{number}" for number in range(12)))
    messages = [{"notification_id": one} for one in (slow, single, many)]
    with process.limited(SenderLimits(seconds=1.0)):
        failures = worker("webhook")(messages)
    # The slow one's message has used up an attempt; nobody else's has.
    assert list(failures) == [0]
    assert [one["state"] for one in deliveries(single)] == ["sent"]
    assert 0 < len(deliveries(slow)) < 12, "the batch had no time for the rest"
    (state,) = [one for one in channels.states() if one["channel"] == "webhook"]
    assert state["breaker"] == "closed" and state["last_error"].startswith("TransientFailure")
    platform.settle()
    arrived = [one for one in providers.journal.sent("webhook") if "/hooks/many" in one["to"]]
    assert len(arrived) == 12
