"""Access to lists that belong to a user: timelines, likes, lists."""

from chalicelib.tweets.pipeline.hydration import HydrationState

from shared.aws.dynamo import Item
from shared.base.errors import forbidden, not_found, suspended
from shared.contracts import graph


def open_list(owner_id: str, query: Item, viewer_id: str | None) -> HydrationState:
    """Return the state of a user's list, for a viewer who may see it.

    Calls: one BatchGetItem for the owner's card, unless cached, and the viewer's relation.

    Raises:
        Problem: 404 for an unknown owner, 403 for one who blocked the viewer, or a protected one
            whom the viewer does not follow.
    """
    strangers = {owner_id} - {viewer_id} if viewer_id else ()
    cards, relations = graph.cards_and_relations(viewer_id or "", [owner_id], strangers)
    card = cards.get(owner_id)
    if card is None or card.gone:
        raise not_found("user", owner_id)
    if card.status == "suspended":
        raise suspended(owner_id)
    relation = relations.get(owner_id)
    if relation and relation.blocked_by:
        raise forbidden("You have been blocked from seeing this account's posts and likes.")
    if card.protected and viewer_id != owner_id and not (relation and relation.following):
        raise forbidden("This account is protected.")
    return HydrationState(viewer_id, query, relations=relations)
