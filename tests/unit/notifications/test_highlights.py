"""Ranking of a celebrity's followers."""

import pytest
from chalicelib.notifications.accepting.highlights import score


@pytest.mark.parametrize(("affinity", "idle"), [(1, 0), (3, 7), (40, 60)])
def test_who_engages_more_or_was_there_later_scores_higher(affinity: int, idle: int) -> None:
    assert score(affinity, idle) < score(affinity + 1, idle)
    assert score(affinity, idle) > score(affinity, idle + 1)


def test_a_week_away_weighs_half() -> None:
    assert [score(0, days) for days in (0, 7, 14)] == [1, 0.5, 0.25]
