"""Accounts, profiles and follows on real tables, streams and queues."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.aws import sdk
from shared.base.process import process
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration


def test_register_verify_and_log_in(platform: Platform) -> None:
    ada = platform.register("Ada_L", verify=True)
    me = ada.ok("GET", "/2/users/me?user.fields=created_at,public_metrics,verified")["data"]
    assert me["id"] == ada.id
    assert me["username"] == "Ada_L"
    assert me["public_metrics"]["followers_count"] == 0
    assert "email" not in me


def test_verification_is_idempotent_and_forgery_is_refused(platform: Platform) -> None:
    person = platform.register(verify=True)
    mail = platform.mails(person.email)[0]["BodyText"]
    token = mail.split("token=")[1].split()[0]
    assert platform.call("POST", "/1/accounts/verify", {"token": token}).status == 200
    forged = token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB")
    assert platform.call("POST", "/1/accounts/verify", {"token": forged}).status == 400


def test_one_of_many_racing_registrations_wins(platform: Platform) -> None:
    def attempt(number: int) -> int:
        body = {
            "username": "RacedName",
            "name": "Racer",
            "email": f"racer{number}@example.com",
            "password": PASSWORD,
        }
        return platform.call("POST", "/1/accounts", body).status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(attempt, range(50)))
    assert statuses.count(201) == 1
    assert statuses.count(409) == 49


def test_username_is_unique_without_regard_to_case(platform: Platform) -> None:
    platform.register("CamelCase")
    body = {
        "username": "camelcase",
        "name": "x",
        "email": "other-camel@example.com",
        "password": PASSWORD,
    }
    answer = platform.call("POST", "/1/accounts", body)
    assert answer.status == 409
    assert answer.json()["type"].endswith("/conflict")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("username", "has space"),
        ("username", "waytoolongusername"),
        ("username", ""),
        ("email", "no-at-sign"),
        ("password", "short"),
        ("password", None),
        ("name", "   "),
        ("name", 5),
    ],
)
def test_bad_registrations_are_named(platform: Platform, member: str, value: object) -> None:
    body = {"username": "fine_name", "name": "n", "email": "fine@example.com", "password": PASSWORD}
    answer = platform.call("POST", "/1/accounts", {**body, member: value})
    assert answer.status == 400
    problem = answer.json()
    assert problem["title"] == "Invalid Request"
    assert member in str(problem["errors"])
    assert PASSWORD not in answer.body.decode()


def test_wrong_password_and_unknown_login_look_alike(platform: Platform) -> None:
    person = platform.register()
    wrong = platform.call(
        "POST", "/1/sessions", {"login": person.username, "password": "wrong one"}
    )
    unknown = platform.call(
        "POST", "/1/sessions", {"login": "nobody_here", "password": "wrong one"}
    )
    assert wrong.status == unknown.status == 401
    assert wrong.json() == unknown.json()


def test_profile_edits_are_shown_and_mass_assignment_is_refused(platform: Platform) -> None:
    person = platform.register()
    person.ok(
        "PATCH",
        "/1/accounts/me",
        {"name": "New Name", "description": "<b>hi</b> https://example.com", "location": "Here"},
    )
    shown = person.ok("GET", f"/2/users/{person.id}?user.fields=description,location,entities")[
        "data"
    ]
    assert shown["name"] == "New Name"
    assert shown["description"] == "<b>hi</b> https://example.com"
    assert shown["entities"]["description"]["urls"][0]["start"] == 10
    for member in ("verified", "roles", "status", "id"):
        assert person.call("PATCH", "/1/accounts/me", {member: True}).status == 400
    person.ok("PATCH", "/1/accounts/me", {"location": ""})
    assert "location" not in person.ok("GET", f"/2/users/{person.id}?user.fields=location")["data"]


def test_lookup_by_ids_and_names_with_partial_errors(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    body = one.ok("GET", f"/2/users?ids={one.id},{two.id},999999999999")
    assert [user["id"] for user in body["data"]] == [one.id, two.id]
    error = body["errors"][0]
    assert error["resource_id"] == "999999999999"
    assert error["parameter"] == "ids"
    assert "status" not in error
    body = one.ok("GET", f"/2/users/by?usernames={two.username.upper()},nobody_at_all")
    assert body["data"][0]["id"] == two.id
    assert body["errors"][0]["value"] == "nobody_at_all"
    missing = one.call("GET", "/2/users/by/username/nobody_at_all")
    assert missing.status == 404
    assert missing.json()["type"].endswith("/resource-not-found")


def test_follow_unfollow_and_counts(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    path = f"/2/users/{one.id}/following"
    for _ in range(2):
        answer = one.ok("POST", path, {"target_user_id": two.id})
        assert answer["data"] == {"following": True, "pending_follow": False}
    platform.settle()
    fields = "?user.fields=public_metrics,connection_status"
    shown = one.ok("GET", f"/2/users/{two.id}{fields}")["data"]
    assert shown["public_metrics"]["followers_count"] == 1
    assert shown["connection_status"] == ["following"]
    assert two.ok("GET", f"/2/users/{one.id}{fields}")["data"]["connection_status"] == [
        "followed_by"
    ]
    assert [u["id"] for u in one.ok("GET", path)["data"]] == [two.id]
    assert [u["id"] for u in two.ok("GET", f"/2/users/{two.id}/followers")["data"]] == [one.id]
    for _ in range(2):
        assert one.ok("DELETE", f"{path}/{two.id}")["data"] == {"following": False}
    platform.settle()
    shown = one.ok("GET", f"/2/users/{two.id}{fields}")["data"]
    assert shown["public_metrics"]["followers_count"] == 0
    assert one.ok("GET", path) == {"meta": {"result_count": 0}}


def test_racing_follows_and_unfollows_leave_the_counts_right(platform: Platform) -> None:
    """Fifty follows and fifty unfollows, ten at a time, of a few pairs."""
    target = platform.register()
    people = [platform.register() for _ in range(5)]

    def toggle(number: int) -> None:
        me = people[number % len(people)]
        path = f"/2/users/{me.id}/following"
        if number // len(people) % 2:
            me.ok("DELETE", f"{path}/{target.id}")
        else:
            me.ok("POST", path, {"target_user_id": target.id})

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(toggle, range(100)))
    platform.settle()
    listed = target.ok("GET", f"/2/users/{target.id}/followers").get("data", [])

    def counted(person: Person) -> dict[str, int]:
        shown = person.ok("GET", "/2/users/me?user.fields=public_metrics")["data"]
        metrics: dict[str, int] = shown["public_metrics"]
        return metrics

    assert counted(target)["followers_count"] == len(listed)
    following = {user["id"] for user in listed}
    for person in people:
        assert counted(person)["following_count"] == int(person.id in following)


def test_following_a_protected_account_asks_first(platform: Platform) -> None:
    shy, fan = platform.register(), platform.register()
    shy.ok("PATCH", "/1/accounts/me", {"protected": True})
    process.reset()
    answer = fan.ok("POST", f"/2/users/{fan.id}/following", {"target_user_id": shy.id})
    assert answer["data"] == {"following": False, "pending_follow": True}
    assert fan.call("GET", f"/2/users/{shy.id}/followers").status == 403
    assert fan.call("GET", f"/2/users/{shy.id}/tweets").status == 403


def test_follow_refuses_self_strangers_and_other_peoples_paths(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    path = f"/2/users/{one.id}/following"
    assert one.call("POST", path, {"target_user_id": one.id}).status == 400
    assert one.call("POST", path, {"target_user_id": "999999"}).status == 404
    assert one.call("POST", path, {"target_user_id": "abc"}).status == 400
    assert two.call("POST", path, {"target_user_id": two.id}).status == 403


def test_follower_pages_are_stable_and_tokens_are_bound_to_their_list(platform: Platform) -> None:
    star = platform.register()
    fans = sorted((platform.register() for _ in range(5)), key=lambda fan: fan.id)
    for fan in fans:
        fan.follow(star)
    path = f"/2/users/{star.id}/followers?max_results=2"
    first = star.ok("GET", path)
    token = first["meta"]["next_token"]
    seen = [user["id"] for user in first["data"]]
    fans[0].ok("DELETE", f"/2/users/{fans[0].id}/following/{star.id}")
    while token:
        body = star.ok("GET", f"{path}&pagination_token={token}")
        seen += [user["id"] for user in body["data"]]
        token = body["meta"].get("next_token")
    assert seen == [fan.id for fan in fans]
    path = f"/2/users/{star.id}/followers?max_results="
    assert [user["id"] for user in star.ok("GET", f"{path}1000")["data"]] == seen[1:]
    assert len(star.ok("GET", f"{path}1")["data"]) == 1
    assert {star.call("GET", f"{path}{size}").status for size in (0, 1001)} == {400}
    stolen = star.call(
        "GET", f"/2/users/{star.id}/following?pagination_token={first['meta']['next_token']}"
    )
    assert stolen.status == 400


def test_a_stream_batch_delivered_twice_is_counted_once(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    one.follow(two)
    platform.settle()
    record = {
        "eventID": "replayed",
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {"user_id": {"S": one.id}, "target_id": {"S": two.id}},
            "NewImage": {
                "user_id": {"S": one.id},
                "target_id": {"S": two.id},
                "version": {"N": "9"},
                "following": {"BOOL": True},
                "updated_at": {"N": "1"},
            },
        },
    }
    handler = platform.modules["users"].follow_follows
    for _ in range(3):
        handler({"Records": [record]}, None)
    counters = sdk.client("dynamodb").get_item(
        TableName="rookery-dev-users-counters", Key={"id": {"S": two.id}}
    )["Item"]
    assert counters["followers"]["N"] == "2"
