"""robots.txt for all processes, for a day or while unreachable."""

from typing import Any

import pytest
from chalicelib.crawler.core.models import ROBOTS
from chalicelib.crawler.fetching import robots_files
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable
from chalicelib.crawler.fetching.robots_files import RobotsFile, RobotsLimits, TableFiles

from shared.base.clock import now_seconds
from shared.base.process import process
from shared.net.answers import Fetched, FetchError

ORIGIN = "http://example.com"
PAGE = f"{ORIGIN}/secret"
RULES = b"User-agent: *\nDisallow: /secret\nSitemap: http://example.com/s.xml\nCrawl-delay: 3"


class Site:
    """Answers for robots.txt; counts how often it is asked."""

    def __init__(self, answer: Any = RULES) -> None:
        self.answer, self.asked = answer, 0

    def fetch(self, url: str, **_: Any) -> Fetched:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        status, body = self.answer if isinstance(self.answer, tuple) else (200, self.answer)
        return Fetched(url, status, {}, body)

    def process(self) -> Robots:
        """The rules of another process."""
        return Robots(self.fetch)


def age(seconds: int) -> None:
    item = ROBOTS.get({"origin": ORIGIN})
    assert item is not None
    ROBOTS.put({**item, "fetched_at": item["fetched_at"] - seconds})


def test_one_process_reads_for_all(tables: Any) -> None:
    site = Site()
    for _ in range(3):
        rules = site.process().rules(PAGE, False)
        assert not rules.allow(PAGE)
        assert (rules.delay, rules.sitemaps) == (3.0, ("http://example.com/s.xml",))
    assert site.asked == 1


def test_a_site_without_rules_is_known_as_well(tables: Any) -> None:
    site = Site((404, b""))
    assert all(site.process().rules(PAGE, False).allow(PAGE) for _ in range(2))
    assert site.asked == 1


def test_after_a_day_the_file_is_read_again(tables: Any) -> None:
    site = Site()
    site.process().rules(PAGE, False)
    age(24 * 3600 - 60)
    site.process().rules(PAGE, False)
    assert site.asked == 1
    age(120)
    site.answer = b""
    assert site.process().rules(PAGE, False).allow(PAGE)
    assert site.asked == 2


@pytest.mark.parametrize("failure", [(503, b""), (500, b""), (429, b""), FetchError("timeout", "")])
def test_an_older_copy_counts_while_the_file_is_unreachable(tables: Any, failure: Any) -> None:
    site = Site()
    site.process().rules(PAGE, False)
    age(5 * 24 * 3600)
    site.answer = failure
    assert not site.process().rules(PAGE, False).allow(PAGE)
    assert site.asked == 2
    # Nobody knows a file: nothing may be fetched.
    with pytest.raises(RobotsUnreachable):
        site.process().rules("http://other.example/", False)


def test_a_copy_of_a_month_is_too_old(tables: Any) -> None:
    site = Site()
    TableFiles().keep((ORIGIN, False), RobotsFile("", now_seconds() - 31 * 24 * 3600))
    site.answer = (503, b"")
    with pytest.raises(RobotsUnreachable):
        site.process().rules(PAGE, False)


def test_files_of_private_hosts_are_not_kept(tables: Any) -> None:
    site = Site()
    site.process().rules(PAGE, True)
    assert ROBOTS.get({"origin": ORIGIN}) is None
    site.process().rules(PAGE, True)
    assert site.asked == 2
    with process.limited(RobotsLimits(keeps_private=True)):
        site.process().rules(PAGE, True)
        site.process().rules(PAGE, True)
    assert site.asked == 3


def test_a_file_too_large_for_an_item_is_read_by_each_process(
    tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robots_files, "_MAX_BYTES", 20)
    site = Site()
    for _ in range(2):
        assert not site.process().rules(PAGE, False).allow(PAGE)
    assert site.asked == 2
