"""The inbox, notifications sent over HTTP, and reports of deliveries."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from scripts.deploy.account import Account
from scripts.ops import query_logs
from shared.aws.events import publish
from shared.base.config import settings
from shared.base.pagination import encode_token
from shared.base.process import process
from tests.integration.notifications.notifications_support import (
    address,
    followed,
    happened,
    inbox,
    liked,
    mails,
    make_user,
    replied,
    send,
    state,
)
from tests.valkey_server import valkey_server

pytestmark = pytest.mark.integration


def test_pages_are_complete_ordered_and_without_people_who_are_gone(pump, api):
    author, gone = make_user(), make_user(status="deleted")
    fans = [make_user(registered=False) for _ in range(25)]
    for index in range(0, 25, 5):
        batch = [liked(fan, author, "7") for fan in fans[index : index + 5]]
        publish("tweets", [*batch, liked(gone, author, str(100 + index))])
    pump.settle()

    seen, token, sizes, unread = [], None, [], [30]
    while True:
        query = {"max_results": 10, **({"pagination_token": token} if token else {})}
        page = inbox(api, author, **query)
        unread.append(page["meta"]["unread_count"])
        seen += page["data"]
        sizes.append(page["meta"]["result_count"])
        token = page["meta"].get("next_token")
        if token is None:
            break
    assert sizes == [10, 10, 5]
    # A page takes what it hides off the unread count.
    assert unread == sorted(unread, reverse=True) and unread[-1] == 25
    assert {one["actor"]["id"] for one in seen} == set(fans)
    assert len({one["id"] for one in seen}) == 25
    assert [one["id"] for one in seen] == sorted((one["id"] for one in seen), reverse=True)

    other = make_user()
    token = inbox(api, author, max_results=10)["meta"]["next_token"]
    stolen = api("GET", f"/1/notifications/inbox?pagination_token={token}", other)
    assert stolen.status == 400, "a token belongs to its inbox"
    forged = encode_token(f"inbox:{author}", {"before": ""})
    assert api("GET", f"/1/notifications/inbox?pagination_token={forged}", author).status == 400


def test_follows_likes_and_retweets_send_no_mail(stack, pump, api):
    ada, bob = make_user(), make_user()
    data = {
        "tweet_id": "9",
        "author_id": ada,
        "kind": "retweet",
        "retweeted_tweet_id": "7",
        "retweeted_user_id": bob,
    }
    publish("users", [followed(ada, bob)])
    publish("tweets", [liked(ada, bob, "7"), happened("tweets", "tweet.created", data)])
    pump.settle()
    entries = inbox(api, bob)["data"]
    assert {one["type"] for one in entries} == {"follow", "like", "retweet"}
    assert mails(stack, address(bob)) == []
    for entry in entries:
        told = state(api, entry["id"], bob)
        assert told["status"] == "delivered"
        assert [one["channel"] for one in told["channels"]] == ["inbox"]


def test_inbox_parameters_are_checked(pump, api):
    ada = make_user()
    for query in ("max_results=0", "max_results=101", "max_results=x", "what=1"):
        assert api("GET", f"/1/notifications/inbox?{query}", ada).status == 400
    bodies: list[dict[str, object]] = [
        {}, {"all": False}, {"all": True, "ids": ["0" * 32]}, {"ids": ["x"]}, {"ids": []},
    ]  # fmt: skip
    for body in bodies:
        assert api("POST", "/1/notifications/inbox/read", ada, body).status == 400


def test_unread_is_exact_while_likes_arrive_and_are_read(pump, api):
    author = make_user()
    fans = [make_user(registered=False) for _ in range(48)]
    stop = threading.Event()

    def read():
        calls = 0
        while not stop.is_set():
            page = inbox(api, author, max_results=5)
            unread = [one["id"] for one in page.get("data", []) if not one["read"]]
            body = {"all": True} if calls % 4 == 3 else {"ids": unread or ["0" * 32]}
            answer = api("POST", "/1/notifications/inbox/read", author, body)
            assert answer.status == 200, answer.body
            calls += 1
        return calls

    with ThreadPoolExecutor(3) as readers:
        reading = [readers.submit(read) for _ in range(3)]
        for index, fan in enumerate(fans):
            publish("tweets", [liked(fan, author, str(index))] * 2)
        pump.settle(timeout=90)
        stop.set()
        assert all(one.result() > 0 for one in reading)
    for index, fan in enumerate(fans[:7]):
        publish("tweets", [liked(fan, author, str(1000 + index))])
    pump.settle()

    page = inbox(api, author, max_results=100)
    assert page["meta"]["result_count"] == 55
    unread = [one["id"] for one in page["data"] if not one["read"]]
    assert page["meta"]["unread_count"] == len(unread)
    assert len(unread) >= 7
    some = api("POST", "/1/notifications/inbox/read", author, {"ids": unread[:2] * 2})
    assert some.body == {"data": {"unread_count": len(unread) - 2}}
    again = api("POST", "/1/notifications/inbox/read", author, {"ids": unread[:3]})
    assert again.body == {"data": {"unread_count": len(unread) - 3}}
    everything = api("POST", "/1/notifications/inbox/read", author, {"all": True})
    assert everything.body == {"data": {"unread_count": 0}}
    page = inbox(api, author, max_results=100)
    assert page["meta"]["unread_count"] == 0
    assert all(one["read"] for one in page["data"])


def test_a_message_to_oneself_and_what_became_of_it(stack, pump, api):
    ada, stranger = make_user(), make_user()
    sent = send(api, ada, title="Tea & <cake>", text="one\ntwo")
    assert state(api, sent, ada)["status"] in ("accepted", "delivered")
    pump.settle()
    told = state(api, sent, ada)
    assert told["status"] == "delivered"
    assert (told["title"], told["text"], told["type"]) == ("Tea & <cake>", "one\ntwo", "message")
    assert {one["channel"]: one["status"] for one in told["channels"]} == {
        "inbox": "sent",
        "email": "sent",
    }
    (entry,) = inbox(api, ada)["data"]
    assert (entry["id"], entry["actor"]["id"]) == (sent, ada)
    (mail,) = mails(stack, address(ada))
    assert mail["Subject"] == "Tea & <cake>"
    assert "one<br>" in mail["BodyHtml"]
    assert "<cake>" not in mail["BodyHtml"]
    assert api("GET", f"/1/notifications/{sent}", stranger).status == 404
    assert api("GET", "/1/notifications/nonsense", ada).status == 404
    assert api("GET", f"/1/notifications/{'0' * 32}", ada).status == 404


def test_others_may_be_told_only_with_the_permission_to(pump, api):
    ada, bob = make_user(), make_user()
    body = {"user_id": bob, "title": "Hear", "text": "Hear!", "channels": ["inbox"]}
    assert api("POST", "/1/notifications", ada, body).status == 403
    answer = api("POST", "/1/notifications", f"{ada}:admin", body)
    assert answer.status == 202
    pump.settle()
    assert inbox(api, bob)["data"][0]["actor"]["id"] == ada
    sent = answer.body["data"]["id"]
    assert state(api, sent, ada)["user_id"] == state(api, sent, bob)["user_id"] == bob
    unknown = {**body, "user_id": "404"}
    assert api("POST", "/1/notifications", ada, unknown).status == 403
    assert api("POST", "/1/notifications", f"{ada}:admin", unknown).status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 101},
        {"text": "x" * 2001},
        {"channels": []},
        {"channels": ["pigeon"]},
        {"channels": ["inbox", "inbox"]},
        {"category": "Security"},
        {"category": "security"},
        {"more": 1},
    ],
)
def test_bodies_are_checked(api, wrong):
    ada = make_user(registered=False)
    body = {"user_id": ada, "title": "t", "text": "t", **wrong}
    assert api("POST", "/1/notifications", ada, body).status == 400


def test_the_same_key_creates_one_notification(stack, pump, api):
    ada = make_user()
    body = {"user_id": ada, "title": "Tea", "text": "It is ready."}
    key = {"Idempotency-Key": f"key-{ada}"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda _: api("POST", "/1/notifications", ada, body, **key), range(6))
        )
    assert {one.status for one in answers} == {202}
    assert len({one.body["data"]["id"] for one in answers}) == 1
    other = api("POST", "/1/notifications", ada, {**body, "text": "Cold."}, **key)
    assert other.status == 409
    pump.settle()
    assert inbox(api, ada)["meta"]["result_count"] == 1
    assert len(mails(stack, address(ada))) == 1
    elsewhere = make_user()
    body["user_id"] = elsewhere
    theirs = api("POST", "/1/notifications", elsewhere, body, **key)
    assert theirs.status == 202, "keys belong to their callers"
    assert theirs.body != answers[0].body


def test_two_callers_at_once_see_only_their_own(pump, api):
    people = [make_user() for _ in range(6)]
    for person in people:
        send(api, person, title=person, channels=["inbox"])
    pump.settle()

    def look(person):
        return {one["title"] for one in inbox(api, person)["data"]} == {person}

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(look, people * 3))


@pytest.fixture
def shared_cache(module, tmp_path_factory, monkeypatch):
    from chalicelib.notifications.core import cache

    with valkey_server(tmp_path_factory.mktemp("redis")) as url:
        monkeypatch.setenv("CACHE_URL", url)
        process.restart()
        yield cache
    monkeypatch.undo()
    process.restart()


def test_preferences_that_one_process_read_another_need_not(shared_cache):
    from chalicelib.notifications.planning import preferences

    from bench.meter import Meter

    one, two = make_user(registered=False), make_user(registered=False)
    preferences.change(one, {"throttle": {"per_hour": 7}})
    # Its change left a mark, which refuses fills.
    shared_cache.preferences().clear()
    for reads, calls in ((2, 1), (2, 0), (1, 0)):
        # Another process.
        process.reset()
        with Meter() as meter, meter.request() as spent:
            found = preferences.of_many([one, two][:reads])
        assert found[one].per_hour == 7
        assert len(spent.calls) == calls
    process.reset()
    assert preferences.of(two).per_hour is None


def test_a_cached_first_page_follows_every_change(shared_cache, pump, api):
    from bench.meter import Meter

    author = make_user()
    fans = [make_user(registered=False) for _ in range(3)]

    def page(**query):
        answer = inbox(api, author, **query)
        return [one["read"] for one in answer.get("data", [])], answer["meta"]["unread_count"]

    assert page() == ([], 0)
    publish("tweets", [liked(fans[0], author, "7"), liked(fans[1], author, "7")])
    pump.settle()
    # The mark of the change refuses fills for some seconds: pages are read from the table.
    assert page() == ([False, False], 2)
    shared_cache.inboxes().clear()
    first = page()
    with Meter() as meter:
        assert page() == first == ([False, False], 2)
        assert page(max_results=1) == ([False], 2)
        spent = [one.operation for one in meter.take()[1]]
    assert "Query" not in spent and "GetItem" not in spent
    publish("tweets", [liked(fans[2], author, "7")])
    pump.settle()
    assert page() == ([False, False, False], 3)
    shared_cache.inboxes().clear()
    ids = [one["id"] for one in inbox(api, author)["data"]]
    api("POST", "/1/notifications/inbox/read", author, {"ids": ids[:1]})
    assert page() == ([True, False, False], 2)
    shared_cache.inboxes().clear()
    assert page() == ([True, False, False], 2)
    api("POST", "/1/notifications/inbox/read", author, {"all": True})
    assert page() == ([True, True, True], 0)
    shared_cache.inboxes().clear()
    assert page() == ([True, True, True], 0)
    api("POST", "/1/notifications/inbox/archive", author, {"ids": ids[:1]})
    assert page() == ([True, True], 0)


def test_attempts_are_logged_by_day_and_channel_and_counted(stack, pump, api):
    from chalicelib.notifications.core import names
    from chalicelib.notifications.history import statistics

    operator = make_user()
    path = "/1/admin/channels/statistics"
    assert api("GET", path, operator).status == 403

    def numbers():
        found = api("GET", path, f"{operator}:admin").body["data"]
        return {one["channel"]: [one[kind] for kind in statistics.KINDS] for one in found}

    # The stream's batches of other tests come again to a new pump.
    pump.settle()
    statistics.forget()
    before = numbers()
    ada, bob = make_user(), make_user()
    with process.limited(statistics.StatisticsLimits()):
        publish("tweets", [replied(ada, bob)])
        pump.settle()
    (entry,) = inbox(api, bob)["data"]
    after = numbers()
    for channel in (names.EMAIL, names.INBOX):
        # One accepted, one sent; nothing was delivered by a receipt, failed or retried.
        assert [new - old for new, old in zip(after[channel], before[channel], strict=True)] == [
            *(1, 1, 0, 0, 0)
        ], channel

    account = Account(boto3.session.Session(), settings().account_id, settings().region, True)
    since = datetime.now(UTC) - timedelta(minutes=5)
    until = since + timedelta(hours=1)
    for channel in (names.EMAIL, names.INBOX):
        lines = list(
            query_logs.attempts(account, "dev", since, until, channel=channel, match=entry["id"])
        )
        ((_, named, text),) = lines
        told = json.loads(text)
        assert (named, told["outcome"]) == (channel, "sent")
        assert bob not in text and address(bob) not in text
