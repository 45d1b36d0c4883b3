"""Segments: conditions on contacts, users of the platform, followers."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.users.moderation.test_moderation import WHY, staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

TEA = {"title": "Tea", "text": "It is ready."}


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return staff(platform, "admin")


@pytest.fixture
def make_key(platform: Platform, admin: Person) -> Callable[..., Person]:
    def make(*scopes: str) -> Person:
        body = {"name": "shop", "scopes": list(scopes)}
        return Person("", "", "", admin.ok("POST", "/1/api_keys", body)["data"]["key"], platform)

    return make


@pytest.fixture
def key(make_key: Callable[..., Person]) -> Person:
    return make_key("notifications.read", "notifications.write")


def walked(owner: str, where: dict[str, Any], size: int) -> list[list[str]]:
    from chalicelib.notifications.accepting import segments

    slices, position = [], None
    while True:
        found, position = segments.some(owner, where, position, size)
        slices.append(found)
        if position is None:
            return slices


def test_a_stored_segment_is_who_meets_its_conditions_when_it_is_walked(
    platform: Platform, key: Person
) -> None:
    word = secrets.token_hex(4)
    people = {
        "a": {"locale": "de", "attributes": {"plan": "pro", "city": "Köln"}},
        "b": {"locale": "de", "attributes": {"plan": "free"}},
        "c": {"locale": "en", "attributes": {"plan": "pro"}},
        "d": {},
    }
    for name, members in people.items():
        email = f"{name}{word}@example.org"
        key.ok("PUT", f"/1/contacts/{name}", {"email": email, **members})
    known = key.ok("GET", "/1/contacts/a")["data"]
    assert known["attributes"] == {"plan": "pro", "city": "Köln"}
    where = {"locale": "de", "attributes": {"plan": "pro"}}
    made = key.ok("PUT", "/1/segments/pros", {"where": where})["data"]
    assert made["where"] == where
    (listed,) = key.ok("GET", "/1/segments")["data"]
    assert (listed["name"], listed["where"]) == ("pros", where)
    sent = key.ok("POST", "/1/notifications", {"to": {"segment": "pros"}, "content": TEA})
    key.ok("PUT", "/1/topics/tea/subscribers", {"subscribers": ["b", "c"]})
    direct = {"topic": "tea", "attributes": {"plan": "free"}}
    key.ok("POST", "/1/notifications", {"to": {"segment": direct}, "content": TEA})
    platform.settle()
    got = {name: len(platform.mails(f"{name}{word}@example.org")) for name in people}
    assert got == {"a": 1, "b": 1, "c": 0, "d": 0}
    requests = {one["id"]: one for one in key.ok("GET", "/1/notifications")["data"]}
    assert requests[sent["data"]["id"]]["segment"] == "pros"
    assert key.call("DELETE", "/1/segments/pros").status == 204
    assert key.call("DELETE", "/1/segments/pros").status == 404
    gone = key.call("POST", "/1/notifications", {"to": {"segment": "pros"}, "content": TEA})
    assert gone.status == 404


def test_few_among_many_are_found_in_bounded_slices(key: Person) -> None:
    from chalicelib.notifications.contacts import directory
    from chalicelib.notifications.contacts.port import Contact

    owner, store = secrets.token_hex(8), directory.store()
    for number in range(230):
        rare = {"rare": "yes"} if number % 100 == 7 else {"often": "yes"}
        recipient = f"contact:{owner}:c{number:04d}"
        store.put_outside(Contact(recipient, attributes=rare))
    slices = walked(owner, {"attributes": {"rare": "yes"}}, 25)
    assert [[one[-4:] for one in found] for found in slices] == [["0007"], ["0107"], ["0207"]]
    common = walked(owner, {}, 100)
    assert [len(found) for found in common] == [100, 100, 30]
    assert len({one for found in common for one in found}) == 230
    # More than a slice takes: the rest of what was read comes with the next ones.
    crowded = walked(owner, {"attributes": {"often": "yes"}}, 25)
    often = [one for found in crowded for one in found]
    assert len(often) == len(set(often)) == 227
    assert max(map(len, crowded)) == 25


def test_all_users_the_verified_and_followers(platform: Platform, admin: Person) -> None:
    author, fan, other, gone = (platform.register() for _ in range(4))
    for one in (fan, gone):
        one.follow(author)
    admin.ok("POST", f"/1/admin/users/{other.id}/verify", WHY)
    admin.ok("POST", f"/1/admin/users/{gone.id}/suspend", WHY)
    platform.settle()
    everybody = [one for found in walked("x", {"users": "all"}, 25) for one in found]
    assert len(everybody) == len(set(everybody))
    assert {author.id, fan.id, other.id} <= set(everybody) and gone.id not in everybody
    verified = {one for found in walked("x", {"users": "verified"}, 25) for one in found}
    assert other.id in verified and not verified & {author.id, fan.id, gone.id}
    request = {"to": {"segment": {"followers_of": author.id}}, "content": TEA}
    sent = admin.ok("POST", "/1/notifications", {**request, "channels": ["inbox"]})["data"]["id"]
    platform.settle()
    told = admin.ok("GET", f"/1/notifications/{sent}")["data"]["deliveries"]
    assert [(one["user_id"], one["state"]) for one in told] == [(fan.id, "delivered")]


def test_segments_of_users_are_for_administrators(
    platform: Platform, admin: Person, key: Person, make_key: Callable[..., Person]
) -> None:
    person, whole = platform.register(), make_key("admin")
    for where in ({"users": "all"}, {"users": "verified"}, {"followers_of": person.id}):
        body = {"to": {"segment": where}, "content": TEA}
        assert key.call("POST", "/1/notifications?dry_run=true", body).status == 403
        assert key.call("PUT", "/1/segments/people", {"where": where}).status == 403
        assert person.call("POST", "/1/notifications", body).status == 403
        for caller in (admin, whole):
            assert caller.call("POST", "/1/notifications?dry_run=true", body).status == 200
    nobody = {"where": {"followers_of": "17"}}
    assert admin.call("PUT", "/1/segments/people", nobody).status == 400


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"users": "some"},
        {"users": "all", "locale": "de"},
        {"attributes": {}},
        {"attributes": {"Plan": "pro"}},
        {"attributes": {"plan": 1}},
        {"followers_of": "ada"},
        {"age": "7"},
    ],
)
def test_conditions_that_make_no_sense(key: Person, where: dict[str, Any]) -> None:
    assert key.call("PUT", "/1/segments/s", {"where": where}).status == 400
    body = {"to": {"segment": where}, "content": TEA}
    assert key.call("POST", "/1/notifications", body).status == 400


def test_segments_have_plain_names_and_owners(platform: Platform, key: Person) -> None:
    for name in ("all", "No!", "-x"):
        body = {"where": {"locale": "de"}}
        assert key.call("PUT", f"/1/segments/{name}", body).status == 400
        assert key.call("DELETE", f"/1/segments/{name}").status == 400
    person = platform.register()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/1/segments", None),
        ("PUT", "/1/segments/s", {"where": {"locale": "de"}}),
        ("DELETE", "/1/segments/s", None),
    ]
    for method, path, body in calls:
        assert person.call(method, path, body).status == 403
