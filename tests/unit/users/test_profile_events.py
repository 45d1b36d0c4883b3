"""Events of changes of a profile."""

from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.aws.events import schema
from shared.aws.streams import Change
from shared.base.validation import check

publishing = load_app("users").publishing

USER = {"id": "1", "username": "ada", "name": "Ada", "status": "active", "protected": False}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"name": "Countess"}, ["user.updated"]),
        ({}, {"protected": True}, ["user.updated"]),
        ({}, {"description": "I count"}, []),
        ({}, {"status": "suspended", "suspended_at": 2}, ["user.suspended"]),
        ({"status": "suspended"}, {"restored_at": 2}, ["user.restored"]),
        ({"status": "deactivated"}, {"status": "deactivated", "suspended_at": 2}, []),
        ({"status": "deactivated"}, {"status": "suspended", "suspended_at": 1}, ["user.suspended"]),
        ({"status": "deactivated"}, {"status": "deleted", "name": ""}, ["user.deleted"]),
        ({"status": "deleted"}, {"status": "deleted"}, []),
    ],
)
def test_a_change_tells_what_it_is(
    before: dict[str, Any], after: dict[str, Any], told: list[str]
) -> None:
    old = {**USER, "version": 1, "updated_at": 1, **before}
    new = {**USER, "version": 2, "updated_at": 2, **after}
    events = list(publishing.user_events(Change("x", {"id": "1"}, old, new)))
    assert [event.type for event in events] == told
    for event in events:
        check(schema(event.type), event.data)
        assert (event.subject, event.version, event.data["user_id"]) == ("1", 2, "1")


def test_a_new_profile_is_announced_by_its_account() -> None:
    new = {**USER, "version": 1, "updated_at": 1}
    assert list(publishing.user_events(Change("x", {"id": "1"}, None, new))) == []
