"""Search of users by their names."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws import dynamo
from shared.base.process import process
from tests.integration.users.graph.graph_support import listed
from tests.platform import Platform

pytestmark = pytest.mark.integration


def test_search_by_name_and_username(platform: Platform) -> None:
    me = platform.register("Zqx_Seeker")
    exact, other = platform.register("zqxada"), platform.register("zqxadams")
    me.ok("PATCH", "/1/accounts/me", {"name": "Zqxåda Löve Ëmpty"})
    fan = platform.register()
    fan.follow(other)
    platform.settle()

    def found(query: str) -> list[str]:
        return listed(me, f"/2/users/search?query={query}")

    assert found("zqxada") == [exact.id, other.id, me.id]
    assert found("ZQXAD") == [other.id, *sorted([exact.id, me.id])]
    assert found("l%C3%B6v%20ZqxA") == [me.id]
    assert found("%40zqx_seeker") == [me.id]
    assert found("zqxadamsx") == found("%21%21") == []
    assert me.ok("GET", "/2/users/search?query=zqxnobody") == {"meta": {"result_count": 0}}
    body = me.ok("GET", "/2/users/search?query=zqxadams&user.fields=public_metrics")
    assert body["data"][0]["public_metrics"]["followers_count"] == 1
    assert me.call("GET", "/2/users/search").status == 400
    assert me.call("GET", f"/2/users/search?query={'x' * 51}").status == 400


def test_search_forgets_old_names_and_stays_right_when_records_come_again(
    platform: Platform,
) -> None:
    me = platform.register()
    platform.settle()
    index = platform.modules["users"].follow_users

    def record(version: int, name: str, old: str | None) -> dict[str, Any]:
        def image(version: int, name: str) -> dict[str, Any]:
            item = {"id": me.id, "username": me.username, "name": name, "version": version}
            item["updated_at"] = version
            return dict(dynamo.encode_item(item))

        body = {"Keys": {"id": {"S": me.id}}, "NewImage": image(version, name)}
        if old is not None:
            body["OldImage"] = image(version - 1, old)
        return {"eventID": f"{version}", "eventName": "MODIFY", "dynamodb": body}

    def found(word: str) -> bool:
        return me.id in listed(me, f"/2/users/search?query={word}")

    names = ["Vwxone First", "Vwxtwo Second", "Vwxthree Third"]
    records = [record(n + 10, name, None) for n, name in enumerate(names)]
    records += [record(11, names[1], names[0]), record(12, names[2], names[1])]
    for order in (records, records[::-1], [*records, *records]):
        index({"Records": order}, None)
        # The words are what they were at the newest version, in whatever order it is told.
        shown = me.call("GET", "/2/users/search?query=vwx").json()
        assert shown["meta"]["result_count"] == 1
        assert found("vwxthree")
        assert not found("vwxone")
        assert not found("first")
    gone = {"eventID": "gone", "eventName": "REMOVE", "dynamodb": {"Keys": {"id": {"S": me.id}}}}
    for _ in range(2):
        index({"Records": [gone]}, None)
    assert not found("vwxthree")


@pytest.fixture
def small_windows(platform: Platform) -> Iterator[None]:
    from chalicelib.users.profiles.search import SearchLimits

    with process.limited(SearchLimits(window=4)):
        yield


def test_search_is_paged_without_doubles(platform: Platform, small_windows: None) -> None:
    people = [platform.register(f"Qwk{n}") for n in range(7)]
    for person in people:
        person.ok("PATCH", "/1/accounts/me", {"name": "Qwkman Qwkman Qwkmore"})
    platform.settle()
    for path in ("/2/users/search?query=qwk", "/2/users/search?query=qwk3"):
        for size in (1, 2, 3, 50):
            seen: list[str] = []
            token = ""
            for _ in range(30):
                body = people[0].ok("GET", f"{path}&max_results={size}{token}")
                seen += [user["id"] for user in body.get("data", [])]
                if "next_token" not in body["meta"]:
                    break
                token = f"&next_token={body['meta']['next_token']}"
            wanted = {person.id for person in people} if path.endswith("qwk") else {people[3].id}
            assert sorted(seen) == sorted(wanted)
    stolen = people[0].call("GET", f"/2/users/search?query=other{token or '&next_token=e30'}")
    assert stolen.status == 400
