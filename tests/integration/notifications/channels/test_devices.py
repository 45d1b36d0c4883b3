"""Devices, phone numbers and receipts through the whole platform."""

import json
import re
import secrets

import pytest
from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import consents, phones, suppressions
from chalicelib.notifications.contacts.phones import ATTEMPTS
from chalicelib.notifications.core import phone_codes
from chalicelib.notifications.history import ledger

from scripts.providers.events import ses_event, sms_event
from shared.aws import sdk
from shared.base.config import settings
from shared.base.process import process

pytestmark = pytest.mark.integration
PHONES = "/1/notifications/contacts/phone"


@pytest.fixture(scope="module")
def ada(platform):
    return platform.register()


@pytest.fixture(scope="module")
def bob(platform):
    return platform.register()


def token():
    return secrets.token_hex(32)


def registered(person, platform="ios", **members):
    body = {"platform": platform, **members}
    return person.ok("POST", "/1/devices", body)["data"]["id"]


def listed(person):
    return [one["id"] for one in person.ok("GET", "/1/devices")["data"]]


def sent(person, *channels, **members):
    body = {"user_id": person.id, "title": "Tea", "text": "It is ready.", "channels": channels}
    return person.ok("POST", "/1/notifications", {**body, **members})["data"]["id"]


def deliveries(notification_id):
    return {one["target"]: one for one in ledger.entries(notification_id)}


def number():
    return f"+1500555{secrets.randbelow(9000) + 1000}"


def test_each_channel_arrives_in_its_simulator(platform, providers, ada):
    registered(ada, "ios", token=token())
    registered(ada, "android", token=f"fcm:{token()}")
    registered(ada, "webpush", subscription=providers.web_push.subscribe())
    registered(ada, "webhook", url=f"{providers.url}/hooks/{token()}")
    sent(ada, "ios", "android", "webpush", "webhook")
    platform.settle()
    for channel in ("ios", "android", "webpush", "webhook"):
        (arrived,) = providers.journal.sent(channel)
        assert (arrived["title"], arrived["text"]) == ("Tea", "It is ready."), channel


def test_a_device_is_one_however_often_it_registers_and_moves_with_a_login(ada, bob):
    given = token()
    first = registered(ada, token=given)
    before = ada.ok("GET", "/1/devices")["data"][0]["registered_at"]
    with process.clock.ahead(5):
        assert registered(ada, token=given) == first
    after = ada.ok("GET", "/1/devices")["data"][0]
    assert (after["id"], after["registered_at"] > before) == (first, True)
    assert registered(bob, token=given) == first
    assert first in listed(bob)
    assert first not in listed(ada)
    assert ada.call("DELETE", f"/1/devices/{first}").status == 404
    assert bob.ok("DELETE", f"/1/devices/{first}") == {"data": {"deleted": True}}
    assert first not in listed(bob)


def test_a_dead_device_is_dropped_and_its_neighbour_is_not(platform, providers, bob):
    dead = registered(bob, token="dead" + token())
    alive = registered(bob, token=token())
    notification = sent(bob, "ios")
    platform.settle()
    assert listed(bob) == [alive]
    states = deliveries(notification)
    assert (states[f"ios#{dead[:24]}"]["state"], states[f"ios#{alive[:24]}"]["state"]) == (
        "failed", "sent",
    )  # fmt: skip
    assert states[f"ios#{dead[:24]}"]["reason"] == "unregistered"


def test_the_key_of_web_push_is_a_point_and_stays_the_same(ada):
    first = ada.ok("GET", "/1/devices/webpush_key")["data"]["public_key"]
    process.reset()
    assert ada.ok("GET", "/1/devices/webpush_key")["data"]["public_key"] == first
    assert len(first) == 87


