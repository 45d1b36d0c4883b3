"""Answers of the API of notifications, held against their schemas."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.base.config import settings
from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Platform

pytestmark = pytest.mark.integration

TEA = {"title": "Tea", "text": "It is ready.", "url": "https://example.org/tea"}


def test_every_answer_to_an_outside_caller_and_an_operator(platform: Platform) -> None:
    admin = staff(platform, "admin")
    body = {"name": "shop", "scopes": ["notifications.write", "notifications.read"]}
    made = admin.ok("POST", "/1/api_keys", body)["data"]
    assert made["id"] in [one["id"] for one in admin.ok("GET", "/1/api_keys")["data"]]
    key = admin.ok("POST", f"/1/api_keys/{made['id']}/rotate", {})["data"]["key"]

    def ok(method: str, path: str, body: Any = None) -> Any:
        answer = platform.call(method, path, body, token=key)
        assert answer.status < 300, answer.body
        return answer.json()

    ok("PUT", "/1/contacts/eva", {"email": "eva@example.org", "locale": "de"})
    assert ok("GET", "/1/contacts/eva")["data"]["locale"] == "de"
    topic = "/1/topics/tea/subscribers"
    ok("PUT", topic, {"subscribers": ["eva"]})
    assert ok("GET", topic)["data"] == ["eva"]
    dry = ok("POST", "/1/notifications?dry_run=true", {"to": "eva", "content": TEA})
    assert [one["would"] for one in dry["data"]] == ["send"]
    sent = ok("POST", "/1/notifications", {"to": {"topic": "tea"}, "content": TEA})["data"]["id"]
    late = {"to": "eva", "content": TEA, "schedule_at": _tomorrow()}
    planned = ok("POST", "/1/notifications", late)["data"]["id"]
    platform.settle()
    counted = admin.ok("GET", "/1/admin/channels/statistics")["data"]
    assert {"email", "inbox"} <= {one["channel"] for one in counted}
    shown = ok("GET", f"/1/notifications/{sent}")
    assert [one["state"] for one in shown["data"]["deliveries"]] == ["sent"]
    assert shown["meta"] == {"result_count": 1}
    assert shown["data"]["url"] == TEA["url"]
    # Operators see what others sent; others do not.
    assert admin.ok("GET", f"/1/notifications/{sent}")["data"]["deliveries"]
    assert admin.call("DELETE", f"/1/notifications/{sent}").status == 404
    assert platform.register().call("GET", f"/1/notifications/{sent}").status == 404
    assert TEA["url"] in platform.mails("eva@example.org")[0]["BodyText"]
    listed = ok("GET", "/1/notifications")["data"]
    assert [one["id"] for one in listed] == [planned, sent]
    assert ok("DELETE", f"/1/notifications/{planned}")["data"]["status"] == "cancelled"
    ok("DELETE", topic, {"subscribers": ["eva"]})
    ok("DELETE", "/1/contacts/eva")
    platform.settle()
    assert {one["channel"] for one in admin.ok("GET", "/1/admin/channels")["data"]} >= {"email"}
    queue = settings().name("notifications", "sms-dlq")
    letters = "/1/admin/dead_letters"
    assert queue in [one["queue"] for one in admin.ok("GET", letters)["data"]]
    assert admin.ok("GET", f"{letters}?queue={queue}")["meta"]["result_count"] == 0
    assert admin.ok("POST", f"{letters}/redrive", {"queue": queue})["data"]["moved"] == 0
    assert admin.call("DELETE", f"/1/api_keys/{made['id']}").status == 204
    assert platform.call("GET", "/1/notifications", token=key).status == 401


def _tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()
