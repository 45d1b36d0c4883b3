"""Cards for the links of new tweets.

The item ``card`` of a URL is what the page says, for some hours; ``tweet#<id>`` is one
tweet's copy, put once. The table's stream announces the copies, so a card is announced
exactly when it is stored.
"""

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.crawler.cards import oembed, pictures
from chalicelib.crawler.core import limits, names
from chalicelib.crawler.core.models import CARDS
from chalicelib.crawler.extract import page_card
from chalicelib.crawler.extract.page_card import PageCard
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable

from shared.aws import sdk
from shared.aws.dynamo import Item, Key
from shared.aws.events import Event, parse
from shared.aws.retries import RetryLater
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.process import process
from shared.net.answers import Fetched, FetchError
from shared.net.cookies import CookieJar
from shared.net.fetch import fetch
from shared.net.sniffing import HTML
from shared.text import canonical_urls

PAGE_ENTRY = "card"
TWEET_ENTRY = "tweet#"
READING_ENTRY = "reading"
# Longer than a reading may take, with a wait for another one's robots.txt.
READING_SECONDS = 45
# A tweet whose card another worker reads returns after so many seconds: its five attempts last
# longer than the reading of a worker that has died.
_AGAIN_SECONDS = 15
# Threads of one process wait so long for each other's reading of a page. A tweet's links are
# begun within so many seconds; the function has 180.
_PATIENCE_SECONDS, _RECORD_SECONDS = 20, 100
_CONTENT = ("title", "description", "image", "unwound_url", "status")


class Disallowed(Exception):
    """robots.txt forbids the page."""


class OutOfTime(Exception):
    """The reading has no time left for another request."""


class BeingRead(RetryLater):
    """Another worker is reading the page, or the time does not suffice for it."""


