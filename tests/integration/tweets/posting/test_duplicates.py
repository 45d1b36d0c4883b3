"""The same tweet again within minutes is refused, as by X."""

from collections.abc import Iterator

import pytest

from shared.base.process import process
from tests.account_steps import calls
from tests.faults import answer_lost
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration


def limits(seconds: int) -> object:
    from chalicelib.tweets.posting.duplicates import DuplicateLimits

    return DuplicateLimits(seconds=seconds)


@pytest.fixture(autouse=True)
def refusing(platform: Platform) -> Iterator[None]:
    with process.limited(limits(300)):
        yield


@pytest.fixture
def author(platform: Platform) -> Person:
    return platform.register()


def post(person: Person, text: str = "Hello", key: str = "", **members: object) -> Answer:
    headers = {"idempotency_key": key} if key else {}
    return person.call("POST", "/2/tweets", {"text": text, **members}, **headers)


def test_the_same_again_is_refused_in_words_of_x(author: Person, platform: Platform) -> None:
    assert post(author).status == 201
    for text in ("Hello", " Hello\n"):
        answer = post(author, text)
        assert answer.status == 403
        assert answer.json()["detail"] == (
            "You are not allowed to create a Tweet with duplicate content."
        )
    legacy = author.call("POST", "/1.1/statuses/update.json?status=Hello")
    assert (legacy.status, legacy.json()["errors"][0]["code"]) == (403, 187)
    assert post(platform.register()).status == 201, "of another author"


def test_minutes_later_it_is_taken(author: Person) -> None:
    assert post(author).status == 201
    with process.clock.ahead(301):
        assert post(author).status == 201


def test_what_was_deleted_may_be_posted_again(author: Person) -> None:
    made = post(author).json()["data"]["id"]
    author.ok("DELETE", f"/2/tweets/{made}")
    assert post(author).status == 201


def test_the_same_text_elsewhere_is_another_tweet(author: Person) -> None:
    first = post(author).json()["data"]["id"]
    other = post(author, "Other").json()["data"]["id"]
    for members in (
        {"reply": {"in_reply_to_tweet_id": first}},
        {"reply": {"in_reply_to_tweet_id": other}},
        {"quote_tweet_id": first},
        {"poll": {"options": ["a", "b"], "duration_minutes": 5}},
    ):
        assert post(author, "Hello", "", **members).status == 201, members
        assert post(author, "Hello", "", **members).status == 403, members


def test_a_retry_with_its_key_gets_its_answer(author: Person) -> None:
    first = post(author, key="one")
    again = post(author, key="one")
    assert (first.status, again.status) == (201, 201)
    assert again.json() == first.json()
    assert post(author, key="two").status == 403


def test_a_tweet_that_was_refused_is_no_duplicate(author: Person) -> None:
    missing = {"reply": {"in_reply_to_tweet_id": "1"}}
    assert [post(author, "Hello", "", **missing).status for _ in range(2)] == [404, 404]


def test_it_costs_no_call(author: Person) -> None:
    post(author, "warm")
    with calls() as made:
        assert post(author, "once").status == 201
        assert post(author, "once").status == 403
    assert [one for one in made if one in ("PutItem", "GetItem", "Query")] == ["PutItem"]


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_lost_answer_makes_no_duplicate(author: Person, forgotten: bool) -> None:
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    with answer_lost("TransactWriteItems", forgotten=forgotten) as lost:
        made = post(author, poll=poll)
    assert lost and made.status == 201, made.body
    shown = author.ok("GET", f"/2/users/{author.id}/tweets")["data"]
    assert [one["id"] for one in shown] == [made.json()["data"]["id"]]


def test_it_can_be_turned_off(author: Person) -> None:
    with process.limited(limits(0)):
        assert [post(author).status for _ in range(2)] == [201, 201]
