"""Requests in detail: dry runs by pages, and the wait of the rule `auto`."""

import pytest

from tests.integration.notifications.notifications_support import address, mails, make_user
from tests.integration.notifications.test_api import TEA, admin, post, ring

pytestmark = pytest.mark.integration
# A fixture by name.
__all__ = ["admin"]


def test_a_dry_run_leads_through_an_audience_and_knows_what_is_suppressed(stack, api, admin):
    from chalicelib.notifications.channels.targets import digest
    from chalicelib.notifications.contacts import suppressions

    ada, bob = make_user(), make_user()
    path = "/1/notifications?dry_run=true&max_results=1"
    body = {"to": [ada, bob], "content": TEA, "channels": ["email"]}
    suppressions.add("email", digest(address(ada)), "bounced")
    first = post(api, admin, 200, path, **body)
    more = f"{path}&pagination_token={first['meta']['next_token']}"
    last = post(api, admin, 200, more, **body)
    told = [(one["user_id"], one["would"], one.get("reason")) for one in first["data"]]
    assert told == [(ada, "suppress", "bounced")]
    assert [(one["user_id"], one["would"]) for one in last["data"]] == [(bob, "send")]
    assert (first["meta"]["complete"], last["meta"]["complete"]) == (False, True)
    # A token is of its audience.
    post(api, admin, 400, more, **{**body, "to": [bob, ada]})


@pytest.mark.parametrize("phone", ["12", "+1", "+1 555 0100", "+999123456789"])
def test_a_contacts_number_is_as_valid_as_a_users(api, admin, phone):
    # The third is of a possible length, and no number.
    assert api("PUT", "/1/contacts/eve", admin, {"phone": phone}).status == 400
    path = "/1/notifications/contacts/phone"
    assert api("PUT", path, admin, {"phone": f"{phone:<5}"}).status == 400


def test_a_sender_says_when_what_is_unseen_is_mailed(stack, module, pump, api):
    ada = make_user()
    post(api, ada, to=ada, content=TEA, channels="auto", fallback_minutes=30)
    post(api, ada, 400, to=ada, content=TEA, channels=["email"], fallback_minutes=30)
    pump.settle()
    # Ten minutes are the rule's own.
    ring(module, pump, 660)
    assert mails(stack, address(ada)) == []
    ring(module, pump, 1860)
    assert len(mails(stack, address(ada))) == 1