class Cards:
    """Reads the pages behind links and stores their cards.

    Args:
        fetch: makes the requests.
    """

    def __init__(self, fetch: Fetch = fetch) -> None:
        self.robots = Robots(fetch)
        self._fetch = fetch
        self._reading: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def handle_record(self, record: Mapping[str, Any]) -> None:
        """Handle the event of an SQS record; see `handle`.

        Raises:
            BeingRead: the record returns in some seconds.
        """
        try:
            self.handle(parse(record["body"]))
        except BeingRead:
            sdk.client("sqs").change_message_visibility(
                QueueUrl=settings().queue_url(names.DOMAIN, names.CARDS_QUEUE),
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=_AGAIN_SECONDS,
            )
            raise

    def handle(self, event: Event) -> None:
        """Store the cards of a new tweet, or of a version of it; may be repeated.

        Raises:
            BeingRead: some cards have to wait.
        """
        until = process.clock.monotonic() + _RECORD_SECONDS
        for url in list(dict.fromkeys(event.data.get("urls", [])))[: limits.CARD_URLS]:
            page = canonical_urls.address(url)
            if page is not None:
                if process.clock.monotonic() > until:
                    raise BeingRead(url)
                card = self._card(page)
                if "title" in card:
                    _copy_for_tweet(card, event.data["tweet_id"], url)

    def _card(self, url: str) -> Item:
        """Card of a page, which is read if the stored card is missing or old.

        One worker reads it; meanwhile an old card does. Other threads of the process wait.

        Raises:
            BeingRead: another worker is reading it, and there is no old card.
        """
        digest = canonical_urls.key(url)
        with self._lock:
            reading = self._reading.setdefault(digest, threading.Lock())
        waited = reading.locked()
        if not reading.acquire(timeout=_PATIENCE_SECONDS):
            raise BeingRead(url)
        try:
            return self._found_or_read(url, digest, waited)
        finally:
            reading.release()
            with self._lock:
                self._reading.pop(digest, None)

    def _found_or_read(self, url: str, digest: str, waited: bool) -> Item:
        key = {"url_digest": digest, "entry": PAGE_ENTRY}
        found = CARDS.get_many([key], consistent=waited)
        now = now_ms()
        # TTL deletes items late, so the time is checked here.
        if found and found[0]["expires_at"] > now // 1000:
            return found[0]
        if not _take(key, now):
            if found and "title" in found[0]:
                return found[0]
            raise BeingRead(url)
        until = process.clock.monotonic() + limits.CARD_ALL_SECONDS
        content = self._with_picture(self._read(url, until), until)
        fresh = limits.CARD_FRESH_SECONDS if "title" in content else limits.CARD_FAILED_SECONDS
        card = {
            **key,
            **content,
            "version": found[0]["version"] + 1 if found else 1,
            "updated_at": now,
            "expires_at": now // 1000 + fresh,
        }
        CARDS.put(card)
        CARDS.delete({**key, "entry": READING_ENTRY})
        return card

    def _read(self, url: str, until: float) -> dict[str, Any]:
        """Content of a card; it has no title if the page gives none.

        Refreshes are redirects, which share their limit and cookies.

        Args:
            until: moment (monotonic) at which the reading ends.
        """
        cookies, hops = CookieJar(), 0
        page_until = min(until, process.clock.monotonic() + limits.CARD_SECONDS)
        while True:
            try:
                self._check_robots(url, until=until)
                left = _left(page_until)
                answer = self._request(url, limits.MAX_HOPS - hops, left, cookies, until)
            except (FetchError, RobotsUnreachable, Disallowed, OutOfTime):
                return {}
            if answer.status != 200:
                return {"status": answer.status}
            header = answer.headers.get("content-type", "")
            found = page_card.read(answer.body, header, answer.url)
            onward = answer.refresh or found.refresh
            hops += len(answer.redirects) + 1
            moved = onward is not None and onward.redirects and onward.url != answer.url
            if onward is None or not moved or hops > limits.MAX_HOPS:
                content = self._with_oembed(found, page_until, until)
                return {**content, "status": answer.status, "unwound_url": answer.url[:4096]}
            url = onward.url

    def _with_oembed(self, page: PageCard, page_until: float, until: float) -> dict[str, Any]:
        """Content of a card with what the page's oEmbed knows beside it."""
        if page.oembed is None or not oembed.lacks(page.content):
            return page.content or {}
        answer = self._beside(
            page.oembed, "application/json", oembed.TYPES, oembed.MAX_BYTES, page_until, until
        )
        if answer is None:
            return page.content or {}
        return oembed.fill(page.content, answer.body, answer.url)

    def _with_picture(self, content: Item, until: float) -> Item:
        """Content of a card with our copy of its picture, if it can be had."""
        if "title" not in content or "image" not in content:
            return content
        return {**content, "image": self._picture(content["image"]["url"], until)}

    def _picture(self, url: str, until: float) -> Item | None:
        own = min(until, process.clock.monotonic() + limits.CARD_SECONDS)
        answer = self._beside(url, "image/*", ("image/",), pictures.MAX_BYTES, own, until)
        return pictures.keep(answer.body) if answer is not None else None

    def _beside(
        self,
        url: str,
        wanted: str,
        accept: tuple[str, ...],
        max_bytes: int,
        own_until: float,
        until: float,
    ) -> Fetched | None:
        """Fetch what a page refers to; ``None`` if it cannot be had.

        Args:
            wanted: what the request says.
            accept: media types that are read.
            own_until / until: moments (monotonic) of the request's and the reading's end.
        """
        try:
            self._check_robots(url, until=until)
            answer = self._fetch(
                url,
                headers={"user-agent": limits.user_agent(), "accept": wanted},
                max_bytes=max_bytes,
                timeout_s=_left(own_until),
                allow_private=settings().private_fetch,
                ports=limits.CRAWL_PORTS,
                accept=accept,
                on_redirect=partial(self._check_robots, until=until),
            )
        except (FetchError, RobotsUnreachable, Disallowed, OutOfTime):
            return None
        return answer if answer.status == 200 else None

    def _request(
        self, url: str, hops: int, seconds: float, cookies: CookieJar, until: float
    ) -> Fetched:
        return self._fetch(
            url,
            headers={"user-agent": limits.user_agent(), "accept": "text/html"},
            max_bytes=limits.CARD_BYTES,
            truncate=True,
            partial_body=True,
            head_after=limits.CARD_FIRST_BYTES,
            timeout_s=seconds,
            max_redirects=hops,
            allow_private=settings().private_fetch,
            ports=limits.CRAWL_PORTS,
            accept=HTML,
            on_redirect=partial(self._check_robots, until=until),
            cookies=cookies,
        )

    def _check_robots(self, url: str, *, until: float) -> None:
        if until - process.clock.monotonic() < limits.ROBOTS_SECONDS:
            raise OutOfTime
        if not self.robots.rules(url, settings().private_fetch).allow(url):
            raise Disallowed


def _left(until: float) -> float:
    """Seconds until a moment.

    Raises:
        OutOfTime: it has passed.
    """
    left = until - process.clock.monotonic()
    if left <= 0:
        raise OutOfTime
    return left


def _take(key: Key, now: int) -> bool:
    """Take a card for reading; false if another worker has it.

    A worker that dies leaves it for the time that a reading may take.
    """
    lease = {**key, "entry": READING_ENTRY}
    until = now // 1000 + READING_SECONDS
    return bool(
        CARDS.update(
            lease,
            "SET #expires_at = :until",
            {"until": until, "now": now // 1000},
            "attribute_not_exists(#expires_at) OR #expires_at < :now",
        )
    )


def _copy_for_tweet(card: Item, tweet_id: str, url: str) -> None:
    """Put the tweet's copy, once; the stream announces it."""
    now = now_ms()
    item = {
        "url_digest": card["url_digest"],
        "entry": f"{TWEET_ENTRY}{tweet_id}",
        "tweet_id": tweet_id,
        "url": url,
        **{name: card.get(name) for name in _CONTENT},
        "version": now,
        "updated_at": now,
        "expires_at": now // 1000 + limits.CARD_KEEP_SECONDS,
    }
    CARDS.insert(item)
