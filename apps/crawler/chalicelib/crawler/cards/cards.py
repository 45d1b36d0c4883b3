"""Cards for the links of new tweets.

The item ``card`` of a URL is what the page says, for some hours; ``tweet#<id>`` is one
tweet's copy, put once. The table's stream announces the copies, so a card is announced
exactly when it is stored.
"""

import time
from collections.abc import Mapping
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
from shared.net.answers import Fetched, FetchError
from shared.net.cookies import CookieJar
from shared.net.fetch import fetch
from shared.net.sniffing import HTML
from shared.text import canonical_urls

PAGE_ENTRY = "card"
TWEET_ENTRY = "tweet#"
READING_ENTRY = "reading"
# Longer than a page, its oEmbed and its picture may take.
READING_SECONDS = 45
# A tweet whose card another worker reads returns after so many seconds: its five attempts last
# longer than the reading of a worker that has died.
_AGAIN_SECONDS = 15
_CONTENT = ("title", "description", "image", "unwound_url", "status")


class Disallowed(Exception):
    """robots.txt forbids the page."""


class BeingRead(RetryLater):
    """Another worker is reading the page."""


class Cards:
    """Reads the pages behind links and stores their cards.

    Args:
        fetch: makes the requests.
    """

    def __init__(self, fetch: Fetch = fetch) -> None:
        self.robots = Robots(fetch)
        self._fetch = fetch

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
        """Store the cards of a new tweet, or of a version of it; may be repeated."""
        for url in list(dict.fromkeys(event.data.get("urls", [])))[: limits.CARD_URLS]:
            page = canonical_urls.address(url)
            if page is not None:
                card = self._card(page)
                if "title" in card:
                    _copy_for_tweet(card, event.data["tweet_id"], url)

    def _card(self, url: str) -> Item:
        """Card of a page, which is read if the stored card is missing or old.

        One worker reads it; meanwhile an old card does.

        Raises:
            BeingRead: another worker is reading it, and there is no old card.
        """
        key = {"url_digest": canonical_urls.key(url), "entry": PAGE_ENTRY}
        found = CARDS.get_many([key])
        now = now_ms()
        # TTL deletes items late, so the time is checked here.
        if found and found[0]["expires_at"] > now // 1000:
            return found[0]
        if not _take(key, now):
            if found and "title" in found[0]:
                return found[0]
            raise BeingRead(url)
        content = self._with_picture(self._read(url))
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

    def _read(self, url: str) -> dict[str, Any]:
        """Content of a card; it has no title if the page gives none.

        Refreshes are redirects, which share their limit and cookies.
        """
        cookies, hops, started = CookieJar(), 0, time.monotonic()
        while True:
            try:
                self._check_robots(url)
                left = limits.CARD_SECONDS - (time.monotonic() - started)
                answer = self._request(url, limits.MAX_HOPS - hops, left, cookies)
            except (FetchError, RobotsUnreachable, Disallowed):
                return {}
            if answer.status != 200:
                return {"status": answer.status}
            header = answer.headers.get("content-type", "")
            found = page_card.read(answer.body, header, answer.url)
            onward = answer.refresh or found.refresh
            hops += len(answer.redirects) + 1
            moved = onward is not None and onward.redirects and onward.url != answer.url
            if onward is None or not moved or hops > limits.MAX_HOPS:
                left = limits.CARD_SECONDS - (time.monotonic() - started)
                content = self._with_oembed(found, left)
                return {**content, "status": answer.status, "unwound_url": answer.url[:4096]}
            url = onward.url

    def _with_oembed(self, page: PageCard, seconds: float) -> dict[str, Any]:
        """Content of a card with what the page's oEmbed knows beside it."""
        if page.oembed is None or not oembed.lacks(page.content):
            return page.content or {}
        answer = self._beside(
            page.oembed, "application/json", oembed.TYPES, oembed.MAX_BYTES, seconds
        )
        if answer is None:
            return page.content or {}
        return oembed.fill(page.content, answer.body, answer.url)

    def _with_picture(self, content: Item) -> Item:
        """Content of a card with our copy of its picture, if it can be had."""
        if "title" not in content or "image" not in content:
            return content
        return {**content, "image": self._picture(content["image"]["url"])}

    def _picture(self, url: str) -> Item | None:
        seconds = limits.CARD_SECONDS
        answer = self._beside(url, "image/*", ("image/",), pictures.MAX_BYTES, seconds)
        return pictures.keep(answer.body) if answer is not None else None

    def _beside(
        self, url: str, wanted: str, accept: tuple[str, ...], max_bytes: int, seconds: float
    ) -> Fetched | None:
        """Fetch what a page refers to; ``None`` if it cannot be had.

        Args:
            wanted: what the request says.
            accept: media types that are read.
        """
        try:
            self._check_robots(url)
            answer = self._fetch(
                url,
                headers={"user-agent": limits.user_agent(), "accept": wanted},
                max_bytes=max_bytes,
                timeout_s=max(0.1, seconds),
                allow_private=settings().private_fetch,
                ports=limits.CRAWL_PORTS,
                accept=accept,
                on_redirect=self._check_robots,
            )
        except (FetchError, RobotsUnreachable, Disallowed):
            return None
        return answer if answer.status == 200 else None

    def _request(self, url: str, hops: int, seconds: float, cookies: CookieJar) -> Fetched:
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
            on_redirect=self._check_robots,
            cookies=cookies,
        )

    def _check_robots(self, url: str) -> None:
        if not self.robots.rules(url, settings().private_fetch).allow(url):
            raise Disallowed


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
