"""Timers of polls and scheduled tweets."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets.posting import timers

from shared.base.clock import now_ms


@given(st.integers(-100_000, 100_000))
def test_a_timer_never_rings_before_its_moment_and_hardly_after(left: int) -> None:
    before = now_ms()
    waiting = timers.delay_until(before + left) * 1000
    assert now_ms() + waiting >= before + left
    assert waiting < max(1, left) + 1000
