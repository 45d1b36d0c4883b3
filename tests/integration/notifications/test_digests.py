"""Digests, up to the mail and to how it arrived."""

from typing import Any

import pytest

from shared.base.clock import now_ms
from tests.integration.notifications.planning_support import HOUR, about, later, subjects
from tests.integration.notifications.test_planning import PREFERENCES, mention, newest
from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def ada(platform: Platform) -> Person:
    return platform.register(verify=True)


@pytest.fixture
def bob(platform: Platform) -> Person:
    return platform.register(verify=True)


def test_a_digest_tells_what_is_unseen_and_nothing_else(
    platform: Platform, ada: Person, bob: Person
) -> None:
    reader = platform.register(verify=True)
    for one in (bob, reader):
        one.ok("PUT", PREFERENCES, {"digest": {"frequency": "hourly"}})
    for _ in range(3):
        mention(platform, ada, bob, reader)
    assert subjects(platform, bob) == subjects(platform, reader) == []
    bob.ok("POST", "/1/notifications/inbox/read", {"ids": [newest(bob)["id"]]})
    reader.ok("POST", "/1/notifications/inbox/read", {"all": True})
    for _ in range(2):
        later(platform, HOUR + 60)
    # Two mails only if an hour ended between the mentions.
    mails = about(platform, bob)
    assert 1 <= len(mails) <= 2
    for mail in mails:
        assert "since your last digest" in mail["Subject"]
        assert f"@{ada.username}" in mail["BodyText"]
    assert sum(mail["BodyText"].count("mentioned you") for mail in mails) == 2
    assert subjects(platform, reader) == []


def test_a_digest_leaves_out_what_ended_and_its_delivery_is_that_of_the_rest(
    platform: Platform, ada: Person, bob: Person
) -> None:
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.history import digested, ledger, states

    blocked, deleting, admin = platform.register(), platform.register(), staff(platform, "admin")
    # What is in no inbox is withdrawn from none.
    off = {"categories": {"mentions": {"inbox": False}}, "digest": {"frequency": "hourly"}}
    bob.ok("PUT", PREFERENCES, off)
    for one in (ada, blocked):
        mention(platform, one, bob)
    tweet_id = deleting.tweet(f"@{bob.username} gone")

    def sent(by: Person, to: Any, title: str, *more: str) -> str:
        body = {"to": to, "content": {"title": title, "text": "x"}, "channels": ["email", *more]}
        return str(by.ok("POST", "/1/notifications", body)["data"]["id"])

    told, taken_back = (sent(bob, bob.id, one) for one in ("told", "taken back"))
    read = sent(bob, bob.id, "read", "inbox")
    several = sent(admin, [bob.id, ada.id], "to several")
    platform.settle()
    bob.ok("POST", "/1/notifications/inbox/read", {"ids": [read]})
    for person, cancelled in ((bob, taken_back), (admin, several)):
        person.ok("DELETE", f"/1/notifications/{cancelled}")
    bob.ok("POST", f"/2/users/{bob.id}/blocking", {"target_user_id": blocked.id})
    deleting.ok("DELETE", f"/2/tweets/{tweet_id}")
    platform.settle()

    def email(one: str) -> dict[str, Any]:
        shown = bob.ok("GET", f"/1/notifications/{one}")["data"]
        (delivery,) = [found for found in shown["deliveries"] if found["channel"] == "email"]
        return {**delivery, "overall": shown["status"]}

    assert email(told)["state"] == "digested"
    later(platform, HOUR + 60)
    # Two mails only if an hour ended between the first and the last.
    text = "".join(one["BodyText"] for one in about(platform, bob))
    assert f"@{ada.username}" in text and "• told" in text
    for word in (blocked.username, deleting.username, "read", "taken back", "to several"):
        assert f"• {word}" not in text and f"@{word}" not in text
    arrived = email(told)
    assert (arrived["state"], arrived["overall"]) == ("sent", "delivered")
    steps = [step["state"] for step in arrived["timeline"]]
    assert steps == ["digested", "claimed", "sent"]
    digest = bob.ok("GET", f"/1/notifications/{arrived['digest_id']}")["data"]
    assert (digest["type"], digest["status"]) == ("digest", "delivered")
    assert (email(read)["state"], email(read)["reason"]) == ("suppressed", "deduplicated")
    assert email(taken_back)["state"] == "cancelled"
    assert bob.call("DELETE", f"/1/notifications/{told}").status == 409
    # What a full slot only counted ends a day later, if nothing was told.
    for over, state in ((HOUR, states.DIGESTED), (25 * HOUR, states.SUPPRESSED)):
        counted, due = fresh_id(now_ms()), now_ms() - 1000 * over
        ledger.record(counted, ledger.target_key("email"), states.DIGESTED, due_at=due)
        assert [one["state"] for one in digested.outcomes(bob.id, ledger.entries(counted))] == [
            state
        ]
