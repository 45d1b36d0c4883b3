"""Audit log of every privileged act.

Each domain has an ``audit`` table of its own, because only the owner writes a
table and an entry belongs into the transaction of its act. Nothing in this
module, and no policy, changes or deletes an entry.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from shared.aws.dynamo import Item
from shared.aws.table import Table
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from shared.base.pagination import decode_position, encode_token

BY_SUBJECT = "by_subject"
# The log is read back this many months, longer than anybody asks from a page.
_MONTHS = 36


@dataclass(frozen=True)
class Act:
    """One privileged act.

    Attributes:
        actor_id: the moderator's or admin's user id; ``operator`` for scripts.
        action: such as ``account.suspend``.
        subject: the object of the act: ``user#<id>``, ``tweet#<id>`` or a report's id.
        reason: the actor's own words.
        detail: anything else worth knowing, such as the roles before and after.
    """

    actor_id: str
    action: str
    subject: str
    reason: str
    detail: Item = field(default_factory=dict)


def record(domain: str, act: Act, at: int | None = None) -> Item:
    """Return the write for the act's own transaction.

    2 WRU, and 2 for the index.

    Args:
        at: Unix ms of the act; the present if left out.
    """
    at = now_ms() if at is None else at
    entry = {
        "period": _period(at),
        "at": f"{at:013d}#{secrets.token_hex(6)}",
        "actor_id": act.actor_id,
        "action": act.action,
        "subject": act.subject,
        "reason": act.reason,
        "detail": act.detail or None,
    }
    return _table(domain).insert_action(entry)


def listed(domain: str, query: Item) -> Item:
    """Return a page of the log, newest first, of one subject or of all.

    Args:
        query: ``max_results``, and optionally ``subject`` and ``pagination_token``.

    Raises:
        Problem: 400 for a token of another list.
    """
    subject, size = query.get("subject"), query["max_results"]
    context = f"audit:{subject or ''}"
    position = decode_position(context, query.get("pagination_token"), period=str, at=str)
    before = (position["period"], position["at"]) if position else None
    if subject:
        entries = _page(domain, subject, before[1] if before else None, size + 1, BY_SUBJECT)
    else:
        entries = _months(domain, before, size + 1)
    body: Item = {"data": [_shown(one) for one in entries[:size]]} if entries else {}
    body["meta"] = {"result_count": min(size, len(entries))}
    if len(entries) > size:
        last = entries[size - 1]
        token = encode_token(context, {"period": last["period"], "at": last["at"]})
        body["meta"]["next_token"] = token
    return body


def _table(domain: str) -> Table[Any]:
    return Table(settings().name(domain, "audit"), "period", "at", truth=True)


def _months(domain: str, before: tuple[str, str] | None, limit: int) -> list[Item]:
    period, at = before if before else (_period(now_ms()), None)
    found: list[Item] = []
    for _ in range(_MONTHS):
        found += _page(domain, period, at, limit - len(found))
        if len(found) >= limit:
            break
        year, month = int(period[:4]), int(period[5:])
        period, at = (f"{year}-{month - 1:02d}" if month > 1 else f"{year - 1}-12"), None
    return found


def _page(
    domain: str, key: str, before: str | None, limit: int, index: str | None = None
) -> list[Item]:
    condition = "#subject = :key" if index else "#period = :key"
    if before:
        condition += " AND #at < :before"
    values = {"key": key, "before": before}
    page = _table(domain).page(condition, values, index=index, descending=True, limit=limit)
    return page.items


def _period(at: int) -> str:
    return iso(at)[:7]


def _shown(entry: Item) -> Item:
    members = ("actor_id", "action", "subject", "reason", "detail")
    shown: Item = {"id": entry["at"], "at": iso(int(entry["at"].partition("#")[0]))}
    return shown | {name: entry[name] for name in members if name in entry}
