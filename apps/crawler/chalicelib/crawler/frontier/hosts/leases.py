"""Leases of hosts: one holder at a time, a fencing token, the commit.

A host's item counts its turns. A message names the turn that it stands for; a turn ends by a
transaction that raises the number, so a message that comes twice, late or out of order finds
its turn gone. The lease keeps two messages of one turn from fetching the same pages; the
fencing token keeps a holder that was given up from committing.
"""

from typing import Any

from chalicelib.crawler.core import names
from chalicelib.crawler.core.limits import KEEP_PAGES_SECONDS, LEASE_MS
from chalicelib.crawler.core.models import COUNTERS, FRONTIER
from chalicelib.crawler.frontier.hosts.chunks import LeaseLost, expiry

from shared.aws import dynamo, events
from shared.aws.dynamo import Item
from shared.aws.expressions import Action
from shared.aws.table import Outcome
from shared.base.clock import now_ms, now_seconds

_MAX_DELAY_SECONDS = 900


class NoTickets(Exception):
    """The run's budget has fewer pages left than were asked for.

    Attributes:
        taken: pages that have tickets.
    """

    def __init__(self, taken: int) -> None:
        super().__init__(taken)
        self.taken = taken


def key(run_id: str, host: str) -> dict[str, str]:
    """Return the key of a host's item."""
    return {"part": run_id, "entry": host}


def message(run_id: str, host: str, turn: int) -> Item:
    """Return the message that stands for a turn."""
    return {"run": run_id, "host": host, "turn": turn}


def send(messages: list[Item], seconds: float = 0) -> None:
    """Queue turns, by at most fifteen minutes later."""
    delay = min(_MAX_DELAY_SECONDS, max(0, -int(-seconds // 1)))
    events.send(names.DOMAIN, names.FETCH_QUEUE, messages, delay=delay)


def announce(run_id: str, host: str) -> None:
    """Make the item of a host that has had no turn yet."""
    FRONTIER.insert({**key(run_id, host), "updated_at": now_ms(), "expires_at": expiry()})


def take(run_id: str, host: str, turn: int, holder: str) -> Outcome:
    """Lease a host for one turn.

    Args:
        holder: id of the message; its own later deliveries take the host over at once.

    Returns:
        the host's item, as it is now or as it refused the lease.
    """
    now = now_ms()
    return FRONTIER.update(
        key(run_id, host),
        "SET #holder = :holder, #lease_until = :until, #updated_at = :now,"
        " #expires_at = :expires ADD #fence :one, #attempts :one",
        {
            "holder": holder,
            "until": now + LEASE_MS,
            "now": now,
            "one": 1,
            "turn": turn,
            "zero": 0,
            "expires": expiry(),
        },
        "(#turn = :turn OR (attribute_not_exists(#turn) AND :turn = :zero)) AND"
        " (attribute_not_exists(#lease_until) OR #lease_until < :now OR #holder = :holder)",
        returning="ALL_NEW",
    )


def release(item: Item, failed: bool = False) -> None:
    """Give a lease back without a turn, as if it had not been taken.

    Args:
        failed: it counts as an attempt: the pages themselves may be the reason.
    """
    FRONTIER.update(
        key(item["part"], item["entry"]),
        "REMOVE #lease_until, #holder ADD #attempts :less",
        {"less": 0 if failed else -1, "fence": item["fence"]},
        "#fence = :fence",
    )


def is_held(item: Item) -> bool:
    """True if a worker holds the lease of a host."""
    return bool(item.get("lease_until", 0) >= now_ms())


def commit(
    item: Item, fence: int, amounts: dict[str, Any], max_pages: int, others: list[Action]
) -> None:
    """End a turn: host, totals and messages of hosts in one step.

    Args:
        item: the host's new item.
        amounts: what is added to the run's totals (``taken``: tickets, ``traps``: a set).

    Raises:
        LeaseLost: another worker has taken the host over.
        NoTickets: the budget has fewer pages left; nothing was written.
    """
    actions = [FRONTIER.put_action(item, "#fence = :fence", {"fence": fence})]
    counted = _counting(item["part"], amounts, max_pages)
    if counted is not None:
        actions.append(counted)
    try:
        # Other hosts of the run commit to its totals too.
        dynamo.transact([*actions, *others], conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            raise LeaseLost(item["entry"]) from canceled
        if counted is not None and canceled.failed(1):
            raise NoTickets(int(canceled.items[1].get("taken", 0))) from canceled
        raise


def _counting(run_id: str, amounts: dict[str, Any], max_pages: int) -> Action | None:
    changes = {name: amount for name, amount in amounts.items() if amount}
    if not changes:
        return None
    condition, values = "", dict(changes)
    if changes.get("taken", 0) > 0:
        condition = "attribute_not_exists(#taken) OR #taken <= :room"
        values["room"] = max_pages - changes["taken"]
    added = ", ".join(f"#{name} :{name}" for name in changes)
    return COUNTERS.update_action(
        {"key": run_id},
        f"SET #expires_at = if_not_exists(#expires_at, :expires) ADD {added}",
        {**values, "expires": now_seconds() + KEEP_PAGES_SECONDS},
        condition,
    )
