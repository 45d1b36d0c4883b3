"""Ranking of a celebrity's followers."""

import pytest
from chalicelib.notifications.accepting.highlights import decayed, score


@pytest.mark.parametrize(("affinity", "idle"), [(1, 0), (3, 7), (40, 60)])
def test_who_engages_more_or_was_there_later_scores_higher(affinity: int, idle: int) -> None:
    assert score(affinity, idle) < score(affinity + 1, idle)
    assert score(affinity, idle) > score(affinity, idle + 1)


def test_a_week_away_weighs_half() -> None:
    assert [score(0, days) for days in (0, 7, 14)] == [1, 0.5, 0.25]


def test_an_engagement_counts_half_after_two_weeks() -> None:
    day = 86_400_000
    now = 100 * day
    likes = [("new", now), ("old", now - 14 * day), ("often", now - 28 * day)]
    likes += [("often", now - 28 * day)] * 4
    # A clock that is ahead adds nothing.
    likes.append(("early", now + day))
    found = decayed(likes, now)
    assert found == {"new": 1, "old": 0.5, "often": 1.25, "early": 1}
