"""The OpenAPI document: valid, complete, and true about credentials."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scripts.base.domain import domains, load_app
from scripts.checks.openapi import TAGS, tags
from shared.auth.authentication import Principal, authorize
from shared.auth.roles import ROLE_PERMISSIONS
from shared.auth.scopes import ALL_SCOPES, GRANTABLE_SCOPES, KEY_SCOPES
from shared.base.answers import Answer
from shared.base.components import Component
from shared.base.errors import Problem
from shared.http.api import Endpoint
from shared.http.openapi import document

SERVER = "http://127.0.0.1:8000"
ENDPOINTS = [e for domain in domains() for e in load_app(domain).app.endpoints]
GROUPS = tags(ENDPOINTS)
DOCUMENT = document(ENDPOINTS, SERVER, "0.0.0", GROUPS)
OPERATIONS = [one for path in DOCUMENT["paths"].values() for one in path.values()]
ROUTES = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")


def principal(scopes: dict[str, str], *roles: str, user_id: str | None = "1") -> Principal:
    return Principal(user_id, "client", frozenset(scopes), frozenset(roles), "s", 0, 1)


def key(*scopes: str) -> Principal:
    return Principal(None, "key:1", frozenset(scopes), frozenset(), "key:1", 0, 1, api_key=True)


# What holds each kind of credentials may have at most: an app gets no scope of a session, a
# signature no role.
HOLDERS = {
    "SessionToken": principal(ALL_SCOPES, *ROLE_PERMISSIONS),
    "OAuth2UserToken": principal(GRANTABLE_SCOPES, *ROLE_PERMISSIONS),
    "UserToken": principal(GRANTABLE_SCOPES, "user"),
    "BearerToken": principal({}, user_id=None),
    "ApiKey": key(*KEY_SCOPES),
}


def operation(endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
    return found


def test_the_document_is_valid() -> None:
    from openapi_spec_validator import validate

    validate(json.loads(json.dumps(DOCUMENT)))
    names = [one["operationId"] for one in OPERATIONS]
    assert len(names) == len(set(names)) == len(ENDPOINTS)


@ROUTES
def test_operations_name_every_kind_of_credentials_that_works(endpoint: Endpoint) -> None:
    if endpoint.signed:
        assert operation(endpoint)["security"] == [{"UserToken": []}]
        return
    works = set()
    for name, holder in HOLDERS.items():
        try:
            authorize(holder, endpoint.access)
        except Problem:
            continue
        works.add(name)
    named = {name for one in operation(endpoint)["security"] for name in one}
    assert named == (set() if endpoint.access.public else works)


@ROUTES
def test_operations_name_the_scopes_of_which_one_is_enough_for_a_key(endpoint: Endpoint) -> None:
    if endpoint.access.public or endpoint.signed:
        return
    works = set()
    for scope in KEY_SCOPES:
        try:
            authorize(key(scope), endpoint.access)
        except Problem:
            continue
        works.add(scope)
    options = [one["ApiKey"] for one in operation(endpoint)["security"] if "ApiKey" in one]
    assert sorted(options) == sorted([scope] for scope in works)


def test_schemes_are_those_that_operations_name() -> None:
    named = {name for one in OPERATIONS for option in one["security"] for name in option}
    assert named == set(DOCUMENT["components"]["securitySchemes"]) == set(HOLDERS)


def test_groups_are_described_in_the_order_of_their_operations() -> None:
    used = list(dict.fromkeys(one["tags"][0] for one in OPERATIONS))
    assert set(used) == set(GROUPS) == {one["name"] for one in DOCUMENT["tags"]}
    assert set(TAGS) <= set(used), "a group without routes"
    with pytest.raises(ValueError, match="Tweets"):
        document(ENDPOINTS, SERVER, "0", {name: "" for name in GROUPS if name != "Tweets"})


def test_a_domain_alone_describes_its_own_routes() -> None:
    endpoints = load_app("notifications").app.endpoints
    alone = document(endpoints, SERVER, "0.0.0", tags(endpoints))
    groups = [one["name"] for one in alone["tags"]]
    assert "Segments" in groups and "Tweets" not in groups
    assert "/2" not in alone["info"]["description"] and "/2" in DOCUMENT["info"]["description"]


def test_every_success_has_a_schema_or_no_json_at_all() -> None:
    for one in OPERATIONS:
        for status, response in one["responses"].items():
            for kind, content in response.get("content", {}).items():
                schema = content["schema"]
                assert kind == "text/html" or schema.keys() != {"type"}, (one["summary"], status)


def test_refusals_are_problems() -> None:
    for one in OPERATIONS:
        assert {"400", "429", "default"} <= set(one["responses"])
        assert ("401" in one["responses"]) or not one["security"]
    for response in DOCUMENT["components"]["responses"].values():
        (content,) = response["content"].values()
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_examples_agree_with_their_schemas() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        # The document as a whole is the base of the references in a schema.
        whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        for example in schema.get("examples", ()):
            assert not list(Draft202012Validator(whole).iter_errors(example)), name
            checked += 1
    assert checked >= 4


def test_every_component_is_used_and_operations_explain_themselves() -> None:
    text = json.dumps(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text
    for one in OPERATIONS:
        assert 5 <= len(one["summary"]) <= 60, one["summary"]
        assert one["description"].rstrip().endswith("."), one["summary"]


def test_two_schemas_of_one_name_are_refused() -> None:
    one, other = (Component("Thing", {"type": kind}) for kind in ("string", "integer"))
    endpoint = next(e for e in ENDPOINTS if e.path == "/2/users/me")
    changed = Endpoint(**{**vars(endpoint), "answers": (Answer(one, 200), Answer(other, 201))})
    with pytest.raises(ValueError, match="Thing"):
        document([changed], SERVER, "0", GROUPS)
