"""Bookmark folders as in X API v2, and renaming and deleting them."""

import pytest

from tests.integration.tweets.tweets_support import ids, walk
from tests.platform import Platform

pytestmark = pytest.mark.integration


def test_bookmarks_in_folders(platform: Platform) -> None:
    author, keeper, other = (platform.register() for _ in range(3))
    tweets = [author.tweet(f"keep {n}") for n in range(4)]
    bookmarks = f"/2/users/{keeper.id}/bookmarks"
    made = keeper.call("POST", f"{bookmarks}/folders", {"name": "Birds"})
    assert made.status == 201
    birds = made.json()["data"]["id"]
    books = keeper.ok("POST", f"{bookmarks}/folders", {"name": "Books"})["data"]["id"]
    assert walk(keeper, f"{bookmarks}/folders?max_results=1") == [books, birds]
    for tweet_id in tweets:
        body = {"tweet_id": tweet_id, "folder_id": birds}
        assert keeper.ok("POST", bookmarks, body)["data"] == {"bookmarked": True}
    inside = f"{bookmarks}/folders/{birds}"
    assert walk(keeper, f"{inside}?max_results=3") == tweets[::-1]
    # Moved to another folder, removed, deleted by its author: each leaves one fewer.
    keeper.ok("POST", bookmarks, {"tweet_id": tweets[0], "folder_id": books})
    assert ids(keeper, f"{bookmarks}/folders/{books}") == [tweets[0]]
    keeper.ok("DELETE", f"{bookmarks}/{tweets[1]}")
    author.ok("DELETE", f"/2/tweets/{tweets[2]}")
    platform.settle()
    assert ids(keeper, inside) == [tweets[3]]
    # A tweet bookmarked again is in no folder, also if it was in one.
    keeper.ok("POST", bookmarks, {"tweet_id": tweets[1]})
    keeper.ok("POST", bookmarks, {"tweet_id": tweets[3]})
    assert ids(keeper, inside) == [tweets[3]]
    platform.settle()
    counted = author.ok("GET", f"/2/tweets/{tweets[3]}?tweet.fields=public_metrics")["data"]
    assert counted["public_metrics"]["bookmark_count"] == 1
    renamed = keeper.ok("PUT", f"/1/bookmarks/folders/{birds}", {"name": "Corvids"})["data"]
    assert renamed == {"id": birds, "name": "Corvids"}
    keeper.ok("DELETE", f"/1/bookmarks/folders/{birds}")
    assert keeper.call("GET", inside).status == 404
    assert set(ids(keeper, bookmarks)) == {tweets[0], tweets[1], tweets[3]}
    # Only their owner has access to folders.
    assert other.call("GET", f"{bookmarks}/folders").status == 403
    foreign: list[tuple[str, str, dict[str, str] | None]] = [
        ("GET", f"/2/users/{other.id}/bookmarks/folders/{books}", None),
        ("PUT", f"/1/bookmarks/folders/{books}", {"name": "x"}),
        ("DELETE", f"/1/bookmarks/folders/{books}", None),
        ("POST", f"/2/users/{other.id}/bookmarks", {"tweet_id": tweets[0], "folder_id": books}),
    ]
    for method, path, refused in foreign:
        assert other.call(method, path, refused).status == 404, path
    assert other.call("POST", f"/2/users/{other.id}/bookmarks/folders", {"name": ""}).status == 400
