"""Checks before a page is fetched: scope, robots, politeness, settings."""

import time
from typing import Any

import pytest
from chalicelib.crawler.core import limits
from chalicelib.crawler.fetching.details import retry_after
from chalicelib.crawler.fetching.politeness import HostGate, delay_for
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable, parse_rules
from chalicelib.crawler.fetching.robots_files import Origin, RobotsFile
from chalicelib.crawler.fetching.scope import Scope

from shared.net.answers import Fetched, FetchError


@pytest.mark.parametrize(
    ("url", "by_host", "by_domain"),
    [
        ("http://example.com/x", True, True),
        ("https://example.com/", True, True),
        ("http://www.example.com/", True, True),
        ("http://example.com:8080/", False, True),
        ("http://blog.example.com/", False, True),
        ("http://badexample.com/", False, False),
        ("http://example.com.evil.example/", False, False),
        ("http://example.org/", False, False),
    ],
)
def test_scope(url: str, by_host: bool, by_domain: bool) -> None:
    root = "http://example.com/"
    assert Scope(root, "host", None).contains(url) is by_host
    assert Scope(root, "domain", None).contains(url) is by_domain


def test_scope_of_ports_and_addresses() -> None:
    scope = Scope("http://127.0.0.1:8080/", "host", None)
    assert scope.contains("http://127.0.0.1:8080/x")
    assert not scope.contains("http://127.0.0.1:8081/")
    assert not scope.contains("http://127.0.0.1/")
    assert Scope("https://www.example.com/", "host", None).contains("http://example.com/")


def test_depth_and_traps() -> None:
    scope = Scope("http://example.com/", "host", 2)
    assert scope.follows("http://example.com/x", 2)
    assert not scope.follows("http://example.com/x", 3)
    assert not scope.follows("http://example.com/x/x/x/x", 1)
    assert not scope.follows("http://example.org/", 1)


ROBOTS = """
User-agent: *
Disallow: /private
Allow: /private/open
Disallow: /*.pdf$
Crawl-delay: 2

User-agent: rookerybot
Disallow: /not-for-us
Crawl-delay: 600
"""


def test_rules_for_us_win_over_rules_for_all() -> None:
    rules = parse_rules(ROBOTS)
    assert rules.allow("http://example.com/private")
    assert not rules.allow("http://example.com/not-for-us/x")
    assert rules.delay == limits.MAX_CRAWL_DELAY_SECONDS
    general = parse_rules(ROBOTS.partition("\n\nUser-agent: rookery")[0])
    assert not general.allow("http://example.com/private/x")
    assert general.allow("http://example.com/private/open")
    assert not general.allow("http://example.com/a.pdf")
    assert general.delay == 2.0
    assert parse_rules("<html>\x00 nonsense: \ufffd").allow("http://example.com/")


class Forgotten:
    """No files of other processes."""

    def find(self, origin: Origin) -> None:
        """Nothing is known."""

    def keep(self, origin: Origin, file: RobotsFile) -> None:
        """Nothing is kept."""


def answering(answer: Any) -> tuple[Fetch, list[str]]:
    """A web with one answer, and the URLs that it is asked for."""
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Fetched:
        asked.append(url)
        if isinstance(answer, Exception):
            raise answer
        return Fetched(url, answer[0], {}, answer[1])

    return fetch, asked


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        ((200, b"User-agent: *\nDisallow: /"), False),
        ((200, b""), True),
        ((404, b"User-agent: *\nDisallow: /"), True),
        ((403, b""), True),
        ((301, b""), True),
        (FetchError("too_many_redirects", ""), True),
    ],
)
def test_answers_for_robots(answer: Any, allowed: bool) -> None:
    fetch, asked = answering(answer)
    cache = Robots(fetch, Forgotten())
    assert cache.known("http://example.com/x", False) is None
    for _ in range(2):
        assert cache.rules("http://example.com/x?y", False).allow("http://example.com/x") is allowed
    assert asked == ["http://example.com/robots.txt"]
    assert cache.known("http://example.com/z", False) is not None
    assert cache.known("http://example.com:81/z", False) is None


@pytest.mark.parametrize(
    "answer", [(500, b""), (503, b""), (429, b""), FetchError("timeout", ""), FetchError("dns", "")]
)
def test_unreachable_robots_close_the_site(answer: Any) -> None:
    fetch, asked = answering(answer)
    cache = Robots(fetch, Forgotten())
    for _ in range(3):
        with pytest.raises(RobotsUnreachable):
            cache.rules("http://example.com/x", False)
    assert len(asked) == 1


def test_refused_robots_are_refused() -> None:
    fetch, _ = answering(FetchError("refused", ""))
    with pytest.raises(FetchError):
        Robots(fetch, Forgotten()).rules("http://example.com/x", False)


def test_hosts_take_turns() -> None:
    gate = HostGate()
    assert gate.reserve("http://a.example/x", 10, 2) == 0
    assert 9 < gate.reserve("http://a.example/y", 10, 2) <= 10
    # A wait that was not reserved does not move the moment.
    assert 9 < gate.reserve("http://a.example/y", 10, 2) <= 10
    assert gate.reserve("http://b.example/x", 10, 2) == 0
    assert gate.reserve("http://a.example:81/x", 10, 2) == 0
    assert gate.reserve("http://a.example/x", 0, 2) == 0
    quick = HostGate()
    waits = [quick.reserve("http://a.example/", 0.5, 2) for _ in range(6)]
    assert waits == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5], abs=0.05)
    assert time.monotonic() > 0


def test_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRAWL_DELAY_MS", raising=False)
    assert delay_for("http://example.com/", 0) == 1
    assert delay_for("http://example.com/", 7) == 7
    assert delay_for("http://127.0.0.1:8000/", 0) == 0
    assert delay_for("http://[::1]/", 0) == 0
    assert delay_for("http://localhost/", 0) == 0
    assert delay_for("http://localhost/", 3) == 3
    monkeypatch.setenv("CRAWL_DELAY_MS", "250")
    assert delay_for("http://127.0.0.1/", 0) == 0.25


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        ("0", 0),
        ("99999", 300),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("9" * 50, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300),
        ("Fri, 99 Foo 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    assert retry_after(value) == seconds