@pytest.mark.parametrize(
    "body",
    [
        {"platform": "ios"},
        {"platform": "ios", "token": "not a token at all!"},
        {"platform": "ios", "token": "a" * 64, "url": "https://example.org/x"},
        {"platform": "palm", "token": "a" * 64},
        {"platform": "webhook", "url": "https://user:pass@example.org/"},
        {"platform": "webhook", "url": "https://169.254.169.254/latest"},
        {
            "platform": "webpush",
            "subscription": {
                "endpoint": "https://push.example.org/1",
                "keys": {"p256dh": "B" * 87, "auth": "a" * 22},
            },
        },
    ],
)
def test_what_is_no_device_is_refused(ada, body):
    assert ada.call("POST", "/1/devices", body).status == 400


def test_a_secret_of_a_webhook_is_shown_once(ada, providers):
    body = {"platform": "webhook", "url": f"{providers.url}/hooks/secret"}
    assert ada.ok("POST", "/1/devices", body)["data"]["secret"].startswith("whsec_")
    assert all("secret" not in one for one in ada.ok("GET", "/1/devices")["data"])


def code_of(providers, to):
    (message,) = providers.journal.sent("sms", to)
    found = re.match(r"[0-9]{6}", message["text"])
    assert found is not None
    return found[0]


def verified(platform, providers, person):
    phone = number()
    assert person.ok("PUT", PHONES, {"phone": phone})["data"]["phone"] == phone
    platform.settle()
    body = {"phone": phone, "code": code_of(providers, phone)}
    assert person.ok("POST", f"{PHONES}/verify", body)["data"] == {
        "phone": phone, "verified": True,
    }  # fmt: skip
    return phone


def test_a_number_is_used_once_its_code_has_proved_it(platform, providers):
    carol = platform.register()
    assert carol.call("GET", PHONES).status == 404
    sent(carol, "sms")
    phone = verified(platform, providers, carol)
    assert carol.ok("GET", PHONES)["data"] == {"phone": phone, "verified": True}
    providers.journal.clear()
    sent(carol, "sms")
    platform.settle()
    (message,) = providers.journal.sent("sms", phone)
    assert message["text"] == "It is ready."
    assert [one.source for one in consents.store().of(carol.id)] == ["phone_code"]
    assert carol.ok("DELETE", PHONES) == {"data": {"deleted": True}}
    assert carol.call("GET", PHONES).status == 404


def test_codes_run_out_of_attempts_and_of_time(platform, providers):
    carol, phone = platform.register(), number()
    carol.ok("PUT", PHONES, {"phone": phone})
    platform.settle()
    code = code_of(providers, phone)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(ATTEMPTS):
        answer = carol.call("POST", f"{PHONES}/verify", {"phone": phone, "code": wrong})
        assert answer.status == 400
    answer = carol.call("POST", f"{PHONES}/verify", {"phone": phone, "code": code})
    assert answer.status == 400
    providers.journal.clear()
    carol.ok("PUT", PHONES, {"phone": phone})
    platform.settle()
    body = {"phone": phone, "code": code_of(providers, phone)}
    with process.clock.ahead(phone_codes.LIFE_SECONDS + 1):
        assert carol.call("POST", f"{PHONES}/verify", body).status == 400
    assert carol.ok("POST", f"{PHONES}/verify", body)["data"]["verified"]


@pytest.mark.parametrize("phone", ["12345", "+999123456789", "+1 500", "call me at home"])
def test_what_is_no_number_is_refused(ada, phone):
    assert ada.call("PUT", PHONES, {"phone": phone}).status == 400


def publish(topic, event):
    place = settings().topic_arn("notifications").removesuffix("events")
    text = event if isinstance(event, str) else json.dumps(event)
    sdk.client("sns").publish(TopicArn=f"{place}{topic}-events", Message=text)


def tags(notification_id):
    return [{"Name": "notification_id", "Value": notification_id}]


def test_receipts_of_mails_move_forward_only(platform, providers, ada):
    notification = sent(ada, "email")
    platform.settle()
    key = f"email#{digest(ada.email)}"
    message_id = deliveries(notification)[key]["provider_id"]
    for kind in ("Click", "Delivery", "Open", "Delivery"):
        publish("ses", ses_event(kind, message_id, [ada.email], tags(notification)))
    platform.settle()
    assert deliveries(notification)[key]["state"] == "clicked"


