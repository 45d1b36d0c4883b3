"""The list of switches: long, and read in bounded calls."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws import dynamo
from shared.aws.table import Table
from shared.base.clock import now_ms
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.tweets.tweets_support import reading_home
from tests.platform import Platform

pytestmark = pytest.mark.integration

SWITCHES = "rookery-dev-tweets-switches"
COUNT, PAGE, PAGES = 60, 5, 3


@pytest.fixture
def queries(platform: Platform) -> Iterator[list[Any]]:
    """Queries of the list by this thread; switches of earlier tests are gone."""
    platform.settle()
    others = Table[Any](SWITCHES, "list", "at").query("#list = :list", {"list": "modes"})
    dynamo.batch_write(SWITCHES, deletes=[{"list": "modes", "at": one["at"]} for one in others])
    made: list[Any] = []
    mine = threading.get_ident()

    def note(params: dict[str, Any]) -> None:
        # Workers read the list as well.
        if params["TableName"] == SWITCHES and threading.get_ident() == mine:
            made.append(params)

    with intercepted("dynamodb", "Query", note):
        yield made


def long_list() -> tuple[int, list[str]]:
    """Write a switch per second; return the last moment and the authors."""
    now = now_ms()
    authors = [f"9{number:03}" for number in range(COUNT)]
    moments = {author: now - (COUNT - 1 - n) * 1000 for n, author in enumerate(authors)}
    dynamo.batch_write(
        SWITCHES,
        puts=[
            {"list": "modes", "at": f"{at:013}#{author}", "mode": "pull", "first": 7}
            for author, at in moments.items()
        ],
    )
    return now, authors


def test_readers_who_need_more_than_some_pages_are_told_so(
    platform: Platform, queries: list[Any]
) -> None:
    from chalicelib.tweets.core.announcements import AnnouncementLimits
    from chalicelib.tweets.heads.recent_switches import Switches, SwitchLimits

    # However slow the machine is, the list is not read again meanwhile.
    never = 24 * 3600 * 1000
    limits = (
        AnnouncementLimits(lead_ms=0, page=PAGE, refresh_ms=never),
        SwitchLimits(back=PAGE * PAGES),
    )
    with process.limited(*limits):
        now, authors = long_list()
        switches, everybody = Switches(), set(authors)
        found = switches.of(everybody, now - 2_500)
        assert found is not None and found.keys() == set(authors[-3:])
        assert len(queries) == 1
        # Known already, then twice as far back, as far as the pages go.
        assert switches.of({"1", authors[-2]}, now - 2_500) == {authors[-2]: found[authors[-2]]}
        assert len(queries) == 1
        found = switches.of(everybody, now - 6_500)
        assert found is not None and found.keys() == set(authors[-7:])
        assert switches.of(everybody, now - 50_000) is None
        assert len(queries) <= PAGES + 1
        spent = len(queries)
        for days in (0, 1, 40):
            assert switches.of(everybody, now - 50_000 - days * 86_400_000) is None
        assert len(queries) == spent
        assert switches.of(everybody, now - 6_500) == found


def test_more_switches_at_once_than_a_refresh_reads(platform: Platform, queries: list[Any]) -> None:
    from chalicelib.tweets.core.announcements import AnnouncementLimits
    from chalicelib.tweets.heads.recent_switches import Switches

    limits = AnnouncementLimits(lead_ms=0, refresh_ms=0, page=PAGE, pages=PAGES)
    with process.limited(limits):
        switches = Switches()
        begun = now_ms()
        assert switches.of({"1"}, begun) is not None
        queries.clear()
        with process.clock.ahead(COUNT):
            now, authors = long_list()
            assert switches.of(set(authors), begun) is None
            assert len(queries) <= 2 * PAGES
            found = switches.of(set(authors), now - 9_500)
            assert found is not None and found.keys() == set(authors[-10:])


def test_a_reader_of_long_ago_looks_at_heads_again(
    platform: Platform, at_once: None, queries: list[Any]
) -> None:
    from chalicelib.tweets.heads import delivery_modes
    from chalicelib.tweets.timelines import reader_state

    author, reader = platform.register(), platform.register()
    reader.follow(author)
    assert reader.home() == []
    platform.settle()
    delivery_modes.switch(author.id, "pull")
    tweet_id = author.tweet("pulled meanwhile")
    platform.settle()
    long_ago = now_ms() - 40 * 86_400_000
    reading_home([reader.id], modes_at=long_ago)
    assert reader.home() == [tweet_id]
    assert len(queries) <= 1
    state = reader_state.load(reader.id)
    assert state is not None and state.modes_at > long_ago
    assert state.pulled == {author.id: 0}
