"""Link cards from the head of a page to the event that announces them."""

from typing import Any

import pytest
from chalicelib.crawler import publishing
from chalicelib.crawler.cards.cards import READING_SECONDS, BeingRead, Cards
from chalicelib.crawler.core.limits import CARD_ALL_SECONDS, CARD_FRESH_SECONDS
from chalicelib.crawler.core.models import CARDS
from chalicelib.crawler.extract.page_card import extract
from chalicelib.crawler.fetching.robots import ALLOW_ALL, RobotsUnreachable, parse_rules
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.events import Event, check, schema
from shared.aws.streams import Change
from shared.base.process import process
from shared.net.answers import Fetched, FetchError

URL = "http://example.com/dir/page"


def card(html: str) -> dict[str, Any] | None:
    return extract(html.encode(), "text/html; charset=utf-8", URL)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<title>Plain</title>", {"title": "Plain"}),
        (
            "<title>Plain</title><meta name=description content=' some\n text '>",
            {"title": "Plain", "description": "some text"},
        ),
        (
            "<title>Plain</title><meta property='og:title' content='Graph'>"
            "<meta name='twitter:title' content='Bird'><meta name='description' content='d'>"
            "<meta property='og:description' content='gd'>"
            "<meta property='og:image' content='/i.png'>"
            "<meta property='og:image:width' content='600'>"
            "<meta property='og:image:height' content='many'>",
            {
                "title": "Graph",
                "description": "gd",
                "image": {"url": "http://example.com/i.png", "width": 600},
            },
        ),
        (
            "<meta name='twitter:title' content='Bird'><meta name='twitter:image' content='i.png'>",
            {"title": "Bird", "image": {"url": "http://example.com/dir/i.png"}},
        ),
        ("<meta property='og:title' content=' '><title>T</title>", {"title": "T"}),
        ("<title>T</title><meta property='og:image' content='javascript:x'>", {"title": "T"}),
        ("<title>T</title><meta property='og:image' content='http://['>", {"title": "T"}),
        ("<title>A &amp; B</title>", {"title": "A & B"}),
        ("<title>" + "x" * 400 + "</title>", {"title": "x" * 300}),
        ("<p>no title</p>", None),
        ("<title>  </title>", None),
        ("", None),
    ],
)
def test_cards_of_pages(html: str, expected: dict[str, Any] | None) -> None:
    assert card(html) == expected


@given(st.text(max_size=200))
def test_cards_agree_with_their_event_whatever_the_page(text: str) -> None:
    for html in (text, f"<title>{text}</title><meta property='og:image' content='{text}'>"):
        found = extract(html.encode("utf-8", "replace"), "text/html", URL)
        if found is not None:
            check(schema("card.ready"), {"tweet_id": "1", "url": URL, **found})


def test_a_deep_page_is_no_trouble() -> None:
    found = extract(b"<title>deep</title>" + b"<div>" * 40_000, "text/html", URL)
    assert found == {"title": "deep"}


class FakeRobots:
    def __init__(self, answer: Any = ALLOW_ALL) -> None:
        self.answer = answer

    def rules(self, url: str, allow_private: bool) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Web:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def fetch(self, url: str, **_: Any) -> Fetched:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        status, body = self.answer
        return Fetched(f"{url}?after", status, {"content-type": "text/html"}, body)


def event(tweet_id: str = "1", urls: Any = ("http://example.com/?utm_source=x",)) -> Event:
    data = {"tweet_id": tweet_id, "author_id": "2", "kind": "tweet", "urls": list(urls)}
    return Event.of("tweets", "tweet.created", tweet_id, 1, 0, data)


def worker(answer: Any, robots: Any = ALLOW_ALL) -> Any:
    web = Web(answer)
    worker = Cards(web.fetch)
    worker.robots = FakeRobots(robots)
    return worker, web


def test_a_viral_link_is_fetched_once(tables: Any) -> None:
    cards, web = worker((200, b"<title>T</title>"))
    others, _ = worker((200, b"<title>T</title>"))

    def while_reading(url: str, **_: Any) -> Fetched:
        with pytest.raises(BeingRead):
            others.handle(event("2"))
        return web.fetch(url)

    cards._fetch = while_reading
    cards.handle(event("1"))
    others.handle(event("2"))
    assert web.asked == ["http://example.com/?utm_source=x"]
    assert [item["entry"] for item in stored()] == ["card", "tweet#1", "tweet#2"]
    # Once it is old, one worker renews it, and the others use the old one.
    with process.clock.ahead(CARD_FRESH_SECONDS + 1):

        def meanwhile(url: str, **_: Any) -> Fetched:
            others.handle(event("3"))
            return web.fetch(url)

        cards._fetch = meanwhile
        cards.handle(event("4"))
    assert len(web.asked) == 2
    assert len(stored()) == 5


