"""Poison records, dead letters, providers that are down, workers that die."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.aws import sdk
from shared.aws.events import send as put
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.process import process
from tests.integration.notifications.notifications_support import (
    Provider,
    address,
    mails,
    make_user,
    queue_messages,
    send,
    state,
)

pytestmark = pytest.mark.integration

DEAD = "/1/admin/dead_letters"


@pytest.fixture
def admin():
    return f"{make_user()}:admin"


@pytest.fixture(autouse=True)
def closed_breaker(module, stack):
    from chalicelib.notifications.core.operation_models import BREAKERS

    BREAKERS.delete({"provider": "email#ses"})
    process.reset()
    yield
    BREAKERS.delete({"provider": "email#ses"})
    process.reset()


def queue_name(thing):
    return settings().name("notifications", thing)


def test_a_poison_record_in_ten_and_its_redrive(stack, pump, api, admin):
    """The tenth is about a notification that a lagging replica lacks."""
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.history import notifications

    people = [make_user() for _ in range(10)]
    late = people[3]
    missing = Content(
        id=fresh_id(now_ms()), user_id=late, type="message", category="message",
        channels=("email",), created_at=now_ms(), title="Late", text="x", sender_id=late,
    )  # fmt: skip
    put("notifications", "email", [{"notification_id": missing.id}])
    for one in people:
        if one != late:
            send(api, one, channels=["email"])
    pump.settle()
    assert [len(mails(stack, address(one))) for one in people] == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    queue = queue_name("email-dlq")
    (waiting,) = [one for one in api("GET", DEAD, admin).body["data"] if one["queue"] == queue]
    assert waiting["waiting"] == 1
    for _ in range(2):
        (letter,) = api("GET", f"{DEAD}?queue={queue}", admin).body["data"]
        assert missing.id in letter["body"]
    notifications.create(missing)
    pump.settle()
    moved = api("POST", f"{DEAD}/redrive", admin, {"queue": queue})
    assert moved.body["data"] == {"queue": queue, "moved": 1, "waiting": 0}
    pump.settle()
    assert [len(mails(stack, address(one))) for one in people] == [1] * 10
    assert queue_messages("email-dlq") == []
    assert state(api, missing.id, late)["status"] == "delivered"


def test_dead_letters_are_for_operators_and_nothing_else(api, admin, module, stack):
    assert api("GET", DEAD, make_user()).status == 403
    for queue in (queue_name("email"), queue_name("nonsense-dlq"), "other-dlq"):
        assert api("GET", f"{DEAD}?queue={queue}", admin).status == 404
        assert api("POST", f"{DEAD}/redrive", admin, {"queue": queue}).status == 404
    assert api("POST", f"{DEAD}/redrive", make_user(), {"queue": queue}).status == 403
    assert api("POST", f"{DEAD}/redrive", admin, {}).status == 400
    assert api("GET", "/1/admin/channels", make_user()).status == 403


def test_what_sns_could_not_deliver_returns_to_the_events(module, stack, api, admin):
    url = settings().queue_url("notifications", "subscription-dlq")
    sdk.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    queue = queue_name("subscription-dlq")
    moved = api("POST", f"{DEAD}/redrive", admin, {"queue": queue})
    assert moved.body["data"]["moved"] == 1
    assert {} in queue_messages("events")
    sdk.client("sqs").purge_queue(QueueUrl=settings().queue_url("notifications", "events"))


def test_a_provider_that_is_down_is_left_alone_and_nothing_is_lost(stack, pump, api, admin):
    from chalicelib.notifications.delivery.breakers import BreakerLimits

    people = [make_user() for _ in range(20)]
    with process.limited(BreakerLimits(failures=3, first_ms=1500, spread=1.0)):
        with Provider() as provider:
            provider.refuse("ServiceUnavailable", 503, times=3)
            first = send(api, people[0], channels=["email"])
            pump.settle()
            (email,) = [
                one
                for one in api("GET", "/1/admin/channels", admin).body["data"]
                if one["channel"] == "email"
            ]
            assert email["adapter"] == "ses"
            assert "ServiceUnavailable" in email["last_error"]
            for one in people[1:]:
                send(api, one, channels=["email"])
            pump.settle()
        assert provider.calls.count(address(people[0])) == 4, "three were refused"
    assert [len(mails(stack, address(one))) for one in people] == [1] * len(people)
    steps = state(api, first, people[0])["timeline"]
    assert {"queued", "claimed", "sent"} <= {one["state"] for one in steps}
    channels = {one["channel"]: one for one in api("GET", "/1/admin/channels", admin).body["data"]}
    assert channels["email"]["breaker"] == "closed"
    assert channels["inbox"]["last_error"] is None


def test_a_breaker_opens_probes_once_and_closes(module, stack):
    from chalicelib.notifications.delivery import breakers
    from chalicelib.notifications.delivery.breakers import BreakerLimits

    name = "email#ses"
    with process.limited(BreakerLimits(failures=4, first_ms=60_000, probe_ms=30_000)):
        for _ in range(3):
            breakers.failed(name, "down")
            assert breakers.wait(name) is None
        breakers.failed(name, "down")
        left = breakers.wait(name)
        assert left is not None
        waits = [breakers.jittered(left) for _ in range(200)]
        assert all(55 < one <= 180 for one in waits)
        assert max(waits) - min(waits) > 60, "they do not return all at once"
        assert breakers.state(name)["breaker"] == "open"
        with process.clock.ahead(61):
            assert breakers.state(name)["breaker"] == "half_open"
            with ThreadPoolExecutor(16) as pool:
                allowed = list(pool.map(lambda _: breakers.wait(name), range(16)))
            assert allowed.count(None) == 1, "one probe"
            breakers.failed(name, "still down")
            reopened = breakers.wait(name)
            assert reopened is not None and reopened > 110, "twice as long"
        with process.clock.ahead(61 + 125):
            assert breakers.wait(name) is None
            breakers.succeeded(name)
            assert [breakers.wait(name) for _ in range(5)] == [None] * 5
            assert breakers.state(name)["breaker"] == "closed"


def test_a_code_is_sent_at_most_once(module, stack, pump, api):
    from chalicelib.notifications.channels import targets
    from chalicelib.notifications.delivery import worker
    from chalicelib.notifications.history import ledger, notifications

    ada = make_user()
    sent = send(api, ada, channels=["sms"], category="otp")
    content = notifications.find(sent)
    key = ledger.target_key("email", targets.digest(address(ada)))
    # A worker that died after its claim, perhaps after the provider had taken the code.
    ledger.claim(sent, key, lease_ms=-1, at_most_once=True)
    assert worker.deliver("email", {0: content}) == {}
    (entry,) = [one for one in ledger.entries(sent) if one["target"] == key]
    assert (entry["state"], entry["detail"]) == ("failed", "unknown_outcome")
    assert mails(stack, address(ada)) == []


def test_a_code_that_was_surely_not_sent_is_tried_again(stack, pump, api):
    ada = make_user()
    with Provider() as provider:
        provider.refuse("TooManyRequestsException", 429, times=1)
        send(api, ada, channels=["email"], category="otp")
        pump.settle()
    assert provider.calls == [address(ada)] * 2
    assert len(mails(stack, address(ada))) == 1


def test_a_timeline_is_bounded(module, stack):
    from chalicelib.notifications.core.message import TransientFailure
    from chalicelib.notifications.history import ledger, steps

    for _ in range(15):
        claimed = ledger.claim("e" * 32, "sms#x")
        with pytest.raises(TransientFailure):
            ledger.settle(claimed, TransientFailure())
    ledger.mark_sent("e" * 32, "sms#x", "p-9")
    (entry,) = ledger.entries("e" * 32)
    assert (entry["state"], entry["attempts"]) == ("sent", 15)
    assert len(entry["steps"]) == steps.MOST
    assert ledger.find_by_provider("sms", "p-9")["target"] == "sms#x"
    assert ledger.find_by_provider("sms", "unknown") is None
    assert ledger.record("e" * 32, "sms#x", "delivered")
    assert not ledger.record("e" * 32, "sms#x", "failed", "bounced"), "it arrived"
    assert ledger.record("e" * 32, "sms#x", "opened")
    assert not ledger.record("e" * 32, "sms#x", "opened")
