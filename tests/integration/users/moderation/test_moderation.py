"""Roles, suspensions, limits and the audit log."""

import pytest

from scripts.ops.admin import grant
from shared.auth import oauth1
from shared.auth.scopes import user_access
from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.process import process
from tests.integration.tweets.timelines.test_fanout import created
from tests.integration.tweets.tweets_support import reading_home
from tests.integration.users.oauth.test_oauth1 import Signed
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration

WHY = {"reason": "a test"}


def staff(platform: Platform, role: str) -> Person:
    """Register a user with a role, and a token that names it."""
    person = platform.register()
    grant(person.username, role)
    return login(person)


def login(person: Person) -> Person:
    session = {"login": person.username, "password": PASSWORD}
    answer = person.platform.call("POST", "/1/sessions", session)
    assert answer.status == 201, answer.body
    token = answer.json()["data"]["access_token"]
    return Person(person.id, person.username, person.email, token, person.platform)


@pytest.fixture(scope="module")
def moderator(platform: Platform) -> Person:
    return staff(platform, "moderator")


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return staff(platform, "admin")


def timeline(person: Person, other: Person) -> int:
    return person.call("GET", f"/2/users/{other.id}/tweets").status


def refreshed(platform: Platform) -> None:
    """Forget what is cached, as another process has after thirty seconds."""
    process.reset()
    oauth1.forget()
    platform.settle()


def test_a_permission_that_no_role_knows_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="no such permission"):
        user_access("moderation.write", permission="everything")


def test_ordinary_accounts_are_refused(platform: Platform) -> None:
    one, two = platform.register(), platform.register()
    for method, path, body in (
        ("POST", f"/1/admin/users/{two.id}/suspend", WHY),
        ("PUT", f"/1/admin/users/{one.id}/roles", {"roles": ["admin"], **WHY}),
        ("GET", f"/1/admin/users/{two.id}", None),
        ("GET", "/1/admin/audit", None),
        ("GET", "/1/admin/tweets/audit", None),
        ("POST", "/1/admin/tweets/1/remove", {"category": "spam", **WHY}),
    ):
        assert one.call(method, path, body).status == 403, path


def test_moderators_suspend_but_assign_no_roles(platform: Platform, moderator: Person) -> None:
    other = platform.register()
    roles = {"roles": ["admin"], **WHY}
    assert moderator.call("PUT", f"/1/admin/users/{other.id}/roles", roles).status == 403
    assert moderator.call("GET", "/1/admin/audit").status == 403


def test_a_role_reaches_tokens_and_leaves_them(platform: Platform, admin: Person) -> None:
    person = platform.register()
    path = f"/1/admin/users/{person.id}/roles"
    state = admin.ok("PUT", path, {"roles": ["moderator"], **WHY})
    assert state["data"]["roles"] == ["moderator", "user"]
    refreshed(platform)
    # The old token names the old roles: a refresh or a login brings the new ones.
    assert person.call("GET", "/2/users/me").status == 401
    person = login(person)
    assert person.call("GET", f"/1/admin/users/{person.id}").status == 200
    admin.ok("PUT", path, {"roles": [], **WHY})
    refreshed(platform)
    assert person.call("GET", f"/1/admin/users/{person.id}").status == 401
    assert login(person).call("GET", f"/1/admin/users/{person.id}").status == 403


def test_nobody_changes_their_own_roles(admin: Person) -> None:
    path = f"/1/admin/users/{admin.id}/roles"
    assert admin.call("PUT", path, {"roles": [], **WHY}).status == 409


