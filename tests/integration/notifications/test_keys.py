"""API keys: whom they reach, and how they end."""

from types import SimpleNamespace

import pytest

from shared.base.process import process
from tests.integration.notifications.test_api import TEA, contact, post
from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture
def api(platform: Platform):
    def call(method, path, token, body=None):
        answer = platform.call(method, path, body, token=token)
        return SimpleNamespace(status=answer.status, body=answer.json())

    return call


@pytest.fixture(scope="module")
def admin(platform: Platform) -> str:
    return staff(platform, "admin").token


@pytest.fixture(scope="module")
def user(platform: Platform) -> Person:
    return platform.register()


@pytest.fixture
def key(api, admin):
    """API key of an outside caller."""
    body = {"name": "shop", "scopes": ["notifications.write", "notifications.read"]}
    return api("POST", "/1/api_keys", admin, body).body["data"]["key"]


def test_keys_are_shown_once_scoped_rotated_and_revoked(api, admin, user):
    made = post(api, admin, 201, "/1/api_keys", name="reader", scopes=["notifications.read"])
    key_id, key = made["data"]["id"], made["data"]["key"]
    assert key.startswith("rk_")
    (listed,) = [o for o in api("GET", "/1/api_keys", admin).body["data"] if o["id"] == key_id]
    assert "key" not in listed and "digest" not in listed
    assert api("GET", "/1/notifications", key).status == 200
    assert post(api, key, 403, to="x", content=TEA), "the scope does not allow it"
    assert api("GET", "/1/api_keys", key).status == 403
    assert api("GET", "/1/notifications/inbox", key).status == 403, "keys have no inbox"
    assert post(api, user.token, 403, "/1/api_keys", name="x", scopes=["admin"])
    assert post(api, admin, 400, "/1/api_keys", name="x", scopes=["everything"])
    rotated = post(api, admin, 200, f"/1/api_keys/{key_id}/rotate", overlap_seconds=60)
    assert api("GET", "/1/notifications", key).status == 200, "both hold for a minute"
    with process.clock.ahead(61):
        assert api("GET", "/1/notifications", key).status == 401
    fresh = rotated["data"]["key"]
    assert api("GET", "/1/notifications", fresh).status == 200
    assert api("DELETE", f"/1/api_keys/{key_id}", admin).status == 204
    assert api("GET", "/1/notifications", fresh).status == 401
    assert api("DELETE", f"/1/api_keys/{key_id}", admin).status == 404
    assert post(api, admin, 404, f"/1/api_keys/{key_id}/rotate")
    assert post(api, admin, 404, "/1/api_keys/nonsense/rotate")
    assert api("GET", "/1/notifications", "rk_nonsense").status == 401
    first = post(api, admin, 201, "/1/api_keys", name="all", scopes=["admin"])["data"]["key"]
    assert post(api, first, 201, "/1/api_keys", name="more", scopes=["notifications.write"])


def test_a_key_that_another_process_revoked_writes_for_a_second(api, key):
    from chalicelib.notifications.core.operation_models import API_KEYS

    def status(method, body=None):
        return api(method, "/1/contacts/a", key, body).status

    body = {"email": "a@example.org"}
    assert (status("PUT", body), status("GET")) == (200, 200)
    API_KEYS.update({"id": key[3:19]}, "REMOVE #digest")
    with process.clock.ahead(2):
        assert status("GET") == 200
        assert status("PUT", body) == 401
        assert status("GET") == 401, "this process knows it now"


@pytest.fixture
def limited(api, admin):
    """API keys with some scopes, each with a contact."""

    def make(*more):
        body = {"name": "k", "scopes": ["notifications.write", *more]}
        made = api("POST", "/1/api_keys", admin, body).body["data"]["key"]
        contact(api, made, "own")
        return made

    return make


@pytest.mark.parametrize(
    ("scopes", "category", "statuses"),
    [
        # To the key's contact, to a user, to both, and to a topic.
        ((), "message", (202, 404, 400, 202)),
        ((), "security", (202, 404, 400, 202)),
        ((), "otp", (202, 404, 400, 202)),
        (("notifications.users",), "message", (202, 202, 202, 202)),
        (("notifications.users",), "security", (202, 400, 400, 400)),
        (("notifications.users",), "otp", (202, 400, 400, 400)),
        (("admin",), "otp", (202, 202, 202, 202)),
        (("admin",), "social", (202, 400, 400, 400)),
        (("admin",), "digest", (400, 400, 400, 400)),
    ],
)
def test_a_key_reaches_users_by_a_scope_and_never_past_their_opt_outs(
    api, limited, user, scopes, category, statuses
):
    key, path = limited(*scopes), "/1/notifications?dry_run=true"
    for to, status in zip(
        ("own", user.id, ["own", user.id], {"topic": "tea"}), statuses, strict=True
    ):
        body = {"to": to, "content": TEA, "category": category}
        answer = api("POST", path, key, body)
        assert answer.status == (200 if status == 202 else status), (to, answer.body)
