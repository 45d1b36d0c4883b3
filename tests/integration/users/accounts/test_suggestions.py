"""Users suggested to those who follow nobody."""

from collections.abc import Iterator

import pytest

from shared.aws.dynamo import Item
from shared.base.process import process
from tests.integration.users.graph.graph_support import listed
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration

PATH = "/1/users/suggestions?max_results=50"


def suggested(viewer: Person) -> list[str]:
    from chalicelib.users.profiles import popular

    # Another process would have read the list within a minute.
    popular._known.pop("")
    return listed(viewer, PATH)


@pytest.fixture(scope="module", autouse=True)
def own_list(platform: Platform) -> Iterator[None]:
    """A list that people of other tests are not on."""
    from chalicelib.users.profiles import popular

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(popular, "_KEY", {"prefix": "popular", "entry": "own"})
        popular._known.pop("")
        yield
    popular._known.pop("")


@pytest.fixture(scope="module")
def crowd(platform: Platform, own_list: None) -> list[Person]:
    """Twelve people: eleven follow the first, ten the second, nine the third."""
    people = [platform.register() for _ in range(12)]
    for place, person in enumerate(people[:3]):
        person.tweet("Good morning")
        for fan in people[place + 1 :]:
            fan.follow(person)
    platform.settle()
    return people


def test_the_most_followed_come_first_to_somebody_new(
    platform: Platform, crowd: list[Person]
) -> None:
    new = platform.register()
    first, second, third, *others = crowd
    found = suggested(new)
    assert [one for one in found if one in {first.id, second.id, third.id}] == [
        first.id,
        second.id,
        third.id,
    ]
    # Nobody follows them, or they have posted nothing.
    assert not {one.id for one in others} & set(found)
    assert new.id not in found
    body = new.ok("GET", "/1/users/suggestions?max_results=1&user.fields=public_metrics")
    assert body["meta"] == {"result_count": 1}
    assert new.call("GET", "/1/users/suggestions?max_results=51").status == 400


def test_followed_blocked_and_muted_people_are_not_suggested(
    platform: Platform, crowd: list[Person]
) -> None:
    new = platform.register()
    first, second, third, *_ = crowd
    new.follow(first)
    third.ok("POST", f"/2/users/{third.id}/blocking", {"target_user_id": new.id})
    new.ok("POST", f"/2/users/{new.id}/muting", {"target_user_id": second.id})
    platform.settle()
    assert not {first.id, second.id, third.id} & set(suggested(new))
    new.ok("DELETE", f"/2/users/{new.id}/muting/{second.id}")
    assert second.id in suggested(new)


def test_protected_and_suspended_people_are_not_suggested(
    platform: Platform, crowd: list[Person]
) -> None:
    new, fan = platform.register(), platform.register()
    hidden, shown = platform.register(), platform.register()
    for one in (hidden, shown):
        one.tweet("Hello")
        fan.follow(one)
    hidden.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    found = suggested(new)
    assert shown.id in found
    assert hidden.id not in found
    # Those who lose their followers leave the list.
    fan.ok("DELETE", f"/2/users/{fan.id}/following/{shown.id}")
    platform.settle()
    assert shown.id not in suggested(new)


@pytest.fixture
def short_list(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Item]:
    from chalicelib.users.core.models import SEARCH_ENTRIES
    from chalicelib.users.profiles import popular

    monkeypatch.setattr(popular, "LISTED", 3)
    monkeypatch.setattr(popular, "_KEY", {"prefix": "popular", "entry": "few"})
    popular._known.pop("")
    SEARCH_ENTRIES.delete(popular._KEY)
    yield popular._KEY
    popular._known.pop("")


def test_the_list_is_bounded_and_seldom_written(platform: Platform, short_list: Item) -> None:
    from chalicelib.users.core.models import SEARCH_ENTRIES
    from chalicelib.users.profiles import popular

    def stored() -> Item:
        return SEARCH_ENTRIES.get(short_list, consistent=True) or {}

    def ranks() -> Item:
        return dict(stored()["ranks"])

    popular.note({"a": 1, "b": 4, "c": 8, "d": 2})
    assert ranks() == {"b": 3, "c": 4, "d": 2}
    # Late and again.
    popular.note({"a": 1, "d": 2})
    assert ranks() == {"b": 3, "c": 4, "d": 2}
    written = stored()["version"]
    for number in range(5, 8):
        popular.note({"b": number})
    popular.note({"b": 3, "c": 7})
    assert stored()["version"] == written
    popular.note({"e": 16, "c": 0})
    assert ranks() == {"b": 3, "d": 2, "e": 5}


def test_the_list_does_not_name_the_erased(platform: Platform, short_list: Item) -> None:
    from chalicelib.users.core.models import SEARCH_ENTRIES
    from chalicelib.users.leaving import departures
    from chalicelib.users.profiles import popular

    star, fan = platform.register(), platform.register()
    fan.follow(star)
    platform.settle()
    # Of a full list one lost follower in eight is looked at.
    popular.note({star.id: 9, "a": 1, "b": 1})
    star.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
    with process.limited(departures.DepartureLimits(grace_ms=-1000)):
        assert departures.erase(star.id)
    platform.settle()
    assert (SEARCH_ENTRIES.get(short_list, consistent=True) or {})["ranks"].keys() == {"a", "b"}
