"""The API of notifications: recipients, history, keys, contacts."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.base.process import process
from tests.integration.notifications.notifications_support import (
    address,
    inbox,
    mails,
    make_user,
    state,
)

pytestmark = pytest.mark.integration

TEA = {"title": "Tea", "text": "It is ready."}


@pytest.fixture
def admin(module, stack):
    return f"{make_user()}:admin"


@pytest.fixture
def key(api, admin):
    """API key of an outside caller."""
    body = {"name": "shop", "scopes": ["notifications.write", "notifications.read"]}
    made = api("POST", "/1/api_keys", admin, body)
    assert made.status == 201, made.body
    return made.body["data"]["key"]


def contact(api, key, name, **members):
    body = {"email": f"{name}@example.org", **members}
    answer = api("PUT", f"/1/contacts/{name}", key, body)
    assert answer.status == 200, answer.body
    return answer.body["data"]


def post(api, token, status=202, path="/1/notifications", **body):
    answer = api("POST", path, token, body)
    assert answer.status == status, answer.body
    return answer.body


def test_an_outside_caller_from_key_to_timeline(stack, pump, api, key):
    assert contact(api, key, "ada.1", phone="+1 415 555 2671", locale="en", time_zone="Asia/Tokyo")
    known = api("GET", "/1/contacts/ada.1", key).body["data"]
    assert known == {
        "key": "ada.1",
        "email": "ada.1@example.org",
        "phone": "+14155552671",
        "locale": "en",
        "time_zone": "Asia/Tokyo",
    }
    sent = post(api, key, to="ada.1", content=TEA)["data"]["id"]
    pump.settle()
    assert len(mails(stack, "ada.1@example.org")) == 1
    told = state(api, sent, key)
    (delivery,) = told["deliveries"]
    assert (delivery["user_id"], delivery["channel"]) == ("ada.1", "email")
    assert delivery["state"] == "sent"
    assert [step["state"] for step in told["timeline"]] == ["accepted", "claimed", "sent"]
    assert told["status"] == "delivered"
    assert api("GET", f"/1/notifications/{sent}", make_user()).status == 404
    assert api("DELETE", "/1/contacts/ada.1", key).status == 204
    pump.settle()
    assert api("GET", "/1/contacts/ada.1", key).status == 404
    assert api("GET", f"/1/notifications/{sent}", key).status == 404, "its history goes with it"
    assert api("DELETE", "/1/contacts/ada.1", key).status == 404


def test_many_recipients_share_one_notification(pump, api, admin):
    people = [make_user() for _ in range(60)]
    sent = post(api, admin, to=people, content=TEA, channels=["inbox"])["data"]["id"]
    pump.settle()
    seen, token = set(), ""
    for size in (40, 20):
        path = f"/1/notifications/{sent}?max_results=40{token}"
        page = api("GET", path, admin).body
        assert page["meta"]["result_count"] == size
        seen |= {(one["user_id"], one["state"]) for one in page["data"]["deliveries"]}
        token = f"&pagination_token={page['meta'].get('next_token')}"
    assert seen == {(one, "delivered") for one in people}
    assert inbox(api, people[7])["meta"]["unread_count"] == 1
    child = inbox(api, people[7])["data"][0]["id"]
    assert state(api, child, people[7])["status"] == "delivered"


def test_recipients_are_bounded_and_known(api, admin):
    ids = [str(10**15 + number) for number in range(1001)]
    assert post(api, admin, 400, to=ids, content=TEA)
    assert post(api, admin, 400, to=[make_user(), "17"], content=TEA)["errors"]
    assert post(api, admin, 404, to="17", content=TEA)
    ada = make_user()
    for to in ([ada], {"topic": "tea"}, {"segment": "all"}):
        assert post(api, ada, 403, to=to, content=TEA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": TEA},
        {"to": "ME", "user_id": "ME", "content": TEA},
        {"to": "ME"},
        {"to": "ME", "content": TEA, "template": "welcome"},
        {"to": "ME", "content": TEA, "data": {"a": 1}},
        {"to": "ME", "content": {"title": "Tea"}},
        {"to": "ME", "title": "Tea"},
        {"to": "ME", "content": {**TEA, "url": "javascript:1"}},
        {"to": "ME", "content": TEA, "channels": ["pigeon"]},
        {"to": "ME", "content": TEA, "ttl": 0},
        {"to": "ME", "content": TEA, "schedule_at": "tomorrow at eight"},
        {"to": "ME", "content": TEA, "schedule_at": "2020-01-01T00:00:00Z"},
        {"to": "ME", "content": TEA, "category": "social"},
        {"to": "ME", "content": TEA, "category": "digest"},
        {"to": {"segment": {}}, "content": TEA},
    ],
)
def test_bodies_that_make_no_sense(module, api, wrong):
    ada = make_user()
    body = {name: ada if value == "ME" else value for name, value in wrong.items()}
    assert api("POST", "/1/notifications", f"{ada}:admin", body).status == 400


def test_topics_and_segments(stack, pump, api, key):
    for name, locale in (("t1", "en"), ("t2", "de"), ("t3", "de")):
        contact(api, key, name, locale=locale)
    path = "/1/topics/news/subscribers"
    added = api("PUT", path, key, {"subscribers": ["t1", "t2"]})
    assert added.body["data"] == {"topic": "news", "subscribers": 2}
    assert api("PUT", path, key, {"subscribers": ["t1", "nobody"]}).status == 400
    assert api("PUT", "/1/topics/N!/subscribers", key, {"subscribers": ["t1"]}).status == 400
    ada = make_user()
    assert api("GET", path, ada).status == 403
    assert api("PUT", path, ada, {"subscribers": [ada]}).status == 403
    assert api("DELETE", path, ada, {"subscribers": [ada]}).status == 403
    page = api("GET", f"{path}?max_results=1", key).body
    assert page["data"] == ["t1"]
    token = page["meta"]["next_token"]
    assert api("GET", f"{path}?pagination_token={token}", key).body["data"] == ["t2"]
    post(api, key, to={"topic": "news"}, content=TEA)
    pump.settle()
    removed = api("DELETE", path, key, {"subscribers": ["t1", "never"]})
    assert removed.body["data"]["subscribers"] == 2
    post(api, key, to={"topic": "news"}, content=TEA)
    post(api, key, to={"segment": {"locale": "de"}}, content=TEA)
    post(api, key, to={"segment": "all"}, content=TEA)
    pump.settle()
    got = [len(mails(stack, f"{name}@example.org")) for name in ("t1", "t2", "t3")]
    assert got == [2, 4, 2]


def test_history_is_listed_and_searched(api, admin):
    ada, bob = make_user(), make_user()
    ids = [
        post(api, admin, to=to, content={"title": title, "text": "x"}, channels=[channel])["data"]
        for to, title, channel in (
            (ada, "First tea", "inbox"),
            (bob, "Second", "inbox"),
            (ada, "Third TEA", "email"),
        )
    ]
    first, second, third = (one["id"] for one in ids)

    def found(query):
        answer = api("GET", f"/1/notifications?{query}", admin)
        assert answer.status == 200, answer.body
        return [one["id"] for one in answer.body.get("data", [])]

    assert found("") == [third, second, first]
    assert found("query=tea") == [third, first]
    assert found(f"to={ada}&channel=inbox") == [first]
    assert found("category=news") == []
    assert found("start_time=2999-01-01T00:00:00Z") == []
    assert found("end_time=2999-01-01T00:00:00Z") == [third, second, first]
    page = api("GET", "/1/notifications?max_results=2", admin).body
    token = page["meta"]["next_token"]
    assert found(f"max_results=2&pagination_token={token}") == [first]
    assert api("GET", "/1/notifications?start_time=yesterday12", admin).status == 400
    assert api("GET", "/1/notifications", ada).body == {"meta": {"result_count": 0}}


def later(**delta):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(**delta)).isoformat()


def ring(module, pump, ahead):
    """Let the timers of a later moment run."""
    from chalicelib.notifications.delivery import timers

    with process.clock.ahead(ahead):
        timers.ring()
        pump.settle()


def test_a_scheduled_one_waits_and_may_be_cancelled_once(stack, module, pump, api):
    ada = make_user()
    body = {"to": ada, "content": TEA, "channels": ["inbox", "email"]}
    kept = post(api, ada, **body, schedule_at=later(hours=2))["data"]["id"]
    gone = post(api, ada, **body, schedule_at=later(hours=2))["data"]["id"]
    pump.settle()
    told = state(api, kept, ada)
    assert {one["state"] for one in told["deliveries"]} == {"deferred"}
    assert told["status"] == "accepted"
    assert api("DELETE", f"/1/notifications/{gone}", make_user()).status == 404
    assert api("DELETE", f"/1/notifications/{gone}", ada).body["data"]["status"] == "cancelled"
    again = api("DELETE", f"/1/notifications/{gone}", ada)
    assert (again.status, "cancelled before" in again.body["detail"]) == (409, True)
    once = [(one["state"], one["reason"]) for one in state(api, gone, ada)["deliveries"]]
    assert once == [("cancelled", "cancelled")] * 2
    ring(module, pump, 7260)
    assert len(mails(stack, address(ada))) == 1
    assert inbox(api, ada)["meta"]["result_count"] == 1
    told = state(api, gone, ada)
    assert told["status"] == "cancelled"
    assert {(one["state"], one["reason"]) for one in told["deliveries"]} == {
        ("cancelled", "cancelled")
    }
    late = api("DELETE", f"/1/notifications/{kept}", ada)
    assert (late.status, "was sent" in late.body["detail"]) == (409, True)


def test_one_to_several_is_cancelled_while_a_part_waits(stack, module, pump, api, admin):
    ada, bob = make_user(), make_user()
    body = {"to": [ada, bob], "content": TEA, "channels": ["inbox"]}
    waits = post(api, admin, **body, schedule_at=later(hours=2))["data"]["id"]
    arrived = post(api, admin, **body)["data"]["id"]
    pump.settle()
    assert api("DELETE", f"/1/notifications/{waits}", admin).status == 200
    told = state(api, waits, admin)
    assert [one["state"] for one in told["deliveries"]] == ["cancelled"] * 2
    answer = api("DELETE", f"/1/notifications/{arrived}", admin)
    assert (answer.status, "was sent" in answer.body["detail"]) == (409, True)
    assert state(api, arrived, admin)["status"] == "delivered"
    assert inbox(api, ada)["meta"]["result_count"] == 1


def test_what_is_too_old_is_not_sent(stack, module, pump, api):
    from chalicelib.notifications.delivery import worker

    ada = make_user()
    sent = post(api, ada, to=ada, content=TEA, channels=["sms"], ttl=60)["data"]["id"]
    with process.clock.ahead(61):
        assert worker.worker("email")([{"notification_id": sent}]) == {}
    found = [one for one in state(api, sent, ada)["deliveries"] if one["channel"] == "email"]
    assert [(one["state"], one["reason"]) for one in found] == [("expired", "expired")]
    assert mails(stack, address(ada)) == []


def test_auto_mails_only_what_was_not_seen(stack, module, pump, api):
    ada, bob = make_user(), make_user()
    for user in (ada, bob):
        post(api, user, to=user, content=TEA, channels="auto")
    pump.settle()
    assert mails(stack, address(ada)) == []
    assert api("POST", "/1/notifications/inbox/read", bob, {"all": True}).status == 200
    ring(module, pump, 660)
    assert len(mails(stack, address(ada))) == 1
    assert mails(stack, address(bob)) == []
    found = inbox(api, bob)["data"][0]["id"]
    (mail,) = [one for one in state(api, found, bob)["deliveries"] if one["channel"] == "email"]
    assert (mail["state"], mail["reason"]) == ("suppressed", "deduplicated")


def test_a_dry_run_tells_and_does_nothing(stack, pump, api, admin):
    ada, bob = make_user(), make_user(registered=False)
    path = "/1/notifications?dry_run=true"
    told = post(api, admin, 200, path, to=[ada, bob], content=TEA, channels=["inbox", "email"])
    assert told["meta"] == {"result_count": 4, "complete": True}
    by = {(one["user_id"], one["channel"]): one for one in told["data"]}
    assert by[ada, "email"]["would"] == "send"
    assert (by[bob, "email"]["would"], by[bob, "email"]["reason"]) == ("suppress", "no_target")
    at = later(hours=1)
    (planned,) = post(
        api, admin, 200, path, to=ada, content=TEA, channels=["email"], schedule_at=at
    )["data"]
    assert (planned["would"], "at" in planned) == ("defer", True)
    pump.settle()
    assert mails(stack, address(ada)) == []
    assert api("GET", "/1/notifications", admin).body["meta"]["result_count"] == 0


def test_sixteen_identical_calls_at_once_are_one_notification(stack, pump, api):
    ada = make_user()
    body = {"to": ada, "content": TEA}
    header = {"Idempotency-Key": f"once-{ada}"}
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: api("POST", "/1/notifications", ada, body, **header), range(16))
        )
    assert {one.status for one in answers} == {202}
    assert len({one.body["data"]["id"] for one in answers}) == 1
    other = {**body, "content": {**TEA, "title": "Coffee"}}
    assert api("POST", "/1/notifications", ada, other, **header).status == 409
    pump.settle()
    assert inbox(api, ada)["meta"]["result_count"] == 1
    assert len(mails(stack, address(ada))) == 1


def test_contacts_are_checked(api, key):
    for wrong in (
        {"email": "nonsense"},
        {"email": "a@b@c.example"},
        {"email": "jörg@b.example"},
        {"phone": "12"},
        {"phone": "+1"},
        {"time_zone": "Mars/Olympus"},
        {"locale": "!"},
        {"age": 7},
    ):
        assert api("PUT", "/1/contacts/eve", key, wrong).status == 400, wrong


def test_contacts_belong_to_their_key(api, key, admin):
    contact(api, key, "mine")
    other = post(api, admin, 201, "/1/api_keys", name="o", scopes=["notifications.write"])
    theirs = other["data"]["key"]
    assert api("GET", "/1/contacts/mine", theirs).status == 404
    assert post(api, theirs, 404, to="mine", content=TEA)
    for method, body in (("PUT", {}), ("GET", None), ("DELETE", None)):
        assert api(method, "/1/contacts/mine", make_user(), body).status == 403
        assert api(method, "/1/contacts/-", key, body).status == 400
