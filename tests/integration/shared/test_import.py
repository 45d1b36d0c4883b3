"""Import and export of users, tweets, follows, likes and lists."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.fixtures import archive, command, rows
from scripts.fixtures.rows import BadRow
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from tests.platform import PASSWORD, Answer, Platform

pytestmark = pytest.mark.integration

START = first_id_at(now_ms() - 3_600_000)
ANN, BEN, CAM = (str(START + number) for number in (1, 2, 3))
FIRST, REPLY, QUOTE, AGAIN, LIST = (str(START + (1 << 22) * number) for number in range(1, 6))
ROWS: list[dict[str, Any]] = [
    {"type": "user", "id": ANN, "username": "impann", "name": "Ann", "password": PASSWORD,
     "description": "Rooks", "verified": True, "created_at": "2020-05-06T07:08:09Z"},
    {"type": "user", "id": BEN, "username": "impben"},
    {"type": "user", "id": CAM, "username": "impcam", "protected": True},
    {"type": "follow", "user_id": ANN, "target_id": "@impben"},
    {"type": "follow", "user_id": "@impcam", "target_id": ANN},
    {"type": "tweet", "id": REPLY, "author_id": "@impben", "text": "@impann so it is",
     "in_reply_to_tweet_id": FIRST},
    {"type": "tweet", "id": FIRST, "author_id": ANN, "text": "It rains. #weather"},
    {"type": "tweet", "id": QUOTE, "author_id": ANN, "text": "Quoted", "quoted_tweet_id": REPLY},
    {"type": "retweet", "id": AGAIN, "user_id": "@impben", "tweet_id": FIRST},
    {"type": "like", "user_id": "@impben", "tweet_id": FIRST},
    {"type": "list", "id": LIST, "owner_id": ANN, "name": "Birds", "members": ["@impben"],
     "followers": [CAM]},
]  # fmt: skip


def lines(values: Iterable[Any]) -> Iterator[rows.Row]:
    return rows.parse(json.dumps(one) for one in values)


def load(values: Iterable[Any], password: str | None = None) -> tuple[int, int]:
    return command.load(lines(values), password, lambda _: None)


@pytest.fixture(scope="module")
def imported(platform: Platform) -> Platform:
    assert load(ROWS) == (0, len(ROWS))
    platform.settle()
    return platform


@pytest.fixture(scope="module")
def token(imported: Platform) -> str:
    body = {"login": "impann", "password": PASSWORD}
    answer = imported.call("POST", "/1/sessions", body)
    assert answer.status == 201, answer.body
    token: str = answer.json()["data"]["access_token"]
    return token


def ok(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return answer.json()


def test_ids_times_and_counters_come_out_right(imported: Platform, token: str) -> None:
    me = ok(imported.call("GET", "/2/users/me?user.fields=created_at,public_metrics", token=token))
    assert me["data"]["id"] == ANN
    assert me["data"]["created_at"] == "2020-05-06T07:08:09.000Z"
    metrics = me["data"]["public_metrics"]
    assert (metrics["followers_count"], metrics["following_count"]) == (1, 1)
    assert metrics["tweet_count"] == 2
    path = f"/2/tweets/{FIRST}?tweet.fields=public_metrics,entities"
    first = ok(imported.call("GET", path, token=token))["data"]
    counted = first["public_metrics"]
    assert (counted["like_count"], counted["retweet_count"], counted["reply_count"]) == (1, 1, 1)
    assert first["entities"]["hashtags"][0]["tag"] == "weather"


def test_timelines_mentions_lists_and_search_follow(imported: Platform, token: str) -> None:
    def ids(path: str) -> list[str]:
        return [one["id"] for one in ok(imported.call("GET", path, token=token)).get("data", [])]

    assert ids(f"/2/users/{ANN}/tweets") == [QUOTE, FIRST]
    assert ids(f"/2/users/{ANN}/mentions") == [REPLY]
    home = ids(f"/2/users/{ANN}/timelines/reverse_chronological")
    assert {REPLY, QUOTE, FIRST} <= set(home)
    assert ids(f"/2/lists/{LIST}/members") == [BEN]
    # The follower is protected: counted, and shown to its own followers only.
    assert ids(f"/2/lists/{LIST}/followers") == []
    listed = imported.call("GET", f"/2/lists/{LIST}?list.fields=follower_count", token=token)
    assert ok(listed)["data"]["follower_count"] == 1
    assert ids("/2/users/search?query=impb") == [BEN]
    reply = f"/2/tweets/{REPLY}?tweet.fields=conversation_id,entities"
    shown = ok(imported.call("GET", reply, token=token))["data"]
    assert shown["conversation_id"] == FIRST
    assert shown["entities"]["mentions"][0]["id"] == ANN
    assert ids(f"/2/tweets/{FIRST}/liking_users") == [BEN]


def test_the_same_file_again_changes_nothing(imported: Platform) -> None:
    before = sorted(map(json.dumps, command.dump()))
    assert load(ROWS) == (len(ROWS), 0)
    imported.settle()
    assert sorted(map(json.dumps, command.dump())) == before


def test_an_export_is_an_import(imported: Platform) -> None:
    found = list(command.dump())
    kinds = [row["type"] for row in found]
    assert {"user", "follow", "tweet", "retweet", "like", "list"} <= set(kinds)
    assert load(found) == (len(found), 0)
    own = next(row for row in found if row.get("id") == ANN)
    assert own["username"] == "impann" and "password" not in own


def later(number: int) -> str:
    return str(START + (1 << 22) * (100 + number))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"type": "user", "id": "77", "username": "impann"}, "impann belongs to user"),
        ({"type": "user", "id": ANN, "username": "other"}, "is @impann here"),
        ({"type": "user", "id": "77", "username": "admin"}, "reserved"),
        ({"type": "user", "id": "77", "username": "a b"}, "username: does not match"),
        ({"type": "user", "id": "77"}, "required: username"),
        *(
            ({"type": "user", "id": "77", "username": "odd", member: text}, f"{member}: {rule}")
            for member, text, rule in [
                ("name", "\u3164", "shows no character"),
                ("name", "A\nB", "must be one line"),
                ("description", "\x07", "holds control characters"),
                ("location", "\x85", "holds control characters"),
                ("url", "https://a\x1b", "holds control characters"),
                ("url", "javascript:alert(1)", "does not match"),
                ("profile_image_url", "https://a\n", "must be one line"),
            ]
        ),
        ({"type": "list", "id": later(1), "owner_id": ANN, "name": "\u200b"}, "name: shows no"),
        ({"type": "list", "id": later(1), "owner_id": ANN, "name": "x", "description": "\x00"},
         "description: holds control"),
        ({"type": "follow", "user_id": ANN, "target_id": "@nobodyx"}, "there is no user @nobodyx"),
        ({"type": "follow", "user_id": ANN, "target_id": ANN}, "nobody follows themselves"),
        ({"type": "tweet", "id": later(1), "author_id": "5", "text": "x"}, "there is no user 5"),
        ({"type": "tweet", "id": later(1), "author_id": BEN, "text": "x" * 281}, "too long"),
        ({"type": "tweet", "id": later(1), "author_id": ANN, "text": "\u200b"}, "empty"),
        ({"type": "tweet", "id": later(1), "author_id": ANN, "text": "x",
          "in_reply_to_tweet_id": later(2)}, "no tweet"),
        ({"type": "tweet", "id": later(1), "author_id": ANN, "text": "x",
          "created_at": "2001-01-01T00:00:00Z"}, "is not the time of id"),
        ({"type": "tweet", "author_id": ANN, "text": "x"}, "required: id or created_at"),
        ({"type": "like", "user_id": ANN, "tweet_id": "1"}, "there is no tweet 1"),
        ({"type": "song", "id": "1"}, "type is none of"),
        ([], "type is none of"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_nothing_is_written(
    imported: Platform, row: Any, reason: str
) -> None:
    good = {"type": "user", "id": "78", "username": "neverthere"}
    with pytest.raises(BadRow) as error:
        load([good, row])
    assert reason in str(error.value) and "line 2" in str(error.value)
    with pytest.raises(BadRow, match="line 1: not JSON"):
        list(rows.parse(["{"]))
    assert not [one for one in command.dump() if one.get("username") == "neverthere"]


def test_texts_of_rows_are_cleaned_as_those_of_requests() -> None:
    row = {"type": "user", "id": "77", "username": "odd", "name": " Zoe\u0308\u200b ",
           "description": "one\r\ntwo\u202e", "url": "https://a/\u202eb"}  # fmt: skip
    (found,) = lines([row])
    assert (found.values["name"], found.values["description"]) == ("Zoë", "one\ntwo")
    assert found.values["url"] == "https://a/b"


def test_rows_that_are_there_twice_are_refused(imported: Platform) -> None:
    like = {"type": "like", "user_id": ANN, "tweet_id": FIRST}
    tweet = {"type": "tweet", "id": later(3), "author_id": ANN, "text": "twice"}
    user = {"type": "user", "id": "79", "username": "twice"}
    for pair in ([like, like], [tweet, tweet], [user, user]):
        with pytest.raises(BadRow, match="line 2"):
            load(pair)


def test_a_tweet_with_a_time_alone_gets_the_same_id_each_time(imported: Platform) -> None:
    row = {"type": "tweet", "author_id": ANN, "text": "Long ago",
           "created_at": "2015-03-01T00:00:00Z"}  # fmt: skip
    assert load([row]) == (0, 1)
    assert load([row]) == (1, 0)
    imported.settle()


def test_a_long_text_of_a_verified_author_comes_and_goes_whole(imported: Platform) -> None:
    text = "Rooks " * 200 + "end"
    row = {"type": "tweet", "id": later(20), "author_id": ANN, "text": text}
    assert load([row]) == (0, 1)
    shown = next(one for one in command.dump() if one.get("id") == row["id"])
    assert shown["text"] == text
    assert load([row]) == (1, 0)
    imported.settle()


def test_an_archive_of_x(imported: Platform, tmp_path: Path) -> None:
    owner, friend = "1234567", "7654321"
    tweets = [
        {"tweet": {"id_str": later(10), "full_text": "Fish &amp; chips",
                   "created_at": _old_style(later(10))}},
        {"tweet": {"id_str": later(11), "full_text": "and peas",
                   "in_reply_to_status_id_str": later(10), "created_at": _old_style(later(11))}},
    ]  # fmt: skip
    parts = {
        "account": [{"account": {"accountId": owner, "username": "fromx", "email": "x@example.com",
                                 "createdAt": "2012-01-01T00:00:00.000Z"}}],
        "profile": [{"profile": {"description": {"bio": "Bio", "location": "Hull"}}}],
        "tweets": tweets,
        "following": [{"following": {"accountId": friend}}],
        "follower": [],
        "like": [{"like": {"tweetId": later(10)}}, {"like": {"tweetId": "1"}}],
    }  # fmt: skip
    path = tmp_path / "twitter-archive.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, records in parts.items():
            text = f"window.YTD.{name}.part0 = {json.dumps(records)}"
            made.writestr(f"data/{name}.js", text)
    assert archive.is_archive(path)
    assert command.load(command.read(path), PASSWORD, lambda _: None) == (0, 6)
    imported.settle()
    body = {"login": "fromx", "password": PASSWORD}
    token = imported.call("POST", "/1/sessions", body).json()["data"]["access_token"]
    shown = ok(imported.call("GET", f"/2/users/{owner}/tweets", token=token))["data"]
    assert [one["text"] for one in shown] == ["and peas", "Fish & chips"]
    following = ok(imported.call("GET", f"/2/users/{owner}/following", token=token))["data"]
    assert [one["id"] for one in following] == [friend]


def _old_style(tweet_id: str) -> str:
    from shared.base.clock import iso
    from shared.base.ids import time_ms
    from shared.contracts.legacy_objects import moment

    return moment(iso(time_ms(tweet_id)))
