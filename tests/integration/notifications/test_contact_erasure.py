"""Contacts that are deleted, and made anew under the same key."""

import secrets

import pytest

from shared.aws.events import send
from shared.base.clock import iso, now_ms
from shared.base.process import process
from tests.data_subject import traces
from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

TEA = {"title": "Tea", "text": "It is ready."}
SCOPES = ["notifications.read", "notifications.write"]


def test_what_a_deleted_contact_was_told_goes_and_what_its_successor_has_stays(
    platform: Platform,
) -> None:
    made = staff(platform, "admin").ok("POST", "/1/api_keys", {"name": "own", "scopes": SCOPES})[
        "data"
    ]
    key = Person("", "", "", made["key"], platform)
    name = f"{secrets.token_hex(6)}@example.org"
    path = f"/1/contacts/{name}"
    for one in (name, "other"):
        key.ok("PUT", f"/1/contacts/{one}", {"email": f"{secrets.token_hex(4)}@example.org"})
    key.ok("PUT", f"{path}/preferences", {"throttle": {"per_hour": 3}})
    key.ok("PUT", "/1/topics/tea/subscribers", {"subscribers": [name]})
    waiting = {"schedule_at": iso(now_ms() + 86_400_000)}
    expired = {"to": [name, "other"], "content": TEA, "ttl": 1}
    sent = [
        key.ok("POST", "/1/notifications", body)["data"]["id"]
        for body in (
            {"to": name, "content": TEA, "channels": ["inbox", "email"]},
            {"to": name, "content": TEA, **waiting},
            {"to": [name, "other"], "content": TEA},
        )
    ]
    with process.clock.ahead(-60):
        sent.append(key.ok("POST", "/1/notifications", expired)["data"]["id"])
    platform.settle()
    assert key.call("DELETE", path).status == 204
    # The walk comes after somebody has made the contact anew.
    job = {"user_id": f"contact:{made['id']}:{name}", "deleted_at": now_ms()}
    key.ok("PUT", path, {"email": "new@example.org", "attributes": {"plan": "pro"}})
    assert key.ok("GET", f"{path}/preferences")["data"]["throttle"]["per_hour"] is None
    key.ok("PUT", f"{path}/preferences", {"throttle": {"per_hour": 9}})
    fresh = key.ok("POST", "/1/notifications", {"to": name, "content": TEA, **waiting})["data"][
        "id"
    ]
    for _ in range(2):
        send("notifications", "erasures", [{"job": job, "step": "contact", "position": None}])
        platform.settle()
    shown = key.ok("GET", f"{path}/export")["data"]
    assert shown["contact"]["email"] == "new@example.org" and shown["topics"] == []
    assert shown["contact"]["attributes"] == {"plan": "pro"}
    assert shown["preferences"]["throttle"]["per_hour"] == 9
    # A dry run looks at what the limit has left.
    (planned,) = key.ok("POST", "/1/notifications?dry_run=true", {"to": name, "content": TEA})[
        "data"
    ]
    assert planned["would"] == "send"
    assert key.ok("GET", f"/1/notifications/{fresh}")["data"]["user_id"] == name
    assert [key.call("GET", f"/1/notifications/{one}").status for one in sent[:2]] == [404, 404]
    several = key.ok("GET", f"/1/notifications/{sent[2]}")
    assert several["data"]["recipients"] == 2
    assert [one["user_id"] for one in several["data"]["deliveries"]] == ["other"]
    assert key.call("DELETE", path).status == 204
    platform.settle()
    assert traces(name, domain="notifications")[name] == set()
