"""Small siblings of `bench.delivery`: workers that are killed, a provider that is down."""

import pytest

from bench.delivery import kills, outage
from scripts.providers import simulators
from shared.base.process import process

pytestmark = pytest.mark.integration


def test_workers_killed_while_they_push_lose_nothing(module, stack, tmp_path, monkeypatch):
    size = kills.Size(
        messages=200, kills=3, threads=1, visibility=8, lease_ms=4000, people=10, patience=60
    )
    running = simulators.running(
        tmp_path / "providers", stack.endpoint_url, journal=kills.journal()
    )
    with running as providers:
        for name, value in providers.environment().items():
            monkeypatch.setenv(name, value)
        found = kills.run(size, stack, tmp_path, providers)
    assert (found["lost"], found["dead_letters"]) == (0, 0)
    assert found["marked_sent"] == size.messages
    assert found["duplicates"] <= found["unmarked"] <= found["allowed"]


def test_after_minutes_without_a_provider_pushes_return_one_after_another(
    module, stack, monkeypatch
):
    """By a moved clock. Ten failures open the breaker; then single probes find it closed."""
    monkeypatch.setenv("IOS_ADAPTER", "sns")
    monkeypatch.setenv("SNS_IOS_APPLICATION_ARN", outage.APPLICATION)
    process.reset()
    found = outage.run(60, 180, module.deliver_ios)
    assert (found["lost"], found["doubled"], found["dead_letters"]) == (0, 0, 0)
    assert found["opened"]
    assert found["breaker"] == "closed"
    # After openings of 15, 30 and 60 seconds; the next one ends too late.
    assert 1 <= found["probes"] <= 3
    assert found["closed_after_s"] <= 480
    assert found["busiest"] <= 20, "no herd"
