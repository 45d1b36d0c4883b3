"""Refusals in X's words: kinds of access, and unknown addresses."""

import pytest

from tests.integration.users.accounts.test_tokens_ended import signed
from tests.oauth_steps import app
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register()


@pytest.mark.parametrize(
    "path",
    [
        *("/2/users/x/unknown", "/2/users/me/unknown", "/2/tweets/123/unknown"),
        *("/2/lists/1/unknown", "/2/tweets/search", "/2/tweets/counts", "/2/tweets/sample"),
        *("/2/users/1/likes/2/3", "/2/media/1/2/3", "/2/tweets/1/hidden/2"),
    ],
)
def test_unknown_sub_paths_are_not_found(person: Person, path: str) -> None:
    answer = person.call("GET", path)
    assert answer.status == 404, answer.body
    assert answer.json().get("detail", "").startswith("There is nothing at")


@pytest.mark.parametrize("name", ["search/tweets", "trends/place", "geo/reverse_geocode"])
def test_unknown_paths_of_api_1_1_have_its_code(person: Person, name: str) -> None:
    answer = person.call("GET", f"/1.1/{name}.json?q=x")
    assert (answer.status, answer.json()["errors"][0]["code"]) == (404, 34)


def test_what_is_no_id_in_the_place_of_one_is_said(person: Person) -> None:
    for path in ("/2/users/x", "/2/tweets/12x"):
        answer = person.call("GET", path)
        assert answer.status == 400 and "not a valid id" in answer.json()["errors"][0]["message"]


def test_an_app_alone_is_told_what_works(platform: Platform, person: Person) -> None:
    token = app(person, type="confidential")["bearer_token"]
    answer = platform.call("GET", "/2/users/me", token=token)
    assert answer.status == 403
    assert answer.json()["detail"] == (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. Supported "
        "authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    shown = platform.call("GET", "/1/accounts/me", token=token).json()["detail"]
    assert shown.endswith("Supported authentication types are [OAuth 2.0 User Context].")


def test_a_signature_is_told_what_works(platform: Platform, person: Person) -> None:
    client = app(person, type="confidential")
    own = person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
    answer = signed(platform, client, own, "/1/accounts/me")
    assert answer.status == 403
    assert answer.json()["type"].endswith("/unsupported-authentication")
    assert answer.json()["detail"] == (
        "Authenticating with OAuth 1.0a User Context is forbidden for this endpoint. Supported "
        "authentication types are [OAuth 2.0 User Context]."
    )
