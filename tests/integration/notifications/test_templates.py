"""Templates over HTTP: drafts, versions, previews and what is refused."""

import secrets

import pytest

from shared.base.config import settings
from tests.integration.users.moderation.test_moderation import staff
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 50}},
    "additionalProperties": False,
}
ENGLISH = {"title": "Hello {{ name }}", "text": "Dear {{ name }}", "html": "<p>{{ name }}</p>"}


@pytest.fixture(scope="module")
def admin(platform: Platform) -> Person:
    return staff(platform, "admin")


@pytest.fixture
def path() -> str:
    return f"/1/templates/t-{secrets.token_hex(6)}"


def test_a_draft_is_seen_published_and_kept_by_version(admin: Person, path: str) -> None:
    body = {"locales": {"en": ENGLISH}, "schema": SCHEMA}
    draft = admin.ok("PUT", path, body)["data"]
    assert draft["locales"] == body["locales"] and "version" not in draft
    assert admin.ok("GET", path)["data"] == draft
    shown = admin.ok("POST", f"{path}/preview", {"data": {"name": "<b>Bo</b>"}})["data"]
    assert shown == {
        "locale": "en",
        "title": "Hello <b>Bo</b>",
        "text": "Dear <b>Bo</b>",
        "html": "<p>&lt;b&gt;Bo&lt;/b&gt;</p>",
    }
    first = admin.ok("POST", f"{path}/publish")["data"]
    assert first["version"] == 1 and "draft_at" not in first
    german = {"title": "Hallo {{ name }}", "text": "Liebe {{ name }}"}
    admin.ok("PUT", path, {**body, "locales": {"en": ENGLISH, "de": german}})
    locale = {"locale": "de-CH", "data": {"name": "Bo"}}
    assert admin.ok("POST", f"{path}/preview", locale)["data"]["title"] == "Hallo Bo"
    old = admin.ok("POST", f"{path}/preview", {**locale, "version": 1})["data"]
    assert (old["title"], old["locale"]) == ("Hello Bo", "en")
    assert admin.ok("POST", f"{path}/publish")["data"]["version"] == 2
    assert set(admin.ok("GET", f"{path}?version=1")["data"]["locales"]) == {"en"}
    assert set(admin.ok("GET", path)["data"]["locales"]) == {"en", "de"}
    name = path.rpartition("/")[2]
    (listed,) = [one for one in admin.ok("GET", "/1/templates")["data"] if one["name"] == name]
    assert listed["version"] == 2


def test_what_is_not_there_and_who_may_not(platform: Platform, admin: Person, path: str) -> None:
    for method, where in (("GET", path), ("POST", f"{path}/publish"), ("POST", f"{path}/preview")):
        assert admin.call(method, where, {} if method == "POST" else None).status == 404
    admin.ok("PUT", path, {"locales": {"en": ENGLISH}})
    admin.ok("POST", f"{path}/publish")
    assert admin.call("POST", f"{path}/publish").status == 409
    assert admin.call("GET", f"{path}?version=7").status == 404
    ordinary = platform.register()
    for method, where in (("GET", "/1/templates"), ("GET", path), ("PUT", path)):
        body = {"locales": {"en": ENGLISH}} if method == "PUT" else None
        assert ordinary.call(method, where, body).status == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"locales": {}},
        {"locales": {"en": {"title": "t"}}},
        {"locales": {"english": ENGLISH}},
        {"locales": {"de": ENGLISH}},
        {"locales": {"en": {**ENGLISH, "text": "{{ other }}"}}, "schema": SCHEMA},
        {"locales": {"en": {**ENGLISH, "text": "{{ name"}}},
        {"locales": {"en": {**ENGLISH, "text": "{% macro a() %}{% endmacro %}"}}},
        {"locales": {"en": {**ENGLISH, "text": "x" * 64_001}}},
        {"locales": {"en": ENGLISH}, "schema": {"type": "strings"}},
    ],
)
def test_a_template_that_cannot_be_used_is_not_stored(admin: Person, path: str, body: dict) -> None:
    refused = admin.call("PUT", path, body)
    assert refused.status == 400, refused.body
    assert refused.json()["errors"][0]["message"]
    assert admin.call("GET", path).status == 404


