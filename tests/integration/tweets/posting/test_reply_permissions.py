"""Hidden replies and reply settings."""

import pytest

from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


def replies(person: Person, tweet_id: str) -> list[str]:
    body = person.ok("GET", f"/1/tweets/{tweet_id}/replies")
    return [tweet["id"] for tweet in body.get("data", [])]


def reply_to(tweet_id: str) -> dict[str, str]:
    return {"in_reply_to_tweet_id": tweet_id}


def test_only_the_roots_author_hides_replies(platform: Platform) -> None:
    author, guest, other = (platform.register() for _ in range(3))
    root = author.tweet("say something")
    rude, kind = (guest.tweet(text, reply=reply_to(root)) for text in ("rude", "kind"))
    nested = other.tweet("nested", reply=reply_to(kind))
    for tweet_id in (rude, nested):
        path = f"/2/tweets/{tweet_id}/hidden"
        assert guest.call("PUT", path, {"hidden": True}).status == 403
        for _ in range(2):
            assert author.ok("PUT", path, {"hidden": True}) == {"data": {"hidden": True}}
    assert replies(other, root) == [kind]
    assert replies(guest, root) == [kind]
    assert replies(author, root) == [rude, kind]
    assert replies(other, kind) == []
    shown = other.ok("GET", f"/2/tweets?ids={rude},{kind}&tweet.fields=viewer")["data"]
    assert [one["viewer"].get("hidden") for one in shown] == [True, None]
    platform.settle()
    shown = author.ok("GET", f"/2/tweets/{root}?tweet.fields=public_metrics")["data"]
    assert shown["public_metrics"]["reply_count"] == 2
    assert author.ok("PUT", f"/2/tweets/{rude}/hidden", {"hidden": False})["data"] == {
        "hidden": False
    }
    assert replies(other, root) == [rude, kind]
    assert author.call("PUT", f"/2/tweets/{root}/hidden", {"hidden": True}).status == 403
    assert author.call("PUT", "/2/tweets/123/hidden", {"hidden": True}).status == 404
    assert author.call("PUT", f"/2/tweets/{rude}/hidden", {"hidden": "yes"}).status == 400
    guest.ok("DELETE", f"/2/tweets/{rude}")
    assert author.call("PUT", f"/2/tweets/{rude}/hidden", {"hidden": True}).status == 404


@pytest.mark.parametrize("setting", ["following", "mentionedUsers"])
def test_reply_settings_hold_for_the_whole_conversation(platform: Platform, setting: str) -> None:
    author, named, friend, stranger = (platform.register() for _ in range(4))
    author.follow(friend)
    root = author.tweet(f"dear @{named.username}", reply_settings=setting)
    path = f"/2/tweets/{root}?tweet.fields=reply_settings"
    assert stranger.ok("GET", path)["data"]["reply_settings"] == setting
    answer = named.tweet("I may", reply=reply_to(root))
    author.tweet("so may I", reply=reply_to(answer))
    for tweet_id in (root, answer):
        refused = stranger.call("POST", "/2/tweets", {"text": "no", "reply": reply_to(tweet_id)})
        assert refused.status == 403, refused.body
        asked = friend.call("POST", "/2/tweets", {"text": "me?", "reply": reply_to(tweet_id)})
        assert asked.status == (201 if setting == "following" else 403)
    stranger.tweet("quoting is free", quote_tweet_id=root)


def test_everyone_is_the_default_and_others_are_refused(platform: Platform) -> None:
    author = platform.register()
    tweet_id = author.tweet("open", reply_settings="everyone")
    body = author.ok("GET", f"/2/tweets/{tweet_id}?tweet.fields=reply_settings")
    assert body["data"]["reply_settings"] == "everyone"
    bad = {"text": "x", "reply_settings": "nobody"}
    assert author.call("POST", "/2/tweets", bad).status == 400
