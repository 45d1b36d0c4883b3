"""Bounces of international domains, and codes that flood a number."""

import pytest
from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import suppressions
from chalicelib.notifications.phones import number_limit
from chalicelib.notifications.phones.number_limit import PER_DAY

from scripts.providers.events import ses_event
from shared.base.process import process
from tests.integration.notifications.channels.test_devices import (
    PHONES,
    deliveries,
    number,
    publish,
    sent,
    tags,
    token,
)

pytestmark = pytest.mark.integration


def test_a_bounce_of_an_international_domain_suppresses_the_address_as_we_keep_it(
    platform, providers
):
    from chalicelib.notifications.contacts import directory

    carol, address = platform.register(), f"{token()[:12]}@müller.example"
    platform.settle()
    directory.store().set_email(carol.id, address, 99)
    notification = sent(carol, "email")
    platform.settle()
    (arrived,) = providers.journal.sent("email", address.replace("müller", "xn--mller-kva"))
    (entry,) = deliveries(notification).values()
    event = ses_event("Bounce", entry["provider_id"], [arrived["to"]], tags(notification, address))
    publish("ses", event)
    platform.settle()
    assert suppressions.is_suppressed("email", digest(address))
    assert deliveries(notification)[entry["target"]]["reason"] == "bounced"


def test_a_number_gets_so_many_codes_a_day_however_many_accounts_ask(platform):
    phone, other = number(), number()
    people = [platform.register() for _ in range(2)]
    answers = [
        people[turn % 2].call("PUT", PHONES, {"phone": phone}).status for turn in range(PER_DAY + 1)
    ]
    assert answers == [202] * PER_DAY + [429]
    assert people[0].call("PUT", PHONES, {"phone": other}).status == 202
    with process.clock.ahead(86_400):
        number_limit.take(phone)
