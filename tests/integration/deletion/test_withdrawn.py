"""Notifications about deleted tweets are withdrawn; counts are exact."""

import pytest

from scripts.base.domain import load_app
from shared.base.ids import time_ms
from shared.base.process import process
from tests.integration.deletion.deletion_support import (
    delete,
    engage,
    held,
    lost,
    told,
    unread,
)
from tests.integration.users.moderation.test_moderation import WHY, staff
from tests.platform import Person, Platform

load_app("notifications")
from chalicelib.notifications.accepting.withdrawals import WithdrawalLimits
from chalicelib.notifications.core.caused_ids import caused_id

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("kind", ["reply", "quote", "mention", "retweet"])
def test_what_a_tweet_told_others_is_withdrawn_read_or_not(
    platform: Platform, pair: tuple[Person, Person], kind: str
) -> None:
    author, other = pair
    first, second = (author.tweet(f"number {number}") for number in (1, 2))

    def make(tweet_id: str) -> str:
        match kind:
            case "reply":
                return other.tweet("so", reply={"in_reply_to_tweet_id": tweet_id})
            case "quote":
                return other.tweet("so", quote_tweet_id=tweet_id)
            case "mention":
                return other.tweet(f"so @{author.username} {tweet_id}")
            case _:
                body = {"tweet_id": tweet_id}
                made = other.ok("POST", f"/2/users/{other.id}/retweets", body)
                return str(made["data"]["rest_id"])

    made = [make(first), make(second)]
    platform.settle(60)
    assert told(author) == (2, [kind, kind])
    delete(platform, other, made[0])
    assert (unread(author), told(author)) == (1, (1, [kind]))
    author.ok("POST", "/1/notifications/inbox/read", {"all": True})
    delete(platform, other, made[1])
    assert (unread(author), told(author)) == (0, (0, []))


def test_an_undone_retweet_withdraws_its_notification_only(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("once more")
    engage(other, "retweets", tweet_id)
    platform.settle(60)
    other.ok("DELETE", f"/2/users/{other.id}/retweets/{tweet_id}")
    engage(other, "retweets", tweet_id)
    platform.settle(60)
    assert told(author) == (1, ["retweet"])
    other.ok("DELETE", f"/2/users/{other.id}/retweets/{tweet_id}")
    platform.settle(60)
    assert told(author) == (0, [])


def test_watchers_hear_no_more_of_a_deleted_tweet(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    reader.follow(author)
    reader.ok("PUT", f"/1/follows/{author.id}/notify", {"enabled": True})
    gone, kept = author.tweet("gone"), author.tweet("kept")
    platform.settle(60)
    assert told(reader) == (2, ["tweet", "tweet"])
    delete(platform, author, gone)
    assert told(reader) == (1, ["tweet"])
    delete(platform, author, kept)
    assert told(reader) == (0, [])


def test_a_notification_that_comes_after_the_deletion_is_withdrawn(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("short")
    retweeted = author.tweet("long")
    platform.settle(60)
    # The deletion overtakes: its walk finds nothing.
    with lost(platform, "withdraw_notifications"):
        reply = other.tweet("too late", reply={"in_reply_to_tweet_id": tweet_id})
        engage(other, "retweets", retweeted)
        engage(other, "likes", tweet_id)
        with held(platform, "deliver_inbox"):
            other.ok("DELETE", f"/2/tweets/{reply}")
            other.ok("DELETE", f"/2/users/{other.id}/retweets/{retweeted}")
            author.ok("DELETE", f"/2/tweets/{tweet_id}")
    assert (unread(author), told(author)) == (0, (0, []))


def test_pages_of_the_inbox_pass_over_many_withdrawn_entries(platform: Platform) -> None:
    author, fans = platform.register(), [platform.register() for _ in range(3)]
    kept = author.tweet("kept")
    engage(fans[0], "likes", kept)
    platform.settle(60)
    gone = author.tweet("gone")
    for fan in fans:
        engage(fan, "likes", gone)
    platform.settle(60)
    engage(fans[1], "likes", kept)
    platform.settle(60)
    delete(platform, author, gone)
    assert told(author) == (2, ["like", "like"])
    first = author.ok("GET", "/1/notifications/inbox?max_results=1")
    token = first["meta"]["next_token"]
    second = author.ok("GET", f"/1/notifications/inbox?max_results=1&pagination_token={token}")
    actors = [body["data"][0]["actor"]["id"] for body in (first, second)]
    assert actors == [fans[1].id, fans[0].id]
    assert "next_token" not in second["meta"]


def test_a_page_takes_entries_of_gone_accounts_off_the_unread_count(
    platform: Platform, pair: tuple[Person, Person], moderator: Person
) -> None:
    author, other = pair
    engage(other, "likes", author.tweet("liked"))
    other.follow(author)
    stays = platform.register()
    stays.follow(author)
    platform.settle(60)
    assert told(author)[0] == 3
    moderator.ok("POST", f"/1/admin/users/{other.id}/suspend", WHY)
    platform.settle(60)
    assert told(author) == (1, ["follow"])
    assert unread(author) == 1


def test_a_block_withdraws_what_two_people_told_each_other(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    one, other = pair
    friend, admin = platform.register(), staff(platform, "admin")
    for person, target in ((other, one), (friend, one), (one, other)):
        person.follow(target)
        engage(person, "likes", target.tweet("liked"))
    body = {"user_id": one.id, "title": "About your account", "text": "Read this."}
    admin.ok("POST", "/1/notifications", body)
    platform.settle(60)
    assert told(one)[0] == 5
    one.ok("POST", "/1/notifications/inbox/read", {"all": True})
    other.tweet(f"@{one.username} hello")
    platform.settle(60)
    with process.limited(WithdrawalLimits(inbox_entries=2)):
        one.ok("POST", f"/2/users/{one.id}/blocking", {"target_user_id": other.id})
        one.ok("POST", f"/2/users/{one.id}/blocking", {"target_user_id": admin.id})
        platform.settle(60)
    # What the platform's people write stays.
    assert (unread(one), told(one)) == (0, (0, ["message", "like", "follow"]))
    assert (unread(other), told(other)) == (0, (0, []))


def test_a_block_that_has_ended_withdraws_nothing(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    one, other = pair
    engage(other, "likes", one.tweet("liked"))
    platform.settle(60)
    with held(platform, "withdraw_notifications"):
        one.ok("POST", f"/2/users/{one.id}/blocking", {"target_user_id": other.id})
        one.ok("DELETE", f"/2/users/{one.id}/blocking/{other.id}")
    platform.settle(60)
    assert told(one) == (1, ["like"])


def test_no_mail_goes_out_about_a_deleted_tweet(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("ask")
    platform.settle(60)
    with held(platform, "deliver_email"):
        reply = other.tweet("an answer", reply={"in_reply_to_tweet_id": tweet_id})
        other.ok("DELETE", f"/2/tweets/{reply}")
    platform.settle(60)
    own_id = caused_id(time_ms(reply), f"tweet.created:{reply}:1", "reply", author.id)
    shown = author.ok("GET", f"/1/notifications/{own_id}")["data"]["channels"]
    (mail,) = [one for one in shown if one["channel"] == "email"]
    assert (mail["status"], mail["reason"]) == ("failed", "tweet_gone")
