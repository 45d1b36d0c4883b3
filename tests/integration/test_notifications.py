"""Notifications against the real embedded AWS: event in, inbox entry and mail out."""

import json
import os
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from chalice.test import Client

from scripts.domain import load_app
from scripts.permissions import API, running
from scripts.process import ROOT
from scripts.provision import apply_template, verify_sender
from scripts.pump import Pump
from scripts.stack import embedded_aws
from shared import auth, aws, dynamo, ids, one_time_tokens, profiles
from shared.auth import Principal
from shared.clock import now_ms
from shared.config import settings
from shared.events import Event, publish
from shared.pagination import encode_token
from shared.scopes import ALL_SCOPES

pytestmark = pytest.mark.integration


def forget_settings():
    settings.cache_clear()
    aws.reset()
    auth.reset()
    profiles.reset()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    saved = dict(os.environ)
    with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
        os.environ.clear()
        os.environ.update({**saved, **running.full_environment("http://127.0.0.1:8000")})
        forget_settings()
        apply_template("events", ROOT / "infra" / "events.yaml", stage="dev")
        for domain in ("users", "notifications"):
            apply_template(domain, ROOT / "apps" / domain / "resources.yaml", stage="dev")
        verify_sender()
        yield running
    os.environ.clear()
    os.environ.update(saved)
    forget_settings()


@pytest.fixture(scope="module")
def module(stack):
    found = load_app("notifications")
    from chalicelib.notifications import contacts

    contacts.reset()
    yield found
    contacts.reset()


@pytest.fixture
def pump(module, tmp_path):
    """Handlers run as on Lambda, with more threads than the default, retried at once."""
    many = {settings().name("notifications", queue): 6 for queue in ("events", "inbox", "email")}
    with Pump(
        module.app, module, "notifications", tmp_path,
        concurrency=many, retry_base=0, wait_seconds=1,
    ) as running:  # fmt: skip
        yield running


@pytest.fixture
def api(module, monkeypatch):
    """Calls a route as somebody: the token is the user's id, with roles after a colon."""

    def principal(token):
        user_id, _, role = token.partition(":")
        return Principal(
            user_id, "client", frozenset(ALL_SCOPES), frozenset({role or "user"}), "s", 0, 2**40
        )

    monkeypatch.setattr(auth, "verify_token", principal)

    def call(method, path, token, body=None, **headers):
        with running("notifications", API), Client(module.app) as client:
            answer = client.http.request(
                method,
                path,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/json",
                    **headers,
                },
                body=json.dumps(body).encode() if body is not None else b"",
            )
        parsed = json.loads(answer.body) if answer.body else None
        return SimpleNamespace(status=answer.status_code, body=parsed)

    return call


def make_user(name=None, *, registered=True, status="active"):
    """Somebody in the users table and, if registered, in the contacts."""
    user_id = ids.new_id()
    name = name or f"u{user_id[-9:]}"
    item = {"id": user_id, "username": name[:15], "name": name, "status": status}
    dynamo.batch_write(profiles.users_table(), [item])
    if registered:
        from chalicelib.notifications import contacts

        contacts.store().set_email(user_id, address(user_id), 1)
        contacts.store().set_name(user_id, name[:15], name, 0)
    return user_id


def address(user_id):
    return f"u{user_id}@example.org"


def happened(source, kind, data, version=1):
    subject = "-".join(str(value) for value in data.values())[:200]
    return Event.of(source, kind, subject, version, now_ms(), data)


def followed(follower, target, version=1):
    return happened("users", "user.followed", {"user_id": follower, "target_id": target}, version)


def liked(user_id, author_id, tweet_id):
    data = {"tweet_id": tweet_id, "author_id": author_id, "user_id": user_id}
    return happened("tweets", "tweet.liked", data)


def mails(stack, to):
    url = f"{stack.endpoint_url}/_ministack/ses/messages"
    with urllib.request.urlopen(url, timeout=10) as answer:
        accounts = json.load(answer)["messages"].values()
    return [one for messages in accounts for one in messages if to in one["To"]]


def table_text(thing):
    items = aws.client("dynamodb").scan(TableName=settings().name("notifications", thing))["Items"]
    return json.dumps(items, default=str)


def queue_messages(thing):
    url = settings().queue_url("notifications", thing)
    answer = aws.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0
    )
    return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


