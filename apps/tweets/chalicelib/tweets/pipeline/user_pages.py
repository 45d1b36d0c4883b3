"""Lists of users in the tweets domain, as X's API shows them."""

from collections.abc import Iterable, Mapping

from chalicelib.tweets.pipeline import lookup

from shared.aws.dynamo import Item
from shared.contracts import graph, profiles, user_object
from shared.contracts.fields import chosen, in_posts, included_tweets
from shared.contracts.profiles import UserCard
from shared.contracts.user_object import is_listed


def list_people(viewer_id: str | None, user_ids: Iterable[str], query: Item, *, acts: bool) -> Item:
    """Return ``data`` and ``meta`` of the users of a list, by `is_listed`.

    Calls: one BatchGetItem per hundred keys: cards that are not cached and the viewer's
    relations (0.5 RRU a person); then as `present_users`.

    Args:
        acts: as of `is_listed`.
    """
    wanted = list(user_ids)
    others = set(wanted) - {viewer_id} if viewer_id else set()
    cards, relations = graph.cards_and_relations(viewer_id or "", wanted, others)
    found = (cards[one] for one in wanted if one in cards)
    shown = [
        card for card in found if is_listed(viewer_id, card, relations.get(card.id), acts=acts)
    ]
    return present_users(viewer_id, shown, query)


def present_users(viewer_id: str | None, cards: list[UserCard], query: Item) -> Item:
    """Return ``data`` and ``meta`` of users, in the given order.

    Calls: one BatchGetItem for counters if ``public_metrics`` are shown; pinned and newest
    tweets as `lookup.tweets_by_ids`, if an expansion names them.

    Args:
        cards: users whom the viewer may see.
    """
    expansions = chosen(query, "expansions") & user_object.TWEET_IDS
    # An expansion shows the id that it expands as well.
    fields = chosen(query, "user") | expansions
    counts: Mapping[str, Item] = {}
    if cards and user_object.needs_counts(fields):
        counts = profiles.counts(card.id for card in cards)
    body: Item = {"meta": {"result_count": len(cards)}}
    if cards:
        shown = [user_object.present(card.item, fields, counts.get(card.id)) for card in cards]
        body = {"data": shown, **_expanded_tweets(viewer_id, shown, query, expansions), **body}
    return body


def _expanded_tweets(
    viewer_id: str | None, users: list[Item], query: Item, expansions: frozenset[str]
) -> Item:
    """Return ``includes`` and ``errors`` of tweets that users name."""
    tweet_query: Item = {
        name: query[name] for name in ("tweet.fields", "post.fields") if name in query
    }
    tweets: dict[str, Item] = {}
    errors: list[Item] = []
    for name in sorted(expansions):
        ids = [user[name] for user in users if name in user]
        found = lookup.tweets_by_ids(viewer_id, ids, tweet_query, name) if ids else {}
        tweets |= {tweet["id"]: tweet for tweet in found.get("data", ())}
        errors += found.get("errors", ())
    body: Item = {"errors": errors} if errors else {}
    if tweets:
        body["includes"] = included_tweets(list(tweets.values()), in_posts(query))
    return body
