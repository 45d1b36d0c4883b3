"""Deliveries despite failing providers and dying workers."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.base.process import ROOT
from shared.auth import one_time_tokens
from shared.aws import dynamo, sdk
from shared.aws.events import publish
from shared.base import ids
from shared.base.config import settings
from shared.base.process import process
from tests.integration.notifications.notifications_support import (
    Provider,
    address,
    followed,
    happened,
    inbox,
    mails,
    make_user,
    queue_messages,
    replied,
    send,
    state,
)

pytestmark = pytest.mark.integration


def table_text(thing):
    items = sdk.client("dynamodb").scan(TableName=settings().name("notifications", thing))["Items"]
    return json.dumps(items, default=str)


def test_a_reply_reaches_inbox_and_mail_once_however_often_it_is_told(stack, pump, api):
    ada, bob = make_user("Ada <b>"), make_user("Bob")
    event = replied(ada, bob)
    for _ in range(3):
        publish("tweets", [event])
    pump.settle()
    publish("tweets", [event])
    pump.settle()

    page = inbox(api, bob)
    assert page["meta"] == {"result_count": 1, "unread_count": 1}
    (entry,) = page["data"]
    assert entry == {
        "id": entry["id"],
        "type": "reply",
        "actor": {"id": ada, "username": "Ada <b>", "name": "Ada <b>"},
        "tweet_id": event.data["tweet_id"],
        "read": False,
        "created_at": event.time,
    }
    (mail,) = mails(stack, address(bob))
    assert mail["Subject"] == "Ada <b> (@Ada <b>) replied to you"
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
    from chalicelib.notifications.contacts import directory

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
    known = directory.store().find(ada)
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
    actor, calm, muting, blocking, blocked = (make_user() for _ in range(5))
    follows = settings().name("users", "follows")
    dynamo.batch_write(
        follows,
        [
            {"user_id": muting, "target_id": actor, "muted": True},
            {"user_id": blocking, "target_id": actor, "blocked": True},
            {"user_id": actor, "target_id": blocked, "blocked": True},
            {"user_id": blocked, "target_id": actor, "following": True},
        ],
    )
    data = {
        "tweet_id": ids.new_id(),
        "author_id": actor,
        "kind": "tweet",
        "mentioned_user_ids": [calm, muting, blocking, blocked],
    }
    publish("tweets", [happened("tweets", "tweet.created", data)])
    publish("users", [followed(actor, blocking)])
    pump.settle()
    counts = [inbox(api, one)["meta"]["result_count"] for one in (calm, muting, blocking, blocked)]
    assert counts == [1, 0, 0, 0]
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
    assert entry["crawl_id"] == "run-1"
    (mail,) = mails(stack, address(owner))
    assert mail["Subject"] == "Your crawl has finished"


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
    assert state(api, sent, ada)["channels"][0]["status"] == "queued"
    send(api, bob, channels=["email"])
    pump.settle()
    assert len(mails(stack, address(bob))) == 1, "its neighbours go on"
    sdk.client("sqs").purge_queue(QueueUrl=settings().queue_url("notifications", "email-dlq"))


def test_what_is_no_event_ends_in_the_dead_letters(pump):
    sdk.client("sqs").send_message(
        QueueUrl=settings().queue_url("notifications", "events"),
        MessageBody=json.dumps({"type": "tweet.liked", "data": {"tweet_id": "<x>"}}),
    )
    pump.settle()
    assert len(queue_messages("events-dlq")) == 1
    sdk.client("sqs").purge_queue(QueueUrl=settings().queue_url("notifications", "events-dlq"))


KILLED = """
import os, sys
from scripts.base.domain import load_app
load_app("notifications")
from chalicelib.notifications.history import ledger
ledger.send_once(sys.argv[1], sys.argv[2], lambda: os._exit(9))
"""


def test_a_worker_killed_while_sending_is_followed_by_another(module, stack, pump, api):
    from chalicelib.notifications.channels import targets
    from chalicelib.notifications.delivery import worker
    from chalicelib.notifications.history import ledger, notifications

    ada = make_user()
    sent = send(api, ada, channels=["inbox"])
    pump.settle()
    content = notifications.find(sent)
    assert content is not None
    target = ledger.target_key("email", targets.digest(address(ada)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, sent, target], cwd=ROOT, env=dict(os.environ), check=False
    )
    assert killed.returncode == 9
    # The queue delivers again: first while the dead worker's lease runs, then after it.
    (held,) = worker.deliver("email", {0: content}).values()
    assert isinstance(held, ledger.LeaseHeld)
    assert mails(stack, address(ada)) == []
    with process.clock.ahead(ledger.LEASE_MS / 1000):
        assert not worker.deliver("email", {0: content})
        assert not worker.deliver("email", {0: content})
    assert len(mails(stack, address(ada))) == 1
    (entry,) = [one for one in ledger.entries(sent) if one["target"] == target]
    assert (entry["state"], entry["attempts"]) == ("sent", 2)


def test_many_workers_on_one_delivery_send_it_once(module, stack, api, pump):
    from chalicelib.notifications.history import ledger

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
    from chalicelib.notifications.history import ledger

    first = ledger.claim("f" * 32, "email#x", lease_ms=-1)
    second = ledger.claim("f" * 32, "email#x")
    ledger.mark_failed(first, "configuration")
    assert ledger.entries("f" * 32)[0]["state"] == "claimed", "only the claim's holder may fail it"
    ledger.mark_sent("f" * 32, "email#x", "p-1")
    ledger.mark_failed(second, "configuration")
    ledger.mark_sent("f" * 32, "email#x", "p-2")
    (entry,) = ledger.entries("f" * 32)
    assert (entry["state"], entry["provider_id"], entry.get("reason")) == ("sent", "p-1", None)
    assert ledger.claim("f" * 32, "email#x") is None