class Provider:
    """Stands between the mail worker and SES: refuses as often as it is told to."""

    def __init__(self):
        self.calls, self.refusals = [], []
        self._lock = threading.Lock()
        self._events = aws.client("sesv2").meta.events

    def __enter__(self):
        self._events.register("before-call.sesv2.SendEmail", self._before)
        return self

    def __exit__(self, *_):
        self._events.unregister("before-call.sesv2.SendEmail", self._before)

    def refuse(self, code, status, times):
        self.refusals += [(code, status)] * times

    def _before(self, params, **_):
        with self._lock:
            self.calls.append(json.loads(params["body"])["Destination"]["ToAddresses"][0])
            if not self.refusals:
                return None
            code, status = self.refusals.pop()
        parsed = {"Error": {"Code": code, "Message": "refused"}, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=status), parsed


def inbox(api, user_id, **query):
    path = "/1/notifications/inbox"
    if query:
        path += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    answer = api("GET", path, user_id)
    assert answer.status == 200, answer.body
    return answer.body


def send(api, user_id, **members):
    body = {"user_id": user_id, "title": "Tea", "text": "It is ready.", **members}
    answer = api("POST", "/1/notifications", user_id, body)
    assert answer.status == 202, answer.body
    return answer.body["data"]["id"]


def state(api, notification_id, user_id):
    answer = api("GET", f"/1/notifications/{notification_id}", user_id)
    assert answer.status == 200, answer.body
    return answer.body["data"]


# ---- events ---------------------------------------------------------------------------------


def test_a_follow_reaches_inbox_and_mail_once_however_often_it_is_told(stack, pump, api):
    ada, bob = make_user("Ada <b>"), make_user("Bob")
    event = followed(ada, bob)
    for _ in range(3):
        publish("users", [event])
    pump.settle()
    publish("users", [event])
    pump.settle()

    page = inbox(api, bob)
    assert page["meta"] == {"result_count": 1, "unread_count": 1}
    (entry,) = page["data"]
    assert entry == {
        "id": entry["id"],
        "type": "follow",
        "actor": {"id": ada, "username": "Ada <b>", "name": "Ada <b>"},
        "read": False,
        "created_at": event.time,
    }
    (mail,) = mails(stack, address(bob))
    assert mail["Subject"] == "Ada <b> (@Ada <b>) follows you"
    assert "Ada &lt;b&gt;" in mail["BodyHtml"]
    assert "Ada <b>" in mail["BodyText"]
    assert state(api, entry["id"], bob)["status"] == "delivered"


def test_registration_mails_a_token_that_is_kept_nowhere(stack, pump):
    ada = make_user(registered=False)
    data = {
        "user_id": ada,
        "username": "ada",
        "name": "Ada",
        "email": address(ada),
        "verification_id": f"{ada}-1-abc",
    }
    publish("users", [happened("users", "user.registered", data)])
    pump.settle()
    (mail,) = mails(stack, address(ada))
    link = next(word for word in mail["BodyText"].split() if "/verify?token=" in word)
    token = link.partition("token=")[2]
    assert link.startswith("http://127.0.0.1:8000/verify?token=")
    assert link in mail["BodyHtml"]
    assert one_time_tokens.verify("verify_email", token) == data["verification_id"]
    secret = token.rpartition(".")[2]
    for thing in ("notifications", "ledger", "inbox", "counters"):
        stored = table_text(thing)
        assert secret not in stored
        assert address(ada) not in stored
    for queue in ("events-dlq", "inbox-dlq", "email-dlq"):
        assert queue_messages(queue) == []


def test_contact_events_in_any_order(module, pump):
    from chalicelib.notifications import contacts

    ada = make_user(registered=False)
    name = {"user_id": ada, "username": "lovelace", "name": "Countess"}
    publish("users", [happened("users", "user.updated", name, 4)])
    publish("users", [happened("users", "user.email_verified", {"user_id": ada}, 2)])
    pump.settle()
    registered = {
        "user_id": ada,
        "username": "ada",
        "name": "Ada",
        "email": address(ada),
        "verification_id": "v",
    }
    publish("users", [happened("users", "user.registered", registered, 1)])
    pump.settle()
    known = contacts.store().find(ada)
    assert (known.email, known.email_verified) == (address(ada), True)
    assert (known.username, known.name) == ("lovelace", "Countess")


def test_tweets_tell_everybody_concerned_once(stack, pump, api):
    author, replied, mentioned = make_user(), make_user(), make_user()
    data = {
        "tweet_id": ids.new_id(),
        "author_id": author,
        "kind": "reply",
        "in_reply_to_user_id": replied,
        "mentioned_user_ids": [replied, mentioned, author],
    }
    original = ids.new_id()
    retweet = {
        "tweet_id": ids.new_id(),
        "author_id": author,
        "kind": "retweet",
        "retweeted_tweet_id": original,
        "retweeted_user_id": mentioned,
    }
    publish("tweets", [happened("tweets", "tweet.created", data)])
    pump.settle()
    publish("tweets", [happened("tweets", "tweet.created", retweet)])
    pump.settle()
    told = [(one["type"], one["tweet_id"]) for one in inbox(api, replied)["data"]]
    assert told == [("reply", data["tweet_id"])]
    told = [(one["type"], one["tweet_id"]) for one in inbox(api, mentioned)["data"]]
    assert told == [("retweet", original), ("mention", data["tweet_id"])]
    assert inbox(api, author) == {"meta": {"result_count": 0, "unread_count": 0}}
    assert len(mails(stack, address(replied))) == 1


