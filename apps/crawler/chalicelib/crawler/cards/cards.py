"""Cards for the links of new tweets.

Items of the ``cards`` table, hash ``url_digest``: ``card`` is what the page
said, for some hours; ``tweet#<id>`` is one tweet's copy, put once. The
table's stream announces the copies, so a card is announced exactly when it is
stored.
"""

from typing import Any

from botocore.exceptions import ClientError
from chalicelib.crawler.core import limits
from chalicelib.crawler.core.models import CARDS_TABLE
from chalicelib.crawler.extract import page_card
from chalicelib.crawler.fetching.robots import Robots, RobotsUnreachable

from shared.aws import dynamo, sdk
from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.net.fetch import FetchError, fetch
from shared.text import canonical_urls

_HTML = ("text/html", "application/xhtml+xml")
_CONTENT = ("title", "description", "image", "unwound_url", "status")


class Disallowed(Exception):
    """robots.txt keeps us from the page."""


class Cards:
    """Reads pages behind links and keeps their cards."""

    def __init__(self) -> None:
        self.robots = Robots()

    def handle(self, event: Event) -> None:
        """Make the cards of a new tweet or version of one; the same event again changes nothing."""
        for url in list(dict.fromkeys(event.data.get("urls", [])))[: limits.CARD_URLS]:
            page = canonical_urls.canonical(url)
            if page is not None:
                card = self._card(page)
                if "title" in card:
                    _announce(card, event.data["tweet_id"], url)

    def _card(self, url: str) -> Item:
        """The page's card, read when what is stored is missing or old."""
        key = {"url_digest": canonical_urls.digest(url), "entry": "card"}
        found = dynamo.batch_get({CARDS_TABLE: [key]})[CARDS_TABLE]
        now = now_ms()
        # The table's expiry removes items late: the time is checked here.
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
        sdk.client("dynamodb").put_item(TableName=CARDS_TABLE, Item=dynamo.encode_item(card))
        return card

    def _read(self, url: str) -> dict[str, Any]:
        """Content of the card; without a title when the page gives none."""
        try:
            self._ask(url)
            answer = fetch(
                url,
                headers={"user-agent": limits.user_agent(), "accept": "text/html"},
                max_bytes=limits.CARD_BYTES,
                truncate=True,
                timeout_s=limits.CARD_SECONDS,
                allow_private=settings().private_fetch,
                ports=limits.CRAWL_PORTS,
                accept=_HTML,
                on_redirect=self._ask,
            )
        except (FetchError, RobotsUnreachable, Disallowed):
            return {}
        if answer.status != 200:
            return {"status": answer.status}
        header = answer.headers.get("content-type", "")
        content = page_card.extract(answer.body, header, answer.url) or {}
        return {**content, "status": answer.status, "unwound_url": answer.url[:4096]}

    def _ask(self, url: str) -> None:
        if not self.robots.rules(url, settings().private_fetch).allow(url):
            raise Disallowed


def _announce(card: Item, tweet_id: str, url: str) -> None:
    """Put the tweet's copy, once; the stream does the rest."""
    now = now_ms()
    item = {
        "url_digest": card["url_digest"],
        "entry": f"tweet#{tweet_id}",
        "tweet_id": tweet_id,
        "url": url,
        **{name: card.get(name) for name in _CONTENT},
        "version": now,
        "updated_at": now,
        "expires_at": now // 1000 + limits.CARD_KEEP_SECONDS,
    }
    action = dynamo.put(CARDS_TABLE, item, unless_exists="entry")["Put"]
    try:
        sdk.client("dynamodb").put_item(**action)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
