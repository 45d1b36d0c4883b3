"""Names, passwords and addresses in odd characters and spellings."""

import secrets
import unicodedata
from typing import Any

import pytest
from argon2 import PasswordHasher

from scripts.base.domain import load_app
from tests.platform import PASSWORD, Person, Platform

load_app("users")
from chalicelib.users.accounts.passwords import check_password

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def ada(platform: Platform) -> Person:
    return platform.register(verify=True)


WRONG = ["\u200b", "\u3164", "\x07x", "A\r\nB"]


@pytest.mark.parametrize("text", WRONG)
def test_every_name_that_shows_nothing_or_controls_is_refused(ada: Person, text: str) -> None:
    poll = {"options": ["yes", text], "duration_minutes": 5}
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        ("PATCH", "/1/accounts/me", {"name": text}),
        *([("PATCH", "/1/accounts/me", {"url": f"https://{text}"})] if text.isascii() else []),
        ("POST", "/2/lists", {"name": text}),
        ("POST", f"/2/users/{ada.id}/bookmarks/folders", {"name": text}),
        ("POST", "/2/tweets", {"text": "which?", "poll": poll}),
        ("POST", "/1/notifications", {"user_id": ada.id, "title": text, "text": "x"}),
    ]
    for method, path, body in bodies:
        answer = ada.call(method, path, body)
        assert answer.status == 400, (path, answer.body)


def test_texts_are_stored_clean(ada: Person) -> None:
    body = {"name": " Zoe\u0308\u200b ", "description": "one\r\ntwo\u202e", "location": "\u3164"}
    body["url"] = "https://example.org/\u202egpj.exe"
    ada.ok("PATCH", "/1/accounts/me", body)
    fields = "user.fields=description,location,url"
    shown = ada.ok("GET", f"/2/users/me?{fields}")["data"]
    assert (shown["name"], shown["description"]) == ("Zoë", "one\ntwo")
    assert not shown.get("location")
    assert "\u202e" not in shown["url"]


def test_a_password_is_one_however_it_is_typed(platform: Platform) -> None:
    name = f"u{secrets.token_hex(5)}"
    password = "pässwörter für\u00a0Ada 한글"
    spellings = [unicodedata.normalize(form, password) for form in ("NFC", "NFD")]
    assert len(set(spellings)) == 2
    body = {"username": name, "name": "A", "email": f"{name}@example.com", "password": spellings[1]}
    assert platform.call("POST", "/1/accounts", body).status == 201
    for typed in (*spellings, password.replace("\u00a0", " ")):
        answer = platform.call("POST", "/1/sessions", {"login": name, "password": typed})
        assert answer.status == 201, typed
    wrong = {"login": name, "password": password.replace("ä", "a")}
    assert platform.call("POST", "/1/sessions", wrong).status == 401


def test_hashes_from_before_the_rule_still_match() -> None:
    typed = unicodedata.normalize("NFD", "pässwörter")
    former = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(typed)
    assert check_password(former, typed)
    assert not check_password(former, "pässwörter")


def test_both_spellings_of_a_domain_are_one_address(platform: Platform) -> None:
    label = f"bücher{secrets.token_hex(4)}"
    ascii_domain = f"xn--{label.encode('punycode').decode()}.example"
    name, address = f"u{secrets.token_hex(5)}", f"someone@{label}.example"
    body = {"username": name, "name": "A", "email": address, "password": PASSWORD}
    assert platform.call("POST", "/1/accounts", body).status == 201
    other = {**body, "username": f"v{name[1:]}", "email": f"someone@{ascii_domain}"}
    assert platform.call("POST", "/1/accounts", other).status == 409
    for login in (address, other["email"], address.upper(), unicodedata.normalize("NFD", address)):
        answer = platform.call("POST", "/1/sessions", {"login": login, "password": PASSWORD})
        assert answer.status == 201, login
    platform.settle()
    # SES takes domains in Punycode only, and nothing of the kind before the @.
    assert [mail["Subject"] for mail in platform.mails(f"someone@{ascii_domain}")]
    refused = platform.call("POST", "/1/accounts", {**body, "email": f"jörg@{ascii_domain}"})
    assert refused.status == 400
    assert b"before the @-sign" in refused.body
    assert not platform.mails(address)
