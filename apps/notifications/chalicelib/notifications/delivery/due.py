"""Work of timers that are due."""

from collections.abc import Callable, Mapping, Sequence

from chalicelib.notifications.accepting.audience import permitted
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core import names, users
from chalicelib.notifications.core.content import SOCIAL, Content
from chalicelib.notifications.core.message import CANCELLED, DEDUPLICATED, EXPIRED
from chalicelib.notifications.delivery import dispatch, timers
from chalicelib.notifications.history import ledger, notifications, states
from chalicelib.notifications.inbox import entries
from chalicelib.notifications.planning import digests

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.contracts import tweets


def run(message: Item) -> None:
    """Run a due timer; repetitions and timers without work change nothing.

    Args:
        message: ``kind``, ``subject`` and ``due_at`` of the timer.

    Raises:
        KeyError: no timer is of this kind.
    """
    KINDS[message["kind"]](message["subject"], message["due_at"])


def deliver(subject: str, due_at: int) -> None:
    """Plan a deferred delivery again: send it, or defer it once more."""
    notification_id, channel = subject.split("/", 1)
    content = notifications.find(notification_id)
    if content is None:
        return  # erased meanwhile
    if directory.store().erased_among([content.user_id]):
        return  # the erasure is under way
    key = ledger.target_key(channel)
    entry = next((one for one in ledger.entries(content.id) if one["target"] == key), None)
    if entry is None or entry["state"] != states.DEFERRED or entry.get("due_at") != due_at:
        return
    parent = notifications.find(content.parent_id) if content.parent_id else None
    if drop_ended(content, channel, parent):
        return
    if gone([content]):
        ledger.record(content.id, key, states.CANCELLED, CANCELLED)
        return
    if channel != names.INBOX and seen(content):
        ledger.record(content.id, key, states.SUPPRESSED, DEDUPLICATED)
        return
    if dispatch.deliver(content, [channel]):
        ledger.record(content.id, key, states.QUEUED)


def seen(content: Content) -> bool:
    """True if the recipient read it in the inbox or opened it on a device.

    Calls: 1 BatchGetItem and 1 GetItem if it goes to the inbox, 1 Query of the ledger.
    """
    if names.INBOX in content.channels:
        entry = entries.find(content.user_id, content.id)
        if entry is not None and entries.is_read(entry, entries.counter(content.user_id)[1]):
            return True
    opened = (states.OPENED, states.CLICKED)
    return any(one["state"] in opened for one in ledger.entries(content.id))


def drop_ended(content: Content, channel: str, parent: Content | None = None) -> bool:
    """Record the end of a cancelled or expired one; False if it is neither.

    Args:
        parent: the notification that it is a part of, whose cancellation counts for it.
    """
    if content.cancelled_at is not None or (parent is not None and parent.cancelled_at):
        ledger.record(content.id, ledger.target_key(channel), states.CANCELLED, CANCELLED)
    elif content.is_expired(now_ms()):
        ledger.record(content.id, ledger.target_key(channel), states.EXPIRED, EXPIRED)
    else:
        return False
    return True


def gone(contents: Sequence[Content]) -> set[str]:
    """Return ids of social notifications that nobody is to hear of any more.

    Their tweet is deleted, their actor has left, or a block lies between. Calls, if there are
    some: per hundred keys 1 BatchGetItem of users and relations, and 1 consistent of tweets.
    """
    social = [one for one in contents if one.category == SOCIAL]
    if not social:
        return set()
    actors = users.active(one.actor_id for one in social if one.actor_id)
    about = {one.id: {i for i in (one.tweet_id, one.cause_id) if i} for one in social}
    deleted = tweets.deleted_among(set[str]().union(*about.values()))
    there = {
        one.id
        for one in permitted(social)
        if not about[one.id] & deleted and (one.actor_id is None or one.actor_id in actors)
    }
    return about.keys() - there


def close_digest(subject: str, due_at: int) -> None:
    """Send the digest of a recipient's channel, if it has news."""
    channel, recipient_id = subject.split("/", 1)

    def wanted(contents: Sequence[Content]) -> Sequence[Content]:
        parents = notifications.find_many(sorted({i for one in contents if (i := one.parent_id)}))
        left_out = gone(contents)
        for one in contents:
            if one.id in left_out:
                key = ledger.target_key(channel)
                ledger.record(one.id, key, states.CANCELLED, CANCELLED)
            elif drop_ended(one, channel, parents.get(one.parent_id or "")):
                left_out.add(one.id)
        return [one for one in contents if one.id not in left_out]

    digests.close(recipient_id, channel, due_at, wanted)


KINDS: Mapping[str, Callable[[str, int], None]] = {
    timers.DELIVER: deliver,
    timers.DIGEST: close_digest,
}
