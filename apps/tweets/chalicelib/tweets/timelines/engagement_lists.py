"""Who liked, retweeted and quoted a tweet, and what somebody liked or kept."""

from collections.abc import Iterable
from typing import Any

from chalicelib.tweets.core.models import BY_QUOTED, Engagement
from chalicelib.tweets.engagement import shards
from chalicelib.tweets.engagement.items import entry_key
from chalicelib.tweets.pages import hydration, page_loop, presentation, rules, users_in_lists
from chalicelib.tweets.pages.hydration import Entry, Page
from chalicelib.tweets.pages.skeletons import (
    OVERREAD,
    Skeleton,
    Window,
    cut,
    depths,
    excluded,
    of_index,
    window,
)
from chalicelib.tweets.timelines.timelines import page_about

from shared.aws import dynamo, sdk
from shared.base.errors import not_found
from shared.base.pagination import decode_position, encode_token

Item = dict[str, Any]


def people_who(kind: str, tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """The users who liked or retweeted a tweet, in the order of their ids.

    Args:
        kind: ``like`` or ``retweet``.

    Raises:
        Problem: 404 when the tweet is not there for the viewer.
    """
    original = _subject(tweet_id, viewer_id)
    items, token = _engaged(kind, original, query)
    body = users_in_lists.present(viewer_id, [item["user_id"] for item in items], query)
    return users_in_lists.with_token(body, token)


def retweets_of(tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """The retweets of a tweet, in the order of who made them.

    Raises:
        Problem: 404 when the tweet is not there for the viewer.
    """
    original = _subject(tweet_id, viewer_id)
    items, token = _engaged("retweet", original, query)
    page = Page(viewer_id, query)
    tweets = hydration.hydrate(page, [Entry(item["retweet_id"], original["id"]) for item in items])
    hydration.load_authors(page, tweets)
    shown = presentation.apply(page, tweets, rules.visible)
    return users_in_lists.with_token(
        {**presentation.present(page, shown), "meta": page_loop.meta(shown)}, token
    )


def quotes_of(tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """The tweets that quote a tweet, newest first.

    Raises:
        Problem: 404 when the tweet is not there for the viewer.
    """
    original = _subject(tweet_id, viewer_id)["id"]
    without = excluded(query)
    bounds = window(query, f"quotes:{original}")
    limits = depths(bounds.size)

    def skeleton(bounds: Window) -> Skeleton:
        found = of_index(BY_QUOTED, "quoted_tweet_id", original, bounds, without, next(limits))
        return cut(found, bounds.size + OVERREAD)

    return page_loop.page_of(Page(viewer_id, query), bounds, skeleton, rules.unlimited)


def liked_by(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """The tweets that a user likes, newest tweet first.

    Raises:
        Problem: as `timelines.page_about`.
    """
    return _marked("like", page_about(user_id, query, viewer_id), user_id)


def bookmarked_by(user_id: str, query: Item) -> Item:
    """The tweets that a user keeps, newest tweet first, for that user."""
    return _marked("bookmark", Page(user_id, query), user_id)


def _marked(kind: str, page: Page, user_id: str) -> Item:
    bounds = window(page.query, f"{kind}s:{user_id}")
    limits = depths(bounds.size)

    def skeleton(bounds: Window) -> Skeleton:
        answer = sdk.client("dynamodb").query(
            TableName=Engagement.Meta.table_name,
            KeyConditionExpression="user_id = :user AND entry BETWEEN :oldest AND :newest",
            FilterExpression="kind = :kind AND active = :true",
            ExpressionAttributeValues=dynamo.encode_item(
                {
                    ":user": user_id,
                    ":oldest": entry_key(bounds.oldest),
                    ":newest": entry_key(bounds.newest, "~"),
                    ":kind": kind,
                    ":true": True,
                }
            ),
            ScanIndexForward=False,
            Limit=next(limits),
        )
        read_to = answer.get("LastEvaluatedKey")
        last = int(read_to["entry"]["S"].partition("#")[0]) if read_to else None
        found = _skeleton((raw["tweet_id"]["S"] for raw in answer["Items"]), last)
        return cut(found, bounds.size + OVERREAD)

    return page_loop.page_of(page, bounds, skeleton, rules.visible)


def _skeleton(tweet_ids: Iterable[str], last: int | None) -> Skeleton:
    """Entries above the last tweet, of whose engagements some may lie beyond the read."""
    entries = [Entry(i) for i in tweet_ids if last is None or int(i) > last]
    return Skeleton(entries, None if last is None else last + 1)


def _engaged(kind: str, tweet: Item, query: Item) -> tuple[list[Item], str | None]:
    """One page of the index by tweet, and the token of the next."""
    context = f"{kind}:{tweet['id']}"
    position = decode_position(context, query.get("pagination_token"), after=str)
    after = position["after"] if position else "0"
    size = query["max_results"]
    items = shards.read_page(tweet["id"], tweet["author_id"], kind, after, size + 1)
    token = encode_token(context, {"after": items[size - 1]["user_id"]}) if items[size:] else None
    return items[:size], token


def _subject(tweet_id: str, viewer_id: str | None) -> Item:
    """Id and author of a tweet that the viewer may see; a retweet stands for its original.

    Raises:
        Problem: 404 when there is no such tweet for the viewer.
    """
    tweet = presentation.one(viewer_id, tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    return {
        "id": tweet.get("retweeted_tweet_id") or tweet["id"],
        "author_id": tweet.get("retweeted_user_id") or tweet["author_id"],
    }
