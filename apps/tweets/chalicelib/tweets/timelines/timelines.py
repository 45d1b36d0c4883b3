"""Timelines: home, a user's own, mentions, reposts of one's tweets, replies."""

from typing import Any

from chalicelib.tweets.core.models import BY_REPLIED, BY_REPOSTED, Mention, Tweet
from chalicelib.tweets.pages import hydration, page_loop, presentation, rules
from chalicelib.tweets.pages.hydration import Entry, Page
from chalicelib.tweets.pages.skeletons import (
    OVERREAD,
    Skeleton,
    Window,
    authored,
    cut,
    depths,
    excluded,
    of_index,
    of_table,
    positions,
    window,
)
from chalicelib.tweets.posting import reply_permissions
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.home import Home

from shared.base.errors import forbidden, not_found, suspended
from shared.base.ids import MAX_ID
from shared.base.pagination import decode_position, encode_token
from shared.contracts import graph, tweet_object

Item = dict[str, Any]


def home(user_id: str, query: Item) -> Item:
    """The home timeline: what was pushed, pulled heads and the user's own, merged by id."""
    page = Page(user_id, query, relations=graph.relations_of(user_id), cached=True)
    timeline = Home(user_id, page.relations, excluded(query))
    bounds = window(query, f"home:{user_id}")
    body = page_loop.page_of(page, bounds, timeline.skeleton, rules.followed, page_loop.unrepeated)
    reader_state.count_read(user_id)
    return body


def user(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """A user's own tweets.

    Raises:
        Problem: as `page_about`.
    """
    page = page_about(user_id, query, viewer_id)
    without, bounds = excluded(query), window(query, f"user:{user_id}")
    limits = depths(bounds.size)

    def skeleton(bounds: Window) -> Skeleton:
        found = authored(user_id, bounds, without, next(limits))
        return cut(found, bounds.size + OVERREAD)

    return page_loop.page_of(page, bounds, skeleton, rules.visible)


def mentions(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Tweets that mention or answer a user, as fan-out filed them.

    Raises:
        Problem: as `page_about`.
    """
    page = page_about(user_id, query, viewer_id)

    def skeleton(bounds: Window) -> Skeleton:
        return of_table(Mention.Meta.table_name, user_id, bounds)

    return page_loop.page_of(page, window(query, f"mentions:{user_id}"), skeleton, rules.unmuted)


def reposts_of(user_id: str, query: Item) -> Item:
    """Retweets of a user's tweets, newest first, for that user."""

    def skeleton(bounds: Window) -> Skeleton:
        return of_index(BY_REPOSTED, "retweeted_user_id", user_id, bounds)

    bounds = window(query, f"reposts_of:{user_id}")
    return page_loop.page_of(Page(user_id, query), bounds, skeleton, rules.visible)


def replies(tweet_id: str, query: Item, viewer_id: str | None) -> Item:
    """Direct replies to a tweet, oldest first; hidden ones only for who may hide them."""
    context = f"replies:{tweet_id}"
    position = decode_position(context, query.get("pagination_token"), above=int)
    above = position["above"] if position else 0
    size = query["max_results"]
    page = Page(viewer_id, query)
    asked = hydration.hydrate(page, [Entry(tweet_id)])
    # Replies stay with the version that they answered; here all of them belong together.
    ids = sorted(
        int(item["id"])
        for version in (tweet_object.edit_history(asked[0]) if asked else [tweet_id])
        for item in positions(
            Tweet.Meta.table_name,
            BY_REPLIED,
            "in_reply_to_tweet_id",
            version,
            above + 1,
            MAX_ID,
            size + 1,
            ascending=True,
        )
    )
    tweets = hydration.hydrate(page, [Entry(str(reply_id)) for reply_id in ids[:size]])
    hydration.load_authors(page, tweets)
    shown = reply_permissions.without_hidden(
        viewer_id, presentation.apply(page, tweets, rules.unlimited)
    )
    body = presentation.present(page, shown)
    body["meta"] = page_loop.meta(shown)
    if len(ids) > size:
        body["meta"]["next_token"] = encode_token(context, {"above": ids[size - 1]})
    return body


def page_about(user_id: str, query: Item, viewer_id: str | None) -> Page:
    """The page of a list that belongs to somebody, for a viewer who may see it.

    Raises:
        Problem: 404 for an unknown user, 403 for one that blocked the viewer, or a protected one
            that the viewer does not follow.
    """
    strangers = {user_id} - {viewer_id} if viewer_id else ()
    cards, relations = graph.cards_and_relations(viewer_id or "", [user_id], strangers)
    card = cards.get(user_id)
    if card is None or card.gone:
        raise not_found("user", user_id)
    if card.status == "suspended":
        raise suspended(user_id)
    page = Page(viewer_id, query, relations=relations)
    relation = page.relations.get(user_id)
    if relation and relation.blocked_by:
        raise forbidden("You have been blocked from seeing what this account posts and likes.")
    if card.protected and viewer_id != user_id and not (relation and relation.following):
        raise forbidden("This account is protected.")
    return page
