"""Users in lists of the tweets domain, as X's API shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.tweets.pages import presentation

from shared.contracts import profiles, user_object
from shared.contracts.fields import chosen, in_posts, included_tweets

Item = dict[str, Any]


def present(viewer_id: str | None, user_ids: Iterable[str], query: Item) -> Item:
    """Active users in the given order: ``data`` and ``meta``.

    Calls: one BatchGetItem for cards that are not cached, one for counters
    where ``public_metrics`` are asked for; pinned and newest tweets as a page of tweets, where
    an expansion names them.
    """
    wanted = list(user_ids)
    found = profiles.cards(wanted)
    cards = [found[i] for i in wanted if i in found and (found[i].active or i == viewer_id)]
    expansions = chosen(query, "expansions") & user_object.TWEET_IDS
    # An expansion shows the id that it expands as well.
    fields = chosen(query, "user") | expansions
    counts: Mapping[str, Item] = {}
    if cards and user_object.needs_counts(fields):
        counts = profiles.counts(card.id for card in cards)
    body: Item = {"meta": {"result_count": len(cards)}}
    if cards:
        shown = [user_object.present(card.item, fields, counts.get(card.id)) for card in cards]
        body = {"data": shown, **_named(viewer_id, shown, query, expansions), **body}
    return body


def _named(
    viewer_id: str | None, users: list[Item], query: Item, expansions: frozenset[str]
) -> Item:
    """``includes`` and ``errors``: the tweets that user objects name, where they are expanded."""
    asked: Item = {name: query[name] for name in ("tweet.fields", "post.fields") if name in query}
    tweets: dict[str, Item] = {}
    errors: list[Item] = []
    for name in sorted(expansions):
        ids = [user[name] for user in users if name in user]
        found = presentation.by_ids(viewer_id, ids, asked, name) if ids else {}
        tweets |= {tweet["id"]: tweet for tweet in found.get("data", ())}
        errors += found.get("errors", ())
    body: Item = {"errors": errors} if errors else {}
    if tweets:
        body["includes"] = included_tweets(list(tweets.values()), in_posts(query))
    return body


def with_token(body: Item, token: str | None) -> Item:
    """A page with the token of the next one, if there is one."""
    if token is not None:
        body["meta"]["next_token"] = token
    return body
