"""Small siblings of `bench.delivery`: killed workers, a lost provider."""

import pytest

from bench import budgets
from bench.delivery import costs, kills, outage
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
    """The clock is moved. Ten failures open the breaker; probes close it."""
    monkeypatch.setenv("IOS_ADAPTER", "sns")
    monkeypatch.setenv("SNS_IOS_APPLICATION_ARN", outage.APPLICATION)
    # Whose simulators other tests have started: it would stand in.
    for name in ("APNS_URL", "APNS_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    process.reset()
    found = outage.run(60, 180, module.deliver_ios)
    assert (found["lost"], found["doubled"], found["dead_letters"]) == (0, 0, 0)
    assert found["opened"]
    assert found["breaker"] == "closed"
    # After openings of 15, 30 and 60 seconds; the next one ends too late.
    assert 1 <= found["probes"] <= 3
    assert found["closed_after_s"] <= 480
    assert found["busiest"] <= 20, "no herd"


def test_deliveries_stay_within_their_budgets(module, stack, tmp_path, monkeypatch):
    with simulators.running(tmp_path / "providers", stack.endpoint_url) as providers:
        for name, value in providers.environment().items():
            monkeypatch.setenv(name, value)
        process.restart()
        with costs.metered(module) as measured:
            found = {name: measured.run(name) for name in costs.Costs.names()}
    process.restart()
    assert set(found) == set(budgets.limits("delivery"))
    assert budgets.exceeded(found, "delivery") == []
    assert found["like_60"]["wru"] < found["like"]["wru"], "grouped ones cost less"
    # What a mail costs on Lambda with 2 ms of CPU; the bench measures the CPU.
    assert costs.dollars(found["email"], 2.0)["all"] <= 1.6
