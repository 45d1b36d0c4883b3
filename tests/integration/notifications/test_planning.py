"""Preferences, quiet hours, digests, unsubscribing, up to the mail."""

import secrets

import pytest

from shared.base.clock import now_ms
from shared.base.process import process
from tests.integration.notifications.planning_support import (
    HOUR,
    about,
    later,
    link,
    quiet_now,
    subjects,
)
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

PREFERENCES = "/1/notifications/preferences"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def ada(platform: Platform) -> Person:
    return platform.register(verify=True)


@pytest.fixture
def bob(platform: Platform) -> Person:
    return platform.register(verify=True)


def mention(platform: Platform, author: Person, *others: Person) -> None:
    author.tweet(" ".join(f"@{one.username}" for one in others) + " look")
    platform.settle()


def newest(person: Person) -> dict:
    return person.ok("GET", "/1/notifications/inbox?max_results=1")["data"][0]


def test_preferences_are_shown_whole_and_merged(platform: Platform, bob: Person) -> None:
    usual = bob.ok("GET", PREFERENCES)["data"]
    assert usual["quiet_hours"] is None and usual["digest"]["frequency"] == "none"
    assert usual["categories"]["likes"]["email"] is False
    assert usual["categories"]["mentions"]["email"] is True

    quiet = {"from": "22:00", "to": "07:00", "time_zone": "America/New_York"}
    bob.ok("PUT", PREFERENCES, {"quiet_hours": quiet})
    bob.ok("PUT", PREFERENCES, {"categories": {"likes": {"inbox": False}}})
    bob.ok("PUT", PREFERENCES, {"quiet_hours": {"to": "08:00"}, "throttle": {"per_hour": 5}})
    shown = bob.ok("GET", PREFERENCES)["data"]
    assert shown["quiet_hours"] == {**quiet, "to": "08:00"}
    assert shown["throttle"] == {"per_hour": 5, "per_week": None}
    changed = {**usual["categories"]}
    changed["likes"] = {**changed["likes"], "inbox": False}
    assert shown["categories"] == changed
    assert bob.ok("PUT", PREFERENCES, {"quiet_hours": None})["data"]["quiet_hours"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_hours": {"from": "22:00", "to": "07:00", "time_zone": "Mars/Olympus"}},
        {"quiet_hours": {"from": "25:00", "to": "07:00", "time_zone": "UTC"}},
        {"quiet_hours": {"from": "22:00"}},
        {"categories": {"security": {"email": False}}},
        {"categories": {"likes": {"pigeon": False}}},
        {"categories": {"Likes": {"email": False}}},
        {"digest": {"frequency": "daily", "hour": 24}},
        {"throttle": {"per_hour": 0}},
        {"more": 1},
    ],
)
def test_nonsense_is_refused(platform: Platform, ada: Person, wrong: dict) -> None:
    before = ada.ok("GET", PREFERENCES)
    assert ada.call("PUT", PREFERENCES, wrong).status == 400
    assert ada.ok("GET", PREFERENCES) == before


def test_mails_wait_for_the_morning_unless_they_were_read(
    platform: Platform, ada: Person, bob: Person
) -> None:
    reader = platform.register(verify=True)
    for one in (bob, reader):
        one.ok("PUT", PREFERENCES, {"quiet_hours": quiet_now()})
    mention(platform, ada, bob, reader)
    assert subjects(platform, bob) == subjects(platform, reader) == []
    reader.ok("POST", "/1/notifications/inbox/read", {"ids": [newest(reader)["id"]]})
    # Nothing is due yet.
    later(platform, HOUR)
    assert subjects(platform, bob) == []
    # Mails about the account wait for nothing.
    assert platform.mails(reader.email)
    for _ in range(2):
        later(platform, 3 * HOUR)
    (told,) = subjects(platform, bob)
    assert "mentioned you" in told
    assert subjects(platform, reader) == []
    told = reader.ok("GET", f"/1/notifications/{newest(reader)['id']}")["data"]
    states = {one["channel"]: one for one in told["channels"]}
    assert states["email"]["reason"] == "deduplicated"


