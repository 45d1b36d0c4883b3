"""Lists from engagements with tweets.

Users who liked or retweeted, retweets, quotes, liked tweets and bookmarks.
"""

from collections.abc import Iterator
from functools import partial

from chalicelib.tweets.core.models import BY_QUOTED, ENGAGEMENTS
from chalicelib.tweets.engagement import shards
from chalicelib.tweets.engagement.items import entry_key
from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.pipeline.fill import fill_page, page_meta, with_token
from chalicelib.tweets.pipeline.hydration import HydrationState, hydrate
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import not_limited, visible
from chalicelib.tweets.pipeline.skeletons import Entry, Skeleton, cut, of_index
from chalicelib.tweets.pipeline.user_pages import list_people
from chalicelib.tweets.pipeline.window import Window, depths, excluded_kinds, parse_window
from chalicelib.tweets.timelines.list_access import open_list

from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.base.pagination import decode_position, encode_token


def users_by_engagement(kind: str, tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of users who liked or retweeted a tweet, by id
    (of hot tweets shard after shard).

    Args:
        kind: ``like`` or ``retweet``.

    Raises:
        Problem: 404 when the viewer cannot see the tweet.
    """
    items, token = _engagements(kind, _original(tweet_id, viewer_id), query)
    body = list_people(viewer_id, [item["user_id"] for item in items], query, acts=True)
    return with_token(body, token)


def retweets_of(tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of retweets of a tweet, by their authors' ids.

    Raises:
        Problem: 404 when the viewer cannot see the tweet.
    """
    original = _original(tweet_id, viewer_id)
    items, token = _engagements("retweet", original, query)
    state = HydrationState(viewer_id, query)
    skeleton = [Entry(item["retweet_id"], original["id"]) for item in items]
    shown = [tweet for tweet in hydrate(state, skeleton) if visible(state, tweet)]
    return with_token({**present(state, shown), "meta": page_meta(shown)}, token)


def quotes_of(tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of tweets that quote a tweet, newest first.

    Raises:
        Problem: 404 when the viewer cannot see the tweet.
    """
    original_id = _original(tweet_id, viewer_id)["id"]
    without = excluded_kinds(query)
    window = parse_window(query, f"quotes:{original_id}")
    limits = depths(window)

    def skeleton(window: Window) -> Skeleton:
        key = (BY_QUOTED, "quoted_tweet_id", original_id)
        return cut(of_index(*key, window, without, next(limits)), window.depth)

    return fill_page(
        HydrationState(viewer_id, query),
        window,
        skeleton=skeleton,
        hydrate=hydrate,
        rules=not_limited,
        present=present,
    )


def liked_tweets(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of tweets that a user likes, newest tweet first.

    Raises:
        Problem: as `open_list`.
    """
    return _tweets_by_engagement("like", user_id, open_list(user_id, query, viewer_id))


def bookmarked_tweets(user_id: str, query: Item) -> Item:
    """Return one page of bookmarked tweets for their user, newest first."""
    return _tweets_by_engagement("bookmark", user_id, HydrationState(user_id, query))


def _tweets_by_engagement(kind: str, user_id: str, state: HydrationState) -> Item:
    window = parse_window(state.query, f"{kind}s:{user_id}")
    return fill_page(
        state,
        window,
        skeleton=partial(_active_engagements, kind, user_id, depths(window)),
        hydrate=hydrate,
        rules=visible,
        present=present,
    )


def _active_engagements(kind: str, user_id: str, limits: Iterator[int], window: Window) -> Skeleton:
    """Return a window's tweets with an engagement of a user (one Query)."""
    page = ENGAGEMENTS.page(
        "#user_id = :user AND #entry BETWEEN :oldest AND :newest",
        {
            "user": user_id,
            "oldest": entry_key(window.oldest),
            "newest": entry_key(window.newest, "~"),
            "kind": kind,
            "true": True,
        },
        filter="#kind = :kind AND #active = :true",
        descending=True,
        limit=next(limits),
    )
    ids = [item["tweet_id"] for item in page.items]
    if page.last_key is None:
        return cut(Skeleton([Entry(tweet_id) for tweet_id in ids], None), window.depth)
    # Some engagements of the last tweet may lie beyond the read: it is left for the next.
    last = int(page.last_key["entry"].partition("#")[0])
    entries = [Entry(tweet_id) for tweet_id in ids if int(tweet_id) > last]
    return cut(Skeleton(entries, last + 1), window.depth)


def _engagements(kind: str, tweet: Item, query: Item) -> tuple[list[Item], str | None]:
    """Return one page of the index by tweet, and the token of the next."""
    context = f"{kind}:{tweet['id']}"
    position = decode_position(context, query.get("pagination_token"), shard=int, after=str)
    place = (position["shard"], position["after"]) if position else None
    read = tweet["id"], tweet["author_id"], kind, place, query["max_results"]
    items, following = shards.read_chain(*read)
    if following is None:
        return items, None
    return items, encode_token(context, {"shard": following[0], "after": following[1]})


def _original(tweet_id: str, viewer_id: str | None) -> Item:
    """Return id and author of a visible tweet; of a retweet's original.

    Raises:
        Problem: 404 when the viewer cannot see the tweet.
    """
    tweet = lookup.visible_tweet(viewer_id, tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    return {
        "id": tweet.get("retweeted_tweet_id") or tweet["id"],
        "author_id": tweet.get("retweeted_user_id") or tweet["author_id"],
    }
