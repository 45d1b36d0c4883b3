"""Switches between delivery modes, without a gap.

A switch takes effect at a *watermark*: a tweet id some seconds in the future.
Tweets below it go the old way and tweets from it on the new way, whenever they
are processed. By then every reader knows of the switch: it is written, in one
transaction with the author's head, to a list of switches that each process
reads every few seconds. A reader keeps the pulled authors among those followed
in an item of their own and brings it up to date from that list (`recent_switches`).
"""

from chalicelib.tweets.core import announcements, cache
from chalicelib.tweets.core.announcements import AnnouncementLimits
from chalicelib.tweets.core.models import HEADS
from chalicelib.tweets.heads import heads, store
from chalicelib.tweets.heads.delivery_rule import Mode
from chalicelib.tweets.heads.heads import Head

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.base.process import process

# Authors are switched once in days: nothing older is still under way. Heads stay below 1 KB.
MAX_MODES = 3


def switch(author_id: str, mode: Mode) -> bool:
    """Switch an author's delivery mode from some seconds on.

    Calls: one read, one transaction.

    Returns:
        whether anything changed.

    Raises:
        TransactionCanceled: another worker switched the author just now.
    """
    head = store.read(author_id)
    if head.mode == mode:
        return False
    if not head.built:
        # Readers will ask for it from now on.
        head = store.merge(author_id, ())
    now = now_ms()
    first = first_id_at(now + process.limits(AnnouncementLimits).lead_ms)
    if head.modes and head.modes[-1][0] >= first:
        return False
    announcement = announcements.put_action("modes", author_id, now, mode=mode, first=first)
    dynamo.transact([_mode_action(head, first, mode), announcement])
    cache.heads().forget(author_id)
    return True


def announce_again(head: Head) -> None:
    """Write the last switch of a head to the list once more, as of now."""
    first, mode = head.modes[-1]
    announcement = announcements.put_action(
        "modes", head.author_id, now_ms(), mode=mode, first=first
    )
    dynamo.transact([announcement])


def _mode_action(head: Head, first: int, mode: Mode) -> Item:
    """Return the update of a head's modes, if they are still as read."""
    kept = [*head.modes, (first, mode)][-MAX_MODES:]
    old = heads.pack_modes(head.modes)
    return HEADS.update_action(
        {"author_id": head.author_id},
        "SET #modes = :modes ADD #version :one",
        {"modes": heads.pack_modes(kept), "one": 1, "old": old},
        "#modes = :old" if old else "attribute_not_exists(#modes)",
    )