def test_a_suspension_hides_everything_and_restoring_brings_it_back(
    platform: Platform, moderator: Person
) -> None:
    author, fan = platform.register(), platform.register()
    signed = Signed(author)
    bearer = signed.app["bearer_token"]
    assert fan.platform.call("GET", f"/2/users/{fan.id}", token=bearer).status == 200
    fan.follow(author)
    platform.settle()
    tweet_id = author.tweet("first")
    other = fan.tweet("second")
    author.ok("POST", f"/2/users/{author.id}/likes", {"tweet_id": other})
    platform.settle()
    assert tweet_id in fan.home()
    moderator.ok("POST", f"/1/admin/users/{author.id}/suspend", WHY)
    refreshed(platform)
    assert tweet_id not in fan.home()
    assert "data" not in fan.ok("GET", f"/2/tweets?ids={tweet_id}")
    profile = fan.call("GET", f"/2/users/{author.id}")
    assert (profile.status, profile.json()["title"]) == (403, "Forbidden")
    assert profile.json()["detail"] == f"User has been suspended: [{author.id}]."
    assert fan.call("GET", f"/2/users/by/username/{author.username}").status == 403
    [error] = fan.ok("GET", f"/2/users?ids={author.id}")["errors"]
    assert error["type"].endswith("not-authorized-for-resource") and "status" not in error
    assert timeline(fan, author) == 403
    assert fan.ok("GET", f"/2/tweets/{other}/liking_users")["meta"]["result_count"] == 0
    assert author.call("GET", "/2/users/me").status == 401
    assert signed.call("GET", "/2/users/me").status == 401
    assert platform.call("GET", f"/2/users/{fan.id}", token=bearer).status == 401
    session = {"login": author.username, "password": PASSWORD}
    assert platform.call("POST", "/1/sessions", session).status == 403
    moderator.ok("POST", f"/1/admin/users/{author.id}/restore", WHY)
    refreshed(platform)
    assert tweet_id in fan.home()
    assert timeline(fan, author) == 200
    assert author.call("GET", "/2/users/me").status == 200
    assert signed.call("GET", "/2/users/me").status == 200
    assert platform.call("GET", f"/2/users/{fan.id}", token=bearer).status == 200


def test_what_was_under_way_at_a_suspension_is_there_after_it(
    platform: Platform, moderator: Person, at_once: None
) -> None:
    author, fan = platform.register(), platform.register()
    fan.follow(author)
    platform.settle()
    # Pages of this reader take the author from what was pushed, and nothing else.
    reading_home([fan.id], filled_at=now_ms(), filled_floor=1)
    assert fan.home() == []
    tweet_id = author.tweet("just before")
    platform.settle()
    key = {"user_id": fan.id, "position": int(tweet_id)}
    dynamo.batch_write("rookery-dev-tweets-timelines", deletes=[key])
    assert fan.home() == []
    moderator.ok("POST", f"/1/admin/users/{author.id}/suspend", WHY)
    refreshed(platform)
    # The delivery comes only now: hidden by reads, and kept.
    late = {"Records": [created(author, tweet_id)]}
    assert platform.modules["tweets"].plan_fanout(late, None) == {"batchItemFailures": []}
    assert fan.home() == []
    moderator.ok("POST", f"/1/admin/users/{author.id}/restore", WHY)
    refreshed(platform)
    assert fan.home() == [tweet_id]


def test_a_suspended_developer_is_remembered_for_good(
    platform: Platform, moderator: Person
) -> None:
    developer, other = platform.register(), platform.register()
    developer.ok("POST", "/1/apps", {"name": "Reader"})
    for person in (developer, other):
        moderator.ok("POST", f"/1/admin/users/{person.id}/suspend", WHY)
    items = sdk.client("dynamodb").query(
        TableName="rookery-dev-users-revocations",
        KeyConditionExpression="#list = :list",
        ExpressionAttributeNames={"#list": "list"},
        ExpressionAttributeValues={":list": {"S": "clients"}},
    )["Items"]
    lasts = {item["at"]["S"].partition(":")[2]: "expires_at" not in item for item in items}
    assert (lasts[developer.id], lasts[other.id]) == (True, False)


def test_nobody_is_told_of_or_by_the_suspended(platform: Platform, moderator: Person) -> None:
    author, fan = platform.register(), platform.register()
    moderator.ok("POST", f"/1/admin/users/{author.id}/suspend", WHY)
    refreshed(platform)
    fan.tweet(f"hello @{author.username}")
    platform.settle()
    moderator.ok("POST", f"/1/admin/users/{author.id}/restore", WHY)
    refreshed(platform)
    assert author.ok("GET", "/1/notifications/inbox").get("data", []) == []


