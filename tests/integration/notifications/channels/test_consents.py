"""Suppressions and consents: who lifts them, and what passes them."""

import secrets
import time

import pytest
from chalicelib.notifications.accepting.accept import accept
from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import consents, directory, suppressions
from chalicelib.notifications.core import caused_ids
from chalicelib.notifications.core.content import SECURITY, Content
from chalicelib.notifications.history import notifications
from chalicelib.notifications.lifecycle import export
from chalicelib.notifications.topics import subscribers

from shared.aws.events import Event
from shared.base.clock import now_ms
from tests.integration.notifications.channels.test_devices import (
    PHONES,
    code_of,
    deliveries,
    listed,
    registered,
    sent,
    token,
    verified,
)
from tests.integration.users.moderation.test_moderation import staff

pytestmark = pytest.mark.integration
SUPPRESSIONS = "/1/admin/suppressions"


@pytest.fixture(scope="module")
def admin(platform):
    return staff(platform, "admin")


def noticed(person, kind):
    """Send a mail of the platform's own about an account."""
    now = now_ms()
    made = Content(
        caused_ids.fresh_id(now), person.id, kind, SECURITY, ("email",), now, reference=f"r{now}"
    )
    assert notifications.create(made)
    return made.id


def proved(person, at):
    """Tell that a user has proved the address, at a moment."""
    data = {"user_id": person.id}
    accept(Event.of("users", "user.email_verified", person.id, 2, int(at * 1000), data))


@pytest.mark.parametrize(("reason", "state"), [("bounced", "suppressed"), ("complained", "sent")])
def test_proofs_pass_a_suppression_and_lift_it(platform, providers, reason, state):
    carol = platform.register()
    platform.settle()
    target = digest(carol.email)
    key = f"email#{target}"
    suppressions.add("email", target, reason)
    message, notice = sent(carol, "email"), noticed(carol, "password_changed")
    proof = noticed(carol, "verify_email")
    platform.settle()
    assert deliveries(message)[key]["reason"] == reason
    assert deliveries(notice)[key]["state"] == state
    assert deliveries(proof)[key]["state"] == "sent"
    proved(carol, 0)
    assert suppressions.is_suppressed("email", target), "the proof is older"
    proved(carol, time.time() + 60)
    assert not suppressions.is_suppressed("email", target)
    assert consents.store().of(carol.id)[0].source == "email_verified"


def test_operators_list_and_lift_suppressions(platform, admin):
    addresses = [f"{token()[:12]}@example.org" for _ in range(2)]
    for one in addresses:
        suppressions.add("email", digest(one), "bounced")
    found, more = [], ""
    while True:
        page = admin.ok("GET", f"{SUPPRESSIONS}?max_results=1{more}")
        found += page["data"]
        if "next_token" not in page["meta"]:
            break
        more = f"&pagination_token={page['meta']['next_token']}"
    assert {digest(one) for one in addresses} <= {one["target"] for one in found}
    first, second = addresses
    (shown,) = admin.ok("GET", f"{SUPPRESSIONS}?target={digest(first)}")["data"]
    body = {"channel": "email", "address": first.upper()}
    assert admin.ok("POST", f"{SUPPRESSIONS}/lift", body)["data"] == shown
    assert admin.ok("GET", f"{SUPPRESSIONS}?target={digest(first)}")["data"] == []
    by_target = {"channel": "email", "target": digest(second)}
    assert admin.ok("POST", f"{SUPPRESSIONS}/lift", by_target)["data"]["reason"] == "bounced"
    assert admin.call("POST", f"{SUPPRESSIONS}/lift", body).status == 404
    assert admin.call("POST", f"{SUPPRESSIONS}/lift", {"channel": "email"}).status == 400
    assert platform.register().call("POST", f"{SUPPRESSIONS}/lift", body).status == 403


def test_the_code_of_a_suppressed_number_arrives_and_lifts_that(platform, providers):
    carol = platform.register()
    phone = verified(platform, providers, carol)
    suppressions.add("sms", digest(phone), "opted_out")
    providers.journal.clear()
    carol.ok("PUT", PHONES, {"phone": phone})
    platform.settle()
    body = {"phone": phone, "code": code_of(providers, phone)}
    assert carol.ok("POST", f"{PHONES}/verify", body)["data"]["verified"]
    assert not suppressions.is_suppressed("sms", digest(phone))


def test_the_last_device_of_a_platform_ends_the_consent(platform, providers):
    carol, history = platform.register(), consents.store()
    registered(carol, token="dead" + token())
    alive = registered(carol, token=token())
    sent(carol, "ios")
    platform.settle()
    assert listed(carol) == [alive]
    assert [one.granted for one in history.of(carol.id)] == [True], "another one is left"
    carol.ok("DELETE", f"/1/devices/{alive}")
    assert history.newest(carol.id, "ios").source == "device_removed"
    registered(carol, token="dead" + token())
    sent(carol, "ios")
    platform.settle()
    last = history.newest(carol.id, "ios")
    assert (last.source, last.granted) == ("provider_unregistered", False)
    shared = token()
    for one in (carol, platform.register()):
        registered(one, token=shared)
    assert history.newest(carol.id, "ios").source == "device_moved"


def test_an_export_holds_topics_and_every_address(platform):
    carol, name = platform.register(), secrets.token_hex(4)
    platform.settle()
    directory.store().set_pending(carol.id, "new@example.org", 9)
    directory.store().set_former(carol.id, "old@example.org", 9)
    (shown,) = export.SECTIONS["contact"](carol.id, None)[0]
    assert (shown["pending_email"], shown["former_email"]) == ("new@example.org", "old@example.org")
    subscribers.add(f"k1#{name}", [carol.id])
    assert export.SECTIONS["topics"](carol.id, None) == ([{"topic": name}], None)
