"""Helpers of the tweets tests."""

from collections.abc import Iterable
from typing import Any

from shared.aws import dynamo
from shared.base.clock import now_seconds
from tests.platform import Person


def ids(person: Person, path: str) -> list[str]:
    """Return the ids of one page."""
    return [one["id"] for one in person.ok("GET", path).get("data", [])]


def walk(person: Person, path: str) -> list[str]:
    """Return the ids of all pages of a list; the path already has a query."""
    seen: list[str] = []
    token = ""
    for _ in range(30):
        body = person.ok("GET", path + (f"&pagination_token={token}" if token else ""))
        page = [one["id"] for one in body.get("data", [])]
        assert body["meta"]["result_count"] == len(page)
        seen += page
        token = body["meta"].get("next_token", "")
        if not token:
            return seen
    raise AssertionError("no last page")


def reading_home(user_ids: Iterable[str], day: int | None = None, **members: Any) -> None:
    """Mark users as readers of their home timelines on a day (today)."""
    day = now_seconds() // 86_400 if day is None else day
    dynamo.batch_write(
        "rookery-dev-tweets-timelines",
        puts=[
            {"user_id": user_id, "position": 2**63, "active_day": day, "since": 1, **members}
            for user_id in user_ids
        ],
    )


def mute(user: Person, target: Person) -> None:
    """Mute an account, straight in the table."""
    _relate(user, target, "muted")


def block(user: Person, target: Person) -> None:
    """Block an account, straight in the table."""
    _relate(user, target, "blocked")
    _relate(target, user, "blocked_by")


def _relate(user: Person, target: Person, flag: str) -> None:
    item = {"user_id": user.id, "target_id": target.id, "version": 1, "updated_at": 1, flag: True}
    dynamo.batch_write("rookery-dev-users-follows", puts=[item])
