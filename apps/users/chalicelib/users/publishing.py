"""Map changes of the users domain's tables to events."""

from collections.abc import Iterable

from chalicelib.users.core.names import DOMAIN

from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.aws.streams import Change
from shared.base.ids import time_ms

# Flags of a pair with the events of their start and end. A request that ends is either a
# follow, which has its own event, or private.
_FLAGS = (
    ("following", "user.followed", "user.unfollowed"),
    ("pending", "user.follow_requested", None),
    ("blocked", "user.blocked", "user.unblocked"),
)


def account_events(change: Change) -> Iterable[Event]:
    """Events of one change in the accounts table."""
    new = change.new
    if new is None or not new["key"].startswith("account#"):
        return
    user_id, version, at = new["user_id"], new["version"], new["updated_at"]
    own = {"user_id": user_id}
    if change.old is None:
        data = {
            name: new[name] for name in ("user_id", "username", "name", "email", "verification_id")
        }
        if new.get("email_verified"):
            # Imported: nothing is to be verified, so no mail.
            del data["verification_id"]
        # Always version 1 and of one moment, so that publishing it again makes no second event.
        yield Event.of(DOMAIN, "user.registered", user_id, 1, time_ms(user_id), data)
    if change.became("email_verified", True):
        yield Event.of(DOMAIN, "user.email_verified", user_id, version, at, own)
    if _set(change, "email_changed_at"):
        data = {**own, "email": new["email"]}
        if "undo_id" in new:
            data |= {"former_email": new["former_email"], "undo_id": new["undo_id"]}
        yield Event.of(DOMAIN, "user.email_changed", user_id, version, at, data)
    yield from _account_mails(change, new, own)


def _account_mails(change: Change, new: Item, own: Item) -> Iterable[Event]:
    """Events that send a mail.

    Their version is their moment, so that the mail is sent once.
    """
    if _set(change, "verification_requested_at"):
        data = {**own, "verification_id": new["verification_id"]}
        yield _mailed("user.verification_requested", new["verification_requested_at"], data)
    if _set(change, "reset_id"):
        data = {**own, "reset_id": new["reset_id"]}
        yield _mailed("user.password_reset_requested", new["reset_requested_at"], data)
    if _set(change, "password_changed_at"):
        yield _mailed("user.password_changed", new["password_changed_at"], own)
    if _set(change, "pending_email_id"):
        reference = new["pending_email_id"]
        data = {**own, "email": new["pending_email"], "verification_id": reference}
        # ``new-<user id>-<ms>-<random>``
        yield _mailed("user.email_change_requested", int(reference.split("-")[2]), data)


def _set(change: Change, name: str) -> bool:
    """Return whether the change gave an attribute a new value."""
    value = (change.new or {}).get(name)
    return value is not None and change.became(name, value)


def _mailed(kind: str, at: int, data: Item) -> Event:
    return Event.of(DOMAIN, kind, data["user_id"], at, at, data)


def user_events(change: Change) -> Iterable[Event]:
    """Events of one change in the users table."""
    new = change.new
    if new is None or (change.old is None and not change.republished):
        return
    old = change.old or {}
    if new.get("status") == "deleted":
        if change.became("status", "deleted"):
            data = {"user_id": new["id"]}
            at = new["updated_at"]
            yield Event.of(DOMAIN, "user.deleted", new["id"], new["version"], at, data)
        return
    yield from _suspension_events(change, new)
    shown = ("username", "name", "profile_image_url", "protected")
    if any(old.get(name) != new.get(name) for name in shown):
        data = {"user_id": new["id"], **{name: new.get(name) for name in shown}}
        yield Event.of(DOMAIN, "user.updated", new["id"], new["version"], new["updated_at"], data)


def _suspension_events(change: Change, new: Item) -> Iterable[Event]:
    """Events of a suspension and its end.

    A republished item repeats the present state.
    """
    data, version, at = {"user_id": new["id"]}, new["version"], new["updated_at"]
    if change.became("status", "suspended"):
        yield Event.of(DOMAIN, "user.suspended", new["id"], version, at, data)
    elif new.get("status") == "active" and _set(change, "restored_at"):
        yield Event.of(DOMAIN, "user.restored", new["id"], version, at, data)


def follow_events(change: Change) -> Iterable[Event]:
    """Events of one change in the follows table; a block ends both directions."""
    new = change.new
    if new is None:
        return
    old = change.old or {}
    pair = {"user_id": new["user_id"], "target_id": new["target_id"]}
    subject = f"{new['user_id']}-{new['target_id']}"
    for flag, begun, ended in _FLAGS:
        was, is_now = bool(old.get(flag)), bool(new.get(flag))
        kind = begun if is_now else ended
        if was != is_now and kind:
            yield Event.of(DOMAIN, kind, subject, new["version"], new["updated_at"], pair)


def follow_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """Amounts that a change of a pair adds: (user id, counter, amount)."""
    was = bool((change.old or {}).get("following"))
    following = bool((change.new or {}).get("following"))
    if was != following:
        amount = 1 if following else -1
        yield change.keys["user_id"], "following", amount
        yield change.keys["target_id"], "followers", amount
