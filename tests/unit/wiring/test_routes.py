"""Every route of every app, and the table that says who serves which path."""

import re
from collections import defaultdict
from typing import Any

import pytest

from scripts.base.domain import domains, load_app
from scripts.base.problems import MEDIA_LIMIT, body_limit
from scripts.base.process import ROOT
from scripts.gateway.routes import RouteTable
from shared.auth.roles import APP_PERMISSIONS, PERMISSIONS, ROLE_PERMISSIONS
from shared.auth.scopes import ALL_SCOPES, FIRST_PARTY_SCOPES, PUBLIC
from shared.base.answers import NO_BODY
from shared.http.api import Api, Endpoint
from shared.http.rate_limit import WINDOW_SECONDS

ENDPOINTS = {domain: load_app(domain).app.endpoints for domain in domains()}
ALL = [(domain, endpoint) for domain, found in ENDPOINTS.items() for endpoint in found]

# Methods and paths of X API v2 (facts of the interface), by the domain that serves them.
X_PATHS = {
    "users": """
        /2/users /2/users/me /2/users/1 /2/users/by /2/users/by/username/x /2/users/search
        /2/users/1/followers /2/users/1/following /2/users/1/following/2 /2/users/1/blocking
        /2/users/1/muting /2/users/1/muting/2 /2/oauth2/token /2/oauth2/revoke
    """,
    "tweets": """
        /2/tweets /2/tweets/1 /2/tweets/1/liking_users /2/tweets/1/quote_tweets
        /2/tweets/1/retweeted_by /2/tweets/1/retweets /2/tweets/1/hidden /2/users/1/tweets
        /2/users/1/mentions /2/users/1/timelines/reverse_chronological /2/users/1/likes
        /2/users/1/likes/2 /2/users/1/liked_tweets /2/users/1/retweets /2/users/1/retweets/2
        /2/users/1/bookmarks /2/users/1/bookmarks/2 /2/users/1/bookmarks/folders
        /2/users/1/bookmarks/folders/3 /2/users/1/owned_lists /2/users/1/followed_lists
        /2/users/1/followed_lists/2 /2/users/1/list_memberships /2/users/1/pinned_lists
        /2/users/1/pinned_lists/2 /2/users/reposts_of_me /2/lists /2/lists/1 /2/lists/1/members
        /2/lists/1/members/2 /2/lists/1/followers /2/lists/1/tweets /2/media /2/media/3_1
        /2/media/upload /2/media/upload/initialize /2/media/upload/1/append
        /2/media/upload/1/finalize /2/media/metadata /2/media/subtitles
    """,
    "messages": """
        /2/dm_conversations /2/dm_conversations/1/dm_events /2/dm_conversations/1/messages
        /2/dm_conversations/with/1/dm_events /2/dm_conversations/with/1/messages /2/dm_events
        /2/dm_events/1 /2/users/1/dm/block /2/users/1/dm/unblock
    """,
    "discovery": """
        /2/tweets/search/recent /2/tweets/search/all /2/tweets/search/stream
        /2/tweets/search/stream/rules /2/tweets/search/stream/rules/counts
        /2/tweets/search/webhooks /2/tweets/search/webhooks/1 /2/tweets/counts/recent
        /2/tweets/counts/all /2/tweets/sample/stream /2/trends/by/woeid/1
        /2/users/personalized_trends /2/usage/tweets /2/webhooks /2/webhooks/1
        /2/webhooks/replay /2/activity/stream /2/activity/subscriptions
        /2/activity/subscriptions/1
    """,
}


@pytest.mark.parametrize(
    ("domain", "path"),
    [(domain, path) for domain, paths in X_PATHS.items() for path in paths.split()],
)
def test_the_table_knows_who_serves_each_path_of_x(domain: str, path: str) -> None:
    assert RouteTable.load().domain(path) == domain


@pytest.mark.parametrize(("domain", "endpoint"), ALL, ids=[f"{e.method} {e.path}" for _, e in ALL])
def test_the_table_leads_to_every_route(domain: str, endpoint: Endpoint) -> None:
    concrete = re.sub(r"{\w+}", "1", endpoint.path.replace("{handle}", "@ada"))
    assert RouteTable.load().domain(concrete) == domain


def test_no_route_is_undeclared() -> None:
    for domain in domains():
        app = load_app(domain).app
        declared = {(e.method, e.path) for e in ENDPOINTS[domain]}
        served = {(m, path) for path, methods in app.routes.items() for m in methods}
        assert served == declared
    declare: Any = Api("x", "x").endpoint
    with pytest.raises(TypeError):
        declare("GET", "/x", access=None, summary="x", answer=NO_BODY)
    none: tuple[Any, ...] = (None, {}, ())
    for nothing in none:
        with pytest.raises(TypeError):
            declare("GET", "/x", access=PUBLIC, summary="x", answer=nothing)
    with pytest.raises(TypeError):
        declare("GET", "/x", access=PUBLIC, summary="x")