def test_a_reader_that_died_gives_way(tables: Any) -> None:
    cards, web = worker((200, b"<title>T</title>"))

    def die(url: str, **_: Any) -> Fetched:
        raise KeyboardInterrupt

    cards._fetch = die
    with pytest.raises(KeyboardInterrupt):
        cards.handle(event())
    cards._fetch = web.fetch
    with pytest.raises(BeingRead):
        cards.handle(event())
    with process.clock.ahead(READING_SECONDS + 2):
        cards.handle(event())
    assert len(web.asked) == 1


def test_a_reading_ends_before_its_lease(clock: Any) -> None:
    """robots.txt of every host on the way takes nearly as long as it may."""
    image = b"<title>T</title><meta property=og:image content='http://i.example/0'>"
    asked: list[str] = []

    def slow(url: str, on_redirect: Any, **_: Any) -> Fetched:
        asked.append(url)
        clock.sleep(0.5)
        if url.startswith("http://i."):
            for number in range(1, 9):
                on_redirect(f"http://i{number}.example/")
        return Fetched(url, 200, {"content-type": "text/html"}, image)

    class SlowRobots(FakeRobots):
        def rules(self, url: str, allow_private: bool) -> Any:
            clock.sleep(5)
            return super().rules(url, allow_private)

    cards = Cards(slow)
    robots: Any = SlowRobots()
    cards.robots = robots
    begun = clock.now
    cards.handle(event(urls=["http://a.example/"]))
    assert asked == ["http://a.example/", "http://i.example/0"]
    assert clock.now - begun <= CARD_ALL_SECONDS < READING_SECONDS
    assert [item["title"] for item in stored()] == ["T", "T"]


def stored() -> list[dict[str, Any]]:
    return sorted(CARDS.scan_page().items, key=lambda item: item["entry"])


def test_each_tweet_gets_its_copy_once(tables: Any) -> None:
    cards, web = worker((200, b"<title>T</title>"))
    for tweet_id in ("1", "2", "1"):
        cards.handle(event(tweet_id))
    page, one, two = stored()
    assert web.asked == ["http://example.com/?utm_source=x"]
    assert (page["entry"], page["title"]) == ("card", "T")
    assert page["unwound_url"] == "http://example.com/?utm_source=x?after"
    assert (one["entry"], one["url"]) == ("tweet#1", "http://example.com/?utm_source=x")
    assert two["tweet_id"] == "2"
    (ready,) = publishing.card_events(Change("1", {}, None, one))
    check(schema("card.ready"), ready.data)
    assert ready.data["title"] == "T"
    assert not list(publishing.card_events(Change("2", {}, one, one)))
    assert not list(publishing.card_events(Change("3", {}, None, page)))
    assert not list(publishing.card_events(Change("4", {}, one, None)))


@pytest.mark.parametrize(
    ("answer", "robots"),
    [
        ((404, b"<title>gone</title>"), ALLOW_ALL),
        ((200, b"no title"), ALLOW_ALL),
        (FetchError("refused", ""), ALLOW_ALL),
        ((200, b"<title>T</title>"), RobotsUnreachable("timeout")),
        ((200, b"<title>T</title>"), parse_rules("User-agent: *\nDisallow: /")),
    ],
)
def test_pages_without_a_card_announce_nothing(tables: Any, answer: Any, robots: Any) -> None:
    cards, web = worker(answer, robots)
    for _ in range(2):
        cards.handle(event())
    (page,) = stored()
    assert "title" not in page
    assert len(web.asked) <= 1


def test_old_cards_are_read_again(tables: Any) -> None:
    cards, web = worker((200, b"<title>T</title>"))
    cards.handle(event("1"))
    with process.clock.ahead(CARD_FRESH_SECONDS - 10):
        cards.handle(event("2"))
    assert len(web.asked) == 1
    with process.clock.ahead(CARD_FRESH_SECONDS + 1):
        cards.handle(event("3"))
    assert len(web.asked) == 2
    assert stored()[0]["version"] == 2


def test_only_some_links_of_a_tweet_are_read(tables: Any) -> None:
    cards, web = worker((200, b"<title>T</title>"))
    urls = ["mailto:x@example.com", *(f"http://example.com/{n}" for n in range(9))]
    cards.handle(event(urls=urls))
    assert web.asked == [f"http://example.com/{n}" for n in range(3)]
    cards.handle(event(urls=[]))