def test_who_blocks_or_mutes_the_actor_hears_nothing(stack, pump, api):
    actor, calm, muting, blocking = (make_user() for _ in range(4))
    follows = settings().name("users", "follows")
    dynamo.batch_write(
        follows,
        [
            {"user_id": muting, "target_id": actor, "muted": True},
            {"user_id": blocking, "target_id": actor, "blocked": True},
        ],
    )
    data = {
        "tweet_id": ids.new_id(),
        "author_id": actor,
        "kind": "tweet",
        "mentioned_user_ids": [calm, muting, blocking],
    }
    publish("tweets", [happened("tweets", "tweet.created", data)])
    publish("users", [followed(actor, blocking)])
    pump.settle()
    counts = [inbox(api, one)["meta"]["result_count"] for one in (calm, muting, blocking)]
    assert counts == [1, 0, 0]
    assert mails(stack, address(blocking)) == []


def test_the_end_of_a_crawl_is_a_message_to_its_owner(stack, pump, api):
    owner = make_user()
    data = {
        "run_id": "run-1",
        "owner_id": owner,
        "url": "http://example.org/",
        "status": "finished",
        "fetched": 12,
    }
    publish("crawler", [happened("crawler", "crawl.finished", data)])
    pump.settle()
    (entry,) = inbox(api, owner)["data"]
    assert (entry["type"], entry["title"]) == ("message", "Your crawl has finished")
    assert "12 pages fetched" in entry["text"]
    (mail,) = mails(stack, address(owner))
    assert mail["Subject"] == "Your crawl has finished"


# ---- delivery -------------------------------------------------------------------------------


def test_a_provider_that_fails_once_gets_it_again_and_sends_it_once(stack, pump, api):
    ada = make_user()
    with Provider() as provider:
        provider.refuse("TooManyRequestsException", 429, times=1)
        sent = send(api, ada, channels=["email"])
        pump.settle()
    assert provider.calls == [address(ada)] * 2
    assert len(mails(stack, address(ada))) == 1
    assert state(api, sent, ada)["status"] == "delivered"


def test_what_the_provider_rejects_for_good_is_not_tried_again(stack, pump, api):
    ada = make_user()
    with Provider() as provider:
        provider.refuse("MessageRejected", 400, times=1)
        sent = send(api, ada)
        pump.settle()
    assert len(provider.calls) == 1
    told = state(api, sent, ada)
    assert told["status"] == "partial"
    by_name = {one["channel"]: one for one in told["channels"]}
    assert by_name["email"]["status"] == "failed"
    assert by_name["email"]["reason"] == "message_rejected"
    assert by_name["inbox"]["status"] == "sent"
    assert mails(stack, address(ada)) == []


def test_somebody_without_an_address_is_told_in_the_inbox(pump, api):
    ada = make_user(registered=False)
    sent = send(api, ada)
    pump.settle()
    told = state(api, sent, ada)
    assert told["status"] == "partial"
    failed = [one for one in told["channels"] if one["status"] == "failed"]
    assert [(one["channel"], one["reason"]) for one in failed] == [("email", "no_address")]


def test_a_message_that_keeps_failing_ends_in_the_dead_letters(stack, pump, api):
    ada, bob = make_user(), make_user()
    with Provider() as provider:
        provider.refuse("InternalFailure", 500, times=5)
        sent = send(api, ada, channels=["email"])
        pump.settle()
    assert provider.calls == [address(ada)] * 5
    assert {"notification_id": sent} in queue_messages("email-dlq")
    assert state(api, sent, ada)["channels"][0]["status"] == "claimed"
    send(api, bob, channels=["email"])
    pump.settle()
    assert len(mails(stack, address(bob))) == 1, "its neighbours go on"
    aws.client("sqs").purge_queue(QueueUrl=settings().queue_url("notifications", "email-dlq"))


def test_what_is_no_event_ends_in_the_dead_letters(pump):
    aws.client("sqs").send_message(
        QueueUrl=settings().queue_url("notifications", "events"),
        MessageBody=json.dumps({"type": "tweet.liked", "data": {"tweet_id": "<x>"}}),
    )
    pump.settle()
    assert len(queue_messages("events-dlq")) == 1
    aws.client("sqs").purge_queue(QueueUrl=settings().queue_url("notifications", "events-dlq"))