@pytest.mark.parametrize(("domain", "endpoint"), ALL, ids=[f"{e.method} {e.path}" for _, e in ALL])
def test_every_route_declares_scopes_and_a_permission(domain: str, endpoint: Endpoint) -> None:
    access = endpoint.access
    if access.public:
        assert (access.scopes, access.permission) == ((), "")
        return
    assert access.scopes and set(access.scopes) <= set(ALL_SCOPES)
    assert access.permission in PERMISSIONS
    # An app alone may read only; what is behind a role is for no other party's app.
    assert not access.app or access.permission in APP_PERMISSIONS
    if access.permission not in ROLE_PERMISSIONS["user"]:
        assert set(access.scopes) & set(FIRST_PARTY_SCOPES), f"{domain}: {endpoint.path}"
    assert ("/1/admin/" in endpoint.path) == (
        access.permission in ROLE_PERMISSIONS["admin"] - ROLE_PERMISSIONS["user"]
    )


def test_roles_add_to_what_every_account_may() -> None:
    user = ROLE_PERMISSIONS["user"]
    assert all(user <= granted for granted in ROLE_PERMISSIONS.values())
    assert ROLE_PERMISSIONS["moderator"] < ROLE_PERMISSIONS["admin"]
    assert user > APP_PERMISSIONS


def test_public_routes_are_the_known_few() -> None:
    public = {f"{e.method} {e.path}" for _, e in ALL if e.access == PUBLIC}
    assert public == {
        "POST /1/accounts",
        "POST /1/accounts/verify",
        "POST /1/accounts/password_resets",
        "POST /1/accounts/password_resets/confirm",
        "POST /1/sessions",
        "GET /i/oauth2/authorize",
        "POST /i/oauth2/authorize",
        "POST /i/oauth2/login",
        "POST /oauth/request_token",
        "POST /oauth/access_token",
        "GET /oauth/authorize",
        "GET /oauth/authenticate",
        "POST /oauth/authorize",
        "POST /oauth/login",
        "POST /2/oauth2/token",
        "POST /oauth2/token",
        "POST /2/oauth2/revoke",
        "POST /oauth2/invalidate_token",
        "POST /1/accounts/email_changes/undo",
        "POST /2/oauth2/introspect",
        # Signed links of mails.
        "GET /1/notifications/unsubscribe",
        "POST /1/notifications/unsubscribe",
        "GET /1/notifications/preferences/page",
        "POST /1/notifications/preferences/page",
        "GET /1/public/tweets/{id}",
        "GET /1/public/users/{id}/tweets",
        "GET /{handle}",
        "GET /{handle}/{section}",
        "GET /{handle}/status/{id}",
        "GET /status/{id}",
        "GET /lists/{id}",
        "GET /lists/{id}/{section}",
        "GET /i/lists/{id}",
        "GET /hashtag/{tag}",
        "GET /oembed",
        "GET /.well-known/jwks.json",
        "GET /.well-known/oauth-authorization-server",
    }


def test_the_web_client_may_poll_as_often_as_it_does() -> None:
    (updates,) = (one for one in ENDPOINTS["tweets"] if one.path == "/1/updates")
    module = (ROOT / "web" / "src" / "state" / "updates.ts").read_text()
    found = re.search(r"const POLL_MS = ([\d_]+);", module)
    assert found is not None
    polls = WINDOW_SECONDS * 1000 // int(found[1])
    # Some pages that are looked at, and as much for going to and fro.
    assert updates.limit >= 6 * polls


@pytest.mark.parametrize("name", ["owned_lists", "pinned_lists"])
def test_the_web_client_may_look_at_lists_all_day(name: str) -> None:
    """Each page of a list asks for them; X's 15 would be used up in minutes."""
    found = [one for one in ENDPOINTS["tweets"] if one.path.endswith(f"/{name}")]
    assert all(one.own_limit >= 300 for one in found if one.method == "GET")


@pytest.mark.parametrize("domain", domains())
def test_one_variable_name_a_position(domain: str) -> None:
    """API Gateway refuses sibling variables of two names; the emulator not."""
    names: dict[str, set[str]] = defaultdict(set)
    for endpoint in ENDPOINTS[domain]:
        parts = endpoint.path.split("/")
        for index, part in enumerate(parts):
            if part.startswith("{"):
                parent = "/".join("{}" if p.startswith("{") else p for p in parts[:index])
                names[parent].add(part)
    assert all(len(found) == 1 for found in names.values()), names


@pytest.mark.parametrize("domain", domains())
def test_bodies_are_closed_or_bounded(domain: str) -> None:
    for endpoint in ENDPOINTS[domain]:
        if endpoint.body is not None:
            assert "additionalProperties" in endpoint.body, endpoint.path
            for name, spec in endpoint.body.get("properties", {}).items():
                if spec.get("type") == "string" and "pattern" not in spec and "enum" not in spec:
                    assert "maxLength" in spec, (endpoint.path, name)


def test_files_pass_the_gateway_wherever_an_app_takes_them() -> None:
    # The form by which mail programs unsubscribe may be of that type, and has no files.
    forms = {"/1/notifications/unsubscribe"}
    takers = [e.path for _, e in ALL if e.multipart and e.path not in forms]
    assert takers and {body_limit(path) for path in takers} == {MEDIA_LIMIT}
