"""Callers: what roles and scopes let them see."""

import pytest
from chalicelib.notifications.access.callers import Caller

from shared.auth.authentication import Principal
from shared.auth.scopes import KEY_ADMIN

READ = "notifications.read"


@pytest.mark.parametrize(
    ("role", "scopes", "key", "operates"),
    [
        ("admin", {READ, "moderation.read"}, False, True),
        # An app that an administrator allowed to read notifications reads their own.
        ("admin", {READ}, False, False),
        ("user", {READ, "moderation.read"}, False, False),
        ("user", {KEY_ADMIN}, True, True),
        ("user", {READ}, True, False),
    ],
)
def test_operators_see_what_others_sent(role, scopes, key, operates):
    user_id = None if key else "1"
    made = Principal(
        user_id, "key:k", frozenset(scopes), frozenset({role}), "s", 0, 2**40, api_key=key
    )
    assert Caller.of(made).operates is operates
