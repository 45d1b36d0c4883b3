"""Sanctions and marks of accounts, each with its audit entry."""

from chalicelib.users.core import revocation_items
from chalicelib.users.core.models import USERS
from chalicelib.users.core.names import DOMAIN
from chalicelib.users.core.updates import Attributes, versioned
from chalicelib.users.developer import apps
from chalicelib.users.moderation.suspension import NOT_SUSPENDED, SUSPENDED, is_suspended

from shared.auth.audit import Act, record
from shared.auth.revocations import revocations
from shared.auth.roles import PRIVILEGED
from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import now_ms
from shared.base.errors import conflict, not_found
from shared.contracts import profiles

_UNPRIVILEGED = "NOT contains(#roles, :moderator) AND NOT contains(#roles, :admin)"
_PRIVILEGED_ROLES: Item = {role: role for role in PRIVILEGED}


def suspend(actor_id: str, user_id: str, reason: str) -> Item:
    """Suspend an account (one transaction of four writes).

    Its tokens and the bearers of its apps are refused within 10 s, and its tweets and
    profile are hidden from then on. Its data stays for the day that it is restored.
    A deactivated account stays deactivated, and is suspended when its user returns; it
    is erased like any other.

    Raises:
        Problem: 404 for an unknown account, 409 for one that is suspended or erased, or
            is a moderator's or admin's.
    """
    at, deactivated = now_ms(), _is_deactivated(user_id)
    was, now = ("deactivated", "deactivated") if deactivated else ("active", "suspended")
    change = _change(
        user_id,
        {"status": now, "suspended_at": at, "restored_at": None},
        f"#status = :was AND {NOT_SUSPENDED} AND {_UNPRIVILEGED}",
        {"was": was, **_PRIVILEGED_ROLES},
        at,
    )
    act = Act(actor_id, "account.suspend", f"user#{user_id}", reason)
    _commit(user_id, [change, record(DOMAIN, act, at), *_tell("suspended", user_id, at)])
    revocations.note(f"suspended:{user_id}", at)
    return {"id": user_id, "status": now, "suspended": True}


def restore(actor_id: str, user_id: str, reason: str) -> Item:
    """Lift a suspension.

    The account's sessions and tokens are valid again within 10 s.

    Raises:
        Problem: 404 for an unknown account, 409 for one that is not suspended.
    """
    at, deactivated = now_ms(), _is_deactivated(user_id)
    was, now = ("deactivated", "deactivated") if deactivated else ("suspended", "active")
    change = _change(
        user_id,
        {"status": now, "restored_at": at},
        f"#status = :was AND {SUSPENDED}",
        {"was": was},
        at,
    )
    act = Act(actor_id, "account.restore", f"user#{user_id}", reason)
    _commit(user_id, [change, record(DOMAIN, act, at), *_tell("restored", user_id, at)])
    revocations.note(f"restored:{user_id}", at)
    return {"id": user_id, "status": now, "suspended": False}


def limit(actor_id: str, user_id: str, limited: bool, reason: str) -> Item:
    """Limit the reach of an account's tweets, or lift the limit.

    Followers see them as before. Other users do not, in search, mentions, replies and
    notifications; the profile and single tweets stay visible. The account is not told.

    Raises:
        Problem: 404 for an unknown account, 409 if it is limited, or not limited, already.
    """
    at = now_ms()
    if limited:
        condition = f"attribute_exists(#id) AND attribute_not_exists(#limited) AND {_UNPRIVILEGED}"
        change = _change(user_id, {"limited": True}, condition, _PRIVILEGED_ROLES, at)
    else:
        change = _change(user_id, {"limited": None}, "attribute_exists(#limited)", {}, at)
    action = "account.limit" if limited else "account.unlimit"
    act = Act(actor_id, action, f"user#{user_id}", reason)
    _commit(user_id, [change, record(DOMAIN, act, at)])
    return {"id": user_id, "limited": limited}


def verify(actor_id: str, user_id: str, verified: bool, reason: str) -> Item:
    """Mark an account as verified, or remove the mark (within seconds).

    Raises:
        Problem: 404 for an unknown account, 409 for one that is not active, or if it is
            verified, or not verified, already.
    """
    at = now_ms()
    change = _change(
        user_id,
        {"verified": verified},
        "#verified = :was AND #status = :active",
        {"was": not verified, "active": "active"},
        at,
    )
    act = Act(actor_id, f"account.{'' if verified else 'un'}verify", f"user#{user_id}", reason)
    _commit(user_id, [change, record(DOMAIN, act, at)])
    return {"id": user_id, "verified": verified}


def assign_roles(actor_id: str, user_id: str, roles: list[str], reason: str) -> Item:
    """Give an account exactly these roles, and `user`.

    Access tokens name roles, so earlier ones are refused within 10 s; the session
    continues with its next refresh.

    Raises:
        Problem: 404 for an unknown account, 409 for the actor's own account (so that the
            last admin stays one), or if another request changed the roles meanwhile.
    """
    if actor_id == user_id:
        raise conflict("You cannot change your own roles; ask another admin.")
    stored = _stored(user_id)
    if stored["status"] == "deleted":
        raise not_found("user", user_id)
    before, after, at = set(stored["roles"]), {"user", *roles}, now_ms()
    shown = {"id": user_id, "roles": sorted(after)}
    if before == after:
        return shown
    change = _change(
        user_id,
        {"roles": after},
        "#roles = :before AND #status IN (:active, :deactivated)",
        {"before": before, "active": "active", "deactivated": "deactivated"},
        at,
    )
    detail = {"before": sorted(before), "after": sorted(after)}
    act = Act(actor_id, "roles.assign", f"user#{user_id}", reason, detail)
    subject = f"roles:{user_id}"
    revoke = revocation_items.revoke_action(subject, at)
    _commit(user_id, [change, record(DOMAIN, act, at), revoke])
    revocations.note(subject, at)
    return shown


def show_account(user_id: str) -> Item:
    """Account as moderators see it, also one that is hidden from other users.

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


def find_account(username: str) -> Item:
    """Show an account by username (one more call than `show_account`).

    Raises:
        Problem: 404 for an unknown account.
    """
    user_id = profiles.ids_of_usernames([username]).get(username.lower())
    if user_id is None:
        raise not_found("user", username, "username")
    return show_account(user_id)


def _stored(user_id: str) -> Item:
    found = USERS.get_many([{"id": user_id}], consistent=True)
    if not found:
        raise not_found("user", user_id)
    return found[0]


def _is_deactivated(user_id: str) -> bool:
    return bool(_stored(user_id)["status"] == "deactivated")


def _change(user_id: str, attributes: Attributes, condition: str, seen: Item, at: int) -> Action:
    """Action that changes a profile on a condition with the values ``seen``."""
    expression, values = versioned(attributes, at=at)
    return USERS.update_action({"id": user_id}, expression, {**values, **seen}, condition)


def _tell(status: str, user_id: str, at: int) -> list[Action]:
    # App-only bearers live for years, so processes that start in years must know too.
    for_good = apps.has_apps(user_id)
    return revocation_items.status_actions(status, user_id, at, for_good=for_good)


def _commit(user_id: str, actions: list[Action]) -> None:
    """Run a transaction whose first action changes the profile.

    Raises:
        Problem: 404 for an unknown account, 409 if the first condition failed.
    """
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        if not canceled.items[0]:
            raise not_found("user", user_id) from canceled
        raise conflict("The account's state does not allow this.") from canceled
    finally:
        profiles.forget(user_id)
