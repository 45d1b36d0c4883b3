"""Shared steps of tests of the social graph."""

from typing import Any

from shared.aws import events
from shared.base.process import process
from shared.contracts import graph
from tests.platform import Person

METRICS = "?user.fields=public_metrics,connection_status"


def between(seen: list[events.Event], *people: Person) -> list[tuple[str, str, str]]:
    ids = {person.id for person in people}
    return [
        (event.type, event.data["user_id"], event.data["target_id"])
        for event in seen
        if {event.data.get("user_id"), event.data.get("target_id")} <= ids
    ]


def pair(one: Person, other: Person) -> graph.Relation:
    return graph.relations(one.id, [other.id])[other.id]


def block(one: Person, other: Person) -> Any:
    return one.ok("POST", f"/2/users/{one.id}/blocking", {"target_user_id": other.id})["data"]


def unblock(one: Person, other: Person) -> Any:
    return one.ok("DELETE", f"/2/users/{one.id}/blocking/{other.id}")["data"]


def protect(person: Person) -> None:
    person.ok("PATCH", "/1/accounts/me", {"protected": True})
    process.reset()


def counts(person: Person) -> tuple[int, int]:
    shown = person.ok("GET", f"/2/users/me{METRICS}")["data"]["public_metrics"]
    return shown["followers_count"], shown["following_count"]


def listed(person: Person, path: str) -> list[str]:
    return [user["id"] for user in person.ok("GET", path).get("data", [])]
