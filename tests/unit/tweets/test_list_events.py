"""Events that follow from changes in the table of lists."""

from typing import Any

from scripts.base.domain import load_app
from shared.aws.events import schema
from shared.aws.streams import Change
from shared.base.validation import check

publishing = load_app("tweets").publishing

MEMBER = {"owner_id": "7", "private": True, "updated_at": 1000, "version": 1}


def events(entry: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Any]:
    found = list(publishing.list_events(Change("1", {"list_id": "5", "entry": entry}, old, new)))
    for event in found:
        check(schema(event.type), event.data)
    return found


def test_being_put_on_a_list_and_taken_off_are_told_in_order() -> None:
    (added,) = events("member#9", None, MEMBER)
    (removed,) = events("member#9", MEMBER, None)
    told = {"list_id": "5", "user_id": "9", "owner_id": "7", "private": True}
    assert (added.type, added.data) == ("list.member_added", told)
    assert (removed.type, removed.data) == ("list.member_removed", told)
    (again,) = events("member#9", None, {**MEMBER, "updated_at": 1002})
    assert added.version < removed.version < again.version
    assert added.subject == removed.subject == "5-9"


def test_a_list_is_told_of_without_its_name() -> None:
    whole = {**MEMBER, "name": "secret", "description": "more"}
    told = {"list_id": "5", "owner_id": "7", "private": True}
    (made,) = events("list", None, whole)
    (changed,) = events("list", whole, {**whole, "version": 2, "updated_at": 1500})
    (gone,) = events("list", {**whole, "version": 2}, None)
    assert [one.type for one in (made, changed, gone)] == [
        "list.created", "list.updated", "list.deleted",
    ]  # fmt: skip
    assert made.data == changed.data == gone.data == told
    assert made.version < changed.version < gone.version


def test_followers_of_lists_are_told_of() -> None:
    follower = {"updated_at": 1000, "version": 1}
    (came,) = events("follower#9", None, follower)
    (went,) = events("follower#9", follower, None)
    assert (came.type, went.type) == ("list.followed", "list.unfollowed")
    assert came.data == went.data == {"list_id": "5", "user_id": "9"}
    assert came.version < went.version


def test_nothing_else_is_told() -> None:
    assert events("pin#9", None, MEMBER) == events("member#9", MEMBER, MEMBER) == []
