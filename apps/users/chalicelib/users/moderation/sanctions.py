"""What moderators and admins do to accounts: each one transaction with its audit entry."""

from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Revocation, User
from chalicelib.users.developer import apps
from chalicelib.users.moderation.suspension import NOT_SUSPENDED, SUSPENDED, is_suspended, notes
from chalicelib.users.oauth import tokens

from shared.auth import revocations
from shared.auth.audit import Act, record
from shared.auth.roles import PRIVILEGED
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import conflict, not_found
from shared.contracts import profiles

Item = dict[str, Any]

DOMAIN = "users"
_THERE_OR_AWAY = {"there": "active", "away": "deactivated"}
_UNPRIVILEGED = "NOT contains(#roles, :moderator) AND NOT contains(#roles, :admin)"


def suspend(actor_id: str, user_id: str, reason: str) -> Item:
    """Suspend an account: one transaction of an update, the audit entry and two notes to all.

    Its tokens and the bearers of its apps are refused within 30 s, its tweets and profile
    are hidden from then on.
    What belongs to it stays as it is, for the day it is restored. One that is deactivated
    stays so, and is suspended when its user returns; it is erased as if nothing had been.

    Raises:
        Problem: 404 for an unknown account, 409 for one that is suspended already, is
            erased, or is a moderator's or admin's.
    """
    at, away = now_ms(), _is_deactivated(user_id)
    was, now = ("deactivated", "deactivated") if away else ("active", "suspended")
    values = {"was": was, "now": now, "at": at, "one": 1, **_named(PRIVILEGED)}
    change = _change(
        user_id,
        "SET #status = :now, #suspended_at = :at, #updated_at = :at REMOVE #restored_at "
        "ADD #version :one",
        values,
        f"#status = :was AND {NOT_SUSPENDED} AND {_UNPRIVILEGED}",
    )
    act = Act(actor_id, "account.suspend", f"user#{user_id}", reason)
    _do(user_id, [change, record(DOMAIN, act, at), *_notes("suspended", user_id, at)])
    revocations.revocations.note(f"suspended:{user_id}", at)
    return {"id": user_id, "status": now, "suspended": True}


def restore(actor_id: str, user_id: str, reason: str) -> Item:
    """Make a suspended account what it was: its sessions and tokens hold again within 30 s.

    Raises:
        Problem: 404 for an unknown account, 409 for one that is not suspended.
    """
    at, away = now_ms(), _is_deactivated(user_id)
    was, now = ("deactivated", "deactivated") if away else ("suspended", "active")
    change = _change(
        user_id,
        "SET #status = :now, #restored_at = :at, #updated_at = :at ADD #version :one",
        {"was": was, "now": now, "at": at, "one": 1},
        f"#status = :was AND {SUSPENDED}",
    )
    act = Act(actor_id, "account.restore", f"user#{user_id}", reason)
    _do(user_id, [change, record(DOMAIN, act, at), *_notes("restored", user_id, at)])
    revocations.revocations.note(f"restored:{user_id}", at)
    return {"id": user_id, "status": now, "suspended": False}


def limit(actor_id: str, user_id: str, limited: bool, reason: str) -> Item:
    """Limit who meets an account's tweets, or lift that (known to all within seconds).

    Followers meet them as before. Others do not in search, mentions, replies and
    notifications; the profile and single tweets stay where they are. The account is not told.

    Raises:
        Problem: 404 for an unknown account, 409 when it is so already.
    """
    at = now_ms()
    values: Item = {"at": at, "one": 1}
    if limited:
        expression = "SET #limited = :true, #updated_at = :at ADD #version :one"
        condition = f"attribute_exists(#id) AND attribute_not_exists(#limited) AND {_UNPRIVILEGED}"
        values |= {"true": True, **_named(PRIVILEGED)}
    else:
        expression = "SET #updated_at = :at REMOVE #limited ADD #version :one"
        condition = "attribute_exists(#limited)"
    action = "account.limit" if limited else "account.unlimit"
    act = Act(actor_id, action, f"user#{user_id}", reason)
    change = _change(user_id, expression, values, condition)
    _do(user_id, [change, record(DOMAIN, act, at)])
    return {"id": user_id, "limited": limited}