def test_a_link_unsubscribes_without_a_login(platform: Platform, ada: Person, bob: Person) -> None:
    from chalicelib.notifications.contacts import consents

    mention(platform, ada, bob)
    (mail,) = about(platform, bob)
    path = link(mail, "Unsubscribe")
    page = platform.call("GET", path)
    assert page.status == 200 and b"<form" in page.body
    assert page.headers["content-type"].startswith("text/html")
    assert bob.ok("GET", PREFERENCES)["data"]["categories"]["mentions"]["email"] is True, "a GET"

    body = b"List-Unsubscribe=One-Click"
    start = path.index("token=") + len("token=")
    for place in range(start, len(path), 5):
        changed = f"{path[:place]}{'A' if path[place] != 'A' else 'B'}{path[place + 1 :]}"
        refused = platform.call("POST", changed, body, **FORM)
        assert refused.status == 400, (place, refused.body)
        assert platform.call("GET", changed).status == 400
    with process.clock.ahead(100 * 24 * HOUR):
        assert platform.call("POST", path, body, **FORM).status == 400, "expired"
    assert bob.ok("GET", PREFERENCES)["data"]["categories"]["mentions"]["email"] is True

    form = (
        b'--b\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        b"One-Click\r\n--b--\r\n"
    )
    kinds: tuple[tuple[bytes | None, dict[str, str]], ...] = (
        (body, FORM),
        (form, {"content-type": "multipart/form-data; boundary=b"}),
        (None, {}),
    )
    for sent, kind in kinds:
        answer = platform.call("POST", path, sent, **kind)
        assert answer.status == 200, answer.body
        assert "set-cookie" not in answer.headers
    matrix = bob.ok("GET", PREFERENCES)["data"]["categories"]
    assert matrix["mentions"]["email"] is False and matrix["mentions"]["inbox"] is True
    assert matrix["follow_requests"]["email"] is True
    mention(platform, ada, bob)
    assert len(about(platform, bob)) == 1
    assert bob.ok("GET", "/1/notifications/inbox")["meta"]["unread_count"] == 2
    bob.ok("PUT", PREFERENCES, {"categories": {"mentions": {"email": True}}})
    told = [(one.channel, one.source, one.granted) for one in consents.store().of(bob.id)]
    assert told == [
        ("email", "subscribed_mentions", True),
        ("email", "unsubscribed_mentions", False),
    ]


def test_the_page_of_preferences_works_without_a_login(
    platform: Platform, ada: Person, bob: Person
) -> None:
    mention(platform, ada, bob)
    (mail,) = about(platform, bob)
    path = link(mail, "Preferences")
    page = platform.call("GET", path)
    assert page.status == 200
    assert b'name="mentions/email" aria-label="mentions, replies and quotes: email" checked' in (
        page.body
    )
    assert b'name="likes/email" aria-label="likes: email">' in page.body
    sent = b"likes%2Femail=on&mentions%2Finbox=on"
    saved = platform.call("POST", path, sent, **FORM)
    assert saved.status == 200 and b"saved" in saved.body
    matrix = bob.ok("GET", PREFERENCES)["data"]["categories"]
    assert matrix["likes"]["email"] is True and matrix["likes"]["inbox"] is False
    assert matrix["mentions"] == {**matrix["mentions"], "email": False, "inbox": True}
    for method in ("GET", "POST"):
        assert platform.call(method, f"{path}x").status == 400
        assert platform.call(method, path.partition("?")[0]).status == 400


