"""Conditions on the history of a sender's requests."""

from typing import Any

import pytest
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.history.requests import Search

USERS = {"ids": ["1", "2"]}
CONTACTS = {"ids": ["contact:k:a", ""]}
TOPIC = {"topic": "k#tea"}


def request(**members: Any) -> Content:
    members = {"channels": (), **members}
    return Content("0" * 32, "key:k", "message", "message", created_at=0, **members)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"channels": ("sms",), "audience": USERS}, {"sms"}),
        ({"audience": USERS}, {"email", "inbox"}),
        ({"audience": CONTACTS}, {"email", "sms"}),
        ({"audience": TOPIC}, {"email", "inbox", "sms"}),
        ({"audience": USERS, "auto": True}, {"email", "inbox", "ios", "android", "webpush"}),
    ],
)
def test_a_channel_is_one_that_the_request_names_or_may_take(
    members: dict[str, Any], expected: set[str]
) -> None:
    found = {
        one
        for one in ("inbox", "email", "ios", "android", "webpush", "sms", "webhook")
        if Search(channel=one).matches(request(**members))
    }
    assert found == expected


@pytest.mark.parametrize(
    ("words", "found"), [("BO", True), ("welcome", True), ("oolong", True), ("platform", False)]
)
def test_words_are_also_those_of_a_template(words: str, found: bool) -> None:
    data = {"name": "Bo", "cups": [{"tea": "Oolong", "n": 2}]}
    content = request(channels=("email",), template="platform/welcome@3", data=data)
    assert Search(words=words).matches(content) is found
