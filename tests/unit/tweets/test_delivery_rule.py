"""The decision between push and pull: by cost, monotonic, without flapping."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app
from shared.base.process import process

load_app("tweets")

from chalicelib.tweets.heads.delivery_rule import (
    AuthorActivity,
    Mode,
    Rule,
    configured_rule,
    decide,
)

RULE = Rule()
MODES: tuple[Mode, Mode] = ("push", "pull")

rates = st.floats(0, 1000, allow_nan=False)
activities = st.builds(
    AuthorActivity,
    tweets_per_day=rates,
    followers=st.integers(0, 3_000_000),
    active_followers=st.integers(0, 9_000),
    head_reads_per_day=st.floats(0, 1e7, allow_nan=False),
)
small = activities.map(lambda one: replace(one, followers=min(one.followers, 8_000)))
modes = st.sampled_from(MODES)


def author(tweets: float, followers: int, reads: float) -> AuthorActivity:
    return AuthorActivity(tweets, followers, followers, reads)


@pytest.mark.parametrize("current", MODES)
def test_by_rates_and_not_by_fame(current: Mode) -> None:
    # One entry costs as much as ten heads: three tweets a day break even at thirty pages a day.
    assert decide(author(0.2, 50, 50 * 30), current, RULE) == "push"
    assert decide(author(20, 50, 50 * 30), current, RULE) == "pull"
    assert decide(author(0.1, 5_000, 5_000 * 3), current, RULE) == "push"
    # Many readers share what a cache has read: a head costs no more than the cache lets through.
    assert decide(author(3, 5_000, 5_000 * 30), current, RULE) == "pull"


def test_one_entry_costs_as_much_as_ten_heads() -> None:
    uncached = replace(RULE, cache_seconds=0)
    activity = author(1, 100, 1000)
    assert uncached.push_cost(activity) == pytest.approx(uncached.pull_cost(activity))


def test_whoever_never_tweets_is_pushed_and_costs_nothing() -> None:
    assert decide(author(0, 100, 10), "pull", RULE) == "push"


@given(activity=activities, current=modes)
def test_celebrities_are_always_pulled(activity: AuthorActivity, current: Mode) -> None:
    famous = replace(activity, followers=RULE.celebrity_followers)
    assert decide(famous, current, RULE) == "pull"


def test_the_celebrity_bound_is_left_lower_than_it_is_entered() -> None:
    def near(followers: int, current: Mode) -> Mode:
        return decide(AuthorActivity(0.01, followers, 10, 1e6), current, RULE)

    assert [near(n, "push") for n in (8_999, 9_999, 10_000)] == ["push", "push", "pull"]
    assert [near(n, "pull") for n in (10_000, 9_000, 8_999)] == ["pull", "pull", "push"]


@given(activity=small, current=modes, factor=st.floats(1, 100))
def test_more_tweets_or_entries_never_lead_to_push(
    activity: AuthorActivity, current: Mode, factor: float
) -> None:
    if decide(activity, current, RULE) == "pull":
        busier = replace(activity, tweets_per_day=activity.tweets_per_day * factor)
        assert decide(busier, current, RULE) == "pull"
        wider = replace(activity, active_followers=int(activity.active_followers * factor))
        assert decide(wider, current, RULE) == "pull"


@given(activity=small, current=modes, factor=st.floats(1, 100))
def test_more_reading_never_leads_to_pull(
    activity: AuthorActivity, current: Mode, factor: float
) -> None:
    if decide(activity, current, RULE) == "push":
        read = replace(activity, head_reads_per_day=activity.head_reads_per_day * factor)
        assert decide(read, current, RULE) == "push"


@given(activity=activities, current=modes)
def test_a_decision_stands_when_asked_again(activity: AuthorActivity, current: Mode) -> None:
    decided = decide(activity, current, RULE)
    assert decide(activity, decided, RULE) == decided


@given(
    activity=activities,
    current=modes,
    trembles=st.lists(st.floats(0.96, 1.04), min_size=2, max_size=12),
)
def test_trembling_figures_switch_at_most_once(
    activity: AuthorActivity, current: Mode, trembles: list[float]
) -> None:
    """Within the hysteresis an author may leave a way, but never comes back to it."""
    decided = [current]
    for tremble in trembles:
        shaken = replace(
            activity,
            tweets_per_day=activity.tweets_per_day * tremble,
            head_reads_per_day=activity.head_reads_per_day / tremble,
            followers=int(activity.followers * tremble),
        )
        decided.append(decide(shaken, decided[-1], RULE))
    switches = sum(one != other for one, other in itertools.pairwise(decided))
    assert switches <= 1, decided


@given(activity=small, current=modes)
def test_the_dearer_way_is_never_dearer_than_the_hysteresis(
    activity: AuthorActivity, current: Mode
) -> None:
    push, pull = RULE.push_cost(activity), RULE.pull_cost(activity)
    chosen = push if decide(activity, current, RULE) == "push" else pull
    assert chosen <= min(push, pull) * RULE.hysteresis * 1.000001


def test_the_bound_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELEBRITY_FOLLOWERS", "500")
    process.restart()
    try:
        assert configured_rule() == replace(RULE, celebrity_followers=500)
    finally:
        monkeypatch.undo()
        process.restart()
