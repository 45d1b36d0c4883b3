"""Users in lists of the tweets domain, as X's API shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared import profiles, user_object
from shared.fields import chosen

Item = dict[str, Any]


def present(viewer_id: str | None, user_ids: Iterable[str], query: Item) -> Item:
    """Active users in the given order: ``data`` and ``meta``.

    Calls: one BatchGetItem for cards that are not cached, one for counters
    where ``public_metrics`` are asked for.
    """
    wanted = list(user_ids)
    found = profiles.cards(wanted)
    cards = [found[i] for i in wanted if i in found and (found[i].active or i == viewer_id)]
    fields = chosen(query, "user")
    counts: Mapping[str, Item] = {}
    if cards and user_object.needs_counts(fields):
        counts = profiles.counts(card.id for card in cards)
    body: Item = {"meta": {"result_count": len(cards)}}
    if cards:
        shown = [user_object.present(card.item, fields, counts.get(card.id)) for card in cards]
        body = {"data": shown, **body}
    return body


def with_token(body: Item, token: str | None) -> Item:
    """A page with the token of the next one, if there is one."""
    if token is not None:
        body["meta"]["next_token"] = token
    return body
