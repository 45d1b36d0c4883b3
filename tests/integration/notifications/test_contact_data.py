"""Preferences, consents, exports of contacts; archived templates."""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from shared.aws import sdk
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from tests.integration.notifications.planning_support import HOUR, clock, later, link
from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

TEA = {"title": "Tea", "text": "It is ready."}
ENGLISH = {"title": "Hello", "text": "Dear {{ recipient.name }}"}
SCOPES = ["notifications.read", "notifications.write", "templates.read", "templates.write"]


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return staff(platform, "admin")


@pytest.fixture(scope="module")
def make_key(platform: Platform, admin: Person) -> Callable[..., Person]:
    def make(*scopes: str) -> Person:
        body = {"name": "shop", "scopes": list(scopes)}
        made = admin.ok("POST", "/1/api_keys", body)["data"]
        return Person("", "", "", made["key"], platform)

    return make


@pytest.fixture(scope="module")
def key(make_key: Callable[..., Person]) -> Person:
    return make_key(*SCOPES)


def contact(key: Person, **members: Any) -> str:
    name = f"c{secrets.token_hex(6)}"
    key.ok("PUT", f"/1/contacts/{name}", {"email": f"{name}@example.org", **members})
    return name


def in_tokyo(minutes: int) -> str:
    """Time of day in Tokyo, some minutes from now."""
    return clock(now_ms() // 60_000 + 9 * 60 + minutes)


def would(key: Person, name: str, **members: Any) -> dict[str, Any]:
    body = {"to": name, "content": TEA, **members}
    (found,) = key.ok("POST", "/1/notifications?dry_run=true", body)["data"]
    return {one: found.get(one) for one in ("would", "reason", "at")}


def test_quiet_hours_of_a_contact_go_by_its_time_zone(platform: Platform, key: Person) -> None:
    name = contact(key, time_zone="Asia/Tokyo")
    path = f"/1/contacts/{name}/preferences"
    usual = key.ok("GET", path)["data"]
    assert usual["quiet_hours"] is None and usual["categories"]["message"]["email"]
    assert would(key, name)["would"] == "send"
    quiet = {"from": in_tokyo(-60), "to": in_tokyo(120)}
    changed = key.ok("PUT", path, {"quiet_hours": quiet})["data"]
    assert changed["quiet_hours"] == {**quiet, "time_zone": "Asia/Tokyo"}
    assert key.ok("GET", path)["data"] == changed
    planned = would(key, name)
    assert (planned["would"], planned["reason"]) == ("defer", "quiet_hours")
    assert would(key, name, category="otp")["would"] == "send"
    sent = key.ok("POST", "/1/notifications", {"to": name, "content": TEA})["data"]["id"]
    platform.settle()
    (delivery,) = key.ok("GET", f"/1/notifications/{sent}")["data"]["deliveries"]
    assert (delivery["state"], delivery["reason"]) == ("deferred", "quiet_hours")
    assert delivery["due_at"] == planned["at"]
    assert platform.mails(f"{name}@example.org") == []
    later(platform, 2 * HOUR + 120)
    assert len(platform.mails(f"{name}@example.org")) == 1
    # Elsewhere it is another time of day.
    moved = {"email": f"{name}@example.org", "time_zone": "America/Los_Angeles"}
    key.ok("PUT", f"/1/contacts/{name}", moved)
    assert would(key, name)["would"] == "send"


def test_digests_and_channels_of_a_contact(platform: Platform, key: Person) -> None:
    name = contact(key)
    path = f"/1/contacts/{name}/preferences"
    daily = key.ok("PUT", path, {"digest": {"frequency": "daily", "hour": 9}})["data"]
    assert daily["digest"] == {"frequency": "daily", "hour": 9, "time_zone": "UTC"}
    assert would(key, name)["would"] == "digest"
    key.ok("PUT", path, {"digest": None, "categories": {"offers": {"email": False}}})
    assert would(key, name, category="offers")["reason"] == "opted_out"
    assert would(key, name)["would"] == "send"
    assert key.call("PUT", path, {"quiet_hours": {"from": "22:00", "to": "07:00"}}).status == 400
    assert key.call("PUT", path, {"categories": {"otp": {"sms": False}}}).status == 400


def test_preferences_and_exports_are_of_the_keys_own_contacts(
    platform: Platform, key: Person, make_key: Callable[..., Person]
) -> None:
    name, other, reader = contact(key), make_key(*SCOPES), make_key("notifications.read")
    for path in (f"/1/contacts/{name}/preferences", f"/1/contacts/{name}/export"):
        assert other.call("GET", path).status == 404
        assert reader.call("GET", path).status == 404
        assert platform.register().call("GET", path).status == 403
    path = f"/1/contacts/{name}/preferences"
    assert other.call("PUT", path, {"digest": None}).status == 404
    assert reader.call("PUT", path, {"digest": None}).status == 403


def test_the_page_of_a_contact_shows_what_it_may_get(platform: Platform, key: Person) -> None:
    name = contact(key)
    key.ok("POST", "/1/notifications", {"to": name, "content": TEA, "category": "offers"})
    platform.settle()
    (mail,) = platform.mails(f"{name}@example.org")
    path = link(mail, "Preferences")
    page = platform.call("GET", path).body.decode()
    boxes = re.findall(r'name="([a-z_]+)/([a-z]+)"[^>]*( checked)', page)
    assert [(one, channel) for one, channel, _ in boxes] == [
        (one, channel) for one in ("offers", "message", "digest") for channel in ("email", "sms")
    ]
    form = {"content-type": "application/x-www-form-urlencoded"}
    kept = b"offers/sms=on&message/email=on&message/sms=on&digest/email=on&digest/sms=on"
    assert platform.call("POST", path, kept, **form).status == 200
    shown = key.ok("GET", f"/1/contacts/{name}/preferences")["data"]["categories"]
    assert shown["offers"]["email"] is False and shown["offers"]["sms"] is True
    assert shown["likes"]["inbox"] is True
    assert would(key, name, category="offers")["reason"] == "opted_out"


def reply(word: str, number: str, at: int | None = None) -> None:
    """A reply to a number, as the queue gets it from the topic."""
    event = {"originationNumber": number, "messageBody": word, "messageKeyword": "K"}
    body: dict[str, Any] = event
    if at is not None:
        body = {"Type": "Notification", "Message": json.dumps(event), "Timestamp": iso(at)}
    url = settings().queue_url("notifications", "feedback")
    sdk.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


def test_stop_and_start_are_consents_of_whoever_has_the_number(
    platform: Platform, key: Person, make_key: Callable[..., Person]
) -> None:
    from chalicelib.notifications.channels.targets import digest
    from chalicelib.notifications.contacts import consents, phones, suppressions

    number = f"+1500555{secrets.randbelow(9000) + 1000}"
    name, user, now = contact(key, phone=number), platform.register(), now_ms()
    other = contact(make_key(*SCOPES), phone=number)
    phones.store().set_pending(user.id, number, "r", now + 60_000)
    assert phones.store().verify(user.id, number, "r")
    path = f"/1/contacts/{name}/export"
    assert key.ok("GET", path)["data"]["consents"] == []
    for _ in range(2):
        reply("Stop", number, now)
    platform.settle()
    shown = key.ok("GET", path)["data"]
    entry = {"channel": "sms", "at": iso(now), "granted": False, "source": "sms_stop"}
    assert shown["consents"] == [entry]
    (suppressed,) = shown["suppressions"]
    assert (suppressed["channel"], suppressed["reason"]) == ("sms", "opted_out")
    assert shown["contact"] == {"key": name, "email": f"{name}@example.org", "phone": number}
    told = consents.store().newest(user.id, "sms")
    assert told is not None and (told.granted, told.source) == (False, "sms_stop")
    assert other != name
    reply("START", number, now + 5_000)
    platform.settle()
    # An older reply that comes late changes nothing.
    reply("STOP", number, now + 2_000)
    platform.settle()
    assert not suppressions.is_suppressed("sms", digest(number))
    shown = key.ok("GET", path)["data"]
    assert [one["source"] for one in shown["consents"]] == ["sms_start", "sms_stop"]
    assert shown["suppressions"] == []
    # Nobody is recorded for a number that was given up.
    key.ok("PUT", f"/1/contacts/{name}", {"email": f"{name}@example.org"})
    reply("STOP", number)
    platform.settle()
    assert len(key.ok("GET", path)["data"]["consents"]) == 2
    assert suppressions.is_suppressed("sms", digest(number))


def test_an_opt_out_that_the_provider_tells_at_sending_is_recorded(
    platform: Platform, key: Person
) -> None:
    number = f"+1500555{secrets.randbelow(9000) + 1000}"
    name = contact(key, phone=number)
    refusal = {"type": "ConflictException", "reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}
    platform.providers.journal.script("sms", [{"status": 400, **refusal}])
    key.ok("POST", "/1/notifications", {"to": name, "content": TEA, "channels": ["sms"]})
    platform.settle()
    shown = key.ok("GET", f"/1/contacts/{name}/export")["data"]
    assert [one["source"] for one in shown["consents"]] == ["provider_opted_out"]
    assert [one["reason"] for one in shown["suppressions"]] == ["opted_out"]


def test_deleting_a_contact_erases_its_preferences_consents_and_number(
    platform: Platform, key: Person
) -> None:
    from chalicelib.notifications.contacts import consents, directory

    number = f"+1500555{secrets.randbelow(9000) + 1000}"
    name = contact(key, phone=number, attributes={"plan": "pro"})
    key.ok("PUT", f"/1/contacts/{name}/preferences", {"throttle": {"per_hour": 3}})
    key.ok("PUT", "/1/topics/tea/subscribers", {"subscribers": [name]})
    devices = f"/1/contacts/{name}/devices"
    token = secrets.token_hex(32)
    gone = key.ok("POST", devices, {"platform": "ios", "token": secrets.token_hex(32)})["data"][
        "id"
    ]
    assert key.ok("DELETE", f"{devices}/{gone}") == {"data": {"deleted": True}}
    assert key.call("DELETE", f"{devices}/{gone}").status == 404
    mine = key.ok("POST", devices, {"platform": "ios", "token": token})["data"]["id"]
    assert [one["id"] for one in key.ok("GET", devices)["data"]] == [mine]
    assert key.call("POST", devices, {"platform": "ios", "token": "!" * 16}).status == 400
    assert key.call("GET", "/1/contacts/nobody/devices").status == 404
    assert platform.register().call("GET", devices).status == 403
    sent = key.ok("POST", "/1/notifications", {"to": name, "content": TEA, "channels": "auto"})
    reply("STOP", number, now_ms())
    platform.settle()
    channels = key.ok("GET", f"/1/notifications/{sent['data']['id']}")["data"]["channels"]
    assert ("ios", "sent") in {(one["channel"], one["status"]) for one in channels}
    shown = key.ok("GET", f"/1/contacts/{name}/export")["data"]
    assert [(one["id"], one["address"]) for one in shown["devices"]] == [(mine, token)]
    assert shown["topics"] == ["tea"] and shown["preferences"]["throttle"]["per_hour"] == 3
    (holder,) = directory.store().holders(number)
    assert key.call("DELETE", f"/1/contacts/{name}").status == 204
    platform.settle()
    assert directory.store().holders(number) == [] == consents.store().of(holder)
    # Whoever gets the key again begins anew.
    key.ok("PUT", f"/1/contacts/{name}", {"email": f"{name}@example.org"})
    shown = key.ok("GET", f"/1/contacts/{name}/export")["data"]
    assert shown["preferences"]["throttle"]["per_hour"] is None
    assert (shown["topics"], shown["consents"], shown["devices"]) == ([], [], [])
    assert "attributes" not in shown["contact"]


def listed(key: Person, query: str = "") -> list[str]:
    return [one["name"] for one in key.ok("GET", f"/1/templates{query}").get("data", [])]


def test_an_archived_template_is_out_of_use_until_it_is_restored(
    platform: Platform, key: Person
) -> None:
    name, to = f"t-{secrets.token_hex(6)}", contact(key)
    path, request = f"/1/templates/{name}", {"to": to, "template": name}
    for number in (1, 2):
        key.ok("PUT", path, {"locales": {"en": {**ENGLISH, "title": f"Hello {number}"}}})
        key.ok("POST", f"{path}/publish")
    tomorrow = {"schedule_at": iso(now_ms() + 86_400_000)}
    sent = key.ok("POST", "/1/notifications", {**request, **tomorrow})["data"]["id"]
    told = key.ok("GET", f"/1/notifications/{sent}")["data"]
    assert (told["template"], told["template_version"]) == (name, 2)
    key.ok("PUT", path, {"locales": {"en": ENGLISH}})
    for _ in range(2):
        assert key.call("DELETE", path).status == 204
    assert name not in listed(key) and name in listed(key, "?archived=true")
    refused = key.call("POST", "/1/notifications", request)
    assert refused.status == 400 and b"archived" in refused.body
    assert key.call("POST", "/1/notifications?dry_run=true", request).status == 400
    for method, where, body in (("PUT", path, {"locales": {"en": ENGLISH}}),
                                ("POST", f"{path}/publish", None)):  # fmt: skip
        answer = key.call(method, where, body)
        assert answer.status == 409 and b"archived" in answer.body
    shown = key.ok("GET", path)["data"]
    assert shown["version"] == 2 and "archived_at" in shown and "draft_at" not in shown
    page = key.ok("GET", f"{path}/versions?max_results=1")
    token = page["meta"]["next_token"]
    rest = key.ok("GET", f"{path}/versions?max_results=1&pagination_token={token}")
    assert [one["version"] for one in (*page["data"], *rest["data"])] == [2, 1]
    assert "next_token" not in rest["meta"]
    # What was accepted before is still sent.
    platform.settle()
    later(platform, 86_400 + 120)
    (mail,) = platform.mails(f"{to}@example.org")
    assert mail["Subject"] == "Hello 2"
    restored = key.ok("POST", f"{path}/restore")["data"]
    assert restored["version"] == 2 and "archived_at" not in restored
    assert key.ok("POST", f"{path}/restore")["data"] == restored
    key.ok("POST", "/1/notifications", request)


def test_a_template_that_was_never_published_is_deleted(key: Person) -> None:
    name = f"t-{secrets.token_hex(6)}"
    path = f"/1/templates/{name}"
    key.ok("PUT", path, {"locales": {"en": ENGLISH}})
    assert key.ok("POST", f"{path}/restore")["data"]["name"] == name
    assert "data" not in key.ok("GET", f"{path}/versions")
    assert key.call("DELETE", path).status == 204
    for method, where in (("GET", path), ("DELETE", path), ("GET", f"{path}/versions"),
                          ("POST", f"{path}/restore")):  # fmt: skip
        assert key.call(method, where).status == 404
    assert name not in listed(key, "?archived=true")


def test_who_may_read_and_write_templates(
    platform: Platform, admin: Person, key: Person, make_key: Callable[..., Person]
) -> None:
    path = f"/1/templates/t-{secrets.token_hex(6)}"
    body = {"locales": {"en": ENGLISH}}
    key.ok("PUT", path, body)
    changes: list[tuple[str, str, Any]] = [
        ("PUT", path, body),
        ("POST", f"{path}/publish", None),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", None),
    ]
    reads: list[tuple[str, str, Any]] = [
        ("GET", "/1/templates", None),
        ("GET", path, None),
        ("GET", f"{path}/versions", None),
        ("POST", f"{path}/preview", {}),
    ]
    reader, sender = make_key("templates.read"), make_key("notifications.write")
    person = platform.register()
    for method, where, sent in changes:
        for caller in (reader, sender, person):
            assert caller.call(method, where, sent).status == 403
    for method, where, sent in reads:
        assert sender.call(method, where, sent).status == 403
        assert person.call(method, where, sent).status == 403
        # Another key's templates are not there.
        assert reader.call(method, where, sent).status == (200 if where == "/1/templates" else 404)
    assert admin.call("GET", path).status == 404
