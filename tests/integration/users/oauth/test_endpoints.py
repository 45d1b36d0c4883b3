"""Forms of token requests, and the metadata document of all endpoints."""

import base64

import pytest

from shared.base.config import settings
from tests.oauth_steps import FORM, app, code_for, exchange, form
from tests.platform import Platform

pytestmark = pytest.mark.integration


def test_the_token_endpoint_takes_form_and_json_and_the_secret_in_header_or_body(
    platform: Platform,
) -> None:
    person = platform.register()
    client = app(person, type="confidential")
    name, secret = client["client_id"], client["client_secret"]
    code, verifier = code_for(platform, person, client)
    tokens = exchange(platform, name, code, verifier, client_secret=secret).json()

    def basic(password: str) -> dict[str, str]:
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {"authorization": f"Basic {pair}"}

    for as_json in (False, True):
        for headers, proof in (
            (basic(secret), {}),
            ({}, {"client_id": name, "client_secret": secret}),
        ):
            for wrong in (basic("wrong"), {}) if headers else ({},):
                values = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
                refused = form(platform, "/2/oauth2/token", values, **wrong)
                assert (refused.status, refused.json()["error"]) == (401, "invalid_client")
            values = {**values, **proof}
            if as_json:
                answer = platform.call("POST", "/2/oauth2/token", values, **headers)
            else:
                answer = form(platform, "/2/oauth2/token", values, **headers)
            assert answer.status == 200, (as_json, headers, answer.body)
            tokens = answer.json()
    assert platform.call("GET", "/2/users/me", token=tokens["access_token"]).status == 200


def test_metadata_names_the_endpoints(platform: Platform) -> None:
    """RFC 8414: required members and those that clients read; all paths exist."""
    document = platform.call("GET", "/.well-known/oauth-authorization-server").json()
    base = settings().public_url
    assert document["issuer"] == base
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256", "plain"]
    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert document["token_endpoint"] == f"{base}/2/oauth2/token"
    for name in ("authorization", "token", "revocation", "introspection"):
        path = document[f"{name}_endpoint"].removeprefix(base)
        # Without what it needs it refuses, or shows the login; what is not there answers 404.
        asked = platform.call("POST", path, b"x=1", content_type=FORM)
        assert asked.status in {200, 400, 401}, path
    keys = platform.call("GET", document["jwks_uri"].removeprefix(base)).json()["keys"]
    assert keys and all(key["alg"] == "ES256" and "d" not in key for key in keys)
