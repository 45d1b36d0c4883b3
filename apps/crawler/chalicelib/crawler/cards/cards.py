"""Cards for the links of new tweets.

The item ``card`` of a URL is what the page says, for some hours; ``tweet#<id>`` is one
tweet's copy, put once. The table's stream announces the copies, so a card is announced
exactly when it is stored.
"""

import time
from typing import Any

from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import CARDS
from chalicelib.crawler.extract import page_card
from chalicelib.crawler.fetching.port import Fetch
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable

from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.net.answers import Fetched, FetchError
from shared.net.cookies import CookieJar
from shared.net.fetch import fetch
from shared.net.sniffing import HTML
from shared.text import canonical_urls

PAGE_ENTRY = "card"
TWEET_ENTRY = "tweet#"
_CONTENT = ("title", "description", "image", "unwound_url", "status")


class Disallowed(Exception):
    """robots.txt forbids the page."""


class Cards:
    """Reads the pages behind links and stores their cards.

    Args:
        fetch: makes the requests.
    """

    def __init__(self, fetch: Fetch = fetch) -> None:
        self.robots = Robots(fetch)
        self._fetch = fetch

    def handle(self, event: Event) -> None:
        """Store the cards of a new tweet, or of a version of it; may be repeated."""
        for url in list(dict.fromkeys(event.data.get("urls", [])))[: limits.CARD_URLS]:
            page = canonical_urls.address(url)
            if page is not None:
                card = self._card(page)
                if "title" in card:
                    _copy_for_tweet(card, event.data["tweet_id"], url)

    def _card(self, url: str) -> Item:
        """Card of a page, which is read if the stored card is missing or old."""
        key = {"url_digest": canonical_urls.key(url), "entry": PAGE_ENTRY}
        found = CARDS.get_many([key])
        now = now_ms()
        # TTL deletes items late, so the time is checked here.
        if found and found[0]["expires_at"] > now // 1000:
            return found[0]
        content = self._read(url)
        fresh = limits.CARD_FRESH_SECONDS if "title" in content else limits.CARD_FAILED_SECONDS
        card = {
            **key,
            **content,
            "version": found[0]["version"] + 1 if found else 1,
            "updated_at": now,
            "expires_at": now // 1000 + fresh,
        }
        CARDS.put(card)
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
                content = found.content or {}
                return {**content, "status": answer.status, "unwound_url": answer.url[:4096]}
            url = onward.url

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