def verify(actor_id: str, user_id: str, verified: bool, reason: str) -> Item:
    """Mark an account as verified, or take that back (known to all within seconds).

    Raises:
        Problem: 404 for an unknown account, 409 when it is so already or is not active.
    """
    at = now_ms()
    change = _change(
        user_id,
        "SET #verified = :now, #updated_at = :at ADD #version :one",
        {"now": verified, "was": not verified, "at": at, "one": 1, "active": "active"},
        "#verified = :was AND #status = :active",
    )
    act = Act(actor_id, f"account.{'' if verified else 'un'}verify", f"user#{user_id}", reason)
    _do(user_id, [change, record(DOMAIN, act, at)])
    return {"id": user_id, "verified": verified}


def assign_roles(actor_id: str, user_id: str, roles: list[str], reason: str) -> Item:
    """Give an account exactly these roles, and `user`.

    Access tokens name roles, so those issued before are refused within 30 s; the
    session goes on with the next refresh.

    Raises:
        Problem: 404 for an unknown account, 409 for the actor's own account (so that the
            last admin stays one) and where somebody else was quicker.
    """
    if actor_id == user_id:
        raise conflict("Nobody changes their own roles; ask another admin.")
    stored = _stored(user_id)
    if stored["status"] == "deleted":
        raise not_found("user", user_id)
    before, after, at = set(stored["roles"]), {"user", *roles}, now_ms()
    shown = {"id": user_id, "roles": sorted(after)}
    if before == after:
        return shown
    change = _change(
        user_id,
        "SET #roles = :after, #updated_at = :at ADD #version :one",
        {"before": before, "after": after, "at": at, "one": 1, **_THERE_OR_AWAY},
        "#roles = :before AND #status IN (:there, :away)",
    )
    detail = {"before": sorted(before), "after": sorted(after)}
    act = Act(actor_id, "roles.assign", f"user#{user_id}", reason, detail)
    subject = f"roles:{user_id}"
    note = dynamo.put(Revocation.Meta.table_name, tokens.revocation(subject, at))
    _do(user_id, [change, record(DOMAIN, act, at), note])
    revocations.revocations.note(subject, at)
    return shown


def shown(user_id: str) -> Item:
    """What moderators see of an account: also of one that is hidden from everybody else.

    Raises:
        Problem: 404 for an unknown account.
    """
    item = _stored(user_id)
    return {
        "id": user_id,
        "username": item["username"],
        "name": item["name"],
        "status": item["status"],
        "suspended": is_suspended(item),
        "limited": bool(item.get("limited")),
        "verified": bool(item.get("verified")),
        "roles": sorted(item["roles"]),
    }


def found(username: str) -> Item:
    """`shown` by username (a call more).

    Raises:
        Problem: 404 for an unknown account.
    """
    user_id = profiles.ids_of_usernames([username]).get(username.lower())
    if user_id is None:
        raise not_found("user", username, "username")
    return shown(user_id)


def _stored(user_id: str) -> Item:
    table = User.Meta.table_name
    found = dynamo.batch_get({table: [{"id": user_id}]}, consistent=True)[table]
    if not found:
        raise not_found("user", user_id)
    return found[0]


def _is_deactivated(user_id: str) -> bool:
    return bool(_stored(user_id)["status"] == "deactivated")


def _named(roles: frozenset[str]) -> dict[str, str]:
    return {role: role for role in roles}


def _change(user_id: str, expression: str, values: Item, condition: str) -> Item:
    key = {"id": user_id}
    return actions.update(User.Meta.table_name, key, expression, values, condition)


def _notes(word: str, user_id: str, at: int) -> list[Item]:
    # A bearer of a developer's app lives for years.
    return notes(word, user_id, at, for_good=apps.has_apps(user_id))


def _do(user_id: str, steps: list[Item]) -> None:
    try:
        dynamo.transact(steps)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        if profiles.card(user_id) is None:
            raise not_found("user", user_id) from canceled
        raise conflict("The account is not in a state in which this can be done.") from canceled
    finally:
        profiles.forget(user_id)
