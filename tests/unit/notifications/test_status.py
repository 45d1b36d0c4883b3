"""The overall status of a notification."""

import pytest
from chalicelib.notifications.history import status


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (["queued", "queued"], "accepted"),
        (["sent", "claimed"], "accepted"),
        (["failed", "queued"], "accepted"),
        (["sent", "sent"], "delivered"),
        (["sent", "failed"], "partial"),
        (["failed", "failed"], "failed"),
    ],
)
def test_overall(states, word):
    assert status.overall(states) == word
