"""Sections of a user's data export that the users domain writes.

They name other users by id only, and never hold secrets or their digests.
"""

from chalicelib.users.accounts.accounts import get_account, get_user
from chalicelib.users.core.models import FOLLOWS
from chalicelib.users.core.names import DOMAIN
from chalicelib.users.developer import apps as developer_apps
from chalicelib.users.oauth import user_sessions

from shared.aws.dynamo import Item
from shared.aws.models import as_dict
from shared.aws.walks import Position
from shared.base.clock import iso
from shared.contracts import exporting, graph

Page = tuple[list[Item], Position | None]

_PAGE = 1000
_TIMES = ("deactivated_at", "password_changed_at", "email_changed_at")
# Bookkeeping that says nothing about the user.
_INTERNAL = frozenset({"version", "updated_at", "follower_shards", "follower_shards_from"})


def account(user_id: str, _: Position | None) -> Page:
    """Address and dates of the account."""
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
    """Public profile, and the day of the last activity."""
    stored = as_dict(get_user(user_id))
    return [{name: value for name, value in stored.items() if name not in _INTERNAL}], None


def followers(user_id: str, position: Position | None) -> Page:
    """Followers."""
    after = position["after"] if position else None
    ids = graph.follower_ids(user_id, after=after, limit=_PAGE)
    return [{"user_id": one} for one in ids], {"after": ids[-1]} if len(ids) == _PAGE else None


def relations(user_id: str, position: Position | None) -> Page:
    """Follows, follow requests, blocks and mutes of the user.

    Others' blocks of the user are private.
    """
    start = {"user_id": user_id, **position} if position else None
    page = FOLLOWS.page("#user_id = :user", {"user": user_id}, limit=_PAGE, start=start)
    pairs = [graph.to_relation(item) for item in page.items]
    names = ("following", "pending", "blocked", "muted", "notify")
    flags = [(pair.target_id, {n: True for n in names if getattr(pair, n)}) for pair in pairs]
    items = [{"user_id": target_id, **true} for target_id, true in flags if true]
    return items, {"target_id": pairs[-1].target_id} if page.last_key else None


def sessions(user_id: str, _: Position | None) -> Page:
    """Sessions of the user."""
    found = user_sessions.list_sessions(user_id, "")
    return [{k: v for k, v in one.items() if k != "current"} for one in found], None


def apps(user_id: str, _: Position | None) -> Page:
    """Developer apps."""
    return developer_apps.list_apps(user_id), None


SECTIONS: dict[str, exporting.Section] = {
    "account": account,
    "profile": profile,
    "followers": followers,
    "relations": relations,
    "sessions": sessions,
    "apps": apps,
}
walk = exporting.walk(DOMAIN, SECTIONS)
