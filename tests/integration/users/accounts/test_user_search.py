"""Search of users by their names."""

from collections.abc import Iterator
from typing import Any

import pytest

from bench.meter import Meter
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base import ids
from shared.base.process import process
from tests.integration.users.graph.graph_support import listed
from tests.platform import Person, Platform
from tests.remembering import remembering

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


SEARCH = "rookery-dev-users-search"


def crowd(platform: Platform, word: str, size: int) -> list[str]:
    """Return users of a word: the later, the more followers."""
    users = [
        {"id": str(ids.new_id()), "username": f"{word}{n}", "name": "Crowd", "version": 1}
        for n in range(size)
    ]
    for item in users:
        item |= {"created_at": 0, "updated_at": 0, "status": "active"}
    counters = [
        {"id": one["id"], "followers": 8 * 2 ** min(n, 60) + n} for n, one in enumerate(users)
    ]
    dynamo.batch_write("rookery-dev-users-users", puts=users)
    dynamo.batch_write("rookery-dev-users-counters", puts=counters)
    platform.settle()
    from chalicelib.users.profiles import search_index

    for one in counters:
        search_index.note_followers(one["id"], one["followers"])
    return [str(one["id"]) for one in users]


def entries(word: str) -> list[Item]:
    from chalicelib.users.core.models import SEARCH_ENTRIES

    found = SEARCH_ENTRIES.query(
        "#prefix = :prefix AND begins_with(#entry, :word)", {"prefix": word[:2], "word": word}
    )
    return list(found)


def everybody(me: Person, query: str, size: int) -> tuple[list[str], int]:
    """Return the ids of all pages, and the number of pages."""
    seen: list[str] = []
    token = ""
    for page in range(1, 200):
        body = me.ok("GET", f"/2/users/search?query={query}&max_results={size}{token}")
        seen += [user["id"] for user in body.get("data", [])]
        if "next_token" not in body["meta"]:
            return seen, page
        token = f"&next_token={body['meta']['next_token']}"
    raise AssertionError("no last page")


def test_a_page_reads_the_users_that_it_shows(platform: Platform) -> None:
    me = platform.register()
    people = crowd(platform, "pkq", 60)
    with remembering(), Meter() as meter:
        found = listed(me, "/2/users/search?query=pkq&max_results=20")
        requests, _ = meter.take()
    assert found == people[:-21:-1]
    assert len(requests[-1].calls) <= 4
    # Of each user shown the profile, the counters and the relation: 1.5.
    assert requests[-1].rru <= 35
    assert everybody(me, "pkq", 20) == (people[::-1], 3)


def test_hidden_users_leave_no_page_short(platform: Platform) -> None:
    me = platform.register()
    people = crowd(platform, "pkv", 12)
    gone = people[5:11]
    for number, user_id in enumerate(gone):
        dynamo.batch_write(
            "rookery-dev-users-users",
            puts=[{"id": user_id, "username": f"pkv{5 + number}", "name": "Crowd",
                   "created_at": 0, "updated_at": 0, "version": 2, "status": "deactivated"}],
        )  # fmt: skip
    left = [one for one in people if one not in gone]
    found = listed(me, "/2/users/search?query=pkv&max_results=4")
    assert found == left[::-1][:4]
    assert everybody(me, "pkv", 2)[0] == left[::-1]


def test_a_page_of_hidden_users_reads_a_bounded_number(platform: Platform) -> None:
    from chalicelib.users.profiles.search import SearchLimits

    me = platform.register()
    people = crowd(platform, "pkw", 30)
    for number, user_id in enumerate(people):
        item = {
            "id": user_id,
            "username": f"pkw{number}",
            "name": "Crowd",
            "created_at": 0,
            "updated_at": 0,
        }
        if number > 1:
            item["status"] = "deactivated"
        dynamo.batch_write("rookery-dev-users-users", puts=[{**item, "version": 2}])
    with Meter() as meter:
        body = me.ok("GET", "/2/users/search?query=pkw&max_results=2")
        requests, _ = meter.take()
    rounds = [one for one in requests[-1].calls if one.operation == "BatchGetItem"]
    assert len(rounds) <= SearchLimits().rounds + 1
    assert body["meta"]["result_count"] == 0
    assert everybody(me, "pkw", 2)[0] == [people[1], people[0]]


def test_verified_users_come_first_and_lose_that(platform: Platform) -> None:
    me = platform.register()
    people = crowd(platform, "pkx", 3)

    def verify(verified: bool, version: int) -> None:
        item = {
            "id": people[0],
            "username": "pkx0",
            "name": "Crowd",
            "created_at": 0,
            "updated_at": 0,
        }
        item |= {"version": version, "verified": verified}
        dynamo.batch_write("rookery-dev-users-users", puts=[item])
        platform.settle()

    verify(True, 2)
    assert listed(me, "/2/users/search?query=pkx") == [people[0], people[2], people[1]]
    assert [one.get("verified") for one in entries("pkx0")] == [True]
    verify(False, 3)
    assert listed(me, "/2/users/search?query=pkx") == people[::-1]
    assert [one.get("verified") for one in entries("pkx0")] == [None]


def test_reach_follows_the_number_of_followers(platform: Platform) -> None:
    from chalicelib.users.profiles import search_index

    (one,) = crowd(platform, "pky", 1)
    writes: list[int] = []
    for followers in (0, 7, 8, 7, 15, 16, 13, 16, 11, 0):
        search_index.note_followers(one, followers)
        (entry,) = entries("pky")
        writes.append(entry.get("reach", 0))
    # Two bounds are crossed; one follower who comes and goes changes nothing.
    assert writes == [0, 0, 1, 1, 1, 2, 2, 2, 1, 0]
    search_index._known.clear()
    search_index.note_followers(one, 40)
    assert [e["reach"] for e in entries("pky")] == [3]


def test_a_new_name_keeps_the_reach(platform: Platform) -> None:
    from chalicelib.users.profiles import search_index

    person = platform.register("Pkzfirst")
    platform.settle()
    search_index.note_followers(person.id, 100)
    person.ok("PATCH", "/1/accounts/me", {"name": "Pkzsecond"})
    platform.settle()
    assert {e["entry"].partition("#")[0]: e["reach"] for e in entries("pkz")} == {
        "pkzfirst": 4,
        "pkzsecond": 4,
    }
    search_index.note_followers("1", 100)


def test_followers_raise_the_reach(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.users.profiles import search_index

    monkeypatch.setattr(search_index, "_SAMPLE", 1)
    monkeypatch.setattr(search_index, "_LEAST_FOLLOWERS", 1)
    person, fan = platform.register("Pkufamous"), platform.register()
    fan.follow(person)
    platform.settle()
    assert [e["reach"] for e in entries("pku")] == [1]
    fan.ok("DELETE", f"/2/users/{fan.id}/following/{person.id}")
    platform.settle()
    assert [e["reach"] for e in entries("pku")] == [0]


def test_entries_of_before_there_was_a_rank(platform: Platform) -> None:
    me = platform.register()
    people = crowd(platform, "pkt", 5)
    for entry in entries("pkt"):
        bare = {name: value for name, value in entry.items() if name not in ("reach", "verified")}
        dynamo.batch_write(SEARCH, puts=[bare])
    assert listed(me, "/2/users/search?query=pkt") == people[::-1]
    assert sorted(everybody(me, "pkt", 2)[0]) == sorted(people)