def test_suspended_twice_and_restored_twice(platform: Platform, moderator: Person) -> None:
    person = platform.register()
    path = f"/1/admin/users/{person.id}"
    assert moderator.call("POST", f"{path}/restore", WHY).status == 409
    assert moderator.call("POST", f"{path}/suspend", WHY).status == 200
    assert moderator.call("POST", f"{path}/suspend", WHY).status == 409
    named = f"/1/admin/users/by/username/{person.username.upper()}"
    for asked in (path, named):
        assert moderator.ok("GET", asked)["data"]["status"] == "suspended"
    assert moderator.call("GET", "/1/admin/users/by/username/nobody_there").status == 404
    assert person.call("GET", named).status == 401
    assert moderator.call("POST", "/1/admin/users/1/suspend", WHY).status == 404


def test_who_left_is_suspended_all_the_same(
    platform: Platform, moderator: Person, admin: Person
) -> None:
    from chalicelib.users.leaving import departures

    person = platform.register()
    path = f"/1/admin/users/{person.id}"

    def standing() -> tuple[str, bool]:
        shown = moderator.ok("GET", path)["data"]
        return shown["status"], shown["suspended"]

    def leave(who: Person) -> None:
        who.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})

    session = {"login": person.username, "password": PASSWORD}
    leave(person)
    # A suspension that is lifted while they are away is nothing.
    for act, suspended in (("suspend", True), ("restore", False), ("suspend", True)):
        assert moderator.call("POST", f"{path}/{act}", WHY).status == 200
        assert moderator.call("POST", f"{path}/{act}", WHY).status == 409
        assert standing() == ("deactivated", suspended)
    assert platform.call("POST", "/1/sessions", session).status == 403
    assert standing() == ("suspended", True)
    moderator.ok("POST", f"{path}/restore", WHY)
    refreshed(platform)
    again = login(person)
    assert again.call("GET", "/2/users/me").status == 200
    leave(again)
    moderator.ok("POST", f"{path}/suspend", WHY)
    moderator.ok("POST", f"{path}/restore", WHY)
    refreshed(platform)
    assert login(person).call("GET", "/2/users/me").status == 200
    # Staff that left loses its roles first, like staff that is there.
    gone = staff(platform, "moderator")
    leave(gone)
    assert admin.call("POST", f"/1/admin/users/{gone.id}/suspend", WHY).status == 409
    admin.ok("PUT", f"/1/admin/users/{gone.id}/roles", {"roles": [], **WHY})
    admin.ok("POST", f"/1/admin/users/{gone.id}/suspend", WHY)
    # Being suspended keeps nobody's data.
    with process.limited(departures.DepartureLimits(grace_ms=-1000)):
        assert departures.erase(gone.id)
    assert admin.ok("GET", f"/1/admin/users/{gone.id}")["data"]["status"] == "deleted"


def test_staff_is_not_suspended(platform: Platform, moderator: Person, admin: Person) -> None:
    for target in (moderator, admin):
        assert admin.call("POST", f"/1/admin/users/{target.id}/suspend", WHY).status == 409


def test_the_limited_are_met_by_their_followers_only(platform: Platform, moderator: Person) -> None:
    noisy, fan, stranger = (platform.register() for _ in range(3))
    fan.follow(noisy)
    platform.settle()
    moderator.ok("POST", f"/1/admin/users/{noisy.id}/limit", WHY)
    platform.settle()
    root = stranger.tweet("a conversation")
    answer = noisy.tweet(f"@{fan.username} look", reply={"in_reply_to_tweet_id": root})
    platform.settle()

    def replies(person: Person) -> list[str]:
        found = person.ok("GET", f"/1/tweets/{root}/replies")
        return [tweet["id"] for tweet in found.get("data", [])]

    assert (replies(fan), replies(stranger), replies(noisy)) == ([answer], [], [answer])
    assert answer in fan.home()
    query = f"/2/users/search?query={noisy.username}"
    assert fan.ok("GET", query)["meta"]["result_count"] == 1
    assert stranger.ok("GET", query)["meta"]["result_count"] == 0
    assert fan.ok("GET", "/1/notifications/inbox")["data"][0]["type"] == "mention"
    assert stranger.ok("GET", "/1/notifications/inbox").get("data", []) == []
    # Who goes there finds everything, and the account itself is shown as any other.
    assert timeline(stranger, noisy) == 200
    assert stranger.ok("GET", f"/2/tweets/{answer}")["data"]["id"] == answer
    moderator.ok("POST", f"/1/admin/users/{noisy.id}/unlimit", WHY)
    platform.settle()
    assert replies(stranger) == [answer]


