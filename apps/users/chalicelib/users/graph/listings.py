"""Lists of people who stand in a relation to somebody, a page at a time, in the order of ids.

A page begins after the last id of the page before, so it stays stable while
people come and go.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.users.core.models import Follow
from chalicelib.users.profiles import directory

from shared.aws import dynamo, sdk
from shared.base.errors import forbidden, not_found, suspended
from shared.base.pagination import decode_position, encode_token
from shared.contracts import graph, profiles

Item = dict[str, Any]
# The ids after one, at most so many, of a user.
Ids = Callable[[str, str | None, int], list[str]]

# A filter hides how much is read: a page of a rare flag reads on in steps of this.
_STEP = 1000


def list_following(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Whom a user follows.

    Raises:
        Problem: 404 for an unknown user, 403 for one who may not look.
    """
    _check_visible(user_id, viewer_id)
    return _page("following", _flagged("following"), user_id, query, viewer_id)


def list_followers(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Who follows a user.

    Raises:
        Problem: 404 for an unknown user, 403 for one who may not look.
    """

    def ids(user_id: str, after: str | None, limit: int) -> list[str]:
        return graph.follower_ids(user_id, after=after, limit=limit)

    _check_visible(user_id, viewer_id)
    return _page("followers", ids, user_id, query, viewer_id)


def list_blocked(user_id: str, query: Item) -> Item:
    """Whom the user blocks: for the user alone."""
    return _page("blocked", _flagged("blocked"), user_id, query, user_id)


def list_muted(user_id: str, query: Item) -> Item:
    """Whom the user mutes: for the user alone."""
    return _page("muted", _flagged("muted"), user_id, query, user_id)


def list_requesters(user_id: str, query: Item) -> Item:
    """Who asked to follow the user: for the user alone."""

    def ids(user_id: str, after: str | None, limit: int) -> list[str]:
        return graph.requester_ids(user_id, after=after, limit=limit)

    return _page("requesters", ids, user_id, query, user_id)


def _page(kind: str, read: Ids, user_id: str, query: Item, viewer_id: str | None) -> Item:
    context = f"{kind}:{user_id}"
    position = decode_position(context, query.get("pagination_token"), after=str)
    size = query["max_results"]
    ids = read(user_id, position["after"] if position else None, size + 1)
    page = ids[:size]
    body = directory.by_ids(page, query, viewer_id, parameter="id") if page else {}
    body.pop("errors", None)
    body["meta"] = {"result_count": len(body.get("data", ()))}
    if len(ids) > size:
        body["meta"]["next_token"] = encode_token(context, {"after": page[-1]})
    return body


def _flagged(flag: str) -> Ids:
    """The targets of a user's pairs that hold a flag."""

    def ids(user_id: str, after: str | None, limit: int) -> list[str]:
        condition = "user_id = :user" + (" AND target_id > :after" if after else "")
        values: Item = {":user": {"S": user_id}, ":true": {"BOOL": True}}
        if after:
            values[":after"] = {"S": after}
        query: Item = {
            "TableName": Follow.Meta.table_name,
            "KeyConditionExpression": condition,
            "FilterExpression": "#flag = :true",
            "ExpressionAttributeNames": {"#flag": flag},
            "ProjectionExpression": "target_id",
            "ExpressionAttributeValues": values,
            "Limit": limit if flag == "following" else _STEP,
        }
        found: list[str] = []
        while len(found) < limit:
            answer = sdk.client("dynamodb").query(**query)
            found += [dynamo.decode(raw["target_id"]) for raw in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            query["Limit"] = _STEP
        return found[:limit]

    return ids


def _check_visible(user_id: str, viewer_id: str | None) -> None:
    """Lists are hidden from those whom their owner blocked; protected ones are for followers."""
    card = profiles.card(user_id)
    if card is None or card.gone:
        raise not_found("user", user_id)
    if card.status == "suspended":
        raise suspended(user_id)
    if viewer_id == user_id:
        return
    if viewer_id is not None:
        relation = graph.relations(viewer_id, [user_id])[user_id]
        if relation.blocked_by:
            raise forbidden("You have been blocked from seeing this account's lists.")
        if relation.following:
            return
    if card.protected:
        raise forbidden("This account is protected.")
