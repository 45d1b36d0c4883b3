"""The platform's simulators, with short time limits."""

import os
from collections.abc import Iterator

import pytest

from scripts.base.domain import load_app

load_app("notifications")

from shared.base.process import process
from tests.platform import Platform


@pytest.fixture
def providers(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Return the simulators, without what earlier tests left."""
    from chalicelib.notifications.channels.exchange import ExchangeLimits
    from chalicelib.notifications.channels.push.apns import ApnsLimits

    platform.providers.journal.clear()
    with process.limited(ExchangeLimits(silence=1.0, whole=1.5), ApnsLimits(seconds=1.5)):
        yield platform.providers


@pytest.fixture(autouse=True, scope="session")
def pinpoint(platform: Platform) -> None:
    os.environ["AWS_ENDPOINT_URL_PINPOINT"] = platform.providers.url
    os.environ["PINPOINT_APPLICATION_ID"] = "app"