def test_likes_are_grouped_filtered_and_archived(platform: Platform, bob: Person) -> None:
    fans = [platform.register() for _ in range(3)]
    first, second = bob.tweet("one"), bob.tweet("two")
    for fan in fans:
        fan.ok("POST", f"/2/users/{fan.id}/likes", {"tweet_id": first})
    fans[0].tweet(f"@{bob.username} hello")
    fans[0].ok("POST", f"/2/users/{fans[0].id}/likes", {"tweet_id": second})
    for fan in fans:
        fan.follow(bob)
    platform.settle()

    def page(query: str) -> dict:
        return bob.ok("GET", f"/1/notifications/inbox?{query}")

    plain = page("max_results=50")
    assert len(plain["data"]) == 8 and not any("group" in one for one in plain["data"])
    grouped = page("grouped=true")
    counts = {(one["type"], one.get("tweet_id")): one["group"] for one in grouped["data"]}
    assert counts["like", first]["count"] == counts["follow", None]["count"] == 3
    assert {one["id"] for one in counts["like", first]["actors"]} == {fan.id for fan in fans}
    assert counts["like", second]["count"] == 1
    assert grouped["meta"] == {"result_count": 4, "unread_count": 8}

    # Two pages of two groups tell of every entry once.
    begin = page("grouped=true&max_results=2")
    token = begin["meta"]["next_token"]
    rest = page(f"grouped=true&max_results=2&pagination_token={token}")
    ids = [i for part in (begin, rest) for one in part["data"] for i in one["group"]["ids"]]
    assert sorted(ids) == sorted(one["id"] for one in plain["data"])
    assert bob.call("GET", f"/1/notifications/inbox?pagination_token={token}").status == 400

    (only,) = page("filter=mentions")["data"]
    assert only["type"] == "mention"
    likes = counts["like", first]["ids"]
    for _ in range(2):
        answer = bob.ok("POST", "/1/notifications/inbox/archive", {"ids": likes})
        assert answer["data"]["unread_count"] == 5
    assert page("grouped=true")["meta"] == {"result_count": 3, "unread_count": 5}
    (away,) = page("grouped=true&archived=true")["data"]
    assert (away["group"]["count"], away["read"]) == (3, True)
    bob.ok("POST", "/1/notifications/inbox/archive", {"ids": likes, "archived": False})
    assert page("grouped=true")["meta"] == {"result_count": 4, "unread_count": 5}


def test_like_unlike_like_is_one_notification(platform: Platform, ada: Person, bob: Person) -> None:
    tweet_id = bob.tweet("once")
    path = f"/2/users/{ada.id}/likes"
    ada.ok("POST", path, {"tweet_id": tweet_id})
    ada.follow(bob)
    platform.settle()
    ada.ok("DELETE", f"{path}/{tweet_id}")
    ada.ok("DELETE", f"/2/users/{ada.id}/following/{bob.id}")
    platform.settle()
    ada.ok("POST", path, {"tweet_id": tweet_id})
    ada.follow(bob)
    platform.settle()
    page = bob.ok("GET", "/1/notifications/inbox")
    assert sorted(one["type"] for one in page["data"]) == ["follow", "like"]
    assert page["meta"]["unread_count"] == 2


def test_what_is_off_everywhere_is_not_even_stored(
    platform: Platform, ada: Person, bob: Person
) -> None:
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import SOCIAL, Content
    from chalicelib.notifications.core.models import NOTIFICATIONS
    from chalicelib.notifications.history import notifications

    bob.ok("PUT", PREFERENCES, {"categories": {"likes": {"inbox": False}}})
    ada.ok("POST", f"/2/users/{ada.id}/likes", {"tweet_id": bob.tweet("quiet")})
    # One that was accepted just before is in no inbox, so erasures find it otherwise.
    late = Content(fresh_id(now_ms()), bob.id, "like", SOCIAL, ("inbox",), now_ms(), ada.id)
    notifications.create(late)
    platform.settle()
    stored = NOTIFICATIONS.get({"id": late.id}, consistent=True)
    assert stored is not None and stored["unlisted_id"] == bob.id
    mention(platform, ada, bob)
    (entry,) = bob.ok("GET", "/1/notifications/inbox")["data"]
    assert entry["type"] == "mention"
    # A mail for each like is there for those who want it.
    bob.ok("PUT", PREFERENCES, {"categories": {"likes": {"email": True}}})
    ada.ok("POST", f"/2/users/{ada.id}/likes", {"tweet_id": bob.tweet("loud")})
    platform.settle()
    assert "liked your post" in subjects(platform, bob)[0]