def test_the_badge_is_the_admins_to_give_and_opens_conversations_of_the_verified(
    platform: Platform, admin: Person, moderator: Person
) -> None:
    author, person = platform.register(), platform.register()
    asked = author.tweet("only the verified", reply_settings="verified")
    reply = {"text": "may I?", "reply": {"in_reply_to_tweet_id": asked}}
    assert person.call("POST", "/2/tweets", reply).status == 403
    path = f"/1/admin/users/{person.id}"
    assert moderator.call("POST", f"{path}/verify", WHY).status == 403
    assert admin.ok("POST", f"{path}/verify", WHY)["data"] == {"id": person.id, "verified": True}
    assert admin.call("POST", f"{path}/verify", WHY).status == 409
    assert admin.ok("GET", path)["data"]["verified"] is True
    shown = author.ok("GET", f"/2/users/{person.id}?user.fields=verified")["data"]
    assert shown["verified"] is True
    assert person.call("POST", "/2/tweets", reply).status == 201
    admin.ok("POST", f"{path}/unverify", WHY)
    assert person.call("POST", "/2/tweets", reply).status == 403
    assert author.call("POST", "/2/tweets", reply).status == 201


def test_a_removed_tweet_is_a_tombstone_with_its_reason(
    platform: Platform, moderator: Person, admin: Person
) -> None:
    author = platform.register()
    tweet_id = author.tweet("bad words")
    body = {"category": "abuse", "reason": "bad words"}
    moderator.ok("POST", f"/1/admin/tweets/{tweet_id}/remove", body)
    platform.settle()
    assert "data" not in author.ok("GET", f"/2/tweets?ids={tweet_id}")
    item = sdk.client("dynamodb").get_item(
        TableName="rookery-dev-tweets-tweets", Key={"id": {"S": tweet_id}}
    )["Item"]
    assert item["removed"] == {"S": "abuse"} and "text" not in item and "position" not in item
    assert moderator.call("POST", f"/1/admin/tweets/{tweet_id}/remove", body).status == 404
    log = admin.ok("GET", f"/1/admin/tweets/audit?subject=tweet%23{tweet_id}")["data"]
    assert [(one["action"], one["actor_id"]) for one in log] == [("tweet.remove", moderator.id)]


def test_every_act_is_in_the_log_once(platform: Platform, admin: Person, moderator: Person) -> None:
    person = platform.register()
    for act in ("limit", "unlimit", "suspend", "suspend", "restore"):
        moderator.call("POST", f"/1/admin/users/{person.id}/{act}", {"reason": f"to {act}"})
    query = f"/1/admin/audit?subject=user%23{person.id}&max_results=2"
    first = admin.ok("GET", query)
    rest = admin.ok("GET", f"{query}&pagination_token={first['meta']['next_token']}")
    acts = [(one["action"], one["reason"]) for one in first["data"] + rest["data"]]
    assert acts == [
        ("account.restore", "to restore"),
        ("account.suspend", "to suspend"),
        ("account.unlimit", "to unlimit"),
        ("account.limit", "to limit"),
    ]
    newest = admin.ok("GET", "/1/admin/audit?max_results=1")["data"][0]
    assert newest["id"] == first["data"][0]["id"] and newest["actor_id"] == moderator.id
