"""Dry runs: the effects of a request without doing it."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.notifications.accepting import audiences, segments
from chalicelib.notifications.access.callers import shown_id
from chalicelib.notifications.channels import dead, targets
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.message import NO_TARGET, Target
from chalicelib.notifications.delivery.dispatch import decide
from chalicelib.notifications.planning import plan

from shared.base.clock import iso, now_ms
from shared.base.pagination import decode_position, encode_token


def answer(content: Content, size: int, token: str | None) -> dict[str, Any]:
    """Return what would become of each delivery of a drafted notification.

    Of an audience, for a page of its recipients; ``meta.complete`` says if these are the last.
    Calls per recipient: as planning, and 1 or 2 SQL statements per channel.

    Args:
        size: recipients of a page.

    Raises:
        Problem: 400 for an invalid token.
    """
    contents, more = [content], None
    context = f"dry_run:{content.sender_id}:{json.dumps(content.audience, sort_keys=True)}"
    if content.audience is not None:
        position = decode_position(context, token, **_members(content.audience))
        found, more = audiences.some(content, position, size)
        contents = [audiences.child(content, recipient) for recipient in found]
        plan.prepare(contents)
    data = [one for each in contents for one in _deliveries(each)]
    meta: dict[str, Any] = {"result_count": len(data), "complete": more is None}
    if more is not None:
        meta["next_token"] = encode_token(context, more)
    return {"data": data, "meta": meta}


def _members(audience: Mapping[str, Any]) -> dict[str, type]:
    """Members of a position in an audience (see `audiences.some`)."""
    if "ids" in audience:
        return {"from": int}
    where = audience.get("segment", {}).get("where", {})
    return {"shard": int, "after": str} if segments.FOLLOWERS in where else {"after": str}


def _deliveries(content: Content) -> list[dict[str, Any]]:
    shown = []
    decisions = decide(content, now_ms())
    for channel in content.channels:
        decision = decisions[channel]
        base = {"user_id": shown_id(content.user_id), "channel": channel}
        told = {"would": decision.action, "reason": decision.reason}
        if decision.at is not None:
            told["at"] = iso(decision.at)
        if channel == names.INBOX:
            shown.append({**base, "target": names.INBOX, **told})
            continue
        found = targets.targets(content, channel)
        if not found:
            shown.append({**base, "target": "none", **_suppressed(NO_TARGET)})
        for target in found:
            refused = _refusal(content, channel, target)
            shown.append(
                {**base, "target": target.key, **(_suppressed(refused) if refused else told)}
            )
    return [{name: value for name, value in one.items() if value is not None} for one in shown]


def _refusal(content: Content, channel: str, target: Target) -> str | None:
    """Reason why an address gets nothing; devices are dropped instead."""
    if target.device_id is not None:
        return None
    return dead.refusal(channel, target.key, content.category, content.user_id)


def _suppressed(reason: str) -> dict[str, Any]:
    return {"would": "suppress", "reason": reason}
