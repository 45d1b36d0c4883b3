"""Rate limits that processes share: requests granted, and their price."""

import dataclasses
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.auth.authentication import WEB_CLIENT_ID, Principal
from shared.auth.scopes import user_access
from shared.aws import sdk
from shared.aws.table import Table
from shared.base.clock import now_seconds
from shared.base.errors import Problem
from shared.base.process import process
from shared.http import rate_limit
from shared.http.api import Endpoint
from shared.http.rate_limit import WINDOW_SECONDS, RateLimits, Window
from tests.platform import Platform

pytestmark = pytest.mark.integration

LIMITS = RateLimits()
TABLE: Table[Any] = Table("rookery-dev-users-limits", "key", best_effort=True)
ENDPOINT = Endpoint(
    "POST", "/2/tweets", lambda call: None, user_access("tweet.write"), "Tweets", "Post", 201,
    {}, None, False, 100, (), app_limit=10_000, domain="users",
)  # fmt: skip


def granted(limit: int, processes: int, requests: int, threads: int = 4) -> int:
    """Count the requests that several processes grant, all at once."""
    key, end = f"test#{secrets.token_hex(8)}", now_seconds() + 3600
    windows = [Window(limit) for _ in range(processes)]

    def ask(number: int) -> bool:
        window = windows[number % processes]
        with window.lock:
            return window.spend(TABLE, key, end)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(ask, range(requests)))


@pytest.mark.parametrize("limit", [1, 10, LIMITS.exact])
def test_small_limits_are_exact(platform: Platform, limit: int) -> None:
    assert granted(limit, processes=3, requests=limit * 2 + 4) == limit


def test_large_limits_have_a_small_slack(platform: Platform) -> None:
    limit, processes = 300, 4
    through = granted(limit, processes, requests=500)
    assert limit * 0.9 <= through <= limit + processes * (limit // LIMITS.unasked)


def test_one_process_alone_never_exceeds_the_limit(platform: Platform) -> None:
    assert granted(120, processes=1, requests=200) == 120


class Calls:
    """Counter of updates of limits tables; `fail` throttles them."""

    def __init__(self) -> None:
        self.count, self.fail = 0, False

    def __call__(self, params: dict[str, Any], **_: Any) -> None:
        if params.get("TableName", "").endswith("-limits"):
            self.count += 1
            if self.fail:
                code = {"Code": "ThrottlingException", "Message": "slow down"}
                raise ClientError({"Error": code}, "UpdateItem")


@pytest.fixture
def moment() -> Iterator[int]:
    """Move to the middle of a window: none begins during the test."""
    wait = (WINDOW_SECONDS // 2 - now_seconds()) % WINDOW_SECONDS
    with process.clock.ahead(wait):
        process.reset()
        yield now_seconds()


@pytest.fixture
def as_documented() -> Iterator[None]:
    """Grant X's limits as they are."""
    with process.limited(RateLimits(multiplier=1)):
        yield


@pytest.fixture
def calls(platform: Platform) -> Any:
    found = Calls()
    event = "provide-client-params.dynamodb.UpdateItem"
    events = sdk.client("dynamodb", best_effort=True).meta.events
    events.register(event, found)
    yield found
    events.unregister(event, found)


def test_whoever_asks_little_costs_nothing(platform: Platform, calls: Calls) -> None:
    assert granted(900, processes=2, requests=18) == 18
    assert calls.count == 0


def test_a_slice_is_one_call(platform: Platform, calls: Calls) -> None:
    assert granted(2000, processes=1, requests=500) == 500
    assert calls.count <= 8


def test_a_table_that_cannot_be_asked_leaves_each_process_alone(
    platform: Platform, calls: Calls, moment: int
) -> None:
    calls.fail = True
    assert granted(30, processes=1, requests=40) == 30
    assert granted(10, processes=2, requests=40) == 20
    # One failure, then it is left alone for a while.
    assert calls.count == 3


def test_the_headers_and_the_problem(platform: Platform, as_documented: None, moment: int) -> None:
    person = platform.register()
    path = "/1/accounts/me/username"
    process.reset()
    first = person.call("POST", "/1/sessions")
    assert first.headers["x-rate-limit-limit"] == "300"
    assert int(first.headers["x-rate-limit-remaining"]) == 299
    limit = None
    for _ in range(40):
        # Every request reaches a process that has just started.
        process.reset()
        answer = person.call("PUT", path, {})
        if answer.status == 429:
            break
        limit = int(answer.headers["x-rate-limit-limit"])
    assert limit is not None and limit <= LIMITS.exact
    assert answer.status == 429 and answer.headers["x-rate-limit-remaining"] == "0"
    assert 0 < int(answer.headers["x-rate-limit-reset"]) - moment <= WINDOW_SECONDS
    assert answer.json()["title"] == "Too Many Requests"


def test_an_app_has_a_day_and_an_address_a_window_for_all_users(
    platform: Platform, as_documented: None, calls: Calls, moment: int
) -> None:
    domain, app = f"users-{secrets.token_hex(4)}", secrets.token_hex(8)
    # A table that is not there: every process counts alone.
    endpoint = dataclasses.replace(ENDPOINT, domain=domain, app_limit=30)

    def take(number: int, client_id: str, address: str = "192.0.2.1") -> None:
        principal = Principal(
            f"{client_id}{number}", client_id, frozenset(), frozenset(), "s", 1, 1
        )
        rate_limit.take(principal, address, endpoint)

    for number in range(30):
        take(number, app)
    with pytest.raises(Problem) as refused:
        take(30, app)
    assert refused.value.status == 429
    day = int(refused.value.headers["x-rate-limit-reset"])
    assert day % rate_limit.DAY_SECONDS == 0 and day > moment
    # Another app goes on, and the users of our own client have no app's limit.
    take(31, "another")
    for number in range(40):
        take(number, WEB_CLIENT_ID)
    with process.limited(RateLimits(multiplier=1, address=50)):
        for number in range(50):
            take(number, WEB_CLIENT_ID, "2001:db8::1")
        with pytest.raises(Problem):
            take(50, WEB_CLIENT_ID, "2001:db8::2")
        take(51, WEB_CLIENT_ID, "2001:db8:1::")


def test_our_own_client_polls_more_often_and_apart_from_the_users_apps(
    platform: Platform, as_documented: None, moment: int
) -> None:
    domain, user_id = f"users-{secrets.token_hex(4)}", secrets.token_hex(8)
    endpoint = dataclasses.replace(ENDPOINT, domain=domain, limit=30, app_limit=0, own_limit=60)
    for client_id, limit in ((WEB_CLIENT_ID, 60), ("an app", 30)):
        principal = Principal(user_id, client_id, frozenset(), frozenset(), "s", 1, 1)
        for _ in range(limit):
            headers = rate_limit.take(principal, "192.0.2.1", endpoint)
        assert headers["x-rate-limit-limit"] == str(limit)
        with pytest.raises(Problem):
            rate_limit.take(principal, "192.0.2.1", endpoint)


def test_the_buckets_of_a_warm_process_ask_nothing(
    platform: Platform, as_documented: None, calls: Calls, moment: int
) -> None:
    app = secrets.token_hex(8)
    for number in range(90):
        principal = Principal(f"{app}{number}", app, frozenset(), frozenset(), "s", 1, 1)
        rate_limit.take(principal, "198.51.100.7", ENDPOINT)
    assert calls.count == 0
