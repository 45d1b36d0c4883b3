"""Switches between delivery modes, without a gap.

A switch takes effect at a *watermark*: a tweet id some seconds in the future.
Tweets below it go the old way and tweets from it on the new way, whenever they
are processed. By then every reader knows of the switch: it is written, in one
transaction with the author's head, to a list of switches that each process
reads every few seconds. A reader keeps the pulled authors among those followed
in an item of their own and brings it up to date from that list.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import HEADS, SWITCHES
from chalicelib.tweets.heads import store
from chalicelib.tweets.heads.delivery_rule import Mode
from chalicelib.tweets.heads.heads import Head

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.ids import first_id_at
from shared.base.process import process

# Readers who were away for longer look at every head again.
_LIFETIME_SECONDS = 40 * 86_400
# Authors are switched once in days: nothing older is still under way. Heads stay below 1 KB.
MAX_MODES = 3
_LIST = "all"


@dataclass(frozen=True)
class SwitchLimits:
    """Times in which a switch spreads.

    Attributes:
        lead_ms: from a switch to its watermark: longer than any process goes without reading
            the list, differences between clocks included.
        refresh_ms: a process reads the list again after so long.
    """

    lead_ms: int = 60_000
    refresh_ms: int = 5_000


@dataclass(frozen=True)
class Switch:
    """From the tweet id ``first`` on, the author's tweets go in another mode.

    Attributes:
        at: moment of the switch (ms).
    """

    at: int
    author_id: str
    mode: Mode
    first: int


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
    first = first_id_at(now + process.limits(SwitchLimits).lead_ms)
    if head.modes and head.modes[-1][0] >= first:
        return False
    dynamo.transact([_mode_action(head, first, mode), _switch_action(head, now, first, mode)])
    cache.heads().forget(author_id)
    return True


def announce_again(head: Head) -> None:
    """Write the last switch of a head to the list once more, as of now."""
    first, mode = head.modes[-1]
    dynamo.transact([_switch_action(head, now_ms(), first, mode)])


def _mode_action(head: Head, first: int, mode: Mode) -> Item:
    """Return the update of a head's modes, if they are still as read."""
    kept = [*head.modes, (first, mode)][-MAX_MODES:]
    modes = [{"first": begin, "mode": one} for begin, one in kept]
    old = [{"first": begin, "mode": one} for begin, one in head.modes]
    return HEADS.update_action(
        {"author_id": head.author_id},
        "SET #modes = :modes ADD #version :one",
        {"modes": modes, "one": 1, "old": old},
        "#modes = :old" if old else "attribute_not_exists(#modes)",
    )


def _switch_action(head: Head, now: int, first: int, mode: Mode) -> Item:
    """Return the put of a switch into the list that all processes read."""
    return SWITCHES.put_action(
        {
            "list": _LIST,
            "at": _key(now, head.author_id),
            "mode": mode,
            "first": first,
            "expires_at": now_seconds() + _LIFETIME_SECONDS,
        }
    )


class Switches:
    """Switches that this process knows; the list is never read twice."""

    def __init__(self) -> None:
        self._known: dict[str, Switch] = {}
        self._from = self._read_at = 0
        self._lock = threading.Lock()

    def since(self, ms: int) -> list[Switch]:
        """Return switches made at a moment (ms) or later, in order.

        Calls: one Query, unless the list was read seconds ago.
        """
        limits = process.limits(SwitchLimits)
        now = now_ms()
        with self._lock:
            if not self._read_at or ms < self._from:
                self._read(ms, now)
                self._from = ms
            elif now - self._read_at >= limits.refresh_ms:
                # Switches written meanwhile may have become readable late.
                self._read(self._read_at - limits.lead_ms, now)
            return [one for key, one in sorted(self._known.items()) if key >= _key(ms, "")]

    def _read(self, ms: int, now: int) -> None:
        for one in _stored_since(ms):
            self._known[_key(one.at, one.author_id)] = one
        self._read_at = now


# Switches that this process knows.
switches = process.lazy(Switches)


def switches_since(ms: int) -> list[Switch]:
    """Return switches made since a moment (Unix ms), in order."""
    return switches().since(ms)


def _key(ms: int, author_id: str) -> str:
    return f"{max(0, ms):013d}#{author_id}"


def _stored_since(ms: int) -> Iterator[Switch]:
    condition = "#list = :list AND #at >= :at"
    for item in SWITCHES.query(condition, {"list": _LIST, "at": _key(ms, "")}):
        at, _, author_id = item["at"].partition("#")
        yield Switch(int(at), author_id, item["mode"], item["first"])
