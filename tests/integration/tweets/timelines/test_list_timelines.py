"""Timelines of lists: delivered like homes, at any number of members."""

from typing import Any

import pytest

from bench import fixtures
from bench.meter import Meter, Request
from scripts.checks.permissions import running
from shared.aws import dynamo
from shared.base import ids as snowflakes
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.tweets.timelines.test_fanout import entries
from tests.integration.tweets.timelines.test_lists import add, make
from tests.integration.tweets.tweets_support import block, ids
from tests.platform import Person, Platform
from tests.remembering import remembering

pytestmark = pytest.mark.integration

MEMBERS = 5_000


def test_members_tweets_are_pushed_to_a_list_that_is_read(
    platform: Platform, at_once: None
) -> None:
    from chalicelib.tweets.heads import delivery_modes

    owner, member, other = (platform.register() for _ in range(3))
    list_id = make(owner)
    path, reader = f"/2/lists/{list_id}/tweets", f"list#{list_id}"
    add(owner, list_id, member, other)
    unread = member.tweet("before anybody looks")
    platform.settle()
    assert entries(reader) == []
    assert ids(owner, path) == [unread]
    tweets = [member.tweet("pushed"), other.tweet("pushed, too")]
    platform.settle()
    assert [str(entry["position"]) for entry in entries(reader)] == tweets
    assert ids(owner, path) == [*tweets[::-1], unread]
    # Pulled, pushed to frequent readers, deleted, edited lists of members: all the same.
    for mode in ("pull", "frequent"):
        delivery_modes.switch(member.id, mode)
        tweets.append(member.tweet(f"by {mode}"))
        platform.settle()
        assert ids(owner, path) == [*tweets[::-1], unread]
    member.ok("DELETE", f"/2/tweets/{tweets.pop()}")
    platform.settle()
    assert ids(owner, path) == [*tweets[::-1], unread]
    owner.ok("DELETE", f"/2/lists/{list_id}/members/{other.id}")
    tweets.pop(1)
    assert ids(owner, path) == [*tweets[::-1], unread]
    viewer = platform.register()
    block(member, viewer)
    assert ids(viewer, path) == []
    late = other.tweet("from before the return")
    platform.settle()
    add(owner, list_id, other)
    assert late in ids(owner, path)


def test_a_change_of_members_is_noted_though_its_writer_ended(
    platform: Platform, at_once: None
) -> None:
    owner, member, late = (platform.register() for _ in range(3))
    list_id = make(owner)
    add(owner, list_id, member)
    shown, missing = member.tweet("a member's"), late.tweet("a late member's")
    platform.settle()
    with process.clock.ahead(90):
        path = f"/2/lists/{list_id}/tweets"
        assert ids(owner, path) == [shown]
        entry = f"member#{late.id}"
        membership = {
            "list_id": list_id, "entry": entry, "user_key": entry, "position": int(list_id),
            "version": 1, "updated_at": now_ms(),
        }  # fmt: skip
        # As a process writes it that ends before it notes the change.
        dynamo.batch_write("rookery-dev-tweets-lists", puts=[membership])
        platform.settle()
        assert ids(owner, path) == [missing, shown]


def test_a_list_that_nobody_read_for_long_is_filled_in(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.timelines import reader_state, rebuild

    owner, members = platform.register(), [platform.register() for _ in range(2)]
    list_id = make(owner)
    add(owner, list_id, *members)
    tweets = [member.tweet("unseen") for member in members]
    platform.settle()
    path, reader = f"/2/lists/{list_id}/tweets", f"list#{list_id}"
    assert ids(owner, path) == tweets[::-1]
    with running("tweets", "keep_timelines"):
        rebuild.rebuild(reader)
    assert [str(entry["position"]) for entry in entries(reader)] == tweets
    state = reader_state.load(reader)
    assert state is not None and state.filled_at and state.frequent_since
    assert ids(owner, path) == tweets[::-1]


def test_a_deleted_list_leaves_nothing_but_entries_that_expire(platform: Platform) -> None:
    owner, member = platform.register(), platform.register()
    list_id = make(owner)
    add(owner, list_id, member)
    member.tweet("something")
    platform.settle()
    assert len(ids(owner, f"/2/lists/{list_id}/tweets")) == 1
    owner.ok("DELETE", f"/2/lists/{list_id}")
    platform.settle()
    keys = [{"user_id": f"list#{list_id}", "position": 2**63 + n} for n in range(3)]
    table = "rookery-dev-tweets-timelines"
    assert dynamo.batch_get({table: keys}, consistent=True)[table] == []


def large_list(platform: Platform, owner: Person) -> str:
    """Return a list of five thousand members, most of whom never tweet."""
    from chalicelib.tweets.timelines import following

    list_id = make(owner)
    members = [snowflakes.new_id() for _ in range(MEMBERS - 60)]
    with fixtures.unread(platform, "follow_users"):
        members += fixtures.people(60)
    with fixtures.unread(platform, "follow_lists"):
        dynamo.batch_write(
            "rookery-dev-tweets-lists",
            puts=[
                {
                    "list_id": list_id, "entry": f"member#{member}", "user_key": f"member#{member}",
                    "position": int(list_id), "version": 1, "updated_at": now_ms() - 10**9,
                }
                for member in members
            ],
        )  # fmt: skip
    following.note_members(list_id)
    dynamo.batch_write(
        "rookery-dev-tweets-timelines",
        puts=[
            {
                "user_id": f"list#{list_id}", "position": 2**63, "since": 1, "frequent_since": 1,
                "active_day": now_ms() // 86_400_000, "modes_at": now_ms(), "filled_at": now_ms(),
                "filled_floor": 1, "pulled": b"",
            }
        ],
    )  # fmt: skip
    fixtures.tweets(members[-60:])
    return list_id


def calls(request: Request) -> int:
    """Return the number of AWS calls that a request made."""
    return len(request.calls)


def page(owner: Person, path: str, meter: Meter, *, cold: bool) -> Request:
    """Read a page; return what it cost."""
    if cold:
        fixtures.cold()
    meter.take()
    assert len(ids(owner, path)) == 50
    return meter.take()[0][-1]


def test_a_page_of_a_list_of_thousands(platform: Platform) -> None:
    """At most 30 read units and 5 calls, once all members were read."""
    owner = platform.register()
    list_id = large_list(platform, owner)
    platform.settle(60)
    path = f"/2/lists/{list_id}/tweets?max_results=50"
    heads: list[Any] = []

    def note(params: dict[str, Any]) -> None:
        heads.extend(params["RequestItems"].get("rookery-dev-tweets-heads", {}).get("Keys", ()))

    with remembering(), Meter() as meter, intercepted("dynamodb", "BatchGetItem", note):
        first, cold = (page(owner, path, meter, cold=True) for _ in range(2))
        # One page in thirty-two is counted, by two updates.
        warm = min((page(owner, path, meter, cold=False) for _ in range(4)), key=calls)
    assert heads == []
    assert len(first.calls) <= 11 and first.rru <= 260
    # Tweets and cards of fifty authors, and relations to them; then the packed members.
    assert len(cold.calls) <= 10 and cold.rru <= 3 * 25 + 12.5
    assert len(warm.calls) <= 5 and warm.rru <= 30