KILLED = """
import os, sys
from scripts.domain import load_app
load_app("notifications")
from chalicelib.notifications import ledger
ledger.send_once(sys.argv[1], sys.argv[2], lambda: os._exit(9))
"""


def test_a_worker_killed_while_sending_is_followed_by_another(
    module, stack, pump, api, monkeypatch
):
    from chalicelib.notifications import ledger, notification_store
    from chalicelib.notifications.channels import CHANNELS, email

    ada = make_user()
    sent = send(api, ada, channels=["inbox"])
    pump.settle()
    content = notification_store.load(sent)
    target = ledger.target_key("email", email._target(address(ada)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, sent, target], cwd=ROOT, env=dict(os.environ), check=False
    )
    assert killed.returncode == 9
    # The queue delivers again: first while the dead worker's lease runs, then after it.
    with pytest.raises(ledger.LeaseHeld):
        CHANNELS["email"].deliver(content)
    assert mails(stack, address(ada)) == []
    monkeypatch.setattr(ledger, "now_ms", lambda: now_ms() + ledger.LEASE_MS)
    CHANNELS["email"].deliver(content)
    CHANNELS["email"].deliver(content)
    assert len(mails(stack, address(ada))) == 1
    (entry,) = [one for one in ledger.entries(sent) if one.target == target]
    assert (entry.state, int(entry.attempts)) == ("sent", 2)


def test_many_workers_on_one_delivery_send_it_once(module, stack, api, pump):
    from chalicelib.notifications import ledger

    barrier, others_held, sends = threading.Barrier(8), threading.Semaphore(0), []

    def send_last():
        sends.append(1)
        for _ in range(7):
            assert others_held.acquire(timeout=30)
        return "provider-1"

    def work(_):
        barrier.wait()
        try:
            return ledger.send_once("n" * 32, "email#x", send_last)
        except ledger.LeaseHeld:
            others_held.release()
            return "held"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(work, range(8)))
    assert len(sends) == 1
    assert outcomes.count(True) == 1
    assert outcomes.count("held") == 7


def test_states_only_move_forward(module, stack):
    from chalicelib.notifications import ledger

    first = ledger.claim("f" * 32, "email#x", lease_ms=-1)
    second = ledger.claim("f" * 32, "email#x")
    ledger.mark_failed("f" * 32, "email#x", "late", first)
    assert ledger.entries("f" * 32)[0].state == "claimed", "only the claim's holder may fail it"
    ledger.mark_sent("f" * 32, "email#x", "p-1")
    ledger.mark_failed("f" * 32, "email#x", "later", second)
    ledger.mark_sent("f" * 32, "email#x", "p-2")
    (entry,) = ledger.entries("f" * 32)
    assert (entry.state, entry.provider_id, entry.reason) == ("sent", "p-1", None)
    assert ledger.claim("f" * 32, "email#x") is None


# ---- the inbox ------------------------------------------------------------------------------


def test_pages_are_complete_ordered_and_without_people_who_are_gone(pump, api):
    author, gone = make_user(), make_user(status="deleted")
    fans = [make_user(registered=False) for _ in range(25)]
    for index in range(0, 25, 5):
        batch = [liked(fan, author, "7") for fan in fans[index : index + 5]]
        publish("tweets", [*batch, liked(gone, author, str(100 + index))])
    pump.settle()

    seen, token, sizes = [], None, []
    while True:
        query = {"max_results": 10, **({"pagination_token": token} if token else {})}
        page = inbox(api, author, **query)
        assert page["meta"]["unread_count"] == 30, "what is hidden was counted, too"
        seen += page["data"]
        sizes.append(page["meta"]["result_count"])
        token = page["meta"].get("next_token")
        if token is None:
            break
    assert sizes == [10, 10, 5]
    assert {one["actor"]["id"] for one in seen} == set(fans)
    assert len({one["id"] for one in seen}) == 25
    assert [one["id"] for one in seen] == sorted((one["id"] for one in seen), reverse=True)

    other = make_user()
    token = inbox(api, author, max_results=10)["meta"]["next_token"]
    stolen = api("GET", f"/1/notifications/inbox?pagination_token={token}", other)
    assert stolen.status == 400, "a token belongs to its inbox"
    forged = encode_token(f"inbox:{author}", {"before": ""})
    assert api("GET", f"/1/notifications/inbox?pagination_token={forged}", author).status == 400


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


# ---- sending over HTTP ----------------------------------------------------------------------


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