@pytest.mark.parametrize("data", [{}, {"name": 1}, {"name": "x", "more": 1}, {"name": "x" * 51}])
def test_a_preview_tells_what_is_wrong_with_the_data(admin: Person, path: str, data: dict) -> None:
    admin.ok("PUT", path, {"locales": {"en": ENGLISH}, "schema": SCHEMA})
    assert admin.call("POST", f"{path}/preview", {"data": data}).status == 400


def test_an_endless_loop_ends(admin: Person, path: str) -> None:
    loops = "{% for a in range(999) %}" * 6 + "{% endfor %}" * 6
    admin.ok("PUT", path, {"locales": {"en": {**ENGLISH, "text": loops}}})
    refused = admin.call("POST", f"{path}/preview", {"data": {"name": "x"}})
    assert refused.status == 400 and b"steps" in refused.body


def test_names_are_plain(admin: Person) -> None:
    assert admin.call("PUT", "/1/templates/No%20Name", {"locales": {"en": ENGLISH}}).status == 400


def test_an_outside_caller_sends_a_template(platform: Platform, admin: Person, path: str) -> None:
    name, word = path.rpartition("/")[2], secrets.token_hex(4)
    scopes = ["notifications.write", "notifications.read", "templates.write"]
    made = admin.ok("POST", "/1/api_keys", {"name": word, "scopes": scopes})["data"]
    key = Person("", "", "", made["key"], platform)
    body = {"locales": {"en": ENGLISH, "de": {**ENGLISH, "title": "Hallo {{ name }}"}}}
    key.ok("PUT", path, {**body, "schema": SCHEMA})
    key.ok("PUT", f"/1/contacts/{word}", {"email": f"{word}@example.com", "locale": "de-AT"})
    request = {"to": word, "template": name, "data": {"name": "<Bo>"}}
    assert key.call("POST", "/1/notifications", request).status == 400, "not published"
    key.ok("POST", f"{path}/publish")
    for data in ({}, {"name": 1}, {"name": "x", "more": 1}):
        wrong = {**request, "data": data}
        assert key.call("POST", "/1/notifications", wrong).status == 400
    key.ok("POST", "/1/notifications", request)
    # What was accepted keeps its version.
    key.ok("PUT", path, {"locales": {"en": {"title": "Other", "text": "Other"}}})
    key.ok("POST", f"{path}/publish")
    platform.settle()
    (mail,) = platform.mails(f"{word}@example.com")
    assert mail["Subject"] == "Hallo <Bo>"
    assert "<p>&lt;Bo&gt;</p>" in mail["BodyHtml"]
    # Another caller has templates of its own.
    assert admin.call("GET", path).status == 404


def test_a_template_fills_the_inbox(platform: Platform, admin: Person, path: str) -> None:
    admin.ok("PUT", path, {"locales": {"en": {**ENGLISH, "url": "/tea/{{ name }}"}}})
    admin.ok("POST", f"{path}/publish")
    person = platform.register()
    platform.settle()
    name, channels = path.rpartition("/")[2], ["inbox", "email"]
    request = {"to": person.id, "template": name, "data": {"name": "Bo"}, "channels": channels}
    admin.ok("POST", "/1/notifications", request)
    platform.settle()
    (entry,) = person.ok("GET", "/1/notifications/inbox")["data"]
    link = f"{settings().public_url}/tea/Bo"
    assert (entry["title"], entry["text"], entry["url"]) == ("Hello Bo", "Dear Bo", link)
    # Without a schema: what one locale needs is missing, so only the other may be asked for.
    german = {"title": "Hallo {{ name }}", "text": "{{ greeting }}"}
    admin.ok("PUT", path, {"locales": {"en": ENGLISH, "de": german}})
    admin.ok("POST", f"{path}/publish")
    refused = admin.call("POST", "/1/notifications", request)
    assert refused.status == 400 and b"de, text" in refused.body
    admin.ok("POST", "/1/notifications?dry_run=true", {**request, "locale": "en"})
    (mail,) = [one for one in platform.mails(person.email) if one["Subject"] == "Hello Bo"]
    assert link in mail["BodyText"] and f'href="{link}"' in mail["BodyHtml"]
