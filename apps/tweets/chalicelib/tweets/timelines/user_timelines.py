"""Lists of tweets by or about one user, newest first."""

from chalicelib.tweets.core.models import BY_REPOSTED, MENTIONS
from chalicelib.tweets.pipeline.fill import fill_page
from chalicelib.tweets.pipeline.hydration import HydrationState, hydrate
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import not_muted, visible
from chalicelib.tweets.pipeline.skeletons import (
    Skeleton,
    by_author,
    cut,
    of_index,
    of_items,
    positions,
)
from chalicelib.tweets.pipeline.window import Window, depths, excluded_kinds, parse_window
from chalicelib.tweets.timelines.list_access import open_list

from shared.aws.dynamo import Item


def user_tweets(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of a user's own tweets.

    Raises:
        Problem: as `open_list`.
    """
    state = open_list(user_id, query, viewer_id)
    without, window = excluded_kinds(query), parse_window(query, f"user:{user_id}")
    limits = depths(window)

    def skeleton(window: Window) -> Skeleton:
        return cut(by_author(user_id, window, without, next(limits)), window.depth)

    return fill_page(
        state, window, skeleton=skeleton, hydrate=hydrate, rules=visible, present=present
    )


def mentions(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of tweets that mention or answer a user.

    Raises:
        Problem: as `open_list`.
    """
    state = open_list(user_id, query, viewer_id)
    window = parse_window(query, f"mentions:{user_id}")

    def skeleton(window: Window) -> Skeleton:
        limit = window.depth
        items = positions(MENTIONS, None, "user_id", user_id, window.oldest, window.newest, limit)
        return of_items(items, limit)

    return fill_page(
        state, window, skeleton=skeleton, hydrate=hydrate, rules=not_muted, present=present
    )


def reposts_of(user_id: str, query: Item) -> Item:
    """Return one page of retweets of a user's tweets, for that user."""
    state = HydrationState(user_id, query)
    window = parse_window(query, f"reposts_of:{user_id}")

    def skeleton(window: Window) -> Skeleton:
        return of_index(BY_REPOSTED, "retweeted_user_id", user_id, window)

    return fill_page(
        state, window, skeleton=skeleton, hydrate=hydrate, rules=visible, present=present
    )
