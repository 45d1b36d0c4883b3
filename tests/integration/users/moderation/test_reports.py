"""Reports, one per reporter, and cases, each for one moderator at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


def test_a_case_from_report_to_resolution_and_back(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    first, second = staff(platform, "moderator"), staff(platform, "moderator")
    tweet_id = two.tweet("buy things")
    body = {"tweet_id": tweet_id, "category": "spam", "comment": "ads"}

    def send(person: Person) -> int:
        return person.call("POST", "/1/reports", body).status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, [one, one, one, first])) == [201] * 4
    case = f"/1/admin/reports/tweet-{tweet_id}"
    found = first.ok("GET", case)["data"]
    assert (found["status"], found["report_count"], found["categories"]) == ("open", 2, ["spam"])
    assert {report["comment"] for report in found["reports"]} == {"ads"}
    assert one.id not in str(found)
    queue = first.ok("GET", "/1/admin/reports?max_results=100")["data"]
    assert f"tweet-{tweet_id}" in [entry["id"] for entry in queue]

    assert second.call("POST", f"{case}/claim").status == 200
    assert second.call("POST", f"{case}/claim").status == 200
    assert first.call("POST", f"{case}/claim").status == 409
    outcome = {"outcome": "violation", "reason": "an advertisement"}
    assert first.call("POST", f"{case}/resolve", outcome).status == 409
    resolved = second.ok("POST", f"{case}/resolve", outcome)["data"]
    assert resolved["outcome"] == "violation"
    assert first.ok("GET", case)["data"]["status"] == "resolved"
    assert two.call("POST", "/1/reports", body).status == 201
    assert first.ok("GET", case)["data"]["status"] == "open"


def test_what_cannot_be_reported(platform: Platform) -> None:
    person, moderator = platform.register(), staff(platform, "moderator")
    for body in (
        {"category": "spam"},
        {"category": "spam", "user_id": "1", "tweet_id": "2"},
        {"category": "spam", "user_id": person.id},
        {"category": "boring", "user_id": "1"},
        {"category": "spam", "user_id": "1", "comment": "x" * 501},
    ):
        assert person.call("POST", "/1/reports", body).status == 400, body
    assert person.call("GET", "/1/admin/reports").status == 403
    for case in ("tweet-1", "nothing", "user-x"):
        assert moderator.call("GET", f"/1/admin/reports/{case}").status == 404
        assert moderator.call("POST", f"/1/admin/reports/{case}/claim").status == 404
