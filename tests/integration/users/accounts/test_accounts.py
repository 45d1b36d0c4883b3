"""Addresses, names and leaving, and their misuses."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from shared.aws import sdk
from shared.base.process import process
from tests.account_steps import log_in, refresh, signed, token_from
from tests.faults import Killed, intercepted
from tests.oauth_steps import app
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration


def test_verification_can_be_sent_again_but_not_at_once(platform: Platform) -> None:
    person = platform.register()
    first = token_from(platform, person.email, "Confirm your email")
    soon = person.call("POST", "/1/accounts/verification")
    assert soon.status == 429
    assert 0 < int(soon.headers["retry-after"]) <= 60
    with process.clock.ahead(61):
        assert person.call("POST", "/1/accounts/verification").status == 202
    second = token_from(platform, person.email, "Confirm your email")
    assert second != first
    assert platform.call("POST", "/1/accounts/verify", {"token": first}).status == 400
    assert platform.call("POST", "/1/accounts/verify", {"token": second}).status == 200
    assert person.call("POST", "/1/accounts/verification").status == 409


def test_a_new_name_is_taken_and_the_old_one_leads_nowhere(platform: Platform) -> None:
    person, other = platform.register(), platform.register()
    old, new = person.username, f"n{secrets.token_hex(5)}"
    path = "/1/accounts/me/username"
    assert person.call("PUT", path, {"username": other.username.upper()}).status == 409
    assert person.call("PUT", path, {"username": "admin"}).status == 409
    assert person.call("PUT", path, {"username": new, "id": "1"}).status == 400
    person.ok("PUT", path, {"username": new})
    assert person.ok("GET", f"/2/users/by/username/{new}")["data"]["id"] == person.id
    assert person.call("GET", f"/2/users/by/username/{old}").status == 404
    assert log_in(platform, person).status == 401
    # Reserved for its owner: nobody else gets it, by change or by registration.
    assert other.call("PUT", path, {"username": old}).status == 409
    body = {"username": old, "name": "x", "email": f"{old}-2@example.com", "password": PASSWORD}
    assert platform.call("POST", "/1/accounts", body).status == 409
    person.ok("PUT", path, {"username": old})
    assert log_in(platform, person).status == 201
    person.ok("PUT", path, {"username": old.upper()})
    assert person.ok("GET", "/2/users/me")["data"]["username"] == old.upper()


def test_one_of_many_racing_renames_wins(platform: Platform) -> None:
    people, name = [platform.register() for _ in range(5)], f"r{secrets.token_hex(5)}"

    def rename(person: Person) -> int:
        return person.call("PUT", "/1/accounts/me/username", {"username": name}).status

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(rename, people)) == [200, 409, 409, 409, 409]


def test_a_reservation_ends(platform: Platform) -> None:
    person, other = platform.register(), platform.register()
    name = person.username
    path = "/1/accounts/me/username"
    person.ok("PUT", path, {"username": f"q{secrets.token_hex(5)}"})
    days = 24 * 3600
    for later, status in ((29 * days, 409), (31 * days, 200)):
        with process.clock.ahead(later):
            token = signed(other)
            assert platform.call("PUT", path, {"username": name}, token=token).status == status
    assert other.ok("GET", f"/2/users/by/username/{name}")["data"]["id"] == other.id


def test_an_address_changes_only_when_the_new_one_is_proved(platform: Platform) -> None:
    person, other = platform.register(verify=True), platform.register()
    new = f"{secrets.token_hex(5)}@example.com"
    path = "/1/accounts/me/email"
    assert person.call("PUT", path, {"email": new, "password": "wrong"}).status == 403
    assert person.call("PUT", path, {"email": new, "password": PASSWORD}).status == 202
    token = token_from(platform, new, "new email address")
    assert log_in(platform, person).status == 201
    by_new = {"login": new, "password": PASSWORD}
    by_old = {"login": person.email, "password": PASSWORD}
    assert platform.call("POST", "/1/sessions", by_new).status == 401
    for _ in range(2):
        assert platform.call("POST", "/1/accounts/verify", {"token": token}).status == 200
    assert platform.call("POST", "/1/sessions", by_new).status == 201
    assert platform.call("POST", "/1/sessions", by_old).status == 401
    # From now on mails go there; the old address stays reserved while the change may be undone.
    platform.settle()
    other.follow(person)
    platform.settle()
    assert any("follows you" in mail["Subject"] for mail in platform.mails(new))
    body = {"username": f"f{secrets.token_hex(5)}", "name": "x", "password": PASSWORD}
    assert platform.call("POST", "/1/accounts", {**body, "email": person.email}).status == 409


def test_an_address_in_use_is_told_only_to_who_reads_its_mail(platform: Platform) -> None:
    person, other = platform.register(), platform.register()
    body = {"email": other.email, "password": PASSWORD}
    assert person.call("PUT", "/1/accounts/me/email", body).status == 202
    token = token_from(platform, other.email, "new email address")
    assert platform.call("POST", "/1/accounts/verify", {"token": token}).status == 409
    assert platform.call(
        "POST", "/1/sessions", {"login": other.email, "password": PASSWORD}
    ).json()["data"]
    forged = token.replace("new-", "", 1)
    assert platform.call("POST", "/1/accounts/verify", {"token": forged}).status == 400


def leave(person: Person) -> None:
    person.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})


def test_a_deactivated_account_is_invisible_and_a_login_restores_it(platform: Platform) -> None:
    person, other = platform.register(), platform.register()
    other.follow(person)
    platform.settle()
    tweet_id = person.tweet("I may go")
    assert person.call("DELETE", "/1/accounts/me", {"password": "wrong"}).status == 403
    session = log_in(platform, person).json()["data"]
    leave(person)
    platform.settle()
    # As in a process that has just begun, and knows what it reads.
    process.reset()
    assert other.home() == []
    assert person.call("GET", "/2/users/me").status == 401
    assert refresh(platform, session["refresh_token"]).status == 400
    assert other.call("GET", f"/2/users/{person.id}").status == 404
    assert other.call("GET", f"/2/users/by/username/{person.username}").status == 404
    path = f"/2/users/{other.id}/following"
    assert other.call("POST", path, {"target_user_id": person.id}).status == 404
    assert log_in(platform, person, "wrong").status == 401
    assert other.call("GET", f"/2/users/{person.id}").status == 404
    token = log_in(platform, person).json()["data"]["access_token"]
    assert platform.call("GET", "/2/users/me", token=token).status == 200
    assert other.call("GET", f"/2/users/{person.id}").status == 200
    process.reset()
    assert other.home() == [tweet_id]
    assert person.call("GET", "/2/users/me").status == 401


def remove(platform: Platform) -> int:
    pump = next(pump for pump in platform.pumps if pump.domain == "users")
    removed: int = pump.fire("remove_accounts")
    return removed


@contextmanager
def grace_over() -> Iterator[None]:
    """No account may return: the daily removal takes all that are deactivated."""
    from chalicelib.users.leaving.departures import DepartureLimits

    with process.limited(DepartureLimits(grace_ms=-1000)):
        yield


@pytest.fixture
def nobody_left(platform: Platform) -> None:
    """Remove accounts of other tests, so that removals can be counted."""
    with grace_over():
        remove(platform)
        platform.settle()


def test_after_thirty_days_everything_is_erased(platform: Platform, nobody_left: None) -> None:
    from chalicelib.notifications.contacts import directory

    person, other = platform.register(), platform.register()
    client = app(person)
    other.follow(person)
    platform.settle()
    assert person.ok("GET", "/1/notifications/inbox")["data"]
    leave(person)
    assert remove(platform) == 0
    with grace_over():
        # Nobody returns, even before the daily removal.
        assert log_in(platform, person).status == 401
        assert remove(platform) == 1
        platform.settle()
    assert log_in(platform, person).status == 401
    assert other.call("GET", f"/2/users/{person.id}").status == 404
    assert platform.call("GET", f"/2/users/{other.id}", token=client["bearer_token"]).status == 401
    assert directory.store().find(person.id) is None
    dynamodb = sdk.client("dynamodb")
    for domain, table in (
        ("users", "accounts"), ("users", "grants"), ("users", "clients"),
        ("notifications", "inbox"), ("notifications", "counters"),
    ):  # fmt: skip
        items = str(dynamodb.scan(TableName=f"rookery-dev-{domain}-{table}")["Items"])
        for trace in (person.email, person.username, f"'{person.id}'"):
            assert trace not in items, table
    tombstone = dynamodb.get_item(
        TableName="rookery-dev-users-users", Key={"id": {"S": person.id}}
    )["Item"]
    assert tombstone["status"] == {"S": "deleted"}
    assert person.username not in str(tombstone)
    # Name and address are free again.
    body = {"username": person.username, "name": "x", "email": person.email, "password": PASSWORD}
    assert platform.call("POST", "/1/accounts", body).status == 201
    with grace_over():
        assert remove(platform) == 0


def test_who_returns_in_time_is_not_removed(platform: Platform) -> None:
    person = platform.register()
    leave(person)
    assert log_in(platform, person).status == 201
    assert remove(platform) == 0
    assert log_in(platform, person).status == 201


def test_a_removal_that_died_half_way_is_finished(platform: Platform, nobody_left: None) -> None:
    from chalicelib.users.core.token_models import GRANTS
    from chalicelib.users.leaving import departures

    def die(request: dict[str, Any]) -> None:
        if request["TableName"] == GRANTS.name:
            raise Killed

    person = platform.register()
    leave(person)
    failed = pytest.raises(departures.RemovalFailed)
    with grace_over(), intercepted("dynamodb", "Query", die), failed:
        remove(platform)
    assert log_in(platform, person).status == 401
    with grace_over():
        assert remove(platform) == 1
