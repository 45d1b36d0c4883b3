"""What the users domain holds of somebody, as the export shows it.

Other people stand in it by id only. Secrets and their digests never do.
"""

from typing import Any

from chalicelib.users.accounts.accounts import get_account, get_user
from chalicelib.users.core.models import Follow
from chalicelib.users.developer import apps as developer_apps
from chalicelib.users.oauth import session_list

from shared.aws import dynamo, sdk
from shared.aws.models import as_dict
from shared.aws.walks import Position
from shared.base.clock import iso
from shared.contracts import exporting, graph

Item = dict[str, Any]
Page = tuple[list[Item], Position | None]

_PAGE = 1000
_TIMES = ("deactivated_at", "password_changed_at", "email_changed_at")
# Bookkeeping that says nothing about the person.
_INTERNAL = frozenset({"version", "updated_at", "follower_shards", "follower_shards_from"})


def account(user_id: str, _: Position | None) -> Page:
    """Address, and what was done to the account when."""
    found = get_account(user_id)
    if found is None:
        return [], None
    times = {name: getattr(found, name) for name in _TIMES}
    shown = {
        "user_id": user_id,
        "username": found.username,
        "email": found.email,
        "email_verified": bool(found.email_verified),
        "pending_email": found.pending_email,
        "second_factor": found.totp_secret is not None,
        **{name: iso(int(at)) if at else None for name, at in times.items()},
    }
    return [{name: value for name, value in shown.items() if value is not None}], None


def profile(user_id: str, _: Position | None) -> Page:
    """All that others may see, and the day of the last activity."""
    stored = as_dict(get_user(user_id))
    return [{name: value for name, value in stored.items() if name not in _INTERNAL}], None


def followers(user_id: str, position: Position | None) -> Page:
    """Who follows."""
    after = position["after"] if position else None
    ids = graph.follower_ids(user_id, after=after, limit=_PAGE)
    return [{"user_id": one} for one in ids], {"after": ids[-1]} if len(ids) == _PAGE else None


def relations(user_id: str, position: Position | None) -> Page:
    """Whom the user follows, asked to follow, blocks or mutes; not who blocks the user."""
    query: Item = {
        "TableName": Follow.Meta.table_name,
        "KeyConditionExpression": "user_id = :user",
        "ExpressionAttributeValues": {":user": {"S": user_id}},
        "Limit": _PAGE,
    }
    if position:
        query["ExclusiveStartKey"] = dynamo.encode_item({"user_id": user_id, **position})
    answer = sdk.client("dynamodb").query(**query)
    pairs = [graph.to_relation(dynamo.decode_item(raw)) for raw in answer["Items"]]
    names = ("following", "pending", "blocked", "muted", "notify")
    felt = [(pair.target_id, {n: True for n in names if getattr(pair, n)}) for pair in pairs]
    items = [{"user_id": target, **flags} for target, flags in felt if flags]
    more = "LastEvaluatedKey" in answer
    return items, {"target_id": pairs[-1].target_id} if more else None


def sessions(user_id: str, _: Position | None) -> Page:
    """Where the user is logged in."""
    found = session_list.listed(user_id, "")
    return [{k: v for k, v in one.items() if k != "current"} for one in found], None


def apps(user_id: str, _: Position | None) -> Page:
    """Developer apps."""
    return developer_apps.listed(user_id), None


SECTIONS: dict[str, exporting.Section] = {
    "account": account,
    "profile": profile,
    "followers": followers,
    "relations": relations,
    "sessions": sessions,
    "apps": apps,
}
walk = exporting.walk("users", SECTIONS)
