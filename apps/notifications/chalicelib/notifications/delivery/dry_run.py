"""Dry runs: the effects of a request without doing it."""

from typing import Any

from chalicelib.notifications.accepting import audiences
from chalicelib.notifications.access.callers import shown_id
from chalicelib.notifications.channels import targets
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.message import NO_TARGET
from chalicelib.notifications.delivery.dispatch import decide

from shared.base.clock import iso, now_ms

# Recipients whose deliveries are shown.
SHOWN = 25


def answer(content: Content) -> dict[str, Any]:
    """Return what would become of each delivery of a drafted notification.

    Of an audience, for its first recipients; ``meta.complete`` says if these are all.
    """
    contents, more = [content], None
    if content.audience is not None:
        found, more = audiences.some(content, None, SHOWN)
        contents = [audiences.child(content, recipient) for recipient in found]
    data = [one for each in contents for one in _deliveries(each)]
    return {"data": data, "meta": {"result_count": len(data), "complete": more is None}}


def _deliveries(content: Content) -> list[dict[str, Any]]:
    shown = []
    decisions = decide(content, now_ms())
    for channel in content.channels:
        decision = decisions[channel]
        base = {"user_id": shown_id(content.user_id), "channel": channel}
        told = {"would": decision.action, "reason": decision.reason}
        if decision.at is not None:
            told["at"] = iso(decision.at)
        keys = [names.INBOX]
        if channel != names.INBOX:
            keys = [target.key for target in targets.targets(content, channel)]
        if not keys:
            told = {"would": "suppress", "reason": NO_TARGET}
        for key in keys or ["none"]:
            shown.append({**base, "target": key, **told})
    return [{name: value for name, value in one.items() if value is not None} for one in shown]
