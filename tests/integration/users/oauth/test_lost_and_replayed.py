"""Lost answers, replayed codes and forged login forms."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.base.domain import load_app
from shared.base.process import process
from shared.contracts import profiles
from tests.oauth_steps import (
    REDIRECT,
    Browser,
    app,
    authorize_path,
    code_for,
    end_sessions,
    exchange,
    form,
    hidden,
    pkce,
    revoke_elsewhere,
)
from tests.platform import PASSWORD, Answer, Person, Platform

load_app("users")
from chalicelib.users.core.models import USERS
from chalicelib.users.core.token_models import GRANTS
from chalicelib.users.oauth import grants

pytestmark = pytest.mark.integration


@pytest.fixture
def person(platform: Platform) -> Person:
    return platform.register()


@pytest.fixture
def client(person: Person) -> dict[str, Any]:
    return app(person)


def tokens_of(platform: Platform, person: Person, client: dict[str, Any]) -> dict[str, Any]:
    code, verifier = code_for(platform, person, client)
    answer: dict[str, Any] = exchange(platform, client["client_id"], code, verifier).json()
    return answer


def refresh(platform: Platform, client: dict[str, Any], token: str) -> Answer:
    return form(
        platform,
        "/2/oauth2/token",
        {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": client["client_id"],
        },
    )


def reads(platform: Platform, token: str) -> int:
    return platform.call("GET", "/2/users/me", token=token).status


def writes(platform: Platform, token: str) -> int:
    # The body is refused, after the token: 400 for one that holds.
    return platform.call("POST", "/2/tweets", {}, token=token).status


def test_a_lost_refresh_answer_comes_again(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    first = tokens_of(platform, person, client)
    fresh = refresh(platform, client, first["refresh_token"]).json()
    with process.clock.ahead(30):
        again = refresh(platform, client, first["refresh_token"])
        assert again.status == 200
        for name in ("access_token", "refresh_token", "scope"):
            assert again.json()[name] == fresh[name]
        assert again.json()["expires_in"] <= fresh["expires_in"] - 30
    assert reads(platform, fresh["access_token"]) == 200
    # The session goes on from there.
    assert refresh(platform, client, fresh["refresh_token"]).status == 200


def test_only_the_last_token_is_answered_again(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    first = tokens_of(platform, person, client)
    second = refresh(platform, client, first["refresh_token"]).json()
    third = refresh(platform, client, second["refresh_token"]).json()
    # Its answer has been used: whoever sends it now has a copy.
    assert refresh(platform, client, first["refresh_token"]).status == 400
    assert refresh(platform, client, third["refresh_token"]).status == 400
    assert reads(platform, third["access_token"]) == 401


def test_another_client_gets_no_answer_again(platform: Platform, person: Person) -> None:
    client, other = app(person), app(person)
    first = tokens_of(platform, person, client)
    fresh = refresh(platform, client, first["refresh_token"]).json()
    assert refresh(platform, other, first["refresh_token"]).status == 400
    # Nor can it end the session.
    assert refresh(platform, client, fresh["refresh_token"]).status == 200


def test_requests_with_one_token_get_one_answer(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    first = tokens_of(platform, person, client)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: refresh(platform, client, first["refresh_token"]), range(8))
        )
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len({answer.json()["access_token"] for answer in answers}) == 1


def test_the_table_holds_no_refresh_token(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    first = tokens_of(platform, person, client)
    fresh = refresh(platform, client, first["refresh_token"]).json()
    session_id, _, secret = fresh["refresh_token"].partition(".")
    stored = repr(GRANTS.get({"key": f"{grants.SESSION}{session_id}"}))
    assert secret not in stored
    assert fresh["access_token"].rpartition(".")[2] not in stored


def test_a_replayed_code_ends_what_it_opened(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    code, verifier = code_for(platform, person, client)
    first = exchange(platform, client["client_id"], code, verifier).json()
    assert reads(platform, first["access_token"]) == 200
    with process.clock.ahead(grants.CODE_SECONDS + 60):
        again = exchange(platform, client["client_id"], code, verifier)
        assert (again.status, again.json()["error"]) == (400, "invalid_grant")
    assert reads(platform, first["access_token"]) == 401
    assert refresh(platform, client, first["refresh_token"]).status == 400


def test_a_code_opens_one_session_however_many_ask(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    code, verifier = code_for(platform, person, client)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(
                lambda _: exchange(platform, client["client_id"], code, verifier).status, range(8)
            )
        )
    # All the others were replays, so the one that won has ended as well.
    assert statuses.count(200) <= 1
    held = grants.keys_of(person.id, grants.SESSION)
    sessions = [GRANTS.get({"key": key}) for key in held]
    assert not [one for one in sessions if one and one["client_id"] == client["client_id"]]


def test_the_login_form_works_in_its_own_browser_only(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    path = authorize_path(client["client_id"], pkce()[1])
    mine, theirs = Browser(platform), Browser(platform)
    typed = {"login": person.username, "password": PASSWORD}
    stolen = hidden(theirs.get(path).body.decode())
    bare = {name: value for name, value in stolen.items() if name != "csrf"}
    mine.get(path)
    for fields in (stolen, bare, {**stolen, "csrf": ""}):
        refused = mine.post("/i/oauth2/login", {**fields, **typed})
        assert refused.status == 403
        assert "rookery_authorize" not in mine.cookies
    # The page that says so has a form that works.
    assert mine.post("/i/oauth2/login", {**hidden(refused.body.decode()), **typed}).status == 302
    assert theirs.post("/i/oauth2/login", {**stolen, **typed}).status == 302


@pytest.mark.parametrize("page", ["login", "authorize"])
def test_no_page_names_an_address_that_was_not_validated(
    platform: Platform, person: Person, client: dict[str, Any], page: str
) -> None:
    fields = hidden(
        Browser(platform).get(authorize_path(client["client_id"], pkce()[1])).body.decode()
    )
    for uri in ("https://evil.example/cb", f"{REDIRECT} ; script-src *", "https://a b;x/"):
        values = {**fields, "redirect_uri": uri, "login": person.username, "password": "x"}
        answer = Browser(platform).post(f"/i/oauth2/{page}", values)
        assert answer.status == 400
        policy = answer.headers["content-security-policy"]
        assert policy.endswith("form-action 'self'")


def test_another_processes_revocation_stops_writes_within_a_second(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    token = tokens_of(platform, person, client)["access_token"]
    assert (reads(platform, token), writes(platform, token)) == (200, 400)
    revoke_elsewhere(person)
    with process.clock.ahead(1.1):
        assert writes(platform, token) == 401


def test_another_processes_revocation_stops_reads_within_ten_seconds(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    token = tokens_of(platform, person, client)["access_token"]
    assert reads(platform, token) == 200
    revoke_elsewhere(person)
    with process.clock.ahead(10.1):
        assert reads(platform, token) == 401


def test_no_consent_outlives_the_login_that_gave_it(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    (verifier, challenge), browser = pkce(), Browser(platform)
    page = browser.log_in(authorize_path(client["client_id"], challenge), person)
    values = {**hidden(page.body.decode()), "decision": "allow"}
    end_sessions(person)
    # The request of a second, before the revocation is known: what it opens ends all the same.
    sent = browser.post("/i/oauth2/authorize", values).headers["location"]
    code = parse_qs(urlsplit(sent).query)["code"][0]
    opened = exchange(platform, client["client_id"], code, verifier).json()
    assert refresh(platform, client, opened["refresh_token"]).status == 400
    revoke_elsewhere(person)
    with process.clock.ahead(1.1):
        assert reads(platform, opened["access_token"]) == 200, "a read may be ten seconds behind"
        refused = browser.post("/i/oauth2/authorize", values)
        assert (refused.status, b"Log in to Rookery" in refused.body) == (200, True)
        assert reads(platform, opened["access_token"]) == 401


def test_a_developers_tokens_are_as_old_as_the_login(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    path = f"/1/apps/{client['id']}/tokens"
    made = person.ok("POST", path, {})["data"]
    assert reads(platform, made["oauth2_access_token"]) == 200
    end_sessions(person)
    assert refresh(platform, client, made["oauth2_refresh_token"]).status == 400
    # The caller's own token is not known to be revoked yet.
    assert person.call("POST", path, {}).status == 401


def test_a_token_without_its_account_writes_nothing(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    token = tokens_of(platform, person, client)["access_token"]
    assert writes(platform, token) == 400
    # Without a word, as when an older state comes back.
    USERS.delete({"id": person.id})
    profiles.forget(person.id)
    with process.clock.ahead(301):
        assert reads(platform, token) == 404
        assert writes(platform, token) == 401


def test_consent_without_a_login_asks_for_one(
    platform: Platform, person: Person, client: dict[str, Any]
) -> None:
    shown = Browser(platform).get(authorize_path(client["client_id"], pkce()[1]))
    values = {**hidden(shown.body.decode()), "decision": "allow"}
    asked = Browser(platform).post("/i/oauth2/authorize", values)
    assert (asked.status, b"Log in to Rookery" in asked.body) == (200, True)
    other = person.ok("GET", f"/1.1/users/lookup.json?screen_name={person.username}")
    assert [one["id_str"] for one in other] == [person.id]
