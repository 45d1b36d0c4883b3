"""Reads of the settings page."""

import pytest

from tests.account_steps import with_totp
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.integration


def test_account_settings_are_for_the_owners_session_only(platform: Platform) -> None:
    person = platform.register()
    before = person.ok("GET", "/1/accounts/me")["data"]
    assert before == {
        "id": person.id, "username": person.username, "email": person.email,
        "email_verified": False, "pending_email": None, "totp_enabled": False,
        "password_changed_at": None,
    }  # fmt: skip
    with_totp(person)
    person.ok("PUT", "/1/accounts/me/email", {"email": "next@example.com", "password": PASSWORD})
    after = person.ok("GET", "/1/accounts/me")["data"]
    assert (after["totp_enabled"], after["pending_email"]) == (True, "next@example.com")
    app = person.ok("POST", "/1/apps", {"name": "Curious"})["data"]
    token = person.ok("POST", f"/1/apps/{app['id']}/tokens", {})["data"]["oauth2_access_token"]
    assert platform.call("GET", "/1/accounts/me", token=token).status == 403
    assert platform.call("GET", "/1/accounts/me").status == 401