@pytest.mark.parametrize(("kind", "reason"), [("Bounce", "bounced"), ("Complaint", "complained")])
def test_a_bounce_or_complaint_suppresses_the_address(platform, providers, kind, reason):
    carol = platform.register()
    notification = sent(carol, "email")
    platform.settle()
    key = f"email#{digest(carol.email)}"
    message_id = deliveries(notification)[key]["provider_id"]
    for _ in range(2):
        publish("ses", ses_event(kind, message_id, [carol.email], tags(notification)))
    platform.settle()
    assert deliveries(notification)[key]["reason"] == reason
    before = providers.journal.requests["ses"]
    later = sent(carol, "email")
    platform.settle()
    assert providers.journal.requests["ses"] == before
    assert deliveries(later)[key]["reason"] == reason
    last = consents.store().of(carol.id)[0]
    assert (last.channel, last.granted, last.source) == ("email", False, f"provider_{reason}")


def test_who_opts_out_gets_no_further_text_until_the_number_is_proved_again(platform, providers):
    carol = platform.register()
    phone = verified(platform, providers, carol)
    stop = {"originationNumber": phone, "messageBody": " STOP ", "messageKeyword": "K"}
    publish("sms", stop)
    platform.settle()
    assert suppressions.is_suppressed("sms", digest(phone))
    providers.journal.clear()
    notification = sent(carol, "sms")
    platform.settle()
    entry = deliveries(notification)[f"sms#{digest(phone)}"]
    assert (entry["state"], entry["reason"]) == ("suppressed", "opted_out")
    assert providers.journal.requests["sms"] == 0
    publish("sms", {**stop, "messageBody": "start"})
    platform.settle()
    assert not suppressions.is_suppressed("sms", digest(phone))
    # In this order, though the topic's clock tells whole seconds only.
    told = [(one.source, one.granted) for one in consents.store().of(carol.id)]
    assert told == [("sms_start", True), ("sms_stop", False), ("phone_code", True)]


def test_receipts_of_texts(platform, providers):
    carol = platform.register()
    phone = verified(platform, providers, carol)
    notification = sent(carol, "sms")
    platform.settle()
    key = f"sms#{digest(phone)}"
    message_id = deliveries(notification)[key]["provider_id"]
    publish("sms", sms_event("TEXT_DELIVERED", message_id, phone))
    publish("sms", sms_event("TEXT_UNREACHABLE", message_id, phone))
    platform.settle()
    assert deliveries(notification)[key]["state"] == "delivered"


@pytest.mark.parametrize(
    "event",
    [
        "no JSON",
        "[]",
        "{}",
        {"eventType": "Bounce", "mail": {"messageId": "x", "destination": []}},
        {"eventType": "Bounce", "mail": {"messageId": "x", "destination": ["a@example.org"]}},
        {
            "eventType": "Delivery",
            "mail": {"messageId": "x", "destination": ["a@b"], "tags": {"notification_id": [7]}},
        },
        {"eventType": "TEXT_DELIVERED", "messageId": "x", "destinationPhoneNumber": "+1500"},
        {"eventType": "TEXT_DELIVERED", "messageId": 7},
    ],
)
def test_events_that_tell_nothing_do_no_harm(platform, event):
    publish("ses", event)
    platform.settle()
    url = settings().queue_url("notifications", "feedback-dlq")
    answer = sdk.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=0)
    assert not answer.get("Messages")


def test_leaving_erases_devices_and_numbers(platform, providers):
    from chalicelib.notifications.contacts import devices
    from chalicelib.notifications.lifecycle import erasure, export

    carol = platform.register()
    phone = verified(platform, providers, carol)
    registered(carol, token=token())
    for section, kept in (("devices", 1), ("phone", 1), ("consents", 2)):
        items, _ = export.SECTIONS[section](carol.id, None)
        assert len(items) == kept, section
    assert phone in json.dumps(export.SECTIONS["phone"](carol.id, None)[0])
    erasure.contact({"user_id": carol.id}, None)
    assert devices.store().of(carol.id) == []
    assert phones.store().find(carol.id) is None
    assert consents.store().of(carol.id) == []
