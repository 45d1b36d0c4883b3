"""Events become notifications for the right recipients."""

import pytest
from chalicelib.notifications.accepting.mapping import to_notifications
from chalicelib.notifications.core.caused_ids import ID_PATTERN, caused_id, fresh_id

from shared.aws.events import Event

AT = 1_760_000_000_123


def event(kind, /, version=1, **data):
    return Event.of("test", kind, "subject", version, AT, data)


def told(found):
    return {(one.user_id, one.type) for one in found}


def test_registration_asks_for_proof_of_the_address():
    found = to_notifications(
        event(
            "user.registered",
            user_id="1",
            username="ada",
            name="Ada",
            email="ada@example.org",
            verification_id="1-99-x",
        )
    )
    (one,) = found
    assert (one.user_id, one.type, one.category) == ("1", "verify_email", "security")
    assert one.channels == ("email",)
    assert one.reference == "1-99-x"
    assert "ada@example.org" not in repr(one), "addresses stay in the contacts"


@pytest.mark.parametrize(
    ("kind", "data", "told_as"),
    [
        ("user.verification_requested", {"verification_id": "1-5-x"}, "verify_email"),
        ("user.email_change_requested", {"verification_id": "1-5-x"}, "change_email"),
        ("user.password_reset_requested", {"reset_id": "1-5-x"}, "reset_password"),
        ("user.password_changed", {}, "password_changed"),
    ],
)
def test_account_events_are_mails_that_hold_references_only(kind, data, told_as):
    (one,) = to_notifications(event(kind, user_id="1", **data))
    assert (one.user_id, one.type, one.category) == ("1", told_as, "security")
    assert one.channels == ("email",)
    assert one.reference == ("1-5-x" if data else None)


@pytest.mark.parametrize(
    ("kind", "told_as", "channels"),
    [
        ("user.followed", "follow", ("inbox",)),
        ("user.follow_requested", "follow_request", ("inbox", "email")),
    ],
)
def test_follows_go_to_the_inbox_and_requests_to_mail_too(kind, told_as, channels):
    (one,) = to_notifications(event(kind, user_id="1", target_id="2"))
    assert (one.user_id, one.actor_id, one.type) == ("2", "1", told_as)
    assert one.channels == channels
    assert one.created_at == AT


def test_like_tells_the_author_but_not_of_oneself():
    (one,) = to_notifications(event("tweet.liked", tweet_id="7", author_id="2", user_id="1"))
    assert (one.user_id, one.actor_id, one.tweet_id, one.type) == ("2", "1", "7", "like")
    assert one.channels == ("inbox",)
    assert to_notifications(event("tweet.liked", tweet_id="7", author_id="2", user_id="2")) == []


def test_reply_beats_mention_for_the_same_person():
    found = to_notifications(
        event(
            "tweet.created",
            tweet_id="9",
            author_id="1",
            kind="reply",
            in_reply_to_user_id="2",
            mentioned_user_ids=["2", "3", "3", "1"],
        )
    )
    assert told(found) == {("2", "reply"), ("3", "mention")}
    assert {one.channels for one in found} == {("inbox", "email")}
    assert {one.tweet_id for one in found} == {"9"}


def test_quote_tells_the_quoted_and_the_mentioned():
    found = to_notifications(
        event(
            "tweet.created",
            tweet_id="9",
            author_id="1",
            kind="quote",
            quoted_tweet_id="5",
            quoted_user_id="2",
            mentioned_user_ids=["3"],
        )
    )
    assert told(found) == {("2", "quote"), ("3", "mention")}
    assert {one.channels for one in found} == {("inbox", "email")}


def test_retweet_shows_the_recipients_own_tweet_and_repeats_no_mentions():
    (one,) = to_notifications(
        event(
            "tweet.created",
            tweet_id="9",
            author_id="1",
            kind="retweet",
            retweeted_tweet_id="5",
            retweeted_user_id="2",
            mentioned_user_ids=["3"],
        )
    )
    assert (one.user_id, one.type, one.tweet_id) == ("2", "retweet", "5")
    assert one.channels == ("inbox",)


def test_replying_to_oneself_is_no_news():
    found = to_notifications(
        event("tweet.created", tweet_id="9", author_id="1", kind="reply", in_reply_to_user_id="1")
    )
    assert found == []


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("finished", "Your crawl has finished"),
        ("stopped", "Your crawl was stopped"),
        ("failed", "Your crawl has failed"),
    ],
)
def test_crawl_tells_its_owner(status, title):
    (one,) = to_notifications(
        event(
            "crawl.finished",
            run_id="r",
            owner_id="4",
            url="http://example.org/" + "x" * 4000,
            status=status,
            reason="y" * 300,
            fetched=12,
        )
    )
    assert (one.user_id, one.actor_id, one.type, one.title) == ("4", "4", "message", title)
    assert one.channels == ("inbox", "email")
    assert one.crawl_id == "r"
    assert "12 pages fetched" in one.text
    assert len(one.text) <= 2000


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("finished", "completed", "has finished: every page that could be reached was visited."),
        ("finished", "max_pages", "has finished: it reached its maximum of pages."),
        ("failed", "http_404", "has failed: the site answered with an error (404)."),
        ("failed", "robots_unreachable: dns", "has failed: the site's robots.txt cannot be read."),
        ("stopped", "of_tomorrow", "was stopped."),
    ],
)
def test_why_a_crawl_ended_is_said_in_words(status, reason, words):
    data = {"run_id": "r", "owner_id": "4", "url": "http://e.example/"}
    (one,) = to_notifications(event("crawl.finished", **data, status=status, reason=reason))
    assert one.text == f"The crawl of http://e.example/ {words}"


def test_other_events_mean_nothing():
    assert to_notifications(event("user.updated", user_id="1", username="a", name="A")) == []
    assert to_notifications(event("user.email_verified", user_id="1")) == []


def test_ids_follow_from_event_type_and_recipient():
    first = to_notifications(event("user.followed", user_id="1", target_id="2"))
    again = to_notifications(event("user.followed", user_id="1", target_id="2"))
    other = to_notifications(event("user.followed", version=2, user_id="1", target_id="2"))
    assert first == again
    assert first[0].id != other[0].id


def test_ids_sort_by_time():
    ids = [caused_id(ms, "cause") for ms in (5, 1_000, AT, AT + 1)]
    assert ids == sorted(ids)
    assert fresh_id(AT + 2) > ids[-1]
    import re

    assert all(re.fullmatch(ID_PATTERN, one) for one in [*ids, fresh_id(AT)])