def test_a_throttle_holds_for_everything_but_security(platform: Platform, bob: Person) -> None:
    bob.ok("PUT", PREFERENCES, {"throttle": {"per_hour": 2, "per_week": 3}})
    for number in range(4):
        body = {"title": f"t{number}", "text": "t", "user_id": bob.id}
        sent = bob.ok("POST", "/1/notifications", body)["data"]["id"]
        platform.settle()
    assert len(about(platform, bob)) <= 3
    assert bob.ok("GET", "/1/notifications/inbox")["meta"]["unread_count"] == 4
    channels = bob.ok("GET", f"/1/notifications/{sent}")["data"]["channels"]
    reasons = {one["channel"]: one.get("reason") for one in channels}
    assert reasons["email"] == "throttled"


@pytest.mark.parametrize("category", ["security", "otp", "offers"])
def test_all_but_essential_mails_carry_unsubscribe_headers(
    platform: Platform, bob: Person, category: str
) -> None:
    from chalicelib.notifications.contacts.port import Contact
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.templates.rendering import render

    content = Content(
        "0" * 32, bob.id, "message", category, ("email",), 0, title="News", text="Some <b>"
    )
    mail = render(content, "email", Contact(bob.id, name="Bob"))
    if category != "offers":
        assert mail.headers == {} and "Unsubscribe" not in f"{mail.text}{mail.html}"
        return
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail.headers["List-Unsubscribe"]
    assert url.startswith("<http") and url[1:-1] in mail.text and url[1:-1] in (mail.html or "")
    path = url[1:-1].partition("://")[2]
    assert platform.call("GET", path[path.index("/") :]).status == 200


def test_mentions_are_pushed_to_those_who_have_a_device(
    platform: Platform, ada: Person, bob: Person
) -> None:
    from chalicelib.notifications.contacts import phones

    other = platform.register()
    bob.ok("POST", "/1/devices", {"platform": "ios", "token": secrets.token_hex(32)})
    mention(platform, ada, bob, other)
    ada.ok("POST", f"/2/users/{ada.id}/likes", {"tweet_id": bob.tweet("liked")})
    platform.settle()
    like, told = bob.ok("GET", "/1/notifications/inbox?max_results=2")["data"]
    for entry, pushed in ((told, True), (like, False)):
        channels = bob.ok("GET", f"/1/notifications/{entry['id']}")["data"]["channels"]
        assert ("ios" in {one["channel"] for one in channels}) is pushed
    theirs = other.ok("GET", f"/1/notifications/{newest(other)['id']}")["data"]["channels"]
    assert {one["channel"] for one in theirs} == {"inbox", "email"}
    bob.ok("PUT", PREFERENCES, {"categories": {"mentions": {"ios": False}}})
    mention(platform, ada, bob)
    channels = bob.ok("GET", f"/1/notifications/{newest(bob)['id']}")["data"]["channels"]
    assert {one["channel"] for one in channels} == {"inbox", "email"}
    # Webhooks and text messages, each without a push that is wanted as well.
    store = phones.store()
    store.set_pending(bob.id, "+15005550123", "r", now_ms() + 60_000)
    assert store.verify(bob.id, "+15005550123", "r")
    bob.ok(
        "POST", "/1/devices", {"platform": "webhook", "url": f"{platform.providers.url}/hooks/b"}
    )
    for person in (bob, other):
        on = {"likes": {"webhook": True, "sms": True}}
        person.ok("PUT", PREFERENCES, {"categories": on})
        ada.ok("POST", f"/2/users/{ada.id}/likes", {"tweet_id": person.tweet("again")})
    platform.settle()
    for person, reached in ((bob, {"inbox", "webhook", "sms"}), (other, {"inbox"})):
        channels = person.ok("GET", f"/1/notifications/{newest(person)['id']}")["data"]["channels"]
        assert {one["channel"] for one in channels} == reached
